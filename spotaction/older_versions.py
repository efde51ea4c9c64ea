"""Cleans up older versions of an app once the deployment is judged: one that is deleted does not come back."""

from collections.abc import Callable, Sequence
from functools import partial

from spotaction import naming
from spotaction.capacity import is_final
from spotaction.deployment import Deployment
from spotaction.errors import ApiError, CredentialError, FailedError, UnsafeError
from spotaction.events import LeftUndone, Warned
from spotaction.gate import is_locked_by_another, name_run
from spotaction.model import ZERO, Group
from spotaction.safety import owner_besides
from spotaction.steps.base import Step
from spotaction.steps.deploy import Deploy
from spotaction.world import World


def clean_up(steps: Sequence[Step], deployment: Deployment, world: World) -> None:
    """Other old versions down, and all but the newest `keep_old` of those that are down deleted.

    Only where a last phase brought the new group to its whole capacity. The release is good by now: what does not work
    here is reported, not rolled back. If it is still there, that is: `FailedError` where it is not.
    """
    if not _is_whole(steps, deployment):
        return
    try:
        others = _others(deployment, world)
        up = [group for group in others if group.capacity.target > 0]
    except (ApiError, CredentialError) as error:
        world.notify(LeftUndone("Older versions were not cleaned up", str(error)))
        return
    for group in up:
        _try(world, group, "scaled to 0", partial(world.groups.scale, group.id, ZERO))
    down = [group for group in others if group not in up]
    for group in down[world.options.keep_old :]:
        _try(world, group, "deleted", partial(world.groups.delete, group.id))


def _is_whole(steps: Sequence[Step], deployment: Deployment) -> bool:
    setup, done = deployment.capacity, set(deployment.finished) - deployment.excused
    return setup is not None and any(
        isinstance(step, Deploy) and step.name in done and is_final(step.amount, setup) for step in steps
    )


def _others(deployment: Deployment, world: World) -> list[Group]:
    """The app's other versions; `<app>__2` may as well be an app of its own, so a stranger's mark keeps us off."""
    assert deployment.new is not None
    groups = world.groups.all()
    if all(group.id != deployment.new.id for group in groups):
        world.need(deployment.new.id, "The new Elastigroup")
    versions = [group for group in naming.versions(deployment.app, groups) if group.id != deployment.new.id]
    kept = [(group, why) for group in versions if (why := _why_not_ours(deployment, group))]
    for group, why in kept:
        world.notify(Warned(f"{group.name} ({group.id}) is left alone: by its mark {why}."))
    return [group for group in versions if all(group is not other for other, _ in kept)]


def _why_not_ours(deployment: Deployment, group: Group) -> str:
    if whose := owner_besides(deployment, group):
        return f"{whose} deployed it"
    if is_locked_by_another(group, deployment):
        return f"{name_run(group, deployment)} has not finished with it"
    return ""


def _try(world: World, group: Group, verb: str, act: Callable[[], None]) -> None:
    try:
        act()
    except (ApiError, CredentialError, FailedError, UnsafeError) as error:
        world.notify(LeftUndone(f"{group.name} ({group.id}) was not {verb}", str(error)))
