"""While old instances leave, what replaces them is watched, and so are production's rules."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import JSON, LONG_DRAIN, NEW, QUICK, Result, Stand, stand

RUNS: list[tuple[str, dict[str, str]]] = [
    ("basic", {}),
    ("canary", {"canary": "34%"}),
    ("blue-green", {}),
    ("shift", {}),
]
KEEPS_NOTHING = "all that serves fails at once"


def puts(result: Result) -> list[JSON]:
    return [call for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]


def emptied(result: Result) -> JSON:
    """The call that told the old group to go."""
    return next(call for call in puts(result) if call["body"]["capacity"]["target"] == 0)


@cache
def when_emptied(strategy: str) -> float:
    """Seconds from the start of the sandbox to that call, where nothing goes wrong."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stand(strategy, Path(folder), QUICK, drain=LONG_DRAIN, short_bakes=False) as box,
    ):
        result = box.run(dict(RUNS)[strategy])
        assert result.code == 0, result.log
        return float(emptied(result)["time"])


def serving(box: Stand) -> int:
    return int(box.production["healthy-now"])


def after(box: Stand, seconds: float) -> None:
    box.clock.sleep(seconds)


@pytest.mark.sampled
@pytest.mark.parametrize("later", [1, 10, 30])
@pytest.mark.parametrize(("strategy", "inputs"), RUNS, ids=[name for name, _ in RUNS])
def test_new_instances_that_fail_while_the_old_ones_leave_bring_the_old_group_back(
    tmp_path: Path, strategy: str, inputs: dict[str, str], later: int
) -> None:
    at = when_emptied(strategy)
    with stand(strategy, tmp_path, QUICK, lowest=0, because=KEEPS_NOTHING, drain=LONG_DRAIN, short_bakes=False) as box:
        before = box.outcome()
        failing: Any = {"at": at + later, "action": "unhealthy", "group": "*", "side": "target"}
        name = "web_prod__8" if strategy in {"basic", "canary"} else "web_prod"
        box.sandbox.add_fault({**failing, "group": name})
        result = box.run(inputs)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.outcome() == before
        assert serving(box) == 3
        back = next(call for call in puts(result) if call["time"] > emptied(result)["time"])
        assert back["body"]["capacity"] == {"minimum": 2, "target": 3, "maximum": 6}
        assert back["path"] == emptied(result)["path"]
        assert back["time"] - emptied(result)["time"] <= later + 20
        assert " back to 2/3/6 (minimum/target/maximum) first." in result.log
        assert " in production: 0 of 3 healthy: i-" in result.record["reason"]


@pytest.mark.parametrize(("strategy", "inputs"), RUNS[2:], ids=["blue-green", "shift"])
def test_a_rule_that_somebody_writes_while_old_instances_leave_brings_the_old_group_back(
    tmp_path: Path, strategy: str, inputs: dict[str, str]
) -> None:
    at = when_emptied(strategy)
    with stand(
        strategy,
        tmp_path,
        QUICK,
        lowest=0,
        because="somebody sends production to those that leave",
        drain=LONG_DRAIN,
        short_bakes=False,
    ) as box:
        before = box.outcome()
        box.sandbox.add_fault({"at": at + 5, "action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"})
        result = box.run(inputs)

        # What somebody else wrote in another form than this deployment ever did is left to a person.
        assert result.outputs["status"] == ("rollback-incomplete" if strategy == "shift" else "rolled-back"), result.log
        assert box.groups()["web_prod"]["capacity"] == before["groups"]["web_prod"][0]
        assert serving(box) == 3
        assert (
            "production's rules: web-alb:443 rule c1c1c1c1c1c1c1c1 was modified outside this deployment" in result.log
        )
        back = next(call for call in puts(result) if call["time"] > emptied(result)["time"])
        assert (back["path"], back["time"] - emptied(result)["time"] <= 20) == (emptied(result)["path"], True)


