"""Finds the value at the end of a path such as `service.name` in the context of an expression."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spotaction.documents.expressions.known_names import SETTABLE, find_known, is_exact, keys_below
from spotaction.documents.wording import hint_nearest, nearest_word, quote_value
from spotaction.model.errors import SourceLocation
from spotaction.model.resources import JsonValue


@dataclass(frozen=True)
class Context:
    """The values that expressions resolve to.

    Attributes:
        roots: the first names of paths, each with its value or a nested mapping.
        secrets: the values of `secrets.getValue("NAME")`, by name.
        runtime_values: the values of `<+input>`, by dotted path or by last key.
        runtime_places: the places of those values that are from a file, by the same keys.
        runtime_names: names whose values the documents leave to the run, for `.isInput()`.
        runtime_hints: how to provide such a value, by dotted path; the hint of a message.
        deferred: names whose paths stay unresolved; the caller resolves the document again, or deploys nothing.
        absent: names whose paths have no value unless there is one in `roots`, each with the reason.
        is_offline: there is no run: what it may give a value to stays unresolved, and is no error.
    """

    roots: Mapping[str, JsonValue] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    runtime_values: Mapping[str, JsonValue] = field(default_factory=dict)
    runtime_places: Mapping[str, SourceLocation] = field(default_factory=dict)
    deferred: frozenset[str] = frozenset()
    absent: Mapping[str, str] = field(default_factory=dict)
    runtime_names: frozenset[str] = frozenset()
    runtime_hints: Mapping[str, str] = field(default_factory=dict)
    is_offline: bool = False


# The values of these come from documents alone, so that those at hand decide; `variables` are not for them.
_OF_DOCUMENTS = frozenset({"service", "serviceVariables", "infra", "repeat", "strategy", "step", "steps"})


class Unresolved(str):
    """A text with an expression that has no value, kept in its document as it was written."""

    __slots__ = ()


def has_unresolved(value: JsonValue) -> bool:
    """Return whether a text anywhere in the value is `Unresolved`; a resolved text may contain `<+` as well."""
    if isinstance(value, Mapping):
        return any(map(has_unresolved, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unresolved, value))
    return isinstance(value, Unresolved)


class BadExpressionError(ValueError):
    """An expression cannot be resolved; `offset` is the position in its text."""

    def __init__(self, message: str, *, offset: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


class NoValueError(BadExpressionError):
    """A known name has no value; that is no error where it is compared with `null`, or not chosen."""


class DeferredError(Exception):
    """A value is not known yet: its name is deferred, or there is no run; `offset` is the position in its text."""

    def __init__(self, name: str, offset: int) -> None:
        super().__init__(name)
        self.name = name
        self.offset = offset


def find_value(keys: list[str], start: int, context: Context) -> JsonValue:
    """Return the single value at the end of the path that begins at offset `start`.

    Raises `BadExpressionError` when there is none, and `DeferredError` for a path that begins with a deferred name.
    """
    if keys == ["input"]:
        raise BadExpressionError("<+input> must be the whole value", offset=start)
    for length in range(1, len(keys) + 1):
        if ".".join(keys[:length]) in context.deferred:
            raise DeferredError(".".join(keys), start)
    value: JsonValue = context.roots
    for index, key in enumerate(keys):
        try:
            value = _child(value, key)
        except LookupError:
            error = _not_found(value, keys, index, start, context)
            if context.is_offline and _may_come_from_run(keys, error, context):
                raise DeferredError(".".join(keys), start) from None
            raise error from None
    if isinstance(value, Unresolved):
        raise DeferredError(".".join(keys), start)
    if isinstance(value, Mapping | list | tuple):
        known = hint_nearest("", map(str, value)) if isinstance(value, Mapping) else ""
        kind = "a mapping" if isinstance(value, Mapping) else "a list"
        raise BadExpressionError(f"'{'.'.join(keys)}' is {kind}, not a single value", offset=start, hint=known)
    if value is None:
        known_name = find_known(keys)
        hint = known_name.hint(keys) if known_name else ""
        raise NoValueError(f"{quote_value('.'.join(keys))} has no value", offset=start, hint=hint)
    return value


def _may_come_from_run(keys: list[str], error: BadExpressionError, context: Context) -> bool:
    """Whether a run may give a value to a name that has none in the documents at hand."""
    if keys[0] in _OF_DOCUMENTS or keys[:2] == ["execution", "steps"] or keys[0] in context.absent:
        return False
    is_misspelled = error.hint.startswith("did you mean")
    return find_known(keys) is not None or (keys[0] in SETTABLE and len(keys) > 1 and not is_misspelled)


def _child(value: JsonValue, key: str) -> JsonValue:
    """The value of a key, or the item at an index; raises `LookupError` where there is none."""
    if isinstance(value, Mapping):
        found: JsonValue = value[key]
        return found
    if isinstance(value, list | tuple) and key.isdecimal() and len(key) < 10:  # noqa: PLR2004
        item: JsonValue = value[int(key)]
        return item
    raise LookupError(key)


def _not_found(value: JsonValue, keys: list[str], index: int, start: int, context: Context) -> BadExpressionError:
    """The error of a path that leads nowhere from its key at `index` on: one without a value, or a misspelled one."""
    for length in range(1, len(keys) + 1):
        if (reason := context.absent.get(".".join(keys[:length]))) is not None:
            message = f"{quote_value('.'.join(keys))} has no value here"
            return BadExpressionError(message, offset=start, hint=reason)
    siblings = list(map(str, value)) if isinstance(value, Mapping) else []
    while index + 1 < len(keys) and keys[index] in keys_below(keys[:index]):
        index, siblings = index + 1, []
    before, others = ".".join([*keys[:index], ""]), {*siblings, *keys_below(keys[:index])} - {keys[index]}
    close = nearest_word(keys[index], others)
    known_name = find_known(keys)
    if known_name is not None and (is_exact(keys) or not close):
        kind = BadExpressionError if known_name.is_unavailable else NoValueError
        return kind(f"{quote_value('.'.join(keys))} has no value here", offset=start, hint=known_name.hint(keys))
    hint = f"did you mean '{before}{close}'?" if close else hint_nearest("", siblings, prefix=before)
    path = ".".join(keys[: index + 1])
    return BadExpressionError(f"{quote_value(path)} is not defined", offset=start, hint=hint)


def as_text(value: JsonValue) -> str:
    """Return the value as it is written inside other text; a boolean is `true` or `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
