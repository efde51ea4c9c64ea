"""How old a look may be that a safety rule goes by, and whose healthy targets count when a route is written."""

from dataclasses import replace
from functools import partial

import pytest

from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.safety import SafetyRules
from spotaction.engine.waits.health import GroupHealth
from spotaction.model.errors import CredentialError
from spotaction.model.resources import (
    ZERO,
    Capacity,
    Forward,
    GroupId,
    Instance,
    InstanceId,
    InstanceState,
    Target,
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
    instances,
    no_answer,
    route,
    scene,
    shift_pair,
    swap_pair,
)
from tests.support.guarding import NEW, OLD, PRODUCTION, STAGED, objection, rules, sick, stopped

SWAP = swap_pair()
BACK = replace(SWAP.prod, forward=Forward.to_one(GREEN))
TARGETS = tuple(Target(InstanceId(f"i-{n}"), TargetState.HEALTHY) for n in range(3))


@pytest.mark.parametrize(("seconds", "fresh"), [(5.0, True), (5.5, False)])
def test_a_look_at_a_group_counts_for_five_seconds(seconds: float, *, fresh: bool) -> None:
    stage = scene(OLD, NEW)
    guard = rules(stage, deployment(OLD, NEW))
    guard.context.health_cache.views[NEW_ID] = (stage.clock.now(), GroupHealth(NEW, instances(NEW_ID, 3), {}))
    sick(stage, NEW_ID)
    stage.clock.sleep(seconds)
    if fresh:
        guard.before_shrink(OLD, ZERO)
    else:
        assert "is not steady" in stopped(lambda: guard.before_shrink(OLD, ZERO))


def test_a_look_without_targets_does_not_count_for_a_group() -> None:
    stage = scene(OLD, NEW)
    guard = rules(stage, deployment(OLD, NEW))
    guard.context.health_cache.views[NEW_ID] = (stage.clock.now(), GroupHealth(NEW, instances(NEW_ID, 3)))
    sick(stage, NEW_ID)
    assert "is not steady" in stopped(lambda: guard.before_shrink(OLD, ZERO))


@pytest.mark.parametrize(("seconds", "fresh"), [(5.0, True), (5.5, False)])
def test_a_look_at_targets_counts_for_five_seconds(seconds: float, *, fresh: bool) -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    guard.context.health_cache.targets[GREEN] = (stage.clock.now(), TARGETS)
    stage.routes.healthy[GREEN] = 0
    stage.clock.sleep(seconds)
    if fresh:
        guard.before_write(SWAP.prod, Forward.to_one(GREEN))
    else:
        assert "0 of 3 required targets are healthy" in stopped(
            lambda: guard.before_write(SWAP.prod, Forward.to_one(GREEN))
        )


@pytest.mark.parametrize("share", [1, 50, 100])
def test_every_rule_of_the_deployment_needs_a_healthy_target_even_for_a_deployment_of_none(share: int) -> None:
    pair = shift_pair()
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[GREEN] = 0
    wanted = Forward((Weighted(BLUE, 100 - share), Weighted(GREEN, share)))
    for record.capacity in (Capacity.fixed(0), None):
        assert stopped(lambda: rules(stage, record).before_write(pair.prod, wanted)) == (
            f"web-alb:443 may not send {share}% to web-green: 0 of 1 required target is healthy."
        )
    stage.routes.healthy[GREEN] = 1
    rules(stage, record).before_write(pair.prod, wanted)


def test_a_share_that_does_not_grow_is_not_judged() -> None:
    pair = shift_pair(90, 10)
    stage = scene(PRODUCTION, STAGED)
    stage.routes.healthy |= {BLUE: 0, GREEN: 0}
    guard = rules(stage, deployment(PRODUCTION, STAGED, (pair,)), whole=True)
    assert objection(lambda: guard.before_write(pair.prod, pair.prod.forward)) == ""


