"""The groups that exist when a sandbox starts."""

import copy
from collections.abc import Sequence

from spotaction.sandbox.aws.load_balancers import LoadBalancers
from spotaction.sandbox.aws.moto_backends import stable_hex
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.scenario import Scenario, parse_time
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.spot.rolling import Rolling
from spotaction.sandbox.types import JSON, GroupId

#: Keys under compute that exclude each other.
_RIVALS = (
    ("", "subnetIds", "availabilityZones"),
    ("instanceTypes", "onDemandTypes", "ondemand"),
    ("instanceTypes", "resourceRequirements", "spot"),
    ("launchSpecification", "images", "imageId"),
)
_YEAR = 365 * 86_400.0
_MONTHS_AGO = 90 * 86_400.0


def create_seed_groups(
    scenario: Scenario, timeline: Timeline, balancers: LoadBalancers, rolling: Rolling
) -> dict[GroupId, Group]:
    """Create the scenario's groups and filler groups, with instances that are running and healthy."""
    groups: dict[GroupId, Group] = {}
    for entry in scenario.elastigroups:
        group = _group(scenario, timeline, balancers, entry, number=len(groups))
        groups[group.id] = group
        if entry.get("running", True):
            rolling.life.start_running(group)
        else:
            rolling.life.reconcile(group)
        if "roll" in entry:
            _begin_roll(rolling, group, entry["roll"])
    for number in range(scenario.filler_groups):
        filler = _filler(scenario, timeline, number)
        groups[filler.id] = filler
    return groups


def merged(base: JSON, changes: JSON) -> JSON:
    """Merge as a partial update does: objects are merged, arrays replaced, nulls clear a key."""
    result = copy.copy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def _group(scenario: Scenario, timeline: Timeline, balancers: LoadBalancers, entry: JSON, *, number: int) -> Group:
    created = parse_time(entry["created"]) if "created" in entry else timeline.start - _MONTHS_AGO
    ident = entry.get("id") or f"sig-{stable_hex(scenario.seed, 'group', number, length=8)}"
    arns = [balancers.arn(name) for name in entry.get("target-groups", ())]
    document = merged(_without_rivals(_document(scenario, arns, entry), _config(entry)), _config(entry))
    group = Group(GroupId(ident), document, created, created)
    group.suspensions = dict(_suspension(timeline.start, suspended) for suspended in entry.get("suspended", ()))
    return group


def _suspension(start: float, entry: str | JSON) -> tuple[str, float | None]:
    if isinstance(entry, str):
        return entry, None
    return entry["name"], start + entry["for"] if "for" in entry else None


def _begin_roll(rolling: Rolling, group: Group, entry: JSON) -> None:
    body = {"batchSizePercentage": entry.get("batch-size", 50), "gracePeriod": entry.get("grace-period", 300)}
    roll = rolling.add(group, body)
    if entry["status"] == "failed":
        roll.status = "failed"
    else:
        rolling.next_batch(group, roll)


def _without_rivals(defaults: JSON, config: JSON) -> JSON:
    """Drop the defaults that Spot rejects next to the configured keys."""
    compute = config.get("compute") or {}
    for parent, key, rival in _RIVALS:
        if (compute.get(parent) if parent else compute) and key in (compute[parent] if parent else compute):
            holder = defaults["compute"][parent] if parent else defaults["compute"]
            holder.pop(rival, None)
    return defaults


def _config(entry: JSON) -> JSON:
    config: JSON = entry.get("config", {})
    config = config.get("group", config)
    return {key: value for key, value in config.items() if key not in {"id", "createdAt", "updatedAt"}}


def _document(scenario: Scenario, groups: Sequence[str], entry: JSON) -> JSON:
    launch: JSON = {
        "securityGroupIds": ["sg-0a1b2c3d4e5f60718"],
        "monitoring": False,
        "ebsOptimized": False,
        "imageId": entry.get("image") or next((image["id"] for image in scenario.images), "ami-00000000"),
    }
    check = entry.get("health-check", "TARGET_GROUP" if groups else None)
    if check is not None:
        launch |= {"healthCheckType": check, "healthCheckGracePeriod": 300}
    if groups:
        entries = [{"name": arn.split("/")[-2], "arn": arn, "type": "TARGET_GROUP"} for arn in groups]
        launch["loadBalancersConfig"] = {"loadBalancers": entries}
    document: JSON = {
        "name": entry["name"],
        "capacity": _capacity(entry.get("capacity", 0)),
        "strategy": {"risk": 100, "availabilityVsCost": "balanced", "drainingTimeout": 120, "fallbackToOd": True},
        "compute": {
            "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]},
            "availabilityZones": [{"name": scenario.region + letter} for letter in "ab"],
            "product": "Linux/UNIX",
            "launchSpecification": launch,
        },
        "scaling": {},
        "scheduling": {},
        "thirdPartiesIntegration": {},
    }
    return document | ({"description": entry["description"]} if "description" in entry else {})


def _capacity(capacity: object) -> JSON:
    if isinstance(capacity, dict):
        return {**capacity, "unit": "instance"}
    target = int(str(capacity))
    return {"minimum": target, "target": target, "maximum": max(1, 2 * target), "unit": "instance"}


def _filler(scenario: Scenario, timeline: Timeline, number: int) -> Group:
    """Create an unrelated group without instances; some are years old."""
    entry = {"name": f"filler-{number:04d}", "capacity": {"minimum": 0, "target": 0, "maximum": 10}}
    created = timeline.start - (number % 40 + 1) * _YEAR / 10
    ident = GroupId(f"sig-{stable_hex(scenario.seed, 'filler', number, length=8)}")
    document = _document(scenario, [], entry)
    return Group(ident, document, created, created, filler=True)
