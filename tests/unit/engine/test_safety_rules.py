from dataclasses import replace

import pytest

from spotaction.engine.waits.health import GroupHealth
from spotaction.model.deployment import Deployment, GroupRef, Snapshot
from spotaction.model.errors import FailedError
from spotaction.model.events import (
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    RouteChanged,
    ScalingSuspended,
)
from spotaction.model.resources import ZERO, Capacity, Forward, GroupId
from spotaction.model.safety_rule import SafetyRule
from tests.support.fakes import (
    APP,
    BLUE,
    GREEN,
    NEW_ID,
    NONCE,
    OLD_ID,
    RANGE,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
    swap_pair,
)
from tests.support.guarding import (
    NEW,
    OLD,
    PRODUCTION,
    STAGED,
    Act,
    delete,
    empty,
    refused,
    registered,
    routes,
    safe,
    sick,
)


def test_a_look_of_the_last_seconds_spares_a_call_and_an_older_one_does_not() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW)
    world = safe(stage, record)
    world.health_cache.views[NEW_ID] = (stage.clock.now(), GroupHealth(NEW, instances(NEW_ID, 3), {}))
    sick(stage, NEW_ID)
    world.groups.scale(OLD_ID, Capacity.fixed(2))
    stage.clock.sleep(6.0)
    assert "is not steady" in refused(world, empty(OLD_ID))


@pytest.mark.parametrize(
    ("rule", "act"),
    [
        (SafetyRule.NEVER_DELETE_PRODUCTION, empty(OLD_ID)),
        (SafetyRule.TAKEOVER_IS_STEADY, lambda world: world.groups.scale(OLD_ID, Capacity.fixed(1))),
        (SafetyRule.HEALTHY_TARGETS, lambda world: routes(world).write(swap_pair().prod, Forward.to_one(GREEN))),
        (SafetyRule.ONLY_OURS, delete("sig-9")),
    ],
)
def test_each_rule_and_no_other_stops_its_act(rule: SafetyRule, act: Act) -> None:
    def stage() -> Scene:
        made = scene(PRODUCTION, STAGED, group("shop__7", "sig-9", ZERO))
        if rule is not SafetyRule.NEVER_DELETE_PRODUCTION:
            sick(made, NEW_ID)
            made.routes.healthy[GREEN] = 0
        else:
            registered(made)
        return made

    record = deployment(PRODUCTION, STAGED, (swap_pair(),))
    refused(safe(stage(), record, aws=True), act)
    refused(safe(stage(), record, *(set(SafetyRule) - {rule}), aws=True), act)
    without = stage()
    act(safe(without, record, rule, aws=True))
    assert without.groups.calls or without.routes.writes


def test_what_a_read_says_is_written_all_the_same_and_once() -> None:
    """A read may lag behind what another process, or this one, did a moment ago."""
    stage = scene(OLD, NEW)
    world = safe(stage, deployment(OLD, NEW))
    for _ in range(2):
        world.groups.scale(OLD_ID, RANGE)
        world.groups.update(OLD_ID, name="web__7", description="")
        world.groups.delete(GroupId("sig-9"))
    assert stage.groups.calls == [("scale", OLD_ID, "2/3/6"), ("update", OLD_ID, "web__7", "")]


def test_what_was_written_is_written_again_where_somebody_else_changed_it() -> None:
    stage = scene(OLD)
    world = safe(stage, deployment(OLD))
    world.groups.scale(OLD_ID, RANGE)
    stage.groups.known[OLD_ID] = replace(OLD, capacity=ZERO)
    stage.clock.sleep(2.0)
    world.groups.scale(OLD_ID, RANGE)
    assert stage.groups.calls == [("scale", OLD_ID, "2/3/6")] * 2


def test_a_group_that_is_gone_cannot_be_scaled() -> None:
    with pytest.raises(FailedError, match="Elastigroup sig-0000000a no longer exists"):
        safe(scene(), deployment(OLD)).groups.scale(OLD_ID, ZERO)


def test_every_change_is_told() -> None:
    stage = scene(PRODUCTION)
    pair = swap_pair()
    record = Deployment(APP, "blue-green", deployment().run, deployment().image, snapshot=Snapshot(None, (pair,)))
    record.nonce = record.gate_passed_by = NONCE
    world = safe(stage, record, aws=True)
    created = world.groups.create({"name": "web__STAGE__Harness", "description": ""})
    record.new = GroupRef.of(created)
    world.groups.scale(NEW_ID, Capacity.fixed(2))
    world.groups.update(NEW_ID, name="web")
    world.groups.update(NEW_ID, description="done")
    world.groups.suspend_scaling(NEW_ID, 30)
    world.groups.resume_scaling(NEW_ID)
    routes(world).write(pair.prod, Forward.to_one(GREEN))
    world.groups.delete(NEW_ID)
    assert stage.events == [
        GroupCreated(NEW_ID, "web__STAGE__Harness", "ami-0aaaaaaaaaaaaaaa1"),
        GroupScaled(NEW_ID, "web__STAGE__Harness", ZERO, Capacity.fixed(2)),
        GroupUpdated(NEW_ID, "web", "web__STAGE__Harness"),
        GroupUpdated(NEW_ID, "web", "web", described=True),
        ScalingSuspended(NEW_ID, "web__STAGE__Harness", 30),
        ScalingSuspended(NEW_ID, "web__STAGE__Harness", 0),
        RouteChanged("web-alb:443 rule c1", Forward.to_one(BLUE), Forward.to_one(GREEN)),
        GroupDeleted(NEW_ID, "web"),
    ]


def test_a_rule_is_named_as_a_person_knows_it() -> None:
    assert route((BLUE, 1)).label == "web-alb:443 rule c1"
    assert replace(route((BLUE, 1)), is_default=True).label == "web-alb:443 default rule"


def test_a_world_without_aws_stays_without() -> None:
    assert safe(scene(), deployment()).routes is None
