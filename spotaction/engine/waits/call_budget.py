"""How long API calls may pause and retry: until when, how urgent they are, and what to check during a pause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from spotaction.documents.wording import format_duration
from spotaction.model.events import Note
from spotaction.model.ports import Clock, Notify

INTERVAL = 2.5  # seconds between two polls
LONG = 20.0  # seconds: a pause that needs an explanation in the log


def do_nothing() -> None:
    """Check nothing during a pause."""


def space_nothing() -> float:
    """Return 0: the limit leaves room for every poll."""
    return 0.0


@dataclass
class CallBudget:
    """Set by the waits and honoured by the adapters.

    No call is retried after `until` (on the clock's `now`). When `hurried`, calls leave no room for other clients of
    the account, because production is being restored. `on_idle` runs during a pause and may raise to end the wait.
    `read_spacing` returns how many seconds apart a wait's reads should be while many clients share the limit, else 0.
    """

    until: float = inf
    hurried: bool = False
    on_idle: Callable[[], None] = field(default=do_nothing, repr=False)
    read_spacing: Callable[[], float] = field(default=space_nothing, repr=False)

    def prioritise(self, until: float = inf) -> None:
        """Hurry from now on, to restore production; `until` replaces the deadline, by default with none."""
        self.hurried, self.until = True, until

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """Leave no room for other clients within a `with` block."""
        before, self.hurried = self.hurried, True
        try:
            yield
        finally:
            self.hurried = before

    def extend_until(self, until: float) -> None:
        """Move the deadline to `until` if it is earlier, for the calls that record how the deployment ended."""
        self.until = max(self.until, until)

    @contextmanager
    def limited_to(self, until: float, on_idle: Callable[[], None] = do_nothing) -> Iterator[None]:
        """Apply an earlier deadline and another `on_idle` within a `with` block, such as during a wait."""
        before = self.until, self.on_idle
        self.until, self.on_idle = min(self.until, until), on_idle
        try:
            yield
        finally:
            self.until, self.on_idle = before


@dataclass(frozen=True)
class WatchfulClock(Clock):
    """A clock for the adapters that logs long sleeps and calls `on_idle` every few seconds of them."""

    inner: Clock
    budget: CallBudget
    notify: Notify

    def now(self) -> float:
        """Return the inner clock's seconds."""
        return self.inner.now()

    def time(self) -> datetime:
        """Return the inner clock's time of day (UTC)."""
        return self.inner.time()

    def sleep(self, seconds: float) -> None:
        """Sleep in short intervals with `on_idle` between them; raises what that raises."""
        if seconds >= LONG:
            self.notify(
                Note(f"Waiting {format_duration(seconds)} before the next API call (rate limit or error backoff).")
            )
        left = seconds
        while left > INTERVAL and self.budget.on_idle is not do_nothing:
            started = self.now()
            self.inner.sleep(INTERVAL)
            self.budget.on_idle()
            left -= self.now() - started
        self.inner.sleep(max(left, 0.0))
