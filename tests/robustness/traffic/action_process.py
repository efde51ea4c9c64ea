"""Runs the action, or its post step, as a process on the clock of a sandbox in another process."""

import os
import sys
from datetime import UTC, datetime

from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.entrypoints import _catch_signals, _finalise_exit_code
from spotaction.sandbox import clock as sandbox_clock

#: Seconds of this machine that starting costs: they count many times over on the fast clock, not on GitHub's.
_STARTS = 3.0
#: Speed, epoch and origin of the sandbox's clock, separated by spaces.
CLOCK = "TRAFFIC_CLOCK"


class SharedClock(RealClock):
    """The sandbox's clock; signals arrive in real time."""

    def __init__(self, interrupt: Cancellation, speed: float, epoch: float, origin: float) -> None:
        super().__init__(interrupt)
        self._shared = sandbox_clock.RealClock(speed, epoch=epoch, origin=origin)

    def now(self) -> float:
        return self._shared.now()

    def time(self) -> datetime:
        return datetime.fromtimestamp(self._shared.now(), UTC)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / self._shared.speed)


def main(step: str) -> int:
    interrupt = _catch_signals()
    from spotaction.main import main as deploy  # noqa: PLC0415 - a signal during this import is not lost
    from spotaction.post import LIMIT, main_post  # noqa: PLC0415

    speed, epoch, origin = (float(part) for part in os.environ[CLOCK].split())
    clock = SharedClock(interrupt, speed, epoch, origin)
    if step == "post":
        limit = LIMIT + _STARTS * speed
        return _finalise_exit_code(main_post(os.environ, sys.stdout, clock=clock, interrupt=interrupt, limit=limit))
    return _finalise_exit_code(deploy(os.environ, sys.stdout, clock=clock, interrupt=interrupt))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
