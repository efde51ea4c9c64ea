from dataclasses import dataclass, replace

from spotaction.engine.forwards import RULE_LAG
from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.steps.draining import watch_new
from spotaction.engine.steps.production_rules import watch_rules
from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.model.resources import Capacity, Forward, GroupId, Instance, InstanceState, Target, TargetState
from tests.support.fakes import BLUE, NEW_ID, RANGE, FakeGroups, group, instances, no_answer, route, scene

NEW = group("web__8", NEW_ID, target_groups=(BLUE,), health_check="TARGET_GROUP")
PROD = route((BLUE, 1))
UP = instances(NEW_ID, 3)


def targets(*states: TargetState) -> tuple[Target, ...]:
    return tuple(Target(i.id, state) for i, state in zip(UP, states, strict=False) if i.id is not None)


def test_where_production_needs_nothing_of_the_new_group_nothing_is_watched() -> None:
    assert watch_new(scene(NEW).world(), NEW, 0) == ()


def test_instances_that_fail_are_looked_at_twice_before_anything_is_done() -> None:
    stage = scene(NEW)
    (watch,) = watch_new(stage.world(), NEW, 3)
    stage.routes.targets_of[BLUE] = targets(*[TargetState.HEALTHY] * 3)
    assert watch.check() == Ready("3 of 3 healthy", 3, 3)

    stage.routes.targets_of[BLUE] = targets(TargetState.HEALTHY, TargetState.HEALTHY, TargetState.UNHEALTHY)
    stage.clock.sleep(10.0)
    assert watch.check() == Waiting(f"i-{NEW_ID}-2: unhealthy in web-blue", 2, 3)
    stage.clock.sleep(5.0)
    assert watch.check() == Failed(f"2 of 3 healthy: i-{NEW_ID}-2: unhealthy in web-blue", 2, 3)


def test_a_check_that_failed_once_is_forgotten() -> None:
    stage = scene(NEW)
    (watch,) = watch_new(stage.world(), NEW, 3)
    for state in (TargetState.UNHEALTHY, TargetState.HEALTHY, TargetState.UNHEALTHY):
        stage.routes.targets_of[BLUE] = targets(TargetState.HEALTHY, TargetState.HEALTHY, state)
        assert not isinstance(watch.check(), Failed)
        stage.clock.sleep(10.0)


def test_what_fails_and_recovers_again_and_again_has_failed() -> None:
    stage = scene(NEW)
    (watch,) = watch_new(stage.world(), NEW, 3)
    for state in (TargetState.UNHEALTHY, TargetState.HEALTHY) * 2:
        stage.routes.targets_of[BLUE] = targets(TargetState.HEALTHY, TargetState.HEALTHY, state)
        assert not isinstance(watch.check(), Failed)
        stage.clock.sleep(10.0)

    stage.routes.targets_of[BLUE] = targets(TargetState.HEALTHY, TargetState.HEALTHY, TargetState.UNHEALTHY)
    why = f"2 of 3 healthy: i-{NEW_ID}-2: unhealthy in web-blue; below the required number 3 times since it took over"
    assert watch.check() == Failed(why, 2, 3)


def test_a_target_that_a_policy_lowered_is_enough() -> None:
    stage = scene(replace(NEW, capacity=Capacity(2, 2, 6)))
    stage.groups.instances_of[NEW_ID] = UP[:2]
    stage.routes.targets_of[BLUE] = targets(TargetState.HEALTHY, TargetState.HEALTHY)
    (watch,) = watch_new(stage.world(), replace(NEW, capacity=RANGE), 3)
    assert watch.check() == Ready("2 of 2 healthy", 2, 2)


def test_without_aws_spot_alone_is_watched() -> None:
    stage = scene(NEW)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    (watch,) = watch_new(stage.world(aws=False), NEW, 3)
    watch.check()
    stage.clock.sleep(5.0)
    assert isinstance(watch.check(), Failed)


def test_a_rule_that_differs_is_somebody_elses_once_no_read_can_be_from_before_our_write() -> None:
    stage = scene(NEW)
    world = stage.world()
    world.written.rules[PROD.rule] = RuleWrite(Forward.to_one(BLUE), stage.clock.now())
    (watch,) = watch_rules(world, {PROD: Forward.to_one(BLUE)})
    assert watch.check() == Ready("as written")

    stage.routes.forwards[PROD.rule] = route((BLUE, 1), ("arn:x:targetgroup/web-third/1", 1)).forward  # type: ignore[arg-type]
    stage.clock.sleep(5.0)
    assert isinstance(watch.check(), Waiting)
    stage.clock.sleep(RULE_LAG)
    verdict = watch.check()
    assert isinstance(verdict, Failed)
    assert (
        "was modified outside this deployment: it forwards to web-blue 50% + web-third 50%, not to web-blue 100%"
        in verdict.reason
    )


@dataclass
class Silent(FakeGroups):
    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        raise no_answer(f"Spot answered 503 on {group}")


def test_that_nothing_can_be_seen_says_nothing() -> None:
    world = replace(scene(NEW).world(), groups=Silent({NEW_ID: NEW}))
    (watch,) = watch_new(world, NEW, 3)
    assert watch.check() == Waiting(f"could not be read: Spot answered 503 on {NEW_ID}", 0, 3)
