"""Spot's validation rules beyond the fields' types, written independently of the action's."""

import re
from collections.abc import Callable, Iterator

from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.spot.fields import check_fields, group_fields, is_whole, read_quoted
from spotaction.sandbox.spot.responses import SpotError, invalid
from spotaction.sandbox.types import JSON

_FIXED = {"": ("id", "createdAt", "updatedAt", "region"), "capacity": ("unit",), "compute": ("product",)}
#: The largest capacity that the sandbox supports; Spot's own limit is not known.
_MOST = 20_000
_DAY = 86_400
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-\d")
_EFFECTS = ("action", "adjustment", "minTargetCapacity", "maxTargetCapacity")
_ACTIONS = {
    "adjustment": ("adjustment",),
    "percentageAdjustment": ("adjustment",),
    "setMinTarget": ("minTargetCapacity",),
    "setMaxTarget": ("maxTargetCapacity",),
    "updateCapacity": ("target", "minimum", "maximum"),
}
_TASKS = {
    "scale": ("scaleTargetCapacity", "scaleMinCapacity", "scaleMaxCapacity"),
    "roll": ("batchSizePercentage",),
    "statefulUpdateCapacity": ("targetCapacity", "minCapacity", "maxCapacity", "MinCapacity", "MaxCapacity"),
}
_AUTOSCALERS = ("ecs", "kubernetes", "nomad", "dockerSwarm")


def check_new(body: object, launchable: Callable[[str], bool]) -> JSON:
    """Return the group of a create request after checking it.

    Raises:
        SpotError: for the first violation.
    """
    group = _group_of(body)
    _refuse_first(_metadata_null(group))
    _refuse_first(_resource_requirements_null(group))
    check_fields(group, "group", create=True)
    group = merged({}, _without_nulls(group))
    _refuse_first(_rules(group))
    _check_images(group, launchable)
    return group


def check_update(current: JSON, body: object, launchable: Callable[[str], bool]) -> JSON:
    """Return the group as an update request leaves it, after checking both.

    Raises:
        SpotError: for the first violation in the body or the updated group.
    """
    changes = _group_of(body)
    _refuse_first(_fixed(changes))
    check_fields(changes, "group", create=False)
    group = merged(current, changes)
    check_fields(group, "group", create=True)
    _refuse_first(_rules(group))
    if "compute" in changes:
        _check_images(group, launchable)
    return group


def check_capacity(current: JSON, body: object) -> JSON:
    """Return the capacity of a capacity request. Raises `SpotError` for the first violation."""
    if not isinstance(body, dict) or not isinstance(body.get("capacity"), dict):
        raise invalid('"capacity" is required', "capacity")
    for key, value in body["capacity"].items():
        if key not in {"minimum", "maximum", "target"}:
            raise invalid(f'"{key}" is not allowed', f"capacity.{key}")
        if not is_whole(value):
            raise invalid(f'"{key}" must be a number', f"capacity.{key}")
    capacity: JSON = current | {key: int(value) for key, value in body["capacity"].items()}
    _refuse_first(_capacity_rules(capacity, "capacity"))
    return capacity


def _group_of(body: object) -> JSON:
    if not isinstance(body, dict) or "group" not in body:
        raise invalid('"group" is required', "group")
    for key in body:
        if key != "group":
            raise invalid(f'"{key}" is not allowed', key)
    if not isinstance(body["group"], dict):
        raise invalid('"group" must be an object', "group")
    group = read_quoted(body["group"], group_fields())
    assert isinstance(group, dict)
    return group


def _refuse_first(problems: Iterator[SpotError]) -> None:
    for problem in problems:
        raise problem


def _metadata_null(group: JSON) -> Iterator[SpotError]:
    launch = _at(group, "compute", "launchSpecification")
    if "metadataOptions" in launch and launch["metadataOptions"] is None:
        path = "group.compute.launchSpecification.metadataOptions"
        yield invalid('"metadataOptions" must be an object', path)


def _resource_requirements_null(group: JSON) -> Iterator[SpotError]:
    if {"resourceRequirements", "spot"} <= set(_at(group, "compute", "instanceTypes")):
        message = '"value" contains a conflict between exclusive peers [resourceRequirements, spot]'
        yield invalid(message, "group.compute.instanceTypes")


