"""The sandbox's clock, and the events scheduled on it."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol

from spotaction.sandbox.history import History

#: 2026-11-24T09:00:00Z: a fixed start makes every timestamp of a test run reproducible.
EPOCH = 1_795_510_800.0


class Clock(Protocol):
    """The clock that a sandbox runs on, in epoch seconds."""

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many sandbox seconds."""
        ...


class JumpingClock:
    """A clock that advances only when somebody sleeps; a sleep takes no wall time."""

    def __init__(self, start: float = EPOCH) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Advance the clock at once; a negative duration counts as zero."""
        with self._lock:
            self._now += max(0.0, seconds)


class RealClock:
    """Wall time, `speed` times as fast: a sleep of s sandbox seconds takes s/speed seconds.

    It showed `epoch` (epoch seconds) at `origin` (on this machine's monotonic clock), by default now at its creation;
    clocks of several processes that are given the same two agree.
    """

    def __init__(self, speed: float = 1.0, *, epoch: float | None = None, origin: float | None = None) -> None:
        if speed <= 0:
            raise ValueError(f"Clock speed must be greater than zero, not {speed}.")
        self.speed = speed
        self.epoch = time.time() if epoch is None else epoch
        self.origin = time.monotonic() if origin is None else origin

    def now(self) -> float:
        """Return the current sandbox time in epoch seconds."""
        return self.at(time.monotonic())

    def at(self, moment: float) -> float:
        """Return the sandbox time, in epoch seconds, at a moment of this machine's monotonic clock."""
        return self.epoch + (moment - self.origin) * self.speed

    def sleep(self, seconds: float) -> None:
        """Wait that many sandbox seconds."""
        time.sleep(max(0.0, seconds) / self.speed)


class Timeline:
    """Scheduled events, executed by `settle`; events at the same time run in the order of scheduling."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.now = start
        self.history = History(lambda: self.now)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def elapsed(self) -> float:
        """The seconds since the start."""
        return round(self.now - self.start, 3)

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Schedule an event in that many seconds."""
        self.at(self.now + seconds, event)

    def at(self, moment: float, event: Callable[[], None]) -> None:
        """Schedule an event at that time, in epoch seconds."""
        heapq.heappush(self._heap, (moment, next(self._order), event))

    def settle(self, until: float, observe: Callable[[], None]) -> None:
        """Execute every event up to `until`, and call `observe` after each instant that had events."""
        while self._heap and self._heap[0][0] <= until:
            self.now = max(self.now, self._heap[0][0])
            while self._heap and self._heap[0][0] <= self.now:
                heapq.heappop(self._heap)[2]()
            observe()
        self.now = max(self.now, until)
