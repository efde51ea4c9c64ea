"""Follows a run on the command line: messages in its words, and outputs, state and report kept for afterwards."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from spotaction.cli.screen import Screen, Style
from spotaction.cli.streams import print_text
from spotaction.cli.wording import as_flags
from spotaction.github.call_stats import CallStats
from spotaction.github.log import LogSink
from spotaction.github.progress import Progress
from spotaction.github.report import RunReport
from spotaction.github.report_file import report_document
from spotaction.github.text import strip_control_characters
from spotaction.github.workflow_commands import Level, WorkflowCommands
from spotaction.model.choices import Operation
from spotaction.model.deployment import Status
from spotaction.model.errors import InvalidError, RefusedError, SourceLocation
from spotaction.model.events import Change, Event, StepFinished, WaitFinished, WaitProgress
from spotaction.model.redaction import redact_value
from spotaction.model.resources import JsonObject
from spotaction.wiring import VERSION, Environment

_STYLES: Mapping[Level, Style] = {"error": "error", "warning": "warning", "notice": ""}
#: Keys of the report that hold sentences: the others hold names and values.
_SENTENCES = frozenset({"reason", "nextStep", "message", "hint", "text", "todo", "why", "error"})


@dataclass
class Kept:
    """What a run leaves for the command line: outputs, state, the report as JSON, and the report of the run."""

    outputs: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    document: JsonObject = field(default_factory=dict)
    report: RunReport | None = None


class KeepingCommands(WorkflowCommands):
    """Writes for GitHub's runner, and keeps outputs and state."""

    def __init__(self, environ: Mapping[str, str], stdout: TextIO, kept: Kept) -> None:
        super().__init__(environ, stdout)
        self._kept = kept

    def set_output(self, name: str, value: str, *, exact: bool = False) -> None:
        """Set an output, and keep it."""
        self._kept.outputs[name] = value if exact else self.redact(value)
        super().set_output(name, value, exact=exact)

    def save_state(self, name: str, value: str) -> None:
        """Save a value, and keep it."""
        self._kept.state[name] = value
        super().save_state(name, value)


class ConsoleCommands(KeepingCommands):
    """Writes for a person or another CI: no workflow commands, and flags where messages name inputs."""

    folds_groups = False

    def __init__(self, environ: Mapping[str, str], stdout: TextIO, kept: Kept, screen: Screen) -> None:
        super().__init__(environ, stdout, kept)
        self._screen = screen
        self.style: Style = ""

    def log(self, text: str) -> None:
        """Print lines in the current style."""
        self._write(text, self.style)

    def open_group(self, title: str) -> None:
        """Print the title; the lines below it are not folded."""
        self._write(f"--- {title}", "title")

    def end_group(self) -> None:
        """Do nothing: the next title ends a group."""

    def annotate(self, level: Level, message: str, *, place: SourceLocation | None = None, title: str = "") -> None:
        """Print the message after its level; its text names the place."""
        del place
        named = f"{title}: " if title and level != "error" else ""
        self._write(f"{level}: {named}{as_flags(message)}", _STYLES[level])

    def _hide_from_runner(self, secret: str) -> None:
        """Do nothing: there is no runner, and everything that is printed here is redacted."""

    def _write(self, text: str, style: Style) -> None:
        for line in self.redact(strip_control_characters(text)).split("\n"):
            self._screen.write(as_flags(line), style)


@dataclass
class ConsoleProgress(Progress):
    """The progress of a run on a screen. In a `dry_run` the log shows a plan."""

    screen: Screen | None = None
    dry_run: bool = False

    def set_region(self, region: str) -> None:
        """Set the region for links; a dry run's clock skips every wait, so its log has no times."""
        super().set_region(region)
        if self.dry_run:
            self.log = LogSink(self.commands, self.clock, region=region, dry_run=True)

    @property
    def _waits_for_nothing(self) -> bool:
        return self.dry_run or self.operation == Operation.PLAN

    def handle_event(self, event: Event) -> None:
        """Write an event in its colour, and show a wait while it lasts, which takes no time in a plan."""
        commands = self.commands
        if isinstance(commands, ConsoleCommands):
            commands.style = _style_of(event)
        if self.screen is not None and not self._waits_for_nothing:
            self.screen.follow(event)
        super().handle_event(event)
        if isinstance(commands, ConsoleCommands):
            commands.style = ""


def follow_on(
    screen: Screen | None, kept: Kept, *, dry_run: bool = False
) -> Callable[[Environment, TextIO], ConsoleProgress]:
    """Return what follows a run: on a screen, or without one for GitHub's runner. What it leaves is in `kept`."""

    def follow(environment: Environment, stdout: TextIO) -> ConsoleProgress:
        commands = (
            KeepingCommands(environment.environ, stdout, kept)
            if screen is None
            else ConsoleCommands(environment.environ, stdout, kept, screen)
        )
        commands.save_state("operation", environment.environ["INPUT_OPERATION"])
        progress = ConsoleProgress(commands, environment.clock, screen=screen, dry_run=dry_run)
        started = environment.clock.time()
        progress.at_end.append(lambda report: _keep_report(report, progress, kept, started))
        return progress

    return follow


def report_without_run(operation: str, error: RefusedError | InvalidError, now: datetime) -> JsonObject:
    """Return the report of a command that ended before anything ran, such as one with flags that cannot be used."""
    report = RunReport(status=Status.REFUSED, operation=operation, reason=error.message, next_step=error.next_step)
    if isinstance(error, InvalidError):
        report = RunReport(status=Status.INVALID, operation=operation, problems=error.problems)
    return report_document(report, CallStats(), started=now, action=VERSION)


def _keep_report(report: RunReport, progress: Progress, kept: Kept, started: datetime) -> None:
    kept.report = report
    document = report_document(report, progress.call_stats, started=started, action=VERSION)
    kept.document = _with_flags(redact_value(document, progress.commands.redact))


def _with_flags(value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
    """The report with flags in its sentences; the subject of a problem without a place is an input."""
    if isinstance(value, dict):
        named = {each: _with_flags(part, each) for each, part in value.items()}
        if value.get("subject") and not value.get("file"):
            named["subject"] = as_flags(f"{value['subject']}: ").removesuffix(": ")
        return named
    if isinstance(value, list):
        return [_with_flags(part, key) for part in value]
    return as_flags(value) if isinstance(value, str) and key in _SENTENCES else value


def write_json(document: JsonObject, stdout: TextIO) -> str:
    """Print the report as JSON, and return why it could not be printed; empty if it was, or nobody reads it."""
    encoding = getattr(stdout, "encoding", None) or "utf-8"
    escaped = encoding.lower() not in {"utf-8", "utf8"}
    return print_text(f"{json.dumps(document, indent=2, ensure_ascii=escaped)}\n", stdout)


def _style_of(event: Event) -> Style:
    match event:
        case StepFinished(error=error):
            return "error" if error else "good"
        case WaitFinished(failed=True):
            return "error"
        case WaitProgress() | WaitFinished():
            return "wait"
        case _:
            return "change" if isinstance(event, Change) else ""
