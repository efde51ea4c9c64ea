from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.engine.waits.health import (
    Failed,
    GroupHealth,
    Ready,
    Waiting,
    is_drained,
    is_serving,
    is_steady,
    is_steady_where_used,
    is_unused,
)
from spotaction.model.resources import Instance, InstanceId, InstanceState, Target, TargetGroupArn, TargetState
from tests.support.fakes import BLUE, GREEN, group, instances

I1, I2, I3, I4 = (InstanceId(f"i-{number}") for number in (1, 2, 3, 4))
HEALTHY = InstanceState.HEALTHY
ELB = group(target_groups=(BLUE,), health_check="TARGET_GROUP")


def up(*ids: InstanceId) -> tuple[Instance, ...]:
    return tuple(Instance(ident, HEALTHY) for ident in ids)


def targets(*ids: InstanceId, state: TargetState = TargetState.HEALTHY) -> tuple[Target, ...]:
    return tuple(Target(ident, state) for ident in ids)


def test_a_group_is_steady_when_all_are_healthy_in_spot_and_at_the_load_balancer() -> None:
    view = GroupHealth(ELB, up(I1, I2), {BLUE: targets(I1, I2)})
    assert is_steady(view, 2) == Ready("2 of 2 healthy", 2, 2)


def test_more_than_the_target_is_fine() -> None:
    view = GroupHealth(ELB, up(I1, I2, I3), {BLUE: targets(I1, I2, I3)})
    assert is_steady(view, 2) == Ready("3 of 2 healthy", 3, 2)


def test_an_unhealthy_instance_beyond_the_target_does_not_hold_it_up() -> None:
    sick = Instance(I3, InstanceState.UNHEALTHY)
    view = GroupHealth(ELB, (*up(I1, I2), sick), {BLUE: targets(I1, I2, I3)})
    assert is_steady(view, 2) == Ready("2 of 2 healthy", 2, 2)


def test_other_groups_targets_do_not_count() -> None:
    view = GroupHealth(ELB, up(I1), {BLUE: targets(I2, I3, I4)})
    assert is_steady(view, 1) == Waiting("i-1: not registered with web-blue", 0, 1, 1)


def test_an_instance_has_to_be_healthy_in_every_target_group() -> None:
    view = GroupHealth(ELB, up(I1), {BLUE: targets(I1), GREEN: targets(I1, state=TargetState.INITIAL)})
    assert is_steady(view, 1) == Waiting("i-1: initial in web-green", 0, 1, 1)


def test_of_two_ports_of_one_instance_one_healthy_is_enough() -> None:
    both = (*targets(I1, state=TargetState.UNHEALTHY), *targets(I1))
    assert is_steady(GroupHealth(ELB, up(I1), {BLUE: both}), 1) == Ready("1 of 1 healthy", 1, 1)


def test_the_load_balancers_own_reason_is_told() -> None:
    sick = Target(
        I1, TargetState.UNHEALTHY, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]"
    )
    verdict = is_steady(GroupHealth(ELB, up(I1), {BLUE: (sick,)}), 1)
    assert verdict.reason == (
        "i-1: unhealthy in web-blue (Target.ResponseCodeMismatch: Health checks failed with these codes: [502])"
    )


def test_spots_verdict_is_told_before_the_load_balancers() -> None:
    sick = Instance(I1, InstanceState.UNHEALTHY)
    assert is_steady(GroupHealth(ELB, (sick,), {BLUE: targets(I1)}), 1) == Waiting(
        "i-1: Spot reports UNHEALTHY", 0, 1, 1
    )


def test_the_load_balancer_says_why_spot_does_not_find_it_healthy() -> None:
    failing = Target(I1, TargetState.UNHEALTHY, "Target.Timeout", "Request timed out")
    known = {BLUE: (failing,), GREEN: targets(I1, state=TargetState.INITIAL)}
    for state, said in (("UNHEALTHY", "UNHEALTHY"), ("UNKNOWN", "UNKNOWN (TARGET_GROUP check)")):
        assert is_steady(GroupHealth(ELB, (Instance(I1, InstanceState(state)),), known), 1).reason == (
            f"i-1: Spot reports {said}, unhealthy in web-blue (Target.Timeout: Request timed out)"
        )


@pytest.mark.parametrize("state", [InstanceState.INSUFFICIENT_DATA, InstanceState.UNKNOWN])
def test_an_undecided_instance_waits_where_spot_checks_health(state: InstanceState) -> None:
    view = GroupHealth(ELB, (Instance(I1, state),), {BLUE: targets(I1)})
    assert is_steady(view, 1) == Waiting(f"i-1: Spot reports {state} (TARGET_GROUP check)", 0, 1, 1)


