from dataclasses import replace

import pytest

from spotaction.model.choices import Strategy
from spotaction.model.deployment import GroupRef, RoutePair, Snapshot
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.execution import WHOLE, DeploySpec, Execution, SetupSpec
from spotaction.model.resources import (
    ZERO,
    Capacity,
    Group,
    GroupId,
    JsonObject,
    LoadBalancer,
    Route,
    Target,
    TargetGroupArn,
)
from spotaction.operations.discovery import CurrentState, discover_state, find_serving_group, find_stickiness
from spotaction.operations.preflight.shared_target_groups import attachments
from tests.support.fakes import APP, BLUE, GREEN, RANGE, THIRD, FakeRoutes, Scene, group, route, scene

CONFIG = Capacity(1, 2, 4)
SWAP = LoadBalancer("web-alb", 443, stage_port=8443)
SHIFT = LoadBalancer("web-alb", 443, stage_target_group=GREEN, shift=True)
PROD, STAGE = route((BLUE, 1)), route((GREEN, 1), port=8443)
WEIGHTED = route((BLUE, 100), (GREEN, 0))


def look(
    stage: Scene,
    *,
    balancers: tuple[LoadBalancer, ...] = (),
    instances: Capacity | None = None,
    previous: str = "",
    strategy: Strategy | None = None,
    config: Capacity = CONFIG,
    group_config: JsonObject | None = None,
) -> CurrentState:
    kind = strategy or (Strategy.BLUE_GREEN if balancers else Strategy.BASIC)
    return discover_state(
        stage.groups.all(),
        app=APP,
        execution=Execution(kind, SetupSpec(instances, balancers), (DeploySpec("deploy", WHOLE),)),
        config_capacity=config,
        previous=GroupId(previous) if previous else None,
        config=group_config or {},
        context=stage.world(),
    )


def with_routes(*routes: Route, old: Group | None = None, **more: object) -> Scene:
    made = scene(*([old] if old else []))
    made.routes = FakeRoutes(routes=routes, **more)  # type: ignore[arg-type]
    return made


def behind(name: str = "web", **more: object) -> Group:
    return group(name, target_groups=(BLUE,), **more)  # type: ignore[arg-type]


def test_a_basic_deployment_follows_the_highest_version_that_runs() -> None:
    old = group("web__7")
    stage = scene(group("web__8", "sig-8", ZERO), old, group("web__2", "sig-2"), group("shop__9", "sig-9"))
    assert look(stage) == CurrentState(Snapshot(GroupRef.of(old)), old, RANGE, "web__9")
    assert stage.events == [Note("Capacity 2/3/6 (minimum/target/maximum) from the running group web__7.")]


def test_a_first_deployment_takes_the_capacity_of_the_config() -> None:
    stage = scene(group("web__7", capacity=ZERO))
    assert look(stage) == CurrentState(Snapshot(), None, CONFIG, "web__8")
    assert stage.events == [
        Note("Capacity 1/2/4 (minimum/target/maximum) from the Elastigroup config, since nothing is running yet.")
    ]


def test_the_instances_that_were_asked_for_win() -> None:
    stage = scene(group("web__7"))
    assert look(stage, instances=Capacity(5, 6, 7)).capacity == Capacity(5, 6, 7)
    assert stage.events == [Note("Capacity 5/6/7 (minimum/target/maximum) from the input instances.")]


@pytest.mark.parametrize(
    ("instances", "config", "source"),
    [
        (ZERO, CONFIG, "0/0/0 comes from the input instances"),
        (Capacity(0, 0, 4), CONFIG, "0/0/4 comes from the input instances"),
        (None, ZERO, "0/0/0 comes from the Elastigroup config, since nothing is running yet"),
    ],
)
def test_a_new_group_without_instances_is_refused(instances: Capacity | None, config: Capacity, source: str) -> None:
    with pytest.raises(RefusedError, match=f"would have no instances: capacity {source}"):
        look(scene(), instances=instances, config=config)


def test_the_group_that_the_user_names_is_the_old_one_whatever_its_name() -> None:
    named = group("legacy-web", "sig-5")
    found = look(scene(group("web__7"), named), previous="sig-5")
    assert found.old == named
    assert found.group_name == "web__8"


def test_a_named_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefusedError, match="elastigroup-id sig-5 is not an Elastigroup") as caught:
        look(scene(group("web__7")), previous="sig-5")
    assert "or spot-account-id if the group is in another account" in caught.value.next_step


def test_two_groups_of_the_production_name_are_a_question_to_the_user() -> None:
    stage = scene(group("web", "sig-1"), group("web", "sig-2"))
    with pytest.raises(RefusedError, match=r"2 Elastigroups are named web: sig-2, sig-1\..*elastigroup-id"):
        look(stage, strategy=Strategy.BLUE_GREEN)
    assert look(stage, strategy=Strategy.BLUE_GREEN, previous="sig-2").old == group("web", "sig-2")


