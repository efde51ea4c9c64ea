"""Open rolls of a group: while one is open, Spot rejects every change to the group, even of its capacity."""

from collections.abc import Iterable, Sequence

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import ApiError, CredentialError, RefusedError
from spotaction.model.events import WarningEvent
from spotaction.model.resources import Group, Roll


def check_rolls(groups: Iterable[Group | None], context: DeployContext) -> None:
    """Raise `RefusedError` if a group that the deployment writes to has an open roll. Makes one call for each group."""
    for group in groups:
        roll = open_roll(context.groups.rolls(group.id)) if group else None
        if group is not None and roll is not None:
            ref = GroupRef.of(group)
            raise RefusedError(
                _describe_roll(ref, roll), next_step=f"let it finish, or {manual_actions.stop_roll(ref, roll)}."
            )


def warn_of_rolls(groups: Iterable[GroupRef | None], context: DeployContext) -> None:
    """Warn of open rolls, and continue: production's rules can be restored even if the groups cannot."""
    for group in groups:
        try:
            roll = open_roll(context.groups.rolls(group.id)) if group else None
        except (ApiError, CredentialError):
            continue
        if group is not None and roll is not None:
            context.notify(
                WarningEvent(
                    f"{_describe_roll(group, roll)} To roll back fully, {manual_actions.stop_roll(group, roll)}."
                )
            )


def open_roll(rolls: Sequence[Roll]) -> Roll | None:
    """Return the open roll, or None. Spot allows only one, so it is the newest; older rolls have ended."""
    newest = max(rolls, key=lambda roll: roll.created_at, default=None)
    return newest if newest is not None and newest.open else None


def _describe_roll(group: GroupRef, roll: Roll) -> str:
    return (
        f"Roll {roll.id} of {group.name} ({group.id}) is open (status {roll.status or 'unknown'}); until it ends, "
        "Spot rejects every change to the group."
    )
