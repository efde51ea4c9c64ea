"""Reads the inside of one `<+…>`: look-ups, whole numbers and quoted text; nothing is evaluated."""

import re
from dataclasses import dataclass, field

from spotaction.documents.expressions.lookups import BadExpressionError, Context, as_text, find_value
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.resources import JsonValue

MAX_DEPTH = 20
MAX_KEYS = 30
MAX_LENGTH = 4096
MAX_NUMBER = 10**15
MAX_TEXT = 256 * 1024

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")
_MORE = re.compile(r"[A-Za-z0-9_$]+(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")  # a hyphen before a digit is a minus
_DIGITS = re.compile(r"[0-9]+")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_GRAMMAR = "look-ups, whole numbers, + - * / ( ) and quoted text are"
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def look_up(text: str, start: int, context: Context) -> tuple[JsonValue, int, frozenset[str]]:
    """The value of the expression whose `<+` stands at `start`, where it ends, and the secrets that it asked for.

    Raises `BadExpressionError` with the offset in `text`, and `LateError`.
    """
    reader = _ExpressionParser(text, context, start, start)
    value = reader.expression()
    return value, reader.position, frozenset(reader.secrets)


@dataclass
class _ExpressionParser:
    text: str
    context: Context
    start: int
    position: int
    depth: int = 0
    secrets: set[str] = field(default_factory=set)

    def expression(self) -> JsonValue:
        start = self.position
        self.position += 2
        parts = [self._sum()]
        while not self._accept(">"):
            if self.position >= len(self.text):
                raise BadExpressionError("'<+' is not closed by '>'", offset=start)
            parts.append(self._sum())
        return parts[0] if len(parts) == 1 else self._joined(parts)

    def _sum(self) -> JsonValue:
        value = self._product()
        while sign := self._accept("+") or self._accept("-"):
            at = self.position - 1
            left, right = self._whole(value, at, sign), self._whole(self._product(), at, sign)
            value = self._bounded(left + right if sign == "+" else left - right, at)
        return value

    def _product(self) -> JsonValue:
        value = self._factor()
        while sign := self._accept("*") or self._accept("/"):
            at = self.position - 1
            left, right = self._whole(value, at, sign), self._whole(self._factor(), at, sign)
            if sign == "/" and right == 0:
                raise BadExpressionError("division by zero", offset=at)
            value = self._bounded(left * right if sign == "*" else _divide(left, right), at)
        return value

    def _factor(self) -> JsonValue:
        self._deeper()
        value = self._single()
        self.depth -= 1
        return value

    def _single(self) -> JsonValue:
        if self._accept("-"):
            at = self.position - 1
            return -self._whole(self._factor(), at, "-")
        if self._accept("("):
            value = self._sum()
            if not self._accept(")"):
                raise BadExpressionError("a parenthesis is not closed", offset=self.position)
            return value
        self._skip()
        if digits := self._take(_DIGITS):
            return self._bounded(int(digits[:17]), self.position)
        if (quoted := self._quoted()) is not None:
            return quoted
        return self._path()

    def _path(self) -> JsonValue:
        start = self.position
        first = self._segment()
        nested = len(first) == 1 and self.text.startswith("<+", start)
        if nested and not self.text.startswith((".", "["), self.position):
            return first[0]
        keys = [self._joined(first)]
        while (key := self._next_key()) is not None:
            if keys == ["secrets"] and key == "getValue":
                return self._secret()
            keys.append(key)
            if len(keys) > MAX_KEYS:
                raise BadExpressionError(f"a path may have {MAX_KEYS} keys", offset=start)
        return find_value(keys, start, self.context)

    def _next_key(self) -> str | None:
        if self.text.startswith(".", self.position):
            self.position += 1
            return self._joined(self._segment(later=True))
        if not self.text.startswith("[", self.position):
            return None
        self.position += 1
        self._skip()
        digits = self._take(_DIGITS)
        quoted = self._quoted() if not digits else None
        if (not digits and quoted is None) or not self._accept("]"):
            raise BadExpressionError('expected [0] or ["key"]', offset=self.position)
        return digits or quoted

    def _segment(self, *, later: bool = False) -> list[JsonValue]:
        """The parts of a key: names and the values of nested expressions, none of which is looked into again."""
        start = self.position
        parts: list[JsonValue] = []
        while True:
            if self.text.startswith("<+", self.position):
                self._deeper()
                parts.append(self.expression())
                self.depth -= 1
            elif name := self._take(_MORE if later or parts else _NAME):
                parts.append(name)
            else:
                break
        if not parts:
            raise self._unexpected(start)
        return parts

    def _joined(self, parts: list[JsonValue]) -> str:
        texts = [as_text(part) for part in parts]
        if sum(map(len, texts)) > MAX_TEXT:
            raise BadExpressionError("the text gets too long", offset=self.start)
        return "".join(texts)

    def _secret(self) -> str:
        at = self.position
        name = self._quoted() if self._accept("(") and self._skip() else None
        if name is None or not self._accept(")"):
            raise BadExpressionError('expected secrets.getValue("NAME")', offset=at)
        bare = name.split(".", 1)[1] if name.startswith(("account.", "org.")) else name
        for key in (name, bare, bare.upper()):
            if key in self.context.secrets:
                self.secrets.add(key)
                return self.context.secrets[key]
        hint = hint_nearest(bare, self.context.secrets)
        raise BadExpressionError(f"there is no secret {quote_value(name)}", offset=at, hint=hint)

    def _quoted(self) -> str | None:
        match = _QUOTED.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        inner = match[1] if match[1] is not None else match[2]
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), inner, flags=re.DOTALL)

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadExpressionError(f"more than {MAX_DEPTH} levels deep", offset=self.position)
        if self.position - self.start > MAX_LENGTH:
            raise BadExpressionError(f"an expression may have {MAX_LENGTH} characters", offset=self.start)

    def _unexpected(self, position: int) -> BadExpressionError:
        if position >= len(self.text):
            return BadExpressionError("'<+' is not closed by '>'", offset=position)
        return BadExpressionError(
            f"{quote_value(self.text[position])} is not understood in an expression", offset=position, hint=_GRAMMAR
        )

    def _whole(self, value: JsonValue, at: int, sign: str) -> int:
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise BadExpressionError(f"{quote_value(value)} is not a whole number, which '{sign}' needs", offset=at)

    def _bounded(self, value: int, at: int) -> int:
        if abs(value) > MAX_NUMBER:
            raise BadExpressionError("the number gets too large", offset=at)
        return value

    def _accept(self, sign: str) -> str:
        self._skip()
        if not self.text.startswith(sign, self.position):
            return ""
        self.position += len(sign)
        return sign

    def _skip(self) -> bool:
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()
        return True

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return found[0] if found else ""


def _divide(left: int, right: int) -> int:
    """Division that rounds towards zero, as the reference's JEXL does with integers."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient
