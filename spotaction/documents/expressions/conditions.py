"""The grammar of the conditions of `when`: comparisons of expressions, joined by and, or and not."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from spotaction.documents.expressions.lookups import BadExpressionError, Context, as_text
from spotaction.documents.expressions.parser import look_up
from spotaction.documents.expressions.precedence import (
    COMPARISON,
    POWERS,
    PrecedenceParser,
    Tokenizer,
    to_whole_number,
)
from spotaction.documents.scalars import parse_boolean
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError
from spotaction.model.resources import JsonValue

MAX_LENGTH = 4096

_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)*", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?![\w.])", re.ASCII)
_WORD_ENDS = r"(?![\w$]|\.[\w$])"
_COMPARISON = r"==|!=|<=|>=|<(?!\+)|>"
_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_GRAMMAR = "supported: == != < <= > >= between <+…>, numbers and quoted text, joined by && || ! ( )"


def is_met(text: str, context: Context) -> bool:
    """Return whether a condition is met; both sides of && and || are always resolved, so that a typo does not hide.

    As in Harness, the whole condition may be inside one `<+…>`, where names need no brackets of their own. Raises
    `BadExpressionError` with the offset in `text`, and `DeferredError` for what a missing document would define.
    """
    if len(text) > MAX_LENGTH:
        raise BadExpressionError(f"the condition is longer than {MAX_LENGTH} characters")
    try:
        return _ConditionParser(Tokenizer(text), context).whole()
    except BadExpressionError as error:
        bare = text.strip()
        if not (bare.startswith("<+") and bare.endswith(">")):
            raise
        inner = " " * (text.index("<+") + 2) + bare[2:-1]
        try:
            return _ConditionParser(Tokenizer(inner), context, bare_names=True).whole()
        except BadExpressionError as inner_error:
            nearer = error if re.search(_COMPARISON, bare[2:-1]) is None else inner_error
            raise nearer from None


@dataclass
class _ConditionParser(PrecedenceParser):
    operators = re.compile(rf"\|\||&&|{_COMPARISON}|(?:or|and){_WORD_ENDS}", re.ASCII)
    prefixes = re.compile(rf"!(?!=)|not{_WORD_ENDS}", re.ASCII)

    bare_names: bool = False
    operand_start: int = 0

    def whole(self) -> bool:
        value = self.parse()
        self.tokens.skip_space()
        if not self.tokens.is_at_end():
            raise self._unexpected()
        return self._to_boolean(value)

    def convert_operand(self, value: JsonValue, sign: str, _at: int) -> JsonValue:
        return value if POWERS[sign] == COMPARISON else self._to_boolean(value)

    def apply_operator(self, sign: str, left: JsonValue, right: JsonValue, at: int) -> bool:
        match sign:
            case "||" | "or":
                return bool(left or right)
            case "&&" | "and":
                return bool(left and right)
            case "==":
                return _is_equal(left, right)
            case "!=":
                return not _is_equal(left, right)
            case order:
                return _ORDER[order](to_whole_number(left, order, at), to_whole_number(right, order, at))

    def apply_prefix(self, value: JsonValue, _at: int) -> bool:
        return not self._to_boolean(value)

    def read_operand(self) -> JsonValue:
        self.operand_start = self.tokens.position
        if self.tokens.is_at("<+"):
            return self._look_up(self.tokens.text, self.tokens.position)
        if number := self.tokens.take(_NUMBER):
            return int(number)
        quoted = self.tokens.take_quoted({})
        return self._word() if quoted is None else quoted

    def _word(self) -> JsonValue:
        start = self.tokens.position
        word = self.tokens.take(_WORD)
        if not word:
            raise self._unexpected()
        if word in {"true", "false"}:
            return word == "true"
        if not self.bare_names:
            hint = f'write "{word}" for the text, <+{word}> for its value'
            raise BadExpressionError(
                f"{quote_value(word)} is neither quoted nor an expression", offset=start, hint=hint
            )
        value = self._look_up(f"<+{word}>", 0, moved=start - 2)
        self.tokens.position = start + len(word)
        return value

    def _look_up(self, text: str, start: int, moved: int = 0) -> JsonValue:
        try:
            value, self.tokens.position, _ = look_up(text, start, self.context)
        except BadExpressionError as error:
            raise BadExpressionError(error.message, offset=error.offset + moved, hint=error.hint) from error
        return value

    def _to_boolean(self, value: JsonValue) -> bool:
        try:
            return parse_boolean(as_text(value))
        except InvalidError:
            message = f"{quote_value(value)} is neither true nor false"
            raise BadExpressionError(message, offset=self.operand_start, hint="compare it with a value") from None

    def _unexpected(self) -> BadExpressionError:
        if self.tokens.is_at_end():
            return BadExpressionError("the condition is incomplete", offset=len(self.tokens.text.rstrip()))
        found = quote_value(self.tokens.text[self.tokens.position])
        return BadExpressionError(f"unexpected {found} in a condition", offset=self.tokens.position, hint=_GRAMMAR)


def _is_equal(left: JsonValue, right: JsonValue) -> bool:
    """Equal as text: `10` and `"10"` are, as in Harness."""
    return as_text(left) == as_text(right)
