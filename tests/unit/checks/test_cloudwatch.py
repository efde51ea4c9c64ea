"""Conditions on metrics of CloudWatch: whole periods, all of them, and none from before the release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf

import pytest

from spotaction.checks.cloudwatch import CloudwatchProbe
from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import CloudwatchCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError, InvalidError
from spotaction.model.metrics import MathQuery, MetricApi, MetricQuery, Series
from spotaction.model.resources import JsonObject
from tests.support.query_checks import release
from tests.support.spot_adapter import START, FakeClock

LIMIT = "result <= 0.01"
DIMENSIONS: list[JsonObject] = [
    {"Name": "LoadBalancer", "Value": "{{load-balancer}}"},
    {"Name": "TargetGroup", "Value": "{{new.target-group}}"},
]


def metric(name: str, metric_name: str, period: object = 60) -> JsonObject:
    of = {"Namespace": "AWS/ApplicationELB", "MetricName": metric_name, "Dimensions": DIMENSIONS}
    return {"Id": name, "MetricStat": {"Metric": of, "Period": period, "Stat": "Sum"}}  # type: ignore[dict-item]


SHARE: JsonObject = {"Id": "result", "Expression": "FILL(errors, 0) / requests"}
QUERIES = (metric("errors", "HTTPCode_Target_5XX_Count"), metric("requests", "RequestCount"), SHARE)


@dataclass
class Metrics(MetricApi):
    """Has values by minute, counted from noon; `asked` is what was read."""

    values: Mapping[int, float]
    incomplete: Mapping[str, str] = field(default_factory=dict)
    error: ApiError | None = None
    asked: list[tuple[tuple[MetricQuery | MathQuery, ...], datetime, datetime]] = field(default_factory=list)

    def read(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, *, deadline: float = inf
    ) -> Mapping[str, Series]:
        assert deadline == 1060.0
        self.asked.append((tuple(queries), start, end))
        if self.error is not None:
            raise self.error
        points = tuple((START + timedelta(minutes=at), value) for at, value in sorted(self.values.items()))
        return {
            query.id: Series(points, query.id not in self.incomplete, self.incomplete.get(query.id, ""))
            for query in queries
        }


def minutes(first: int, last: int, value: float = 0.005) -> dict[int, float]:
    return dict.fromkeys(range(first, last), value)


def measure(
    metrics: Metrics | None,
    *,
    subject: Subject | None = None,
    seconds: float = 0.0,
    queries: Sequence[JsonObject] = QUERIES,
    **kind: float | str,
) -> Measurement:
    clock = FakeClock()
    clock.seconds += seconds
    check = CloudwatchCheck(tuple(queries), **{"success": LIMIT, **kind})  # type: ignore[arg-type]
    return CloudwatchProbe(check, CheckPorts(clock, metrics=metrics)).measure(subject or release(), 1060.0)


def test_the_last_five_complete_minutes_are_asked_for_with_the_variables_filled_in() -> None:
    metrics = Metrics(minutes(-7, -2))
    values = ", ".join(["0.005"] * 4)
    assert measure(metrics, seconds=30.0) == Measurement(
        Outcome.PASSED, f"1 more, {values} meets the condition", f"1 more, {values}", LIMIT, retry_after=30.0
    )
    of = {"LoadBalancer": "app/web-alb/1", "TargetGroup": "targetgroup/green/2"}
    queries = (
        MetricQuery("errors", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", of, "Sum"),
        MetricQuery("requests", "AWS/ApplicationELB", "RequestCount", of, "Sum"),
        MathQuery("result", "FILL(errors, 0) / requests"),
    )
    assert metrics.asked == [(queries, START - timedelta(minutes=7), START - timedelta(minutes=2))]


def test_the_running_minute_and_those_that_may_still_change_are_not_judged() -> None:
    bad_since = {**minutes(-7, -2), **minutes(-2, 1, 0.9)}
    assert measure(Metrics(bad_since)).outcome is Outcome.PASSED
    assert measure(Metrics(bad_since), seconds=59.0).outcome is Outcome.PASSED
    assert measure(Metrics(bad_since), seconds=60.0).outcome is Outcome.FAILED


def test_one_bad_minute_fails() -> None:
    found = measure(Metrics({**minutes(-7, -2), -4: 0.02}))
    assert (found.outcome, found.retry_after) == (Outcome.FAILED, 60.0)
    assert found.reason == "1 more, 0.005, 0.005, 0.02, 0.005 does not meet the condition"


def test_a_missing_minute_is_no_data_and_the_way_out_is_said() -> None:
    values = minutes(-7, -2)
    del values[-5]
    found = measure(Metrics(values))
    assert found.outcome is Outcome.NO_DATA
    assert found.reason == (
        "1 of 5 periods from 11:53 to 11:58 UTC has no value; where that means 0, write FILL(…, 0) in an Expression"
    )


@pytest.mark.parametrize("name", ["errors", "requests", "result"])
def test_what_cloudwatch_calls_incomplete_is_no_data(name: str) -> None:
    found = measure(Metrics(minutes(-7, -2), {name: "CloudWatch's status is PartialData"}))
    assert (found.outcome, found.reason) == (Outcome.NO_DATA, f"{name}: CloudWatch's status is PartialData")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_data(value: float) -> None:
    assert measure(Metrics({**minutes(-7, -2), -4: value})).outcome is Outcome.NO_DATA


def test_minutes_from_before_the_release_are_not_asked_for() -> None:
    metrics = Metrics(minutes(-4, -2))
    subject = replace(release(), since=START - timedelta(minutes=4, seconds=59))
    assert measure(metrics, subject=subject).outcome is Outcome.PASSED
    ((_, start, end),) = metrics.asked
    assert (start, end) == (START - timedelta(minutes=4), START - timedelta(minutes=2))


@pytest.mark.parametrize(
    ("age", "seconds", "pause"), [(0.0, 0.0, 180.0), (1.0, 0.0, 180.0), (61.0, 0.0, 120.0), (179.0, 0.0, 60.0)]
)
def test_without_a_complete_minute_it_waits_for_the_first_and_asks_nothing(
    age: float, seconds: float, pause: float
) -> None:
    metrics = Metrics(minutes(-7, 1))
    subject = replace(release(), since=START - timedelta(seconds=age))
    found = measure(metrics, subject=subject, seconds=seconds)
    reason = f"no period has ended since the start of what is measured; the first one ends in {pause:.0f} s"
    if age == 179.0:
        pause = 60.0
    assert found.outcome is Outcome.WAITING
    assert (found.reason, found.retry_after, metrics.asked) == (reason, pause, [])


@pytest.mark.parametrize("wrong", [-86400.0, -3600.0, 600.0, 86400.0])
def test_a_runners_wrong_clock_changes_nothing(wrong: float) -> None:
    metrics, clock = Metrics(minutes(-5, -2)), FakeClock()
    clock.seconds += wrong
    ports = CheckPorts(clock, metrics=metrics, server_time=lambda: START)
    check = CloudwatchCheck(QUERIES, success=LIMIT)
    subject = replace(release(), since=START - timedelta(minutes=5))
    assert CloudwatchProbe(check, ports).measure(subject, 1060.0).outcome is Outcome.PASSED
    ((_, start, end),) = metrics.asked
    assert (start, end) == (START - timedelta(minutes=5), START - timedelta(minutes=2))


def test_without_a_beginning_the_whole_window_counts() -> None:
    metrics = Metrics(minutes(-7, -2))
    assert measure(metrics, subject=replace(release(), since=None)).outcome is Outcome.PASSED


def test_longer_periods_are_read_whole() -> None:
    result = metric("result", "RequestCount", 300)
    metrics = Metrics({-10: 1.0, -5: 2.0})
    found = measure(metrics, seconds=150.0, queries=[result], window=700.0, success="result >= 1")
    assert (found.outcome, found.value, found.retry_after) == (Outcome.PASSED, "1, 2", 270.0)
    ((_, start, end),) = metrics.asked
    assert (start, end) == (START - timedelta(minutes=10), START)


def test_a_value_without_a_variable_yet_is_no_data() -> None:
    found = measure(Metrics({}), subject=replace(release(), new_target_groups=()))
    assert found == Measurement(Outcome.NO_DATA, "{{new.target-group}} has no value for this release yet", limit=LIMIT)


def test_a_refusal_is_an_error_of_the_measurement() -> None:
    error = ApiError("AWS refused cloudwatch:GetMetricData (AccessDenied): no.", service="aws", call="x")
    assert measure(Metrics({}, error=error)) == Measurement(Outcome.ERROR, str(error), limit=LIMIT)
    assert measure(None).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([metric("a", "M")], "no query has the Id result"),
        ([metric("result", "M"), SHARE], "two queries have the same Id"),
        ([{"Id": "result"}], "the query 'result' needs either Expression or MetricStat"),
        ([{**metric("result", "M"), **SHARE}], "the query 'result' needs either Expression or MetricStat"),
        *(
            ([metric("result", "M", period)], "the Period of the query 'result' is not a multiple of 60 seconds")
            for period in (0, 30, -60, 90, True, "60", 60.5)
        ),
        ([{"Id": "result", "Expression": "{{new.moon}}"}], "{{new.moon}} is not a variable of checks"),
    ],
)
def test_queries_that_cannot_be_asked_are_refused(queries: list[JsonObject], message: str) -> None:
    with pytest.raises(InvalidError) as caught:
        measure(Metrics({}), queries=queries)
    assert caught.value.problems[0].message == message
