"""Whether a suspension of AUTO_SCALE is this deployment's or an operator's, which stays."""

from collections.abc import Sequence
from datetime import timedelta

from spotaction.model.deployment import GroupRef
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.events import Note
from spotaction.model.ports import ElastigroupApi, Notify
from spotaction.model.resources import GroupId, Suspension

PROCESS = "AUTO_SCALE"
_TOGETHER = timedelta(minutes=5)  # both groups are suspended one right after the other, for the same time


def scaling_suspension(suspensions: Sequence[Suspension]) -> Suspension | None:
    """Return the suspension of AUTO_SCALE, or None if it is not suspended."""
    return next((each for each in suspensions if each.process == PROCESS), None)


def suspended_by_us(new: GroupId, old: GroupRef | None, groups: ElastigroupApi, notify: Notify) -> list[GroupId]:
    """Return the groups that a deployment suspended, for one that left no record but its marker.

    The new group is always among them: nothing else knows it. The old group's suspension is ours if it ends together
    with the new group's; if that is unknown it stays, with a note, since ours expires on its own.
    """
    try:
        ours = scaling_suspension(groups.suspensions(new) or ())
        theirs = scaling_suspension(groups.suspensions(old.id) or ()) if old else None
    except (ApiError, CredentialError) as error:
        which = f"{old.name} ({old.id})" if old else "the old group"
        notify(
            Note(
                f"The suspensions of {which} could not be read: {error.message.rstrip('.')}. If this deployment "
                "suspended AUTO_SCALE there and it is still suspended, the suspension expires on its own."
            )
        )
        return [new]
    if old is None or theirs is None:
        if old is not None and ours is not None:  # a deployment suspends both, and a read may lag
            notify(
                Note(
                    f"Spot shows no suspension of AUTO_SCALE on {old.name} ({old.id}). If it is still suspended by "
                    "this deployment, the suspension expires on its own."
                )
            )
        return [new]
    if ours and ours.until and theirs.until and abs(ours.until - theirs.until) <= _TOGETHER:
        return [new, old.id]
    notify(Note(describe_suspension(old, theirs)))
    return [new]


def describe_suspension(group: GroupRef, theirs: Suspension) -> str:
    """Describe an operator's suspension of AUTO_SCALE, with its end, and that it stays."""
    until = f"until {theirs.until:%Y-%m-%d %H:%M} UTC" if theirs.until else "until an operator resumes it"
    return f"AUTO_SCALE of {group.name} ({group.id}) is already suspended {until}; leaving it suspended."
