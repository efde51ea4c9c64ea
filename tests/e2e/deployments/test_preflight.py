"""Before the first write: what AWS knows about AMI, capacity and draining is a warning, or refused by a policy."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.deployments.test_execution import SETUP, deploy, run
from tests.support.action import JSON, NEW, OLD, QUICK, stand

READS = ["DescribeInstanceTypes", "GetMetricStatistics", "GetServiceQuota", "GetSpotPlacementScores"]
STRATEGIES = ("basic", "canary", "blue-green", "shift")
ENFORCE = "\n  enforce: {policySets: [%s/p.yaml]}"


def image(**facts: object) -> JSON:
    new = {"id": NEW, "name": "web-2026.11.23", "created": "2026-11-23T09:00:00Z", "tags": {"Application": "web"}}
    old = {"id": OLD, "name": "web-2026.11.20", "created": "2026-11-20T09:00:00Z", "tags": {"Application": "web"}}
    return {**QUICK, "images": [old, {**new, **{key.replace("_", "-"): value for key, value in facts.items()}}]}


def warnings(log: str) -> list[str]:
    return [line.removeprefix("::warning::") for line in log.splitlines() if line.startswith("::warning::")]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_fact_is_read_once_and_before_the_first_write(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        result = box.run()
        assert result.outputs["status"] == "deployed"
        names = [call["call"] for call in result.calls]
        assert sorted(name for name in names if name in READS) == READS
        first_write = next(number for number, call in enumerate(result.calls) if call["mutation"])
        assert max(names.index(name) for name in READS) < first_write
        delays = 1 if strategy in {"basic", "canary"} else 2
        assert names[:first_write].count("DescribeTargetGroupAttributes") == delays


@pytest.mark.sampled(14)
@pytest.mark.parametrize("call", [*READS, "DescribeTargetGroupAttributes"])
@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "aws-error", "code": "AccessDenied"},
        {"effect": "aws-error", "code": "UnauthorizedOperation"},
        {"effect": "aws-throttling"},
        {"effect": "status", "status": 500},
        {"effect": "timeout-after"},
        {"effect": "connection-refused"},
        {"effect": "malformed-body"},
    ],
    ids=lambda fault: str(fault.get("code", fault["effect"])),
)
def test_what_cannot_be_read_is_a_note_and_nothing_else_changes(tmp_path: Path, call: str, fault: JSON) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": call}, "times": 99, **fault})
        result = box.run()
        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert result.log.count("Not checked before the first write: ") == 1
        assert warnings(result.log) == []


def test_a_role_without_the_new_permissions_deploys_and_is_told_what_to_allow(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        for call in READS:
            denied = {"effect": "aws-error", "code": "AccessDenied", "times": 99}
            box.sandbox.add_fault({"match": {"call": call}, **denied})
        result = box.run()
        assert result.outputs["status"] == "deployed"
        role = "in the policy of the role that this run uses"
        assert (
            f"Not checked before the first write: instance types (allow ec2:DescribeInstanceTypes {role}); "
            f"Spot placement score (allow ec2:GetSpotPlacementScores {role}); "
            f"Spot vCPU quota (allow servicequotas:GetServiceQuota {role})."
        ) in result.log


@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_a_low_score_and_a_quota_that_is_too_small_are_warnings(tmp_path: Path, operation: str) -> None:
    capacity = {"placement-score": 2, "spot-vcpu-quota": 20, "spot-vcpus-used": 10}
    with stand("basic", tmp_path, {**QUICK, "capacity": capacity}) as box:
        result = box.run(operation=operation)
        assert result.code == 0
        score, quota = warnings(result.log)
        assert score.startswith("The Spot placement score in us-east-1 is 2 of 10 for 3 instances of ")
        assert quota.startswith("The new group needs 6 vCPUs beside the old one, but the account's Spot quota")
        assert "is 20 vCPUs, of which 16 are in use: Spot cannot launch all of it." in quota


def test_a_canary_needs_only_what_runs_beside_the_rest_of_the_old_group(tmp_path: Path) -> None:
    """Each phase removes what it replaced, so that one instance more is enough: 2 vCPUs."""
    scenario = {**QUICK, "capacity": {"spot-vcpu-quota": 8}}
    with stand("canary", tmp_path, scenario) as box:
        assert warnings(box.run(operation="plan").log) == []
    with stand("basic", tmp_path, scenario) as box:
        (quota,) = warnings(box.run(operation="plan").log)
        assert "needs 6 vCPUs" in quota


@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_a_target_group_that_does_not_exist_is_refused_before_the_first_write(tmp_path: Path, operation: str) -> None:
    missing = {"effect": "aws-error", "code": "TargetGroupNotFound", "times": 99}
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": "DescribeTargetGroupAttributes"}, **missing})
        result = box.run(operation=operation)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
    assert (
        "Target groups of the new group do not exist in us-east-1: "
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web-blue/b1b1b1b1b1b1b1b1. Next: correct the "
        "ARNs (loadBalancersConfig in the Elastigroup config), or create the target groups."
    ) in result.log


def test_an_image_that_boots_on_none_of_the_types_is_refused(tmp_path: Path) -> None:
    with stand("basic", tmp_path, image(instance_types={"supported": ["g5.*"]})) as box:
        result = box.run()
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"{NEW} (web-2026.11.23) can be launched on none of the group's instance types: " in result.log


def test_an_image_that_boots_on_some_of_the_types_is_a_warning_that_names_the_others(tmp_path: Path) -> None:
    with stand("basic", tmp_path, image(instance_types={"unsupported": ["m5.*"]})) as box:
        result = box.run()
        assert result.outputs["status"] == "deployed", result.log
        (warning,) = warnings(result.log)
        assert warning.startswith(f"{NEW} (web-2026.11.23) cannot be launched on m5.large, which the AMI excludes")
        assert warning.endswith("Spot can use only the other types.")


def test_a_deprecation_that_is_near_is_a_warning(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        today = box.clock.now()
    soon = datetime.fromtimestamp(today, UTC) + timedelta(days=3)
    scenario = image(deprecated=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    with stand("basic", tmp_path, scenario) as box:
        (warning,) = warnings(box.run().log)
        assert warning == (
            f"{NEW} (web-2026.11.23) will be deprecated on {soon:%Y-%m-%d}: after that, only rollback-to deploys it."
        )


POLICY = """
rules:
  - name: ami
    of: plan
    require:
      required: [ami, preflight]
      properties:
        ami:
          required: [watermarks, findings, ageDays]
          properties:
            watermarks: {contains: {const: "123456789012:approved"}}
            findings:
              required: [highest]
              properties: {highest: {enum: [none, informational, low, medium]}}
            ageDays: {maximum: 30}
        preflight:
          required: [placementScore, spotVcpus]
          properties:
            placementScore: {minimum: 4}
    message: approved and scanned images only
