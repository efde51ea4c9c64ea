"""Runs steps in order, and rolls back the started ones if a step fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spotaction.documents.wording import format_duration
from spotaction.engine.context import DeployContext
from spotaction.engine.final_check import check_result
from spotaction.engine.next_steps import incomplete_rollback_hint, is_gone, resume_hint
from spotaction.engine.older_versions import clean_up
from spotaction.engine.rollback import (
    EVERYTHING,
    record_state,
    restore_traffic,
    resume_suspended_scaling,
    roll_back_steps,
    rollback_scope_of,
)
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.check import RunCheck
from spotaction.engine.steps.groups import write_marker_state
from spotaction.engine.steps.skipped import Skipped
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    CancelledError,
    ConflictError,
    FailedError,
    InconclusiveError,
    RefusedError,
    SpotactionError,
    TakenOverError,
    as_action_error,
)
from spotaction.model.events import Note, StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.step_policy import FailureAction, RollbackScope, StepPolicy

_TO_RECORD = 60.0  # seconds that remain for writing the marker when the deployment's time is over


@dataclass(frozen=True)
class RunOptions:
    """How to run the steps: up to and including `until`, with `step_policies` by step name.

    `default_action` applies to a failure that no failure strategy covers. A rollback covers `rollback_scope`, and none
    of its waits takes longer than `rollback_timeout` (seconds; None: as in the deployment). With `restore_on_cancel`
    production's routes are restored at once when the run is cancelled.
    """

    until: str = ""
    default_action: FailureAction = FailureAction.ROLL_BACK
    step_policies: Mapping[str, StepPolicy] = field(default_factory=dict)
    rollback_scope: frozenset[RollbackScope] = EVERYTHING
    rollback_timeout: float | None = None
    restore_on_cancel: bool = True

    def policy_for(self, step: Step) -> StepPolicy:
        """Return the policy of a step, by its name."""
        return self.step_policies.get(step.name, StepPolicy())


def run_steps(
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    options: RunOptions | None = None,
    *,
    announce: bool = False,
) -> None:
    """Run the steps that are not completed yet, up to and including `until`.

    With `announce`, the new group's marker first gets this run as the active one. `deployment.status` tells how it
    ended. The error of a failed step is raised after the rollback. On `CancelledError` production's routes are restored
    and the rest is left to the post step; on `TakenOverError` nothing more is changed.
    """
    options = options or RunOptions()
    active = not announce  # until the marker says so, production is not this run's to change
    try:
        if announce:
            write_marker_state(deployment, context, State.RUNNING)
            active = True
        _run_all(steps, deployment, context, options)
    except CancelledError as cancel:
        _on_cancel(steps, deployment, context, cancel, restore=active and options.restore_on_cancel)
        raise
    except TakenOverError as other:
        _yield_deployment(deployment, context, other)
        raise


def roll_back(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, *, deadline: float | None = None
) -> None:
    """Roll back the started steps, newest first; failures do not stop it and are in `deployment.rollback_failures`.

    Production's routes come first if the old group can serve at once. `deadline` (on the clock's `now`) limits the
    rollback. Raises `CancelledError`, after restoring production's routes, and `TakenOverError`.
    """
    try:
        roll_back_steps(steps, deployment, context, deadline=deadline, announce=True)
    except CancelledError as cancel:
        _on_cancel(steps, deployment, context, cancel, restore=True)
        raise
    except TakenOverError as other:
        _yield_deployment(deployment, context, other)
        raise


def _run_all(steps: Sequence[Step], deployment: Deployment, context: DeployContext, options: RunOptions) -> None:
    failure: SpotactionError | None = None
    for step in steps:
        if step.name in deployment.completed_steps:
            context.notify(Note(f"{step.name} was already completed."))
        elif why := _skip_reason(step, options, failed=failure is not None):
            context.notify(StepFinished(step.name, 0.0, skipped=why))
        else:
            failure = _run_or_react(step, steps, deployment, context, options) or failure
        if step.name == options.until and step is not steps[-1] and failure is None:
            _suspend_deployment(deployment, context, options, f"stopped after {options.until}, as requested")
            return
    if failure is not None:
        _suspend_deployment(deployment, context, options, "failed", failure)
        raise failure
    _check_and_clean_up(steps, deployment, context, options)
    _complete_deployment(deployment, context)


def _check_and_clean_up(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, options: RunOptions
) -> None:
    """Check the result before reporting it as deployed; a failure is treated like a step's.

    Older versions, which cannot be restored, are removed only after that.
    """
    context.call_budget.extend_until(context.clock.now() + _TO_RECORD)
    try:
        check_result(steps, deployment, context)
        clean_up(steps, deployment, context)
    except TakenOverError:
        raise
    except (FailedError, ConflictError) as failure:
        deployment.reason = f"final check: {failure.message}"
        match FailureAction.ROLL_BACK if isinstance(failure, ConflictError) else options.default_action:
            case FailureAction.IGNORE | FailureAction.SUCCEED:
                context.notify(WarningEvent(f"The final check failed, which is ignored: {failure.message}"))
                return
            case FailureAction.ROLL_BACK:
                _roll_back_in_scope(steps, deployment, context, options, failure)
            case _:
                _suspend_deployment(deployment, context, options, "stopped on failure, as requested", failure)
        raise


def _skip_reason(step: Step, options: RunOptions, *, failed: bool) -> str:
    return step.why if isinstance(step, Skipped) else options.policy_for(step).skip_reason(failed=failed)


def _run_or_react(
    step: Step, steps: Sequence[Step], deployment: Deployment, context: DeployContext, options: RunOptions
) -> SpotactionError | None:
    """Run a step; return a failure after which the deployment continues, raise one that ends it."""
    failure = _run_with_retries(step, deployment, context, options)
    if failure is None:
        deployment.completed_steps.append(step.name)
        context.save(deployment)
        return None
    deployment.reason = f"{step.name}: {failure.message}"
    if isinstance(failure, TakenOverError) or (isinstance(failure, RefusedError) and not deployment.started_steps):
        raise failure
    match _choose_action(step, failure, deployment, options):
        case FailureAction.IGNORE | FailureAction.SUCCEED as reaction:
            _continue_after_failure(step, deployment, context, failure, reaction)
            return None
        case FailureAction.FAIL:
            return failure
        case FailureAction.ABORT:
            _suspend_deployment(deployment, context, options, "stopped on failure, as requested", failure)
        case FailureAction.ROLL_BACK:
            _roll_back_in_scope(steps, deployment, context, options, failure)
    raise failure


def _run_with_retries(
    step: Step, deployment: Deployment, context: DeployContext, options: RunOptions
) -> SpotactionError | None:
    """Run a step with the retries of its failure strategy; return the last failure, or None."""
    # A check changes nothing: there is nothing of it to roll back, and the setup stays the first that is.
    if step.name not in deployment.started_steps and not isinstance(step, RunCheck):
        deployment.started_steps.append(step.name)
    context.save(deployment)
    bounded = _with_step_timeout(context, options.policy_for(step).timeout)
    tried = 0
    while True:
        failure = _run_once(step, deployment, bounded)
        if failure is None or isinstance(failure, ConflictError):
            return failure
        retries = options.policy_for(step).strategy_for(failure, options.default_action).retries
        if tried >= len(retries):
            return failure
        context.notify(
            Note(f"Retrying {step.name} in {format_duration(retries[tried])} (retry {tried + 1} of {len(retries)}).")
        )
        context.clock.sleep(retries[tried])
        tried += 1


def _with_step_timeout(context: DeployContext, timeout: float | None) -> DeployContext:
    return context if timeout is None else replace(context, options=replace(context.options, steady_timeout=timeout))


def _run_once(step: Step, deployment: Deployment, context: DeployContext) -> SpotactionError | None:
    context.notify(StepStarted(step.name))
    started = context.clock.now()
    failure: SpotactionError | None = None
    try:
        step.run(deployment, _with_bake_checks(step, deployment, context))
    except CancelledError as cancel:
        context.notify(StepFinished(step.name, context.clock.now() - started, str(cancel)))
        raise
    except Exception as error:  # noqa: BLE001 - any error has to lead to a rollback
        failure = as_action_error(error)
        failure.__cause__ = None if failure is error else error
    context.notify(StepFinished(step.name, context.clock.now() - started, failure.message if failure else ""))
    return failure


def _with_bake_checks(step: Step, deployment: Deployment, context: DeployContext) -> DeployContext:
    checks = context.checks
    return (
        context if checks is None else replace(context, bake_checks=checks.watch_bake(step.name, deployment, context))
    )


def _choose_action(step: Step, failure: SpotactionError, deployment: Deployment, options: RunOptions) -> FailureAction:
    """The action on a failure: always a rollback if another run goes first, or without a group to continue with.

    A check without a verdict stops the deployment if its team wants to decide.
    """
    if isinstance(failure, ConflictError):
        return FailureAction.ROLL_BACK
    if isinstance(failure, InconclusiveError):
        return FailureAction.ABORT
    wanted = options.policy_for(step).strategy_for(failure, options.default_action).reaction
    return wanted if deployment.new is not None or wanted is FailureAction.ABORT else FailureAction.ROLL_BACK


def _continue_after_failure(
    step: Step, deployment: Deployment, context: DeployContext, failure: SpotactionError, reaction: FailureAction
) -> None:
    """Mark the step as completed; an ignored failure stays visible as the deployment's reason."""
    if reaction is FailureAction.IGNORE:
        deployment.reason = f"ignored: {step.name}: {failure}"
        context.notify(WarningEvent(f"{step.name} failed; ignored by its failure strategy: {failure.message}"))
    else:
        deployment.reason = ""
        context.notify(Note(f"{step.name} failed; marked as success by its failure strategy: {failure.message}"))
    deployment.completed_steps.append(step.name)
    deployment.ignored_failures.add(step.name)
    context.save(deployment)


