"""Reads single values of a document, resolves their expressions, and collects problems and notes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from spotaction.documents.accessors import as_items, as_plain_text, value_at
from spotaction.documents.expressions.lookups import Context, as_text, has_unresolved
from spotaction.documents.expressions.resolver import iterate_expressions, resolve_expressions, resolve_fields
from spotaction.documents.scalars import parse_duration, whole_number_or_none
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue

T = TypeVar("T")

_UNUSED = frozenset(
    {"connectorRef", "delegateSelectors", "description", "nodeName", "sharedPaths", "stepGroupInfra", "tags"}
)


@dataclass
class DocumentReader:
    """A document with the problems, warnings and notes found while it is read. Only problems stop anything.

    `resolved` are the paths whose expressions are resolved, `skipped` those of steps that do not run: anywhere else an
    expression would be taken literally. `unchecked` are the paths of values that are not known, and of the steps whose
    condition is not. `provided` are the paths of blocks that come from the input variables.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    resolved: set[Path] = field(default_factory=set)
    skipped: set[Path] = field(default_factory=set)
    unchecked: set[Path] = field(default_factory=set)
    provided: set[Path] = field(default_factory=set)

    def add_problem(self, path: Path, message: str, hint: str = "", *, of_key: bool = False) -> None:
        """Add a problem of the value at `path`, or (`of_key`) of its key."""
        place = self.document.key_place(path) if of_key else self.document.location_of(path)
        self.problems.append(Problem(message, dotted_path(path), place, hint))

    def add_warning(self, path: Path, message: str, hint: str = "") -> None:
        """Add a warning on the value at `path`."""
        self.warnings.append(Problem(message, dotted_path(path), self.document.location_of(path), hint))

    def add_note(self, message: str) -> None:
        """Add a note for the log, unless it is there already."""
        self.notes.setdefault(message)

    def is_certain(self, path: Path) -> bool:
        """Return whether it is known that the step at `path` runs, so that other steps have to fit it."""
        return self.unchecked.isdisjoint(path[:length] for length in range(len(path) + 1))

    def has_open_values(self, path: Path) -> bool:
        """Return whether a value below `path` is not known."""
        return any(each != path and each[: len(path)] == path for each in self.unchecked)

    def raw_value(self, path: Path) -> JsonValue:
        """Return the value at `path` with its expressions unresolved; None when there is none."""
        return value_at(self.document.value, path)

    def read_value(self, path: Path, context: Context) -> JsonValue:
        """Return the value at `path` with its expressions resolved; one that cannot be resolved adds a problem."""
        self.resolved.add(path)
        alone = replace(self.document, value=_sparse_document(path, self.raw_value(path)))
        resolved, problems = resolve_fields(alone, context)
        self.problems += problems
        value = value_at(resolved.value, path)
        self.unchecked |= {path} if has_unresolved(value) else set()
        return value

    def known_text(self, path: Path, context: Context) -> str:
        """Return the value at `path` as text; empty where there is none, or none that is known and no secret."""
        alone = replace(self.document, value=_sparse_document(path, self.raw_value(path)))
        resolved, problems = resolve_expressions(alone, context)
        value = value_at(resolved.value, path)
        if problems or resolved.used_secrets or has_unresolved(value):
            return ""
        return as_text(value) if isinstance(value, bool) else as_plain_text(value)

    def read_provided(self, path: Path, context: Context) -> JsonValue:
        """Return the value of the `<+input>` at `path`, which may contain expressions; problems are added."""
        alone = replace(self.document, value=_sparse_document(path, self.raw_value(path)))
        resolved, problems = resolve_expressions(alone, context)
        self.problems += problems
        return value_at(resolved.value, path)

    def read_text(self, path: Path, context: Context) -> str:
        """Return the value at `path` as text, with its expressions resolved; empty when there is none."""
        return as_plain_text(self.read_value(path, context))

    def read_parsed(self, path: Path, parse: Callable[[], T], otherwise: T) -> T:
        """Return the result of `parse`, or `otherwise` after adding its problems, at `path` if they have no place."""
        try:
            return parse()
        except InvalidError as error:
            self.add_problems(error.problems, path)
            return otherwise

    def read_list(self, path: Path, context: Context) -> list[JsonValue]:
        """Return the list at `path`; a text with commas is one too, since the value of an expression is a text."""
        value = self.read_value(path, context)
        if isinstance(value, str) and not has_unresolved(value):
            return [part.strip() for part in value.strip("[] ").split(",") if part.strip()]
        return [value] if has_unresolved(value) else as_items(value)

    def read_count(self, path: Path, context: Context) -> int | None:
        """Return the whole number at `path`, 0 or more; None when it is another value, which adds a problem."""
        value = self.read_value(path, context)
        count = whole_number_or_none(value)
        if count is None and not has_unresolved(value):
            self.add_problem(path, f"{quote_value(as_plain_text(value))} is not a whole number, 0 or more")
        return count

    def read_duration(self, path: Path, context: Context) -> float | None:
        """Return the duration at `path` in seconds; None when there is none."""
        value = self.read_value(path, context)
        written = as_plain_text(value)
        if not written or has_unresolved(value):
            return None
        return self.read_parsed(path, lambda: parse_duration(written), None)

    def read_timeout(self, path: Path, context: Context) -> float | None:
        """Return the duration at `path` in seconds; None when there is none. A duration of 0 adds a problem."""
        seconds = self.read_duration(path, context)
        if seconds == 0:
            self.add_problem(path, "must be longer than 0s", "for example 90s, 10m or 1h30m")
        return seconds or None

    def add_problems(self, problems: Iterable[Problem], path: Path) -> None:
        """Add problems; one without a place gets that of `path`."""
        for problem in problems:
            if problem.place is None:
                self.add_problem(path, problem.message, problem.hint)
            else:
                self.problems.append(problem)

    def check_expressions(self, path: Path) -> None:
        """Add a problem for every expression below `path` that was not resolved; fields without effect are ignored."""
        for where, _ in iterate_expressions(self.raw_value(path), path):
            heads = {where[:length] for length in range(len(where) + 1)}
            if heads.isdisjoint(self.resolved | self.skipped) and _UNUSED.isdisjoint(where):
                self.add_problem(where, "expressions are not resolved at this place", "write the value itself")

    def is_provided(self, path: Path) -> bool:
        """Return whether the value at `path` is part of a block that comes from the input variables."""
        return any(path[: len(each)] == each for each in self.provided)

    def sub_document(self, path: Path) -> "SubDocument":
        """Return the part of the document at `path`."""
        return SubDocument(self.document, path)

    def raise_if_invalid(self) -> None:
        """Raise `InvalidError` with all problems, without duplicates and sorted by place, if there are any."""
        if self.problems:
            found = dict.fromkeys(self.problems)
            raise InvalidError(
                sorted(found, key=lambda each: (each.place or SourceLocation(""), each.subject, each.message))
            )


@dataclass(frozen=True)
class SubDocument:
    """The locations of a part of a document, by paths that begin at that part."""

    document: Document
    start: Path

    def location_of(self, path: Path) -> SourceLocation:
        """Return the location of a value."""
        return self.document.location_of((*self.start, *path))

    def key_place(self, path: Path) -> SourceLocation:
        """Return the location of the key of a value."""
        return self.document.key_place((*self.start, *path))


def _sparse_document(path: Path, value: JsonValue) -> JsonValue:
    """Return a document with nothing but `value`, at its path."""
    for part in reversed(path):
        value = {part: value} if isinstance(part, str) else [*[None] * part, value]
    return value
