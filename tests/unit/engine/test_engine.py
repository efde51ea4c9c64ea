import pytest

from spotaction.engine.engine import RunOptions
from spotaction.model.deployment import Status
from spotaction.model.errors import ConflictError, FailedError
from spotaction.model.events import ManualActionNeeded, Note, StepFinished, StepStarted, WaitFinished
from spotaction.model.marker import State
from spotaction.model.step_policy import FailureAction
from tests.support.fake_steps import Play
from tests.support.fakes import NEW_ID, OLD_ID, no_answer


def test_steps_run_in_order_and_the_mark_says_done() -> None:
    play = Play()
    play.run()
    assert play.trace == ["a", "b", "c"]
    assert (play.record.started_steps, play.record.completed_steps) == (["a", "b", "c"], ["a", "b", "c"])
    assert play.record.status is Status.DEPLOYED
    assert play.state is State.COMPLETED


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
        StepStarted("a"),
        StepFinished("a", 0.0),
        StepStarted("b"),
        StepFinished("b", 90.0),
        StepStarted("c"),
        StepFinished("c", 0.0),
        WaitFinished("web__8 steady", "3 of 3 healthy", 0.0, 1),
    ]


def test_a_failure_rolls_back_what_was_begun_newest_first() -> None:
    play = Play(b=FailedError("web__8 never got healthy."))
    error = play.fails()
    assert play.trace == ["a", "b", "undo b", "undo a"]
    assert error.message == "web__8 never got healthy."
    assert (play.record.status, play.record.reason) == (Status.ROLLED_BACK, "b: web__8 never got healthy.")
    assert play.record.rollback_failures == []
    assert play.stage.saved[-1]["status"] == "rolled-back"


def test_steps_that_were_never_begun_are_not_undone() -> None:
    play = Play(a=FailedError("no"))
    play.fails()
    assert play.trace == ["a", "undo a"]


def test_a_rollback_goes_on_past_what_fails_and_lists_it() -> None:
    play = Play(c=FailedError("no"))
    play.steps[1].undoing = no_answer()
    error = play.fails()
    assert play.trace == ["a", "b", "c", "undo c", "undo b", "undo a"]
    assert error.next_step == (
        "Currently, web__7 (sig-0000000a) runs at 2/3/6 and web__8 (sig-0000000b) runs at 2/3/6. Now complete "
        "what is listed under Manual action needed; or, once its cause is gone, run this action with the same inputs "
        "and operation: rollback."
    )
    assert play.record.status is Status.ROLLBACK_INCOMPLETE
    assert play.record.rollback_failures == [
        "b was not rolled back: Spot answered 503 Manual action: put b of web back"
    ]
    assert play.stage.told(ManualActionNeeded) == [
        ManualActionNeeded("b was not rolled back", "Spot answered 503", "put b of web back")
    ]
    assert play.state is State.STOPPED


def test_an_internal_error_rolls_back_too_and_is_explained() -> None:
    play = Play(b=ZeroDivisionError("division by zero"))
    error = play.fails()
    assert play.trace == ["a", "b", "undo b", "undo a"]
    assert str(error) == (
        "Internal error: ZeroDivisionError: division by zero. Next: please report it with the log of this step."
    )
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_an_internal_error_in_a_rollback_does_not_end_it() -> None:
    play = Play(c=FailedError("no"))
    play.steps[2].undoing = KeyError("x")
    play.fails()
    assert play.trace[-3:] == ["undo c", "undo b", "undo a"]
    assert "Internal error: KeyError: 'x'" in play.record.rollback_failures[0]


def test_on_failure_stop_leaves_everything_and_says_how_to_go_on() -> None:
    play = Play(b=FailedError("no"))
    error = play.fails(RunOptions(default_action=FailureAction.ABORT))
    assert play.trace == ["a", "b"]
    assert (play.record.status, play.record.reason) == (Status.FAILED, "b: no")
    assert play.state is State.STOPPED
    how = "run this action with the same inputs and operation: continue or operation: rollback."
    assert play.stage.told(Note) == [Note(f"The deployment stopped on failure, as requested. Next: {how}")]
    assert (error.message, error.next_step) == ("no", how)


