"""Reads typed values out of documents that a schema has let through."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue

T = TypeVar("T")


def value_at(value: JsonValue, path: Path) -> JsonValue:
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
        inner[str(path[-1])] = value_at(value, path)
    return found


def as_mapping(value: JsonValue) -> JsonObject:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_items(value: JsonValue) -> list[JsonValue]:
    """The items of a list, of a mapping the mapping itself (Spot shows single items so), else none."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, Mapping) else []


def as_plain_text(value: JsonValue) -> str:
    """A text; numbers as they read, nothing as empty text."""
    return "" if value is None or isinstance(value, Mapping | list | tuple) else str(value)


def as_texts(value: JsonValue) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(as_plain_text(each) for each in as_items(value))


def as_whole_number(value: JsonValue) -> int | None:
    """A whole number, also where it was written as text or with `.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return int(value)


def without_duplicates(values: Iterable[T]) -> tuple[T, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))
