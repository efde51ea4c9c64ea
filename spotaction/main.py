"""The recipe: inputs, documents, world, engine, report, exit code."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TextIO

from spotaction import architecture, operations, reporting
from spotaction.adapters.clock import Interrupt, RealClock
from spotaction.choices import OnCancel, OnConflict, OnFailure, Operation
from spotaction.connection import Clouds, Transport
from spotaction.deployment import Deployment, Status
from spotaction.ending import failed, unreported
from spotaction.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    InvalidError,
    Problem,
    RollbackIncompleteError,
    SpotactionError,
    explained,
)
from spotaction.events import Note
from spotaction.going_on import left_to_do
from spotaction.input_texts import secret_texts
from spotaction.inputs import Inputs, Runner, read, read_runner
from spotaction.marker import new_nonce
from spotaction.model import ZERO, GroupId, Image, ImageId
from spotaction.opening import Surroundings, open_clouds, read_record, region_of
from spotaction.operations import Plan, Request
from spotaction.ports import Clock, ImageQuery
from spotaction.preparation import Prepared, documents_wrong, prepare
from spotaction.safety import Rule
from spotaction.workflow.commands import Commands
from spotaction.workflow.progress import Progress, config_diff
from spotaction.workflow.redaction import redacted
from spotaction.world import World

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


Work = Callable[[Inputs, Runner, Surroundings, Progress], None]


def main(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Interrupt | None = None,
    rules: frozenset[Rule] = frozenset(Rule),
    nonce: Callable[[], str] = new_nonce,
) -> int:
    """Do what the inputs ask for; the answer is the exit code. Nothing is raised.

    `clock` and `transport` are given by a sandbox; else they are the real ones. `interrupt` is given by whoever catches
    signals. A test may leave out safety rules, to see that they are missed; no input can. `nonce` draws what tells this
    run's marks from every other's.
    """
    interrupt = interrupt or Interrupt()
    around = Surroundings(
        environ, clock or RealClock(interrupt), interrupt, transport or Transport(), rules=rules, nonce=nonce
    )
    return carry_out(_operate, around, stdout)


def carry_out(work: Work, around: Surroundings, stdout: TextIO, *, later_steps: bool = True) -> int:
    """Read the inputs, do the work, and write how it ended, whatever happens; the answer is the exit code.

    `later_steps` tells that there are some which read the outputs.
    """
    commands = Commands(around.environ, stdout)
    for secret in _secrets(around.environ):
        commands.mask(secret)
    progress = Progress(commands, around.clock)
    try:
        runner = read_runner(around.environ)
        inputs = _read(runner, around, progress)
        _introduce(inputs, runner, progress)
        around.interrupt.check()
        work(inputs, runner, around, progress)
    except SpotactionError as error:
        return failed(error, progress)
    except Exception as error:  # noqa: BLE001 - whatever it is, the workflow gets a status and the log a reason
        return failed(explained(error), progress)
    progress.end()
    if progress.status not in _GOOD:
        return 1
    return unreported(progress) if later_steps else 0


def _read(runner: Runner, around: Surroundings, progress: Progress) -> Inputs:
    """The inputs. Raises `InvalidError` with all that is wrong with them and with the documents that they name."""
    problems: list[Problem] = []
    try:
        reporting.to_file(around, progress)
    except InvalidError as error:
        problems += error.problems
    around.interrupt.check()
    found = read(around.environ)
    problems += found.problems
    if problems:
        raise InvalidError(list(dict.fromkeys([*problems, *documents_wrong(found, runner)])))
    return found.inputs


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """What has to be masked before anything else is read, so that a wrong input beside it cannot show it."""
    yield from (environ.get(name, "") for name in _TOKENS)
    yield from secret_texts(environ.get("INPUT_SECRETS", ""))


def _introduce(inputs: Inputs, runner: Runner, progress: Progress) -> None:
    for secret in inputs.sensitive:
        progress.commands.mask(secret)
    progress.operation = inputs.operation.value
    progress.environment = inputs.environment
    progress.actor = runner.github.get("actor", "")
    progress.until = inputs.until


def _operate(inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress) -> None:
    prepared = prepare(inputs, runner)
    around.interrupt.check()
    progress.app, progress.environment = prepared.app, prepared.environment
    for note in prepared.notes:
        progress.notify(Note(note))
    if inputs.operation is Operation.VALIDATE:
        progress.commands.say("Inputs and documents are valid; nothing was sent anywhere.")
        progress.status = Status.VALID
        return
    progress.commands.say(f"{inputs.operation} {prepared.title}, strategy {prepared.execution.strategy}")
    reporting.to_github(inputs, runner, around, progress)
    region, routes = region_of(inputs, prepared), prepared.execution.uses_routes
    clouds, world = open_clouds(inputs, runner, around, progress, region=region, routes=routes)
    request = replace(_request(inputs, runner, prepared, clouds), rules=around.rules, nonce=around.nonce())
    if request.image is not None:
        progress.notify(Note(_found(request.image)))
    match inputs.operation:
        case Operation.DEPLOY:
            _done(operations.deploy(request, world), world, progress)
        case Operation.PLAN:
            _planned(operations.plan(request, world), progress)
        case Operation.CONTINUE:
            _done(operations.go_on(request, world, _record(inputs, clouds)), world, progress)
        case Operation.ROLLBACK:
            rolled_back(operations.roll_back(request, world, _record(inputs, clouds)), world, progress)


def _request(inputs: Inputs, runner: Runner, prepared: Prepared, clouds: Clouds) -> Request:
    found = prepared.definitions
    fresh = inputs.operation in {Operation.DEPLOY, Operation.PLAN}
    return Request(
        app=prepared.app,
        run=runner.run,
        execution=prepared.execution,
        configure=prepared.configure,
        config_capacity=found.config.capacity if found else ZERO,
        image=_image(inputs, prepared, clouds) if fresh else None,
        look_up=partial(_look_up, clouds),
        previous=GroupId(inputs.previous_elastigroup_id) if inputs.previous_elastigroup_id else None,
        until=prepared.execution.step(inputs.until),
        policies=prepared.policies,
        environment=prepared.environment,
        force=inputs.force,
        roll_back_on_failure=inputs.on_failure is OnFailure.ROLLBACK,
        restore_on_cancel=inputs.on_cancel is OnCancel.ROLLBACK,
        ignore_alarms=inputs.ignore_alarms_at_start,
        timeout=inputs.timeout,
        conflict_timeout=inputs.conflict_timeout if inputs.on_conflict is OnConflict.WAIT else 0.0,
    )


def _image(inputs: Inputs, prepared: Prepared, clouds: Clouds) -> Image:
    assert prepared.definitions is not None
    types = prepared.definitions.config.instance_types
    service = prepared.definitions.service
    if clouds.images is None or (service is None and not inputs.ami_id):
        return Image(ImageId(inputs.ami_id), "")
    query = (
        # An id leaves no room for somebody else's image of the same name, so a shared one may have any owner.
        ImageQuery(region=clouds.region, image_id=ImageId(inputs.ami_id), owners=())
        if inputs.ami_id or service is None
        else replace(service.primary.query(), owners=inputs.ami_owners)
    )
    image = clouds.images.find(query)
    architecture.check(image, types)
    return image


def _look_up(clouds: Clouds, image: ImageId) -> Image:
    """An image by its id alone, which leaves no room for somebody else's of the same name: a shared one is fine."""
    if clouds.images is None:
        return Image(image, "")
    return clouds.images.find(ImageQuery(region=clouds.region, image_id=image, owners=()))


