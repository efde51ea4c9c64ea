"""The operations: deploy, plan, continue, rollback; each from the world as it is to a record that says how it ended."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from spotaction import claims, engine, marker, naming, ownership, policies, resume
from spotaction.claims import Claim
from spotaction.deployment import Deployment, GroupRef, Run, Status
from spotaction.errors import ApiError, ConflictError, InvalidError, Problem, RefusedError, TimedOutError
from spotaction.events import Change, Note, Warned
from spotaction.execution import Execution
from spotaction.fingerprint import fingerprint
from spotaction.handling import Reaction
from spotaction.health import Ready, Verdict, Waiting
from spotaction.marker import State
from spotaction.model import (
    ZERO,
    AppName,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    JsonObject,
    LoadBalancer,
    Route,
)
from spotaction.pacing import seldom
from spotaction.policies import Enforced
from spotaction.ports import Routes
from spotaction.rehearsal import NEW_GROUP, Act, Script, rehearse
from spotaction.safety import Rule, guarded, where
from spotaction.steps.base import Step
from spotaction.steps.groups import describe
from spotaction.strategies import build
from spotaction.survey import Survey, find_old, survey
from spotaction.waiting import Wait, wait_for
from spotaction.world import World


@dataclass(frozen=True)
class Request:
    """What is asked for. `configure` gives the bare group config for an image: with its id and user data.

    `look_up` gives an image in full, with the name and tags that expressions may ask for.
    `timeout` and `conflict_timeout` are in seconds; the latter is 0 where a conflict is refused at once.
    """

    app: AppName
    run: Run
    execution: Execution
    configure: Callable[[Image], JsonObject] = field(repr=False)
    config_capacity: Capacity = ZERO
    image: Image | None = None
    look_up: Callable[[ImageId], Image] = field(default=lambda image: Image(image, ""), repr=False)
    previous: GroupId | None = None
    until: str = ""
    force: bool = False
    roll_back_on_failure: bool = True
    restore_on_cancel: bool = True
    ignore_alarms: bool = False
    timeout: float = 18000.0
    conflict_timeout: float = 0.0
    rules: frozenset[Rule] = frozenset(Rule)
    policies: tuple[Enforced, ...] = ()
    environment: str = ""


@dataclass(frozen=True)
class Plan:
    """What a deployment would do, in order, and the record that it would leave.

    `script` holds writes and waits, `changes` the same writes as events for a person to read. `broken` says which of
    them break a rule.
    """

    deployment: Deployment
    script: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()
    old_config: JsonObject = field(default_factory=dict, repr=False)
    new_config: JsonObject = field(default_factory=dict, repr=False)
    broken: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Act, ...]:
        """The calls that would change something."""
        return tuple(act for act in self.script if not act.waits)

    def as_json(self) -> JsonObject:
        """The output `plan`: `{strategy, app, image, acts: [{step, call | wait, subject, says}]}`."""
        return {
            "app": self.deployment.app,
            "strategy": self.deployment.strategy,
            "image": self.deployment.image.id,
            "status": self.deployment.status.value,
            "acts": [act.as_json() for act in self.script],
        }


@dataclass(frozen=True)
class _Ready:
    deployment: Deployment
    steps: tuple[Step, ...]
    survey: Survey
    config: JsonObject


def deploy(request: Request, world: World) -> Deployment:
    """Deploy, or find that there is nothing to do (`unchanged`)."""
    _check_until(request)
    groups = _free(request, world)
    unchanged = None if request.force else _unchanged(request, groups, world)
    if unchanged is not None:
        world.notify(Note(f"{unchanged.new.name if unchanged.new else ''} runs this very deployment already."))
        return unchanged
    world = _without_firing(request, world)
    ready = _prepare(request, groups, world)
    _keep_rules(request, ready.steps, ready.deployment, ready.config, world)
    world.save(ready.deployment)
    _run(request, ready.steps, ready.deployment, world)
    return ready.deployment


def plan(request: Request, world: World) -> Plan:
    """Rehearse the deployment: the same steps on an overlay of the live world. Nothing is written."""
    _check_until(request)
    groups = _free(replace(request, conflict_timeout=0.0), world)
    unchanged = None if request.force else _unchanged(request, groups, world)
    if unchanged is not None:
        return Plan(unchanged)
    world = _without_firing(request, world)
    ready = _prepare(request, groups, world)
    world.notify(Note("A rehearsal on the live clouds: nothing of what follows is written."))
    script = _rehearse(request, ready.steps, ready.deployment, world)
    ready.deployment.status = Status.PLANNED
    world.save(ready.deployment)
    old = ready.survey.old.config if ready.survey.old else {}
    broken = _broken(request, ready.deployment, script, ready.config)
    created = script.overlay.groups.get(NEW_GROUP)
    new = created.config if created else ready.config
    return Plan(ready.deployment, script.acts(), tuple(script.changes), old, new, broken)


def refuse_broken(broken: Sequence[str]) -> None:
    """Raise `RefusedError` for the changes that break a rule, if there are any."""
    if broken:
        raise RefusedError(
            "\n".join(broken), next_step="change the deployment so that it keeps the rule; nothing was written."
        )


def go_on(request: Request, world: World, record: Deployment | None = None) -> Deployment:
    """Go on with the deployment that stopped or died: from the record, else from the mark in the cloud."""
    _check_until(request)
    request = _for_app(request, record, world)
    groups = world.groups.all()
    _check_ownership(request, record, groups, world)
    found = _claims(request, groups, world, record)
    claim = _to_take_over(request, found, world, record)
    if claim is None:
        return _nothing_open(request, world, found, record)
    world = _without_firing(request, world)
    deployment = record or resume.deployment(claim, groups, request.execution, request.app, world)
    deployment.new = deployment.new or GroupRef.of(claim.group)
    image = request.look_up(_image(deployment, claim))
    config = request.configure(image)
    _same_inputs(request, claim, config)
    deployment.image, deployment.run, deployment.deadline = image, request.run, _deadline(request, world)
    deployment.status, deployment.reason = Status.RUNNING, ""
    world.notify(Note(f"Going on with {claim.group.name} ({claim.group.id}), begun by {_who(claim, request)}."))
    steps = build(request.execution, resume.survey(deployment, claim, groups, world), config)
    _keep_rules(request, steps, deployment, config, world)
    world.save(deployment)
    describe(deployment, guarded(world, deployment, request.rules), State.LIVE)
    _run(request, steps, deployment, world)
    return deployment


def roll_back(request: Request, world: World, record: Deployment | None = None) -> Deployment:
    """Put back an open deployment, or the last finished one: from the record, else from the mark in the cloud."""
    request = _for_app(request, record, world)
    groups = world.groups.all()
    _check_ownership(request, record, groups, world)
    claim = _to_roll_back(request, groups, world, record)
    if claim is None:
        if record is not None and _lost(record, groups):
            return put_back(record, None, world, run=request.run, timeout=request.timeout, rules=request.rules)
        return _nothing_to_roll_back(request, record, groups, world)
    deployment = record or resume.deployment(claim, groups, request.execution, request.app, world)
    if deployment.snapshot.old is None and claim.mark.state is State.DONE:
        raise RefusedError(f"{claim.group.name} was the first deployment of {request.app}: nothing was there before.")
    return put_back(deployment, claim, world, run=request.run, timeout=request.timeout, rules=request.rules)


def put_back(
    deployment: Deployment,
    claim: Claim | None,
    world: World,
    *,
    run: Run,
    timeout: float,
    rules: frozenset[Rule] = frozenset(Rule),
) -> Deployment:
    """Undo a deployment by its record and the live world; `claim` is its group's mark, if that is still there.

    A record that was saved before the answer to the create came back gets its group from the mark. For `timeout`
    seconds from now the mark says that `run` is at work. Production's requests go back before anything else.
    """
    if claim is not None and deployment.new is None and claim.mark.is_of(deployment.run):
        deployment.new = GroupRef.of(claim.group)
    deployment.run, deployment.deadline = run, int(_now(world) + timeout)
    deployment.status = Status.RUNNING
    steps = resume.undo_steps(deployment)
    if len(deployment.begun) <= 1:
        steps = steps[:1]  # production was not touched yet: what differs there is somebody else's
    deployment.begun = [step.name for step in steps]
    world.save(deployment)
    engine.roll_back(steps, deployment, guarded(world, deployment, rules), deadline=world.deadline)
    return deployment


def _run(request: Request, steps: Sequence[Step], deployment: Deployment, world: World) -> None:
    bounded = replace(world, deadline=world.clock.now() + request.timeout)
    engine.run(steps, deployment, guarded(bounded, deployment, request.rules), _course(request))


def _keep_rules(
    request: Request, steps: Sequence[Step], deployment: Deployment, config: JsonObject, world: World
) -> None:
    """Rehearse a copy and look at what it would do, before the first write. Raises `RefusedError`."""
    if not request.policies:
        return
    copied = deepcopy(deployment)
    under_way = (deployment.new, deployment.snapshot.old) if deployment.new is not None else ()
    ids = [ref.id for ref in under_way if ref is not None]
    script = _rehearse(request, steps, copied, replace(world, notify=lambda _: None), ids)
    refuse_broken(_broken(request, copied, script, config))
    world.notify(Note(f"The plan keeps {len(request.policies)} rule(s)."))


def _rehearse(
    request: Request, steps: Sequence[Step], deployment: Deployment, world: World, under_way: Sequence[GroupId] = ()
) -> Script:
    stage, script = rehearse(world, under_way)
    engine.run(steps, deployment, guarded(stage, deployment, request.rules), _course(request))
    return script


def _broken(request: Request, deployment: Deployment, script: Script, config: JsonObject) -> tuple[str, ...]:
    seen = policies.look(deployment, script.acts(), config, request.environment)
    return policies.broken(request.policies, seen)


def _course(request: Request) -> engine.Course:
    return engine.Course(
        until=request.until,
        otherwise=Reaction.ROLL_BACK if request.roll_back_on_failure else Reaction.ABORT,
        handling=request.execution.handling,
        undo=request.execution.undo,
        undo_timeout=request.execution.undo_timeout,
        restore_on_cancel=request.restore_on_cancel,
    )


def _check_until(request: Request) -> None:
    """A step that does not exist would never be reached, and nobody asked."""
    names = request.execution.names
    if request.until and request.until not in names:
        problem = Problem(f"is not a step of this deployment: {request.until}", "until", hint=f"write {_or(names)}")
        raise InvalidError([problem])


def _for_app(request: Request, record: Deployment | None, world: World) -> Request:
    """The app of the record counts where none was given; a record of another one is a mistake."""
    if record is None:
        return request
    if request.app and request.app != record.app:
        raise RefusedError(
            f"The input deployment is of {record.app}, not of {request.app}.",
            next_step="pass the output `deployment` of the run that is meant.",
        )
    if world.routes is None and (record.snapshot.routes or record.touched):
        raise RefusedError(
            f"The deployment of {record.app} changed load balancers, which needs AWS credentials.",
            next_step="run aws-actions/configure-aws-credentials before, or set role-to-assume.",
        )
    return replace(request, app=record.app)


def _check_ownership(request: Request, record: Deployment | None, groups: Sequence[Group], world: World) -> None:
    """A record may have been written by anybody: it must not lead to what is not of this app."""
    if record is not None:
        suffix = world.options.stage_suffix
        ownership.check(record, ownership.Owned(groups, suffix, request.previous))


def _claims(
    request: Request, groups: Sequence[Group], world: World, record: Deployment | None = None
) -> tuple[Claim, ...]:
    """The marks of the app's groups; the record stands in for one that is gone or was cut."""
    suffix = world.options.stage_suffix
    found = claims.claims(groups, request.app, suffix)
    for group in claims.unreadable(groups, request.app, suffix):
        world.notify(Warned(f"The mark of {group.name} ({group.id}) cannot be read: {group.description[-80:]!r}."))
    known = {claim.group.id for claim in found}
    missing = claims.stand_in(record, groups) if record else None
    if missing is None or missing.group.id in known:
        return found
    world.notify(
        Note(f"{missing.group.name} ({missing.group.id}) bears no mark: the record that was passed on counts.")
    )
    return (*found, missing)


