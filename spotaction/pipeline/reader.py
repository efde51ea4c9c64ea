"""Reads single values of a document with the expressions that hold at their place, and collects what is wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from spotaction.documents.accessors import as_plain_text, value_at
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.resolver import Context, expressions, resolve_fields
from spotaction.documents.scalars import parse_duration
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue

T = TypeVar("T")

_UNUSED = frozenset(
    {"connectorRef", "delegateSelectors", "description", "nodeName", "sharedPaths", "stepGroupInfra", "tags"}
)


@dataclass
class DocumentReader:
    """One document while it is read. `notes` are things to know that stop nothing, each once.

    `filled` are the places whose expressions are filled in, `skipped` those of steps that do not run: anywhere else an
    expression would be taken for a text.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    filled: set[Path] = field(default_factory=set)
    skipped: set[Path] = field(default_factory=set)

    def add_problem(self, path: Path, message: str, hint: str = "", *, of_key: bool = False) -> None:
        """Note what is wrong with the value at `path`, or with the key that leads to it."""
        place = self.document.key_place(path) if of_key else self.document.location_of(path)
        self.problems.append(Problem(message, dotted_path(path), place, hint))

    def add_note(self, message: str) -> None:
        """Note something that a reader of the log should know."""
        self.notes.setdefault(message)

    def raw_value(self, path: Path) -> JsonValue:
        """What stands at `path`, expressions and all; None when there is nothing."""
        return value_at(self.document.value, path)

    def read_value(self, path: Path, context: Context) -> JsonValue:
        """What stands at `path` with its expressions filled in; those that cannot be leave problems behind."""
        self.filled.add(path)
        alone = replace(self.document, value=_sparse_document(path, self.raw_value(path)))
        resolved, problems = resolve_fields(alone, context)
        self.problems += problems
        return value_at(resolved.value, path)

    def read_text(self, path: Path, context: Context) -> str:
        """The text at `path`, filled in."""
        return as_plain_text(self.read_value(path, context))

    def read_parsed(self, path: Path, parse: Callable[[], T], otherwise: T) -> T:
        """What `parse` answers; what it finds wrong is noted at `path` unless it has a place of its own."""
        try:
            return parse()
        except InvalidError as error:
            self.add_problems(error.problems, path)
            return otherwise

    def read_duration(self, path: Path, context: Context) -> float | None:
        """The duration at `path` in seconds; None when there is none."""
        value = self.read_value(path, context)
        written = as_plain_text(value)
        if not written or has_unresolved(value):
            return None
        return self.read_parsed(path, lambda: parse_duration(written), None)

    def read_timeout(self, path: Path, context: Context) -> float | None:
        """The same, for a duration that has to leave some time."""
        seconds = self.read_duration(path, context)
        if seconds == 0:
            self.add_problem(path, "leaves no time at all", "write it like 90s, 10m or 1h30m")
        return seconds or None

    def add_problems(self, problems: Iterable[Problem], path: Path) -> None:
        """Note problems; one that does not know where it lies is of `path`."""
        for problem in problems:
            if problem.place is None:
                self.add_problem(path, problem.message, problem.hint)
            else:
                self.problems.append(problem)

    def check_filled(self, path: Path) -> None:
        """Note every expression below `path` that nothing has filled in, but for fields that mean nothing here."""
        for where, _ in expressions(self.raw_value(path), path):
            heads = {where[:length] for length in range(len(where) + 1)}
            if heads.isdisjoint(self.filled | self.skipped) and _UNUSED.isdisjoint(where):
                self.add_problem(where, "an expression is not filled in here", "write the value itself")

    def sub_document(self, path: Path, less: int = 0) -> "SubDocument":
        """The document as seen from `path`, for paths that have `less` keys in front."""
        return SubDocument(self.document, path, less)

    def raise_if_invalid(self) -> None:
        """Raise `InvalidError` with everything that was noted, each once and sorted by place."""
        if self.problems:
            found = dict.fromkeys(self.problems)
            raise InvalidError(
                sorted(found, key=lambda each: (each.place or SourceLocation(""), each.subject, each.message))
            )


@dataclass(frozen=True)
class SubDocument:
    """Where the values of a part of a document stand, by paths that begin at that part after `less` keys."""

    document: Document
    start: Path
    less: int = 0

    def location_of(self, path: Path) -> SourceLocation:
        """Where a value stands."""
        return self.document.location_of((*self.start, *path[self.less :]))

    def key_place(self, path: Path) -> SourceLocation:
        """Where the key of a value stands."""
        return self.document.key_place((*self.start, *path[self.less :]))


def _sparse_document(path: Path, value: JsonValue) -> JsonValue:
    """A document that holds nothing but `value`, at its path."""
    for part in reversed(path):
        value = {part: value} if isinstance(part, str) else [*[None] * part, value]
    return value
