from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from spotaction.cloud.aws.alarms import CloudWatchAlarms
from spotaction.cloud.aws.listener_rules import ElbLoadBalancerApi
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.resources import (
    Alarm,
    Forward,
    InstanceId,
    ListenerArn,
    Route,
    RuleArn,
    Target,
    TargetGroup,
    TargetGroupArn,
    TargetState,
    Weighted,
)
from tests.support.aws_adapter import JSON, Refusal, ScriptedAws, quiet

HEAD = "arn:aws-cn:elasticloadbalancing:cn-north-1:1"
BLUE, GREEN = (TargetGroupArn(f"{HEAD}:targetgroup/{name}/1") for name in ("blue", "green"))
PROD, STAGE = (ListenerArn(f"{HEAD}:listener/app/web/1/{name}") for name in ("prod", "stage"))
RULE = RuleArn(f"{HEAD}:listener-rule/app/web/1/prod/ten")
DEFAULT = RuleArn(f"{HEAD}:listener-rule/app/web/1/prod/default")
BALANCER = {"LoadBalancers": [{"LoadBalancerArn": "arn:lb", "LoadBalancerName": "web", "Type": "application"}]}
OIDC = {
    "Issuer": "https://id.test",
    "AuthorizationEndpoint": "https://id.test/authorize",
    "TokenEndpoint": "https://id.test/token",
    "UserInfoEndpoint": "https://id.test/user",
    "ClientId": "c",
}
AUTH = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {**OIDC, "ClientSecret": "s"}}


def to(target_group: str, **more: object) -> JSON:
    return {"Type": "forward", "TargetGroupArn": target_group, **more}


def listener(arn: str, port: int, *actions: JSON) -> JSON:
    return {"ListenerArn": arn, "Port": port, "DefaultActions": list(actions or [to(BLUE)])}


def rule(arn: str, *actions: JSON, default: bool = False) -> JSON:
    return {"RuleArn": arn, "Actions": list(actions or [to(BLUE)]), "IsDefault": default}


def route(**changes: Any) -> Route:  # noqa: ANN401  (what Route takes)
    plain = Route("web", PROD, 443, RULE, is_default=False, forward=Forward.to_one(BLUE), actions=(to(BLUE),))
    return replace(plain, **changes)


DEFAULT_ROUTE = route(rule=DEFAULT, is_default=True)


@pytest.fixture(scope="module")
def clients() -> Iterator[ScriptedAws]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        quiet(monkeypatch)
        yield ScriptedAws("elbv2", "cloudwatch", attempts=1)  # a client takes half a second to make


@pytest.fixture
def cloud(clients: ScriptedAws) -> ScriptedAws:
    return clients.forget()


@pytest.fixture
def routes(cloud: ScriptedAws) -> ElbLoadBalancerApi:
    return ElbLoadBalancerApi(cloud.aws)