def _to_take_over(request: Request, found: Sequence[Claim], world: World, record: Deployment | None) -> Claim | None:
    new = record.new.id if record and record.new else None
    begun_by = record.run if record and record.new is None and record.run.id else None
    return claims.to_take_over(
        found, app=request.app, run=request.run, now=_now(world), force=request.force, new=new, begun_by=begun_by
    )


def _free(request: Request, world: World) -> tuple[Group, ...]:
    """The account's groups, once nobody else deploys this app."""
    groups = world.groups.all()
    try:
        _check_free(request, groups, world)
    except ConflictError as conflict:
        if request.conflict_timeout <= 0:
            raise
        world.notify(Note(conflict.message))
        return _wait_free(request, world)
    return groups


def _check_free(request: Request, groups: Sequence[Group], world: World) -> None:
    found = _claims(request, groups, world)
    claims.for_new(found, app=request.app, run=request.run, now=_now(world))


def _wait_free(request: Request, world: World) -> tuple[Group, ...]:
    latest: list[tuple[Group, ...]] = []

    def check() -> Verdict:
        groups = world.groups.all()
        found = claims.claims(groups, request.app, world.options.stage_suffix)
        others = [c for c in found if c.open and c.alive(_now(world)) and not c.mark.is_of(request.run)]
        if others:
            return Waiting(f"{_who(others[0], request)} is deploying {request.app}")
        latest.append(groups)
        return Ready("nobody else deploys")

    wait = Wait(f"{request.app} free", check, seldom)
    try:
        wait_for([wait], timeout=request.conflict_timeout, clock=world.clock, notify=world.notify)
    except TimedOutError as late:
        raise ConflictError(
            late.message, next_step="look at that run; raise conflict-timeout to wait longer."
        ) from late
    _check_free(request, latest[-1], world)
    return latest[-1]


