"""Time in a simulation: it jumps, signals come at their moments, and whoever overstays a signal is killed."""

from collections.abc import Callable
from datetime import UTC, datetime

from spotaction.cloud.clock import Cancellation
from spotaction.sandbox import JumpingClock
from tests.support.action import KilledError

GRACE = 10.0  # seconds from the runner's first signal to SIGKILL


class SimulatedClock(JumpingClock):
    """The sandbox's clock, which rings: an alarm's action runs at its moment, wherever somebody sleeps just then."""

    def __init__(self) -> None:
        super().__init__()
        self._alarms: dict[str, tuple[float, Callable[[], object]]] = {}

    def ring(self, name: str, seconds: float, action: Callable[[], object]) -> None:
        """Call `action` in that many seconds, in place of an earlier alarm of that name; 0 = never mind."""
        self._alarms.pop(name, None)
        if seconds > 0:
            self._alarms[name] = (self.now() + seconds, action)

    def sleep(self, seconds: float) -> None:
        """Jump ahead, from alarm to alarm."""
        end = self.now() + max(0.0, seconds)
        while due := [(at, name) for name, (at, _) in self._alarms.items() if at <= end]:
            at, name = min(due)
            _, action = self._alarms.pop(name)
            super().sleep(at - self.now())
            action()
        super().sleep(end - self.now())


class Process:
    """One container of the action: its clock, its interrupt, and whether it outstayed the runner's retry_policy."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.interrupt = Cancellation(now=clock.now)
        self.interrupt.alarm = lambda seconds: clock.ring("expire", seconds, self._expire)
        self.overstayed = False

    def signal(self) -> None:
        """SIGTERM now, and SIGKILL when the runner has lost its retry_policy."""
        self.clock.ring("kill", GRACE, self._kill)
        self.interrupt.request_cancel("SIGTERM")
        self._wake()

    def kill(self) -> None:
        """SIGKILL now."""
        raise KilledError

    def end(self) -> None:
        """The process is gone: nothing rings for it any more."""
        for name in ("signal", "kill", "expire"):
            self.clock.ring(name, 0.0, self._wake)

    def now(self) -> float:
        """Simulated seconds."""
        return self.clock.now()

    def time(self) -> datetime:
        """The simulated wall time."""
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def sleep(self, seconds: float) -> None:
        """Wait; raises `CancelledError` as the real clock does, also when the signal comes meanwhile."""
        self.interrupt.raise_if_cancelled()
        self.clock.sleep(seconds)
        self.interrupt.raise_if_cancelled()

    def _expire(self) -> None:
        self.interrupt.expire_shield()
        self._wake()

    def _wake(self) -> None:
        """A signal ends a sleep at once; what it does to a call in flight is the interrupt's own business."""
        if not self.interrupt._doing:
            self.interrupt.raise_if_cancelled()

    def _kill(self) -> None:
        self.overstayed = True
        raise KilledError
