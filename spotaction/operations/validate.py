"""The operation `validate` for single files: every problem of a document, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spotaction.documents.elastigroup.checks import check_elastigroup_alone
from spotaction.documents.policy_file import rule_problems
from spotaction.documents.source import check_document, read_document
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue
from spotaction.pipeline.unsupported_steps import schema_problems

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
}


@dataclass(frozen=True)
class FileReport:
    """The problems of a file, its warnings, and what is worth knowing of how it is read, each in the order of lines."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def check_file(file: str) -> FileReport:
    """Check a file; expressions are assumed to have values that fit."""
    try:
        document = read_document(file, workspace=Path.cwd(), roots=(Path(file).resolve().parent,))
    except InvalidError as error:
        return FileReport(tuple(_with_place(problem, file) for problem in error.problems))
    kind = kind_of(document.value)
    if kind is None:
        hint = f"its first key is one of {', '.join(_KINDS)}"
        return FileReport((Problem("is not a document of this action", place=SourceLocation(file), hint=hint),))
    if kind == "elastigroup":
        checked = check_elastigroup_alone(document)
        notes = () if checked.quoted is None else (checked.quoted,)
        return FileReport(checked.problems, checked.warnings, notes)
    if kind == "execution":
        return FileReport(tuple(schema_problems(document)))
    if kind == "policy":
        return FileReport(rule_problems(document))
    return FileReport(check_document(document, kind))


def kind_of(value: JsonValue) -> str | None:
    """The name of the schema for a document, by its top-level keys; None when no schema is for it."""
    if not isinstance(value, Mapping):
        return None
    return next((kind for key, kind in _KINDS.items() if key in value), None)


def _with_place(problem: Problem, file: str) -> Problem:
    """A file that cannot be read has no lines; its problems are reported at the first one."""
    return problem if problem.place else Problem(problem.message, place=SourceLocation(file), hint=problem.hint)
