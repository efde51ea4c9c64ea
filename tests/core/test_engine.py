from dataclasses import dataclass, field, replace

import pytest
from fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    deployment,
    group,
    no_answer,
    scene,
    swap_pair,
)

from spotaction import engine, marker
from spotaction.deployment import Deployment, Status
from spotaction.engine import Course
from spotaction.errors import CancelledError, ConflictError, FailedError, SpotactionError
from spotaction.events import LeftUndone, Note, StepBegun, StepEnded, Warned
from spotaction.handling import Failure, FailureStrategy, Handling, Reaction, StageStatus, Undo
from spotaction.marker import State
from spotaction.model import Forward
from spotaction.steps.skipped import Skipped
from spotaction.world import World

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)


@dataclass
class FakeStep:
    """Notes what is asked of it, together with what the record said at that moment."""

    name: str
    trace: list[str]
    failures: list[Exception] = field(default_factory=list)
    undoing: Exception | None = None
    begun_before: list[bool] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, deployment: Deployment, world: World) -> None:
        self.trace.append(self.name)
        self.begun_before.append(self.name in deployment.begun)
        world.clock.sleep(self.seconds)
        if self.failures:
            raise self.failures.pop(0)

    def rollback(self, deployment: Deployment, world: World) -> None:
        del deployment, world
        self.trace.append(f"undo {self.name}")
        if self.undoing is not None:
            raise self.undoing

    def by_hand(self, deployment: Deployment) -> str:
        return f"put {self.name} of {deployment.app} back"


class Play:
    """A record, three steps `a`, `b` and `c`, and a scene with the new group in it."""

    def __init__(self, **failures: Exception | list[Exception]) -> None:
        self.trace: list[str] = []
        self.steps = [self._step(name, failures.get(name, [])) for name in "abc"]
        self.record = deployment(OLD, NEW)
        self.stage = scene(OLD, NEW)

    def _step(self, name: str, failures: Exception | list[Exception]) -> FakeStep:
        return FakeStep(name, self.trace, list(failures) if isinstance(failures, list) else [failures])

    def run(self, course: Course | None = None, world: World | None = None) -> None:
        engine.run(self.steps, self.record, world or self.stage.world(), course)

    def fails(self, course: Course | None = None) -> SpotactionError:
        with pytest.raises(SpotactionError) as caught:
            self.run(course)
        return caught.value

    @property
    def state(self) -> State | None:
        found = marker.read(self.stage.groups.known[NEW_ID].description)
        return found.state if found else None


def test_steps_run_in_order_and_the_mark_says_done() -> None:
    play = Play()
    play.run()
    assert play.trace == ["a", "b", "c"]
    assert (play.record.begun, play.record.finished) == (["a", "b", "c"], ["a", "b", "c"])
    assert play.record.status is Status.DEPLOYED
    assert play.state is State.DONE


def test_a_step_is_noted_as_begun_before_it_runs_and_that_is_saved() -> None:
    play = Play()
    play.run()
    assert [step.begun_before for step in play.steps] == [[True], [True], [True]]
    assert [(s["begun"], s["finished"], s["status"]) for s in play.stage.saved] == [
        (["a"], [], "running"),
        (["a"], ["a"], "running"),
        (["a", "b"], ["a"], "running"),
        (["a", "b"], ["a", "b"], "running"),
        (["a", "b", "c"], ["a", "b"], "running"),
        (["a", "b", "c"], ["a", "b", "c"], "running"),
        (["a", "b", "c"], ["a", "b", "c"], "deployed"),
    ]


def test_what_happens_is_told_with_its_seconds() -> None:
    play = Play()
    play.steps[1].seconds = 90.0
    play.run()
    assert play.stage.events == [
        StepBegun("a"),
        StepEnded("a", 0.0),
        StepBegun("b"),
        StepEnded("b", 90.0),
        StepBegun("c"),
        StepEnded("c", 0.0),
    ]


