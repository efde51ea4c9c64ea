"""Reads typed values from documents that have passed their schema."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue

T = TypeVar("T")


def value_at(value: JsonValue, path: Path) -> JsonValue:
    """Return the value at a path; None if there is none."""
    for part in path:
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def picked(value: JsonValue, paths: Iterable[Path]) -> JsonValue:
    """Return a mapping that contains only the values at some paths of keys."""
    found: dict[str, JsonValue] = {}
    for path in paths:
        inner = found
        for part in path[:-1]:
            inner = cast("dict[str, JsonValue]", inner.setdefault(str(part), {}))
        inner[str(path[-1])] = value_at(value, path)
    return found


def as_mapping(value: JsonValue) -> JsonObject:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_items(value: JsonValue) -> list[JsonValue]:
    """Return the items of a list, a mapping as its only item (Spot's form of a single item), else no items."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, Mapping) else []


def as_plain_text(value: JsonValue) -> str:
    """Return the value as text; an empty text for null, mappings and lists."""
    return "" if value is None or isinstance(value, Mapping | list | tuple) else str(value)


def as_texts(value: JsonValue) -> tuple[str, ...]:
    """Return the items of a list as texts."""
    return tuple(as_plain_text(each) for each in as_items(value))


def as_whole_number(value: JsonValue) -> int | None:
    """Return a whole number, also if it is written with `.0`; None for other types."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)


def without_duplicates(values: Iterable[T]) -> tuple[T, ...]:
    """Return the values in their order, without duplicates."""
    return tuple(dict.fromkeys(values))
