"""Runs the action as `entrypoint.py` does, but on a faster clock, because its waits would slow the tests down."""

import os
import sys

from spotaction.cloud.clock import RealClock
from spotaction.entrypoints import _catch_signals, _finalise_exit_code

FASTER = 30


class FasterClock(RealClock):
    """A clock on which waits pass faster, while signals arrive in real time."""

    def now(self) -> float:
        return super().now() * FASTER

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / FASTER)


def main() -> int:
    cancellation = _catch_signals()
    from spotaction.main import main as run  # noqa: PLC0415 - a signal during this import is not lost

    clock = FasterClock(cancellation)
    return _finalise_exit_code(run(os.environ, sys.stdout, clock=clock, interrupt=cancellation))


if __name__ == "__main__":
    sys.exit(main())
