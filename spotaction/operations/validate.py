"""The operation `validate` for single files: every problem of a document, without a run and without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from spotaction.documents.accessors import as_items
from spotaction.documents.definitions import check_documents
from spotaction.documents.elastigroup.misplaced import looks_like_group
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.expressions.resolver import resolve_fields
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    WorkflowValues,
    resolve_documents,
)
from spotaction.documents.input_sets import INPUT_SET, OVERLAY, read_variables
from spotaction.documents.policy_file import rule_problems
from spotaction.documents.source import Document, check_document, read_document
from spotaction.documents.unsupported import other_kind
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue
from spotaction.pipeline.harness import Source, convert_document, stated_by
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.stages import stage_names
from spotaction.pipeline.unsupported_steps import schema_problems

#: What a run knows stays open: its inputs, its event, and the documents that are not at hand.
OFFLINE = WorkflowValues(deferred=SERVICE_NAMES | INFRASTRUCTURE_NAMES, is_offline=True)
# The first level of a document shows its kind; the schemas allow no key of another kind there.
_KINDS: Mapping[str, str] = {
    "service": "service",
    "infrastructureDefinition": "infrastructure",
    "group": "elastigroup",
    "execution": "execution",
    "stage": "execution",
    "pipeline": "execution",
    "snapshot": "deployment",
    "elastigroups": "scenario",
    "rules": "policy",
    INPUT_SET: "variables",
    OVERLAY: "variables",
}
#: The inputs of the action that documents of these kinds are for, as parameters of `check_documents`.
_INPUTS: Mapping[str, str] = {
    "service": "service",
    "infrastructure": "infrastructure",
    "elastigroup": "elastigroup_config",
    "script": "startup_script",
}
_DEFINED: Mapping[str, frozenset[str]] = {
    "service": SERVICE_NAMES - INFRASTRUCTURE_NAMES,
    "infrastructure": INFRASTRUCTURE_NAMES - SERVICE_NAMES,
}
_SCRIPTS = (".sh", ".bash", ".ps1")


@dataclass(frozen=True)
class FileReport:
    """The problems of a file, its warnings, and what is worth knowing of how it is read, each in the order of lines.

    `kind` is the kind of document that it was checked as, empty if that is not known.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    kind: str = ""


def check_file(file: str) -> FileReport:
    """Check a file, and the files that it names, as the action does; the working folder is the repository's root.

    Values that only a run or another document gives are assumed to fit.
    """
    workspace, roots = Path.cwd(), _folder_of(file)
    kind, document = "script", Document(file, "", {})
    if not file.endswith(_SCRIPTS):
        try:
            document = read_document(file, workspace=workspace, roots=roots)
        except InvalidError as error:
            return FileReport(tuple(_with_place(problem, file) for problem in error.problems))
        kind = kind_of(document.value) or ""
    return replace(_check_kind(kind, document, file, workspace, roots), kind=kind)


def _check_kind(kind: str, document: Document, file: str, workspace: Path, roots: tuple[Path, ...]) -> FileReport:
    if kind in _INPUTS:
        given = replace(OFFLINE, deferred=OFFLINE.deferred - _DEFINED.get(kind, frozenset()))
        checked = check_documents(**{_INPUTS[kind]: file}, workspace=workspace, roots=roots, given=given)
        return FileReport(
            tuple(_with_place(problem, file) for problem in checked.problems), checked.warnings, checked.notes
        )
    if kind == "variables":
        return FileReport(_variables_problems(file, workspace, roots))
    if kind == "execution":
        return FileReport(check_execution(document, workspace=workspace))
    if kind == "checks":
        return FileReport(check_release_checks(document))
    if kind == "policy":
        return FileReport(rule_problems(document))
    return FileReport(check_document(document, kind) if kind else (_unknown_kind(document),))


def _folder_of(file: str) -> tuple[Path, ...]:
    """The folder of a file; none for a loop of symbolic links, which is a problem of its own."""
    try:
        return (Path(file).resolve().parent,)
    except (OSError, RuntimeError):
        return ()


def kind_of(value: JsonValue) -> str | None:
    """The name of the schema for a document, by its top-level keys; a list of mappings is one of checks.

    An Elastigroup whose key `group` is missing is still one. None for all others.
    """
    if not isinstance(value, Mapping):
        return "checks" if any(isinstance(each, Mapping) for each in as_items(value)) else None
    kind = next((kind for key, kind in _KINDS.items() if key in value), None)
    return kind or ("elastigroup" if looks_like_group(value) else None)


def check_release_checks(document: Document) -> tuple[Problem, ...]:
    """Return every problem of a list of checks; which steps there are, only a deployment knows."""
    from spotaction.checks.document import parse_checks  # noqa: PLC0415 - other documents do without checks

    resolved, problems = resolve_fields(document, resolve_documents(None, None, OFFLINE).context)
    if problems or has_unresolved(resolved.value):
        return (*problems, *check_document(document, "checks"))
    try:
        parse_checks(resolved)
    except InvalidError as error:
        return error.problems
    return ()


def check_execution(document: Document, *, workspace: Path) -> tuple[Problem, ...]:
    """Return every problem of an execution document; of a pipeline, those of each stage that deploys an Elastigroup."""
    problems = dict.fromkeys(schema_problems(document))
    for stage in () if problems else stage_names(DocumentReader(document)) or ("",):
        try:
            convert_document(document, Source(workspace, _offline_context(document, stage)), stage=stage)
        except InvalidError as error:
            problems |= dict.fromkeys(error.problems)
    return tuple(problems)


def _offline_context(document: Document, stage: str) -> Context:
    return resolve_documents(None, None, replace(OFFLINE, pipeline=stated_by(document, stage))).context


def _variables_problems(file: str, workspace: Path, roots: tuple[Path, ...]) -> tuple[Problem, ...]:
    try:
        read_variables(file, workspace=workspace, roots=roots)
    except InvalidError as error:
        return error.problems
    return ()


def _unknown_kind(document: Document) -> Problem:
    hint = f"expected one of these keys at the top level: {', '.join(_KINDS)}; or a list of checks"
    place = SourceLocation(document.name)
    return other_kind(document) or Problem("unknown kind of document", place=place, hint=hint)


def _with_place(problem: Problem, file: str) -> Problem:
    """A file that cannot be read has no lines; its problems are reported at the first one."""
    return problem if problem.place else Problem(problem.message, place=SourceLocation(file), hint=problem.hint)
