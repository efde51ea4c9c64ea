"""The real clock, and cancellation by the runner's signals."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

from spotaction.model.errors import CancelledError

GRACE = 1.0  # seconds that a write in flight has to complete after a signal
_SOON = 0.001  # seconds; setitimer would take 0 for "never"

Alarm = Callable[[float], object]


class Cancellation:
    """Whether the runner cancelled the step, and what may still run then.

    A signal ends a sleep or a read at once, and a write after `grace` seconds, so that its response is not lost. No
    call starts afterwards, except inside `shield`. `alarm` schedules a call of `expire_shield` after some seconds, and
    0 cancels it; `install_signal_handlers` sets it.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, grace: float = GRACE) -> None:
        self.signal_name = ""
        self._since = float("-inf")
        self.alarm: Alarm = lambda _seconds: None
        self._now = now
        self._grace = grace
        self._doing = ""
        self._shield_until = float("-inf")
        # A bare lock and not an Event: a handler may run while this very thread holds the Event's inner lock.
        self._latch = threading.Lock()
        self._latch.acquire()

    @property
    def is_shielded(self) -> bool:
        """Whether calls are allowed although the step was cancelled."""
        return self._now() < self._shield_until

    def request_cancel(self, signal_name: str) -> None:
        """Cancel the step; raises `CancelledError` if a read is in flight. Safe in a signal handler."""
        if not self.signal_name:
            self._since = self._now()
            self.signal_name = signal_name
        with suppress(RuntimeError):  # the latch is open already
            self._latch.release()
        if self.is_shielded:
            self.alarm(max(self._shield_until - self._now(), _SOON))
        elif self._doing == "read":
            self.raise_if_cancelled()
        elif self._doing == "write":
            self.alarm(self._grace)

    def raise_if_cancelled(self) -> None:
        """Raise `CancelledError` if the step was cancelled and no shield is active."""
        if self.signal_name and not self.is_shielded:
            raise CancelledError(f"Cancelled by the runner ({self.signal_name}).")

    def expire_shield(self) -> None:
        """End the shield, and raise `CancelledError` in the call that is in flight; called by the alarm."""
        self._shield_until = float("-inf")
        if self._doing:
            self.raise_if_cancelled()

    def sleep_until_cancelled(self, seconds: float) -> None:
        """Sleep for so many seconds; raises `CancelledError` as soon as the step is cancelled."""
        self.raise_if_cancelled()
        end = self._now() + max(seconds, 0.0)
        if not self.signal_name and self._latch.acquire(timeout=max(seconds, 0.0)):
            self._latch.release()
        if self.signal_name and self.is_shielded:
            time.sleep(max(min(end, self._shield_until) - self._now(), 0.0))
        self.raise_if_cancelled()

    @contextmanager
    def during_read(self) -> Iterator[None]:
        """Return a context for a call that changes nothing: a signal ends it at once."""
        with self._during_call("read"):
            yield

    @contextmanager
    def during_write(self) -> Iterator[None]:
        """Return a context for a call that changes something: a signal ends it after the grace time."""
        with self._during_call("write"):
            yield
        if self.signal_name and not self.is_shielded:
            self.alarm(0.0)  # the call has ended

    @contextmanager
    def shield(self, seconds: float) -> Iterator[None]:
        """Return a context in which calls and sleeps are allowed until `seconds` after the signal, to restore traffic.

        The time counts from the signal, so that waiting for a write in flight does not extend it.
        """
        before = self._shield_until
        until = (self._since if self.signal_name else self._now()) + seconds
        self._shield_until = min(before, until) if self.is_shielded else until
        if self.signal_name:
            self.alarm(max(self._shield_until - self._now(), _SOON))
        try:
            yield
        finally:
            self._shield_until = before
            self.alarm(0.0)

    @contextmanager
    def _during_call(self, doing: str) -> Iterator[None]:
        before, self._doing = self._doing, doing
        try:
            self.raise_if_cancelled()
            yield
        finally:
            self._doing = before


class RealClock:
    """The time of this machine; implements `ports.Clock`."""

    def __init__(self, interrupt: Cancellation | None = None) -> None:
        self.interrupt = interrupt if interrupt is not None else Cancellation()

    def now(self) -> float:
        """Return seconds on the monotonic clock."""
        return time.monotonic()

    def time(self) -> datetime:
        """Return the wall time, aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds; raises `CancelledError` as soon as the step is cancelled."""
        self.interrupt.sleep_until_cancelled(seconds)


def install_signal_handlers(interrupt: Cancellation) -> Callable[[], None]:
    """Let SIGINT and SIGTERM cancel the step, and SIGALRM end a shield; return a function that undoes this."""

    def stop(number: int, _frame: FrameType | None) -> None:
        interrupt.request_cancel(signal.Signals(number).name)

    def expire(_number: int, _frame: FrameType | None) -> None:
        interrupt.expire_shield()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGALRM: expire}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    interrupt.alarm = lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)

    def restore() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        interrupt.alarm = lambda _seconds: None
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