def _found(image: Image) -> str:
    made = f", made {image.created_at}" if image.created_at else ""
    return f"Image {image.name} ({image.id}){made}." if image.name else f"Image {image.id}."


def _record(inputs: Inputs, clouds: Clouds) -> Deployment | None:
    if not inputs.deployment:
        return None
    return read_record(inputs.deployment, name="input deployment", arn_head=clouds.arn_head)


def _done(deployment: Deployment, world: World, progress: Progress) -> None:
    progress.status = deployment.status
    progress.reason = deployment.reason
    _instances(deployment, world, progress)


def _instances(deployment: Deployment, world: World, progress: Progress) -> None:
    """The new group's instances as last seen; where nothing was deployed a call more is not worth it."""
    if deployment.new is None or deployment.status is Status.UNCHANGED:
        return
    seen = world.sightings.views.get(deployment.new.id)
    try:
        progress.instances = seen[1].instances if seen else world.groups.instances(deployment.new.id)
    except (ApiError, CredentialError, CancelledError):
        progress.instances = ()  # a deployment that is done stays done, seen or not


def rolled_back(deployment: Deployment, world: World, progress: Progress) -> None:
    """Note how a rollback ended. Raises `RollbackIncompleteError` when something is left to do."""
    progress.status = deployment.status
    if deployment.status is Status.ROLLBACK_INCOMPLETE:
        raise RollbackIncompleteError(
            "Rolling back left something undone: " + "; ".join(_without_commands(deployment.undone)),
            next_step=left_to_do(deployment, world),
        )


def _without_commands(undone: Sequence[str]) -> Iterator[str]:
    """What was left undone and why; how to do it by hand stands in the list, where a sentence's stop cannot harm it."""
    return (what.partition(" By hand: ")[0].rstrip(".") for what in undone)


def _planned(plan: Plan, progress: Progress) -> None:
    progress.deployment = plan.deployment
    progress.status = plan.deployment.status
    progress.changes = plan.changes
    progress.diff = config_diff(plan.old_config, plan.new_config) if plan.writes else ""
    told = redacted(plan.as_json(), progress.commands.redact)
    progress.commands.output("plan", json.dumps(told, ensure_ascii=False), exact=True)
    progress.commands.output("has-changes", "true" if plan.writes else "false")
    if plan.broken:
        plan.deployment.status = Status.REFUSED
    operations.refuse_broken(plan.broken)