def _roll_back_in_scope(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, options: RunOptions, failure: SpotactionError
) -> None:
    """Roll back what `rollback_scope` covers; without the groups, the deployment stays open for an operator."""
    started = [step for step in steps if step.name in deployment.started_steps]
    for scope in sorted({rollback_scope_of(step) for step in started} - options.rollback_scope):
        names = ", ".join(step.name for step in started if rollback_scope_of(step) is scope)
        context.notify(WarningEvent(f"{names}: not rolled back, because rollbackSteps has no {scope.value}."))
    bounded = _with_step_timeout(context, options.rollback_timeout)
    roll_back_steps(steps, deployment, bounded, scope=options.rollback_scope)
    if context.checks is not None:
        context.checks.run_after_rollback(deployment, bounded.for_rollback())
    if RollbackScope.GROUPS not in options.rollback_scope:
        _suspend_deployment(deployment, context, options, "stopped on failure, as rollbackSteps configures", failure)
    elif deployment.rollback_failures:  # completing the rollback comes before fixing the cause
        failure.next_step = incomplete_rollback_hint(deployment, context, until=bool(options.until))


def _on_cancel(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, cancel: CancelledError, *, restore: bool
) -> None:
    """Restore production at once, within the seconds that the runner allows; the post step does the rest."""
    deployment.status = Status.CANCELLED
    deployment.reason = f"{deployment.reason} {cancel}".strip()
    if restore and deployment.snapshot.routes:
        # Routes may be restored below, so a run that continues has to check every step again; each may run twice.
        deployment.completed_steps.clear()
    context.save(deployment)
    if not restore:
        return
    context.call_budget.prioritise()
    with context.shield():
        try:
            restore_traffic(steps, deployment, replace(context, deadline=None), stage=True)
        except Exception as error:  # noqa: BLE001 - whatever the error, the run ends as cancelled
            context.notify(Note(f"Not all of production's routes are restored yet: {as_action_error(error).message}"))


