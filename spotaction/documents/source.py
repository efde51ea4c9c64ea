"""YAML and JSON with line and column, checked against the schemas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File

from spotaction.documents import json_source, yaml_source
from spotaction.documents.schemas import check_value
from spotaction.documents.tree import Node, Path, flatten_tree
from spotaction.documents.workspace import read_text, strip_repository_root
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue


@dataclass(frozen=True)
class Document:
    """A parsed text: plain values, and where each of them and each key stands.

    `name` is the path as the user wrote it, or what else tells the person where to look (`input load-balancers`).
    `starts` holds the first character of those scalars that stand on one line exactly as their value reads.
    `used_secrets` are the names that were asked for when its expressions were resolved.
    """

    name: str
    value: JsonValue
    value_marks: Mapping[Path, SourceLocation]
    key_marks: Mapping[Path, SourceLocation] = field(default_factory=dict)
    text_marks: Mapping[Path, SourceLocation] = field(default_factory=dict)
    used_secrets: frozenset[str] = frozenset()

    def location_of(self, path: Path) -> SourceLocation:
        """Where the value at `path` stands, or the nearest thing around it that has a place."""
        for length in range(len(path), -1, -1):
            place = self.value_marks.get(path[:length])
            if place is not None:
                return place
        return SourceLocation(self.name)

    def key_place(self, path: Path) -> SourceLocation:
        """Where the key at the end of `path` stands; the place of its value where it has no key."""
        return self.key_marks.get(path) or self.location_of(path)


def parse_document(text: str, *, name: str, offset: int = 0) -> Document:
    """One YAML or JSON document; `offset` is the number of lines that stand before it in the file `name`.

    YAML is read as its 1.2 core schema says: only `true` and `false` are booleans, dates and `yes` stay text, a number
    with a leading zero stays text. Raises `InvalidError` with line and column for anything else that is wrong: syntax,
    duplicate keys, tags, merge keys, aliases without end, more than one document, too many levels.
    """
    text = text.removeprefix("\ufeff")
    flat = flatten_tree(json_source.compose_json(text, name=name) or _compose(text, name))
    document = Document(name, flat.value, flat.places, flat.key_places, flat.starts)
    return document if offset == 0 else _shift_lines(document, offset)


def read_document(path: str, *, workspace: File, roots: Sequence[File] = ()) -> Document:
    """The document in a file below the workspace (or one of `roots`), at most 1 MiB; raises `InvalidError`.

    A leading / is the repository's root where a file lies there, as it is in documents.
    """
    path = strip_repository_root(path, workspace=workspace, roots=roots)
    return parse_document(read_text(path, workspace=workspace, roots=roots), name=path)


def check_document(document: Document, schema: str) -> tuple[Problem, ...]:
    """Every violation of `schemas/<schema>.schema.json`, sorted by place, one message each."""
    return check_value(document.value, document, schema)


def _compose(text: str, name: str) -> Node:
    try:
        return yaml_source.compose_yaml(text, name=name)
    except InvalidError:
        # Comments and trailing commas are welcome in a .json file, but who breaks one expects to be told about JSON.
        fault = json_source.find_json_error(text, name=name) if name.endswith(".json") else None
        if fault is not None:
            raise InvalidError([fault]) from None
        raise


def _shift_lines(document: Document, offset: int) -> Document:
    def moved(places: Mapping[Path, SourceLocation]) -> dict[Path, SourceLocation]:
        return {path: replace(place, line=place.line + offset) for path, place in places.items()}

    return replace(
        document,
        value_marks=moved(document.value_marks),
        key_marks=moved(document.key_marks),
        text_marks=moved(document.text_marks),
    )
