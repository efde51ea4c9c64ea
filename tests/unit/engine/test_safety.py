from dataclasses import replace
from functools import partial

import pytest

from spotaction.model.resources import (
    ZERO,
    Capacity,
    Forward,
    Group,
    GroupId,
    InstanceState,
    Target,
    TargetState,
)
from spotaction.model.safety_rule import SafetyRule
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    RANGE,
    deployment,
    group,
    instances,
    route,
    scene,
    shift_pair,
    swap_pair,
)
from tests.support.guarding import (
    NEW,
    OLD,
    PRODUCTION,
    STAGED,
    Act,
    delete,
    empty,
    objection,
    refused,
    registered,
    rules,
    safe,
    sick,
    stopped,
)


def test_the_old_group_does_not_shrink_while_the_new_one_is_not_steady() -> None:
    stage = scene(OLD, NEW)
    sick(stage, NEW_ID)
    record = deployment(OLD, NEW)
    for wanted in (ZERO, Capacity.fixed(2)):
        assert refused(safe(stage, record), lambda w, c=wanted: w.groups.scale(OLD_ID, c)) == (  # type: ignore[misc]
            "web__7 (sig-0000000a) may not shrink: web__8 (sig-0000000b), which takes over, is not steady "
            "(i-sig-0000000b-0, i-sig-0000000b-1, i-sig-0000000b-2: Spot reports UNHEALTHY)."
        )
    assert stage.groups.calls == []


def test_the_old_group_does_not_shrink_before_there_is_a_new_one() -> None:
    assert refused(safe(scene(OLD), deployment(OLD)), empty(OLD_ID)).endswith("no other group exists to take over.")
    assert refused(safe(scene(OLD), deployment(OLD, NEW)), empty(OLD_ID)).endswith("takes over, does not exist.")


@pytest.mark.parametrize("act", [empty(OLD_ID), delete(OLD_ID)])
def test_nothing_shrinks_where_one_group_is_recorded_as_the_old_and_the_new_one(act: Act) -> None:
    stage = scene(OLD)
    assert refused(safe(stage, deployment(OLD, OLD)), act) == (
        "web__7 (sig-0000000a) may not be changed: sig-0000000a is recorded as both the old and the new group."
    )
    assert stage.groups.calls == []


def test_a_new_group_of_none_does_not_take_over() -> None:
    stage = scene(OLD, replace(NEW, capacity=ZERO))
    assert "is not steady (1 not listed by Spot yet)" in refused(safe(stage, deployment(OLD, NEW)), empty(OLD_ID))


def test_what_a_scaling_policy_asked_for_beside_is_not_waited_for() -> None:
    stage = scene(OLD, replace(NEW, capacity=Capacity(2, 5, 6)))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    safe(stage, deployment(OLD, NEW)).groups.scale(OLD_ID, ZERO)
    assert stage.groups.calls == [("scale", OLD_ID, "0/0/0")]


def test_a_phase_of_a_canary_has_to_hold_what_it_was_asked_for() -> None:
    stage = scene(OLD, replace(NEW, capacity=Capacity.fixed(2)))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 1)
    act: Act = lambda world: world.groups.scale(OLD_ID, Capacity.fixed(1))  # noqa: E731
    assert "is not steady (1 not listed by Spot yet)" in refused(safe(stage, deployment(OLD, NEW)), act)


@pytest.mark.parametrize("use", [TargetState.HEALTHY, TargetState.UNUSED])
def test_of_an_old_group_that_goes_on_serving_enough_has_to_stay_whichever_instances_spot_chooses(
    use: TargetState,
) -> None:
    """Two of three instances are healthy, and one goes; a target group that no rule uses does not count."""
    blue = group("web__7", OLD_ID, target_groups=(BLUE,))
    stage = scene(blue, replace(NEW, capacity=Capacity.fixed(1)))
    reason = "Target.NotInUse" if use is TargetState.UNUSED else ""
    stage.routes.targets_of[BLUE] = tuple(Target(each.id, use, reason) for each in instances(OLD_ID, 3) if each.id)
    stage.groups.instances_of[OLD_ID] = (*instances(OLD_ID, 2), *instances("x", 1, InstanceState.UNHEALTHY))
    record = deployment(blue, NEW)
    assert refused(safe(stage, record, aws=True), lambda w: w.groups.scale(OLD_ID, Capacity(2, 2, 6))) == (
        "web__7 (sig-0000000a) may not shrink from 3 to 2: only 2 of its instances are healthy, and Spot may choose "
        "those; production would miss 1."
    )
    without = safe(stage, record, SafetyRule.TAKEOVER_IS_STEADY, aws=True)
    without.groups.scale(OLD_ID, Capacity(2, 2, 6))
    assert stage.groups.calls == [("scale", OLD_ID, "2/2/6")]


