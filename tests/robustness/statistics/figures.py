"""The figures that are measured: which releases, how many, and what is wanted of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt

from tests.robustness.statistics.playing import (
    FAILED,
    OPEN,
    PASSED,
    RULES,
    Played,
    play_any,
    play_errors,
    play_latency,
    play_outage,
    play_rule,
    play_shifts,
    play_swap,
)
from tests.robustness.statistics.releases import Traffic

STANDARD = Traffic()
KNOWN_RUNS = 400  # how many releases the known figures were found with, in the middle
DEVIATIONS = 3.5


@dataclass(frozen=True)
class Known:
    """A figure that was found before, by others' simulation of the same rule: in percent, or a minute."""

    verdict: str
    percent: float | None = None
    minute: int | None = None


@dataclass(frozen=True)
class Figure:
    """So many releases, what they are, and what is wanted: `most` percent may fail, and `known` figures come out."""

    group: str
    name: str
    play: Callable[[str], Played]
    releases: int
    most: float | None = None
    known: Sequence[Known] = ()
    good: bool = False


def _errors(name: str, releases: int, traffic: Traffic, *known: Known) -> Figure:
    return Figure("found", name, partial(play_errors, traffic), releases, known=known)


def _other(rule: str, name: str, releases: int, traffic: Traffic, percent: float | None = None) -> Figure:
    known = () if percent is None else (Known(FAILED, percent),)
    return Figure("others", name, partial(play_rule, RULES[rule], traffic), releases, known=known)


FIGURES = (
    Figure("good", "services of any size, Poisson and bursty, 60 min", play_any, 4000, most=1.0, good=True),
    Figure("good", "0.1 % errors, 6,000 requests/min, 10 % share", partial(play_errors, STANDARD), 1500, 1.0, good=True,
           known=(Known(PASSED, 96, 16),)),
    Figure("good", "the same, errors in clusters of 3", partial(play_errors, Traffic(cluster=3)), 1000, 1.0, good=True),
    Figure("good", "the same, errors in clusters of 10",
           partial(play_errors, Traffic(cluster=10)), 1000, 1.0, good=True),
    Figure("good", "rare errors (0.003 %) in clusters of 20",
           partial(play_errors, Traffic(rate=3e-5, cluster=20)), 500, 1.0, good=True),
    Figure("good", "three shifts of 20 min each: 10, 25, 50 %", play_shifts, 1500, most=1.0, good=True),
    Figure("good", "after a swap, against the hour before", play_swap, 1000, most=1.0, good=True),
    Figure("outage", "outage of both groups, 3 to 90 % errors, at any minute", play_outage, 1500, most=0.0, good=True),
    _errors("twice the errors", 500, Traffic(ratio=2), Known(FAILED, 93.7, 20)),
    _errors("5 times the errors", 500, Traffic(ratio=5), Known(FAILED, 100, 4)),
    _errors("600 requests/min, as good as the old", 500, Traffic(requests=600), Known(OPEN, 95)),
    _errors("twice, clusters of 3", 400, Traffic(ratio=2, cluster=3), Known(FAILED, 54)),
    _errors("5 times, clusters of 3", 400, Traffic(ratio=5, cluster=3), Known(FAILED, 100)),
    _errors("twice, clusters of 10", 400, Traffic(ratio=2, cluster=10), Known(FAILED, 6)),
    _errors("5 times, clusters of 10", 400, Traffic(ratio=5, cluster=10), Known(FAILED, 89)),
    _errors("5 times from minute 30 on", 300, Traffic(ratio=5, bad_from=30)),
    _errors("50 times (5 % errors)", 300, Traffic(ratio=50)),
    Figure("found", "50 times, after a swap", partial(play_swap, traffic=Traffic(ratio=50)), 100),
    Figure("latency", "p99 as before, noise 15 %", partial(play_latency, 1.0, 0.15, 0.0), 1000, most=1.0),
    Figure("latency", "p99 as before, noise 15 % that lasts", partial(play_latency, 1.0, 0.15, 0.7), 1000, most=1.0),
    Figure("latency", "p99 1.25 times, which is allowed", partial(play_latency, 1.25, 0.15, 0.0), 1000, most=1.0),
    Figure("latency", "p99 1.25 times, noise that lasts", partial(play_latency, 1.25, 0.15, 0.7), 500),
    Figure("latency", "p99 1.5 times", partial(play_latency, 1.5, 0.15, 0.0), 300),
    Figure("latency", "p99 doubled", partial(play_latency, 2.0, 0.15, 0.0), 300),
    _other("kayenta", "Kayenta, good release, clusters of 10", 300, Traffic(cluster=10), 19),
    _other("kayenta", "Kayenta, twice the errors, 10 min", 300, Traffic(ratio=2, minutes=10), 8.5),
    _other("kayenta", "Kayenta, twice the errors, 30 min", 300, Traffic(ratio=2, minutes=30), 33.5),
    _other("kayenta", "Kayenta, twice the errors, 60 min", 300, Traffic(ratio=2), 73),
    _other("kayenta", "Kayenta, 5 times the errors, 10 min", 300, Traffic(ratio=5, minutes=10), 70),
    _other("p-value", "p at 1 % in each minute, good release", 1000, STANDARD, 4),
    _other("wald", "Wald's test alone, good, clusters of 10", 1000, Traffic(cluster=10), 20),
)  # fmt: skip


def is_as_known(found: float, known: float, releases: int) -> bool:
    """Whether a percentage is that of the known one, within the error of both."""
    p = min(0.98, max(0.02, known / 100))
    return abs(found - known) <= 100 * DEVIATIONS * sqrt(p * (1 - p) * (1 / releases + 1 / KNOWN_RUNS))


def play_stretch(task: tuple[int, str, int, int]) -> tuple[int, list[Played]]:
    """Play some of the releases of a figure; each has a seed of its own, so that cores do not matter."""
    figure, seed, first, count = task
    play = FIGURES[figure].play
    return figure, [play(f"{seed}/{number}") for number in range(first, first + count)]
