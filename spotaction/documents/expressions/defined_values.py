"""The names that documents define for expressions, such as `service.name`, with their values."""

from collections.abc import Iterator, Mapping

from spotaction.documents.accessors import as_mapping, value_at
from spotaction.documents.service import INFRASTRUCTURE, variables_of
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonValue

PIPELINE_PARTS = ("pipeline", "stage", "execution")
CONNECTOR: Path = ("infra", "connectorRef")
_PARTS: Mapping[str, Path] = {
    "pipeline": ("pipeline",),
    "stage": ("stage",),
    "execution": ("execution",),
    "service": ("service",),
    "infra": INFRASTRUCTURE,
}
_OWNERS = {"projectIdentifier": "project", "orgIdentifier": "org"}


def defined_values(value: JsonValue) -> Iterator[tuple[Path, JsonValue]]:
    """Yield the names that a document defines, as paths, with their values; expressions in these stay as they are.

    The variables of `pipeline`, `stage` and `execution` are mappings, those of a service are a list, as in Harness.
    """
    yield from _stated_values(value)
    service, infrastructure = value_at(value, ("service",)), value_at(value, INFRASTRUCTURE)
    for root, inner in (("service", service), ("infra", infrastructure)):
        for key in ("identifier", "name"):
            stated = value_at(inner, (key,)) or value_at(inner, ("identifier",))
            if stated is not None:
                yield (root, key), stated
    for path, stated in (
        (("service", "type"), value_at(service, ("serviceDefinition", "type"))),
        (("infra", "infraIdentifier"), value_at(infrastructure, ("identifier",))),
        (CONNECTOR, value_at(infrastructure, ("spec", "connectorRef"))),
        (("env", "identifier"), value_at(infrastructure, ("environmentRef",))),
        (("env", "name"), value_at(infrastructure, ("environmentRef",))),
    ):
        if stated is not None:
            yield path, stated
    for name, variable in variables_of(value).items():
        yield ("service", "variables", name), variable
        yield ("serviceVariables", name), variable


def _stated_values(value: JsonValue) -> Iterator[tuple[Path, JsonValue]]:
    """What the parts of every kind of document state alike: project, organization, description, tags; and variables."""
    for root, path in _PARTS.items():
        part = as_mapping(value_at(value, path))
        for key, name in _OWNERS.items():
            if part.get(key) is not None:
                yield (name, "identifier"), part[key]
        if part.get("description"):
            yield (root, "description"), part["description"]
        for key, tag in as_mapping(part.get("tags")).items():
            yield (root, "tags", key), tag
        if root in PIPELINE_PARTS:
            for key in ("identifier", "name", "type"):
                if part.get(key) is not None:
                    yield (root, key), part[key]
            for name, variable in as_mapping(part.get("variables")).items():
                yield (root, "variables", name), variable
