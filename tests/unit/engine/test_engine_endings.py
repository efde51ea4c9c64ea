from dataclasses import dataclass, replace

import pytest

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.engine import RunOptions
from spotaction.engine.steps.skipped import Skipped
from spotaction.model import marker
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import CancelledError, FailedError, as_action_error
from spotaction.model.events import StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import Forward
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, RollbackScope, StageStatus, StepPolicy
from tests.support.fake_steps import OLD, FakeStep, Play, production
from tests.support.fakes import BLUE, GREEN, OLD_ID, deployment, swap_pair


def test_a_cancel_puts_production_back_at_once_and_leaves_the_rest() -> None:
    play = production()
    with pytest.raises(CancelledError):
        play.run()
    assert play.trace == ["a", "b"]
    assert play.record.status is Status.CANCELLED
    pair = swap_pair()
    assert pair.stage is not None
    assert play.stage.routes.writes == [
        (pair.prod.rule, Forward.to_one(BLUE)),
        (pair.stage.rule, Forward.to_one(GREEN)),
    ]
    assert play.record.completed_steps == []
    assert play.stage.saved[-1]["reason"] == "Cancelled (SIGTERM)."


def test_a_cancel_that_is_to_keep_things_writes_nothing() -> None:
    play = production()
    with pytest.raises(CancelledError):
        play.run(RunOptions(restore_on_cancel=False))
    assert play.stage.routes.writes == []
    assert play.record.completed_steps == ["a"]


def test_a_cancel_of_a_basic_deployment_keeps_what_was_finished() -> None:
    play = Play(b=CancelledError("Cancelled (SIGTERM)."))
    with pytest.raises(CancelledError):
        play.run()
    assert (play.trace, play.record.completed_steps) == (["a", "b"], ["a"])
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
            told.append(len(play.stage.routes.writes))
            if isinstance(event, StepStarted) and event.rolling_back
            else None
        ),
    )
    with pytest.raises(FailedError):
        play.run(world=spying)
    assert told == [1, 1]


def test_a_rollback_by_itself_undoes_the_steps_begun() -> None:
    play = Play()
    play.record.started_steps = ["a", "b"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert play.trace == ["undo b", "undo a"]
    assert play.record.status is Status.ROLLED_BACK


def test_a_second_rollback_forgets_what_the_first_left_undone() -> None:
    play = Play()
    play.record.started_steps, play.record.rollback_failures = ["a"], ["a was not rolled back"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert (play.record.rollback_failures, play.record.status) == ([], Status.ROLLED_BACK)


def test_a_rollback_marks_the_old_group_as_gone_back_to() -> None:
    play = Play()
    old = replace(OLD, description=marker.write_marker(deployment(), State.COMPLETED, "The web shop"))
    play.stage.groups.known[OLD_ID] = old
    play.record.started_steps = ["a"]
    engine.roll_back(play.steps, play.record, play.stage.world())
    assert play.stage.groups.known[OLD_ID].description == old.description.replace("s=done", "s=back")


def test_a_rollback_has_a_deadline_of_its_own_and_no_alarms() -> None:
    """Twice steady-state-timeout, and ten minutes for calls that wait."""
    play = Play(b=FailedError("no"))
    seen: list[tuple[float | None, object]] = []
    watched = _Watched("a", seen)
    with pytest.raises(FailedError):
        engine.run_steps([watched, *play.steps[1:]], play.record, replace(play.stage.world(), deadline=5.0))
    assert seen == [(1000.0 + 2 * 1200.0 + 600.0, None)]


@dataclass
class _Watched(FakeStep):
    name: str
    trace: list[tuple[float | None, object]]  # type: ignore[assignment]

    def run(self, deployment: Deployment, world: DeployContext) -> None:
        """Nothing."""

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        del deployment
        self.trace.append((world.deadline, world.alarms))


def handled(reaction: FailureAction, *retries: float, failure: Failure = Failure.VERIFICATION) -> RunOptions:
    strategy = FailureStrategy(frozenset({failure}), reaction, retries)
    return RunOptions(step_policies={"b": StepPolicy(strategies=(strategy,))})


def test_a_step_is_tried_again_as_often_as_its_strategy_says() -> None:
    play = Play(b=[FailedError("no"), FailedError("no")])
    play.run(handled(FailureAction.ROLL_BACK, 10.0, 20.0))
    assert play.trace == ["a", "b", "b", "b", "c"]
    assert play.stage.clock.sleeps.count(10.0) == play.stage.clock.sleeps.count(20.0) == 1


def test_a_strategy_for_another_kind_of_failure_does_not_count() -> None:
    play = Play(b=[FailedError("no"), FailedError("no")])
    play.fails(handled(FailureAction.IGNORE, 10.0, failure=Failure.TIMEOUT))
    assert play.trace == ["a", "b", "undo b", "undo a"]


def test_an_ignored_failure_stays_in_sight() -> None:
    play = Play(b=FailedError("no"))
    play.run(handled(FailureAction.IGNORE))
    assert (play.trace, play.record.status) == (["a", "b", "c"], Status.DEPLOYED)
    assert play.stage.told(WarningEvent) == [WarningEvent("b failed; ignored by its failure strategy: no")]


def test_a_failure_that_is_marked_goes_on_to_the_steps_for_failures_only() -> None:
    play = Play(b=FailedError("no"))
    course = handled(FailureAction.FAIL)
    handling = {**course.step_policies, "c": StepPolicy(when=StageStatus.FAILURE)}
    extra = FakeStep("d", play.trace)
    with pytest.raises(FailedError):
        engine.run_steps([*play.steps, extra], play.record, play.stage.world(), replace(course, step_policies=handling))
    assert play.trace == ["a", "b", "c"]
    assert (play.record.status, play.state) == (Status.FAILED, State.STOPPED)
    assert StepFinished("d", 0.0, skipped="a step before it failed") in play.stage.events


def test_a_skipped_step_says_why_and_is_neither_begun_nor_finished() -> None:
    play = Play()
    engine.run_steps([*play.steps, Skipped("later", "condition is false")], play.record, play.stage.world())
    assert StepFinished("later", 0.0, skipped="condition is false") in play.stage.events
    assert "later" not in [*play.record.started_steps, *play.record.completed_steps]


def test_a_rollback_without_the_groups_leaves_the_deployment_open() -> None:
    play = Play(b=FailedError("no"))
    play.fails(RunOptions(rollback_scope=frozenset({RollbackScope.STANDALONE})))
    assert play.trace == ["a", "b"]
    assert (play.record.status, play.state) == (Status.FAILED, State.STOPPED)
    assert play.stage.told(WarningEvent) == [
        WarningEvent("a, b: not rolled back, because rollbackSteps has no ElastigroupRollback.")
    ]


def test_our_own_errors_need_no_explanation() -> None:
    error = FailedError("no")
    assert as_action_error(error) is error
