"""Draws releases: what a load balancer counts for both groups in each minute, with bursts, shocks and outages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt
from random import Random

from spotaction.checks.statistics import Counts

HISTORY = 60  # minutes of the old group before


@dataclass(frozen=True)
class Traffic:
    """A release: requests a minute, the new group's share, the old error rate, and how many times it the new one is.

    Errors come in clusters of `cluster`, each of one group. `bad_from` is the minute from which `ratio` holds; an
    `outage` raises the rate of both groups to this value in minutes from `outage_at` on, for ten of them. The rate
    differs from minute to minute by `shocks`, for both groups alike (standard deviation of its logarithm).
    """

    requests: float = 6000
    share: float = 0.1
    rate: float = 0.001
    ratio: float = 1.0
    cluster: int = 1
    minutes: int = 60
    bad_from: int = 0
    outage: float = 0.0
    outage_at: int = 0
    shocks: float = 0.0


@dataclass(frozen=True)
class Release:
    """The old group's minutes before, and those of both groups."""

    history: Sequence[tuple[float, float]]
    minutes: Sequence[Counts]


def draw_release(traffic: Traffic, seed: str) -> Release:
    """Return the release of this seed."""
    draw = Random(seed)  # noqa: S311 - not a secret
    before = [_draw_group(draw, traffic.requests, _draw_rate(draw, traffic), traffic.cluster) for _ in range(HISTORY)]
    return Release(before, [_draw_minute(draw, traffic, at) for at in range(traffic.minutes)])


def draw_any_good_release(seed: str) -> Traffic:
    """Return a good release of a service of any size, with any share, rate, clusters and shocks."""
    draw = Random(f"service {seed}")  # noqa: S311 - not a secret
    return Traffic(
        requests=10 ** draw.uniform(2.5, 4.5),
        share=draw.choice((0.05, 0.1, 0.25, 0.5)),
        rate=10 ** draw.uniform(-5, -1.7),
        cluster=draw.choice((1, 1, 1, 3, 10)),
        shocks=draw.choice((0.0, 0.0, 0.2, 0.5)),
    )


def draw_outage(seed: str) -> Traffic:
    """Return a good release of any service, in whose bake both groups fail."""
    draw = Random(f"outage {seed}")  # noqa: S311 - not a secret
    return replace(
        draw_any_good_release(seed), outage=draw.choice((0.03, 0.1, 0.3, 0.9)), outage_at=draw.randrange(0, 50)
    )


def _draw_minute(draw: Random, traffic: Traffic, at: int) -> Counts:
    rate = _draw_rate(draw, traffic)
    if traffic.outage and traffic.outage_at <= at < traffic.outage_at + 10:
        rate = min(0.95, traffic.outage * exp(draw.gauss(0, 0.3)))
    old = _draw_group(draw, traffic.requests * (1 - traffic.share), rate, traffic.cluster)
    worse = rate * (traffic.ratio if at >= traffic.bad_from else 1)
    return Counts(*old, *_draw_group(draw, traffic.requests * traffic.share, min(0.98, worse), traffic.cluster))


def _draw_rate(draw: Random, traffic: Traffic) -> float:
    return traffic.rate * (exp(draw.gauss(0, traffic.shocks)) if traffic.shocks else 1)


def _draw_group(draw: Random, mean: float, rate: float, cluster: int) -> tuple[float, float]:
    requests = draw_poisson(draw, mean)
    errors = requests * rate
    if rate < 0.02:
        return requests, min(requests, cluster * draw_poisson(draw, errors / cluster))
    return requests, min(requests, max(0, round(draw.gauss(errors, sqrt(errors * (1 - rate) * cluster)))))


def draw_poisson(draw: Random, mean: float) -> int:
    """Return a count with this mean; from 60 on by the normal distribution."""
    if mean > 60:
        return max(0, round(draw.gauss(mean, sqrt(mean))))
    limit, count, product = exp(-mean), 0, draw.random()
    while product > limit:
        count, product = count + 1, product * draw.random()
    return count
