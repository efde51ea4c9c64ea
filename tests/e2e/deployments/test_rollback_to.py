"""Versions that are still there: the operation history lists them, and rollback-to deploys one of them again."""

import json
from pathlib import Path

import pytest

from tests.support.action import JSON, NEW, OLD, QUICK, Result, Stand, stand

FIRST = ("basic", "canary")
SECOND = ("blue-green", "shift")
OTHER = "ami-0aaaaaaaaaaaaaaa3"
IMAGES = [
    {"id": OLD, "name": "web-2026.11.16", "created": "2026-11-16T09:00:00Z", "tags": {"Application": "web"}},
    {"id": NEW, "name": "web-2026.11.23", "created": "2026-11-23T09:00:00Z", "tags": {"Application": "web"}},
]


def history(box: Stand, **more: str) -> list[JSON]:
    result = box.run({"operation": "history", **more})
    assert (result.code, result.outputs["status"], result.mutations) == (0, "listed", []), result.log
    listed: list[JSON] = json.loads(result.outputs["history"])
    return listed


def back(box: Stand, version: str, operation: str = "rollback", **more: str) -> Result:
    return box.run({"rollback-to": version, "operation": operation, "artifact-version": "", **more})


def launched(box: Stand, name: str) -> JSON:
    group = box.groups()[name]
    found = next(each for each in box.sandbox._world.groups.values() if each.id == group["id"])
    launch: JSON = found.document["compute"]["launchSpecification"]
    return launch


