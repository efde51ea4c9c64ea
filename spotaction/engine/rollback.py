"""Rolls back the started steps, newest first, and records in the markers how that ended."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.final_check import report_other_groups
from spotaction.engine.forwards import identical
from spotaction.engine.gate import find_rival
from spotaction.engine.marked_groups import finished_instead
from spotaction.engine.next_steps import choose_hint, is_gone, other_running, read_group, rerun_hint
from spotaction.engine.open_rolls import warn_of_rolls
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.check import RunCheck
from spotaction.engine.steps.groups import write_marker_state
from spotaction.engine.steps.routes import promote_commands, restore_production, restore_stage, verify_production
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.engine.steps.suspensions import resume_scaling
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model import marker
from spotaction.model.capacity import holds
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    SafetyError,
    SpotactionError,
    TakenOverError,
    as_action_error,
)
from spotaction.model.events import ManualActionNeeded, Note, StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import ZERO, Group
from spotaction.model.step_policy import RollbackScope

EVERYTHING = frozenset(RollbackScope)
_FOR_CALLS = 600.0  # seconds of a rollback for calls that are delayed or retried
_TO_RECOVER = 60.0  # seconds for the old group to become steady again before a rollback ends with a warning
_READ_AGAIN = 5.0  # seconds between two reads of the old group's capacity, which may lag behind
_TO_RECORD = 60.0  # seconds that remain for writing the markers when the rollback's time is over


def restore_traffic(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, *, stage: bool = False
) -> None:
    """Restore production's routes if that is possible without waiting; otherwise the steps' own rollback does it later.

    If only the setup was started there is nothing to restore: other runs or people modified a route that differs.
    With `stage` the stage's routes follow, because a run that continues needs the health of the staged group. Raises
    `CancelledError`; other errors are logged.
    """
    if not deployment.gate_passed_by or not _is_past_setup(steps, deployment):
        return
    if _may_be_shrunk(deployment.snapshot.old, context):
        context.notify(Note("Production will be restored once the old group is up again."))
        return
    try:
        restore_production(deployment, context, bring_up=False)
        if stage:
            restore_stage(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(Note(f"Production's routes could not be restored yet: {error.message}"))


def _is_past_setup(steps: Sequence[Step], deployment: Deployment) -> bool:
    """Whether a step after the setup was started, which is the first that is no check."""
    changes = [step for step in steps if not isinstance(step, RunCheck)]
    return any(step.name in deployment.started_steps for step in changes[1:])


def _may_be_shrunk(old: GroupRef | None, context: DeployContext) -> bool:
    """Whether the old group was scaled down and not seen steady since: draining targets may still read as healthy."""
    return old is not None and old.id in context.written.capacities and old.id not in context.written.restored


def roll_back_steps(
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    *,
    scope: frozenset[RollbackScope] = EVERYTHING,
    deadline: float | None = None,
    announce: bool = False,
) -> None:
    """Roll back every started step within `scope`, continuing past failures, and record how it ended.

    Neither the deployment's deadline nor an alarm stops a rollback. With `announce`, the new group's marker gets this
    run as the active one once production is restored. Failures are in `deployment.rollback_failures`. Raises
    `CancelledError` and `TakenOverError`.
    """
    until = min(inf if deadline is None else deadline, context.clock.now() + limit(context))
    context = context.for_rollback(until)
    context.call_budget.prioritise(until)
    deployment.rollback_failures.clear()
    context.notify(Note("Rolling back."))
    if RollbackScope.GROUPS in scope:
        restore_traffic(steps, deployment, context)
    if announce:
        warn_of_rolls((deployment.new, deployment.snapshot.old), context)
        record_state(deployment, context, State.RUNNING)
    started = [step for step in steps if step.name in deployment.started_steps]
    if not deployment.gate_passed_by:
        # This deployment has only changed the new group: what differs elsewhere is another run's.
        started = [step for step in started if isinstance(step, Setup | StageSetup)]
    for step in reversed(started):
        if rollback_scope_of(step) in scope:
            _roll_back_step(step, deployment, context)
    if RollbackScope.GROUPS in scope:
        _check_old_group(deployment, context)
        _check_production(steps, deployment, context)
        _check_other_groups(deployment, context)
    resume_suspended_scaling(deployment, context)
    context.call_budget.extend_until(context.clock.now() + _TO_RECORD)
    _record_outcome(deployment, context)
    context.save(deployment)


def limit(context: DeployContext) -> float:
    """Return the seconds that a whole rollback may take: scaling the old group up, draining the new one, and calls."""
    return 2 * context.options.steady_timeout + _FOR_CALLS


def rollback_scope_of(step: Step) -> RollbackScope:
    """Return the part of a rollback that a step belongs to."""
    return RollbackScope.STANDALONE if isinstance(step, StandaloneTrafficShift) else RollbackScope.GROUPS


def resume_suspended_scaling(deployment: Deployment, context: DeployContext) -> None:
    """Resume AUTO_SCALE where this deployment suspended it; if that fails, report it: the suspension expires."""
    try:
        resume_scaling(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        what = f"AUTO_SCALE of {', '.join(deployment.suspended)} is still suspended (the suspension expires on its own)"
        context.notify(ManualActionNeeded(what, str(error)))


def record_state(deployment: Deployment, context: DeployContext, state: State) -> bool:
    """Write the state into the new group's marker, and return whether it is written; a failure is reported.

    Raises `CancelledError` and `TakenOverError`.
    """
    try:
        write_marker_state(deployment, context, state)
    except (CancelledError, TakenOverError):
        raise
    except SpotactionError as error:
        if isinstance(error, ApiError) and error.is_group_gone:
            return True  # the marker went with the group
        context.notify(
            ManualActionNeeded(f"the new group's marker does not say {state.value}", str(error), _unmarked_hint(state))
        )
        return False
    return True


def _unmarked_hint(state: State) -> str:
    """What a person runs if the marker still says that a run is active; empty while one is."""
    match state:
        case State.RUNNING:
            return ""
        case State.COMPLETED:
            return rerun_hint("continue", take_over=True)
        case _:
            return rerun_hint("continue", "rollback", take_over=True)


def _roll_back_step(step: Step, deployment: Deployment, context: DeployContext) -> None:
    context.notify(StepStarted(step.name, rolling_back=True))
    started = context.clock.now()
    message = ""
    try:
        step.rollback(deployment, context)
    except (CancelledError, TakenOverError):
        raise
    except Exception as error:  # noqa: BLE001 - a rollback continues past any error of one step
        message, todo = _manual_rollback(step, deployment, context, as_action_error(error))
        _report_failure(deployment, context, ManualActionNeeded(f"{step.name} was not rolled back", message, todo))
    context.notify(StepFinished(step.name, context.clock.now() - started, message, rolling_back=True))


def _check_production(steps: Sequence[Step], deployment: Deployment, context: DeployContext) -> None:
    """Restore production's rules once more if they do not forward as before, and report those that still do not.

    If only the setup was started, differences come from outside this deployment, and are only reported.
    """
    if not deployment.gate_passed_by or not _is_past_setup(steps, deployment):
        _report_external_changes(deployment, context)
        return
    try:
        left = verify_production(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        left = ((f"production's rules could not be read: {error.message}", ""),)
    gone = bool(left) and is_gone(deployment.snapshot.old, context)
    for why, command in left:
        reported = any(command and command in failure for failure in deployment.rollback_failures)
        no_old = gone and deployment.rollback_failures  # reported as nothing to roll back to
        if not reported and not no_old:
            _report_failure(deployment, context, ManualActionNeeded("production was not restored", why, command))


def _check_old_group(deployment: Deployment, context: DeployContext) -> None:
    """Check once more that the old group is steady, at the capacity that was written: if it is not, warn of that."""
    old = deployment.snapshot.old
    if old is None or deployment.rollback_failures or old.capacity.target == 0:
        return
    if not deployment.gate_passed_by:
        _report_unchanged_old(old, context)
        return
    try:
        group = context.require_group(old.id, "The old Elastigroup")
        steady = context.wait_for_healthy_again(group, old.capacity.target)
        context.wait_for_all([steady, *_capacity_waits(group, context)], _TO_RECOVER)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(WarningEvent(f"{old.name} ({old.id}) is serving again, but it is not steady: {error.message}"))


def _check_other_groups(deployment: Deployment, context: DeployContext) -> None:
    """Report other groups that have the old group's name, if this process gave that back to it."""
    old = deployment.snapshot.old
    if old is not None and old.id in context.written.names:
        report_other_groups(old, deployment, context)


