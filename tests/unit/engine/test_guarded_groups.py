"""The guarded Spot port: what it passes on, what it reads before a write, and what it notes and reports of it."""

from dataclasses import replace
from datetime import datetime

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.guarded_ports import guard_context
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, FailedError, SafetyError, TakenOverError
from spotaction.model.events import GroupCreated, GroupDeleted, GroupScaled, GroupUpdated, ScalingSuspended
from spotaction.model.resources import ZERO, Capacity, Group, GroupId, JsonObject
from tests.support.fakes import NEW_ID, OLD_ID, RANGE, START, FakeGroups, deployment, group, no_answer, scene
from tests.support.guarding import empty, refused, sick
from tests.support.passing_on import Telling
from tests.support.slow_groups import SlowGroups, slow

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
GONE = no_answer("gone", code="GROUP_DOESNT_EXIST", retryable=False)
URL = "https://github.com/example/web/actions/runs/9"
HELD = f"web__7 ({OLD_ID}) may not be {{}}: according to its marker, {URL} is working on it or left it half-way."


def guarded(context: DeployContext, record: Deployment | None = None) -> DeployContext:
    """The context with guarded ports, without the safety rules, which have tests of their own."""
    return guard_context(context, record or deployment(OLD, NEW), frozenset())


def held_by_another(known: Group) -> Group:
    return replace(known, description="[spotaction n=ffffffff s=live r=9.1 d=1795528800 g=example/web]")


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("time", ()),
        ("instances", (OLD_ID,)),
        ("instance_requests", (OLD_ID,)),
        ("suspensions", (OLD_ID,)),
        ("rolls", (OLD_ID,)),
        ("log", (OLD_ID, START)),
    ],
)
def test_what_only_reads_is_passed_on(call: str, given: tuple[GroupId | datetime, ...]) -> None:
    inner = Telling()
    groups = guarded(replace(scene().world(), groups=inner)).groups  # type: ignore[arg-type]
    assert getattr(groups, call)(*given) == f"answer to {call}"
    assert inner.calls == [(call, given, {})]


def test_suspending_and_resuming_are_passed_on_and_reported() -> None:
    stage = scene(OLD)
    world = guarded(stage.world())
    world.groups.suspend_scaling(OLD_ID, 75)
    world.groups.resume_scaling(OLD_ID)
    assert stage.groups.calls == [("suspend", OLD_ID, 75), ("resume", OLD_ID)]
    assert stage.events == [ScalingSuspended(OLD_ID, "web__7", 75), ScalingSuspended(OLD_ID, "web__7", 0)]
    world.groups.resume_scaling(GroupId("sig-other"))
    assert stage.events[2:] == [ScalingSuspended(GroupId("sig-other"), "sig-other", 0)]


@pytest.mark.parametrize(("seconds", "reads"), [(0.0, 1), (1.0, 1), (1.1, 2)])
def test_a_group_that_was_read_a_moment_ago_is_not_read_again_before_the_write(seconds: float, reads: int) -> None:
    stage, groups = slow(OLD)
    world = guarded(stage.world())
    world.groups.get(OLD_ID)
    stage.clock.sleep(seconds)
    world.groups.scale(OLD_ID, Capacity(2, 4, 6))
    assert len(groups.tried("get")) == reads
    world.groups.scale(OLD_ID, Capacity(2, 5, 6))
    assert len(groups.tried("get")) == reads + 1


@pytest.mark.parametrize(("seconds", "reads"), [(0.0, 0), (1.0, 0), (1.1, 1)])
def test_a_group_of_this_deployment_that_was_listed_a_moment_ago_is_not_read_again(seconds: float, reads: int) -> None:
    stage, groups = slow(OLD, NEW)
    world = guarded(stage.world())
    assert world.groups.all() == (OLD, NEW)
    stage.clock.sleep(seconds)
    assert world.recent_group(OLD_ID) == OLD
    world.groups.scale(OLD_ID, Capacity(2, 4, 6))
    assert len(groups.tried("get")) == reads


