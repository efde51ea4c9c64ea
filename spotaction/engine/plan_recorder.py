"""What a rehearsal would do: what it wrote in memory, its time that jumps, and all its acts in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar, cast

from spotaction.model.events import Change, Event, StepStarted, WaitFinished
from spotaction.model.ports import Clock, Notify
from spotaction.model.resources import Group, GroupId, Instance, JsonObject, JsonValue, Route, RuleArn

T = TypeVar("T")


@dataclass(frozen=True)
class PlannedCall:
    """One thing that the deployment would do in a step: a call, what it is about and what it says, or a wait."""

    call: str
    subject: str
    says: JsonObject = field(default_factory=dict)
    step: str = ""
    waits: bool = False

    def as_json(self) -> JsonObject:
        """As the output `plan` shows it."""
        return {"step": self.step, "wait" if self.waits else "call": self.call, "subject": self.subject, **self.says}


@dataclass
class VirtualClock(Clock):
    """A clock on which sleeping takes no time."""

    start: float
    wall: datetime
    passed: float = 0.0

    def now(self) -> float:
        """Seconds on the rehearsal's own clock."""
        return self.start + self.passed

    def time(self) -> datetime:
        """The wall time as it would be."""
        return self.wall + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        """Jump."""
        self.passed += seconds


@dataclass
class Overlay:
    """What the rehearsal wrote so far."""

    writes: list[PlannedCall] = field(default_factory=list)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    deleted: set[GroupId] = field(default_factory=set)
    scaled: set[GroupId] = field(default_factory=set)
    routes: dict[RuleArn, Route] = field(default_factory=dict)
    live_instances: dict[GroupId, tuple[Instance, ...]] = field(default_factory=dict)
    seen: dict[object, object] = field(default_factory=dict)

    def read_once(self, key: object, read: Callable[[], T]) -> T:
        """A live reading, made once: the plan is of one moment, and a bake must not ask a thousand times."""
        if key not in self.seen:
            self.seen[key] = read()
        return cast("T", self.seen[key])

    def record_call(self, call: str, subject: str, **says: JsonValue) -> None:
        """Note a call."""
        self.writes.append(PlannedCall(call, subject, says))


@dataclass
class PlanRecorder:
    """Listens to the rehearsal and puts writes and waits in order, under their steps."""

    overlay: Overlay
    notify: Notify
    changes: list[Change] = field(default_factory=list)
    _acts: list[PlannedCall] = field(default_factory=list)
    _step: str = ""
    _taken: int = 0

    def __call__(self, event: Event) -> None:
        """One event of the rehearsal, passed on to the real sinks."""
        self._take_calls()
        if isinstance(event, StepStarted):
            self._step = event.step
        elif isinstance(event, WaitFinished):
            self._acts.append(PlannedCall(event.what, event.reason, step=self._step, waits=True))
        elif isinstance(event, Change):
            self.changes.append(event)
        self.notify(event)

    def planned_calls(self) -> tuple[PlannedCall, ...]:
        """Everything so far."""
        self._take_calls()
        return tuple(self._acts)

    def _take_calls(self) -> None:
        new = self.overlay.writes[self._taken :]
        self._acts += [replace(act, step=self._step) for act in new]
        self._taken += len(new)
