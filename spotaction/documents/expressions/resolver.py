"""Resolves the expressions `<+…>` in documents and inputs: look-ups, operators and functions, never code."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import value_at
from spotaction.documents.expressions.lookups import BadExpressionError, Context, DeferredError, Unresolved, as_text
from spotaction.documents.expressions.parser import evaluate_expression
from spotaction.documents.expressions.runtime_input import parse_runtime_input, resolve_runtime_input
from spotaction.documents.problems import by_place
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue

MAX_RESULT = 4 * 1024 * 1024
MAX_PROBLEMS = 100
MAX_ORIGINS = 3  # places of values that a hint names
NEAR = 2  # levels between a problem and the values that it may be about
MAX_WORK = 2 * 1024 * 1024  # as counted by the parser, for all expressions of a document
_USABLE = "provide a value, or omit the field"
_TOO_MUCH_WORK = "the functions in this document process too much text"
_TOO_LARGE = "the expressions in this document expand to more than 4 MiB"


def resolve_expressions(
    document: Document, context: Context, *, verbatim: Callable[[Path], bool] = lambda _: False
) -> tuple[Document, tuple[Problem, ...]]:
    r"""Return the document with every expression in its values resolved, and the problems, sorted by place.

    A value that is a single expression keeps the type of what it resolves to, except that a number with a fraction
    becomes text, as it is written: it may be a version. Inside other text every value becomes text. A text
    with an expression that has no value is kept as `Unresolved`, which is a problem unless the expression begins with
    a name in `context.deferred`. Resolved values are never searched for expressions. `\<+` is a literal `<+`. Texts at
    the paths for which `verbatim` is true are left alone: they are documents of their own, resolved separately.
    """
    resolver = _Resolver(document, context, verbatim)
    value = resolver.value(document.value, ())
    secrets = document.used_secrets | resolver.secrets
    return replace(document, value=value, used_secrets=secrets), tuple(sorted(resolver.problems, key=by_place))


def resolve_fields(
    document: Document,
    context: Context,
    *,
    unchecked: Callable[[Path], bool] = lambda _: False,
    verbatim: Callable[[Path], bool] = lambda _: False,
) -> tuple[Document, tuple[Problem, ...]]:
    """Resolve a document as `resolve_expressions` does, and refuse values that resolve to nothing usable.

    An empty value would be mistaken for one that was omitted, and one that contains `<+` for an unresolved one. Both
    are accepted at the paths for which `unchecked` is true.
    """
    resolved, problems = resolve_expressions(document, context, verbatim=verbatim)
    found = [
        Problem(unusable, dotted_path(path), document.location_of(path), _USABLE)
        for path, text in iterate_expressions(document.value, ())
        if not unchecked(path)
        and not verbatim(path)
        and (unusable := _unusable_reason(text, value_at(resolved.value, path)))
    ]
    return resolved, tuple(sorted([*problems, *found], key=by_place))


def resolve_text(text: str, context: Context, *, where: str) -> str:
    """Return an input of the action (`where` is its name) with its expressions resolved; raises `InvalidError`."""
    try:
        found = as_text(_render_text(text, (where,), context)[0])
    except _FailuresError as failures:
        raise InvalidError(
            [Problem(each.message, subject=where, hint=each.hint) for each in failures.failures]
        ) from failures
    except DeferredError as deferred:
        raise InvalidError([Problem(f"'{deferred.name}' is not available yet", subject=where)]) from deferred
    if "<+" in text and (unusable := _unusable_reason(text, found)):
        raise InvalidError([Problem(unusable, subject=where, hint=_USABLE)])
    return found


def with_origins(problems: Iterable[Problem], context: Context) -> Iterator[Problem]:
    """Yield the problems; the hint of one with a value from a file of variables says where that is."""
    for problem in problems:
        places = [place for path, place in context.runtime_places.items() if _is_part(path, problem.subject)]
        if not 0 < len(places) <= MAX_ORIGINS or str(places[0]) in problem.hint:
            yield problem
        else:
            yield replace(problem, hint="; ".join(filter(None, (problem.hint, _hint_of_origin(*places)))))


def _is_part(path: str, subject: str) -> bool:
    """Whether the value at a path is the subject of a problem, or one of a few values that the subject has."""
    rest = path.removeprefix(subject)
    return bool(subject) and path.startswith(subject) and (not rest or (rest[0] in ".[" and rest.count(".") <= NEAR))


def _hint_of_origin(*places: SourceLocation) -> str:
    listed = " and ".join(map(str, places))
    return f"the value is from {listed}" if len(places) == 1 else f"values are from {listed}"


def iterate_expressions(value: JsonValue, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the texts that contain expressions, with their paths."""
    if isinstance(value, str):
        if "<+" in value:
            yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from iterate_expressions(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from iterate_expressions(inner, (*path, index))


def _unusable_reason(text: str, found: JsonValue) -> str:
    """The reason why a resolved text is no usable value; empty when it is one, or when it was not resolved."""
    if isinstance(found, Unresolved) or not isinstance(found, str):
        return ""
    if not found.strip():
        return f"{quote_value(text)} resolves to an empty value"
    return f"{quote_value(text)} resolves to {quote_value(found)}, which is not resolved again" if "<+" in found else ""


class _FailuresError(Exception):
    def __init__(self, failures: list[BadExpressionError]) -> None:
        super().__init__()
        self.failures = failures


@dataclass
class _Resolver:
    document: Document
    context: Context
    verbatim: Callable[[Path], bool]
    problems: list[Problem] = field(default_factory=list)
    secrets: frozenset[str] = frozenset()
    size: int = 0
    work: int = 0

    def value(self, value: JsonValue, path: Path) -> JsonValue:
        if isinstance(value, str):
            return self._text(value, path) if "<+" in value and not self.verbatim(path) else value
        if isinstance(value, Mapping):
            return {key: self.value(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each, (*path, index)) for index, each in enumerate(value)]
        return value

    def _text(self, text: str, path: Path) -> JsonValue:
        if len(self.problems) >= MAX_PROBLEMS:
            return Unresolved(text)
        try:
            self._check_size()
            value, secrets, work = _render_text(text, path, self.context)
            self.size += len(value) if isinstance(value, str) else 0
            self.work += work
            self._check_size()
        except DeferredError:
            return Unresolved(text)
        except _FailuresError as failures:
            self.problems += [self._problem(each, text, path) for each in failures.failures]
            return Unresolved(text)
        self.secrets |= secrets
        return value

    def _check_size(self) -> None:
        """Raise `_FailuresError` if the values are too large, also for every further one: it is not even resolved."""
        if self.size > MAX_RESULT:
            raise _FailuresError([BadExpressionError(_TOO_LARGE)])
        if self.work > MAX_WORK:
            raise _FailuresError([BadExpressionError(_TOO_MUCH_WORK)])

    def _problem(self, failure: BadExpressionError, text: str, path: Path) -> Problem:
        place = _location_inside(self.document.text_marks.get(path), text, failure.offset) or self.document.location_of(
            path
        )
        return Problem(failure.message, subject=dotted_path(path), place=place, hint=failure.hint)


def _location_inside(start: SourceLocation | None, text: str, offset: int) -> SourceLocation | None:
    """The location of a character of the text that begins at `start`."""
    if start is None:
        return None
    lines = text[:offset].split("\n")
    column = len(lines[-1]) + (start.column if len(lines) == 1 else 1)
    return SourceLocation(start.file, start.line + len(lines) - 1, column)


def _render_text(text: str, path: Path, context: Context) -> tuple[JsonValue, frozenset[str], int]:
    """The value of a text, its secrets' names, and the work of its functions.

    Raises `_FailuresError` with every failure, or `DeferredError`.
    """
    try:
        runtime_input = parse_runtime_input(text)
        if runtime_input is not None:
            provided, hint = _runtime_value(path, context), _runtime_hint(path, context)
            if context.is_offline and provided is None and runtime_input.default is None:
                raise DeferredError("input", 0)
            return _without_fraction(resolve_runtime_input(runtime_input, provided, hint=hint)), frozenset(), 0
    except BadExpressionError as failure:
        if (place := _runtime_place(path, context)) is not None:
            failure.hint = "; ".join(filter(None, (failure.hint, _hint_of_origin(place))))
        raise _FailuresError([failure]) from failure
    pieces = _collect_pieces(text, context)
    if text.startswith("<+") and text.endswith(">") and len(pieces) > 1:
        _refuse_early_end(text)
    work = sum(piece.work for piece in pieces)
    deferred = next((piece.deferred for piece in pieces if piece.deferred is not None), None)
    if deferred is not None:
        raise deferred
    secrets = frozenset[str]().union(*(piece.secrets for piece in pieces))
    value = pieces[0].value if len(pieces) == 1 else "".join(as_text(piece.value) for piece in pieces)
    return _without_fraction(value), secrets, work


def _without_fraction(value: JsonValue) -> JsonValue:
    """The value, or the spelling of a number with a fraction."""
    return as_text(value) if isinstance(value, float) else value


def _refuse_early_end(text: str) -> None:
    """Refuse `<+a > b>`: its first `>` ends the expression, and ` b>` would be taken as text."""
    end = _end_of_expression(text, 0)
    rest = text[end:]
    if "<" not in rest and "\n" not in rest and (text[end - 2].isspace() or rest.startswith("=")):
        hint = "write gt or ge, or put the comparison in parentheses"
        raise _FailuresError([BadExpressionError("this '>' ends the expression", offset=end - 1, hint=hint)])


@dataclass(frozen=True)
class _Piece:
    """A literal part of a text, or the result of one expression in it."""

    value: JsonValue = None
    secrets: frozenset[str] = frozenset()
    work: int = 0
    failure: BadExpressionError | None = None
    deferred: DeferredError | None = None


def _collect_pieces(text: str, context: Context) -> list[_Piece]:
    """The pieces of a text; raises `_FailuresError` when some cannot be resolved, or all together are too long."""
    pieces: list[_Piece] = []
    failures: list[BadExpressionError] = []
    size = work = 0
    for piece in _iterate_pieces(text, context):
        pieces.append(piece)
        failures += [piece.failure] if piece.failure is not None else []
        size += len(as_text(piece.value))
        work += piece.work
        if len(failures) >= MAX_PROBLEMS or size > MAX_RESULT or work > MAX_WORK:
            break
    if size > MAX_RESULT:
        failures.append(BadExpressionError(_TOO_LARGE))
    if work > MAX_WORK:
        failures.append(BadExpressionError(_TOO_MUCH_WORK))
    if failures:
        raise _FailuresError(failures)
    return pieces


def _iterate_pieces(text: str, context: Context) -> Iterator[_Piece]:
    position = 0
    while position < len(text):
        start = text.find("<+", position)
        if start < 0:
            start = len(text)
        escaped = text[start - 1 : start] == "\\" and start < len(text)
        if start > position:
            yield _Piece(text[position : start - 1] + "<+" if escaped else text[position:start])
        if escaped or start == len(text):
            position = start + 2
            continue
        piece, position = _read_piece(text, start, context)
        yield piece


def _read_piece(text: str, start: int, context: Context) -> tuple[_Piece, int]:
    try:
        found = evaluate_expression(text, start, context)
    except BadExpressionError as failure:
        return _Piece(failure=failure), _end_of_expression(text, start)
    except DeferredError as deferred:
        return _Piece(deferred=deferred), _end_of_expression(text, start)
    return _Piece(found.value, found.secrets, found.work), found.end


def _end_of_expression(text: str, start: int) -> int:
    """The offset after the expression at `start`, judged by its brackets alone."""
    depth, position = 0, start
    while position < len(text):
        if text.startswith("<+", position):
            depth, position = depth + 1, position + 2
            continue
        depth -= text[position] == ">"
        position += 1
        if depth == 0:
            break
    return position


def _runtime_value(path: Path, context: Context) -> JsonValue:
    found = context.runtime_values.get(dotted_path(path))
    return context.runtime_values.get(_last_key(path)) if found is None else found


def _runtime_place(path: Path, context: Context) -> SourceLocation | None:
    places = context.runtime_places
    return places.get(dotted_path(path)) or places.get(_last_key(path))


def _runtime_hint(path: Path, context: Context) -> str:
    return context.runtime_hints.get(dotted_path(path)) or f"set '{_last_key(path)}' in the input variables"


def _last_key(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")
