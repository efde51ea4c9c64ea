"""Rolls that are open on a group: while one is, Spot refuses every change of the group, its capacity included."""

from collections.abc import Iterable, Sequence

from spotaction import by_hand
from spotaction.deployment import GroupRef
from spotaction.errors import ApiError, CredentialError, RefusedError
from spotaction.events import Warned
from spotaction.model import Group, Roll
from spotaction.world import World


def check_rolls(groups: Iterable[Group | None], world: World) -> None:
    """Raise `RefusedError` where a group that is going to be written has an open roll. One call for each group."""
    for group in groups:
        roll = open_roll(world.groups.rolls(group.id)) if group else None
        if group is not None and roll is not None:
            ref = GroupRef.of(group)
            raise RefusedError(_told(ref, roll), next_step=f"let it finish, or {by_hand.stop_roll(ref, roll)}.")


def warn_of_rolls(groups: Iterable[GroupRef | None], world: World) -> None:
    """Tell of open rolls, and go on: production's rules can go back, whatever becomes of the groups."""
    for group in groups:
        try:
            roll = open_roll(world.groups.rolls(group.id)) if group else None
        except (ApiError, CredentialError):
            continue
        if group is not None and roll is not None:
            world.notify(Warned(f"{_told(group, roll)} To undo all of it, {by_hand.stop_roll(group, roll)}."))


def open_roll(rolls: Sequence[Roll]) -> Roll | None:
    """The open one: Spot allows no second beside it, so it is the newest, and what failed before that is over."""
    newest = max(rolls, key=lambda roll: roll.created_at, default=None)
    return newest if newest is not None and newest.open else None


def _told(group: GroupRef, roll: Roll) -> str:
    return (
        f"Roll {roll.id} of {group.name} ({group.id}) is open (status {roll.status or 'unknown'}); until it is over "
        "Spot refuses every change of the group."
    )
