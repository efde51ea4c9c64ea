"""Service and infrastructure definitions as typed values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at, without_duplicates
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.problems import Finding
from spotaction.documents.source import Document
from spotaction.documents.tree import Path
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.errors import Problem
from spotaction.model.ports import ImageQuery
from spotaction.model.resources import ImageId, JsonValue

SPEC: Path = ("service", "serviceDefinition", "spec")
PRIMARY: Path = (*SPEC, "artifacts", "primary")
SOURCES: Path = (*PRIMARY, "sources")
VARIABLES: Path = (*SPEC, "variables")
INFRASTRUCTURE: Path = ("infrastructureDefinition",)

GIT_STORES = frozenset({"Git", "Github", "GitLab", "Gitlab", "Bitbucket", "AzureRepo"})

_IMAGE_ID = re.compile(r"ami-[0-9a-f]{8,17}")
_OWNER_FILTERS = ("owner-id", "owner-alias")
_Pairs = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ArtifactSource:
    """The source of an AMI: either `version` (its name or id) or `pattern` (`versionRegex`) is set."""

    identifier: str
    region: str
    version: str = ""
    pattern: str = ""
    tags: _Pairs = ()
    filters: _Pairs = ()

    def image_query(self) -> ImageQuery:
        """Return the query that finds the image; a version in the form of an AMI id is used as the id."""
        is_id = _IMAGE_ID.fullmatch(self.version) is not None
        return ImageQuery(
            region=self.region,
            version="" if is_id else self.version,
            pattern=self.pattern,
            image_id=ImageId(self.version) if is_id else None,
            tags=self.tags,
            filters=self.filters,
            owners=self._owners() or ("self",),
        )

    def _owners(self) -> tuple[str, ...]:
        """The accounts that filters name; without one, only an own image of the name counts, which nobody can forge."""
        named = [values for name, values in self.filters if name.strip().removeprefix("ami-") in _OWNER_FILTERS]
        return tuple(value.strip() for values in named for value in values if value.strip())


@dataclass(frozen=True)
class StoreRef:
    """The content of a store: the path of a file as the user wrote it, or a text; `at` is its path in the document.

    `kind` is the type of the store.
    """

    at: Path
    file: str = ""
    content: str = ""
    kind: str = "Harness"


@dataclass(frozen=True)
class Service:
    """What is deployed. `primary` is the selected one of `sources`; the others may contain unresolved expressions."""

    identifier: str
    name: str
    sources: tuple[ArtifactSource, ...]
    primary: ArtifactSource
    startup_script: StoreRef | None = None
    variables: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Infrastructure:
    """Where it is deployed; `config_path` is the Elastigroup config's path as written, empty if it is inline."""

    identifier: str
    name: str
    environment: str
    config_path: str
    config: StoreRef
    allow_simultaneous: bool = False


def service_of(document: Document) -> Service:
    """Return the typed value of a service document that has passed its schema and `check_service`."""
    service = value_at(document.value, ("service",))
    sources = tuple(_read_source(each) for each in as_items(value_at(document.value, SOURCES)))
    identifier = as_plain_text(value_at(service, ("identifier",)))
    return Service(
        identifier=identifier,
        name=as_plain_text(value_at(service, ("name",))) or identifier,
        sources=sources,
        primary=sources[primary_index(document) or 0],
        startup_script=store_ref(document, (*SPEC, "startupScript", "store")),
        variables=variables_of(document.value),
    )


def infrastructure_of(document: Document) -> Infrastructure:
    """Return the typed value of an infrastructure document that has passed its schema."""
    inner = value_at(document.value, INFRASTRUCTURE)
    config = store_ref(document, (*INFRASTRUCTURE, "spec", "configuration", "store"))
    assert config is not None
    identifier = as_plain_text(value_at(inner, ("identifier",)))
    return Infrastructure(
        identifier=identifier,
        name=as_plain_text(value_at(inner, ("name",))) or identifier,
        environment=as_plain_text(value_at(inner, ("environmentRef",))),
        config_path=config.file,
        config=config,
        allow_simultaneous=value_at(inner, ("allowSimultaneousDeployments",)) is True,
    )


