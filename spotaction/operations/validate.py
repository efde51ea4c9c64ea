"""The operation `validate` for single files: every problem of a document, without a network."""

from collections.abc import Mapping
from pathlib import Path

from spotaction.documents.elastigroup_rules import check_group
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


def find_problems(file: str) -> tuple[Problem, ...]:
    """Every problem of a file, in the order of its lines; expressions are assumed to have values that fit."""
    try:
        document = read_document(file, workspace=Path.cwd(), roots=(Path(file).resolve().parent,))
    except InvalidError as error:
        return tuple(_with_place(problem, file) for problem in error.problems)
    kind = kind_of(document.value)
    if kind is None:
        hint = f"its first key is one of {', '.join(_KINDS)}"
        return (Problem("is not a document of this action", place=SourceLocation(file), hint=hint),)
    if kind == "execution":
        return tuple(schema_problems(document))
    if kind == "policy":
        return rule_problems(document)
    problems = check_document(document, kind)
    return problems or (check_group(document) if kind == "elastigroup" else ())


def kind_of(value: JsonValue) -> str | None:
    """The name of the schema for a document, by its top-level keys; None when no schema is for it."""
    if not isinstance(value, Mapping):
        return None
    return next((kind for key, kind in _KINDS.items() if key in value), None)


def _with_place(problem: Problem, file: str) -> Problem:
    """A file that cannot be read has no lines; its problems are reported at the first one."""
    return problem if problem.place else Problem(problem.message, place=SourceLocation(file), hint=problem.hint)
