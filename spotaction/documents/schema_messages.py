"""Turns what a JSON Schema validator reports into messages that a person can act on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import (
    Finding,
    Violation,
    findings_of,
    join_choices,
    not_allowed,
    quote_value,
    wrong_type,
)
from spotaction.model.errors import Problem, SourceLocation

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_PROBLEMS = 500  # nobody reads more, and finding near words takes time


class LocatedDocument(Protocol):
    """What is asked of a document: where its values and keys stand."""

    def location_of(self, path: Path) -> SourceLocation:
        """Where a value stands."""
        ...

    def key_place(self, path: Path) -> SourceLocation:
        """Where the key of a value stands."""
        ...


def translate_errors(errors: "Iterable[ValidationError]", document: LocatedDocument) -> tuple[Problem, ...]:
    """One problem for each thing to change (at most 500), sorted by place, none twice."""
    found = [_to_violation(error) for error in islice(errors, MAX_PROBLEMS)]
    wrapper = next((key for violation in found if (key := _missing_wrapper(violation))), None)
    if wrapper is not None:
        hint = f"write everything in this document below '{wrapper}:'"
        return (Problem(f"'{wrapper}' is missing at the top", place=document.location_of(()), hint=hint),)
    told = list(islice((each for violation in found for each in _explain_violation(violation)), MAX_PROBLEMS))
    meant = {(each.path, each.finding.meant) for each in told}
    problems = {_to_problem(each, document) for each in told if not _is_misspelt(each, meant)}
    return tuple(sorted(problems, key=by_place))


def by_place(problem: Problem) -> tuple[SourceLocation, str, str]:
    """The order in which problems are listed."""
    return problem.place or SourceLocation(""), problem.subject, problem.message


def _to_violation(error: "ValidationError") -> Violation:
    steps = tuple(error.relative_schema_path)
    return Violation(
        keyword=str(error.validator),
        rule=error.validator_value,
        value=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        path=tuple(error.absolute_path),
        below=tuple(error.relative_path),
        message=error.message,
        branch=steps[0] if steps else None,
        of_key="propertyNames" in steps,
        alternatives=tuple(_to_violation(each) for each in error.context or ()),
    )


def _missing_wrapper(violation: Violation) -> str | None:
    """The top key under which a whole document belongs that was written without it."""
    if violation.path or violation.keyword != "required":
        return None
    given = set(violation.value)
    for key in violation.rule:
        inner = _resolve_reference(violation.schema.get("properties", {}).get(key, {}), violation.schema)
        if key not in given and given and len(given & inner.get("properties", {}).keys()) * 2 >= len(given):
            return str(key)
    return None


def _resolve_reference(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    target: Any = schema
    if str(schema.get("$ref", "")).startswith("#/"):
        target = root
        for part in str(schema["$ref"])[2:].split("/"):
            target = target.get(part, {})
    return target if isinstance(target, dict) else {}


@dataclass(frozen=True)
class _Told:
    """A finding about what stands at a path."""

    finding: Finding
    path: Path
    of_key: bool = False


def _explain_violation(violation: Violation) -> Iterator[_Told]:
    if violation.keyword in {"anyOf", "oneOf"}:
        yield from _explain_alternatives(violation)
        return
    path = (*violation.path, violation.value) if violation.of_key else violation.path
    for each in findings_of(violation):
        yield _Told(each, path, violation.of_key)


def _is_misspelt(told: _Told, meant: set[tuple[Path, str]]) -> bool:
    """Whether a key is missing only because it is misspelt, which is told where it stands."""
    return any((told.path, key) in meant for key in told.finding.missing)


def _to_problem(told: _Told, document: LocatedDocument) -> Problem:
    at = (*told.path, *told.finding.below)
    place = document.key_place(at) if told.finding.key or told.of_key else document.location_of(at)
    return Problem(told.finding.message, subject=dotted_path(at), place=place, hint=told.finding.hint)


def _explain_alternatives(violation: Violation) -> Iterator[_Told]:
    branches = _group_by_branch(violation)
    found = _exactly_one_of(violation) or _merge_branches(violation, branches)
    if found is not None:
        yield _Told(found, violation.path)
        return
    for each in min(branches, key=_branch_distance, default=[]):
        yield from _explain_violation(each)


def _exactly_one_of(violation: Violation) -> Finding | None:
    """The rule "exactly one of these keys", written as alternatives that only require something."""
    branches = [branch for branch in violation.rule if isinstance(branch, dict)]
    if not branches or not all("required" in branch and "type" not in branch for branch in branches):
        return None
    if not isinstance(violation.value, Mapping):
        return None  # that it is no object at all is another violation
    keys = list(dict.fromkeys(key for branch in branches for key in branch["required"]))
    given = [key for key in violation.value if key in keys and violation.value[key] is not None]
    if given:
        both = " and ".join(f"'{key}'" for key in given)
        return Finding(f"{both} exclude each other", "keep one of them", below=(given[-1],), key=True)
    names = join_choices([f"'{key}'" for key in keys])
    return Finding(f"{names} is missing", "give one of them", missing=tuple(keys))


def _group_by_branch(violation: Violation) -> list[list[Violation]]:
    branches: dict[str | int | None, list[Violation]] = {}
    for each in violation.alternatives:
        branches.setdefault(each.branch, []).append(each)
    return list(branches.values())


def _merge_branches(violation: Violation, branches: list[list[Violation]]) -> Finding | None:
    """One sentence for alternatives that differ in nothing but the type or the words that they take."""
    own = [each for branch in branches for each in branch if not each.below]
    types = [each.rule for each in own if each.keyword == "type"]
    words = [each.rule if each.keyword == "enum" else [each.rule] for each in own if each.keyword in {"enum", "const"}]
    if not branches:
        return Finding(f"{quote_value(violation.value)} fits more than one of the forms allowed here")
    if len(types) == len(branches):
        return wrong_type(
            violation.value, [name for each in types for name in ([each] if isinstance(each, str) else each)]
        )
    if len(words) == len(branches):
        return not_allowed(violation.value, [word for each in words for word in each])
    return None


def _branch_distance(branch: list[Violation]) -> tuple[bool, int, int]:
    """How far a value is from an alternative: wrong kind, then wrong discriminators, then how many violations."""
    wrong_kind = any(each.keyword == "type" and not each.below for each in branch)
    wrong_word = sum(each.keyword in {"const", "enum"} for each in branch)
    return wrong_kind, wrong_word, len(branch)
