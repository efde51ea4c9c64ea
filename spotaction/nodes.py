"""What a YAML or JSON text is read into first: values that know where they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from spotaction.errors import InvalidError, Place, Problem
from spotaction.model import JsonValue

Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `start` is where its first character stands when it was written on one line, without escapes."""

    place: Place
    value: bool | int | float | str | None
    start: Place | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    place: Place
    node: "Node"


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping, duplicate keys still in it."""

    place: Place
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Items | Entries


@dataclass(frozen=True)
class Flat:
    """A tree of nodes, taken apart into its value and the places of everything in it."""

    value: JsonValue
    places: Mapping[Path, Place]
    key_places: Mapping[Path, Place]
    starts: Mapping[Path, Place]


def flatten(root: Node) -> Flat:
    """The value of a tree and its places; `InvalidError` lists every key that stands twice in its mapping."""
    problems = [problem for node in _walk(root, 0) if isinstance(node, Entries) for problem in _duplicates(node)]
    if problems:
        raise InvalidError(list(dict.fromkeys(problems)))
    places: dict[Path, Place] = {}
    keys: dict[Path, Place] = {}
    starts: dict[Path, Place] = {}
    value = _flatten(root, (), places, keys, starts)
    return Flat(value, places, keys, starts)


def dotted(path: Path) -> str:
    """A path as people write it: `group.compute.availabilityZones[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _flatten(
    node: Node, path: Path, places: dict[Path, Place], keys: dict[Path, Place], starts: dict[Path, Place]
) -> JsonValue:
    places[path] = node.place
    match node:
        case Scalar(value=value, start=start):
            if start is not None:
                starts[path] = start
            return value
        case Items(nodes=nodes):
            return [_flatten(item, (*path, index), places, keys, starts) for index, item in enumerate(nodes)]
        case Entries(entries=entries):
            for entry in entries:
                keys[*path, entry.key] = entry.place
            return {e.key: _flatten(e.node, (*path, e.key), places, keys, starts) for e in entries}


def _walk(node: Node, depth: int) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        raise InvalidError([Problem(f"more than {MAX_DEPTH} levels deep", place=node.place)])
    yield node
    match node:
        case Items(nodes=nodes):
            for item in nodes:
                yield from _walk(item, depth + 1)
        case Entries(entries=entries):
            for entry in entries:
                yield from _walk(entry.node, depth + 1)
        case Scalar():
            return


def _duplicates(node: Entries) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for entry in node.entries:
        earlier = first.setdefault(entry.key, entry.place)
        if earlier is not entry.place:
            yield Problem(f"'{entry.key}' stands twice in one mapping, first on line {earlier.line}", place=entry.place)
