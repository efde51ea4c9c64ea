"""The metrics that a load balancer publishes of its requests, from the log of a load."""

import random
from collections.abc import Callable, Mapping

from spotaction.sandbox.aws.metrics.store import MINUTE, MetricKey, Metrics
from spotaction.sandbox.traffic.load import Answer

NAMESPACE = "AWS/ApplicationELB"
#: Seconds after a minute's end at which most of its values become visible, and the few that come late.
_DELAY, _LATE = (40.0, 100.0), 150.0
_LATE_SHARE = 0.02
_GOOD_GATEWAY = 500


class RequestMetrics:
    """Adds each answer to the metrics of its target group and load balancer; times are the sandbox's.

    As at AWS, a minute has a count only if there was something to count, and values become visible one to two minutes
    after their minute has ended, a few of them later.

    Args:
        metrics: where values are added.
        balancer: the load balancer's dimension, `app/name/id`.
        groups: the target groups' dimensions, `targetgroup/name/id`, by the names under which answers carry them.
        at: converts this machine's monotonic clock to the sandbox's time.
        speed: how many of the sandbox's seconds one of this machine has.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        balancer: str,
        groups: Mapping[str, str],
        at: Callable[[float], float],
        speed: float,
    ) -> None:
        self._metrics = metrics
        self._balancer = balancer
        self._groups = groups
        self._at = at
        self._speed = speed
        self._random = random.Random(7)  # noqa: S311 - not a secret
        self._delays: dict[float, float] = {}
        self._keys: dict[tuple[str, str], MetricKey] = {}

    def note(self, answer: Answer) -> None:
        """Add one answer."""
        moment = self._at(answer.ended)
        group = self._groups.get(answer.target_group)
        if group is not None and answer.version:
            self.add(group, moment, status=answer.status, seconds=answer.target_seconds * self._speed)
        elif answer.status >= _GOOD_GATEWAY:
            self._add("HTTPCode_ELB_5XX_Count", "", moment, 1.0)

    def add(self, group: str, moment: float, *, status: int, seconds: float) -> None:
        """Add one request that a target of `group` answered at a moment, after so many seconds."""
        answered = f"HTTPCode_Target_{status // 100}XX_Count"
        for of_group in (group, ""):
            for name, value in (("RequestCount", 1.0), (answered, 1.0), ("TargetResponseTime", seconds)):
                self._add(name, of_group, moment, value)

    def add_minute(self, group: str, moment: float, requests: int, errors: int) -> None:
        """Add a whole minute that was not sent, such as one before the start: its requests, and how many failed."""
        self._add("RequestCount", group, moment, float(requests))
        if errors:
            self._add("HTTPCode_Target_5XX_Count", group, moment, float(errors))

    def _add(self, name: str, group: str, moment: float, value: float) -> None:
        """Add a value to the metric of a target group, or of the whole load balancer if `group` is empty."""
        visible_at = self._when_visible(moment // MINUTE * MINUTE + MINUTE)
        self._metrics.add(self._key(name, group), moment, value, visible_at=visible_at)

    def _when_visible(self, end: float) -> float:
        """All values of a minute come at once, but for the late ones."""
        if end not in self._delays:
            self._delays[end] = random.Random(end).uniform(*_DELAY)  # noqa: S311 - not a secret
        return end + (_LATE if self._random.random() < _LATE_SHARE else self._delays[end])

    def _key(self, name: str, group: str) -> MetricKey:
        if (name, group) not in self._keys:
            dimensions = {"LoadBalancer": self._balancer} | ({"TargetGroup": group} if group else {})
            self._keys[name, group] = MetricKey.of(NAMESPACE, name, dimensions)
        return self._keys[name, group]
