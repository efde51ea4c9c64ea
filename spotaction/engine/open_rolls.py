"""Rolls that are open on a group: while one is, Spot refuses every change of the group, its capacity included."""

from collections.abc import Iterable, Sequence

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import ApiError, CredentialError, RefusedError
from spotaction.model.events import WarningEvent
from spotaction.model.resources import Group, Roll


def check_rolls(groups: Iterable[Group | None], context: DeployContext) -> None:
    """Raise `RefusedError` where a group that is going to be written has an open roll. One call for each group."""
    for group in groups:
        roll = open_roll(context.groups.rolls(group.id)) if group else None
        if group is not None and roll is not None:
            ref = GroupRef.of(group)
            raise RefusedError(_told(ref, roll), next_step=f"let it finish, or {manual_actions.stop_roll(ref, roll)}.")


def warn_of_rolls(groups: Iterable[GroupRef | None], context: DeployContext) -> None:
    """Tell of open rolls, and go on: production's rules can go back, whatever becomes of the groups."""
    for group in groups:
        try:
            roll = open_roll(context.groups.rolls(group.id)) if group else None
        except (ApiError, CredentialError):
            continue
        if group is not None and roll is not None:
            context.notify(
                WarningEvent(f"{_told(group, roll)} To undo all of it, {manual_actions.stop_roll(group, roll)}.")
            )


def open_roll(rolls: Sequence[Roll]) -> Roll | None:
    """The open one: Spot allows no second beside it, so it is the newest, and what failed before that is over."""
    newest = max(rolls, key=lambda roll: roll.created_at, default=None)
    return newest if newest is not None and newest.open else None


def _told(group: GroupRef, roll: Roll) -> str:
    return (
        f"Roll {roll.id} of {group.name} ({group.id}) is open (status {roll.status or 'unknown'}); until it is over "
        "Spot refuses every change of the group."
    )
