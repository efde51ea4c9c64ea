"""How the new group is created, by whom it may be reused, and what becomes of AUTO_SCALE."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from spotaction.engine.context import DeployContext, Options
from spotaction.engine.steps.groups import create_body, create_group, write_marker_state
from spotaction.engine.steps.suspensions import resume_scaling
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CancelledError, ConflictError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.record import to_json
from spotaction.model.resources import Group, GroupId, JsonObject, JsonValue, Suspension
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, START, FakeGroups, Scene, deployment, group, scene

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
CONFIG: JsonObject = {"name": "web", "description": "The web shop", "capacity": {"target": 3, "unit": "weight"}}
ENDS = START + timedelta(hours=2)
AUTO_SCALE = Suspension("AUTO_SCALE", ENDS)
LEFT_SUSPENDED = "AUTO_SCALE of {} ({}) is already suspended until 2026-11-24 11:00 UTC; leaving it suspended."
MINUTES = Options(suspend_minutes=75)


def create(stage: Scene, record: Deployment, options: Options | None = None, config: JsonObject = CONFIG) -> Group:
    context = stage.world(options=options)
    return create_group(
        record, context, name="web__8", config=config, target_groups=(GREEN,), known=frozenset({OLD_ID})
    )


LAUNCHING: JsonObject = {
    "compute": {"product": "Linux", "launchSpecification": {"imageId": "ami-1", "loadBalancersConfig": {"x": 1}}}
}


def test_the_new_group_has_the_configs_body_without_capacity_and_with_the_marker() -> None:
    @dataclass
    class Bodies(FakeGroups):
        sent: list[JsonObject] = field(default_factory=list)

        def create(self, config: JsonObject) -> Group:
            self.sent.append(config)
            return super().create(config)

    stage, record = scene(OLD), deployment(OLD)
    stage.groups = bodies = Bodies(stage.groups.known)
    created = create(stage, record, config={**CONFIG, **LAUNCHING})
    text = marker.write_marker(record, State.RUNNING, "The web shop")
    assert bodies.sent == [
        create_body({**CONFIG, **LAUNCHING}, name="web__8", description=text, target_groups=(GREEN,))
    ]
    assert (created, record.new) == (bodies.known[NEW_ID], GroupRef.of(bodies.known[NEW_ID]))
    assert (stage.events, bodies.calls) == ([], [("create", "web__8")])


def test_a_config_without_description_is_given_the_marker_alone() -> None:
    configs: list[JsonObject] = [{"capacity": {}}, {"description": None}]
    for config in configs:
        stage, record = scene(OLD), deployment(OLD)
        create_group(record, stage.world(), name="web__8", config=config)
        assert stage.groups.known[NEW_ID].description == marker.write_marker(record, State.RUNNING)


def test_the_body_is_the_config_with_name_description_and_no_capacity() -> None:
    whole: JsonObject = {"id": "sig-1", "createdAt": "x", "updatedAt": "y", "region": "us-east-1", **CONFIG}
    expected = {
        "region": "us-east-1",
        "name": "web__8",
        "description": "d",
        "capacity": {"minimum": 0, "target": 0, "maximum": 0, "unit": "weight"},
    }
    assert create_body(whole, name="web__8", description="d") == expected
    capacities: list[JsonValue] = [None, {}, {"unit": ""}, []]
    for capacity in capacities:
        body = create_body({**whole, "capacity": capacity}, name="web__8", description="d")
        assert body == {**expected, "capacity": {"minimum": 0, "target": 0, "maximum": 0, "unit": "instance"}}
    assert create_body({}, name="a", description="b")["capacity"] == {
        "minimum": 0,
        "target": 0,
        "maximum": 0,
        "unit": "instance",
    }


def test_the_body_is_attached_to_the_given_target_groups_instead_of_its_own() -> None:
    body = create_body(LAUNCHING, name="a", description="b", target_groups=(GREEN, BLUE))
    assert body["compute"] == {
        "product": "Linux",
        "launchSpecification": {
            "imageId": "ami-1",
            "loadBalancersConfig": {
                "loadBalancers": [
                    {"name": "web-green", "arn": GREEN, "type": "TARGET_GROUP"},
                    {"name": "web-blue", "arn": BLUE, "type": "TARGET_GROUP"},
                ]
            },
        },
    }
    assert LAUNCHING["compute"] != body["compute"]


def test_before_the_create_the_record_says_what_was_asked_for_and_after_it_what_came() -> None:
    stage, record = scene(OLD), deployment(OLD)
    before = to_json(replace(record, unconfirmed_name="web__8"))
    create(stage, record, config={**CONFIG, **LAUNCHING})
    assert stage.saved == [before, to_json(record)]
    assert (record.new, record.unconfirmed_name) == (GroupRef.of(stage.groups.known[NEW_ID]), "")
    assert (record.lock.known, record.lock.asked_at) == (frozenset({OLD_ID}), START.timestamp())


@pytest.mark.parametrize(("maybe", "name"), [(True, "web__8"), (False, "")])
def test_a_create_that_failed_leaves_the_name_where_a_group_may_have_come_of_it(*, maybe: bool, name: str) -> None:
    stage, record = scene(OLD), deployment(OLD)
    stage.clock.passed = 7.0
    failed = ApiError("no answer", service="Spot", call="POST", maybe_applied=maybe)
    stage.groups.errors["create"] = failed
    with pytest.raises(ApiError) as caught:
        create(stage, record, config={**CONFIG, **LAUNCHING})
    assert caught.value is failed
    assert (record.new, record.unconfirmed_name, record.lock.marked_at) == (None, name, 1007.0)


def test_where_spot_drops_the_marker_the_log_says_what_later_runs_need() -> None:
    class Forgetful(FakeGroups):
        def create(self, config: JsonObject) -> Group:
            return super().create({**config, "description": "The web shop"})

    stage = scene(OLD)
    stage.groups = Forgetful(stage.groups.known)
    create(stage, deployment(OLD), config={**CONFIG, **LAUNCHING})
    assert stage.events == [
        WarningEvent(
            "Spot did not return the marker in the group's description; pass the output `deployment` to later runs."
        )
    ]


def rival(name: str = "web") -> Group:
    text = "[spotaction n=ffffffff s=live r=9.1 d=1795528800 g=example/web]"
    return group(name, "sig-0000000c", description=text, minutes=5)


@pytest.mark.parametrize("name", ["web__STAGE__Harness", "web"])
def test_a_run_that_goes_first_is_yielded_to_and_the_group_just_created_deleted(name: str) -> None:
    stage, record = scene(OLD, rival(name)), deployment(OLD)
    with pytest.raises(ConflictError) as caught:
        create(stage, record, Options(suspend_minutes=75), {**CONFIG, **LAUNCHING})
    assert caught.value.message == (
        "This run yields and removes its own group of web: https://github.com/example/web/actions/runs/9 started "
        f"deploying it earlier ({name}, sig-0000000c)."
    )
    assert stage.groups.calls == [("create", "web__8"), ("delete", NEW_ID)]
    assert record.new is None
    assert stage.saved[-1] == to_json(record)


def test_a_group_that_lists_do_not_show_yet_is_compared_all_the_same() -> None:
    class Late(FakeGroups):
        def all(self) -> tuple[Group, ...]:
            return tuple(each for each in super().all() if each.id != NEW_ID)

    younger = replace(rival("__9"), created_at=START + timedelta(seconds=1))
    stage = scene(OLD, younger)
    stage.groups = Late(stage.groups.known)
    assert create(stage, deployment(OLD), config={**CONFIG, **LAUNCHING}).id == NEW_ID


def test_a_group_that_this_deployment_has_already_is_reused() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW)
    assert create(stage, record) == NEW
    assert (stage.groups.calls, stage.saved) == ([], [])
    assert stage.events == [Note(f"Reusing existing group web__8 ({NEW_ID}).")]


def test_scaling_is_suspended_on_both_groups_and_recorded_before() -> None:
    stage, record = scene(OLD), deployment(OLD)
    create(stage, record, MINUTES, {**CONFIG, **LAUNCHING})
    assert stage.groups.calls[1:] == [("suspend", NEW_ID, 75), ("suspend", OLD_ID, 75)]
    assert [saved["suspended"] for saved in stage.saved[-2:]] == [[NEW_ID], [NEW_ID, OLD_ID]]

    alone = scene()
    create(alone, deployment(None), MINUTES, {**CONFIG, **LAUNCHING})
    assert alone.groups.calls[1:] == [("suspend", NEW_ID, 75)]


def test_a_suspension_that_was_there_before_is_an_operators_and_stays() -> None:
    stage, record = scene(OLD), deployment(OLD)
    stage.groups.suspended = {OLD_ID: (Suspension("AUTO_HEALING", ENDS), AUTO_SCALE), NEW_ID: (AUTO_SCALE,)}
    create(stage, record, MINUTES, {**CONFIG, **LAUNCHING})
    assert (stage.groups.calls[1:], record.suspended) == ([("suspend", NEW_ID, 75)], [NEW_ID])
    assert stage.events == [Note(LEFT_SUSPENDED.format("web__7", OLD_ID))]


def test_on_a_reused_group_too_a_suspension_may_be_an_operators_or_recorded_as_ours() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW)
    stage.groups.suspended = {NEW_ID: (AUTO_SCALE,), OLD_ID: (Suspension("AUTO_HEALING", ENDS),)}
    create(stage, record, MINUTES)
    assert (stage.groups.calls, record.suspended) == ([("suspend", OLD_ID, 75)], [OLD_ID])
    assert stage.events[1:] == [Note(LEFT_SUSPENDED.format("web__8", NEW_ID))]

    again, record = scene(OLD, NEW), deployment(OLD, NEW, suspended=[NEW_ID])
    again.groups.suspended = {NEW_ID: (AUTO_SCALE,)}
    create(again, record, MINUTES)
    assert (again.groups.calls, record.suspended) == ([("suspend", OLD_ID, 75)], [NEW_ID, OLD_ID])
    assert len(again.events) == 1


def test_a_group_that_is_gone_has_nothing_to_leave_suspended() -> None:
    stage, record = scene(NEW), deployment(OLD, NEW)
    create(stage, record, MINUTES)
    assert stage.groups.calls == [("suspend", NEW_ID, 75), ("suspend", OLD_ID, 75)]


def test_the_state_is_written_into_the_new_groups_marker_before_the_users_own_text() -> None:
    known = replace(NEW, description="[spotaction n=0123abcd s=live r=1.1 d=1] The web shop")
    stage, record = scene(known), deployment(None, NEW)
    write_marker_state(record, stage.world(), State.COMPLETED)
    text = marker.write_marker(record, State.COMPLETED, "The web shop", took=0)
    assert stage.groups.calls == [("update", NEW_ID, None, text)]
    write_marker_state(deployment(None, None), stage.world(), State.COMPLETED)
    write_marker_state(deployment(None, OLD), stage.world(), State.COMPLETED)
    assert len(stage.groups.calls) == 1


def resumed(stage: Scene, record: Deployment, context: DeployContext | None = None) -> list[tuple[object, ...]]:
    resume_scaling(record, context or stage.world())
    return stage.groups.calls


def test_scaling_is_resumed_wherever_this_deployment_suspended_it_even_if_no_read_shows_it() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW, suspended=[NEW_ID, OLD_ID])
    stage.groups.suspended = {NEW_ID: (AUTO_SCALE,)}
    assert resumed(stage, record) == [("resume", NEW_ID), ("resume", OLD_ID)]
    assert record.suspended == []


def test_a_suspension_without_an_end_was_set_by_an_operator_meanwhile() -> None:
    stage, record = scene(OLD), deployment(OLD, None, suspended=[NEW_ID, OLD_ID])
    stage.groups.suspended = {OLD_ID: (Suspension("AUTO_SCALE", endless=True),)}
    assert (resumed(stage, record), record.suspended) == ([], [])
    assert stage.events == [
        Note(f"AUTO_SCALE of {OLD_ID} is suspended indefinitely, so by an operator; leaving it suspended.")
    ]


def test_one_group_that_cannot_be_resumed_does_not_keep_the_other_from_it() -> None:
    first, second = (ApiError(text, service="Spot", call="POST") for text in ("first", "second"))

    class Refusing(FakeGroups):
        def resume_scaling(self, group: GroupId) -> None:
            super().resume_scaling(group)
            if self.errors:
                raise self.errors.pop(group)

    stage, record = scene(OLD, NEW), deployment(OLD, NEW, suspended=[NEW_ID, OLD_ID])
    stage.groups = Refusing(stage.groups.known, errors={NEW_ID: first, OLD_ID: second})
    with pytest.raises(ApiError) as caught:
        resume_scaling(record, stage.world())
    assert (caught.value, record.suspended) == (first, [NEW_ID, OLD_ID])
    stage.groups.errors = {NEW_ID: CancelledError("SIGTERM"), OLD_ID: second}
    stage.groups.calls.clear()
    with pytest.raises(CancelledError):
        resume_scaling(record, stage.world())
    assert stage.groups.calls == [("resume", NEW_ID)]
    stage.groups.errors.clear()
    resume_scaling(record, stage.world())
    assert record.suspended == []
