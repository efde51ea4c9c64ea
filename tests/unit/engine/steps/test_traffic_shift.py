"""The shift of weights: what is written, what may have moved meanwhile, and when the groups change their names."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import FailedError, SafetyError, TimedOutError
from spotaction.model.events import Note, WaitFinished
from spotaction.model.resources import Capacity, Forward, Group, GroupId, InstanceState
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

OLD, NEW = group("web", OLD_ID), group("web__STAGE__Harness", NEW_ID)
ONE = RoutePair(route((BLUE, 100), (GREEN, 0), sticky=60), None, BLUE, GREEN)
TWO = RoutePair(route((GREEN, 0), (BLUE, 1), port=80, name="c2"), None, BLUE, GREEN)
SWAP = RoutePair(route((BLUE, 1), name="s"), route((GREEN, 1), port=8443), BLUE, GREEN)
RENAMES = [("update", NEW_ID, "web", None), ("update", OLD_ID, "web__STAGE__Harness", None)]
FOREIGN = Forward.to_one(THIRD)


def share(green: int, *, sticky: int | None = 60) -> Forward:
    return route((BLUE, 100 - green), (GREEN, green), sticky=sticky).forward


def act(*pairs: RoutePair, new: Group = NEW) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    stage, rules, context = lagging(0.0, scene(OLD, new))
    return stage, rules, context, deployment(OLD, new, pairs or (ONE,))


def test_the_rules_of_the_shift_get_the_weights_and_a_swaps_rule_does_not() -> None:
    stage, rules, context, record = act(ONE, SWAP, TWO)
    TrafficShift("shift-30", 30).run(record, context)
    assert rules.writes == [
        (ONE.prod.rule, share(30)),
        (TWO.prod.rule, route((GREEN, 30), (BLUE, 70)).forward),
    ]
    assert (stage.groups.calls, rules.reads) == ([], 3)


@pytest.mark.parametrize(
    ("live", "weight", "written"),
    [
        (share(50), 30, []),
        (share(30), 30, []),
        (share(30, sticky=None), 30, []),
        (share(29), 30, [share(30)]),
        (share(99), 100, [share(100)]),
        (share(100), 100, []),
        (share(100, sticky=None), 100, [share(100)]),
    ],
)
def test_a_step_never_takes_requests_from_the_new_group(live: Forward, weight: int, written: list[Forward]) -> None:
    _, rules, context, record = act()
    rules.forwards = {ONE.prod.rule: live}
    TrafficShift("shift", weight, renames=False).run(record, context)
    assert [forward for _, forward in rules.writes] == written


@pytest.mark.parametrize(("weight", "unstick", "sticky"), [(99, True, 60), (100, False, 60), (100, True, None)])
def test_stickiness_ends_with_the_last_shift_so_that_no_client_stays_with_blue(
    weight: int, sticky: int | None, *, unstick: bool
) -> None:
    _, rules, context, record = act()
    TrafficShift("shift", weight, unstick=unstick).run(record, context)
    assert rules.writes == [(ONE.prod.rule, share(weight, sticky=sticky))]


@pytest.mark.parametrize(("weight", "renames", "calls"), [(99, True, []), (100, True, RENAMES), (100, False, [])])
def test_the_groups_change_their_names_with_the_last_shift_unless_a_swap_follows(
    weight: int, calls: list[object], *, renames: bool
) -> None:
    stage, rules, context, record = act()
    TrafficShift("shift", weight, renames=renames).run(record, context)
    assert stage.groups.calls == calls
    assert rules.reads == (3 if calls else 2)


def test_the_weights_are_read_once_more_after_the_renames() -> None:
    stage, rules, context, record = act()

    class Meddled(type(stage.groups)):  # type: ignore[misc]
        def update(self, *given: object, **named: object) -> None:
            super().update(*given, **named)
            rules.forwards[ONE.prod.rule] = share(50)

    stage.groups.__class__ = Meddled
    with pytest.raises(TimedOutError) as caught:
        TrafficShift("shift-100", 100).run(record, context)
    assert "forwards to web-blue 50% + web-green 50%, sticky for 60 s, not to" in caught.value.message


@pytest.mark.parametrize("live", [FOREIGN, Forward.to_one(BLUE), route((BLUE, 1), (GREEN, 1), (THIRD, 1)).forward])
@pytest.mark.parametrize("when", [0.0, 60.0])
def test_a_rule_that_no_longer_has_both_target_groups_was_modified_by_somebody_else(live: Forward, when: float) -> None:
    stage, rules, context, record = act()

    def pass_gate(_group: GroupId) -> bool:
        stage.clock.sleep(90.0)
        return True

    stage.clock.at(when, lambda: rules.forwards.update({ONE.prod.rule: live}))
    stage.clock.sleep(0.0)
    with pytest.raises(FailedError) as caught:
        TrafficShift("shift-30", 30).run(record, replace(context, pass_gate=pass_gate))
    assert caught.value.message == (f"web-alb:443 rule c1 was modified outside this deployment: it forwards to {live}.")
    assert rules.writes == []


def test_a_staged_group_that_was_scaled_in_is_scaled_out_before_it_gets_requests() -> None:
    stage, rules, context, record = act(new=replace(NEW, capacity=Capacity(2, 2, 6)))
    record.capacity = Capacity(2, 3, 6)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    TrafficShift("shift-30", 30).run(record, context)
    assert stage.groups.calls == [("scale", NEW_ID, "2/3/6")]
    assert (rules.writes, rules.reads) == ([(ONE.prod.rule, share(30))], 3)


def test_the_bake_follows_the_weights_and_the_rules_are_read_again_after_it() -> None:
    stage, rules, context, record = act()
    TrafficShift("shift-30", 30, bake=60.0).run(record, context)
    assert [event for event in stage.events if isinstance(event, Note)] == [
        Note("Bake of web__STAGE__Harness for 1m 00s, until 09:01:00 UTC, with 30% of production's requests.")
    ]
    finished = [event.what for event in stage.events if isinstance(event, WaitFinished)]
    assert finished == ["web-alb:443 rule c1 read-back", "bake of web__STAGE__Harness", "production's rules"]
    assert (stage.clock.passed, rules.reads) == (60.0, 3)


def test_a_rule_that_was_modified_during_the_bake_fails_the_step() -> None:
    for live in (share(30), share(50)):
        stage, rules, context, record = act()
        rules.forwards = {ONE.prod.rule: live}
        stage.clock.at(30.0, lambda rules=rules: rules.forwards.update({ONE.prod.rule: share(10)}))  # type: ignore[misc]
        with pytest.raises(FailedError) as caught:
            TrafficShift("shift-30", 30, bake=60.0).run(record, context)
        assert caught.value.message == (
            "production's rules: web-alb:443 rule c1 was modified outside this deployment: it forwards to web-blue "
            f"90% + web-green 10%, sticky for 60 s, not to {live}."
        )


def test_a_rule_that_was_shifted_is_compared_with_what_was_written() -> None:
    _, rules, context, record = act()
    rules.clock.at(30.0, lambda: rules.forwards.update({ONE.prod.rule: share(0)}))
    with pytest.raises(FailedError, match=r"not to web-blue 70% \+ web-green 30%, sticky for 60 s"):
        TrafficShift("shift-30", 30, bake=60.0).run(record, context)


def test_a_new_group_that_loses_everything_during_the_bake_fails_after_seconds() -> None:
    stage, _, context, record = act()
    dead = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: dead}))
    with pytest.raises(FailedError) as caught:
        TrafficShift("shift-30", 30, bake=60.0).run(record, context)
    assert "no healthy instance left" in caught.value.message
    assert stage.clock.passed < 40.0


def test_without_a_bake_the_new_group_is_not_read() -> None:
    class Silent(FakeGroups):
        def get(self, group: GroupId) -> None:
            raise no_answer(f"Throttled on {group}")

    stage, rules, context, record = act()
    record.capacity, stage.groups.__class__ = None, Silent
    TrafficShift("shift-100", 100).run(record, context)
    assert (len(rules.writes) > 0, stage.groups.calls) == (True, RENAMES)


def test_a_new_group_that_is_gone_before_the_bake_is_an_error() -> None:
    stage, _, context, record = act()
    record.capacity = None
    del stage.groups.known[NEW_ID]
    with pytest.raises(FailedError) as caught:
        TrafficShift("shift-30", 30, bake=1.0).run(record, context)
    assert caught.value.message == f"The new Elastigroup {NEW_ID} no longer exists."


def test_the_rollback_restores_the_weights_and_the_names_and_tells_what_others_modified() -> None:
    stage, rules, context, record = act(ONE, TWO)
    rules.forwards = {ONE.prod.rule: share(30), TWO.prod.rule: FOREIGN}
    with pytest.raises(FailedError) as caught:
        TrafficShift("shift-30", 30).rollback(record, context)
    assert caught.value.message == (
        "Not restored: web-alb:80 rule c2 was modified outside this deployment and forwards to web-third 100%."
    )
    assert rules.writes == [(ONE.prod.rule, ONE.prod.forward)]
    assert stage.groups.calls == [("update", OLD_ID, "web", None), ("update", NEW_ID, "web__STAGE__Harness", None)]


def test_the_old_group_is_brought_up_where_production_could_not_go_back_to_it() -> None:
    stage, rules, context, record = act()
    rules.forwards = {ONE.prod.rule: share(100)}
    rules.errors = {ONE.prod.rule: [SafetyError("web-blue has 0 of 3 healthy targets")]}
    TrafficShift("shift-100", 100).rollback(record, context)
    assert stage.groups.calls[0] == ("scale", OLD_ID, "2/3/6")
    assert rules.writes == [(ONE.prod.rule, ONE.prod.forward)]


def test_a_person_restores_the_rules_and_the_old_groups_name() -> None:
    record = act(ONE, TWO)[3]
    by_hand = TrafficShift("shift-30", 30).manual_rollback(record)
    assert [part.split(" ")[0] for part in by_hand.split("; ")] == ["make", "aws", "aws", "rename"]


def test_a_read_that_leaves_a_rule_out_is_no_reason_to_leave_it_out_as_well() -> None:
    _, rules, context, record = act(ONE, TWO)
    rules.__class__ = IncompleteRoutes
    with pytest.raises(ValueError, match="shorter"):
        TrafficShift("shift-30", 30).run(record, context)
    assert rules.writes == []
