"""The operation continue: resumes a deployment that stopped or died."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.open_rolls import check_rolls
from spotaction.engine.quiet_rollback import QuietRollback
from spotaction.engine.steps.check import RunCheck
from spotaction.engine.waits.health import Ready, is_steady
from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import ApiError, CredentialError, RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import Group, Image, ImageId, JsonObject
from spotaction.operations import recover
from spotaction.operations.deploy import deploy
from spotaction.operations.lock import check_ownership, read_markers, require_readable, take_over, with_record_app
from spotaction.operations.no_op import deployment_fingerprint
from spotaction.operations.preflight.facts import check_facts
from spotaction.operations.preflight.policy_check import PolicySubject, enforce_policies
from spotaction.operations.prepared import last_change, run_deployment, without_firing_alarms
from spotaction.operations.request import DeployRequest, check_until, deadline_epoch
from spotaction.operations.strategies import build_steps


def continue_deployment(request: DeployRequest, context: DeployContext, record: Deployment | None = None) -> Deployment:
    """Resume the deployment that stopped or died, from the record or else the marker, and return its record.

    Raises `ConflictError` when another run may be active, `RefusedError` when there is nothing to continue or the
    inputs differ, and what a failed step raises.
    """
    check_until(request)
    request = with_record_app(request, record, context)
    if record is not None and record.changed_nothing:
        record = None  # there is no deployment to continue in it
    groups = context.groups.all()
    check_ownership(request, record, groups)
    found = read_markers(request, groups, context, record, dead=request.allows(Override.TAKE_OVER))
    marked = take_over(request, found, context, record)
    if marked is None:
        return _continue_nothing_open(request, context, found, record)
    context = without_firing_alarms(request, context)
    deployment = record or recover.record_from_marker(marked, groups, request.execution, request.app, context)
    require_readable(deployment.snapshot.old, groups)
    _require_its_turn(deployment, marked, groups)
    deployment.new = deployment.new or GroupRef.of(marked.group)
    old = deployment.snapshot.old
    check_rolls([marked.group, *(group for group in groups if old and group.id == old.id)], context)
    image = request.look_up(_image_of(deployment, marked))
    config = request.configure(image)
    _require_same_inputs(request, marked, config)
    deployment.image, deployment.run, deployment.deadline = image, request.run, deadline_epoch(request, context)
    deployment.status, deployment.reason = Status.RUNNING, ""
    context.notify(
        Note(f"Continuing with {marked.group.name} ({marked.group.id}), started by {marked.name_run(request.run)}.")
    )
    steps = build_steps(request.execution, recover.resumed_state(deployment, marked, groups, context), config)
    if all(step.name in deployment.completed_steps for step in steps):
        deployment.completed_steps.remove(last_change(steps).name)  # its result may have changed since
    if record is None:  # it is unknown how far it got: a rollback has to check every step
        deployment.started_steps = [step.name for step in steps if not isinstance(step, RunCheck)]
        context = replace(context, notify=QuietRollback(context.notify, set()))
    state = next((group for group in groups if old is not None and group.id == old.id), None)
    seen = check_facts(deployment, request.execution, config, (state, marked.group), context)
    enforce_policies(request, steps, deployment, PolicySubject(config, seen), context)
    recover.take_lock_over(deployment, marked, groups, request.nonce)
    context.save(deployment)
    run_deployment(request, steps, deployment, context, announce=True)
    return deployment


def _require_its_turn(deployment: Deployment, marked: MarkedGroup, groups: Sequence[Group]) -> None:
    """Raise `RefusedError` if another deployment replaced the group that this one was going to replace."""
    other = recover.find_replacement(deployment, marked, groups)
    if other is not None:
        raise RefusedError(
            f"{other.name} ({other.id}) was deployed instead of {marked.group.name} ({marked.group.id}).",
            next_step="run operation: rollback, which removes only that group, then deploy the version that you want.",
        )


def _continue_nothing_open(
    request: DeployRequest, context: DeployContext, found: Sequence[MarkedGroup], record: Deployment | None
) -> Deployment:
    """Without an open marker, the deployment died before its first write, or it is finished."""
    if record is not None and record.new is None and record.status in {Status.RUNNING, Status.CANCELLED}:
        context.notify(Note("The deployment died before it created anything; starting from the beginning."))
        return deploy(replace(request, image=request.look_up(record.image.id)), context)
    done = marked_groups.last_finished(found)
    if done is None or not _is_meant(done, request, record):
        raise RefusedError(
            f"No deployment of {request.app} is open.",
            next_step="run operation: deploy.",
        )
    context.notify(Note(f"The deployment is already finished: {done.group.name} ({done.group.id}) serves."))
    _warn_if_unsteady(done.group, context)
    return _finished_deployment(done, request, record, context)


def _is_meant(done: MarkedGroup, request: DeployRequest, record: Deployment | None) -> bool:
    """Whether a finished deployment is the one to continue."""
    if record is not None and record.new is not None:
        return record.new.id == done.group.id
    return done.marker.state is State.COMPLETED and done.marker.is_of_run(request.run)


def _warn_if_unsteady(group: Group, context: DeployContext) -> None:
    """Warn if the group of a finished deployment is not healthy any more: this run changes nothing about it."""
    where = f"{group.name} ({group.id})"
    try:
        verdict = is_steady(context.observe(group), group.capacity.target)
    except (ApiError, CredentialError) as error:
        context.notify(WarningEvent(f"The health of {where} could not be read: {error.message}"))
        return
    if not isinstance(verdict, Ready):
        found = f"{verdict.ready} of {verdict.of} healthy, {verdict.reason}"
        context.notify(WarningEvent(f"{where} serves, but it is not steady: {found}."))


def _finished_deployment(
    done: MarkedGroup, request: DeployRequest, record: Deployment | None, context: DeployContext
) -> Deployment:
    deployment = record or Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=Image(id=done.group.image_id or recover.NO_IMAGE, name=""),
        fingerprint=done.marker.fingerprint,
        capacity=done.marker.capacity,
        new=GroupRef.of(done.group),
    )
    deployment.status = Status.DEPLOYED
    context.save(deployment)
    return deployment


def _require_same_inputs(request: DeployRequest, marked: MarkedGroup, config: JsonObject) -> None:
    wanted = deployment_fingerprint(config, request.execution.setup.instances)
    if (
        marked.marker.fingerprint
        and marked.marker.fingerprint != wanted
        and not request.allows(Override.CHANGED_DOCUMENTS)
    ):
        raise RefusedError(
            f"The documents or inputs differ from those that {marked.group.name} ({marked.group.id}) was started with.",
            next_step="use the same ones, or run operation: rollback and then deploy; "
            "allow: changed-documents continues anyway.",
        )


def _image_of(deployment: Deployment, marked: MarkedGroup) -> ImageId:
    """The image that is being deployed, even if its pattern would match another one today."""
    if deployment.image.id != recover.NO_IMAGE:
        return deployment.image.id
    if marked.group.image_id is None:
        raise RefusedError(f"The image of {marked.group.name} ({marked.group.id}) is unknown.")
    return marked.group.image_id
