"""The recipe: inputs, documents, context, engine, report, exit code."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TextIO

from spotaction import reporting
from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.github.progress import Progress
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.inputs.fields import Inputs
from spotaction.inputs.parsers import secret_texts
from spotaction.inputs.read import WorkflowRun, read_environment, read_runner
from spotaction.model.choices import OnCancel, OnFailure, Operation
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    InvalidError,
    Problem,
    SpotactionError,
    as_action_error,
)
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import new_nonce
from spotaction.model.ports import Clock
from spotaction.model.resources import ZERO, GroupId, Image
from spotaction.model.safety_rule import SafetyRule
from spotaction.pipeline.prepare import Prepared, document_problems, prepare_execution
from spotaction.wiring import (
    Clouds,
    Environment,
    Transport,
    find_image,
    image_query,
    look_up_image,
    open_context,
    open_deployment,
    read_record,
)

if TYPE_CHECKING:
    from spotaction.engine.context import DeployContext
    from spotaction.operations.request import DeployRequest

_TOKENS = (
    "INPUT_SPOT-TOKEN",
    "INPUT_SPOT_TOKEN",
    "SPOTINST_TOKEN",
    "INPUT_GITHUB-TOKEN",
    "INPUT_GITHUB_TOKEN",
    "INPUT_ROLE-EXTERNAL-ID",
    "INPUT_ROLE_EXTERNAL_ID",
)
_GOOD = {
    Status.LISTED,
    Status.DEPLOYED,
    Status.UNCHANGED,
    Status.STOPPED,
    Status.PLANNED,
    Status.VALID,
    Status.ROLLED_BACK,
    Status.DRAFTED,
}

_WITH_RECORD = {Operation.CONTINUE, Operation.ROLLBACK}

Work = Callable[[Inputs, WorkflowRun, Environment, Progress], None]
#: Opens what follows a run and writes for whoever reads it.
OpenProgress = Callable[[Environment, TextIO], Progress]


def open_progress(environment: Environment, stdout: TextIO) -> Progress:
    """Return what writes for GitHub's runner."""
    return Progress(WorkflowCommands(environment.environ, stdout), environment.clock)


def main(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Cancellation | None = None,
    rules: frozenset[SafetyRule] = frozenset(SafetyRule),
    nonce: Callable[[], str] = new_nonce,
    follow: OpenProgress = open_progress,
    dry_run: bool = False,
    confirmed: str = "",
) -> int:
    """Run the operation of the inputs, and return the exit code. Nothing is raised.

    A sandbox replaces `clock` and `transport`. `interrupt` is the one that signal handlers cancel. Only tests leave out
    `rules`, to see what each is for; no input can. `nonce` draws what distinguishes this run's markers from all others.
    The command line follows the run in its own way, and asks for a `dry_run` of a rollback; `confirmed` is the group
    whose removal a person has agreed to since.
    """
    interrupt = interrupt or Cancellation()
    environment = Environment(
        environ,
        clock or RealClock(interrupt),
        interrupt,
        transport or Transport(),
        rules=rules,
        nonce=nonce,
        dry_run=dry_run,
        confirmed=confirmed,
    )
    return run_action(_run_operation, environment, stdout, follow=follow)


def run_action(
    work: Work,
    environment: Environment,
    stdout: TextIO,
    *,
    later_steps: bool = True,
    follow: OpenProgress = open_progress,
) -> int:
    """Read the inputs, do the work, and report the result whatever happens; returns the exit code.

    With `later_steps`, outputs that could not be written are an error, because later steps read them.
    """
    progress = follow(environment, stdout)
    for secret in _find_secrets(environment.environ):
        progress.commands.mask(secret)
    try:
        runner = read_runner(environment.environ)
        inputs = _read_all_inputs(runner, environment, progress)
        _note_inputs(inputs, runner, progress)
        environment.interrupt.raise_if_cancelled()
        work(inputs, runner, environment, progress)
    except SpotactionError as error:
        return reporting.report_failure(error, progress)
    except Exception as error:  # noqa: BLE001 - any exception ends with a status for the workflow and a reason in the log
        return reporting.report_failure(as_action_error(error), progress)
    progress.finish_run()
    if progress.status not in _GOOD:
        return 1
    return reporting.report_lost_outputs(progress) if later_steps else 0


