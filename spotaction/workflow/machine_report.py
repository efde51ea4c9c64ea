"""The report of a run as one JSON document, for an artifact, a dashboard or a chat bot."""

import re
from dataclasses import fields
from datetime import datetime

from spotaction import record
from spotaction.errors import Problem
from spotaction.events import Event, LeftUndone, Note, Warned
from spotaction.model import Capacity, Forward, JsonObject, JsonValue
from spotaction.workflow.history import Span, Stamped, spans
from spotaction.workflow.report import Report
from spotaction.workflow.tally import Tally

VERSION = 1


def document(report: Report, tally: Tally, *, started: datetime, action: str) -> JsonObject:
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
        "seconds": _seconds(report.seconds),
        "reason": report.reason,
        "nextStep": report.next_step,
        "problems": [_problem(problem) for problem in report.problems],
        "steps": [_step(span) for span in spans(report.events)],
        "decisions": [_decision(entry) for entry in report.events if isinstance(entry.event, Note | Warned)],
        "leftUndone": [_fields(entry.event) for entry in report.events if isinstance(entry.event, LeftUndone)],
        "events": [{"at": _seconds(entry.at), **_event(entry.event)} for entry in report.events],
        "changes": [_event(change) for change in report.changes],
        "calls": tally.as_json(),
        "deployment": record.to_json(report.deployment) if report.deployment else None,
    }


def _problem(problem: Problem) -> JsonObject:
    place = problem.place
    return {
        "message": problem.message,
        "subject": problem.subject,
        "hint": problem.hint,
        "file": place.file if place else "",
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _step(span: Span) -> JsonObject:
    return {
        "name": span.step,
        "rollingBack": span.rolling_back,
        "begun": _seconds(span.begun),
        "seconds": None if span.seconds is None else _seconds(span.seconds),
        "error": span.error,
        "skipped": span.skipped,
    }


def _decision(entry: Stamped) -> JsonObject:
    assert isinstance(entry.event, Note | Warned)
    return {"at": _seconds(entry.at), "text": entry.event.text, "warning": isinstance(entry.event, Warned)}


def _event(event: Event) -> JsonObject:
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower()
    return {"type": name, **_fields(event)}


def _fields(event: Event) -> JsonObject:
    return {_camel(field.name): _value(getattr(event, field.name)) for field in fields(event)}


def _value(value: object) -> JsonValue:
    match value:
        case Capacity(minimum, target, maximum):
            return {"minimum": minimum, "target": target, "maximum": maximum}
        case Forward(targets, sticky):
            shares: list[JsonValue] = [{"targetGroup": _tail(t.target_group), "weight": t.weight} for t in targets]
            return {"targets": shares, "stickySeconds": sticky}
        case bool() | int() | None:
            return value
        case float():
            return _seconds(value)
        case _:
            return str(value)


def _tail(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[-1]


def _camel(name: str) -> str:
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


def _seconds(value: float) -> float:
    return round(value, 3)