def test_blue_green_finds_the_old_group_even_when_it_is_down() -> None:
    old = group("web", capacity=ZERO)
    assert find_serving_group([group("web__7"), old], app=APP, blue_green=True, previous=None) == old


def test_whoever_bears_the_stage_name_is_stale_unless_it_serves() -> None:
    serves, stale = group("web__STAGE__Harness", "sig-1"), group("web__STAGE__Harness", "sig-2", ZERO)
    found = look(scene(serves, stale), strategy=Strategy.BLUE_GREEN, previous="sig-1")
    assert found.stale == (GroupRef.of(stale),)
    assert found.group_name == "web__STAGE__Harness"
    assert look(scene(group("web__7"), stale)).stale == ()


def test_a_swap_has_blue_on_production_and_green_on_the_stage() -> None:
    found = look(with_routes(PROD, STAGE, old=behind()), balancers=(SWAP,))
    assert found.snapshot == Snapshot(GroupRef.of(behind()), (RoutePair(PROD, STAGE, BLUE, GREEN),))


def test_weights_of_none_do_not_hide_which_target_group_serves() -> None:
    prod, stage = route((BLUE, 1), (GREEN, 0)), route((BLUE, 0), (GREEN, 7), port=8443)
    found = look(with_routes(prod, stage, old=behind()), balancers=(SWAP,))
    assert found.snapshot.routes == (RoutePair(prod, stage, BLUE, GREEN),)


