"""The swap: in which order rules and groups change, and what is read before and after."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import FailedError, SafetyError, TimedOutError
from spotaction.model.events import Note, WaitFinished
from spotaction.model.resources import (
    ZERO,
    Capacity,
    Forward,
    Group,
    GroupId,
    InstanceState,
    ListenerArn,
    Route,
    Weighted,
)
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    THIRD,
    FakeGroups,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    route,
    scene,
)
from tests.support.lagging_routes import IncompleteRoutes, LaggingRoutes, lagging

TO_BLUE, TO_GREEN, TO_THIRD = Forward.to_one(BLUE), Forward.to_one(GREEN), Forward.to_one(THIRD)
KEPT = replace(TO_GREEN, targets=(*TO_GREEN.targets, Weighted(BLUE, 0)))
OLD = group("web", OLD_ID)
NEW = group("web__STAGE__Harness", NEW_ID)
PROD, STAGE = route((BLUE, 1)), route((GREEN, 1), port=8443)
PAIR = RoutePair(PROD, STAGE, BLUE, GREEN)
SECOND = RoutePair(route((BLUE, 1), port=80, name="c2"), route((GREEN, 1), port=8080, name="c2"), BLUE, GREEN)
SHIFT = RoutePair(route((BLUE, 100), (GREEN, 0), name="s"), None, BLUE, GREEN)
RENAMES = [("update", NEW_ID, "web", None), ("update", OLD_ID, "web__STAGE__Harness", None)]
SWAPPED = [(STAGE.rule, KEPT), (PROD.rule, TO_GREEN), (STAGE.rule, TO_BLUE)]


def act(*pairs: RoutePair, new: Group = NEW) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    stage, rules, context = lagging(0.0, scene(OLD, new))
    return stage, rules, context, deployment(OLD, new, pairs or (PAIR,))


def test_blue_stays_checked_then_production_moves_then_the_stage_and_then_the_names() -> None:
    stage, rules, context, record = act()
    SwapRoute().run(record, context)
    assert (rules.writes, stage.groups.calls) == (SWAPPED, RENAMES)
    assert rules.reads == 1 + 1 + 1 + 2 + 1
    assert stage.clock.passed == 0.0


def test_all_load_balancers_with_a_stage_rule_swap_and_the_shifts_do_not() -> None:
    _, rules, context, record = act(PAIR, SHIFT, SECOND)
    assert SECOND.stage is not None
    SwapRoute().run(record, context)
    assert rules.writes == [
        (STAGE.rule, KEPT),
        (SECOND.stage.rule, KEPT),
        (PROD.rule, TO_GREEN),
        (SECOND.prod.rule, TO_GREEN),
        (STAGE.rule, TO_BLUE),
        (SECOND.stage.rule, TO_BLUE),
    ]


def test_a_swap_that_was_interrupted_writes_what_is_left() -> None:
    stage, rules, context, record = act()
    rules.forwards = {PROD.rule: TO_GREEN}
    SwapRoute().run(record, context)
    assert rules.writes == [(STAGE.rule, TO_BLUE)]
    rules.writes.clear()
    SwapRoute().run(record, context)
    assert (rules.writes, stage.groups.calls) == ([], RENAMES * 2)


@pytest.mark.parametrize(
    "pair",
    [
        replace(PAIR, stage=replace(STAGE, listener=ListenerArn(STAGE.listener.replace("/app/", "/net/")))),
        replace(PAIR, stage=route((GREEN, 1), (BLUE, 0), port=8443)),
        replace(PAIR, prod=route((BLUE, 1), (GREEN, 0))),
    ],
)
def test_blue_is_not_added_where_a_rule_names_it_anyway_or_can_name_one_only(pair: RoutePair) -> None:
    _, rules, context, record = act(pair)
    SwapRoute().run(record, context)
    assert [rule for rule, _ in rules.writes] == [PROD.rule, STAGE.rule]
    assert rules.reads == 4


def waiting(stage: Scene, context: DeployContext, seconds: float = 90.0) -> DeployContext:
    """The context of a run that has not passed the gate yet, which takes so long."""

    def pass_gate(_group: GroupId) -> bool:
        stage.clock.sleep(seconds)
        return True

    return replace(context, pass_gate=pass_gate)


@pytest.mark.parametrize("rule", [PROD, STAGE])
@pytest.mark.parametrize("when", [0.0, 60.0])
def test_a_rule_that_was_modified_before_or_during_the_wait_at_the_gate_is_not_overwritten(
    rule: Route, when: float
) -> None:
    stage, rules, context, record = act()
    stage.clock.at(when, lambda: rules.forwards.update({rule.rule: TO_THIRD}))
    stage.clock.sleep(0.0)
    with pytest.raises(FailedError) as caught:
        SwapRoute().run(record, waiting(stage, context))
    assert caught.value.message == (
        f"{rule.label} was modified outside this deployment: it forwarded to {rule.forward} when this deployment "
        "started, now to web-third 100%."
    )
    assert (rules.writes, stage.groups.calls) == ([], [])


def test_a_rule_that_was_modified_while_blue_was_added_is_not_overwritten() -> None:
    stage, rules, context, record = act()
    rules.lag = 5.0
    stage.clock.at(3.0, lambda: rules.forwards.update({PROD.rule: TO_THIRD}))
    with pytest.raises(FailedError, match="web-alb:443 rule c1 was modified outside this deployment"):
        SwapRoute().run(record, context)
    assert rules.writes == [(STAGE.rule, KEPT)]


def test_a_staged_group_that_was_scaled_in_is_scaled_out_before_anything_moves() -> None:
    stage, rules, context, record = act(new=replace(NEW, capacity=Capacity(2, 2, 6)))
    record.capacity = Capacity(2, 3, 6)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    SwapRoute().run(record, context)
    assert stage.groups.calls == [("scale", NEW_ID, "2/3/6"), *RENAMES]
    assert (rules.writes, rules.reads) == (SWAPPED, 7)


def test_the_bake_follows_the_rules_and_precedes_the_names() -> None:
    stage, rules, context, record = act()
    renamed: list[float] = []
    stage.clock.at(59.0, lambda: renamed.append(len(stage.groups.calls)))
    SwapRoute(bake=60.0).run(record, context)
    assert renamed == [0]
    bake = [event for event in stage.events if isinstance(event, Note)]
    assert bake == [
        Note("Bake of web__STAGE__Harness for 1m 00s, until 09:01:00 UTC, with all of production's requests.")
    ]
    finished = [event for event in stage.events if isinstance(event, WaitFinished)]
    assert finished[3].what == "bake of web__STAGE__Harness"
    assert finished[3].reason == "never fewer than 3 of 3 healthy"
    assert (rules.writes, stage.groups.calls) == (SWAPPED, RENAMES)


def test_a_new_group_that_loses_everything_while_it_serves_fails_after_seconds() -> None:
    stage, _, context, record = act()
    dead = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: dead}))
    with pytest.raises(FailedError) as caught:
        SwapRoute(bake=60.0).run(record, context)
    assert "no healthy instance left" in caught.value.message
    assert (stage.groups.calls, stage.clock.passed < 40.0) == ([], True)


def test_without_a_bake_the_new_group_is_not_read() -> None:
    class Silent(FakeGroups):
        def get(self, group: GroupId) -> None:
            raise no_answer(f"Throttled on {group}")

    stage, rules, context, record = act()
    record.capacity, stage.groups.__class__ = None, Silent
    SwapRoute().run(record, context)
    assert (len(rules.writes) > 0, stage.groups.calls) == (True, RENAMES)


def test_a_new_group_that_is_gone_before_the_bake_is_an_error() -> None:
    stage, _, context, record = act()
    record.capacity = None
    del stage.groups.known[NEW_ID]
    with pytest.raises(FailedError) as caught:
        SwapRoute(bake=1.0).run(record, context)
    assert caught.value.message == f"The new Elastigroup {NEW_ID} no longer exists."


def test_production_is_read_once_more_after_the_renames() -> None:
    stage, rules, context, record = act()

    class Meddled(type(stage.groups)):  # type: ignore[misc]
        def update(self, *given: object, **named: object) -> None:
            super().update(*given, **named)
            rules.forwards[PROD.rule] = TO_BLUE

    stage.groups.__class__ = Meddled
    with pytest.raises(TimedOutError) as caught:
        SwapRoute().run(record, context)
    assert caught.value.message == (
        "Timed out after 1m 30s. web-alb:443 rule c1 read-back: 0 of 1, web-alb:443 rule c1 forwards to web-blue 100%, "
        "not to web-green 100%."
    )


def test_the_rollback_restores_production_then_the_stage_then_the_names() -> None:
    stage, rules, context, record = act()
    rules.forwards = {PROD.rule: TO_GREEN, STAGE.rule: TO_BLUE}
    SwapRoute().rollback(record, context)
    assert rules.writes == [(PROD.rule, TO_BLUE), (STAGE.rule, TO_GREEN)]
    assert stage.groups.calls == [("update", OLD_ID, "web", None), ("update", NEW_ID, "web__STAGE__Harness", None)]


def test_rules_that_others_modified_are_told_once_everything_else_is_restored() -> None:
    stage, rules, context, record = act(PAIR, SECOND)
    assert SECOND.stage is not None
    rules.forwards = {PROD.rule: TO_THIRD, SECOND.stage.rule: TO_THIRD}
    with pytest.raises(FailedError) as caught:
        SwapRoute().rollback(record, context)
    modified = "was modified outside this deployment and forwards to web-third 100%"
    assert caught.value.message == (f"Not restored: web-alb:443 rule c1 {modified}; web-alb:8080 rule c2 {modified}.")
    assert [rule for rule, _ in rules.writes] == [SECOND.prod.rule, STAGE.rule]
    assert len(stage.groups.calls) == 2


def test_the_old_group_is_brought_up_where_production_could_not_go_back_to_it() -> None:
    stage, rules, context, record = act()
    context.written.capacities = {OLD_ID: ZERO}
    rules.forwards = {PROD.rule: TO_GREEN}
    rules.errors = {PROD.rule: [SafetyError("web-blue has 0 of 3 healthy targets")]}
    SwapRoute().rollback(record, context)
    assert stage.groups.calls[0] == ("scale", OLD_ID, "2/3/6")
    assert (PROD.rule, TO_BLUE) in rules.writes


def test_a_person_restores_the_rules_and_the_old_groups_name() -> None:
    _, _, _, record = act()
    by_hand = SwapRoute().manual_rollback(record)
    assert [part.split(" ")[0] for part in by_hand.split("; ")] == ["make", "aws", "aws", "rename"]


def test_a_read_that_leaves_a_rule_out_is_no_reason_to_leave_it_out_as_well() -> None:
    _, rules, context, record = act(PAIR, SECOND)
    rules.__class__ = IncompleteRoutes
    with pytest.raises(ValueError, match="longer"):
        SwapRoute().run(record, context)
    assert rules.writes == []
