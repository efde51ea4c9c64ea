"""The post step: rolls back what a cancelled or dead run left unfinished, or explains how to continue it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from spotaction import reporting
from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.next_steps import rerun_hint, resume_hint
from spotaction.engine.rollback import record_state
from spotaction.engine.steps.groups import write_marker_state
from spotaction.engine.steps.unanswered import await_created
from spotaction.github.progress import Progress
from spotaction.inputs.fields import Inputs
from spotaction.inputs.parsers import parse_record
from spotaction.inputs.read import WorkflowRun
from spotaction.main import OpenProgress, open_progress, run_action
from spotaction.model import marker
from spotaction.model.choices import OnCancel, Operation
from spotaction.model.deployment import Deployment, GroupRef, Run, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    FailedError,
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
_TO_REPORT = 15.0  # of these, for what follows the last wait
_STATE = "state deployment"
_ENDED = {State.COMPLETED: Status.DEPLOYED, State.STOPPED: Status.STOPPED}
#: What a rollback that left something undone writes into the marker.
_INCOMPLETE = frozenset({State.STOPPED, State.ROLLED_BACK_TO})
_UNFINISHED = frozenset({Status.RUNNING, Status.CANCELLED, ""})
_WRITING = frozenset({Operation.DEPLOY, Operation.CONTINUE, Operation.ROLLBACK})


def main_post(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Cancellation | None = None,
    follow: OpenProgress = open_progress,
    limit: float = LIMIT,
) -> int:
    """Finish what the main step left unfinished, and return the exit code. Nothing is raised.

    Works from the action's state (`STATE_…`), the same inputs, and what Spot and AWS report; the main step's container
    may even be still running. It may take `limit` seconds. The other arguments are those of `main`.
    """
    interrupt = interrupt or Cancellation()
    clock = clock or RealClock(interrupt)
    environment = Environment(environ, clock, interrupt, transport or Transport(), deadline=clock.now() + limit)
    reason = _nothing_to_do_reason(environ)
    if reason:
        follow(environment, stdout).commands.log(reason)
        return 0
    return run_action(_finish_deployment, environment, stdout, later_steps=False, follow=follow)


def _nothing_to_do_reason(environ: Mapping[str, str]) -> str:
    """Why there is nothing to do; empty if there may be something."""
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
    """The status in the record; empty if it is unreadable."""
    try:
        return str(json.loads(text)["status"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _finish_deployment(inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress) -> None:
    progress.operation = Operation.ROLLBACK.value
    progress.until = ""
    progress.environment = environment.environ.get("STATE_environment", "") or inputs.environment
    text = environment.environ.get("STATE_deployment", "")
    try:
        if text and _is_readable(text, progress):
            _recover_from_state(text, inputs, runner, environment, progress)
        else:
            _recover_from_marker(inputs, runner, environment, progress)
    except CancelledError as cancel:
        how = rerun_hint("rollback", take_over=True, until=bool(inputs.until))
        cancel.next_step = f"{how}; nothing else rolls back the rest."
        raise


def _is_readable(text: str, progress: Progress) -> bool:
    try:
        read_record(parse_record(text), name=_STATE, arn_head="")
    except InvalidError:
        progress.commands.log("Saved state is unreadable; searching for groups with this run's marker.")
        return False
    return True


def _recover_from_state(
    text: str, inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress
) -> None:
    """Finish by the record. Needs no documents: the workspace may have changed."""
    progress.deployment = read_record(text, name=_STATE, arn_head="")
    progress.app = progress.deployment.app
    routes = bool(progress.deployment.snapshot.routes or progress.deployment.standalone_routes)
    try:
        region = environment.environ.get("STATE_region", "") or inputs.aws_region
        clouds, context = _open_context(inputs, runner, environment, progress, region=region, routes=routes)
        deployment = read_record(text, name=_STATE, arn_head=clouds.arn_head)
        marked = _find_marked_group(deployment, context)
        if marked is not None and _had_not_taken_over(deployment, marked):
            if inputs.operation is Operation.CONTINUE:
                where = f"{marked.group.name} ({marked.group.id})"
                before = f"This run ended before it took over the deployment of {where}; it changed nothing."
                _leave_alone(before, Status.UNCHANGED, progress)
                return
        elif marked is not None and (why := _why_over(deployment, marked)):
            _require_complete(deployment, marked.marker.state, context, progress)
            status = _ENDED.get(marked.marker.state, Status.UNCHANGED)
            if status is Status.STOPPED:  # its run may have died before it said so
                deployment.new = deployment.new or GroupRef.of(marked.group)
                progress.next_step = f"{resume_hint(deployment, until=bool(inputs.until))}."
                why = f"{why} Next: {progress.next_step}"
            _leave_alone(why, status, progress)
            return
        if marked is None and (why := _why_superseded(deployment, context)):
            _leave_alone(why, Status.UNCHANGED, progress)
            return
        _close_deployment(deployment, marked, context, progress, inputs=inputs, run=runner.run)
    except (ApiError, CredentialError, FailedError) as error:
        raise _left_open(error, progress.app, until=bool(inputs.until)) from error


def _recover_from_marker(inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress) -> None:
    """Finish by the marker, if the main step left no readable record."""
    prepared = prepare_execution(replace(inputs, operation=Operation.ROLLBACK), runner)
    progress.app = prepared.app
    region, routes = region_of(inputs, prepared), prepared.execution.uses_routes
    _, context = _open_context(inputs, runner, environment, progress, region=region, routes=routes)
    groups = context.groups.all()
    found = marked_groups.marked_groups(groups, prepared.app)
    marked = marked_groups.marker_of_run(found, runner.run)
    if marked is None:
        _require_known_runs(found, runner.run, until=bool(inputs.until))
        _require_readable(marked_groups.unreadable_markers(groups, prepared.app), runner.run)
        nothing = f"No group of {prepared.app} has a marker of this run as active, so there is nothing to roll back."
        _leave_alone(nothing, Status.UNCHANGED, progress)
        return
    recover.warn_of_standalone_shifts(prepared.execution, context)
    deployment = recover.record_from_marker(marked, groups, prepared.execution, prepared.app, context)
    unfinished = _recorded_status(environment.environ.get("STATE_deployment", "")) in _UNFINISHED - {""}
    if not unfinished and _serves_alone(deployment, groups):
        outcome = "left no state, and its new group serves alone, so it is not rolled back"
        _leave_for_continue(deployment, marked, context, progress, outcome, until=bool(inputs.until))
        return
    _stop_main_step(deployment, marked, groups, context, run=runner.run, nonce=environment.nonce())
    _close_deployment(deployment, marked, context, progress, inputs=inputs, run=runner.run)


def _stop_main_step(
    deployment: Deployment,
    marked: MarkedGroup,
    groups: Sequence[Group],
    context: DeployContext,
    *,
    run: Run,
    nonce: str,
) -> None:
    """Take the deployment over: where no state arrives, as in ARC's Kubernetes mode, no signal may have either.

    The main step may still be working in its pod. It makes no further changes once it reads another nonce.
    """
    recover.take_lock_over(deployment, marked, groups, nonce)
    deployment.run, deployment.deadline = run, int(context.groups.time().timestamp() + LIMIT)
    record_state(deployment, guard_context(context, deployment), State.RUNNING)


def _require_known_runs(found: Sequence[MarkedGroup], run: Run, *, until: bool) -> None:
    """Raise `RollbackIncompleteError` if no run id shows whether this run wrote an active marker."""
    for marked in found:
        if not run.id and not marked.marker.run.id and marked.marker.state is State.RUNNING:
            raise RollbackIncompleteError(
                f"According to the marker of {marked.group.name} ({marked.group.id}), a run without GITHUB_RUN_ID is "
                "active. This run has none either and left no state, so the marker may be its own; nothing is rolled "
                "back.",
                next_step="check whether another run is active; if not, "
                f"{rerun_hint('rollback', take_over=True, until=until)}.",
            )


def _require_readable(unreadable: Sequence[Group], run: Run) -> None:
    """Raise `RollbackIncompleteError` if an unreadable marker may be this run's."""
    for group in unreadable:
        number = marker.read_fields(group.description).get("r", "").partition(".")[0]
        if not number or not run.id or number == run.id:
            raise RollbackIncompleteError(
                f"The marker of {group.name} ({group.id}) cannot be read ({group.description[:80]!r}), and this run "
                "left no state. The group may be of this run's deployment, so nothing is rolled back.",
                next_step="check whether production needs that group and which run created it; then revert manually "
                "what that run changed, or remove the part [spotaction … from its description.",
            )


