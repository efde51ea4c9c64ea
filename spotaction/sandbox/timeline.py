"""The events that are still to come, in the order of their times, and what changed of late."""

import heapq
import itertools
from collections.abc import Callable

from spotaction.sandbox.history import History


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
