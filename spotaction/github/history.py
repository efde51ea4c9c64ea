"""Collects the events of a run with their times, for the summary and the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.model.events import (
    Change,
    Event,
    GroupUpdated,
    ManualActionNeeded,
    StepFinished,
    StepStarted,
    WaitFinished,
    WaitProgress,
)
from spotaction.model.ports import Clock


@dataclass(frozen=True)
class Stamped:
    """An event and its time, in seconds since the start of the run."""

    at: float
    event: Event


@dataclass(frozen=True)
class Span:
    """A step with its start and end (None while it runs), in seconds since the start of the run."""

    step: str
    rolling_back: bool
    started: float
    ended: float | None = None
    error: str = ""
    skipped: str = ""

    @property
    def seconds(self) -> float | None:
        """The step's duration in seconds; None while it runs."""
        return None if self.ended is None else self.ended - self.started


class History:
    """Keeps every event, except for repeated heartbeats of one wait, of which only the last is kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now()
        self._stamped: list[Stamped] = []

    def __call__(self, event: Event) -> None:
        """Add an event. A heartbeat replaces the heartbeat before it."""
        last = self._stamped[-1].event if self._stamped else None
        if isinstance(event, WaitProgress) and event.heartbeat and isinstance(last, WaitProgress) and last.heartbeat:
            self._stamped.pop()
        self._stamped.append(Stamped(self.elapsed, event))

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the run."""
        return self._clock.now() - self._start

    @property
    def stamped_events(self) -> tuple[Stamped, ...]:
        """All events with their times, oldest first."""
        return tuple(self._stamped)

    @property
    def changed(self) -> bool:
        """Whether this run changed anything at Spot or AWS, apart from the marker of a group."""
        return any(isinstance(entry.event, Change) and not _is_marker_update(entry.event) for entry in self._stamped)


def step_spans(stamped: Sequence[Stamped]) -> tuple[Span, ...]:
    """Return the steps of these events; one that only finished, and never started, was skipped."""
    found: list[Span] = []
    for entry in stamped:
        match entry.event:
            case StepStarted(step, rolling_back):
                found.append(Span(step, rolling_back, entry.at))
            case StepFinished(step, seconds, error, skipped, rolling_back):
                index = _open_span(found, step, rolling_back=rolling_back)
                if index is None:
                    found.append(Span(step, rolling_back, entry.at - seconds, entry.at, error, skipped))
                else:
                    found[index] = replace(found[index], ended=entry.at, error=error, skipped=skipped)
            case _:
                continue
    return tuple(found)


def current_wait(stamped: Sequence[Stamped]) -> WaitProgress | None:
    """Return the last progress of the wait that has not finished; None without one."""
    waits = [entry.event for entry in stamped if isinstance(entry.event, (WaitProgress, WaitFinished))]
    return waits[-1] if waits and isinstance(waits[-1], WaitProgress) else None


def manual_actions(stamped: Sequence[Stamped]) -> tuple[ManualActionNeeded, ...]:
    """Return the manual actions that these events ask for, each once."""
    return tuple(dict.fromkeys(entry.event for entry in stamped if isinstance(entry.event, ManualActionNeeded)))


def _is_marker_update(change: Change) -> bool:
    return isinstance(change, GroupUpdated) and change.name == change.before


def _open_span(found: Sequence[Span], step: str, *, rolling_back: bool) -> int | None:
    for index in reversed(range(len(found))):
        span = found[index]
        if span.step == step and span.rolling_back == rolling_back and span.ended is None:
            return index
    return None
