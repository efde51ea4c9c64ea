import json

import pytest

from spotaction.documents.load_balancers import parse_instances, parse_load_balancers, parse_standalone_shift
from spotaction.documents.source import parse_document
from spotaction.model.errors import InvalidError
from spotaction.model.resources import (
    Capacity,
    Forward,
    JsonValue,
    ListenerArn,
    LoadBalancer,
    RuleArn,
    StandaloneShift,
    TargetGroupArn,
    Weighted,
)

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
RULE = f"{ARN}listener-rule/app/web-alb/0a/0b/0c"
STAGE_RULE = f"{ARN}listener-rule/app/web-alb/0a/0d/0e"
LISTENER = f"{ARN}listener/app/web-alb/0a/0b"
GREEN = f"{ARN}targetgroup/green-tg/0d"
BLUE = f"{ARN}targetgroup/blue-tg/0e"
HINT = "write same-as-running, or min=1,max=4,desired=2"
ORDER = "min ≤ desired ≤ max"


@pytest.mark.parametrize(
    ("value", "capacity"),
    [
        (None, None),
        ("same-as-running", None),
        ({"type": "CurrentRunning"}, None),
        ({"type": "CurrentRunning", "spec": {}}, None),
        ("min=1, max=4, desired=2", Capacity(1, 2, 4)),
        ("max=4\nmin=0\ndesired=0", Capacity(0, 0, 4)),
        ({"type": "Fixed", "spec": {"min": 1, "max": "4", "desired": 2}}, Capacity(1, 2, 4)),
        ({"min": 2, "max": 2, "desired": 2}, Capacity.fixed(2)),
    ],
)
def test_instances_are_read_in_every_form(value: JsonValue, capacity: Capacity | None) -> None:
    assert parse_instances(value) == capacity


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("min=3,max=4,desired=2", [f"min 3 is more than desired 2 ({ORDER})"]),
        (
            "min=3,max=1,desired=2",
            [f"min 3 is more than desired 2 ({ORDER})", f"desired 2 is more than max 1 ({ORDER})"],
        ),
        ("min=1,max=4", [f"desired is missing ({HINT})"]),
        ("min=1,max=-4,desired=1", [f"max is not a whole number, 0 or more ({HINT})"]),
        ("min=1,min=2,max=4,desired=2", [f"'min=1,min=2,max=4,desired=2' is not a number of instances ({HINT})"]),
        ({"min": 1, "max": 4, "desired": True}, [f"desired is not a whole number, 0 or more ({HINT})"]),
        ({"min": 1, "max": 4, "target": 2}, [f"unknown key 'target' ({HINT})", f"desired is missing ({HINT})"]),
        ({"type": "Other"}, ["type 'Other' with this spec is not supported (use Fixed or CurrentRunning)"]),
        ([1], [f"'[1]' is not a number of instances ({HINT})"]),
        (
            7,
            [
                (
                    "'7' does not give the minimum and maximum"
                    " (write min=7,max=7,desired=7 for a group of fixed size, or same-as-running)"
                )
            ],
        ),
    ],
)
def test_an_impossible_number_of_instances_is_refused(value: JsonValue, expected: list[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_instances(value)
    assert [str(problem) for problem in caught.value.problems] == expected


def test_load_balancers_are_read_flat_and_wrapped() -> None:
    text = f"""
- loadBalancer: web-alb
  prodListenerPort: "443"
  prodListenerRuleArn: {RULE}
  stageListenerPort: 8443
  stageListenerRuleArn: {STAGE_RULE}
- type: AWSLoadBalancerConfig
  spec:
    loadBalancer: api-alb
    prodListenerPort: 443
    isTrafficShift: "true"
    stageTargetGroupArn: {GREEN}
"""
    document = parse_document(text, name="input load-balancers")
    assert parse_load_balancers(document.value, document) == (
        LoadBalancer("web-alb", 443, RuleArn(RULE), 8443, RuleArn(STAGE_RULE)),
        LoadBalancer("api-alb", 443, stage_target_group=TargetGroupArn(GREEN), shift=True),
    )


def test_null_is_an_empty_list() -> None:
    nothing = parse_document("null", name="input load-balancers")
    assert parse_load_balancers(None, nothing) == ()


def wrong(text: str) -> list[str]:
    document = parse_document(text, name="input load-balancers")
    with pytest.raises(InvalidError) as caught:
        parse_load_balancers(document.value, document)
    return [str(problem) for problem in caught.value.problems]


PLACE, NAME = "input load-balancers", "load-balancers"
FIRST = "- loadBalancer: web-alb\n  prodListenerPort: 443\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", f"{PLACE}:1:1: {NAME}: expected a list, found a mapping"),
        ("- 1", f"{PLACE}:1:3: {NAME}[0]: expected a mapping, found the number 1"),
        (
            FIRST + "  stageListenerPort: 8443\n  isTrafficshift: 1",
            f"{PLACE}:4:3: {NAME}[0].isTrafficshift: unknown key 'isTrafficshift' (did you mean 'isTrafficShift'?)",
        ),
        (
            FIRST,
            (
                f"{PLACE}:1:3: {NAME}[0]: 'stageListenerPort' is missing "
                "(a swap needs it; for a traffic shift, set isTrafficShift: true and stageTargetGroupArn)"
            ),
        ),
        ("- prodListenerPort: 1\n  stageListenerPort: 2", f"{PLACE}:1:3: {NAME}[0]: 'loadBalancer' is missing"),
        (
            FIRST + "  stageListenerPort: 70000",
            f"{PLACE}:3:22: {NAME}[0].stageListenerPort: '70000' is not a whole number from 1 to 65535",
        ),
        (
            FIRST + "  stageListenerPort: 8443\n  prodListenerRuleArn: web",
            (
                f"{PLACE}:4:24: {NAME}[0].prodListenerRuleArn: invalid format: 'web' (for example "
                "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/web-alb/50dc6c495c0c9188/"
                "f2f7dc8efc522ab2/9683b2d02a6cabee)"
            ),
        ),
        (
            FIRST + "  stageListenerPort: 8443\n  isTrafficShift: maybe",
            f"{PLACE}:4:19: {NAME}[0].isTrafficShift: 'maybe' is neither true nor false",
        ),
        (
            FIRST + "  isTrafficShift: true",
            f"{PLACE}:1:3: {NAME}[0]: 'stageTargetGroupArn' is missing (a traffic shift needs it)",
        ),
        (
            FIRST + f"  isTrafficShift: true\n  stageListenerPort: 1\n  stageTargetGroupArn: {GREEN}",
            (
                f"{PLACE}:1:3: {NAME}[0]: stage listeners cannot be used with isTrafficShift: true "
                "(remove stageListenerPort and stageListenerRuleArn)"
            ),
        ),
        (
            FIRST + f"  stageListenerPort: 1\n  stageTargetGroupArn: {GREEN}",
            f"{PLACE}:1:3: {NAME}[0]: 'stageTargetGroupArn' is for traffic shifts only (set isTrafficShift: true)",
        ),
        (
            FIRST + f"  stageListenerPort: 1\n  prodListenerRuleArn: {RULE}\n  stageListenerRuleArn: {RULE}",
            (
                f"{PLACE}:1:3: {NAME}[0]: prodListenerRuleArn and stageListenerRuleArn are the same rule "
                "(use a rule of its own for each)"
            ),
        ),
        (
            FIRST + "  stageListenerPort: 443",
            (
                f"{PLACE}:1:3: {NAME}[0]: production and stage are both the default rule of port 443 "
                "(give the stage a listener of its own, or set stageListenerRuleArn)"
            ),
        ),
        (
            FIRST + "  stageListenerPort: 1\n  prodListenerRuleArn:",
            (
                f"{PLACE}:4:23: {NAME}[0].prodListenerRuleArn: 'prodListenerRuleArn' is empty "
                "(check the variable that it comes from, or remove the key to use the listener's default rule)"
            ),
        ),
        (
            (FIRST + "  stageListenerPort: 1\n") * 2,
            f"{PLACE}:4:3: {NAME}[1]: duplicates an earlier entry: same load balancer, port and rule",
        ),
        (
            "- type: Other\n  spec: {loadBalancer: a, prodListenerPort: 1, stageListenerPort: 2}",
            f"{PLACE}:1:9: {NAME}[0].type: 'Other' is not allowed; expected AWSLoadBalancerConfig",
        ),
        (
            "- loadBalancer: [a]\n  prodListenerPort: 1\n  stageListenerPort: 2",
            f"{PLACE}:1:17: {NAME}[0].loadBalancer: expected text, found a list",
        ),
    ],
)
def test_a_problem_of_a_load_balancer_has_its_place(text: str, expected: str) -> None:
    assert wrong(text) == [expected]


