"""Groups and instances as the Spot API's responses show them."""

from collections.abc import Callable

from spotaction.sandbox.dates import offset, zulu
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.types import JSON

_LIFE_CYCLES = {True: "SPOT", False: "OD"}


def group_item(group: Group, region: str, *, form: Callable[[float], str] = zulu) -> JSON:
    """Return a group as responses show it, with nulls for missing optional keys."""
    document = _copied(group.document)
    answer: JSON = {"id": group.id, "name": document.pop("name"), "description": document.pop("description", None)}
    answer |= {"region": document.pop("region", region), **document}
    answer["capacity"] = {"unit": "instance"} | answer["capacity"]
    answer["strategy"] = {"onDemandCount": None, "availabilityVsCost": "balanced"} | (answer.get("strategy") or {})
    _fill_compute(answer["compute"])
    for key in ("scaling", "scheduling", "thirdPartiesIntegration"):
        answer.setdefault(key, {})
    return answer | {"createdAt": form(group.created_at), "updatedAt": form(group.updated_at)}


def status_item(group: Group, member: Member) -> JSON:
    """Return a member as GET /status shows it; a pending request has no instance id."""
    running = member.instance is not None
    return {
        "spotInstanceRequestId": member.spot_request,
        "instanceId": member.instance,
        "instanceType": member.instance_type if running else None,
        "product": group.document["compute"].get("product"),
        "groupId": group.id,
        "availabilityZone": member.zone if running else None,
        "privateIp": member.private_ip,
        "publicIp": member.public_ip,
        "ipv6Address": None,
        "createdAt": zulu(member.requested_at),
        "status": member.status,
        "lockStatus": "unlocked" if member.locked_until is None else "locked",
        "protectedUntil": _protected_until(member),
    }


def health_item(group: Group, member: Member) -> JSON:
    """Return a member as GET /instanceHealthiness shows it."""
    return {
        "instanceId": member.instance,
        "spotRequestId": member.spot_request,
        "groupId": group.id,
        "availabilityZone": member.zone,
        "lifeCycle": _LIFE_CYCLES[member.spot_request is not None],
        "healthStatus": member.health,
    }


def suspension_item(group: Group, now: float, *, expiry: bool) -> JSON:
    """Return a group's suspended processes."""
    names = [name for name in group.suspensions if group.suspended(name, now)]
    item: JSON = {"groupId": group.id, "processes": names}
    if expiry:
        item["suspensions"] = [
            {"name": name, "expiresAt": None if (end := group.suspensions[name]) is None else offset(end)}
            for name in names
        ]
    return item


def _copied(document: JSON) -> JSON:
    """Copy JSON; copy.deepcopy takes five times as long, which matters in lists of hundreds of groups."""
    return {key: _copied_value(value) for key, value in document.items()}


def _copied_value(value: object) -> object:
    if isinstance(value, dict):
        return _copied(value)
    return [_copied_value(entry) for entry in value] if isinstance(value, list) else value


def _fill_compute(compute: JSON) -> None:
    for zone in compute.get("availabilityZones") or []:
        subnets = zone.get("subnetIds") or ([zone["subnetId"]] if zone.get("subnetId") else [])
        if subnets:
            zone |= {"subnetId": subnets[0], "subnetIds": subnets}
    launch = compute["launchSpecification"]
    empty = dict.fromkeys(
        ("loadBalancerNames", "loadBalancersConfig", "healthCheckType", "healthCheckGracePeriod", "keyPair", "userData")
    )
    compute["launchSpecification"] = empty | {"iamRole": None, "shutdownScript": None, "tags": None} | launch


def _protected_until(member: Member) -> str | None:
    # Infinite: until it is unlocked.
    forever = member.locked_until is None or member.locked_until == float("inf")
    return None if forever or member.locked_until is None else zulu(member.locked_until)