def test_the_last_healthy_instance_of_an_old_group_may_not_be_the_one_that_goes() -> None:
    two = group("web__7", OLD_ID, Capacity(1, 2, 6))
    stage = scene(two, replace(NEW, capacity=Capacity.fixed(1)))
    stage.groups.instances_of[OLD_ID] = (*instances(OLD_ID, 1), *instances("x", 1, InstanceState.UNHEALTHY))
    assert stopped(lambda: rules(stage, deployment(OLD, NEW)).before_shrink(two, Capacity(1, 1, 6))) == (
        "web__7 (sig-0000000a) may not shrink from 2 to 1: only 1 of its instances is healthy, and Spot may choose "
        "those; production would miss 1."
    )


def test_where_nothing_says_how_many_are_needed_or_the_new_group_shrinks_the_rest_is_not_counted() -> None:
    two = group("web__7", OLD_ID, Capacity(1, 2, 6))
    stage = scene(two, NEW)
    stage.groups.instances_of[OLD_ID] = (*instances(OLD_ID, 1), *instances("x", 1, InstanceState.UNHEALTHY))
    unknown = deployment(OLD, NEW)
    unknown.capacity = None
    assert objection(lambda: rules(stage, unknown).before_shrink(two, Capacity.fixed(1))) == ""
    for old in (None, OLD):
        world = scene(NEW, *([old] if old else []))
        guard = rules(world, deployment(old, NEW))
        assert objection(partial(guard.before_shrink, NEW, Capacity.fixed(1))) == ""


def test_a_group_that_is_known_to_be_gone_does_not_take_over_although_a_read_still_shows_it() -> None:
    checked = rules(scene(OLD, NEW), deployment(OLD, NEW))
    checked.context.written.gone.add(NEW_ID)
    assert stopped(lambda: checked.before_shrink(OLD, Capacity.fixed(1))) == (
        "web__7 (sig-0000000a) may not shrink: sig-0000000b, which takes over, does not exist."
    )


def test_an_old_group_with_an_instance_to_spare_shrinks_by_that() -> None:
    stage = scene(group("web__7", OLD_ID, Capacity(2, 4, 6)), replace(NEW, capacity=Capacity.fixed(1)))
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 4)
    safe(stage, deployment(OLD, NEW)).groups.scale(OLD_ID, Capacity(2, 2, 6))
    assert stage.groups.calls == [("scale", OLD_ID, "2/2/6")]


def test_the_new_group_does_not_shrink_before_the_old_one_is_what_it_was() -> None:
    stage = scene(replace(OLD, capacity=Capacity.fixed(1)), NEW)
    record = deployment(OLD, NEW)
    for act in (empty(NEW_ID), delete(NEW_ID)):
        assert "web__7 (sig-0000000a), which takes over, is not steady (2 not listed by Spot yet)" in refused(
            safe(stage, record), act
        )


def test_the_new_group_of_a_first_deployment_may_go() -> None:
    for old in (None, replace(OLD, capacity=ZERO)):
        stage = scene(NEW, *([old] if old else []))
        safe(stage, deployment(old, NEW)).groups.delete(NEW_ID)
        assert stage.groups.calls == [("delete", NEW_ID)]


def test_a_group_of_which_no_instance_is_left_needs_nobody_to_take_over() -> None:
    stage = scene(OLD, replace(NEW, capacity=ZERO))
    sick(stage, OLD_ID)
    safe(stage, deployment(OLD, NEW)).groups.delete(NEW_ID)
    assert stage.groups.calls == [("delete", NEW_ID)]


def test_growing_is_always_safe() -> None:
    stage = scene(OLD, NEW)
    sick(stage, NEW_ID)
    safe(stage, deployment(OLD, NEW)).groups.scale(OLD_ID, Capacity.fixed(4))
    assert stage.groups.calls == [("scale", OLD_ID, "4/4/4")]


