"""The sandbox's clock, and the events that are still to come."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol

from spotaction.sandbox.history import History

#: 2026-11-24T09:00:00Z: a fixed start keeps every time stamp of a test run the same.
EPOCH = 1_795_510_800.0


class Clock(Protocol):
    """What the sandbox asks of time, in epoch seconds."""

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many sandbox seconds pass."""
        ...


class JumpingClock:
    """A clock that stands still until somebody sleeps; a sleep takes no wall time at all."""

    def __init__(self, start: float = EPOCH) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Jump ahead; a negative wait is no wait."""
        with self._lock:
            self._now += max(0.0, seconds)


class RealClock:
    """Wall time, `speed` times as fast: a wait of s sandbox seconds takes s/speed seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"The speed of a clock must be above zero, not {speed}.")
        self.speed = speed
        self._epoch = time.time()
        self._origin = time.monotonic()

    def now(self) -> float:
        """Return the current sandbox time in epoch seconds."""
        return self._epoch + (time.monotonic() - self._origin) * self.speed

    def sleep(self, seconds: float) -> None:
        """Wait that many sandbox seconds."""
        time.sleep(max(0.0, seconds) / self.speed)


class Timeline:
    """Events wait here until `settle` passes them; of two at one time, the one planned first comes first."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.now = start
        self.history = History(lambda: self.now)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return round(self.now - self.start, 3)

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Have the event happen that many seconds from the settled now."""
        self.at(self.now + seconds, event)

    def at(self, moment: float, event: Callable[[], None]) -> None:
        """Have the event happen at that time, in epoch seconds."""
        heapq.heappush(self._heap, (moment, next(self._order), event))

    def settle(self, until: float, observe: Callable[[], None]) -> None:
        """Live through everything up to `until`, and observe after each moment at which something happened."""
        while self._heap and self._heap[0][0] <= until:
            self.now = max(self.now, self._heap[0][0])
            while self._heap and self._heap[0][0] <= self.now:
                heapq.heappop(self._heap)[2]()
            observe()
        self.now = max(self.now, until)
