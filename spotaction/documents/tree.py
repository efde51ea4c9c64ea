"""What a YAML or JSON text is read into first: values that know where they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue

Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 64


class Located(Protocol):
    """A text, or a part of one, that knows where its values and keys are."""

    def location_of(self, path: Path) -> SourceLocation:
        """The line and column of the value at `path`, or of the nearest value around it."""
        ...

    def key_place(self, path: Path) -> SourceLocation:
        """The line and column of the key at the end of `path`, or of its value where it has no key."""
        ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `start` is where its first character stands when it was written on one line, without escapes."""

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
    """A mapping, duplicate keys still in it."""

    place: SourceLocation
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Items | Entries


@dataclass(frozen=True)
class Flat:
    """A tree of nodes, taken apart into its value and the places of everything in it."""

    value: JsonValue
    places: Mapping[Path, SourceLocation]
    key_places: Mapping[Path, SourceLocation]
    starts: Mapping[Path, SourceLocation]


def flatten_tree(root: Node) -> Flat:
    """The value of a tree and its places; `InvalidError` lists every key that stands twice in its mapping."""
    problems = [
        problem for node in _walk_nodes(root, 0) if isinstance(node, Entries) for problem in _find_duplicates(node)
    ]
    if problems:
        raise InvalidError(list(dict.fromkeys(problems)))
    places: dict[Path, SourceLocation] = {}
    keys: dict[Path, SourceLocation] = {}
    starts: dict[Path, SourceLocation] = {}
    value = _flatten_node(root, (), places, keys, starts)
    return Flat(value, places, keys, starts)


def dotted_path(path: Path) -> str:
    """A path as people write it: `group.compute.availabilityZones[0].name`."""
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
        raise InvalidError([Problem(f"more than {MAX_DEPTH} levels deep", place=node.place)])
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
