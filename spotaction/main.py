"""The recipe: inputs, documents, world, engine, report, exit code."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TextIO

from spotaction import architecture, operations, record
from spotaction.adapters.clock import Interrupt, RealClock, install_signal_handlers
from spotaction.choices import OnConflict, OnFailure, Operation
from spotaction.connection import Clouds, Transport, connect
from spotaction.deployment import Deployment, Status
from spotaction.documents import check, parse
from spotaction.engine import explained
from spotaction.errors import (
    ApiError,
    CancelledError,
    InvalidError,
    RefusedError,
    RollbackIncompleteError,
    SpotactionError,
)
from spotaction.inputs import Inputs, Runner, read_inputs, read_runner
from spotaction.model import ZERO, GroupId, Image, ImageId, JsonObject
from spotaction.operations import Plan, Request
from spotaction.ports import Clock, ImageQuery
from spotaction.preparation import Prepared, prepare
from spotaction.workflow.commands import Commands
from spotaction.workflow.progress import Progress, config_diff
from spotaction.world import Options, World

_TOKENS = ("INPUT_SPOT-TOKEN", "INPUT_SPOT_TOKEN", "SPOTINST_TOKEN", "INPUT_GITHUB-TOKEN", "INPUT_ROLE-EXTERNAL-ID")
_GOOD = {Status.DEPLOYED, Status.UNCHANGED, Status.STOPPED, Status.PLANNED, Status.VALID, Status.ROLLED_BACK}


@dataclass(frozen=True)
class Surroundings:
    """Where we run: the environment, the clock, the signals, and the way to the clouds."""

    environ: Mapping[str, str]
    clock: Clock
    interrupt: Interrupt
    transport: Transport


def main(
    environ: Mapping[str, str], stdout: TextIO, *, clock: Clock | None = None, transport: Transport | None = None
) -> int:
    """Do what the inputs ask for; the answer is the exit code. Nothing is raised.

    `clock` and `transport` are given by a sandbox; else they are the real ones, and signals wake the clock.
    """
    interrupt = Interrupt()
    restore = install_signal_handlers(interrupt) if clock is None else lambda: None
    around = Surroundings(environ, clock or RealClock(interrupt), interrupt, transport or Transport())
    try:
        return _run(around, stdout)
    finally:
        restore()


def _run(around: Surroundings, stdout: TextIO) -> int:
    commands = Commands(around.environ, stdout)
    for name in _TOKENS:
        commands.mask(around.environ.get(name, ""))
    progress = Progress(commands, around.clock)
    try:
        inputs, runner = read_inputs(around.environ), read_runner(around.environ)
        _introduce(inputs, runner, progress)
        _operate(inputs, runner, around, progress)
    except SpotactionError as error:
        return _failed(error, progress)
    except Exception as error:  # noqa: BLE001 - whatever it is, the workflow gets a status and the log a reason
        return _failed(explained(error), progress)
    progress.end()
    return 0 if progress.status in _GOOD else 1


def _introduce(inputs: Inputs, runner: Runner, progress: Progress) -> None:
    for secret in inputs.sensitive:
        progress.commands.mask(secret)
    progress.operation = inputs.operation.value
    progress.environment = inputs.environment
    progress.actor = runner.github.get("actor", "")
    progress.until = inputs.until


def _operate(inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress) -> None:
    prepared = prepare(inputs, runner)
    progress.app, progress.environment = prepared.app, prepared.environment
    if inputs.operation is Operation.VALIDATE:
        progress.commands.say("Inputs and documents are valid; nothing was sent anywhere.")
        progress.status = Status.VALID
        return
    region = _region(inputs, prepared)
    progress.region = region
    progress.log = type(progress.log)(progress.commands, progress.clock, region=region)
    clouds = connect(
        inputs,
        runner,
        around.environ,
        clock=around.clock,
        interrupt=around.interrupt,
        mask=progress.commands.mask,
        region=region,
        transport=around.transport,
    )
    _who(clouds, inputs, progress)
    world = _world(inputs, clouds, progress, around.interrupt)
    request = _request(inputs, runner, prepared, clouds)
    match inputs.operation:
        case Operation.DEPLOY:
            _done(operations.deploy(request, world), world, progress)
        case Operation.PLAN:
            _planned(operations.plan(request, world), progress)
        case Operation.CONTINUE:
            _done(operations.go_on(request, world, _record(inputs, clouds)), world, progress)
        case Operation.ROLLBACK:
            _rolled_back(operations.roll_back(request, world, _record(inputs, clouds)), progress)


def _region(inputs: Inputs, prepared: Prepared) -> str:
    """The region of the group, its load balancers and its image: one and the same, or nothing is done."""
    config = prepared.definitions.config.region if prepared.definitions else None
    if config and inputs.aws_region and config != inputs.aws_region:
        raise RefusedError(
            f"The Elastigroup config is for {config}, but AWS is set to {inputs.aws_region}.",
            next_step="set aws-region to the group's region, or correct the config.",
        )
    for balancer in prepared.execution.setup.load_balancers:
        for arn in (balancer.prod_rule, balancer.stage_rule, balancer.stage_target_group):
            if arn and config and arn.split(":")[3] != config:
                raise RefusedError(f"{arn} is not in {config}, the region of the Elastigroup config.")
    return config or inputs.aws_region


def _who(clouds: Clouds, inputs: Inputs, progress: Progress) -> None:
    say = progress.commands.say
    say(f"Spot: {inputs.spot_api_url}, account {inputs.spot_account_id or 'of the token'}")
    if clouds.identity is None:
        say("AWS: no credentials, so Spot's view of health is the only one.")
        return
    say(f"AWS: {clouds.identity.arn}")


def _world(inputs: Inputs, clouds: Clouds, progress: Progress, interrupt: Interrupt) -> World:
    minutes = max(1, int(inputs.timeout // 60) + 1) if inputs.suspend_scaling else None
    return World(
        groups=clouds.groups,
        routes=clouds.routes,
        alarms=clouds.alarms,
        clock=progress.clock,
        notify=progress.notify,
        save=progress.save,
        options=Options(
            steady_timeout=inputs.steady_state_timeout,
            keep_old=inputs.keep_old,
            suspend_minutes=minutes,
            alarms=inputs.alarms,
            stage_suffix=inputs.stage_suffix,
        ),
        shield=lambda: interrupt.shield(2.5),
    )


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
        previous=GroupId(inputs.previous_elastigroup_id) if inputs.previous_elastigroup_id else None,
        until=inputs.until,
        force=inputs.force,
        roll_back_on_failure=inputs.on_failure is OnFailure.ROLLBACK,
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


def _record(inputs: Inputs, clouds: Clouds) -> Deployment | None:
    """The record that was passed on, checked against its schema."""
    if not inputs.deployment:
        return None
    document = parse(inputs.deployment, name="input deployment")
    problems = check(document, "deployment")
    if problems:
        raise InvalidError(problems)
    assert isinstance(document.value, dict)
    value: JsonObject = document.value
    return record.from_json(value, arn_head=clouds.arn_head)


def _done(deployment: Deployment, world: World, progress: Progress) -> None:
    progress.status = deployment.status
    progress.reason = deployment.reason
    _instances(deployment, world, progress)


def _instances(deployment: Deployment, world: World, progress: Progress) -> None:
    """The new group's instances as last seen; asking again is worth a call only when they were never seen."""
    if deployment.new is None:
        return
    seen = world.sightings.views.get(deployment.new.id)
    try:
        progress.instances = seen[1].instances if seen else world.groups.instances(deployment.new.id)
    except ApiError:
        progress.instances = ()


