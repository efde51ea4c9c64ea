"""Runs steps in order, and rolls back what was begun when one of them fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.final_check import check_result
from spotaction.engine.next_steps import incomplete_rollback_hint, resume_hint
from spotaction.engine.older_versions import clean_up
from spotaction.engine.rollback import (
    EVERYTHING,
    kind_of,
    mark_state,
    restore_traffic,
    resume_suspended_scaling,
    roll_back_steps,
)
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.groups import write_marker_state
from spotaction.engine.steps.skipped import Skipped
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    CancelledError,
    ConflictError,
    FailedError,
    SpotactionError,
    TakenOverError,
    as_action_error,
)
from spotaction.model.events import Note, StepFinished, StepStarted, WarningEvent
from spotaction.model.marker import State
from spotaction.model.step_policy import FailureAction, RollbackScope, StepPolicy

_TO_TELL = 60.0  # seconds in which a mark is still written when the time of the deployment is over


@dataclass(frozen=True)
class RunOptions:
    """How to run: up to and with the step `until`, with what is special about single steps by their names.

    `otherwise` is done about a failure that no strategy is for; a rollback undoes what is in `undo`, and none of its
    waits takes longer than `undo_timeout` (seconds).
    With `restore_on_cancel` production's routes go back at once when the run is cancelled.
    """

    until: str = ""
    default_action: FailureAction = FailureAction.ROLL_BACK
    step_policies: Mapping[str, StepPolicy] = field(default_factory=dict)
    rollback_scope: frozenset[RollbackScope] = EVERYTHING
    rollback_timeout: float | None = None
    restore_on_cancel: bool = True

    def policy_for(self, step: Step) -> StepPolicy:
        """How a step is treated."""
        return self.step_policies.get(step.name, StepPolicy())


def run_steps(
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    course: RunOptions | None = None,
    *,
    announce: bool = False,
) -> None:
    """Run the steps that are not finished yet, up to and with `until`.

    `announce` says first in the new group's mark who is at work on it now.
    `deployment.status` says how it ended. The error of a failed step is raised again, after the rollback; a cancel
    puts production's routes back and leaves the rest to the post step.
    """
    course = course or RunOptions()
    try:
        if announce:
            write_marker_state(deployment, context, State.RUNNING)
        _run_all(steps, deployment, context, course)
    except CancelledError as cancel:
        _on_cancel(steps, deployment, context, cancel, restore=course.restore_on_cancel)
        raise
    except TakenOverError as other:
        _let_go(deployment, context, other)
        raise


def roll_back(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, *, deadline: float | None = None
) -> None:
    """Put back what was begun, newest first; goes on past what cannot be undone and lists it in `deployment.undone`.

    Production's routes go first if the old group can take the requests as it stands. `deadline`, on the clock's `now`,
    is when whoever asked has to be done. A cancel puts production's routes back, too.
    """
    try:
        roll_back_steps(steps, deployment, context, deadline=deadline, announce=True)
    except CancelledError as cancel:
        _on_cancel(steps, deployment, context, cancel, restore=True)
        raise
    except TakenOverError as other:
        _let_go(deployment, context, other)
        raise


def _run_all(steps: Sequence[Step], deployment: Deployment, context: DeployContext, course: RunOptions) -> None:
    failure: SpotactionError | None = None
    for step in steps:
        if step.name in deployment.completed_steps:
            context.notify(Note(f"{step.name} was finished before."))
        elif why := _skip_reason(step, course, failed=failure is not None):
            context.notify(StepFinished(step.name, 0.0, skipped=why))
        else:
            failure = _run_or_react(step, steps, deployment, context, course) or failure
        if step.name == course.until and step is not steps[-1] and failure is None:
            _suspend_deployment(deployment, context, course, f"stopped after {course.until}, as asked")
            return
    if failure is not None:
        _suspend_deployment(deployment, context, course, "failed", failure)
        raise failure
    _judge(steps, deployment, context, course)
    _complete_deployment(deployment, context)


def _judge(steps: Sequence[Step], deployment: Deployment, context: DeployContext, course: RunOptions) -> None:
    """One more look before anybody is told that it is deployed; what is wrong then is treated as a step's failure.

    What cannot be put back comes after it: older versions go only once nothing can fail any more.
    """
    context.call_budget.extend_until(context.clock.now() + _TO_TELL)
    try:
        check_result(steps, deployment, context)
        clean_up(steps, deployment, context)
    except TakenOverError:
        raise
    except (FailedError, ConflictError) as failure:
        deployment.reason = f"at the end: {failure.message}"
        match FailureAction.ROLL_BACK if isinstance(failure, ConflictError) else course.default_action:
            case FailureAction.IGNORE | FailureAction.SUCCEED:
                context.notify(WarningEvent(f"At the end, which is ignored as asked: {failure.message}"))
                return
            case FailureAction.ROLL_BACK:
                _roll_back_as_asked(steps, deployment, context, course, failure)
            case _:
                _suspend_deployment(deployment, context, course, "stopped on failure, as asked", failure)
        raise


def _skip_reason(step: Step, course: RunOptions, *, failed: bool) -> str:
    return step.why if isinstance(step, Skipped) else course.policy_for(step).skip_reason(failed=failed)


def _run_or_react(
    step: Step, steps: Sequence[Step], deployment: Deployment, context: DeployContext, course: RunOptions
) -> SpotactionError | None:
    """Run a step; a failure that does not end the deployment at once is returned, one that does is raised."""
    failure = _run_with_retries(step, deployment, context, course)
    if failure is None:
        deployment.completed_steps.append(step.name)
        context.save(deployment)
        return None
    deployment.reason = f"{step.name}: {failure.message}"
    if isinstance(failure, TakenOverError):
        raise failure
    match _choose_action(step, failure, deployment, course):
        case FailureAction.IGNORE | FailureAction.SUCCEED as reaction:
            _continue_after_failure(step, deployment, context, failure, reaction)
            return None
        case FailureAction.FAIL:
            return failure
        case FailureAction.ABORT:
            _suspend_deployment(deployment, context, course, "stopped on failure, as asked", failure)
        case FailureAction.ROLL_BACK:
            _roll_back_as_asked(steps, deployment, context, course, failure)
    raise failure


def _run_with_retries(
    step: Step, deployment: Deployment, context: DeployContext, course: RunOptions
) -> SpotactionError | None:
    """The failure that stays, after as many attempts as its strategy grants."""
    if step.name not in deployment.started_steps:
        deployment.started_steps.append(step.name)
    context.save(deployment)
    bounded = _with_step_timeout(context, course.policy_for(step).timeout)
    tried = 0
    while True:
        failure = _run_once(step, deployment, bounded)
        retries = (
            () if failure is None else course.policy_for(step).strategy_for(failure, course.default_action).retries
        )
        if failure is None or isinstance(failure, ConflictError) or tried >= len(retries):
            return failure
        context.notify(Note(f"{step.name} runs again in {retries[tried]:.0f} s (retry {tried + 1} of {len(retries)})."))
        context.clock.sleep(retries[tried])
        tried += 1


def _with_step_timeout(context: DeployContext, timeout: float | None) -> DeployContext:
    return context if timeout is None else replace(context, options=replace(context.options, steady_timeout=timeout))


def _run_once(step: Step, deployment: Deployment, context: DeployContext) -> SpotactionError | None:
    context.notify(StepStarted(step.name))
    begun = context.clock.now()
    failure: SpotactionError | None = None
    try:
        step.run(deployment, context)
    except CancelledError as cancel:
        context.notify(StepFinished(step.name, context.clock.now() - begun, str(cancel)))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, what was begun is put back
        failure = as_action_error(error)
        failure.__cause__ = None if failure is error else error
    context.notify(StepFinished(step.name, context.clock.now() - begun, failure.message if failure else ""))
    return failure


def _choose_action(step: Step, failure: SpotactionError, deployment: Deployment, course: RunOptions) -> FailureAction:
    """What is done about a failure. A rival's deployment is always yielded to, and no group leaves nothing to go on."""
    if isinstance(failure, ConflictError):
        return FailureAction.ROLL_BACK
    wanted = course.policy_for(step).strategy_for(failure, course.default_action).reaction
    return wanted if deployment.new is not None or wanted is FailureAction.ABORT else FailureAction.ROLL_BACK


