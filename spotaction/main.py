"""The recipe: inputs, documents, context, engine, report, exit code."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TextIO

from spotaction import reporting
from spotaction.cloud.aws import architecture
from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.engine.context import DeployContext
from spotaction.engine.next_steps import incomplete_rollback_hint, rerun_hint
from spotaction.engine.safety import SafetyRule
from spotaction.github.progress import Progress, config_diff
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.inputs.fields import Inputs
from spotaction.inputs.parsers import secret_texts
from spotaction.inputs.read import WorkflowRun, read_environment, read_runner
from spotaction.model.choices import OnCancel, OnConflict, OnFailure, Operation
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    ConflictError,
    CredentialError,
    InvalidError,
    Problem,
    RefusedError,
    RollbackIncompleteError,
    SpotactionError,
    TakenOverError,
    UnreportedError,
    as_action_error,
)
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import new_nonce
from spotaction.model.ports import Clock, ImageQuery
from spotaction.model.redaction import redact_value
from spotaction.model.resources import ZERO, GroupId, Image, ImageId
from spotaction.operations.continue_ import continue_deployment
from spotaction.operations.deploy import deploy
from spotaction.operations.plan import Plan, plan_deployment
from spotaction.operations.policy_check import refuse_broken
from spotaction.operations.request import DeployRequest
from spotaction.operations.rollback import roll_back
from spotaction.pipeline.prepare import Prepared, document_problems, prepare_execution
from spotaction.wiring import Clouds, Environment, Transport, open_context, read_record, region_of

_TOKENS = (
    "INPUT_SPOT-TOKEN",
    "INPUT_SPOT_TOKEN",
    "SPOTINST_TOKEN",
    "INPUT_GITHUB-TOKEN",
    "INPUT_GITHUB_TOKEN",
    "INPUT_ROLE-EXTERNAL-ID",
    "INPUT_ROLE_EXTERNAL_ID",
)
_GOOD = {Status.DEPLOYED, Status.UNCHANGED, Status.STOPPED, Status.PLANNED, Status.VALID, Status.ROLLED_BACK}


Work = Callable[[Inputs, WorkflowRun, Environment, Progress], None]


def main(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Cancellation | None = None,
    rules: frozenset[SafetyRule] = frozenset(SafetyRule),
    nonce: Callable[[], str] = new_nonce,
) -> int:
    """Do what the inputs ask for; the answer is the exit code. Nothing is raised.

    `clock` and `transport` are given by a sandbox; else they are the real ones. `interrupt` is given by whoever catches
    signals. A test may leave out safety rules, to see that they are missed; no input can. `nonce` draws what tells this
    run's marks from every other's.
    """
    interrupt = interrupt or Cancellation()
    around = Environment(
        environ, clock or RealClock(interrupt), interrupt, transport or Transport(), rules=rules, nonce=nonce
    )
    return run_action(_run_operation, around, stdout)


def run_action(work: Work, around: Environment, stdout: TextIO, *, later_steps: bool = True) -> int:
    """Read the inputs, do the work, and write how it ended, whatever happens; the answer is the exit code.

    `later_steps` tells that there are some which read the outputs.
    """
    commands = WorkflowCommands(around.environ, stdout)
    for secret in _find_secrets(around.environ):
        commands.mask(secret)
    progress = Progress(commands, around.clock)
    try:
        runner = read_runner(around.environ)
        inputs = _read_all_inputs(runner, around, progress)
        _note_inputs(inputs, runner, progress)
        around.interrupt.raise_if_cancelled()
        work(inputs, runner, around, progress)
    except SpotactionError as error:
        return report_failure(error, progress)
    except Exception as error:  # noqa: BLE001 - whatever it is, the workflow gets a status and the log a reason
        return report_failure(as_action_error(error), progress)
    progress.finish_run()
    if progress.status not in _GOOD:
        return 1
    return unreported(progress) if later_steps else 0


def _read_all_inputs(runner: WorkflowRun, around: Environment, progress: Progress) -> Inputs:
    """The inputs. Raises `InvalidError` with all that is wrong with them and with the documents that they name."""
    problems: list[Problem] = []
    try:
        reporting.to_file(around, progress)
    except InvalidError as error:
        problems += error.problems
    around.interrupt.raise_if_cancelled()
    found = read_environment(around.environ)
    problems += found.problems
    if problems:
        raise InvalidError(list(dict.fromkeys([*problems, *document_problems(found, runner)])))
    return found.inputs


def _find_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """What has to be masked before anything else is read, so that a wrong input beside it cannot show it."""
    yield from (environ.get(name, "") for name in _TOKENS)
    yield from secret_texts(environ.get("INPUT_SECRETS", ""))


def _note_inputs(inputs: Inputs, runner: WorkflowRun, progress: Progress) -> None:
    for secret in inputs.sensitive:
        progress.commands.mask(secret)
    progress.operation = inputs.operation.value
    progress.environment = inputs.environment
    progress.actor = runner.github.get("actor", "")
    progress.until = inputs.until


def _run_operation(inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress) -> None:
    prepared = prepare_execution(inputs, runner)
    around.interrupt.raise_if_cancelled()
    progress.app, progress.environment = prepared.app, prepared.environment
    for note in prepared.notes:
        progress.handle_event(Note(note))
    for warning in prepared.warnings:
        progress.handle_event(WarningEvent(warning))
    if inputs.operation is Operation.VALIDATE:
        progress.commands.log("Inputs and documents are valid; nothing was sent anywhere.")
        progress.status = Status.VALID
        return
    progress.commands.log(f"{inputs.operation} {prepared.title}, strategy {prepared.execution.strategy}")
    reporting.to_github(inputs, runner, around, progress)
    region, routes = region_of(inputs, prepared), prepared.execution.uses_routes
    clouds, context = open_context(inputs, runner, around, progress, region=region, routes=routes)
    request = replace(_build_request(inputs, runner, prepared, clouds), rules=around.rules, nonce=around.nonce())
    if request.image is not None:
        progress.handle_event(Note(_describe_image(request.image)))
    match inputs.operation:
        case Operation.DEPLOY:
            _note_result(deploy(request, context), context, progress)
        case Operation.PLAN:
            _note_plan(plan_deployment(request, context), progress)
        case Operation.CONTINUE:
            _note_result(continue_deployment(request, context, _read_record_input(inputs, clouds)), context, progress)
        case Operation.ROLLBACK:
            note_rollback(roll_back(request, context, _read_record_input(inputs, clouds)), context, progress)


def _build_request(inputs: Inputs, runner: WorkflowRun, prepared: Prepared, clouds: Clouds) -> DeployRequest:
    found = prepared.definitions
    fresh = inputs.operation in {Operation.DEPLOY, Operation.PLAN}
    return DeployRequest(
        app=prepared.app,
        run=runner.run,
        execution=prepared.execution,
        configure=prepared.configure_group,
        config_capacity=found.config.capacity if found else ZERO,
        image=_find_image(inputs, prepared, clouds) if fresh else None,
        look_up=partial(_look_up, clouds),
        previous=GroupId(inputs.previous_elastigroup_id) if inputs.previous_elastigroup_id else None,
        until=prepared.execution.canonical_step_name(inputs.until),
        policies=prepared.policies,
        environment=prepared.environment,
        force=inputs.force,
        roll_back_on_failure=inputs.on_failure is OnFailure.ROLLBACK,
        restore_on_cancel=inputs.on_cancel is OnCancel.ROLLBACK,
        ignore_alarms=inputs.ignore_alarms_at_start,
        timeout=inputs.timeout,
        conflict_timeout=inputs.conflict_timeout if inputs.on_conflict is OnConflict.WAIT else 0.0,
    )


def _find_image(inputs: Inputs, prepared: Prepared, clouds: Clouds) -> Image:
    assert prepared.definitions is not None
    types = prepared.definitions.config.instance_types
    service = prepared.definitions.service
    if clouds.images is None or (service is None and not inputs.ami_id):
        return Image(ImageId(inputs.ami_id), "")
    query = (
        # An id leaves no room for somebody else's image of the same name, so a shared one may have any owner.
        ImageQuery(region=clouds.region, image_id=ImageId(inputs.ami_id), owners=())
        if inputs.ami_id or service is None
        else replace(service.primary.image_query(), owners=inputs.ami_owners)
    )
    image = clouds.images.find(query)
    architecture.require_bootable(image, types)
    return image


def _look_up(clouds: Clouds, image: ImageId) -> Image:
    """An image by its id alone, which leaves no room for somebody else's of the same name: a shared one is fine."""
    if clouds.images is None:
        return Image(image, "")
    return clouds.images.find(ImageQuery(region=clouds.region, image_id=image, owners=()))


