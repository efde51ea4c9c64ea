"""Where a listener can be reached, and which of its rules takes which request, for checks."""

from math import inf
from typing import TYPE_CHECKING

from spotaction.cloud.aws.listeners import Listeners, as_json_actions
from spotaction.cloud.aws.rule_actions import forward_of
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import RefusedError
from spotaction.model.ports import Endpoint, EndpointApi, ListenerRule, RuleCondition
from spotaction.model.resources import Forward, JsonObject, Route, RuleArn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_elbv2.type_defs import RuleConditionOutputTypeDef, RuleTypeDef

_DEFAULT = 1_000_000  # ELB's priorities end at 50,000; a default rule's is `default`


class ElbEndpoints(EndpointApi):
    """The listeners of one region."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def read(self, route: Route, *, deadline: float = inf) -> Endpoint:
        listeners = Listeners(self._aws.limited_to(deadline))
        balancer = listeners.find_load_balancer(route.load_balancer)
        listener = listeners.find_listener(route.listener)
        application = balancer.get("Type", "application") == "application"
        rules = listeners.rules_of(route.listener) if application else ()
        return Endpoint(
            load_balancer=route.load_balancer,
            address=balancer.get("DNSName", ""),
            port=listener.get("Port", route.port),
            protocol=listener.get("Protocol", ""),
            internal=balancer.get("Scheme") == "internal",
            rules=tuple(_as_rule(rule) for rule in sorted(rules, key=_priority)),
        )


def _priority(rule: "RuleTypeDef") -> int:
    text = rule.get("Priority", "")
    return int(text) if text.isdecimal() else _DEFAULT


def _as_rule(rule: "RuleTypeDef") -> ListenerRule:
    conditions = tuple(_as_condition(each) for each in rule.get("Conditions", []))
    return ListenerRule(
        RuleArn(rule.get("RuleArn", "")), conditions, _forward(as_json_actions(rule.get("Actions", [])))
    )


def _forward(actions: "Sequence[JsonObject]") -> Forward | None:
    try:
        return forward_of(actions)
    except RefusedError:
        return None


def _as_condition(condition: "RuleConditionOutputTypeDef") -> RuleCondition:
    """One condition; a rule made long ago has its values at the top, a newer one in the part for its kind."""
    kind = condition.get("Field", "")
    if kind == "query-string":
        pairs = condition.get("QueryStringConfig", {}).get("Values", [])
        return RuleCondition(kind, tuple(f"{pair.get('Key', '')}={pair.get('Value', '')}" for pair in pairs))
    if kind == "http-header":
        header = condition.get("HttpHeaderConfig", {})
        return RuleCondition(
            kind,
            tuple(header.get("Values", [])),
            tuple(header.get("RegexValues", [])),
            header.get("HttpHeaderName", ""),
        )
    if kind == "host-header":
        host = condition.get("HostHeaderConfig", {})
        return RuleCondition(kind, _values(condition, host.get("Values", [])), tuple(host.get("RegexValues", [])))
    if kind == "path-pattern":
        path = condition.get("PathPatternConfig", {})
        return RuleCondition(kind, _values(condition, path.get("Values", [])), tuple(path.get("RegexValues", [])))
    if kind == "http-request-method":
        return RuleCondition(kind, _values(condition, condition.get("HttpRequestMethodConfig", {}).get("Values", [])))
    return RuleCondition(kind)


def _values(condition: "RuleConditionOutputTypeDef", own: "Sequence[str]") -> tuple[str, ...]:
    return tuple(dict.fromkeys([*own, *condition.get("Values", [])]))
