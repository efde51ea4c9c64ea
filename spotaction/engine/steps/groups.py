"""What the steps share about groups: create one with the marker, restore the old one, swap the names."""

from dataclasses import replace

from spotaction.engine.context import DeployContext
from spotaction.engine.gate import conflict_error, find_rival
from spotaction.engine.steps.suspensions import suspend_scaling
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Capacity, Group, GroupId, JsonObject, TargetGroupArn

_SPOT_LAG = 10.0  # seconds for which terminating instances may still be listed as healthy


def create_group(
    deployment: Deployment,
    context: DeployContext,
    *,
    name: str,
    config: JsonObject,
    target_groups: tuple[TargetGroupArn, ...] = (),
    known: frozenset[GroupId] = frozenset(),
) -> Group:
    """Create the new group with 0 instances and this deployment's marker, and return it; reuse it if it exists.

    Names are not unique and create is not conditional, so the list is read again. If it shows a run that goes first,
    the group just created is deleted and `ConflictError` is raised; the gate checks once more later. Raises `ApiError`
    when Spot rejects a call.
    """
    adopted = context.groups.get(deployment.new.id) if deployment.new else None
    if adopted is not None:
        context.notify(Note(f"Reusing existing group {adopted.name} ({adopted.id})."))
        suspend_scaling(deployment, context, adopted=True)
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
            WarningEvent(
                "Spot did not return the marker in the group's description; pass the output `deployment` to later runs."
            )
        )
    _resolve_race(deployment, context, created)
    suspend_scaling(deployment, context)
    return created


def create_body(
    config: JsonObject,
    *,
    name: str,
    description: str,
    target_groups: tuple[TargetGroupArn, ...] = (),
) -> JsonObject:
    """Return the config to create the group with: another name, capacity 0 and, if given, `target_groups` for its own.

    This is Harness's JSON transformation; `config` already has the image and user data.
    """
    group = {key: value for key, value in config.items() if key not in {"id", "createdAt", "updatedAt"}}
    capacity = config.get("capacity")
    unit = capacity.get("unit") if isinstance(capacity, dict) else None
    group |= {"name": name, "description": description}
    group["capacity"] = {"minimum": 0, "target": 0, "maximum": 0, "unit": unit or "instance"}
    return _with_target_groups(group, target_groups) if target_groups else group


def restore_old(deployment: Deployment, context: DeployContext) -> None:
    """Restore the old group's capacity from the snapshot, never below its current one, and wait until it is steady.

    If it may have been scaled down, the capacity is written whatever a read shows. If it was, it has to be steady for a
    while: terminating instances may still be listed as healthy. Raises `FailedError` or `TimedOutError` if it does not
    exist or does not become steady.
    """
    old, written = deployment.snapshot.old, context.written
    if old is None:
        return
    group = context.require_group(old.id, "The old Elastigroup")
    restored = _not_smaller(old.capacity, group.capacity)
    may_be_shrunk = old.id in written.capacities or not deployment.snapshot.routes
    if may_be_shrunk and not written.complete and old.id not in context.health_cache.draining:
        _distrust_listed(group, context)
    steady = context.wait_for_healthy_again(replace(group, capacity=restored), old.capacity.target)
    if written.complete and old.id not in written.capacities:
        context.wait_for_all([steady])
        return
    shrunk = old.id in written.capacities or group.capacity != restored
    again = old.id in written.restored and written.capacities.get(old.id) == restored
    context.groups.scale(group.id, restored)
    context.wait_for_all([_for_a_while(steady, context) if shrunk and not again else steady])
    written.restored.add(old.id)


def take_names(deployment: Deployment, context: DeployContext) -> None:
    """Rename the new group to the app's name and the old one to the stage name. Raises `ApiError`."""
    old = deployment.snapshot.old
    assert deployment.new is not None
    context.groups.update(deployment.new.id, name=deployment.app)
    deployment.new = replace(deployment.new, name=deployment.app)
    context.save(deployment)
    if old is not None:
        context.groups.update(old.id, name=naming.stage_name(deployment.app))


def restore_names(deployment: Deployment, context: DeployContext) -> None:
    """Restore both groups' names; the new group's matters less, since it is about to be deleted. Raises `ApiError`."""
    old, new, written = deployment.snapshot.old, deployment.new, context.written
    if old is not None and (not written.complete or old.id in written.names):
        context.groups.update(old.id, name=old.name)
    if new is None or (written.complete and new.id not in written.names) or context.groups.get(new.id) is None:
        return
    staged = naming.stage_name(deployment.app)
    try:
        context.groups.update(new.id, name=staged)
    except (ApiError, CredentialError) as error:
        context.notify(WarningEvent(f"{new.id} keeps the name {deployment.app}: {error.message}"))
    else:
        deployment.new = replace(new, name=staged)


def _distrust_listed(group: Group, context: DeployContext) -> None:
    """Count the instances that are listed now only once reads are certain to show which of them are draining.

    An earlier run has scaled the group down, or may have where no rule keeps its instances apart from the new ones.
    """
    context.written.emptied.setdefault(group.id, context.clock.now())
    context.note_draining(group)
    if context.health_cache.draining[group.id].instances:
        context.notify(
            Note(
                f"The instances that {group.name} ({group.id}) has now count as healthy after {LIST_LAG:.0f} s: an "
                "earlier run may have scaled it down, and reads may not show that yet."
            )
        )


def _for_a_while(steady: Wait, context: DeployContext) -> Wait:
    """Return a wait that is ready once `steady` has been ready for `_SPOT_LAG` seconds without interruption."""
    since: list[float] = []

    def check() -> Verdict:
        verdict = steady.check()
        if not isinstance(verdict, Ready):
            since.clear()
            return verdict
        since.append(context.clock.now())
        if since[-1] - since[0] >= _SPOT_LAG:
            return verdict
        return Waiting("healthy; confirming that they stay so", verdict.ready, verdict.of)

    def pace(verdict: Waiting, elapsed: float) -> float:
        return _SPOT_LAG / 2 if since else steady.pace(verdict, elapsed)

    return replace(steady, check=check, pace=pace)


def write_marker_state(deployment: Deployment, context: DeployContext, state: State) -> None:
    """Write `state` into the marker of the new group, if that exists. Raises `ApiError`."""
    group = context.recent_group(deployment.new.id) if deployment.new else None
    if group is not None:
        ended = state is State.COMPLETED
        took = (context.groups.time() - group.created_at).total_seconds() if ended else None
        description = marker.write_marker(deployment, state, group.description, took)
        context.groups.update(group.id, description=description)


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
    other = find_rival(deployment, groups)
    if other is None:
        return
    context.groups.delete(created.id)
    deployment.new = None
    context.save(deployment)
    raise conflict_error(other, deployment)


def _not_smaller(snapshot: Capacity, now: Capacity) -> Capacity:
    """The snapshot's range; a target that was raised since then stays, even above the snapshot's maximum."""
    target = max(snapshot.target, now.target)
    return replace(snapshot, target=target, maximum=max(snapshot.maximum, target))
