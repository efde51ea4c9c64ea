from dataclasses import replace

import pytest

from spotaction.drafts.routing import Choice, Surroundings, choose_strategy
from spotaction.model.choices import Strategy
from spotaction.model.resources import (
    Capacity,
    Forward,
    Group,
    ListenerArn,
    LoadBalancer,
    Route,
    RuleArn,
    TargetGroupArn,
    Weighted,
)
from tests.unit.drafts.test_naming import group as bare

HEAD = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
BLUE, GREEN, API = (TargetGroupArn(f"{HEAD}:targetgroup/{name}/1") for name in ("blue", "green", "api"))


def live(*target_groups: TargetGroupArn, target: int = 3) -> Group:
    return replace(bare("web_prod"), target_groups=target_groups, capacity=Capacity(1, target, 2 * target))


def route(port: int, *targets: tuple[TargetGroupArn, int], rule: str = "", balancer: str = "alb") -> Route:
    listener = ListenerArn(f"{HEAD}:listener/app/{balancer}/a/{port}")
    arn = RuleArn(f"{listener.replace('listener', 'listener-rule', 1)}/{rule or 'default'}")
    forward = Forward(tuple(Weighted(arn, weight) for arn, weight in targets))
    return Route(balancer, listener, port, arn, is_default=not rule, forward=forward)


PROD, STAGE = route(443, (BLUE, 1)), route(8443, (GREEN, 1))


def chosen(group: Group, around: Surroundings, *, numbered: bool = False) -> Choice:
    return replace(choose_strategy(group, around, numbered=numbered), why="", notes=())


def test_a_stage_listener_of_its_own_gives_a_swap() -> None:
    assert chosen(live(BLUE), Surroundings((PROD,), (STAGE,))) == Choice(
        Strategy.BLUE_GREEN, "", load_balancers=(LoadBalancer("alb", 443, stage_port=8443),)
    )


def test_a_second_target_group_at_weight_0_gives_a_shift() -> None:
    rule = route(443, (BLUE, 100), (GREEN, 0), rule="1")
    balancer = LoadBalancer("alb", 443, rule.rule, stage_target_group=GREEN, shift=True)
    assert chosen(live(BLUE), Surroundings((rule,))) == Choice(
        Strategy.BLUE_GREEN, "", load_balancers=(balancer,), weights="10 for 5m, 50 for 5m, 100"
    )


CANARY = Choice(Strategy.CANARY, "", canary="34% for 5m")


@pytest.mark.parametrize(
    ("group", "around"),
    [
        (live(BLUE), Surroundings((PROD,))),
        (live(BLUE), Surroundings((PROD,), (STAGE,), frozenset({GREEN}))),
        (live(BLUE), Surroundings((PROD,), (STAGE, route(9443, (API, 1))))),
        (live(BLUE), Surroundings((PROD,), (replace(STAGE, load_balancer="other"),))),
        (live(BLUE), Surroundings((PROD,), (route(443, (GREEN, 1), rule="2"),))),
        (live(BLUE, API), Surroundings((PROD,), (STAGE,))),
        (live(BLUE), Surroundings((PROD, replace(route(80, (BLUE, 1)), load_balancer="b")), (STAGE,))),
        (live(BLUE), Surroundings((route(443, (BLUE, 60), (GREEN, 40)),), (STAGE,))),
        (live(BLUE), Surroundings((route(443, (BLUE, 1), (GREEN, 0), (API, 0)),), (STAGE,))),
        (live(BLUE), Surroundings()),
    ],
    ids=[
        "no stage",
        "something runs in the stage",
        "two listeners could be the stage",
        "the stage is of another load balancer",
        "the stage is of the same listener",
        "a target group behind no rule",
        "a rule without a stage",
        "a shift in progress",
        "three target groups",
        "no rule at all",
    ],
)
def test_where_it_is_not_clear_which_rules_to_move_a_canary_moves_none(group: Group, around: Surroundings) -> None:
    assert chosen(group, around) == CANARY


def test_a_group_with_a_number_stays_with_the_deployments_that_number_it() -> None:
    assert chosen(live(BLUE), Surroundings((PROD,), (STAGE,)), numbered=True) == CANARY


def test_two_rules_do_not_share_one_stage() -> None:
    rules = tuple(route(443, (BLUE, 1), rule=name) for name in "12")
    assert chosen(live(BLUE), Surroundings(rules, (STAGE,))) == CANARY


def test_a_default_rule_beside_others_is_left_alone_and_noted() -> None:
    rule = route(443, (BLUE, 1), rule="1")
    found = choose_strategy(live(BLUE), Surroundings((rule, PROD), (STAGE,)), numbered=False)
    assert [balancer.prod_rule for balancer in found.load_balancers] == [rule.rule]
    assert found.notes == ("alb:443 default rule also sends requests to the group, and is not moved.",)


@pytest.mark.parametrize(
    ("target", "canary"),
    [
        (2, "50% for 5m"),
        (3, "34% for 5m"),
        (4, "25% for 5m, 50% for 5m"),
        (10, "10% for 5m, 50% for 5m"),
    ],
)
def test_phases_grow_with_the_group(target: int, canary: str) -> None:
    assert chosen(live(BLUE, target=target), Surroundings((PROD,))).canary == canary


def test_one_instance_and_a_group_without_target_groups_are_deployed_at_once() -> None:
    assert chosen(live(BLUE, target=1), Surroundings((PROD,))) == Choice(Strategy.BASIC, "")
    assert choose_strategy(live(), Surroundings(), numbered=False).why.startswith("the group has no load balancer")


def test_a_target_group_that_no_rule_uses_is_told() -> None:
    (note,) = choose_strategy(live(BLUE, API), Surroundings((PROD,)), numbered=False).notes
    assert note.startswith("No rule forwards to the target group api, so its targets never become healthy")
