"""Rules of an Elastigroup config that JSON Schema cannot express; Spot rejects most violations, but later."""

import re
from collections.abc import Iterator
from itertools import pairwise

from spotaction.documents.accessors import (
    as_items,
    as_plain_text,
    as_texts,
    as_whole_number,
    value_at,
    without_duplicates,
)
from spotaction.documents.problems import Finding, by_place
from spotaction.documents.source import Document
from spotaction.documents.stateful import WHY, persisted
from spotaction.documents.tree import Path
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+?-[0-9]+")
TYPES: Path = ("group", "compute", "instanceTypes")
STRATEGY: Path = ("group", "strategy")


def check_group(document: Document) -> tuple[Problem, ...]:
    """Return every rule that a config breaks which has passed its schema, sorted by place."""
    problems = [finding.locate(document) for rule in _RULES for finding in rule(document.value)]
    return tuple(sorted(problems, key=by_place))


def zone_names(value: JsonValue) -> tuple[str, ...]:
    """Return the names of the group's availability zones."""
    return tuple(
        as_plain_text(value_at(zone, ("name",)))
        for zone in as_items(value_at(value, ("group", "compute", "availabilityZones")))
    )


def region_of(zone: str) -> str:
    """Return the region in the name of a zone or local zone; an empty text for a zone id, which has none."""
    match = _REGION.match(zone)
    return match[0] if match else ""


def _check_capacity(value: JsonValue) -> Iterator[Finding]:
    yield from _check_order(value, ("group", "capacity"), ("minimum", "target", "maximum"))


def _check_tasks(value: JsonValue) -> Iterator[Finding]:
    tasks = ("group", "scheduling", "tasks")
    for index, _ in enumerate(as_items(value_at(value, tasks))):
        yield from _check_order(value, (*tasks, index), ("scaleMinCapacity", "scaleTargetCapacity", "scaleMaxCapacity"))


def _check_requirements(value: JsonValue) -> Iterator[Finding]:
    for name in ("requiredVCpu", "requiredMemory", "requiredGpu"):
        yield from _check_order(value, (*TYPES, "resourceRequirements", name), ("minimum", "maximum"))


def _check_order(value: JsonValue, parent: Path, keys: tuple[str, ...]) -> Iterator[Finding]:
    given = [(key, number) for key in keys if (number := as_whole_number(value_at(value, (*parent, key)))) is not None]
    for (low, low_number), (high, high_number) in pairwise(given):
        if low_number > high_number:
            message = f"{high} {high_number} is less than {low} {low_number}"
            yield Finding((*parent, high), message, f"required: {' ≤ '.join(keys)}")


def _preferred_types(value: JsonValue) -> Iterator[Finding]:
    spot = as_texts(value_at(value, (*TYPES, "spot")))
    if spot:
        yield from _check_subset(value, (*TYPES, "preferredSpot"), spot, "spot")


def _preferred_zones(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "preferredAvailabilityZones")
    if zone_names(value):
        yield from _check_subset(value, path, zone_names(value), "availabilityZones")
    if value_at(value, path) and value_at(value, (*STRATEGY, "availabilityVsCost")) == "equalAzDistribution":
        yield Finding(path, "preferred zones and equalAzDistribution are mutually exclusive", "keep one of them")


def _check_subset(value: JsonValue, path: Path, known: tuple[str, ...], name: str) -> Iterator[Finding]:
    for index, each in enumerate(as_texts(value_at(value, path))):
        if each not in known:
            yield Finding((*path, index), f"{quote_value(each)} is not listed in {name}", hint_nearest(each, known))


def _check_weights(value: JsonValue) -> Iterator[Finding]:
    path = (*TYPES, "weights")
    if value_at(value, path) and value_at(value, ("group", "capacity", "unit")) != "weight":
        yield Finding(path, "weights need capacity.unit: weight", "set the unit, or remove the weights")
    for index, each in enumerate(as_items(value_at(value, path))):
        earlier = [as_plain_text(value_at(one, ("instanceType",))) for one in as_items(value_at(value, path))[:index]]
        if as_plain_text(value_at(each, ("instanceType",))) in earlier:
            yield Finding(
                (*path, index), f"{quote_value(as_plain_text(value_at(each, ('instanceType',))))} has a weight already"
            )


def _private_addresses(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "privateIps")
    if value_at(value, path):
        yield Finding(path, "two groups cannot have the same private addresses", "remove privateIps")


def _check_images(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "launchSpecification", "images")
    if len(as_items(value_at(value, path))) > 1 and _is_stateful(value):
        yield Finding(path, "a stateful group can have only one image")


def _check_revert_time(value: JsonValue) -> Iterator[Finding]:
    path = (*STRATEGY, "revertToSpot", "performAt")
    when = value_at(value, path)
    if when == "timeWindow" and not as_items(value_at(value, (*STRATEGY, "revertToSpot", "timeWindows"))):
        yield Finding(path, "'timeWindows' is missing, which timeWindow needs", "for example Mon:03:00-Wed:02:30")
    available = value_at(value, (*STRATEGY, "availabilityVsCost")) == "availabilityOriented"
    if when in {"never", "timeWindow"} and not available and not _is_stateful(value):
        yield Finding(
            path, f"{as_plain_text(when)} is for availabilityOriented or stateful groups only", "write always"
        )


def _check_region(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "availabilityZones")
    regions = without_duplicates(region for zone in zone_names(value) if (region := region_of(zone)))
    given = as_plain_text(value_at(value, ("group", "region")))
    if len(regions) > 1:
        yield Finding(path, f"the zones are in several regions: {', '.join(regions)}")
    elif given and regions and regions[0] != given:
        yield Finding(("group", "region"), f"the region is {given}, but the zones are in {regions[0]}")
    else:
        yield from _balancers_elsewhere(value, given or next(iter(regions), ""))


def _balancers_elsewhere(value: JsonValue, region: str) -> Iterator[Finding]:
    path: Path = ("group", "compute", "launchSpecification", "loadBalancersConfig", "loadBalancers")
    for index, balancer in enumerate(as_items(value_at(value, path))):
        theirs = [*as_plain_text(value_at(balancer, ("arn",))).split(":"), "", "", "", ""][3]
        if region and theirs not in {"", region} and _REGION.fullmatch(theirs):
            message = f"the target group is in {theirs}, but the Elastigroup is in {region}"
            yield Finding((*path, index, "arn"), message, "use a target group in that region")


def _persistence(value: JsonValue) -> Iterator[Finding]:
    kept = persisted(value_at(value, ("group",)))
    if kept:
        message = f"a stateful group (it keeps {', '.join(kept)}) cannot be replaced by another: {WHY}"
        yield Finding((*STRATEGY, "persistence"), message, "remove persistence")


def _is_stateful(value: JsonValue) -> bool:
    return bool(persisted(value_at(value, ("group",))))


_RULES = (
    _check_capacity,
    _check_tasks,
    _check_requirements,
    _preferred_types,
    _preferred_zones,
    _check_weights,
    _private_addresses,
    _check_images,
    _persistence,
    _check_revert_time,
    _check_region,
)