def _open_context(
    inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress, *, region: str, routes: bool
) -> tuple[Clouds, DeployContext]:
    clouds, context = open_context(inputs, runner, environment, progress, region=region, routes=routes)
    return clouds, context.for_rollback(environment.deadline - _TO_REPORT)


def _find_marked_group(record: Deployment, context: DeployContext) -> MarkedGroup | None:
    """The record's group with its marker. A create may be in progress, so its group is awaited in the lists."""
    created = await_created(record, context) if record.new is None and record.started_steps else None
    if created is not None:
        return MarkedGroup(created, marker.read_marker(created.description) or marker.marker_from_record(record))
    groups = context.groups.all()
    found = marked_groups.marked_groups(groups, record.app)
    marked = marked_groups.marker_of_run(
        found, record.run, new=record.new.id if record.new else None, nonce=record.nonce
    )
    return marked or marked_groups.from_record(record, groups)


def _had_not_taken_over(record: Deployment, marked: MarkedGroup) -> bool:
    """Whether the run ended before it wrote its nonce into the marker of the deployment that it was to take over."""
    return record.lock.replaces is not None and marked.marker.nonce == record.lock.replaces != record.nonce


def _why_over(record: Deployment, marked: MarkedGroup) -> str:
    """Why the marker leaves nothing to do, whatever the state says; empty if this run was active."""
    where = f"the marker of {marked.group.name} ({marked.group.id})"
    if record.nonce and marked.marker.nonce and marked.marker.nonce != record.nonce:
        return f"According to {where}, another run continues the deployment; the post step leaves it alone."
    if marked.marker.state is not State.RUNNING:
        ended = f"the deployment has ended ({marked.marker.state.value})"
        return f"According to {where}, {ended}; the post step leaves it alone."
    return ""


