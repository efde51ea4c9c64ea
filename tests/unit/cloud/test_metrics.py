"""GetMetricData: whole minutes, every page, and nothing that CloudWatch left out counts as complete."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from spotaction.cloud.aws.calls import AwsCalls
from spotaction.cloud.aws.metrics import CloudWatchMetrics
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import RetryPolicy, ignore_call
from spotaction.model.errors import ApiError
from spotaction.model.metrics import MathQuery, MetricQuery, Series
from tests.support.aws_adapter import JSON, Refusal, ScriptedAws, quiet
from tests.support.spot_adapter import FakeClock

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GROUP = {"LoadBalancer": "app/web/1", "TargetGroup": "targetgroup/new/2"}
REQUESTS = MetricQuery("requests", "AWS/ApplicationELB", "RequestCount", GROUP, "Sum")
ERRORS = MetricQuery("errors", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", GROUP, "Sum")


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.fixture(scope="module")
def clients() -> Iterator[ScriptedAws]:
    with pytest.MonkeyPatch.context() as patch:
        quiet(patch)
        yield ScriptedAws("cloudwatch", attempts=3)


@pytest.fixture
def cloud(clients: ScriptedAws) -> ScriptedAws:
    return clients.forget()


def result(name: str, points: dict[int, float], status: str = "Complete", **more: Any) -> JSON:  # noqa: ANN401
    times = [minute(number) for number in points]
    return {"Id": name, "Timestamps": times, "Values": list(points.values()), "StatusCode": status, **more}


def read(cloud: ScriptedAws, *queries: MetricQuery | MathQuery, to: int = 5) -> dict[str, Series]:
    return dict(CloudWatchMetrics(cloud.aws).read(queries or (REQUESTS,), NOON, minute(to)))


def series(points: dict[int, float], reason: str = "") -> Series:
    return Series(tuple((minute(number), value) for number, value in points.items()), not reason, reason)


def test_metrics_and_math_are_asked_for_in_one_call(cloud: ScriptedAws) -> None:
    share = MathQuery("share", "errors / requests")
    cloud.will("GetMetricData", {"MetricDataResults": [result("requests", {0: 9.0}), result("share", {0: 0.5})]})
    assert read(cloud, REQUESTS, share) == {"requests": series({0: 9.0}), "share": series({0: 0.5})}
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "RequestCount",
        "Dimensions": [
            {"Name": "LoadBalancer", "Value": "app/web/1"},
            {"Name": "TargetGroup", "Value": "targetgroup/new/2"},
        ],
    }
    assert cloud.sent == [
        (
            "GetMetricData",
            {
                "MetricDataQueries": [
                    {"Id": "requests", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
                    {"Id": "share", "Expression": "errors / requests", "Period": 60},
                ],
                "StartTime": NOON,
                "EndTime": minute(5),
                "ScanBy": "TimestampAscending",
            },
        )
    ]


def test_pages_are_joined_oldest_first_and_partial_is_only_what_the_last_page_calls_so(cloud: ScriptedAws) -> None:
    first = [result("requests", {2: 3.0, 3: 4.0}, "PartialData"), result("errors", {1: 1.0}, "PartialData")]
    second = [result("requests", {0: 1.0, 3: 5.0})]
    cloud.will(
        "GetMetricData",
        {"MetricDataResults": first, "NextToken": "more"},
        {"MetricDataResults": second},
    )
    assert read(cloud, REQUESTS, ERRORS) == {
        "requests": series({0: 1.0, 2: 3.0, 3: 5.0}),
        "errors": series({1: 1.0}, "CloudWatch's status is PartialData"),
    }
    assert [sent.get("NextToken") for _, sent in cloud.sent] == [None, "more"]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"MetricDataResults": [result("requests", {0: 1.0}, "PartialData")]}, "CloudWatch's status is PartialData"),
        ({"MetricDataResults": [result("requests", {0: 1.0}, "Forbidden")]}, "CloudWatch's status is Forbidden"),
        ({"MetricDataResults": [result("requests", {0: 1.0}, "Sleepy")]}, "CloudWatch's status is Sleepy"),
        ({"MetricDataResults": [result("requests", {0: 1.0}, "")]}, "CloudWatch's status is not given"),
        ({"MetricDataResults": [result("others", {0: 1.0})]}, "CloudWatch returned nothing for the query"),
        ({"MetricDataResults": []}, "CloudWatch returned nothing for the query"),
        (
            {
                "MetricDataResults": [
                    result("requests", {}, Messages=[{"Code": "ArithmeticError", "Value": "points\nwere dropped"}])
                ]
            },
            "ArithmeticError: points were dropped",
        ),
        (
            {"MetricDataResults": [result("requests", {0: 1.0})], "Messages": [{"Code": "MaxMetricsExceeded"}]},
            "MaxMetricsExceeded",
        ),
        (
            {"MetricDataResults": [result("requests", {0: 1.0})], "Messages": [{}]},
            "CloudWatch has a message without text",
        ),
        (
            {"MetricDataResults": [{**result("requests", {0: 1.0, 1: 2.0}), "Values": [1.0]}]},
            "times and values do not match",
        ),
        (
            {"MetricDataResults": [{**result("requests", {0: 1.0}), "Timestamps": [NOON + timedelta(seconds=17)]}]},
            "a value is between two minutes",
        ),
    ],
)
def test_whatever_is_left_out_makes_a_series_incomplete_and_says_why(
    cloud: ScriptedAws, page: JSON, reason: str
) -> None:
    cloud.will("GetMetricData", page)
    found = read(cloud)["requests"]
    assert (found.complete, found.reason) == (False, reason)


@pytest.mark.parametrize("status", ["Forbidden", "InternalError"])
def test_an_error_on_one_page_is_not_made_up_for_by_a_later_one(cloud: ScriptedAws, status: str) -> None:
    cloud.will(
        "GetMetricData",
        {"MetricDataResults": [result("requests", {0: 1.0}, status)], "NextToken": "more"},
        {"MetricDataResults": [result("requests", {1: 1.0})]},
    )
    assert read(cloud) == {"requests": series({0: 1.0, 1: 1.0}, f"CloudWatch's status is {status}")}


def test_series_of_a_search_are_not_mixed(cloud: ScriptedAws) -> None:
    reason = "the expression returns more than one series: aggregate them, such as with SUM"
    one, other = result("requests", {0: 1.0}, Label="a"), result("requests", {0: 2.0}, Label="b")
    cloud.will("GetMetricData", {"MetricDataResults": [one, other]})
    assert read(cloud)["requests"].reason == reason
    cloud.will("GetMetricData", {"MetricDataResults": [one], "NextToken": "b"}, {"MetricDataResults": [other]})
    assert read(cloud)["requests"].reason == reason
    cloud.will("GetMetricData", {"MetricDataResults": [one], "NextToken": "b"}, {"MetricDataResults": [one]})
    assert read(cloud) == {"requests": series({0: 1.0})}


def test_a_token_that_comes_again_ends_the_reading_and_nothing_is_complete(cloud: ScriptedAws) -> None:
    page = {"MetricDataResults": [result("requests", {0: 1.0})], "NextToken": "again"}
    cloud.will("GetMetricData", page, page)
    assert read(cloud) == {"requests": series({0: 1.0}, "CloudWatch has more pages than were read")}


def test_pages_without_end_are_read_fifty_times(cloud: ScriptedAws) -> None:
    pages = [{"MetricDataResults": [result("requests", {0: 1.0})], "NextToken": str(at)} for at in range(50)]
    cloud.will("GetMetricData", *pages)
    assert read(cloud) == {"requests": series({0: 1.0}, "CloudWatch has more pages than were read")}


def test_only_minutes_that_begin_in_the_time_asked_for_are_returned(cloud: ScriptedAws) -> None:
    cloud.will("GetMetricData", {"MetricDataResults": [result("requests", {-1: 9.0, 0: 9.0, 1: 1.0, 2: 2.0, 3: 9.0})]})
    zone = timezone(timedelta(hours=-5))
    start, end = (NOON + timedelta(seconds=1)).astimezone(zone), minute(2) + timedelta(seconds=30)
    found = CloudWatchMetrics(cloud.aws).read([REQUESTS], start, end)
    assert found == {"requests": series({1: 1.0, 2: 2.0})}
    ((_, sent),) = cloud.sent
    assert (sent["StartTime"], sent["EndTime"]) == (minute(1), minute(3))


def test_no_minute_is_no_call(cloud: ScriptedAws) -> None:
    assert read(cloud, to=0) == {"requests": Series(())}
    assert cloud.sent == []


def test_beyond_500_queries_there_is_a_second_call(cloud: ScriptedAws) -> None:
    queries = [MetricQuery(f"q{at}", "N", "M", {}, "Sum") for at in range(501)]
    for batch in (queries[:500], queries[500:]):
        cloud.will("GetMetricData", {"MetricDataResults": [result(query.id, {0: 1.0}) for query in batch]})
    assert read(cloud, *queries) == {query.id: series({0: 1.0}) for query in queries}
    assert [len(sent["MetricDataQueries"]) for _, sent in cloud.sent] == [500, 1]


def test_a_refusal_names_the_permission(cloud: ScriptedAws) -> None:
    cloud.will("GetMetricData", Refusal("AccessDenied", 403))
    with pytest.raises(ApiError, match="Next: allow cloudwatch:GetMetricData in the policy"):
        read(cloud)


def test_what_passes_is_asked_again_until_the_deadline(cloud: ScriptedAws) -> None:
    cloud.will("GetMetricData", Refusal("Throttling"), Refusal("Throttling"))
    now, slept = cloud.clock.now(), len(cloud.clock.sleeps)
    with pytest.raises(ApiError, match="Throttling"):
        CloudWatchMetrics(cloud.aws).read([REQUESTS], NOON, minute(1), deadline=now + 2.5)
    assert cloud.clock.sleeps[slept:] == [1.0]


def test_values_that_are_no_numbers_are_no_answer(cloud: ScriptedAws) -> None:
    cloud.will("GetMetricData", *[{"MetricDataResults": [{**result("requests", {0: 1.0}), "Values": ["many"]}]}] * 3)
    with pytest.raises(ApiError, match=r"No response from AWS for cloudwatch:GetMetricData \(TypeError\)"):
        read(cloud)


def test_a_read_that_is_never_answered_is_over_by_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, clock, waited = threading.Event(), FakeClock(), list[float]()

    def wait(_thread: threading.Thread, seconds: float, _on_idle: object) -> None:
        clock.seconds += seconds
        waited.append(seconds)

    monkeypatch.setattr("spotaction.cloud.aws.calls.join_thread", wait)
    sender = AwsCalls(RetryPolicy(clock), Cancellation(), ignore_call)
    try:
        with pytest.raises(ApiError, match="No response from AWS for a:One"):
            sender.send_by("a:One", lambda: hangs.wait(30.0), clock.seconds + 60.0, in_turn=False)
    finally:
        hangs.set()
    assert waited == [25.0, 25.0, 7.0]
    assert clock.seconds == 1060.0
