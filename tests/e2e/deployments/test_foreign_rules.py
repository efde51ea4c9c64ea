"""Somebody else writes rules while a rollback is at work: no group goes while production needs it."""

from pathlib import Path

import pytest

from tests.support.action import JSON, LONG_DRAIN, QUICK, Stand, stand

DELETE = "DELETE /aws/ec2/group/{id}"
BACK = {"operation": "rollback"}
NOW = {"downsize-old": "after 0s"}
GREEN: JSON = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-green"}
BECAUSE = "somebody sends production elsewhere"


def deployed(box: Stand) -> None:
    assert box.run({**NOW, "until": "swap-route"}).outputs["status"] == "stopped"


def drains_at(tmp_path: Path) -> float:
    """When a rollback has told the new group to go."""
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        deployed(box)
        calls = box.run(BACK, run_id="4712").calls
        zero = next(call for call in calls if call["mutation"] and (call["body"] or {}).get("capacity", {}) == ZERO)
        return float(zero["time"])


THIRD: JSON = {
    "target-groups": [
        {"name": "web-blue", "id": "b1" * 8},
        {"name": "web-green", "id": "e1" * 8},
        {"name": "web-third", "id": "f1" * 8},
    ]
}
ZERO = {"minimum": 0, "target": 0, "maximum": 0}


def test_production_that_is_sent_to_the_new_group_while_it_drains_is_restored_at_once(tmp_path: Path) -> None:
    at = drains_at(tmp_path)
    with stand("blue-green", tmp_path, QUICK, lowest=0, because=BECAUSE, drain=LONG_DRAIN) as box:
        deployed(box)
        box.sandbox.add_fault({"at": at + 20, **GREEN})
        result = box.run(BACK, run_id="4712")
        writes = [call["time"] for call in result.mutations if call["call"] == "ModifyRule"]

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.forwards["web-alb:443/10"] == {"web-blue": 1}
        assert writes[-1] <= at + 20 + 25


def test_a_controller_that_keeps_production_on_the_new_group_keeps_that_group(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        deployed(box)
        box.sandbox.add_fault({"at": 0, "every": 5, **GREEN})
        result = box.run(BACK, run_id="4712")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "web-alb:443 rule c1c1c1c1c1c1c1c1 keeps sending requests to the new group" in result.log
        assert DELETE not in [call["call"] for call in result.mutations]
        assert box.capacities()["web_prod__STAGE__Harness"] == "2/3/6"


@pytest.mark.parametrize("seconds", [12, 15, 20, 30, 45])
def test_a_slow_controller_never_ends_as_rolled_back_with_production_on_a_group_that_is_gone(
    tmp_path: Path, seconds: float
) -> None:
    with stand("blue-green", tmp_path, QUICK, lowest=0, because=BECAUSE, drain=LONG_DRAIN) as box:
        deployed(box)
        box.sandbox.add_fault({"at": 3, "every": seconds, **GREEN})
        result = box.run(BACK, run_id="4712")
        astray = box.forwards["web-alb:443/10"] == {"web-green": 1}

        assert result.outputs["status"] == ("rollback-incomplete" if astray else result.outputs["status"]), result.log


def test_production_that_is_moved_after_the_new_group_went_is_restored_at_the_end(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        deployed(box)
        calls = box.run(BACK, run_id="4712").calls
        gone = next(call["index"] for call in calls if call["call"] == DELETE)
    with stand("blue-green", tmp_path, QUICK, lowest=0, because=BECAUSE, drain=LONG_DRAIN) as box:
        deployed(box)
        box.sandbox.add_fault({"after-call": gone, **GREEN})
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.forwards["web-alb:443/10"] == {"web-blue": 1}


def test_what_somebody_else_made_of_production_is_left_alone_and_listed(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, **THIRD}, lowest=0, because=BECAUSE, drain=LONG_DRAIN) as box:
        stopped = box.run({**NOW, "until": "swap-route"})
        box.sandbox.add_fault({"at": 0, **GREEN, "forward": "web-third"})
        result = box.run(BACK, run_id="4712", deployment=stopped.outputs["deployment"])

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert box.forwards["web-alb:443/10"] == {"web-third": 1}
        assert "was modified outside this deployment and forwards to web-third 100%" in result.log


ALARM: JSON = {"alarms": [{"name": "web-5xx", "state": "OK"}]}
FIRES: JSON = {"at": 40, "action": "alarm", "name": "web-5xx", "state": "ALARM"}


@pytest.mark.parametrize(
    ("forward", "told"),
    [
        ("web-third", "web-third 100%"),
        ({"target-groups": [{"target-group": "web-blue"}], "stickiness": 600}, "web-blue 100%, sticky for 600 s"),
    ],
)
def test_what_somebody_makes_of_production_before_this_run_does_is_left_alone_and_listed(
    tmp_path: Path, forward: JSON | str, told: str
) -> None:
    with stand("blue-green", tmp_path, {**QUICK, **ALARM, **THIRD}, lowest=0, because=BECAUSE, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({**GREEN, "at": 20, "forward": forward})
        box.sandbox.add_fault(FIRES)
        result = box.run(alarms="web-5xx")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        (undone,) = result.record["undone"]
        assert undone.startswith("production changed after this deployment started: web-alb:443 rule c1c1c1c1")
        assert (
            f"forwards to {told}, not to web-blue 100%; that was not written by this deployment and was not restored"
            in undone
        )
        assert "Manual action: aws elbv2 modify-rule --rule-arn" in undone
        assert "ModifyRule" not in [call["call"] for call in result.mutations]
        assert list(box.groups()) == ["web_prod"]


def test_a_new_group_to_which_somebody_sends_production_before_this_run_does_stays(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, **ALARM}, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({**GREEN, "at": 20})
        box.sandbox.add_fault(FIRES)
        result = box.run(alarms="web-5xx")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "it has all the healthy targets of web-green" in result.summary
        assert box.capacities()["web_prod__STAGE__Harness"] == "2/3/6"


def test_a_rule_that_somebody_takes_the_new_groups_target_group_out_of_is_listed_although_the_shares_are_the_same(
    tmp_path: Path,
) -> None:
    """The next deployment could not stage there: nothing is healthy in a target group that no rule names."""
    with stand("shift", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.run({**NOW, "until": "shift-10"})
        began = box.clock.now() - box.sandbox._world.timeline.start
        box.sandbox.add_fault({**GREEN, "at": began + 100, "forward": "web-blue"})
        result = box.run(BACK, run_id="4712")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "forwards to web-blue 100%, not to web-blue 100% + web-green 0%" in result.log