def test_a_rule_is_found_on_its_listener_without_regard_to_case(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will(
        "DescribeListeners",
        {"Listeners": [listener("arn:x", 80)], "NextMarker": "m"},
        {"Listeners": [listener(PROD, 443)]},
    )
    cloud.will(
        "DescribeRules",
        {"Rules": [rule("arn:y", to(GREEN))], "NextMarker": "n"},
        {"Rules": [rule(RULE, AUTH, to(BLUE))]},
    )

    found = routes.find("web", 443, RuleArn(RULE.upper()))

    assert found == route()
    assert found.actions == (AUTH, to(BLUE))
    assert cloud.sent == [
        ("DescribeLoadBalancers", {"Names": ["web"]}),
        ("DescribeListeners", {"LoadBalancerArn": "arn:lb"}),
        ("DescribeListeners", {"LoadBalancerArn": "arn:lb", "Marker": "m"}),
        ("DescribeRules", {"ListenerArn": PROD}),
        ("DescribeRules", {"ListenerArn": PROD, "Marker": "n"}),
    ]


def test_what_else_forwards_is_known_once_a_rule_was_found(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listeners = [listener(PROD, 443, to(BLUE)), listener("arn:x", 80, to(GREEN)), listener("arn:z", 81, fixed)]
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": listeners})
    rules = [
        rule(RULE, to(BLUE)),
        rule("arn:y", to(GREEN)),
        rule("arn:f", fixed),
        rule(DEFAULT, to(BLUE), default=True),
    ]
    cloud.will("DescribeRules", {"Rules": rules})

    others = routes.other_rules(routes.find("web", 443, RULE))

    assert [(other.port, other.rule, other.is_default) for other in others] == [
        (443, "arn:y", False),
        (443, DEFAULT, True),
        (80, "arn:x", True),
    ]
    assert len(cloud.sent) == 3


def test_every_rule_that_names_a_target_group_is_found_on_all_listeners_of_its_load_balancer(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi
) -> None:
    balancer = "arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/app/web/1"
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    idle = {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 1}, {"TargetGroupArn": GREEN, "Weight": 0}]}
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": GREEN, "LoadBalancerArns": [balancer]}]})
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443), listener(STAGE, 8443)]})
    cloud.will(
        "DescribeRules",
        {"Rules": [rule(RULE, {"Type": "forward", "ForwardConfig": idle}), rule(DEFAULT, to(BLUE), default=True)]},
        {"Rules": [rule("arn:f", fixed), rule("arn:s", to(GREEN), default=True)]},
    )

    found = routes.forwarding_to([GREEN])

    named = [(one.load_balancer, one.listener, one.port, one.rule, one.is_default, str(one.forward)) for one in found]
    assert named == [
        ("web", PROD, 443, RULE, False, "blue 100% + green 0%"),
        ("web", STAGE, 8443, "arn:s", True, "green 100%"),
    ]
    assert [call for call, _ in cloud.sent] == [
        "DescribeTargetGroups",
        "DescribeListeners",
        "DescribeRules",
        "DescribeRules",
    ]


def test_a_network_load_balancer_is_asked_for_its_listeners_alone(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi
) -> None:
    balancer = "arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/net/web/1"
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": BLUE, "LoadBalancerArns": [balancer]}]})
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
    assert routes.forwarding_to([BLUE]) == (replace(DEFAULT_ROUTE, rule=RuleArn(PROD)),)


@pytest.mark.parametrize(
    "answer", [Refusal("TargetGroupNotFound"), {"TargetGroups": [{"TargetGroupArn": BLUE, "LoadBalancerArns": []}]}]
)
def test_a_target_group_that_is_gone_or_unused_is_named_by_no_rule(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi, answer: JSON | Refusal
) -> None:
    cloud.will("DescribeTargetGroups", answer)
    assert routes.forwarding_to([BLUE]) == ()
    assert len(cloud.sent) == 1


@pytest.mark.parametrize("operation", ["DescribeListeners", "DescribeRules"])
def test_rules_that_cannot_be_read_are_not_taken_for_none(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi, operation: str
) -> None:
    """No rule leads to a group that may be deleted: a refusal must not look like that."""
    balancer = "arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/app/web/1"
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": BLUE, "LoadBalancerArns": [balancer]}]})
    if operation == "DescribeRules":
        cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
    cloud.will(operation, Refusal("AccessDenied", 403))
    with pytest.raises(ApiError, match=f"allow elasticloadbalancing:{operation}"):
        routes.forwarding_to([BLUE])


@pytest.mark.parametrize("gone", ["LoadBalancerNotFound", "ListenerNotFound"])
def test_what_was_deleted_meanwhile_has_no_rules(cloud: ScriptedAws, routes: ElbLoadBalancerApi, gone: str) -> None:
    balancer = "arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/app/web/1"
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": BLUE, "LoadBalancerArns": [balancer]}]})
    if gone == "LoadBalancerNotFound":
        cloud.will("DescribeListeners", Refusal(gone))
    else:
        cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
        cloud.will("DescribeRules", Refusal(gone))
    assert routes.forwarding_to([BLUE]) == ()


@pytest.mark.parametrize("asked", [None, DEFAULT])
def test_a_default_rule_forwards_where_its_listener_says(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi, asked: RuleArn | None
) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443, to(GREEN))]})
    cloud.will("DescribeRules", {"Rules": [rule(RULE), rule(DEFAULT, to(BLUE), default=True)]})
    assert routes.find("web", 443, asked) == replace(DEFAULT_ROUTE, forward=Forward.to_one(GREEN))