@pytest.mark.parametrize("state", [InstanceState.INSUFFICIENT_DATA, InstanceState.UNKNOWN])
def test_an_undecided_instance_is_fine_where_spot_checks_nothing(state: InstanceState) -> None:
    bare = group(health_check=None)
    assert is_steady(GroupHealth(bare, (Instance(I1, state),), {}), 1) == Ready("1 of 1 healthy", 1, 1)


def test_spots_unhealthy_counts_even_without_a_check() -> None:
    view = GroupHealth(group(), (Instance(I1, InstanceState.UNHEALTHY),), {})
    assert is_steady(view, 1) == Waiting("i-1: Spot reports UNHEALTHY", 0, 1, 1)


def test_without_aws_spot_decides_alone_and_the_verdict_says_so() -> None:
    verdict = is_steady(GroupHealth(ELB, up(I1)), 1)
    assert verdict == Ready("1 of 1 healthy (by Spot alone: no AWS credentials to read target health)", 1, 1)


def test_a_request_without_an_instance_says_what_spot_says() -> None:
    requested = Instance(None, InstanceState.UNKNOWN, request_status="capacity-not-available")
    unsaid = Instance(None, InstanceState.UNKNOWN)
    assert is_steady(GroupHealth(group(), (requested,), {}), 1) == Waiting(
        "a request: waiting for capacity (capacity-not-available)", 0, 1, 0
    )
    assert is_steady(GroupHealth(group(), (unsaid,), {}), 1).reason == "a request: waiting for capacity (pending)"


def test_what_spot_does_not_list_is_counted() -> None:
    assert is_steady(GroupHealth(group(), up(I1), {}), 3) == Waiting("2 not listed by Spot yet", 1, 3, 1)
    assert is_steady(GroupHealth(group(), (), {}), 3) == Waiting("3 not listed by Spot yet", 0, 3, 0)


def test_each_reason_is_told_once_with_a_few_names_and_the_rest_counted() -> None:
    sick = tuple(Instance(InstanceId(f"i-{number}"), InstanceState.UNHEALTHY) for number in range(5))
    assert is_steady(GroupHealth(group(), sick, {}), 6).reason == (
        "i-0, i-1, i-2 and 2 more: Spot reports UNHEALTHY; 1 not listed by Spot yet"
    )
    assert is_steady(GroupHealth(group(), sick[:2], {}), 2).reason == "i-0, i-1: Spot reports UNHEALTHY"


def test_of_many_reasons_three_are_told() -> None:
    order = (TargetState.INITIAL, TargetState.UNHEALTHY, TargetState.DRAINING, TargetState.UNUSED)
    view = GroupHealth(ELB, up(I1, I2, I3, I4), {BLUE: tuple(map(Target, (I1, I2, I3, I4), order))})
    assert is_steady(view, 4).reason == (
        "i-1: initial in web-blue; i-2: unhealthy in web-blue; i-3: draining in web-blue; 1 more"
    )


def test_two_open_requests_are_two_although_nothing_tells_them_apart() -> None:
    requested = Instance(None, InstanceState.UNKNOWN, request_status="pending-evaluation")
    assert is_steady(GroupHealth(group(), (requested, requested), {}), 2).reason == (
        "a request, a request: waiting for capacity (pending-evaluation)"
    )


def test_an_empty_group_is_steady_when_none_is_wanted() -> None:
    assert is_steady(GroupHealth(group(), (), {}), 0) == Ready("0 of 0 healthy", 0, 0)


HEAVY = group(unit="weight", weights={"m5.large": 2, "m5.xlarge": 4})


def test_where_the_unit_is_weight_weights_are_counted() -> None:
    large, xlarge = Instance(I1, HEALTHY, instance_type="m5.large"), Instance(I2, HEALTHY, instance_type="m5.xlarge")
    assert is_steady(GroupHealth(HEAVY, (large, xlarge), {}), 6) == Ready("6 of 6 healthy", 6, 6)
    assert is_steady(GroupHealth(HEAVY, (large,), {}), 6) == Waiting("4 not listed by Spot yet", 2, 6, 2)


def test_where_the_unit_is_instance_weights_do_not_count() -> None:
    light = group(weights={"m5.large": 4})
    large = tuple(Instance(ident, HEALTHY, instance_type="m5.large") for ident in (I1, I2))
    assert is_steady(GroupHealth(light, large, {}), 2) == Ready("2 of 2 healthy", 2, 2)
    assert isinstance(is_steady(GroupHealth(light, large, {}), 3), Waiting)


