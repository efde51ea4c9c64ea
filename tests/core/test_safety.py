from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes import (
    APP,
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    RANGE,
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

from spotaction.deployment import Deployment, GroupRef, Snapshot
from spotaction.errors import FailedError, UnsafeError
from spotaction.events import GroupCreated, GroupDeleted, GroupScaled, GroupUpdated, RouteChanged, ScalingSuspended
from spotaction.health import View
from spotaction.model import ZERO, Capacity, Forward, Group, GroupId, InstanceState, Target, TargetState, Weighted
from spotaction.ports import Routes
from spotaction.safety import Rule, guarded, where
from spotaction.world import World

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
PRODUCTION, STAGED = (
    group("web", OLD_ID, target_groups=(BLUE,)),
    group("web__STAGE__Harness", NEW_ID, target_groups=(GREEN,)),
)
Act = Callable[[World], object]


def sick(stage: Scene, ident: GroupId) -> None:
    stage.groups.instances_of[ident] = instances(ident, 3, InstanceState.UNHEALTHY)


def safe(stage: Scene, record: Deployment, *without: Rule, aws: bool = False) -> World:
    return guarded(stage.world(aws=aws), record, frozenset(Rule) - set(without))


def refused(world: World, act: Act) -> str:
    with pytest.raises(UnsafeError) as caught:
        act(world)
    return caught.value.message


def empty(ident: GroupId) -> Act:
    return lambda world: world.groups.scale(ident, ZERO)


def delete(ident: GroupId | str) -> Act:
    return lambda world: world.groups.delete(GroupId(ident))


def test_the_old_group_does_not_shrink_while_the_new_one_is_not_steady() -> None:
    stage = scene(OLD, NEW)
    sick(stage, NEW_ID)
    record = deployment(OLD, NEW)
    for wanted in (ZERO, Capacity.fixed(2)):
        assert refused(safe(stage, record), lambda w, c=wanted: w.groups.scale(OLD_ID, c)) == (  # type: ignore[misc]
            "web__7 (sig-0000000a) may not shrink: web__8 (sig-0000000b), which takes over, is not steady "
            "(i-sig-0000000b-0, i-sig-0000000b-1, i-sig-0000000b-2: Spot says UNHEALTHY)."
        )
    assert stage.groups.calls == []


def test_the_old_group_does_not_shrink_before_there_is_a_new_one() -> None:
    assert refused(safe(scene(OLD), deployment(OLD)), empty(OLD_ID)).endswith("no group is there to take over.")
    assert refused(safe(scene(OLD), deployment(OLD, NEW)), empty(OLD_ID)).endswith("takes over, is gone.")


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
    stage.routes.forwards[record.snapshot.routes[0].prod.rule] = Forward.to(GREEN)
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


def test_old_versions_that_are_down_and_what_bears_the_stage_name_are_deleted() -> None:
    down, stale = group("web__6", "sig-9", ZERO), group("web__STAGE__Harness", "sig-8")
    stage = scene(OLD, NEW, down, stale)
    world = safe(stage, deployment(OLD, NEW))
    world.groups.delete(down.id)
    world.groups.delete(stale.id)
    assert stage.groups.calls == [("delete", "sig-9"), ("delete", "sig-8")]


@pytest.mark.parametrize(
    ("healthy", "weights", "needed"),
    [(2, (0, 1), 3), (0, (0, 1), 3), (0, (90, 10), 1), (1, (50, 50), 2), (2, (10, 90), 3)],
)
def test_production_is_not_pointed_at_too_few_healthy_targets(
    healthy: int, weights: tuple[int, int], needed: int
) -> None:
    pair = shift_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[GREEN] = healthy
    wanted = Forward((Weighted(BLUE, weights[0]), Weighted(GREEN, weights[1])))
    message = refused(safe(stage, record, aws=True), lambda world: routes(world).write(pair.prod, wanted))
    assert message.startswith("web-alb:443 may not send ")
    assert message.endswith(f"to web-green: {healthy} of its targets are healthy, {needed} are required.")
    assert stage.routes.writes == []


@pytest.mark.parametrize(("healthy", "weights"), [(3, (0, 1)), (1, (90, 10)), (2, (50, 50)), (3, (10, 90))])
def test_production_is_pointed_at_enough_healthy_targets(healthy: int, weights: tuple[int, int]) -> None:
    pair = shift_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[GREEN] = healthy
    wanted = Forward((Weighted(BLUE, weights[0]), Weighted(GREEN, weights[1])))
    routes(safe(stage, record, aws=True)).write(pair.prod, wanted)
    assert stage.routes.writes == [(pair.prod.rule, wanted)]


def test_targets_that_are_not_healthy_do_not_count() -> None:
    pair = swap_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    states = (TargetState.HEALTHY, TargetState.INITIAL, TargetState.DRAINING, TargetState.UNHEALTHY)
    stage.routes.targets_of[GREEN] = tuple(
        Target(i.id, s) for i, s in zip(instances("x", 4), states, strict=True) if i.id
    )
    assert "1 of its targets are healthy, 3 are required" in refused(
        safe(stage, record, aws=True), lambda world: routes(world).write(pair.prod, Forward.to(GREEN))
    )


def test_the_stage_may_be_pointed_anywhere() -> None:
    pair = swap_pair()
    assert pair.stage is not None
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[BLUE] = 0
    routes(safe(stage, record, aws=True)).write(pair.stage, Forward.to(BLUE))
    assert stage.routes.writes == [(pair.stage.rule, Forward.to(BLUE))]


def test_going_back_takes_what_is_left_if_it_is_more_than_what_serves() -> None:
    pair, serving = swap_pair(), replace(swap_pair().prod, forward=Forward.to(GREEN))
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy |= {BLUE: 2, GREEN: 2}
    assert "2 of its targets are healthy, 3 are required" in refused(
        safe(stage, record, aws=True), lambda world: routes(world).write(serving, Forward.to(BLUE))
    )
    stage.routes.healthy[GREEN] = 1
    routes(safe(stage, record, aws=True)).write(serving, Forward.to(BLUE))
    assert stage.routes.writes == [(pair.prod.rule, Forward.to(BLUE))]


def test_a_first_deployment_goes_back_to_nothing_at_all() -> None:
    pair, serving = swap_pair(), replace(swap_pair().prod, forward=Forward.to(GREEN))
    stage, record = scene(STAGED), deployment(None, STAGED, (pair,))
    stage.routes.healthy[BLUE] = 0
    routes(safe(stage, record, aws=True)).write(serving, Forward.to(BLUE))
    assert stage.routes.writes == [(pair.prod.rule, Forward.to(BLUE))]


def test_a_rule_beside_the_deployment_needs_one_healthy_target() -> None:
    other = route((BLUE, 1), name="other")
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (swap_pair(),))
    stage.routes.healthy[THIRD] = 0
    world = safe(stage, record, aws=True)
    assert "0 of its targets are healthy, 1 are required" in refused(
        world, lambda w: routes(w).write(other, Forward.to(THIRD))
    )
    stage.routes.healthy[THIRD] = 1
    world.sightings.targets.clear()
    routes(world).write(other, Forward.to(THIRD))
    assert stage.routes.writes == [(other.rule, Forward.to(THIRD))]


