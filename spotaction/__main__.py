"""The command line: `python -m spotaction validate FILES…` checks documents without a network."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spotaction.documents.elastigroup_rules import check_group
from spotaction.documents.source import check_document, read_document
from spotaction.engine import policy
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonValue
from spotaction.pipeline import harness

# Which document it is shows in its first level; the schemas allow no key of another kind there.
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
_INVALID = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when every file is valid, 1 when one is not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m spotaction", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check documents; prints file:line:column of every problem")
    validate.add_argument("files", nargs="+", metavar="FILE", help="service, infrastructure, Elastigroup config …")
    options = parser.parse_args(arguments)
    problems = [problem for file in options.files for problem in problems_of(file)]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return _INVALID if problems else 0


def problems_of(file: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a file, in its order; expressions are taken for values that will fit."""
    try:
        document = read_document(file, workspace=Path.cwd(), roots=(Path(file).resolve().parent,))
    except InvalidError as error:
        return tuple(_placed(error.problems, file))
    kind = kind_of(document.value)
    if kind is None:
        known = ", ".join(_KINDS)
        return (
            Problem(
                "is not a document of this action", place=SourceLocation(file), hint=f"its first key is one of {known}"
            ),
        )
    if kind == "execution":
        return tuple(harness.schema_problems(document))
    if kind == "policy":
        return policy.rule_problems(document)
    problems = check_document(document, kind)
    return problems or (check_group(document) if kind == "elastigroup" else ())


def kind_of(value: JsonValue) -> str | None:
    """The name of the schema for a document, by its top-level keys."""
    if not isinstance(value, Mapping):
        return None
    return next((kind for key, kind in _KINDS.items() if key in value), None)


def _placed(problems: Iterable[Problem], file: str) -> Iterable[Problem]:
    """A file that cannot be read has no lines; the first one stands for it."""
    for problem in problems:
        yield problem if problem.place else Problem(problem.message, place=SourceLocation(file), hint=problem.hint)


if __name__ == "__main__":
    sys.exit(main())