def test_how_to_go_on_comes_after_what_is_to_be_done_about_the_failure() -> None:
    play = Play(b=FailedError("no", next_step="look at the log."))
    error = play.fails(RunOptions(default_action=FailureAction.ABORT, until="b"))
    assert error.next_step == (
        "look at the log; then run this action with the same inputs and operation: continue or operation: rollback, "
        "and without until."
    )


def test_what_stopped_before_there_was_a_group_is_run_again() -> None:
    play = Play(a=FailedError("no"))
    play.record.new = None
    assert play.fails(RunOptions(default_action=FailureAction.ABORT)).next_step == "run this action again."


def test_a_mark_that_cannot_be_written_has_to_be_passed_over_by_a_take_over() -> None:
    play = Play(b=FailedError("no"))
    play.stage.groups.errors["update"] = no_answer()
    error = play.fails(RunOptions(default_action=FailureAction.ABORT))
    how = "run this action with the same inputs and operation: continue or operation: rollback, and allow: take-over"
    assert error.next_step == f"{how}."
    left = ManualActionNeeded("the new group's marker does not say stop", "Spot answered 503", how)
    assert play.stage.told(ManualActionNeeded) == [left]


def test_a_finished_deployment_whose_mark_cannot_be_written_is_only_continued() -> None:
    play = Play()
    play.stage.groups.errors["update"] = no_answer()
    play.run()
    how = "run this action with the same inputs and operation: continue, and allow: take-over"
    assert play.record.status is Status.DEPLOYED
    assert play.stage.told(ManualActionNeeded) == [
        ManualActionNeeded("the new group's marker does not say done", "Spot answered 503", how)
    ]


def test_a_conflict_is_always_rolled_back() -> None:
    play = Play(a=ConflictError("another run"))
    play.fails(RunOptions(default_action=FailureAction.ABORT))
    assert play.trace == ["a", "undo a"]
    assert play.record.status is Status.ROLLED_BACK


def test_until_stops_after_a_step_and_another_run_goes_on() -> None:
    play = Play()
    play.run(RunOptions(until="b"))
    assert (play.trace, play.record.status, play.state) == (["a", "b"], Status.STOPPED, State.STOPPED)
    assert play.record.reason == "stopped after b, as requested"
    play.run()
    assert play.trace == ["a", "b", "c"]
    assert (play.record.status, play.state) == (Status.DEPLOYED, State.COMPLETED)
    assert [event.text for event in play.stage.events if isinstance(event, Note)][1:] == [
        "a was already completed.",
        "b was already completed.",
    ]


def test_until_the_last_step_is_the_whole_deployment() -> None:
    play = Play()
    play.run(RunOptions(until="c"))
    assert play.record.status is Status.DEPLOYED


def test_a_step_that_was_begun_before_is_begun_once_in_the_record() -> None:
    play = Play()
    play.record.started_steps, play.record.completed_steps = ["a", "b"], ["a"]
    play.run()
    assert (play.trace, play.record.started_steps) == (["b", "c"], ["a", "b", "c"])


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
    (left,) = play.stage.told(ManualActionNeeded)
    assert left == ManualActionNeeded(
        "AUTO_SCALE of sig-0000000a is still suspended (the suspension expires on its own)", "Spot answered 503"
    )


def test_a_mark_that_cannot_be_written_is_told_and_does_not_fail_the_deployment() -> None:
    play = Play()
    play.stage.groups.errors["update"] = no_answer()
    play.run()
    assert play.record.status is Status.DEPLOYED
    (left,) = play.stage.told(ManualActionNeeded)
    assert isinstance(left, ManualActionNeeded)
    assert left.what == "the new group's marker does not say done"
