"""The container's post step: what a cancelled or dead run left open is put back, or left with word of how to go on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.next_steps import rerun_hint, resume_hint
from spotaction.engine.steps.groups import write_marker_state
from spotaction.engine.steps.unanswered import await_created
from spotaction.github.progress import Progress
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.inputs.fields import Inputs
from spotaction.inputs.parsers import parse_record
from spotaction.inputs.read import WorkflowRun
from spotaction.main import note_rollback, run_action
from spotaction.model import marker
from spotaction.model.choices import OnCancel, Operation
from spotaction.model.deployment import Deployment, GroupRef, Run, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    InvalidError,
    RollbackIncompleteError,
    SpotactionError,
)
from spotaction.model.events import Note
from spotaction.model.marker import State
from spotaction.model.ports import Clock
from spotaction.model.resources import Group
from spotaction.operations import recover
from spotaction.operations.rollback import roll_back_deployment
from spotaction.pipeline.prepare import prepare_execution
from spotaction.wiring import Clouds, Environment, Transport, open_context, read_record, region_of

LIMIT = 240.0  # seconds: after a cancel GitHub gives all post steps together less than five minutes
_TO_TELL = 15.0  # of those, for what comes after the last wait
_STATE = "state deployment"
_ENDED = {State.COMPLETED: Status.DEPLOYED, State.STOPPED: Status.STOPPED}
_UNFINISHED = frozenset({Status.RUNNING, Status.CANCELLED, ""})
_WRITING = frozenset({Operation.DEPLOY, Operation.CONTINUE, Operation.ROLLBACK})


def main_post(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Cancellation | None = None,
) -> int:
    """Finish what the main step did not; the answer is the exit code. Nothing is raised.

    Works from the action's state (`STATE_…`), the same inputs, and the live world; the main step's container may even
    still be running. The arguments are those of `main`.
    """
    settled = _nothing_to_do_reason(environ)
    if settled:
        WorkflowCommands(environ, stdout).log(settled)
        return 0
    interrupt = interrupt or Cancellation()
    clock = clock or RealClock(interrupt)
    around = Environment(environ, clock, interrupt, transport or Transport(), deadline=clock.now() + LIMIT)
    return run_action(_finish_deployment, around, stdout, later_steps=False)


def _nothing_to_do_reason(environ: Mapping[str, str]) -> str:
    """Why there is nothing to do; empty when there may be."""
    text, ended = environ.get("STATE_deployment", ""), environ.get("STATE_status", "")
    status = _recorded_status(text) or ended
    if text and status in _UNFINISHED:
        return ""
    if text:
        return f"The deployment ended as {status}: the post step has nothing to do."
    if ended:
        return f"The action ended as {ended} and changed nothing: the post step has nothing to do."
    operation = environ.get("INPUT_OPERATION", "").strip() or Operation.DEPLOY
    return "" if operation in _WRITING else f"Operation {operation} changes nothing: the post step has nothing to do."


def _recorded_status(text: str) -> str:
    """The status in the record; empty when it cannot be read."""
    try:
        return str(json.loads(text)["status"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _finish_deployment(inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress) -> None:
    progress.operation = Operation.ROLLBACK.value
    progress.until = ""
    progress.environment = around.environ.get("STATE_environment", "") or inputs.environment
    text = around.environ.get("STATE_deployment", "")
    try:
        if text and _is_readable(text, progress):
            _recover_from_state(text, inputs, runner, around, progress)
        else:
            _recover_from_marker(inputs, runner, around, progress)
    except CancelledError as cancel:
        how = rerun_hint("rollback", force=True, until=bool(inputs.until))
        cancel.next_step = f"{how}; nothing else puts back what is left."
        raise


def _is_readable(text: str, progress: Progress) -> bool:
    try:
        read_record(parse_record(text), name=_STATE, arn_head="")
    except InvalidError:
        progress.commands.log("The state holds no record that can be read: what carries this run's mark is looked for.")
        return False
    return True


def _recover_from_state(
    text: str, inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress
) -> None:
    """What the record says is open. Needs no documents: the workspace may be another one by now."""
    progress.deployment = read_record(text, name=_STATE, arn_head="")
    progress.app = progress.deployment.app
    routes = bool(progress.deployment.snapshot.routes or progress.deployment.standalone_routes)
    try:
        region = around.environ.get("STATE_region", "") or inputs.aws_region
        clouds, context = _open_context(inputs, runner, around, progress, region=region, routes=routes)
        deployment = read_record(text, name=_STATE, arn_head=clouds.arn_head)
        claim = _find_marked_group(deployment, context)
        if claim is not None and _had_not_taken_over(deployment, claim):
            if inputs.operation is Operation.CONTINUE:
                where = f"{claim.group.name} ({claim.group.id})"
                before = f"This run ended before it took over the deployment of {where}, and changed nothing."
                _leave_alone(before, Status.UNCHANGED, progress)
                return
        elif claim is not None and (why := _why_over(deployment, claim)):
            _leave_alone(why, _ENDED.get(claim.marker.state, Status.UNCHANGED), progress)
            return
        if claim is None and (why := _why_another_goes_on(deployment, context)):
            _leave_alone(why, Status.UNCHANGED, progress)
            return
        _close_deployment(deployment, claim, context, progress, inputs=inputs, run=runner.run)
    except (ApiError, CredentialError) as error:
        raise _left_open(error, progress.app, until=bool(inputs.until)) from error


def _recover_from_marker(inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress) -> None:
    """The main step left no word at all: what carries this run's mark is open."""
    prepared = prepare_execution(replace(inputs, operation=Operation.ROLLBACK), runner)
    progress.app = prepared.app
    region, routes = region_of(inputs, prepared), prepared.execution.uses_routes
    _, context = _open_context(inputs, runner, around, progress, region=region, routes=routes)
    groups = context.groups.all()
    found = marked_groups.marked_groups(groups, prepared.app, inputs.stage_suffix)
    claim = marked_groups.marker_of_run(found, runner.run)
    if claim is None:
        _require_known_runs(found, runner.run, until=bool(inputs.until))
        _require_readable(marked_groups.unreadable_markers(groups, prepared.app, inputs.stage_suffix), runner.run)
        nothing = f"Nothing of {prepared.app} carries the mark of this run at work, so nothing is left to put back."
        _leave_alone(nothing, Status.UNCHANGED, progress)
        return
    deployment = recover.record_from_marker(claim, groups, prepared.execution, prepared.app, context)
    unfinished = _recorded_status(around.environ.get("STATE_deployment", "")) in _UNFINISHED - {""}
    if not unfinished and _serves_alone(deployment, groups):
        fate = "left no state, and its new group serves alone, so it is left as it stands"
        _leave_for_continue(deployment, claim, context, progress, fate)
        progress.next_step = f"{resume_hint(deployment, until=bool(inputs.until))}."
        context.notify(Note(f"{progress.reason} Next: {progress.next_step}"))
        return
    _close_deployment(deployment, claim, context, progress, inputs=inputs, run=runner.run)


