"""Checks documents one by one, without flags and without a network: `spotaction validate FILES…`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from spotaction.model.errors import InvalidError, Problem
from spotaction.operations.validate import FileReport, check_file


def check_files(files: Sequence[str]) -> tuple[int, str]:
    """Return 2 if there is a problem, else 0, and `file:line:column` of all problems, warnings and notes as lines.

    A file that two others name is in the reports of both, and told once.
    """
    reports = [(file, check_file(file)) for file in files]
    lines = dict.fromkeys(line for file, report in reports for line in _report_lines(file, report))
    code = InvalidError.exit_code if any(report.problems for _, report in reports) else 0
    return code, "".join(f"{line}\n" for line in lines)


def _report_lines(file: str, report: FileReport) -> Iterator[str]:
    yield from map(str, report.problems)
    if not report.problems:
        yield f"{file}: valid ({report.kind})"
    yield from (_labelled(warning, "warning") for warning in report.warnings)
    yield from (_labelled(note, "note") for note in report.notes)


def _labelled(problem: Problem, label: str) -> str:
    return f"{problem.place}: {label}: {replace(problem, place=None)}"