def test_a_type_without_a_weight_weighs_one() -> None:
    assert is_steady(GroupHealth(HEAVY, (Instance(I1, HEALTHY, instance_type="c5.large"),), {}), 1) == Ready(
        "1 of 1 healthy", 1, 1
    )


@pytest.mark.parametrize(
    ("left", "want", "verdict"),
    [
        (0, 0, Ready("no instances remaining", 0, 0)),
        (2, 0, Waiting("2 draining")),
        (3, 2, Waiting("1 draining")),
        (2, 2, Ready("2 of 2 instances remaining", 2, 2)),
        (1, 2, Ready("1 of 2 instances remaining", 2, 2)),
    ],
)
def test_a_group_has_drained_when_no_more_are_left_than_wanted(left: int, want: int, verdict: object) -> None:
    assert is_drained(GroupHealth(group(), instances("sig-1", left)), want) == verdict


@pytest.mark.parametrize(("want", "drained"), [(12, True), (11, True), (9, True), (8, False), (0, False)])
def test_where_an_instance_weighs_more_none_has_to_go_below_what_is_wanted(want: int, drained: bool) -> None:  # noqa: FBT001
    three = tuple(replace(each, instance_type="m5.xlarge") for each in instances("sig-1", 3))
    assert isinstance(is_drained(GroupHealth(HEAVY, three), want), Ready) is drained


def test_draining_counts_instances_whatever_their_health() -> None:
    sick = instances("sig-1", 2, InstanceState.UNHEALTHY)
    assert is_drained(GroupHealth(group(), sick), 0) == Waiting("2 draining")


def in_blue(*pairs: tuple[InstanceId, TargetState]) -> dict[TargetGroupArn, tuple[Target, ...]]:
    return {BLUE: tuple(Target(ident, state) for ident, state in pairs)}


@pytest.mark.parametrize(
    ("targets", "over", "left"),
    [
        (in_blue((I1, TargetState.DRAINING), (I2, TargetState.DRAINING)), False, 2),
        (in_blue((I1, TargetState.DRAINING), (I3, TargetState.DRAINING)), False, 1),
        (in_blue((I1, TargetState.HEALTHY)), False, 1),  # a read from before the target was deregistered
        (in_blue(), False, 0),
        (in_blue((I1, TargetState.DRAINING)), True, 0),
        (None, False, 2),
        (None, True, 0),
        ({}, False, 2),
    ],
)
def test_an_instance_that_left_spots_list_is_there_until_its_targets_or_its_draining_time_say_otherwise(
    targets: dict[TargetGroupArn, tuple[Target, ...]] | None,
    over: bool,  # noqa: FBT001
    left: int,
) -> None:
    verdict = is_drained(GroupHealth(group(), (), targets), 0, up(I1, I2), over=over)
    assert verdict == (Waiting(f"{left} of 2 draining") if left else Ready("no instances remaining", 0, 0))


def test_what_serves_has_enough_when_that_many_are_healthy() -> None:
    view = GroupHealth(ELB, up(I1, I2, I3), in_blue(*((ident, TargetState.HEALTHY) for ident in (I1, I2, I3))))
    assert is_serving(view, 3) == Ready("3 of 3 healthy", 3, 3)


def test_an_instance_that_fails_while_it_is_needed_is_the_releases_fault() -> None:
    found = in_blue((I1, TargetState.HEALTHY), (I2, TargetState.HEALTHY), (I3, TargetState.UNHEALTHY))
    reason = "2 of 3 healthy: i-3: unhealthy in web-blue"
    assert is_serving(GroupHealth(ELB, up(I1, I2, I3), found), 3) == Failed(reason, 2, 3)


def test_an_instance_that_aws_took_is_waited_for_while_half_of_what_is_needed_is_healthy() -> None:
    two = in_blue((I1, TargetState.HEALTHY), (I2, TargetState.HEALTHY))
    assert is_serving(GroupHealth(ELB, up(I1, I2), two), 3) == Waiting("1 not listed by Spot yet", 2, 3, 2)
    one = in_blue((I1, TargetState.HEALTHY))
    assert is_serving(GroupHealth(ELB, up(I1), one), 3) == Failed("1 of 3 healthy: 2 not listed by Spot yet", 1, 3)


