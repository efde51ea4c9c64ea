"""The setups: what they create, to which size, and what their rollbacks remove."""

from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.skipped import Skipped
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.staged_capacity import scale_out_again
from spotaction.model.deployment import Deployment, GroupRef, RoutePair
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Note, WaitFinished
from spotaction.model.resources import ZERO, Capacity, Group, GroupId, InstanceState, JsonObject, JsonValue
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    RANGE,
    THIRD,
    FakeGroups,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
    swap_pair,
)

OLD = group("web", OLD_ID)
STAGED = group("web__STAGE__Harness", NEW_ID, ZERO)
CONFIG: JsonObject = {"compute": {"launchSpecification": {"imageId": "ami-1"}}}
KNOWN = frozenset({OLD_ID})
STALE = GroupRef.of(group("web__STAGE__Harness", "sig-0000000f"))
VIEW = "https://console.spotinst.com/#/aws/ec2/elastigroup/view"
BY_SPOT = " (by Spot alone: no AWS credentials to read target health)"


class Bodies(FakeGroups):
    """Keeps the bodies of the groups that are created."""

    def create(self, config: JsonObject) -> Group:
        self.calls.append(("body", config))
        return super().create(config)


def act(*known: Group, routes: tuple[RoutePair, ...] = (), new: Group | None = None) -> tuple[Scene, Deployment]:
    stage = scene(*known)
    stage.groups.__class__ = Bodies
    return stage, deployment(OLD, new, routes)


def balancers(body: object) -> list[JsonValue]:
    assert isinstance(body, dict)
    config = body["compute"]["launchSpecification"].get("loadBalancersConfig", {"loadBalancers": []})
    return [each["arn"] for each in config["loadBalancers"]]


def test_the_setup_creates_the_next_version_with_the_configs_own_target_groups() -> None:
    stage, record = act(OLD)
    Setup("web__8", CONFIG, known=KNOWN).run(record, stage.world())
    body = stage.groups.calls[0][1]
    assert (balancers(body), stage.groups.calls[1:]) == ([], [("create", "web__8")])
    assert record.new == GroupRef.of(stage.groups.known[NEW_ID])
    assert record.lock.known == KNOWN


@pytest.mark.parametrize("step", [Setup("web__8", CONFIG), StageSetup("web__STAGE__Harness", CONFIG)])
def test_the_rollback_of_a_setup_removes_the_new_group(step: Setup | StageSetup) -> None:
    stage, record = act(OLD, STAGED, new=STAGED)
    step.rollback(record, stage.world())
    assert stage.groups.calls[-1] == ("delete", NEW_ID)


@pytest.mark.parametrize("step", [Setup("web__8", CONFIG), StageSetup("web__STAGE__Harness", CONFIG)])
def test_a_person_deletes_the_new_group_once_the_old_one_serves(step: Setup | StageSetup) -> None:
    assert step.manual_rollback(deployment(OLD, STAGED)) == (
        f"once web ({OLD_ID}) serves and no rule sends requests to web__STAGE__Harness, "
        f"delete web__STAGE__Harness ({NEW_ID}): {VIEW}/{NEW_ID}"
    )
    assert step.manual_rollback(deployment(OLD, None)) == ""


def test_a_skipped_step_leaves_nothing_to_do() -> None:
    stage, record = act(OLD)
    step = Skipped("deploy-50", "the condition is false")
    step.run(record, stage.world())
    step.rollback(record, stage.world())
    assert (step.manual_rollback(record), stage.groups.calls, stage.events) == ("", [], [])


def stage_setup(stage: Scene, record: Deployment, step: StageSetup | None = None) -> list[tuple[object, ...]]:
    step = step or StageSetup("web__STAGE__Harness", CONFIG, known=KNOWN)
    step.run(record, stage.world(aws=False))
    return [call for call in stage.groups.calls if call[0] != "body"]


def test_the_staged_group_is_created_in_each_stage_target_group_once_and_scaled_to_full_capacity() -> None:
    pairs = (
        swap_pair(),
        RoutePair(route((BLUE, 1), name="c2"), route((GREEN, 1), port=8080), BLUE, GREEN),
        RoutePair(route((BLUE, 1), (THIRD, 0), name="c3"), None, BLUE, THIRD),
    )
    stage, record = act(OLD, routes=pairs)
    assert stage_setup(stage, record) == [("create", "web__STAGE__Harness"), ("scale", NEW_ID, "2/3/6")]
    assert balancers(stage.groups.calls[0][1]) == [GREEN, THIRD]
    assert record.lock.known == KNOWN
    assert [(event.what, event.reason) for event in stage.events if isinstance(event, WaitFinished)] == [
        ("web__STAGE__Harness steady", f"3 of 3 healthy{BY_SPOT}")
    ]
    assert stage.clock.passed == 3.0


@pytest.mark.parametrize(
    ("live", "scaled"),
    [(RANGE, False), (Capacity(2, 4, 9), False), (Capacity(2, 2, 6), True), (Capacity(2, 3, 5), True)],
)
def test_a_reused_group_is_scaled_only_where_it_is_smaller(live: Capacity, *, scaled: bool) -> None:
    stage, record = act(OLD, replace(STAGED, capacity=live), new=STAGED)
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    assert stage_setup(stage, record) == ([("scale", NEW_ID, "2/3/6")] if scaled else [])


