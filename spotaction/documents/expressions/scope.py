"""Builds the context of a deployment's expressions from its documents and from the values of the workflow."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.defined_values import CONNECTOR, PIPELINE_PARTS, defined_values
from spotaction.documents.expressions.known_names import SETTABLE
from spotaction.documents.expressions.lookups import Context, as_text, has_unresolved
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_fields
from spotaction.documents.expressions.runtime_input import with_variable_defaults
from spotaction.documents.input_sets import GivenValue, InputSet
from spotaction.documents.service import PRIMARY, SOURCES, VARIABLES, primary_index
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem, SourceLocation
from spotaction.model.resources import JsonObject, JsonValue

MAX_ROUNDS = 10
ARTIFACT = frozenset({"artifact", "artifacts"})
SERVICE_NAMES = frozenset({"service", "serviceVariables", "INFRA_KEY"})
INFRASTRUCTURE_NAMES = frozenset({"infra", "env", "INFRA_KEY"})
_NOT_YET = "the AMI is resolved later; use artifact only in the Elastigroup config and the start-up script"
_TOO_LONG = f"more than {MAX_ROUNDS} variables in a row refer to each other"
_UNRESOLVED = "its own value could not be resolved, or refers back to it"
_NO_SERVICE = "no service was provided; set the input service to its YAML"
_NO_INFRASTRUCTURE = "no infrastructure was provided; set the input infrastructure to its YAML"
# An expression that is nothing but a name: no operator or condition may spare its look-up.
_PLAIN_NAME = re.compile(r"<\+\s*([\w.-]+)\s*>")
_NO_ENVIRONMENT = "no environment was provided; set the input environment or infrastructure"


@dataclass(frozen=True)
class WorkflowValues:
    """The values that a workflow provides besides the documents; secrets are by name.

    `pipeline` is what an execution document states about itself: `pipeline`, `stage` and `execution`, each with names,
    `tags` and `variables` as mappings, and their expressions unresolved. `run` are the values of the workflow run, by
    the first names of expressions; documents and `variables` take precedence.

    `places` are those of `variables` from a file. `input_set` answers runtime inputs of service and infrastructure,
    `answers` those of the execution document; `unused` are its values that answer none there.

    `deferred` are the names that a missing document would define; where nothing is deployed, they stay unresolved. If
    `is_offline`, so does all that only a run would give.
    """

    artifact_version: str = ""
    ami_id: str = ""
    variables: JsonObject = field(default_factory=dict)
    places: Mapping[str, SourceLocation] = field(default_factory=dict)
    input_set: InputSet = field(default_factory=InputSet)
    answers: Mapping[str, GivenValue] = field(default_factory=dict)
    unused: tuple[Problem, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    matrix: JsonObject = field(default_factory=dict)
    github: JsonObject = field(default_factory=dict)
    environment: JsonObject = field(default_factory=dict)
    pipeline: JsonObject = field(default_factory=dict)
    run: JsonObject = field(default_factory=dict)
    deferred: frozenset[str] = frozenset()
    is_offline: bool = False


@dataclass(frozen=True)
class ResolvedDocuments:
    """Service and infrastructure with their expressions resolved, and the context for all other documents."""

    service: Document | None
    infrastructure: Document | None
    context: Context
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def resolve_documents(
    service: Document | None, infrastructure: Document | None, given: WorkflowValues
) -> ResolvedDocuments:
    """Resolve both documents; each may refer to values of the other, and a variable to other variables.

    The original documents are resolved again until no further name gets a value, in at most 10 rounds. The names that
    a missing document (None) would define have no value, unless they are in `given.deferred`.
    """
    service = replace(service, value=with_variable_defaults(service.value)) if service is not None else None
    documents = (Document("", given.pipeline, {}), service, infrastructure)
    absent = {
        name: why for name, why in _missing_names(service, infrastructure, given).items() if name not in given.deferred
    }
    matched = [given.input_set.match(document) for document in (service, infrastructure)]
    answers = {**given.answers, **matched[0][0], **matched[1][0]}
    base = replace(
        _build_context(service, given, answers),
        deferred=given.deferred,
        absent=absent,
        runtime_names=frozenset(_runtime_names(documents)),
    )
    known: dict[Path, JsonValue] = {}
    for _ in range(MAX_ROUNDS):
        context = replace(
            base, roots=_build_roots(known, given), deferred=given.deferred | _open_names(documents, known)
        )
        found = dict(_resolved_values(documents, context))
        if found.keys() == known.keys():
            reason = _UNRESOLVED
            break
        known = found
    else:
        reason = _TOO_LONG
    unresolved = {
        name: f"set '{name.rpartition('.')[2]}' in the input variables" if name in base.runtime_names else reason
        for name in _open_names(documents, known)
    }
    context = replace(base, roots=_build_roots(known, given), absent={**unresolved, **absent})
    if given.is_offline:  # the run may give values to all but those in a circle
        circular = _circular_names(documents, unresolved.keys())
        context = replace(
            context,
            deferred=given.deferred | (unresolved.keys() - circular),
            absent={**dict.fromkeys(circular, _UNRESOLVED), **absent},
        )
    resolved = [
        resolve_fields(document, context, unchecked=_is_variable, verbatim=_is_inline_content)
        if document is not None
        else (None, ())
        for document in (service, infrastructure)
    ]
    problems = (*_without_unused_sources(resolved[0][1], resolved[0][0]), *resolved[1][1])
    unused = (*given.unused, *matched[0][1], *matched[1][1])
    return ResolvedDocuments(resolved[0][0], resolved[1][0], context, problems, unused)


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


def _build_context(service: Document | None, given: WorkflowValues, answers: Mapping[str, GivenValue]) -> Context:
    own = dict(_runtime_values(service, given))
    places = {**given.places, **{path: each.place for path, each in answers.items()}}
    return Context(
        secrets=given.secrets,
        runtime_values={**given.variables, **{path: each.value for path, each in answers.items()}, **own},
        runtime_places={path: place for path, place in places.items() if path not in own},
        runtime_hints=dict(_runtime_hints(service)),
        is_offline=given.is_offline,
    )


def _build_roots(known: Mapping[Path, JsonValue], given: WorkflowValues) -> dict[str, JsonValue]:
    """The values of all names: documents take precedence over the input variables, and these over the run."""
    environment = {key: value for key, value in given.environment.items() if value not in ("", None)}
    stated = _merge(_nest({("env", key): value for key, value in environment.items()}), _nest(known))
    provided = _merge(stated, _nest(dict(_settings(given.variables))))
    roots = _merge(provided, given.run)
    for owner in ("project", "org"):  # the run's name is that of the run's identifier only
        identifier = value_at(provided, (owner, "identifier"))
        if identifier is not None and value_at(provided, (owner, "name")) is None:
            roots[owner] = {**as_mapping(roots.get(owner)), "name": identifier}
    if environment.get("name") and value_at(roots, ("env", "identifier")) is None:
        roots["env"] = {**as_mapping(roots.get("env")), "identifier": environment["name"]}
    for owner in (*PIPELINE_PARTS, "env"):
        declared = as_mapping(value_at(roots, (owner, "variables")))
        roots[owner] = {**as_mapping(roots.get(owner)), "variables": {**declared, **given.variables}}
    service = as_mapping(roots.get("service"))
    account, org = ({**given.variables, **as_mapping(value_at(roots, ("variable", key)))} for key in ("account", "org"))
    return {
        **roots,
        "service": {"variables": {}, **service},
        "serviceVariables": {**as_mapping(roots.get("serviceVariables")), **as_mapping(environment.get("variables"))},
        "variable": {**given.variables, **as_mapping(roots.get("variable")), "account": account, "org": org},
        "variables": given.variables,
        "matrix": given.matrix,
        "github": given.github,
        **dict(_infrastructure_key(roots)),
    }


def _settings(variables: JsonObject) -> Iterator[tuple[Path, JsonValue]]:
    """The variables that set the value of a known name, such as `project.identifier`, by path."""
    for name, value in variables.items():
        path = tuple(name.split("."))
        if path[0] in SETTABLE and (len(path) > 1 or isinstance(value, Mapping)):
            yield path, value


def _nest(values: Mapping[Path, JsonValue]) -> dict[str, JsonValue]:
    """The values as nested mappings; a shorter path precedes the longer ones that begin with it."""
    found: dict[str, JsonValue] = {}
    for path, value in sorted(values.items(), key=lambda each: len(each[0])):
        nested: JsonValue = value
        for part in reversed(path):
            nested = {str(part): nested}
        found = _merge(found, as_mapping(nested))
    return found


def _merge(first: JsonObject, second: JsonObject) -> dict[str, JsonValue]:
    """Both together; where they differ, `first` counts."""
    merged = {**second, **first}
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            merged[key] = _merge(one, other)
    return merged


def _infrastructure_key(roots: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    """The key that Harness computes from service, environment and connector; none where one of them is not known."""
    names = [value_at(roots, path) for path in (("service", "identifier"), ("env", "identifier"), CONNECTOR)]
    if all(isinstance(name, str) for name in names):
        joined = "-".join(map(as_text, names))
        yield "INFRA_KEY", hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def _missing_names(service: Document | None, infrastructure: Document | None, given: WorkflowValues) -> dict[str, str]:
    """The names that have no value before the image is known, each with the reason."""
    absent = dict.fromkeys(ARTIFACT, _NOT_YET)
    if service is None:
        absent |= dict.fromkeys(SERVICE_NAMES, _NO_SERVICE)
    if infrastructure is None:
        absent |= dict.fromkeys(INFRASTRUCTURE_NAMES - {"env"}, _NO_INFRASTRUCTURE)
        absent |= (
            {} if any(given.environment.values()) else dict.fromkeys(("env.name", "env.identifier"), _NO_ENVIRONMENT)
        )
    return absent


def _open_names(documents: tuple[Document | None, ...], known: Mapping[Path, JsonValue]) -> frozenset[str]:
    """The names that the documents define, but that have no value yet."""
    defined = {name for document in documents if document is not None for name, _ in defined_values(document.value)}
    return frozenset(".".join(map(str, name)) for name in defined - known.keys())


def _circular_names(documents: tuple[Document | None, ...], names: Collection[str]) -> frozenset[str]:
    """Those of the names whose values refer back to themselves, directly or through others, whatever a run gives."""
    references: dict[str, set[str]] = {}
    for document in documents:
        for path, value in defined_values(document.value if document is not None else None):
            name = ".".join(map(str, path))
            if name in names and isinstance(value, str) and "<+" not in _PLAIN_NAME.sub("", value):
                references.setdefault(name, set(_PLAIN_NAME.findall(value)))
    while ends := [name for name, others in references.items() if not others & references.keys()]:
        for name in ends:
            del references[name]
    return frozenset(references)


def _runtime_names(documents: tuple[Document | None, ...]) -> Iterator[str]:
    """The names whose value a document leaves to the run, as `<+input>`."""
    for document in documents:
        for name, value in defined_values(document.value if document is not None else None):
            if isinstance(value, str) and value.lstrip().startswith("<+input"):
                yield ".".join(map(str, name))


def _resolved_values(documents: tuple[Document | None, ...], context: Context) -> Iterator[tuple[Path, JsonValue]]:
    """The names that the documents define, with their values, as far as those are resolved; the first one counts."""
    found: dict[Path, JsonValue] = {}
    for document in documents:
        if document is not None:
            for name, value in defined_values(resolve_expressions(document, context)[0].value):
                if not has_unresolved(value):
                    found.setdefault(name, value)
    yield from found.items()


def _runtime_values(service: Document | None, given: WorkflowValues) -> Iterator[tuple[str, JsonValue]]:
    """The values of the runtime inputs that an input of the action is made for, by path.

    The input `ami-id` replaces the look-up of an artifact source, so that it also answers the source's runtime inputs.
    """
    value = service.value if service is not None else None
    sources = [as_plain_text(value_at(each, ("identifier",))) for each in as_items(value_at(value, SOURCES))]
    path = dotted_path((*PRIMARY, "primaryArtifactRef"))
    named = given.variables.keys() & {path, "primaryArtifactRef"}
    if not named and sources and (len(sources) == 1 or given.ami_id):
        yield path, sources[0]
    for index, _ in enumerate(sources):
        for key in ("version", "versionRegex"):
            if version := given.artifact_version or given.ami_id:
                yield dotted_path((*SOURCES, index, "spec", key)), version
    for index, each in enumerate(as_items(value_at(value, VARIABLES))):
        if (name := as_plain_text(value_at(each, ("name",)))) in given.variables:
            yield dotted_path((*VARIABLES, index, "value")), given.variables[name]


def _runtime_hints(service: Document | None) -> Iterator[tuple[str, str]]:
    value = service.value if service is not None else None
    yield dotted_path((*PRIMARY, "primaryArtifactRef")), "set 'primaryArtifactRef' in the input variables"
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
