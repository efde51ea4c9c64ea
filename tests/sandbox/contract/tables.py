"""Converts a table of fields to a JSON Schema: per line a field's path, type, allowed values, and `!` if required.

`strategy.risk integer 0..100` or `capacity.unit string:instance|weight!`; `[]` stands for the entries of an array.
A schema takes no key that the table lacks, and null where a field is optional (Spot writes and takes it there).
"""

import functools
import re
from collections.abc import Iterable
from typing import Any

import jsonschema

JSON = dict[str, Any]
_LINE = re.compile(
    r"(?P<path>\S+) (?P<type>[a-z]+)(?::(?P<values>.+?))?(?: (?P<least>-?\d*)\.\.(?P<most>\d*))?(?P<needed>!?)"
)


def schema(lines: Iterable[str], *, whole: bool = True) -> JSON:
    """Return the schema of an object with these fields; without `whole` nothing is required, as in an update."""
    root: JSON = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        assert match is not None, line
        *parents, name = match["path"].replace("[]", ".[]").split(".")
        holder = functools.reduce(_below, parents, root)
        field = _field(match)
        if name == "[]":
            holder["items"] = field
            continue
        holder["properties"][name] = field
        if match["needed"] and whole:
            holder["required"].append(name)
    return root


def problems(document: object, wanted: JSON, where: str) -> list[str]:
    """Return the violations in a document, with their paths."""
    errors = jsonschema.Draft202012Validator(wanted).iter_errors(document)
    return [f"{where} {'.'.join(str(part) for part in error.absolute_path)}: {error.message[:200]}" for error in errors]


def _below(holder: JSON, name: str) -> JSON:
    found: JSON = holder["items"] if name == "[]" else holder["properties"][name]
    return found


def _field(match: re.Match[str]) -> JSON:
    if match["type"] == "any":
        return {}
    # What is required may not be null; in an update it is not there at all.
    field: JSON = {"type": match["type"] if match["needed"] else [match["type"], "null"]}
    if match["type"] == "object":
        field |= {"properties": {}, "required": [], "additionalProperties": False}
    if match["values"]:
        field["enum"] = [*match["values"].split("|"), *([] if match["needed"] else [None])]
    if match["least"]:
        field["minimum"] = int(match["least"])
    if match["most"]:
        field["maximum"] = int(match["most"])
    return field