def test_exactly_half_of_what_is_needed_will_do_for_the_time() -> None:
    found = in_blue((I1, TargetState.HEALTHY))
    assert is_serving(GroupHealth(ELB, up(I1), found), 2) == Waiting("1 not listed by Spot yet", 1, 2, 1)


def test_a_target_group_that_no_rule_names_has_no_health_to_ask_for() -> None:
    unused = tuple(Target(ident, TargetState.UNUSED, "Target.NotInUse") for ident in (I1, I2))
    view = GroupHealth(ELB, up(I1, I2), {BLUE: unused})
    assert is_steady_where_used(view, 2) == Ready("2 of 2 healthy", 2, 2)
    assert is_steady(view, 2) == Waiting("i-1, i-2: unused in web-blue (Target.NotInUse)", 0, 2, 2)


def test_without_aws_spot_alone_says_whether_a_group_is_steady_where_it_is_used() -> None:
    assert is_steady_where_used(GroupHealth(ELB, up(I1, I2)), 2) == is_steady(GroupHealth(ELB, up(I1, I2)), 2)
    assert is_steady_where_used(GroupHealth(ELB, up(I1)), 2) == Waiting("1 not listed by Spot yet", 1, 2, 1)


@pytest.mark.parametrize(
    "targets",
    [
        (Target(I1, TargetState.UNUSED, "Target.InvalidState"),),
        (Target(I1, TargetState.UNUSED, "Target.NotInUse"), Target(I2, TargetState.UNUSED, "Target.InvalidState")),
        (Target(I1, TargetState.UNUSED, "Target.NotInUse"), Target(I2, TargetState.INITIAL, "Target.NotInUse")),
        (),
    ],
)
def test_only_where_elb_says_so_of_every_target_no_rule_names_a_target_group(targets: tuple[Target, ...]) -> None:
    assert not is_unused(targets)
    if targets:
        assert isinstance(is_steady_where_used(GroupHealth(ELB, up(I1), {BLUE: targets}), 1), Waiting)


def test_a_group_of_weight_has_drained_when_no_more_weight_is_left() -> None:
    heavy = group(unit="weight", weights={"m5.large": 4})
    large = tuple(Instance(ident, HEALTHY, instance_type="m5.large") for ident in (I1, I2))
    assert is_drained(GroupHealth(heavy, large), 4) == Waiting("4 draining")
    assert is_drained(GroupHealth(heavy, large[:1]), 4) == Ready("4 of 4 instances remaining", 4, 4)


def test_unless_it_is_said_the_draining_time_is_over() -> None:
    assert is_drained(GroupHealth(group(), (), None), 0, up(I1)) == Ready("no instances remaining", 0, 0)


def test_a_reason_without_a_description_is_told_alone() -> None:
    sick = Target(I1, TargetState.UNHEALTHY, "Target.Timeout")
    assert is_steady(GroupHealth(ELB, up(I1), {BLUE: (sick,)}), 1) == Waiting(
        "i-1: unhealthy in web-blue (Target.Timeout)", 0, 1, 1
    )


states = st.sampled_from(list(TargetState))


@given(st.lists(st.tuples(st.sampled_from(list(InstanceState)), states, states), max_size=6), st.integers(0, 6))
def test_ready_means_that_many_healthy_everywhere(
    found: list[tuple[InstanceState, TargetState, TargetState]], want: int
) -> None:
    ids = [InstanceId(f"i-{number}") for number in range(len(found))]
    known: dict[TargetGroupArn, tuple[Target, ...]] = {
        BLUE: tuple(Target(ident, blue) for ident, (_, blue, _) in zip(ids, found, strict=True)),
        GREEN: tuple(Target(ident, green) for ident, (_, _, green) in zip(ids, found, strict=True)),
    }
    view = GroupHealth(ELB, tuple(Instance(ident, spot) for ident, (spot, _, _) in zip(ids, found, strict=True)), known)
    everywhere = sum(
        spot is HEALTHY and blue is TargetState.HEALTHY and green is TargetState.HEALTHY for spot, blue, green in found
    )
    verdict = is_steady(view, want)
    assert isinstance(verdict, Ready) is (everywhere >= want)
    assert verdict.ready == everywhere
    assert verdict.reason


@given(st.permutations([TargetState.INITIAL, TargetState.UNHEALTHY, TargetState.DRAINING]))
def test_the_order_of_targets_does_not_matter(order: list[TargetState]) -> None:
    view = GroupHealth(replace(ELB, unit="instance"), up(I1, I2, I3), {BLUE: tuple(map(Target, (I1, I2, I3), order))})
    assert is_steady(view, 1).ready == 0