def test_what_was_listed_of_another_deployment_is_read_again() -> None:
    stage, groups = slow(OLD, NEW, group("web__9", GroupId("sig-0000000c")))
    world = guarded(stage.world())
    world.groups.all()
    world.groups.update(GroupId("sig-0000000c"), name="web")
    assert [entry[:2] for entry in groups.log_of_calls][:1] == [("get", "sig-0000000c")]


def test_what_the_gate_listed_right_before_a_write_does_not_count_after_it() -> None:
    stage, groups = slow(OLD, NEW)
    record = deployment(OLD, NEW)
    record.gate_passed_by, record.lock.marked_at = "", stage.clock.now() - 1000.0
    context = stage.world()
    world = guard_context(context, record, frozenset())
    world.groups.scale(OLD_ID, ZERO)
    assert record.gate_passed_by == record.nonce
    read = len(groups.tried("get"))
    assert world.recent_group(OLD_ID) == replace(OLD, capacity=ZERO)
    assert len(groups.tried("get")) == read + 1


def test_the_read_of_another_group_or_of_none_counts_for_nothing() -> None:
    stage, groups = slow(OLD, NEW)
    world = guarded(stage.world())
    assert world.groups.get(NEW_ID) == NEW
    assert world.groups.get(GroupId("sig-none")) is None
    world.groups.scale(OLD_ID, Capacity(2, 4, 6))
    assert [entry[:2] for entry in groups.log_of_calls] == [("get", NEW_ID), ("get", "sig-none"), ("get", OLD_ID)]


def test_a_group_that_is_gone_cannot_be_written() -> None:
    world = guarded(scene().world())
    with pytest.raises(FailedError) as caught:
        world.groups.scale(OLD_ID, RANGE)
    assert caught.value.message == f"Elastigroup {OLD_ID} no longer exists."


@pytest.mark.parametrize(("image", "text"), [("ami-1", "ami-1"), (None, "")])
def test_a_group_that_was_created_is_reported_and_noted_with_the_time(image: str | None, text: str) -> None:
    class Made(FakeGroups):
        def create(self, config: JsonObject) -> Group:
            return replace(super().create(config), image_id=image)  # type: ignore[arg-type]

    stage, record = scene(OLD), deployment(OLD)
    stage.groups = Made(stage.groups.known)
    context = stage.world()
    stage.clock.sleep(5.0)
    made = guarded(context, record).groups.create({"name": "web__8", "description": ""})
    assert (stage.events, context.written.created) == ([GroupCreated(NEW_ID, "web__8", text)], {NEW_ID: made})
    assert record.lock.marked_at == 1005.0


def test_scaling_is_reported_with_both_capacities_unless_the_group_has_it_already() -> None:
    stage = scene(OLD)
    world = guarded(stage.world())
    world.groups.scale(OLD_ID, RANGE)
    assert (stage.groups.calls, stage.events) == ([("scale", OLD_ID, "2/3/6")], [])
    world.groups.scale(OLD_ID, Capacity(2, 4, 6))
    assert stage.events == [GroupScaled(OLD_ID, "web__7", RANGE, Capacity(2, 4, 6))]
    world.groups.scale(OLD_ID, Capacity(2, 4, 6))
    assert len(stage.groups.calls) == 2


@pytest.mark.parametrize(("wanted", "emptied"), [(ZERO, {OLD_ID: 1007.0}), (Capacity.fixed(1), {})])
def test_what_was_written_is_noted_and_when_a_group_was_emptied(wanted: Capacity, emptied: dict[str, float]) -> None:
    stage = scene(OLD)
    context = stage.world()
    stage.clock.sleep(7.0)
    guarded(context).groups.scale(OLD_ID, wanted)
    assert (context.written.capacities, context.written.emptied) == ({OLD_ID: wanted}, emptied)
    assert context.written.gone == set()