def _prepare(request: Request, groups: Sequence[Group], world: World) -> _Ready:
    assert request.image is not None
    config = request.configure(request.image)
    found = survey(
        groups,
        app=request.app,
        execution=request.execution,
        config_capacity=request.config_capacity,
        previous=request.previous,
        world=world,
    )
    deployment = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=fingerprint(config, request.execution.setup.instances),
        deadline=_deadline(request, world),
        capacity=found.capacity,
        snapshot=found.snapshot,
    )
    return _Ready(deployment, build(request.execution, found, config), found, config)


def _unchanged(request: Request, groups: Sequence[Group], world: World) -> Deployment | None:
    """The record of a deployment of the same inputs that is finished and serves, if there is one."""
    assert request.image is not None
    old = find_old(groups, app=request.app, blue_green=request.execution.blue_green, previous=request.previous)
    mark = marker.read(old.description) if old else None
    if old is None or mark is None or mark.state not in {State.DONE, State.BACK} or old.capacity.target == 0:
        return None
    if mark.capacity and old.capacity.maximum < mark.capacity.maximum:
        return None  # only a part of it was asked for (new-service), and the rest still runs elsewhere
    wanted = fingerprint(request.configure(request.image), request.execution.setup.instances)
    if mark.fingerprint != wanted or old.image_id != request.image.id or not _behind(old, request, world):
        return None
    done = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=wanted,
        capacity=old.capacity,
        new=GroupRef.of(old),
        status=Status.UNCHANGED,
    )
    world.save(done)
    return done