def test_a_group_that_spot_keeps_smaller_never_becomes_steady() -> None:
    class Clamping(Bodies):
        def scale(self, group: GroupId, capacity: Capacity) -> None:
            del capacity
            super().scale(group, Capacity(0, 2, 2))

    stage, record = act(OLD)
    stage.groups.__class__ = Clamping
    with pytest.raises(FailedError) as caught:
        stage_setup(stage, record)
    assert "although 2/3/6 was requested" in caught.value.message


def test_stale_groups_are_deleted_once_the_new_one_is_steady_and_then_it_bakes() -> None:
    stage, record = act(OLD, group("web__STAGE__Harness", STALE.id))
    step = StageSetup("web__STAGE__Harness", CONFIG, stale=(STALE,), bake=60.0)
    stage.clock.at(3.0, lambda: stage.groups.calls.append(("3 s later",)))
    stage.clock.at(62.0, lambda: stage.groups.calls.append(("62 s later",)))
    assert stage_setup(stage, record, step)[2:] == [("3 s later",), ("delete", STALE.id), ("62 s later",)]
    assert [event for event in stage.events if isinstance(event, Note)] == [
        Note("Bake of web__STAGE__Harness for 1m 00s, until 09:01:03 UTC, before it gets production's requests.")
    ]


def test_a_new_group_that_does_not_become_steady_keeps_the_stale_ones() -> None:
    stage, record = act(OLD, group("web__STAGE__Harness", STALE.id))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    with pytest.raises(TimedOutError):
        stage_setup(stage, record, StageSetup("web__STAGE__Harness", CONFIG, stale=(STALE,)))
    assert stage.groups.calls[-1] == ("scale", NEW_ID, "2/3/6")


def test_the_bake_fails_with_the_group() -> None:
    stage, record = act(OLD)
    sick = instances(NEW_ID, 3, InstanceState.UNHEALTHY)
    stage.clock.at(20.0, lambda: stage.groups.instances_of.update({NEW_ID: sick}))
    with pytest.raises(TimedOutError):
        stage_setup(stage, record, StageSetup("web__STAGE__Harness", CONFIG, bake=60.0))


def waiting(stage: Scene, *, seconds: float) -> tuple[DeployContext, list[object]]:
    asked: list[object] = []

    def pass_gate(ident: GroupId) -> bool:
        asked.append(ident)
        stage.clock.sleep(seconds)
        return seconds > 0

    return replace(stage.world(aws=False), pass_gate=pass_gate), asked


@pytest.mark.parametrize("seconds", [0.0, 90.0])
@pytest.mark.parametrize(("target", "setup", "needed"), [(3, 3, 3), (4, 3, 3), (2, 2, 2)])
def test_a_staged_group_that_is_large_enough_is_left_as_it_is(
    seconds: float, target: int, setup: int, needed: int
) -> None:
    stage, record = act(OLD, replace(STAGED, capacity=Capacity(1, target, 6)), new=STAGED)
    record.capacity = Capacity(1, setup, 6)
    context, asked = waiting(stage, seconds=seconds)
    assert scale_out_again(record, context) is (seconds > 0)
    assert (asked, stage.groups.calls, needed <= target) == ([OLD_ID], [], True)


def test_a_staged_group_that_a_policy_scaled_in_is_scaled_out_and_has_to_be_steady_again() -> None:
    small = replace(STAGED, capacity=Capacity(2, 2, 6))
    stage, record = act(OLD, replace(small, capacity=RANGE), new=STAGED)
    context, _ = waiting(stage, seconds=90.0)
    stage.clock.at(60.0, lambda: stage.groups.known.update({NEW_ID: small}))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 2)
    stage.clock.at(100.0, lambda: stage.groups.instances_of.update({NEW_ID: instances(NEW_ID, 3)}))
    assert scale_out_again(record, context) is True
    assert stage.groups.calls == [("scale", NEW_ID, "2/3/6")]
    assert stage.events[0] == Note(
        "web__STAGE__Harness was scaled in to 2 while it received no requests; production needs 3. Set "
        "suspend-scaling: true to suspend scaling policies during a deployment."
    )
    ended = stage.events[-1]
    assert isinstance(ended, WaitFinished)
    assert (ended.what, ended.reason) == ("web__STAGE__Harness steady", f"3 of 3 healthy{BY_SPOT}")
    assert stage.clock.passed > 100.0


def test_where_production_had_nothing_nothing_is_needed() -> None:
    stage, record = act(STAGED, new=STAGED)
    context, asked = waiting(stage, seconds=0.0)
    record.capacity = None
    assert scale_out_again(record, context) is False
    assert scale_out_again(deployment(None, STAGED), context) is False
    assert (asked, stage.groups.calls) == ([], [])


def test_a_staged_group_that_is_gone_is_an_error() -> None:
    stage, record = act(OLD, new=STAGED)
    with pytest.raises(FailedError) as caught:
        scale_out_again(record, waiting(stage, seconds=0.0)[0])
    assert caught.value.message == f"The new Elastigroup {NEW_ID} no longer exists."