def test_a_group_that_a_write_does_not_find_is_noted_as_gone() -> None:
    for call in ("scale", "update"):
        stage = scene(OLD)
        context = stage.world()
        stage.groups.errors[call] = GONE
        groups = guarded(context).groups
        with pytest.raises(ApiError) as caught:
            groups.scale(OLD_ID, ZERO) if call == "scale" else groups.update(OLD_ID, name="web")
        assert (caught.value, context.written.gone) == (GONE, {OLD_ID})
        stage.groups.errors[call] = no_answer()
        context.written.gone.clear()
        with pytest.raises(ApiError):
            groups.scale(OLD_ID, ZERO) if call == "scale" else groups.update(OLD_ID, name="web")
        assert context.written.gone == set()


def test_an_old_group_that_a_read_does_not_find_is_noted_as_gone_but_no_other() -> None:
    context = scene().world()
    groups = guarded(context).groups

    assert (groups.get(NEW_ID), groups.get(GroupId("sig-other"))) == (None, None)
    assert context.written.gone == set()
    assert groups.get(OLD_ID) is None
    assert context.written.gone == {OLD_ID}


@pytest.mark.parametrize(("complete", "wrote"), [(True, RANGE), (False, None), (False, RANGE)])
def test_a_new_group_that_reads_as_empty_needs_a_steady_old_one_if_it_may_have_been_scaled_up(
    *, complete: bool, wrote: Capacity | None
) -> None:
    stage = scene(OLD, replace(NEW, capacity=ZERO))
    sick(stage, OLD_ID)
    context = stage.world()
    context.written.complete = complete
    context.written.capacities |= {NEW_ID: wrote} if wrote else {}

    assert refused(guard_context(context, deployment(OLD, NEW)), empty(NEW_ID)) == (
        f"web__8 ({NEW_ID}) may not shrink: web__7 ({OLD_ID}), which takes over, is not steady (i-sig-0000000a-0, "
        "i-sig-0000000a-1, i-sig-0000000a-2: Spot reports UNHEALTHY)."
    )


def test_a_new_group_that_was_never_scaled_up_needs_nobody_to_take_over() -> None:
    stage = scene(OLD, replace(NEW, capacity=ZERO))
    sick(stage, OLD_ID)
    context = stage.world()
    context.written.complete = True

    guard_context(context, deployment(OLD, NEW)).groups.scale(NEW_ID, ZERO)

    assert stage.groups.calls == [("scale", NEW_ID, "0/0/0")]


@pytest.mark.parametrize(
    ("reads", "wrote", "wanted", "waits"),
    [
        (RANGE, None, Capacity(2, 2, 6), True),
        (RANGE, None, RANGE, False),
        (ZERO, None, Capacity(1, 1, 6), False),
        (ZERO, Capacity(2, 2, 6), Capacity(1, 1, 6), True),
        (ZERO, None, ZERO, True),
        (Capacity.fixed(1), None, Capacity(0, 1, 6), False),
    ],
)
def test_only_what_takes_instances_away_passes_the_gate(
    reads: Capacity, wrote: Capacity | None, wanted: Capacity, *, waits: bool
) -> None:
    stage, record = scene(replace(OLD, capacity=reads), NEW), deployment(OLD, NEW, gate_passed_by="")
    context = stage.world()
    context.written.capacities = {OLD_ID: wrote} if wrote else {}
    guarded(context, record).groups.scale(OLD_ID, wanted)
    assert stage.groups.calls == [("scale", OLD_ID, str(wanted))]
    assert (bool(record.gate_passed_by), stage.clock.passed) == ((True, 90.0) if waits else (False, 0.0))


