"""What a rollback checks and leaves to a person once its steps are rolled back."""

from dataclasses import replace

import pytest

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.rollback import EVERYTHING, roll_back_steps
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import FailedError
from spotaction.model.events import ManualActionNeeded, Note, WaitFinished, WarningEvent
from spotaction.model.resources import ZERO, Capacity, Forward, Group, GroupId, InstanceState
from spotaction.model.step_policy import RollbackScope
from tests.support.fake_steps import OLD, Play, production
from tests.support.fakes import (
    BLUE,
    GREEN,
    OLD_ID,
    THIRD,
    deployment,
    group,
    instances,
    no_answer,
    route,
    swap_pair,
)

BESIDE = route((THIRD, 1), name="x")
SHIFT = StandaloneTrafficShift("web-alb", BESIDE.listener, BESIDE.rule, Forward.to_one(GREEN), "b")


def rolled_back(play: Play, *started: str, context: DeployContext | None = None) -> list[str]:
    """Roll these steps back, and return the warnings."""
    play.record.started_steps = list(started)
    roll_back_steps(play.steps, play.record, context or play.stage.world())
    return [event.text for event in play.stage.events if isinstance(event, WarningEvent)]


def sick(play: Play, count: int = 3) -> None:
    play.stage.groups.instances_of[OLD_ID] = instances(OLD_ID, count, InstanceState.UNHEALTHY)


def test_an_old_group_that_is_not_steady_in_the_end_is_warned_of_after_a_minute() -> None:
    play = Play()
    sick(play)
    ill = f"i-{OLD_ID}-0, i-{OLD_ID}-1, i-{OLD_ID}-2: Spot reports UNHEALTHY"
    assert rolled_back(play, "a") == [
        (
            f"web__7 ({OLD_ID}) is serving again, but it is not steady: Timed out after 1m 00s. "
            f"web__7 steady: 0 of 3, {ill}."
        )
    ]
    assert (play.record.status, play.stage.clock.passed) == (Status.ROLLED_BACK, 60.0)


def test_an_old_group_that_spot_keeps_smaller_than_it_was_restored_to_is_warned_of() -> None:
    play, clamped = Play(), Capacity.fixed(1)
    play.stage.groups.known[OLD_ID] = replace(OLD, capacity=clamped)
    play.stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3)
    context = play.stage.world()
    context.written.capacities[OLD_ID] = OLD.capacity
    smaller = f"Spot reports {clamped} (minimum/target/maximum) although {OLD.capacity} was requested."
    assert rolled_back(play, "a", context=context) == [
        f"web__7 ({OLD_ID}) is serving again, but it is not steady: Timed out after 1m 00s. web__7 capacity: {smaller}"
    ]
    assert play.stage.events[-2:-1] == [WaitFinished("web__7 capacity", smaller[:-1], 60.0, 13, failed=True)]
    assert (play.record.status, play.stage.clock.passed) == (Status.ROLLED_BACK, 60.0)


def test_a_read_of_the_old_group_that_lags_behind_is_repeated() -> None:
    play = Play()
    lagging = iter([replace(OLD, capacity=ZERO), replace(OLD, capacity=ZERO), OLD, OLD])

    def get(group: GroupId) -> Group | None:
        return next(lagging) if group == OLD_ID else None

    play.stage.groups.get = get  # type: ignore[method-assign]
    context = play.stage.world()
    context.written.capacities[OLD_ID] = OLD.capacity
    assert rolled_back(play, "a", context=context) == []
    assert play.stage.clock.passed == 5.0
    assert WaitFinished("web__7 capacity", "2/3/6 (minimum/target/maximum)", 5.0, 2) in play.stage.events


def test_an_old_group_that_is_deleted_while_its_capacity_is_read_again_is_warned_of() -> None:
    play = Play()
    play.stage.groups.known[OLD_ID] = replace(OLD, capacity=Capacity(1, 3, 6))
    play.stage.clock.at(5.0, play.stage.groups.known.clear)
    context = play.stage.world()
    context.written.capacities[OLD_ID] = OLD.capacity
    gone = f"The old Elastigroup {OLD_ID} no longer exists."
    assert rolled_back(play, "a", context=context) == [
        f"web__7 ({OLD_ID}) is serving again, but it is not steady: {gone}"
    ]


def test_a_capacity_that_somebody_else_wrote_is_not_waited_for() -> None:
    play = Play()
    play.stage.groups.known[OLD_ID] = replace(OLD, capacity=Capacity(1, 3, 6))
    assert rolled_back(play, "a") == []
    assert play.stage.clock.passed == 0.0


def test_an_old_group_that_is_gone_in_the_end_is_warned_of() -> None:
    play = Play()
    del play.stage.groups.known[OLD_ID]
    assert rolled_back(play, "a") == [
        f"web__7 ({OLD_ID}) is serving again, but it is not steady: The old Elastigroup {OLD_ID} no longer exists."
    ]


