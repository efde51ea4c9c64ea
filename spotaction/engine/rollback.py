"""Puts back what was begun, newest first, and says in the clouds how that ended."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from spotaction.engine.context import DeployContext
from spotaction.engine.next_steps import read_group, rerun_hint
from spotaction.engine.open_rolls import warn_of_rolls
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.groups import resume_scaling, write_marker_state
from spotaction.engine.steps.routes import promote_commands, restore_production, restore_stage, verify_production
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.engine.untouched_production import find_external_changes
from spotaction.engine.waits.drained_group import GONE
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import ApiError, CancelledError, SpotactionError, TakenOverError, as_action_error
from spotaction.model.events import ManualActionNeeded, Note, StepFinished, StepStarted
from spotaction.model.marker import State
from spotaction.model.step_policy import RollbackScope

EVERYTHING = frozenset(RollbackScope)
_FOR_CALLS = 600.0  # seconds of a rollback for calls that wait and are tried again
_TO_TELL = 60.0  # seconds in which a mark is still written when the time of the rollback is over


def restore_traffic(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, *, stage: bool = False
) -> None:
    """Production's routes back if that is possible without waiting; if not, the steps' own rollback does it later.

    Before anything but the setup was begun there is nothing to put back: a route that differs is somebody else's.
    With `stage` the stage's routes follow: whoever goes on needs the health of what is staged.
    """
    if not deployment.gate_passed_by or not any(step.name in deployment.started_steps for step in steps[1:]):
        return
    if _may_be_shrunk(deployment.snapshot.old, context):
        context.notify(Note("Production's routes go back once the old group is up again."))
        return
    try:
        restore_production(deployment, context, bring_up=False)
        if stage:
            restore_stage(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(Note(f"Production's routes cannot go back yet: {error.message}"))


def _may_be_shrunk(old: GroupRef | None, context: DeployContext) -> bool:
    """Whether the old group was told to go and was not seen steady since: what leaves may read as healthy yet."""
    return old is not None and old.id in context.written.capacities and old.id not in context.written.restored


def roll_back_steps(
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    *,
    undo: frozenset[RollbackScope] = EVERYTHING,
    deadline: float | None = None,
    announce: bool = False,
) -> None:
    """Undo every step that was begun, past what fails, and leave word of how it ended.

    Neither the deployment's own deadline nor an alarm that fires may stop the way back. `announce` says in the new
    group's mark who is at work, once production has what it had.
    """
    until = min(inf if deadline is None else deadline, context.clock.now() + limit(context))
    context = replace(context, deadline=until, alarms=None, whole="rollback")
    context.call_budget.prioritise(until)
    deployment.rollback_failures.clear()
    context.notify(Note("Rolling back."))
    if RollbackScope.GROUPS in undo:
        restore_traffic(steps, deployment, context)
    if announce:
        warn_of_rolls((deployment.new, deployment.snapshot.old), context)
        mark_state(deployment, context, State.RUNNING)
    begun = [step for step in steps if step.name in deployment.started_steps]
    if not deployment.gate_passed_by:
        # Nothing but the new group was changed: what differs elsewhere is another run's.
        begun = [step for step in begun if isinstance(step, Setup | StageSetup)]
    for step in reversed(begun):
        if kind_of(step) in undo:
            _roll_back_step(step, deployment, context)
    if RollbackScope.GROUPS in undo:
        _look_back(steps, deployment, context)
    resume_suspended_scaling(deployment, context)
    context.call_budget.extend_until(context.clock.now() + _TO_TELL)
    _record_outcome(deployment, context)
    context.save(deployment)


def limit(context: DeployContext) -> float:
    """How long a rollback may take in all, in seconds: the old group up, the new one drained, and calls for both."""
    return 2 * context.options.steady_timeout + _FOR_CALLS


def kind_of(step: Step) -> RollbackScope:
    """Which step of a rollback undoes it."""
    return RollbackScope.STANDALONE if isinstance(step, StandaloneTrafficShift) else RollbackScope.GROUPS


def resume_suspended_scaling(deployment: Deployment, context: DeployContext) -> None:
    """Lift the suspensions of auto scaling; what cannot be lifted runs out by itself and is reported."""
    try:
        resume_scaling(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        what = f"AUTO_SCALE of {', '.join(deployment.suspended)} is still suspended (Spot lifts it by itself)"
        context.notify(ManualActionNeeded(what, str(error)))


def mark_state(deployment: Deployment, context: DeployContext, state: State) -> bool:
    """Write the state into the new group's mark; the answer is whether it is written. Where not, that is reported."""
    try:
        write_marker_state(deployment, context, state)
    except (CancelledError, TakenOverError):
        raise
    except SpotactionError as error:
        if isinstance(error, ApiError) and error.code == GONE:
            return True  # and with the group its mark
        context.notify(
            ManualActionNeeded(f"the new group's mark does not say {state.value}", str(error), _unmarked_hint(state))
        )
        return False
    return True