def _require_known_runs(found: Sequence[MarkedGroup], run: Run, *, until: bool) -> None:
    """Raise `RollbackIncompleteError` where no number tells whether this run left the mark of one at work."""
    for claim in found:
        if not run.id and not claim.marker.run.id and claim.marker.state is State.RUNNING:
            raise RollbackIncompleteError(
                f"By the mark of {claim.group.name} ({claim.group.id}) a run without GITHUB_RUN_ID is at work. This "
                "one has none either and left no state, so it may be its own, and nothing is put back.",
                next_step="see whether another run is at work; if not, "
                f"{rerun_hint('rollback', force=True, until=until)}.",
            )


def _require_readable(unreadable: Sequence[Group], run: Run) -> None:
    """Raise `RollbackIncompleteError` where a mark that cannot be read may be what this run left."""
    for group in unreadable:
        number = marker.read_fields(group.description).get("r", "").partition(".")[0]
        if not number or not run.id or number == run.id:
            raise RollbackIncompleteError(
                f"The mark of {group.name} ({group.id}) cannot be read ({group.description[:80]!r}), and this run left "
                "no state. It may be what this run has begun, so nothing is put back.",
                next_step="see whether production needs that group and who made it; then put back by hand what that "
                "run changed, or take the part [spotaction … out of its description.",
            )


def _open_context(
    inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress, *, region: str, routes: bool
) -> tuple[Clouds, DeployContext]:
    clouds, context = open_context(inputs, runner, around, progress, region=region, routes=routes)
    return clouds, replace(context, deadline=around.deadline - _TO_TELL)


