"""How a rollback ends: what it says, what it leaves to a person, and what it writes into the markers."""

from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine import engine, manual_actions
from spotaction.engine.context import DeployContext, Options
from spotaction.engine.next_steps import incomplete_rollback_hint
from spotaction.engine.rollback import EVERYTHING, record_state, roll_back_steps, rollback_scope_of
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.routes import promote_commands
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.model import marker
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import CancelledError, FailedError
from spotaction.model.events import Event, ManualActionNeeded, Note, StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import ZERO, Forward, Group, GroupId, Roll, Route
from spotaction.model.step_policy import RollbackScope
from tests.support.fake_steps import OLD, FakeStep, Play, production
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    START,
    THIRD,
    FakeAlarms,
    deployment,
    group,
    no_answer,
    route,
    swap_pair,
)

PAIR = swap_pair()
RESTORE = manual_actions.restore_route_command(PAIR.prod)
AT_THIRD, AT_GREEN = Forward.to_one(THIRD), Forward.to_one(GREEN)


def rolled_back(play: Play, *steps: str, context: DeployContext | None = None, announce: bool = False) -> list[Event]:
    """What is told by a rollback of these steps, which had begun."""
    play.record.started_steps = list(steps)
    roll_back_steps(play.steps, play.record, context or play.stage.world(), announce=announce)
    return play.stage.events


def needed(play: Play) -> list[ManualActionNeeded]:
    return [event for event in play.stage.events if isinstance(event, ManualActionNeeded)]


def failing(play: Play, method: str, error: Exception, *, first: int = 0) -> None:
    """From its call number `first` on, a method of the load balancer port raises the error."""
    inner, calls = getattr(play.stage.routes, method), []

    def raising(*given: object) -> object:
        calls.append(given)
        if len(calls) > first:
            raise error
        return inner(*given)

    setattr(play.stage.routes, method, raising)


def test_every_step_is_told_with_its_seconds_and_its_error() -> None:
    play = Play()
    play.steps[0] = _Slow("a", play.trace)
    play.steps[1].undoing = FailedError("cannot")
    assert rolled_back(play, "a", "b") == [
        Note("Rolling back."),
        StepStarted("b", rolling_back=True),
        ManualActionNeeded("b was not rolled back", "cannot", "put b of web back"),
        StepFinished("b", 0.0, "cannot", rolling_back=True),
        StepStarted("a", rolling_back=True),
        StepFinished("a", 5.0, "", rolling_back=True),
    ]
    assert play.record.rollback_failures == ["b was not rolled back: cannot Manual action: put b of web back"]


@dataclass
class _Slow(FakeStep):
    """A step whose rollback takes five seconds, and keeps what it was given."""

    given: list[tuple[Deployment, DeployContext]] = field(default_factory=list)

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        self.given.append((deployment, world))
        world.clock.sleep(5.0)


@pytest.mark.parametrize(("deadline", "until"), [(None, 4000.0), (1500.0, 1500.0), (9000.0, 4000.0)])
def test_every_step_gets_the_record_and_a_context_of_the_rollback(deadline: float | None, until: float) -> None:
    play = Play()
    step = _Slow("a", play.trace)
    play.steps[0], play.record.started_steps = step, ["a"]
    play.stage.alarms = FakeAlarms()
    context = play.stage.world()
    roll_back_steps(play.steps, play.record, context, deadline=deadline)
    ((record, seen),) = step.given
    assert record is play.record
    assert (seen.deadline, seen.alarms, seen.phase) == (until, None, "rollback")
    assert (context.call_budget.hurried, context.call_budget.until) == (True, max(until, 1005.0 + 60.0))


def test_the_mark_may_still_be_written_for_a_minute_once_the_time_is_over() -> None:
    play = Play()
    context = play.stage.world()
    roll_back_steps(play.steps, play.record, context, deadline=900.0)
    assert context.call_budget.until == 1060.0


@pytest.mark.parametrize("announce", [True, False])
def test_only_a_rollback_of_its_own_says_first_who_is_at_work(*, announce: bool) -> None:
    play = Play()
    play.stage.groups.rolls_of[OLD_ID] = (Roll("sbgd-1", "in_progress", START),)
    events = rolled_back(play, "a", announce=announce)
    assert [isinstance(event, WarningEvent) for event in events].count(True) == announce
    assert play.state is (State.RUNNING if announce else None)