def _unmarked_hint(state: State) -> str:
    """What a person runs where the mark still says that a run is at work; while one is, that is true."""
    match state:
        case State.RUNNING:
            return ""
        case State.COMPLETED:
            return rerun_hint("continue", force=True)
        case _:
            return rerun_hint("continue", "rollback", force=True)


def _roll_back_step(step: Step, deployment: Deployment, context: DeployContext) -> None:
    context.notify(StepStarted(step.name, rolling_back=True))
    begun = context.clock.now()
    message = ""
    try:
        step.rollback(deployment, context)
    except (CancelledError, TakenOverError):
        raise
    except Exception as error:  # noqa: BLE001 - a rollback goes on past whatever fails in one step
        message, todo = _by_hand(step, deployment, context, as_action_error(error))
        _leave_undone(deployment, context, ManualActionNeeded(f"{step.name} was not undone", message, todo))
    context.notify(StepFinished(step.name, context.clock.now() - begun, message, rolling_back=True))


def _look_back(steps: Sequence[Step], deployment: Deployment, context: DeployContext) -> None:
    """Production as it is at the end: what does not forward as before is put back once more, or told.

    Before anything but the setup was begun, what differs is somebody else's, and is told.
    """
    if not deployment.gate_passed_by or not any(step.name in deployment.started_steps for step in steps[1:]):
        _tell_foreign_changes(deployment, context)
        return
    try:
        left = verify_production(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        left = ((f"whether production forwards as before cannot be seen: {error.message}", ""),)
    gone = bool(left) and _is_gone(deployment.snapshot.old, context)
    for why, command in left:
        told = any(command and command in undone for undone in deployment.rollback_failures)
        if not told and not (
            gone and deployment.rollback_failures
        ):  # where there is nothing to go back to, that was told
            _leave_undone(deployment, context, ManualActionNeeded("production was not put back", why, command))


def _tell_foreign_changes(deployment: Deployment, context: DeployContext) -> None:
    try:
        found = find_external_changes(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(Note(f"Whether production forwards as before cannot be seen: {error.message}"))
        return
    for change, command in found:
        why = f"{change}; somebody else wrote that, and this deployment left it alone."
        what = "production is not as it was when this deployment began"
        _leave_undone(deployment, context, ManualActionNeeded(what, why, command))


def _leave_undone(deployment: Deployment, context: DeployContext, left: ManualActionNeeded) -> None:
    deployment.rollback_failures.append(f"{left.what}: {left.why}" + (f" By hand: {left.todo}" if left.todo else ""))
    context.notify(left)


def _by_hand(step: Step, deployment: Deployment, context: DeployContext, error: SpotactionError) -> tuple[str, str]:
    """Why it was not undone, and what a person does instead.

    Where the old group is gone, there is one thing to do: keep the new one, in place of what would delete it. Where
    both are, the rules are still there.
    """
    if kind_of(step) is RollbackScope.STANDALONE or not _is_gone(deployment.snapshot.old, context):
        return str(error), step.manual_rollback(deployment)
    if _is_gone(deployment.new, context):
        snapshot = replace(deployment.snapshot, old=None)
        return error.message, step.manual_rollback(replace(deployment, snapshot=snapshot, new=None))
    return error.message, promote_commands(deployment) if isinstance(step, Setup | StageSetup) else ""


def _is_gone(group: GroupRef | None, context: DeployContext) -> bool:
    """Whether a group that was there is known not to be there any more."""
    try:
        return group is not None and read_group(group, context) is None
    except CancelledError:
        raise
    except SpotactionError:
        return False


def _record_outcome(deployment: Deployment, context: DeployContext) -> None:
    """Say in the clouds how the rollback ended: what is left can be taken up again, what is done is not done twice.

    Where there is nothing to go back to, nothing can be taken up: what is left is for the next deployment to replace.
    """
    if deployment.rollback_failures:
        deployment.status = Status.ROLLBACK_INCOMPLETE
        gone = _is_gone(deployment.snapshot.old, context)
        mark_state(deployment, context, State.ROLLED_BACK_TO if gone else State.STOPPED)
        return
    deployment.status = Status.ROLLED_BACK
    try:
        _mark_back(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(Note(f"The old group's mark does not say that it was rolled back to: {error.message}"))


def _mark_back(deployment: Deployment, context: DeployContext) -> None:
    """The old group's own mark would lead another rollback one group further."""
    old = context.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
    mark = marker.read_marker(old.description) if old else None
    if old is not None and mark is not None and mark.state is State.COMPLETED:
        context.groups.update(old.id, description=marker.with_state(old.description, State.ROLLED_BACK_TO))
