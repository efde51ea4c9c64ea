"""The command line: `python -m spotaction validate FILES…` checks documents without a network."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from spotaction.model.errors import Problem
from spotaction.operations.validate import check_file

_INVALID = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when every file is valid, 1 when one is not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m spotaction", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check documents; prints file:line:column of every problem")
    validate.add_argument("files", nargs="+", metavar="FILE", help="service, infrastructure, Elastigroup config …")
    options = parser.parse_args(arguments)
    reports = [check_file(file) for file in options.files]
    for report in reports:
        sys.stdout.writelines(f"{problem}\n" for problem in report.problems)
        sys.stdout.writelines(f"{_labelled(warning, 'warning')}\n" for warning in report.warnings)
        sys.stdout.writelines(f"{_labelled(note, 'note')}\n" for note in report.notes)
    return _INVALID if any(report.problems for report in reports) else 0


def _labelled(problem: Problem, label: str) -> str:
    return f"{problem.place}: {label}: {replace(problem, place=None)}"


if __name__ == "__main__":
    sys.exit(main())
