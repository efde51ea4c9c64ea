from dataclasses import replace

import pytest

from spotaction.documents.wording import describe_part
from spotaction.engine.context import DeployContext
from spotaction.engine.own_writes import RuleWrite
from spotaction.model.deployment import Deployment
from spotaction.model.errors import CredentialError
from spotaction.model.events import Note
from spotaction.model.resources import (
    Capacity,
    Forward,
    Group,
    GroupId,
    Instance,
    InstanceId,
    InstanceState,
    Target,
    TargetGroupArn,
    TargetState,
    Weighted,
)
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    THIRD,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    route,
    scene,
    shift_pair,
    swap_pair,
)
from tests.support.guarding import PRODUCTION, STAGED, refused, routes, safe

TWELVE = Capacity(4, 12, 24)  # weight units


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
    assert message.endswith(f"to web-green: {describe_part(healthy, needed, 'required target')} healthy.")
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
    assert "1 of 3 required targets is healthy" in refused(
        safe(stage, record, aws=True), lambda world: routes(world).write(pair.prod, Forward.to_one(GREEN))
    )


def test_the_stage_may_be_pointed_anywhere() -> None:
    pair = swap_pair()
    assert pair.stage is not None
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[BLUE] = 0
    routes(safe(stage, record, aws=True)).write(pair.stage, Forward.to_one(BLUE))
    assert stage.routes.writes == [(pair.stage.rule, Forward.to_one(BLUE))]


def test_going_back_takes_what_is_left_if_it_is_more_than_what_serves() -> None:
    pair, serving = swap_pair(), replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy |= {BLUE: 2, GREEN: 2}
    assert "2 of 3 required targets are healthy" in refused(
        safe(stage, record, aws=True), lambda world: routes(world).write(serving, Forward.to_one(BLUE))
    )
    stage.routes.healthy[GREEN] = 1
    routes(safe(stage, record, aws=True)).write(serving, Forward.to_one(BLUE))
    assert stage.routes.writes == [(pair.prod.rule, Forward.to_one(BLUE))]


def after_a_run_that_died(stage: Scene) -> DeployContext:
    """Production is on green; blue reads as healthy for 28 s more, although its group was scaled to 0."""
    record = deployment(PRODUCTION, STAGED, (swap_pair(),))
    world = safe(stage, record, aws=True)
    world.written.health_visible_at = stage.clock.now() + 30.0
    stage.clock.at(28.0, lambda: stage.routes.healthy.update({BLUE: 0}))
    return world


def test_blue_is_judged_once_its_health_shows_what_a_run_that_died_wrote_last() -> None:
    serving = replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    stage = scene(PRODUCTION, STAGED)
    world = after_a_run_that_died(stage)
    assert refused(world, lambda w: routes(w).write(serving, Forward.to_one(BLUE))).endswith(
        "to web-blue: 0 of 3 required targets are healthy."
    )
    assert (stage.routes.writes, stage.clock.passed) == ([], 30.0)
    assert stage.events == [
        Note(
            "web-alb:443 rule c1 has healthy targets, so web-blue's are read in 30 s, when that shows whether the run "
            "that died scaled its group down."
        )
    ]


def test_what_was_read_of_blue_before_that_does_not_count_nor_its_health_as_what_serves_instead() -> None:
    """Half of the requests go to blue, which had no healthy target just now."""
    half = replace(swap_pair().prod, forward=route((BLUE, 1), (GREEN, 1)).forward)
    stage = scene(PRODUCTION, STAGED)
    record = deployment(PRODUCTION, STAGED, (swap_pair(),))
    record.capacity = None
    stage.routes.healthy |= {BLUE: 0, GREEN: 1}
    world = safe(stage, record, aws=True)
    world.observe_targets(BLUE)
    world.written.health_visible_at = stage.clock.now() + 3.0
    stage.clock.at(2.0, lambda: stage.routes.healthy.update({BLUE: 1}))
    routes(world).write(half, Forward.to_one(BLUE))
    assert (stage.clock.passed, stage.routes.writes) == (3.0, [(half.rule, Forward.to_one(BLUE))])


@pytest.mark.parametrize(("sick_at", "waited"), [(0.0, 0.0), (13.0, 18.0)])
def test_blue_is_judged_at_once_when_what_serves_instead_is_not_healthy(sick_at: float, waited: float) -> None:
    serving = replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    stage = scene(PRODUCTION, STAGED)
    world = after_a_run_that_died(stage)
    if sick_at:
        stage.clock.at(sick_at, lambda: stage.routes.healthy.update({GREEN: 2}))
    else:
        stage.routes.healthy[GREEN] = 2
    routes(world).write(serving, Forward.to_one(BLUE))
    assert stage.routes.writes == [(serving.rule, Forward.to_one(BLUE))]
    assert stage.clock.passed == waited


def test_green_is_judged_at_once_whatever_a_run_that_died_wrote() -> None:
    stage = scene(PRODUCTION, STAGED)
    world = after_a_run_that_died(stage)
    routes(world).write(swap_pair().prod, Forward.to_one(GREEN))
    assert stage.clock.passed == 0.0


@pytest.mark.parametrize("whole", [True, False])
def test_a_read_that_says_the_rule_is_as_wanted_already_does_not_spare_the_look_at_its_targets(*, whole: bool) -> None:
    """It may be from before the rule was written, by this process or by one before it."""
    pair = swap_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy |= {BLUE: 2, GREEN: 3}
    world = safe(stage, record, aws=True)
    world.written.complete = whole
    world.written.rules |= {pair.prod.rule: RuleWrite(Forward.to_one(GREEN), 0.0)} if whole else {}
    assert "2 of 3 required targets are healthy" in refused(
        world, lambda world: routes(world).write(pair.prod, Forward.to_one(BLUE))
    )


