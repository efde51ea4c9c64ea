"""An image whose instances never get healthy: the deployment ends in time, and everything is as it was."""

import json
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, Result, Stand, stand

POLL = 16.0  # seconds between two looks, at most
VARIANTS: dict[str, tuple[dict[str, object], str]] = {
    "spot": ({"spot": "never"}, "Spot reports UNHEALTHY"),
    "target": ({"target": "never"}, "unhealthy in web-blue (Target.FailedHealthChecks: Health checks failed)"),
    "both": ({"boots": False}, "unhealthy in web-blue (Target.FailedHealthChecks: Health checks failed)"),
}


def seconds_of(result: Result, step: str) -> float:
    """How long a step took: from the capacity call that began its wait to the next write."""
    grown, following = result.mutations[1:3]
    assert grown["call"] == "PUT /aws/ec2/group/{id}/capacity", step
    return float(following["time"] - grown["time"])


def check_as_before(box: Stand, before: object) -> None:
    assert box.picture() == before
    assert box.production["minimum-so-far"] == 3


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_group_that_never_gets_healthy_is_rolled_back_at_its_deadline(tmp_path: Path, variant: str) -> None:
    behaviour, _ = VARIANTS[variant]
    with stand("basic", tmp_path, {"behaviours": [{"image": NEW, **behaviour}]}) as box:
        before = box.picture()
        result = box.run(steady_state_timeout="10m")

        assert result.code == 1
        assert result.outputs["status"] == "rolled-back"
        assert 600.0 <= seconds_of(result, "deploy") <= 600.0 + POLL
        check_as_before(box, before)


@pytest.mark.parametrize("variant", VARIANTS)
def test_log_and_summary_say_what_was_unhealthy_and_why(tmp_path: Path, variant: str) -> None:
    behaviour, why = VARIANTS[variant]
    with stand("basic", tmp_path, {"behaviours": [{"image": NEW, **behaviour}]}) as box:
        result = box.run(steady_state_timeout="10m")

        assert "Timed out after 10m 00s. web_prod__8 steady: 0 of 3, i-" in result.log
        assert why in result.record["reason"]
        plain = result.summary.replace("\\", "")
        assert "ami-0aaaaaaaaaaaaaaa2 failed and was rolled back" in plain
        assert why in plain.split("**Next:**")[0]
        assert "; production was not changed" in plain


def test_one_that_is_never_healthy_is_named(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        box.sandbox.add_fault({"at": 40, "action": "unhealthy", "group": "web_prod__8", "count": 1, "side": "target"})
        result = box.run(steady_state_timeout="3m")

        assert result.code == 1
        (sick,) = [part for part in result.record["reason"].split() if part.startswith("i-")]
        assert (
            f"2 of 3, {sick} Spot reports UNKNOWN (TARGET_GROUP check), "
            "unhealthy in web-blue (Target.FailedHealthChecks" in result.record["reason"]
        )


def test_capacity_that_cannot_be_had_is_the_reason(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 0, "action": "capacity-short", "group": "web_prod__8", "fraction": 0.34})
        result = box.run(steady_state_timeout="2m")

        assert result.code == 1
        assert "1 of 3, 2 not listed by Spot yet" in result.record["reason"]
        check_as_before(box, before)


NO_CAPACITY = (
    "AWS has insufficient capacity (InsufficientInstanceCapacity): add instance types or availability zones to the "
    "Elastigroup config, or set strategy.fallbackToOd: true"
)


def test_a_launch_that_is_stuck_says_why_by_spots_log_and_the_way_out(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 0, "action": "capacity-short", "group": "web_prod__8", "fraction": 0})
        result = box.run(steady_state_timeout="10m")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert f"web_prod__8 steady: 0 of 3, 3 not listed by Spot yet; {NO_CAPACITY}" in result.record["reason"]
        assert NO_CAPACITY in result.summary.replace("\\", "")
        told = [line for line in result.log.splitlines() if NO_CAPACITY in line and "still" not in line]
        assert "web_prod__8 steady: 0 of 3" in told[0]
        assert "(1m " in told[0]
        asked = [call["call"] for call in result.calls if call["call"].endswith(("/logs", "/status"))]
        assert asked == ["GET /aws/ec2/group/{id}/logs"] * 2
        check_as_before(box, before)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("InsufficientInstanceCapacity", NO_CAPACITY),
        ("InvalidAMIID.NotFound", "the AMI cannot be launched (InvalidAMIID.NotFound): check that it is available"),
        ("VcpuLimitExceeded", "an AWS account quota is exhausted (VcpuLimitExceeded): raise it in Service Quotas"),
    ],
)
def test_each_launch_failure_has_its_own_way_out(tmp_path: Path, code: str, why: str) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        group = "web_prod__STAGE__Harness"
        box.sandbox.add_fault({"at": 0, "action": "launch-failure", "group": group, "code": code})
        result = box.run(steady_state_timeout="1m")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert why in result.record["reason"]
        assert result.record["reason"].count(code) == 1


