"""The two clocks a sandbox can live by: one that jumps for tests, one that runs for people."""

import threading
import time
from typing import Protocol

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
