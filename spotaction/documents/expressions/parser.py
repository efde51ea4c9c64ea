"""The grammar of `<+…>`: look-ups, whole numbers and quoted text."""

import re
from dataclasses import dataclass, field

from spotaction.documents.expressions.lookups import BadExpressionError, Context, as_text, find_value
from spotaction.documents.expressions.precedence import PrecedenceParser, Tokenizer, to_whole_number
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.resources import JsonValue

MAX_KEYS = 30
MAX_LENGTH = 4096
MAX_NUMBER = 10**15
MAX_TEXT = 256 * 1024

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")
_MORE = re.compile(r"[A-Za-z0-9_$]+(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")  # a hyphen before a digit is a minus
_DIGITS = re.compile(r"[0-9]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_GRAMMAR = "supported: look-ups, whole numbers, + - * / ( ) and quoted text"


def look_up(text: str, start: int, context: Context) -> tuple[JsonValue, int, frozenset[str]]:
    """Return the value of the expression whose `<+` is at `start`, the offset after it, and the names of its secrets.

    Raises `BadExpressionError` with the offset in `text`, and `DeferredError`.
    """
    parser = _ExpressionParser(Tokenizer(text, start), context, start=start)
    value = parser.expression()
    return value, parser.tokens.position, frozenset(parser.secrets)


@dataclass
class _ExpressionParser(PrecedenceParser):
    operators = re.compile(r"[-+*/]")
    prefixes = re.compile(r"-")

    start: int = 0
    secrets: set[str] = field(default_factory=set)

    def expression(self) -> JsonValue:
        start = self.tokens.position
        self.tokens.position += 2
        with self.nested():
            parts = [self.parse()]
            while not self.tokens.accept(">"):
                if self.tokens.is_at_end():
                    raise BadExpressionError("'<+' has no closing '>'", offset=start)
                parts.append(self.parse())
        return parts[0] if len(parts) == 1 else self._joined(parts)

    def convert_operand(self, value: JsonValue, sign: str, at: int) -> int:
        return to_whole_number(value, sign, at)

    def apply_operator(self, sign: str, left: JsonValue, right: JsonValue, at: int) -> int:
        assert isinstance(left, int)
        assert isinstance(right, int)
        match sign:
            case "+":
                return _bounded(left + right, at)
            case "-":
                return _bounded(left - right, at)
            case "*":
                return _bounded(left * right, at)
            case _:
                return _divide(left, right, at)

    def apply_prefix(self, value: JsonValue, at: int) -> int:
        return -to_whole_number(value, "-", at)

    def read_operand(self) -> JsonValue:
        if self.tokens.position - self.start > MAX_LENGTH:
            raise BadExpressionError(f"the expression is longer than {MAX_LENGTH} characters", offset=self.start)
        if digits := self.tokens.take(_DIGITS):
            return _bounded(int(digits[:17]), self.tokens.position)
        quoted = self.tokens.take_quoted(_ESCAPES)
        return self._path() if quoted is None else quoted

    def _path(self) -> JsonValue:
        start = self.tokens.position
        first = self._segment()
        nested = len(first) == 1 and self.tokens.text.startswith("<+", start)
        if nested and not self.tokens.is_at(".") and not self.tokens.is_at("["):
            return first[0]
        keys = [self._joined(first)]
        while (key := self._next_key()) is not None:
            if keys == ["secrets"] and key == "getValue":
                return self._secret()
            keys.append(key)
            if len(keys) > MAX_KEYS:
                raise BadExpressionError(f"the path has more than {MAX_KEYS} keys", offset=start)
        return find_value(keys, start, self.context)

    def _next_key(self) -> str | None:
        if self.tokens.is_at("."):
            self.tokens.position += 1
            return self._joined(self._segment(later=True))
        if not self.tokens.is_at("["):
            return None
        self.tokens.position += 1
        self.tokens.skip_space()
        digits = self.tokens.take(_DIGITS)
        key = digits or self.tokens.take_quoted(_ESCAPES)
        if key is None or not self.tokens.accept("]"):
            raise BadExpressionError('expected [0] or ["key"]', offset=self.tokens.position)
        return key

    def _segment(self, *, later: bool = False) -> list[JsonValue]:
        """The parts of a key: names and the values of nested expressions, which are not resolved again."""
        parts: list[JsonValue] = []
        while True:
            if self.tokens.is_at("<+"):
                parts.append(self.expression())
            elif name := self.tokens.take(_MORE if later or parts else _NAME):
                parts.append(name)
            else:
                break
        if not parts:
            raise self._unexpected()
        return parts

    def _joined(self, parts: list[JsonValue]) -> str:
        texts = [as_text(part) for part in parts]
        if sum(map(len, texts)) > MAX_TEXT:
            raise BadExpressionError("the text is too long", offset=self.start)
        return "".join(texts)

    def _secret(self) -> str:
        at = self.tokens.position
        name = None
        if self.tokens.accept("("):
            self.tokens.skip_space()
            name = self.tokens.take_quoted(_ESCAPES)
        if name is None or not self.tokens.accept(")"):
            raise BadExpressionError('expected secrets.getValue("NAME")', offset=at)
        bare = name.split(".", 1)[1] if name.startswith(("account.", "org.")) else name
        for key in (name, bare, bare.upper()):
            if key in self.context.secrets:
                self.secrets.add(key)
                return self.context.secrets[key]
        hint = hint_nearest(bare, self.context.secrets)
        raise BadExpressionError(f"secret {quote_value(name)} is not defined", offset=at, hint=hint)

    def _unexpected(self) -> BadExpressionError:
        position = self.tokens.position
        if self.tokens.is_at_end():
            return BadExpressionError("'<+' has no closing '>'", offset=position)
        found = quote_value(self.tokens.text[position])
        return BadExpressionError(f"unexpected {found} in an expression", offset=position, hint=_GRAMMAR)


def _bounded(value: int, at: int) -> int:
    if abs(value) > MAX_NUMBER:
        raise BadExpressionError("the number is too large", offset=at)
    return value


def _divide(left: int, right: int, at: int) -> int:
    """Division that rounds towards zero, as Harness's JEXL does with integers."""
    if right == 0:
        raise BadExpressionError("division by zero", offset=at)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient
