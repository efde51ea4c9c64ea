"""Detection delay and calls per wait: our pacing and other tools' fixed or growing intervals, in one simulator.

The simulator: a group of n instances is asked for at 0. Each launches after 20 to 30 % of its own time to healthy,
which is T, give or take 15 % in common and 15 to 25 % each. A look takes 0.3 s, and sees what is so in its middle.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from spotaction.engine.waits import poll_intervals
from spotaction.engine.waits.health import Waiting

TIMES = (10, 30, 60, 120, 300, 600, 900)
SIZES = (1, 3, 10, 50)
DRAWS = 400
ROUND_TRIP = 0.3
Policy = Callable[[int, int, int, float, int], float]  # ready, of, launched, elapsed, look


@dataclass(frozen=True)
class Row:
    """Means over the draws: seconds from the last instance's health to the end of the wait, and looks."""

    policy: str
    size: int
    seconds: tuple[float, ...]
    looks: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean delay over all steady-state times."""
        return statistics.mean(self.seconds)


def measure() -> list[Row]:
    """A row for each policy and size, over all times."""
    return [_row(name, policy, size) for name, policy in policies().items() for size in SIZES]


def policies() -> dict[str, Policy]:
    """Ours, and what the peers' sources say (intervals in seconds)."""
    return {
        "spotaction": _ours,
        "fixed 2 s (senza)": partial(_fixed, 2.0),
        "fixed 5 s (Spinnaker)": partial(_fixed, 5.0),
        "fixed 10 s (asiaq, Ansible)": partial(_fixed, 10.0),
        "fixed 15 s (AWS waiters)": partial(_fixed, 15.0),
        "fixed 20 s (Harness)": partial(_fixed, 20.0),
        "0.5, 1, 2, 4, 8, 10 s (Terraform)": lambda *seen: min(10.0, 0.5 * 2 ** seen[4]),
    }


def _fixed(interval: float, *_seen: float) -> float:
    return interval


def _ours(ready: int, of: int, launched: int, elapsed: float, look: int) -> float:
    return (
        poll_intervals.FIRST_POLL
        if look < 0
        else poll_intervals.poll_interval_launching(Waiting("", ready, of, launched), elapsed)
    )


def _row(name: str, policy: Policy, size: int) -> Row:
    cells = [_cell(policy, size, time) for time in TIMES]
    return Row(name, size, tuple(delay for delay, _ in cells), tuple(looks for _, looks in cells))


def _cell(policy: Policy, size: int, time: float) -> tuple[float, float]:
    dice = random.Random(f"{size} {time}")  # noqa: S311 - the same draws each time
    draws = [_wait(policy, *_world(size, time, dice)) for _ in range(DRAWS)]
    return statistics.mean(delay for delay, _ in draws), statistics.mean(looks for _, looks in draws)


def _world(size: int, time: float, dice: random.Random) -> tuple[list[float], list[float]]:
    common = dice.uniform(0.85, 1.15) * time
    healthy = [common * dice.uniform(0.85, 1.25) / 1.05 for _ in range(size)]
    return [moment * dice.uniform(0.2, 0.3) for moment in healthy], healthy


def _wait(policy: Policy, launches: list[float], healthy: list[float]) -> tuple[float, int]:
    now = policy(0, len(healthy), 0, 0.0, -1) if policy is _ours else 0.0
    for look in _count():
        seen = now + ROUND_TRIP / 2
        ready = sum(moment <= seen for moment in healthy)
        now += ROUND_TRIP
        if ready == len(healthy):
            return now - max(healthy), look + 1
        now += policy(ready, len(healthy), sum(moment <= seen for moment in launches), now, look)
    raise AssertionError


def _count() -> Iterator[int]:
    yield from range(1_000_000)
