"""Reads one YAML document into nodes: the core of YAML 1.2, no tags, no merge keys, bounded aliases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from spotaction.documents.tree import MAX_DEPTH, Entries, Entry, Items, Node, Scalar
from spotaction.model.errors import InvalidError, Problem, SourceLocation

MAX_COPIED = 10_000
MAX_DIGITS = 18

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+")
_STRING_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})

# libyaml's words for the accidents that happen most, and what to do about them.
_HINTS = {
    "mapping values are not allowed in this context": "put text that holds ': ' in quotes, or check the indentation",
    "did not find expected key": "check the indentation of this line and the one above",
    "could not find expected ':'": "a key needs a colon and a space after it",
    "did not find expected '-' indicator": "check the indentation of this line and the one above",
    "found unexpected end of stream": "a quote or bracket is not closed",
}


def compose_yaml(text: str, *, name: str) -> Node:
    """The nodes of the one document in `text`; raises `InvalidError` with the place of what is wrong."""
    try:
        return _Composer(name=name, events=yaml.parse(text, Loader=yaml.CSafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        raise InvalidError([_problem_at_mark(error, text, name)]) from error
    except yaml.reader.ReaderError as error:
        line = text.encode("utf-8", "replace")[: error.position].count(b"\n") + 1
        message = f"holds a character that YAML does not allow (U+{_code_point(error):04X})"
        raise InvalidError([Problem(message, place=SourceLocation(name, line))]) from error


def resolve_plain_scalar(text: str) -> bool | int | float | str | None:
    """What an unquoted word stands for in YAML's core schema.

    A number with a leading zero stays text, and so do `yes`, `no`, `on`, `off`, dates, octal and hexadecimal numbers.
    """
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if _FLOAT.fullmatch(text) and abs(float(text)) != float("inf"):
        return float(text)
    return text


@dataclass
class _Composer:
    name: str
    events: Iterator[yaml.Event]
    anchors: dict[str, tuple[Node, int] | None] = field(default_factory=dict)
    seen: int = 0
    copied: int = 0

    def document(self) -> Node:
        next(self.events)  # the start of the stream
        event = next(self.events)
        if not isinstance(event, yaml.DocumentStartEvent):
            raise self._refusal(event, "the document is empty")
        root = self._node(next(self.events), 0)
        next(self.events)  # the end of the document
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refusal(event, "a second document begins here", "keep one document in a file")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._refusal(event, f"more than {MAX_DEPTH} levels deep")
        anchor = getattr(event, "anchor", None)
        before = self.seen
        if anchor is not None:
            self.anchors[anchor] = None
        node = self._fresh(event, depth)
        self.seen += 1
        if anchor is not None:
            self.anchors[anchor] = (node, self.seen - before)
        return node

    def _fresh(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        assert isinstance(event, yaml.CollectionStartEvent)
        if event.tag is not None:
            raise self._tag(event, event.tag)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(self._place(event), tuple(self._items(depth)))
        return Entries(self._place(event), tuple(self._entries(depth)))

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[Entry]:
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            yield Entry(self._key(event), self._place(event), self._node(next(self.events), depth + 1))

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refusal(event, "a key has to be text, not a list, a mapping or an alias")
        value = self._scalar(event).value
        if event.value == "<<" and event.implicit[0]:
            raise self._refusal(event, "merge keys (<<) are not read", "write the keys out")
        if not isinstance(value, str):
            raise self._refusal(event, f"the key {event.value or 'null'} is not text", "put it in quotes")
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        if event.tag is not None and event.tag not in _STRING_TAGS:
            raise self._tag(event, event.tag)
        value = resolve_plain_scalar(event.value) if event.implicit[0] and event.tag is None else event.value
        if isinstance(value, str) and event.implicit[0] and _INTEGER.fullmatch(value) and value.lstrip("+-")[0] != "0":
            raise self._refusal(event, "a number of this length cannot be kept exactly", "put it in quotes")
        return Scalar(self._place(event), value, self._start(event))

    def _start(self, event: yaml.ScalarEvent) -> SourceLocation | None:
        quotes = 1 if event.style in {"'", '"'} else 0
        begin, end = event.start_mark, event.end_mark
        assert begin is not None
        assert end is not None
        if begin.line != end.line or end.column - begin.column != len(event.value) + 2 * quotes:
            return None
        return SourceLocation(self.name, begin.line + 1, begin.column + 1 + quotes)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise self._refusal(event, f"there is no anchor &{event.anchor} above")
        known = self.anchors[event.anchor]
        if known is None:
            raise self._refusal(event, f"the alias *{event.anchor} stands inside its own anchor")
        node, size = known
        self.copied += size
        self.seen += size
        if self.copied > MAX_COPIED:
            raise self._refusal(event, f"aliases expand to more than {MAX_COPIED} values", "write the values out")
        return node

    def _place(self, event: yaml.Event) -> SourceLocation:
        assert event.start_mark is not None
        return SourceLocation(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _tag(self, event: yaml.Event, tag: str) -> InvalidError:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        return self._refusal(event, f"tags such as {short[:40]} are not read", "write the value without it")

    def _refusal(self, event: yaml.Event, message: str, hint: str = "") -> InvalidError:
        return InvalidError([Problem(message, place=self._place(event), hint=hint)])


def _problem_at_mark(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = error.problem or "this is not YAML"
    if mark is None:
        return Problem(message, place=SourceLocation(name))
    lines = text.splitlines()
    if mark.line >= len(lines) and error.context_mark is not None:
        mark = error.context_mark  # what was begun and never closed tells more than the end of the file
    place = SourceLocation(name, mark.line + 1, mark.column + 1)
    if mark.line < len(lines) and "\t" in lines[mark.line][: len(lines[mark.line]) - len(lines[mark.line].lstrip())]:
        return Problem("a tab stands where YAML wants spaces", place=place, hint="indent with spaces")
    return Problem(f"this is not YAML: {message}", place=place, hint=_HINTS.get(message, ""))


def _code_point(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return ord(character[:1] or b"\0") if isinstance(character, str | bytes) else int(character)