def test_a_failure_rolls_back_what_was_begun_newest_first() -> None:
    play = Play(b=FailedError("web__8 never got healthy."))
    error = play.fails()
    assert play.trace == ["a", "b", "undo b", "undo a"]
    assert error.message == "web__8 never got healthy."
    assert (play.record.status, play.record.reason) == (Status.ROLLED_BACK, "b: web__8 never got healthy.")
    assert play.record.undone == []
    assert play.stage.saved[-1]["status"] == "rolled-back"


def test_steps_that_were_never_begun_are_not_undone() -> None:
    play = Play(a=FailedError("no"))
    play.fails()
    assert play.trace == ["a", "undo a"]


def test_a_rollback_goes_on_past_what_fails_and_lists_it() -> None:
    play = Play(c=FailedError("no"))
    play.steps[1].undoing = no_answer()
    play.fails()
    assert play.trace == ["a", "b", "c", "undo c", "undo b", "undo a"]
    assert play.record.status is Status.ROLLBACK_INCOMPLETE
    assert play.record.undone == ["b was not undone: Spot answered 503 By hand: put b of web back"]
    assert play.stage.told(LeftUndone) == [LeftUndone("b was not undone", "Spot answered 503", "put b of web back")]
    assert play.state is State.STOPPED


def test_an_internal_error_rolls_back_too_and_is_explained() -> None:
    play = Play(b=ZeroDivisionError("division by zero"))
    error = play.fails()
    assert play.trace == ["a", "b", "undo b", "undo a"]
    assert str(error) == (
        "Internal error: ZeroDivisionError: division by zero Next: please report it with the log of this step."
    )
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_an_internal_error_in_a_rollback_does_not_end_it() -> None:
    play = Play(c=FailedError("no"))
    play.steps[2].undoing = KeyError("x")
    play.fails()
    assert play.trace[-3:] == ["undo c", "undo b", "undo a"]
    assert "Internal error: KeyError: 'x'" in play.record.undone[0]


def test_on_failure_stop_leaves_everything_and_says_how_to_go_on() -> None:
    play = Play(b=FailedError("no"))
    play.fails(Course(otherwise=Reaction.ABORT))
    assert play.trace == ["a", "b"]
    assert (play.record.status, play.record.reason) == (Status.FAILED, "b: no")
    assert play.state is State.STOPPED
    (note,) = [event.text for event in play.stage.events if isinstance(event, Note)]
    assert note == (
        "The deployment stopped on failure, as asked. "
        "Run this action with operation: continue or operation: rollback and app-name: web."
    )


def test_a_conflict_is_always_rolled_back() -> None:
    play = Play(a=ConflictError("another run"))
    play.fails(Course(otherwise=Reaction.ABORT))
    assert play.trace == ["a", "undo a"]
    assert play.record.status is Status.ROLLED_BACK


def test_until_stops_after_a_step_and_another_run_goes_on() -> None:
    play = Play()
    play.run(Course(until="b"))
    assert (play.trace, play.record.status, play.state) == (["a", "b"], Status.STOPPED, State.STOPPED)
    assert play.record.reason == "stopped after b, as asked"
    play.run()
    assert play.trace == ["a", "b", "c"]
    assert (play.record.status, play.state) == (Status.DEPLOYED, State.DONE)
    assert [event.text for event in play.stage.events if isinstance(event, Note)][1:] == [
        "a was finished before.",
        "b was finished before.",
    ]


def test_until_the_last_step_is_the_whole_deployment() -> None:
    play = Play()
    play.run(Course(until="c"))
    assert play.record.status is Status.DEPLOYED


def test_a_step_that_was_begun_before_is_begun_once_in_the_record() -> None:
    play = Play()
    play.record.begun, play.record.finished = ["a", "b"], ["a"]
    play.run()
    assert (play.trace, play.record.begun) == (["b", "c"], ["a", "b", "c"])