def check_service(document: Document, *, artifact_version: str = "") -> Iterator[Problem]:
    """Yield the problems of a service that has passed its schema: source not found, duplicate, unused version."""
    index = primary_index(document)
    known = [as_plain_text(value_at(each, ("identifier",))) for each in as_items(value_at(document.value, SOURCES))]
    path = (*PRIMARY, "primaryArtifactRef")
    reference = as_plain_text(value_at(document.value, path))
    if has_unresolved(value_at(document.value, path)):
        pass  # which source is meant is known in a run only
    elif index is None and reference:
        hint = hint_nearest(reference, known)
        yield Finding(path, f"no source is named {quote_value(reference)}", hint).locate(document)
    elif index is None:
        hint = f"set it to one of {', '.join(known)}"
        yield Finding(PRIMARY, "'primaryArtifactRef' is missing", hint).locate(document)
    for at_index, identifier in enumerate(known):
        if identifier in known[:at_index]:
            where = (*SOURCES, at_index, "identifier")
            yield Finding(where, f"duplicate identifier {quote_value(identifier)}").locate(document)
    names = [as_plain_text(value_at(each, ("name",))) for each in as_items(value_at(document.value, VARIABLES))]
    for at_index, name in enumerate(names):
        if name in names[:at_index]:
            yield Finding((*VARIABLES, at_index, "name"), f"duplicate variable {quote_value(name)}").locate(document)
    if index is not None and artifact_version:
        yield from _unused_version(document, index, artifact_version)


def primary_index(document: Document) -> int | None:
    """Return the index of the primary source: the one in `primaryArtifactRef`, or the only one; None without it."""
    reference = as_plain_text(value_at(document.value, (*PRIMARY, "primaryArtifactRef")))
    sources = as_items(value_at(document.value, SOURCES))
    if not reference:
        return 0 if len(sources) == 1 else None
    return next(
        (n for n, each in enumerate(sources) if as_plain_text(value_at(each, ("identifier",))) == reference), None
    )


def variables_of(value: JsonValue) -> dict[str, JsonValue]:
    """Return the variables of a service by name; those of type Number as numbers, also if written as text."""
    variables = [as_mapping(each) for each in as_items(value_at(value, VARIABLES))]
    return {as_plain_text(each.get("name")): _to_type(each.get("type"), _given_value(each)) for each in variables}


def store_ref(document: Document, path: Path) -> StoreRef | None:
    """Return the content of the store at `path`; None if there is no store."""
    spec = value_at(document.value, (*path, "spec"))
    if spec is None:
        return None
    kind = as_plain_text(value_at(document.value, (*path, "type")))
    if kind == "Inline":
        return StoreRef((*path, "spec", "content"), content=as_plain_text(value_at(spec, ("content",))), kind=kind)
    files = "paths" if kind in GIT_STORES else "files"
    file = value_at(spec, (files, 0))
    return StoreRef((*path, "spec", files, 0), file=file if isinstance(file, str) else as_plain_text(file), kind=kind)


def _read_source(value: JsonValue) -> ArtifactSource:
    spec = value_at(value, ("spec",))
    return ArtifactSource(
        identifier=as_plain_text(value_at(value, ("identifier",))),
        region=as_plain_text(value_at(spec, ("region",))),
        version=as_plain_text(value_at(spec, ("version",))),
        pattern=as_plain_text(value_at(spec, ("versionRegex",))),
        tags=_read_pairs(value_at(spec, ("tags",))),
        filters=_read_pairs(value_at(spec, ("filters",))),
    )


def _read_pairs(value: JsonValue) -> _Pairs:
    pairs = [
        (as_plain_text(value_at(each, ("name",))), as_plain_text(value_at(each, ("value",))))
        for each in as_items(value)
    ]
    return tuple(
        (name, tuple(v for n, v in pairs if n == name)) for name in without_duplicates(name for name, _ in pairs)
    )


def _given_value(variable: JsonValue) -> JsonValue:
    value = value_at(variable, ("value",))
    return value_at(variable, ("default",)) if value is None else value


def _to_type(kind: JsonValue, value: JsonValue) -> JsonValue:
    if kind == "Number" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return value


def _unused_version(document: Document, index: int, version: str) -> Iterator[Problem]:
    """An unused `artifact-version` is an error: another version than the user expects would be deployed."""
    for key in ("version", "versionRegex"):
        path = (*SOURCES, index, "spec", key)
        fixed = as_plain_text(value_at(document.value, path))
        if fixed and fixed != version:
            message = f"the input artifact-version is {quote_value(version)}, but {quote_value(fixed)} is set here"
            yield Finding(path, message, "write <+input> here, or remove the input").locate(document)
