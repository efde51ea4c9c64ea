"""Says in a plan whether a bake can bring a verdict, from what the old group answered in the last hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, inf, isfinite

from spotaction.checks.comparison.error_rates import ErrorJudge
from spotaction.checks.comparison.latencies import least_minutes, least_requests
from spotaction.checks.comparison.minutes import (
    OLD,
    Traffic,
    add_traffic,
    end_of_complete,
    find_sources,
    is_complete,
    join_sides,
    why_not_comparable,
)
from spotaction.checks.comparison.reader import LAST_HOUR, WARM_UP, whole_minutes
from spotaction.checks.ports import CheckPorts
from spotaction.checks.statistics import RateTest, estimate_dispersion
from spotaction.documents.wording import count_of
from spotaction.model.check_kinds import CompareErrors, CompareLatency
from spotaction.model.checks import Subject
from spotaction.model.errors import ApiError, RefusedError

_SHARES = (5, 10, 20, 25, 33, 50)  # percent that a shift may have instead
_ALL = 100.0


@dataclass(frozen=True)
class OldHour:
    """What the old group answered: requests a minute, errors of all requests, and their dispersion."""

    requests: float
    rate: float
    dispersion: float


def forecast_verdict(kind: CompareErrors | CompareLatency, subject: Subject, seconds: float, ports: CheckPorts) -> str:
    """Return whether a bake of so many seconds can bring a verdict at the subject's weight.

    It reads the old group's last hour, which is one call.
    """
    problem = why_not_comparable(subject)
    if problem:
        return f"cannot decide: {problem}"
    if ports.metrics is None or subject.weight is None:
        return "its time to a verdict is unknown: CloudWatch or the weight cannot be read"
    try:
        hour = _read_hour(subject, ports)
    except (ApiError, RefusedError) as error:
        return f"its time to a verdict is unknown: {error.message}"
    if isinstance(hour, str):
        return f"its time to a verdict is unknown: {hour}"
    if isinstance(kind, CompareErrors):
        return forecast_errors(kind, hour, subject.weight, seconds, subject.bakes)
    return forecast_latency(kind, hour, subject.weight, seconds, subject.bakes)


def forecast_errors(kind: CompareErrors, hour: OldHour, weight: float, seconds: float, bakes: int = 1) -> str:
    """Return the forecast for error rates: the minutes until a release as good as the old one passes on average."""
    before = whole_minutes(kind.warm_up or 0) + kind.delay + 60

    def wanted(share: float) -> float:
        return before + 60 * minutes_until_pass(kind, hour, share, bakes)

    traffic = f"{count_of(round(hour.requests), 'request')} a minute, {100 * hour.rate:.2g}% errors"
    return _describe(weight, seconds, wanted, traffic)


def forecast_latency(kind: CompareLatency, hour: OldHour, weight: float, seconds: float, bakes: int = 1) -> str:
    """Return the forecast for response times: each minute needs enough requests on both sides."""
    least = least_requests(kind.percentile)
    before = whole_minutes(WARM_UP if kind.warm_up is None else kind.warm_up) + kind.delay + 60

    def wanted(share: float) -> float:
        smaller = hour.requests * (share if share >= 1 else min(share, 1 - share))
        return before + 60 * least_minutes(kind, bakes) if smaller >= least else inf

    return _describe(
        weight,
        seconds,
        wanted,
        f"{count_of(round(hour.requests), 'request')} a minute, {least} needed on each side for p{kind.percentile:g}",
    )


def minutes_until_pass(kind: CompareErrors, hour: OldHour, share: float, bakes: int = 1) -> float:
    """Return how many minutes of requests a release as good as the old one takes to pass on average.

    Either test may bring it: that of the ratio takes errors of both groups, that of the new group's rate its requests.
    """
    by_rate, by_ratio = inf, inf
    rate = RateTest(kind.min_effect, kind.missed)
    if kind.min_effect > 0:
        by_rate = rate.requests_until_verdict(hour.rate) * hour.dispersion / (hour.requests * share)
    if hour.rate > 0:
        # After a swap the old group's hour is as many requests as it had: the share is that of a bake as long.
        _, passes = ErrorJudge(kind, bakes=bakes).test.errors_until_verdict(min(share, 0.5))
        by_ratio = passes * hour.dispersion / (hour.requests * hour.rate)
    return min(by_rate, by_ratio)


def _describe(weight: float, seconds: float, wanted: Callable[[float], float], traffic: str) -> str:
    share = f"{weight:g}% for {_span(seconds)}"
    needed = wanted(weight / _ALL)
    if needed <= seconds:
        return f"{share} can decide: about {_span(needed)} ({traffic})"
    ways = [f"about {_span(needed)}"] if isfinite(needed) else []
    enough = next((each for each in _SHARES if each > weight and wanted(each / _ALL) <= seconds), None)
    ways += [f"{enough}%"] if enough is not None else []
    out = f"it needs {', or '.join(ways)}" if ways else "no share and no duration is enough"
    return f"{share} cannot decide; {out} ({traffic})"


def _read_hour(subject: Subject, ports: CheckPorts) -> OldHour | str:
    """The old group's last hour, or why it is not known."""
    assert ports.metrics is not None
    sources = find_sources(subject)
    queries = [query for number, source in enumerate(sources) for query in source.queries(number)]
    end = end_of_complete(ports.time(), 120)
    found = ports.metrics.read(queries, end - timedelta(seconds=LAST_HOUR), end)
    problem = is_complete(found, queries)
    if problem:
        return problem
    minutes = join_sides([source.read_side(number, OLD, found) for number, source in enumerate(sources)])
    total: Traffic = add_traffic(minutes.values())
    if not total.requests:
        return "the old group got no requests in the last hour"
    spread = estimate_dispersion([(each.requests, each.errors) for each in minutes.values()])
    return OldHour(total.requests / (LAST_HOUR / 60), total.errors / total.requests, spread)


def _span(seconds: float) -> str:
    minutes = ceil(seconds / 60)
    if minutes >= 120:  # noqa: PLR2004 - two hours
        return f"{ceil(minutes / 60)} h"
    return f"{minutes} min"
