"""What the moment allows to pauses around calls: how late, for whom, and who looks out meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from spotaction.model.events import Note
from spotaction.model.ports import Clock, Notify

INTERVAL = 2.5  # seconds between two looks
LONG = 20.0  # seconds: a pause that a person who reads the log would wonder about


def do_nothing() -> None:
    """Nobody looks out."""


@dataclass
class CallBudget:
    """Shared by the waits, which set it, and the adapters, which keep to it.

    No call is tried again after `until`, a moment on the clock. When `hurried`, no call waits for the sake of others:
    production is to be put back. `on_idle` is called while a call pauses, and may raise what ends the wait.
    """

    until: float = inf
    hurried: bool = False
    on_idle: Callable[[], None] = field(default=do_nothing, repr=False)

    def prioritise(self, until: float = inf) -> None:
        """From now on production is put back: with a deadline of its own, or with none but each call's."""
        self.hurried, self.until = True, until

    def extend_until(self, until: float) -> None:
        """What is left to tell may take until then, however late it is."""
        self.until = max(self.until, until)

    @contextmanager
    def limited_to(self, until: float, on_idle: Callable[[], None] = do_nothing) -> Iterator[None]:
        """While a wait is in progress; the wait itself says why it ended."""
        before = self.until, self.on_idle
        self.until, self.on_idle = min(self.until, until), on_idle
        try:
            yield
        finally:
            self.until, self.on_idle = before


@dataclass(frozen=True)
class WatchfulClock(Clock):
    """A clock for the adapters: it tells of a long sleep, and looks out every few seconds of it."""

    inner: Clock
    pauses: CallBudget
    notify: Notify

    def now(self) -> float:
        """As the clock says."""
        return self.inner.now()

    def time(self) -> datetime:
        """As the clock says."""
        return self.inner.time()

    def sleep(self, seconds: float) -> None:
        """Wait, in pieces where somebody looks out; raises what they raise."""
        if seconds >= LONG:
            self.notify(Note(f"The next call waits {seconds:.0f} s, for a rate limit or after an error."))
        left = seconds
        while left > INTERVAL and self.pauses.on_idle is not do_nothing:
            begun = self.now()
            self.inner.sleep(INTERVAL)
            self.pauses.on_idle()
            left -= self.now() - begun
        self.inner.sleep(max(left, 0.0))
