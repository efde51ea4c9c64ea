"""Reads what CloudWatch counted for both groups, from when the new one got production's requests until now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from spotaction.checks.comparison.minutes import (
    MINUTE,
    NEW,
    OLD,
    MetricSource,
    Side,
    end_of_complete,
    find_sources,
    first_minute,
    is_complete,
    join_sides,
    why_not_comparable,
)
from spotaction.checks.ports import CheckPorts
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.metrics import MetricApi, MetricQuery, Series

WARM_UP = 120.0  # seconds of a new instance, whose caches are cold; its errors count from the first full minute on
LAST_HOUR = 3600.0
_AGAIN = 15.0  # seconds after which a minute is read once more before it counts
_ALL = 100.0  # percent


@dataclass(frozen=True)
class FoundMinutes:
    """What was read: the sides of each source in the minutes of the bake, and the old sides in those before.

    Some minutes may have been `read_once` only; they are not among the sides yet.
    """

    sides: Sequence[Mapping[str, Side]]
    history: Sequence[Side]
    is_after: bool
    retry_after: float
    read_once: bool = False

    @property
    def history_counts(self) -> list[tuple[float, float]]:
        """The old group's requests and errors of each minute before, of all load balancers."""
        return [(each.requests, each.errors) for each in join_sides(self.history).values()]

    @property
    def note(self) -> str:
        """What makes a comparison weaker."""
        return " against the last hour of the old group, which is weaker than the same minutes" * self.is_after

    def say_nothing_shared(self, least: int = 1) -> Measurement:
        """Return the measurement that there was nothing to compare."""
        if self.read_once:
            return Measurement(
                Outcome.WAITING, "a minute is read once more before it counts", retry_after=self.retry_after
            )
        enough = f"at least {least} requests" if least > 1 else "requests"
        both = "the new group got" if self.is_after else "both groups got"
        before = " and the old one before" if self.is_after else ""
        reason = f"CloudWatch has no minute yet in which {both} {enough}{before}"
        return Measurement(Outcome.NO_DATA, reason, retry_after=self.retry_after)


@dataclass
class MinuteReader:
    """Reads every minute since the requests began, each time again: late counts change the minutes that they belong to.

    The time is CloudWatch's side of the clock (`ports.time`), since a runner's may be wrong.
    """

    ports: CheckPorts
    delay: float
    warm_up: float
    history: float
    percentile: float | None = None
    _since: datetime | None = None
    _before: Sequence[Side] | None = None
    _read: set[datetime] = field(default_factory=set)

    def read(self, subject: Subject, deadline: float) -> FoundMinutes | Measurement:
        """Return the minutes, or the measurement that they could not be read."""
        metrics, problem = self.ports.metrics, why_not_comparable(subject)
        if metrics is None:
            return Measurement(Outcome.ERROR, "CloudWatch cannot be read without AWS credentials")
        if problem:
            return Measurement(Outcome.NO_DATA, problem, retry_after=MINUTE.total_seconds())
        now = self.ports.time()
        begin = first_minute(self._start(subject, now)) + timedelta(seconds=whole_minutes(self.warm_up))
        end = end_of_complete(now, self.delay)
        if end <= begin:
            ready = begin + MINUTE + timedelta(seconds=self.delay)
            reason = f"the first full minute is complete at {ready:%H:%M:%S} UTC"
            return Measurement(Outcome.WAITING, reason, retry_after=_seconds(ready - now))
        sources = find_sources(subject)
        try:
            problem = self._read_before(metrics, sources, deadline)
            queries, found = self._ask(metrics, sources, begin, end, deadline)
        except (ApiError, RefusedError) as error:
            return Measurement(Outcome.ERROR, str(error))
        problem = problem or is_complete(found, queries)
        if problem:
            return Measurement(Outcome.NO_DATA, problem, retry_after=_AGAIN)
        return self._judgeable(subject, sources, found, end=end, now=now)

    def _judgeable(
        self,
        subject: Subject,
        sources: Sequence[MetricSource],
        found: Mapping[str, Series],
        *,
        end: datetime,
        now: datetime,
    ) -> FoundMinutes:
        """Leave out the minutes that were read for the first time: they are read again soon."""
        sides = [
            {side: source.read_side(number, side, found) for side in (NEW, OLD)}
            for number, source in enumerate(sources)
        ]
        minutes = {at for each in sides for side in each.values() for at in side}
        known, self._read = self._read, self._read | minutes
        judged = [{side: _only(values, known) for side, values in each.items()} for each in sides]
        following = end + MINUTE + timedelta(seconds=self.delay)
        retry_after = _AGAIN if minutes - known else _seconds(following - now)
        is_after = subject.weight is not None and subject.weight >= _ALL
        return FoundMinutes(judged, self._before or (), is_after, retry_after, read_once=bool(minutes - known))

    def _start(self, subject: Subject, now: datetime) -> datetime:
        """When the requests began."""
        if self._since is None:
            self._since = now if subject.since is None else min(subject.since, now)
        return self._since

    def _read_before(self, metrics: MetricApi, sources: Sequence[MetricSource], deadline: float) -> str:
        """Read the old group's minutes before, once; returns why they are not complete."""
        if self._before is not None:
            return ""
        assert self._since is not None
        end = first_minute(self._since) - MINUTE
        begin = end - timedelta(seconds=whole_minutes(self.history))
        queries, found = self._ask(metrics, sources, begin, end, deadline)
        problem = is_complete(found, queries)
        if not problem:
            self._before = [source.read_side(number, OLD, found) for number, source in enumerate(sources)]
        return problem

    def _ask(
        self, metrics: MetricApi, sources: Sequence[MetricSource], begin: datetime, end: datetime, deadline: float
    ) -> tuple[list[MetricQuery], Mapping[str, Series]]:
        queries = [
            query for number, each in enumerate(sources) for query in each.queries(number, percentile=self.percentile)
        ]
        return queries, metrics.read(queries, begin, end, deadline=deadline)


def _only(side: Side, known: set[datetime]) -> Side:
    return {at: traffic for at, traffic in side.items() if at in known}


def whole_minutes(seconds: float) -> float:
    """Return the seconds, rounded up to whole minutes."""
    return -(-seconds // 60) * 60


def _seconds(span: timedelta) -> float:
    return max(1.0, span.total_seconds())
