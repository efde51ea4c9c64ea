from dataclasses import replace

import pytest
from fakes import (
    BLUE,
    GREEN,
    THIRD,
    deployment,
    instances,
    route,
    scene,
    shift_pair,
    swap_pair,
)
from guarding import PRODUCTION, STAGED, refused, routes, safe

from spotaction.model import Forward, Target, TargetState, Weighted


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
