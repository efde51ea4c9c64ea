"""The grammar of `<+…>` and of conditions: look-ups, literals, operators and functions, by precedence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from spotaction.documents.expressions.functions import FUNCTIONS, call_function, check_call, item_at, select_json
from spotaction.documents.expressions.lookups import (
    BadExpressionError,
    Context,
    DeferredError,
    NoValueError,
    find_value,
)
from spotaction.documents.expressions.operators import (
    COMPARISON,
    POWERS,
    Missing,
    Value,
    bounded_number,
    bounded_text,
    require_single,
    to_boolean,
    to_text,
)
from spotaction.documents.expressions.precedence import PrecedenceParser
from spotaction.documents.expressions.tokens import Tokenizer
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.redaction import SHORTEST
from spotaction.model.resources import JsonValue

MAX_KEYS = 30
MAX_LENGTH = 4096
MAX_WORK = 1024 * 1024  # characters that the functions of one expression may read
SPLIT = 64  # times as many count for a split, whose pattern may match at every character

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")
_MORE = re.compile(r"[A-Za-z0-9_$]+(?:-[A-Za-z_$][A-Za-z0-9_$]*)*")  # a hyphen before a digit is a minus
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)*", re.ASCII)
_DIGITS = re.compile(r"[0-9]+")
_FUNCTION = re.compile(r"\.\s*([A-Za-z]\w*)\s*\(", re.ASCII)
_WORD_ENDS = r"(?![\w$(-]|\.[\w$])"
_LITERAL = re.compile(rf"(?:true|false|null){_WORD_ENDS}", re.ASCII)
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_KEEP = {
    letter: f"\\{letter}" for letter in "abcdefghijklmopqsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.|*+?()[]{}^$-"
}
_SIGN = re.compile(r"[A-Za-z0-9_$]+|[=~!<&|^]+|.", re.ASCII | re.DOTALL)
_FRACTION = re.compile(r"[0-9]*\.[0-9]+")
_SHORTER = "shorten the text or call fewer functions"
_VALUES = 'values are names, whole numbers, "text", true, false and null'
_OPERATORS = "operators: + - * / == != < <= > >= && || ! ? :"


@dataclass(frozen=True)
class Expression:
    """The value of an expression, the offset after it, its secrets' names, and how much text its functions read."""

    value: JsonValue
    end: int
    secrets: frozenset[str]
    work: int


def evaluate_expression(text: str, start: int, context: Context) -> Expression:
    """Evaluate the expression whose `<+` is at `start`.

    Raises `BadExpressionError` with the offset in `text`, and `DeferredError`.
    """
    parser = _Parser(Tokenizer(text, start), context=context, start=start)
    found = parser.expression()
    if parser.deferred is not None:  # only now, so that what follows it was read
        raise parser.deferred
    value = require_single(found, start)
    return Expression(value, parser.tokens.position, frozenset(parser.secrets), parser.work)


def evaluate_condition(text: str, context: Context, *, bare_names: bool = False) -> bool:
    """Return the truth of a whole text; `bare_names` allows look-ups that are not inside `<+…>`.

    Raises `BadExpressionError` with the offset in `text`, and `DeferredError`.
    """
    parser = _Parser(Tokenizer(text), context=context, is_condition=True, names=bare_names, enclosed=1)
    value = parser.ternary()
    parser.tokens.skip_space()
    if not parser.tokens.is_at_end():
        raise parser.unexpected("an operator")
    if parser.deferred is not None:
        raise parser.deferred
    return to_boolean(value, parser.operand_start)


