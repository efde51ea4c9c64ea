"""Reads metric data queries in the form of CloudWatch's GetMetricData, and fills in their variables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spotaction.checks.templates import fill_template, read_template
from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.scalars import value_error
from spotaction.documents.wording import quote_value
from spotaction.model.checks import Subject
from spotaction.model.metrics import MathQuery, MetricQuery
from spotaction.model.resources import JsonObject, JsonValue

RESULT = "result"
MINUTE = 60  # seconds
Query = MetricQuery | MathQuery


def read_queries(values: Sequence[JsonObject]) -> tuple[Query, ...]:
    """Return the queries; one of them is `result`. Raises `InvalidError` without a place."""
    queries = tuple(map(_read_query, values))
    ids = [query.id for query in queries]
    if len(set(ids)) < len(ids):
        raise value_error("two queries have the same Id", "give each its own")
    if RESULT not in ids:
        raise value_error("no query has the Id result", "give the Id result to the query that success is about")
    return queries


def fill_queries(queries: Sequence[Query], subject: Subject, *, window: float) -> tuple[Query, ...]:
    """Return the queries for a release; `window` is in seconds. Raises `ValuelessError`."""
    return tuple(_fill(query, subject, window) for query in queries)


def _fill(query: Query, subject: Subject, window: float) -> Query:
    if isinstance(query, MathQuery):
        return replace(query, expression=fill_template(query.expression, subject, window=window))
    dimensions = {name: fill_template(value, subject, window=window) for name, value in query.dimensions.items()}
    return replace(query, dimensions=dimensions)


def _read_query(value: JsonObject) -> Query:
    name = as_plain_text(value.get("Id"))
    if ("Expression" in value) == ("MetricStat" in value):
        raise value_error(f"the query {quote_value(name)} needs either Expression or MetricStat", "write one of them")
    if "Expression" in value:
        expression = read_template(as_plain_text(value["Expression"]))
        return MathQuery(name, expression, _read_period(name, value.get("Period", MINUTE)))
    stat = as_mapping(value["MetricStat"])
    metric = as_mapping(stat.get("Metric"))
    named: Mapping[str, str] = {
        as_plain_text(each.get("Name")): read_template(as_plain_text(each.get("Value")))
        for each in map(as_mapping, as_items(metric.get("Dimensions")))
    }
    return MetricQuery(
        id=name,
        namespace=as_plain_text(metric.get("Namespace")),
        metric=as_plain_text(metric.get("MetricName")),
        dimensions=named,
        statistic=as_plain_text(stat.get("Stat")),
        period=_read_period(name, stat.get("Period", MINUTE)),
    )


def _read_period(name: str, value: JsonValue) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0 and value % MINUTE == 0:
        return value
    message = f"the Period of the query {quote_value(name)} is not a multiple of {MINUTE} seconds"
    raise value_error(message, "only whole minutes are judged")
