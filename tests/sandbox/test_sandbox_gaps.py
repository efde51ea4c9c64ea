"""Every place where moto is laxer than AWS, by the number under which the project keeps them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, SCENARIO, Aws, rule, target_group

BLUE, GREEN = "web-blue", "web-green"


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def forward(*shares: tuple[str, int], sticky: JSON | None = None) -> list[Any]:
    config: JSON = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares]}
    if sticky is not None:
        config["TargetGroupStickinessConfig"] = sticky
    return [{"Type": "forward", "ForwardConfig": config}]


def listener(aws: Aws, port: int) -> Any:  # noqa: ANN401 - boto3's own typed dictionary
    balancer = aws.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = aws.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    return next(one for one in listeners if one["Port"] == port)


def test_01_a_default_rule_is_not_modified(sandbox: Sandbox, aws: Aws) -> None:
    arn, green = rule(sandbox, "web-alb:443/default"), target_group(sandbox, GREEN)
    code, message = refusal(lambda: aws.elb.modify_rule(RuleArn=arn, Actions=forward((green, 1))))
    assert (code, message) == ("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")


def test_02_modify_listener_checks_its_actions(sandbox: Sandbox, aws: Aws) -> None:
    arn = listener(aws, 443)["ListenerArn"]
    missing = target_group(sandbox, BLUE)[:-16] + "0" * 16
    code, _ = refusal(lambda: aws.elb.modify_listener(ListenerArn=arn, DefaultActions=forward((missing, 1))))
    assert code == "TargetGroupNotFound"


def test_03_impossible_forwards_are_refused(sandbox: Sandbox, aws: Aws) -> None:
    arn, blue = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE)
    green = target_group(sandbox, GREEN)
    many = [(f"{blue[:-1]}{digit}", 1) for digit in range(6)]
    bad: list[tuple[list[Any], str]] = [
        (forward((blue, 1000)), "ValidationError"),
        (forward((blue, -1)), "ValidationError"),
        (forward(*many), "TooManyUniqueTargetGroupsPerLoadBalancer"),
        (forward((blue, 1), (blue, 2)), "ValidationError"),
        (forward(), "ValidationError"),
        ([{**forward((green, 1))[0], "TargetGroupArn": blue}], "ValidationError"),
        (
            [{"Type": "forward", "TargetGroupArn": blue, "Order": 1}, {"Type": "forward", "TargetGroupArn": green}],
            "TooManyActions",
        ),
        ([{"Type": "forward"}], "ValidationError"),
        (forward((blue, 1), (green, 1), sticky={"Enabled": True}), "ValidationError"),
        ([{"Type": "teleport"}], "ValidationError"),
    ]
    for actions, code in bad:
        change = partial(aws.elb.modify_rule, RuleArn=arn, Actions=actions)
        assert refusal(change)[0] == code, actions


def test_03_a_sticky_target_group_among_several_needs_a_sticky_rule(sandbox: Sandbox, aws: Aws) -> None:
    arn, blue, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE), target_group(sandbox, GREEN)
    aws.elb.modify_target_group_attributes(
        TargetGroupArn=blue, Attributes=[{"Key": "stickiness.enabled", "Value": "true"}]
    )
    code, message = refusal(lambda: aws.elb.modify_rule(RuleArn=arn, Actions=forward((blue, 9), (green, 1))))
    assert code == "InvalidLoadBalancerAction"
    assert message.startswith("You must enable group stickiness on a rule")
    sticky = {"Enabled": True, "DurationSeconds": 60}
    aws.elb.modify_rule(RuleArn=arn, Actions=forward((blue, 9), (green, 1), sticky=sticky))


def test_04_a_simple_forward_reads_back_in_both_forms(sandbox: Sandbox, aws: Aws) -> None:
    arn, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, GREEN)
    expected = {
        "Type": "forward",
        "TargetGroupArn": green,
        "Order": 1,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": green, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }
    simple: list[Any] = [{"Type": "forward", "TargetGroupArn": green}]
    assert aws.elb.modify_rule(RuleArn=arn, Actions=simple)["Rules"][0]["Actions"] == [expected]
    assert aws.elb.modify_rule(RuleArn=arn, Actions=forward((green, 1)))["Rules"][0]["Actions"] == [expected]
    assert aws.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"] == [expected]


def test_05_weights_of_zero_only_are_accepted(sandbox: Sandbox, aws: Aws) -> None:
    arn, blue, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE), target_group(sandbox, GREEN)
    changed = aws.elb.modify_rule(RuleArn=arn, Actions=forward((blue, 0), (green, 0)))["Rules"][0]
    assert [group["Weight"] for group in changed["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [0, 0]
    assert "TargetGroupArn" not in changed["Actions"][0]


def test_06_rules_may_change_places(sandbox: Sandbox, aws: Aws) -> None:
    first, blue = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE)
    second = aws.elb.create_rule(
        ListenerArn=listener(aws, 443)["ListenerArn"],
        Priority=20,
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=forward((blue, 1)),
    )["Rules"][0]["RuleArn"]
    aws.elb.set_rule_priorities(
        RulePriorities=[{"RuleArn": first, "Priority": 20}, {"RuleArn": second, "Priority": 10}]
    )
    rules = aws.elb.describe_rules(RuleArns=[first, second])["Rules"]
    assert [(one["RuleArn"], one["Priority"]) for one in rules] == [(first, "20"), (second, "10")]
    taken: list[Any] = [{"RuleArn": first, "Priority": 10}]
    assert refusal(lambda: aws.elb.set_rule_priorities(RulePriorities=taken))[0] == "PriorityInUse"


def test_07_08_rules_come_by_priority_and_in_pages(scenario: JSON, clock: JumpingClock) -> None:
    rules = [{"priority": 100 - number, "path": f"/{number}", "forward": BLUE} for number in range(60)]
    scenario["load-balancers"][0]["listeners"][0]["rules"] = rules
    box = Sandbox(scenario, clock=clock)
    aws = Aws(box)
    arn = listener(aws, 443)["ListenerArn"]
    first = aws.elb.describe_rules(ListenerArn=arn)
    assert len(first["Rules"]) == 50
    rest = aws.elb.describe_rules(ListenerArn=arn, Marker=first["NextMarker"])
    assert rest.get("NextMarker") is None
    priorities = [one["Priority"] for one in first["Rules"] + rest["Rules"]]
    assert priorities == [*(str(number) for number in range(41, 101)), "default"]
    box.close()


def test_08_listeners_and_target_groups_come_in_pages(aws: Aws) -> None:
    balancer = aws.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    page = aws.elb.describe_listeners(LoadBalancerArn=balancer, PageSize=1)
    assert len(page["Listeners"]) == 1
    assert len(aws.elb.describe_listeners(LoadBalancerArn=balancer, Marker=page["NextMarker"])["Listeners"]) == 1
    pages = aws.elb.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [len(one["TargetGroups"]) for one in pages] == [1, 1]


def test_09_one_missing_thing_fails_the_call(aws: Aws) -> None:
    arn = listener(aws, 443)["ListenerArn"]
    missing = arn[:-16] + "0" * 16
    assert refusal(lambda: aws.elb.describe_listeners(ListenerArns=[arn, missing]))[0] == "ListenerNotFound"
    assert refusal(lambda: aws.elb.describe_load_balancers(Names=["web-alb", "x"]))[0] == "LoadBalancerNotFound"
    assert refusal(lambda: aws.elb.describe_target_groups(Names=["x"]))[0] == "TargetGroupNotFound"


def health(aws: Aws, arn: str) -> list[tuple[str, str | None]]:
    found = aws.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [(one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found]


def test_10_health_takes_its_time(sandbox: Sandbox, aws: Aws, clock: JumpingClock) -> None:
    green = target_group(sandbox, GREEN)
    instance = sandbox.state()["groups"][0]["instances"][0]["id"]
    aws.elb.register_targets(TargetGroupArn=green, Targets=[{"Id": instance}])
    assert health(aws, green) == [("initial", "Elb.RegistrationInProgress")]
    clock.sleep(10)
    assert health(aws, green) == [("initial", "Elb.InitialHealthChecking")]
    clock.sleep(20)
    assert health(aws, green) == [("healthy", None)]


def test_10_a_target_group_on_no_listener_is_unused(sandbox: Sandbox, aws: Aws, clock: JumpingClock) -> None:
    green, blue = target_group(sandbox, GREEN), target_group(sandbox, BLUE)
    stage = listener(aws, 8443)["ListenerArn"]
    aws.elb.modify_listener(ListenerArn=stage, DefaultActions=forward((blue, 1)))
    instance = sandbox.state()["groups"][0]["instances"][0]["id"]
    aws.elb.register_targets(TargetGroupArn=green, Targets=[{"Id": instance}])
    clock.sleep(600)
    assert health(aws, green) == [("unused", "Target.NotInUse")]
    aws.elb.modify_listener(ListenerArn=stage, DefaultActions=forward((green, 0), (blue, 1)))
    assert health(aws, green) == [("initial", "Elb.RegistrationInProgress")]
    clock.sleep(30)
    assert health(aws, green) == [("healthy", None)]


def test_11_12_deregistration_drains_and_forgives(sandbox: Sandbox, aws: Aws, clock: JumpingClock) -> None:
    blue = target_group(sandbox, BLUE)
    instance = sandbox.state()["groups"][0]["instances"][0]["id"]
    aws.elb.deregister_targets(TargetGroupArn=blue, Targets=[{"Id": "i-0123456789abcdef0"}])
    aws.elb.deregister_targets(TargetGroupArn=blue, Targets=[{"Id": instance, "Port": 81}])
    assert health(aws, blue) == [("healthy", None)] * 3
    aws.elb.deregister_targets(TargetGroupArn=blue, Targets=[{"Id": instance}])
    assert health(aws, blue)[0] == ("draining", "Target.DeregistrationInProgress")
    clock.sleep(59)
    assert len(health(aws, blue)) == 3
    clock.sleep(1)
    assert len(health(aws, blue)) == 2
    named = aws.elb.describe_target_health(TargetGroupArn=blue, Targets=[{"Id": instance}])
    assert named["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_13_only_running_instances_register_and_ports_are_kept_apart(sandbox: Sandbox, aws: Aws) -> None:
    green = target_group(sandbox, GREEN)
    instance = sandbox.state()["groups"][0]["instances"][0]["id"]
    ghost = [{"Id": "i-0123456789abcdef0"}]
    assert refusal(lambda: aws.elb.register_targets(TargetGroupArn=green, Targets=ghost))[0] == "InvalidTarget"  # type: ignore[arg-type]
    aws.elb.register_targets(TargetGroupArn=green, Targets=[{"Id": instance}, {"Id": instance, "Port": 81}])
    found = aws.elb.describe_target_health(TargetGroupArn=green)["TargetHealthDescriptions"]
    assert [one["Target"]["Port"] for one in found] == [80, 81]


def test_14_attributes_have_names_and_bounds(sandbox: Sandbox, aws: Aws) -> None:
    blue = target_group(sandbox, BLUE)

    def change(key: str, value: str) -> object:
        return aws.elb.modify_target_group_attributes(TargetGroupArn=blue, Attributes=[{"Key": key, "Value": value}])

    change("deregistration_delay.timeout_seconds", "3600")
    found = aws.elb.describe_target_group_attributes(TargetGroupArn=blue)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "3600"} in found
    assert refusal(lambda: change("deregistration_delay.timeout_seconds", "3601"))[0] == "ValidationError"
    assert refusal(lambda: change("no.such.key", "1"))[0] == "ValidationError"


@pytest.fixture
def two_balancers(scenario: JSON) -> JSON:
    scenario["target-groups"] += [{"name": "tcp", "protocol": "TCP"}]
    scenario["load-balancers"] += [
        {"name": "other", "listeners": []},
        {"name": "net", "type": "network", "listeners": [{"port": 443, "default": {"forward": "tcp"}}]},
    ]
    return scenario


@pytest.fixture
def crowded(two_balancers: JSON, clock: JumpingClock) -> Any:  # noqa: ANN401 - a generator of a pair
    box = Sandbox(two_balancers, clock=clock)
    yield box, Aws(box)
    box.close()


def _balancer(aws: Aws, name: str) -> str:
    return aws.elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]["LoadBalancerArn"]


def test_15_a_target_group_belongs_to_one_load_balancer(crowded: tuple[Sandbox, Aws]) -> None:
    box, aws = crowded
    other, blue = _balancer(aws, "other"), target_group(box, BLUE)
    code, _ = refusal(
        lambda: aws.elb.create_listener(
            LoadBalancerArn=other, Port=80, Protocol="HTTP", DefaultActions=forward((blue, 1))
        )
    )
    assert code == "TargetGroupAssociationLimit"


def test_16_ports_are_taken_once_and_tags_are_of_things_that_exist(sandbox: Sandbox, aws: Aws) -> None:
    balancer, blue = _balancer(aws, "web-alb"), target_group(sandbox, BLUE)
    code, _ = refusal(
        lambda: aws.elb.create_listener(
            LoadBalancerArn=balancer, Port=8443, Protocol="HTTP", DefaultActions=forward((blue, 1))
        )
    )
    assert code == "DuplicateListener"
    missing = blue[:-16] + "0" * 16
    assert refusal(lambda: aws.elb.describe_tags(ResourceArns=[missing]))[0] == "TargetGroupNotFound"
    assert refusal(lambda: aws.elb.describe_tags(ResourceArns=[blue] * 21))[0] == "ValidationError"


def test_17_network_load_balancers_have_their_own_rules(crowded: tuple[Sandbox, Aws]) -> None:
    box, aws = crowded
    arn = _balancer(aws, "net")
    assert ":loadbalancer/net/net/" in arn
    listener_arn = aws.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"][0]["ListenerArn"]
    green, tcp = target_group(box, GREEN), target_group(box, "tcp")
    code, _ = refusal(lambda: aws.elb.modify_listener(ListenerArn=listener_arn, DefaultActions=forward((green, 1))))
    assert code == "IncompatibleProtocols"
    code, _ = refusal(
        lambda: aws.elb.create_rule(ListenerArn=listener_arn, Priority=1, Conditions=[], Actions=forward((tcp, 1)))
    )
    assert code == "OperationNotPermitted"


def test_18_a_secure_listener_keeps_what_is_not_named(sandbox: Sandbox, aws: Aws) -> None:
    before = listener(aws, 443)
    green = target_group(sandbox, GREEN)
    aws.elb.modify_listener(ListenerArn=before["ListenerArn"], DefaultActions=forward((green, 1)))
    after = listener(aws, 443)
    assert after["DefaultActions"][0]["TargetGroupArn"] == green
    assert [after[key] for key in ("Certificates", "SslPolicy", "Protocol", "Port")] == [
        before[key] for key in ("Certificates", "SslPolicy", "Protocol", "Port")
    ]
    rules = aws.elb.describe_rules(ListenerArn=before["ListenerArn"])["Rules"]
    assert rules[-1]["Actions"] == after["DefaultActions"]


def test_19_arns_are_the_same_in_every_run(clock: JumpingClock) -> None:
    tails = []
    for _ in range(2):
        box = Sandbox(SCENARIO, clock=clock)
        tails.append([route["rule"].split(":listener-rule/")[1] for route in box.state()["routes"]])
        box.close()
    assert tails[0] == tails[1]
    assert all(len(part) == 16 for tail in tails[0] for part in tail.split("/")[2:])


def _signing_in(secret: JSON, arn: str) -> list[Any]:
    oidc = {
        "Issuer": "https://id.test",
        "AuthorizationEndpoint": "https://id.test/a",
        "TokenEndpoint": "https://id.test/t",
        "UserInfoEndpoint": "https://id.test/u",
        "ClientId": "web",
        **secret,
    }
    return [
        {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc},
        {"Type": "forward", "Order": 2, "TargetGroupArn": arn},
    ]


def test_20_a_client_secret_is_never_read_back(sandbox: Sandbox, aws: Aws) -> None:
    arn, blue, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE), target_group(sandbox, GREEN)
    existing = {"UseExistingClientSecret": True}
    code, _ = refusal(lambda: aws.elb.modify_rule(RuleArn=arn, Actions=_signing_in(existing, blue)))
    assert code == "ValidationError"
    aws.elb.modify_rule(RuleArn=arn, Actions=_signing_in({"ClientSecret": "s3cret"}, blue))
    actions = aws.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"]
    assert [action["Type"] for action in actions] == ["authenticate-oidc", "forward"]
    assert "ClientSecret" not in actions[0]["AuthenticateOidcConfig"]
    assert "s3cret" not in str(sandbox.calls())
    aws.elb.modify_rule(RuleArn=arn, Actions=_signing_in(existing, green))
    assert refusal(lambda: aws.elb.modify_rule(RuleArn=arn, Actions=_signing_in({}, blue)))[0] == "ValidationError"


def test_21_calls_can_be_throttled_and_denied(sandbox: Sandbox, aws: Aws) -> None:
    sandbox.add_fault({"match": {"call": "DescribeRules"}, "effect": "aws-throttling"})
    denied = {"match": {"call": "ModifyRule"}, "effect": "aws-error", "code": "AccessDenied"}
    sandbox.add_fault(denied)
    arn, blue = rule(sandbox, "web-alb:443/10"), target_group(sandbox, BLUE)
    assert refusal(lambda: aws.elb.describe_rules(RuleArns=[arn]))[0] == "Throttling"
    assert refusal(lambda: aws.elb.modify_rule(RuleArn=arn, Actions=forward((blue, 1))))[0] == "AccessDenied"


def test_malformed_arns_are_reported_as_malformed(aws: Aws) -> None:
    code, message = refusal(lambda: aws.elb.describe_target_health(TargetGroupArn="web-blue"))
    assert (code, message) == ("ValidationError", "'web-blue' is not a valid target group ARN")
