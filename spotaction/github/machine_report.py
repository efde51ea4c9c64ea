"""The report of a run as one JSON document, for an artifact, a dashboard or a chat bot."""

import re
from dataclasses import fields
from datetime import datetime

from spotaction.github.call_stats import CallStats
from spotaction.github.history import Span, Stamped, step_spans
from spotaction.github.report import RunReport
from spotaction.model import record
from spotaction.model.errors import Problem
from spotaction.model.events import Event, ManualActionNeeded, Note, WarningEvent
from spotaction.model.resources import Capacity, Forward, JsonObject, JsonValue

VERSION = 1


def report_document(report: RunReport, tally: CallStats, *, started: datetime, action: str) -> JsonObject:
    """The document in the shape of schemas/report.schema.json; times are seconds from `started`, the start of the run.

    `action` is the version of this action. ARNs are kept without their head, as in the record.
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
        "events": [{"at": _round_seconds(entry.at), **_event_json(entry.event)} for entry in report.events],
        "changes": [_event_json(change) for change in report.changes],
        "calls": tally.as_json(),
        "deployment": record.to_json(report.deployment) if report.deployment else None,
    }


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
        "begun": _round_seconds(span.begun),
        "seconds": None if span.seconds is None else _round_seconds(span.seconds),
        "error": span.error,
        "skipped": span.skipped,
    }


def _decision_json(entry: Stamped) -> JsonObject:
    assert isinstance(entry.event, Note | WarningEvent)
    return {"at": _round_seconds(entry.at), "text": entry.event.text, "warning": isinstance(entry.event, WarningEvent)}


def _event_json(event: Event) -> JsonObject:
    return {"type": event.kind, **_event_fields(event)}


def _event_fields(event: Event) -> JsonObject:
    return {_to_camel_case(field.name): _json_value(getattr(event, field.name)) for field in fields(event)}


def _json_value(value: object) -> JsonValue:
    match value:
        case Capacity(minimum, target, maximum):
            return {"minimum": minimum, "target": target, "maximum": maximum}
        case Forward(targets, sticky):
            shares: list[JsonValue] = [{"targetGroup": _arn_tail(t.target_group), "weight": t.weight} for t in targets]
            return {"targets": shares, "stickySeconds": sticky}
        case bool() | int() | None:
            return value
        case float():
            return _round_seconds(value)
        case _:
            return str(value)


def _arn_tail(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[-1]


def _to_camel_case(name: str) -> str:
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


def _round_seconds(value: float) -> float:
    return round(value, 3)
