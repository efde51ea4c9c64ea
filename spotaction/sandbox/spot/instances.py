"""The Spot calls on instances: status, health, locks, standby, detachment and interruption."""

from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.spot.activity_log import event
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.spot.groups import require_group
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import GROUP, Answer, SpotError
from spotaction.sandbox.spot.view import health_item, status_item
from spotaction.sandbox.types import JSON, InstanceId

_MINUTE = 60.0


def status(request: SpotRequest) -> Answer:
    """GET /group/{id}/status: instances and pending requests, without requests that AWS refused."""
    group, draining = require_group(request), request.world.scenario.draining
    members = [member for member in group.present() if member.status and _shown(member, draining=draining.in_status)]
    return Answer(GROUP, [status_item(group, member) for member in members])


def healthiness(request: SpotRequest) -> Answer:
    """GET /group/{id}/instanceHealthiness: instances only."""
    group, draining = require_group(request), request.world.scenario.draining
    launched = [member for member in group.present() if member.instance is not None]
    members = [member for member in launched if _shown(member, draining=draining.in_health)]
    return Answer(f"{GROUP}:instanceHealthiness", [health_item(group, member) for member in members])


def detach(request: SpotRequest) -> Answer:
    """PUT /group/{id}/detachInstances."""
    group, body = require_group(request), request.checked_body("detach")
    members = [_member_of(request, group, instance) for instance in dict.fromkeys(body["instancesToDetach"])]
    draining = body.get("drainingTimeout")
    for member in members:
        terminate = bool(body.get("shouldTerminateInstances"))
        request.world.life.detach(
            group, member, terminate=terminate, draining=group.draining_timeout if draining is None else draining
        )
    if body.get("shouldDecrementTargetCapacity"):
        _decrement(group, len(members))
    ids = [{"type": "detachedInstance", "instanceId": member.instance} for member in members]
    event(group, request.world.timeline.now, "DetachInstances", ids)
    request.world.life.reconcile(group)
    return Answer("spotinst:aws:ec2:detachInstances")


def get(request: SpotRequest) -> Answer:
    """GET /instance/{id}."""
    _, member = _member(request, request.path["id"])
    state = "ACTIVE" if member.phase == "running" else "TERMINATING"
    item = {"instanceId": member.instance, "lifeCycleState": state}
    return Answer("spotinst:aws:ec2:instance", [item])


def lock(request: SpotRequest) -> Answer:
    """POST /instance/{id}/lock, for a number of minutes or until unlocked."""
    _, member = _member(request, request.path["id"])
    minutes = request.number("ttlInMinutes")
    until = float("inf") if minutes is None else request.world.timeline.now + minutes * _MINUTE
    member.locked_until = until
    return Answer()


def unlock(request: SpotRequest) -> Answer:
    """POST /instance/{id}/unlock."""
    _member(request, request.path["id"])[1].locked_until = None
    return Answer()


def enter_standby(request: SpotRequest) -> Answer:
    """POST /instance/{id}/standby/enter."""
    request.world.life.enter_standby(_member(request, request.path["id"])[1])
    return Answer()


def exit_standby(request: SpotRequest) -> Answer:
    """POST /instance/{id}/standby/exit."""
    request.world.life.exit_standby(_member(request, request.path["id"])[1])
    return Answer()


def interruption(request: SpotRequest) -> Answer:
    """POST /instance/interruption: simulate that AWS interrupts instances."""
    instances = dict.fromkeys(request.checked_body("interruption")["instancesToInterrupt"])
    request.world.life.interrupt([_member(request, instance) for instance in instances])
    return Answer()


def _shown(member: Member, *, draining: bool) -> bool:
    return draining or member.phase != "draining"


def _member(request: SpotRequest, instance: str) -> tuple[Group, Member]:
    found = request.world.life.member(InstanceId(instance))
    if found is None:
        raise SpotError(400, "INSTANCE_DOESNT_EXIST", f"Instance {instance} doesn't exist")
    return found


def _member_of(request: SpotRequest, group: Group, instance: str) -> Member:
    owner, member = _member(request, instance)
    if owner is not group:
        raise SpotError(400, "INSTANCE_DOESNT_EXIST", f"Instance {instance} doesn't exist in group {group.id}")
    return member


def _decrement(group: Group, count: int) -> None:
    capacity: JSON = group.capacity
    target = max(0, capacity["target"] - count)
    changes = {"target": target, "minimum": min(capacity["minimum"], target)}
    group.document = merged(group.document, {"capacity": changes})
