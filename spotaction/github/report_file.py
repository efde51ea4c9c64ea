"""The report of a run as one JSON document, and the file that the input `report` names for it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from spotaction.documents import workspace
from spotaction.github import whole_writes
from spotaction.github.call_stats import CallStats
from spotaction.github.history import Span, Stamped, step_spans
from spotaction.github.report import RunReport
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model import record
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.events import CheckMeasured, Event, ManualActionNeeded, Note, WarningEvent
from spotaction.model.observations import Observations
from spotaction.model.redaction import redact_value
from spotaction.model.resources import Capacity, Forward, JsonObject, JsonValue

if TYPE_CHECKING:
    from spotaction.model.checks import RatePoint

VERSION = 1
_LONGEST = 64 * 1024 * 1024  # bytes; a report of a long deployment has some hundred thousand
_KEYS = frozenset({"version", "action", "status", "operation", "events", "calls"})


@dataclass(frozen=True)
class ReportFile:
    """The file that the input `report` names.

    `path` is the input, relative to `workspace`. `started` is when the run started, `action` this action's version.
    """

    path: str
    workspace: Path
    commands: WorkflowCommands = field(repr=False)
    call_stats: CallStats
    started: datetime
    action: str

    def check_path(self) -> Path:
        """Return the file to write. Raises `InvalidError` if it is outside the workspace or must not be overwritten.

        Only an earlier report is overwritten, whatever its name; never a document, a script or a policy.
        """
        file = workspace.output_path(self.path, workspace=self.workspace)
        if _has_content(file) and not _is_report(file):
            message = "the file exists and is not a report of this action, so it is not overwritten"
            raise InvalidError([Problem(message, f"report: {self.path}", hint="choose another path")])
        return file

    def __call__(self, report: RunReport) -> None:
        """Write the file and set the output `report`; a failure is only a warning."""
        content = report_document(report, self.call_stats, started=self.started, action=self.action)
        # Redacted before JSON escapes it: a secret with a quote in it would not be found in the finished text.
        text = json.dumps(redact_value(content, self.commands.redact), indent=2, ensure_ascii=False)
        try:
            file = self.check_path()  # checked again: symbolic links in the workspace may have changed since the start
            file.parent.mkdir(parents=True, exist_ok=True)
            whole_writes.replace(file, f"{text}\n".encode(errors="replace"))
        except (OSError, InvalidError) as error:
            self.commands.annotate("warning", f"The report {self.path} was not written: {error}")
            return
        self.commands.set_output("report", self.path)


def report_document(report: RunReport, call_stats: CallStats, *, started: datetime, action: str) -> JsonObject:
    """Return the report as described by schemas/report.schema.json.

    Times in it are seconds since `started`, the start of the run. `action` is the version of this action. ARNs are
    shortened to their last part, as in the record.
    """
    return {
        "version": VERSION,
        "action": action,
        "status": report.status.value,
        "operation": report.operation,
        "app": report.app,
        "environment": report.environment,
        "region": report.region,
        "actor": report.actor,
        "started": started.isoformat(timespec="seconds"),
        "seconds": _round_seconds(report.seconds),
        "reason": report.reason,
        "nextStep": report.next_step,
        "problems": [_problem_json(problem) for problem in report.problems],
        "steps": [_step_json(span) for span in step_spans(report.events)],
        "decisions": [_decision_json(entry) for entry in report.events if isinstance(entry.event, Note | WarningEvent)],
        "leftUndone": [
            _event_fields(entry.event) for entry in report.events if isinstance(entry.event, ManualActionNeeded)
        ],
        "events": [{"at": _round_seconds(at), **_event_json(event)} for at, event in _with_new_points(report.events)],
        "health": _health_json(report.observations),
        "changes": [_event_json(change) for change in report.changes],
        "calls": call_stats.as_json(),
        "deployment": record.to_json(report.deployment) if report.deployment else None,
    }


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


def _problem_json(problem: Problem) -> JsonObject:
    place = problem.place
    return {
        "message": problem.message,
        "subject": problem.subject,
        "hint": problem.hint,
        "file": place.file if place else "",
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _step_json(span: Span) -> JsonObject:
    return {
        "name": span.step,
        "rollingBack": span.rolling_back,
        "begun": _round_seconds(span.started),
        "seconds": None if span.seconds is None else _round_seconds(span.seconds),
        "error": span.error,
        "skipped": span.skipped,
    }


def _decision_json(entry: Stamped) -> JsonObject:
    assert isinstance(entry.event, Note | WarningEvent)
    return {"at": _round_seconds(entry.at), "text": entry.event.text, "warning": isinstance(entry.event, WarningEvent)}


def _health_json(observations: Observations) -> list[JsonValue]:
    """What the polls saw of each group, in order of group and time."""
    return [
        {
            "group": group,
            "at": _round_seconds(sample.at),
            "until": _round_seconds(sample.until),
            "healthy": sample.healthy,
            "required": sample.required,
        }
        for group, samples in observations.samples.items()
        for sample in samples
    ]


def _with_new_points(events: Sequence[Stamped]) -> Iterator[tuple[float, Event]]:
    """The events and their times. A comparison has all its minutes at hand: each appears with what is new in it."""
    known: dict[tuple[str, str], frozenset[RatePoint]] = {}
    for entry in events:
        event = entry.event
        if isinstance(event, CheckMeasured):
            before = known.get((event.check, event.step), frozenset())
            known[event.check, event.step] = frozenset(event.points)
            event = replace(event, points=tuple(point for point in event.points if point not in before))
        yield entry.at, event


def _event_json(event: Event) -> JsonObject:
    return {"type": event.kind, **_event_fields(event)}


def _event_fields(event: Event) -> JsonObject:
    return {_to_camel_case(field.name): _json_value(getattr(event, field.name)) for field in fields(event)}


def _json_value(value: object) -> JsonValue:
    match value:
        case Capacity(minimum, target, maximum):
            return {"minimum": minimum, "target": target, "maximum": maximum}
        case Forward(targets, sticky):
            shares: list[JsonValue] = [
                {"targetGroup": record.arn_tail(t.target_group), "weight": t.weight} for t in targets
            ]
            return {"targets": shares, "stickySeconds": sticky}
        case tuple():  # of minutes of a comparison, whose shares would be 0 in thousandths
            return [{"time": each.time.isoformat(), "old": each.old, "new": each.new} for each in value]
        case bool() | int() | None:
            return value
        case float():
            return _round_seconds(value)
        case _:
            return str(value)


def _to_camel_case(name: str) -> str:
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


def _round_seconds(value: float) -> float:
    return round(value, 3)
