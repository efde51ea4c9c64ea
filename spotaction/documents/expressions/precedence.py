"""The precedence parser of expressions and conditions: operators and choices, around operands that others read."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from spotaction.documents.expressions.lookups import BadExpressionError
from spotaction.documents.expressions.operators import (
    COMPARISON,
    OR,
    POWERS,
    PREFIX_POWERS,
    PRODUCT,
    SIGN,
    SUM,
    Missing,
    Value,
    apply_operator,
    apply_prefix,
    convert_left,
    to_boolean,
)
from spotaction.documents.expressions.tokens import Tokenizer

MAX_DEPTH = 20

_PREFIX = re.compile(r"!(?!=)|-|not(?![\w$-]|\.[\w$])", re.ASCII)
_BARE = r"\|\||&&|==|!=|<=|<(?!\+)|[-+*/]|(?:or|and|eq|ne|lt|le|gt|ge)(?![\w$-]|\.[\w$])"
_OPERATOR = re.compile(rf"{_BARE}|>=|>", re.ASCII)
_OPERATOR_IN_BRACKETS = re.compile(_BARE, re.ASCII)  # a bare > closes them


@dataclass
class PrecedenceParser(ABC):
    """Applies operators by their power while it reads; comparisons cannot be chained.

    `enclosed` counts the parentheses that are open in the innermost `<+…>`: inside them, a `>` is a comparison.
    `operand_start` is the offset of the last operand.
    """

    tokens: Tokenizer
    enclosed: int = 0
    depth: int = 0
    operand_start: int = 0

    @abstractmethod
    def read_operand(self) -> Value:
        """Read and return the value that begins at the current position."""

    @abstractmethod
    def check_result(self, result: Value, operands: list[Value], at: int) -> None:
        """Raise `BadExpressionError` for the result of arithmetic at offset `at` that must not be used."""

    def ternary(self) -> Value:
        """Read and return a whole expression: a choice, or what binds more strongly."""
        condition = self._binary(OR)
        if self.tokens.accept("?:"):
            with self.nested():
                other = self.ternary()
            return other if isinstance(condition, Missing) or condition in (None, "", False, 0) else condition
        if not self.tokens.accept("?"):
            return condition
        chosen = isinstance(condition, Missing) or to_boolean(condition, self.operand_start)
        with self.nested():
            one = self.ternary()
            if not self.tokens.accept(":"):
                raise BadExpressionError("'?' has no ':'", offset=self.tokens.position)
            other = self.ternary()
        return condition if isinstance(condition, Missing) else one if chosen else other

    def _binary(self, least: int) -> Value:
        value, most = self._prefixed(least)
        operators = _OPERATOR if self.enclosed else _OPERATOR_IN_BRACKETS
        while (sign := self.tokens.peek(operators)) and least <= (power := POWERS[sign]) <= most:
            at = self._advance(sign)
            left = convert_left(sign, value, at, self.operand_start)
            right = self._binary(power + 1)
            result = apply_operator(sign, left, right, at, self.operand_start)
            if power in {SUM, PRODUCT}:
                self.check_result(result, [value, right], at)
            value = result
            most = power - 1 if power == COMPARISON else power
        return value

    def _prefixed(self, least: int) -> tuple[Value, int]:
        sign = self.tokens.peek(_PREFIX)
        if not sign or PREFIX_POWERS[sign] < least:
            self.tokens.skip_space()
            start = self.tokens.position
            value = self.read_operand()
            self.operand_start = start
            return value, SIGN
        at = self._advance(sign)
        with self.nested():
            operand = self._binary(PREFIX_POWERS[sign])
        result = apply_prefix(sign, operand, at, self.operand_start)
        if sign == "-":
            self.check_result(result, [operand], at)
        return result, PREFIX_POWERS[sign]

    def _advance(self, sign: str) -> int:
        at = self.tokens.position
        self.tokens.position += len(sign)
        return at

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Nest one level deeper; raises `BadExpressionError` beyond 20."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadExpressionError(f"nested more than {MAX_DEPTH} levels deep", offset=self.tokens.position)
        yield
        self.depth -= 1
