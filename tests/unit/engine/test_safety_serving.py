"""Which rules keep a group from being emptied or deleted since production's requests go to it."""

from dataclasses import replace

import pytest

from spotaction.engine.context import Options
from spotaction.engine.waits.health import GroupHealth
from spotaction.model.resources import ZERO, ListenerArn, Route, RuleArn
from spotaction.model.safety_rule import SafetyRule
from tests.support.fakes import (
    BLUE,
    GREEN,
    HEAD,
    NEW_ID,
    OLD_ID,
    THIRD,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
    shift_pair,
    swap_pair,
)
from tests.support.guarding import MARK, PRODUCTION, STAGED, objection, registered, rules, sick, stopped

NEXT = (
    "Next: find out what modifies this rule, and point it elsewhere; allow: other-rules leaves rules that are not part "
    "of the deployment without targets."
)
SWAP, SHIFT = swap_pair(), shift_pair()
OTHER = route((BLUE, 1), name="other", port=80)


def swapped(*more: Route) -> Scene:
    """Production is at green by now: the old group may be emptied unless one of these rules is in the way."""
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    assert SWAP.stage is not None
    stage.routes.routes = (
        replace(SWAP.prod, forward=SWAP.stage.forward),
        replace(SWAP.stage, forward=SWAP.prod.forward),
        *more,
    )
    return stage


def test_a_rule_of_the_deployment_is_named_with_what_to_do() -> None:
    stage = scene(PRODUCTION, STAGED)
    stage.routes.routes = (SWAP.prod,)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert stopped(lambda: guard.before_shrink(PRODUCTION, ZERO)) == (
        f"web (sig-0000000a) may not be emptied: web-alb:443 still sends requests to its target group web-blue. {NEXT}"
    )
    assert stopped(lambda: guard.before_delete(PRODUCTION)) == (
        f"web (sig-0000000a) may not be deleted: web-alb:443 still sends requests to its target group web-blue. {NEXT}"
    )


def test_a_rule_beside_the_deployment_that_sends_requests_counts() -> None:
    guard = rules(swapped(OTHER), deployment(PRODUCTION, STAGED, (SWAP,)))
    assert stopped(lambda: guard.before_shrink(PRODUCTION, ZERO)) == (
        "web (sig-0000000a) may not be emptied: web-alb:80 rule other, which this deployment does not move, sends "
        f"requests to its target group web-blue. {NEXT}"
    )


def test_of_several_target_groups_the_one_that_gets_requests_is_named() -> None:
    old = replace(PRODUCTION, target_groups=(THIRD, BLUE))
    guard = rules(swapped(route((THIRD, 0), (BLUE, 1), name="other")), deployment(old, STAGED, (SWAP,)))
    assert "sends requests to its target group web-blue." in stopped(lambda: guard.before_shrink(old, ZERO))


