"""The command line: `python -m spotaction validate FILES…` checks documents without a network."""

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotaction.model.errors import Problem
    from spotaction.operations.validate import FileReport

_INVALID = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when every file is valid, 1 when one is not, 2 for a wrong command line."""
    from spotaction.operations.validate import check_file

    parser = argparse.ArgumentParser(prog="python -m spotaction", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check documents; prints file:line:column of every problem")
    validate.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="service, infrastructure, Elastigroup config, execution, policy or script, from the repository's root",
    )
    options = parser.parse_args(arguments)
    reports = [check_file(file) for file in options.files]
    lines = dict.fromkeys(line for report in reports for line in _report_lines(report))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return _INVALID if any(report.problems for report in reports) else 0


def _report_lines(report: "FileReport") -> Iterator[str]:
    """The lines of a report; a file that two others name is in the reports of both."""
    yield from map(str, report.problems)
    yield from (_labelled(warning, "warning") for warning in report.warnings)
    yield from (_labelled(note, "note") for note in report.notes)


def _labelled(problem: "Problem", label: str) -> str:
    return f"{problem.place}: {label}: {replace(problem, place=None)}"


if __name__ == "__main__":
    gc.disable()  # what an import makes is no garbage, and the process ends before any is worth a search
    sys.exit(main())
