"""How long to wait before the next look: slow while nothing can have happened, fast where the end is near."""

from collections.abc import Callable
from dataclasses import dataclass

from spotaction.engine.waits.call_budget import INTERVAL
from spotaction.engine.waits.health import Waiting

FIRST_LOOK = 3.0  # seconds after a launch was asked for: nothing is healthy before
CONFIRMED = 5.0  # seconds for which something has to be wrong: a check fails for a moment, a read is an old one
OFTEN = 3  # times that something goes wrong and recovers: an instance may be interrupted, and another one
_YOUNG = 10.0
_MOSTLY = 0.65
_SOONEST, _LATEST = 0.85, 1.3  # of the time that the last launch took
_JUST = 30.0  # seconds
_LATE = 15.0  # seconds past the expected end: from there on it is anybody's guess


def poll_interval_launching(verdict: Waiting, elapsed: float) -> float:
    """Seconds to the next look at instances that are to get healthy; `elapsed` since the wait began.

    What Spot answers holds more than yes or no: nothing launched yet, launched, k of n healthy. With these intervals a
    wait makes no more calls than one of fixed 5 s, and sees the end in 1.2 to 2.5 s on average instead of 2.8
    (`make bench`). Back-off in proportion to the time passed does worse than a fixed interval for the same calls.
    """
    young = elapsed < _YOUNG
    if verdict.launched <= 0:
        return 5.0 if young else 15.0
    if verdict.of <= 1:
        return 4.3
    if verdict.ready == 0:
        return 4.0 if young else 7.0
    return 1.5 if verdict.ready >= _MOSTLY * verdict.of else 4.5


def poll_interval_relaunching(verdict: Waiting, elapsed: float, expected: float) -> float:
    """As `launching`, when instances of this very group took `expected` seconds before."""
    if elapsed < _SOONEST * expected:
        return min(max(_SOONEST * expected - elapsed, 1.0), 15.0)
    return 1.5 if elapsed < _LATEST * expected else poll_interval_launching(verdict, elapsed)


def poll_interval_draining(verdict: Waiting, elapsed: float, expected: float) -> float:
    """Seconds to the next look at instances that are to leave: they take `expected` seconds, hardly ever less."""
    del verdict
    left = expected - elapsed
    return min(max(left, 1.0), 20.0) if left > -_LATE else 3.0


def poll_interval_read_back(verdict: Waiting, elapsed: float) -> float:
    """For what should be so at once, such as a write that is read back."""
    del verdict, elapsed
    return 1.0


def poll_interval_confirming(verdict: Waiting, elapsed: float) -> float:
    """For what seems to go wrong: once more, before anything is done about it."""
    del verdict, elapsed
    return INTERVAL


def poll_interval_watching(elapsed: float) -> float:
    """Seconds to the next look at what took over, while it is well; it gets the whole load in the first moments."""
    return 5.0 if elapsed < _JUST else 15.0


def poll_interval_watching_rules(elapsed: float) -> float:
    """The same for rules, which nobody else is expected to write."""
    return 10.0 if elapsed < _JUST else 20.0


def poll_interval_other_run(verdict: Waiting, elapsed: float) -> float:
    """For somebody else's work."""
    del verdict, elapsed
    return 10.0


@dataclass(frozen=True)
class PollIntervals:
    """The intervals of a deployment; others than ours are for comparing them (`make bench`)."""

    first: float = FIRST_LOOK
    launching: Callable[[Waiting, float], float] = poll_interval_launching
    relaunching: Callable[[Waiting, float, float], float] = poll_interval_relaunching
    draining: Callable[[Waiting, float, float], float] = poll_interval_draining
