"""GetMetricData with CloudWatch's grid: moto begins periods at any second, and knows no percentiles."""

import ast
import datetime as dt
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.metrics.store import MINUTE, MetricKey, Metrics, statistic_of
from spotaction.sandbox.types import JSON, Moto

_MOST_QUERIES = 500
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_Series = dict[int, float]


def get_metric_data(metrics: Metrics, put: Sequence[Moto], request: JSON, now: float) -> list[JSON]:
    """Return the results of the queries that are not only intermediate.

    `put` are moto's values, from PutMetricData. Raises `AwsError` for what CloudWatch refuses, and for metric math
    beyond the four operations on ids and numbers, which the sandbox does not know.
    """
    queries = request.get("MetricDataQueries") or []
    start, end = _epoch(request["StartTime"]) // MINUTE * MINUTE, _epoch(request["EndTime"])
    if not 0 < len(queries) <= _MOST_QUERIES:
        raise _invalid(f"MetricDataQueries must have 1 to {_MOST_QUERIES} members.")
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    sources, series = (metrics, _metrics_put(put)), dict[str, _Series]()
    for query in queries:
        if "MetricStat" in query:
            series[query["Id"]] = _read(sources, query["MetricStat"], start, end, now)
    for query in queries:
        if "MetricStat" not in query:
            series[query["Id"]] = _calculate(query.get("Expression") or "", series)
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return [
        _result(query, series[query["Id"]], newest_first=newest_first)
        for query in queries
        if query.get("ReturnData", True)
    ]


def _read(sources: Sequence[Metrics], wanted: JSON, start: float, end: float, now: float) -> _Series:
    metric, period = wanted["Metric"], int(wanted["Period"])
    if period % MINUTE or period <= 0:
        raise _invalid(f"Period must be a multiple of {MINUTE} for metrics of this resolution.")
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    key = MetricKey.of(metric["Namespace"], metric["MetricName"], dimensions)
    found: dict[int, list[float]] = defaultdict(list)
    for source in sources:
        for moment, values in source.read(key, start, end, period=period, now=now).items():
            found[moment] += values
    try:
        return {moment: statistic_of(values, wanted["Stat"]) for moment, values in found.items()}
    except ValueError as error:
        raise _invalid(str(error)) from error


def _metrics_put(data: Sequence[Moto]) -> Metrics:
    metrics = Metrics()
    for datum in data:
        dimensions = {each.name: each.value for each in datum.dimensions}
        metrics.add(MetricKey.of(datum.namespace, datum.name, dimensions), _epoch(datum.timestamp), float(datum.value))
    return metrics


def _calculate(expression: str, series: Mapping[str, _Series]) -> _Series:
    """Return the value of an expression at each moment at which all ids in it have one."""
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise _invalid(f"Error in expression {expression!r}") from error
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if not names or names - set(series):
        raise _invalid(f"Expression {expression!r} uses ids that are not defined.")
    moments = set.intersection(*(set(series[name]) for name in names))
    values = {moment: _evaluate(tree, {name: series[name][moment] for name in names}) for moment in sorted(moments)}
    return {moment: value for moment, value in values.items() if value is not None}


def _evaluate(node: ast.expr, values: Mapping[str, float]) -> float | None:
    """Return a value; None where it divides by zero, which has no datapoint."""
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            one, other = _evaluate(left, values), _evaluate(right, values)
            if one is None or other is None or (isinstance(op, ast.Div) and other == 0):
                return None
            return _OPERATORS[type(op)](one, other)
    raise _invalid("The sandbox knows of metric math only + - * / on ids and numbers.")


def _result(query: JSON, series: _Series, *, newest_first: bool) -> JSON:
    ordered = sorted(series.items(), reverse=newest_first)
    stat = query.get("MetricStat")
    label = f"{stat['Metric']['MetricName']} {stat['Stat']}" if stat else query["Id"]
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or label,
        "Timestamps": [dt.datetime.fromtimestamp(moment, tz=dt.UTC) for moment, _ in ordered],
        "Values": [value for _, value in ordered],
        "StatusCode": "Complete",
    }


def _epoch(moment: object) -> float:
    if isinstance(moment, dt.datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    return float(str(moment))


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
