"""What has happened so far, with times: collected event by event, read by summary and report."""

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
    """An event and the seconds from the start of the history to it."""

    at: float
    event: Event


@dataclass(frozen=True)
class Span:
    """A step with its begin and end (None = it runs still), in seconds from the start of the history."""

    step: str
    rolling_back: bool
    begun: float
    ended: float | None = None
    error: str = ""
    skipped: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended is None else self.ended - self.begun


class History:
    """A sink that keeps every event; repeated reasons of a wait are kept once, as the log has told them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now()
        self._stamped: list[Stamped] = []

    def __call__(self, event: Event) -> None:
        """Take an event; a heartbeat says nothing that is not known, and replaces the one before it."""
        last = self._stamped[-1].event if self._stamped else None
        if isinstance(event, WaitProgress) and event.heartbeat and isinstance(last, WaitProgress) and last.heartbeat:
            self._stamped.pop()
        self._stamped.append(Stamped(self.elapsed, event))

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock.now() - self._start

    @property
    def stamped_events(self) -> tuple[Stamped, ...]:
        """All events with their times."""
        return tuple(self._stamped)

    @property
    def changed(self) -> bool:
        """Whether anything was changed in the clouds but the description of a group."""
        return any(isinstance(entry.event, Change) and not _is_mark(entry.event) for entry in self._stamped)

    @property
    def step_spans(self) -> tuple[Span, ...]:
        """The steps with begin and end."""
        return step_spans(self._stamped)

    @property
    def current_step(self) -> Span | None:
        """The step that runs now."""
        running = [span for span in self.step_spans if span.ended is None]
        return running[-1] if running else None

    @property
    def current_wait(self) -> WaitProgress | None:
        """The wait that is on, as it was last seen."""
        return current_wait(self._stamped)


def step_spans(stamped: Sequence[Stamped]) -> tuple[Span, ...]:
    """Steps out of their begins and ends; an end without a begin is a step that never started (skipped)."""
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
    """The last wait that did not end."""
    waits = [entry.event for entry in stamped if isinstance(entry.event, (WaitProgress, WaitFinished))]
    return waits[-1] if waits and isinstance(waits[-1], WaitProgress) else None


def left_undone(stamped: Sequence[Stamped]) -> tuple[ManualActionNeeded, ...]:
    """What was to be put back or cleaned up and was not."""
    return tuple(dict.fromkeys(entry.event for entry in stamped if isinstance(entry.event, ManualActionNeeded)))


def _is_mark(change: Change) -> bool:
    return isinstance(change, GroupUpdated) and change.name == change.before


def _open_span(found: Sequence[Span], step: str, *, rolling_back: bool) -> int | None:
    for index in reversed(range(len(found))):
        span = found[index]
        if span.step == step and span.rolling_back == rolling_back and span.ended is None:
            return index
    return None
