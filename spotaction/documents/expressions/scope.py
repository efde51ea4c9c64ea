"""Builds the context of a deployment's expressions from its documents and from the values of the workflow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_fields
from spotaction.documents.service import INFRASTRUCTURE, PRIMARY, SOURCES, VARIABLES, primary_index, variables_of
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonObject, JsonValue

MAX_ROUNDS = 10
ARTIFACT = frozenset({"artifact", "artifacts"})
SERVICE_NAMES, INFRASTRUCTURE_NAMES = frozenset({"service", "serviceVariables"}), frozenset({"infra", "env"})
_NOT_YET = "the AMI is resolved later; use artifact only in the Elastigroup config and the start-up script"
_NO_SERVICE = "no service was provided; set the input service to its YAML"
_NO_INFRASTRUCTURE = "no infrastructure was provided; set the input infrastructure to its YAML"
_NO_ENVIRONMENT = "no environment was provided; set the input environment or infrastructure"


@dataclass(frozen=True)
class WorkflowValues:
    """The values that a workflow provides besides the documents; secrets are by name.

    `deferred` are the names that a missing document would define; where nothing is deployed, they stay unresolved.
    """

    artifact_version: str = ""
    artifact_source: str = ""
    ami_id: str = ""
    variables: JsonObject = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    matrix: JsonObject = field(default_factory=dict)
    github: JsonObject = field(default_factory=dict)
    environment: JsonObject = field(default_factory=dict)
    deferred: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResolvedDocuments:
    """Service and infrastructure with their expressions resolved, and the context for all other documents."""

    service: Document | None
    infrastructure: Document | None
    context: Context
    problems: tuple[Problem, ...]


def resolve_documents(
    service: Document | None, infrastructure: Document | None, given: WorkflowValues
) -> ResolvedDocuments:
    """Resolve both documents; each may refer to values of the other, and a variable to other variables.

    The original documents are resolved again until no further name gets a value, in at most 10 rounds. The names that
    a missing document (None) would define have no value, unless they are in `given.deferred`.
    """
    documents = (service, infrastructure)
    absent = {name: why for name, why in _missing_names(documents, given).items() if name not in given.deferred}
    base = replace(_build_context(service, given), deferred=given.deferred, absent=absent)
    known: dict[str, JsonValue] = {}
    for _ in range(MAX_ROUNDS):
        context = replace(
            base, roots=_build_roots(known, given), deferred=given.deferred | (_defined_names(documents) - known.keys())
        )
        found = dict(_resolved_values(documents, context))
        if found.keys() == known.keys():
            break
        known = found
    context = replace(base, roots=_build_roots(known, given))
    resolved = [
        resolve_fields(document, context, unchecked=_is_variable, verbatim=_is_inline_content)
        if document is not None
        else (None, ())
        for document in documents
    ]
    problems = (*_without_unused_sources(resolved[0][1], resolved[0][0]), *resolved[1][1])
    return ResolvedDocuments(resolved[0][0], resolved[1][0], context, problems)


def before_artifact(context: Context) -> Context:
    """Return the context in which `<+artifact.…>` stays unresolved; the document is resolved again later."""
    absent = {name: why for name, why in context.absent.items() if name not in ARTIFACT}
    return replace(context, deferred=context.deferred | (ARTIFACT & context.absent.keys()), absent=absent)


def with_artifact(context: Context, artifact: JsonObject) -> Context:
    """Return the context with the artifact as `<+artifact.…>` and, as in Harness, as `<+artifacts.primary.…>`."""
    roots = {**context.roots, "artifact": artifact, "artifacts": {"primary": artifact}}
    absent = {name: why for name, why in context.absent.items() if name not in ARTIFACT}
    return replace(context, roots=roots, absent=absent)


def _is_variable(path: Path) -> bool:
    """Whether a path is that of a variable, whose value is checked where it is used."""
    return path[: len(VARIABLES)] == VARIABLES


def _is_inline_content(path: Path) -> bool:
    """Whether a path is that of an inline script or config, which is resolved as a document of its own."""
    return path[-3:] == ("store", "spec", "content")


def _build_context(service: Document | None, given: WorkflowValues) -> Context:
    return Context(
        secrets=given.secrets,
        runtime_values={**given.variables, **dict(_runtime_values(service, given))},
        runtime_hints=dict(_runtime_hints(service)),
    )


def _build_roots(known: Mapping[str, JsonValue], given: WorkflowValues) -> dict[str, JsonValue]:
    def under(prefix: str) -> dict[str, JsonValue]:
        return {name.removeprefix(prefix): value for name, value in known.items() if name.startswith(prefix)}

    environment = {key: value for key, value in given.environment.items() if value not in ("", None)}
    variables = under("serviceVariables.")
    shared = {"variables": given.variables}
    return {
        "service": {key: value for key, value in under("service.").items() if "." not in key}
        | {"variables": variables},
        "serviceVariables": {**variables, **as_mapping(environment.get("variables"))},
        "infra": under("infra."),
        "env": {**under("env."), "variables": {}, **environment},
        "variables": given.variables,
        "stage": shared,
        "pipeline": shared,
        "matrix": given.matrix,
        "github": given.github,
    }


def _missing_names(documents: tuple[Document | None, Document | None], given: WorkflowValues) -> dict[str, str]:
    """The names that have no value before the image is known, each with the reason."""
    service, infrastructure = documents
    absent = dict.fromkeys(ARTIFACT, _NOT_YET)
    if service is None:
        absent |= dict.fromkeys(SERVICE_NAMES, _NO_SERVICE)
    if infrastructure is None:
        absent["infra"] = _NO_INFRASTRUCTURE
        absent |= {} if any(given.environment.values()) else {"env": _NO_ENVIRONMENT}
    return absent


def _defined_names(documents: tuple[Document | None, Document | None]) -> frozenset[str]:
    """The names that the documents define."""
    return frozenset(
        name for document in documents if document is not None for name, _ in _defined_values(document.value)
    )


def _resolved_values(
    documents: tuple[Document | None, Document | None], context: Context
) -> Iterator[tuple[str, JsonValue]]:
    """The names that the documents define, with their values, as far as those are resolved."""
    for document in documents:
        if document is not None:
            stated = _defined_values(resolve_expressions(document, context)[0].value)
            yield from ((name, value) for name, value in stated if not has_unresolved(value))


def _defined_values(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    service, infrastructure = value_at(value, ("service",)), value_at(value, INFRASTRUCTURE)
    for root, inner in (("service", service), ("infra", infrastructure)):
        for key in ("identifier", "name"):
            stated = value_at(inner, (key,)) or value_at(inner, ("identifier",))
            if stated is not None:
                yield f"{root}.{key}", stated
    if (environment := value_at(infrastructure, ("environmentRef",))) is not None:
        yield from (("env.identifier", environment), ("env.name", environment))
    for name, variable in variables_of(value).items():
        yield f"service.variables.{name}", variable
        yield f"serviceVariables.{name}", variable


def _runtime_values(service: Document | None, given: WorkflowValues) -> Iterator[tuple[str, JsonValue]]:
    """The values of the runtime inputs that an input of the action is made for, by path.

    The input `ami-id` replaces the look-up of an artifact source, so that it also answers the source's runtime inputs.
    """
    value = service.value if service is not None else None
    sources = [as_plain_text(value_at(each, ("identifier",))) for each in as_items(value_at(value, SOURCES))]
    reference = given.artifact_source or (sources[0] if len(sources) == 1 or (sources and given.ami_id) else "")
    if reference:
        yield dotted_path((*PRIMARY, "primaryArtifactRef")), reference
    for index, _ in enumerate(sources):
        for key in ("version", "versionRegex"):
            if version := given.artifact_version or given.ami_id:
                yield dotted_path((*SOURCES, index, "spec", key)), version
    for index, each in enumerate(as_items(value_at(value, VARIABLES))):
        if (name := as_plain_text(value_at(each, ("name",)))) in given.variables:
            yield dotted_path((*VARIABLES, index, "value")), given.variables[name]


def _runtime_hints(service: Document | None) -> Iterator[tuple[str, str]]:
    value = service.value if service is not None else None
    yield dotted_path((*PRIMARY, "primaryArtifactRef")), "set the input artifact-source"
    for index, _ in enumerate(as_items(value_at(value, SOURCES))):
        for key in ("version", "versionRegex"):
            yield dotted_path((*SOURCES, index, "spec", key)), "set the input artifact-version"
    for index, each in enumerate(as_items(value_at(value, VARIABLES))):
        yield (
            dotted_path((*VARIABLES, index, "value")),
            f"set '{as_plain_text(value_at(each, ('name',)))}' in the input variables",
        )


def _without_unused_sources(problems: tuple[Problem, ...], service: Document | None) -> Iterator[Problem]:
    """Leave out the problems of artifact sources that are not deployed: their runtime inputs need no value."""
    primary = primary_index(service) if service is not None else None
    for problem in problems:
        index = problem.subject.removeprefix(f"{dotted_path(SOURCES)}[").partition("]")[0]
        if primary is None or not index.isdecimal() or int(index) == primary:
            yield problem