def _find_marked_group(record: Deployment, context: DeployContext) -> MarkedGroup | None:
    """The mark of the record's group. A create may still be under way: its group is looked for until a list has it."""
    created = await_created(record, context) if record.new is None and record.started_steps else None
    if created is not None:
        return MarkedGroup(created, marker.read_marker(created.description) or marker.marker_from_record(record))
    groups = context.groups.all()
    found = marked_groups.marked_groups(groups, record.app, context.options.stage_suffix)
    claim = marked_groups.marker_of_run(
        found, record.run, new=record.new.id if record.new else None, nonce=record.nonce
    )
    return claim or marked_groups.from_record(record, groups)


def _had_not_taken_over(record: Deployment, claim: MarkedGroup) -> bool:
    """Whether the run ended before its own nonce was in the marker of the deployment that it was to take over."""
    return record.lock.replaces is not None and claim.marker.nonce == record.lock.replaces != record.nonce


def _why_over(record: Deployment, claim: MarkedGroup) -> str:
    """Why the mark in the cloud leaves nothing to do, whatever the state says; empty where its run was at work."""
    where = f"the mark of {claim.group.name} ({claim.group.id})"
    if record.nonce and claim.marker.nonce and claim.marker.nonce != record.nonce:
        return f"By {where} another run goes on with the deployment: the post step leaves it alone."
    if claim.marker.state is not State.RUNNING:
        return f"By {where} the deployment has come to its end ({claim.marker.state.value}): it is left alone."
    return ""


def _why_another_goes_on(record: Deployment, context: DeployContext) -> str:
    """Why a record that knows no group says nothing of the app: another run has a deployment open on the same group."""
    old = record.snapshot.old
    if record.new is not None or not record.started_steps or old is None:
        return ""
    found = marked_groups.marked_groups(context.groups.all(), record.app, context.options.stage_suffix)
    for claim in found:
        if claim.is_open and claim.marker.old is not None and claim.marker.old.id == old.id:
            where = f"the mark of {claim.group.name} ({claim.group.id})"
            return f"By {where} another run deploys {record.app} or goes on with this deployment: it is left alone."
    return ""


def _serves_alone(deployment: Deployment, groups: Sequence[Group]) -> bool:
    """Whether nothing else serves any more: then it was deployed, for all that can be told without the state."""
    old = next((g for g in groups if deployment.snapshot.old and g.id == deployment.snapshot.old.id), None)
    new = next((g for g in groups if deployment.new and g.id == deployment.new.id), None)
    grown = new is not None and deployment.capacity is not None and new.capacity.target >= deployment.capacity.target
    renamed = new is not None and new.name == deployment.app
    return grown and (renamed or old is None or old.capacity.target == 0)


def _leave_alone(why: str, status: Status, progress: Progress) -> None:
    progress.status, progress.reason = status, why
    progress.commands.log(why)


def _close_deployment(
    deployment: Deployment,
    claim: MarkedGroup | None,
    context: DeployContext,
    progress: Progress,
    *,
    inputs: Inputs,
    run: Run,
) -> None:
    fate = "was cancelled" if deployment.status is Status.CANCELLED else "did not come to its end"
    if inputs.on_cancel is OnCancel.KEEP:
        _leave_for_continue(deployment, claim, context, progress, f"{fate} and is left as it stands (on-cancel: keep)")
        progress.next_step = f"{resume_hint(deployment, until=bool(inputs.until))}."
        context.notify(Note(f"{progress.reason} Next: {progress.next_step}"))
        return
    context.notify(Note(f"The deployment of {deployment.app} {fate}, so it is put back."))
    note_rollback(roll_back_deployment(deployment, claim, context, run=run, timeout=LIMIT), context, progress)


def _leave_for_continue(
    deployment: Deployment, claim: MarkedGroup | None, context: DeployContext, progress: Progress, fate: str
) -> None:
    """Left as it stands; the mark says so, so that another run may go on with it."""
    if claim is not None:
        deployment.new = deployment.new or GroupRef.of(claim.group)
        write_marker_state(deployment, guard_context(context, deployment), State.STOPPED)
    deployment.status = progress.status = Status.STOPPED
    context.save(deployment)
    progress.reason = f"The deployment of {deployment.app} {fate}."


def _left_open(error: SpotactionError, app: str, *, until: bool) -> RollbackIncompleteError:
    how = rerun_hint("rollback", force=True, until=until)
    return RollbackIncompleteError(
        f"The deployment of {app} is not put back: {error.message}",
        next_step=f"{error.next_step.rstrip('.')}; then {how}.",
    )
