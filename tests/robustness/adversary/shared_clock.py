"""Time that several runs share: it jumps, each run has alarms of its own, and who wakes first has the turn."""

import threading
from collections.abc import Callable

from spotaction.sandbox import JumpingClock
from tests.robustness.simulation.simulated_time import SimulatedClock

_PATIENCE = 120.0  # seconds of wall time after which a thread that never gets its turn is a bug


class SharedClock(SimulatedClock):
    """The sandbox's clock. With one run it jumps; with more, only the thread whose turn it is runs at all.

    An alarm's action runs in the thread that set it, at its moment, wherever that thread sleeps just then.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turns = threading.Condition()
        self._wakes: dict[int, float] = {}
        self._turn = 0
        self._own: dict[int, dict[str, tuple[float, Callable[[], object]]]] = {}

    def ring(self, name: str, seconds: float, action: Callable[[], object]) -> None:
        """Call `action` in that many seconds, in place of this thread's alarm of that name; 0 = never mind."""
        mine = self._own.setdefault(threading.get_ident(), {})
        mine.pop(name, None)
        if seconds > 0:
            mine[name] = (self.now() + seconds, action)

    def forget(self) -> None:
        """Nothing rings for this thread any more."""
        self._own.pop(threading.get_ident(), None)

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass for this thread, from alarm to alarm."""
        if seconds <= 0:
            return
        end = self.now() + seconds
        mine = self._own.get(threading.get_ident(), {})
        while due := [(at, name) for name, (at, _) in mine.items() if at <= end]:
            at, name = min(due)
            _, action = mine.pop(name)
            self._pass_until(at)
            action()
        self._pass_until(end)

    def spawn(self, act: Callable[[], object]) -> threading.Thread:
        """Start a thread that takes part from now on; it has its first turn when this one sleeps."""
        thread = threading.Thread(target=self._take_part, args=(act,), daemon=True)
        with self._turns:
            me = threading.get_ident()
            self._wakes.setdefault(me, self.now())
            self._turn = me
            count = len(self._wakes)
            thread.start()
            self._turns.wait_for(lambda: len(self._wakes) > count, _PATIENCE)
        return thread

    def leave(self) -> None:
        """Take part no more, so that the other threads run on."""
        with self._turns:
            self._own.pop(threading.get_ident(), None)
            if self._wakes.pop(threading.get_ident(), None) is not None:
                self._next()

    def _take_part(self, act: Callable[[], object]) -> None:
        me = threading.get_ident()
        with self._turns:
            self._wakes[me] = self.now()
            self._turns.notify_all()
            self._turns.wait_for(lambda: self._turn == me, _PATIENCE)
        try:
            act()
        finally:
            self.leave()

    def _pass_until(self, moment: float) -> None:
        me = threading.get_ident()
        if self._wakes.keys() <= {me}:
            self._jump(moment)
            return
        with self._turns:
            self._wakes[me] = max(moment, self.now())
            self._next()
            if not self._turns.wait_for(lambda: self._turn == me, _PATIENCE):
                raise RuntimeError("This thread never got its turn.")

    def _next(self) -> None:
        if not self._wakes:
            return
        self._turn = min(self._wakes, key=lambda thread: self._wakes[thread])
        self._jump(self._wakes[self._turn])
        self._turns.notify_all()

    def _jump(self, moment: float) -> None:
        JumpingClock.sleep(self, moment - self.now())
