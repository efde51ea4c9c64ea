"""The account's metrics on CloudWatch's minute grid; each value becomes visible at a time of its own."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MINUTE = 60
_Minutes = dict[int, list[tuple[float, float]]]


@dataclass(frozen=True)
class MetricKey:
    """A metric: its namespace, name and dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "MetricKey":
        """Return the key of a metric."""
        return cls(namespace, name, frozenset(dimensions.items()))


class Metrics:
    """Values by metric and minute. A minute without a value has no datapoint, as in CloudWatch."""

    def __init__(self) -> None:
        self._values: dict[MetricKey, _Minutes] = defaultdict(lambda: defaultdict(list))

    def add(self, key: MetricKey, moment: float, value: float, *, visible_at: float = -math.inf) -> None:
        """Add a value at a moment, which queries see from `visible_at` on; both in epoch seconds."""
        self._values[key][int(moment // MINUTE) * MINUTE].append((visible_at, value))

    def read(self, key: MetricKey, start: float, end: float, *, period: int, now: float) -> dict[int, list[float]]:
        """Return the values that are visible now, by the start of their period, from `start` to before `end`."""
        found: dict[int, list[float]] = defaultdict(list)
        for minute, values in self._values.get(key, {}).items():
            seen = [value for visible_at, value in values if visible_at <= now]
            if start <= minute < end and seen:
                found[minute // period * period] += seen
        return dict(sorted(found.items()))


def statistic_of(values: Iterable[float], statistic: str) -> float:
    """Return a statistic as CloudWatch names it: `Sum`, `Average`, `p99` and so on. Raises `ValueError` for others."""
    ordered = sorted(values)
    match statistic:
        case "Sum":
            return math.fsum(ordered)
        case "Average":
            return math.fsum(ordered) / len(ordered)
        case "Minimum":
            return ordered[0]
        case "Maximum":
            return ordered[-1]
        case "SampleCount":
            return float(len(ordered))
    share = float(statistic[1:]) / 100 if statistic[:1] == "p" else -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"The value {statistic} for parameter Stat is not supported.")
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
