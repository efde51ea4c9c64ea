"""Rules between the values of an Elastigroup config, which JSON Schema cannot express."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from spotaction.documents.accessors import as_items, as_plain_text, as_whole_number, value_at
from spotaction.documents.elastigroup.stateful import WHY, persisted
from spotaction.documents.expressions.lookups import Unresolved
from spotaction.documents.problems import Finding
from spotaction.documents.tree import Path
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.resources import JsonValue

LAUNCH: Path = ("group", "compute", "launchSpecification")
BALANCERS: Path = (*LAUNCH, "loadBalancersConfig", "loadBalancers", "*")
TYPES: Path = ("group", "compute", "instanceTypes")
STRATEGY: Path = ("group", "strategy")


Rule = Callable[[JsonValue], Iterator[Finding]]


def values_at(value: JsonValue, pattern: Path) -> Iterator[tuple[Path, JsonValue]]:
    """Yield the values that are not null at the paths of a pattern, in which `*` is every item of a list.

    A mapping where a list is expected is its only item, as in Spot's examples; its path has no index.
    """
    yield from _matching(value, pattern, ())


def _matching(value: JsonValue, pattern: Path, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    if value is None:
        return
    if not pattern:
        yield path, value
    elif pattern[0] != "*":
        yield from _matching(value_at(value, pattern[:1]), pattern[1:], (*path, pattern[0]))
    elif isinstance(value, Mapping):
        yield from _matching(value, pattern[1:], path)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _matching(each, pattern[1:], (*path, index))


def texts_at(value: JsonValue, pattern: Path) -> Iterator[tuple[Path, str]]:
    """Yield the texts at the paths of a pattern, without those that contain an unresolved expression."""
    for path, each in values_at(value, pattern):
        if isinstance(each, str) and not isinstance(each, Unresolved):
            yield path, each


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
    spot = [each for _, each in values_at(value, (*TYPES, "spot", "*"))]
    if spot:
        yield from _check_subset(value, (*TYPES, "preferredSpot"), spot, "spot")


def _preferred_zones(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "preferredAvailabilityZones")
    zones = [each for _, each in values_at(value, ("group", "compute", "availabilityZones", "*", "name"))]
    if zones:
        yield from _check_subset(value, path, zones, "availabilityZones")
    if value_at(value, path) and value_at(value, (*STRATEGY, "availabilityVsCost")) == "equalAzDistribution":
        yield Finding(path, "preferred zones and equalAzDistribution are mutually exclusive", "keep one of them")


def _check_subset(value: JsonValue, path: Path, known: Sequence[JsonValue], name: str) -> Iterator[Finding]:
    if any(isinstance(each, Unresolved) for each in known):
        return
    for place, each in texts_at(value, (*path, "*")):
        if each not in known:
            yield Finding(place, f"{quote_value(each)} is not listed in {name}", hint_nearest(each, map(str, known)))


def _check_weights(value: JsonValue) -> Iterator[Finding]:
    path = (*TYPES, "weights")
    if value_at(value, path) and value_at(value, ("group", "capacity", "unit")) != "weight":
        yield Finding(path, "weights require capacity.unit: weight", "set the unit, or remove the weights")
    for index, each in enumerate(as_items(value_at(value, path))):
        earlier = [as_plain_text(value_at(one, ("instanceType",))) for one in as_items(value_at(value, path))[:index]]
        if as_plain_text(value_at(each, ("instanceType",))) in earlier:
            yield Finding(
                (*path, index), f"{quote_value(as_plain_text(value_at(each, ('instanceType',))))} already has a weight"
            )


def _private_addresses(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "privateIps")
    kept = as_items(value_at(value, (*STRATEGY, "persistence")))
    if value_at(value, path) and not any(value_at(each, ("shouldPersistPrivateIp",)) for each in kept):
        message = "privateIps have no effect without strategy.persistence.shouldPersistPrivateIp"
        yield Finding(path, message, "remove privateIps", certain=False)


def _on_demand_share(value: JsonValue) -> Iterator[Finding]:
    path = (*STRATEGY, "onDemandCount")
    if as_whole_number(value_at(value, path)) and value_at(value, (*STRATEGY, "risk")) is not None:
        yield Finding(path, "Spot ignores risk if onDemandCount is set", "keep one of them", certain=False)


def _region_of_subnets(value: JsonValue) -> Iterator[Finding]:
    if value_at(value, ("group", "compute", "subnetIds")) and value_at(value, ("group", "region")) is None:
        yield Finding(("group",), "'region' is required with compute.subnetIds", "for example us-east-1")


def _product(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute")
    if value_at(value, (*path, "product")) is None:
        yield Finding(path, "'product' is missing", "for example Linux/UNIX", certain=False)


def _check_images(value: JsonValue) -> Iterator[Finding]:
    path = ("group", "compute", "launchSpecification", "images")
    if len(as_items(value_at(value, path))) > 1 and _is_stateful(value):
        yield Finding(path, "a stateful group can have only one image")


def _check_revert_time(value: JsonValue) -> Iterator[Finding]:
    path = (*STRATEGY, "revertToSpot", "performAt")
    when = value_at(value, path)
    if when == "timeWindow" and not as_items(value_at(value, (*STRATEGY, "revertToSpot", "timeWindows"))):
        yield Finding(path, "'timeWindows' is required for performAt: timeWindow", "for example Mon:03:00-Wed:02:30")
    available = value_at(value, (*STRATEGY, "availabilityVsCost")) == "availabilityOriented"
    if when in {"never", "timeWindow"} and not available and not _is_stateful(value):
        yield Finding(
            path, f"{as_plain_text(when)} is for availabilityOriented or stateful groups only", "write always"
        )


def _persistence(value: JsonValue) -> Iterator[Finding]:
    kept = persisted(value_at(value, ("group",)))
    if kept:
        message = f"a stateful group (it keeps {', '.join(kept)}) cannot be replaced by another: {WHY}"
        yield Finding((*STRATEGY, "persistence"), message, "remove persistence")


def _is_stateful(value: JsonValue) -> bool:
    return bool(persisted(value_at(value, ("group",))))


RULES: tuple[Rule, ...] = (
    _check_capacity,
    _check_tasks,
    _check_requirements,
    _on_demand_share,
    _product,
    _region_of_subnets,
    _preferred_types,
    _preferred_zones,
    _check_weights,
    _private_addresses,
    _check_images,
    _persistence,
    _check_revert_time,
)
