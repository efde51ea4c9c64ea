"""The operations: deploy, plan, continue, rollback; each from the world as it is to a record that says how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.engine import engine, marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import NEW_GROUP
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.open_rolls import check_rolls
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.quiet_rollback import QuietRollback
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.model.capacity import old_capacity
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import Group, Image, ImageId, JsonObject
from spotaction.operations import recover
from spotaction.operations.discovery import CurrentState, discover_state
from spotaction.operations.fingerprint import deployment_fingerprint
from spotaction.operations.lock import (
    acquire,
    check_ownership,
    for_app,
    read_markers,
    require_readable,
    run_url,
    take_over,
)
from spotaction.operations.no_op import find_identical_deployment
from spotaction.operations.plan import Plan, broken_policies, enforce_policies, record_plan
from spotaction.operations.request import DeployRequest, check_until, deadline_epoch, run_options
from spotaction.operations.strategies import build_steps
from spotaction.operations.unmanaged_rules import green_rules


@dataclass(frozen=True)
class _PreparedDeployment:
    deployment: Deployment
    steps: tuple[Step, ...]
    survey: CurrentState
    config: JsonObject


def deploy(request: DeployRequest, context: DeployContext) -> Deployment:
    """Deploy, or find that there is nothing to do (`unchanged`)."""
    check_until(request)
    groups = acquire(request, context)
    same = None if request.force else find_identical_deployment(request, groups, context)
    if same is not None:
        context.notify(Note(f"{same.new.name if same.new else ''} runs this very deployment already."))
        return same
    context = _without_firing(request, context)
    ready = _prepare_steps(request, groups, context)
    context = _from_the_start(ready, context)
    enforce_policies(request, ready.steps, ready.deployment, ready.config, context)
    context.save(ready.deployment)
    _run_steps(request, ready.steps, ready.deployment, context)
    return ready.deployment


def plan(request: DeployRequest, context: DeployContext) -> Plan:
    """Rehearse the deployment: the same steps on an overlay of the live world. Nothing is written."""
    check_until(request)
    groups = acquire(replace(request, conflict_timeout=0.0), context)
    same = None if request.force else find_identical_deployment(request, groups, context)
    if same is not None:
        return Plan(same)
    context = _without_firing(request, context)
    ready = _prepare_steps(request, groups, context)
    context.notify(Note("A rehearsal on the live clouds: nothing of what follows is written."))
    script = record_plan(request, ready.steps, ready.deployment, _from_the_start(ready, context))
    ready.deployment.status = Status.PLANNED
    context.save(ready.deployment)
    old = ready.survey.old.config if ready.survey.old else {}
    breaks = broken_policies(request, ready.deployment, script, ready.config)
    created = script.overlay.groups.get(NEW_GROUP)
    new = created.config if created else ready.config
    return Plan(ready.deployment, script.planned_calls(), tuple(script.changes), old, new, breaks)


def continue_deployment(request: DeployRequest, context: DeployContext, record: Deployment | None = None) -> Deployment:
    """Go on with the deployment that stopped or died: from the record, else from the mark in the cloud."""
    check_until(request)
    request = for_app(request, record, context)
    if record is not None and record.status in {Status.UNCHANGED, Status.PLANNED}:
        record = None  # it tells of no deployment that could go on
    groups = context.groups.all()
    check_ownership(request, record, groups, context)
    found = read_markers(request, groups, context, record, force=request.force)
    claim = take_over(request, found, context, record)
    if claim is None:
        return _continue_nothing_open(request, context, found, record)
    context = _without_firing(request, context)
    deployment = record or recover.record_from_marker(claim, groups, request.execution, request.app, context)
    require_readable(deployment.snapshot.old, groups)
    _require_its_turn(deployment, claim, groups, context)
    deployment.new = deployment.new or GroupRef.of(claim.group)
    old = deployment.snapshot.old
    check_rolls([claim.group, *(group for group in groups if old and group.id == old.id)], context)
    image = request.look_up(_image_of(deployment, claim))
    config = request.configure(image)
    _require_same_inputs(request, claim, config)
    deployment.image, deployment.run, deployment.deadline = image, request.run, deadline_epoch(request, context)
    deployment.status, deployment.reason = Status.RUNNING, ""
    context.notify(Note(f"Going on with {claim.group.name} ({claim.group.id}), begun by {run_url(claim, request)}."))
    steps = build_steps(request.execution, recover.resumed_state(deployment, claim, groups, context), config)
    if all(step.name in deployment.completed_steps for step in steps):
        deployment.completed_steps.remove(steps[-1].name)  # what it found at its end may have changed since
    if record is None:  # how far it came is not known: should a step fail, each one looks at what it would have done
        deployment.started_steps = [step.name for step in steps]
        context = replace(context, notify=QuietRollback(context.notify, set()))
    enforce_policies(request, steps, deployment, config, context)
    recover.lock_again(deployment, claim, groups, request.nonce)
    context.save(deployment)
    _run_steps(request, steps, deployment, context, announce=True)
    return deployment


def _require_its_turn(
    deployment: Deployment, claim: MarkedGroup, groups: Sequence[Group], context: DeployContext
) -> None:
    """Raise `RefusedError` where another deployment replaced the group that this one was to replace."""
    other = recover.overtaken_by(deployment, claim, groups, context)
    if other is not None:
        raise RefusedError(
            f"{other.name} ({other.id}) was deployed instead of {claim.group.name} ({claim.group.id}).",
            next_step="run operation: rollback, which takes only that group back, then deploy what you want.",
        )


def _run_steps(
    request: DeployRequest,
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    *,
    announce: bool = False,
) -> None:
    bounded = replace(context, deadline=context.clock.now() + request.timeout)
    context.call_budget.until = context.clock.now() + request.timeout
    engine.run_steps(
        steps, deployment, guard_context(bounded, deployment, request.rules), run_options(request), announce=announce
    )
    last, old = steps[-1], deployment.snapshot.old
    if isinstance(last, Deploy) and old and deployment.capacity and deployment.status is Status.DEPLOYED:
        left = old_capacity(last.amount, deployment.capacity, old.capacity, last.kept)
        if left.target > 0:
            context.notify(
                Note(f"{old.name} serves beside the new group, as asked; a whole deployment would retire it.")
            )


def _prepare_steps(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> _PreparedDeployment:
    assert request.image is not None
    config = request.configure(request.image)
    found = discover_state(
        groups,
        app=request.app,
        execution=request.execution,
        config_capacity=request.config_capacity,
        previous=request.previous,
        config=config,
        context=context,
    )
    deployment = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=deployment_fingerprint(config, request.execution.setup.instances),
        deadline=deadline_epoch(request, context),
        capacity=found.capacity,
        snapshot=found.snapshot,
        nonce=request.nonce,
    )
    return _PreparedDeployment(deployment, build_steps(request.execution, found, config), found, config)


def _from_the_start(ready: _PreparedDeployment, context: DeployContext) -> DeployContext:
    """What nobody has written for this deployment yet, and which rules send requests to where its group will be."""
    return replace(context, written=OwnWrites(whole=True, green_before=green_rules(ready.deployment.snapshot, context)))


def _without_firing(request: DeployRequest, context: DeployContext) -> DeployContext:
    """Refuse while an alarm is firing; where that is to be ignored, those alarms are not watched."""
    if context.alarms is None or not context.options.alarms:
        return context
    firing = [alarm for alarm in context.alarms.states(context.options.alarms) if alarm.state == "ALARM"]
    if not firing:
        return context
    names = ", ".join(f"{alarm.name} ({alarm.reason})" for alarm in firing)
    if not request.ignore_alarms:
        raise RefusedError(
            f"In ALARM before anything was changed: {names}.",
            next_step="solve that first, or set ignore-alarms-at-start: true.",
        )
    context.notify(WarningEvent(f"In ALARM at the start and therefore not watched: {names}."))
    quiet = tuple(name for name in context.options.alarms if name not in {alarm.name for alarm in firing})
    return replace(context, options=replace(context.options, alarms=quiet))


def _continue_nothing_open(
    request: DeployRequest, context: DeployContext, found: Sequence[MarkedGroup], record: Deployment | None
) -> Deployment:
    """No open mark: the deployment died before its first write, or it is finished."""
    if record is not None and record.new is None and record.status in {Status.RUNNING, Status.CANCELLED}:
        context.notify(Note("The deployment died before it created anything: it starts from the beginning."))
        return deploy(replace(request, image=request.look_up(record.image.id)), context)
    done = marked_groups.last_finished(found)
    if done is None or not _is_this(done, request, record):
        raise RefusedError(
            f"No deployment of {request.app} is open.",
            next_step="run operation: deploy.",
        )
    context.notify(Note(f"The deployment is finished: {done.group.name} ({done.group.id}) serves."))
    return _finished_deployment(done, request, record, context)


def _is_this(done: MarkedGroup, request: DeployRequest, record: Deployment | None) -> bool:
    """Whether a finished deployment is the one that is to go on."""
    if record is not None and record.new is not None:
        return record.new.id == done.group.id
    return done.mark.state is State.DONE and done.mark.is_of_run(request.run)


def _finished_deployment(
    done: MarkedGroup, request: DeployRequest, record: Deployment | None, context: DeployContext
) -> Deployment:
    deployment = record or Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=Image(id=done.group.image_id or recover.NO_IMAGE, name=""),
        fingerprint=done.mark.fingerprint,
        capacity=done.mark.capacity,
        new=GroupRef.of(done.group),
    )
    deployment.status = Status.DEPLOYED
    context.save(deployment)
    return deployment


def _require_same_inputs(request: DeployRequest, claim: MarkedGroup, config: JsonObject) -> None:
    wanted = deployment_fingerprint(config, request.execution.setup.instances)
    if claim.mark.fingerprint and claim.mark.fingerprint != wanted and not request.force:
        raise RefusedError(
            f"The documents or inputs are not those that {claim.group.name} ({claim.group.id}) was begun with.",
            next_step="use the same ones, or operation: rollback and then deploy; force: true goes on all the same.",
        )


def _image_of(deployment: Deployment, claim: MarkedGroup) -> ImageId:
    """The image that is being deployed, whatever a pattern would find today."""
    if deployment.image.id != recover.NO_IMAGE:
        return deployment.image.id
    if claim.group.image_id is None:
        raise RefusedError(f"{claim.group.name} ({claim.group.id}) does not say which image it runs.")
    return claim.group.image_id
