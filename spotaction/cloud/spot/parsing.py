"""Spot's JSON, old forms and gaps included, as values of the model."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial

from spotaction.model.errors import ApiError
from spotaction.model.redaction import truncate
from spotaction.model.resources import (
    Capacity,
    Group,
    GroupId,
    ImageId,
    Instance,
    InstanceId,
    InstanceState,
    JsonObject,
    JsonValue,
    LogLine,
    Roll,
    Suspension,
    TargetGroupArn,
)

UNDATED = datetime.fromtimestamp(0, UTC)
DRAINING = 120.0  # seconds; Spot's default
LINE = 240  # characters of a log message
STATES = {state.value: state for state in InstanceState}
_NUMBERS = tuple(field.name for field in fields(Capacity))
LOUD = ("WARN", "WARNING", "ERROR")


def group_of(item: JsonObject) -> Group:
    """Return the group that list, get or create returned.

    Raises `ApiError` if it has no id, or no name, without which nobody can tell whose it is. An unreadable capacity
    raises `ApiError` only when it is used.
    """
    group, name = as_text_or_empty(item.get("id")), as_text_or_empty(item.get("name"))
    if not group:
        raise ApiError(
            "Spot returned a group without an id.",
            service="spot",
            call="group",
            retryable=True,
            maybe_applied=True,
        )
    if not name:
        raise unreadable_field(group, "name", item.get("name"))
    launch = child_object(item, "compute", "launchSpecification")
    return Group(
        id=GroupId(group),
        name=name,
        description=as_text_or_empty(item.get("description")),
        capacity=capacity_of(group, item.get("capacity")),
        created_at=parse_date(item.get("createdAt")),
        image_id=_image_id(launch),
        target_groups=tuple(_target_groups(launch)),
        health_check=as_text_or_empty(launch.get("healthCheckType")) or None,
        unit=as_text_or_empty(child_object(item, "capacity").get("unit")) or "instance",
        draining=_draining_seconds(child_object(item, "strategy")),
        weights=_weight_by_type(child_object(item, "compute", "instanceTypes")),
        config=item,
    )


def _draining_seconds(strategy: JsonObject) -> float:
    """The group's draining time in seconds, or Spot's default."""
    given = strategy.get("drainingTimeout")
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else DRAINING


def instance_of(item: JsonObject) -> Instance:
    """Return an instance from an item of `instanceHealthiness`; an unknown state becomes `UNKNOWN`."""
    return Instance(
        id=_instance_id(item),
        state=STATES.get(as_text_or_empty(item.get("healthStatus")).upper(), InstanceState.UNKNOWN),
        zone=as_text_or_empty(item.get("availabilityZone")),
        instance_type=as_text_or_empty(item.get("instanceType")),
        life_cycle=as_text_or_empty(item.get("lifeCycle")).upper(),
    )


def request_of(item: JsonObject) -> Instance:
    """Return an instance from an item of `status`: with a request status, without health, perhaps without an id."""
    return Instance(
        id=_instance_id(item),
        state=InstanceState.UNKNOWN,
        zone=as_text_or_empty(item.get("availabilityZone")),
        instance_type=as_text_or_empty(item.get("instanceType")),
        request_status=as_text_or_empty(item.get("status")),
        private_ip=as_text_or_empty(item.get("privateIp")),
    )


def roll_of(item: JsonObject) -> Roll:
    """Return a roll from an item of `roll`; the letter case of its status varies between calls."""
    return Roll(
        as_text_or_empty(item.get("id")),
        as_text_or_empty(item.get("status")).lower(),
        parse_date(item.get("createdAt")),
    )


def suspensions_of(item: JsonObject) -> Iterator[Suspension]:
    """Yield the suspended processes in an item of `suspension`, each with its end if the item has it."""
    known = {as_text_or_empty(entry.get("name")): entry for entry in objects_in(item.get("suspensions"))}
    named = item.get("processes")
    names = (
        [as_text_or_empty(name) for name in named] if isinstance(named, Sequence) and not isinstance(named, str) else []
    )
    for name in dict.fromkeys([*known, *names]):
        ends = known.get(name, {}).get("expiresAt", "")
        until = parse_date(ends)
        yield Suspension(name, None if until == UNDATED else until, endless=ends is None)


def log_lines(items: Iterable[JsonValue]) -> tuple[LogLine, ...]:
    """Return warnings, errors and failed launches from a group's log, newest first, each cut to a short line.

    The documented example nests the entries in one more array; both forms are read.
    """
    entries = [entry for entry in _flatten_items(items) if _is_relevant(entry)]
    entries.sort(key=lambda entry: parse_date(entry.get("createdAt")), reverse=True)
    return tuple(_format_line(entry) for entry in entries)


def parse_date(value: object) -> datetime:
    """Return a date from either of Spot's forms (`…Z`, `…+0000`) or epoch milliseconds; 1970 for anything else."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        read = datetime.fromisoformat(as_text_or_empty(value))
        return read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return UNDATED