def test_the_new_group_of_this_run_needs_no_gate_and_one_that_was_taken_over_waits_for_it() -> None:
    for replaces, seconds in ((None, 0.0), ("eeeeeeee", 210.0)):
        stage, record = scene(OLD, NEW), deployment(OLD, NEW, gate_passed_by="")
        record.lock.replaces, record.lock.marked_at = replaces, 1000.0
        world = guarded(stage.world(), record)
        assert world.pass_gate(NEW_ID) is (seconds > 0)
        assert (stage.clock.passed, record.gate_passed_by) == (seconds, "")
        assert (world.pass_gate(NEW_ID), stage.clock.passed) == (False, seconds)
        assert world.pass_gate(OLD_ID) is (seconds == 0.0)
        assert record.gate_passed_by == record.nonce


@pytest.mark.parametrize(("replaces", "seconds"), [(None, 0.0), ("eeeeeeee", 210.0)])
def test_emptying_or_deleting_the_own_new_group_does_not_open_the_gate_to_the_others(
    replaces: str | None, seconds: float
) -> None:
    for write in ("scale", "delete"):
        stage, record = scene(OLD, NEW), deployment(OLD, NEW, gate_passed_by="")
        record.lock.replaces, record.lock.marked_at = replaces, 1000.0
        groups = guarded(stage.world(), record).groups
        groups.scale(NEW_ID, ZERO) if write == "scale" else groups.delete(NEW_ID)
        assert (stage.clock.passed, record.gate_passed_by) == (seconds, "")


def test_renaming_a_group_that_was_taken_over_waits_and_describing_it_does_not() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW, gate_passed_by="")
    record.lock.replaces, record.lock.marked_at = "eeeeeeee", 1000.0
    world = guarded(stage.world(), record)
    world.groups.update(NEW_ID, description=f"[spotaction n={record.nonce} s=live r=1.1 d=1]")
    assert stage.clock.passed == 0.0
    world.groups.update(NEW_ID, name="web")
    assert stage.clock.passed == 210.0


def act(world: DeployContext, call: str) -> None:
    match call:
        case "scaled":
            world.groups.scale(OLD_ID, ZERO)
        case "renamed":
            world.groups.update(OLD_ID, name="web")
        case _:
            world.groups.delete(OLD_ID)


@pytest.mark.parametrize("verb", ["scaled", "renamed", "deleted"])
def test_a_group_that_another_run_holds_is_not_written(verb: str) -> None:
    stage = scene(held_by_another(OLD), NEW)
    with pytest.raises(SafetyError) as caught:
        act(guarded(stage.world()), verb)
    assert caught.value.message == HELD.format(verb)
    assert stage.groups.calls == []


@pytest.mark.parametrize("verb", ["scaled", "deleted"])
def test_after_the_wait_at_the_gate_the_group_is_read_again(verb: str) -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW, gate_passed_by="")
    grown = replace(OLD, capacity=Capacity(2, 5, 6), name="web-grown")
    stage.clock.at(30.0, lambda: stage.groups.known.update({OLD_ID: grown}))
    act(guarded(stage.world(), record), verb)
    expected = GroupScaled(OLD_ID, "web-grown", grown.capacity, ZERO)
    assert stage.events[-1] == (expected if verb == "scaled" else GroupDeleted(OLD_ID, "web-grown"))

    for meanwhile, kind, message in (
        (None, FailedError, f"Elastigroup {OLD_ID} no longer exists."),
        (
            held_by_another(OLD),
            SafetyError,
            HELD.format("changed"),
        ),
    ):
        stage, record = scene(OLD, NEW), deployment(OLD, NEW, gate_passed_by="")
        record.lock.known = frozenset({OLD_ID})
        left = {NEW_ID: NEW} | ({OLD_ID: meanwhile} if meanwhile else {})

        class Lists(FakeGroups):
            """A list that shows the group as it was, later than a read of the group itself."""

            def all(self) -> tuple[Group, ...]:
                return (OLD, NEW)

        stage.groups = Lists(stage.groups.known)
        stage.clock.at(30.0, lambda groups=stage.groups, known=left: setattr(groups, "known", known))  # type: ignore[misc]
        with pytest.raises(kind) as caught:
            act(guarded(stage.world(), record), verb)
        assert caught.value.message == message
        assert stage.groups.calls == []