def _behind(old: Group, request: Request, world: World) -> bool:
    """Whether production's rules forward to the group: one call for all where they are named, else several each."""
    balancers = request.execution.setup.load_balancers
    if not balancers or world.routes is None:
        return True
    live = _named(balancers, world.routes) or [
        world.routes.find(balancer.name, balancer.prod_port, balancer.prod_rule) for balancer in balancers
    ]
    return all(set(route.forward.serving) <= set(old.target_groups) for route in live)


def _named(balancers: Sequence[LoadBalancer], routes: Routes) -> Sequence[Route]:
    """The production rules read by their ARNs; none where one is a default rule or written in other letter case."""
    known = [
        Route(
            balancer.name,
            resume.listener_of(balancer.prod_rule),
            balancer.prod_port,
            balancer.prod_rule,
            is_default=False,
            forward=Forward(()),
        )
        for balancer in balancers
        if balancer.prod_rule is not None
    ]
    if len(known) < len(balancers):
        return ()
    try:
        return routes.read(known)
    except ApiError:
        return ()


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
    return done.mark.state is State.DONE and done.mark.is_of(request.run)


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


def _to_roll_back(request: Request, groups: Sequence[Group], world: World, record: Deployment | None) -> Claim | None:
    """The deployment to put back: the open one, else the finished one that serves. None when nothing is left of it."""
    if record is not None and record.status in {Status.UNCHANGED, Status.PLANNED}:
        return None
    found = _claims(request, groups, world, record)
    claim = _to_take_over(request, found, world, record)
    if claim is not None:
        return claim
    done = claims.finished(found)
    if record is not None:
        return _passed_on(record, done, groups)
    if done is None or done.mark.state is State.BACK or not _serves(done, groups, request.app):
        return None
    return done


