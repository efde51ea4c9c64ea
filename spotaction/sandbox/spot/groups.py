"""The Spot calls on groups: create, list, get, update, delete, capacity and scaling."""

import datetime as dt
from collections.abc import Callable

from spotaction.sandbox.dates import offset
from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.spot.activity_log import event, log
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import GROUP, Answer, SpotError, invalid, unknown_group
from spotaction.sandbox.spot.validation import check_capacity, check_new, check_update
from spotaction.sandbox.spot.view import group_item
from spotaction.sandbox.types import JSON, GroupId


def create(request: SpotRequest) -> Answer:
    """POST /group. Names are not unique, and requests are not idempotent."""
    world = request.world
    document = check_new(request.body, world.machines.launchable)
    _cut_description(request, document)
    now = world.timeline.now
    group = Group(world.new_group_id(), document, now, now)
    world.add(group)
    event(group, now, "Create", [])
    log(group, now, "INFO", f"Group {group.id} successfully created.")
    answer = Answer(GROUP, [group_item(group, world.scenario.region, form=offset)])
    _settle(request, group)
    return answer


def list_all(request: SpotRequest) -> Answer:
    """GET /group, without pages; the filters are not reliable."""
    now = request.world.timeline.now
    groups = [group for group in request.world.groups.values() if group.listed_at <= now]
    if request.query.get("includeDeleted") != "true":
        groups = [group for group in groups if group.deleted_at is None]
    wanted = filter(_within(request), groups)
    return Answer(GROUP, [group_item(group, request.world.scenario.region) for group in wanted])


def get(request: SpotRequest) -> Answer:
    """GET /group/{id}."""
    return Answer(GROUP, [group_item(require_group(request), request.world.scenario.region)])


def update(request: SpotRequest) -> Answer:
    """PUT /group/{id}; keys that are not given stay unchanged."""
    world, group = request.world, require_group(request)
    for key in ("autoApplyTags", "shouldResumeStateful"):
        request.truth(key)
    _refuse_while_rolling(group)
    document = check_update(group.document, request.body, world.machines.launchable)
    _cut_description(request, document)
    resized = document["capacity"] != group.capacity
    group.document = document
    group.updated_at = world.timeline.now
    event(group, world.timeline.now, "Update", [])
    answer = Answer(GROUP, [group_item(group, world.scenario.region, form=offset)])
    if resized:
        _settle(request, group)
    return answer


def delete(request: SpotRequest) -> Answer:
    """DELETE /group/{id}, with an optional body; the group's instances are terminated."""
    request.world.delete(require_group(request))
    return Answer()


def capacity(request: SpotRequest) -> Answer:
    """PUT /group/{id}/capacity."""
    group = require_group(request)
    _refuse_while_rolling(group)
    wanted = check_capacity(group.capacity, request.body)
    _resize(request, group, wanted)
    shown = {key: wanted[key] for key in ("minimum", "maximum", "target")}
    return Answer(f"{GROUP}:capacity", [{"capacity": shown}])


def scale_up(request: SpotRequest) -> Answer:
    """PUT /group/{id}/scale/up, within the group's limits."""
    group = require_group(request)
    known = set(group.members)
    _adjust(request, group, +1)
    new = [member for member in group.members if member not in known]
    requests = [
        {
            "spotInstanceRequestId": member.spot_request,
            "availabilityZone": member.zone,
            "instanceType": member.instance_type,
        }
        for member in new
    ]
    return Answer("spotinst:aws:ec2:scale", [{"newSpotRequests": requests, "newInstances": None}])


def scale_down(request: SpotRequest) -> Answer:
    """PUT /group/{id}/scale/down, within the group's limits."""
    group = require_group(request)
    before = group.active()
    _adjust(request, group, -1)
    victims: list[Member] = [member for member in before if not member.active]
    item = {
        "victimSpotRequests": [
            {"spotInstanceRequestId": member.spot_request, "instanceId": member.instance}
            for member in victims
            if member.spot_request
        ],
        "victimInstances": [{"instanceId": member.instance} for member in victims if not member.spot_request],
    }
    return Answer("spotinst:aws:ec2:scale", [item])


def require_group(request: SpotRequest) -> Group:
    """Return the group with the path's id.

    Raises:
        SpotError: GROUP_DOESNT_EXIST, for a deleted group as well.
    """
    group = request.world.groups.get(GroupId(request.path["id"]))
    if group is None or group.deleted_at is not None:
        raise unknown_group(request.path["id"])
    return group


def _adjust(request: SpotRequest, group: Group, sign: int) -> None:
    _refuse_while_rolling(group)
    number, limits = request.number("adjustment"), group.capacity
    wanted = limits["target"] + sign * (1 if number is None else number)
    target = min(max(wanted, limits["minimum"]), limits["maximum"])
    _resize(request, group, limits | {"target": target})


def _resize(request: SpotRequest, group: Group, wanted: JSON) -> None:
    group.document = merged(group.document, {"capacity": wanted})
    group.updated_at = request.world.timeline.now
    _settle(request, group)


def _settle(request: SpotRequest, group: Group) -> None:
    """Limit the written capacity to what Spot stores, and reconcile the group."""
    group.document = merged(group.document, {"capacity": request.world.limits.clamped(group)})
    request.world.life.reconcile(group)


def _refuse_while_rolling(group: Group) -> None:
    if group.rolling() is not None:
        raise SpotError(400, "CANT_UPDATE_GROUP", "Can't update the group while a roll is in progress")


def _cut_description(request: SpotRequest, document: JSON) -> None:
    limit = request.world.scenario.description_limit
    if limit is not None and document.get("description"):
        document["description"] = document["description"][:limit]


def _within(request: SpotRequest) -> Callable[[Group], bool]:
    """Apply the filters of old clients: a part of the name, and bounds of the creation date."""
    name = request.query.get("name", "")
    first, last = _moment(request, "minCreatedAt", 0.0), _moment(request, "maxCreatedAt", float("inf"))
    return lambda group: name in group.name and first <= group.created_at <= last


def _moment(request: SpotRequest, key: str, default: float) -> float:
    number = request.number(key) if request.query.get(key, "").isdigit() else None
    if number is not None:
        return number / 1000
    text = request.query.get(key)
    if text is None:
        return default
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()
    except ValueError as error:
        raise invalid(f'"{key}" must be a date', key) from error
