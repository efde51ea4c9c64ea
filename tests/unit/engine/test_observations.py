"""What the polls of waits keep for the summary: counts and alarms, and nothing in a dry run."""

from spotaction.engine.context import Options
from spotaction.engine.dry_run import dry_run_context
from spotaction.engine.steps.draining import watch_new
from spotaction.model.observations import AlarmSample, HealthSample
from tests.support.fakes import NEW_ID, FakeAlarms, group, instances, scene

NEW = group("web__8", NEW_ID)
WATCHED = Options(alarms=("errors",))


def test_a_wait_keeps_what_it_counted_and_the_alarms_beside_it() -> None:
    stage = scene(NEW)
    stage.alarms = FakeAlarms({"errors": "OK"})
    stage.groups.instances_of = {NEW_ID: instances(NEW_ID, 3)}
    context = stage.world(aws=False, options=WATCHED)
    context.wait_for_all([context.wait_for_healthy(NEW, 3)])
    now = context.clock.now()
    assert context.observations.samples == {NEW_ID: [HealthSample(now, now, 3, 3)]}
    assert context.observations.alarms == {"errors": AlarmSample("errors", "OK", now, "5 errors in 60 s")}


def test_the_watch_on_what_production_needs_keeps_how_many_it_required() -> None:
    stage = scene(NEW)
    stage.groups.instances_of = {NEW_ID: instances(NEW_ID, 1)}
    context = stage.world(aws=False)
    (watch,) = watch_new(context, NEW, 2)
    watch.check()
    now = context.clock.now()
    assert context.observations.samples == {NEW_ID: [HealthSample(now, now, 1, 2)]}


def test_a_dry_run_keeps_nothing_for_the_run_that_makes_it() -> None:
    stage = scene(NEW)
    context = stage.world(aws=False)
    planned, _ = dry_run_context(context)
    planned.observations.note_health(NEW_ID, 1.0, 1, 1)
    assert context.observations.samples == {}