def _passed_on(record: Deployment, done: Claim | None, groups: Sequence[Group]) -> Claim | None:
    """The finished deployment of a record. Raises `RefusedError` when a later one came to its end."""
    if record.new is None or done is None:
        return None
    if done.group.id == record.new.id:
        return done
    old = next((group for group in groups if record.snapshot.old and group.id == record.snapshot.old.id), None)
    if old is not None and done.group.created_at <= old.created_at:
        return None
    raise RefusedError(
        f"{done.group.name} ({done.group.id}) was deployed after {record.new.name} ({record.new.id}).",
        next_step="roll that one back first (without the input deployment), or deploy the version that you want.",
    )


def _serves(done: Claim, groups: Sequence[Group], app: AppName) -> bool:
    """Whether the group of a finished deployment is still the one that the next deployment would replace."""
    staged = naming.version(app, done.group.name) is None
    serving = find_old(groups, app=app, blue_green=staged, previous=None)
    return serving is not None and serving.id == done.group.id


def _lost(record: Deployment, groups: Sequence[Group]) -> bool:
    """Whether somebody else deleted the new group: the routes may still send requests to where it was."""
    ended = record.status in {Status.UNCHANGED, Status.PLANNED, Status.ROLLED_BACK}
    return not ended and record.new is not None and all(group.id != record.new.id for group in groups)


def _nothing_to_roll_back(
    request: Request, record: Deployment | None, groups: Sequence[Group], world: World
) -> Deployment:
    """Nothing is open. Raises `RefusedError` where production's requests go to a target group that nobody fills."""
    mine = [group for group in groups if naming.belongs(request.app, group.name, world.options.stage_suffix)]
    nowhere = _nowhere(request, groups, world) if mine else None
    if nowhere is not None:
        raise RefusedError(
            f"No group tells of a deployment of {request.app} to roll back, but {where(nowhere)} forwards to "
            f"{nowhere.forward}, and no Elastigroup that runs is attached there: was the new one deleted?",
            next_step="pass the output `deployment` of the run that did that, or correct the rule by hand.",
        )
    world.notify(Note(f"Nothing of {request.app} is left to roll back."))
    image = request.image or (record.image if record else Image(id=resume.NO_IMAGE, name=""))
    strategy = request.execution.strategy.value
    done = record or Deployment(app=request.app, strategy=strategy, run=request.run, image=image)
    done.status = Status.ROLLED_BACK
    world.save(done)
    return done


def _nowhere(request: Request, groups: Sequence[Group], world: World) -> Route | None:
    """A production rule whose target group holds no running group of the account."""
    if world.routes is None:
        return None
    filled = {arn for group in groups if group.capacity.target > 0 for arn in group.target_groups}
    balancers = request.execution.setup.load_balancers
    live = (world.routes.find(balancer.name, balancer.prod_port, balancer.prod_rule) for balancer in balancers)
    return next((route for route in live if not filled.intersection(route.forward.serving)), None)


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


def _or(names: Sequence[str]) -> str:
    return " or ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _who(claim: Claim, request: Request) -> str:
    return claim.url(request.run) or f"run {claim.mark.run.id or 'unknown'}"


def _now(world: World) -> float:
    return world.clock.time().timestamp()


def _deadline(request: Request, world: World) -> int:
    return int(_now(world) + request.timeout)
