"""Checks by metrics of CloudWatch: whole periods only, and none of them missing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from math import ceil, floor

from spotaction.checks.asking import ask_outside
from spotaction.checks.ports import CheckPorts
from spotaction.checks.queries.metric_queries import RESULT, Query, fill_queries, read_queries
from spotaction.checks.queries.values import Limits, judge_values
from spotaction.checks.templates import ValuelessError
from spotaction.documents.wording import count_of
from spotaction.model.check_kinds import CloudwatchCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.metrics import MetricQuery


class CloudwatchProbe:
    """Reads the last complete periods of the window, and judges those of the query `result`.

    It wants to be asked again once the next period is complete: before that, there is nothing new to read.
    """

    def __init__(self, kind: CloudwatchCheck, ports: CheckPorts) -> None:
        self._kind = kind
        self._ports = ports
        self._limits = Limits.of(kind.success, kind.failure)
        self._queries = read_queries(kind.queries)
        self._period = max(query.period for query in self._queries)
        result = next(query for query in self._queries if query.id == RESULT)
        self._step = result.period if isinstance(result, MetricQuery) else self._period

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Read the periods that ended `delay` ago, of those that began after what is measured did."""
        now, period = self._ports.time().timestamp(), self._period
        end = floor((now - self._kind.delay) / period) * period
        start = end - max(floor(self._kind.window / period), 1) * period
        if subject.since is not None:
            start = max(start, ceil(subject.since.timestamp() / period) * period)
        if start >= end:
            pause = start + period + self._kind.delay - now
            reason = f"no period has ended since the start of what is measured; the first one ends in {pause:.0f} s"
            return self._say(Outcome.WAITING, reason, pause)
        pause = max(end + period + self._kind.delay - now, 1.0)
        try:
            queries = fill_queries(self._queries, subject, window=float(end - start))
        except ValuelessError as error:
            return self._say(Outcome.NO_DATA, str(error))
        if self._ports.metrics is None:
            return self._say(Outcome.ERROR, "AWS is not connected, so no metric can be read")
        return ask_outside(partial(self._ask, queries, start, end, pause, deadline), self._limits.success.text)

    def _ask(self, queries: Sequence[Query], start: int, end: int, pause: float, deadline: float) -> Measurement:
        assert self._ports.metrics is not None
        found = self._ports.metrics.read(queries, _time(start), _time(end), deadline=deadline)
        gaps = [f"{name}: {series.reason}" for name, series in found.items() if not series.complete]
        points = {time.timestamp(): value for time, value in found[RESULT].points}
        wanted = range(start, end, self._step)
        missing = sum(1 for time in wanted if time not in points)
        if missing and not gaps:
            span = f"{count_of(len(wanted), 'period')} from {_time(start):%H:%M} to {_time(end):%H:%M} UTC"
            have = "has" if missing == 1 else "have"
            gaps = [f"{missing} of {span} {have} no value; where that means 0, write FILL(…, 0) in an Expression"]
        values = [points[time] for time in wanted if time in points]
        judged = judge_values(values, self._limits, incomplete="; ".join(gaps))
        return Measurement(judged.outcome, judged.reason, judged.value, judged.limit, retry_after=pause)

    def _say(self, outcome: Outcome, reason: str, pause: float | None = None) -> Measurement:
        return Measurement(outcome, reason, limit=self._limits.success.text, retry_after=pause)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
