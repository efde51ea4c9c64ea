"""The functions of expressions, such as `.split(",")`: those of Java's strings that pipelines use."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from spotaction.documents.expressions.lookups import BadExpressionError
from spotaction.documents.expressions.operators import MAX_TEXT, to_text, to_whole_number
from spotaction.documents.patterns import PATTERN_HINT, PatternError, compile_pattern
from spotaction.documents.tree import WrittenNumber
from spotaction.documents.wording import count_of, hint_nearest, quote_value
from spotaction.model.resources import JsonValue

MAX_ITEMS = 1000
_OF_LISTS = ("size", "get")

_PLAIN = re.compile(r"(?:[^\\\[\](){}.*+?^$|]|\\[^A-Za-z0-9])*", re.DOTALL)
_JSON_KEY = re.compile(r"""\.?([A-Za-z_$][\w$-]*)|\[([0-9]{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]""", re.ASCII)


@dataclass(frozen=True)
class _Function:
    """`least` and `most` arguments; `yields_text` where its result is a part of the text or made of it."""

    apply: Callable[[str, Sequence[JsonValue], int], JsonValue]
    least: int
    most: int
    yields_text: bool = True


def call_function(name: str, value: JsonValue, arguments: Sequence[JsonValue], at: int) -> JsonValue:
    """Return the result of a function of a text or list; raises `BadExpressionError` at offset `at`."""
    if isinstance(value, list | tuple):
        return _call_on_list(name, value, arguments, at)
    return _find_function(name, arguments, at).apply(to_text(value, at), arguments, at)


def check_call(name: str, arguments: Sequence[object], at: int) -> None:
    """Raise `BadExpressionError` for a call that no text or list has, whose own value is not known."""
    if name not in _OF_LISTS or name in FUNCTIONS:
        _find_function(name, arguments, at)


def _find_function(name: str, arguments: Sequence[object], at: int) -> _Function:
    function = FUNCTIONS.get(name)
    if function is None:
        hint = hint_nearest(name, FUNCTIONS) or f"supported: {', '.join(FUNCTIONS)}"
        raise BadExpressionError(f"'.{name}()' is not a function", offset=at, hint=hint)
    _check_count(name, arguments, function.least, function.most, at)
    return function


def select_json(arguments: Sequence[JsonValue], at: int) -> JsonValue:
    """Return the value at a path such as `data.items[0].id` in a text of JSON; objects and lists as JSON again."""
    _check_count("json.select", arguments, 2, 2, at)
    path, text = (to_text(argument, at) for argument in arguments)
    try:
        value: JsonValue = json.loads(text, parse_float=WrittenNumber, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadExpressionError("the text of json.select() is not JSON", offset=at) from None
    for key in _json_keys(path, at):
        value = _json_child(value, key, path, at)
    if value is None:
        raise BadExpressionError(f"{quote_value(path)} is null in the JSON", offset=at)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, dict | list) else value


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)


def _json_keys(path: str, at: int) -> list[str | int]:
    keys: list[str | int] = []
    position = 1 if path.startswith("$") else 0
    while position < len(path):
        found = _JSON_KEY.match(path, position)
        if found is None:
            message = f"{quote_value(path)} is not a path of json.select()"
            raise BadExpressionError(message, offset=at, hint="for example data.items[0].id")
        keys.append(int(found[2]) if found[2] else next(part for part in found.group(1, 3, 4) if part is not None))
        position = found.end()
    return keys


def _json_child(value: JsonValue, key: str | int, path: str, at: int) -> JsonValue:
    if isinstance(value, dict) and isinstance(key, str) and key in value:
        return cast("JsonValue", value[key])
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return cast("JsonValue", value[key])
    raise BadExpressionError(f"the JSON has no value at {quote_value(path)}", offset=at)


def item_at(value: Sequence[JsonValue], index: int, at: int) -> JsonValue:
    """Return an item of a list; raises `BadExpressionError` when there is none."""
    if not 0 <= index < len(value):
        hint = "" if value else "a separator is a regular expression; write \\\\. for a dot"
        raise BadExpressionError(
            f"index {index} is out of range for a list of {count_of(len(value), 'item')}", offset=at, hint=hint
        )
    return value[index]


def _call_on_list(name: str, value: Sequence[JsonValue], arguments: Sequence[JsonValue], at: int) -> JsonValue:
    match name:
        case "size":
            _check_count(name, arguments, 0, 0, at)
            return len(value)
        case "get":
            _check_count(name, arguments, 1, 1, at)
            return item_at(value, to_whole_number(arguments[0], "get", at), at)
        case _:
            raise BadExpressionError(
                f"'.{name}()' cannot be applied to a list", offset=at, hint="take one item of it, like [0]"
            )


def _check_count(name: str, arguments: Sequence[object], least: int, most: int, at: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        shown = name if "." in name else f".{name}"
        plural = "" if wanted == "1" else "s"
        raise BadExpressionError(f"'{shown}()' takes {wanted} argument{plural}, not {len(arguments)}", offset=at)


def _split(text: str, arguments: Sequence[JsonValue], at: int) -> JsonValue:
    """The parts between the matches of a regular expression, without empty ones at the end, as in Java."""
    separator = to_text(arguments[0], at)
    if separator and _PLAIN.fullmatch(separator):
        parts = text.split(re.sub(r"\\(.)", r"\1", separator, flags=re.DOTALL), MAX_ITEMS)
    else:
        parts = _split_by_pattern(text, separator, at) if separator else list(text[: MAX_ITEMS + 1])
    if len(parts) > MAX_ITEMS:
        raise BadExpressionError(f"'.split()' returns more than {MAX_ITEMS} items", offset=at)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return list[JsonValue](parts) if parts != [""] or not text else []


def _split_by_pattern(text: str, pattern: str, at: int) -> list[str]:
    try:
        parts: list[str] = compile_pattern(pattern).split(text, MAX_ITEMS)
    except UnicodeEncodeError:
        raise BadExpressionError("text that is not valid Unicode cannot be split", offset=at) from None
    except PatternError as error:
        message = f"invalid pattern {quote_value(pattern)}: {error}"
        raise BadExpressionError(message, offset=at, hint=PATTERN_HINT) from error
    return [part or "" for part in parts]


def _replace(text: str, arguments: Sequence[JsonValue], at: int) -> JsonValue:
    old, new = (to_text(argument, at) for argument in arguments)
    if len(text) + (text.count(old) * len(new) if new else 0) > MAX_TEXT:
        raise BadExpressionError("the text is too long", offset=at)
    return text.replace(old, new)


def _substring(text: str, arguments: Sequence[JsonValue], at: int) -> JsonValue:
    numbers = [to_whole_number(argument, "substring", at) for argument in arguments]
    start, end = numbers[0], numbers[1] if len(numbers) > 1 else len(text)
    if not 0 <= start <= end <= len(text):
        given, length = ", ".join(map(str, numbers)), count_of(len(text), "character")
        message = f"'.substring({given})' is out of range for a text of {length}"
        raise BadExpressionError(message, offset=at)
    return text[start:end]


def _compare(test: Callable[[str, str], JsonValue]) -> _Function:
    return _Function(lambda text, arguments, at: test(text, to_text(arguments[0], at)), 1, 1, yields_text=False)


FUNCTIONS: Mapping[str, _Function] = {
    "split": _Function(_split, 1, 1),
    "toLowerCase": _Function(lambda text, _, __: text.lower(), 0, 0),
    "toUpperCase": _Function(lambda text, _, __: text.upper(), 0, 0),
    "trim": _Function(lambda text, _, __: text.strip(), 0, 0),
    "replace": _Function(_replace, 2, 2),
    "substring": _Function(_substring, 1, 2),
    "concat": _Function(lambda text, arguments, at: text + to_text(arguments[0], at), 1, 1),
    "contains": _compare(lambda text, part: part in text),
    "startsWith": _compare(lambda text, part: text.startswith(part)),
    "endsWith": _compare(lambda text, part: text.endswith(part)),
    "equals": _compare(lambda text, other: text == other),
    "equalsIgnoreCase": _compare(lambda text, other: text.lower() == other.lower()),
    "indexOf": _compare(lambda text, part: text.find(part)),
    "lastIndexOf": _compare(lambda text, part: text.rfind(part)),
    "length": _Function(lambda text, _, __: len(text), 0, 0, yields_text=False),
    "isEmpty": _Function(lambda text, _, __: not text, 0, 0, yields_text=False),
}
