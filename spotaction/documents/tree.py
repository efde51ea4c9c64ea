"""The nodes that YAML and JSON are read into: values with their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, Self, TypeAlias

from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue

Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 64
MAX_DUPLICATES = 500  # nobody reads more


class Located(Protocol):
    """A document, or a part of one, that knows the places of its values and keys."""

    def location_of(self, path: Path) -> SourceLocation:
        """Return the place of the value at `path`, or of the nearest value around it."""
        ...

    def key_place(self, path: Path) -> SourceLocation:
        """Return the place of the key at the end of `path`, or of its value if it has no key."""
        ...


class WrittenNumber(float):
    """A number with a fraction or an exponent and its spelling, which `str` returns: `1.10` may be part of a text.

    Raises `ValueError` for one that is too large for a double.
    """

    text: str

    def __new__(cls, text: str) -> Self:
        """Return the number that `text` is the spelling of."""
        number = super().__new__(cls, text)
        if abs(number) == float("inf"):
            raise ValueError(text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `start` is the place of its first character if it is written on one line, without escapes."""

    place: SourceLocation
    value: bool | int | float | str | None
    start: SourceLocation | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: SourceLocation
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    place: SourceLocation
    node: "Node"


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping; it may contain duplicate keys."""

    place: SourceLocation
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Items | Entries


@dataclass(frozen=True)
class Flat:
    """The value of a tree of nodes, and the places of everything in it by path."""

    value: JsonValue
    value_marks: Mapping[Path, SourceLocation]
    key_marks: Mapping[Path, SourceLocation]
    text_marks: Mapping[Path, SourceLocation]


def flatten_tree(root: Node) -> Flat:
    """Return the value of a tree and its places; raises `InvalidError` with the duplicate keys (at most 500)."""
    problems = (
        problem for node in _walk_nodes(root, 0) if isinstance(node, Entries) for problem in _find_duplicates(node)
    )
    if found := list(islice(problems, MAX_DUPLICATES)):
        raise InvalidError(list(dict.fromkeys(found)))
    places: dict[Path, SourceLocation] = {}
    keys: dict[Path, SourceLocation] = {}
    starts: dict[Path, SourceLocation] = {}
    value = _flatten_node(root, (), places, keys, starts)
    return Flat(value, places, keys, starts)


def dotted_path(path: Path) -> str:
    """Return a path as people write it: `group.compute.availabilityZones[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _flatten_node(
    node: Node,
    path: Path,
    places: dict[Path, SourceLocation],
    keys: dict[Path, SourceLocation],
    starts: dict[Path, SourceLocation],
) -> JsonValue:
    places[path] = node.place
    match node:
        case Scalar(value=value, start=start):
            if start is not None:
                starts[path] = start
            return value
        case Items(nodes=nodes):
            return [_flatten_node(item, (*path, index), places, keys, starts) for index, item in enumerate(nodes)]
        case Entries(entries=entries):
            for entry in entries:
                keys[*path, entry.key] = entry.place
            return {e.key: _flatten_node(e.node, (*path, e.key), places, keys, starts) for e in entries}


def _walk_nodes(node: Node, depth: int) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        raise InvalidError([Problem(f"nested more than {MAX_DEPTH} levels deep", place=node.place)])
    yield node
    match node:
        case Items(nodes=nodes):
            for item in nodes:
                yield from _walk_nodes(item, depth + 1)
        case Entries(entries=entries):
            for entry in entries:
                yield from _walk_nodes(entry.node, depth + 1)
        case Scalar():
            return


def _find_duplicates(node: Entries) -> Iterator[Problem]:
    first: dict[str, SourceLocation] = {}
    for entry in node.entries:
        earlier = first.setdefault(entry.key, entry.place)
        if earlier is not entry.place:
            yield Problem(f"duplicate key '{entry.key}', first on line {earlier.line}", place=entry.place)
