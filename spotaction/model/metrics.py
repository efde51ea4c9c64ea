"""The protocol through which checks read metrics, and what they ask and get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class MetricQuery:
    """A metric of CloudWatch, minute by minute: `statistic` is `Sum`, `Average` or a percentile such as `p99`."""

    id: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int = 60


@dataclass(frozen=True)
class Series:
    """The values of a query by the start of their minute (aware, UTC), oldest first.

    A minute without a value is not in it. It is not `complete` if CloudWatch said that there is more, or an error.
    """

    points: tuple[tuple[datetime, float], ...]
    complete: bool = True


class MetricApi(Protocol):
    """Metrics at CloudWatch. Every call may raise `ApiError`."""

    def read(self, queries: Sequence[MetricQuery], start: datetime, end: datetime) -> Mapping[str, Series]:
        """Return the series of each query by its id, of the minutes that begin from `start` to before `end`."""
        ...
