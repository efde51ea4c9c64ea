"""Collects what is wrong in one structured input, each with its path and place."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from spotaction.documents.scalars import parse_boolean, quote_value
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonObject, JsonValue

Path = tuple[str | int, ...]

_PORTS = 65_535


class Located(Protocol):
    """What knows where in a text a value stands."""

    def location_of(self, path: Path) -> SourceLocation:
        """The line and column of the value at a path."""
        ...

    def key_place(self, path: Path) -> SourceLocation:
        """The line and column of the key at the end of a path."""
        ...


class Findings:
    """What is wrong in one structured input; collects all of it before it raises."""

    def __init__(self, name: str, document: Located | None) -> None:
        self.name = name
        self.document = document
        self.problems: list[Problem] = []

    def add_problem(self, path: Path, message: str, hint: str = "", *, of_key: bool = False) -> None:
        """Note a problem of the value at `path`, or of the key that leads to it."""
        subject = self.name + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
        document = self.document
        place = (document.key_place(path) if of_key else document.location_of(path)) if document else None
        self.problems.append(Problem(message, subject, place, hint))

    def raise_if_any(self) -> None:
        """Raise `InvalidError` if anything was noted."""
        if self.problems:
            raise InvalidError(self.problems)

    def read_entries(self, value: JsonValue, kind: str) -> list[tuple[Path, JsonObject]]:
        """The mappings of a list with their paths; each may be wrapped in `{type: kind, spec: …}`."""
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.add_problem((), "is not a list", "start every entry with '- '")
            return []
        found = ((self._unwrap_entry((index,), entry, kind)) for index, entry in enumerate(value))
        return [entry for entry in found if entry]

    def _unwrap_entry(self, path: Path, entry: JsonValue, kind: str) -> tuple[Path, JsonObject] | None:
        if isinstance(entry, Mapping) and "spec" in entry:
            if entry.get("type", kind) != kind:
                self.add_problem(
                    (*path, "type"), f"{quote_value(str(entry.get('type')))} is not known", f"its type is {kind}"
                )
            path, entry = (*path, "spec"), entry["spec"]
        if isinstance(entry, Mapping):
            return path, entry
        self.add_problem(path, "is not a mapping of names to values")
        return None

    def check_keys(self, path: Path, entry: JsonObject, keys: Sequence[str]) -> None:
        """Note every key that is not one of `keys`, with the nearest one."""
        for key in entry:
            if key not in keys:
                near = get_close_matches(str(key), keys, n=1)
                self.add_problem(
                    (*path, key), "is not a key here", f"did you mean {near[0]}?" if near else "", of_key=True
                )

    def read_text(self, path: Path, entry: JsonObject, key: str, *, needed: bool = False) -> str | None:
        """The text at a key; None when it is not there."""
        value = entry.get(key)
        if value is None or value == "":
            if needed:
                self.add_problem(path, f"{key} is missing")
            return None
        if not isinstance(value, str):
            self.add_problem((*path, key), "is not a text")
            return None
        return value

    def read_arn(
        self, path: Path, entry: JsonObject, key: str, pattern: re.Pattern[str], *, needed: bool = False
    ) -> str | None:
        """The ARN at a key; None when it is not there."""
        value = self.read_text(path, entry, key, needed=needed)
        if value is not None and not pattern.fullmatch(value):
            kind = key.removesuffix("Arn")
            self.add_problem(
                (*path, key), f"{quote_value(value)} is not an ARN of its kind", f"copy the {kind}'s whole ARN"
            )
        return value

    def read_port(self, path: Path, entry: JsonObject, key: str, *, needed: bool = False) -> int | None:
        """The port at a key, written as a number or as digits; None when it is not there."""
        value = entry.get(key)
        if value is None or value == "":
            if needed:
                self.add_problem(path, f"{key} is missing")
            return None
        number = whole_number_or_none(value)
        if number is None or not 1 <= number <= _PORTS:
            self.add_problem((*path, key), f"{quote_value(str(value))} is not a port from 1 to {_PORTS}")
            return None
        return number

    def read_flag(self, path: Path, entry: JsonObject, key: str) -> bool:
        """The boolean at a key, false when it is not there."""
        value = entry.get(key, False)
        if isinstance(value, bool):
            return value
        try:
            return parse_boolean(str(value))
        except InvalidError:
            self.add_problem((*path, key), f"{quote_value(str(value))} is neither true nor false")
            return False


def whole_number_or_none(value: JsonValue) -> int | None:
    """A whole number from 0, or a text of digits as the reference's files have them; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None
