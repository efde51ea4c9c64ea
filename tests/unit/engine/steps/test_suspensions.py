"""Whose a suspension is, where only the mark tells of the deployment that may have set it."""

from datetime import datetime, timedelta

import pytest

from spotaction.engine.context import Options
from spotaction.engine.steps.suspensions import suspend_scaling, suspended_by_us
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import ApiError
from spotaction.model.events import Note
from spotaction.model.resources import Group, GroupId, Suspension
from tests.support.fakes import NEW_ID, OLD_ID, RANGE, START, FakeGroups, deployment, group, no_answer, scene

ENDS = START + timedelta(hours=5)
OLD, NEW = group("web__7", OLD_ID, RANGE), group("web__8", NEW_ID, RANGE)


def test_a_suspension_is_recorded_before_it_is_asked_for() -> None:
    """The process may be killed in between, and then only the record says whose the suspension is."""
    stage = scene(OLD, NEW)
    stage.groups.errors["suspend"] = no_answer()
    with pytest.raises(ApiError):
        suspend_scaling(deployment(OLD, NEW), stage.world(options=Options(suspend_minutes=60)))
    assert [saved["suspended"] for saved in stage.saved] == [[NEW_ID]]


@pytest.mark.parametrize(
    ("new", "old", "ours"),
    [
        (ENDS, Suspension("AUTO_SCALE", ENDS + timedelta(seconds=20)), [NEW_ID, OLD_ID]),
        (ENDS, Suspension("AUTO_SCALE", ENDS - timedelta(hours=1)), [NEW_ID]),
        (ENDS, Suspension("AUTO_SCALE", endless=True), [NEW_ID]),
        (ENDS, Suspension("AUTO_SCALE"), [NEW_ID]),
        (ENDS, Suspension("AUTO_HEALING", ENDS), [NEW_ID]),
        (None, Suspension("AUTO_SCALE", ENDS), [NEW_ID]),
    ],
)
def test_the_old_groups_suspension_is_ours_where_it_ends_with_the_new_ones(
    new: object, old: Suspension, ours: list[GroupId]
) -> None:
    until = ENDS if new else None
    groups = FakeGroups({OLD_ID: OLD, NEW_ID: NEW})
    groups.suspended = {NEW_ID: (Suspension("AUTO_SCALE", until),), OLD_ID: (old,)}
    assert suspended_by_us(NEW_ID, GroupRef.of(OLD), groups, lambda _: None) == ours


EXPIRES = "the suspension expires on its own."
NONE_SHOWN = "Spot shows no suspension of AUTO_SCALE on web__7 (sig-0000000a)."
STAYS = "AUTO_SCALE of web__7 (sig-0000000a) is already suspended {}; leaving it suspended."


@pytest.mark.parametrize(
    ("new", "old", "note"),
    [
        (ENDS, Suspension("AUTO_SCALE", ENDS), ""),
        (ENDS, Suspension("AUTO_SCALE", ENDS + timedelta(minutes=5)), ""),
        (ENDS, Suspension("AUTO_SCALE", ENDS + timedelta(minutes=6)), STAYS.format("until 2026-11-24 14:06 UTC")),
        (None, Suspension("AUTO_SCALE", endless=True), STAYS.format("until an operator resumes it")),
        (ENDS, None, f"{NONE_SHOWN} If it is still suspended by this deployment, {EXPIRES}"),
        (None, None, ""),
    ],
)
def test_what_is_left_suspended_is_noted(new: datetime | None, old: Suspension | None, note: str) -> None:
    groups, told = FakeGroups({OLD_ID: OLD, NEW_ID: NEW}), list[object]()
    groups.suspended = {NEW_ID: (Suspension("AUTO_SCALE", new),) if new else (), OLD_ID: (old,) if old else ()}
    found = suspended_by_us(NEW_ID, GroupRef.of(OLD), groups, told.append)
    assert told == ([Note(note)] if note else [])
    assert found == ([NEW_ID, OLD_ID] if old is not None and not note else [NEW_ID])


def test_without_an_old_group_only_the_new_one_is_asked_about() -> None:
    groups, told = FakeGroups({NEW_ID: NEW}), list[object]()
    groups.suspended = {NEW_ID: (Suspension("AUTO_SCALE", ENDS),)}
    assert (suspended_by_us(NEW_ID, None, groups, told.append), told) == ([NEW_ID], [])


@pytest.mark.parametrize(("old", "which"), [(OLD, "web__7 (sig-0000000a)"), (None, "the old group")])
def test_suspensions_that_cannot_be_read_are_noted(old: Group | None, which: str) -> None:
    class Mute(FakeGroups):
        def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
            raise no_answer(f"Throttled on {group}.")

    told = list[object]()
    assert suspended_by_us(NEW_ID, GroupRef.of(old) if old else None, Mute(), told.append) == [NEW_ID]
    assert told == [
        Note(
            f"The suspensions of {which} could not be read: Throttled on {NEW_ID}. If this deployment suspended "
            f"AUTO_SCALE there and it is still suspended, {EXPIRES}"
        )
    ]
