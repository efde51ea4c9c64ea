"""After a create without a response from Spot: whether the group exists, and which one it is."""

from collections.abc import Sequence

from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import is_copied
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.engine.waits.poll_intervals import poll_interval_other_run
from spotaction.model import marker
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Group


def find_created(deployment: Deployment, groups: Sequence[Group]) -> Group | None:
    """Return the group of a create without a response, by the nonce in its marker, even if that is truncated.

    Without a nonce in the description it is found by name, image and a creation time (by Spot's clock) after the
    request; a group that existed before, or carries another run's nonce, does not count. Returns None if there is none.
    """
    return next((group for group in groups if _was_asked_for(group, deployment)), None)


def await_created(deployment: Deployment, context: DeployContext) -> Group | None:
    """Search for the group until Spot's list must show it, and return it; None if it was not created.

    Raises `FailedError` when the groups cannot be read.
    """
    found: list[Group] = []
    since = deployment.lock.marked_at if deployment.lock.marked_at is not None else context.clock.now()

    def check() -> Verdict:
        group = find_created(deployment, context.groups.all())
        if group is not None:
            found.append(group)
        if found or context.clock.now() >= since + LIST_LAG:
            return Ready(f"{found[0].id} was created" if found else "not created")
        return Waiting(f"not known yet whether Spot created it; Spot may list it up to {LIST_LAG:.0f} s late")

    name = deployment.unconfirmed_name or f"the new group of {deployment.app}"
    try:
        context.wait_for_all([Wait(name, check, poll_interval_other_run)], timeout=LIST_LAG + 30.0)
    except FailedError as error:
        raise FailedError(
            f"Could not determine whether {name} was created: {error.message}",
            next_step=f"look for {name} in the Spot console; operation: rollback deletes it.",
        ) from error
    return found[0] if found else None


def _was_asked_for(group: Group, deployment: Deployment) -> bool:
    if is_copied(group):
        return False
    nonce = marker.read_fields(group.description).get("n")
    if nonce or not deployment.lock.asked_at:
        return bool(nonce) and nonce == deployment.nonce
    named = group.name == deployment.unconfirmed_name and group.image_id == deployment.image.id
    # Spot's Date has whole seconds.
    fresh = group.id not in deployment.lock.known and group.created_at.timestamp() >= deployment.lock.asked_at - 1.0
    return named and fresh