def _report_unchanged_old(old: GroupRef, context: DeployContext) -> None:
    """Report what others did to an old group that this deployment has not changed: another run may be replacing it."""
    try:
        group = read_group(old, context)
    except CancelledError:
        raise
    except SpotactionError:
        return
    where = f"{old.name} ({old.id})"
    if group is None:
        context.notify(WarningEvent(f"{where} was deleted outside this deployment."))
    elif group.capacity.target < old.capacity.target:
        change = f"its target is now {group.capacity.target}, not {old.capacity.target}"
        context.notify(Note(f"{where} was scaled outside this deployment; {change}."))


def _capacity_waits(group: Group, context: DeployContext) -> Iterator[Wait]:
    """Yield the wait for the capacity that this process wrote, unless the group, which was just read, has it.

    Spot may store less than it confirmed.
    """
    requested = context.written.capacities.get(group.id, ZERO)
    if holds(requested, group.capacity):
        return

    def check() -> Verdict:
        held = context.require_group(group.id, "The old Elastigroup").capacity
        if holds(requested, held):
            return Ready(f"{held} (minimum/target/maximum)")
        return Waiting(f"Spot reports {held} (minimum/target/maximum) although {requested} was requested")

    yield Wait(f"{group.name} capacity", check, lambda _verdict, _elapsed: _READ_AGAIN)