def test_what_is_beside_the_groups_is_rolled_back_by_itself() -> None:
    shift = StandaloneTrafficShift("web-alb", PAIR.prod.listener, PAIR.prod.rule, AT_GREEN, "standalone-shift-1")
    assert rollback_scope_of(shift) is RollbackScope.STANDALONE
    assert rollback_scope_of(Setup("web__8", {}, "setup")) is RollbackScope.GROUPS
    assert frozenset({RollbackScope.STANDALONE, RollbackScope.GROUPS}) == EVERYTHING


def test_production_that_is_moved_meanwhile_is_put_back_and_what_stays_is_a_persons() -> None:
    play = production()
    play.stage.routes.forwards[PAIR.prod.rule] = AT_THIRD
    rolled_back(play, "a", "b")
    assert needed(play) == [
        ManualActionNeeded(
            "production was not restored",
            "web-alb:443 rule c1 forwards to web-third 100%, not to web-blue 100%",
            RESTORE,
        )
    ]
    (failure,) = play.record.rollback_failures
    assert failure == (
        "production was not restored: web-alb:443 rule c1 forwards to web-third 100%, not to web-blue 100% "
        f"Manual action: {RESTORE}"
    )
    assert play.record.status is Status.ROLLBACK_INCOMPLETE


def test_what_a_step_reported_already_is_not_reported_again() -> None:
    play = production()
    play.stage.routes.forwards[PAIR.prod.rule] = AT_THIRD
    play.steps[1] = _Telling("b", play.trace, undoing=FailedError("cannot"))
    rolled_back(play, "a", "b")
    assert [event.what for event in needed(play)] == ["b was not rolled back"]


class _Telling(FakeStep):
    """A step whose rollback by hand is the rule's."""

    def manual_rollback(self, deployment: Deployment) -> str:
        del deployment
        return f"first, {RESTORE}"


def test_another_failure_does_not_hide_what_production_forwards_to() -> None:
    play = production()
    play.stage.routes.forwards[PAIR.prod.rule] = AT_THIRD
    play.steps[1].undoing = FailedError("cannot")
    rolled_back(play, "a", "b")
    assert [event.what for event in needed(play)] == ["b was not rolled back", "production was not restored"]


def test_where_there_is_nothing_to_go_back_to_that_is_said_once() -> None:
    play = production()
    play.stage.routes.forwards[PAIR.prod.rule] = AT_THIRD
    del play.stage.groups.known[OLD_ID]
    play.steps[1].undoing = FailedError("cannot")
    rolled_back(play, "a", "b")
    assert [event.what for event in needed(play)] == ["b was not rolled back"]
    play = production()
    play.stage.routes.forwards[PAIR.prod.rule] = AT_THIRD
    del play.stage.groups.known[OLD_ID]
    rolled_back(play, "a", "b")
    assert [event.what for event in needed(play)] == ["production was not restored"]


def test_rules_that_cannot_be_read_at_the_end_are_a_persons_and_a_cancel_ends_it() -> None:
    play = production()
    failing(play, "read", no_answer("AWS answered 503"), first=1)
    rolled_back(play, "a", "b")
    assert needed(play) == [
        ManualActionNeeded("production was not restored", "production's rules could not be read: AWS answered 503", "")
    ]
    assert play.record.rollback_failures == [
        "production was not restored: production's rules could not be read: AWS answered 503"
    ]
    play = production()
    failing(play, "read", CancelledError("Cancelled (SIGTERM)."), first=1)
    with pytest.raises(CancelledError):
        rolled_back(play, "a", "b")


@pytest.mark.parametrize("started", [("a",), ("a", "b", "c")])
def test_before_a_rule_could_be_written_what_differs_is_somebody_elses_and_told(started: tuple[str, ...]) -> None:
    play = production()
    if len(started) > 1:
        play.record.gate_passed_by = ""
    rolled_back(play, *started)
    change = "web-alb:443 rule c1 forwards to web-green 100%, not to web-blue 100%"
    assert needed(play) == [
        ManualActionNeeded(
            "production changed after this deployment started",
            f"{change}; that was not written by this deployment and was not restored.",
            RESTORE,
        )
    ]
    assert play.stage.routes.writes == []


