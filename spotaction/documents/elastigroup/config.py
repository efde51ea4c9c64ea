"""The Elastigroup configuration as a typed value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spotaction.documents.accessors import (
    as_items,
    as_mapping,
    as_plain_text,
    as_texts,
    as_whole_number,
    value_at,
    without_duplicates,
)
from spotaction.documents.elastigroup.aws_names import region_of
from spotaction.documents.elastigroup.checks import CheckedElastigroup
from spotaction.documents.elastigroup.retired import without_retired
from spotaction.documents.elastigroup.rules import texts_at
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import Capacity, JsonObject, JsonValue, TargetGroupArn

_LEFT_OUT = frozenset({"id", "createdAt", "updatedAt"})
_ZONE_NAMES: Path = ("group", "compute", "availabilityZones", "*", "name")
_LAUNCH: Path = ("compute", "launchSpecification")
# What is read before the AMI is known: some of it decides where the AMI is looked up.
READ_EARLY: tuple[Path, ...] = (
    ("group", "region"),
    ("group", "capacity"),
    ("group", "compute", "availabilityZones"),
    ("group", "compute", "instanceTypes"),
    ("group", "compute", "launchSpecification", "loadBalancersConfig"),
)


@dataclass(frozen=True)
class ElastigroupConfig:
    """A group to create. `group` is its body without the keys that only an export has (id, dates).

    `region` is the group's, or that of its zones; None if the file has neither. `target_groups` are those in the file.
    `nulls` are the dotted paths of the null values, which were removed; `quoted` is the note on quoted numbers, if any.
    Never print `group`: it contains user data.
    """

    document: Document = field(repr=False)
    group: JsonObject = field(repr=False)
    capacity: Capacity
    region: str | None
    target_groups: tuple[TargetGroupArn, ...]
    instance_types: tuple[str, ...]
    nulls: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    quoted: Problem | None = None


def config_of(checked: CheckedElastigroup) -> ElastigroupConfig:
    """Return the typed value of a config that has no problems."""
    document = checked.document
    written = as_mapping(value_at(without_retired(document.value), ("group",)))
    group = as_mapping(_without_nulls(written))
    regions = [region for _, zone in texts_at(document.value, _ZONE_NAMES) if (region := region_of(zone))]
    return ElastigroupConfig(
        document=document,
        group={key: _tidy_value(key, value) for key, value in group.items() if key not in _LEFT_OUT},
        capacity=_read_capacity(group),
        region=as_plain_text(group.get("region")) or next(iter(regions), None),
        target_groups=without_duplicates(_target_groups(group)),
        instance_types=without_duplicates(_instance_types(group)),
        nulls=tuple(dotted_path(path) for path in _nulls(written, ("group",)) if path[1] not in _LEFT_OUT),
        warnings=checked.warnings,
        quoted=checked.quoted,
    )


def _without_nulls(value: JsonValue) -> JsonValue:
    """Return the value without keys that are null, which is how exports write unset keys.

    A new group has nothing to clear, and Spot rejects some nulls (`metadataOptions`, `resourceRequirements` next to
    `spot`). Nulls in lists are left to the schema, which rejects them.
    """
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(each) for each in value]
    return value


def _nulls(value: JsonValue, path: Path) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _nulls(each, (*path, key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _nulls(each, (*path, index))


def _read_capacity(group: JsonObject) -> Capacity:
    numbers = {
        key: as_whole_number(value_at(group, ("capacity", key))) or 0 for key in ("minimum", "target", "maximum")
    }
    return Capacity(**numbers)


def _target_groups(group: JsonObject) -> Iterator[TargetGroupArn]:
    for each in as_items(value_at(group, (*_LAUNCH, "loadBalancersConfig", "loadBalancers"))):
        if value_at(each, ("type",)) == "TARGET_GROUP":
            yield TargetGroupArn(as_plain_text(value_at(each, ("arn",))))


def _instance_types(group: JsonObject) -> Iterator[str]:
    types = value_at(group, ("compute", "instanceTypes"))
    if ondemand := as_plain_text(value_at(types, ("ondemand",))):
        yield ondemand
    yield from as_texts(value_at(types, ("onDemandTypes",)))
    yield from as_texts(value_at(types, ("spot",)))


def _tidy_value(key: str, value: JsonValue) -> JsonValue:
    """Wrap single items in lists and drop events from tasks: Spot's examples have both, but create rejects them."""
    if key == "compute":
        compute = dict(as_mapping(value))
        if compute.get("availabilityZones") is not None:
            compute["availabilityZones"] = as_items(compute["availabilityZones"])
        launch = dict(as_mapping(compute["launchSpecification"]))
        if launch.get("tags") is not None:
            launch["tags"] = as_items(launch["tags"])
        return {**compute, "launchSpecification": launch}
    if key == "scheduling" and value_at(value, ("tasks",)) is not None:
        tasks = [task for task in as_items(value_at(value, ("tasks",))) if value_at(task, ("eventType",)) is None]
        return {**as_mapping(value), "tasks": tasks}
    return value