def _describe_image(image: Image) -> str:
    made = f", made {image.created_at}" if image.created_at else ""
    return f"Image {image.name} ({image.id}){made}." if image.name else f"Image {image.id}."


def _read_record_input(inputs: Inputs, clouds: Clouds) -> Deployment | None:
    if not inputs.deployment:
        return None
    return read_record(inputs.deployment, name="input deployment", arn_head=clouds.arn_head)


def _note_result(deployment: Deployment, context: DeployContext, progress: Progress) -> None:
    progress.status = deployment.status
    progress.reason = deployment.reason
    _note_instances(deployment, context, progress)


def _note_instances(deployment: Deployment, context: DeployContext, progress: Progress) -> None:
    """The new group's instances as last seen; where nothing was deployed a call more is not worth it."""
    if deployment.new is None or deployment.status is Status.UNCHANGED:
        return
    seen = context.health_cache.views.get(deployment.new.id)
    try:
        progress.instances = seen[1].instances if seen else context.groups.instances(deployment.new.id)
    except (ApiError, CredentialError, CancelledError):
        progress.instances = ()  # a deployment that is done stays done, seen or not


def note_rollback(deployment: Deployment, context: DeployContext, progress: Progress) -> None:
    """Note how a rollback ended. Raises `RollbackIncompleteError` when something is left to do."""
    progress.status = deployment.status
    if deployment.status is Status.ROLLBACK_INCOMPLETE:
        raise RollbackIncompleteError(
            "Rolling back left something undone: " + "; ".join(_without_commands(deployment.rollback_failures)),
            next_step=incomplete_rollback_hint(deployment, context),
        )