def test_a_look_of_the_last_seconds_spares_a_call_and_an_older_one_does_not() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW)
    world = safe(stage, record)
    world.sightings.views[NEW_ID] = (stage.clock.now(), View(NEW, instances(NEW_ID, 3), {}))
    sick(stage, NEW_ID)
    world.groups.scale(OLD_ID, Capacity.fixed(2))
    stage.clock.sleep(6.0)
    assert "is not steady" in refused(world, empty(OLD_ID))


@pytest.mark.parametrize(
    ("rule", "act"),
    [
        (Rule.NEVER_DELETE_PRODUCTION, empty(OLD_ID)),
        (Rule.TAKEOVER_IS_STEADY, lambda world: world.groups.scale(OLD_ID, Capacity.fixed(1))),
        (Rule.HEALTHY_TARGETS, lambda world: routes(world).write(swap_pair().prod, Forward.to(GREEN))),
        (Rule.ONLY_OURS, delete("sig-9")),
    ],
)
def test_each_rule_and_no_other_stops_its_act(rule: Rule, act: Act) -> None:
    def stage() -> Scene:
        made = scene(PRODUCTION, STAGED, group("shop__7", "sig-9", ZERO))
        if rule is not Rule.NEVER_DELETE_PRODUCTION:
            sick(made, NEW_ID)
            made.routes.healthy[GREEN] = 0
        else:
            registered(made)
        return made

    record = deployment(PRODUCTION, STAGED, (swap_pair(),))
    refused(safe(stage(), record, aws=True), act)
    refused(safe(stage(), record, *(set(Rule) - {rule}), aws=True), act)
    without = stage()
    act(safe(without, record, rule, aws=True))
    assert without.groups.calls or without.routes.writes