def _continue_after_failure(
    step: Step, deployment: Deployment, context: DeployContext, failure: SpotactionError, reaction: FailureAction
) -> None:
    """As if the step had gone well; what is ignored stays in sight."""
    if reaction is FailureAction.IGNORE:
        deployment.reason = f"ignored: {step.name}: {failure}"
        context.notify(WarningEvent(f"{step.name} failed, which its failure strategy ignores: {failure.message}"))
    else:
        deployment.reason = ""
        context.notify(Note(f"{step.name} failed, which its failure strategy marks as success: {failure.message}"))
    deployment.completed_steps.append(step.name)
    deployment.ignored_failures.add(step.name)
    context.save(deployment)


def _roll_back_as_asked(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, course: RunOptions, failure: SpotactionError
) -> None:
    """What is not to be undone is said; where the groups are not, the deployment stays open for an operator."""
    begun = [step for step in steps if step.name in deployment.started_steps]
    for kind in sorted({kind_of(step) for step in begun} - course.rollback_scope):
        names = ", ".join(step.name for step in begun if kind_of(step) is kind)
        context.notify(WarningEvent(f"{names}: not rolled back, since rollbackSteps has no {kind.value}."))
    roll_back_steps(steps, deployment, _with_step_timeout(context, course.rollback_timeout), undo=course.rollback_scope)
    if RollbackScope.GROUPS not in course.rollback_scope:
        _suspend_deployment(deployment, context, course, "stopped on failure, as rollbackSteps asks", failure)
    elif deployment.rollback_failures:  # what is half-way comes before what may be done about its cause
        failure.next_step = incomplete_rollback_hint(deployment, context, until=bool(course.until))


