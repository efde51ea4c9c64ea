"""Describes events in one line each, the same way in the log, the summary and a plan."""

from typing import assert_never

from spotaction.documents.wording import count_of, format_duration
from spotaction.model.events import (
    Change,
    Checked,
    CheckFinished,
    CheckMeasured,
    Event,
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    ManualActionNeeded,
    Note,
    RouteChanged,
    ScalingSuspended,
    StepFinished,
    StepStarted,
    WaitFinished,
    WaitProgress,
    WarningEvent,
)

MANUAL_ACTION = "manual action needed"
_AT_ONCE = 0.5  # seconds; a wait that ended with its first poll needs no numbers


def describe_event(event: Event) -> str:  # noqa: PLR0911 - one for each kind
    """Return what happened as one sentence without a full stop."""
    match event:
        case StepStarted() | StepFinished():
            return _describe_step(event)
        case WaitProgress() | WaitFinished():
            return _describe_wait(event)
        case Note(text):
            return text
        case WarningEvent(text):
            return f"warning: {text}"
        case ManualActionNeeded(what, why, todo):
            fix = f"{why.rstrip('.')}; next: {todo}" if todo else why
            return f"{MANUAL_ACTION}: {what}: {fix}"
        case CheckMeasured() | CheckFinished():
            return _describe_check(event)
        case _:
            return _describe_change(event)


def step_name(step: str, *, rolling_back: bool) -> str:
    """Return how a step, or its rollback, is called in log and summary."""
    return f"Rollback of {step}" if rolling_back else step


def _describe_step(event: StepStarted | StepFinished) -> str:
    name = step_name(event.step, rolling_back=event.rolling_back)
    if isinstance(event, StepStarted):
        return f"{name} started"
    if event.error:
        return f"{name} failed after {format_duration(event.seconds)}: {event.error}"
    if event.skipped:
        return f"{name} was skipped: {event.skipped}"
    return f"{name} finished in {format_duration(event.seconds)}"


def _describe_wait(event: WaitProgress | WaitFinished) -> str:
    if isinstance(event, WaitFinished):
        if event.polls == 1 and not event.failed and event.seconds < _AT_ONCE:
            return f"{event.what}: {event.reason}"
        how = "failed" if event.failed else "done"
        times = f"{format_duration(event.seconds)} ({count_of(event.polls, 'poll')})"
        return f"{event.what}: {how} after {times}: {event.reason}"
    still = "still " if event.heartbeat else ""
    count = f"{event.ready} of {event.of}, " if event.of else ""
    times = f"{format_duration(event.elapsed)} so far, {format_duration(max(0.0, event.remaining))} left"
    return f"{event.what}: {still}{count}{event.reason} ({times})"


def _describe_check(event: Checked) -> str:
    if isinstance(event, CheckMeasured):
        values = ", ".join(filter(None, (event.value, event.limit and f"limit {event.limit}")))
        return f"check {event.check}: {event.outcome}: {event.reason}{f' ({values})' if values else ''}"
    if event.verdict == "planned":
        return f"check {event.check}: would be measured {event.reason}"
    which = "" if event.decides else ", which decides nothing"
    times = f"{count_of(event.measurements, 'measurement')} in {format_duration(event.seconds)}"
    return f"check {event.check}: {event.verdict}{which} ({times}): {event.reason}"


def _describe_change(event: Change) -> str:
    match event:
        case GroupCreated(group, name, image):
            return f"Elastigroup {name} ({group}): created from {image}"
        case GroupScaled(group, name, before, after):
            return f"Elastigroup {name} ({group}): capacity {before} → {after}"
        case GroupUpdated(group, name, before, described):
            return f"Elastigroup {name} ({group}): {_describe_update(name, before, described=described)}"
        case GroupDeleted(group, name):
            return f"Elastigroup {name} ({group}): deleted"
        case ScalingSuspended(group, name, minutes):
            what = f"auto scaling suspended for {count_of(minutes, 'minute')}" if minutes else "auto scaling resumed"
            return f"Elastigroup {name} ({group}): {what}"
        case RouteChanged(where, before, after):
            return f"{where}: {before} → {after}"
        case _:
            assert_never(event)


def _describe_update(name: str, before: str, *, described: bool) -> str:
    renamed = f"renamed from {before}" if before != name else ""
    marked = "marker updated" if described else ""
    return " and ".join(part for part in (renamed, marked) if part) or "updated"