class UnreadableCapacity(Capacity):
    """A capacity that cannot be read: using one of its numbers raises `ApiError`.

    Not reading it, so that another team's group, which the account's list contains too, stops no deployment.
    """

    _error: Callable[[], ApiError]

    def __init__(self, error: Callable[[], ApiError]) -> None:
        object.__setattr__(self, "_error", error)

    def __getattr__(self, name: str) -> int:
        if name not in _NUMBERS:
            raise AttributeError(name)
        raise self._error()


def capacity_of(group: str, item: JsonValue) -> Capacity:
    """Return a group's capacity; Spot always sends all three numbers."""
    given = item if isinstance(item, Mapping) else {}
    numbers = {name: parse_count(given.get(name)) for name in _NUMBERS}
    for name, number in numbers.items():
        if number is None:
            return UnreadableCapacity(partial(unreadable_field, group, f"capacity.{name}", given.get(name)))
    return Capacity(**{name: number for name, number in numbers.items() if number is not None})


def is_readable(capacity: Capacity) -> bool:
    """Whether the capacity could be read."""
    return not isinstance(capacity, UnreadableCapacity)


def parse_count(value: JsonValue) -> int | None:
    """Return an integer of 0 or more from a number or its text (`6`, `"6"`, `6.0`); None for anything else."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
        return int(number) if number >= 0 and number.is_integer() else None
    except (ValueError, OverflowError):
        return None


def unreadable_field(group: str, field: str, value: JsonValue) -> ApiError:
    """Return the error for a required field that cannot be read; the next response may be complete.

    If this is the response to a create, the group exists.
    """
    return ApiError(
        f"Spot returned an invalid group {group}: its {field} is {repr(value)[:40]}.",
        service="spot",
        call="group",
        retryable=True,
        maybe_applied=True,
        next_step="run again; if the error persists, check the group in the Spot console.",
    )


def as_text_or_empty(value: object) -> str:
    """Return the value if it is text, else an empty text: Spot returns null for what is not set."""
    return value if isinstance(value, str) else ""


def child_object(item: JsonObject, *path: str) -> JsonObject:
    """Return the object at a path; an empty one if it is missing, null or not an object."""
    for key in path:
        value = item.get(key)
        item = value if isinstance(value, Mapping) else {}
    return item


def objects_in(value: JsonValue) -> Iterator[JsonObject]:
    """Yield the objects in an array; none if it is missing or null."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (entry for entry in value if isinstance(entry, Mapping))


def _weight_by_type(types: JsonObject) -> dict[str, int]:
    """The weight of each instance type; a type with an unreadable weight is left out."""
    weights = [
        (as_text_or_empty(entry.get("instanceType")), parse_count(entry.get("weightedCapacity")))
        for entry in objects_in(types.get("weights"))
    ]
    return {kind: weight for kind, weight in weights if weight}


def _image_id(launch: JsonObject) -> ImageId | None:
    several = [as_text_or_empty(image.get("id")) for image in objects_in(launch.get("images"))]
    image = as_text_or_empty(launch.get("imageId")) or next(filter(None, several), "")
    return ImageId(image) if image else None


def _target_groups(launch: JsonObject) -> Iterator[TargetGroupArn]:
    for entry in objects_in(child_object(launch, "loadBalancersConfig").get("loadBalancers")):
        if as_text_or_empty(entry.get("type")).upper() == "TARGET_GROUP" and as_text_or_empty(entry.get("arn")):
            yield TargetGroupArn(as_text_or_empty(entry.get("arn")))


def _instance_id(item: JsonObject) -> InstanceId | None:
    instance = as_text_or_empty(item.get("instanceId"))
    return InstanceId(instance) if instance else None


def _flatten_items(items: Iterable[JsonValue]) -> Iterator[JsonObject]:
    for item in items:
        if isinstance(item, Mapping):
            yield item
        else:
            yield from objects_in(item)


def _is_relevant(entry: JsonObject) -> bool:
    return as_text_or_empty(entry.get("severity")).upper() in LOUD or as_text_or_empty(entry.get("message")).startswith(
        "Can't Spin"
    )


def _format_line(entry: JsonObject) -> LogLine:
    short = truncate(as_text_or_empty(entry.get("message")), LINE)
    return LogLine(parse_date(entry.get("createdAt")), as_text_or_empty(entry.get("severity")).upper(), short)