def _fixed(changes: JSON) -> Iterator[SpotError]:
    for parent, keys in _FIXED.items():
        holder = changes if not parent else _at(changes, parent)
        for key in keys:
            if key in holder:
                yield invalid(f'"{key}" is not allowed', ".".join(filter(None, ["group", parent, key])))


def _rules(group: JSON) -> Iterator[SpotError]:
    yield from _capacity_rules(group["capacity"], "group.capacity")
    yield from _strategy_rules(group)
    yield from _place_rules(group)
    yield from _type_rules(group)
    yield from _launch_rules(group)
    yield from _policy_rules(group)
    yield from _task_rules(group)


def _capacity_rules(capacity: JSON, path: str) -> Iterator[SpotError]:
    for key in ("minimum", "target", "maximum"):
        if capacity[key] < 0:
            yield invalid(f'"{key}" must be larger than or equal to 0', f"{path}.{key}")
    if capacity["minimum"] > capacity["target"]:
        yield invalid(f'"minimum" must be less than or equal to {capacity["target"]}', f"{path}.minimum")
    if capacity["target"] > min(capacity["maximum"], _MOST):
        most = min(capacity["maximum"], _MOST)
        yield invalid(f'"target" must be less than or equal to {most}', f"{path}.target")


def _strategy_rules(group: JSON) -> Iterator[SpotError]:
    strategy = _at(group, "strategy")
    kept = strategy.get("persistence") or []
    entries = [each for each in (kept if isinstance(kept, list) else [kept]) if isinstance(each, dict)]
    stateful = any(value in {True, "true"} for each in entries for value in each.values())
    available = strategy.get("availabilityVsCost") == "availabilityOriented"
    revert = _at(strategy, "revertToSpot")
    if revert.get("performAt") in {"never", "timeWindow"} and not stateful and not available:
        yield invalid('"performAt" must be one of [always]', "group.strategy.revertToSpot.performAt")
    if revert.get("performAt") == "timeWindow" and not revert.get("timeWindows"):
        yield invalid('"timeWindows" is required', "group.strategy.revertToSpot.timeWindows")


def _place_rules(group: JSON) -> Iterator[SpotError]:
    compute = group["compute"]
    zones, subnets = compute.get("availabilityZones"), compute.get("subnetIds")
    if zones and subnets:
        yield _peers("group.compute", "availabilityZones", "subnetIds")
    if not zones and not subnets:
        yield invalid('"value" must contain at least one of [availabilityZones, subnetIds]', "group.compute")
    if subnets and not group.get("region"):
        yield invalid('"region" is required', "group.region")
    names = [zone["name"] for zone in zones or []]
    if len(set(names)) < len(names):
        yield invalid('"availabilityZones" contains a duplicate value', "group.compute.availabilityZones")
    given = {match[0] for name in names if (match := _REGION.match(name))} | {group.get("region")} - {None}
    if len(given) > 1:
        yield invalid('"availabilityZones" must be in one region', "group.compute.availabilityZones")
    for zone in compute.get("preferredAvailabilityZones") or []:
        if zone not in names:
            path = "group.compute.preferredAvailabilityZones"
            yield invalid(f'"preferredAvailabilityZones" must be one of [{", ".join(names)}]', path)


def _type_rules(group: JSON) -> Iterator[SpotError]:
    types, path = _at(group, "compute", "instanceTypes"), "group.compute.instanceTypes"
    for pair in (("ondemand", "onDemandTypes"), ("spot", "resourceRequirements")):
        present = [key for key in pair if types.get(key)]
        if len(present) == len(pair):
            yield _peers(path, *pair)
        if not present:
            yield invalid(f'"value" must contain at least one of [{", ".join(pair)}]', path)
    if types.get("preferredSpot") and not set(types["preferredSpot"]) <= set(types.get("spot") or []):
        yield invalid('"preferredSpot" must be a subset of "spot"', f"{path}.preferredSpot")
    if types.get("weights") and group["capacity"].get("unit") != "weight":
        yield invalid('"weights" is not allowed', f"{path}.weights")
    if group["capacity"].get("unit") == "weight" and any(
        _at(group, "thirdPartiesIntegration", k) for k in _AUTOSCALERS
    ):
        yield invalid('"unit" must be one of [instance]', "group.capacity.unit")