def production(restored: bool = True) -> Play:  # noqa: FBT001, FBT002
    """A blue/green deployment whose production rule forwards to green."""
    play = Play(b=CancelledError("Cancelled (SIGTERM)."))
    old, new = replace(OLD, target_groups=(BLUE,)), replace(NEW, target_groups=(GREEN,))
    play.record = deployment(old, new, (swap_pair(),))
    play.stage = scene(old, new)
    play.stage.routes.forwards[swap_pair().prod.rule] = Forward.to(GREEN)
    play.stage.routes.healthy[BLUE] = 3 if restored else 0
    return play


def test_a_cancel_puts_production_back_at_once_and_leaves_the_rest() -> None:
    play = production()
    with pytest.raises(CancelledError):
        play.run()
    assert play.trace == ["a", "b"]
    assert play.record.status is Status.CANCELLED
    assert play.stage.routes.writes == [(swap_pair().prod.rule, Forward.to(BLUE))]
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


def test_a_rollback_has_neither_the_deployments_deadline_nor_its_alarms() -> None:
    play = Play(b=FailedError("no"))
    seen: list[tuple[float | None, object]] = []
    watched = _Watched("a", seen)
    with pytest.raises(FailedError):
        engine.run([watched, *play.steps[1:]], play.record, replace(play.stage.world(), deadline=5.0))
    assert seen == [(None, None)]


@dataclass
class _Watched(FakeStep):
    name: str
    trace: list[tuple[float | None, object]]  # type: ignore[assignment]

    def run(self, deployment: Deployment, world: World) -> None:
        """Nothing."""

    def rollback(self, deployment: Deployment, world: World) -> None:
        del deployment
        self.trace.append((world.deadline, world.alarms))


@pytest.mark.parametrize(("failing", "status"), [(False, Status.DEPLOYED), (True, Status.ROLLED_BACK)])
def test_suspended_scaling_is_resumed_however_it_ends(failing: bool, status: Status) -> None:  # noqa: FBT001
    play = Play(**({"b": FailedError("no")} if failing else {}))
    play.record.suspended = [NEW_ID, OLD_ID]
    if failing:
        play.fails()
    else:
        play.run()
    assert [call for call in play.stage.groups.calls if call[0] == "resume"] == [("resume", NEW_ID), ("resume", OLD_ID)]
    assert (play.record.suspended, play.record.status) == ([], status)


def test_scaling_that_cannot_be_resumed_is_told_and_does_not_fail_the_deployment() -> None:
    play = Play()
    play.record.suspended = [OLD_ID]
    play.stage.groups.errors["resume"] = no_answer()
    play.run()
    assert play.record.status is Status.DEPLOYED
    (left,) = play.stage.told(LeftUndone)
    assert left == LeftUndone(
        "AUTO_SCALE of sig-0000000a is still suspended (Spot lifts it by itself)", "Spot answered 503"
    )


def test_a_mark_that_cannot_be_written_is_told_and_does_not_fail_the_deployment() -> None:
    play = Play()
    play.stage.groups.errors["update"] = no_answer()
    play.run()
    assert play.record.status is Status.DEPLOYED
    (left,) = play.stage.told(LeftUndone)
    assert isinstance(left, LeftUndone)
    assert left.what == "the new group's mark does not say done"


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
    assert play.stage.events[-1] == StepEnded("later", 0.0, skipped="condition is false")
    assert "later" not in [*play.record.begun, *play.record.finished]


def test_a_rollback_without_the_groups_leaves_the_deployment_open() -> None:
    play = Play(b=FailedError("no"))
    play.fails(Course(undo=frozenset({Undo.STANDALONE})))
    assert play.trace == ["a", "b"]
    assert (play.record.status, play.state) == (Status.FAILED, State.STOPPED)
    assert play.stage.told(Warned) == [Warned("a, b: not rolled back, since rollbackSteps has no ElastigroupRollback.")]


def test_our_own_errors_need_no_explanation() -> None:
    error = FailedError("no")
    assert engine.explained(error) is error
