"""Plays releases of whose minutes CloudWatch tells nothing, too little, or nonsense: none of them may pass."""

from math import inf, nan
from random import Random

from spotaction.checks.compare import CompareErrorsProbe
from spotaction.model.check_kinds import CompareErrors
from spotaction.model.checks import Outcome
from tests.support.compared import FakeMetrics, compare_ports, compared_subject
from tests.support.fakes import FakeClock

WAYS = ("no new minutes", "no old minutes", "no minutes", "no numbers", "partial", "never the same minute")
RELEASES = 30  # of each way


def play_missing(seed: str) -> tuple[int, int]:
    """Return how many releases were played, and how many of them passed."""
    played = [_passes(way, f"{seed}/{number}") for way in WAYS for number in range(RELEASES)]
    return len(played), sum(played)


def _passes(way: str, seed: str) -> bool:
    clock, metrics = FakeClock(), _metrics(way, Random(f"{way} {seed}"))  # noqa: S311 - not a secret
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    while clock.passed < 30 * 60:
        measurement = probe.measure(compared_subject(), inf)
        if measurement.outcome is Outcome.PASSED:
            return True
        clock.sleep(measurement.retry_after or 10)
    return False


def _metrics(way: str, draw: Random) -> FakeMetrics:
    metrics = FakeMetrics(incomplete="PartialData" if way == "partial" else "")
    for at in range(-61, 0):
        metrics.set_minute(at, "old", 6000, draw.randrange(12))
    for at in range(30):
        odd = bool(at % 2)
        if way not in ("no new minutes", "no minutes") and not (way == "never the same minute" and odd):
            metrics.set_minute(at, "new", draw.randrange(300, 900), draw.randrange(2))
        if way not in ("no old minutes", "no minutes") and not (way == "never the same minute" and not odd):
            metrics.set_minute(at, "old", draw.randrange(5000, 6000), draw.randrange(12))
        if way == "no numbers":
            metrics.values["new", draw.choice(("requests", "errors")), at] = draw.choice((nan, inf, -inf, -3.0))
    return metrics
