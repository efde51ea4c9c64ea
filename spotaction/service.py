"""A service and an infrastructure definition as typed values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spotaction.documents import Document
from spotaction.errors import Problem
from spotaction.model import ImageId, JsonValue
from spotaction.nodes import Path, dotted
from spotaction.ports import ImageQuery
from spotaction.values import at, items, mapping, text, unique
from spotaction.wording import near, shown

SPEC: Path = ("service", "serviceDefinition", "spec")
PRIMARY: Path = (*SPEC, "artifacts", "primary")
SOURCES: Path = (*PRIMARY, "sources")
VARIABLES: Path = (*SPEC, "variables")
INFRASTRUCTURE: Path = ("infrastructureDefinition",)

_IMAGE_ID = re.compile(r"ami-[0-9a-f]{8,17}")
_Pairs = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ArtifactSource:
    """Where an AMI comes from: either `version` (its name, or its id) or `pattern` (`versionRegex`) is given."""

    identifier: str
    region: str
    version: str = ""
    pattern: str = ""
    tags: _Pairs = ()
    filters: _Pairs = ()

    def query(self) -> ImageQuery:
        """How to find the image; a version that reads like an AMI id is taken for one."""
        is_id = _IMAGE_ID.fullmatch(self.version) is not None
        return ImageQuery(
            region=self.region,
            version="" if is_id else self.version,
            pattern=self.pattern,
            image_id=ImageId(self.version) if is_id else None,
            tags=self.tags,
            filters=self.filters,
        )


@dataclass(frozen=True)
class Stored:
    """What a store holds: the path of a file as the user wrote it, or the text itself, and where that stands."""

    at: Path
    file: str = ""
    content: str = ""


@dataclass(frozen=True)
class Service:
    """What is deployed. `primary` is the chosen one among `sources`; only its values are sure to be resolved."""

    identifier: str
    name: str
    sources: tuple[ArtifactSource, ...]
    primary: ArtifactSource
    startup_script: Stored | None = None
    variables: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Infrastructure:
    """Where it is deployed; `config_path` is the path of the Elastigroup config as written, empty when it is inline."""

    identifier: str
    name: str
    environment: str
    config_path: str
    config: Stored
    allow_simultaneous: bool = False


def service_of(document: Document) -> Service:
    """The typed value of a service document that its schema and `check_service` have let through."""
    service = at(document.value, ("service",))
    sources = tuple(_source(each) for each in items(at(document.value, SOURCES)))
    identifier = text(at(service, ("identifier",)))
    return Service(
        identifier=identifier,
        name=text(at(service, ("name",))) or identifier,
        sources=sources,
        primary=sources[chosen(document) or 0],
        startup_script=stored(document, (*SPEC, "startupScript", "store")),
        variables=variables_of(document.value),
    )


def infrastructure_of(document: Document) -> Infrastructure:
    """The typed value of an infrastructure document that its schema has let through."""
    inner = at(document.value, INFRASTRUCTURE)
    config = stored(document, (*INFRASTRUCTURE, "spec", "configuration", "store"))
    assert config is not None
    identifier = text(at(inner, ("identifier",)))
    return Infrastructure(
        identifier=identifier,
        name=text(at(inner, ("name",))) or identifier,
        environment=text(at(inner, ("environmentRef",))),
        config_path=config.file,
        config=config,
        allow_simultaneous=at(inner, ("allowSimultaneousDeployments",)) is True,
    )


def check_service(document: Document, *, artifact_version: str = "") -> Iterator[Problem]:
    """What is wrong with a service that fits its schema: a source that is not there, a version nobody asks for."""
    index = chosen(document)
    known = [text(at(each, ("identifier",))) for each in items(at(document.value, SOURCES))]
    path = (*PRIMARY, "primaryArtifactRef")
    reference = text(at(document.value, path))
    if index is None and reference:
        yield _problem(document, path, f"there is no source {shown(reference)}", near(reference, known))
    elif index is None:
        yield _problem(document, PRIMARY, "'primaryArtifactRef' is missing", f"name one of {', '.join(known)}")
    for at_index, identifier in enumerate(known):
        if identifier in known[:at_index]:
            where = (*SOURCES, at_index, "identifier")
            yield _problem(document, where, f"{shown(identifier)} is the identifier of another source already")
    if index is not None and artifact_version:
        yield from _unasked(document, index, artifact_version)


def chosen(document: Document) -> int | None:
    """The index of the primary source: the one that is referred to, or the only one."""
    reference = text(at(document.value, (*PRIMARY, "primaryArtifactRef")))
    sources = items(at(document.value, SOURCES))
    if not reference:
        return 0 if len(sources) == 1 else None
    return next((n for n, each in enumerate(sources) if text(at(each, ("identifier",))) == reference), None)


def variables_of(value: JsonValue) -> dict[str, JsonValue]:
    """The variables of a service by name; those of type Number as numbers where they were written as text."""
    variables = [mapping(each) for each in items(at(value, VARIABLES))]
    return {text(each.get("name")): _typed(each.get("type"), _given(each)) for each in variables}


def stored(document: Document, path: Path) -> Stored | None:
    """What a store refers to; None when there is no store."""
    spec = at(document.value, (*path, "spec"))
    if spec is None:
        return None
    if at(document.value, (*path, "type")) == "Inline":
        return Stored((*path, "spec", "content"), content=text(at(spec, ("content",))))
    file = at(spec, ("files", 0))
    return Stored((*path, "spec", "files", 0), file=file if isinstance(file, str) else text(file))


def _source(value: JsonValue) -> ArtifactSource:
    spec = at(value, ("spec",))
    return ArtifactSource(
        identifier=text(at(value, ("identifier",))),
        region=text(at(spec, ("region",))),
        version=text(at(spec, ("version",))),
        pattern=text(at(spec, ("versionRegex",))),
        tags=_pairs(at(spec, ("tags",))),
        filters=_pairs(at(spec, ("filters",))),
    )


def _pairs(value: JsonValue) -> _Pairs:
    pairs = [(text(at(each, ("name",))), text(at(each, ("value",)))) for each in items(value)]
    return tuple((name, tuple(v for n, v in pairs if n == name)) for name in unique(name for name, _ in pairs))


def _given(variable: JsonValue) -> JsonValue:
    value = at(variable, ("value",))
    return at(variable, ("default",)) if value is None else value


def _typed(kind: JsonValue, value: JsonValue) -> JsonValue:
    if kind == "Number" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return value


def _unasked(document: Document, index: int, version: str) -> Iterator[Problem]:
    """An `artifact-version` that nothing asks for would deploy something else than the user thinks."""
    for key in ("version", "versionRegex"):
        path = (*SOURCES, index, "spec", key)
        fixed = text(at(document.value, path))
        if fixed and fixed != version:
            message = f"the input artifact-version is {shown(version)}, but {shown(fixed)} is fixed here"
            yield _problem(document, path, message, "write <+input> here, or leave the input out")


def _problem(document: Document, path: Path, message: str, hint: str = "") -> Problem:
    return Problem(message, subject=dotted(path), place=document.place(path), hint=hint)
