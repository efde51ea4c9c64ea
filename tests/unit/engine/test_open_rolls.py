"""Open rolls of a group: refused before a deployment, warned of in a rollback."""

from datetime import timedelta

import pytest

from spotaction.engine.open_rolls import check_rolls, open_roll, warn_of_rolls
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import CredentialError, RefusedError
from spotaction.model.events import WarningEvent
from spotaction.model.resources import GroupId, Roll
from tests.support.fakes import NEW_ID, OLD_ID, START, FakeGroups, group, no_answer, scene

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)
CALL = f'PUT /aws/ec2/group/{OLD_ID}/roll/sbgd-2 with {{"roll": {{"status": "STOPPED"}}}}'
STOP = (
    "stop it under Deployments in web__7 "
    f"({OLD_ID}): https://console.spotinst.com/#/aws/ec2/elastigroup/view/{OLD_ID} (or {CALL})"
)
OPEN = f"Roll sbgd-2 of web__7 ({OLD_ID}) is open (status {{}}); until it ends, Spot rejects every change to the group."


def roll(ident: str, status: str, minutes: float = 0) -> Roll:
    return Roll(ident, status, START - timedelta(minutes=minutes))


@pytest.mark.parametrize("status", ["in_progress", "failed", "starting", ""])
def test_a_group_with_an_open_roll_is_refused_with_the_way_out(status: str) -> None:
    stage = scene(OLD, NEW)
    stage.groups.rolls_of[OLD_ID] = (roll("sbgd-1", "finished", 9), roll("sbgd-2", status))
    with pytest.raises(RefusedError) as caught:
        check_rolls([NEW, None, OLD], stage.world())
    assert caught.value.message == OPEN.format(status or "unknown")
    assert caught.value.next_step == f"let it finish, or {STOP}."


def test_groups_whose_newest_roll_has_ended_are_free() -> None:
    stage = scene(OLD, NEW)
    stage.groups.rolls_of[OLD_ID] = (roll("sbgd-2", "in_progress", 9), roll("sbgd-3", "stopped"))
    check_rolls([NEW, None, OLD], stage.world())
    assert open_roll(()) is None
    for status in ("finished", "completed", "stopped"):
        assert open_roll((roll("sbgd-1", status),)) is None
    newest = roll("sbgd-2", "failed")
    assert open_roll((newest, roll("sbgd-1", "in_progress", 9))) == newest


@pytest.mark.parametrize("error", [no_answer(), CredentialError("expired")])
def test_a_rollback_warns_of_open_rolls_and_goes_past_what_cannot_be_read(error: Exception) -> None:
    class Mute(FakeGroups):
        def rolls(self, group: GroupId) -> tuple[Roll, ...]:
            if group == NEW_ID:
                raise error
            return super().rolls(group)

    stage = scene(OLD, NEW)
    stage.groups = Mute(stage.groups.known, rolls_of={OLD_ID: (roll("sbgd-2", "in_progress"),)})
    warn_of_rolls([GroupRef.of(NEW), None, GroupRef.of(OLD)], stage.world())
    assert stage.events == [WarningEvent(f"{OPEN.format('in_progress')} To roll back fully, {STOP}.")]
    stage.events.clear()
    warn_of_rolls([None, GroupRef.of(group("web__6", "sig-6"))], stage.world())
    assert stage.events == []