def test_a_network_load_balancer_has_no_rules(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", {"LoadBalancers": [{"LoadBalancerArn": "arn:nlb", "Type": "network"}]})
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
    assert routes.find("web", 443, None) == replace(DEFAULT_ROUTE, rule=RuleArn(PROD))


def test_without_a_default_rule_the_listener_stands_for_it(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
    cloud.will("DescribeRules", {"Rules": []})
    assert routes.find("web", 443, None).rule == RuleArn(PROD)


@pytest.mark.parametrize("answer", [Refusal("LoadBalancerNotFound"), {"LoadBalancers": []}])
def test_a_missing_load_balancer_is_refused(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi, answer: JSON | Refusal
) -> None:
    cloud.will("DescribeLoadBalancers", answer)
    with pytest.raises(RefusedError, match="Load balancer 'web' does not exist in eu-west-1"):
        routes.find("web", 443, None)


@pytest.mark.parametrize("operation", ["DescribeLoadBalancers", "DescribeListeners", "DescribeTargetGroups"])
def test_a_refusal_that_is_no_absence_is_passed_on(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi, operation: str
) -> None:
    cloud.will(operation, Refusal("AccessDenied", 403))
    with pytest.raises(ApiError, match=f"allow elasticloadbalancing:{operation}"):  # noqa: PT012  (whichever asks)
        if operation == "DescribeLoadBalancers":
            routes.find("web", 443, None)
        if operation == "DescribeListeners":
            routes.by_arn(PROD, RULE, load_balancer="web", port=443)
        routes.target_groups([BLUE])


def test_a_missing_port_names_those_that_there_are(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": [listener("a", 80), listener("b", 8443)]})
    with pytest.raises(RefusedError, match="no listener on port 443; its ports: 80, 8443"):
        routes.find("web", 443, None)


def test_a_rule_of_another_listener_is_refused(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443)]})
    cloud.will("DescribeRules", {"Rules": [rule("arn:y")]})
    with pytest.raises(RefusedError, match=r"Rule .* does not exist on listener"):
        routes.find("web", 443, RULE)


def test_a_rule_that_redirects_is_refused_with_its_place(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeLoadBalancers", BALANCER)
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 80, {"Type": "redirect"})]})
    cloud.will("DescribeRules", {"Rules": [rule(DEFAULT, default=True)]})
    with pytest.raises(
        RefusedError, match=r"^The default rule of web on port 80 does not forward to target groups: it redirects\."
    ):
        routes.find("web", 80, None)


@pytest.mark.parametrize("default", [False, True])
def test_a_rule_is_found_by_the_arns_of_itself_and_its_listener(
    cloud: ScriptedAws,
    routes: ElbLoadBalancerApi,
    default: bool,  # noqa: FBT001
) -> None:
    cloud.will("DescribeListeners", {"Listeners": [listener(PROD, 443, to(GREEN))]})
    cloud.will("DescribeRules", {"Rules": [rule(RULE, to(BLUE), default=default)]})
    expected = route(is_default=default, forward=Forward.to_one(GREEN if default else BLUE))
    assert routes.by_arn(PROD, RULE, load_balancer="web", port=443) == expected


def test_a_listener_that_is_not_there_is_refused(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeListeners", Refusal("ListenerNotFound"))
    with pytest.raises(RefusedError, match=r"Listener .* does not exist"):
        routes.by_arn(PROD, RULE, load_balancer="web", port=443)


def test_routes_are_read_in_one_call_per_kind_and_in_their_order(
    cloud: ScriptedAws, routes: ElbLoadBalancerApi
) -> None:
    other = RuleArn(f"{RULE}1")
    split = {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 95}, {"TargetGroupArn": GREEN, "Weight": 5}]}
    cloud.will(
        "DescribeRules", {"Rules": [rule(other, to(GREEN)), rule(RULE, {"Type": "forward", "ForwardConfig": split})]}
    )
    cloud.will("DescribeListeners", {"Listeners": [listener(STAGE, 8443, to(GREEN)), listener(PROD, 443)]})
    stage = replace(DEFAULT_ROUTE, listener=STAGE, port=8443)

    read = routes.read([stage, route(), DEFAULT_ROUTE, route(rule=other), route()])

    shifted = Forward((Weighted(BLUE, 95), Weighted(GREEN, 5)))
    assert [one.forward for one in read] == [
        Forward.to_one(GREEN),
        shifted,
        Forward.to_one(BLUE),
        Forward.to_one(GREEN),
        shifted,
    ]
    assert cloud.sent == [
        ("DescribeRules", {"RuleArns": [RULE, other]}),
        ("DescribeListeners", {"ListenerArns": [STAGE, PROD]}),
    ]
    assert routes.read([]) == ()


