"""Checks an Elastigroup config against its schema and the rules that a schema cannot express."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import value_at
from spotaction.documents.elastigroup import aws_rules, rules, scaling_rules
from spotaction.documents.elastigroup.misplaced import foreign_problem, hint_places
from spotaction.documents.elastigroup.quoted import fit_types
from spotaction.documents.elastigroup.retired import Retired, find_retired
from spotaction.documents.problems import by_place
from spotaction.documents.source import Document, check_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

_SHOWN = 10
_RULES = (*rules.RULES, *aws_rules.RULES, *scaling_rules.RULES)


@dataclass(frozen=True)
class CheckedElastigroup:
    """A config with its quoted numbers and booleans read as such, its problems and its warnings, sorted by place.

    `quoted` is the note on the quoted values; None if there are none. With problems, `warnings` may be incomplete.
    """

    document: Document = field(repr=False)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    quoted: Problem | None = None


def check_elastigroup(document: Document, written: JsonValue = None) -> CheckedElastigroup:
    """Check a config against its schema, and against the rules if it complies with the schema.

    `written` is the config with its expressions as they were written. Texts with unresolved expressions (`Unresolved`)
    are assumed to have values that comply.
    """
    value, paths = fit_types(document.value, written)
    document = replace(document, value=value)
    retired = list(find_retired(value))
    problems = _problems_of_schema(document, retired)
    found = [] if problems else [broken for rule in _RULES for broken in rule(value)]
    return CheckedElastigroup(
        document,
        problems or _sorted(each.locate(document) for each in found if each.certain),
        _sorted(
            [
                *(_retired_warning(each, document) for each in retired),
                *(each.locate(document) for each in found if not each.certain),
            ]
        ),
        _note_quoted(document, paths),
    )


def _problems_of_schema(document: Document, retired: Sequence[Retired]) -> tuple[Problem, ...]:
    """The violations of the schema, without those of values that are not sent to Spot."""
    foreign = foreign_problem(document)
    if foreign is not None:
        return (foreign,)
    removed = [dotted_path(each.removed) for each in retired]
    return tuple(
        problem
        for problem in hint_places(check_document(document, "elastigroup"), document)
        if not any(problem.subject == path or problem.subject.startswith(f"{path}.") for path in removed)
    )


def _retired_warning(retired: Retired, document: Document) -> Problem:
    name = value_at(document.value, retired.path) if retired.by_value else retired.path[-1]
    message = f"{quote_value(name)} is retired and not sent to Spot"
    return Problem(message, dotted_path(retired.path), document.key_place(retired.path), retired.hint)


def _note_quoted(document: Document, paths: Sequence[Path]) -> Problem | None:
    if not paths:
        return None
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    names = ", ".join(dotted_path(path) for path in paths[:_SHOWN])
    message = f"quoted values are read as numbers or booleans: {names}{more}"
    return Problem(message, place=document.location_of(paths[0]), hint="remove the quotes")


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=by_place))
