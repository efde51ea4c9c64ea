"""What the steps share about groups: create with the mark, bring the old one back, take the new one down."""

from dataclasses import replace

from spotaction.engine.context import DeployContext
from spotaction.engine.gate import conflict_error, find_rival
from spotaction.engine.steps.suspensions import scaling_suspension
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CancelledError, SpotactionError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import Capacity, Group, GroupId, JsonObject, TargetGroupArn

_SPOT_LAG = 10.0  # seconds for which instances that are told to go may still be listed as healthy


def create_group(
    deployment: Deployment,
    context: DeployContext,
    *,
    name: str,
    config: JsonObject,
    target_groups: tuple[TargetGroupArn, ...] = (),
    known: frozenset[GroupId] = frozenset(),
) -> Group:
    """Create the new group at 0 instances with this deployment's mark, unless it is there already.

    Names are not unique and create is not conditional: the list is read again, and whoever has to yield learns it here,
    if the list shows it already; the gate looks once more. Raises `ConflictError` after deleting our own group then.
    """
    adopted = context.groups.get(deployment.new.id) if deployment.new else None
    if adopted is not None:
        context.notify(Note(f"{adopted.name} ({adopted.id}) is there already and is taken on."))
        _suspend_scaling(deployment, context, adopted=True)
        return adopted
    body = create_body(
        config, name=name, description=_description_with_marker(deployment, config), target_groups=target_groups
    )
    deployment.lock.known, deployment.lock.asked_at = known, context.groups.time().timestamp()
    deployment.unconfirmed_name = name
    context.save(deployment)
    try:
        created = context.groups.create(body)
    except ApiError as error:
        deployment.unconfirmed_name = name if error.maybe_applied else ""
        deployment.lock.marked_at = context.clock.now()
        raise
    deployment.new, deployment.unconfirmed_name = GroupRef.of(created), ""
    context.save(deployment)
    if marker.read_marker(created.description) is None:
        context.notify(
            WarningEvent("The mark in the group's description did not come back: pass the output `deployment` on.")
        )
    _resolve_race(deployment, context, created)
    _suspend_scaling(deployment, context)
    return created


def create_body(
    config: JsonObject,
    *,
    name: str,
    description: str,
    target_groups: tuple[TargetGroupArn, ...] = (),
) -> JsonObject:
    """The config as it is created: new name, capacity 0 and, where `target_groups` are given, those instead of its own.

    As the reference's JSON transformation; the image and user data are in `config` already.
    """
    group = {key: value for key, value in config.items() if key not in {"id", "createdAt", "updatedAt"}}
    capacity = config.get("capacity")
    unit = capacity.get("unit") if isinstance(capacity, dict) else None
    group |= {"name": name, "description": description}
    group["capacity"] = {"minimum": 0, "target": 0, "maximum": 0, "unit": unit or "instance"}
    return _with_target_groups(group, target_groups) if target_groups else group


def restore_old(deployment: Deployment, context: DeployContext) -> None:
    """The old group back to its snapshot, never smaller than it is now, and steady.

    Where it may have been shrunk that is written whatever a read says. Where it was, it has to be steady for a while:
    instances that were told to go may still be listed as healthy.
    """
    old, written = deployment.snapshot.old, context.written
    if old is None:
        return
    group = context.require_group(old.id, "The old Elastigroup")
    back = _not_smaller(old.capacity, group.capacity)
    steady = context.wait_for_healthy_again(replace(group, capacity=back), old.capacity.target)
    if written.whole and old.id not in written.capacities:
        context.wait_for_all([steady])
        return
    shrunk = old.id in written.capacities or group.capacity != back
    again = old.id in written.restored and written.capacities.get(old.id) == back
    context.groups.scale(group.id, back)
    context.wait_for_all([_for_a_while(steady, context) if shrunk and not again else steady])
    written.restored.add(old.id)


def _for_a_while(steady: Wait, context: DeployContext) -> Wait:
    """Ready once it has been so for `_SPOT_LAG` seconds without a break."""
    since: list[float] = []

    def check() -> Verdict:
        verdict = steady.check()
        if not isinstance(verdict, Ready):
            since.clear()
            return verdict
        since.append(context.clock.now())
        if since[-1] - since[0] >= _SPOT_LAG:
            return verdict
        return Waiting("healthy; whether they stay is seen in a moment", verdict.ready, verdict.of, verdict.ready)

    def pace(verdict: Waiting, elapsed: float) -> float:
        return _SPOT_LAG / 2 if since else steady.pace(verdict, elapsed)

    return replace(steady, check=check, pace=pace)


