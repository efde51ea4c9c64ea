"""Finds load balancers, listeners and rules at ELBv2 in few calls."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from spotaction.cloud.aws.calls import iterate_pages, require_complete
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.resources import JsonObject, ListenerArn, RuleArn

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import (
        ActionTypeDef,
        DescribeListenersInputTypeDef,
        DescribeRulesInputTypeDef,
        ListenerTypeDef,
        LoadBalancerTypeDef,
        RuleTypeDef,
    )

T = TypeVar("T")
GONE = ("ListenerNotFound", "RuleNotFound")
Actions = tuple[JsonObject, ...]


def as_json_actions(actions: object) -> Actions:
    """Return actions as botocore types them in the form of the model."""
    return tuple(cast("Sequence[JsonObject]", actions))


class Listeners:
    """The load balancers of the session's region, with their listeners and rules."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws
        self._rules_of: dict[ListenerArn, tuple[RuleTypeDef, ...]] = {}
        self._listeners_of: dict[ListenerArn, tuple[ListenerTypeDef, ...]] = {}

    def find_load_balancer(self, name: str) -> "LoadBalancerTypeDef":
        """Return the load balancer of that name. Raises `RefusedError` if it does not exist."""
        try:
            found = self._aws.read(
                "elbv2:DescribeLoadBalancers",
                lambda: require_complete(
                    self._aws.elbv2().describe_load_balancers(Names=[name]),
                    "LoadBalancers",
                    "LoadBalancerArn",
                )["LoadBalancers"],
            )
        except ApiError as error:
            if error.code != "LoadBalancerNotFound":
                raise
            found = []
        if found:
            return found[0]
        raise RefusedError(
            f"Load balancer {name!r} does not exist in {self._aws.region}.",
            next_step="check its name, the region, and the account of the credentials",
        )

    def at_port(self, balancer: "LoadBalancerTypeDef", port: int) -> "ListenerTypeDef":
        """Return the load balancer's listener at a port. Raises `RefusedError`, which names the existing ports."""
        listeners = tuple(self._iterate_listeners({"LoadBalancerArn": balancer["LoadBalancerArn"]}))
        for listener in listeners:
            if listener.get("Port") == port:
                self._listeners_of[ListenerArn(listener["ListenerArn"])] = listeners
                return listener
        ports = ", ".join(str(listener.get("Port")) for listener in listeners) or "none"
        raise RefusedError(
            f"Load balancer {balancer.get('LoadBalancerName')!r} has no listener on port {port}; its ports: {ports}.",
            next_step="correct the port, or create the listener",
        )

    def find_listener(self, arn: ListenerArn) -> "ListenerTypeDef":
        """Return a listener by its ARN. Raises `RefusedError` if it does not exist."""
        return self._first_or_refuse(
            self._iterate_listeners({"ListenerArns": [arn]}), f"Listener {arn} does not exist."
        )

    def find_rule(self, listener: ListenerArn, rule: RuleArn) -> "RuleTypeDef":
        """Return a rule of a listener by its ARN, ignoring case. Raises `RefusedError` if it does not exist."""
        same = (found for found in self._all_rules(listener) if _is_same_arn(found.get("RuleArn", ""), rule))
        return self._first_or_refuse(same, f"Rule {rule} does not exist on listener {listener}.")

    def default_rule(self, listener: ListenerArn) -> RuleArn:
        """Return the ARN of a listener's default rule; the listener's own ARN if ELB lists none."""
        for found in self._all_rules(listener):
            if found.get("IsDefault"):
                return RuleArn(found["RuleArn"])
        return RuleArn(str(listener))

    def known_rules(self, listener: ListenerArn) -> tuple["RuleTypeDef", ...]:
        """Return the rules of a listener as read by `find_rule` or `default_rule`; empty before that."""
        return self._rules_of.get(listener, ())

    def other_listeners(self, listener: ListenerArn) -> tuple["ListenerTypeDef", ...]:
        """Return the other listeners of its load balancer as read by `at_port`; empty before that."""
        found = self._listeners_of.get(listener, ())
        return tuple(other for other in found if other["ListenerArn"] != listener)

    def of_balancer(self, balancer: str) -> "tuple[ListenerTypeDef, ...]":
        """Return the current listeners of a load balancer by its ARN; empty if it does not exist."""
        try:
            return tuple(self._iterate_listeners({"LoadBalancerArn": balancer}))
        except ApiError as error:
            if error.code != "LoadBalancerNotFound":
                raise
            return ()

    def rules_of(self, listener: ListenerArn) -> "tuple[RuleTypeDef, ...]":
        """Return the current rules of a listener, with the default rule; empty if it does not exist."""
        try:
            return tuple(self._iterate_rules({"ListenerArn": listener}))
        except ApiError as error:
            if error.code not in GONE:
                raise
            return ()

    def actions_of_rules(self, rules: Sequence[RuleArn]) -> dict[RuleArn, Actions]:
        """Return the actions of rules, in one call. Raises `ApiError` if one does not exist any more."""
        if not rules:
            return {}
        found = self._iterate_rules({"RuleArns": list(dict.fromkeys(rules))})
        actions = {RuleArn(rule.get("RuleArn", "")): as_json_actions(rule.get("Actions", [])) for rule in found}
        _check_all(actions, rules, "DescribeRules", "RuleNotFound")
        return actions

    def default_actions(self, listeners: Sequence[ListenerArn]) -> dict[ListenerArn, Actions]:
        """Return the default actions of listeners, in one call. Raises `ApiError` if one does not exist any more."""
        if not listeners:
            return {}
        found = self._iterate_listeners({"ListenerArns": list(dict.fromkeys(listeners))})
        actions = {
            ListenerArn(one.get("ListenerArn", "")): as_json_actions(one.get("DefaultActions", [])) for one in found
        }
        _check_all(actions, listeners, "DescribeListeners", "ListenerNotFound")
        return actions

    def modify_actions(self, *, listener: ListenerArn, rule: RuleArn | None, actions: Sequence[JsonObject]) -> Actions:
        """Replace the actions of a rule, or of the listener's default rule for None; return what ELB now reports."""
        # Only the actions are sent: whatever a request leaves out is unchanged.
        sent = cast("list[ActionTypeDef]", list(actions))
        client = self._aws.elbv2
        if rule is not None:
            changed = self._aws.write("elbv2:ModifyRule", lambda: client().modify_rule(RuleArn=rule, Actions=sent))
            return next((as_json_actions(one.get("Actions", [])) for one in changed.get("Rules", [])), ())
        answer = self._aws.write(
            "elbv2:ModifyListener",
            lambda: client().modify_listener(ListenerArn=listener, DefaultActions=sent),
        )
        return next((as_json_actions(one.get("DefaultActions", [])) for one in answer.get("Listeners", [])), ())

    def _iterate_listeners(self, request: "DescribeListenersInputTypeDef") -> Iterator["ListenerTypeDef"]:
        def fetch(token: str) -> "tuple[list[ListenerTypeDef], str]":
            if token:
                request["Marker"] = token
            page = self._aws.read(
                "elbv2:DescribeListeners",
                lambda: require_complete(self._aws.elbv2().describe_listeners(**request), "Listeners", "ListenerArn"),
            )
            return page["Listeners"], page.get("NextMarker", "")

        return iterate_pages(fetch)

    def _all_rules(self, listener: ListenerArn) -> Iterator["RuleTypeDef"]:
        """All rules, once the first is asked for; errors come from there, as `_first_or_refuse` expects."""
        self._rules_of[listener] = tuple(self._iterate_rules({"ListenerArn": listener}))
        yield from self._rules_of[listener]

    def _iterate_rules(self, request: "DescribeRulesInputTypeDef") -> Iterator["RuleTypeDef"]:
        def fetch(token: str) -> "tuple[list[RuleTypeDef], str]":
            if token:
                request["Marker"] = token
            page = self._aws.read(
                "elbv2:DescribeRules",
                lambda: require_complete(self._aws.elbv2().describe_rules(**request), "Rules", "RuleArn"),
            )
            return page["Rules"], page.get("NextMarker", "")

        return iterate_pages(fetch)

    def _first_or_refuse(self, found: Iterator[T], otherwise: str) -> T:
        try:
            for item in found:
                return item
        except ApiError as error:
            if error.code not in GONE:
                raise
        raise RefusedError(
            otherwise, next_step="check the ARN; a rule or listener that was created again has a new ARN"
        )


def _is_same_arn(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _check_all(found: Iterable[str], wanted: Sequence[str], operation: str, code: str) -> None:
    missing = [arn for arn in dict.fromkeys(wanted) if arn not in set(found)]
    if missing:
        raise ApiError(
            f"Deleted from the load balancer: {', '.join(missing)}.",
            service="aws",
            call=f"elbv2:{operation}",
            code=code,
            next_step="check the load balancer first: this was deleted during the deployment",
        )
