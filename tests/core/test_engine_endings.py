from dataclasses import dataclass, replace

import pytest
from fakes import (
    BLUE,
    GREEN,
    OLD_ID,
    deployment,
    swap_pair,
)
from play import OLD, FakeStep, Play, production

from spotaction import engine, marker
from spotaction.deployment import Deployment, Status
from spotaction.engine import Course
from spotaction.errors import CancelledError, FailedError, explained
from spotaction.events import StepBegun, StepEnded, Warned
from spotaction.handling import Failure, FailureStrategy, Handling, Reaction, StageStatus, Undo
from spotaction.marker import State
from spotaction.model import Forward
from spotaction.steps.skipped import Skipped
from spotaction.world import World


def test_a_cancel_puts_production_back_at_once_and_leaves_the_rest() -> None:
    play = production()
    with pytest.raises(CancelledError):
        play.run()
    assert play.trace == ["a", "b"]
    assert play.record.status is Status.CANCELLED
    pair = swap_pair()
    assert pair.stage is not None
    assert play.stage.routes.writes == [(pair.prod.rule, Forward.to(BLUE)), (pair.stage.rule, Forward.to(GREEN))]
    assert play.record.finished == []
    assert play.stage.saved[-1]["reason"] == "Cancelled (SIGTERM)."


def test_a_cancel_that_is_to_keep_things_writes_nothing() -> None:
    play = production()
    with pytest.raises(CancelledError):
        play.run(Course(restore_on_cancel=False))
    assert play.stage.routes.writes == []
    assert play.record.finished == ["a"]


def test_a_cancel_of_a_basic_deployment_keeps_what_was_finished() -> None:
    play = Play(b=CancelledError("Cancelled (SIGTERM)."))
    with pytest.raises(CancelledError):
        play.run()
    assert (play.trace, play.record.finished) == (["a", "b"], ["a"])
    assert play.record.status is Status.CANCELLED


def test_a_cancel_during_the_setup_does_not_touch_what_others_did_to_the_rule() -> None:
    play = production()
    play.steps[0].failures = [CancelledError("Cancelled (SIGTERM).")]
    with pytest.raises(CancelledError):
        play.run()
    assert play.stage.routes.writes == []


def test_a_cancel_during_a_rollback_ends_it() -> None:
    play = production()
    play.steps[1].failures = [FailedError("no")]
    play.steps[1].undoing = CancelledError("Cancelled (SIGTERM).")
    with pytest.raises(CancelledError):
        play.run()
    assert play.trace == ["a", "b", "undo b"]
    assert play.record.status is Status.CANCELLED


def test_production_goes_back_before_any_step_is_undone() -> None:
    play = production()
    play.steps[1].failures = [FailedError("no")]
    told: list[int] = []
    world = play.stage.world()
    spying = replace(
        world,
        notify=lambda event: (
            told.append(len(play.stage.routes.writes)) if isinstance(event, StepBegun) and event.rolling_back else None
        ),
    )
    with pytest.raises(FailedError):
        play.run(world=spying)
    assert told == [1, 1]


def test_a_rollback_by_itself_undoes_the_steps_begun() -> None:
    play = Play()
    play.record.begun = ["a", "b"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert play.trace == ["undo b", "undo a"]
    assert play.record.status is Status.ROLLED_BACK


def test_a_second_rollback_forgets_what_the_first_left_undone() -> None:
    play = Play()
    play.record.begun, play.record.undone = ["a"], ["a was not undone"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert (play.record.undone, play.record.status) == ([], Status.ROLLED_BACK)


def test_a_rollback_marks_the_old_group_as_gone_back_to() -> None:
    play = Play()
    old = replace(OLD, description=marker.write(deployment(), State.DONE, "The web shop"))
    play.stage.groups.known[OLD_ID] = old
    play.record.begun = ["a"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert play.stage.groups.known[OLD_ID].description == old.description.replace("s=done", "s=back")


def test_a_rollback_has_a_deadline_of_its_own_and_no_alarms() -> None:
    """Twice steady-state-timeout, and ten minutes for calls that wait."""
    play = Play(b=FailedError("no"))
    seen: list[tuple[float | None, object]] = []
    watched = _Watched("a", seen)
    with pytest.raises(FailedError):
        engine.run([watched, *play.steps[1:]], play.record, replace(play.stage.world(), deadline=5.0))
    assert seen == [(1000.0 + 2 * 1200.0 + 600.0, None)]


@dataclass
class _Watched(FakeStep):
    name: str
    trace: list[tuple[float | None, object]]  # type: ignore[assignment]

    def run(self, deployment: Deployment, world: World) -> None:
        """Nothing."""

    def rollback(self, deployment: Deployment, world: World) -> None:
        del deployment
        self.trace.append((world.deadline, world.alarms))


def handled(reaction: Reaction, *retries: float, failure: Failure = Failure.VERIFICATION) -> Course:
    strategy = FailureStrategy(frozenset({failure}), reaction, retries)
    return Course(handling={"b": Handling(strategies=(strategy,))})


def test_a_step_is_tried_again_as_often_as_its_strategy_says() -> None:
    play = Play(b=[FailedError("no"), FailedError("no")])
    play.run(handled(Reaction.ROLL_BACK, 10.0, 20.0))
    assert play.trace == ["a", "b", "b", "b", "c"]
    assert play.stage.clock.sleeps.count(10.0) == play.stage.clock.sleeps.count(20.0) == 1


def test_a_strategy_for_another_kind_of_failure_does_not_count() -> None:
    play = Play(b=[FailedError("no"), FailedError("no")])
    play.fails(handled(Reaction.IGNORE, 10.0, failure=Failure.TIMEOUT))
    assert play.trace == ["a", "b", "undo b", "undo a"]


def test_an_ignored_failure_stays_in_sight() -> None:
    play = Play(b=FailedError("no"))
    play.run(handled(Reaction.IGNORE))
    assert (play.trace, play.record.status) == (["a", "b", "c"], Status.DEPLOYED)
    assert play.stage.told(Warned) == [Warned("b failed, which its failure strategy ignores: no")]


def test_a_failure_that_is_marked_goes_on_to_the_steps_for_failures_only() -> None:
    play = Play(b=FailedError("no"))
    course = handled(Reaction.FAIL)
    handling = {**course.handling, "c": Handling(when=StageStatus.FAILURE)}
    extra = FakeStep("d", play.trace)
    with pytest.raises(FailedError):
        engine.run([*play.steps, extra], play.record, play.stage.world(), replace(course, handling=handling))
    assert play.trace == ["a", "b", "c"]
    assert (play.record.status, play.state) == (Status.FAILED, State.STOPPED)
    assert StepEnded("d", 0.0, skipped="a step before it failed") in play.stage.events


def test_a_skipped_step_says_why_and_is_neither_begun_nor_finished() -> None:
    play = Play()
    engine.run([*play.steps, Skipped("later", "condition is false")], play.record, play.stage.world())
    assert StepEnded("later", 0.0, skipped="condition is false") in play.stage.events
    assert "later" not in [*play.record.begun, *play.record.finished]


def test_a_rollback_without_the_groups_leaves_the_deployment_open() -> None:
    play = Play(b=FailedError("no"))
    play.fails(Course(undo=frozenset({Undo.STANDALONE})))
    assert play.trace == ["a", "b"]
    assert (play.record.status, play.state) == (Status.FAILED, State.STOPPED)
    assert play.stage.told(Warned) == [Warned("a, b: not rolled back, since rollbackSteps has no ElastigroupRollback.")]


def test_our_own_errors_need_no_explanation() -> None:
    error = FailedError("no")
    assert explained(error) is error
