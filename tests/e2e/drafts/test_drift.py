"""Drift finds every change that somebody made to the live group, says whose it is, and finds none otherwise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import JSON, OLD, Result, Stand, stand
from tests.support.live_groups import GROUPS, TASKS, UP, Live, draft, run_drafted, user_data
from tests.support.sandboxes import Spot

LIVE = "changed in Spot after the last deployment"
SEEDED = Live(
    {
        **user_data("#!/bin/sh\necho 1\n"),
        "scaling": {"up": [UP]},
        "strategy": {"revertToSpot": {"performAt": "always"}},
    }
)
LAUNCH = "group.compute.launchSpecification"


def launch(**more: Any) -> JSON:  # noqa: ANN401 - any key of a launch specification
    return {"compute": {"launchSpecification": more}}


def table(summary: str, title: str) -> list[tuple[str, ...]]:
    """The rows of a table below a heading of the summary, as path, documents, live, cause."""
    block = summary.partition(f"### {title}\n\n")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in block.splitlines()[2:]]
    return [tuple(cell.replace("\\", "").strip("`") for cell in row) for row in rows]


def change(box: Stand, group: str, body: Mapping[str, Any]) -> None:
    """What a person does in Spot's console."""
    Spot(box.sandbox).items("PUT", f"/aws/ec2/group/{group}", {"group": body})


def deployed(box: Stand, workspace: Path) -> str:
    """Draft and deploy, and return the new group, whose marker says what was deployed."""
    draft(box, workspace)
    done = run_drafted(box, workspace, "deploy")
    assert done.outputs["status"] == "deployed", done.log
    return done.outputs["elastigroup-id"]


def ended(result: Result) -> tuple[int, str | None, str | None]:
    return result.code, result.outputs.get("status"), result.outputs.get("has-changes")


# Each is a change to the live group, with the path and the live value that drift reports.
DRIFTS: Mapping[str, tuple[JSON, str, str]] = {
    "risk": ({"strategy": {"risk": 50}}, "group.strategy.risk", "50"),
    "fallback": ({"strategy": {"fallbackToOd": False}}, "group.strategy.fallbackToOd", "false"),
    "draining": ({"strategy": {"drainingTimeout": 10}}, "group.strategy.drainingTimeout", "10"),
    "maximum": ({"capacity": {"minimum": 2, "target": 3, "maximum": 9}}, "group.capacity.maximum", "9"),
    "minimum": ({"capacity": {"minimum": 1, "target": 3, "maximum": 6}}, "group.capacity.minimum", "1"),
    "spot types": (
        {"compute": {"instanceTypes": {"spot": ["m5.large", "c5.large"]}}},
        "group.compute.instanceTypes.spot",
        '["c5.large", "m5.large"]',
    ),
    "on-demand type": (
        {"compute": {"instanceTypes": {"ondemand": "m5.xlarge"}}},
        "group.compute.instanceTypes.ondemand",
        "m5.xlarge",
    ),
    "a zone less": (
        {"compute": {"availabilityZones": [{"name": "us-east-1a"}]}},
        "group.compute.availabilityZones[us-east-1b]",
        "not set",
    ),
    "security group": (
        launch(securityGroupIds=["sg-0a1b2c3d4e5f60718", "sg-0ffff"]),
        f"{LAUNCH}.securityGroupIds",
        '["sg-0a1b2c3d4e5f60718", "sg-0ffff"]',
    ),
    "a new tag": (
        launch(tags=[{"tagKey": "Owner", "tagValue": "me"}]),
        f"{LAUNCH}.tags",
        '[{"tagKey": "Owner", "tagValue": "me"}]',
    ),
    "grace period": (launch(healthCheckGracePeriod=5), f"{LAUNCH}.healthCheckGracePeriod", "5"),
    "no health check": (launch(healthCheckType=None), f"{LAUNCH}.healthCheckType", "not set"),
    "key pair": (launch(keyPair="mine"), f"{LAUNCH}.keyPair", "mine"),
    "threshold": ({"scaling": {"up": [{**UP, "threshold": 90}]}}, "group.scaling.up[busy].threshold", "90"),
    "policy removed": ({"scaling": {"up": []}}, "group.scaling", "not set"),
    "scheduled task": ({"scheduling": {"tasks": TASKS[1:]}}, "group.scheduling", '{"tasks": ['),
    "user data": (user_data("#!/bin/sh\necho 2\n"), f"{LAUNCH}.userData", "sha256:"),
    "metadata": (launch(metadataOptions={"httpTokens": "optional"}), f"{LAUNCH}.metadataOptions", '{"httpTokens":'),
    "detached": (launch(loadBalancersConfig=None), f"{LAUNCH}.loadBalancersConfig", "not set"),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_at_spot_is_found_at_its_path_with_whose_it_is(tmp_path: Path, name: str) -> None:
    body, path, live = DRIFTS[name]
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario(), lowest=0, because="the group is detached in one case") as box:
        change(box, deployed(box, workspace), body)
        found = run_drafted(box, workspace, "drift")
        assert ended(found) == (1, "drifted", "true"), found.log
        (row,) = table(found.summary, "Drift")
        assert f"differs from the documents: {path}. Next: add what should stay" in found.log
        assert row[0] == path
        assert row[2].startswith(live)
        assert row[3] == LIVE
        assert found.mutations == []


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", GROUPS)
def test_an_untouched_group_has_none_before_and_after_its_deployment(tmp_path: Path, name: str) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS[name].scenario()) as box:
        draft(box, workspace)
        if name != "scaled to 0":
            before = run_drafted(box, workspace, "drift")
            assert ended(before) == (0, "unchanged", "false"), before.log
        done = run_drafted(box, workspace, "deploy")
        assert (done.code, done.outputs["status"]) == (0, "deployed"), done.log
        after = run_drafted(box, workspace, "drift")
        assert ended(after) == (0, "unchanged", "false"), after.log
        assert table(after.summary, "Drift") == []