@pytest.mark.parametrize(
    "harmless",
    [
        route((BLUE, 0), (GREEN, 1), name="other"),
        route((THIRD, 1), name="other"),
        replace(OTHER, is_default=True),
        route((BLUE, 1), name="other", port=8443),
    ],
    ids=["at weight 0", "elsewhere", "default rule of production's load balancer", "on the stage's listener"],
)
def test_a_rule_that_takes_nothing_from_production_does_not_count(harmless: Route) -> None:
    guard = rules(swapped(harmless), deployment(PRODUCTION, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_shrink(PRODUCTION, ZERO)) == ""


@pytest.mark.parametrize(
    "serving",
    [
        OTHER,
        replace(OTHER, is_default=True, load_balancer="another-alb"),
        route((BLUE, 1), (GREEN, 99), name="other"),
    ],
    ids=["another rule", "default rule of another load balancer", "a share of 1 %"],
)
def test_a_rule_that_would_lose_its_targets_counts(serving: Route) -> None:
    guard = rules(swapped(serving), deployment(PRODUCTION, STAGED, (SWAP,)))
    assert "which this deployment does not move" in stopped(lambda: guard.before_shrink(PRODUCTION, ZERO))


def test_a_rule_on_the_stages_listener_counts_where_production_has_the_same_listener() -> None:
    assert SWAP.stage is not None
    same = replace(SWAP, stage=replace(SWAP.stage, listener=SWAP.prod.listener))
    guard = rules(swapped(replace(OTHER, listener=SWAP.prod.listener)), deployment(PRODUCTION, STAGED, (same,)))
    assert "rule other" in stopped(lambda: guard.before_shrink(PRODUCTION, ZERO))


@pytest.mark.parametrize(
    ("listener", "counts"), [("", False), (ListenerArn(f"{HEAD}listener/app/another-alb/a2/80"), True)]
)
def test_a_default_rule_never_keeps_the_new_group_another_rule_does(listener: str, *, counts: bool) -> None:
    """The new group goes with its listener's default rule still at it, which every listener has to have."""
    foreign = route((GREEN, 1), name="other", port=80)
    foreign = replace(foreign, is_default=not counts, load_balancer="another-alb", listener=ListenerArn(listener))
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod, foreign)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    if not counts:
        guard.before_shrink(STAGED, ZERO)
        return
    assert "another-alb:80 rule other" in stopped(lambda: guard.before_shrink(STAGED, ZERO))


def test_a_rule_that_the_user_does_not_mind_does_not_count_and_one_of_the_deployment_always_does() -> None:
    record = deployment(PRODUCTION, STAGED, (SWAP,))
    options = Options(allow_other_rules=True)
    rules(swapped(OTHER), record, options=options).before_shrink(PRODUCTION, ZERO)
    stage = scene(PRODUCTION, STAGED)
    stage.routes.routes = (SWAP.prod,)
    guard = rules(stage, record, options=options)
    assert "web-alb:443 still sends" in stopped(lambda: guard.before_shrink(PRODUCTION, ZERO))


def test_a_rule_that_sent_requests_there_before_there_was_a_group_does_not_count() -> None:
    foreign = route((GREEN, 1), name="other")
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod, foreign)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert "rule other" in stopped(lambda: guard.before_shrink(STAGED, ZERO))
    guard.context.written.green_before = frozenset({foreign.rule})
    guard.before_shrink(STAGED, ZERO)


def test_a_first_deployment_leaves_the_rules_beside_it_as_they_were() -> None:
    stage = scene(STAGED)
    registered(stage)
    stage.routes.routes = (replace(SWAP.prod, forward=route((BLUE, 1)).forward), route((GREEN, 1), name="other"))
    guard = rules(stage, deployment(None, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_shrink(STAGED, ZERO)) == ""


def test_a_group_that_was_created_here_and_never_grew_serves_nobody() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.routes.routes = (route((GREEN, 1)),)
    guard, idle = rules(stage, record), replace(STAGED, capacity=ZERO)
    guard.context.written.created[NEW_ID] = STAGED
    guard.before_delete(idle)
    assert stage.routes.searches == 0
    guard.context.written.capacities[NEW_ID] = ZERO
    assert "may not be deleted: web-alb:443 still sends" in stopped(lambda: guard.before_delete(idle))


def test_without_aws_a_group_that_a_rule_may_lead_to_stays() -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)), aws=False)
    assert stopped(lambda: guard.before_shrink(PRODUCTION, ZERO)) == (
        "web (sig-0000000a) may not be changed: the rules that use it cannot be read without AWS credentials."
    )
    beside = deployment(PRODUCTION, STAGED, standalone_routes=[OTHER])
    assert "cannot be read without AWS credentials" in stopped(
        lambda: rules(stage, beside, aws=False).before_shrink(PRODUCTION, ZERO)
    )


