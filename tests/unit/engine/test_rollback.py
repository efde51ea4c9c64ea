"""A rollback: what it restores first, what it leaves alone, and what it says where it cannot see."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.engine import RunOptions
from spotaction.engine.rollback import limit, restore_traffic
from spotaction.engine.steps.routes import restore_production
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import CancelledError, FailedError, SafetyError, TimedOutError
from spotaction.model.events import ManualActionNeeded, Note
from spotaction.model.marker import State
from spotaction.model.resources import ZERO, Forward, Group, GroupId, Route
from spotaction.model.step_policy import RollbackScope
from tests.support.fake_steps import FakeStep, Play, production
from tests.support.fakes import BLUE, GREEN, OLD_ID, FakeRoutes, no_answer, swap_pair

PROD = swap_pair().prod.rule
BACK, GONE_ON = (PROD, Forward.to_one(BLUE)), Forward.to_one(GREEN)


@dataclass
class _Moved(FakeStep):
    """A step during whose rollback somebody sends production to green again, and the run is cancelled."""

    act: Callable[[], None] = lambda: None

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        del deployment, world
        self.act()
        raise CancelledError("Cancelled (SIGTERM).")


def test_a_cancel_during_a_rollback_restores_production_once_more() -> None:
    play = production()

    def move() -> None:
        play.stage.routes.forwards[PROD] = GONE_ON

    play.steps[1] = _Moved("b", play.trace, act=move)
    play.record.started_steps = ["a", "b"]
    with pytest.raises(CancelledError):
        engine.roll_back(play.steps, play.record, play.stage.world())
    assert [write for write in play.stage.routes.writes if write[0] == PROD] == [BACK, BACK]
    assert play.record.status is Status.CANCELLED


def test_where_the_groups_are_not_to_be_rolled_back_production_stays_where_it_is() -> None:
    play = production()
    play.steps[1].failures = [FailedError("no")]
    play.fails(RunOptions(rollback_scope=frozenset({RollbackScope.STANDALONE})))
    assert (play.stage.routes.writes, play.trace) == ([], ["a", "b"])


def silent(play: Play, *silent_about: GroupId) -> None:
    """Spot does not answer when it is asked for these groups."""
    known = play.stage.groups.known

    def get(group: GroupId) -> Group | None:
        if group in silent_about:
            raise no_answer()
        return known.get(group)

    play.stage.groups.get = get  # type: ignore[method-assign]


def undone(play: Play) -> list[ManualActionNeeded]:
    return [e for e in play.stage.events if isinstance(e, ManualActionNeeded)]


def failing_rollback() -> Play:
    play = Play(b=FailedError("no"))
    play.steps[1].undoing = FailedError("cannot", next_step="look")
    return play


def test_a_look_that_is_not_answered_does_not_make_the_old_group_gone() -> None:
    play = failing_rollback()
    silent(play, OLD_ID)
    play.fails()
    assert [(e.why, e.todo) for e in undone(play)] == [("cannot. Next: look.", "put b of web back")]
    assert play.state is State.STOPPED
    assert play.record.status is Status.ROLLBACK_INCOMPLETE


def test_where_the_old_group_is_gone_nothing_is_to_be_put_back_and_the_mark_says_so() -> None:
    play = failing_rollback()
    del play.stage.groups.known[OLD_ID]
    play.fails()
    assert [(e.why, e.todo) for e in undone(play)] == [("cannot", "")]
    assert play.state is State.ROLLED_BACK_TO


def test_where_both_groups_are_gone_the_step_itself_says_what_is_left() -> None:
    play = failing_rollback()
    play.stage.groups.known.clear()
    play.fails()
    assert [(e.why, e.todo) for e in undone(play)] == [("cannot", "put b of web back")]


def test_a_rollback_that_was_never_past_the_gate_writes_no_rule() -> None:
    play = production()
    play.steps[1].failures = [FailedError("no")]
    play.record.gate_passed_by = ""
    play.fails()
    assert play.stage.routes.writes == []


def test_an_old_group_that_was_told_to_go_comes_up_before_production_goes_back_to_it() -> None:
    play = production()
    play.record.started_steps = ["a", "b"]
    world = play.stage.world()
    world.written.capacities[OLD_ID] = ZERO
    restore_traffic(play.steps, play.record, world)
    assert play.stage.routes.writes == []
    assert play.stage.events == [Note("Production will be restored once the old group is up again.")]
    world.written.restored.add(OLD_ID)
    restore_traffic(play.steps, play.record, world)
    assert play.stage.routes.writes == [BACK]


def test_before_anything_but_the_setup_was_begun_there_is_nothing_to_restore() -> None:
    play = production()
    play.record.started_steps = ["a"]
    restore_traffic(play.steps, play.record, play.stage.world())
    assert play.stage.routes.writes == []


@pytest.mark.parametrize("stage", [True, False])
def test_the_stages_rule_follows_only_where_that_is_asked_for(*, stage: bool) -> None:
    play, pair = production(), swap_pair()
    assert pair.stage is not None
    play.record.started_steps = ["a", "b"]
    play.stage.routes.forwards[pair.stage.rule] = Forward.to_one(BLUE)
    restore_traffic(play.steps, play.record, play.stage.world(), stage=stage)
    staged = [(pair.stage.rule, pair.stage.forward)] if stage else []
    assert play.stage.routes.writes == [BACK, *staged]


def test_production_that_cannot_go_back_at_once_is_left_to_the_steps() -> None:
    play = production()
    play.record.started_steps = ["a", "b"]

    def failing(route: Route, forward: Forward) -> Route:
        del route, forward
        raise no_answer("AWS answered 503")

    play.stage.routes.write = failing  # type: ignore[method-assign]
    restore_traffic(play.steps, play.record, play.stage.world())
    assert play.stage.events == [Note("Production's routes could not be restored yet: AWS answered 503")]

    def unhealthy(route: Route, forward: Forward) -> Route:
        del route, forward
        raise SafetyError("web-blue has 0 of 3 healthy targets")

    play.stage.routes.write = unhealthy  # type: ignore[method-assign]
    restore_traffic(play.steps, play.record, play.stage.world())
    assert play.stage.events[1:] == [
        Note("Production's routes could not be restored yet: web-blue has 0 of 3 healthy targets")
    ]
    assert play.stage.groups.calls == []

    def cancelled(route: Route, forward: Forward) -> Route:
        del route, forward
        raise CancelledError("Cancelled (SIGTERM).")

    play.stage.routes.write = cancelled  # type: ignore[method-assign]
    with pytest.raises(CancelledError):
        restore_traffic(play.steps, play.record, play.stage.world())


def test_a_rollback_has_time_for_the_old_group_the_new_one_and_calls() -> None:
    assert limit(Play().stage.world()) == 2 * 1200.0 + 600.0


@dataclass
class _Late(FakeRoutes):
    """ELB answers a write with the rule as it was; `sticks` says whether it is written all the same."""

    sticks: bool = True

    def write(self, route: Route, forward: Forward) -> Route:
        if self.sticks:
            super().write(route, forward)
        return route


def test_production_is_read_back_only_where_elb_answers_the_write_with_something_else() -> None:
    play = production()
    restore_production(play.record, play.stage.world(), bring_up=False)
    assert (play.stage.routes.reads, play.stage.routes.writes) == (1, [BACK])

    play = production()
    play.stage.routes = _Late(forwards={PROD: GONE_ON})
    restore_production(play.record, play.stage.world(), bring_up=False)
    assert (play.stage.routes.reads, play.stage.routes.writes) == (2, [BACK])

    play = production()
    play.stage.routes = _Late(forwards={PROD: GONE_ON}, sticks=False)
    with pytest.raises(TimedOutError):
        restore_production(play.record, play.stage.world(), bring_up=False)
    assert play.stage.clock.passed == 90.0
