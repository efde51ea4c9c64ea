"""How long it takes until a query can have a value of the release at all."""

from spotaction.checks.queries.metric_queries import read_queries
from spotaction.model.check_kinds import CheckKind, CloudwatchCheck, PrometheusCheck

SHORTEST_WINDOW = 30.0  # seconds; rate() needs two samples
_AN_ANSWER = 60.0  # seconds for the answers after the first value


def first_value_after(kind: CheckKind) -> float:
    """Return the seconds from the start of a check until it can measure something, at the latest; 0 for most kinds."""
    match kind:
        case CloudwatchCheck(queries=queries, delay=delay):
            return delay + 2 * max(query.period for query in read_queries(queries))
        case PrometheusCheck(window=window, delay=delay):
            return delay + min(window, SHORTEST_WINDOW)
        case _:
            return 0.0


def shortest_timeout(kind: CheckKind, usual: float) -> float:
    """Return the timeout in seconds of a check that does not name one: the usual one, or enough for a first value."""
    first = first_value_after(kind)
    return max(usual, first + _AN_ANSWER) if first else usual