def test_the_group_behind_production_is_neither_emptied_nor_deleted() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (swap_pair(),))
    registered(stage)
    assert refused(safe(stage, record, aws=True), empty(OLD_ID)) == (
        "web (sig-0000000a) may not be emptied: web-alb:443 still sends requests to its target group web-blue."
    )
    assert "may not be deleted: web-alb:443" in refused(safe(stage, record, aws=True), delete(OLD_ID))


def test_a_weight_is_enough_to_be_behind_production() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (shift_pair(),))
    registered(stage)
    stage.routes.forwards[record.snapshot.routes[0].prod.rule] = route((BLUE, 99), (GREEN, 1)).forward
    assert "may not be emptied: web-alb:443 still sends requests to its target group web-green" in refused(
        safe(stage, record, aws=True), empty(NEW_ID)
    )


def test_once_production_is_elsewhere_the_old_group_may_be_emptied() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (swap_pair(),))
    registered(stage)
    stage.routes.forwards[record.snapshot.routes[0].prod.rule] = Forward.to_one(GREEN)
    safe(stage, record, aws=True).groups.scale(OLD_ID, ZERO)
    assert stage.groups.calls == [("scale", OLD_ID, "0/0/0")]


def test_a_deployment_without_load_balancers_reads_no_rule() -> None:
    stage = scene(OLD, NEW)
    safe(stage, deployment(OLD, NEW), aws=True).groups.scale(OLD_ID, ZERO)
    assert stage.routes.reads == 0
    assert stage.groups.calls == [("scale", OLD_ID, "0/0/0")]


@pytest.mark.parametrize(
    "foreign",
    [
        group("shop__7", "sig-9", ZERO),
        group("web", "sig-9", ZERO),
        group("web__6", "sig-9", Capacity.fixed(1)),
        group("webs", "sig-9", RANGE),
    ],
)
def test_only_groups_of_this_deployment_and_old_ones_that_are_down_are_deleted(foreign: Group) -> None:
    stage = scene(OLD, NEW, foreign)
    assert refused(safe(stage, deployment(OLD, NEW)), delete("sig-9")) == (
        f"{foreign.name} (sig-9) may not be deleted: this deployment did not create it."
    )
    assert stage.groups.calls == []


def marked(repository: str, name: str = "web__6", ident: str = "sig-9", capacity: Capacity = ZERO) -> Group:
    return group(name, ident, capacity, description=f"[spotaction r=1.1 s=done d=1 g={repository}]")


def test_a_group_that_another_repository_deployed_is_neither_deleted_nor_scaled_down() -> None:
    down, up = marked("other/repo"), marked("other/repo", "web__5", "sig-8", RANGE)
    stage = scene(OLD, NEW, down, up)
    world = safe(stage, deployment(OLD, NEW))
    says = "according to its marker, other/repo deployed it."
    assert refused(world, delete(down.id)) == f"web__6 (sig-9) may not be deleted: {says}"
    assert refused(world, empty(up.id)) == f"web__5 (sig-8) may not be scaled down: {says}"
    safe(stage, deployment(OLD, NEW), SafetyRule.ONLY_OURS).groups.delete(down.id)
    assert stage.groups.calls == [("delete", "sig-9")]


@pytest.mark.parametrize("mark", ["example/web", ""])
def test_a_group_of_this_repository_or_of_none_is_one_of_ours(mark: str) -> None:
    stage = scene(OLD, NEW, marked(mark))
    safe(stage, deployment(OLD, NEW)).groups.delete(GroupId("sig-9"))
    assert stage.groups.calls == [("delete", "sig-9")]


def test_what_serves_and_what_is_staged_is_ours_whatever_the_repository_was_called() -> None:
    old, stale = marked("old/name", "web__7", OLD_ID, RANGE), marked("old/name", "web__STAGE__Harness")
    stage = scene(old, NEW, stale)
    world = safe(stage, deployment(old, NEW))
    world.groups.scale(OLD_ID, ZERO)
    world.groups.delete(stale.id)
    assert stage.groups.calls == [("scale", OLD_ID, "0/0/0"), ("delete", "sig-9")]


def test_old_versions_that_are_down_and_what_bears_the_stage_name_are_deleted() -> None:
    down, stale = group("web__6", "sig-9", ZERO), group("web__STAGE__Harness", "sig-8")
    stage = scene(OLD, NEW, down, stale)
    world = safe(stage, deployment(OLD, NEW))
    world.groups.delete(down.id)
    world.groups.delete(stale.id)
    assert stage.groups.calls == [("delete", "sig-9"), ("delete", "sig-8")]
