"""What a fleet is held against, and what stands in the way of an aim that cannot be met."""

from collections.abc import Iterator
from dataclasses import dataclass

from .fleet import Load

_LOCKSTEP = (
    "each deployment waits for its share between the reads that follow each other at its gate and at its end, and the "
    "bound counts one deployment alone"
)
_UNKNOWN = "no job knows of the others before the first calls of all, which a limit of 60 refuses, and then again"
_STARVED = (
    "a limit so low refuses the reads of a job without a number for longer than its steady-state-timeout: it rolls "
    "back, and production stays as it was"
)
_FIRST = "jobs learn the limit from their first call, and 256 of them make it within 26 s"


@dataclass(frozen=True)
class Aim:
    """`most` is what `wanted` is replaced by where the measured limit is higher, for the reason in `why`."""

    what: str
    wanted: float
    measured: float
    most: float
    why: str = ""

    @property
    def verdict(self) -> str:
        """Met, missed for a known reason, or worse than was measured before."""
        if self.measured <= self.wanted:
            return "met"
        return "limit" if self.measured <= self.most else "MISSED"


def judge(load: Load, *, numbered: bool) -> Iterator[Aim]:
    """The aims of a fleet of 256."""
    name = f"{load.apps} {'numbered jobs' if numbered else 'deployments'} at {load.limit}"
    slow = load.limit < load.apps
    ratio, refused = load.makespan / load.bound, 100 * load.refused / load.calls
    yield Aim(f"{name}: not deployed", 0, load.apps - load.deployed, LOST[slow, numbered], _STARVED)
    yield Aim(f"{name}: calls sent while told to wait", 0, load.knowing, 0)
    why = _LOCKSTEP if numbered else _UNKNOWN
    if slow:
        yield Aim(f"{name}: makespan over its bound", 1.6, ratio, RATIOS[slow, numbered], why)
        yield Aim(f"{name}: % of calls refused", 5.0, refused, REFUSED[slow, numbered], _FIRST if numbered else why)
    else:
        yield Aim(f"{name}: makespan over its bound", 1.35, ratio, RATIOS[slow, numbered], why)
        yield Aim(f"{name}: % of calls refused", 0.0, refused, REFUSED[slow, numbered], _UNKNOWN)


#: What was measured, with room for other draws, by whether the limit is low and the jobs are numbered.
RATIOS = {(False, True): 1.9, (False, False): 2.2, (True, True): 1.7, (True, False): 2.8}
LOST = {(False, True): 0, (False, False): 0, (True, True): 0, (True, False): 20}
REFUSED = {(False, True): 0.5, (False, False): 1.0, (True, True): 6.0, (True, False): 20.0}
