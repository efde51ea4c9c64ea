"""Cleans up older versions of an app once the final check has passed, since a deleted group cannot be restored."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from spotaction.engine.context import DeployContext
from spotaction.engine.gate import is_locked_by_another, name_run
from spotaction.engine.marked_groups import other_owner
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.deploy import Deploy
from spotaction.model import marker, naming
from spotaction.model.capacity import is_final
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError
from spotaction.model.events import ManualActionNeeded, WarningEvent
from spotaction.model.resources import ZERO, Group, arn_name


def clean_up(steps: Sequence[Step], deployment: Deployment, context: DeployContext) -> None:
    """Scale other old versions to 0, and delete all but the newest `keep_old` of those that were already at 0.

    Only after a last phase that brought the new group to full capacity. The release is good by then, so errors are
    reported, not rolled back. Raises `FailedError` only if the new group does not exist.
    """
    if not _is_whole(steps, deployment):
        return
    try:
        others = _others(deployment, context)
        up = [group for group in others if _target(group, context) > 0]
    except (ApiError, CredentialError) as error:
        context.notify(ManualActionNeeded("Older versions were not cleaned up", str(error)))
        return
    for group in up:
        _try(context, group, "scaled to 0", partial(context.groups.scale, group.id, ZERO))
    down = [group for group in others if group not in up]
    for group in down[context.options.keep_old :]:
        _try(context, group, "deleted", partial(context.groups.delete, group.id))


def to_be_emptied(
    steps: Sequence[Step], deployment: Deployment, groups: Sequence[Group], target_groups: Collection[str]
) -> tuple[Group, ...]:
    """Return the versions that run beside the old group and that `clean_up` is going to scale to 0.

    `target_groups` are those of the new group, which does not have to exist yet.
    """
    old, setup = deployment.snapshot.old, deployment.capacity
    if old is None or setup is None or not any(isinstance(s, Deploy) and is_final(s.amount, setup) for s in steps):
        return ()
    return tuple(
        group
        for group in naming.versioned_groups(deployment.app, groups)
        if group.id != old.id and group.capacity.target > 0 and not _why_not_ours(deployment, group, target_groups)
    )


def _target(group: Group, context: DeployContext) -> int:
    """The group's target capacity: this process's own write, or else what a list shows, which may lag behind."""
    written = context.written.capacities.get(group.id)
    return group.capacity.target if written is None else written.target


def _is_whole(steps: Sequence[Step], deployment: Deployment) -> bool:
    setup, done = deployment.capacity, set(deployment.completed_steps) - deployment.ignored_failures
    return setup is not None and any(
        isinstance(step, Deploy) and step.name in done and is_final(step.amount, setup) for step in steps
    )


def _others(deployment: Deployment, context: DeployContext) -> list[Group]:
    """The app's other versions; `<app>__2` may also be another app, by its marker or its target groups."""
    assert deployment.new is not None
    groups = context.groups.all()
    new = next((group for group in groups if group.id == deployment.new.id), None)
    new = new or context.require_group(deployment.new.id, "The new Elastigroup")
    versions = [group for group in naming.versioned_groups(deployment.app, groups) if group.id != deployment.new.id]
    kept = [(group, why) for group in versions if (why := _why_not_ours(deployment, group, new.target_groups))]
    for group, why in kept:
        context.notify(WarningEvent(f"{group.name} ({group.id}) is left unchanged: {why}."))
    return [group for group in versions if all(group is not other for other, _ in kept)]


def _why_not_ours(deployment: Deployment, group: Group, target_groups: Collection[str]) -> str:
    if whose := other_owner(deployment, group):
        return f"according to its marker, {whose} deployed it"
    if is_locked_by_another(group, deployment):
        return f"according to its marker, {name_run(group, deployment)} has not finished with it"
    old = deployment.snapshot.old
    known = marker.read_marker(group.description) is not None or (old is not None and group.id == old.id)
    if not known and group.target_groups and not set(group.target_groups) & set(target_groups):
        names = ", ".join(arn_name(arn) for arn in group.target_groups)
        return f"it has no marker and serves other target groups ({names}), so it may be another app"
    return ""


def _try(context: DeployContext, group: Group, verb: str, act: Callable[[], None]) -> None:
    try:
        act()
    except (ApiError, CredentialError, FailedError, SafetyError) as error:
        context.notify(ManualActionNeeded(f"{group.name} ({group.id}) was not {verb}", str(error)))
