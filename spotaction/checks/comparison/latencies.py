"""Judges the response time of the new group against the old group's, minute by minute: failed, passed, or not yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, exp, log

from spotaction.checks.statistics import signed_rank_tail
from spotaction.model.check_kinds import CompareLatency
from spotaction.model.checks import Outcome

FIRST_LOOK = 8  # minutes: half of 1 % takes eight in a row on one side
_NEXT_LOOK = 1.25
_MISSED = 0.05  # how probable it may be that a slower group passes


@dataclass(frozen=True)
class LatencyEvidence:
    """What the minutes say: the middle ratio of the response times (None without minutes), and the next look."""

    outcome: Outcome
    ratio: float | None
    minutes: int
    next_look: int


def judge_latencies(pairs: Sequence[tuple[float, float]], kind: CompareLatency, bakes: int = 1) -> LatencyEvidence:
    """Judge pairs of response times, old and new, each of which are of the same load, oldest first.

    The logarithms of their ratios over the accepted ratio are tested by signed ranks. It is looked at them after 8, 10,
    13, 17, … minutes only; the k-th look may use 1/(k(k+1)) of the false alarms, which add up to all of them.
    """
    excess = [log(new / old) - log(kind.ratio) for old, new in pairs]
    outcome, upcoming = Outcome.WAITING, FIRST_LOOK
    for number, upcoming in enumerate(looks(), start=1):
        if upcoming > len(excess):
            break
        budget, seen = 1 / (number * (number + 1)), excess[:upcoming]
        if signed_rank_tail(seen) <= kind.false_alarm / bakes * budget:
            outcome = Outcome.FAILED
            break
        if signed_rank_tail([-each for each in seen]) <= _MISSED * budget:
            outcome = Outcome.PASSED
    return LatencyEvidence(outcome, _middle_ratio(pairs), len(pairs), upcoming)


def least_requests(percentile: float) -> int:
    """Return how many requests a minute needs so that its percentile means something: five of them are beyond it."""
    return ceil(5 / (1 - min(percentile, 99.99) / 100) - 1e-9)


def least_minutes(kind: CompareLatency, bakes: int = 1) -> int:
    """Return the first look at which this many slow minutes in a row can be a verdict of fail."""
    return next(
        look
        for number, look in enumerate(looks(), start=1)
        if 0.5**look <= kind.false_alarm / bakes / (number * (number + 1))
    )


def looks() -> Iterator[int]:
    """Yield the numbers of minutes after which the minutes are looked at, without end."""
    look = FIRST_LOOK
    while True:
        yield look
        look = ceil(look * _NEXT_LOOK)


def _middle_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    if not pairs:
        return None
    sizes = sorted(log(new / old) for old, new in pairs)
    half = len(sizes) // 2
    return exp(sizes[half] if len(sizes) % 2 else (sizes[half - 1] + sizes[half]) / 2)
