"""GetMetricData: the minute grid, statistics, gaps, and values that become visible late."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from spotaction.sandbox import BotocoreHook, JumpingClock, Sandbox
from spotaction.sandbox.aws.metrics.store import MetricKey, statistic_of
from spotaction.sandbox.clock import EPOCH
from spotaction.sandbox.traffic.load import Answer
from spotaction.sandbox.traffic.request_metrics import NAMESPACE, RequestMetrics

JSON = dict[str, Any]
BLUE, ALB = "targetgroup/web-blue/b1", "app/web-alb/a1"
BOTH = {"TargetGroup": BLUE, "LoadBalancer": ALB}
START = dt.datetime.fromtimestamp(EPOCH, tz=dt.UTC)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    sandbox = Sandbox({"account": "111122223333"}, clock=JumpingClock())
    yield sandbox
    sandbox.close()


def ask(box: Sandbox, *queries: JSON, minutes: tuple[float, float] = (0, 10), **more: Any) -> list[JSON]:  # noqa: ANN401 - what boto3 takes
    client = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        aws_access_key_id=box.access_key[0],
        aws_secret_access_key=box.access_key[1],
    )
    BotocoreHook(box.aws_app).install(client.meta.events)
    start, end = (START + dt.timedelta(minutes=minute) for minute in minutes)
    answer = client.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end, **more)  # type: ignore[arg-type]
    return [
        {each["Id"]: dict(zip([minute_of(time) for time in each["Timestamps"]], each["Values"], strict=True))}
        for each in answer["MetricDataResults"]
    ]


def minute_of(moment: dt.datetime) -> float:
    return (moment - START).total_seconds() / 60


def query(ident: str, metric: str, stat: str = "Sum", period: int = 60, **more: object) -> JSON:
    dimensions = [{"Name": name, "Value": value} for name, value in BOTH.items()]
    named = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": ident, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}, **more}


def add(box: Sandbox, metric: str, minute: float, value: float, *, visible: float = 0) -> None:
    key = MetricKey.of(NAMESPACE, metric, BOTH)
    box.world.metrics.add(key, EPOCH + 60 * minute, value, visible_at=EPOCH + 60 * visible)


def test_values_are_summed_by_minute_newest_first_and_a_minute_without_a_value_is_missing(box: Sandbox) -> None:
    for minute in (1.0, 1.9, 3.5):
        add(box, "RequestCount", minute, 1)

    assert ask(box, query("q", "RequestCount")) == [{"q": {3.0: 1.0, 1.0: 2.0}}]
    ascending = ask(box, query("q", "RequestCount"), ScanBy="TimestampAscending")
    assert [list(each["q"]) for each in ascending] == [[1.0, 3.0]]


def test_the_start_is_rounded_down_to_its_minute_and_the_end_is_exclusive(box: Sandbox) -> None:
    for minute in (1, 2, 3):
        add(box, "RequestCount", minute, 1)

    assert ask(box, query("q", "RequestCount"), minutes=(1.5, 3)) == [{"q": {2.0: 1.0, 1.0: 1.0}}]


def test_a_longer_period_joins_minutes(box: Sandbox) -> None:
    for minute in (0, 1, 4, 5):
        add(box, "RequestCount", minute, 1)

    assert ask(box, query("q", "RequestCount", period=300)) == [{"q": {5.0: 1.0, 0.0: 3.0}}]


def test_a_value_is_seen_once_it_is_visible(box: Sandbox) -> None:
    add(box, "RequestCount", 1, 5)
    add(box, "RequestCount", 1, 2, visible=4)

    assert ask(box, query("q", "RequestCount")) == [{"q": {1.0: 5.0}}]
    box.world.clock.sleep(300)
    assert ask(box, query("q", "RequestCount")) == [{"q": {1.0: 7.0}}]


def test_other_dimensions_are_another_metric(box: Sandbox) -> None:
    box.world.metrics.add(MetricKey.of(NAMESPACE, "RequestCount", {"LoadBalancer": ALB}), EPOCH, 1)

    assert ask(box, query("q", "RequestCount")) == [{"q": {}}]


def test_metric_math_has_a_value_where_all_its_ids_have_one(box: Sandbox) -> None:
    for minute, requests, errors in ((1, 100, 5), (2, 200, 0), (3, 0, 0)):
        add(box, "RequestCount", minute, requests)
        if errors or not requests:
            add(box, "HTTPCode_Target_5XX_Count", minute, errors)

    queries = (
        query("e", "HTTPCode_Target_5XX_Count", ReturnData=False),
        query("n", "RequestCount", ReturnData=False),
        {"Id": "rate", "Expression": "100 * e / n"},
    )
    assert ask(box, *queries) == [{"rate": {1.0: 5.0}}]


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ((query("q", "RequestCount", stat="p101"),), "The value p101 for parameter Stat is not supported"),
        ((query("q", "RequestCount", stat="median"),), "The value median for parameter Stat is not supported"),
        ((query("q", "RequestCount", period=90),), "Period must be a multiple of 60"),
        (({"Id": "q", "Expression": "a / b"},), "uses ids that are not defined"),
        ((query("a", "RequestCount"), {"Id": "q", "Expression": "FILL(a, 0)"}), "uses ids that are not defined"),
        ((query("a", "RequestCount"), {"Id": "q", "Expression": "-a"}), "only + - * / on ids and numbers"),
        ((query("a", "RequestCount"), {"Id": "q", "Expression": "a +"}), "Error in expression"),
    ],
)
def test_what_cannot_be_answered_is_refused(box: Sandbox, queries: tuple[JSON, ...], said: str) -> None:
    add(box, "RequestCount", 1, 1)
    with pytest.raises(ClientError) as caught:
        ask(box, *queries)

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert said in caught.value.response["Error"]["Message"]


def test_the_statistics_are_those_of_cloudwatch() -> None:
    values = [4.0, 1.0, 3.0, 2.0]

    found = {name: statistic_of(values, name) for name in ("Sum", "Average", "Minimum", "Maximum", "SampleCount")}
    assert found == {"Sum": 10.0, "Average": 2.5, "Minimum": 1.0, "Maximum": 4.0, "SampleCount": 4.0}
    assert [statistic_of(values, name) for name in ("p0", "p50", "p90", "p99.9", "p100")] == pytest.approx(
        [1.0, 2.5, 3.7, 3.997, 4.0]
    )


def test_answers_are_published_per_target_group_and_per_load_balancer(box: Sandbox) -> None:
    metrics = RequestMetrics(
        box.world.metrics, balancer=ALB, groups={"blue": BLUE}, at=lambda moment: EPOCH + 10 * moment, speed=10
    )
    for status, version, group in ((200, "ami-1", "blue"), (500, "ami-1", "blue"), (503, "", ""), (0, "", "")):
        metrics.note(Answer(6.0, 6.6, "kept", status, version, "i-1", group, 0.5, ""))
    names = ("RequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count")
    queries = [query(f"q{number}", name) for number, name in enumerate(names)]

    assert ask(box, *queries) == [{"q0": {}}, {"q1": {}}, {"q2": {}}, {"q3": {}}]
    box.world.clock.sleep(270)
    assert ask(box, *queries) == [{"q0": {1.0: 2.0}}, {"q1": {1.0: 1.0}}, {"q2": {1.0: 1.0}}, {"q3": {}}]
    assert ask(box, query("t", "TargetResponseTime", stat="p99")) == [{"t": {1.0: 5.0}}]