def test_deleting_is_reported_and_nothing_is_done_about_a_group_that_is_gone() -> None:
    stage = scene(OLD)
    world = guarded(stage.world())
    world.groups.delete(NEW_ID)
    world.groups.delete(OLD_ID)
    assert (stage.groups.calls, stage.events) == ([("delete", OLD_ID)], [GroupDeleted(OLD_ID, "web__7")])


def test_a_name_or_description_that_this_process_wrote_is_not_written_again() -> None:
    stage = scene(OLD, NEW)
    context = stage.world()
    world = guarded(context)
    world.groups.update(OLD_ID, name="web__7", description="")
    assert (stage.groups.calls, stage.events) == ([("update", OLD_ID, "web__7", "")], [])
    world.groups.update(OLD_ID, name="web__7", description="")
    assert len(stage.groups.calls) == 1
    assert (context.written.names, context.written.descriptions) == ({OLD_ID: "web__7"}, {OLD_ID: ""})
    world.groups.update(OLD_ID, name="web")
    world.groups.update(OLD_ID, description="d")
    assert stage.groups.calls[1:] == [("update", OLD_ID, "web", None), ("update", OLD_ID, None, "d")]
    assert stage.events == [GroupUpdated(OLD_ID, "web", "web__7"), GroupUpdated(OLD_ID, "web", "web", described=True)]


def test_only_the_marker_that_names_this_run_starts_the_time_that_the_gate_waits() -> None:
    stage, record = scene(OLD, NEW), deployment(OLD, NEW)
    world = guarded(stage.world(), record)
    ours = f"[spotaction n={record.nonce} s=live r=1.1 d=1]"
    stage.clock.sleep(5.0)
    world.groups.update(NEW_ID, name="x")
    world.groups.update(NEW_ID, description="no marker")
    world.groups.update(OLD_ID, description=ours)
    assert record.lock.marked_at is None
    world.groups.update(NEW_ID, description=ours)
    assert record.lock.marked_at == 1005.0


def taking_over(get_seconds: tuple[float, ...] = ()) -> tuple[SlowGroups, Deployment, DeployContext]:
    """A run that is about to write its marker into a group that another run created."""
    _, groups = slow(OLD, replace(NEW, description=THEIRS), get_seconds=get_seconds)
    record = deployment(OLD, NEW, gate_passed_by="")
    record.lock.replaces = "eeeeeeee"
    assert groups.context is not None
    return groups, record, guarded(groups.context, record)


THEIRS, OURS = "[spotaction n=eeeeeeee s=live r=8.1 d=1]", "[spotaction n=0123abcd s=live r=9.1 d=1]"
LATER = no_answer("rate limit")


def test_taking_over_writes_within_half_a_minute_of_the_read_that_found_it_free() -> None:
    groups, record, world = taking_over()
    world.groups.update(NEW_ID, description=OURS)
    assert groups.log_of_calls == [("get", NEW_ID, 0.0), ("update", NEW_ID, None, OURS, 0.0, 30.0)]
    assert (record.lock.marked_at, record.lock.marker_before) == (1000.0, THEIRS)


def test_during_a_take_over_the_watch_on_production_goes_on_in_every_pause() -> None:
    groups, _, world = taking_over()
    watching: list[object] = []

    class Pausing(SlowGroups):
        def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
            watching.append(world.call_budget.on_idle)
            super().update(group, name=name, description=description)

    groups.__class__ = Pausing
    world.call_budget.on_idle = watch = lambda: None
    world.groups.update(NEW_ID, description=OURS)
    assert watching == [watch]