def _read_all_inputs(runner: WorkflowRun, environment: Environment, progress: Progress) -> Inputs:
    """The inputs. Raises `InvalidError` with every problem in them and in their documents."""
    problems: list[Problem] = []
    try:
        reporting.to_file(environment, progress)
    except InvalidError as error:
        problems += error.problems
    environment.interrupt.raise_if_cancelled()
    found = read_environment(environment.environ)
    problems += found.problems
    if problems:
        raise InvalidError(list(dict.fromkeys([*problems, *document_problems(found, runner)])))
    return found.inputs


def _find_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Secrets to mask before anything is read, so that no message about another input contains one."""
    yield from (environ.get(name, "") for name in _TOKENS)
    yield from secret_texts(environ.get("INPUT_SECRETS", ""))


def _note_inputs(inputs: Inputs, runner: WorkflowRun, progress: Progress) -> None:
    for secret in inputs.sensitive:
        progress.commands.mask(secret)
    progress.operation = inputs.operation.value
    progress.environment = inputs.environment
    progress.actor = runner.github.get("actor", "")
    progress.until = inputs.until


def _run_operation(inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress) -> None:
    if inputs.operation is Operation.INIT:
        _draft_documents(inputs, runner, environment, progress)
        return
    inputs = _as_deployment(inputs, dry_run=environment.dry_run)
    # History needs no more of the documents than a rollback: the app, and where it is.
    listing = inputs.operation is Operation.HISTORY
    prepared = prepare_execution(replace(inputs, operation=Operation.ROLLBACK) if listing else inputs, runner)
    environment.interrupt.raise_if_cancelled()
    progress.app, progress.environment = prepared.app, prepared.environment
    for note in prepared.notes:
        progress.handle_event(Note(note))
    for warning in prepared.warnings:
        progress.handle_event(WarningEvent(warning))
    if inputs.operation is Operation.VALIDATE:
        progress.commands.log("Inputs and documents are valid; no API call was made.")
        progress.status = Status.VALID
        return
    known = (inputs.strategy or inputs.execution) and not listing
    strategy = f", strategy {prepared.execution.strategy}" if known else ""
    progress.commands.log(f"{inputs.operation} {prepared.title}{strategy}")
    reporting.to_github(inputs, runner, environment, progress)
    clouds, context = open_deployment(inputs, runner, environment, progress, prepared)
    request = build_request(inputs, runner, environment, prepared, clouds)
    if request.image is not None:
        progress.handle_event(Note(_describe_image(request.image)))
    if inputs.operation is Operation.DRIFT:
        from spotaction.drafts.report import note_drift
        from spotaction.operations.drift import ExpectedImage, find_drift

        expected = ExpectedImage(image_query(inputs, prepared, clouds), clouds.images)
        note_drift(find_drift(request, expected, context), progress)
        return
    if listing or inputs.rollback_to:
        _run_on_versions(request, inputs, clouds, context, progress)
        return
    record = _read_record_input(inputs, clouds) if inputs.operation in _WITH_RECORD else None
    _run_request(request, inputs.operation, record, context, progress, dry_run=environment.dry_run)


def _as_deployment(inputs: Inputs, *, dry_run: bool) -> Inputs:
    """A rollback to a named version is a deployment of it; one that only shows what it would do is a plan."""
    if inputs.operation is not Operation.ROLLBACK or not inputs.rollback_to:
        return inputs
    return replace(inputs, operation=Operation.PLAN if dry_run else Operation.DEPLOY)


def _run_on_versions(
    request: "DeployRequest", inputs: Inputs, clouds: Clouds, context: "DeployContext", progress: Progress
) -> None:
    from spotaction.operations.versions import ImageSource

    source = ImageSource(clouds.images, clouds.region)
    if inputs.operation is Operation.HISTORY:
        from spotaction.operations.history import list_history, note_history

        note_history(list_history(request, source, context), request.run, progress)
        return
    from spotaction.operations.rollback_to import deploy_version, plan_version

    if inputs.operation is Operation.PLAN:
        reporting.note_plan(plan_version(request, inputs.rollback_to, source, context), progress)
    else:
        reporting.note_result(deploy_version(request, inputs.rollback_to, source, context), context, progress)


def _run_request(
    request: "DeployRequest",
    operation: Operation,
    record: Deployment | None,
    context: "DeployContext",
    progress: Progress,
    *,
    dry_run: bool,
) -> None:
    match operation:
        case Operation.DEPLOY:
            from spotaction.operations.deploy import deploy

            reporting.note_result(deploy(request, context), context, progress)
        case Operation.PLAN:
            from spotaction.operations.plan import plan_deployment

            reporting.note_plan(plan_deployment(request, context), progress)
        case Operation.CONTINUE:
            from spotaction.operations.continue_ import continue_deployment

            reporting.note_result(continue_deployment(request, context, record), context, progress)
        case Operation.ROLLBACK if dry_run:
            from spotaction.operations.plan import plan_rollback

            reporting.note_plan(plan_rollback(request, context, record), progress)
        case Operation.ROLLBACK:
            from spotaction.operations.rollback import roll_back

            reporting.note_rollback(roll_back(request, context, record), context, progress)


def _draft_documents(inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress) -> None:
    from spotaction.drafts.report import note_draft
    from spotaction.operations.init import InitRequest, LiveClouds, init, region_to_ask

    group = GroupId(inputs.elastigroup_id) if inputs.elastigroup_id else None
    ask = partial(region_to_ask, wanted=group, default=inputs.aws_region)
    clouds, _ = open_context(inputs, runner, environment, progress, region="", routes=True, ask_region=ask)
    progress.set_region(clouds.region)
    assert clouds.images is not None
    assert clouds.routes is not None
    assert clouds.identity is not None
    live = LiveClouds(clouds.groups, clouds.images, clouds.routes, clouds.region, clouds.identity.account)
    note_draft(init(InitRequest(group, inputs.out, runner.workspace, inputs.spot_account_id), live), progress)


def build_request(
    inputs: Inputs, runner: WorkflowRun, environment: Environment, prepared: Prepared, clouds: Clouds
) -> "DeployRequest":
    """Return the request of the inputs and documents; a fresh deployment's AMI is looked up. Raises `RefusedError`."""
    from spotaction.operations.request import DeployRequest

    found = prepared.definitions
    fresh = inputs.operation in {Operation.DEPLOY, Operation.PLAN} and not inputs.rollback_to
    return DeployRequest(
        app=prepared.app,
        run=runner.run,
        execution=prepared.execution,
        configure=prepared.configure_group,
        config_capacity=found.config.capacity if found else ZERO,
        image=find_image(inputs, prepared, clouds) if fresh else None,
        look_up=partial(look_up_image, clouds),
        previous=GroupId(inputs.elastigroup_id) if inputs.elastigroup_id else None,
        until=prepared.execution.canonical_step_name(inputs.until),
        policies=prepared.policies,
        environment=prepared.environment,
        allow=frozenset(inputs.allow),
        roll_back_on_failure=inputs.on_failure is OnFailure.ROLLBACK,
        restore_on_cancel=inputs.on_cancel is OnCancel.ROLLBACK,
        timeout=inputs.timeout,
        conflict_timeout=inputs.on_conflict,
        rules=environment.rules,
        nonce=environment.nonce(),
        confirmed=GroupId(environment.confirmed) if environment.confirmed else None,
    )


def _describe_image(image: Image) -> str:
    created = f", created {image.created_at}" if image.created_at else ""
    return f"Image {image.name} ({image.id}){created}." if image.name else f"Image {image.id}."


def _read_record_input(inputs: Inputs, clouds: Clouds) -> Deployment | None:
    if not inputs.deployment:
        return None
    return read_record(inputs.deployment, name="input deployment", arn_head=clouds.arn_head)