def test_a_rule_that_nobody_wrote_takes_the_forward_that_it_has() -> None:
    pair = swap_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy |= {BLUE: 2, GREEN: 3}
    world = safe(stage, record, aws=True)
    world.written.complete = True
    routes(world).write(pair.prod, Forward.to_one(BLUE))
    assert stage.routes.writes == [(pair.prod.rule, Forward.to_one(BLUE))]


def test_a_first_deployment_goes_back_to_nothing_at_all() -> None:
    pair, serving = swap_pair(), replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    stage, record = scene(STAGED), deployment(None, STAGED, (pair,))
    stage.routes.healthy[BLUE] = 0
    routes(safe(stage, record, aws=True)).write(serving, Forward.to_one(BLUE))
    assert stage.routes.writes == [(pair.prod.rule, Forward.to_one(BLUE))]


def test_a_rule_beside_the_deployment_needs_one_healthy_target() -> None:
    other = route((BLUE, 1), name="other")
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (swap_pair(),))
    stage.routes.healthy[THIRD] = 0
    world = safe(stage, record, aws=True)
    assert "0 of 1 required target is healthy" in refused(
        world, lambda w: routes(w).write(other, Forward.to_one(THIRD))
    )
    stage.routes.healthy[THIRD] = 1
    world.health_cache.targets.clear()
    routes(world).write(other, Forward.to_one(THIRD))
    assert stage.routes.writes == [(other.rule, Forward.to_one(THIRD))]


def weighing(*weights: int, ident: GroupId, arn: TargetGroupArn, stage: Scene) -> Group:
    """A group of 12 units whose instances weigh so much each, all of them healthy targets."""
    kinds = {f"m5.{weight}x": weight for weight in weights}
    ids = [InstanceId(f"i-{ident}-{number}") for number in range(len(weights))]
    stage.groups.instances_of[ident] = tuple(
        Instance(i, InstanceState.HEALTHY, instance_type=f"m5.{w}x") for i, w in zip(ids, weights, strict=True)
    )
    stage.routes.targets_of[arn] = tuple(Target(i, TargetState.HEALTHY) for i in ids)
    heavy = replace(group("web", ident, TWELVE, unit="weight", weights=kinds), target_groups=(arn,))
    stage.groups.known[ident] = heavy
    return heavy


def heavy(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[Scene, Deployment]:
    stage = scene()
    record = deployment(
        weighing(*old, ident=OLD_ID, arn=BLUE, stage=stage),
        weighing(*new, ident=NEW_ID, arn=GREEN, stage=stage),
        (swap_pair(),),
    )
    record.capacity = TWELVE
    return stage, record


def test_where_capacity_is_counted_in_weight_so_are_targets() -> None:
    stage, record = heavy((4, 4, 4), (8, 4))
    routes(safe(stage, record, aws=True)).write(swap_pair().prod, Forward.to_one(GREEN))
    assert stage.routes.writes == [(swap_pair().prod.rule, Forward.to_one(GREEN))]


def test_targets_that_weigh_too_little_are_refused() -> None:
    stage, record = heavy((4, 4, 4), (4, 4, 1))
    assert refused(
        safe(stage, record, aws=True), lambda w: routes(w).write(swap_pair().prod, Forward.to_one(GREEN))
    ) == ("web-alb:443 may not send 100% to web-green: its healthy targets weigh 9 of the 12 required.")


def test_a_target_that_is_not_healthy_weighs_nothing() -> None:
    stage, record = heavy((4, 4, 4), (8, 4))
    first, second = stage.routes.targets_of[GREEN]
    stage.routes.targets_of[GREEN] = (replace(first, state=TargetState.DRAINING), second)
    assert "its healthy targets weigh 4 of the 12 required" in refused(
        safe(stage, record, aws=True), lambda w: routes(w).write(swap_pair().prod, Forward.to_one(GREEN))
    )


def test_the_way_back_is_weighed_too() -> None:
    stage, record = heavy((6, 6), (4, 4, 4))
    serving = replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    routes(safe(stage, record, aws=True)).write(serving, Forward.to_one(BLUE))
    assert stage.routes.writes == [(serving.rule, Forward.to_one(BLUE))]


@pytest.mark.parametrize("error", [no_answer(), CredentialError("no")])
def test_where_spot_cannot_be_asked_each_target_counts_as_one(error: Exception) -> None:
    stage, record = heavy((6, 6), (4, 4, 4))

    def silent(_: GroupId) -> Group | None:
        raise error

    stage.groups.get = silent  # type: ignore[method-assign,assignment]
    record.lock.checked_at = stage.clock.now()
    serving = replace(swap_pair().prod, forward=Forward.to_one(GREEN))
    assert "2 of 12 required targets are healthy" in refused(
        safe(stage, record, aws=True), lambda w: routes(w).write(serving, Forward.to_one(BLUE))
    )


def test_a_look_from_before_says_what_instances_weigh() -> None:
    stage, record = heavy((4, 4, 4), (8, 4))
    world = safe(stage, record, aws=True)
    world.observe(stage.groups.known[NEW_ID])
    del stage.groups.known[NEW_ID]
    stage.clock.sleep(600.0)
    routes(world).write(swap_pair().prod, Forward.to_one(GREEN))
    assert stage.routes.writes


def test_an_instance_with_two_healthy_ports_counts_once() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (swap_pair(),))
    stage.routes.targets_of[GREEN] = tuple(Target(InstanceId("i-1"), TargetState.HEALTHY) for _ in range(3))
    assert "1 of 3 required targets is healthy" in refused(
        safe(stage, record, aws=True), lambda w: routes(w).write(swap_pair().prod, Forward.to_one(GREEN))
    )
