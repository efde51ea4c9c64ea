"""What service and infrastructure documents of Harness have that is not supported, with what to use instead."""

from collections.abc import Iterator, Mapping

from spotaction.documents.accessors import as_items, as_mapping, value_at
from spotaction.documents.service import INFRASTRUCTURE, SOURCES, SPEC
from spotaction.documents.source import Document, check_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

CONFIG_STORE: Path = (*INFRASTRUCTURE, "spec", "configuration", "store")
SCRIPT_STORE: Path = (*SPEC, "startupScript", "store")

_DOWNLOAD = "download the file in an earlier step of the job, and write type: Harness with its path in files"
_STORES: Mapping[str, str] = {
    **dict.fromkeys(("S3", "Gcs", "Http", "Artifactory", "OciHelmChart", "ArtifactBundle", "CustomRemote"), _DOWNLOAD),
    "InheritFromManifest": "write type: Harness with the path of the file in files",
}
_VARIABLES = "write its variables in the input variables"
#: Other documents of Harness by their first key: what they are, and what to use instead.
_KINDS: Mapping[str, tuple[str, str]] = {
    "template": ("a template", "replace the reference to the template with what is below its spec"),
    "inputSet": ("an input set", "pass it as the input variables: @PATH"),
    "overlayInputSet": ("an overlay of input sets", "pass it as the input variables: @PATH"),
    "environment": ("an environment", f"set the input environment to its name; {_VARIABLES}"),
    "overrides": ("an override", _VARIABLES),
    "serviceOverrides": ("a service override", _VARIABLES),
    "connector": ("a connector", "use the inputs role-to-assume, spot-account-id and spot-token"),
    "secret": ("a secret", "use the input secrets"),
    "trigger": ("a trigger", "write it as `on:` of the workflow"),
}


def check_definition(document: Document, schema: str) -> tuple[Problem, ...]:
    """Return the unsupported parts of a service or infrastructure, then the other problems of its schema."""
    other = other_kind(document)
    if other is not None:
        return (other,)
    refused = [*_unsupported_stores(document), *_artifact_templates(document)]
    reported = {problem.subject for problem in refused}
    reported |= {subject.removesuffix(".template") for subject in reported}
    return (*refused, *(each for each in check_document(document, schema) if each.subject not in reported))


def other_kind(document: Document) -> Problem | None:
    """Return the problem of another document of Harness, where this action has no document of that kind."""
    key = next(iter(as_mapping(document.value)), "")
    if key not in _KINDS:
        return None
    what, hint = _KINDS[key]
    return Problem(f"is {what} of Harness", key, document.key_place((key,)), hint)


def template_problem(document: Document, path: Path) -> Problem:
    """Return the problem of the `template` at a path: what it refers to is in Harness."""
    name = value_at(document.value, (*path, "templateRef"))
    named = f" '{name}'" if isinstance(name, str) else ""
    hint = "write the content of the template here, as it is below its spec"
    message = f"templates are not supported: the content of{named or ' it'} is in Harness"
    return Problem(message, dotted_path(path), document.key_place(path), hint)


def _unsupported_stores(document: Document) -> Iterator[Problem]:
    for store in (CONFIG_STORE, SCRIPT_STORE):
        path = (*store, "type")
        kind: JsonValue = value_at(document.value, path)
        if isinstance(kind, str) and kind in _STORES:
            message = f"stores of type {kind} are not supported"
            yield Problem(message, dotted_path(path), document.location_of(path), _STORES[kind])


def _artifact_templates(document: Document) -> Iterator[Problem]:
    for index, source in enumerate(as_items(value_at(document.value, SOURCES))):
        if "template" in as_mapping(source):
            yield template_problem(document, (*SOURCES, index, "template"))