def _yield_deployment(deployment: Deployment, context: DeployContext, other: TakenOverError) -> None:
    """Leave the deployment to another run, which continues from what it finds, so nothing is restored or written."""
    if context.written.rules or context.written.capacities:
        context.notify(Note("The changes that this run has made are left in place."))
    deployment.status, deployment.lock.lost = Status.FAILED, True
    deployment.reason = deployment.reason or other.message
    context.save(deployment)


def _complete_deployment(deployment: Deployment, context: DeployContext) -> None:
    context.call_budget.extend_until(context.clock.now() + _TO_RECORD)
    resume_suspended_scaling(deployment, context)
    record_state(deployment, context, State.COMPLETED)
    deployment.status = Status.DEPLOYED
    context.save(deployment)


def _suspend_deployment(
    deployment: Deployment,
    context: DeployContext,
    options: RunOptions,
    why: str,
    failure: SpotactionError | None = None,
) -> None:
    """Stop half-way and describe how to continue, in the log and, after a failure, in its next step."""
    context.call_budget.extend_until(context.clock.now() + _TO_RECORD)
    deployment.status = Status.FAILED if failure else Status.STOPPED
    deployment.reason = deployment.reason or why
    marked = record_state(deployment, context, State.STOPPED)
    context.save(deployment)
    gone = failure is not None and is_gone(deployment.new, context)
    how = resume_hint(deployment, take_over=not marked, until=bool(options.until), gone=gone)
    context.notify(Note(f"The deployment {why}. Next: {how}."))
    if failure is not None:
        cause = failure.next_step.rstrip(".; ")
        failure.next_step = f"{cause}; then {how}." if cause else f"{how}."
