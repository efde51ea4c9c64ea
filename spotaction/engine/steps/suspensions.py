"""Suspends and resumes AUTO_SCALE, and tells this deployment's suspensions from an operator's, which stay."""

from collections.abc import Sequence
from datetime import timedelta

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CancelledError, CredentialError, SpotactionError
from spotaction.model.events import Note
from spotaction.model.ports import ElastigroupApi, Notify
from spotaction.model.resources import GroupId, Suspension

PROCESS = "AUTO_SCALE"
_TOGETHER = timedelta(minutes=5)  # both groups are suspended one right after the other, for the same time


def suspend_scaling(deployment: Deployment, context: DeployContext, *, adopted: bool = False) -> None:
    """Suspend AUTO_SCALE on both groups with a time to live, so that a crash cannot leave them suspended.

    A suspension that exists already is an operator's; a group that was just created has none, unless it is `adopted`.
    Raises `ApiError`.
    """
    minutes = context.options.suspend_minutes
    if minutes is None:
        return
    for ref in (deployment.new, deployment.snapshot.old):
        if ref is None or ref.id in deployment.suspended:
            continue
        ours = ref is deployment.new and not adopted
        theirs = None if ours else scaling_suspension(context.groups.suspensions(ref.id) or ())
        if theirs is None:
            _suspend_one(deployment, context, ref.id, minutes)
        else:
            context.notify(Note(describe_suspension(ref, theirs)))


def resume_scaling(deployment: Deployment, context: DeployContext) -> None:
    """Resume AUTO_SCALE on every group that this deployment suspended, and raise the first error at the end.

    Our suspensions expire: one without an end was set by an operator meanwhile, and stays.
    """
    errors: list[SpotactionError] = []
    for group in list(deployment.suspended):
        try:
            _resume_one(group, context)
        except CancelledError:
            raise
        except SpotactionError as error:
            errors.append(error)
        else:
            deployment.suspended.remove(group)
    if errors:
        raise errors[0]


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


def _suspend_one(deployment: Deployment, context: DeployContext, group: GroupId, minutes: int) -> None:
    deployment.suspended.append(group)
    context.save(deployment)
    context.groups.suspend_scaling(group, minutes)


def _resume_one(group: GroupId, context: DeployContext) -> None:
    suspensions = context.groups.suspensions(group)
    if suspensions is None:
        return
    found = scaling_suspension(suspensions)
    if found is not None and found.endless:
        context.notify(
            Note(f"AUTO_SCALE of {group} is suspended indefinitely, so by an operator; leaving it suspended.")
        )
    else:  # also if none is listed: the write may not show yet
        context.groups.resume_scaling(group)
