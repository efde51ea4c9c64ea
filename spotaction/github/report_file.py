"""Writes the machine report where the input `report` says, however the run ended."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from spotaction.documents import workspace
from spotaction.github import whole_writes
from spotaction.github.call_stats import CallStats
from spotaction.github.machine_report import report_document
from spotaction.github.report import RunReport
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonValue

_LONGEST = 64 * 1024 * 1024  # bytes; a report of a long deployment has some hundred thousand
_KEYS = frozenset({"version", "action", "status", "operation", "events", "calls"})


@dataclass(frozen=True)
class ReportFile:
    """`path` is as the user wrote it, relative to `workspace`; `started` is when the run began.

    `action` is the version of this action.
    """

    path: str
    workspace: Path
    commands: WorkflowCommands = field(repr=False)
    tally: CallStats
    started: datetime
    action: str

    def check_path(self) -> Path:
        """Where the report goes; raises `InvalidError` for a path that leaves the workspace, or would lose a file.

        What is overwritten is an earlier report and nothing else, by whatever name: no document, script or policy.
        """
        file = workspace.output_path(self.path, workspace=self.workspace)
        if _has_content(file) and not _is_report(file):
            message = "is an existing file that is no report of this action, and would be overwritten"
            raise InvalidError([Problem(message, f"report: {self.path}", hint="name another path")])
        return file

    def __call__(self, report: RunReport) -> None:
        """Write the file and set the output `report`; what does not work is a warning and nothing more."""
        content = report_document(report, self.tally, started=self.started, action=self.action)
        text = json.dumps(_map_texts(content, self.commands.redact), indent=2, ensure_ascii=False)
        try:
            file = self.check_path()  # once more: links in the workspace may have changed since the start
            file.parent.mkdir(parents=True, exist_ok=True)
            whole_writes.replace(file, f"{text}\n".encode(errors="replace"))
        except (OSError, InvalidError) as error:
            self.commands.annotate("warning", f"The report {self.path} was not written: {error}")
            return
        self.commands.set_output("report", self.path)


def _has_content(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def _is_report(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            value = json.loads(stream.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.keys() >= _KEYS


def _map_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """The same value with every text changed: a secret with a quote in it would not be found in the JSON."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _map_texts(each, change) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_map_texts(each, change) for each in value]
    return value