@pytest.mark.parametrize(("seconds", "reads"), [(15.0, [0.0]), (16.0, [0.0, 16.0])])
def test_a_read_that_was_slow_itself_is_repeated_before_the_take_over(seconds: float, reads: list[float]) -> None:
    groups, record, world = taking_over((seconds,))
    world.groups.update(NEW_ID, description=OURS)
    assert (groups.tried("get"), groups.tried("update")) == (reads, [seconds])
    assert record.lock.marked_at == 1000.0 + seconds


def test_a_take_over_that_the_rate_limit_delayed_is_tried_again_after_another_read() -> None:
    groups, record, world = taking_over()
    groups.update_errors.extend([LATER, LATER])
    world.groups.update(NEW_ID, description=OURS)
    assert (groups.tried("get"), groups.tried("update")) == ([0.0, 15.0, 30.0], [0.0, 15.0, 30.0])
    assert [entry[5] for entry in groups.log_of_calls if entry[0] == "update"] == [30.0, 45.0, 60.0]
    assert groups.calls == [("update", NEW_ID, None, OURS)]
    assert record.lock.marked_at == 1030.0


def test_a_take_over_is_given_up_after_twenty_attempts_at_the_deadline_or_when_it_is_refused() -> None:
    groups, _, world = taking_over()
    groups.update_errors.extend([LATER] * 30)
    with pytest.raises(ApiError) as caught:
        world.groups.update(NEW_ID, description=OURS)
    assert (caught.value, len(groups.tried("update")), groups.clock.passed) == (LATER, 20, 19 * 15.0)

    groups, _, world = taking_over()
    world.call_budget.until = 1030.0
    groups.update_errors.extend([LATER] * 30)
    with pytest.raises(ApiError):
        world.groups.update(NEW_ID, description=OURS)
    assert groups.tried("update") == [0.0, 15.0, 30.0]

    groups, _, world = taking_over()
    groups.update_errors.append(GONE)
    with pytest.raises(ApiError):
        world.groups.update(NEW_ID, description=OURS)
    assert groups.tried("update") == [0.0]


def test_a_take_over_without_an_answer_is_written_again_at_once() -> None:
    groups, record, world = taking_over()
    groups.update_errors.append(ApiError("timeout", service="Spot", call="PUT", maybe_applied=True))
    world.groups.update(NEW_ID, description=OURS)
    assert groups.calls == [("update", NEW_ID, None, OURS)]
    assert (groups.tried("update"), record.lock.marked_at) == ([0.0, 0.0], 1000.0)


def test_a_take_over_that_another_run_was_faster_with_changes_nothing() -> None:
    groups, _, world = taking_over()
    groups.update_errors.append(LATER)
    groups.clock.at(10.0, lambda: groups.known.update({NEW_ID: held_by_another(NEW)}))
    with pytest.raises(TakenOverError) as caught:
        world.groups.update(NEW_ID, description=OURS)
    assert str(caught.value) == (
        f"{URL} took over the deployment of web: the marker of web__8 ({NEW_ID}) now belongs to that run. Next: follow "
        "that run; this one makes no further changes."
    )
    assert groups.calls == []

    groups, _, world = taking_over()
    groups.update_errors.append(LATER)
    groups.clock.at(10.0, groups.known.clear)
    with pytest.raises(FailedError) as gone:
        world.groups.update(NEW_ID, description=OURS)
    assert gone.value.message == f"Elastigroup {NEW_ID} no longer exists."


def test_only_a_take_over_is_tried_again() -> None:
    groups, record, world = taking_over()
    record.lock.replaces = None
    groups.known[NEW_ID] = NEW
    groups.update_errors.append(LATER)
    with pytest.raises(ApiError):
        world.groups.update(NEW_ID, description=OURS)
    assert groups.log_of_calls[-1] == ("update", NEW_ID, None, OURS, 0.0, float("inf"))
