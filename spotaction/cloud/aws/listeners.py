"""Load balancers, listeners and rules at ELBv2, looked up in as few calls as it takes."""

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


class Listeners:
    """What ELB says about load balancers of one region (empty = the account's)."""

    def __init__(self, aws: AwsSession, region: str) -> None:
        self._aws = aws
        self._region = region
        self._rules_of: dict[ListenerArn, tuple[RuleTypeDef, ...]] = {}
        self._listeners_of: dict[ListenerArn, tuple[ListenerTypeDef, ...]] = {}

    def find_load_balancer(self, name: str) -> "LoadBalancerTypeDef":
        """The load balancer of that name; `RefusedError` when there is none."""
        try:
            found = self._aws.read(
                "elbv2:DescribeLoadBalancers",
                lambda: require_complete(
                    self._aws.elbv2(self._region).describe_load_balancers(Names=[name]),
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
            f"There is no load balancer {name!r} in {self._region or self._aws.region}.",
            next_step="check its name, the region, and the account of the credentials",
        )

    def at_port(self, balancer: "LoadBalancerTypeDef", port: int) -> "ListenerTypeDef":
        """The load balancer's listener at a port; `RefusedError` names the ports that there are."""
        listeners = tuple(self._iterate_listeners({"LoadBalancerArn": balancer["LoadBalancerArn"]}))
        for listener in listeners:
            if listener.get("Port") == port:
                self._listeners_of[ListenerArn(listener["ListenerArn"])] = listeners
                return listener
        ports = ", ".join(str(listener.get("Port")) for listener in listeners) or "none"
        raise RefusedError(
            f"Load balancer {balancer.get('LoadBalancerName')!r} has no listener at port {port}; it has: {ports}.",
            next_step="correct the port, or create the listener",
        )

    def find_listener(self, arn: ListenerArn) -> "ListenerTypeDef":
        """A listener by its ARN; `RefusedError` when it is not there."""
        return self._first_or_refuse(self._iterate_listeners({"ListenerArns": [arn]}), f"There is no listener {arn}.")

    def find_rule(self, listener: ListenerArn, rule: RuleArn) -> "RuleTypeDef":
        """A rule of a listener, its ARN compared without case; `RefusedError` when it is not there."""
        same = (found for found in self._all_rules(listener) if _is_same_arn(found.get("RuleArn", ""), rule))
        return self._first_or_refuse(same, f"There is no rule {rule} on listener {listener}.")

    def default_rule(self, listener: ListenerArn) -> RuleArn:
        """The ARN of a listener's default rule; the listener's own where ELB shows none."""
        for found in self._all_rules(listener):
            if found.get("IsDefault"):
                return RuleArn(found["RuleArn"])
        return RuleArn(str(listener))

    def seen_rules(self, listener: ListenerArn) -> tuple["RuleTypeDef", ...]:
        """The rules of a listener as they were when one of them was looked up."""
        return self._rules_of.get(listener, ())

    def other_listeners(self, listener: ListenerArn) -> tuple["ListenerTypeDef", ...]:
        """The other listeners of its load balancer as they were when it was looked up."""
        found = self._listeners_of.get(listener, ())
        return tuple(other for other in found if other["ListenerArn"] != listener)

    def of_balancer(self, balancer: str) -> "tuple[ListenerTypeDef, ...]":
        """The listeners of a load balancer, by its ARN, as they are now; none where it is gone."""
        try:
            return tuple(self._iterate_listeners({"LoadBalancerArn": balancer}))
        except ApiError as error:
            if error.code != "LoadBalancerNotFound":
                raise
            return ()

    def rules_of(self, listener: ListenerArn) -> "tuple[RuleTypeDef, ...]":
        """The rules of a listener as they are now, the default one among them; none where it is gone."""
        try:
            return tuple(self._iterate_rules({"ListenerArn": listener}))
        except ApiError as error:
            if error.code not in GONE:
                raise
            return ()

    def actions_of_rules(self, rules: Sequence[RuleArn]) -> dict[RuleArn, Actions]:
        """The actions of rules, in one call; `ApiError` when one has vanished."""
        if not rules:
            return {}
        found = self._iterate_rules({"RuleArns": list(dict.fromkeys(rules))})
        actions = {RuleArn(rule.get("RuleArn", "")): _as_json_actions(rule.get("Actions", [])) for rule in found}
        _check_all(actions, rules, "DescribeRules", "RuleNotFound")
        return actions

    def default_actions(self, listeners: Sequence[ListenerArn]) -> dict[ListenerArn, Actions]:
        """The default actions of listeners, in one call; `ApiError` when one has vanished."""
        if not listeners:
            return {}
        found = self._iterate_listeners({"ListenerArns": list(dict.fromkeys(listeners))})
        actions = {
            ListenerArn(one.get("ListenerArn", "")): _as_json_actions(one.get("DefaultActions", [])) for one in found
        }
        _check_all(actions, listeners, "DescribeListeners", "ListenerNotFound")
        return actions

    def modify_actions(self, *, listener: ListenerArn, rule: RuleArn | None, actions: Sequence[JsonObject]) -> Actions:
        """Replace the actions of a rule, or of the listener's default for None, and answer what ELB now states."""
        # Nothing but the actions is sent: what is left out of a request stays as it is.
        sent = cast("list[ActionTypeDef]", list(actions))
        client = self._aws.elbv2
        if rule is not None:
            changed = self._aws.write(
                "elbv2:ModifyRule", lambda: client(self._region).modify_rule(RuleArn=rule, Actions=sent)
            )
            return next((_as_json_actions(one.get("Actions", [])) for one in changed.get("Rules", [])), ())
        answer = self._aws.write(
            "elbv2:ModifyListener",
            lambda: client(self._region).modify_listener(ListenerArn=listener, DefaultActions=sent),
        )
        return next((_as_json_actions(one.get("DefaultActions", [])) for one in answer.get("Listeners", [])), ())

    def _iterate_listeners(self, request: "DescribeListenersInputTypeDef") -> Iterator["ListenerTypeDef"]:
        def fetch(token: str) -> "tuple[list[ListenerTypeDef], str]":
            if token:
                request["Marker"] = token
            page = self._aws.read(
                "elbv2:DescribeListeners",
                lambda: require_complete(
                    self._aws.elbv2(self._region).describe_listeners(**request), "Listeners", "ListenerArn"
                ),
            )
            return page["Listeners"], page.get("NextMarker", "")

        return iterate_pages(fetch)

    def _all_rules(self, listener: ListenerArn) -> Iterator["RuleTypeDef"]:
        """All rules, once the first is asked for; errors come from there, as `_one` expects."""
        self._rules_of[listener] = tuple(self._iterate_rules({"ListenerArn": listener}))
        yield from self._rules_of[listener]

    def _iterate_rules(self, request: "DescribeRulesInputTypeDef") -> Iterator["RuleTypeDef"]:
        def fetch(token: str) -> "tuple[list[RuleTypeDef], str]":
            if token:
                request["Marker"] = token
            page = self._aws.read(
                "elbv2:DescribeRules",
                lambda: require_complete(self._aws.elbv2(self._region).describe_rules(**request), "Rules", "RuleArn"),
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
        raise RefusedError(otherwise, next_step="check the ARN; rules and listeners get new ones when created again")


def _as_json_actions(actions: object) -> Actions:
    return tuple(cast("Sequence[JsonObject]", actions))


def _is_same_arn(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _check_all(found: Iterable[str], wanted: Sequence[str], operation: str, code: str) -> None:
    missing = [arn for arn in dict.fromkeys(wanted) if arn not in set(found)]
    if missing:
        raise ApiError(
            f"ELB no longer knows {', '.join(missing)}.",
            service="aws",
            call=f"elbv2:{operation}",
            code=code,
            next_step="someone deleted it during the deployment: look at the load balancer before anything else",
        )