"""
GOOD = {
    "watermarks": ["123456789012:approved"],
    "findings": {"scanned": "2026-11-23T10:00:00Z", "highest": "low"},
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"watermarks": ["999999999999:approved"]},
        {"watermarks": []},
        {"findings": {"scanned": "2026-11-23T10:00:00Z", "highest": "critical"}},
        {"created": "2025-01-01T00:00:00Z"},
        {"capacity": {"placement-score": 3}},
        {"faults": [{"match": {"call": "GetSpotPlacementScores"}, "effect": "aws-error", "code": "AccessDenied"}]},
    ],
    ids=["another-mark", "no-mark", "critical", "old", "low-score", "score-unreadable"],
)
@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_policies_may_refuse_by_every_fact_and_by_one_that_is_missing(
    tmp_path: Path, wrong: JSON, operation: str
) -> None:
    outside = {key: value for key, value in wrong.items() if key in {"capacity", "faults"}}
    facts = {**GOOD, **{key: value for key, value in wrong.items() if key not in outside}}
    with stand("basic", tmp_path, {**image(**facts), **outside}) as box:
        parts = (SETUP, deploy("all", 100), ENFORCE % tmp_path)
        result = run(box, *parts, files={"p.yaml": POLICY}, operation=operation)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "rule ami is violated by the plan: approved and scanned images only" in result.log


def test_an_image_that_complies_is_deployed_and_continued(tmp_path: Path) -> None:
    with stand("canary", tmp_path, image(**GOOD)) as box:
        parts = (SETUP, deploy("some", 34), deploy("all", 100), ENFORCE % tmp_path)
        stopped = run(box, *parts, files={"p.yaml": POLICY}, until="some")
        assert stopped.outputs["status"] == "stopped", stopped.log
        result = run(box, *parts, files={"p.yaml": POLICY}, operation="continue")
        assert result.outputs["status"] == "deployed", result.log
        assert result.log.count("The plan complies with 1 policy rule.") == 1


def test_draining_that_is_shorter_than_the_deregistration_delay_is_told(tmp_path: Path) -> None:
    config = json.loads((Path("examples/deploy/elastigroup.json")).read_text(encoding="utf-8"))
    config["group"].setdefault("strategy", {})["drainingTimeout"] = 30
    (tmp_path / "elastigroup.json").write_text(json.dumps(config), encoding="utf-8")
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(
            operation="plan", environ={"RUNNER_TEMP": str(tmp_path)}, elastigroup_config=f"{tmp_path}/elastigroup.json"
        )
        assert result.code == 0, result.log
        (warning,) = warnings(result.log)
        assert warning == (
            "Draining timeout of the new group is 30 s, but the deregistration delay is longer (web-blue 60 s): "
            "requests that take longer than 30 s are cut off when Spot removes an instance. Set "
            "strategy.drainingTimeout to the delay, or shorten the delay."
        )
