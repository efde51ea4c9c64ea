"""The tokenizer and the precedence parser that expressions `<+…>` and conditions share."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from spotaction.documents.expressions.lookups import BadExpressionError, Context
from spotaction.documents.wording import quote_value
from spotaction.model.resources import JsonValue

MAX_DEPTH = 20
QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)

OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN = range(7)
POWERS = {
    **dict.fromkeys(("||", "or"), OR),
    **dict.fromkeys(("&&", "and"), AND),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
}
PREFIX_POWERS = {"!": NOT, "not": NOT, "-": SIGN}

_SPACE = re.compile(r"\s*")
_WHOLE = re.compile(r"-?[0-9]{1,15}")


@dataclass
class Tokenizer:
    """Reads tokens from `text` at `position`, which moves forward."""

    text: str
    position: int = 0

    def is_at(self, sign: str) -> bool:
        """Return whether `sign` is next, without space before it."""
        return self.text.startswith(sign, self.position)

    def is_at_end(self) -> bool:
        """Return whether the whole text has been read."""
        return self.position >= len(self.text)

    def skip_space(self) -> None:
        """Move to the next character that is not space."""
        self.take(_SPACE)

    def peek(self, pattern: re.Pattern[str]) -> str:
        """Return the token after any space without reading it; empty when it does not match."""
        self.skip_space()
        found = pattern.match(self.text, self.position)
        return found[0] if found else ""

    def take(self, pattern: re.Pattern[str]) -> str:
        """Read and return a token that follows without space; empty when it does not match."""
        found = pattern.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return found[0] if found else ""

    def accept(self, sign: str) -> bool:
        """Read `sign` after any space, and return whether it was there."""
        self.skip_space()
        accepted = self.is_at(sign)
        self.position += len(sign) if accepted else 0
        return accepted

    def take_quoted(self, escapes: Mapping[str, str]) -> str | None:
        """Read a text in quotes and return what is between them; None when no such text is next."""
        found = QUOTED.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return unquote(found, escapes)


def unquote(found: re.Match[str], escapes: Mapping[str, str]) -> str:
    """Return the text of a match of `QUOTED`; a backslash stands before a key of `escapes` or a literal character."""
    inner = found[1] if found[1] is not None else found[2]
    return re.sub(r"\\(.)", lambda escaped: escapes.get(escaped[1], escaped[1]), inner, flags=re.DOTALL)


@dataclass
class PrecedenceParser(ABC):
    """Applies operators by their power while it reads; a grammar defines its operands and operators.

    `operators` and `prefixes` match the signs of the grammar, whose powers are in `POWERS` and `PREFIX_POWERS`.
    Operators of one power are applied from left to right; comparisons cannot be chained.
    """

    operators: ClassVar[re.Pattern[str]]
    prefixes: ClassVar[re.Pattern[str]]

    tokens: Tokenizer
    context: Context
    depth: int = 0

    @abstractmethod
    def read_operand(self) -> JsonValue:
        """Read and return the value that begins at the current position."""

    @abstractmethod
    def convert_operand(self, value: JsonValue, sign: str, at: int) -> JsonValue:
        """Return an operand as the operator `sign` at offset `at` needs it; the left one before the right one is read.

        Raises `BadExpressionError` when it does not fit.
        """

    @abstractmethod
    def apply_operator(self, sign: str, left: JsonValue, right: JsonValue, at: int) -> JsonValue:
        """Return the result of an operator for converted operands."""

    @abstractmethod
    def apply_prefix(self, value: JsonValue, at: int) -> JsonValue:
        """Return the result of the prefix sign at offset `at`."""

    def parse(self, least: int = OR) -> JsonValue:
        """Read and return the value up to the first operator with less power than `least`."""
        prefix = self.tokens.peek(self.prefixes)
        if prefix and PREFIX_POWERS[prefix] >= least:
            value, most = self._parse_prefix(prefix), PREFIX_POWERS[prefix]
        else:
            value, most = self._parse_single(), SIGN
        while (sign := self.tokens.peek(self.operators)) and least <= (power := POWERS[sign]) <= most:
            at = self._advance(sign)
            left = self.convert_operand(value, sign, at)
            right = self.convert_operand(self.parse(power + 1), sign, at)
            value = self.apply_operator(sign, left, right, at)
            most = power - 1 if power == COMPARISON else power
        return value

    def _parse_prefix(self, sign: str) -> JsonValue:
        at = self._advance(sign)
        with self.nested():
            return self.apply_prefix(self.parse(PREFIX_POWERS[sign]), at)

    def _parse_single(self) -> JsonValue:
        if not self.tokens.accept("("):
            return self.read_operand()
        with self.nested():
            value = self.parse()
        if not self.tokens.accept(")"):
            raise BadExpressionError("missing closing parenthesis", offset=self.tokens.position)
        return value

    def _advance(self, sign: str) -> int:
        at = self.tokens.position
        self.tokens.position += len(sign)
        return at

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Nest one level deeper; raises `BadExpressionError` beyond 20."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadExpressionError(f"more than {MAX_DEPTH} levels deep", offset=self.tokens.position)
        yield
        self.depth -= 1


def to_whole_number(value: JsonValue, sign: str, at: int) -> int:
    """Return a whole number, also from a text of up to 15 digits; raises `BadExpressionError` for any other value."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise BadExpressionError(f"{quote_value(value)} is not a whole number, but '{sign}' requires one", offset=at)
