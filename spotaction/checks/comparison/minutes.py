"""What a load balancer counted for both groups, minute by minute: the queries, and what their series mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spotaction.checks.statistics import Counts
from spotaction.model.checks import Subject
from spotaction.model.metrics import MetricQuery, Series
from spotaction.model.resources import TargetGroupArn

MINUTE = timedelta(minutes=1)
_MOST = 1e15  # above that, a float no longer counts by ones
NEW, OLD = "new", "old"
_APPLICATION = "app/"
_REQUESTS, _LATENCY = "requests", "latency"
_ERRORS = ("answers", "connections")
_METRICS: Mapping[str, str] = {
    _REQUESTS: "RequestCount",
    "answers": "HTTPCode_Target_5XX_Count",
    "connections": "TargetConnectionErrorCount",
    _LATENCY: "TargetResponseTime",
}

Values = Mapping[datetime, float]


@dataclass(frozen=True)
class Traffic:
    """What one side of one load balancer got in a minute: requests, failed ones, and its response time in seconds.

    The response time is None if it was not asked for, or is not known.
    """

    requests: float
    errors: float
    latency: float | None = None


Side = Mapping[datetime, Traffic]


@dataclass(frozen=True)
class MetricSource:
    """The target groups of both sides behind one application load balancer, by the names that CloudWatch knows."""

    load_balancer: str
    new: tuple[str, ...]
    old: tuple[str, ...]

    def queries(self, number: int, *, percentile: float | None = None) -> Iterator[MetricQuery]:
        """Yield the queries for this source, whose ids begin with its number among all sources."""
        what = (_REQUESTS, *_ERRORS) if percentile is None else (_REQUESTS, _LATENCY)
        for side, at, name in self._target_groups():
            for metric in what:
                statistic = f"p{percentile:g}" if metric == _LATENCY else "Sum"
                dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": name}
                identity = _identity(number, side, at, metric)
                yield MetricQuery(identity, "AWS/ApplicationELB", _METRICS[metric], dimensions, statistic)

    def read_side(self, number: int, side: str, found: Mapping[str, Series]) -> dict[datetime, Traffic]:
        """Return what one side got in each minute of which its requests are known.

        CloudWatch counts what is not zero only: a minute with requests and without errors had none, and one without
        requests is not known. Of several target groups the response time is that of the one with the most requests.
        """
        minutes: dict[datetime, Traffic] = {}
        for at in (at for each, at, _ in self._target_groups() if each == side):
            series = {metric: _usable(found.get(_identity(number, side, at, metric))) for metric in _METRICS}
            for minute, requests in series[_REQUESTS].items():
                failed = [series[metric].get(minute, 0.0) for metric in _ERRORS]
                if requests <= 0 or not all(_is_count(each) for each in (requests, *failed)):
                    continue
                latency = series[_LATENCY].get(minute)
                traffic = Traffic(requests, min(sum(failed), requests), latency)
                minutes[minute] = _join(minutes[minute], traffic) if minute in minutes else traffic
        return minutes

    def _target_groups(self) -> Iterator[tuple[str, int, str]]:
        yield from ((NEW, at, name) for at, name in enumerate(self.new))
        yield from ((OLD, at, name) for at, name in enumerate(self.old))


def find_sources(subject: Subject) -> tuple[MetricSource, ...]:
    """Return the application load balancers of the subject with the target groups; of others nothing is counted.

    A target group belongs to one load balancer only, so CloudWatch knows nothing of the pairs that do not exist.
    """
    balancers = dict.fromkeys(_load_balancer(route.listener) for route in subject.production)
    new, old = _names(subject.new_target_groups), _names(subject.old_target_groups)
    return tuple(MetricSource(name, new, old) for name in balancers if name.startswith(_APPLICATION))


def why_not_comparable(subject: Subject) -> str:
    """Return why CloudWatch cannot tell new from old here, with the way out; empty if it can."""
    if subject.old is None and not subject.old_target_groups:
        return "there is no old group to compare with"
    shared = set(subject.new_target_groups) & set(subject.old_target_groups)
    if shared:
        name = _names(shared)[0].split("/")[1]
        return (
            f"both groups are in target group {name}, and CloudWatch counts by target group;"
            " shift weights between two target groups, or use the check anomalies"
        )
    if not subject.new_target_groups or not subject.old_target_groups or not subject.production:
        return "there is no load balancer whose requests could be compared"
    if not find_sources(subject):
        return "CloudWatch counts responses of Application Load Balancers only, and this one is of another type"
    if subject.weight == 0:
        return "no production request reaches the new group yet"
    return ""


def join_counts(new: Traffic, old: Traffic) -> Counts:
    """Return the counts of the same minute, or of whatever is compared."""
    return Counts(old.requests, old.errors, new.requests, new.errors)


def add_traffic(minutes: Iterable[Traffic]) -> Traffic:
    """Return the requests and errors of all minutes; their response times cannot be joined."""
    known = tuple(minutes)
    return Traffic(sum(each.requests for each in known), sum(each.errors for each in known))


def join_sides(sides: Sequence[Side]) -> dict[datetime, Traffic]:
    """Return the requests and errors of several load balancers in each minute, oldest first."""
    moments = sorted({at for side in sides for at in side})
    return {at: add_traffic(side[at] for side in sides if at in side) for at in moments}


def first_minute(since: datetime) -> datetime:
    """Return the first minute that begins at `since` or later."""
    whole = since.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == since else whole + MINUTE


def end_of_complete(now: datetime, delay: float) -> datetime:
    """Return the end of the last minute that ended `delay` seconds ago or earlier."""
    return (now.astimezone(UTC) - timedelta(seconds=delay)).replace(second=0, microsecond=0)


def _join(one: Traffic, other: Traffic) -> Traffic:
    most = one if one.requests >= other.requests else other
    return Traffic(one.requests + other.requests, one.errors + other.errors, most.latency)


def _usable(series: Series | None) -> Values:
    return {} if series is None else dict(series.points)


def _is_count(value: float) -> bool:
    return 0 <= value <= _MOST


def _identity(number: int, side: str, at: int, metric: str) -> str:
    return f"b{number}_{side}{at}_{metric}"


def _load_balancer(listener: str) -> str:
    """`app/name/hash` of `arn:…:listener/app/name/hash/listener`."""
    return listener.rpartition(":listener/")[2].rpartition("/")[0]


def _names(arns: Iterable[TargetGroupArn]) -> tuple[str, ...]:
    """`targetgroup/name/hash` of each ARN."""
    return tuple(arn.rsplit(":", maxsplit=1)[-1] for arn in arns)


def is_complete(found: Mapping[str, Series], queries: Sequence[MetricQuery]) -> str:
    """Return why the series are not all that was asked for; empty if they are."""
    for query in queries:
        series = found.get(query.id)
        if series is None or not series.complete:
            reason = series.reason if series is not None and series.reason else "CloudWatch did not return all of it"
            return f"{query.metric} of {query.dimensions['TargetGroup']} is incomplete: {reason}"
    return ""
