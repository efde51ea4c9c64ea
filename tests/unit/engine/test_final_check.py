"""The check at the very end: what has to hold, and what cannot be read."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.engine.final_check import check_result
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.engine.waits.health import GroupHealth
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import ApiError, CredentialError, FailedError
from spotaction.model.events import ManualActionNeeded, WaitFinished, WaitProgress, WarningEvent
from spotaction.model.resources import Capacity, Forward, Group, GroupId, Instance, InstanceState, Route
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    THIRD,
    FakeGroups,
    FakeRoutes,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    route,
    scene,
    swap_pair,
)

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
HALF, WHOLE = Deploy("deploy-50", Amount(percent=50)), Deploy("deploy-100", Amount(percent=100))
SETUP = Setup("web__8", {})
SWAP, SHIFT = swap_pair(), RoutePair(route((BLUE, 100), (GREEN, 0), name="s"), None, BLUE, GREEN)
STEADY = WaitFinished("web__8 steady", "3 of 3 healthy", 0.0, 1)
RULES = WaitFinished("production's rules", "as written", 0.0, 1)


def check(stage: Scene, *steps: Step, record: Deployment | None = None, done: Sequence[Step] | None = None) -> Scene:
    record = record or deployment(OLD, NEW)
    record.completed_steps = [step.name for step in (steps if done is None else done)]
    check_result(steps, record, stage.world())
    return stage


def fails(stage: Scene, *steps: Step, record: Deployment | None = None) -> str:
    with pytest.raises(FailedError) as caught:
        check(stage, *steps, record=record)
    return caught.value.message


def test_a_new_group_that_is_steady_at_the_requested_capacity_passes() -> None:
    assert check(scene(OLD, NEW), SETUP, WHOLE).events == [STEADY]


def test_a_swap_or_shift_reports_another_group_of_the_name_that_the_new_group_took() -> None:
    swap, took = SwapRoute(), replace(NEW, name="web")
    lagging, beside = replace(OLD, name="web"), group("web", GroupId("sig-0000000c"))
    twice = ManualActionNeeded(
        "two groups are called web",
        f"sig-0000000c and this deployment's {NEW_ID}; something else deployed web at the same time",
        "find out which of them is to serve, and delete the other one",
    )

    def reports(*groups: Group, steps: Sequence[Step] = (SETUP, swap), old: Group | None = OLD) -> list[object]:
        stage = check(scene(*groups), *steps, record=deployment(old, took))
        return [event for event in stage.events if isinstance(event, ManualActionNeeded)]

    def shift(weight: int, *, renames: bool = True) -> Sequence[Step]:
        return SETUP, TrafficShift("shift", weight, renames=renames)

    assert reports(lagging, took, beside) == [twice]
    assert reports(took, beside, old=None) == [twice]
    assert reports(lagging, took) == []
    assert reports(lagging, took, beside, steps=(SETUP, WHOLE)) == []
    assert reports(lagging, took, beside, steps=shift(100)) == [twice]
    assert reports(lagging, took, beside, steps=shift(99)) == []
    assert reports(lagging, took, beside, steps=shift(100, renames=False)) == []


def test_a_list_that_cannot_be_read_at_the_end_is_warned_of() -> None:
    stage = scene(OLD, NEW)

    def refuse() -> tuple[Group, ...]:
        raise CredentialError("expired")

    stage.groups.all = refuse  # type: ignore[method-assign]
    check(stage, SETUP, SwapRoute())
    assert stage.events == [STEADY, WarningEvent("Could not check that no other group is called web__8: expired")]


def test_a_deployment_that_completed_nothing_or_has_no_group_has_nothing_to_check() -> None:
    stage = scene(OLD)
    check(stage, WHOLE, done=())
    ignored = deployment(OLD, NEW, ignored_failures={"deploy-100"})
    check(stage, WHOLE, record=ignored)
    check(stage, WHOLE, record=deployment(OLD, None))
    bare = deployment(OLD, NEW)
    bare.capacity = None
    check(stage, WHOLE, record=bare)
    assert stage.events == []


def test_a_canary_that_ends_before_its_last_phase_needs_only_that_phases_capacity() -> None:
    small = replace(NEW, capacity=Capacity.fixed(2))
    assert check(scene(OLD, small), SETUP, HALF).events == [WaitFinished("web__8 steady", "2 of 2 healthy", 0.0, 1)]
    assert "Spot keeps" in fails(scene(OLD, small), HALF, WHOLE)
    assert check(scene(OLD, small), HALF, WHOLE, done=(HALF,)).events != []


def test_a_group_that_spot_keeps_smaller_than_requested_fails() -> None:
    stage = scene(OLD, replace(NEW, capacity=Capacity(1, 3, 6)))
    assert "although 2/3/6 was requested" in fails(stage, WHOLE)


def test_the_group_is_known_from_its_last_read_without_another() -> None:
    stage = scene(OLD, NEW)
    context = stage.world()
    context.health_cache.views[NEW_ID] = (0.0, GroupHealth(replace(NEW, name="web__8 as read"), ()))
    record = deployment(OLD, NEW, completed_steps=["deploy-100"])
    check_result([WHOLE], record, context)
    assert stage.events == [replace(STEADY, what="web__8 as read steady")]
    assert fails(scene(OLD), WHOLE) == f"The new Elastigroup {NEW_ID} no longer exists."


@pytest.mark.parametrize(
    ("old", "capacity", "needed"),
    [(OLD, Capacity(2, 3, 6), 3), (group("web__7", OLD_ID, Capacity(1, 2, 6)), Capacity(2, 3, 6), 2)],
)
def test_instances_that_fail_in_production_fail_the_check_at_once(old: Group, capacity: Capacity, needed: int) -> None:
    stage = scene(old, NEW)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    record = deployment(old, NEW)
    record.capacity = capacity
    assert fails(stage, WHOLE, record=record).startswith(f"web__8 in production: 0 of {needed} healthy: ")
    assert stage.clock.passed == 10.0


def test_a_phase_is_needed_only_as_far_as_it_goes_and_a_first_deployment_not_at_all() -> None:
    stage = scene(OLD, replace(NEW, capacity=Capacity.fixed(2)))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2, InstanceState.UNHEALTHY)
    assert fails(stage, HALF).startswith("web__8 in production: 0 of 2 healthy: ")
    first = scene(NEW)
    first.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    assert fails(first, WHOLE, record=deployment(None, NEW)).startswith("Timed out after 20m 00s. web__8 steady: ")


@pytest.mark.parametrize(
    ("steps", "live"),
    [
        ((SwapRoute(),), {SWAP.prod.rule: Forward.to_one(GREEN)}),
        ((TrafficShift("shift-30", 30),), {SHIFT.prod.rule: route((BLUE, 70), (GREEN, 30)).forward}),
        (
            (TrafficShift("shift-30", 30), TrafficShift("shift-100", 100), SwapRoute()),
            {SWAP.prod.rule: Forward.to_one(GREEN), SHIFT.prod.rule: route((BLUE, 0), (GREEN, 100)).forward},
        ),
    ],
)
def test_productions_rules_have_to_forward_as_the_last_step_wrote_them(
    steps: tuple[Step, ...], live: dict[object, Forward]
) -> None:
    stage = scene(OLD, NEW)
    stage.routes.forwards = dict(live)  # type: ignore[arg-type]
    assert check(stage, *steps, record=deployment(OLD, NEW, (SWAP, SHIFT))).events == [STEADY, RULES]
    for rule in live:
        stage.routes.forwards = {**live, rule: Forward.to_one(THIRD)}  # type: ignore[dict-item]
        message = fails(stage, *steps, record=deployment(OLD, NEW, (SWAP, SHIFT)))
        assert "was modified outside this deployment: it forwards to web-third 100%" in message


def test_a_rule_that_is_modified_while_the_group_is_awaited_fails_the_check() -> None:
    stage = scene(OLD, NEW)
    stage.routes.forwards[SWAP.prod.rule] = Forward.to_one(GREEN)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    stage.clock.at(30.0, lambda: stage.routes.forwards.update({SWAP.prod.rule: Forward.to_one(THIRD)}))
    message = fails(stage, SwapRoute(), record=deployment(OLD, NEW, (SWAP,)))
    assert message.startswith("production's rules: web-alb:443 rule c1 was modified outside this deployment")


class Silent(FakeGroups):
    """Instances cannot be read, for the reason in `errors`."""

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        if "instances" in self.errors:
            raise self.errors["instances"]
        return super().instances(group)


def silent(error: Exception) -> Scene:
    stage = scene(OLD, NEW)
    stage.groups = Silent(stage.groups.known, errors={"instances": error})
    return stage


@pytest.mark.parametrize("error", [CredentialError("denied"), no_answer("denied", retryable=False)])
def test_what_cannot_be_read_for_good_is_warned_of_and_does_not_fail_a_release_that_went_well(error: Exception) -> None:
    stage = check(silent(error), WHOLE, record=deployment(None, NEW))
    assert stage.events == [
        WarningEvent("Could not check that web__8 is still steady: denied"),
        WaitFinished("web__8 steady", "not checked", 0.0, 1),
    ]


def test_a_read_that_may_succeed_later_is_given_a_minute() -> None:
    stage = check(silent(no_answer("Throttled")), WHOLE, record=deployment(None, NEW))
    assert stage.events[0] == WaitProgress("web__8 steady", "could not be read: Throttled", 0, 0, 0.0, 1200.0)
    assert stage.events[-2] == WarningEvent("Could not check that web__8 is still steady: Throttled")
    assert 60.0 <= stage.clock.passed <= 75.0


def test_a_read_that_succeeds_in_between_gives_the_next_ones_a_minute_again() -> None:
    stage = silent(no_answer("Throttled"))
    error = stage.groups.errors["instances"]
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    stage.clock.at(50.0, stage.groups.errors.clear)
    stage.clock.at(62.0, lambda: stage.groups.errors.update(instances=error))
    check(stage, WHOLE, record=deployment(None, NEW))
    assert stage.clock.passed > 115.0


def test_rules_that_cannot_be_read_are_warned_of() -> None:
    class Mute(FakeRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            del routes
            raise ApiError("denied", service="ELB", call="DescribeRules")

    stage = scene(OLD, NEW)
    stage.routes = Mute()
    check(stage, SwapRoute(), record=deployment(OLD, NEW, (SWAP,)))
    assert stage.events == [
        STEADY,
        WarningEvent("Could not check that production's rules are still as written: denied"),
        WaitFinished("production's rules", "not checked", 0.0, 1),
    ]