def test_a_log_that_cannot_be_read_does_not_end_a_wait(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        for call in ("logs", "status"):
            match = {"call": f"GET /aws/ec2/group/{{id}}/{call}"}
            box.sandbox.add_fault({"match": match, "effect": "status", "status": 403, "times": 99})
        box.sandbox.add_fault({"at": 0, "action": "capacity-short", "group": "web_prod__8", "fraction": 0, "for": 400})
        result = box.run(steady_state_timeout="10m")

        assert (result.code, result.outputs["status"]) == (0, "deployed")


def test_the_whole_deployments_timeout_ends_a_wait_too(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {"behaviours": [{"image": NEW, "boots": False}]}) as box:
        before = box.picture()
        result = box.run(steady_state_timeout="1h", timeout="5m")

        assert result.code == 1
        assert "Timed out after 5m 00s" in result.record["reason"]
        assert seconds_of(result, "deploy") <= 300.0 + POLL
        check_as_before(box, before)


def test_a_first_deployment_that_fails_leaves_nothing(tmp_path: Path) -> None:
    changes = {**QUICK, "elastigroups": [], "behaviours": [{"image": NEW, "boots": False}]}
    with stand("basic", tmp_path, changes) as box:
        result = box.run(steady_state_timeout="2m")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert box.groups() == {}


def test_the_old_group_grows_back_after_a_failure_that_comes_late(tmp_path: Path) -> None:
    with stand("canary", tmp_path, {"alarms": [{"name": "errors"}]}) as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 120, "action": "alarm", "name": "errors", "state": "ALARM", "reason": "5 in 60 s"})
        result = box.run(canary="34%", alarms="errors")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert "errors is in ALARM: 5 in 60 s" in result.record["reason"]
        assert result.record["begun"] == ["setup", "canary-deploy-1", "deploy"]
        check_as_before(box, before)


def test_on_failure_stop_leaves_both_groups_for_a_person(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "boots": False}]}) as box:
        result = box.run(steady_state_timeout="2m", on_failure="stop")

        assert (result.code, result.outputs["status"]) == (1, "failed")
        assert box.capacities()["web_prod__8"] == box.capacities()["web_prod__7"] == "2/3/6"
        assert "operation: continue or operation: rollback" in result.log
        assert json.loads(result.outputs["deployment"])["finished"] == ["setup"]


def test_a_storm_of_refusals_does_not_hold_a_wait_beyond_its_deadline(tmp_path: Path) -> None:
    """Somebody else uses up the rate limit for as long as the deployment lasts: no pause of ours may outgrow a wait."""
    health = "GET /aws/ec2/group/{id}/instanceHealthiness"
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": health}, "times": 1000, "effect": "rate-limited", "reset": 1})
        result = box.run(steady_state_timeout="10m")

        # Whether the old group is well cannot be seen either, so the new one is left for a person.
        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "deploy failed after 10m 00s: Timed out after 10m 00s" in result.log
        assert "Rollback of setup failed after" in result.log
        assert box.capacities()["web_prod__7"] == "2/3/6"


@pytest.mark.parametrize(
    ("strategy", "group", "changes"),
    [
        ("blue-green", "web_prod", {"downsize_old": "after 1h"}),
        ("shift", "web_prod__STAGE__Harness", {"traffic_weights": "50 for 1h, 100"}),
    ],
)
def test_production_goes_back_at_once_when_all_that_serves_it_is_lost(
    tmp_path: Path, strategy: str, group: str, changes: dict[str, str]
) -> None:
    with stand(strategy, tmp_path, QUICK, lowest=0, because="the cloud takes what serves") as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 120, "action": "unhealthy", "group": group, "side": "target"})
        result = box.run(changes)
        back = next(call for call in result.calls if call["time"] > 120 and call["call"] == "ModifyRule")

        assert (result.code, result.outputs["status"], box.picture()) == (1, "rolled-back", before)
        assert "no healthy instance left" in result.record["reason"]
        assert back["time"] < 120 + 20


def test_a_storm_of_refusals_does_not_hold_a_deployment_beyond_its_time(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        scale = "PUT /aws/ec2/group/{id}/capacity"
        box.sandbox.add_fault({"match": {"call": scale, "nth": 1}, "times": 100_000, "effect": "rate-limited"})
        result = box.run(timeout="10m", steady_state_timeout="5m")
        told = next(call for call in result.calls if call["call"] == "DELETE /aws/ec2/group/{id}")

        assert (result.code, result.outputs["status"]) == (5, "rolled-back")
        assert told["time"] < 600 + 120
        assert "Waiting 1m 40s before the next API call (rate limit or error backoff)." in result.log


def test_a_bake_that_does_not_fit_into_the_time_that_is_left_is_not_begun(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        before = box.picture()
        result = box.run(timeout="10m", bake_time="9m")

        assert "left but must bake for 9m 00s. Next: raise timeout" in result.log
        assert (result.outputs["status"], box.picture()) == ("rolled-back", before)


def test_a_deployment_whose_time_is_over_still_leaves_its_mark(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}) as box:
        describe = {"match": {"call": "PUT /aws/ec2/group/{id}"}, "effect": "status", "status": 500, "times": 2}
        box.sandbox.add_fault(describe)
        result = box.run(timeout="5m", on_failure="stop")

        assert (result.outputs["status"], "marker does not say stop" in result.log) == ("failed", False)
        assert box.run(operation="rollback", run_id="4712").outputs["status"] == "rolled-back"