@pytest.mark.parametrize(("strategy", "inputs"), RUNS[2:], ids=["blue-green", "shift"])
def test_a_rule_that_somebody_wrote_before_keeps_the_old_group_from_shrinking(
    tmp_path: Path, strategy: str, inputs: dict[str, str]
) -> None:
    at = when_emptied(strategy)
    both = [{"target-group": "web-green", "weight": 100}, {"target-group": "web-blue", "weight": 1}]
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN, short_bakes=False) as box:
        (old,) = (group["id"] for name, group in box.groups().items() if name == "web_prod")
        change = {"action": "change-rule", "rule": "web-alb:443/10", "forward": both}
        box.sandbox.add_fault({"at": at - 10, **change})
        result = box.run(inputs)

        assert result.outputs["status"] == "rolled-back", result.log
        assert (
            "production's rules: web-alb:443 rule c1c1c1c1c1c1c1c1 was modified outside this deployment" in result.log
        )
        assert [call for call in puts(result) if old in call["path"]] == []


@pytest.mark.parametrize("shows", [True, False], ids=["listed", "not-listed"])
@pytest.mark.parametrize("aws", [True, False], ids=["with-aws", "without-aws"])
def test_old_instances_are_gone_only_once_they_have_drained_whatever_spot_lists(
    tmp_path: Path,
    shows: bool,  # noqa: FBT001
    aws: bool,  # noqa: FBT001
) -> None:
    changes = {**QUICK, "draining": {"in-status": shows, "in-health": shows}}
    keys = {} if aws else {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    with stand("basic", tmp_path, changes, drain=LONG_DRAIN, short_bakes=False) as box:
        known = {} if aws else {"service": "", "artifact-version": "", "ami-id": NEW, "app-name": "web_prod"}
        result = box.run(known, environ=keys)

        assert result.code == 0, result.log
        waited = result.calls[-1]["time"] - emptied(result)["time"]
        # The target group lets go of them after 60 s; without it, the group's draining time of 120 s says so.
        assert waited >= (60 if aws else 120)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("strategy", "inputs"), RUNS, ids=[name for name, _ in RUNS])
def test_a_capacity_that_spot_clamps_is_no_success(tmp_path: Path, strategy: str, inputs: dict[str, str]) -> None:
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN, short_bakes=False) as box:
        before = box.outcome()
        box.sandbox.add_fault(
            {"at": 0, "action": "clamp-capacity", "group": "*", "most": 4, "for": 130 if strategy == "canary" else 30}
        )
        result = box.run(inputs)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert "at 2/3/4 (minimum/target/maximum) although 2/3/6 was requested" in result.log
        assert box.outcome() == before


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("strategy", "inputs"), RUNS, ids=[name for name, _ in RUNS])
def test_a_policy_that_scales_in_within_the_range_does_not_undo_a_good_release(
    tmp_path: Path, strategy: str, inputs: dict[str, str]
) -> None:
    name = "web_prod__8" if strategy in {"basic", "canary"} else "web_prod__STAGE__Harness"
    slow = {"timings": {"fulfil": 20, "spot-healthy": 40, "target-healthy": 30}}
    with stand(
        strategy, tmp_path, slow, lowest=2, because="a policy scales in", drain=LONG_DRAIN, short_bakes=False
    ) as box:
        box.sandbox.add_fault({"at": 30, "action": "scaling-policy", "group": name, "adjustment": -1})
        result = box.run({"suspend-scaling": "false", **inputs})

        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert result.calls[-1]["time"] < 600


def test_reads_that_lag_do_not_undo_a_good_release(tmp_path: Path) -> None:
    lag = {"spot-get": 5, "spot-list": 10, "elb-rules": 3, "target-health": 5}
    for strategy, inputs in RUNS:
        with stand(strategy, tmp_path, {**QUICK, "lag": lag}, drain=LONG_DRAIN, short_bakes=False) as box:
            result = box.run(inputs)

            assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log


