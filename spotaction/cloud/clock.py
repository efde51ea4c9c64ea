"""The real clock, and the interrupt by which the runner wakes and stops us."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

from spotaction.model.errors import CancelledError

GRACE = 1.0  # seconds that a mutating call in flight gets to answer after a signal
_SOON = 0.001  # setitimer takes 0 for "never"

Alarm = Callable[[float], object]


class Cancellation:
    """Whether the runner asked us to stop, and what may go on then.

    A signal ends a sleep and a reading call at once, a mutating call after `grace` seconds, so that its answer is not
    lost. No call begins afterwards, except inside `shield`. `alarm` arranges that `expire` is called after some
    seconds (0 = never mind); `install_signal_handlers` sets it.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, grace: float = GRACE) -> None:
        self.signal_name = ""
        self._since = float("-inf")
        self.alarm: Alarm = lambda _seconds: None
        self._now = now
        self._grace = grace
        self._doing = ""
        self._shield_until = float("-inf")
        # A bare lock and no Event: a handler may run while this very thread holds the Event's inner lock.
        self._latch = threading.Lock()
        self._latch.acquire()

    @property
    def is_shielded(self) -> bool:
        """Whether calls are allowed although the runner asked us to stop."""
        return self._now() < self._shield_until

    def request_cancel(self, signal_name: str) -> None:
        """Ask to stop; raises `CancelledError` when a reading call is in flight. Safe in a signal handler."""
        if not self.signal_name:
            self._since = self._now()
            self.signal_name = signal_name
        with suppress(RuntimeError):  # the latch is open already
            self._latch.release()
        if self.is_shielded:
            self.alarm(max(self._shield_until - self._now(), _SOON))
        elif self._doing == "reading":
            self.raise_if_cancelled()
        elif self._doing == "mutating":
            self.alarm(self._grace)

    def raise_if_cancelled(self) -> None:
        """Raise `CancelledError` when the runner asked us to stop and nothing shields us."""
        if self.signal_name and not self.is_shielded:
            raise CancelledError(f"The runner asked us to stop ({self.signal_name}).")

    def expire_shield(self) -> None:
        """The alarm went off: end the call in flight."""
        self._shield_until = float("-inf")
        if self._doing:
            self.raise_if_cancelled()

    def sleep_until_cancelled(self, seconds: float) -> None:
        """Sleep, or raise `CancelledError` as soon as the runner asks us to stop."""
        self.raise_if_cancelled()
        end = self._now() + max(seconds, 0.0)
        if not self.signal_name and self._latch.acquire(timeout=max(seconds, 0.0)):
            self._latch.release()
        if self.signal_name and self.is_shielded:
            time.sleep(max(min(end, self._shield_until) - self._now(), 0.0))
        self.raise_if_cancelled()

    @contextmanager
    def during_read(self) -> Iterator[None]:
        """Around a call that changes nothing."""
        with self._during_call("reading"):
            yield

    @contextmanager
    def during_write(self) -> Iterator[None]:
        """Around a call that changes something."""
        with self._during_call("mutating"):
            yield
        if self.signal_name and not self.is_shielded:
            self.alarm(0.0)  # it answered: nothing is left to end

    @contextmanager
    def shield(self, seconds: float) -> Iterator[None]:
        """Allow calls and sleeps although the runner asked us to stop, until `seconds` after it did: for traffic.

        Counted from the signal, so that a mutating call that was waited for does not make the end any later.
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
    """Time of this machine; implements `ports.Clock`."""

    def __init__(self, interrupt: Cancellation | None = None) -> None:
        self.interrupt = interrupt if interrupt is not None else Cancellation()

    def now(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic()

    def time(self) -> datetime:
        """The wall time, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait; raises `CancelledError` when the runner asks us to stop."""
        self.interrupt.sleep_until_cancelled(seconds)


def install_signal_handlers(interrupt: Cancellation) -> Callable[[], None]:
    """Let SIGINT and SIGTERM set the interrupt, and SIGALRM expire it; the answer puts the former handlers back."""

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
