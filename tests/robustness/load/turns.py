"""A clock that threads share: one runs at a time, and when it sleeps the one whose sleep ends next goes on."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from spotaction.sandbox.clock import EPOCH


class TurnClock:
    """Simulated seconds; deterministic, as no two threads ever run side by side."""

    def __init__(self, start: float = EPOCH) -> None:
        self._now = start
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._over = threading.Event()

    def now(self) -> float:
        """Epoch seconds."""
        return self._now

    def time(self) -> datetime:
        """The simulated wall time."""
        return datetime.fromtimestamp(self._now, UTC)

    def sleep(self, seconds: float) -> None:
        """Let the others have their turns until it is time."""
        if seconds <= 0 or not self._waiting:
            self._now += max(0.0, seconds)
            return
        turn = self._enter(self._now + seconds)
        self._pass_on()
        turn.wait()

    def run(self, acts: Sequence[Callable[[], object]], *, apart: float) -> None:
        """Run all of them, each beginning `apart` seconds after the one before."""
        threads = []
        for number, act in enumerate(acts):
            turn = self._enter(self._now + number * apart)
            threads.append(threading.Thread(target=self._act, args=(act, turn), daemon=True))
        for thread in threads:
            thread.start()
        self._pass_on()
        for thread in threads:
            thread.join()

    def _act(self, act: Callable[[], object], turn: threading.Event) -> None:
        turn.wait()
        try:
            act()
        finally:
            self._pass_on()

    def _enter(self, moment: float) -> threading.Event:
        turn = threading.Event()
        heapq.heappush(self._waiting, (moment, next(self._order), turn))
        return turn

    def _pass_on(self) -> None:
        if self._waiting:
            moment, _, turn = heapq.heappop(self._waiting)
            self._now = max(self._now, moment)
            turn.set()
