"""Rules of an Elastigroup config that JSON Schema cannot say; Spot refuses what breaks them, or should."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from spotaction.documents import Document
from spotaction.errors import Problem
from spotaction.model import JsonValue
from spotaction.nodes import Path, dotted
from spotaction.stateful import WHY, persisted
from spotaction.values import at, items, text, texts, unique, whole
from spotaction.violations import by_place
from spotaction.wording import near, shown

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+?-[0-9]+")
TYPES: Path = ("group", "compute", "instanceTypes")
STRATEGY: Path = ("group", "strategy")


def check_group(document: Document) -> tuple[Problem, ...]:
    """What is impossible in a config that fits its schema, sorted by place."""
    found = [broken for rule in _RULES for broken in rule(document.value)]
    problems = [Problem(b.message, dotted(b.path), document.place(b.path), b.hint) for b in found]
    return tuple(sorted(problems, key=by_place))


def zones(value: JsonValue) -> tuple[str, ...]:
    """The names of the group's availability zones."""
    return tuple(text(at(zone, ("name",))) for zone in items(at(value, ("group", "compute", "availabilityZones"))))


def region_of(zone: str) -> str:
    """The region of a zone by its name, also of a local zone; empty when it has none (a zone id)."""
    match = _REGION.match(zone)
    return match[0] if match else ""


@dataclass(frozen=True)
class _Broken:
    path: Path
    message: str
    hint: str = ""


def _capacity(value: JsonValue) -> Iterator[_Broken]:
    yield from _ordered(value, ("group", "capacity"), ("minimum", "target", "maximum"))


def _tasks(value: JsonValue) -> Iterator[_Broken]:
    tasks = ("group", "scheduling", "tasks")
    for index, _ in enumerate(items(at(value, tasks))):
        yield from _ordered(value, (*tasks, index), ("scaleMinCapacity", "scaleTargetCapacity", "scaleMaxCapacity"))


def _requirements(value: JsonValue) -> Iterator[_Broken]:
    for name in ("requiredVCpu", "requiredMemory", "requiredGpu"):
        yield from _ordered(value, (*TYPES, "resourceRequirements", name), ("minimum", "maximum"))


def _ordered(value: JsonValue, parent: Path, keys: tuple[str, ...]) -> Iterator[_Broken]:
    given = [(key, number) for key in keys if (number := whole(at(value, (*parent, key)))) is not None]
    for (low, low_number), (high, high_number) in pairwise(given):
        if low_number > high_number:
            message = f"{high} {high_number} is less than {low} {low_number}"
            yield _Broken((*parent, high), message, f"{' ≤ '.join(keys)} has to hold")


def _preferred_types(value: JsonValue) -> Iterator[_Broken]:
    spot = texts(at(value, (*TYPES, "spot")))
    if spot:
        yield from _subset(value, (*TYPES, "preferredSpot"), spot, "spot")


def _preferred_zones(value: JsonValue) -> Iterator[_Broken]:
    path = ("group", "compute", "preferredAvailabilityZones")
    if zones(value):
        yield from _subset(value, path, zones(value), "availabilityZones")
    if at(value, path) and at(value, (*STRATEGY, "availabilityVsCost")) == "equalAzDistribution":
        yield _Broken(path, "preferred zones exclude equalAzDistribution", "keep one of them")


def _subset(value: JsonValue, path: Path, known: tuple[str, ...], name: str) -> Iterator[_Broken]:
    for index, each in enumerate(texts(at(value, path))):
        if each not in known:
            yield _Broken((*path, index), f"{shown(each)} is not among {name}", near(each, known))


def _weights(value: JsonValue) -> Iterator[_Broken]:
    path = (*TYPES, "weights")
    if at(value, path) and at(value, ("group", "capacity", "unit")) != "weight":
        yield _Broken(path, "weights count only with capacity.unit weight", "set the unit, or leave the weights out")
    for index, each in enumerate(items(at(value, path))):
        earlier = [text(at(one, ("instanceType",))) for one in items(at(value, path))[:index]]
        if text(at(each, ("instanceType",))) in earlier:
            yield _Broken((*path, index), f"{shown(text(at(each, ('instanceType',))))} has a weight already")


def _private_addresses(value: JsonValue) -> Iterator[_Broken]:
    path = ("group", "compute", "privateIps")
    if at(value, path):
        yield _Broken(path, "two groups cannot hold the same private addresses", "leave privateIps out")


def _images(value: JsonValue) -> Iterator[_Broken]:
    path = ("group", "compute", "launchSpecification", "images")
    if len(items(at(value, path))) > 1 and _stateful(value):
        yield _Broken(path, "a stateful group has one image")


def _revert(value: JsonValue) -> Iterator[_Broken]:
    path = (*STRATEGY, "revertToSpot", "performAt")
    when = at(value, path)
    if when == "timeWindow" and not items(at(value, (*STRATEGY, "revertToSpot", "timeWindows"))):
        yield _Broken(path, "timeWindow needs timeWindows beside it", "for example Mon:03:00-Wed:02:30")
    available = at(value, (*STRATEGY, "availabilityVsCost")) == "availabilityOriented"
    if when in {"never", "timeWindow"} and not available and not _stateful(value):
        yield _Broken(path, f"{text(when)} is for availabilityOriented or stateful groups only", "write always")


def _region(value: JsonValue) -> Iterator[_Broken]:
    path = ("group", "compute", "availabilityZones")
    regions = unique(region for zone in zones(value) if (region := region_of(zone)))
    given = text(at(value, ("group", "region")))
    if len(regions) > 1:
        yield _Broken(path, f"the zones lie in several regions: {', '.join(regions)}")
    elif given and regions and regions[0] != given:
        yield _Broken(("group", "region"), f"the region is {given}, but the zones lie in {regions[0]}")
    else:
        yield from _balancers_elsewhere(value, given or next(iter(regions), ""))


def _balancers_elsewhere(value: JsonValue, region: str) -> Iterator[_Broken]:
    path: Path = ("group", "compute", "launchSpecification", "loadBalancersConfig", "loadBalancers")
    for index, balancer in enumerate(items(at(value, path))):
        theirs = [*text(at(balancer, ("arn",))).split(":"), "", "", "", ""][3]
        if region and theirs not in {"", region} and _REGION.fullmatch(theirs):
            message = f"the target group lies in {theirs}, but the Elastigroup in {region}"
            yield _Broken((*path, index, "arn"), message, "name one of that region")


def _persistence(value: JsonValue) -> Iterator[_Broken]:
    kept = persisted(at(value, ("group",)))
    if kept:
        message = f"a stateful group (it keeps {', '.join(kept)}) cannot be replaced by another: {WHY}"
        yield _Broken((*STRATEGY, "persistence"), message, "leave persistence out")


def _stateful(value: JsonValue) -> bool:
    return bool(persisted(at(value, ("group",))))


_RULES = (
    _capacity,
    _tasks,
    _requirements,
    _preferred_types,
    _preferred_zones,
    _weights,
    _private_addresses,
    _images,
    _persistence,
    _revert,
    _region,
)
