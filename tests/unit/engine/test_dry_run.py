from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import NEW_GROUP, dry_run_context
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.plan_recorder import PlannedCall, PlanRecorder
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.setup import Setup
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Status
from spotaction.model.errors import FailedError
from spotaction.model.events import Event, GroupCreated, GroupScaled, StepStarted, WaitFinished
from spotaction.model.resources import ZERO, Capacity, Forward, GroupId, JsonObject, Target, TargetState
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_IMAGE,
    OLD_ID,
    RANGE,
    START,
    FakeAlarms,
    FakeGroups,
    FakeRoutes,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
    swap_pair,
)

CONFIG: JsonObject = {
    "name": "web",
    "description": "",
    "capacity": {"unit": "instance"},
    "compute": {
        "launchSpecification": {
            "imageId": NEW_IMAGE,
            "healthCheckType": "TARGET_GROUP",
            "loadBalancersConfig": {
                "loadBalancers": [{"type": "TARGET_GROUP", "arn": BLUE}, {"type": "CLASSIC", "name": "old-elb"}]
            },
        }
    },
}
OLD = group("web__7", target_groups=(BLUE,))


class ReadOnly(FakeGroups):
    """A live cloud that must not be written to."""

    def _write(self, call: str, *said: object) -> NoReturn:
        raise AssertionError(f"{call} {said} was sent")


class ReadOnlyRoutes(FakeRoutes):
    def write(self, *said: object) -> NoReturn:
        raise AssertionError(f"{said} was sent")


def live() -> Scene:
    ids = instances(OLD_ID, 3)
    return Scene(
        ReadOnly({OLD_ID: OLD}),
        ReadOnlyRoutes(targets_of={BLUE: tuple(Target(i.id, TargetState.HEALTHY) for i in ids if i.id)}),
    )


def rehearsed(stage: Scene) -> tuple[DeployContext, PlanRecorder]:
    return dry_run_context(stage.world())


