"""The operators of expressions and conditions, and the values that they take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from spotaction.documents.expressions.lookups import BadExpressionError, DeferredError, NoValueError, as_text
from spotaction.documents.scalars import parse_boolean
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError
from spotaction.model.resources import JsonValue

MAX_NUMBER = 10**15
MAX_TEXT = 256 * 1024
OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN = range(7)
POWERS = {
    **dict.fromkeys(("||", "or"), OR),
    **dict.fromkeys(("&&", "and"), AND),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge"), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
}
PREFIX_POWERS = {"!": NOT, "not": NOT, "-": SIGN}

_WORDS = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_DIGITS = 15
_LISTED = "take one item of it, like [0]"


@dataclass(frozen=True)
class Missing:
    """A known name without a value, and what is made of it: `null` in comparisons, an error where a value is needed."""

    error: NoValueError | DeferredError


Value: TypeAlias = "JsonValue | Missing"


def require_single(value: Value, at: int) -> JsonValue:
    """Return the value; raises `BadExpressionError` where there is none, or more than one."""
    if isinstance(value, Missing):
        raise value.error
    if value is None:
        raise BadExpressionError("expected a value, found null", offset=at)
    if isinstance(value, list | tuple | dict):
        raise BadExpressionError("expected a single value, found a list", offset=at, hint=_LISTED)
    return value


def to_text(value: Value, at: int) -> str:
    """Return a single value as text; raises `BadExpressionError` as `require_single` does."""
    return as_text(require_single(value, at))


def to_boolean(value: Value, at: int) -> bool:
    """Return a truth value, also from its text; raises `BadExpressionError` for any other value."""
    single = require_single(value, at)
    try:
        return parse_boolean(as_text(single))
    except InvalidError:
        message = f"{quote_value(single)} is neither true nor false"
        raise BadExpressionError(message, offset=at, hint="compare it with a value") from None


def to_whole_number(value: Value, sign: str, at: int) -> int:
    """Return a whole number, also from a text of up to 15 digits; raises `BadExpressionError` for any other value."""
    single = require_single(value, at)
    if (number := _whole_number(single)) is not None:
        return number
    raise BadExpressionError(f"{quote_value(single)} is not a whole number, but '{sign}' requires one", offset=at)


def convert_left(sign: str, value: Value, at: int, start: int) -> Value:
    """Return the left operand as the operator at offset `at` needs it; `start` is the operand's own offset."""
    if isinstance(value, Missing):
        return value
    match _WORDS.get(sign, sign):
        case "||" | "&&":
            return to_boolean(value, start)
        case "==" | "!=":
            return value
        case "+":
            return require_single(value, at)
        case _:
            return to_whole_number(value, sign, at)


def apply_operator(sign: str, left: Value, right: Value, at: int, start: int) -> Value:
    """Return the result for a converted left operand; `start` is the offset of the right one.

    Without a value on one side the result is `Missing`, except for comparisons and where the left side decides.
    """
    operator = _WORDS.get(sign, sign)
    if operator in {"==", "!="}:
        return (_comparable(left, at) == _comparable(right, at)) is (operator == "==")
    if isinstance(left, Missing) or isinstance(right, Missing):
        return _apply_to_missing(operator, left, right)
    match operator:
        case "||":
            return to_boolean(right, start) or bool(left)
        case "&&":
            return to_boolean(right, start) and bool(left)
        case "+":
            return _add(left, require_single(right, at), at)
        case other:
            return _ARITHMETIC[other](to_whole_number(left, sign, at), to_whole_number(right, sign, at), at)


def _apply_to_missing(operator: str, left: Value, right: Value) -> Value:
    """The left side where it decides alone, else the side that is missing."""
    if isinstance(left, Missing):
        return left
    return bool(left) if operator == ("||" if left else "&&") else right


def apply_prefix(sign: str, value: Value, at: int, start: int) -> Value:
    """Return the result of a prefix sign at offset `at`; `start` is the offset of its operand."""
    if isinstance(value, Missing):
        return value
    return -to_whole_number(value, sign, at) if sign == "-" else not to_boolean(value, start)


def bounded_number(value: int, at: int) -> int:
    """Return the number; raises `BadExpressionError` when it is too large."""
    if abs(value) > MAX_NUMBER:
        raise BadExpressionError("the number is too large", offset=at)
    return value


def bounded_text(texts: list[str], at: int) -> str:
    """Return the texts together; raises `BadExpressionError` when they are too long."""
    if sum(map(len, texts)) > MAX_TEXT:
        raise BadExpressionError("the text is too long", offset=at)
    return "".join(texts)


def _whole_number(value: JsonValue) -> int | None:
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isdecimal() and digits.isascii() and len(digits) <= _DIGITS else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _comparable(value: Value, at: int) -> str:
    """The text that is compared: `10` equals `"10"`, and nothing equals `null`, as in Harness."""
    return "null" if value is None or isinstance(value, Missing) else to_text(value, at)


def _add(left: JsonValue, right: JsonValue, at: int) -> JsonValue:
    """The sum of numbers, also of a number and a number's text; texts are joined, as in JEXL."""
    texts = isinstance(left, str), isinstance(right, str)
    one, other = _whole_number(left), _whole_number(right)
    if not all(texts) and one is not None and other is not None:
        return bounded_number(one + other, at)
    if any(texts):
        return bounded_text([as_text(left), as_text(right)], at)
    return to_whole_number(left, "+", at) + to_whole_number(right, "+", at)


def _divide(left: int, right: int, at: int) -> int:
    """Division that rounds towards zero, as Harness's JEXL does with integers."""
    if right == 0:
        raise BadExpressionError("division by zero", offset=at)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_ARITHMETIC: dict[str, Callable[[int, int, int], JsonValue]] = {
    "-": lambda left, right, at: bounded_number(left - right, at),
    "*": lambda left, right, at: bounded_number(left * right, at),
    "/": _divide,
    "<": lambda left, right, _: left < right,
    "<=": lambda left, right, _: left <= right,
    ">": lambda left, right, _: left > right,
    ">=": lambda left, right, _: left >= right,
}
