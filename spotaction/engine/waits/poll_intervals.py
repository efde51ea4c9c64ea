"""How long to wait before the next poll: long while nothing can have happened, short when the end is near."""

from collections.abc import Callable
from dataclasses import dataclass

from spotaction.engine.waits.call_budget import INTERVAL
from spotaction.engine.waits.health import Waiting

FIRST_POLL = 3.0  # seconds after a launch was requested: nothing is healthy earlier
CONFIRMED = 5.0  # seconds for which something has to be wrong: a single failed check or an old read does not count
OFTEN = 3  # times that something may go wrong and recover, such as when Spot instances are reclaimed
_YOUNG = 10.0
_MOSTLY = 0.65
_SOONEST, _LATEST = 0.85, 1.3  # of the time that the last launch took
_JUST = 30.0  # seconds
_NOTHING_NEW = 60.0  # seconds between polls that cannot end a wait: they show in the log that it continues
_NEEDLESS, _BESIDE = 4, 3  # of the reads that a tight limit leaves us: every fourth, every third
_RAREST_WATCH = 90.0  # seconds
_LATE = 15.0  # seconds past the expected end, after which there is no estimate


def poll_interval_launching(verdict: Waiting, elapsed: float) -> float:
    """Return the seconds until the next poll of instances that are launching, `elapsed` seconds into the wait.

    The interval depends on the progress: nothing launched, launched, k of n healthy. A wait with these intervals makes
    no more calls than one with a fixed 5 s, and notices the end 1.2 to 2.5 s late on average instead of 2.8
    (`make bench`). A back-off proportional to the elapsed time does worse than a fixed interval for as many calls.
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
    """Return the seconds until the next poll of a group whose previous launch took `expected` seconds."""
    if elapsed < _SOONEST * expected:
        return min(max(_SOONEST * expected - elapsed, 1.0), 15.0)
    return 1.5 if elapsed < _LATEST * expected else poll_interval_launching(verdict, elapsed)


def poll_interval_draining(verdict: Waiting, elapsed: float, expected: float) -> float:
    """Return the seconds until the next poll of draining instances, which take `expected` seconds, rarely less."""
    del verdict
    left = expected - elapsed
    return min(max(left, 1.0), 20.0) if left > -_LATE else 3.0


def poll_interval_timed(left: float, spacing: float = 0.0) -> float:
    """Return the seconds until the next poll of instances that count as draining for another `left` seconds.

    `spacing` is how many seconds apart the rate limit leaves us reads.
    """
    return min(left, max(_NOTHING_NEW, _NEEDLESS * spacing))


def poll_interval_watching_spaced(elapsed: float, spacing: float) -> float:
    """Return the seconds until the next poll of what took over, where that takes the reads that the waits need, too."""
    return max(poll_interval_watching(elapsed), min(_BESIDE * spacing, _RAREST_WATCH))


def poll_interval_read_back(verdict: Waiting, elapsed: float) -> float:
    """Return the seconds until a write is read back again: it should show immediately."""
    del verdict, elapsed
    return 1.0


def poll_interval_confirming(verdict: Waiting, elapsed: float) -> float:
    """Return the seconds until a suspected failure is checked again before anything is done about it."""
    del verdict, elapsed
    return INTERVAL


def poll_interval_watching(elapsed: float) -> float:
    """Return the seconds until the next poll of a healthy group that took over: often at first, under full load."""
    return 5.0 if elapsed < _JUST else 15.0


def poll_interval_watching_rules(elapsed: float) -> float:
    """Return the seconds until rules that should not change are read again, `elapsed` seconds into the watch."""
    return 10.0 if elapsed < _JUST else 20.0


def poll_interval_other_run(verdict: Waiting, elapsed: float) -> float:
    """Return the seconds until the next look for another run or its work."""
    del verdict, elapsed
    return 10.0


@dataclass(frozen=True)
class PollIntervals:
    """The poll intervals of a deployment; `make bench` compares these with others."""

    first: float = FIRST_POLL
    launching: Callable[[Waiting, float], float] = poll_interval_launching
    relaunching: Callable[[Waiting, float, float], float] = poll_interval_relaunching
    draining: Callable[[Waiting, float, float], float] = poll_interval_draining
