"""Reads JSON into nodes; a YAML parser would reject its tabs, surrogate pairs and long keys."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.documents.tree import MAX_DEPTH, Entries, Entry, Items, Node, Scalar, WrittenNumber
from spotaction.model.errors import InvalidError, Problem, SourceLocation

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:(?P<text>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![0-9A-Za-z_.])
    |(?P<word>true|false|null)(?![0-9A-Za-z_])
    |(?P<sign>[\[\]{},:]))""",
    re.VERBOSE,
)
# How Python's parser begins its messages, and what is printed instead.
_MESSAGES = {
    "Expecting value": "expected a value",
    "Expecting property name": "expected a key in double quotes",
    "Expecting ':'": "expected ':' after the key",
    "Expecting ','": "expected ',' or a closing bracket",
    "Extra data": "unexpected text after the end of the document",
    "Unterminated string": "the quote is not closed",
    "Invalid control character": "the text contains a line break or a control character; is its quote closed?",
    "Invalid \\": "invalid escape sequence",
    "Illegal trailing comma": "trailing comma",
}
_WORDS = {"true": True, "false": False, "null": None}


def compose_json(text: str, *, name: str) -> Node | None:
    """Return the nodes of a JSON object or list; None if `text` is not JSON.

    Raises `InvalidError` for a value that cannot be represented, such as a very long integer.
    """
    if not text.lstrip(" \t\r\n").startswith(("{", "[")):
        return None
    reader = _JsonReader(text, name, [0, *(match.end() for match in re.finditer(r"\n", text))])
    try:
        root = reader.node(0)
    except _NotJsonError:
        return None
    return root if not text[reader.position :].strip(" \t\r\n") else None


def find_json_error(text: str, *, name: str) -> Problem | None:
    """Return the syntax error of a text; None if it is valid JSON, or nested too deeply to be parsed."""
    try:
        json.loads(text)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        place = SourceLocation(name, error.lineno, error.colno)
        hint = "JSON has no comments" if text.startswith(("//", "/*"), error.pos) else ""
        message = next((ours for theirs, ours in _MESSAGES.items() if error.msg.startswith(theirs)), error.msg)
        return Problem(f"invalid JSON: {message}", place=place, hint=hint)
    return None


class _NotJsonError(Exception):
    """The text is not JSON, but most likely YAML's flow style."""


@dataclass
class _JsonReader:
    text: str
    name: str
    lines: list[int]
    position: int = 0

    def node(self, depth: int) -> Node:
        kind, word, place = self._next()
        if depth > MAX_DEPTH:
            raise InvalidError([Problem(f"nested more than {MAX_DEPTH} levels deep", place=place)])
        if word == "{":
            return Entries(place, tuple(self._entries(depth)))
        if word == "[":
            return Items(place, tuple(self._items(depth)))
        return self._scalar(kind, word, place)

    def _entries(self, depth: int) -> Iterator[Entry]:
        if self._accept("}"):
            return
        while True:
            kind, word, place = self._next()
            if kind != "text":
                raise _NotJsonError
            self._expect(":")
            yield Entry(_decode_text(word, place), place, self.node(depth + 1))
            if self._accept("}"):
                return
            self._expect(",")

    def _items(self, depth: int) -> Iterator[Node]:
        if self._accept("]"):
            return
        while True:
            yield self.node(depth + 1)
            if self._accept("]"):
                return
            self._expect(",")

    def _scalar(self, kind: str, word: str, place: SourceLocation) -> Scalar:
        if kind == "text":
            value = _decode_text(word, place)
            start = SourceLocation(place.file, place.line, place.column + 1) if len(value) == len(word) - 2 else None
            return Scalar(place, value, start)
        if kind == "number":
            return Scalar(place, _decode_number(word, place))
        if kind == "word":
            return Scalar(place, _WORDS[word])
        raise _NotJsonError

    def _next(self) -> tuple[str, str, SourceLocation]:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match.lastgroup is None:
            raise _NotJsonError
        self.position = match.end()
        begin = match.start(match.lastgroup)
        line = bisect_right(self.lines, begin)
        place = SourceLocation(self.name, line, begin - self.lines[line - 1] + 1)
        return match.lastgroup, match[match.lastgroup], place

    def _accept(self, sign: str) -> bool:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match["sign"] != sign:
            return False
        self.position = match.end()
        return True

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise _NotJsonError


def _decode_text(word: str, place: SourceLocation) -> str:
    value: str = json.loads(word)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidError([Problem("contains half of a surrogate pair", place=place)]) from error
    return value


def _decode_number(word: str, place: SourceLocation) -> int | float:
    if not set(word) & set(".eE"):
        if len(word.lstrip("-")) > 18:  # noqa: PLR2004 - what a 64-bit integer surely holds
            raise InvalidError([Problem("integer too large", place=place, hint="put it in quotes")])
        return int(word)
    try:
        return WrittenNumber(word)
    except ValueError:
        raise InvalidError([Problem("number too large", place=place)]) from None
