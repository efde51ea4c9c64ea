"""Tracks, at every instant, how many healthy targets the production rules have."""

from collections.abc import Iterable
from dataclasses import dataclass

from spotaction.sandbox.aws.load_balancers import LoadBalancers, Route
from spotaction.sandbox.aws.target_health import Targets
from spotaction.sandbox.types import JSON, RuleArn, TargetGroupArn


@dataclass(slots=True)
class Lowest:
    """The lowest count so far, and when it first occurred, in seconds since the start."""

    count: int
    at: float
    target_group: TargetGroupArn | None = None

    def see(self, count: int, at: float, target_group: TargetGroupArn | None = None) -> None:
        """Record a count if it is lower than all before."""
        if count < self.count:
            self.count, self.at, self.target_group = count, at, target_group


@dataclass(slots=True)
class Watch:
    """One production rule and its counts."""

    rule: RuleArn
    minimum: Lowest
    worst_share: Lowest


class Production:
    """The production rules; call `observe` at every instant that may have changed them."""

    def __init__(self, balancers: LoadBalancers, targets: Targets) -> None:
        self._balancers = balancers
        self._targets = targets
        self._watches: dict[RuleArn, Watch] = {}

    def watch(self, references: Iterable[str] | None, at: float) -> None:
        """Watch the given rules, or by default every rule with targets."""
        routes = self._balancers.routes()
        chosen = (
            [route for route in routes if self._healthy(route) or any(self._targets.of(arn) for arn, _ in route.shares)]
            if references is None
            else [self._balancers.route(reference) for reference in references]
        )
        for route in chosen:
            worst = min(self._share_counts(route), default=(0, None), key=lambda share: share[0])
            self._watches[route.rule] = Watch(
                route.rule, Lowest(self._healthy(route), at), Lowest(worst[0], at, worst[1])
            )

    def observe(self, at: float) -> None:
        """Update the counts of every watched rule."""
        if not self._watches:
            return
        by_rule = {route.rule: route for route in self._balancers.routes()}
        for watch in self._watches.values():
            self._observe(watch, by_rule.get(watch.rule), at)

    def view(self) -> list[JSON]:
        """Return the counts as GET /sandbox/state shows them."""
        by_rule = {route.rule: route for route in self._balancers.routes()}
        return [self._view(watch, by_rule.get(watch.rule)) for watch in self._watches.values()]

    def _observe(self, watch: Watch, route: Route | None, at: float) -> None:
        if route is None:
            watch.minimum.see(0, at)
            return
        watch.minimum.see(self._healthy(route), at)
        for count, arn in self._share_counts(route):
            watch.worst_share.see(count, at, arn)

    def _view(self, watch: Watch, route: Route | None) -> JSON:
        shares = route.shares if route is not None else ()
        return {
            "rule": watch.rule,
            "name": route.name if route is not None else None,
            "target-groups": [
                {"arn": arn, "weight": weight, "healthy": self._targets.healthy(arn)} for arn, weight in shares
            ],
            "healthy-now": self._healthy(route) if route is not None else 0,
            "minimum-so-far": watch.minimum.count,
            "minimum-at": watch.minimum.at,
            "worst-share": {
                "healthy": watch.worst_share.count,
                "target-group": watch.worst_share.target_group,
                "at": watch.worst_share.at,
            },
        }

    def _healthy(self, route: Route) -> int:
        return sum(count for count, _ in self._share_counts(route))

    def _share_counts(self, route: Route) -> list[tuple[int, TargetGroupArn | None]]:
        return [(self._targets.healthy(arn), arn) for arn, weight in route.shares if weight > 0]
