"""Where a listener can be reached, from what ELB reports."""

import pytest

from spotaction.cloud.aws.endpoints import ElbEndpoints
from spotaction.model.errors import RefusedError
from spotaction.model.ports import Endpoint, ListenerRule, RuleCondition
from spotaction.model.resources import Forward, ListenerArn, Route, RuleArn, TargetGroupArn
from tests.support.aws_adapter import JSON, ScriptedAws, quiet

HEAD = "arn:aws:elasticloadbalancing:eu-west-1:1"
GREEN = TargetGroupArn(f"{HEAD}:targetgroup/green/1")
LISTENER = ListenerArn(f"{HEAD}:listener/app/web/1/stage")
RULE, DEFAULT = (RuleArn(f"{HEAD}:listener-rule/app/web/1/stage/{name}") for name in ("ten", "default"))
ROUTE = Route("web", LISTENER, 8443, RULE, is_default=False, forward=Forward.to_one(GREEN))
BALANCER = {"LoadBalancerArn": "arn:lb", "DNSName": "web-1.elb.test", "Scheme": "internal", "Type": "application"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    quiet(monkeypatch)
    return ScriptedAws("elbv2")


def listens(script: ScriptedAws, *rules: JSON, protocol: str = "HTTPS", **balancer: str) -> None:
    script.will("DescribeLoadBalancers", {"LoadBalancers": [{**BALANCER, **balancer}]})
    script.will("DescribeListeners", {"Listeners": [{"ListenerArn": LISTENER, "Port": 8443, "Protocol": protocol}]})
    script.will("DescribeRules", {"Rules": list(rules)})


def test_an_endpoint_has_the_rules_in_the_order_in_which_they_are_tried(script: ScriptedAws) -> None:
    redirect = {"Type": "redirect"}
    listens(
        script,
        {"RuleArn": DEFAULT, "Priority": "default", "IsDefault": True, "Actions": [redirect]},
        {
            "RuleArn": RULE,
            "Priority": "10",
            "Actions": [{"Type": "forward", "TargetGroupArn": GREEN}],
            "Conditions": [
                {"Field": "host-header", "Values": ["a.test"], "HostHeaderConfig": {"Values": ["a.test"]}},
                {"Field": "path-pattern", "Values": ["/old/*"]},
                {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/new/"]}},
                {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Stage", "Values": ["1"]}},
                {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET", "HEAD"]}},
                {
                    "Field": "query-string",
                    "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}, {"Value": "c"}]},
                },
                {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
            ],
        },
        {"RuleArn": f"{RULE}9", "Priority": "9", "Actions": [redirect]},
    )
    assert ElbEndpoints(script.aws).read(ROUTE) == Endpoint(
        load_balancer="web",
        address="web-1.elb.test",
        port=8443,
        protocol="HTTPS",
        internal=True,
        rules=(
            ListenerRule(RuleArn(f"{RULE}9"), (), None),
            ListenerRule(
                RULE,
                (
                    RuleCondition("host-header", ("a.test",)),
                    RuleCondition("path-pattern", ("/old/*",)),
                    RuleCondition("path-pattern", (), ("^/new/",)),
                    RuleCondition("http-header", ("1",), name="X-Stage"),
                    RuleCondition("http-request-method", ("GET", "HEAD")),
                    RuleCondition("query-string", ("a=b", "=c")),
                    RuleCondition("source-ip"),
                ),
                Forward.to_one(GREEN),
            ),
            ListenerRule(DEFAULT, (), None),
        ),
    )
    assert script.operations == ["DescribeLoadBalancers", "DescribeListeners", "DescribeRules"]


def test_a_network_load_balancer_has_no_rules(script: ScriptedAws) -> None:
    listens(script, protocol="TCP", Type="network", Scheme="internet-facing")
    endpoint = ElbEndpoints(script.aws).read(ROUTE)
    assert endpoint == Endpoint("web", "web-1.elb.test", 8443, "TCP", internal=False, rules=())
    assert script.operations == ["DescribeLoadBalancers", "DescribeListeners"]


def test_a_load_balancer_that_is_gone_is_said_to(script: ScriptedAws) -> None:
    script.will("DescribeLoadBalancers", {"LoadBalancers": []})
    with pytest.raises(RefusedError, match="Load balancer 'web' does not exist in eu-west-1"):
        ElbEndpoints(script.aws).read(ROUTE)
