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
    """A parsed text: its value, and the place of every value and key by path.

    `name` is the path as the user wrote it, or another name for the text (`input load-balancers`). `text_marks` are
    the places of the first character of those scalars that are written on one line and without escapes.
    `used_secrets` are the names of the secrets that its expressions looked up.
    """

    name: str
    value: JsonValue
    value_marks: Mapping[Path, SourceLocation]
    key_marks: Mapping[Path, SourceLocation] = field(default_factory=dict)
    text_marks: Mapping[Path, SourceLocation] = field(default_factory=dict)
    used_secrets: frozenset[str] = frozenset()

    def location_of(self, path: Path) -> SourceLocation:
        """Return the place of the value at `path`, or of the nearest value around it."""
        for length in range(len(path), -1, -1):
            place = self.value_marks.get(path[:length])
            if place is not None:
                return place
        return SourceLocation(self.name)

    def key_place(self, path: Path) -> SourceLocation:
        """Return the place of the key at the end of `path`, or of its value if it has no key."""
        return self.key_marks.get(path) or self.location_of(path)


def parse_document(text: str, *, name: str, offset: int = 0) -> Document:
    """Return the one YAML or JSON document in a text; `offset` is the number of lines before it in the file `name`.

    YAML is read with the core schema of YAML 1.2: only `true` and `false` are booleans; dates, `yes` and numbers with
    a leading zero are text. Raises `InvalidError` with line and column for syntax errors, duplicate keys, tags, merge
    keys, expanding aliases, several documents and too many levels.
    """
    text = text.removeprefix("\ufeff")
    flat = flatten_tree(json_source.compose_json(text, name=name) or _compose(text, name))
    document = Document(name, flat.value, flat.value_marks, flat.key_marks, flat.text_marks)
    return document if offset == 0 else _shift_lines(document, offset)


def read_document(path: str, *, workspace: File, roots: Sequence[File] = ()) -> Document:
    """Return the document in a file below the workspace or one of `roots`, at most 1 MiB; raises `InvalidError`.

    A leading / is the root of the repository if a file is found there, as in documents.
    """
    path = strip_repository_root(path, workspace=workspace, roots=roots)
    return parse_document(read_text(path, workspace=workspace, roots=roots), name=path)


def check_document(document: Document, schema: str) -> tuple[Problem, ...]:
    """Return every violation of `schemas/<schema>.schema.json`, sorted by place."""
    return check_value(document.value, document, schema)


def _compose(text: str, name: str) -> Node:
    try:
        return yaml_source.compose_yaml(text, name=name)
    except InvalidError:
        # A .json file may have comments and trailing commas, but its syntax errors are reported as errors of JSON.
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
