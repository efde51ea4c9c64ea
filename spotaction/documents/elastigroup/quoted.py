"""Reads the numbers and booleans that an Elastigroup config has in quotes, as many exports and templates do."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from spotaction.documents.expressions.lookups import Unresolved
from spotaction.documents.schemas import load_schema
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonValue

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_FRACTION = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {bool: "boolean", int: "integer", str: "string", type(None): "null"}

_Schema = Mapping[str, Any]


def unquote(value: JsonValue) -> tuple[JsonValue, tuple[Path, ...]]:
    """Return an Elastigroup config whose quoted numbers and booleans are read as such, and the paths of these."""
    schema = load_schema("elastigroup")
    changed: list[Path] = []
    return _convert(value, schema, schema["$defs"], (), changed), tuple(changed)


def _convert(value: JsonValue, schema: _Schema, defs: _Schema, path: Path, changed: list[Path]) -> JsonValue:
    if isinstance(value, Mapping):
        known: dict[str, _Schema] = {}
        for key, each in _properties(schema, defs):
            known.setdefault(key, each)
        return {
            key: _convert(each, known[key], defs, (*path, key), changed) if key in known else each
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        item = next(_items(schema, defs), None)
        if item is None:
            return value
        return [_convert(each, item, defs, (*path, index), changed) for index, each in enumerate(value)]
    if isinstance(value, str) and not isinstance(value, Unresolved):
        found = _read_scalar(value, _types(schema))
        if found is not None:
            changed.append(path)
            return found
    return value


def _read_scalar(text: str, types: frozenset[str]) -> JsonValue:
    """Return the number or boolean in a text, if it has or may have such a type; else None."""
    if "boolean" in types:
        return _BOOLEANS.get(text.lower())
    if types & {"integer", "number"} and _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if "number" in types and _FRACTION.fullmatch(text) else None


def _types(schema: _Schema) -> frozenset[str]:
    if "enum" in schema:
        return frozenset(_TYPES[type(each)] for each in schema["enum"])
    types = schema.get("type", ())
    return frozenset([types] if isinstance(types, str) else types)


def _branches(schema: _Schema, defs: _Schema) -> Iterator[_Schema]:
    """Yield the schema itself, the definition that it refers to, and its alternatives."""
    yield schema
    if "$ref" in schema:
        yield from _branches(defs[schema["$ref"].rpartition("/")[2]], defs)
    for each in schema.get("anyOf", ()):
        yield from _branches(each, defs)


def _properties(schema: _Schema, defs: _Schema) -> Iterator[tuple[str, _Schema]]:
    for branch in _branches(schema, defs):
        yield from branch.get("properties", {}).items()


def _items(schema: _Schema, defs: _Schema) -> Iterator[_Schema]:
    return (branch["items"] for branch in _branches(schema, defs) if "items" in branch)
