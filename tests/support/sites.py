"""Load balancers for tests: production and stage rules of every kind, and the inputs that name them."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.action import JSON, QUICK

HEAD = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
BALANCER, PROD, STAGE, RULE = "a1a1a1a1a1a1a1a1", "1111111111111111", "2222222222222222", "c1c1c1c1c1c1c1c1"
RULE_ARN = f"{HEAD}:listener-rule/app/web-alb/{BALANCER}/{PROD}/{RULE}"
GREEN_ARN = f"{HEAD}:targetgroup/web-green/e1e1e1e1e1e1e1e1"
BLUE = {"forward": "web-blue"}
SPLIT = [{"target-group": "web-blue", "weight": 100}, {"target-group": "web-green", "weight": 0}]


@dataclass(frozen=True)
class Site:
    """A load balancer with a chosen production rule, production listener and stage."""

    rule: Mapping[str, Any] | None = field(default_factory=lambda: BLUE)
    default: Mapping[str, Any] = field(default_factory=lambda: BLUE)
    stage: Mapping[str, Any] = field(default_factory=lambda: {"forward": "web-green"})
    listener: Mapping[str, Any] = field(default_factory=dict)
    more: Sequence[Mapping[str, Any]] = ()
    balancers: Sequence[Mapping[str, Any]] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    def scenario(self) -> JSON:
        rules = [] if self.rule is None else [{"priority": 10, "id": RULE, "host": "shop.example.com", **self.rule}]
        prod = {"port": 443, "id": PROD, "default": self.default, "rules": [*rules, *self.more], **self.listener}
        stage = {"port": 8443, "id": STAGE, "default": self.stage}
        own = {"name": "web-alb", "id": BALANCER, "listeners": [prod, stage]}
        reference = "web-alb:443/default" if self.rule is None else "web-alb:443/10"
        scenario = {**QUICK, "load-balancers": [own, *self.balancers], "production": [reference], **self.changes}
        return copy.deepcopy(scenario)


def swap(rule: str = RULE_ARN, balancer: str = "web-alb") -> str:
    named = f"\n  prodListenerRuleArn: {rule}" if rule else ""
    return f"- loadBalancer: {balancer}\n  prodListenerPort: 443{named}\n  stageListenerPort: 8443\n"


def shift(rule: str = RULE_ARN, green: str = GREEN_ARN) -> str:
    named = f"\n  prodListenerRuleArn: {rule}" if rule else ""
    way = f"\n  isTrafficShift: true\n  stageTargetGroupArn: {green}\n"
    return f"- loadBalancer: web-alb\n  prodListenerPort: 443{named}{way}"
