"""Reads and checks service, infrastructure and Elastigroup config of a deployment together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spotaction.documents.accessors import as_plain_text, picked
from spotaction.documents.elastigroup.aws_rules import MAX_USER_DATA
from spotaction.documents.elastigroup.checks import CheckedElastigroup, check_elastigroup
from spotaction.documents.elastigroup.config import READ_EARLY, ElastigroupConfig, config_of
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_fields, with_origins
from spotaction.documents.expressions.scope import ResolvedDocuments, WorkflowValues, before_artifact, with_artifact
from spotaction.documents.loader import Loader
from spotaction.documents.problems import Finding, by_place
from spotaction.documents.service import (
    SOURCES,
    Infrastructure,
    Service,
    check_service,
    infrastructure_of,
    primary_index,
    service_of,
)
from spotaction.documents.source import Document
from spotaction.documents.tree import dotted_path
from spotaction.documents.unsupported import check_definition
from spotaction.documents.wording import redact_problems
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonObject

_ANY_TEXT = frozenset({"description", "tagValue"})  # an empty one, too


@dataclass(frozen=True)
class Definitions:
    """The documents of a deployment as values. `startup_script` is its text, `used_secrets` are names.

    `service` is None where the AMI was given by its id, `infrastructure` where the config was given by its path.

    Expressions on the artifact are not resolved in `config` and `startup_script` before `with_image`. `context`
    resolves other inputs, such as `app-name`. `originals` are config and script as they were written. `warnings` are
    those on all documents, `sources` service and infrastructure as they were resolved.
    """

    service: Service | None
    infrastructure: Infrastructure | None
    config: ElastigroupConfig
    startup_script: str | None = field(repr=False)
    used_secrets: frozenset[str]
    context: Context = field(repr=False)
    originals: tuple[Document, Document | None] = field(repr=False, compare=False)
    warnings: tuple[Problem, ...] = ()
    sources: tuple[Document | None, Document | None] = field(default=(None, None), repr=False, compare=False)


@dataclass(frozen=True)
class CheckedDocuments:
    """The problems of documents, the warnings on them, and notes on how their values are read."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def load_definitions(
    *,
    service: str,
    infrastructure: str,
    elastigroup_config: str = "",
    startup_script: str = "",
    workspace: Path,
    roots: Sequence[Path] = (),
    given: WorkflowValues,
) -> Definitions:
    """Read, resolve and check all documents; raises `InvalidError` with the problems of all of them.

    Paths are relative to `workspace`; files below `roots` are allowed, too. A path in a Harness file store, such as
    `/spot/spot-cfg`, is looked up below the workspace, with and without `.json`, `.yaml` and `.yml`, unless
    `elastigroup_config` is the path of the config. `startup_script` is the path of a script instead of the service's.
    `given.environment` has `name`, `identifier`, `type` and `variables`.
    """
    loader = Loader(workspace, roots, given)
    documents = _checked_documents(loader, service, infrastructure)
    original = loader.read_config(documents.infrastructure, elastigroup_config)
    original_script = loader.read_script(documents.service, startup_script)
    config, script = _checked_config_and_script(loader, documents.context, original, original_script)
    if config is None and not loader.problems:
        hint = "set the input infrastructure, or elastigroup-config"
        loader.problems.append(Problem("no Elastigroup config was provided", "infrastructure", hint=hint))
    if loader.problems or original is None or config is None:
        raise InvalidError(redact_problems(loader.problems, given.secrets))
    values = config_of(config)
    definitions = Definitions(
        service=None if documents.service is None else service_of(documents.service),
        infrastructure=None if documents.infrastructure is None else infrastructure_of(documents.infrastructure),
        config=values,
        startup_script=None if script is None else as_plain_text(script.value),
        used_secrets=_used_secrets(documents.service, documents.infrastructure, config.document, script),
        context=documents.context,
        originals=(original, original_script),
        sources=(documents.service, documents.infrastructure),
        warnings=tuple(sorted(redact_problems([*loader.warnings, *values.warnings], given.secrets), key=by_place)),
    )
    problems = list(_other_region(documents.service, definitions)) if documents.service is not None else []
    if problems:
        raise InvalidError(problems)
    return definitions


def expression_context(
    *, service: str, infrastructure: str, workspace: Path, roots: Sequence[Path] = (), given: WorkflowValues
) -> Context:
    """Return what other inputs may look up in the two documents, where nothing is deployed.

    Raises `InvalidError` for a document that cannot be read; the documents are not checked.
    """
    loader = Loader(workspace, roots, given)
    context = loader.read_documents(service, infrastructure).context
    if loader.problems:
        raise InvalidError(redact_problems(loader.problems, given.secrets))
    return context


def check_documents(
    *,
    service: str = "",
    infrastructure: str = "",
    elastigroup_config: str = "",
    startup_script: str = "",
    workspace: Path,
    roots: Sequence[Path] = (),
    given: WorkflowValues,
) -> CheckedDocuments:
    """Check the documents that are set, with the files that they name, as `load_definitions` does for a deployment."""
    loader = Loader(workspace, roots, given)
    documents = _checked_documents(loader, service, infrastructure)
    config, script = (
        loader.read_config(documents.infrastructure, elastigroup_config),
        loader.read_script(documents.service, startup_script),
    )
    checked, _ = _checked_config_and_script(loader, documents.context, config, script)
    warnings = [*loader.warnings, *(checked.warnings if checked else ())]
    return CheckedDocuments(
        tuple(redact_problems(loader.problems, given.secrets)),
        tuple(sorted(redact_problems(warnings, given.secrets), key=by_place)),
        (checked.quoted,) if checked and checked.quoted else (),
    )