def test_what_another_run_of_the_app_made_of_production_is_a_note() -> None:
    play = production()
    text = "[spotaction n=77777777 a=4b5e57f6 s=live r=9.1 d=1795528800 g=example/web]"
    play.stage.groups.known[GroupId("sig-9")] = group("web__9", "sig-9", description=text, minutes=99)
    rolled_back(play, "a")
    change = "web-alb:443 rule c1 forwards to web-green 100%, not to web-blue 100%"
    assert play.stage.told(Note) == [
        Note("Rolling back."),
        Note(f"Another run of web changed production meanwhile: {change}."),
    ]
    assert needed(play) == []


def test_what_the_deployment_that_finished_instead_made_of_production_is_not_to_be_undone_by_hand() -> None:
    play = production()
    text = f"[spotaction n=77777777 a=4b5e57f6 s=done r=9.1 d=1795528800 o={OLD_ID}:2/3/6 g=example/web]"
    done = group("web", "sig-9", description=text, minutes=99)
    play.stage.groups.known[done.id] = done
    play.record.lock.known = frozenset({done.id})
    rolled_back(play, "a")
    assert needed(play) == []
    assert play.record.status is Status.ROLLED_BACK


def test_rules_that_nobody_changed_or_that_cannot_be_read_are_nobodys() -> None:
    play = production()
    play.stage.routes.forwards.clear()
    rolled_back(play, "a")
    assert needed(play) == []
    assert play.record.status is Status.ROLLED_BACK
    play = production()
    rolled_back(play, "a", context=play.stage.world(aws=False))
    assert needed(play) == []
    play = production()
    failing(play, "read", no_answer("AWS answered 503"))
    rolled_back(play, "a")
    assert play.stage.told(Note)[1:] == [Note("Production's rules could not be read: AWS answered 503")]
    assert needed(play) == []


def test_production_that_cannot_go_back_at_once_is_told() -> None:
    play = production()
    failing(play, "write", FailedError("no"))
    rolled_back(play, "a", "b")
    assert Note("Production's routes could not be restored yet: no") in play.stage.events


def test_without_the_old_group_nobody_is_told_to_send_requests_back_or_to_keep_one_of_several_running_groups() -> None:
    """Another run, which no marker kept apart, put a third group back into service and deleted the old one."""
    play = production()
    play.steps[0] = _FailingSetup("web__8", {}, "a")  # type: ignore[call-overload]
    del play.stage.groups.known[OLD_ID]
    for other in (group("web", GroupId("sig-9")), group("web__6", GroupId("sig-6"), capacity=ZERO), group("api", "x")):
        play.stage.groups.known[other.id] = other
    rolled_back(play, "a")
    choice = f"find out which of these groups is to serve, and delete the rest: web (sig-9), web__8 ({NEW_ID})"
    change = "web-alb:443 rule c1 forwards to web-green 100%, not to web-blue 100%"
    assert needed(play) == [
        ManualActionNeeded("a was not rolled back", "cannot", choice),
        ManualActionNeeded(
            "production changed after this deployment started",
            f"{change}; that was not written by this deployment and was not restored.",
            "",
        ),
    ]
    assert incomplete_rollback_hint(play.record, play.stage.world()) == (
        f"web__7 ({OLD_ID}) no longer exists, so there is nothing to roll back to; {choice}. Then run operation: "
        "deploy with the version that you want."
    )


def test_an_old_group_that_only_a_late_list_still_shows_is_nobodys_choice() -> None:
    play = production()
    context = play.stage.world()
    context.written.gone.add(OLD_ID)  # a write did not find it
    hint = incomplete_rollback_hint(play.record, context)
    assert f"web__8 ({NEW_ID}, 2/3/6) is the only group left of web: do not delete it." in hint


@pytest.mark.parametrize(("state", "how"), [(State.RUNNING, ", and allow: take-over"), (State.STOPPED, "")])
def test_who_completes_a_rollback_has_to_take_over_what_still_counts_as_at_work(state: State, how: str) -> None:
    play = production()
    new = play.stage.groups.known[NEW_ID]
    marked = replace(new, description=marker.write_marker(play.record, state, ""))
    play.stage.groups.known[NEW_ID] = marked
    hint = incomplete_rollback_hint(play.record, play.stage.world())
    assert hint.endswith(f"operation: rollback{how}.")


