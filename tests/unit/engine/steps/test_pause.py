"""A pause between two steps: what is watched during it."""

from dataclasses import replace

import pytest

from spotaction.engine.context import Options
from spotaction.engine.steps.pause import Pause
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Note
from spotaction.model.resources import ZERO, Capacity, Group, InstanceState
from tests.support.fakes import NEW_ID, FakeAlarms, deployment, group, instances, scene

NEW = group("web__8", NEW_ID)
STEP = Pause("look-around", 60.0)


def test_the_new_group_has_to_stay_steady_for_the_length_of_the_pause() -> None:
    stage = scene(NEW)
    STEP.run(deployment(None, NEW), stage.world())
    assert stage.clock.passed == 60.0
    assert stage.events[0] == Note("Bake of web__8 for 1m 00s, until 09:01:00 UTC, requested by step look-around.")

    for capacity in (NEW.capacity, Capacity.fixed(1)):
        short = replace(NEW, capacity=capacity)
        stage = scene(short)
        stage.groups.instances_of[NEW_ID] = instances(NEW_ID, capacity.target - 1, InstanceState.HEALTHY)
        with pytest.raises(TimedOutError):
            STEP.run(deployment(None, short), stage.world())


@pytest.mark.parametrize(("new", "live"), [(None, ()), (NEW, ()), (NEW, (replace(NEW, capacity=ZERO),))])
def test_without_instances_only_the_alarms_are_watched(new: Group | None, live: tuple[Group, ...]) -> None:
    stage = scene(*live, alarms=FakeAlarms())
    context = stage.world(options=Options(alarms=("errors",)))
    STEP.run(deployment(None, new), context)
    assert (stage.clock.passed, stage.events) == (
        60.0,
        [Note("Pause for 1m 00s, until 09:01:00 UTC, requested by step look-around.")],
    )
    assert stage.alarms is not None
    stage.alarms.known["errors"] = "ALARM"
    with pytest.raises(FailedError, match="alarms: errors is in ALARM"):
        STEP.run(deployment(None, new), context)


def test_a_pause_leaves_nothing_to_undo() -> None:
    stage = scene(NEW)
    record = deployment(None, NEW)
    STEP.rollback(record, stage.world())
    assert (STEP.manual_rollback(record), stage.groups.calls, stage.events) == ("", [], [])
