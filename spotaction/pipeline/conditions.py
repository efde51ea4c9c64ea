"""Decides the conditions of `when`: comparisons over look-ups, joined by and, or, not; nothing is evaluated."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from spotaction.documents.expressions.lookups import BadExpressionError, Context, as_text
from spotaction.documents.expressions.parser import look_up
from spotaction.documents.scalars import parse_boolean
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError
from spotaction.model.resources import JsonValue

MAX_DEPTH = 20
MAX_LENGTH = 4096

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)*", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?![\w.])", re.ASCII)
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_SIGN = re.compile(r"==|!=|<=|>=|<(?!\+)|>")
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_GRAMMAR = "comparisons with == != < <= > >= of <+…>, numbers and quoted text, joined by && || ! ( ), are"


def is_met(text: str, context: Context) -> bool:
    """Whether a condition is met. Both sides of && and || are always looked up, so that a typo does not hide.

    As in the reference the whole condition may stand in one `<+…>`, where names need no brackets of their own. Raises
    `BadExpressionError` with the offset in `text`, and `LateError` for what a document says that is not there.
    """
    if len(text) > MAX_LENGTH:
        raise BadExpressionError(f"a condition may have {MAX_LENGTH} characters")
    try:
        return _ConditionParser(text, context).whole()
    except BadExpressionError as error:
        bare = text.strip()
        if not (bare.startswith("<+") and bare.endswith(">")):
            raise
        inner = " " * (text.index("<+") + 2) + bare[2:-1]
        try:
            return _ConditionParser(inner, context, bare_names=True).whole()
        except BadExpressionError as inner_error:
            told = error if _SIGN.search(bare[2:-1]) is None else inner_error
            raise told from None


@dataclass
class _ConditionParser:
    text: str
    context: Context
    bare_names: bool = False
    position: int = 0
    depth: int = 0
    begun: int = 0

    def whole(self) -> bool:
        value = self._any()
        self._skip()
        if self.position < len(self.text):
            raise self._unexpected()
        return self._truth(value)

    def _any(self) -> JsonValue:
        value = self._all()
        while self._accept("||") or self._accept_word("or"):
            left, right = self._truth(value), self._truth(self._all())
            value = left or right
        return value

    def _all(self) -> JsonValue:
        value = self._not()
        while self._accept("&&") or self._accept_word("and"):
            left, right = self._truth(value), self._truth(self._not())
            value = left and right
        return value

    def _not(self) -> JsonValue:
        if not self._text_at("!=") and (self._accept("!") or self._accept_word("not")):
            self._deeper()
            value = not self._truth(self._not())
            self.depth -= 1
            return value
        return self._comparison()

    def _comparison(self) -> JsonValue:
        left = self._operand()
        self._skip()
        sign = _SIGN.match(self.text, self.position)
        if sign is None:
            return left
        at = self.position
        self.position = sign.end()
        right = self._operand()
        match sign[0]:
            case "==":
                return _is_equal(left, right)
            case "!=":
                return not _is_equal(left, right)
            case order:
                return _ORDER[order](_to_number(left, order, at), _to_number(right, order, at))

    def _operand(self) -> JsonValue:
        self._skip()
        self.begun = self.position
        if self._accept("("):
            self._deeper()
            value = self._any()
            self.depth -= 1
            if not self._accept(")"):
                raise BadExpressionError("a parenthesis is not closed", offset=self.position)
            return value
        if self.text.startswith("<+", self.position):
            return self._looked_up(self.text, self.position)
        if number := _NUMBER.match(self.text, self.position):
            self.position = number.end()
            return int(number[0])
        if quoted := _QUOTED.match(self.text, self.position):
            self.position = quoted.end()
            inner = quoted[1] if quoted[1] is not None else quoted[2]
            return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
        return self._word()

    def _word(self) -> JsonValue:
        word = _WORD.match(self.text, self.position)
        if word is None:
            raise self._unexpected()
        if word[0] in {"true", "false"}:
            self.position = word.end()
            return word[0] == "true"
        if not self.bare_names:
            hint = f'write "{word[0]}" for the text, <+{word[0]}> for what it names'
            raise BadExpressionError(
                f"{quote_value(word[0])} stands here without quotes", offset=self.position, hint=hint
            )
        before, start = self.position, f"<+{word[0]}>"
        value = self._looked_up(start, 0, moved=before - 2)
        self.position = word.end()
        return value

    def _looked_up(self, text: str, start: int, moved: int = 0) -> JsonValue:
        try:
            value, end, _ = look_up(text, start, self.context)
        except BadExpressionError as error:
            raise BadExpressionError(error.message, offset=error.offset + moved, hint=error.hint) from error
        self.position = end
        return value

    def _truth(self, value: JsonValue) -> bool:
        try:
            return parse_boolean(as_text(value))
        except InvalidError:
            message = f"{quote_value(value)} is neither true nor false"
            raise BadExpressionError(message, offset=self.begun, hint="compare it with something") from None

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadExpressionError(f"more than {MAX_DEPTH} levels deep", offset=self.position)

    def _unexpected(self) -> BadExpressionError:
        if self.position >= len(self.text):
            return BadExpressionError("the condition ends too early", offset=len(self.text.rstrip()))
        found = quote_value(self.text[self.position])
        return BadExpressionError(
            f"{found} is not understood in a condition", offset=self.position, hint=f"{_GRAMMAR} understood"
        )

    def _accept(self, sign: str) -> bool:
        if not self._text_at(sign):
            return False
        self.position += len(sign)
        self._skip()
        return True

    def _accept_word(self, word: str) -> bool:
        self._skip()
        found = _WORD.match(self.text, self.position)
        if found is None or found[0] != word:
            return False
        self.position = found.end()
        self._skip()
        return True

    def _text_at(self, sign: str) -> bool:
        self._skip()
        return self.text.startswith(sign, self.position)

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()


def _is_equal(left: JsonValue, right: JsonValue) -> bool:
    """Equal as they read: `10` and `"10"` are, as in the reference."""
    return as_text(left) == as_text(right)


def _to_number(value: JsonValue, sign: str, at: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise BadExpressionError(f"{quote_value(value)} is not a whole number, which '{sign}' needs", offset=at)