def test_the_setup_of_a_rollback_whose_old_group_is_gone_says_how_to_keep_the_new_one() -> None:
    play = production()
    play.steps[0] = _FailingSetup("web__8", {}, "a")  # type: ignore[call-overload]
    del play.stage.groups.known[OLD_ID]
    rolled_back(play, "a")
    assert needed(play)[0] == ManualActionNeeded("a was not rolled back", "cannot", promote_commands(play.record))
    play.stage.groups.known.clear()
    play.stage.events.clear()
    rolled_back(play, "a")
    gone = replace(play.record, new=None, snapshot=replace(play.record.snapshot, old=None))
    assert needed(play)[0] == ManualActionNeeded(
        "a was not rolled back", "cannot", Setup("web__8", {}, "a").manual_rollback(gone)
    )


class _FailingSetup(Setup):
    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        del deployment, context
        raise FailedError("cannot", next_step="never shown here")


def test_a_suspension_that_cannot_be_lifted_names_its_groups() -> None:
    play = Play()
    play.record.suspended = [OLD_ID, NEW_ID]
    play.stage.groups.errors["resume"] = no_answer()
    rolled_back(play, "a", context=play.stage.world(options=Options(suspend_minutes=30)))
    what = f"AUTO_SCALE of {OLD_ID}, {NEW_ID} is still suspended (the suspension expires on its own)"
    assert [event.what for event in needed(play)] == [what]


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        (State.RUNNING, ""),
        (State.COMPLETED, "run this action with the same inputs and operation: continue, and allow: take-over"),
        (
            State.STOPPED,
            (
                "run this action with the same inputs and operation: continue or operation: rollback, and "
                "allow: take-over"
            ),
        ),
    ],
)
def test_a_mark_that_cannot_be_written_says_what_to_run(state: State, hint: str) -> None:
    play = Play()
    play.stage.groups.errors["update"] = no_answer()
    assert not record_state(play.record, play.stage.world(), state)
    assert [event.todo for event in needed(play)] == [hint]


def test_the_mark_of_a_group_that_is_gone_is_as_good_as_written() -> None:
    play = Play()
    play.stage.groups.errors["update"] = no_answer(code="GROUP_DOESNT_EXIST")
    assert record_state(play.record, play.stage.world(), State.STOPPED)
    assert needed(play) == []


@pytest.mark.parametrize(("state", "written"), [(State.COMPLETED, True), (State.STOPPED, False), (None, False)])
def test_only_an_old_group_that_was_deployed_is_marked_as_gone_back_to(state: State | None, *, written: bool) -> None:
    play = Play()
    text = marker.write_marker(deployment(), state) if state else "The web shop"
    play.stage.groups.known[OLD_ID] = replace(OLD, description=text)
    rolled_back(play, "a")
    now = play.stage.groups.known[OLD_ID].description
    assert now == (text.replace("s=done", "s=back") if written else text)


@pytest.mark.parametrize("old", [OLD, None])
def test_without_an_old_group_there_is_nothing_to_mark(old: Group | None) -> None:
    play = Play()
    play.record = deployment(old, group("web__8", NEW_ID))
    play.stage.groups.known.pop(OLD_ID)
    rolled_back(play, "a")
    assert play.record.status is Status.ROLLED_BACK
    assert play.stage.told(Note) == [Note("Rolling back.")]


def test_an_old_groups_mark_that_cannot_be_written_is_a_note() -> None:
    play = Play()
    text = marker.write_marker(deployment(), State.COMPLETED)
    play.stage.groups.known[OLD_ID] = replace(OLD, description=text)
    play.stage.groups.errors["update"] = no_answer()
    rolled_back(play, "a")
    assert play.stage.told(Note)[1:] == [
        Note("The old group's marker could not be updated to say that it serves again: Spot answered 503")
    ]
    assert play.record.status is Status.ROLLED_BACK


def test_a_rule_of_this_very_deployment_is_written_once_more() -> None:
    play = production()
    steps: list[Step] = [play.steps[0], _Moving("b", play.trace), play.steps[2]]
    play.record.started_steps = ["a", "b"]
    engine.roll_back(steps, play.record, play.stage.world())
    assert [write for write in play.stage.routes.writes if write[0] == PAIR.prod.rule] == [
        (PAIR.prod.rule, Forward.to_one(BLUE))
    ] * 2
    assert play.record.status is Status.ROLLED_BACK


class _Moving(FakeStep):
    """A step during whose rollback somebody sends production to green again."""

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        del deployment
        rule: Route = route((BLUE, 1))
        assert world.routes is not None
        assert rule.rule == PAIR.prod.rule
        world.routes.forwards[rule.rule] = AT_GREEN  # type: ignore[attr-defined]
