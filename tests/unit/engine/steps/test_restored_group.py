"""How the old group gets its capacity back, and from when its instances count."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.groups import restore_old
from spotaction.engine.waits.health_cache import DrainingInstances
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from spotaction.model.resources import ZERO, Capacity, Group, GroupId, InstanceState
from tests.support.fakes import BLUE, NEW_ID, OLD_ID, Scene, deployment, group, instances, scene, swap_pair

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
EMPTY = replace(OLD, capacity=ZERO)
CONFIRMING = "healthy; confirming that they stay so"
SCALED = ("scale", OLD_ID, "2/3/6")


def act(
    live: Group, *, complete: bool = True, shrunk: bool = True, routes: bool = True
) -> tuple[Scene, DeployContext, Deployment]:
    """A context in which the old group reads as `live`, and was scaled to 0 by this process if `shrunk`."""
    stage = scene(live, NEW)
    context = stage.world()
    context.written.complete = complete
    context.written.capacities = {OLD_ID: ZERO} if shrunk else {}
    return stage, context, deployment(OLD, NEW, (swap_pair(),) if routes else ())


def test_without_an_old_group_there_is_nothing_to_restore() -> None:
    stage, context, _ = act(EMPTY)
    restore_old(deployment(None, NEW), context)
    assert (stage.groups.calls, stage.events) == ([], [])


def test_an_old_group_that_was_deleted_is_an_error() -> None:
    stage = scene(NEW)
    with pytest.raises(FailedError) as caught:
        restore_old(deployment(OLD, NEW), stage.world())
    assert str(caught.value) == (
        f"The old Elastigroup {OLD_ID} no longer exists. Next: check in the Spot console who deleted it."
    )


def test_a_group_that_was_never_scaled_down_only_has_to_be_steady() -> None:
    stage, context, record = act(OLD, shrunk=False)
    restore_old(record, context)
    assert (stage.groups.calls, context.written.restored) == ([], set())
    assert stage.events == [WaitFinished("web__7 steady", "3 of 3 healthy", 0.0, 1)]

    stage, context, record = act(OLD, shrunk=False)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 3, InstanceState.UNHEALTHY)
    with pytest.raises(FailedError):
        restore_old(record, context)


def test_a_group_that_was_scaled_down_is_scaled_back_and_has_to_stay_steady_for_a_while() -> None:
    stage, context, record = act(EMPTY)
    restore_old(record, context)
    assert (stage.groups.calls, context.written.restored) == ([SCALED], {OLD_ID})
    assert stage.events == [
        WaitProgress("web__7 steady", CONFIRMING, 3, 3, 0.0, 1200.0),
        WaitFinished("web__7 steady", "3 of 3 healthy", 10.0, 3),
    ]
    assert stage.clock.sleeps == [5.0, 5.0]


def test_an_interruption_starts_the_while_again() -> None:
    stage, context, record = act(EMPTY)
    for passed, count in ((3.0, 2), (8.0, 3)):
        stage.clock.at(passed, lambda n=count: stage.groups.instances_of.update({OLD_ID: instances(OLD_ID, n)}))  # type: ignore[misc]
    restore_old(record, context)
    assert stage.events == [
        WaitProgress("web__7 steady", CONFIRMING, 3, 3, 0.0, 1200.0),
        WaitProgress("web__7 steady", "1 not listed by Spot yet", 2, 3, 5.0, 1195.0),
        WaitProgress("web__7 steady", CONFIRMING, 3, 3, 10.0, 1190.0),
        WaitFinished("web__7 steady", "3 of 3 healthy", 20.0, 5),
    ]


def test_instances_that_launch_are_polled_at_their_own_pace_and_more_than_needed_are_counted() -> None:
    stage, context, record = act(EMPTY)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 4, InstanceState.UNHEALTHY)
    stage.clock.at(3.0, lambda: stage.groups.instances_of.update({OLD_ID: instances(OLD_ID, 4)}))
    restore_old(record, context)
    assert stage.events[1:] == [
        WaitProgress("web__7 steady", CONFIRMING, 4, 3, 4.0, 1196.0),
        WaitFinished("web__7 steady", "4 of 3 healthy", 14.0, 4),
    ]


def test_a_group_that_is_emptied_again_meanwhile_is_not_steady() -> None:
    stage, context, record = act(EMPTY)
    stage.groups.instances_of[OLD_ID] = ()
    stage.clock.at(50.0, lambda: stage.groups.known.update({OLD_ID: EMPTY}))
    with pytest.raises(FailedError) as caught:
        restore_old(record, context)
    assert caught.value.message == "Timed out after 20m 00s. web__7 steady: 0 of 3, 3 not listed by Spot yet."


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (Capacity(0, 1, 1), "2/3/6"),
        (Capacity(0, 5, 5), "2/5/6"),
        (Capacity(9, 9, 9), "2/9/9"),
    ],
)
def test_the_snapshots_range_is_restored_but_nothing_that_runs_meanwhile_is_taken_away(
    now: Capacity, wanted: str
) -> None:
    stage, context, record = act(replace(OLD, capacity=now))
    restore_old(record, context)
    assert stage.groups.calls == [("scale", OLD_ID, wanted)]


def test_a_group_that_was_restored_before_is_not_watched_for_a_while_again() -> None:
    stage, context, record = act(EMPTY)
    restore_old(record, context)
    stage.events.clear()
    context.written.capacities[OLD_ID] = OLD.capacity  # as the guarded port notes it
    restore_old(record, context)
    assert stage.events == [WaitFinished("web__7 steady", "3 of 3 healthy", 0.0, 1)]
    assert stage.groups.calls == [SCALED, SCALED]

    context.written.restored.clear()
    stage.events.clear()
    restore_old(record, context)
    assert len(stage.events) == 2


def test_after_another_process_the_capacity_is_written_whatever_a_read_shows() -> None:
    stage, context, record = act(OLD, complete=False, shrunk=False)
    restore_old(record, context)
    assert (stage.groups.calls, context.written.emptied) == ([SCALED], {})
    assert stage.events == [WaitFinished("web__7 steady", "3 of 3 healthy", 0.0, 1)]

    stage, context, record = act(replace(OLD, capacity=Capacity(1, 3, 6)), complete=False, shrunk=False)
    restore_old(record, context)
    assert [type(event) for event in stage.events] == [WaitProgress, WaitFinished]


DISTRUST = Note(
    f"The instances that web__7 ({OLD_ID}) has now count as healthy after 90 s: an earlier run may have scaled it "
    "down, and reads may not show that yet."
)


@pytest.mark.parametrize(("shrunk", "routes"), [(False, False), (True, True), (True, False)])
def test_instances_that_an_earlier_run_may_be_draining_count_once_reads_must_show_which(
    *, shrunk: bool, routes: bool
) -> None:
    attached = replace(OLD, target_groups=(BLUE,))
    stage, context, record = act(attached, complete=False, shrunk=shrunk, routes=routes)
    stage.routes.targets_of = {}
    stage.routes.healthy = {BLUE: 0}
    stage.groups.known[OLD_ID] = replace(OLD)
    restore_old(record, context)
    assert stage.events[0] == DISTRUST
    assert context.written.emptied == {OLD_ID: 1000.0}
    assert context.health_cache.draining[OLD_ID].instances.keys() == {i.id for i in instances(OLD_ID, 3)}
    ended = stage.events[-1]
    assert isinstance(ended, WaitFinished)
    assert (ended.reason, stage.clock.passed >= 135.0) == ("3 of 3 healthy", True)


def test_a_group_without_instances_needs_no_word_about_those_that_may_drain() -> None:
    stage, context, record = act(EMPTY, complete=False, shrunk=False, routes=False)
    context.written.emptied = {OLD_ID: 5.0}
    stage.groups.instances_of[OLD_ID] = ()
    stage.clock.at(1.0, stage.groups.instances_of.clear)
    restore_old(record, context)
    assert DISTRUST not in stage.events
    assert context.written.emptied == {OLD_ID: 5.0}


def test_instances_that_this_process_saw_before_it_scaled_down_are_not_distrusted_anew() -> None:
    stage, context, record = act(EMPTY, complete=False, routes=False)
    noted = context.health_cache.draining[OLD_ID] = DrainingInstances(900.0)
    restore_old(record, context)
    assert context.health_cache.draining == {GroupId(OLD_ID): noted}
    assert (context.written.emptied, DISTRUST in stage.events) == ({}, False)
