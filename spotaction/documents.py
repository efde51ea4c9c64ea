"""YAML and JSON with line and column, checked against the schemas."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from spotaction import json_nodes, yaml_nodes
from spotaction.errors import InvalidError, Place, Problem
from spotaction.files import from_root, read_text
from spotaction.model import JsonValue
from spotaction.nodes import Node, Path, flatten
from spotaction.violations import translate

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["Document", "Path", "check", "parse", "read"]

SCHEMAS = File(__file__).parents[1] / "schemas"


@dataclass(frozen=True)
class Document:
    """A parsed text: plain values, and where each of them and each key stands.

    `name` is the path as the user wrote it, or what else tells the person where to look (`input load-balancers`).
    `starts` holds the first character of those scalars that stand on one line exactly as their value reads.
    `used_secrets` are the names that were asked for when its expressions were resolved.
    """

    name: str
    value: JsonValue
    places: Mapping[Path, Place]
    key_places: Mapping[Path, Place] = field(default_factory=dict)
    starts: Mapping[Path, Place] = field(default_factory=dict)
    used_secrets: frozenset[str] = frozenset()

    def place(self, path: Path) -> Place:
        """Where the value at `path` stands, or the nearest thing around it that has a place."""
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return Place(self.name)

    def key_place(self, path: Path) -> Place:
        """Where the key at the end of `path` stands; the place of its value where it has no key."""
        return self.key_places.get(path) or self.place(path)


def parse(text: str, *, name: str, offset: int = 0) -> Document:
    """One YAML or JSON document; `offset` is the number of lines that stand before it in the file `name`.

    YAML is read as its 1.2 core schema says: only `true` and `false` are booleans, dates and `yes` stay text, a number
    with a leading zero stays text. Raises `InvalidError` with line and column for anything else that is wrong: syntax,
    duplicate keys, tags, merge keys, aliases without end, more than one document, too many levels.
    """
    text = text.removeprefix("\ufeff")
    flat = flatten(json_nodes.compose(text, name=name) or _yaml(text, name))
    document = Document(name, flat.value, flat.places, flat.key_places, flat.starts)
    return document if offset == 0 else _moved(document, offset)


def read(path: str, *, workspace: File, roots: Sequence[File] = ()) -> Document:
    """The document in a file below the workspace (or one of `roots`), at most 1 MiB; raises `InvalidError`.

    A leading / is the repository's root where a file lies there, as it is in documents.
    """
    path = from_root(path, workspace=workspace, roots=roots)
    return parse(read_text(path, workspace=workspace, roots=roots), name=path)


def check(document: Document, schema: str) -> tuple[Problem, ...]:
    """Every violation of `schemas/<schema>.schema.json`, sorted by place, one message each."""
    return translate(_validator(schema).iter_errors(document.value), document)


def _yaml(text: str, name: str) -> Node:
    try:
        return yaml_nodes.compose(text, name=name)
    except InvalidError:
        # Comments and trailing commas are welcome in a .json file, but who breaks one expects to be told about JSON.
        fault = json_nodes.fault(text, name=name) if name.endswith(".json") else None
        if fault is not None:
            raise InvalidError([fault]) from None
        raise


@cache
def _validator(name: str) -> "Validator":
    # Imported here: it takes a tenth of a second, which a run without documents need not pay.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    content = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    registry: Registry[Any] = Registry()  # of its own, since the validator's would fetch what it does not know
    return Draft202012Validator(content, registry=registry)


def _moved(document: Document, offset: int) -> Document:
    def moved(places: Mapping[Path, Place]) -> dict[Path, Place]:
        return {path: replace(place, line=place.line + offset) for path, place in places.items()}

    return replace(
        document,
        places=moved(document.places),
        key_places=moved(document.key_places),
        starts=moved(document.starts),
    )