def _require_complete(record: Deployment, state: State, context: DeployContext, progress: Progress) -> None:
    """Raise `RollbackIncompleteError` if the cancel only came after a rollback had written that it left something."""
    if record.rollback_failures and state in _INCOMPLETE:
        record.status = Status.ROLLBACK_INCOMPLETE
        context.save(record)
        reporting.note_rollback(record, context, progress)


def _why_superseded(record: Deployment, context: DeployContext) -> str:
    """Why a record without a new group is outdated: another run has an open deployment of the same old group."""
    old = record.snapshot.old
    if record.new is not None or not record.started_steps or old is None:
        return ""
    found = marked_groups.marked_groups(context.groups.all(), record.app)
    for marked in found:
        if marked.is_open and marked.marker.old is not None and marked.marker.old.id == old.id:
            where = f"the marker of {marked.group.name} ({marked.group.id})"
            other = f"another run is deploying {record.app} or continues this deployment"
            return f"According to {where}, {other}; the post step leaves it alone."
    return ""


def _serves_alone(deployment: Deployment, groups: Sequence[Group]) -> bool:
    """Whether only the new group serves: as far as can be told without the state, it was deployed."""
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
    marked: MarkedGroup | None,
    context: DeployContext,
    progress: Progress,
    *,
    inputs: Inputs,
    run: Run,
) -> None:
    outcome = "was cancelled" if deployment.status is Status.CANCELLED else "did not finish"
    if inputs.on_cancel is OnCancel.KEEP:
        kept = f"{outcome} and is kept (on-cancel: keep)"
        _leave_for_continue(deployment, marked, context, progress, kept, until=bool(inputs.until))
        return
    context.notify(Note(f"The deployment of {deployment.app} {outcome}, so it is rolled back."))
    left = (context.deadline or 0.0) - context.clock.now() + _TO_REPORT
    done = roll_back_deployment(deployment, marked, context, run=run, timeout=max(LIMIT, left))
    reporting.note_rollback(done, context, progress)


def _leave_for_continue(
    deployment: Deployment,
    marked: MarkedGroup | None,
    context: DeployContext,
    progress: Progress,
    outcome: str,
    *,
    until: bool,
) -> None:
    """Stop the deployment, write so into the marker, and report how another run continues it."""
    if marked is not None:
        deployment.new = deployment.new or GroupRef.of(marked.group)
        write_marker_state(deployment, guard_context(context, deployment), State.STOPPED)
    deployment.status = progress.status = Status.STOPPED
    context.save(deployment)
    progress.reason = f"The deployment of {deployment.app} {outcome}."
    progress.next_step = f"{resume_hint(deployment, until=until)}."
    context.notify(Note(f"{progress.reason} Next: {progress.next_step}"))


def _left_open(error: SpotactionError, app: str, *, until: bool) -> RollbackIncompleteError:
    how = rerun_hint("rollback", take_over=True, until=until)
    first = "fix the cause" if isinstance(error, FailedError) else error.next_step.rstrip(".")
    return RollbackIncompleteError(
        f"The deployment of {app} was not rolled back: {error.message}",
        next_step=f"{first}; then {how}.",
    )
