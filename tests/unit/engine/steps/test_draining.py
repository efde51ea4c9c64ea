"""Waiting while old instances drain: how often the new group is looked at, and what happens when it fails."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.draining import wait_drained, watch_new
from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.errors import CancelledError, CredentialError, FailedError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Capacity, Group, GroupId, Instance, InstanceState, Target, TargetState
from tests.support.fakes import (
    BLUE,
    NEW_ID,
    OLD_ID,
    FakeGroups,
    FakeRoutes,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    scene,
)

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID, target_groups=(BLUE,))
RECORD = deployment(OLD, NEW)
NEVER = Wait("web__7 down to 0", lambda: Waiting("3 draining"))
FAILING = Wait("web__8 in production", lambda: Failed("0 of 3 healthy"))
BACK = Note("Scaling web__7 back to 2/3/6 (minimum/target/maximum) first.")


def test_the_old_group_is_scaled_back_before_anything_else_is_done_about_a_failure() -> None:
    stage = scene(OLD, NEW)
    context = stage.world()
    context.written.restored = {OLD_ID}
    with pytest.raises(FailedError) as caught:
        wait_drained(RECORD, context, [NEVER], [FAILING])
    assert caught.value.message == "web__8 in production: 0 of 3 healthy."
    assert (stage.groups.calls, stage.events[-1]) == ([("scale", OLD_ID, "2/3/6")], BACK)
    assert context.written.restored == set()


def test_a_scale_back_that_fails_is_warned_of_and_the_first_failure_stays() -> None:
    stage = scene(OLD, NEW)
    stage.groups.errors["scale"] = no_answer("Throttled")
    with pytest.raises(FailedError) as caught:
        wait_drained(RECORD, stage.world(), [NEVER], [FAILING])
    assert caught.value.message == "web__8 in production: 0 of 3 healthy."
    assert stage.events[-2:] == [
        BACK,
        WarningEvent(f"web__7 ({OLD_ID}) could not be scaled back to 2/3/6 yet: Throttled"),
    ]


@pytest.mark.parametrize(
    ("complete", "written", "back"), [(True, False, False), (True, True, True), (False, False, True)]
)
def test_an_old_group_that_was_never_scaled_down_is_left_alone(*, complete: bool, written: bool, back: bool) -> None:
    """Spot may store less than it is told to: a write that restores nothing can only take from production."""
    stage = scene(OLD, NEW)
    context = stage.world()
    context.written.complete = complete
    context.written.capacities = {OLD_ID: Capacity(2, 2, 6)} if written else {}
    with pytest.raises(FailedError):
        wait_drained(RECORD, context, [NEVER], [FAILING])
    assert (stage.groups.calls, BACK in stage.events) == ([("scale", OLD_ID, "2/3/6")] if back else [], back)


@pytest.mark.parametrize("error", [TimedOutError("late"), CancelledError("SIGTERM")])
def test_a_wait_that_ends_without_a_failure_leaves_the_old_group_as_it_is(error: Exception) -> None:
    def check() -> Ready:
        raise error

    stage = scene(OLD, NEW)
    with pytest.raises(type(error)):
        wait_drained(RECORD, stage.world(), [Wait("web__7 down to 0", check)], ())
    assert stage.groups.calls == []


def test_drained_instances_end_the_wait() -> None:
    stage = scene(OLD, NEW)
    wait_drained(RECORD, stage.world(), [Wait("web__7 down to 0", lambda: Ready("no instances remaining"))], ())
    assert stage.groups.calls == []


def watch(stage: Scene, needed: int = 3, *, aws: bool = True) -> tuple[DeployContext, Wait]:
    context = stage.world(aws=aws)
    (found,) = watch_new(context, NEW, needed)
    return context, found


def test_the_new_group_is_looked_at_often_at_first_and_twice_as_often_once_something_is_wrong() -> None:
    _, found = watch(scene(NEW))
    assert found.what == "web__8 in production"
    assert [found.first, found.interval(0.0), found.interval(29.0), found.interval(30.0)] == [5.0, 5.0, 5.0, 15.0]
    assert found.pace(Waiting("1 of 3 healthy"), 100.0) == 2.5


@pytest.mark.parametrize(
    ("known", "aws", "pauses"),
    [
        (NEW, True, (5.0, 5.0, 15.0)),
        (NEW, False, (21.0, 21.0, 21.0)),
        (replace(NEW, target_groups=()), True, (21.0, 21.0, 21.0)),
    ],
)
def test_a_group_that_only_spot_knows_is_looked_at_less_often_while_its_calls_are_scarce(
    known: Group, pauses: tuple[float, ...], *, aws: bool
) -> None:
    context = scene(known).world(aws=aws)
    context.call_budget.read_spacing = lambda: 7.0
    (found,) = watch_new(context, known, 3)
    assert found.first == pauses[0]
    assert tuple(map(found.interval, (0.0, 29.0, 30.0))) == pauses


def healthy(count: int) -> tuple[Target, ...]:
    return tuple(Target(i.id, TargetState.HEALTHY) for i in instances(NEW_ID, count) if i.id)


def test_while_all_is_well_only_the_targets_are_read() -> None:
    stage = scene(NEW)
    stage.routes.targets_of[BLUE] = healthy(3)
    reads: list[object] = []

    class Groups(FakeGroups):
        def instances(self, group: GroupId) -> tuple[Instance, ...]:
            reads.append((group, stage.clock.passed))
            return super().instances(group)

    class Routes(FakeRoutes):
        def targets(self, target_group: object) -> tuple[Target, ...]:
            reads.append((target_group, stage.clock.passed))
            return super().targets(target_group)  # type: ignore[arg-type]

    stage.groups.__class__, stage.routes.__class__ = Groups, Routes
    _, found = watch(stage)
    for seconds in (5.0, 5.0, 5.1):
        assert found.check() == Ready("3 of 3 healthy", 3, 3)
        stage.clock.sleep(seconds)
    assert found.check() == Ready("3 of 3 healthy", 3, 3)
    assert reads == [(NEW_ID, 0.0), (BLUE, 0.0), (BLUE, 10.0), (BLUE, 15.1)]


def test_a_group_without_target_groups_is_read_each_time() -> None:
    stage = scene(NEW)
    _, found = watch(stage, aws=False)
    assert isinstance(found.check(), Ready)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    assert isinstance(found.check(), Waiting)


def test_a_group_that_is_healthy_needs_no_look_at_its_capacity() -> None:
    class Unlisted(FakeGroups):
        def get(self, group: GroupId) -> None:
            del group

    stage = scene(NEW)
    stage.groups.__class__ = Unlisted
    _, found = watch(stage, aws=False)
    assert isinstance(found.check(), Ready)


def test_a_group_that_is_short_says_why_without_its_count_twice() -> None:
    stage = scene(NEW)
    stage.routes.targets_of[BLUE] = healthy(1)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 1)
    _, found = watch(stage)
    assert found.check() == Waiting("2 not listed by Spot yet", 1, 3)
    stage.clock.sleep(4.9)
    assert found.check() == Waiting("2 not listed by Spot yet", 1, 3)
    stage.clock.sleep(0.1)
    assert found.check() == Failed("1 of 3 healthy: 2 not listed by Spot yet", 1, 3)


def test_a_group_that_recovers_in_time_starts_anew() -> None:
    stage = scene(NEW)
    _, found = watch(stage)
    for count, kind in ((1, Waiting), (3, Ready), (1, Waiting), (2, Waiting)):
        stage.routes.targets_of[BLUE] = healthy(count)
        stage.groups.instances_of[NEW_ID] = instances(NEW_ID, count)
        assert isinstance(found.check(), kind)
        stage.clock.sleep(6.0)


def test_a_group_that_was_deleted_has_failed_once_that_is_certain() -> None:
    gone = no_answer("gone", code="GROUP_DOESNT_EXIST", retryable=False)

    class Gone(FakeGroups):
        def instances(self, group: GroupId) -> tuple[Instance, ...]:
            del group
            raise gone

    class Unlisted(FakeGroups):
        def get(self, group: GroupId) -> None:
            del group

    deleted = f"{NEW_ID} was deleted outside this deployment"
    for kind in (Gone, Unlisted):
        stage = scene(NEW)
        stage.groups.__class__ = kind
        stage.groups.instances_of = {NEW_ID: ()}
        _, found = watch(stage)
        assert found.check() == Waiting(deleted, 0, 0)
        stage.clock.sleep(5.0)
        assert found.check() == Failed(deleted)


@pytest.mark.parametrize("error", [no_answer("Throttled"), CredentialError("Throttled")])
def test_a_read_that_fails_says_nothing_and_does_not_end_what_was_short_before(error: Exception) -> None:
    stage = scene(NEW)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    _, found = watch(stage)
    assert found.check() == Waiting(f"i-{NEW_ID}-0, i-{NEW_ID}-1, i-{NEW_ID}-2: Spot reports UNHEALTHY", 0, 3)

    class Silent(FakeGroups):
        def instances(self, group: GroupId) -> tuple[Instance, ...]:
            del group
            raise error

    stage.groups.__class__ = Silent
    stage.clock.sleep(2.5)
    assert found.check() == Waiting("could not be read: Throttled", 0, 3)
    stage.groups.__class__ = FakeGroups
    stage.clock.sleep(2.5)
    assert isinstance(found.check(), Failed)


def test_a_target_that_a_policy_lowered_within_the_range_is_enough() -> None:
    stage = scene(replace(NEW, capacity=Capacity(2, 2, 6)))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    stage.routes.targets_of[BLUE] = healthy(2)
    context = stage.world()
    (found,) = watch_new(context, replace(NEW, capacity=Capacity(2, 3, 6)), 3)
    assert found.check() == Ready("2 of 2 healthy", 2, 2)