def test_auto_scaling_within_the_bounds_is_told_and_is_none(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        change(box, deployed(box, workspace), {"capacity": {"minimum": 2, "target": 5, "maximum": 6}})
        found = run_drafted(box, workspace, "drift")
        assert ended(found) == (0, "unchanged", "false"), found.log
        expected = table(found.summary, "Expected differences")
        assert expected == [("group.capacity.target", "3", "5", "auto scaling, within minimum and maximum")]


def test_numbers_that_a_scheduled_task_sets_are_no_drift(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live({"scheduling": {"tasks": TASKS}}).scenario()) as box:
        change(box, deployed(box, workspace), {"capacity": {"minimum": 3, "target": 3, "maximum": 9}})
        found = run_drafted(box, workspace, "drift")
        assert ended(found) == (0, "unchanged", "false"), found.log
        assert {row[3] for row in table(found.summary, "Expected differences")} == {
            "a scheduled task or scaling policy of the group"
        }


def test_a_capacity_that_deployments_keep_is_told_as_kept(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        draft(box, workspace)
        change(box, "sig-0abc1234", {"capacity": {"minimum": 2, "target": 3, "maximum": 8}})
        assert run_drafted(box, workspace, "deploy").outputs["status"] == "deployed"
        assert table(run_drafted(box, workspace, "drift").summary, "Drift") == [
            ("group.capacity.maximum", "6", "8", "kept by the last deployment (instances: same-as-running)")
        ]


def test_the_input_instances_counts_and_not_the_capacity_in_the_file(tmp_path: Path) -> None:
    workspace, instances = tmp_path / "workspace", {"instances": "min=3,max=5,desired=4"}
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        draft(box, workspace)
        assert run_drafted(box, workspace, "deploy", **instances).outputs["status"] == "deployed"
        assert ended(run_drafted(box, workspace, "drift", **instances)) == (0, "unchanged", "false")
        (group,) = [each["id"] for each in box.alive() if each["capacity"]["target"] == 4]
        change(box, group, {"capacity": {"minimum": 3, "target": 4, "maximum": 6}})
        found = run_drafted(box, workspace, "drift", **instances)
        assert table(found.summary, "Drift") == [("group.capacity.maximum", "5", "6", LIVE)]


def test_a_script_with_a_secret_is_rendered_like_in_the_deployment(tmp_path: Path) -> None:
    workspace, secrets = tmp_path / "workspace", {"secrets": "KEY: hunter2-hunter2"}
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        draft(box, workspace)
        script = workspace / "deploy" / "startup.sh"
        script.write_text('#!/bin/sh\nexport KEY=<+secrets.getValue("KEY")> # <+artifact.version>\n', "utf-8")
        done = run_drafted(box, workspace, "deploy", **secrets)
        assert done.outputs["status"] == "deployed", done.log
        same = run_drafted(box, workspace, "drift", **secrets)
        assert ended(same) == (0, "unchanged", "false"), same.log
        other = run_drafted(box, workspace, "drift", secrets="KEY: another-secret-value")
        assert [row[0] for row in table(other.summary, "Drift")] == [f"{LAUNCH}.userData"]
        shown = "".join(
            line for line in (same.everything + other.everything).splitlines() if "::add-mask::" not in line
        )
        assert "hunter2" not in shown
        assert "another-secret" not in shown


def test_a_production_rule_that_leads_elsewhere_is_drift_of_blue_green(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    live = GROUPS["stage listener"].scenario()
    with stand("basic", tmp_path, live, lowest=0, because="somebody moves the rule") as box:
        draft(box, workspace)
        done = run_drafted(box, workspace, "deploy", **{"downsize-old": "after 30s"})
        assert done.outputs["status"] == "deployed", done.log
        rules = {"web-alb:443/10": "web-blue", "web-alb:8443/default": "web-green"}
        for rule, target_group in rules.items():
            box.sandbox.add_fault({"at": 0, "action": "change-rule", "rule": rule, "forward": target_group})
        found = run_drafted(box, workspace, "drift")
        assert ended(found) == (1, "drifted", "true"), found.log
        assert [(row[0], row[1], row[2]) for row in table(found.summary, "Drift")] == [
            ("web-alb:443 rule c1c1c1c1c1c1c1c1", "web-blue", "web-green")
        ]


def test_documents_that_changed_since_the_deployment_are_not_blamed_on_spot(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        deployed(box, workspace)
        config = workspace / "deploy" / "elastigroup.json"
        config.write_text(config.read_text("utf-8").replace('"risk": 100', '"risk": 40'), "utf-8")
        found = run_drafted(box, workspace, "drift")
        assert table(found.summary, "Drift") == [
            ("group.strategy.risk", "40", "100", "changed since the last deployment, in the documents or in Spot")
        ]


def test_a_group_that_this_action_never_deployed_has_no_history_to_blame(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        draft(box, workspace)
        change(box, "sig-0abc1234", {"strategy": {"risk": 50}})
        found = run_drafted(box, workspace, "drift")
        assert [row[3] for row in table(found.summary, "Drift")] == [
            "the documents or Spot: not deployed by this action yet"
        ]


def test_an_image_that_the_service_would_not_find_is_drift(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        deployed(box, workspace)
        found = run_drafted(box, workspace, "drift", **{"ami-id": OLD})
        assert [(row[0], row[1], row[3]) for row in table(found.summary, "Drift")] == [
            ("image", OLD, "a version that was not deployed yet")
        ]


def test_a_secret_script_is_never_shown(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        change(box, deployed(box, workspace), user_data("#!/bin/sh\nexport KEY=hunter2-hunter2\n"))
        assert "hunter2" not in run_drafted(box, workspace, "drift").everything


@pytest.mark.parametrize(
    ("call", "how"),
    [
        ("GET /aws/ec2/group", {"effect": "status", "status": 500}),
        ("GET /aws/ec2/group", {"effect": "malformed-body"}),
        ("GET /aws/ec2/group/{id}", {"effect": "empty-items"}),
        ("DescribeImages", {"effect": "aws-error", "code": "UnauthorizedOperation"}),
        ("GetCallerIdentity", {"effect": "aws-error", "code": "ExpiredToken"}),
    ],
    ids=["Spot is down", "Spot's answer is cut", "the group is missing", "AWS refuses", "credentials have expired"],
)
def test_a_state_that_cannot_be_read_is_an_error_and_not_no_drift(tmp_path: Path, call: str, how: JSON) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        deployed(box, workspace)
        box.sandbox.add_fault({"match": {"call": call}, "times": 99, **how})
        found = run_drafted(box, workspace, "drift")
        assert found.code in {3, 5}, found.log
        assert found.outputs["status"] in {"failed", "refused"}
        assert "has-changes" not in found.outputs
        assert "deployment of" not in found.summary


def test_nothing_is_compared_while_a_deployment_is_open_or_may_be(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario()) as box:
        draft(box, workspace)
        stopped = run_drafted(box, workspace, "deploy", until="canary-deploy-1")
        assert stopped.outputs["status"] == "stopped", stopped.log
        found = run_drafted(box, workspace, "drift")
        assert (found.code, found.outputs["status"]) == (3, "refused")
        assert "has not finished" in found.log
        change(box, stopped.outputs["elastigroup-id"], {"description": "[spotaction n=12"})
        found = run_drafted(box, workspace, "drift")
        assert (found.code, found.outputs["status"]) == (3, "refused")
        assert "cannot be read" in found.log


def test_a_group_whose_image_is_gone_is_compared_with_a_warning(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    gone = Live(image="ami-0dead0000dead0000")
    with stand("basic", tmp_path, gone.scenario()) as box:
        draft(box, workspace)
        found = run_drafted(box, workspace, "drift")
        assert ended(found) == (0, "unchanged", "false"), found.log
        assert "::warning::The image of web_prod is not available, so it may launch no instances" in found.log


def test_nothing_is_compared_where_no_group_runs(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, SEEDED.scenario(), lowest=0, because="somebody scales it to 0") as box:
        group = deployed(box, workspace)
        change(box, group, {"capacity": {"minimum": 0, "target": 0, "maximum": 0}})
        found = run_drafted(box, workspace, "drift")
        assert (found.code, found.outputs["status"]) == (3, "refused")
        assert "No Elastigroup of web_prod is running" in found.log
