"""What ends a wait beside its own verdict, and when instances from before a downsize count again."""

import pytest

from spotaction.engine.context import Options
from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Target, TargetState
from tests.support.fakes import BLUE, OLD_ID, FakeAlarms, group, instances, scene


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_without_data_does_not_fire(state: str) -> None:
    """Many have none between two errors: a release would be rolled back for its silence."""
    context = scene(alarms=FakeAlarms({"5xx": state})).world(options=Options(alarms=("latency", "5xx")))
    (watch,) = context.alarm_watch()
    assert watch.check() == Ready("no alarm")


def test_of_several_alarms_the_one_that_fires_is_named() -> None:
    context = scene(alarms=FakeAlarms({"5xx": "ALARM"})).world(options=Options(alarms=("latency", "5xx")))
    (watch,) = context.alarm_watch()
    assert watch.check() == Failed("5xx is in ALARM: 5 errors in 60 s")


def test_instances_from_before_a_group_was_emptied_count_once_reads_show_which_of_them_drain() -> None:
    old = group("web__7", target_groups=(BLUE,))
    listed = instances(OLD_ID, 3)
    stage = scene(old)
    stage.routes.targets_of[BLUE] = tuple(Target(i.id, TargetState.HEALTHY) for i in listed if i.id is not None)
    context = stage.world()
    context.written.emptied[OLD_ID] = context.clock.now()
    context.note_draining(old, listed)
    steady = context.wait_for_healthy_again(old, 3)
    stage.clock.sleep(LIST_LAG - 1)
    assert isinstance(steady.check(), Waiting)
    stage.clock.sleep(1)
    assert isinstance(steady.check(), Ready)
