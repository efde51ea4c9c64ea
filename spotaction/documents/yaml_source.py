"""Reads one YAML document into nodes: YAML 1.2's core schema, no tags, no merge keys, limited aliases."""

import re
from math import inf

import yaml

from spotaction.documents.tree import MAX_DEPTH, Entries, Entry, Items, Node, Scalar, WrittenNumber
from spotaction.model.errors import InvalidError, Problem, SourceLocation

MAX_COPIED = 10_000
MAX_DIGITS = 18

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+")
_STRING_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_PLAIN, _QUOTED = "plain", "quoted"  # the tags given to nodes without one

# libyaml's most frequent errors, and how to fix them.
_HINTS = {
    "mapping values are not allowed in this context": "put text that contains ': ' in quotes, or check the indentation",
    "did not find expected key": "check the indentation of this line and the one above",
    "could not find expected ':'": "a key needs a colon and a space after it",
    "did not find expected '-' indicator": "check the indentation of this line and the one above",
    "found unexpected end of stream": "a quote or bracket is not closed",
    "found character that cannot start any token": "put text that begins with @, ` or % in quotes",
    "did not find expected alphabetic or numeric character": "put text that begins with & or * in quotes",
    "block sequence entries are not allowed in this context": "begin the list on a line of its own",
}


def compose_yaml(text: str, *, name: str) -> Node:
    """Return the nodes of the one document in `text`; raises `InvalidError` with the place of the first error."""
    try:
        return _to_tree(_Composer(text, name).get_single_node(), name, {})
    except yaml.MarkedYAMLError as error:
        raise InvalidError([_problem_at_mark(error, text, name)]) from error
    except yaml.reader.ReaderError as error:
        line = text.encode("utf-8", "replace")[: error.position].count(b"\n") + 1
        message = f"contains a character that YAML does not allow (U+{_code_point(error):04X})"
        raise InvalidError([Problem(message, place=SourceLocation(name, line))]) from error


def resolve_plain_scalar(text: str) -> bool | int | float | str | None:
    """Return the value of an unquoted scalar in YAML's core schema.

    Numbers with a leading zero, octal and hexadecimal numbers, dates, `yes`, `no`, `on` and `off` are text.
    """
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if _FLOAT.fullmatch(text) and abs(float(text)) != float("inf"):
        return WrittenNumber(text)
    return text


class _Composer(yaml.composer.Composer, yaml.CBaseLoader):
    """PyYAML's composer on libyaml's parser; rejects each unsupported node before it composes it."""

    def __init__(self, text: str, name: str) -> None:
        yaml.CBaseLoader.__init__(self, text)
        yaml.composer.Composer.__init__(self)
        self.file = name
        self.depth = 0
        self.composed = 0
        self.copied = 0
        self.sizes: dict[yaml.Node, int] = {}  # the number of values in a finished node, itself included

    def get_single_node(self) -> yaml.Node:
        if not self.check_node():
            raise self._refusal("the document is empty")
        root = self.compose_document()
        if self.check_node():
            raise self._refusal("a second document starts here", "keep one document per file")
        assert root is not None
        return root

    def compose_node(self, parent: yaml.Node | None, index: int | yaml.Node | None) -> yaml.Node | None:
        is_key = isinstance(parent, yaml.MappingNode) and index is None
        event = self.peek_event()
        if is_key and not isinstance(event, yaml.ScalarEvent):
            raise self._refusal("a key must be text, not a list, a mapping or an alias")
        if isinstance(event, yaml.AliasEvent):
            return self._compose_alias(event.anchor or "")
        if self.depth > MAX_DEPTH and not is_key:
            raise self._refusal(f"nested more than {MAX_DEPTH} levels deep")
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        self._check_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            self._check_scalar(event, is_key=is_key)
        self.anchors.pop(event.anchor, None)  # YAML allows to define an anchor again
        before = self.composed
        self.depth += 1
        node = super().compose_node(parent, index)  # type: ignore[arg-type]  # it is a mapping's key, too, or None
        self.depth -= 1
        self.composed += not is_key
        assert node is not None
        self.sizes[node] = self.composed - before
        return node

    def compose_scalar_node(self, anchor: dict[str, yaml.Node]) -> yaml.ScalarNode:
        event = self.peek_event()
        node = super().compose_scalar_node(anchor)
        node.tag = _PLAIN if _is_plain(event) else _QUOTED
        return node

    def _compose_alias(self, anchor: str) -> yaml.Node:
        if anchor not in self.anchors:
            raise self._refusal(f"the alias *{anchor} has no anchor above")
        node = self.anchors[anchor]
        size = self.sizes.get(node)
        if size is None:
            raise self._refusal(f"the alias *{anchor} is inside its own anchor")
        self.copied += size
        self.composed += size
        if self.copied > MAX_COPIED:
            raise self._refusal(f"aliases expand to more than {MAX_COPIED} values", "write the values out")
        self.get_event()
        return node

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag in _STRING_TAGS):
            short = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._refusal(f"the tag {short[:40]} is not supported", "remove the tag")

    def _check_scalar(self, event: yaml.ScalarEvent, *, is_key: bool) -> None:
        plain = _is_plain(event)
        value = resolve_plain_scalar(event.value) if plain else event.value
        if plain and isinstance(value, str) and _INTEGER.fullmatch(value):
            raise self._refusal("integer too large", "put it in quotes")
        if is_key and plain and value == "<<":
            raise self._refusal("merge keys (<<) are not supported", "write the keys out")
        if is_key and not isinstance(value, str):
            raise self._refusal(f"the key {event.value or 'null'} is not text", "put it in quotes")

    def _refusal(self, message: str, hint: str = "") -> InvalidError:
        return InvalidError([Problem(message, place=_to_location(self.peek_event(), self.file), hint=hint)])


