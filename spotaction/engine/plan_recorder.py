"""The plan: the writes of a dry run in memory, its virtual clock, and its calls and waits in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar, cast

from spotaction.model.events import Change, CheckFinished, Event, StepStarted, WaitFinished
from spotaction.model.ports import Clock, Notify
from spotaction.model.resources import Group, GroupId, Instance, JsonObject, JsonValue, Route, RuleArn

T = TypeVar("T")

_MOMENTS = frozenset({"end", "rollback"})  # at which no step runs


@dataclass(frozen=True)
class PlannedCall:
    """A call that the deployment would make in a step, with its subject and details, or a wait."""

    call: str
    subject: str
    details: JsonObject = field(default_factory=dict)
    step: str = ""
    waits: bool = False

    def as_json(self) -> JsonObject:
        """Return the call as the output `plan` shows it."""
        return {"step": self.step, "wait" if self.waits else "call": self.call, "subject": self.subject, **self.details}


@dataclass
class VirtualClock(Clock):
    """A clock on which sleeping takes no time."""

    start: float
    wall: datetime
    passed: float = 0.0

    def now(self) -> float:
        """Return the seconds on the dry run's own clock."""
        return self.start + self.passed

    def time(self) -> datetime:
        """Return the wall time as it would be."""
        return self.wall + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        """Advance the clock by `seconds`."""
        self.passed += seconds


@dataclass
class Overlay:
    """What the dry run wrote and read so far."""

    writes: list[PlannedCall] = field(default_factory=list)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    deleted: set[GroupId] = field(default_factory=set)
    scaled: set[GroupId] = field(default_factory=set)
    routes: dict[RuleArn, Route] = field(default_factory=dict)
    live_instances: dict[GroupId, tuple[Instance, ...]] = field(default_factory=dict)
    reads: dict[object, object] = field(default_factory=dict)

    def read_once(self, key: object, read: Callable[[], T]) -> T:
        """Return the result of a live read, made only once: a plan describes one moment, and a bake polls often."""
        if key not in self.reads:
            self.reads[key] = read()
        return cast("T", self.reads[key])

    def record_call(self, call: str, subject: str, **details: JsonValue) -> None:
        """Record a write."""
        self.writes.append(PlannedCall(call, subject, details))


@dataclass
class PlanRecorder:
    """An event sink of the dry run that puts writes and waits in order, under their steps."""

    overlay: Overlay
    notify: Notify
    changes: list[Change] = field(default_factory=list)
    _calls: list[PlannedCall] = field(default_factory=list)
    _step: str = ""
    _taken: int = 0

    def __call__(self, event: Event) -> None:
        """Record an event of the dry run and pass it on to the real sinks."""
        self._take_calls()
        if isinstance(event, StepStarted):
            self._step = event.step
        elif isinstance(event, WaitFinished):
            self._calls.append(PlannedCall(event.what, event.reason, step=self._step, waits=True))
        elif isinstance(event, CheckFinished):
            step = event.step if event.step in _MOMENTS else self._step
            self._calls.append(PlannedCall(f"check {event.check}", event.way, step=step, waits=True))
        elif isinstance(event, Change):
            self.changes.append(event)
        self.notify(event)

    def planned_calls(self) -> tuple[PlannedCall, ...]:
        """Return all calls and waits so far, in order."""
        self._take_calls()
        return tuple(self._calls)

    def _take_calls(self) -> None:
        new = self.overlay.writes[self._taken :]
        self._calls += [replace(call, step=self._step) for call in new]
        self._taken += len(new)
