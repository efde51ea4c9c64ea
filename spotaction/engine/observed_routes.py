"""The routes port that notes where each rule was last seen to forward."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.engine.safety import route_label
from spotaction.model.deployment import Deployment, ObservedRoute
from spotaction.model.errors import ApiError, SpotactionError
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import Forward, ListenerArn, Route, RuleArn, Target, TargetGroup, TargetGroupArn


@dataclass(frozen=True)
class ObservingLoadBalancerApi(LoadBalancerApi):
    """Passes everything on; what it read or wrote is in `deployment.seen`, for whoever tells how things stand."""

    inner: LoadBalancerApi
    deployment: Deployment

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        return self._note(self.inner.find(load_balancer, port, rule))

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        return self._note(self.inner.by_arn(listener, rule, load_balancer=load_balancer, port=port))

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        return tuple(self._note(route) for route in self.inner.read(routes))

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        return self.inner.other_rules(route)

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        return self.inner.forwarding_to(target_groups)

    def write(self, route: Route, forward: Forward) -> Route:
        """After a write without an answer nobody knows where the rule forwards."""
        try:
            return self._note(self.inner.write(route, forward))
        except SpotactionError as error:
            if not isinstance(error, ApiError) or error.maybe_applied:
                self.deployment.observed_routes[route.rule] = ObservedRoute(route_label(route), None)
            raise

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        return self.inner.targets(target_group)

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        return self.inner.target_groups(arns)

    def _note(self, route: Route) -> Route:
        self.deployment.observed_routes[route.rule] = ObservedRoute(route_label(route), route.forward)
        return route