def test_a_share_is_judged_by_the_least_that_the_rule_may_have_now() -> None:
    pair = shift_pair(0, 100)
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (pair,))
    stage.routes.healthy[BLUE] = 0
    guard = rules(stage, record, whole=True)
    guard.context.written.rules[pair.prod.rule] = RuleWrite(Forward.to_one(BLUE), 0.0)
    assert "may not send 100% to web-blue" in stopped(
        lambda: guard.before_write(pair.prod, Forward((Weighted(BLUE, 1), Weighted(GREEN, 0))))
    )


def test_a_rule_beside_the_deployment_is_as_it_reads_whoever_wrote_before() -> None:
    other = route((BLUE, 1), name="other")
    stage = scene(PRODUCTION, STAGED)
    stage.routes.healthy[BLUE] = 0
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_write(other, Forward.to_one(BLUE))) == ""


def test_going_back_needs_more_in_blue_than_what_any_read_or_write_may_have_put_in_its_place() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.routes.healthy |= {BLUE: 1, GREEN: 0, THIRD: 2}
    guard = rules(stage, record)
    guard.before_write(BACK, Forward.to_one(BLUE))
    guard.context.written.rules[BACK.rule] = RuleWrite(Forward.to_one(THIRD), 0.0)
    assert "1 of 3 required targets is healthy" in stopped(lambda: guard.before_write(BACK, Forward.to_one(BLUE)))


def test_where_another_process_may_have_written_green_counts_as_serving() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.routes.healthy |= {BLUE: 2, GREEN: 2}
    assert "2 of 3 required targets are healthy" in stopped(
        lambda: rules(stage, record).before_write(SWAP.prod, Forward.to_one(BLUE))
    )
    guard = rules(stage, record, whole=True)
    guard.context.written.rules[SWAP.prod.rule] = RuleWrite(route((BLUE, 1), (THIRD, 1)).forward, 0.0)
    stage.routes.healthy[THIRD] = 1
    guard.before_write(SWAP.prod, Forward.to_one(BLUE))


def test_an_empty_blue_is_nothing_to_go_back_to_whatever_serves() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.routes.healthy |= {BLUE: 0, GREEN: 0}
    stage.routes.targets_of[BLUE] = (Target(InstanceId("i-0"), TargetState.UNHEALTHY),)
    assert "0 of 3 required targets are healthy" in stopped(
        lambda: rules(stage, record).before_write(BACK, Forward.to_one(BLUE))
    )
    stage.routes.targets_of[BLUE] = (TARGETS[0],)
    rules(stage, record).before_write(BACK, Forward.to_one(BLUE))


@pytest.mark.parametrize(
    ("reason", "count", "goes"),
    [("Target.NotInUse", 3, True), ("Target.NotInUse", 2, False), ("Target.InvalidState", 3, False)],
)
def test_of_a_blue_that_no_rule_names_spot_alone_says_whether_it_is_steady(
    reason: str, count: int, *, goes: bool
) -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, count)
    stage.routes.targets_of[BLUE] = tuple(
        Target(i.id, TargetState.UNUSED, reason) for i in stage.groups.instances_of[OLD_ID] if i.id
    )
    stage.routes.healthy[GREEN] = 3
    guard = rules(stage, record)
    if goes:
        guard.before_write(BACK, Forward.to_one(BLUE))
    else:
        assert "0 of 3 required targets are healthy" in stopped(lambda: guard.before_write(BACK, Forward.to_one(BLUE)))
    stage.groups.known.clear()
    assert "0 of 3 required targets are healthy" in stopped(
        lambda: rules(stage, record).before_write(BACK, Forward.to_one(BLUE))
    )


def unlocked(stage: Scene) -> SafetyRules:
    """A rollback before it has the lock: what is healthy in blue may be another run's."""
    stage.routes.healthy[GREEN] = 0
    stage.routes.targets_of[BLUE] = TARGETS
    return rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))


def old_instances(*idents: str) -> tuple[Instance, ...]:
    return tuple(Instance(InstanceId(ident), InstanceState.HEALTHY) for ident in idents)