def _on_cancel(
    steps: Sequence[Step], deployment: Deployment, context: DeployContext, cancel: CancelledError, *, restore: bool
) -> None:
    """Production back at once, within the seconds that the runner leaves; the rest is for the post step."""
    deployment.status = Status.CANCELLED
    deployment.reason = f"{deployment.reason} {cancel}".strip()
    if restore and deployment.snapshot.routes:
        # Routes may move back below: whoever goes on has to look at every step again. Each may be run twice.
        deployment.completed_steps.clear()
    context.save(deployment)
    if not restore:
        return
    context.call_budget.prioritise()
    with context.shield():
        try:
            restore_traffic(steps, deployment, replace(context, deadline=None), stage=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run ends as cancelled
            context.notify(Note(f"Production's routes are not all back yet: {as_action_error(error).message}"))


def _let_go(deployment: Deployment, context: DeployContext, other: TakenOverError) -> None:
    """Another run has the deployment: what it finds is what it goes on from, so nothing is put back or written."""
    if context.written.rules or context.written.capacities:
        context.notify(Note("What this run has changed until now stays as it is."))
    deployment.status, deployment.lock.lost = Status.FAILED, True
    deployment.reason = deployment.reason or other.message
    context.save(deployment)


def _complete_deployment(deployment: Deployment, context: DeployContext) -> None:
    context.call_budget.extend_until(context.clock.now() + _TO_TELL)
    resume_suspended_scaling(deployment, context)
    mark_state(deployment, context, State.COMPLETED)
    deployment.status = Status.DEPLOYED
    context.save(deployment)


def _suspend_deployment(
    deployment: Deployment, context: DeployContext, course: RunOptions, why: str, failure: SpotactionError | None = None
) -> None:
    """Leave it half-way, and say how to go on: in the log and, where it failed, in the failure's next step."""
    context.call_budget.extend_until(context.clock.now() + _TO_TELL)
    deployment.status = Status.FAILED if failure else Status.STOPPED
    deployment.reason = deployment.reason or why
    marked = mark_state(deployment, context, State.STOPPED)
    context.save(deployment)
    how = resume_hint(deployment, force=not marked, until=bool(course.until))
    context.notify(Note(f"The deployment {why}. Next: {how}."))
    if failure is not None:
        cause = failure.next_step.rstrip(".; ")
        failure.next_step = f"{cause}; then {how}." if cause else f"{how}."