def _rolled_back(deployment: Deployment, progress: Progress) -> None:
    progress.status = deployment.status
    if deployment.status is Status.ROLLBACK_INCOMPLETE:
        raise RollbackIncompleteError(
            "Rolling back left something undone: " + "; ".join(deployment.undone),
            next_step="see the list above; run operation: rollback again once its cause is gone.",
        )


def _planned(plan: Plan, progress: Progress) -> None:
    progress.deployment = plan.deployment
    progress.status = plan.deployment.status
    progress.changes = plan.changes
    progress.diff = config_diff(plan.old_config, plan.new_config) if plan.writes else ""
    progress.commands.output("plan", json.dumps(plan.as_json()))
    progress.commands.output("has-changes", "true" if plan.writes else "false")


def _failed(error: SpotactionError, progress: Progress) -> int:
    deployment = progress.deployment
    status = _status(error, deployment)
    if deployment is not None and deployment.status is Status.ROLLBACK_INCOMPLETE:
        error.exit_code = RollbackIncompleteError.exit_code
    progress.failed(error, status)
    progress.end()
    return error.exit_code


def _status(error: SpotactionError, deployment: Deployment | None) -> Status:
    if isinstance(error, InvalidError):
        return Status.INVALID
    if isinstance(error, CancelledError):
        return Status.CANCELLED
    if isinstance(error, RefusedError):
        return Status.REFUSED
    if deployment is not None and deployment.status is not Status.RUNNING:
        return deployment.status
    return Status.FAILED


def console() -> int:
    """The entry point of the container."""
    import sys  # noqa: PLC0415 - only here

    return main(os.environ, sys.stdout)