def test_a_whole_deployment_is_rehearsed_without_a_trace_and_in_order() -> None:
    stage = live()
    world, script = rehearsed(stage)
    record = deployment(OLD)
    steps = (Setup("web__8", CONFIG), Deploy("deploy", Amount(percent=100), bake=600.0))
    engine.run_steps(steps, record, guard_context(world, record))
    assert [act.as_json() for act in script.planned_calls()] == [
        {"step": "setup", "call": "POST /aws/ec2/group", "subject": "web__8", "group": "web__8"},
        {
            "step": "deploy",
            "call": "PUT /aws/ec2/group/{id}/capacity",
            "subject": "sig-new",
            "group": "web__8",
            "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        },
        {"step": "deploy", "wait": "web__8 steady", "subject": "3 of 3 healthy"},
        {"step": "deploy", "wait": "bake of web__8", "subject": "never fewer than 3 of 3 healthy"},
        {
            "step": "deploy",
            "call": "PUT /aws/ec2/group/{id}/capacity",
            "subject": "sig-0000000a",
            "group": "web__7",
            "capacity": {"minimum": 0, "target": 0, "maximum": 0},
        },
        {"step": "deploy", "wait": "web__7 down to 0", "subject": "no instances remaining"},
        {"step": "deploy", "wait": "web__8 steady", "subject": "3 of 3 healthy"},
        {"step": "deploy", "call": "PUT /aws/ec2/group/{id}", "subject": "sig-new", "group": "web__8"},
    ]
    assert script.changes[:2] == [
        GroupCreated(NEW_GROUP, "web__8", NEW_IMAGE),
        GroupScaled(NEW_GROUP, "web__8", ZERO, RANGE),
    ]
    assert record.status is Status.DEPLOYED
    assert stage.saved == []
    assert stage.clock.sleeps == []


def test_the_clock_jumps_and_the_real_one_stands() -> None:
    stage = live()
    world, _ = rehearsed(stage)
    world.clock.sleep(3600.0)
    assert (world.clock.now(), world.clock.time()) == (stage.clock.now() + 3600, START + timedelta(hours=1))
    assert stage.clock.passed == 0.0


def test_a_created_group_is_read_from_its_config() -> None:
    world, _ = rehearsed(live())
    created = world.groups.create({**CONFIG, "name": "web__8", "description": "ours"})
    assert (created.id, created.name, created.capacity, created.description) == (NEW_GROUP, "web__8", ZERO, "ours")
    assert (created.image_id, created.target_groups, created.health_check) == (NEW_IMAGE, (BLUE,), "TARGET_GROUP")
    assert [known.name for known in world.groups.all()] == ["web__7", "web__8"]
    assert world.groups.get(NEW_GROUP) == created
    assert world.groups.log(NEW_GROUP, START) == ()


def test_what_was_written_is_read_and_the_rest_is_live() -> None:
    world, _ = rehearsed(live())
    assert world.groups.instances(OLD_ID) == instances(OLD_ID, 3)
    world.groups.scale(OLD_ID, Capacity.fixed(1))
    world.groups.update(OLD_ID, name="web__STAGE__Harness")
    world.groups.update(OLD_ID, description="theirs")
    found = world.groups.get(OLD_ID)
    assert found is not None
    assert (found.name, found.description, found.capacity) == ("web__STAGE__Harness", "theirs", Capacity.fixed(1))
    assert [i.id for i in world.groups.instances(OLD_ID)] == ["i-planned-sig-0000000a-0"]
    assert world.groups.instance_requests(OLD_ID) == world.groups.instances(OLD_ID)


def test_a_group_scaled_to_none_has_no_instance_and_no_target_left() -> None:
    world, _ = rehearsed(live())
    assert world.routes is not None
    assert len(world.routes.targets(BLUE)) == 3
    world.groups.scale(OLD_ID, ZERO)
    assert world.groups.instances(OLD_ID) == ()
    assert world.routes.targets(BLUE) == ()


def test_what_would_launch_is_a_healthy_target_at_once() -> None:
    world, _ = rehearsed(live())
    assert world.routes is not None
    created = world.groups.create({**CONFIG, "name": "web__8"})
    world.groups.scale(created.id, Capacity.fixed(2))
    assert len(world.routes.targets(BLUE)) == 5
    assert {target.state for target in world.routes.targets(BLUE)} == {TargetState.HEALTHY}


def test_a_deleted_group_is_gone() -> None:
    world, script = rehearsed(live())
    world.groups.delete(OLD_ID)
    assert world.groups.get(OLD_ID) is None
    assert world.groups.all() == ()
    with pytest.raises(FailedError, match="sig-0000000a was deleted while the plan was being made"):
        world.groups.scale(OLD_ID, ZERO)
    assert script.planned_calls() == (PlannedCall("DELETE /aws/ec2/group/{id}", OLD_ID, {"group": "web__7"}),)


def test_a_route_that_was_written_reads_so() -> None:
    stage = live()
    stage.routes.routes = (route((BLUE, 1)),)
    world, script = rehearsed(stage)
    assert world.routes is not None
    prod = world.routes.find("web-alb", 443, None)
    world.routes.write(prod, Forward.to_one(GREEN))
    assert world.routes.find("web-alb", 443, None).forward == Forward.to_one(GREEN)
    found = world.routes.by_arn(prod.listener, prod.rule, load_balancer="web-alb", port=443)
    assert found.forward == Forward.to_one(GREEN)
    assert [found.forward for found in world.routes.read([prod])] == [Forward.to_one(GREEN)]
    (act,) = script.planned_calls()
    assert act == PlannedCall("ModifyRule", prod.rule, {"forward": [{"targetGroup": GREEN, "weight": 1}]})


def test_a_rule_is_found_where_it_was_written_to() -> None:
    pair = swap_pair()
    stage = scene(OLD)
    stage.routes.routes = [pair.prod]
    world, _ = dry_run_context(stage.world())
    assert world.routes is not None
    world.routes.write(pair.prod, Forward.to_one(GREEN))
    assert world.routes.forwarding_to([BLUE]) == ()
    assert world.routes.forwarding_to([GREEN]) == (replace(pair.prod, forward=Forward.to_one(GREEN)),)


def test_what_was_read_of_one_rule_or_target_group_is_no_answer_for_another() -> None:
    pair = swap_pair()
    assert pair.stage is not None
    stage = scene(OLD)
    stage.routes.routes = [pair.prod, pair.stage]
    world, _ = dry_run_context(stage.world())
    assert world.routes is not None
    for one in (pair.prod, pair.stage):
        assert world.routes.read([one]) == (one,)
        assert world.routes.forwarding_to([one.forward.targets[0].target_group]) == (one,)


def test_what_is_known_of_earlier_writes_counts_in_a_dry_run_and_its_own_writes_stay_there() -> None:
    known = OwnWrites(complete=True, green_before=frozenset({swap_pair().prod.rule}))
    context = replace(scene(OLD).world(), written=known)
    world, _ = dry_run_context(context)
    assert world.written == known
    world.written.gone.add(OLD_ID)
    assert context.written.gone == set()


def test_suspensions_are_part_of_the_script() -> None:
    world, script = rehearsed(live())
    world.groups.suspend_scaling(OLD_ID, 30)
    world.groups.resume_scaling(OLD_ID)

    assert [(act.call, act.details) for act in script.planned_calls()] == [
        ("POST /aws/ec2/group/{id}/suspension", {"group": "web__7", "minutes": 30}),
        ("DELETE /aws/ec2/group/{id}/suspension", {"group": "web__7"}),
    ]


def test_the_clouds_are_asked_once_whatever_a_bake_takes() -> None:
    stage = live()
    stage.alarms = FakeAlarms({"errors": "OK"})
    stage.routes.routes = (route((BLUE, 1)),)
    world, _ = rehearsed(stage)
    assert world.routes is not None
    assert world.alarms is not None
    before = (world.groups.all(), world.groups.instances(OLD_ID), world.routes.targets(BLUE))
    stage.groups.known.clear()
    stage.routes.targets_of.clear()
    stage.alarms.known["errors"] = "ALARM"
    assert (world.groups.all(), world.groups.instances(OLD_ID), world.routes.targets(BLUE)) == before


def test_events_go_on_to_log_and_summary() -> None:
    stage = live()
    _, script = rehearsed(stage)
    said: list[Event] = [StepStarted("deploy"), WaitFinished("web__8 steady", "3 of 3 healthy", 1.0, 1)]
    for event in said:
        script(event)
    assert stage.events == said
    assert script.planned_calls() == (PlannedCall("web__8 steady", "3 of 3 healthy", step="deploy", waits=True),)


def test_without_aws_a_plan_is_of_spot_alone() -> None:
    world, _ = dry_run_context(scene(OLD).world(aws=False))
    assert (world.routes, world.alarms) == (None, None)
    assert world.observe(OLD).healthy == 3
    assert world.groups.get(GroupId("sig-9")) is None
