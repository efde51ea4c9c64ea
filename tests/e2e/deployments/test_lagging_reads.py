"""Reads lag behind writes: a rollback goes by what was written, and waits until that shows before it judges."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import JSON, LONG_DRAIN, NEW, QUICK, Result, Stand, stand

CAPACITY, UPDATE = "PUT /aws/ec2/group/{id}/capacity", "PUT /aws/ec2/group/{id}"
#: Refused when the new group is to take the app's name: by then production's rules are written.
NAMED: JSON = {"match": {"call": UPDATE, "nth": 1}, "effect": "status", "status": 400}
STRATEGIES: Mapping[str, Mapping[str, str]] = {"blue-green": {}, "shift": {"traffic-weights": "50, 100"}}
BACK = {"operation": "rollback"}


def lagging(**seconds: float) -> JSON:
    return {**QUICK, "lag": {name.replace("_", "-"): late for name, late in seconds.items()}}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("late", [2, 45])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_deployment_that_fails_is_rolled_back_where_rules_are_read_late(
    tmp_path: Path, strategy: str, late: float
) -> None:
    with stand(strategy, tmp_path, lagging(elb_rules=late), drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault(NAMED)
        result = box.run(STRATEGIES[strategy])

        assert (result.code, result.outputs["status"]) == (5, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("passed", ["with-record", "with-nothing"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_read_that_says_production_is_back_already_keeps_nothing_from_being_written(
    tmp_path: Path, strategy: str, passed: str
) -> None:
    """The run before died right after it had written the rule; the read is from before that."""
    with stand(strategy, tmp_path, lagging(elb_rules=45), drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "ModifyRule", "nth": 1}, "effect": "kill"})
        died = box.run(STRATEGIES[strategy])
        assert box.rules() != before["rules"]
        record = died.state["deployment"] if passed == "with-record" else ""
        result = box.run({**STRATEGIES[strategy], **BACK}, deployment=record, attempt="2")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("late", [4, 30])
def test_a_read_that_says_the_old_group_is_large_already_keeps_nothing_from_being_written(
    tmp_path: Path, late: float
) -> None:
    """Its capacity was set to 0 a second ago, the call that reads it says what it was before."""
    with stand("basic", tmp_path, lagging(spot_get=late), drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": CAPACITY, "nth": 2}, "effect": "kill"})
        box.run()
        result = box.run(BACK, attempt="2")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before
        assert box.production["healthy-now"] == 3


def test_a_release_that_falls_sick_once_the_old_group_shrinks_is_rolled_back_where_groups_are_read_late(
    tmp_path: Path,
) -> None:
    with stand("basic", tmp_path, lagging(spot_get=4), drain=LONG_DRAIN) as box:
        shrink = next(call["index"] for call in box.run().calls if is_shrink(call))
    with stand(
        "basic", tmp_path, lagging(spot_get=4), lowest=0, because="what serves falls sick", drain=LONG_DRAIN
    ) as box:
        before = box.picture()
        sick = {"action": "unhealthy", "group": "web_prod__8", "side": "target"}
        box.sandbox.add_fault({"after-call": shrink, **sick})
        result = box.run()
        times = [call["time"] for call in result.mutations if call["call"] == CAPACITY]

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before
        assert times[2] - times[1] < 60  # from the old group's shrink until it is told to come back


def is_shrink(call: JSON) -> bool:
    return bool(call["call"] == CAPACITY and call["body"]["capacity"]["target"] == 0)


def test_production_does_not_go_back_to_targets_that_read_as_healthy_and_are_on_their_way_out(tmp_path: Path) -> None:
    """The run died right after it had told the old group to go; its record says that it was about to."""
    with stand("blue-green", tmp_path, lagging(spot_get=40, target_health=40, elb_rules=5), drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": CAPACITY, "nth": 2}, "effect": "kill"})
        died = box.run(downsize_old="after 0s")
        result = box.run(BACK, deployment=died.state["deployment"], attempt="2")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before


def test_what_a_deployment_never_touched_a_rollback_does_not_write(tmp_path: Path) -> None:
    """The new group never gets healthy, so neither the old group nor a rule was written."""
    with stand(
        "blue-green", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}, drain=LONG_DRAIN
    ) as box:
        before = box.picture()
        result = box.run(steady_state_timeout="1m")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before
        assert old_writes(result, box) == []


def old_writes(result: Result, box: Stand) -> list[str]:
    old = box.groups()["web_prod"]["id"]
    return [c["call"] for c in result.mutations if old in c["path"] or c["service"] == "elbv2"]


def test_a_new_group_that_somebody_deleted_and_that_is_still_read_is_gone(tmp_path: Path) -> None:
    weights = {"traffic-weights": "10 for 1m, 100"}
    with stand(
        "shift", tmp_path, lagging(spot_get=20), lowest=0, because="somebody deletes what serves", drain=LONG_DRAIN
    ) as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 110, "action": "delete-group", "group": "web_prod__STAGE__Harness"})
        result = box.run(weights)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_production_does_not_go_back_to_what_leaves_although_the_old_group_was_scaled_back(
    tmp_path: Path, strategy: str
) -> None:
    """An alarm fires while the old instances drain, which a read of their health does not show yet."""
    alarm: JSON = {"alarms": [{"name": "web-5xx", "state": "OK"}]}
    inputs = {**STRATEGIES[strategy], "alarms": "web-5xx", "downsize-old": "after 0s"}
    late = {**lagging(target_health=40), **alarm}
    with stand(strategy, tmp_path, late, drain=LONG_DRAIN) as box:
        shrink = next(call["index"] for call in box.run(inputs).calls if is_shrink(call))
    with stand(strategy, tmp_path, late, drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault({"after-call": shrink + 2, "action": "alarm", "name": "web-5xx", "state": "ALARM"})
        result = box.run(inputs)

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_rollback_by_the_marker_brings_the_old_group_up_first_although_what_leaves_reads_as_healthy(
    tmp_path: Path, strategy: str
) -> None:
    with stand(strategy, tmp_path, lagging(target_health=40), drain=LONG_DRAIN) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": CAPACITY, "nth": 2}, "effect": "kill"})
        box.run(STRATEGIES[strategy], downsize_old="after 0s")
        result = box.run({**STRATEGIES[strategy], **BACK}, attempt="2")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("seed", [0, 11, 12])
def test_a_run_that_continues_does_not_make_the_new_group_smaller_by_a_read_from_before_its_last_phase(
    tmp_path: Path, seed: int
) -> None:
    """The run before died right after its second phase had taken an instance from the old group."""
    late = {"spot-get": {"seconds": 30, "spread": 30}, "spot-list": 58}
    with stand("canary", tmp_path, {**QUICK, "seed": seed, "lag": late}, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({"match": {"call": CAPACITY, "nth": 4}, "effect": "kill"})
        box.run(canary="34%, 67%")
        assert box.capacities() == {**box.capacities(), "web_prod__7": "1/1/6", "web_prod__8": "2/2/2"}
        result = box.run(operation="continue", canary="34%, 67%", attempt="2")

        assert result.outputs["status"] == "deployed", result.log


def test_a_group_that_drains_sooner_than_reads_show_its_capacity_is_not_said_to_be_kept_up(tmp_path: Path) -> None:
    with stand("basic", tmp_path, lagging(spot_get=58, spot_list=58), drain=20) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
