"""The group of a create that Spot did not answer: whether it exists, and which one it is."""

from collections.abc import Sequence

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.engine.waits.poll_intervals import poll_interval_other_run
from spotaction.model import marker
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import Group


def find_created(deployment: Deployment, groups: Sequence[Group]) -> Group | None:
    """The group of a create that was not answered: by the nonce in its mark, cut or whole.

    Where the description came back without one, by name, image and creation after this run asked for it, by Spot's own
    clock: a group that was there before, or bears another run's nonce, is not it.
    """
    return next((group for group in groups if _was_asked_for(group, deployment)), None)


def await_created(deployment: Deployment, context: DeployContext) -> Group | None:
    """The same, looked for until the list shows what was asked for; None when it does not exist.

    Raises `FailedError` when that cannot be seen.
    """
    found: list[Group] = []
    since = deployment.lock.marked_at if deployment.lock.marked_at is not None else context.clock.now()

    def check() -> Verdict:
        group = find_created(deployment, context.groups.all())
        if group is not None:
            found.append(group)
        if found or context.clock.now() >= since + LIST_LAG:
            return Ready(f"{found[0].id} was created" if found else "it was not created")
        return Waiting(f"whether Spot created it is not known, and Spot may list it up to {LIST_LAG:.0f} s late")

    name = deployment.unconfirmed_name or f"the new group of {deployment.app}"
    try:
        context.wait_for_all([Wait(name, check, poll_interval_other_run)], timeout=LIST_LAG + 30.0)
    except FailedError as error:
        raise FailedError(
            f"Whether {name} was created after all cannot be seen: {error.message}",
            next_step=f"look for {name} in the Spot console; operation: rollback deletes it.",
        ) from error
    return found[0] if found else None


def _was_asked_for(group: Group, deployment: Deployment) -> bool:
    nonce = marker.read_fields(group.description).get("n", "")
    if nonce or not deployment.lock.asked_at:
        return bool(nonce) and nonce == deployment.nonce
    named = group.name == deployment.unconfirmed_name and group.image_id == deployment.image.id
    # Spot's Date has whole seconds.
    fresh = group.id not in deployment.lock.known and group.created_at.timestamp() >= deployment.lock.asked_at - 1.0
    return named and fresh
