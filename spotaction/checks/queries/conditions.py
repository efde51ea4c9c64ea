"""Conditions on the result of a query, such as `result <= 0.01`: read with Python's parser, and never run as code."""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TypeAlias

from spotaction.documents.scalars import value_error
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError

MAX_LENGTH = 500
_HELP = (
    "for example result <= 0.01 and count(result) >= 3; there are + - * / == != < <= > >= and, or, not, abs(),"
    " and max, min, avg, sum, count and last of result"
)
_NOT_ALLOWED = "is not allowed in a condition"
_WORDS = {"&&": "and", "||": "or", "!": "not", "%": "a fraction such as 0.01"}


@dataclass(frozen=True)
class _Values:
    """The values of a result, and the one that `result` stands for."""

    all: Sequence[float]
    current: float


_Number: TypeAlias = Callable[[_Values], float]
_Truth: TypeAlias = Callable[[_Values], bool]

_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OF_ALL: Mapping[str, Callable[[Sequence[float]], float]] = {
    "max": max,
    "min": min,
    "sum": sum,
    "count": len,
    "last": lambda values: values[-1],
    "avg": lambda values: sum(values) / len(values),
}


@dataclass(frozen=True)
class Condition:
    """A condition as it was written; without a function around it, `result` is each value in turn."""

    text: str
    _truth: _Truth = field(repr=False, compare=False)

    def holds_for_all(self, values: Sequence[float]) -> bool:
        """Return whether it is met by each of at least one value. Raises `ArithmeticError` for what has no result."""
        return bool(values) and all(self._truth(_Values(values, value)) for value in values)

    def holds_for_any(self, values: Sequence[float]) -> bool:
        """Return whether it is met by one of the values. Raises `ArithmeticError` for what has no result."""
        return any(self._truth(_Values(values, value)) for value in values)


def parse_condition(text: str) -> Condition:
    """Return the condition in a text. Raises `InvalidError` without a place."""
    if len(text) > MAX_LENGTH:
        raise value_error(f"the condition is longer than {MAX_LENGTH} characters", "compute more of it in the query")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text.strip(), mode="eval").body
        truth = _read_truth(body)
    except SyntaxError as error:
        column = len(text) - len(text.lstrip()) + (error.offset or len(text.strip()) + 1)
        raise value_error(f"the condition cannot be parsed at column {column}", _hint(text)) from None
    except (ValueError, RecursionError, MemoryError):
        raise value_error("the condition cannot be parsed", _HELP) from None
    if not any(isinstance(node, ast.Name) and node.id == "result" for node in ast.walk(body)):
        raise value_error("the condition does not depend on result", _HELP)
    return Condition(" ".join(text.split()), truth)


def _hint(text: str) -> str:
    found = next((sign for sign in _WORDS if sign in text.replace("!=", "")), None)
    return f"write {_WORDS[found]} instead of {found}" if found else _HELP


def _read_truth(node: ast.expr) -> _Truth:
    match node:
        case ast.BoolOp(op=ast.And(), values=nodes):
            truths = [_read_truth(each) for each in nodes]
            return lambda values: all(truth(values) for truth in truths)
        case ast.BoolOp(values=nodes):
            truths = [_read_truth(each) for each in nodes]
            return lambda values: any(truth(values) for truth in truths)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _read_truth(operand)
            return lambda values: not inner(values)
        case ast.Compare(left=left, ops=signs, comparators=others):
            numbers = [_read_number(each) for each in (left, *others)]
            if not all(type(sign) in _COMPARISONS for sign in signs):
                raise _refusal(node, _NOT_ALLOWED)
            compare = [_COMPARISONS[type(sign)] for sign in signs]
            return lambda values: _compare([number(values) for number in numbers], compare)
        case _:
            raise _refusal(node, "is neither true nor false: compare it with a number")


def _compare(numbers: Sequence[float], signs: Sequence[Callable[[float, float], bool]]) -> bool:
    if not all(map(isfinite, numbers)):
        raise OverflowError("a number is too large")
    return all(sign(numbers[at], numbers[at + 1]) for at, sign in enumerate(signs))


def _read_number(node: ast.expr) -> _Number:
    match node:
        case ast.Name(id="result"):
            return lambda values: values.current
        case ast.Constant(value=int() | float() as constant) if not isinstance(constant, bool):
            number = _read_finite(constant, node)
            return lambda _: number
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            one, other, apply = _read_number(left), _read_number(right), _ARITHMETIC[type(sign)]
            return lambda values: apply(one(values), other(values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _read_number(operand)
            return lambda values: -inner(values)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return _read_call(name, argument, node)
        case _:
            raise _refusal(node, _NOT_ALLOWED)


def _read_call(name: str, argument: ast.expr, node: ast.expr) -> _Number:
    if name == "abs":
        inner = _read_number(argument)
        return lambda values: abs(inner(values))
    if name not in _OF_ALL or not (isinstance(argument, ast.Name) and argument.id == "result"):
        raise _refusal(node, _NOT_ALLOWED)
    of_all = _OF_ALL[name]
    return lambda values: of_all(values.all)


def _read_finite(value: float, node: ast.expr) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise _refusal(node, "is too large")
    return number


def _refusal(node: ast.expr, why: str) -> InvalidError:
    return value_error(f"{quote_value(ast.unparse(node))} {why}", _HELP)
