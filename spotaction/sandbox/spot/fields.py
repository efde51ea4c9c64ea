"""The fields of a group and their types, checked with the messages of Spot's own server."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spotaction.sandbox.spot.responses import SpotError, invalid
from spotaction.sandbox.types import JSON

_GROUP = "fields.txt"
_BODIES = "bodies.txt"
_LINE = re.compile(
    r"(?P<path>\S+) (?P<type>[a-z]+)(?::(?P<values>.+?))?(?: (?P<least>\d*)\.\.(?P<most>\d*))?"
    r"(?: ~(?P<pattern>.+?))?(?P<needed>!?)"
)
#: Numbers and booleans may be strings, as in some of Spot's own clients and examples.
_ARTICLES = {
    "integer": "a number",
    "numeral": "a number",
    "number": "a number",
    "truth": "a boolean",
    "object": "an object",
    "array": "an array",
}
_DIGITS = re.compile(r"-?[0-9]{1,15}")


@dataclass(slots=True)
class Field:
    """One key: its type, bounds, allowed values and nested keys."""

    type: str
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    pattern: str = ""
    needed: bool = False
    fields: dict[str, "Field"] = field(default_factory=dict)
    item: "Field | None" = None


@functools.cache
def group_fields() -> Field:
    """Return the tree of a group's fields."""
    return _read(_GROUP)


@functools.cache
def _read(table: str) -> Field:
    root = Field("object")
    for line in Path(__file__).with_name(table).read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line)
        assert match is not None, line
        parts = match["path"].replace("[]", ".[]").split(".")
        parent = functools.reduce(_child, parts[:-1], root)
        _attach(parent, parts[-1], _field(match))
    return root


def check_fields(value: object, path: str, *, create: bool) -> None:
    """Raise for the first key that is unknown, missing, or has a wrong type or value.

    Raises:
        SpotError: with the code ValidationError and the key's path.
    """
    for problem in _problems(value, group_fields(), path, create=create):
        raise problem


def read_quoted(value: object, spec: Field | None) -> object:
    """Return a body with its quoted numbers and booleans read as such, as Spot reads them."""
    if spec is None:
        return value
    if isinstance(value, dict):
        return {key: read_quoted(entry, spec.fields.get(key)) for key, entry in value.items()}
    if isinstance(value, list):
        return [read_quoted(entry, spec.item) for entry in value]
    if isinstance(value, str) and spec.type in {"integer", "number"} and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, str) and spec.type == "boolean" and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value


def check_body(value: object, kind: str) -> None:
    """Raise for the first problem of a body other than a group's.

    Raises:
        SpotError: with the code ValidationError and the key's path.
    """
    for problem in _problems(value, _read(_BODIES).fields[kind], "", create=True):
        raise problem


def _child(parent: Field, key: str) -> Field:
    child = parent.item if key == "[]" else parent.fields[key]
    assert child is not None
    return child


def _attach(parent: Field, key: str, child: Field) -> None:
    if key == "[]":
        parent.item = child
    else:
        parent.fields[key] = child


def _field(match: re.Match[str]) -> Field:
    return Field(
        match["type"],
        values=tuple(match["values"].split("|")) if match["values"] else (),
        least=int(match["least"]) if match["least"] else None,
        most=int(match["most"]) if match["most"] else None,
        pattern=match["pattern"] or "",
        needed=bool(match["needed"]),
    )


def _problems(value: object, spec: Field, path: str, *, create: bool) -> Iterator[SpotError]:
    name = path.rsplit(".", 1)[-1] or "value"
    if not _of_type(value, spec.type):
        yield invalid(f'"{name}" must be {_ARTICLES.get(spec.type, f"a {spec.type}")}', path)
        return
    if spec.values and value not in spec.values:
        yield invalid(f'"{name}" must be one of [{", ".join(spec.values)}]', path)
    if spec.pattern and isinstance(value, str) and not re.fullmatch(spec.pattern, value, re.ASCII):
        yield invalid(f'"{name}" with value "{value}" fails to match the required pattern: /{spec.pattern}/', path)
    number = int(value) if spec.type == "numeral" and isinstance(value, str) else value
    if spec.least is not None and isinstance(number, int | float) and number < spec.least:
        yield invalid(f'"{name}" must be larger than or equal to {spec.least}', path)
    if spec.most is not None and isinstance(number, int | float) and number > spec.most:
        yield invalid(f'"{name}" must be less than or equal to {spec.most}', path)
    if isinstance(value, dict) and spec.type == "object":
        yield from _key_problems(value, spec, path, create=create)
    if isinstance(value, list) and spec.item is not None:
        for index, entry in enumerate(value):
            # Arrays are replaced as a whole, so their entries in an update have to be complete.
            yield from _problems(entry, spec.item, _below(path, str(index)), create=True)


def _key_problems(value: JSON, spec: Field, path: str, *, create: bool) -> Iterator[SpotError]:
    for key, entry in value.items():
        if key not in spec.fields:
            yield invalid(f'"{key}" is not allowed', _below(path, key))
        elif entry is None and not spec.fields[key].needed:
            continue
        else:
            yield from _problems(entry, spec.fields[key], _below(path, key), create=create)
    for key, child in spec.fields.items():
        if create and child.needed and key not in value:
            yield invalid(f'"{key}" is required', _below(path, key))


def _below(path: str, key: str) -> str:
    return f"{path}.{key}".lstrip(".")


def _of_type(value: object, kind: str) -> bool:
    match kind:
        case "any":
            return True
        case "integer":
            return is_whole(value)
        case "numeral":
            return is_whole(value) or (isinstance(value, str) and _DIGITS.fullmatch(value) is not None)
        case "truth":
            return isinstance(value, bool) or (isinstance(value, str) and value in {"true", "false"})
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, {"string": str, "boolean": bool, "object": dict, "array": list}[kind])


def is_whole(value: object) -> bool:
    """Return whether a JSON value is a whole number in any notation."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
