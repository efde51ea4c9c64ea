"""What the probe of a check is told: the release as it is at this measurement."""

from dataclasses import replace

import pytest

from spotaction.engine.waits.health import GroupHealth
from spotaction.model.check_kinds import (
    AlarmsCheck,
    AnomaliesCheck,
    CheckKind,
    HttpCheck,
    LambdaCheck,
    PrometheusCheck,
    WebhookCheck,
)
from spotaction.model.checks import Subject
from spotaction.model.deployment import GroupRef, ObservedRoute, RoutePair, Snapshot
from spotaction.model.resources import Instance, InstanceId, InstanceState
from tests.support.fakes import APP, BLUE, GREEN, NEW_ID, OLD_ID, RUN, START, THIRD, group, route, shift_pair
from tests.support.played_checks import CHECK, NEW, OLD, PASSED, Play


def test_the_probe_is_told_what_is_measured() -> None:
    play = Play(PASSED)

    play.run()

    assert play.subject == Subject(
        APP,
        "prod",
        "us-east-1",
        RUN,
        "stage-setup",
        play.deployment.image,
        NEW,
        OLD,
        (GREEN,),
        (BLUE,),
        (shift_pair(90, 10).prod,),
        since=START,
        weight=10.0,
    )
    assert play.kinds == [CHECK.kind]


def test_the_probe_is_told_the_rules_as_they_were_last_read_or_written() -> None:
    play = Play(PASSED)
    first = RoutePair(route((BLUE, 90), (GREEN, 10)), route((GREEN, 1), port=8443), BLUE, GREEN)
    second = RoutePair(route((BLUE, 1), name="c2"), route((BLUE, 1), port=8443, name="c2"), BLUE, GREEN)
    half, quarter = route((BLUE, 50), (GREEN, 50)).forward, route((BLUE, 3), (GREEN, 1)).forward
    assert first.stage is not None
    play.deployment.snapshot = Snapshot(OLD, (first, second))
    play.deployment.observed_routes = {
        first.prod.rule: ObservedRoute("first", half),
        first.stage.rule: ObservedRoute("its stage, which could not be read", None),
        second.prod.rule: ObservedRoute("second", quarter),
    }

    play.run()

    told = play.subject
    assert told.production == (replace(first.prod, forward=half), replace(second.prod, forward=quarter))
    assert (told.stage, told.weight) == ((first.stage,), 25.0)
    assert (told.new_target_groups, told.old_target_groups) == ((GREEN,), (BLUE,))


@pytest.mark.parametrize(
    ("new", "old", "of_new", "of_old"),
    [
        (NEW, OLD, (GREEN, THIRD), (BLUE, THIRD)),
        (None, OLD, (), (BLUE, THIRD)),
        (NEW, None, (GREEN, THIRD), ()),
        (GroupRef.of(group("gone", "sig-0000000e")), GroupRef.of(group("gone", "sig-0000000f")), (), ()),
    ],
)
def test_without_rules_the_probe_is_told_the_target_groups_of_the_groups(
    new: GroupRef | None, old: GroupRef | None, of_new: tuple[str, ...], of_old: tuple[str, ...]
) -> None:
    play = Play(PASSED)
    play.deployment.new, play.deployment.snapshot = new, Snapshot(old, ())

    play.run()

    told = play.subject
    assert (told.new, told.old, told.new_target_groups, told.old_target_groups) == (new, old, of_new, of_old)
    assert (told.production, told.stage, told.weight) == ((), (), None)


@pytest.mark.parametrize(
    ("kind", "new", "ids", "ips"),
    [
        (AlarmsCheck(("x",)), NEW, ("i-1", "i-2"), ()),
        (HttpCheck(url="http://{{new.ips}}/"), NEW, ("i-1", "i-2"), ("10.0.0.1",)),
        (HttpCheck(url="http://{{new.ips}}/"), None, (), ()),
        (HttpCheck(url="http://{{new.ips}}/"), OLD, (), ("10.0.0.9",)),
    ],
)
def test_the_probe_is_told_the_instances_that_have_an_id_and_the_addresses_if_its_check_names_them(
    kind: CheckKind, new: GroupRef | None, ids: tuple[str, ...], ips: tuple[str, ...]
) -> None:
    play, healthy = Play(PASSED), InstanceState.HEALTHY
    found = (
        Instance(InstanceId("i-1"), healthy, private_ip="10.0.0.1"),
        Instance(None, healthy),
        Instance(InstanceId("i-2"), healthy),
    )
    play.stage.groups.instances_of = {NEW_ID: found, OLD_ID: (replace(found[0], private_ip="10.0.0.9"),)}
    play.deployment.new, context = new, play.context
    context.health_cache.views[NEW_ID] = (
        context.clock.now(),
        GroupHealth(play.stage.groups.known[NEW_ID], found, None),
    )

    play.checks.run_check(replace(CHECK, kind=kind), "stage-setup", play.deployment, context)

    assert (play.subject.instance_ids, play.subject.private_ips) == (ids, ips)


@pytest.mark.parametrize(
    ("kind", "age", "told"),
    [
        (AnomaliesCheck(), 30.0, ("i-1",)),
        (AnomaliesCheck(), 31.0, ("i-2",)),
        (AnomaliesCheck(), None, ("i-2",)),
        (WebhookCheck("https://hook.example.com"), None, ("i-2",)),
        (LambdaCheck("hook"), None, ("i-2",)),
        (PrometheusCheck("https://p.example.com", 'up{instance=~"{{new.instances}}"}', "result > 0"), None, ("i-2",)),
        (AlarmsCheck(("x",)), 31.0, ("i-1",)),
        (AlarmsCheck(("x",)), None, ()),
    ],
)
def test_a_check_that_tells_instances_apart_is_told_those_of_now_where_no_poll_found_them(
    kind: CheckKind, age: float | None, told: tuple[str, ...]
) -> None:
    play, healthy = Play(PASSED), InstanceState.HEALTHY
    play.stage.groups.instances_of = {NEW_ID: (Instance(InstanceId("i-2"), healthy), Instance(None, healthy))}
    context = play.context
    if age is not None:
        view = GroupHealth(play.stage.groups.known[NEW_ID], (Instance(InstanceId("i-1"), healthy),), None)
        context.health_cache.views[NEW_ID] = (context.clock.now() - age, view)

    play.checks.run_check(replace(CHECK, kind=kind), "stage-setup", play.deployment, context)

    assert play.subject.instance_ids == told


def test_the_probe_is_told_in_how_many_bakes_its_check_is_measured() -> None:
    play, other = Play(PASSED), replace(CHECK, name="other")
    during = {"shift-10": (CHECK,), "shift-50": (CHECK, other), "shift-100": (other,), "finish": (other,)}
    checks = replace(play.checks, during=during)

    for check in (CHECK, other):
        checks.run_check(check, "stage-setup", play.deployment, play.context)

    assert [subject.bakes for subject in play.probe.subjects] == [2, 3]