def test_what_is_so_already_is_not_written() -> None:
    stage = scene(OLD, NEW)
    world = safe(stage, deployment(OLD, NEW))
    world.groups.scale(OLD_ID, RANGE)
    world.groups.update(OLD_ID, name="web__7", description="")
    world.groups.delete(GroupId("sig-9"))
    assert (stage.groups.calls, stage.events) == ([], [])


def test_only_what_differs_is_updated() -> None:
    stage = scene(OLD)
    safe(stage, deployment(OLD)).groups.update(OLD_ID, name="web__7", description="ours")
    assert stage.groups.calls == [("update", OLD_ID, None, "ours")]


def test_a_group_that_is_gone_cannot_be_scaled() -> None:
    with pytest.raises(FailedError, match="Elastigroup sig-0000000a does not exist any more"):
        safe(scene(), deployment(OLD)).groups.scale(OLD_ID, ZERO)


def test_every_change_is_told() -> None:
    stage = scene(PRODUCTION)
    pair = swap_pair()
    record = Deployment(APP, "blue-green", deployment().run, deployment().image, snapshot=Snapshot(None, (pair,)))
    world = safe(stage, record, aws=True)
    created = world.groups.create({"name": "web__STAGE__Harness", "description": ""})
    record.new = GroupRef.of(created)
    world.groups.scale(NEW_ID, Capacity.fixed(2))
    world.groups.update(NEW_ID, name="web")
    world.groups.update(NEW_ID, description="done")
    world.groups.suspend_scaling(NEW_ID, 30)
    world.groups.resume_scaling(NEW_ID)
    routes(world).write(pair.prod, Forward.to(GREEN))
    world.groups.delete(NEW_ID)
    assert stage.events == [
        GroupCreated(NEW_ID, "web__STAGE__Harness", "ami-0aaaaaaaaaaaaaaa1"),
        GroupScaled(NEW_ID, "web__STAGE__Harness", ZERO, Capacity.fixed(2)),
        GroupUpdated(NEW_ID, "web", "web__STAGE__Harness"),
        GroupUpdated(NEW_ID, "web", "web", described=True),
        ScalingSuspended(NEW_ID, "", 30),
        ScalingSuspended(NEW_ID, "", 0),
        RouteChanged("web-alb:443 rule c1", Forward.to(BLUE), Forward.to(GREEN)),
        GroupDeleted(NEW_ID, "web"),
    ]


def test_a_rule_is_named_as_a_person_knows_it() -> None:
    assert where(route((BLUE, 1))) == "web-alb:443 rule c1"
    assert where(replace(route((BLUE, 1)), is_default=True)) == "web-alb:443 default rule"


def test_a_world_without_aws_stays_without() -> None:
    assert safe(scene(), deployment()).routes is None


def routes(world: World) -> Routes:
    assert world.routes is not None
    return world.routes


def registered(stage: Scene) -> None:
    """Every group's instances are healthy in its target groups."""
    for known in stage.groups.known.values():
        ids = [i.id for i in instances(known.id, known.capacity.target) if i.id]
        for arn in known.target_groups:
            stage.routes.targets_of[arn] = tuple(Target(ident, TargetState.HEALTHY) for ident in ids)
