"""The operations: deploy, plan, continue, rollback; each from the world as it is to a record that says how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction import claims, engine, resume
from spotaction.bystanders import green_rules
from spotaction.capacity import old_capacity
from spotaction.claims import Claim
from spotaction.conflicts import check_ownership, for_app, free, marks, require_readable, to_take_over, who
from spotaction.deployment import Deployment, GroupRef, Status
from spotaction.discretion import Discreet
from spotaction.errors import RefusedError
from spotaction.events import Note, Warned
from spotaction.fingerprint import fingerprint
from spotaction.guarded import guarded
from spotaction.marker import State
from spotaction.model import Group, Image, ImageId, JsonObject
from spotaction.planning import Plan, broken, keep_rules, refuse_broken, rehearsed
from spotaction.rehearsal import NEW_GROUP
from spotaction.request import Request, check_until, course, deadline
from spotaction.rolls import check_rolls
from spotaction.steps.base import Step
from spotaction.steps.deploy import Deploy
from spotaction.strategies import build
from spotaction.survey import Survey, survey
from spotaction.unchanged import unchanged
from spotaction.undoing import put_back, roll_back
from spotaction.world import World
from spotaction.written import Written

__all__ = ["Plan", "Request", "deploy", "go_on", "plan", "put_back", "refuse_broken", "roll_back"]


@dataclass(frozen=True)
class _Ready:
    deployment: Deployment
    steps: tuple[Step, ...]
    survey: Survey
    config: JsonObject


def deploy(request: Request, world: World) -> Deployment:
    """Deploy, or find that there is nothing to do (`unchanged`)."""
    check_until(request)
    groups = free(request, world)
    same = None if request.force else unchanged(request, groups, world)
    if same is not None:
        world.notify(Note(f"{same.new.name if same.new else ''} runs this very deployment already."))
        return same
    world = _without_firing(request, world)
    ready = _prepare(request, groups, world)
    world = _from_the_start(ready, world)
    keep_rules(request, ready.steps, ready.deployment, ready.config, world)
    world.save(ready.deployment)
    _run(request, ready.steps, ready.deployment, world)
    return ready.deployment


def plan(request: Request, world: World) -> Plan:
    """Rehearse the deployment: the same steps on an overlay of the live world. Nothing is written."""
    check_until(request)
    groups = free(replace(request, conflict_timeout=0.0), world)
    same = None if request.force else unchanged(request, groups, world)
    if same is not None:
        return Plan(same)
    world = _without_firing(request, world)
    ready = _prepare(request, groups, world)
    world.notify(Note("A rehearsal on the live clouds: nothing of what follows is written."))
    script = rehearsed(request, ready.steps, ready.deployment, _from_the_start(ready, world))
    ready.deployment.status = Status.PLANNED
    world.save(ready.deployment)
    old = ready.survey.old.config if ready.survey.old else {}
    breaks = broken(request, ready.deployment, script, ready.config)
    created = script.overlay.groups.get(NEW_GROUP)
    new = created.config if created else ready.config
    return Plan(ready.deployment, script.acts(), tuple(script.changes), old, new, breaks)


def go_on(request: Request, world: World, record: Deployment | None = None) -> Deployment:
    """Go on with the deployment that stopped or died: from the record, else from the mark in the cloud."""
    check_until(request)
    request = for_app(request, record, world)
    if record is not None and record.status in {Status.UNCHANGED, Status.PLANNED}:
        record = None  # it tells of no deployment that could go on
    groups = world.groups.all()
    check_ownership(request, record, groups, world)
    found = marks(request, groups, world, record, force=request.force)
    claim = to_take_over(request, found, world, record)
    if claim is None:
        return _nothing_open(request, world, found, record)
    world = _without_firing(request, world)
    deployment = record or resume.deployment(claim, groups, request.execution, request.app, world)
    require_readable(deployment.snapshot.old, groups)
    _require_its_turn(deployment, claim, groups, world)
    deployment.new = deployment.new or GroupRef.of(claim.group)
    old = deployment.snapshot.old
    check_rolls([claim.group, *(group for group in groups if old and group.id == old.id)], world)
    image = request.look_up(_image(deployment, claim))
    config = request.configure(image)
    _same_inputs(request, claim, config)
    deployment.image, deployment.run, deployment.deadline = image, request.run, deadline(request, world)
    deployment.status, deployment.reason = Status.RUNNING, ""
    world.notify(Note(f"Going on with {claim.group.name} ({claim.group.id}), begun by {who(claim, request)}."))
    steps = build(request.execution, resume.survey(deployment, claim, groups, world), config)
    if all(step.name in deployment.finished for step in steps):
        deployment.finished.remove(steps[-1].name)  # what it found at its end may have changed since
    if record is None:  # how far it came is not known: should a step fail, each one looks at what it would have done
        deployment.begun = [step.name for step in steps]
        world = replace(world, notify=Discreet(world.notify, set()))
    keep_rules(request, steps, deployment, config, world)
    resume.lock_again(deployment, claim, groups, request.nonce)
    world.save(deployment)
    _run(request, steps, deployment, world, announce=True)
    return deployment


def _require_its_turn(deployment: Deployment, claim: Claim, groups: Sequence[Group], world: World) -> None:
    """Raise `RefusedError` where another deployment replaced the group that this one was to replace."""
    other = resume.overtaken_by(deployment, claim, groups, world)
    if other is not None:
        raise RefusedError(
            f"{other.name} ({other.id}) was deployed instead of {claim.group.name} ({claim.group.id}).",
            next_step="run operation: rollback, which takes only that group back, then deploy what you want.",
        )


def _run(
    request: Request, steps: Sequence[Step], deployment: Deployment, world: World, *, announce: bool = False
) -> None:
    bounded = replace(world, deadline=world.clock.now() + request.timeout)
    world.pauses.until = world.clock.now() + request.timeout
    engine.run(steps, deployment, guarded(bounded, deployment, request.rules), course(request), announce=announce)
    last, old = steps[-1], deployment.snapshot.old
    if isinstance(last, Deploy) and old and deployment.capacity and deployment.status is Status.DEPLOYED:
        left = old_capacity(last.amount, deployment.capacity, old.capacity, last.kept)
        if left.target > 0:
            world.notify(Note(f"{old.name} serves beside the new group, as asked; a whole deployment would retire it."))


def _prepare(request: Request, groups: Sequence[Group], world: World) -> _Ready:
    assert request.image is not None
    config = request.configure(request.image)
    found = survey(
        groups,
        app=request.app,
        execution=request.execution,
        config_capacity=request.config_capacity,
        previous=request.previous,
        config=config,
        world=world,
    )
    deployment = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=fingerprint(config, request.execution.setup.instances),
        deadline=deadline(request, world),
        capacity=found.capacity,
        snapshot=found.snapshot,
        nonce=request.nonce,
    )
    return _Ready(deployment, build(request.execution, found, config), found, config)


def _from_the_start(ready: _Ready, world: World) -> World:
    """What nobody has written for this deployment yet, and which rules send requests to where its group will be."""
    return replace(world, written=Written(whole=True, green_before=green_rules(ready.deployment.snapshot, world)))


def _without_firing(request: Request, world: World) -> World:
    """Refuse while an alarm is firing; where that is to be ignored, those alarms are not watched."""
    if world.alarms is None or not world.options.alarms:
        return world
    firing = [alarm for alarm in world.alarms.states(world.options.alarms) if alarm.state == "ALARM"]
    if not firing:
        return world
    names = ", ".join(f"{alarm.name} ({alarm.reason})" for alarm in firing)
    if not request.ignore_alarms:
        raise RefusedError(
            f"In ALARM before anything was changed: {names}.",
            next_step="solve that first, or set ignore-alarms-at-start: true.",
        )
    world.notify(Warned(f"In ALARM at the start and therefore not watched: {names}."))
    quiet = tuple(name for name in world.options.alarms if name not in {alarm.name for alarm in firing})
    return replace(world, options=replace(world.options, alarms=quiet))


def _nothing_open(request: Request, world: World, found: Sequence[Claim], record: Deployment | None) -> Deployment:
    """No open mark: the deployment died before its first write, or it is finished."""
    if record is not None and record.new is None and record.status in {Status.RUNNING, Status.CANCELLED}:
        world.notify(Note("The deployment died before it created anything: it starts from the beginning."))
        return deploy(replace(request, image=request.look_up(record.image.id)), world)
    done = claims.finished(found)
    if done is None or not _is_this(done, request, record):
        raise RefusedError(
            f"No deployment of {request.app} is open.",
            next_step="run operation: deploy.",
        )
    world.notify(Note(f"The deployment is finished: {done.group.name} ({done.group.id}) serves."))
    return _finished(done, request, record, world)


def _is_this(done: Claim, request: Request, record: Deployment | None) -> bool:
    """Whether a finished deployment is the one that is to go on."""
    if record is not None and record.new is not None:
        return record.new.id == done.group.id
    return done.mark.state is State.DONE and done.mark.is_of_run(request.run)


def _finished(done: Claim, request: Request, record: Deployment | None, world: World) -> Deployment:
    deployment = record or Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=Image(id=done.group.image_id or resume.NO_IMAGE, name=""),
        fingerprint=done.mark.fingerprint,
        capacity=done.mark.capacity,
        new=GroupRef.of(done.group),
    )
    deployment.status = Status.DEPLOYED
    world.save(deployment)
    return deployment


def _same_inputs(request: Request, claim: Claim, config: JsonObject) -> None:
    wanted = fingerprint(config, request.execution.setup.instances)
    if claim.mark.fingerprint and claim.mark.fingerprint != wanted and not request.force:
        raise RefusedError(
            f"The documents or inputs are not those that {claim.group.name} ({claim.group.id}) was begun with.",
            next_step="use the same ones, or operation: rollback and then deploy; force: true goes on all the same.",
        )


def _image(deployment: Deployment, claim: Claim) -> ImageId:
    """The image that is being deployed, whatever a pattern would find today."""
    if deployment.image.id != resume.NO_IMAGE:
        return deployment.image.id
    if claim.group.image_id is None:
        raise RefusedError(f"{claim.group.name} ({claim.group.id}) does not say which image it runs.")
    return claim.group.image_id