@pytest.mark.parametrize("vanished", [route(), DEFAULT_ROUTE])
@pytest.mark.parametrize("refused", [True, False])
def test_a_rule_that_vanished_is_an_error(
    cloud: ScriptedAws,
    routes: ElbLoadBalancerApi,
    vanished: Route,
    refused: bool,  # noqa: FBT001
) -> None:
    cloud.will("DescribeRules", Refusal("RuleNotFound") if refused else {"Rules": []})
    cloud.will("DescribeListeners", Refusal("ListenerNotFound") if refused else {"Listeners": []})
    with pytest.raises(ApiError) as caught:
        routes.read([vanished])
    assert caught.value.code in ("RuleNotFound", "ListenerNotFound")
    assert not caught.value.retryable


def test_a_rule_is_written_with_its_actions_only(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    after = [{"Type": "authenticate-oidc", "Order": 1}, to(GREEN, Order=2)]
    cloud.will("ModifyRule", {"Rules": [rule(RULE, *after)]})
    written = routes.write(route(actions=(AUTH, to(BLUE, Order=2))), Forward.to_one(GREEN))
    assert (written.forward, written.actions) == (Forward.to_one(GREEN), tuple(after))
    kept = {**OIDC, "UseExistingClientSecret": True}
    actions = ({"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": kept}, to(GREEN, Order=2))
    assert [(name, {**sent, "Actions": tuple(sent["Actions"])}) for name, sent in cloud.sent] == [
        ("ModifyRule", {"RuleArn": RULE, "Actions": actions})
    ]


def test_a_default_rule_is_written_through_its_listener(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("ModifyListener", {"Listeners": [listener(PROD, 443, to(GREEN))]})
    assert routes.write(DEFAULT_ROUTE, Forward.to_one(GREEN)).forward == Forward.to_one(GREEN)
    assert cloud.sent == [("ModifyListener", {"ListenerArn": PROD, "DefaultActions": [to(GREEN)]})]


def test_a_route_from_a_record_is_read_before_it_is_written(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    cloud.will("DescribeRules", {"Rules": [rule(RULE, AUTH, to(BLUE))]}, {"Rules": [rule(RULE, AUTH, to(GREEN))]})
    cloud.will("ModifyRule", {"Rules": []})
    assert routes.write(route(actions=()), Forward.to_one(GREEN)).forward == Forward.to_one(GREEN)
    assert cloud.operations == ["DescribeRules", "ModifyRule", "DescribeRules"]
    assert [action["Type"] for action in cloud.sent[1][1]["Actions"]] == ["authenticate-oidc", "forward"]


def test_a_forward_that_serves_nobody_is_never_sent(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    with pytest.raises(RefusedError, match="503"):
        routes.write(route(), Forward((Weighted(BLUE, 0), Weighted(GREEN, 0))))
    assert cloud.sent == []


def test_every_state_of_a_target_is_read(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    states = [*TargetState, "brand-new"]
    cloud.will(
        "DescribeTargetHealth",
        {
            "TargetHealthDescriptions": [
                {"Target": {"Id": f"i-{state}"}, "TargetHealth": {"State": state, "Reason": "R", "Description": "d"}}
                for state in states
            ]
            + [{"Target": {"Id": "i-none"}}]
        },
    )
    read = routes.targets(BLUE)
    assert read[0] == Target(InstanceId("i-initial"), TargetState.INITIAL, "R", "d")
    assert [one.state for one in read] == [*TargetState, TargetState.UNAVAILABLE, TargetState.UNAVAILABLE]


ATTRIBUTES = {
    "Attributes": [
        {"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
        {"Key": "stickiness.enabled", "Value": "true"},
    ]
}


def test_target_groups_come_with_their_attributes_and_in_order(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    found = [{"TargetGroupArn": arn, "TargetGroupName": name} for arn, name in ((BLUE, "blue"), (GREEN, "green"))]
    cloud.will("DescribeTargetGroups", {"TargetGroups": found})
    cloud.will("DescribeTargetGroupAttributes", ATTRIBUTES, {"Attributes": []})
    green, blue, again = routes.target_groups([GREEN, BLUE, GREEN])
    assert green == again == TargetGroup(GREEN, "green", sticky=True)
    assert blue == TargetGroup(BLUE, "blue", sticky=False)


def test_many_target_groups_are_asked_for_in_batches(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    arns = [TargetGroupArn(f"arn:{number}") for number in range(21)]
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": arn} for arn in arns[:20]]})
    cloud.will("DescribeTargetGroups", {"TargetGroups": [{"TargetGroupArn": arn} for arn in arns[20:]]})
    cloud.will("DescribeTargetGroupAttributes", *[{"Attributes": []}] * 21)
    assert [one.arn for one in routes.target_groups(arns)] == arns


def test_the_missing_target_group_is_named(cloud: ScriptedAws, routes: ElbLoadBalancerApi) -> None:
    missing = Refusal("TargetGroupNotFound", message="One or more target groups not found")
    cloud.will("DescribeTargetGroups", missing, {"TargetGroups": [{"TargetGroupArn": BLUE}]}, missing)
    with pytest.raises(RefusedError, match=f"Target groups not found: {GREEN}"):
        routes.target_groups([BLUE, GREEN])


def test_alarms_of_both_kinds_come_in_the_order_of_their_names(cloud: ScriptedAws) -> None:
    cloud.will(
        "DescribeAlarms",
        {"MetricAlarms": [{"AlarmName": "m", "StateValue": "ALARM", "StateReason": "high"}], "NextToken": "t"},
        {"CompositeAlarms": [{"AlarmName": "c", "StateValue": "OK"}]},
    )
    assert CloudWatchAlarms(cloud.aws).states(["c", "m", "c"]) == (
        Alarm("c", "OK"),
        Alarm("m", "ALARM", "high"),
        Alarm("c", "OK"),
    )
    asked = {"AlarmNames": ["c", "m"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    assert cloud.sent == [("DescribeAlarms", asked), ("DescribeAlarms", {**asked, "NextToken": "t"})]


def test_alarms_are_asked_for_a_hundred_at_a_time(cloud: ScriptedAws) -> None:
    names = [f"a{number}" for number in range(101)]
    cloud.will("DescribeAlarms", {"MetricAlarms": [{"AlarmName": n, "StateValue": "OK"} for n in names[:100]]})
    cloud.will("DescribeAlarms", {"MetricAlarms": [{"AlarmName": n, "StateValue": "OK"} for n in names[100:]]})
    assert len(CloudWatchAlarms(cloud.aws).states(names)) == 101
    assert CloudWatchAlarms(cloud.aws).states([]) == ()


def test_an_alarm_is_found_by_its_arn_and_by_no_other(cloud: ScriptedAws) -> None:
    here, there = (f"arn:aws:cloudwatch:{region}:111122223333:alarm:a:b" for region in ("eu-west-1", "us-east-1"))
    found = {"MetricAlarms": [{"AlarmName": "a:b", "AlarmArn": here, "StateValue": "OK"}]}
    cloud.will("DescribeAlarms", found)
    cloud.will("DescribeAlarms", found)
    assert CloudWatchAlarms(cloud.aws).states([here, "a:b"]) == (Alarm("a:b", "OK"), Alarm("a:b", "OK"))
    with pytest.raises(RefusedError, match=f"not found in eu-west-1: {there}"):
        CloudWatchAlarms(cloud.aws).states([there])
    assert [sent["AlarmNames"] for _, sent in cloud.sent] == [["a:b"], ["a:b"]]


def test_an_alarm_whose_state_is_not_told_has_no_data(cloud: ScriptedAws) -> None:
    cloud.will("DescribeAlarms", {"MetricAlarms": [{"AlarmName": "a"}]})
    assert CloudWatchAlarms(cloud.aws).states(["a"]) == (Alarm("a", "INSUFFICIENT_DATA"),)


def test_missing_alarms_are_named(cloud: ScriptedAws) -> None:
    cloud.will("DescribeAlarms", {"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}]})
    with pytest.raises(RefusedError, match="CloudWatch alarms not found in eu-west-1: b, c"):
        CloudWatchAlarms(cloud.aws).states(["a", "b", "c"])