@dataclass
class _Parser(PrecedenceParser):
    """Reads the operands: literals, look-ups and functions.

    `names` says whether a bare name is a look-up here. `path` is what the last operand looked up.
    """

    context: Context = field(default_factory=Context)
    start: int = 0
    is_condition: bool = False
    names: bool = True
    work: int = 0
    path: str = ""
    secrets: set[str] = field(default_factory=set)
    deferred: DeferredError | None = None

    def expression(self) -> Value:
        start, outer = self.tokens.position, (self.names, self.enclosed)
        self.tokens.position += 2
        self.names, self.enclosed = True, 0
        with self.nested():
            value = self.ternary()
        if not self.tokens.accept(">"):
            raise self.unexpected("an operator or '>'", start)
        self.names, self.enclosed = outer
        return value

    def read_operand(self) -> Value:
        self.tokens.skip_space()
        if self.tokens.position - self.start > MAX_LENGTH:
            raise BadExpressionError(f"the expression is longer than {MAX_LENGTH} characters", offset=self.start)
        self.path = ""
        if digits := self.tokens.take(_DIGITS):
            value: Value = self._number(digits)
        elif self.tokens.accept("("):
            value = self._with_functions(self._in_parentheses())
        elif (quoted := self._quoted()) is not None:
            value = self._with_functions(quoted)
        elif literal := self.tokens.take(_LITERAL):
            value = _LITERALS[literal]
        elif self.names:
            value = self._with_functions(self._look_up())
        elif self.tokens.is_at("<+"):
            value = self._with_functions(self.expression())
        else:
            raise self._bare_word()
        return value

    def _number(self, digits: str) -> int:
        at = self.tokens.position - len(digits)
        if found := _FRACTION.match(self.tokens.text, at):
            hint = f'write "{found[0]}" to use it as text'
            raise BadExpressionError("only whole numbers are supported", offset=at, hint=hint)
        if digits[0] == "0" and digits != "0":
            hint = f'write "{digits}" for the text, {digits.lstrip("0") or 0} for the number'
            raise BadExpressionError(f"{digits} has a leading zero", offset=at, hint=hint)
        return bounded_number(int(digits[:17]), self.tokens.position)

    def _in_parentheses(self) -> Value:
        self.enclosed += 1
        with self.nested():
            value = self.ternary()
        self.enclosed -= 1
        if not self.tokens.accept(")"):
            raise BadExpressionError("missing closing parenthesis", offset=self.tokens.position)
        return value

    def _quoted(self) -> str | None:
        return self.tokens.take_quoted({**_KEEP, **_ESCAPES})

    def _look_up(self) -> Value:
        start = self.tokens.position
        first = self._segment()
        if len(first) == 1 and self.tokens.text.startswith("<+", start) and not self._continues_path(first[0]):
            return first[0]
        keys = [self._joined(first)]
        while not self._is_at_function() and (key := self._next_key()) is not None:
            keys.append(key)
            if len(keys) > MAX_KEYS:
                raise BadExpressionError(f"the path has more than {MAX_KEYS} keys", offset=start)
        if keys in (["json"], ["secrets"]) and self._is_at_function():
            return self._root_function(keys[0])
        self.path = ".".join(keys)
        try:
            return find_value(keys, start, self.context)
        except NoValueError as error:
            return Missing(error)
        except DeferredError as error:
            return self._defer(error)

    def _defer(self, error: DeferredError) -> Missing:
        self.deferred = self.deferred or error
        return Missing(error)

    def _continues_path(self, value: Value) -> bool:
        """Whether the value of a nested expression is the first key of a path, and not the value itself."""
        if self._is_at_function():
            return False
        return self.tokens.is_at(".") or (self.tokens.is_at("[") and not isinstance(value, list))

    def _is_at_function(self) -> bool:
        return _FUNCTION.match(self.tokens.text, self.tokens.position) is not None

    def _next_key(self) -> str | None:
        if self.tokens.is_at("."):
            self.tokens.position += 1
            return self._joined(self._segment(later=True))
        return self._bracketed_key() if self.tokens.is_at("[") else None

    def _bracketed_key(self) -> str:
        self.tokens.position += 1
        self.tokens.skip_space()
        key = self.tokens.take(_DIGITS) or self._quoted()
        if key is None or not self.tokens.accept("]"):
            raise BadExpressionError('expected [0] or ["key"]', offset=self.tokens.position)
        return key

    def _segment(self, *, later: bool = False) -> list[Value]:
        """The parts of a key: names and the values of nested expressions, which are not resolved again."""
        parts: list[Value] = []
        while True:
            if self.tokens.is_at("<+"):
                parts.append(self.expression())
            elif name := self.tokens.take(_MORE if later or parts else _NAME):
                parts.append(name)
            else:
                break
        if not parts:
            raise self.unexpected("a key" if later else "a value")
        return parts

    def _with_functions(self, value: Value) -> Value:
        """The value after the functions and indices that follow it."""
        while True:
            at = self.tokens.position
            if found := _FUNCTION.match(self.tokens.text, at):
                self.tokens.position = found.end()
                path = self.path
                value = self._call(found[1], path, value, self._arguments(), at)
            elif self.tokens.is_at("[") and isinstance(value, list | Missing):
                key = self._bracketed_key()
                index = int(key[:10]) if key.isdecimal() else -1
                value = value if isinstance(value, Missing) else item_at(value, index, at)
            else:
                return value

    def _arguments(self) -> list[Value]:
        arguments: list[Value] = []
        self.enclosed += 1
        with self.nested():
            while not self.tokens.accept(")"):
                if arguments and not self.tokens.accept(","):
                    raise self.unexpected("',' or ')'")
                arguments.append(self.ternary())
        self.enclosed -= 1
        return arguments

    def _call(self, name: str, path: str, value: Value, arguments: list[Value], at: int) -> Value:
        if name == "isInput" and not arguments:
            return path in self.context.runtime_names
        missing, values = self._prepared([value, *arguments], at, SPLIT if name == "split" else 1)
        if missing is not None:
            check_call(name, arguments, at)
            return missing
        function = FUNCTIONS.get(name)
        if function is not None and function.yields_text:
            self._refuse_secret(values, at)
        return call_function(name, values[0], values[1:], at)

    def _prepared(self, values: list[Value], at: int, weight: int = 1) -> tuple[Missing | None, list[JsonValue]]:
        """The first one that is missing, or all values; counts the work that they are for a function."""
        missing = next((value for value in values if isinstance(value, Missing)), None)
        present = [value for value in values if not isinstance(value, Missing)]
        self.work += weight * sum(len(value) for value in present if isinstance(value, str | list))
        if self.work > MAX_WORK:
            raise BadExpressionError("the functions process too much text", offset=at, hint=_SHORTER)
        return missing, present

    def _root_function(self, root: str) -> Value:
        at = self.tokens.position
        found = _FUNCTION.match(self.tokens.text, at)
        assert found is not None
        self.tokens.position = found.end()
        match root, found[1]:
            case "secrets", "getValue":
                return self._secret(at + len(found[0]) - 1)
            case "json", "select":
                missing, arguments = self._prepared(self._arguments(), at)
                self._refuse_secret(arguments, at)
                return missing or select_json(arguments, at)
            case _:
                hint = 'supported: secrets.getValue("NAME"), json.select("path", text)'
                raise BadExpressionError(f"'{root}.{found[1]}()' is not a function", offset=at, hint=hint)

    def check_result(self, result: Value, operands: list[Value], at: int) -> None:
        """Refuse a number that was computed from a secret; a text that a secret was joined to contains it unchanged."""
        if not isinstance(result, str):
            self._refuse_secret(operands, at)

    def _refuse_secret(self, values: Sequence[Value], at: int) -> None:
        """Refuse what would make another text of a secret: only the secret itself is hidden in the log."""
        texts = [value for value in values if isinstance(value, str)]
        if any(
            len(secret) >= SHORTEST and secret in text for secret in self.context.secrets.values() for text in texts
        ):
            hint = "store the result as a secret of its own"
            message = "a value computed from a secret would not be masked in the log"
            raise BadExpressionError(message, offset=at, hint=hint)

    def _joined(self, parts: list[Value]) -> str:
        return bounded_text([to_text(part, self.start) for part in parts], self.start)

    def _secret(self, at: int) -> Value:
        self.tokens.skip_space()
        name = self._quoted()
        if name is None or not self.tokens.accept(")"):
            raise BadExpressionError('expected secrets.getValue("NAME")', offset=at)
        bare = name.split(".", 1)[1] if name.startswith(("account.", "org.")) else name
        for key in (name, bare, bare.upper()):
            if key in self.context.secrets:
                self.secrets.add(key)
                return self.context.secrets[key]
        if self.context.is_offline:
            return self._defer(DeferredError("secrets", at))
        hint = hint_nearest(bare, self.context.secrets) or "add it to the input secrets"
        raise BadExpressionError(f"secret {quote_value(name)} is not defined", offset=at, hint=hint)

    def _bare_word(self) -> BadExpressionError:
        start = self.tokens.position
        word = self.tokens.take(_DOTTED)
        if not word:
            return self.unexpected("a value")
        hint = f'write "{word}" for the text, <+{word}> for its value'
        return BadExpressionError(f"{quote_value(word)} is neither quoted nor an expression", offset=start, hint=hint)

    def unexpected(self, wanted: str, start: int | None = None) -> BadExpressionError:
        """Return the error where something else than `wanted` follows; `start` is the offset of an open `<+`."""
        if wanted != "a key":
            self.tokens.skip_space()
        position = self.tokens.position
        if self.tokens.is_at_end():
            if self.is_condition:
                return BadExpressionError("the condition is incomplete", offset=len(self.tokens.text.rstrip()))
            message = "missing closing parenthesis" if self.enclosed else "'<+' has no closing '>'"
            return BadExpressionError(message, offset=position if start is None else start)
        found = self.tokens.take(_SIGN)
        if found in {'"', "'"} and wanted == "a value":
            return BadExpressionError("the quote is not closed", offset=position)
        if POWERS.get(found) == COMPARISON and wanted.startswith("an operator"):
            hint = "join two comparisons with &&"
            return BadExpressionError("comparisons cannot be chained", offset=position, hint=hint)
        word = found.lower() if found.lower() in POWERS else ""
        hint = _VALUES if wanted == "a value" else f"did you mean '{word}'?" if word else _OPERATORS
        return BadExpressionError(f"expected {wanted}, found {quote_value(found)}", offset=position, hint=hint)
