"""The protocol through which checks read metrics, and what they ask and get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Protocol


@dataclass(frozen=True)
class MetricQuery:
    """A metric of CloudWatch by steps of `period` seconds; `statistic` is `Sum`, `Average` or such as `p99`."""

    id: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int = 60


@dataclass(frozen=True)
class MathQuery:
    """A metric math expression over the other queries of the same call, which it names by their ids."""

    id: str
    expression: str
    period: int = 60


@dataclass(frozen=True)
class Series:
    """The values of a query by the start of their period (aware, UTC), oldest first.

    A period without a value is not in it. It is not `complete` if CloudWatch said that there is more, or an error; the
    `reason` is then CloudWatch's.
    """

    points: tuple[tuple[datetime, float], ...]
    complete: bool = True
    reason: str = ""


class MetricApi(Protocol):
    """Metrics at CloudWatch. Every call may raise `ApiError`."""

    def read(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, *, deadline: float = inf
    ) -> Mapping[str, Series]:
        """Return the series of each query by its id, of the minutes that begin from `start` to before `end`.

        It is over by `deadline` (on the clock's `now`). Queries beyond 500 take a call of their own, so that an
        expression and what it names have to be among the first 500.
        """
        ...
