"""Reads typed values out of documents that a schema has let through."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from spotaction.model import JsonObject, JsonValue
from spotaction.nodes import Path

T = TypeVar("T")


def at(value: JsonValue, path: Path) -> JsonValue:
    """What stands at a path; None when there is nothing."""
    for part in path:
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def picked(value: JsonValue, paths: Iterable[Path]) -> JsonValue:
    """A mapping that holds nothing but what stands at some paths of keys."""
    found: dict[str, JsonValue] = {}
    for path in paths:
        inner = found
        for part in path[:-1]:
            inner = cast("dict[str, JsonValue]", inner.setdefault(str(part), {}))
        inner[str(path[-1])] = at(value, path)
    return found


def mapping(value: JsonValue) -> JsonObject:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: JsonValue) -> list[JsonValue]:
    """The items of a list, of a mapping the mapping itself (Spot shows single items so), else none."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, Mapping) else []


def text(value: JsonValue) -> str:
    """A text; numbers as they read, nothing as empty text."""
    return "" if value is None or isinstance(value, Mapping | list | tuple) else str(value)


def texts(value: JsonValue) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(text(each) for each in items(value))


def whole(value: JsonValue) -> int | None:
    """A whole number, also where it was written as text or with `.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return int(value)


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))