@pytest.mark.parametrize("strategy", FIRST)
def test_a_kept_version_is_deployed_again_by_its_name(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        assert box.run().outputs["status"] == "deployed"
        old = launched(box, "web_prod__7")
        result = back(box, "web_prod__7")

        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert box.capacities()["web_prod__9"] == "2/3/6"
        assert box.capacities()["web_prod__8"] == "0/0/0"
        again = launched(box, "web_prod__9")
        assert (again["imageId"], again.get("userData")) == (OLD, old.get("userData"))
        assert result.record["image"] == {"id": OLD, "name": "web-2026.11.16"}
        assert "not those of the documents" in result.log


@pytest.mark.sampled(3)
@pytest.mark.parametrize("strategy", SECOND)
@pytest.mark.parametrize("version", ["web_prod__STAGE__Harness", "web-2026.11.16", OLD])
def test_a_blue_green_deployment_goes_back_to_the_group_that_was_replaced(
    tmp_path: Path, strategy: str, version: str
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        assert box.run().outputs["status"] == "deployed"
        result = back(box, version)
        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert box.groups()["web_prod"]["image"] == OLD
        assert box.groups()["web_prod"]["capacity"]["target"] == 3


@pytest.mark.parametrize("strategy", [*FIRST, *SECOND])
def test_a_plan_shows_it_and_a_second_run_has_nothing_to_do(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        box.run()
        before = box.picture()
        plan = back(box, "web-2026.11.16", "plan")
        assert (plan.code, plan.outputs["status"], plan.mutations) == (0, "planned", []), plan.log
        assert (json.loads(plan.outputs["plan"])["image"], box.picture()) == (OLD, before)
        assert back(box, "web-2026.11.16", "deploy").outputs["status"] == "deployed"
        again = back(box, "web-2026.11.16")
        assert (again.code, again.outputs["status"], again.mutations) == (0, "unchanged", []), again.log


def test_a_group_by_name_that_was_deployed_again_is_unchanged_by_its_fingerprint(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        back(box, "web_prod__7")
        again = back(box, "web_prod__7")
        assert (again.code, again.outputs["status"], again.mutations) == (0, "unchanged", []), again.log


def test_it_needs_no_documents(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        bare = {"service": "", "infrastructure": "", "elastigroup-config": "", "app-name": "web_prod"}
        result = back(box, "web_prod__7", environment="prod", aws_region="us-east-1", **bare)
        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log


def test_it_may_be_rolled_back_like_any_other_deployment(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        before = box.picture()
        assert back(box, "web_prod__7", keep_old="9").outputs["status"] == "deployed"
        result = box.run(operation="rollback")
        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_a_failed_one_is_rolled_back(tmp_path: Path) -> None:
    sick = {**QUICK, "behaviours": [{"image": OLD, "group": "web_prod__9", "boots": False}]}
    with stand("basic", tmp_path, sick) as box:
        box.run()
        before = box.picture()
        result = back(box, "web_prod__7", steady_state_timeout="2m")
        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("version", ["web_prod__4", "web-2020.01.01", "sig-00000000", "web_prod__07", "", "*"])
def test_what_is_gone_is_refused_with_what_is_there(tmp_path: Path, version: str) -> None:
    if not version:
        return
    with stand("basic", tmp_path, QUICK) as box:
        result = back(box, version)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert f"No version {version} of web_prod exists." in result.log
        assert f"web_prod__7 (web-2026.11.16 ({OLD}), 2026-11-16 10:00, runs)" in result.log
        assert "web_prod__5 (" in result.log


def test_an_image_that_is_gone_is_refused_and_only_others_are_offered(tmp_path: Path) -> None:
    groups: list[JSON] = [
        {"name": "web_prod__7", "image": NEW, "target-groups": ["web-blue"], "created": "2026-11-20T10:00:00Z"},
        {"name": "web_prod__6", "image": OTHER, "created": "2026-11-18T10:00:00Z"},
        {"name": "web_prod__5", "image": OLD, "target-groups": ["web-blue"], "created": "2026-11-16T10:00:00Z"},
    ]
    sizes: list[JSON] = [{"minimum": 2, "target": 3, "maximum": 6}, *[{"minimum": 0, "target": 0, "maximum": 0}] * 2]
    seeded: list[JSON] = [{**group, "capacity": size} for group, size in zip(groups, sizes, strict=True)]
    with stand("basic", tmp_path, {**QUICK, "images": IMAGES, "elastigroups": seeded}) as box:
        refused = back(box, "web_prod__6")
        assert (refused.code, refused.outputs["status"], refused.mutations) == (3, "refused", [])
        assert f"was deployed from {OTHER}, which no longer exists or is not shared with this account" in refused.log
        assert "choose one of these: web_prod__7" in refused.log
        assert "web_prod__5 (web-2026.11.16" in refused.log
        assert [each["imageExists"] for each in history(box)] == [True, False, True]
        again = back(box, "web_prod__5")
        assert again.outputs["status"] == "deployed", again.log


def test_a_version_that_would_leave_a_rule_without_targets_is_refused_like_any_deployment(tmp_path: Path) -> None:
    scenario = {**QUICK, "images": IMAGES, "elastigroups": [SERVING, group("web_prod__6")]}
    with stand("basic", tmp_path, scenario) as box:
        result = back(box, "web_prod__6")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "serves in web-blue, where the new group will not" in result.log


def test_a_deprecated_image_is_a_warning_since_ec2_still_launches_it(tmp_path: Path) -> None:
    images = [{**IMAGES[0], "deprecated": "2026-11-20T00:00:00Z"}, IMAGES[1]]
    with stand("basic", tmp_path, {**QUICK, "images": images}) as box:
        box.run()
        result = back(box, "web_prod__7")
        assert result.outputs["status"] == "deployed", result.log
        assert f"::warning::web-2026.11.16 ({OLD}) has been deprecated since 2026-11-20." in result.log


def foreign(app: str) -> str:
    from spotaction.model.marker import digest  # noqa: PLC0415

    return f"[spotaction n=00000000 a={digest(app)} s=done r=1.1 d=1 c=2/3/6 f=000000000000 g=other/shop]"


def group(name: str, description: str = "", image: str = OLD, **more: object) -> JSON:
    empty = {"minimum": 0, "target": 0, "maximum": 0}
    config = {"description": description} if description else {}
    return {
        "name": name,
        "image": image,
        "capacity": empty,
        "created": "2026-11-01T10:00:00Z",
        "config": config,
        **more,
    }


SERVING = {
    **group("web_prod__7", image=NEW, created="2026-11-16T10:00:00Z"),
    "capacity": {"minimum": 2, "target": 3, "maximum": 6},
    "target-groups": ["web-blue"],
}


@pytest.mark.parametrize("name", ["shop", "web_prod__3", "web_prod_other__3"])
def test_another_apps_group_is_no_version_whatever_its_name(tmp_path: Path, name: str) -> None:
    box_of = {**QUICK, "images": IMAGES, "elastigroups": [SERVING, group(name, foreign("shop"))]}
    with stand("basic", tmp_path, box_of) as box:
        result = back(box, name)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert [each["name"] for each in history(box)] == ["web_prod__7"]


@pytest.mark.parametrize("cut", ["[spotaction n=0000", "[spotaction n=00000000 a=zz s=weird r=1 d=x]"])
def test_a_marker_that_cannot_be_read_is_listed_and_stops_a_rollback(tmp_path: Path, cut: str) -> None:
    scenario = {**QUICK, "images": IMAGES, "elastigroups": [SERVING, group("web_prod__6", cut)]}
    with stand("basic", tmp_path, scenario) as box:
        if "a=zz" not in cut:
            assert [each["ended"] for each in history(box)] == ["no marker", "marker cannot be read"]
        result = back(box, "web_prod__6")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log


def test_a_forged_capacity_is_not_used_when_nothing_runs(tmp_path: Path) -> None:
    from spotaction.model.marker import digest  # noqa: PLC0415

    forged = f"[spotaction n=00000000 a={digest('web_prod')} s=done r=1.1 d=1 c=9/3/1 f=000000000000]"
    empty = {**SERVING, "capacity": {"minimum": 0, "target": 0, "maximum": 0}}
    scenario = {**QUICK, "images": IMAGES, "elastigroups": [empty, group("web_prod__6", forged)]}
    with stand("basic", tmp_path, scenario, lowest=0, because="nothing runs at the start") as box:
        result = back(box, "web_prod__6")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "The new group would have no instances" in result.log
        assert back(box, "web_prod__6", instances="min=1,max=4,desired=2").outputs["status"] == "deployed"


def test_an_open_deployment_is_finished_first(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        assert box.run(until="canary-deploy-1").outputs["status"] == "stopped"
        assert history(box)[0]["ended"] == "stopped half-way"
        result = back(box, "web_prod__6")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "half-way" in result.log


def test_lists_that_are_late_do_not_hide_that_a_version_is_gone(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "lag": {"spot-list": 60}}) as box:
        box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": "web_prod__5"})
        result = back(box, "web_prod__5")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "was deleted in the meantime" in result.log


def test_history_tells_when_by_which_run_how_long_and_how_it_ended(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run(run_id="100")
        box.run(run_id="101", artifact_version="web-2026.11.16", keep_old="9")
        box.run(operation="rollback", run_id="102")
        newest, *older = history(box)
        assert {key: newest[key] for key in ("name", "image", "version", "ended", "run", "repository", "running")} == {
            "name": "web_prod__8",
            "image": NEW,
            "version": "web-2026.11.23",
            "ended": "restored by a rollback",
            "run": "https://github.com/example/web/actions/runs/100",
            "repository": "example/web",
            "running": True,
        }
        assert newest["capacity"] == {"minimum": 2, "target": 3, "maximum": 6}
        assert 60 < newest["seconds"] < 600
        assert [(each["name"], each["ended"], each["seconds"]) for each in older] == [
            ("web_prod__7", "no marker", None),
            ("web_prod__6", "no marker", None),
            ("web_prod__5", "no marker", None),
        ]
        shown = box.run(operation="history")
        assert "| Group | Image | Deployed (UTC) | Took | Ended | Now | Run |" in shown.summary
        assert "web_prod__8" in shown.summary
        assert "restored by a rollback" in shown.log


def test_history_without_aws_has_no_names_of_images(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault(
            {"match": {"call": "DescribeImages"}, "effect": "aws-error", "code": "UnauthorizedOperation", "times": 9}
        )
        result = box.run(operation="history")
        assert (result.code, result.outputs["status"]) == (0, "listed"), result.log
        assert "The images could not be looked up: " in result.log
        assert {each["imageExists"] for each in json.loads(result.outputs["history"])} == {None}


def test_an_app_without_groups_is_refused(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(operation="history", app_name="nobody")
        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert "No Elastigroup of this account belongs to nobody." in result.log


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"ami-id": NEW, "artifact-version": ""}, "rollback-to: cannot be combined with ami-id"),
        ({"artifact-version": "web-1"}, "rollback-to: cannot be combined with artifact-version"),
        ({"until": "setup", "artifact-version": ""}, "rollback-to: cannot be combined with until"),
        ({"operation": "continue"}, "rollback-to: cannot be used with operation continue"),
        ({"operation": "history"}, "rollback-to: cannot be used with operation history"),
        ({"operation": "rollback", "strategy": ""}, "strategy: is missing"),
        ({"operation": "rollback", "app-name": ""}, "app-name: is missing"),
    ],
)
def test_what_has_no_meaning_with_it_is_an_error(tmp_path: Path, given: JSON, problem: str) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run({"rollback-to": "web_prod__6", **given})
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", []), result.log
        assert problem in result.log