def with_image(definitions: Definitions, *, artifact: JsonObject) -> Definitions:
    """Return the definitions with the expressions on the artifact (`version`, `image`, …) resolved.

    Raises `InvalidError` with every problem that this leads to.
    """
    # Nothing becomes known after this: unresolved expressions are errors, and are not deployed as text.
    source = {} if definitions.service is None else {"identifier": definitions.service.primary.identifier}
    context = replace(with_artifact(definitions.context, {**source, **artifact}), deferred=frozenset())
    config, problems = _resolve_config(definitions.originals[0], context)
    script, more = _resolve_script(definitions.originals[1], context)
    if problems or more or config is None:
        raise InvalidError(redact_problems([*problems, *more], context.secrets))
    return replace(
        definitions,
        config=config_of(config),
        startup_script=None if script is None else as_plain_text(script.value),
        used_secrets=definitions.used_secrets | _used_secrets(config.document, script),
        context=context,
    )


def _checked_documents(loader: Loader, service: str, infrastructure: str) -> ResolvedDocuments:
    """Read service and infrastructure, and add their problems to `loader.problems`."""
    documents = loader.read_documents(service, infrastructure)
    loader.warnings += documents.warnings
    in_service = list(_check_resolved(documents.service, "service", documents.problems))
    if documents.service is not None and not in_service:
        in_service += check_service(documents.service, artifact_version=loader.given.artifact_version)
    found = [*in_service, *_check_resolved(documents.infrastructure, "infrastructure", documents.problems)]
    loader.problems += with_origins(found, documents.context)
    return documents


def _checked_config_and_script(
    loader: Loader, context: Context, config: Document | None, script: Document | None
) -> tuple[CheckedElastigroup | None, Document | None]:
    """Resolve the expressions of both, and add their problems to `loader.problems`."""
    resolved, problems = _resolve_config(config, context)
    resolved_script, more = _resolve_script(script, before_artifact(context))
    loader.problems += [*problems, *more]
    return resolved, resolved_script


def _check_resolved(document: Document | None, schema: str, unresolved: Sequence[Problem]) -> Iterator[Problem]:
    """The problems of a resolved document."""
    if document is not None:
        yield from _joined_problems(document, check_definition(document, schema), unresolved)


def _joined_problems(document: Document, found: Sequence[Problem], unresolved: Sequence[Problem]) -> Iterator[Problem]:
    """The problems of a document and of its expressions; a value that could not be resolved is reported only once."""
    foreign = _misplaced_keys(document, found)
    mine = [each for each in unresolved if each.place is None or each.place.file == document.name]
    mine = [each for each in mine if not any(_is_below(each.subject, key) for key in foreign)]
    yield from mine
    subjects = {problem.subject for problem in mine}
    yield from (problem for problem in found if problem.subject not in subjects)


def _misplaced_keys(document: Document, found: Sequence[Problem]) -> list[str]:
    """The unknown keys; expressions below them need not be resolved."""
    keys = {(dotted_path(path), place) for path, place in document.key_marks.items()}
    return [problem.subject for problem in found if (problem.subject, problem.place) in keys]


def _is_below(subject: str, key: str) -> bool:
    return subject == key or subject.startswith((f"{key}.", f"{key}["))


def _resolve_config(document: Document | None, context: Context) -> tuple[CheckedElastigroup | None, list[Problem]]:
    """Resolve and check an Elastigroup config; returns it with its problems.

    Values that are needed before the AMI is known must not contain expressions on the artifact.
    """
    if document is None:
        return None, []
    resolved, unresolved = resolve_fields(
        document, before_artifact(context), unchecked=lambda path: path[-1] in _ANY_TEXT
    )
    early = replace(document, value=picked(document.value, READ_EARLY))
    unresolved = (*unresolved, *resolve_fields(early, context)[1])
    checked = check_elastigroup(resolved, document.value)
    return checked, list(_joined_problems(resolved, checked.problems, sorted(set(unresolved), key=by_place)))


def _resolve_script(document: Document | None, context: Context) -> tuple[Document | None, list[Problem]]:
    """Resolve a start-up script, which is the document's value; returns it with its problems."""
    if document is None:
        return None, []
    resolved, problems = resolve_expressions(document, context)
    if str(document.value).strip() and not str(resolved.value).strip():
        message = "the start-up script resolves to an empty value"
        return resolved, [
            *problems,
            Problem(message, place=document.location_of(()), hint="set a value, or remove it"),
        ]
    size = len(str(resolved.value).encode())
    if size > MAX_USER_DATA:
        message = f"the start-up script has {size} bytes; EC2 allows {MAX_USER_DATA}"
        return resolved, [
            *problems,
            Problem(message, place=document.location_of(()), hint="download the rest at start-up"),
        ]
    return resolved, list(problems)


def _other_region(document: Document, definitions: Definitions) -> Iterator[Problem]:
    """An AMI exists in one region, and a group can only use AMIs of its own region."""
    assert definitions.service is not None
    mine, theirs = definitions.service.primary.region, definitions.config.region
    if theirs is not None and mine != theirs:
        path = (*SOURCES, primary_index(document) or 0, "spec", "region")
        message = f"the AMI is in {mine}, but the Elastigroup is in {theirs}"
        yield Finding(path, message, "copy the AMI to that region, or correct one of them").locate(document)


def _used_secrets(*documents: Document | None) -> frozenset[str]:
    return frozenset[str]().union(*(document.used_secrets for document in documents if document is not None))
