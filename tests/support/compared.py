"""A load balancer's metrics for two target groups, as CloudWatch would tell them, and a release to compare on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from spotaction.checks.ports import CheckPorts
from spotaction.model.checks import Subject
from spotaction.model.deployment import GroupRef, Run
from spotaction.model.errors import SpotactionError
from spotaction.model.metrics import MathQuery, MetricApi, MetricQuery, Series
from spotaction.model.resources import (
    AppName,
    Capacity,
    Forward,
    GroupId,
    Image,
    ImageId,
    ListenerArn,
    Route,
    RuleArn,
    TargetGroupArn,
)
from tests.support.fakes import START, FakeClock

ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
NEW_ARN = TargetGroupArn(f"{ELB}:targetgroup/web-green/2")
OLD_ARN = TargetGroupArn(f"{ELB}:targetgroup/web-blue/1")
PRODUCTION = Route(
    "web-alb",
    ListenerArn(f"{ELB}:listener/app/web-alb/50dc/f2f7"),
    443,
    RuleArn(f"{ELB}:listener-rule/app/web-alb/50dc/f2f7/9683"),
    is_default=False,
    forward=Forward.to_one(OLD_ARN),
)
SIDES = {"new": "targetgroup/web-green/2", "old": "targetgroup/web-blue/1"}
METRICS = {
    "RequestCount": "requests",
    "HTTPCode_Target_5XX_Count": "errors",
    "TargetConnectionErrorCount": "refused",
    "TargetResponseTime": "latency",
}
MINUTE = timedelta(minutes=1)


@dataclass
class FakeMetrics(MetricApi):
    """Values by side, metric and minute since the start of the clock; each call is noted."""

    values: dict[tuple[str, str, int], float] = field(default_factory=dict)
    incomplete: str = ""
    error: SpotactionError | None = None
    balancer: str = "app/web-alb/50dc"
    calls: list[tuple[int, int, int]] = field(default_factory=list)

    def set_minute(self, at: int, side: str, requests: float, errors: float = 0, latency: float | None = None) -> None:
        """Count for a side in a minute; what is zero is left out, as CloudWatch does."""
        given = {"requests": requests, "errors": errors, "latency": latency}
        for name, value in given.items():
            self.values.pop((side, name, at), None)
            if value:
                self.values[side, name, at] = value

    def read(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, *, deadline: float = inf
    ) -> Mapping[str, Series]:
        assert deadline > 0
        first, last = round((start - START) / MINUTE), round((end - START) / MINUTE)
        self.calls.append((len(queries), first, last))
        if self.error is not None:
            raise self.error
        return {query.id: self._series(query, range(first, last)) for query in queries}

    def _series(self, query: MetricQuery | MathQuery, minutes: range) -> Series:
        assert isinstance(query, MetricQuery)
        assert query.namespace == "AWS/ApplicationELB"
        if query.dimensions["LoadBalancer"] != self.balancer:
            return Series(())
        side = next(side for side, name in SIDES.items() if name == query.dimensions["TargetGroup"])
        found = {at: self.values.get((side, METRICS[query.metric], at)) for at in minutes}
        points = tuple((START + at * MINUTE, value) for at, value in found.items() if value is not None)
        return Series(points, complete=not self.incomplete, reason=self.incomplete)


def compared_subject(since: datetime | None = START, weight: float | None = 10.0, bakes: int = 1) -> Subject:
    """A release whose new group has gotten this share of the requests since then."""
    capacity = Capacity(2, 2, 4)
    return Subject(
        app=AppName("web"),
        environment="prod",
        region="us-east-1",
        run=Run(),
        step="shift-1",
        image=Image(ImageId("ami-2"), "web-2"),
        new=GroupRef(GroupId("sig-2"), "web__2", capacity),
        old=GroupRef(GroupId("sig-1"), "web__1", capacity),
        new_target_groups=(NEW_ARN,),
        old_target_groups=(OLD_ARN,),
        production=(PRODUCTION,),
        since=since,
        weight=weight,
        bakes=bakes,
    )


def compare_ports(metrics: MetricApi | None, clock: FakeClock) -> CheckPorts:
    return CheckPorts(clock, metrics=metrics)
