"""Metrics at CloudWatch, read minute by minute with GetMetricData."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import require_complete
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.metrics import MathQuery, MetricApi, MetricQuery, Series
from spotaction.model.redaction import truncate

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import (
        GetMetricDataInputTypeDef,
        GetMetricDataOutputTypeDef,
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
        MetricStatTypeDef,
        MetricTypeDef,
    )

MOST_QUERIES = 500  # of GetMetricData
MOST_PAGES = 50  # a page has up to 100,800 values
MINUTE = timedelta(minutes=1)
LONGEST = 300  # characters of CloudWatch's messages
_STAYS = ("Forbidden", "InternalError")  # a later page does not make up for them


class CloudWatchMetrics(MetricApi):
    """Metrics of one region. Nothing is rounded or filled in: what CloudWatch left out is left out."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def read(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, *, deadline: float = inf
    ) -> Mapping[str, Series]:
        first, last = _next_minute(start), _next_minute(end)
        if last <= first:
            return {query.id: Series(()) for query in queries}
        found: dict[str, Series] = {}
        for at in range(0, len(queries), MOST_QUERIES):
            batch = queries[at : at + MOST_QUERIES]
            reader = _PageReader([query.id for query in batch], first, last)
            reader.read(self._pages(batch, first, last, deadline))
            found |= reader.series()
        return found

    def _pages(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, deadline: float
    ) -> "Iterator[GetMetricDataOutputTypeDef]":
        """Every page; each names the token of the next, and only the last has none."""
        request: GetMetricDataInputTypeDef = {
            "MetricDataQueries": [_to_query(query) for query in queries],
            "StartTime": start,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
        }
        for _ in range(MOST_PAGES):
            page = self._aws.read_by(
                "cloudwatch:GetMetricData",
                lambda: _require_numbers(self._aws.cloudwatch().get_metric_data(**request)),
                deadline,
            )
            yield page
            token = page.get("NextToken", "")
            if not token or token == request.get("NextToken"):
                return
            request["NextToken"] = token


class _PageReader:
    """Joins the pages of one call; a query is complete if CloudWatch says so, and nothing else."""

    def __init__(self, ids: Sequence[str], start: datetime, end: datetime) -> None:
        self._ids = ids
        self._start = start
        self._end = end
        self._values: dict[str, dict[datetime, float]] = defaultdict(dict)
        self._reasons: dict[str, str] = dict.fromkeys(ids, "CloudWatch returned nothing for the query")
        self._stays: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._for_all: list[str] = []

    def read(self, pages: "Iterator[GetMetricDataOutputTypeDef]") -> None:
        token = ""
        for page in pages:
            token = page.get("NextToken", "")
            self._for_all += _messages(page)
            names = [result.get("Id", "") for result in page["MetricDataResults"]]
            for name, result in zip(names, page["MetricDataResults"], strict=True):
                self._add(result)
                if names.count(name) > 1 or self._labels.setdefault(name, result.get("Label", "")) != result.get(
                    "Label", ""
                ):
                    self._stays[name] = "the expression returns more than one series: aggregate them, such as with SUM"
        if token:
            self._for_all.append("CloudWatch has more pages than were read")

    def _add(self, result: "MetricDataResultTypeDef") -> None:
        name, status = result.get("Id", ""), result.get("StatusCode", "")
        times, values = result.get("Timestamps", []), result.get("Values", [])
        self._values[name] |= {_utc(time): value for time, value in zip(times, values, strict=False)}
        messages = [*_messages(result), *(["times and values do not match"] if len(times) != len(values) else [])]
        if any(time.second or time.microsecond for time in times):
            messages.append("a value is between two minutes")
        self._reasons[name] = "" if status == "Complete" else f"CloudWatch's status is {status or 'not given'}"
        if messages or status in _STAYS:
            self._stays[name] = truncate("; ".join(messages) or self._reasons[name], LONGEST)

    def series(self) -> dict[str, Series]:
        """The series of each query that was asked for; what CloudWatch added to them is left out."""
        for_all = truncate("; ".join(dict.fromkeys(self._for_all)), LONGEST)
        return {name: self._one(name, for_all) for name in self._ids}

    def _one(self, name: str, for_all: str) -> Series:
        reason = self._stays.get(name) or self._reasons[name] or for_all
        inside = [pair for pair in sorted(self._values[name].items()) if self._start <= pair[0] < self._end]
        return Series(tuple(inside), complete=not reason, reason=reason)


def _require_numbers(page: "GetMetricDataOutputTypeDef") -> "GetMetricDataOutputTypeDef":
    """Return the page; raises `TypeError` for values that are no numbers, which botocore passes on as they come."""
    for result in require_complete(page, "MetricDataResults")["MetricDataResults"]:
        sum(result.get("Values", []))
    return page


def _to_query(query: MetricQuery | MathQuery) -> "MetricDataQueryTypeDef":
    if isinstance(query, MathQuery):
        return {"Id": query.id, "Expression": query.expression, "Period": query.period}
    metric: MetricTypeDef = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions.items()],
    }
    stat: MetricStatTypeDef = {"Metric": metric, "Period": query.period, "Stat": query.statistic}
    return {"Id": query.id, "MetricStat": stat}


def _next_minute(time: datetime) -> datetime:
    """The first full minute from `time` on; CloudWatch itself would round a start down, into a minute not asked for."""
    whole = _utc(time).replace(second=0, microsecond=0)
    return whole if whole == time else whole + MINUTE


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _messages(answer: "GetMetricDataOutputTypeDef | MetricDataResultTypeDef") -> list[str]:
    """What CloudWatch says about an answer or a result, as `code: text`."""
    given = [(each.get("Code", ""), each.get("Value", "")) for each in answer.get("Messages", [])]
    return [": ".join(part for part in each if part) or "CloudWatch has a message without text" for each in given]
