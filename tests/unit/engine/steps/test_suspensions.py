"""Whose a suspension is, where only the mark tells of the deployment that may have set it."""

from datetime import timedelta

import pytest

from spotaction.engine.steps.suspensions import suspended_by_us
from spotaction.model.deployment import GroupRef
from spotaction.model.resources import GroupId, Suspension
from tests.support.fakes import NEW_ID, OLD_ID, RANGE, START, FakeGroups, group, no_answer

ENDS = START + timedelta(hours=5)
OLD, NEW = group("web__7", OLD_ID, RANGE), group("web__8", NEW_ID, RANGE)


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


def test_what_cannot_be_read_is_left_alone() -> None:
    class Mute(FakeGroups):
        def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
            raise no_answer(f"no answer for {group}")

    told: list[object] = []
    assert suspended_by_us(NEW_ID, GroupRef.of(OLD), Mute(), told.append) == [NEW_ID]
    assert len(told) == 1