@pytest.mark.parametrize("later", [1, 30])
def test_failures_are_seen_through_reads_that_lag(tmp_path: Path, later: int) -> None:
    lag = {"spot-get": 5, "spot-list": 10, "elb-rules": 3, "target-health": 5}
    changes = {**QUICK, "lag": lag}
    with stand("blue-green", tmp_path, changes, drain=LONG_DRAIN, short_bakes=False) as box:
        at = float(emptied(box.run())["time"])
    with stand(
        "blue-green", tmp_path, changes, lowest=0, because=KEEPS_NOTHING, drain=LONG_DRAIN, short_bakes=False
    ) as box:
        before = box.outcome()
        box.sandbox.add_fault({"at": at + later, "action": "unhealthy", "group": "web_prod", "side": "target"})
        result = box.run()

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.outcome() == before
        assert serving(box) == 3


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("strategy", "inputs"), RUNS, ids=[name for name, _ in RUNS])
def test_deployed_is_judged_once_more_when_the_last_old_instance_is_gone(
    tmp_path: Path, strategy: str, inputs: dict[str, str]
) -> None:
    at = when_emptied(strategy)
    name = "web_prod__8" if strategy in {"basic", "canary"} else "web_prod"
    with stand(strategy, tmp_path, QUICK, lowest=0, because=KEEPS_NOTHING, drain=LONG_DRAIN, short_bakes=False) as box:
        before = box.outcome()
        for later in (119, 124, 129, 134):  # those that Spot puts in place of the sick ones fall sick, too
            sick = {"action": "unhealthy", "group": name, "side": "target", "for": 60}
            box.sandbox.add_fault({"at": at + later, **sick})
        result = box.run(inputs)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert "final check: " in result.record["reason"]
        assert box.outcome() == before


@pytest.mark.parametrize(("strategy", "inputs"), RUNS[2:], ids=["blue-green", "shift"])
def test_production_has_to_forward_as_it_was_written_when_all_is_done(
    tmp_path: Path, strategy: str, inputs: dict[str, str]
) -> None:
    at = when_emptied(strategy)
    with stand(
        strategy,
        tmp_path,
        QUICK,
        lowest=0,
        because="somebody sends production to those that left",
        drain=LONG_DRAIN,
        short_bakes=False,
    ) as box:
        before = box.outcome()
        box.sandbox.add_fault(
            {"at": at + 119, "action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"}
        )
        result = box.run(inputs)

        # What somebody else wrote in another form than this deployment ever did is left to a person.
        assert result.outputs["status"] == ("rollback-incomplete" if strategy == "shift" else "rolled-back"), result.log
        assert (
            "production's rules: web-alb:443 rule c1c1c1c1c1c1c1c1 was modified outside this deployment" in result.log
        )
        assert box.groups()["web_prod"]["capacity"] == before["groups"]["web_prod"][0]
        assert serving(box) == 3


def test_what_fails_at_the_end_stays_as_it_is_where_that_is_asked_for(tmp_path: Path) -> None:
    at = when_emptied("blue-green")
    with stand(
        "blue-green", tmp_path, QUICK, lowest=0, because=KEEPS_NOTHING, drain=LONG_DRAIN, short_bakes=False
    ) as box:
        sick = {"action": "unhealthy", "group": "web_prod", "side": "target", "for": 60}
        box.sandbox.add_fault({"at": at + 119, **sick})
        result = box.run(on_failure="stop")

        assert (result.code, result.outputs["status"]) == (1, "failed"), result.log
        assert "operation: continue" in result.log
        again = box.run(operation="continue", run_id="4712")
        assert (again.code, again.outputs["status"]) == (0, "deployed"), again.log


def test_without_aws_instances_that_drain_are_not_taken_for_the_old_group_being_back(tmp_path: Path) -> None:
    slow = {"timings": {"fulfil": 20, "spot-healthy": 60, "target-healthy": 50}}
    keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    known = {"service": "", "artifact-version": "", "ami-id": NEW, "app-name": "web_prod"}
    with stand("basic", tmp_path, slow, drain=LONG_DRAIN, short_bakes=False) as box:
        at = float(emptied(box.run(known, environ=keys))["time"])
    with stand("basic", tmp_path, slow, lowest=0, because=KEEPS_NOTHING, drain=LONG_DRAIN, short_bakes=False) as box:
        box.sandbox.add_fault({"at": at + 5, "action": "unhealthy", "group": "web_prod__8", "side": "both"})
        result = box.run(known, environ=keys)

        assert result.outputs["status"] == "rolled-back", result.log
        back, removed = puts(result)[2:4]
        assert (back["path"], back["body"]["capacity"]["target"]) == (emptied(result)["path"], 3)
        assert removed["body"]["capacity"]["target"] == 0
        assert removed["time"] - back["time"] >= 60  # as long as an instance takes that was not there before
        assert serving(box) == 3