@pytest.mark.parametrize(
    ("prod", "stage", "message"),
    [
        (PROD, route((BLUE, 1), port=8443), "both forward to web-blue"),
        (PROD, replace(STAGE, rule=PROD.rule), "named as both the production and the stage rule"),
        (route((BLUE, 90), (GREEN, 10)), STAGE, r"forwards to web-blue 90% \+ web-green 10%: a swap needs exactly one"),
        (route((BLUE, 0)), STAGE, "a swap needs exactly one"),
        (route((BLUE, 1), (THIRD, 0)), STAGE, "also names web-third, which is not part of this deployment"),
        (PROD, route((GREEN, 1), (THIRD, 0), port=8443), "also names web-third"),
    ],
)
def test_rules_that_a_swap_cannot_use_are_refused(prod: Route, stage: Route, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        look(with_routes(prod, stage, old=behind()), balancers=(SWAP,))


def test_a_shift_has_both_target_groups_on_one_rule() -> None:
    found = look(with_routes(WEIGHTED, old=behind()), balancers=(SHIFT,))
    assert found.snapshot.routes == (RoutePair(WEIGHTED, None, BLUE, GREEN),)


def test_after_a_shift_the_colours_are_the_other_way_round_and_the_log_says_so() -> None:
    turned = route((BLUE, 0), (GREEN, 100))
    stage = with_routes(turned, old=group("web", target_groups=(GREEN,)))
    assert look(stage, balancers=(SHIFT,)).snapshot.routes == (RoutePair(turned, None, GREEN, BLUE),)
    assert Note("web-green serves after the last shift, so the new group is staged in web-blue.") in stage.events


@pytest.mark.parametrize(
    ("prod", "message"),
    [
        (PROD, "forwards to 1 target group .* needs exactly two"),
        (route((BLUE, 100), (GREEN, 0), (THIRD, 0)), "forwards to 3 target groups"),
        (route((BLUE, 90), (GREEN, 10)), "A traffic shift is in progress"),
        (route((BLUE, 0), (GREEN, 0)), "A traffic shift is in progress"),
        (route((BLUE, 100), (THIRD, 0)), "stageTargetGroupArn .*web-green.* is not on"),
    ],
)
def test_rules_that_a_shift_cannot_use_are_refused(prod: Route, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        look(with_routes(prod, old=behind()), balancers=(SHIFT,))


def test_an_old_group_elsewhere_than_the_rule_says_is_refused() -> None:
    stage = with_routes(PROD, STAGE, old=group("web", target_groups=(THIRD,)))
    with pytest.raises(RefusedError, match=r"forwards to web-blue, but web \(sig-0000000a\) is attached to web-third"):
        look(stage, balancers=(SWAP,))
    with pytest.raises(RefusedError, match="is attached to no target group"):
        look(with_routes(PROD, STAGE, old=group("web")), balancers=(SWAP,))


def test_an_old_group_that_is_down_may_be_attached_anywhere() -> None:
    stage = with_routes(PROD, STAGE, old=group("web", capacity=ZERO), healthy={BLUE: 0, GREEN: 0})
    assert look(stage, balancers=(SWAP,), instances=RANGE).old == group("web", capacity=ZERO)


def test_load_balancers_without_aws_are_refused() -> None:
    stage = scene(behind())
    execution = Execution(Strategy.BLUE_GREEN, SetupSpec(None, (SWAP,)), ())
    with pytest.raises(RefusedError, match=r"load-balancers need AWS credentials\. .*configure-aws-credentials"):
        discover_state(
            stage.groups.all(),
            app=APP,
            execution=execution,
            config_capacity=CONFIG,
            previous=None,
            config={},
            context=stage.world(aws=False),
        )


def test_group_stickiness_of_a_shift_is_a_warning_with_its_seconds() -> None:
    sticky = route((BLUE, 100), (GREEN, 0), sticky=300)
    stage = with_routes(sticky, old=behind())
    found = look(stage, balancers=(SHIFT,))
    assert (found.sticky, found.may_unstick) == (300, True)
    assert stage.told(WarningEvent) == [
        WarningEvent(
            "web-alb:443 rule c1 pins clients to a target group for 300 s (group stickiness), "
            "regardless of the weights."
        )
    ]


def test_stickiness_of_a_target_group_of_its_own_holds_the_rules() -> None:
    stage = with_routes(route((BLUE, 100), (GREEN, 0), sticky=60), old=behind(), sticky=frozenset({GREEN}))
    found = look(stage, balancers=(SHIFT,))
    assert (found.sticky, found.may_unstick) == (60, False)
    (warned,) = stage.told(WarningEvent)
    assert isinstance(warned, WarningEvent)
    assert warned.text.endswith("It cannot be turned off, because web-green has its own stickiness.")


def test_of_several_rules_the_longest_stickiness_counts() -> None:
    pairs = [
        RoutePair(route((BLUE, 100), (GREEN, 0), sticky=seconds, name=f"c{seconds}"), None, BLUE, GREEN)
        for seconds in (60, 300, 120)
    ]
    stage = with_routes(*(pair.prod for pair in pairs))
    assert find_stickiness(pairs, stage.world()) == (300, True)


def test_stickiness_of_a_swap_does_not_matter() -> None:
    pair = RoutePair(route((BLUE, 1), sticky=300), STAGE, BLUE, GREEN)
    stage = scene()
    assert find_stickiness([pair], stage.world()) == (0, True)
    assert stage.events == []


BALANCER: JsonObject = {"name": "a", "type": "CLASSIC"}
CLASSIC: JsonObject = {"compute": {"launchSpecification": {"loadBalancersConfig": {"loadBalancers": [BALANCER]}}}}
OLD_FORM: JsonObject = {"compute": {"launchSpecification": {"loadBalancerNames": ["a"], "loadBalancersConfig": None}}}


def test_a_classic_load_balancer_is_shared_by_its_name_in_either_form() -> None:
    assert attachments(CLASSIC) == attachments(OLD_FORM) == frozenset({"classic/a"})
    stage = scene(replace(group("shop"), config=OLD_FORM))
    with pytest.raises(RefusedError, match=r"shop \(sig-0000000a\) runs in classic/a"):
        look(stage, group_config=CLASSIC)


def test_a_blue_green_group_of_another_name_is_refused_with_the_name_that_was_looked_for() -> None:
    stage = with_routes(PROD, STAGE, old=group("shop", target_groups=(BLUE,)))
    with pytest.raises(
        RefusedError, match=r"which one serves web: its group is named web, but shop \(sig-0000000a\) runs"
    ):
        look(stage, balancers=(SWAP,))


def test_a_group_that_is_down_shares_nothing() -> None:
    stage = scene(replace(group("shop", capacity=ZERO), config=OLD_FORM))
    assert look(stage, group_config=CLASSIC).old is None


def test_without_a_target_group_a_group_of_the_apps_own_name_is_in_the_way() -> None:
    with pytest.raises(
        RefusedError,
        match=r"which one serves web: its groups are named web__1, web__2 …, but web \(sig-0000000a\) runs\. Next: ",
    ):
        look(scene(group("web")))


def test_beside_an_old_group_that_is_known_only_what_shares_its_target_groups_is_told() -> None:
    old, elsewhere = behind("web__7"), group("web", "sig-1", target_groups=(THIRD,))
    assert look(scene(old, elsewhere)).old == old
    with pytest.raises(RefusedError, match=r"web \(sig-1\) runs in web-blue, as does web__7"):
        look(scene(old, replace(elsewhere, target_groups=(BLUE,))))
    with pytest.raises(RefusedError, match=r"web \(sig-1\) runs, as does web__7"):
        look(scene(group("web__7"), group("web", "sig-1")))


def test_the_target_groups_are_not_asked_where_the_old_group_is_known() -> None:
    class Unasked(FakeRoutes):
        def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
            raise AssertionError(target_group)

    stage = scene(behind())
    stage.routes = Unasked(routes=(PROD, STAGE))
    assert look(stage, balancers=(SWAP,)).old == behind()


def test_a_group_named_as_previous_that_was_replaced_gives_way_to_the_one_that_runs() -> None:
    stage = scene(group("web", "sig-1", ZERO), group("web__1", "sig-2"))
    assert look(stage, previous="sig-1").old == group("web__1", "sig-2")
    assert stage.told(WarningEvent) == [
        WarningEvent("web (sig-1) is scaled to 0, so web__1 (sig-2) is replaced; elastigroup-id can be removed.")
    ]