def test_without_aws_a_deployment_without_rules_goes_by_spot_alone() -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = rules(stage, deployment(PRODUCTION, STAGED), aws=False)
    assert objection(lambda: guard.before_shrink(PRODUCTION, ZERO)) == ""


def test_where_the_next_group_is_attached_to_the_same_target_group_its_rules_are_in_nobodys_way() -> None:
    """As a canary: what is left of the old group's target groups is where the new group serves."""
    old, new = group("web__7", OLD_ID, target_groups=(BLUE,)), group("web__8", NEW_ID, target_groups=(BLUE,))
    stage = scene(old, new)
    stage.routes.targets_of[BLUE] = ()
    stage.routes.routes = (OTHER,)
    sick(stage, OLD_ID)
    guard = rules(stage, deployment(old, new))
    assert "which takes over, is not steady" in stopped(lambda: guard.before_shrink(old, ZERO))
    assert "which takes over, is not steady" in stopped(lambda: guard.before_shrink(new, ZERO))
    assert stage.routes.searches == 0


@pytest.mark.parametrize("known_from", ["a look", "its create", "a read"])
def test_what_the_next_group_is_attached_to_is_known_from_the_best_there_is(known_from: str) -> None:
    old, new = group("web__7", OLD_ID, target_groups=(BLUE,)), group("web__8", NEW_ID, target_groups=(BLUE,))
    stage = scene(old, group("web__8", NEW_ID, target_groups=(GREEN,)))
    stage.routes.routes = (OTHER,)
    guard = rules(stage, deployment(old, new), SafetyRule.TAKEOVER_IS_STEADY)
    if known_from == "a look":
        view = GroupHealth(new, instances(NEW_ID, 3), {})
        guard.context.health_cache.views[NEW_ID] = (stage.clock.now() - 900.0, view)
    elif known_from == "its create":
        guard.context.written.created[NEW_ID] = new
    else:
        stage.groups.known[NEW_ID] = new
    guard.before_shrink(old, ZERO)
    stage.groups.known.clear()
    guard.context.health_cache.views.clear()
    guard.context.written.created.clear()
    assert "rule other" in stopped(lambda: guard.before_shrink(old, ZERO))


def test_a_rule_beside_a_deployment_without_routes_says_nothing_of_the_rest() -> None:
    """No rule known is not the same as no rule that leads here: the old group has to be able to take over."""
    new = replace(STAGED, description=MARK)
    stage = scene(PRODUCTION, new)
    registered(stage)
    sick(stage, OLD_ID)
    record = deployment(PRODUCTION, new, standalone_routes=[route((THIRD, 1), name="other")])
    stage.routes.routes = tuple(record.standalone_routes)
    assert "web (sig-0000000a), which takes over, is not steady" in stopped(
        lambda: rules(stage, record).before_shrink(new, ZERO)
    )
    stage.routes.routes = (replace(stage.routes.routes[0], forward=route((GREEN, 1)).forward),)
    assert "may not be emptied: web-alb:443 still sends requests to its target group web-green." in stopped(
        lambda: rules(stage, record).before_shrink(new, ZERO)
    )


def test_a_group_that_only_shrinks_is_not_looked_up_among_the_rules() -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SHIFT.prod,)
    smaller = replace(PRODUCTION.capacity, target=2)
    rules(stage, deployment(PRODUCTION, STAGED, (SHIFT,))).before_shrink(PRODUCTION, smaller)
    assert stage.routes.searches == 0


def test_the_rules_arn_tells_rules_of_one_name_apart() -> None:
    twin = replace(SWAP.prod, rule=RuleArn(f"{HEAD}listener-rule/app/another-alb/a2/c1"), load_balancer="another-alb")
    guard = rules(swapped(twin), deployment(PRODUCTION, STAGED, (SWAP,)))
    assert "another-alb:443 rule c1, which this deployment does not move" in stopped(
        lambda: guard.before_shrink(PRODUCTION, ZERO)
    )