def standalone(**changed: JsonValue) -> dict[str, JsonValue]:
    entry: dict[str, JsonValue] = {
        "loadBalancer": "web-alb",
        "listenerArn": LISTENER,
        "listenerRuleArn": RULE,
        "forwardTrafficConfig": [{"targetGroupArn": BLUE, "weight": 90}, {"targetGroupArn": GREEN, "weight": "10"}],
    }
    return {**entry, **changed}


def parsed(value: JsonValue) -> StandaloneShift:
    return parse_standalone_shift(value, parse_document(json.dumps(value), name="a.json"), name="shift")


def test_a_standalone_shift_is_a_rule_and_where_it_forwards() -> None:
    forward = Forward((Weighted(TargetGroupArn(BLUE), 90), Weighted(TargetGroupArn(GREEN), 10)))
    expected = StandaloneShift("web-alb", ListenerArn(LISTENER), RuleArn(RULE), forward)
    assert parsed(standalone()) == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([], "shift.forwardTrafficConfig: must not be empty"),
        ([1], "shift.forwardTrafficConfig[0]: expected a mapping, found the number 1"),
        (
            [{"targetGroupArn": BLUE, "weight": 0}],
            ("shift.forwardTrafficConfig: all weights are 0 (give at least one target group a weight above 0)"),
        ),
        (
            [{"targetGroupArn": BLUE, "weight": 1000}],
            "shift.forwardTrafficConfig[0].weight: 1000 is greater than the maximum of 999",
        ),
        (
            [{"targetGroupArn": BLUE, "weight": "1000"}],
            "shift.forwardTrafficConfig[0].weight: '1000' is not a whole number from 0 to 999",
        ),
        (
            [{"targetGroupArn": RULE, "weight": 1}],
            (
                f"shift.forwardTrafficConfig[0].targetGroupArn: invalid format: '{RULE[:57]}…' (for "
                "example arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web-blue/73e2d6bc24d8a067)"
            ),
        ),
        (
            [{"targetGroupArn": f"{BLUE}\n", "weight": 1}],
            (
                f"shift.forwardTrafficConfig[0].targetGroupArn: invalid format: '{BLUE[:57]}…' (for "
                "example arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web-blue/73e2d6bc24d8a067)"
            ),
        ),
    ],
)
def test_a_standalone_shift_that_elb_would_not_take_is_refused(targets: JsonValue, expected: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parsed(standalone(forwardTrafficConfig=targets))
    assert [str(problem).partition(": ")[2] for problem in caught.value.problems] == [expected]


@pytest.mark.parametrize("empty", ["", "''", "null"])
def test_in_a_document_an_empty_rule_is_the_listeners_default_rule(empty: str) -> None:
    text = f"{FIRST}  stageListenerPort: 1\n  prodListenerRuleArn: {empty}\n  stageListenerRuleArn: {empty}"
    document = parse_document(text, name="execution.yaml")
    (balancer,) = parse_load_balancers(document.value, document, name="spec.loadBalancers", empty_is_default=True)
    assert (balancer.prod_rule, balancer.stage_rule) == (None, None)