def _launch_rules(group: JSON) -> Iterator[SpotError]:
    launch, path = group["compute"]["launchSpecification"], "group.compute.launchSpecification"
    if launch.get("imageId") and launch.get("images"):
        yield _peers(path, "imageId", "images")
    if not launch.get("imageId") and not launch.get("images"):
        yield invalid('"value" must contain at least one of [imageId, images]', path)
    if not launch.get("securityGroupIds"):
        yield invalid('"securityGroupIds" must contain at least 1 items', f"{path}.securityGroupIds")
    yield from _disk_rules(launch, path)
    balancers = _at(launch, "loadBalancersConfig").get("loadBalancers") or []
    for index, entry in enumerate(balancers):
        key = "arn" if entry.get("type") == "TARGET_GROUP" else "name"
        if not entry.get("type"):
            yield invalid('"type" is required', f"{path}.loadBalancersConfig.loadBalancers.{index}.type")
        elif not entry.get(key):
            yield invalid(f'"{key}" is required', f"{path}.loadBalancersConfig.loadBalancers.{index}.{key}")


def _disk_rules(launch: JSON, path: str) -> Iterator[SpotError]:
    for index, device in enumerate(launch.get("blockDeviceMappings") or []):
        ebs = device.get("ebs") or {}
        for pair in (("iops", "dynamicIops"), ("volumeSize", "dynamicVolumeSize")):
            if all(ebs.get(key) is not None for key in pair):
                yield _peers(f"{path}.blockDeviceMappings.{index}.ebs", *pair)
        if ebs.get("volumeType") in {"io1", "io2"} and not ebs.get("iops") and not ebs.get("dynamicIops"):
            yield invalid('"iops" is required', f"{path}.blockDeviceMappings.{index}.ebs.iops")


def _policy_rules(group: JSON) -> Iterator[SpotError]:
    for kind in ("up", "down", "target"):
        for index, policy in enumerate(_at(group, "scaling").get(kind) or []):
            path = f"group.scaling.{kind}.{index}"
            period = policy.get("period")
            if period is not None and period not in {1, 5, 10, 20, 30} and (period % 60 or period > _DAY):
                yield invalid('"period" must be a multiple of 60', f"{path}.period")
            if kind == "target":
                continue
            steps = policy.get("stepAdjustments")
            if policy.get("threshold") is None and not steps:
                yield invalid('"threshold" is required', f"{path}.threshold")
            for holder in (policy, *(steps or [])):
                yield from _action_rules(holder.get("action"), policy, path)
            if not steps and not any(policy.get(key) is not None for key in _EFFECTS):
                yield invalid('"action" is required', f"{path}.action")


def _action_rules(action: JSON | None, policy: JSON, path: str) -> Iterator[SpotError]:
    keys = _ACTIONS.get((action or {}).get("type", ""), ())
    if keys and all(each.get(key) is None for each in (action or {}, policy) for key in keys):
        yield invalid(f'"{keys[0]}" is required', f"{path}.action.{keys[0]}")


def _task_rules(group: JSON) -> Iterator[SpotError]:
    for index, task in enumerate(_at(group, "scheduling").get("tasks") or []):
        path = f"group.scheduling.tasks.{index}"
        if task.get("frequency") is not None and task.get("cronExpression") is not None:
            yield _peers(path, "frequency", "cronExpression")
        for keys in (("frequency", "cronExpression", "startTime"), _TASKS.get(task["taskType"], ())):
            if keys and all(task.get(key) is None for key in keys):
                yield invalid(f'"value" must contain at least one of [{", ".join(keys)}]', path)


def _check_images(group: JSON, launchable: Callable[[str], bool]) -> None:
    launch = group["compute"]["launchSpecification"]
    images = [launch["imageId"]] if launch.get("imageId") else [image["id"] for image in launch["images"]]
    for image in images:
        if not launchable(image):
            raise SpotError(400, "CANT_VALIDATE_IMAGE", f"Can't validate AMI {image}")


def _peers(path: str, *names: str) -> SpotError:
    return invalid(f'"value" contains a conflict between exclusive peers [{", ".join(names)}]', path)


def _at(document: JSON, *keys: str) -> JSON:
    for key in keys:
        document = document.get(key) or {}
        if not isinstance(document, dict):
            return {}
    return document


def _without_nulls(document: JSON) -> JSON:
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }
