"""Checks documents one by one, without flags and without a network: `spotaction validate FILES…`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TextIO

from spotaction.model.errors import Problem
from spotaction.operations.validate import FileReport, check_file

_INVALID = 1


def check_files(files: Sequence[str], stdout: TextIO) -> int:
    """Print `file:line:column` of every problem, warning and note; returns 1 if there is a problem, else 0."""
    reports = [check_file(file) for file in files]
    lines = dict.fromkeys(line for report in reports for line in _report_lines(report))
    stdout.writelines(f"{line}\n" for line in lines)
    return _INVALID if any(report.problems for report in reports) else 0


def _report_lines(report: FileReport) -> Iterator[str]:
    """The lines of a report; a file that two others name is in the reports of both."""
    yield from map(str, report.problems)
    yield from (_labelled(warning, "warning") for warning in report.warnings)
    yield from (_labelled(note, "note") for note in report.notes)


def _labelled(problem: Problem, label: str) -> str:
    return f"{problem.place}: {label}: {replace(problem, place=None)}"
