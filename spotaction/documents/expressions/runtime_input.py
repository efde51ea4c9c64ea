"""Resolves runtime inputs: `<+input>` with its allowed values, default and pattern."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from spotaction.documents.expressions.lookups import BadExpressionError, as_text
from spotaction.documents.expressions.tokens import QUOTED, unquote
from spotaction.documents.patterns import PATTERN_HINT, PatternError, compile_pattern
from spotaction.documents.wording import hint_nearest, join_choices, nearest_word, quote_value
from spotaction.documents.yaml_source import resolve_plain_scalar
from spotaction.model.resources import JsonValue

MAX_LENGTH = 4096
MAX_MATCHED = 256

_NAMES = ("allowedValues", "selectOneFrom", "selectManyFrom", "default", "regex", "executionInput")
_CALLS = f"{', '.join(f'.{name}(…)' for name in _NAMES[:-1])} and .executionInput()"
_INPUT = re.compile(r"\s*<\+\s*input\s*>")
_CALL = re.compile(r"\s*\.\s*(\w+)\s*\(")
_QUOTED = re.compile(rf"\s*(?:{QUOTED.pattern})\s*", re.DOTALL)


@dataclass(frozen=True)
class RuntimeInput:
    """An `<+input>`, whose value is one of `allowed` (any when empty) and matches `pattern`.

    With `several` the value is a list, or a text with commas, and each of its items is one of `allowed`.
    """

    allowed: tuple[str, ...] = ()
    several: bool = False
    default: JsonValue = None
    pattern: str = ""


def is_runtime_input(value: JsonValue) -> bool:
    """Return whether a value is left to the run: a text that begins with `<+input>`."""
    return isinstance(value, str) and _INPUT.match(value) is not None


def parse_runtime_input(text: str) -> RuntimeInput | None:
    """Return the runtime input that a text consists of; None when it does not begin with `<+input>`.

    Raises `BadExpressionError` for one that is followed by anything but its own calls.
    """
    match = _INPUT.match(text)
    if match is None:
        return None
    if len(text) > MAX_LENGTH:
        raise BadExpressionError(f"<+input> is longer than {MAX_LENGTH} characters")
    runtime_input = RuntimeInput()
    for position, name, argument in _iterate_calls(text, match.end()):
        runtime_input = _with_call(runtime_input, position, name, argument)
    return runtime_input


def resolve_runtime_input(runtime_input: RuntimeInput, provided: JsonValue, *, hint: str) -> JsonValue:
    """Return the provided value, or the default when that is None.

    Raises `BadExpressionError` when there is neither, with `hint`, and for a value that is not allowed.
    """
    value = runtime_input.default if provided is None else provided
    if value is None:
        wanted = f"; expected {join_choices(runtime_input.allowed)}" if runtime_input.allowed else ""
        raise BadExpressionError(f"no value was provided for this <+input>{wanted}", hint=hint)
    if runtime_input.several:
        value = ",".join(_items_of(value))
    text = as_text(value)
    for item in _items_of(value) if runtime_input.several else (text,):
        if runtime_input.allowed and item not in runtime_input.allowed:
            close = nearest_word(item, runtime_input.allowed)
            hint = f"did you mean '{close}'?" if close else ""
            raise BadExpressionError(
                f"{quote_value(item)} is not allowed; expected {join_choices(runtime_input.allowed)}",
                hint="allow several with .selectManyFrom(…)" if isinstance(value, list | tuple) else hint,
            )
    if runtime_input.pattern and not _is_match(runtime_input.pattern, text):
        raise BadExpressionError(f"{quote_value(text)} does not match {quote_value(runtime_input.pattern)}")
    return value


def with_variable_defaults(value: JsonValue) -> JsonValue:
    """Return a document in which the `default` of each variable that is `<+input>` is written as `.default(…)`."""
    if isinstance(value, Mapping):
        inner = {key: with_variable_defaults(each) for key, each in value.items()}
        return _with_default(inner) if {"name", "value", "default"} <= inner.keys() else inner
    if isinstance(value, list | tuple):
        return [with_variable_defaults(each) for each in value]
    return value


def _with_default(variable: dict[str, JsonValue]) -> dict[str, JsonValue]:
    written, default = variable["value"], variable["default"]
    if not isinstance(written, str) or not is_runtime_input(written) or default is None or ".default(" in written:
        return variable
    text = as_text(default)
    if isinstance(default, str):
        text = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return {**variable, "value": f"{written}.default({text})"}


def _items_of(value: JsonValue) -> tuple[str, ...]:
    """The items of a list, or of a text with commas."""
    items = value if isinstance(value, list | tuple) else as_text(value).split(",")
    return tuple(text for item in items if (text := as_text(item).strip()))


def _is_match(pattern: str, text: str) -> bool:
    """Whether the whole text matches, as in Java's `matches`."""
    if len(text) > MAX_MATCHED:
        raise BadExpressionError(f"a value longer than {MAX_MATCHED} characters cannot be matched against a pattern")
    try:
        return compile_pattern(pattern).fullmatch(text) is not None
    except UnicodeEncodeError:
        raise BadExpressionError("a value that is not valid Unicode cannot be matched against a pattern") from None
    except PatternError as error:
        raise BadExpressionError(f"invalid pattern {quote_value(pattern)}: {error}", hint=PATTERN_HINT) from error


def _iterate_calls(text: str, position: int) -> Iterator[tuple[int, str, str]]:
    while text[position:].strip():
        match = _CALL.match(text, position)
        if match is None:
            raise BadExpressionError(
                "<+input> must be the whole value",
                offset=position,
                hint=f"only {_CALLS} may follow it",
            )
        end = _closing_position(text, match.end())
        yield match.start(1), match[1], text[match.end() : end]
        position = end + 1


def _closing_position(text: str, start: int) -> int:
    """The offset of the parenthesis that closes the one before `start`."""
    depth, quote, position = 1, "", start
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and text[:position].rstrip()[-1:] in {"(", ","}:
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return position
        position += 1
    raise BadExpressionError("missing closing parenthesis", offset=start - 1)


def _with_call(runtime_input: RuntimeInput, position: int, name: str, argument: str) -> RuntimeInput:
    match name:
        case "allowedValues" | "selectOneFrom":
            return replace(runtime_input, allowed=tuple(_split_values(argument)))
        case "selectManyFrom":
            return replace(runtime_input, allowed=tuple(_split_values(argument)), several=True)
        case "default":
            return replace(runtime_input, default=_typed_default(argument))
        case "regex":
            return replace(runtime_input, pattern=as_text(_unquote(argument)))
        case "executionInput":
            return runtime_input
        case _:
            raise BadExpressionError(
                f"'.{name}(…)' cannot follow <+input>",
                offset=position,
                hint=hint_nearest(name, _NAMES),
            )


def _split_values(argument: str) -> Iterator[str]:
    position = 0
    while position <= len(argument):
        match = _QUOTED.match(argument, position)
        end = match.end() if match else argument.find(",", position)
        end = len(argument) if end < 0 else end
        yield _unquote(argument[position:end])
        position = argument.find(",", end) + 1 or len(argument) + 1


def _unquote(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return text.strip() if match is None else unquote(match, {})


def _typed_default(argument: str) -> JsonValue:
    """A default keeps its type where nothing is lost by it: `3` and `true`, but not `1.10` or `007`."""
    text = _unquote(argument)
    value = resolve_plain_scalar(text) if text == argument.strip() else text
    return value if isinstance(value, bool | int) and as_text(value) == text else text
