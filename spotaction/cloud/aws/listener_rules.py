"""Reads and writes the forwards of listener rules at ELBv2."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from spotaction.cloud.aws.listeners import Listeners, as_json_actions
from spotaction.cloud.aws.rule_actions import THE_RULE, forward_of, with_forward
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.aws.target_groups import describe_targets, load_balancers_of, target_groups
from spotaction.model.errors import RefusedError
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import (
    Forward,
    JsonObject,
    ListenerArn,
    Route,
    RuleArn,
    Target,
    TargetGroup,
    TargetGroupArn,
)

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef, RuleTypeDef

NOWHERE = Forward(targets=())


class ElbLoadBalancerApi(LoadBalancerApi):
    """The load balancers of one region.

    A default rule is changed through its listener, since ELB rejects ModifyRule on it with OperationNotPermitted.
    """

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws
        self._listeners = Listeners(aws)

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        balancer = self._listeners.find_load_balancer(load_balancer)
        listener = self._listeners.at_port(balancer, port)
        arn = ListenerArn(listener["ListenerArn"])
        blank = _empty_route(load_balancer, port, arn)
        if rule is not None:
            return _of_rule(blank, listener, self._listeners.find_rule(arn, rule))
        # A network load balancer's listener has no rules; its own ARN is used for the default one.
        application = balancer.get("Type", "application") == "application"
        default = self._listeners.default_rule(arn) if application else RuleArn(str(arn))
        return _with_actions(replace(blank, rule=default), as_json_actions(listener.get("DefaultActions", [])))

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        return _of_rule(
            _empty_route(load_balancer, port, listener),
            self._listeners.find_listener(listener),
            self._listeners.find_rule(listener, rule),
        )

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        rules = self._listeners.actions_of_rules([route.rule for route in routes if not route.is_default])
        defaults = self._listeners.default_actions([route.listener for route in routes if route.is_default])
        return tuple(
            _with_actions(route, defaults[route.listener] if route.is_default else rules[route.rule])
            for route in routes
        )

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        found = []
        for rule in self._listeners.known_rules(route.listener):
            blank = _empty_route(route.load_balancer, route.port, route.listener)
            named = replace(blank, rule=RuleArn(rule["RuleArn"]), is_default=bool(rule.get("IsDefault")))
            found.append((named, as_json_actions(rule.get("Actions", []))))
        for listener in self._listeners.other_listeners(route.listener):
            arn = ListenerArn(listener["ListenerArn"])
            blank = _empty_route(route.load_balancer, listener.get("Port", 0), arn)
            found.append((replace(blank, rule=RuleArn(str(arn))), as_json_actions(listener.get("DefaultActions", []))))
        forwards = (
            _with_actions(other, actions)
            for other, actions in found
            if other.rule != route.rule and _has_forward(actions)
        )
        return tuple(forwards)

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        found = (
            _with_actions(route, actions)
            for balancer in load_balancers_of(self._aws, target_groups)
            for listener in self._listeners.of_balancer(balancer)
            for route, actions in self._rules(balancer, listener)
            if _has_forward(actions)
        )
        return tuple(route for route in found if route.forward.names(target_groups))

    def write(self, route: Route, forward: Forward) -> Route:
        """Write as the port describes; a route from a record has no actions, so it is read first to keep them."""
        current = route if route.actions else self.read([route])[0]
        answered = self._listeners.modify_actions(
            listener=route.listener,
            rule=None if route.is_default else route.rule,
            actions=with_forward(current.actions, forward),
        )
        return _with_actions(route, answered) if answered else self.read([route])[0]

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        return describe_targets(self._aws, target_group)

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        return target_groups(self._aws, arns)

    def _rules(self, balancer: str, listener: "ListenerTypeDef") -> "Iterator[tuple[Route, tuple[JsonObject, ...]]]":
        """Every rule of a listener with its actions; a network load balancer's listener has its default alone."""
        arn = ListenerArn(listener["ListenerArn"])
        blank = _empty_route(balancer.split("/")[-2], listener.get("Port", 0), arn)
        if ":loadbalancer/app/" not in balancer:
            yield replace(blank, rule=RuleArn(str(arn))), as_json_actions(listener.get("DefaultActions", []))
            return
        for rule in self._listeners.rules_of(arn):
            named = replace(blank, rule=RuleArn(rule["RuleArn"]), is_default=bool(rule.get("IsDefault")))
            yield named, as_json_actions(rule.get("Actions", []))


def _empty_route(load_balancer: str, port: int, listener: ListenerArn) -> Route:
    return Route(load_balancer, listener, port, RuleArn(""), is_default=True, forward=NOWHERE)


def _of_rule(blank: Route, listener: "ListenerTypeDef", rule: "RuleTypeDef") -> Route:
    route = replace(blank, rule=RuleArn(rule["RuleArn"]), is_default=bool(rule.get("IsDefault")))
    return _with_actions(
        route, as_json_actions(listener.get("DefaultActions", []) if route.is_default else rule.get("Actions", []))
    )


def _with_actions(route: Route, actions: Sequence[JsonObject]) -> Route:
    try:
        return replace(route, forward=forward_of(actions), actions=tuple(actions))
    except RefusedError as error:
        what = "The default rule" if route.is_default else f"Rule {route.rule}"
        where = f"{what} of {route.load_balancer or route.listener} on port {route.port}"
        raise RefusedError(
            f"{where}{error.message.removeprefix(THE_RULE)}",
            next_step="use a rule that forwards to a target group",
        ) from error


def _has_forward(actions: Sequence[JsonObject]) -> bool:
    return any(action.get("Type") == "forward" for action in actions)