def _without_commands(undone: Sequence[str]) -> Iterator[str]:
    """What was left undone and why; how to do it by hand stands in the list, where a sentence's stop cannot harm it."""
    return (what.partition(" Manual action: ")[0].rstrip(".") for what in undone)


def _note_plan(plan: Plan, progress: Progress) -> None:
    progress.deployment = plan.deployment
    progress.status = plan.deployment.status
    progress.changes = plan.changes
    progress.diff = config_diff(plan.old_config, plan.new_config) if plan.writes else ""
    told = redact_value(plan.as_json(), progress.commands.redact)
    progress.commands.set_output("plan", json.dumps(told, ensure_ascii=False), exact=True)
    progress.commands.set_output("has-changes", "true" if plan.writes else "false")
    if plan.broken:
        plan.deployment.status = Status.REFUSED
    refuse_broken(plan.broken)


def report_failure(error: SpotactionError, progress: Progress) -> int:
    """Note the error and write everything; the answer is the exit code."""
    deployment = progress.deployment
    status = _failure_status(error, deployment, changed=progress.history.changed)
    if status is Status.CANCELLED:
        error.next_step = error.next_step or _after_cancel(deployment, progress)
    if isinstance(error, RefusedError) and status in {Status.ROLLED_BACK, Status.FAILED}:
        # "Refused" promises that nothing was written; this came when something was.
        error.exit_code = ApiError.exit_code if isinstance(error, CredentialError) else SpotactionError.exit_code
    if status is not Status.CANCELLED and deployment and deployment.status is Status.ROLLBACK_INCOMPLETE:
        error.exit_code = RollbackIncompleteError.exit_code
    progress.note_failure(error, status)
    progress.finish_run()
    return error.exit_code


def unreported(progress: Progress) -> int:
    """The exit code of a run that went well: not 0 where later steps would go by old outputs, or by none."""
    lost = progress.commands.lost
    if not lost:
        return 0
    status = progress.status.value
    next_step = "free disk space on the runner"
    if progress.status is Status.DEPLOYED:
        next_step += (
            " and run this step again: the release stays, is reported as unchanged, and the outputs are written"
        )
    error = UnreportedError(
        f"The operation ended as {status}, but {', '.join(lost)} could not be written"
        f" ({'; '.join(dict.fromkeys(lost.values()))}): later steps would go by old values, or by none.",
        next_step=next_step,
    )
    progress.commands.annotate(
        "error", str(error), title=f"{progress.build_report().title}: {status}, but not reported"
    )
    return error.exit_code


def _after_cancel(deployment: Deployment | None, progress: Progress) -> str:
    """The mark says that this run is at work until somebody writes it anew."""
    if deployment is None or not deployment.started_steps:
        return f"nothing was changed by this run; run operation: {progress.operation} again when it suits you."
    how = rerun_hint("rollback", force=True, until=bool(progress.until))
    return f"the post step of this action puts back what is left, unless on-cancel is keep; if it cannot, {how}."


def _failure_status(error: SpotactionError, deployment: Deployment | None, *, changed: bool) -> Status:
    if isinstance(error, InvalidError):
        return Status.INVALID
    if isinstance(error, CancelledError):
        return Status.CANCELLED
    ended = deployment is not None and deployment.status is not Status.RUNNING
    if isinstance(error, RefusedError) and (not ended or _has_yielded(error, deployment, changed=changed)):
        return Status.REFUSED
    if isinstance(error, RollbackIncompleteError):
        return Status.ROLLBACK_INCOMPLETE
    if deployment is not None and ended:
        return deployment.status
    return Status.FAILED


def _has_yielded(error: RefusedError, deployment: Deployment | None, *, changed: bool) -> bool:
    """Whether another run came first or took over, and ours leaves no trace."""
    if isinstance(error, TakenOverError):
        return not changed
    left = deployment is not None and deployment.status is Status.ROLLBACK_INCOMPLETE
    return isinstance(error, ConflictError) and not left