def test_before_it_has_the_lock_a_rollback_counts_the_old_groups_own_targets_alone() -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = unlocked(stage)
    stage.groups.instances_of[OLD_ID] = old_instances("i-8", "i-9")
    assert "0 of 3 required targets are healthy" in stopped(
        lambda: guard.before_write(BACK, Forward.to_one(BLUE), locked=False)
    )
    guard.before_write(BACK, Forward.to_one(BLUE), locked=True)
    guard.before_write(BACK, Forward.to_one(BLUE))
    stage.groups.instances_of[OLD_ID] = old_instances("i-2", "i-9")
    guard.before_write(BACK, Forward.to_one(BLUE), locked=False)


def test_before_it_has_the_lock_whatever_is_no_way_back_is_judged_by_all_healthy_targets() -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = unlocked(stage)
    stage.routes.targets_of[GREEN] = TARGETS
    assert objection(lambda: guard.before_write(SWAP.prod, Forward.to_one(GREEN), locked=False)) == ""


@pytest.mark.parametrize(
    ("error", "goes"),
    [
        (no_answer(), True),
        (CredentialError("no"), True),
        (no_answer(code="GROUP_DOESNT_EXIST"), False),
        (no_answer(code="GROUP_DOES_NOT_EXIST"), False),
    ],
)
def test_where_spot_does_not_answer_production_is_not_kept_waiting(error: Exception, *, goes: bool) -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = unlocked(stage)
    guard.context.call_budget.on_idle = watch = lambda: None
    bounds: list[float] = []

    def silent(group: GroupId) -> tuple[Instance, ...]:
        assert group == OLD_ID
        assert guard.context.call_budget.on_idle is watch
        bounds.append(guard.context.call_budget.until - stage.clock.now())
        raise error

    stage.groups.instances = silent  # type: ignore[method-assign]
    write = partial(guard.before_write, BACK, Forward.to_one(BLUE), locked=False)
    if goes:
        write()
    else:
        assert "0 of 3 required targets are healthy" in stopped(write)
    assert bounds == [10.0]


def test_an_error_of_another_code_is_no_proof_that_the_old_group_is_gone() -> None:
    stage = scene(PRODUCTION, STAGED)
    guard = unlocked(stage)

    def silent(group: GroupId) -> tuple[Instance, ...]:
        assert group == OLD_ID
        raise no_answer(code="SOMETHING_ELSE")

    stage.groups.instances = silent  # type: ignore[method-assign]
    guard.before_write(BACK, Forward.to_one(BLUE), locked=False)


def test_without_healthy_targets_or_an_old_group_spot_is_not_asked() -> None:
    stage = scene(STAGED)

    def never(group: GroupId) -> tuple[Instance, ...]:
        raise AssertionError(group)

    stage.groups.instances = never  # type: ignore[method-assign]
    guard = unlocked(stage)
    stage.routes.targets_of[BLUE] = ()
    stage.groups.known.clear()
    assert "0 of 3 required targets are healthy" in stopped(
        lambda: guard.before_write(BACK, Forward.to_one(BLUE), locked=False)
    )
    first = rules(stage, deployment(None, STAGED, (SWAP,)))
    first.before_write(BACK, Forward.to_one(BLUE), locked=False)


def test_a_rule_of_which_the_port_is_not_known_is_named_without_it() -> None:
    assert replace(route((BLUE, 1)), port=0).label == "web-alb rule c1"
    assert replace(route((BLUE, 1)), port=0, is_default=True).label == "web-alb default rule"


def test_a_rule_that_sends_requests_nowhere_goes_back_to_whatever_is_healthy_in_blue() -> None:
    stage, record = scene(PRODUCTION, STAGED), deployment(PRODUCTION, STAGED, (SWAP,))
    stage.routes.healthy[BLUE] = 1
    guard = rules(stage, record, whole=True)
    assert objection(lambda: guard.before_write(route((BLUE, 0)), Forward.to_one(BLUE))) == ""


def test_green_before_there_is_a_group_is_judged_by_its_targets() -> None:
    stage = scene(PRODUCTION)
    stage.routes.healthy[GREEN] = 2
    assert "2 of 3 required targets are healthy" in stopped(
        lambda: rules(stage, deployment(PRODUCTION, None, (SWAP,))).before_write(SWAP.prod, Forward.to_one(GREEN))
    )