def write_marker_state(deployment: Deployment, context: DeployContext, state: State) -> None:
    """Write the mark anew when the deployment's state changed."""
    group = context.groups.get(deployment.new.id) if deployment.new else None
    if group is not None:
        context.groups.update(group.id, description=marker.write_marker(deployment, state, group.description))


def resume_scaling(deployment: Deployment, context: DeployContext) -> None:
    """Lift the suspensions that this deployment set, each whatever becomes of the others; raises the first error.

    Ours have an end: one without was set by an operator meanwhile.
    """
    errors: list[SpotactionError] = []
    for group in list(deployment.suspended):
        try:
            _resume_one(group, context)
        except CancelledError:
            raise
        except SpotactionError as error:
            errors.append(error)
        else:
            deployment.suspended.remove(group)
    if errors:
        raise errors[0]


def _resume_one(group: GroupId, context: DeployContext) -> None:
    suspensions = context.groups.suspensions(group)
    if suspensions is None:
        return
    found = scaling_suspension(suspensions)
    if found is not None and found.endless:
        context.notify(
            Note(f"The suspension of AUTO_SCALE of {group} has no end, so an operator set it: it is left alone.")
        )
    else:  # also where none is listed: what was written may not show yet
        context.groups.resume_scaling(group)


def _description_with_marker(deployment: Deployment, config: JsonObject) -> str:
    return marker.write_marker(deployment, State.RUNNING, str(config.get("description") or ""))


def _with_target_groups(group: JsonObject, arns: tuple[TargetGroupArn, ...]) -> JsonObject:
    compute = group["compute"]
    assert isinstance(compute, dict)
    specification = compute["launchSpecification"]
    assert isinstance(specification, dict)
    balancers = [{"name": arn.split("/")[1], "arn": str(arn), "type": "TARGET_GROUP"} for arn in arns]
    attached = {**specification, "loadBalancersConfig": {"loadBalancers": balancers}}
    return {**group, "compute": {**compute, "launchSpecification": attached}}


def _resolve_race(deployment: Deployment, context: DeployContext, created: Group) -> None:
    groups = (*(group for group in context.groups.all() if group.id != created.id), created)
    other = find_rival(deployment, groups, context.options.stage_suffix)
    if other is None:
        return
    context.groups.delete(created.id)
    deployment.new = None
    context.save(deployment)
    raise conflict_error(other, deployment)


def _suspend_scaling(deployment: Deployment, context: DeployContext, *, adopted: bool = False) -> None:
    """Suspend AUTO_SCALE on both groups with a time to live, so that a crash cannot leave them frozen.

    What is suspended already is so by an operator; the group that we just made is not.
    """
    minutes = context.options.suspend_minutes
    if minutes is None:
        return
    for ref in (deployment.new, deployment.snapshot.old):
        if ref is None or ref.id in deployment.suspended:
            continue
        ours = ref is deployment.new and not adopted
        theirs = None if ours else scaling_suspension(context.groups.suspensions(ref.id) or ())
        if theirs is None:
            _suspend_one(deployment, context, ref.id, minutes)
        else:
            ends = f"until {theirs.until:%Y-%m-%d %H:%M} UTC" if theirs.until else "without an end that is known"
            context.notify(Note(f"AUTO_SCALE of {ref.name} ({ref.id}) is suspended already, {ends}: it is left alone."))


def _suspend_one(deployment: Deployment, context: DeployContext, group: GroupId, minutes: int) -> None:
    deployment.suspended.append(group)
    context.save(deployment)
    context.groups.suspend_scaling(group, minutes)


def _not_smaller(snapshot: Capacity, now: Capacity) -> Capacity:
    """The snapshot's range; a target that somebody raised since stays, beyond its maximum, too."""
    target = max(snapshot.target, now.target)
    return replace(snapshot, target=target, maximum=max(snapshot.maximum, target))
