"""A phase: how far the new group grows, what remains of the old one, and what is waited for and watched between."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.waits.health_cache import DrainingInstances
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError
from spotaction.model.events import Note, WaitFinished
from spotaction.model.resources import ZERO, Capacity, Group, GroupId, InstanceState
from tests.support.fakes import NEW_ID, OLD_ID, RANGE, Scene, deployment, group, instances, scene

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID, ZERO)
HALF, WHOLE = Amount(percent=50), Amount(percent=100)
STAYS = "web__8 stays at {} in this phase regardless of load"


def act(
    old: Group | None = OLD, new: Group = NEW, live: Group | None = None
) -> tuple[Scene, DeployContext, Deployment, list[object]]:
    """A deployment of web__8 beside `old`, which reads as `live`; the list tells of scaling and the gate in order."""
    stage = scene(*([live or old] if old else []), new)
    order: list[object] = []

    def pass_gate(ident: object) -> bool:
        order.append(("gate", ident))
        return False

    context = replace(stage.world(aws=False), pass_gate=pass_gate)
    stage.groups.calls = order  # type: ignore[assignment]
    return stage, context, deployment(old, new), order


def finished(stage: Scene) -> list[tuple[str, str]]:
    return [(event.what, event.reason) for event in stage.events if isinstance(event, WaitFinished)]


def notes(stage: Scene) -> list[str]:
    return [event.text for event in stage.events if isinstance(event, Note)]


BY_SPOT = " (by Spot alone: no AWS credentials to read target health)"


def test_a_phase_scales_the_new_group_up_and_then_the_old_one_down_by_as_much() -> None:
    stage, context, record, order = act()
    Deploy("deploy-50", HALF).run(record, context)
    assert order == [("scale", NEW_ID, "2/2/2"), ("gate", OLD_ID), ("scale", OLD_ID, "1/1/6")]
    assert finished(stage) == [("web__8 steady", f"2 of 2 healthy{BY_SPOT}")]
    assert notes(stage) == [f"{STAYS.format(2)}; web__7 may scale out to 6."]
    assert OLD_ID in context.health_cache.draining


def test_the_last_phase_sets_the_range_empties_the_old_group_and_waits_until_it_has_drained() -> None:
    stage, context, record, order = act()
    Deploy("deploy-100", WHOLE).run(record, context)
    assert order == [("scale", NEW_ID, "2/3/6"), ("gate", OLD_ID), ("scale", OLD_ID, "0/0/0")]
    assert finished(stage) == [
        ("web__8 steady", f"3 of 3 healthy{BY_SPOT}"),
        ("web__7 down to 0", "no instances remaining"),
    ]
    assert (notes(stage), stage.clock.passed >= 135.0) == ([], True)


@pytest.mark.parametrize(
    ("amount", "known", "gates"),
    [(HALF, {}, [NEW_ID, OLD_ID]), (HALF, {NEW_ID: ZERO}, [OLD_ID]), (WHOLE, {}, [OLD_ID])],
)
def test_a_phase_of_a_run_that_took_over_first_lets_reads_show_how_far_the_one_before_got(
    amount: Amount, known: dict[GroupId, Capacity], gates: list[GroupId]
) -> None:
    _, context, record, order = act()
    record.lock.replaces = "77777777"
    context.written.capacities |= known
    Deploy("deploy", amount).run(record, context)
    assert [ident for what, ident, *_ in order if what == "gate"] == gates  # type: ignore[misc, has-type]


def test_only_a_serial_phase_waits_until_old_instances_have_drained() -> None:
    for serial in (False, True):
        stage, context, record, _ = act()
        Deploy("deploy-50", HALF, serial=serial).run(record, context)
        assert (("web__7 down to 1", "1 of 1 instance remaining") in finished(stage)) is serial


@pytest.mark.parametrize(
    ("kept", "left", "note"),
    [
        (None, "1/1/6", "; web__7 may scale out to 6."),
        (Amount(count=2), "2/2/6", "; web__7 may scale out to 6."),
        (Amount(count=0), "0/0/0", "."),
    ],
)
def test_what_is_kept_of_the_old_group_may_be_chosen(kept: Amount | None, left: str, note: str) -> None:
    stage, context, record, order = act()
    Deploy("deploy-50", HALF, kept=kept).run(record, context)
    assert order[-1] == ("scale", OLD_ID, left)
    assert notes(stage) == [STAYS.format(2) + note]


def test_a_group_that_is_larger_already_keeps_its_capacity() -> None:
    for target, first in ((2, ("scale", NEW_ID, "2/2/2")), (3, ("gate", OLD_ID))):
        stage, context, record, order = act(new=replace(NEW, capacity=Capacity.fixed(target)))
        Deploy("deploy-50", HALF).run(record, context)
        assert order[0] == first
        assert notes(stage) == [f"{STAYS.format(target)}; web__7 may scale out to 6."]


@pytest.mark.parametrize(
    ("live", "amount", "scaled"),
    [
        (Capacity(1, 1, 6), HALF, None),
        (Capacity(0, 0, 6), HALF, None),
        (Capacity(2, 2, 6), HALF, "1/1/6"),
        (ZERO, WHOLE, None),
        (Capacity(0, 0, 6), WHOLE, "0/0/0"),
    ],
)
def test_the_old_group_is_scaled_down_only_as_far_as_it_is_not_yet(
    live: Capacity, amount: Amount, scaled: str | None
) -> None:
    _, context, record, order = act(live=replace(OLD, capacity=live))
    Deploy("deploy", amount).run(record, context)
    assert order[1:] == ([("gate", OLD_ID), ("scale", OLD_ID, scaled)] if scaled else [])


def test_without_an_old_group_there_is_nothing_to_scale_down() -> None:
    stage, context, record, order = act(None)
    Deploy("deploy-50", HALF, bake=30.0).run(record, context)
    assert order == [("scale", NEW_ID, "2/2/2")]
    assert notes(stage) == [f"{STAYS.format(2)}.", "Bake of web__8 for 30s, until 09:00:33 UTC."]


def test_an_old_group_that_is_short_of_healthy_instances_keeps_its_capacity_until_the_next_phase() -> None:
    stage, context, record, order = act()
    stage.groups.instances_of[OLD_ID] = (*instances(OLD_ID, 2), *instances("x", 1, InstanceState.UNHEALTHY))
    Deploy("deploy-34", Amount(percent=34), serial=True).run(record, context)
    assert order == [("scale", NEW_ID, "1/1/1"), ("gate", OLD_ID)]
    keeps = "web__7 keeps its capacity of 3 in this phase, not 2"
    assert notes(stage)[1:] == [f"{keeps}: 2 of 3 instances are healthy, and Spot chooses which ones go."]
    stage.groups.instances_of.clear()
    Deploy("deploy", WHOLE).run(record, context)
    assert order[2:] == [("scale", NEW_ID, "2/3/6"), ("gate", OLD_ID), ("scale", OLD_ID, "0/0/0")]


def test_the_bake_precedes_the_old_groups_scale_down() -> None:
    stage, context, record, order = act()
    stage.clock.at(33.0, lambda: order.append("the bake is over"))
    Deploy("deploy-50", HALF, bake=30.0).run(record, context)
    assert order[1:3] == ["the bake is over", ("gate", OLD_ID)]
    assert notes(stage)[1:] == ["Bake of web__8 for 30s, until 09:00:33 UTC, before web__7 is scaled down."]


@pytest.mark.parametrize("which", [NEW_ID, OLD_ID])
def test_a_group_that_is_gone_ends_the_phase(which: str) -> None:
    stage, context, record, order = act()
    del stage.groups.known[which]  # type: ignore[arg-type]
    with pytest.raises(FailedError) as caught:
        Deploy("deploy-50", HALF).run(record, context)
    what = "new" if which == NEW_ID else "old"
    assert caught.value.message == f"The {what} Elastigroup {which} no longer exists."
    assert order == ([] if which == NEW_ID else [("scale", NEW_ID, "2/2/2")])


def test_a_new_group_that_does_not_become_steady_leaves_the_old_one_alone() -> None:
    stage, context, record, order = act()
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2, InstanceState.UNHEALTHY)
    with pytest.raises(FailedError):
        Deploy("deploy-50", HALF).run(record, context)
    assert order == [("scale", NEW_ID, "2/2/2")]


def draining() -> tuple[Scene, DeployContext, Deployment, list[object]]:
    """The second phase: one old instance of the first phase still drains, one new instance serves."""
    stage, context, record, order = act(
        new=replace(NEW, capacity=Capacity.fixed(1)), live=replace(OLD, capacity=Capacity(2, 2, 6))
    )
    context.health_cache.draining[OLD_ID] = DrainingInstances(950.0)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3)
    return stage, context, record, order


def test_the_previous_phase_drains_while_the_next_one_launches() -> None:
    stage, context, record, order = draining()
    stage.clock.at(60.0, lambda: stage.groups.instances_of.update({OLD_ID: instances(OLD_ID, 2)}))
    Deploy("deploy-66", Amount(percent=66)).run(record, context)
    assert finished(stage)[1] == ("web__7 down to 2", "2 of 2 instances remaining")
    assert order == [("scale", NEW_ID, "2/2/2"), ("gate", OLD_ID), ("scale", OLD_ID, "1/1/6")]


def test_where_a_new_instance_fails_while_old_ones_drain_the_old_group_is_scaled_back_at_once() -> None:
    stage, context, record, order = draining()
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 1, InstanceState.UNHEALTHY)
    with pytest.raises(FailedError) as caught:
        Deploy("deploy-66", Amount(percent=66)).run(record, context)
    assert caught.value.message == (f"web__8 in production: 0 of 1 healthy: i-{NEW_ID}-0: Spot reports UNHEALTHY.")
    assert order == [("scale", NEW_ID, "2/2/2"), ("scale", OLD_ID, "2/3/6")]


def test_an_old_group_that_nothing_was_taken_from_is_not_waited_for() -> None:
    for live in (OLD, replace(OLD, capacity=Capacity(2, 4, 6))):
        stage, context, record, _ = act(live=live)
        Deploy("deploy-50", HALF).run(record, context)
        assert finished(stage) == [("web__8 steady", f"2 of 2 healthy{BY_SPOT}")]


def test_after_the_last_phase_the_new_group_is_watched_until_the_old_one_is_gone() -> None:
    stage, context, record, order = act()
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3)
    sick = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: sick}))
    with pytest.raises(FailedError) as caught:
        Deploy("deploy-100", WHOLE).run(record, context)
    assert "web__8 in production: 0 of 3 healthy" in caught.value.message
    assert order[-2:] == [("scale", OLD_ID, "0/0/0"), ("scale", OLD_ID, "2/3/6")]
    assert stage.clock.passed < 40.0


def test_the_rollback_restores_the_old_groups_capacity() -> None:
    stage, context, record, order = act(live=replace(OLD, capacity=ZERO))
    Deploy("deploy-50", HALF).rollback(record, context)
    assert order == [("scale", OLD_ID, "2/3/6")]
    assert stage.groups.known[OLD_ID].capacity == RANGE


def test_a_person_restores_the_old_groups_capacity() -> None:
    url = f"https://console.spotinst.com/#/aws/ec2/elastigroup/view/{OLD_ID}"
    step = Deploy("deploy-50", HALF)
    assert step.manual_rollback(deployment(OLD, NEW)) == (
        f"set the capacity (minimum/target/maximum) to 2/3/6 in web__7 ({OLD_ID}): {url}"
    )
    assert step.manual_rollback(deployment(None, NEW)) == ""


@pytest.mark.parametrize(
    ("count", "calls"),
    [
        (2, [("scale", NEW_ID, "2/2/2"), ("gate", OLD_ID), ("scale", OLD_ID, "1/1/6")]),
        (3, [("scale", NEW_ID, "2/3/6"), ("gate", OLD_ID), ("scale", OLD_ID, "0/0/0")]),
    ],
)
def test_a_phase_of_all_instances_is_the_last_one_in_numbers_too(count: int, calls: list[object]) -> None:
    _, context, record, order = act()
    Deploy("deploy", Amount(count=count)).run(record, context)
    assert order == calls
