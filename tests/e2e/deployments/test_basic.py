"""Basic: a new group beside the old one, the old one down once the new one is steady."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.action import JSON, NEW, OLD, QUICK, Result, Stand, stand

CREATE, SCALE, UPDATE, DELETE, SUSPEND, RESUME = (
    "POST /aws/ec2/group",
    "PUT /aws/ec2/group/{id}/capacity",
    "PUT /aws/ec2/group/{id}",
    "DELETE /aws/ec2/group/{id}",
    "POST /aws/ec2/group/{id}/suspension",
    "DELETE /aws/ec2/group/{id}/suspension",
)
#: A document deploys half of the new group; no plain input does.
HALF = {"execution": "tests/e2e/executions/half.yaml", "strategy": "", "instances": "", "app-name": ""}
SERVES = {
    "name": "web_prod__7",
    "image": OLD,
    "capacity": {"minimum": 2, "target": 3, "maximum": 6},
    "target-groups": ["web-blue"],
    "created": "2026-11-16T10:00:00Z",
}


def writes(result: Result, box: Stand) -> list[tuple[str, str]]:
    """What was written to which group, in order."""
    names = {group["id"]: group["name"] for group in box.sandbox.state()["groups"]}
    return [(call["call"], _subject(call, names)) for call in result.mutations]


def _subject(call: dict[str, Any], names: dict[str, str]) -> str:
    if call["call"] == CREATE:
        return str(call["body"]["group"]["name"])
    return names[call["path"].split("/")[4]]


def of(result: Result, call: str) -> list[dict[str, Any]]:
    """The calls of one kind."""
    return [each for each in result.calls if each["call"] == call]


def test_a_deployment_writes_four_times_and_production_never_misses_a_target(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        result = box.run()

        assert result.code == 0, result.log
        assert writes(result, box) == [
            (CREATE, "web_prod__8"),
            (SCALE, "web_prod__8"),
            (SCALE, "web_prod__7"),
            (UPDATE, "web_prod__8"),
        ]
        assert box.capacities() == {
            "web_prod__8": "2/3/6",
            "web_prod__7": "0/0/0",
            "web_prod__6": "0/0/0",
            "web_prod__5": "0/0/0",
        }
        assert box.production["minimum-so-far"] == 3
        assert box.groups()["web_prod__8"]["image"] == NEW


def test_the_outputs_name_what_runs_and_what_ran(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run()

        groups = box.groups()
        assert {
            name: result.outputs[name] for name in result.outputs if name.startswith(("status", "ami", "elasti"))
        } == {
            "status": "deployed",
            "ami-id": NEW,
            "ami-name": "web-2026.11.23",
            "elastigroup-id": groups["web_prod__8"]["id"],
            "elastigroup-name": "web_prod__8",
        }
        assert result.outputs["previous-elastigroup-id"] == groups["web_prod__7"]["id"]
        assert result.record["status"] == "deployed"


def test_the_new_group_is_the_config_with_image_user_data_and_mark(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run()

        (create,) = of(result, CREATE)
        group = create["body"]["group"]
        assert group["capacity"] == {"minimum": 0, "target": 0, "maximum": 0, "unit": "instance"}
        assert group["description"].endswith("] The web shop")
        assert group["compute"]["launchSpecification"]["imageId"] == NEW
        assert box.groups()["web_prod__8"]["description"].split(" s=")[1].startswith("done ")


def test_a_first_deployment_takes_its_capacity_from_the_config(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "elastigroups": []}) as box:
        result = box.run()

        assert result.code == 0, result.log
        assert box.capacities() == {"web_prod__1": "2/3/6"}
        assert writes(result, box) == [(CREATE, "web_prod__1"), (SCALE, "web_prod__1"), (UPDATE, "web_prod__1")]
        assert "from the Elastigroup config, since nothing is running yet" in result.log
        assert "previous-elastigroup-id" not in result.outputs


def test_the_group_that_is_named_is_replaced_whatever_it_is_called(tmp_path: Path) -> None:
    legacy = {**SERVES, "name": "legacy-web", "id": "sig-0000abcd"}
    with stand("basic", tmp_path, {**QUICK, "elastigroups": [legacy]}) as box:
        result = box.run(elastigroup_id="sig-0000abcd")

        assert result.code == 0, result.log
        assert box.capacities() == {"web_prod__1": "2/3/6"}
        (old,) = box.groups("legacy").values()
        assert old["capacity"]["target"] == 0
        assert result.outputs["previous-elastigroup-id"] == "sig-0000abcd"


def test_fixed_instances_are_what_the_new_group_ends_with(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(instances="min=1,max=5,desired=4")

        assert result.code == 0, result.log
        assert box.capacities()["web_prod__8"] == "1/4/5"


def test_half_a_new_service_leaves_the_rest_of_the_old_one(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(HALF)

        assert result.code == 0, result.log
        assert box.capacities() == {
            "web_prod__8": "2/2/2",
            "web_prod__7": "1/1/6",
            "web_prod__6": "0/0/0",
            "web_prod__5": "0/0/0",
        }
        assert "web_prod__7 keeps serving beside the new group, as requested" in result.log


def test_half_a_new_service_can_be_made_whole(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run(HALF)
        result = box.run(run_id="4712", instances="min=2,max=6,desired=3")

        assert result.outputs["status"] == "deployed"
        assert box.capacities()["web_prod__9"] == "2/3/6"
        assert {name for name, text in box.capacities().items() if text != "0/0/0"} == {"web_prod__9"}


def test_same_as_running_is_refused_where_only_half_of_what_runs_would_be_replaced(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run(HALF)
        before = box.capacities()
        result = box.run(run_id="4712")

        old, new = box.groups()["web_prod__7"]["id"], box.groups()["web_prod__8"]["id"]
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert (
            f"instances: same-as-running would replace only web_prod__8 ({new}, 2/2/2), but this deployment also "
            f"scales to 0: web_prod__7 ({old}, 1/1/6). Next: set instances to what the new group is to have, for "
            "example min=2,max=6,desired=3." in result.log
        )
        assert box.capacities() == before


def test_half_a_new_service_may_be_replaced_by_another_half(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run(HALF)
        result = box.run(HALF, run_id="4712")

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities()["web_prod__7"] == "1/1/6"


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("0", ["web_prod__8"]),
        ("1", ["web_prod__7", "web_prod__8"]),
        ("3", ["web_prod__5", "web_prod__6", "web_prod__7", "web_prod__8"]),
    ],
)
def test_of_the_old_versions_as_many_as_asked_for_are_kept(tmp_path: Path, keep: str, left: list[str]) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(keep_old=keep)

        assert result.code == 0, result.log
        assert sorted(box.groups()) == left
        assert len(of(result, DELETE)) == 4 - len(left)


def test_an_old_version_that_still_runs_beside_is_scaled_to_none(tmp_path: Path) -> None:
    forgotten = {**SERVES, "name": "web_prod__6", "created": "2026-11-09T10:00:00Z"}
    with stand("basic", tmp_path, {**QUICK, "elastigroups": [SERVES, forgotten]}) as box:
        result = box.run(instances="min=2,max=6,desired=6")

        assert result.code == 0, result.log
        assert box.capacities() == {"web_prod__8": "2/6/6", "web_prod__7": "0/0/0", "web_prod__6": "0/0/0"}


def _marked(repository: str, **more: object) -> dict[str, Any]:
    """A group that bears the name of an old version, left by a deployment from a repository."""
    mark = f"[spotaction r=77.1 s=done d=1 f=ff c=1/4/8 g={repository}]"
    made = {"created": "2026-10-01T10:00:00Z", "description": f"production of web_prod__2 {mark}"}
    return {**SERVES, "name": "web_prod__2", **made, **more}


@pytest.mark.parametrize("target", [4, 0])
def test_a_group_that_another_repository_deployed_is_left_alone_whatever_its_name(tmp_path: Path, target: int) -> None:
    other = _marked("other/repo", capacity={"minimum": 0, "target": target, "maximum": 8})
    with stand("basic", tmp_path, {**QUICK, "elastigroups": [SERVES, other]}) as box:
        result = box.run(keep_old="0", instances="min=2,max=6,desired=3")

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__8": "2/3/6", "web_prod__2": f"0/{target}/8"}
        group = box.groups()["web_prod__2"]["id"]
        assert (
            f"web_prod__2 ({group}) is left unchanged: according to its marker, other/repo deployed it." in result.log
        )


@pytest.mark.parametrize("target", [4, 0])
def test_a_group_without_a_marker_that_serves_other_target_groups_is_left_alone_whatever_its_name(
    tmp_path: Path, target: int
) -> None:
    """`web_prod__2` is how another team calls its app, too; neither this action nor Harness ever deployed it."""
    own = {"name": "web_prod__2", "created": "2026-10-01T10:00:00Z", "target-groups": ["shop"]}
    other = {**SERVES, **own, "capacity": {"minimum": 0, "target": target, "maximum": 8}}
    both: JSON = {
        "elastigroups": [SERVES, other],
        "target-groups": [{"name": "web-blue", "id": "b1" * 8}, {"name": "shop"}],
    }
    with stand("basic", tmp_path, {**QUICK, **both}) as box:
        result = box.run(keep_old="0", instances="min=2,max=6,desired=3")

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__8": "2/3/6", "web_prod__2": f"0/{target}/8"}
        assert "it has no marker and serves other target groups (shop)" in result.log


def test_an_old_version_of_this_repository_goes(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "elastigroups": [SERVES, _marked("example/web")]}) as box:
        result = box.run(keep_old="0", instances="min=2,max=6,desired=3")

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__8": "2/3/6", "web_prod__2": "0/0/0"}
        assert "web_prod__2" in result.log


def test_what_serves_is_taken_over_from_a_repository_of_another_name(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "elastigroups": [_marked("old/name", name="web_prod__7")]}) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__8": "2/3/6", "web_prod__7": "0/0/0"}


@pytest.mark.parametrize("refusal", [500, 401])
def test_a_release_that_serves_is_not_rolled_back_since_the_old_versions_cannot_be_listed(
    tmp_path: Path, refusal: int
) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        lists = [n for n, call in enumerate(box.run().calls) if call["call"] == "GET /aws/ec2/group"]
    with stand("basic", tmp_path, QUICK) as box:
        fault = {"match": {"call": "GET /aws/ec2/group", "index": lists[-1]}, "effect": "status", "status": refusal}
        box.sandbox.add_fault({**fault, "times": 99})
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert "Older versions were not cleaned up" in result.log


def test_scaling_is_suspended_on_both_groups_for_as_long_as_the_run_may_take_and_resumed(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(suspend_scaling="true", timeout="2h")

        assert result.code == 0, result.log
        for call in (SUSPEND, RESUME):
            assert [name for each, name in writes(result, box) if each == call] == ["web_prod__8", "web_prod__7"]
        body = {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": 121}]}
        assert [call["body"] for call in of(result, SUSPEND)] == [body, body]
        assert [group["suspensions"] for group in box.groups().values()] == [[], [], [], []]


def test_scaling_is_resumed_after_a_rollback(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "boots": False}]}) as box:
        before = box.picture()
        result = box.run(suspend_scaling="true", steady_state_timeout="5m")

        assert result.outputs["status"] == "rolled-back"
        assert [name for call, name in writes(result, box) if call == SUSPEND] == ["web_prod__8", "web_prod__7"]
        assert [name for call, name in writes(result, box) if call == RESUME] == ["web_prod__7"]
        assert box.picture() == before


def test_without_aws_spot_alone_decides_and_the_log_says_so(tmp_path: Path) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(environ=nobody, service="", artifact_version="", ami_id=NEW, app_name="web_prod")

        assert result.code == 0, result.log
        assert {call["service"] for call in result.calls} == {"spot"}
        assert "AWS: no credentials; health is taken from Spot only." in result.log
        assert "3 of 3 healthy (by Spot alone: no AWS credentials to read target health)" in result.log
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_an_image_by_its_id_answers_what_the_service_asks_of_a_version(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(artifact_version="", ami_id=NEW)

        assert result.code == 0, result.log
        assert box.groups()["web_prod__8"]["image"] == NEW


def test_a_scaling_policy_that_fires_during_the_wait_does_no_harm(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        box.sandbox.add_fault({"at": 40, "action": "scaling-policy", "group": "web_prod__8", "adjustment": 2})
        result = box.run()

        assert result.code == 0, result.log
        assert box.capacities()["web_prod__8"] == "2/5/6"
        assert "of 3 healthy" in result.log


def test_an_instance_that_is_interrupted_during_the_wait_is_waited_for_again(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        box.sandbox.add_fault({"at": 60, "action": "interrupt", "group": "web_prod__8", "count": 1})
        result = box.run()

        assert result.code == 0, result.log
        assert box.capacities()["web_prod__8"] == "2/3/6"
        healthy = [i for i in box.groups()["web_prod__8"]["instances"] if i["health"] == "HEALTHY"]
        assert len(healthy) == 3


def test_the_same_run_again_finds_nothing_to_do_in_four_calls(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        before = box.picture()
        result = box.run(run_id="4712")

        assert (result.code, result.outputs["status"]) == (0, "unchanged")
        assert result.outputs["elastigroup-name"] == "web_prod__8"
        assert len(result.calls) <= 4, [call["call"] for call in result.calls]
        assert result.mutations == []
        assert box.picture() == before


def test_another_image_or_a_redeploy_is_a_change(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        forced = box.run(run_id="4712", allow="redeploy")
        back = box.run(run_id="4713", artifact_version="web-2026.11.16")

        assert [run.outputs["elastigroup-name"] for run in (forced, back)] == ["web_prod__9", "web_prod__10"]
        assert box.groups()["web_prod__10"]["image"] == OLD


def test_a_quarter_of_an_hour_takes_no_wall_time(tmp_path: Path) -> None:
    slow = {"timings": {"fulfil": 300, "spot-healthy": 420, "target-healthy": 400}}
    with stand("basic", tmp_path, slow) as box:
        begun = box.clock.now()
        result = box.run()

        assert result.code == 0, result.log
        assert 720 <= box.clock.now() - begun <= 960
        assert result.log.count("still 0 of 3") >= 4, "a heartbeat every minute or so"