@pytest.mark.parametrize(
    ("capacity", "passed_by", "fails", "checked"),
    [
        (Capacity(1, 1, 6), "0123abcd", False, True),
        (ZERO, "0123abcd", False, False),
        (Capacity(1, 1, 6), "", False, False),
        (Capacity(1, 1, 6), "0123abcd", True, False),
    ],
)
def test_the_old_group_is_not_checked_where_it_served_nothing_or_more_is_amiss(
    capacity: Capacity, passed_by: str, *, fails: bool, checked: bool
) -> None:
    play = Play()
    play.record = deployment(replace(OLD, capacity=capacity), group("web__8"), gate_passed_by=passed_by)
    play.steps[1].undoing = FailedError("cannot") if fails else None
    sick(play, 1)
    rolled_back(play, "a", "b")
    assert (play.stage.clock.passed > 0) is checked


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (
            Capacity(2, 2, 6),
            [Note(f"web__7 ({OLD_ID}) was scaled outside this deployment; its target is now 2, not 3.")],
        ),
        (Capacity(2, 3, 6), []),
        (Capacity(2, 4, 6), []),
    ],
)
def test_a_rollback_that_never_changed_production_tells_that_others_made_it_smaller(
    now: Capacity, told: list[Note]
) -> None:
    play = Play()
    play.record.gate_passed_by = ""
    play.stage.groups.known[OLD_ID] = replace(OLD, capacity=now)
    rolled_back(play, "a")
    assert play.stage.told(Note)[1:] == told


def test_a_rollback_that_never_changed_production_tells_that_others_deleted_the_old_group() -> None:
    play = Play()
    play.record.gate_passed_by = ""
    del play.stage.groups.known[OLD_ID]
    assert rolled_back(play, "a") == [f"web__7 ({OLD_ID}) was deleted outside this deployment."]


def test_what_others_did_is_not_told_where_the_old_group_cannot_be_read() -> None:
    play = Play()
    play.record.gate_passed_by = ""
    play.stage.groups.errors["get"] = no_answer()
    assert rolled_back(play, "a") == []


def test_without_an_old_group_there_is_nothing_to_check() -> None:
    play = Play()
    play.record = deployment(None, group("web__8"))
    assert rolled_back(play, "a") == []


def test_a_rollback_after_a_failure_does_not_announce_the_run_whose_marker_it_is() -> None:
    play = Play(b=FailedError("no"))
    play.fails()
    assert [call for call in play.stage.groups.calls if "s=live" in str(call)] == []


@pytest.mark.parametrize(
    "scope", [frozenset({RollbackScope.STANDALONE}), frozenset({RollbackScope.GROUPS}), EVERYTHING]
)
def test_a_rule_beside_production_is_restored_where_the_scope_has_it(scope: frozenset[RollbackScope]) -> None:
    play = Play()
    play.steps[1] = SHIFT  # type: ignore[call-overload]
    play.record.standalone_routes, play.record.started_steps = [BESIDE], ["a", "b"]
    play.stage.routes.forwards[BESIDE.rule] = Forward.to_one(GREEN)
    roll_back_steps(play.steps, play.record, play.stage.world(), scope=scope)
    restored = [(BESIDE.rule, Forward.to_one(THIRD))] if RollbackScope.STANDALONE in scope else []
    assert play.stage.routes.writes == restored
    assert ("undo a" in play.trace) is (RollbackScope.GROUPS in scope)


class FailingShift(StandaloneTrafficShift):
    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        del deployment, context
        raise FailedError("cannot", next_step="look")


class FailingDeploy(Deploy):
    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        del deployment, context
        raise FailedError("cannot", next_step="look")


def test_a_rule_beside_production_is_restored_by_hand_even_where_the_old_group_is_gone() -> None:
    play = Play()
    play.steps[1] = FailingShift(*[getattr(SHIFT, name) for name in SHIFT.__dataclass_fields__])  # type: ignore[call-overload]
    play.record.standalone_routes = [BESIDE]
    del play.stage.groups.known[OLD_ID]
    rolled_back(play, "b")
    command = manual_actions.restore_route_command(BESIDE)
    assert play.stage.told(ManualActionNeeded)[0] == (
        ManualActionNeeded("b was not rolled back", "cannot. Next: look.", command)
    )


def test_nobody_is_told_to_restore_the_capacity_of_a_group_that_is_gone() -> None:
    play = Play()
    play.steps[1] = FailingDeploy("b", Amount(percent=100))  # type: ignore[call-overload]
    play.stage.groups.known.clear()
    rolled_back(play, "b")
    assert play.stage.told(ManualActionNeeded)[0] == ManualActionNeeded("b was not rolled back", "cannot", "")


def test_all_that_another_run_changed_of_production_is_one_note() -> None:
    play = production()
    second = replace(swap_pair(), prod=route((BLUE, 1), port=80, name="c2"))
    play.record.snapshot = replace(play.record.snapshot, routes=(swap_pair(), second))
    play.stage.routes.forwards[second.prod.rule] = Forward.to_one(THIRD)
    text = "[spotaction n=77777777 s=live r=9.1 d=1795528800 g=example/web]"
    play.stage.groups.known[GroupId("sig-9")] = group("web__STAGE__Harness", "sig-9", description=text, minutes=99)
    rolled_back(play, "a")
    changes = (
        "web-alb:443 rule c1 forwards to web-green 100%, not to web-blue 100%; web-alb:80 rule c2 forwards to "
        "web-third 100%, not to web-blue 100%"
    )
    assert play.stage.told(Note)[1:] == [Note(f"Another run of web changed production meanwhile: {changes}.")]