def _is_plain(event: yaml.Event | None) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.tag is None and event.implicit[0]


def _to_tree(node: yaml.Node, name: str, done: dict[yaml.Node, Node]) -> Node:
    """Convert a node; an alias shares the converted node of its anchor, so that the recursion does not get deeper."""
    if node not in done:
        place = _to_location(node, name)
        if isinstance(node, yaml.SequenceNode):
            done[node] = Items(place, tuple(_to_tree(item, name, done) for item in node.value))
        elif isinstance(node, yaml.MappingNode):
            entries = [(key.value, _to_location(key, name), _to_tree(value, name, done)) for key, value in node.value]
            done[node] = Entries(place, tuple(Entry(*entry) for entry in entries))
        elif isinstance(node, yaml.ScalarNode):
            value = resolve_plain_scalar(node.value) if node.tag == _PLAIN else node.value
            done[node] = Scalar(place, value, _text_start(node, name))
    return done[node]


def _text_start(node: yaml.ScalarNode, name: str) -> SourceLocation | None:
    quotes = 1 if node.style in {"'", '"'} else 0
    start, end = node.start_mark, node.end_mark
    if start.line != end.line or end.column - start.column != len(node.value) + 2 * quotes:
        return None
    return SourceLocation(name, start.line + 1, start.column + 1 + quotes)


def _to_location(of: yaml.Event | yaml.Node | None, name: str) -> SourceLocation:
    assert of is not None
    assert of.start_mark is not None
    return SourceLocation(name, of.start_mark.line + 1, of.start_mark.column + 1)


def _problem_at_mark(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = error.problem or "cannot be parsed"
    if mark is None:
        return Problem(message, place=SourceLocation(name))
    lines = text.splitlines()
    if mark.line >= len(lines) and error.context_mark is not None:
        mark = error.context_mark  # the start of an unclosed bracket says more than the end of the file
    place = SourceLocation(name, mark.line + 1, mark.column + 1)
    if mark.line < len(lines) and "\t" in lines[mark.line][: len(lines[mark.line]) - len(lines[mark.line].lstrip())]:
        return Problem("YAML indentation must not contain tabs", place=place, hint="indent with spaces")
    return Problem(f"invalid YAML: {message}", place=place, hint=_HINTS.get(message, ""))


def _code_point(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return ord(character[:1] or b"\0") if isinstance(character, str | bytes) else int(character)


def to_scalar(text: str) -> str:
    """Return the text as a YAML scalar on one line, in quotes if it would be read as something else without them."""
    return yaml.safe_dump(text, allow_unicode=True, width=inf).removesuffix("\n").removesuffix("\n...")
