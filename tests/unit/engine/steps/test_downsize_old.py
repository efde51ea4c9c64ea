"""The end of a blue-green deployment: the bake, the old group's scale-down, and what is watched while it drains."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.downsize_old import DownsizeOld
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import FailedError
from spotaction.model.events import Note, WaitFinished
from spotaction.model.resources import ZERO, Capacity, Forward, Group, InstanceState, Route
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, THIRD, Scene, deployment, group, instances, route, scene
from tests.support.lagging_routes import LaggingRoutes, lagging

OLD, NEW = group("web__STAGE__Harness", OLD_ID), group("web", NEW_ID)
SWAP = RoutePair(route((BLUE, 1)), route((GREEN, 1), port=8443), BLUE, GREEN)
SHIFT = RoutePair(route((BLUE, 100), (GREEN, 0), name="s", sticky=60), None, BLUE, GREEN)
PLAIN = RoutePair(route((BLUE, 100), (GREEN, 0), name="p"), None, BLUE, GREEN)
LIVE = {
    SWAP.prod.rule: Forward.to_one(GREEN),
    SHIFT.prod.rule: route((BLUE, 0), (GREEN, 100)).forward,
    PLAIN.prod.rule: route((BLUE, 0), (GREEN, 100)).forward,
}
TO_THIRD = Forward.to_one(THIRD)


def act(
    *pairs: RoutePair, old: Group | None = OLD, new: Group = NEW
) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment, list[object]]:
    """Production forwards to green; the list tells of scaling, reads of rules and the gate in order."""
    order: list[object] = []
    stage = scene(*([old] if old else []), new)
    stage.groups.calls = order  # type: ignore[assignment]

    class Told(LaggingRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            order.append("read")
            return super().read(routes)

    _, rules, context = lagging(0.0, stage)
    rules.__class__ = Told
    rules.forwards.update(LIVE)

    def pass_gate(ident: object) -> bool:
        order.append(("gate", ident))
        return False

    return stage, rules, replace(context, pass_gate=pass_gate), deployment(old, new, pairs or (SWAP, SHIFT)), order


def test_the_rules_are_read_between_the_gate_and_the_scale_down() -> None:
    stage, rules, context, record, order = act()
    DownsizeOld().run(record, context)
    assert order[:3] == [("gate", OLD_ID), "read", ("scale", OLD_ID, "0/0/0")]
    assert [event.what for event in stage.events if isinstance(event, WaitFinished)] == [
        "production's rules",
        "web__STAGE__Harness down to 0",
    ]
    assert (rules.writes, OLD_ID in context.health_cache.draining) == ([], True)


def test_the_new_group_has_to_stay_steady_before_the_old_one_goes() -> None:
    stage, _, context, record, order = act()
    stage.clock.at(60.0, lambda: order.append("the bake is over"))
    DownsizeOld(delay=60.0).run(record, context)
    assert order[:2] == ["the bake is over", ("gate", OLD_ID)]
    assert [event for event in stage.events if isinstance(event, Note)] == [
        Note("Bake of web for 1m 00s, until 09:01:00 UTC, before web__STAGE__Harness is scaled down.")
    ]

    stage, _, context, record, order = act()
    dead = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: dead}))
    with pytest.raises(FailedError) as caught:
        DownsizeOld(delay=60.0).run(record, context)
    assert "no healthy instance left" in caught.value.message
    assert (order, stage.clock.passed < 40.0) == ([], True)


@pytest.mark.parametrize("pair", [SWAP, SHIFT])
def test_a_rule_that_somebody_else_modified_keeps_the_old_group_up(pair: RoutePair) -> None:
    stage, rules, context, record, order = act()
    rules.forwards[pair.prod.rule] = TO_THIRD
    with pytest.raises(FailedError) as caught:
        DownsizeOld().run(record, context)
    assert caught.value.message == (
        f"production's rules: {pair.prod.label} was modified outside this deployment: it forwards to web-third 100%, "
        f"not to {'web-green 100%' if pair is SWAP else 'web-blue 0% + web-green 100%, sticky for 60 s'}."
    )
    assert {entry for entry in order if entry != "read"} == {("gate", OLD_ID)}
    assert stage.groups.known[OLD_ID] == OLD


def test_a_rule_that_is_modified_while_the_old_group_drains_brings_it_back_at_once() -> None:
    stage, rules, context, record, order = act()
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3)
    stage.clock.at(20.0, lambda: rules.forwards.update({SWAP.prod.rule: TO_THIRD}))
    with pytest.raises(FailedError) as caught:
        DownsizeOld().run(record, context)
    assert "web-alb:443 rule c1 was modified outside this deployment" in caught.value.message
    assert order[-1] == ("scale", OLD_ID, "2/3/6")
    assert stage.clock.passed < 60.0


@pytest.mark.parametrize(
    ("capacity", "live", "needed"),
    [
        (Capacity(2, 3, 6), Capacity(2, 4, 6), 3),
        (Capacity(1, 2, 6), Capacity(2, 3, 6), 2),
        (None, Capacity(1, 2, 6), 2),
        (Capacity(2, 9, 9), Capacity(2, 9, 9), 3),
    ],
)
def test_a_new_group_that_fails_while_the_old_one_drains_brings_it_back_at_once(
    capacity: Capacity | None, live: Capacity, needed: int
) -> None:
    stage, _, context, record, order = act(new=replace(NEW, capacity=live))
    record.capacity = capacity
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3)
    dead = instances(NEW_ID, live.target, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: dead}))
    with pytest.raises(FailedError) as caught:
        DownsizeOld().run(record, context)
    assert f"web in production: 0 of {needed} healthy: " in caught.value.message
    assert order[-1] == ("scale", OLD_ID, "2/3/6")


def test_a_new_group_that_is_gone_keeps_the_old_one_up() -> None:
    stage, _, context, record, order = act()
    del stage.groups.known[NEW_ID]
    with pytest.raises(FailedError) as caught:
        DownsizeOld().run(record, context)
    assert caught.value.message == f"The new Elastigroup {NEW_ID} no longer exists."
    assert order == []


def test_an_old_group_that_is_gone_or_never_was_needs_no_scale_down() -> None:
    for old in (OLD, None):
        stage, rules, context, record, order = act(old=old)
        stage.groups.known.pop(OLD_ID, None)
        DownsizeOld().run(record, context)
        assert (order, rules.writes, stage.events) == ([], [], [])


def test_stickiness_that_the_last_shift_turned_off_is_restored_where_the_rule_had_it() -> None:
    _, rules, context, record, _ = act(SWAP, SHIFT, PLAIN)
    sticky = route((BLUE, 0), (GREEN, 100), sticky=60).forward
    DownsizeOld(restick=True).run(record, context)
    assert rules.writes == [(SHIFT.prod.rule, sticky)]
    DownsizeOld(restick=True).run(record, context)
    assert rules.writes == [(SHIFT.prod.rule, sticky)]


def test_stickiness_is_restored_although_there_was_no_old_group_and_reads_nothing_without_any() -> None:
    _, rules, context, record, order = act(SHIFT, old=None)
    DownsizeOld(restick=True).run(record, context)
    assert [rule for rule, _ in rules.writes] == [SHIFT.prod.rule]
    order.clear()
    DownsizeOld(restick=True).run(deployment(None, NEW, (SWAP, PLAIN)), context)
    assert order == []


def test_stickiness_is_restored_on_each_rule_after_the_old_group_is_gone() -> None:
    other = replace(SHIFT, prod=route((GREEN, 0), (BLUE, 100), name="t", sticky=90))
    _, rules, context, record, order = act(SHIFT, other)
    rules.forwards[other.prod.rule] = route((GREEN, 100), (BLUE, 0), name="t").forward
    DownsizeOld(restick=True).run(record, context)
    assert rules.writes == [
        (SHIFT.prod.rule, route((BLUE, 0), (GREEN, 100), sticky=60).forward),
        (other.prod.rule, route((GREEN, 100), (BLUE, 0), sticky=90).forward),
    ]
    assert ("scale", OLD_ID, "0/0/0") in order


def test_the_rollback_restores_the_old_groups_capacity() -> None:
    stage, _, context, record, order = act(old=replace(OLD, capacity=ZERO))
    record = deployment(OLD, NEW, (SWAP,))
    DownsizeOld().rollback(record, context)
    assert [entry for entry in order if entry != "read"] == [("scale", OLD_ID, "2/3/6")]
    assert stage.groups.known[OLD_ID].capacity == OLD.capacity


def test_a_person_restores_the_old_groups_capacity() -> None:
    url = f"https://console.spotinst.com/#/aws/ec2/elastigroup/view/{OLD_ID}"
    assert DownsizeOld().manual_rollback(deployment(OLD, NEW)) == (
        f"set the capacity (minimum/target/maximum) to 2/3/6 in web__STAGE__Harness ({OLD_ID}): {url}"
    )


def test_a_read_that_leaves_a_rule_out_is_no_reason_to_leave_its_stickiness_off() -> None:
    _, rules, context, _, _ = act(SHIFT, old=None)

    class Short(LaggingRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            return super().read(routes)[:-1]

    rules.__class__ = Short
    with pytest.raises(ValueError, match="shorter"):
        DownsizeOld(restick=True).run(deployment(None, NEW, (SHIFT,)), context)
