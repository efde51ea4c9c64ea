"""Whose a suspension of AUTO_SCALE is: what an operator had set stays as it is."""

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
    """The suspension of AUTO_SCALE, None where it works."""
    return next((each for each in suspensions if each.process == PROCESS), None)


def suspended_by_us(new: GroupId, old: GroupRef | None, groups: ElastigroupApi, notify: Notify) -> list[GroupId]:
    """The groups that a deployment suspended which left no word of it but its mark.

    Nobody else knows the new group. The old one's suspension is ours if it ends together with the new one's; where
    that cannot be seen it is left alone, which is told: ours runs out by itself.
    """
    try:
        ours = scaling_suspension(groups.suspensions(new) or ())
        theirs = scaling_suspension(groups.suspensions(old.id) or ()) if old else None
    except (ApiError, CredentialError) as error:
        which = f"{old.name} ({old.id})" if old else "the old group"
        notify(
            Note(
                f"The suspensions of {which} could not be read: {error.message.rstrip('.')}. If this deployment "
                "suspended AUTO_SCALE there and it is still suspended, Spot lifts that by itself."
            )
        )
        return [new]
    if old is None or theirs is None:
        if old is not None and ours is not None:  # a deployment suspends both, and a read may show less than there is
            notify(
                Note(
                    f"Spot shows no suspension of AUTO_SCALE on {old.name} ({old.id}). If it is still suspended there "
                    "by this deployment, Spot lifts that by itself."
                )
            )
        return [new]
    if ours and ours.until and theirs.until and abs(ours.until - theirs.until) <= _TOGETHER:
        return [new, old.id]
    until = f"until {theirs.until:%Y-%m-%d %H:%M} UTC" if theirs.until else "until somebody lifts it"
    notify(Note(f"AUTO_SCALE of {old.name} ({old.id}) is suspended already, {until}: it is left alone."))
    return [new]