def _report_external_changes(deployment: Deployment, context: DeployContext) -> None:
    try:
        found = _find_external_changes(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(Note(f"Production's rules could not be read: {error.message}"))
        return
    gone = bool(found) and is_gone(deployment.snapshot.old, context)
    for change, command in found:
        why = f"{change}; that was not written by this deployment and was not restored."
        what = "production changed after this deployment started"
        # Without the old group, what the rule forwarded to then may have no targets any more.
        _report_failure(deployment, context, ManualActionNeeded(what, why, "" if gone else command))


def _find_external_changes(deployment: Deployment, context: DeployContext) -> tuple[tuple[str, str], ...]:
    """Return how production's rules were modified outside this deployment, each with its restore command.

    Empty if another run of the same app did that. Nothing is written: this deployment has changed no rule.
    """
    found = tuple(_modified_rules(deployment, context))
    groups = context.groups.all() if found else ()
    if find_rival(deployment, groups) is None and finished_instead(deployment, groups) is None:
        return found
    context.notify(
        Note(f"Another run of {deployment.app} changed production meanwhile: {'; '.join(what for what, _ in found)}.")
    )
    return ()


def _modified_rules(deployment: Deployment, context: DeployContext) -> Iterator[tuple[str, str]]:
    before = [pair.prod for pair in deployment.snapshot.routes]
    live = context.routes.read(before) if context.routes is not None and before else ()
    for then, now in zip(before, live, strict=False):
        if not identical(now.forward, then.forward):
            what = f"{now.label} forwards to {now.forward}, not to {then.forward}"
            yield what, manual_actions.restore_route_command(then)


def _report_failure(deployment: Deployment, context: DeployContext, left: ManualActionNeeded) -> None:
    deployment.rollback_failures.append(
        f"{left.what}: {left.why}" + (f" Manual action: {left.todo}" if left.todo else "")
    )
    context.notify(left)


def _manual_rollback(
    step: Step, deployment: Deployment, context: DeployContext, error: SpotactionError
) -> tuple[str, str]:
    """Return why a step was not rolled back, and the manual action for it.

    If the old group no longer exists, the new one has to stay and serve instead of being deleted, unless another group
    of the app does: a person decides then. If neither exists, only the rules can be restored.
    """
    if not is_gone(deployment.snapshot.old, context):
        return str(error), step.manual_rollback(deployment)
    if rollback_scope_of(step) is RollbackScope.STANDALONE:
        # Refused by a safety rule, its command would take the rule's requests to targets that no longer exist.
        return str(error), "" if isinstance(error, SafetyError) else step.manual_rollback(deployment)
    if is_gone(deployment.new, context):
        snapshot = replace(deployment.snapshot, old=None)
        return error.message, step.manual_rollback(replace(deployment, snapshot=snapshot, new=None))
    return error.message, _keep_new(deployment, context) if isinstance(step, Setup | StageSetup) else ""


def _keep_new(deployment: Deployment, context: DeployContext) -> str:
    """What to do with the new group if the old one no longer exists; empty if there is none."""
    try:
        others = other_running(deployment, context)
    except CancelledError:
        raise
    except SpotactionError:
        others = ()
    return choose_hint(deployment.new, others) if deployment.new and others else promote_commands(deployment)


def _record_outcome(deployment: Deployment, context: DeployContext) -> None:
    """Record the outcome in the markers, so that an incomplete rollback can be repeated, and a complete one is not.

    If the old group no longer exists, it cannot be repeated: the next deployment replaces what is left.
    """
    if deployment.rollback_failures:
        deployment.status = Status.ROLLBACK_INCOMPLETE
        gone = is_gone(deployment.snapshot.old, context)
        record_state(deployment, context, State.ROLLED_BACK_TO if gone else State.STOPPED)
        return
    deployment.status = Status.ROLLED_BACK
    try:
        _mark_as_rolled_back_to(deployment, context)
    except CancelledError:
        raise
    except SpotactionError as error:
        context.notify(
            Note(f"The old group's marker could not be updated to say that it serves again: {error.message}")
        )


def _mark_as_rolled_back_to(deployment: Deployment, context: DeployContext) -> None:
    """Without this, the old group's marker would make another rollback return to the group before it."""
    old = context.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
    mark = marker.read_marker(old.description) if old else None
    if old is not None and mark is not None and mark.state is State.COMPLETED:
        context.groups.update(old.id, description=marker.with_state(old.description, State.ROLLED_BACK_TO))
