"""Fits the types of an Elastigroup config's values: quoted numbers, as in many exports, and numbers that are text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spotaction.documents.accessors import value_at
from spotaction.documents.expressions.lookups import Unresolved, as_text
from spotaction.documents.schemas import load_schema
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonValue

# None has a leading zero: 017 is 15 in YAML 1.1.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE][-+]?[0-9]{1,2})?")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {bool: "boolean", int: "integer", str: "string", type(None): "null"}

_Schema = Mapping[str, Any]


def fit_types(value: JsonValue, written: JsonValue) -> tuple[JsonValue, tuple[Path, ...]]:
    """Return an Elastigroup config whose quoted numbers and booleans are read as such, and the paths of these.

    `written` is the config before its expressions were resolved: one that stands for text has resolved to text, even
    if its value is a number, as in Harness, which resolves the text of the file.
    """
    schema = load_schema("elastigroup")
    fitter = _Fitter(schema["$defs"])
    return fitter.fit(value, written, schema, ()), tuple(fitter.unquoted)


@dataclass
class _Fitter:
    """Fits values to the types of their schemas; `unquoted` are the paths of those that were in quotes."""

    defs: _Schema
    unquoted: list[Path] = field(default_factory=list)

    def fit(self, value: JsonValue, written: JsonValue, schema: _Schema, path: Path) -> JsonValue:
        if isinstance(value, Mapping):
            known: dict[str, _Schema] = {}
            for key, each in _properties(schema, self.defs):
                known.setdefault(key, each)
            return {
                key: self.fit(each, value_at(written, (key,)), known[key], (*path, key)) if key in known else each
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            item = next(_items(schema, self.defs), None)
            if item is None:
                return value
            return [
                self.fit(each, value_at(written, (index,)), item, (*path, index)) for index, each in enumerate(value)
            ]
        return self._fit_scalar(value, written, _types(schema), path)

    def _fit_scalar(self, value: JsonValue, written: JsonValue, types: frozenset[str], path: Path) -> JsonValue:
        if isinstance(value, str) and not isinstance(value, Unresolved):
            found = _read_scalar(value, types)
            if found is not None:
                self.unquoted.append(path)
                return found
        if isinstance(value, bool | int) and isinstance(written, str) and types - {"null"} == {"string"}:
            return as_text(value)
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
