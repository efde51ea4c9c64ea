"""What a person does next when a deployment is left half-way: what to run, and what serves meanwhile."""

from collections.abc import Iterator, Sequence

from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import is_group_of
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import CancelledError, SpotactionError
from spotaction.model.marker import State
from spotaction.model.resources import Group

_WITH_RECORD = ", and the output `deployment` of this run as the input deployment"


def rerun_hint(*operations: str, take_over: bool = False, until: bool = False) -> str:
    """Return what to run, as a clause: `take_over` if the marker still says a run is active, `until` if it was set."""
    names = " or ".join(f"operation: {operation}" for operation in operations)
    taking_over = ", and allow: take-over" if take_over else ""
    without = ", and without until" if until else ""
    return f"run this action with the same inputs and {names}{taking_over}{without}"


def resume_hint(deployment: Deployment, *, take_over: bool = False, until: bool = False, gone: bool = False) -> str:
    """Return the clause that tells how to continue a stopped deployment; without a group it starts again.

    If the new group is `gone`, deleted outside the deployment, only a rollback is left, and it needs the record.
    """
    if deployment.new is None:
        return "run this action again"
    if gone:
        return f"{rerun_hint('rollback', until=until)}{_WITH_RECORD}"
    return rerun_hint("continue", "rollback", take_over=take_over, until=until)


def incomplete_rollback_hint(deployment: Deployment, context: DeployContext, *, until: bool = False) -> str:
    """Return how to complete an incomplete rollback, with what serves now."""
    try:
        old, new = read_group(deployment.snapshot.old, context), read_group(deployment.new, context)
        if deployment.snapshot.old is not None and old is None:
            return _no_group_to_restore(deployment.snapshot.old, new, deployment, other_running(deployment, context))
        mark = marker.read_marker(new.description) if new else None
        run = rerun_hint("rollback", take_over=mark is not None and mark.state is State.RUNNING, until=until)
        if deployment.new is not None and new is None:  # and with it the marker that a rollback would need
            run += _WITH_RECORD
        return f"{_describe_serving(deployment, old, new, context)}{_finish_hint(run)}"
    except CancelledError:
        raise
    except SpotactionError:
        return _finish_hint(f"{rerun_hint('rollback', until=until)} (and allow: take-over, if that is refused)")


def read_group(ref: GroupRef | None, context: DeployContext) -> Group | None:
    """Return the group as it is now, or None if it does not exist. Raises `ApiError`.

    A read that lags may still show a group that a write did not find.
    """
    return context.groups.get(ref.id) if ref and ref.id not in context.written.gone else None


def is_gone(ref: GroupRef | None, context: DeployContext) -> bool:
    """Return whether a group is known not to exist any more."""
    try:
        return ref is not None and read_group(ref, context) is None
    except CancelledError:
        raise
    except SpotactionError:
        return False


def other_running(deployment: Deployment, context: DeployContext) -> tuple[Group, ...]:
    """Return the app's groups that run besides the deployment's own: another run or a person started them."""
    own = {ref.id for ref in (deployment.new, deployment.snapshot.old) if ref is not None}
    found = (group for group in context.groups.all() if group.id not in own and group.capacity.target > 0)
    return tuple(group for group in found if is_group_of(group, deployment.app))


def choose_hint(new: GroupRef, others: Sequence[Group]) -> str:
    """Return the clause for when others of the app run beside the new group, and no old one to return to exists."""
    names = ", ".join(f"{group.name} ({group.id})" for group in (*map(GroupRef.of, others), new))
    return f"find out which of these groups is to serve, and delete the rest: {names}"


def _finish_hint(run: str) -> str:
    return f"complete what is listed under Manual action needed; or, once its cause is gone, {run}."


def _no_group_to_restore(old: GroupRef, new: Group | None, deployment: Deployment, others: Sequence[Group]) -> str:
    gone = f"{old.name} ({old.id}) no longer exists, so there is nothing to roll back to"
    if new is None:
        return f"{gone}: run operation: deploy with the version that you want."
    if others:
        choice = choose_hint(GroupRef.of(new), others)
        return f"{gone}; {choice}. Then run operation: deploy with the version that you want."
    return (
        f"{gone}, and {new.name} ({new.id}, {new.capacity}) is the only group left of {deployment.app}: do not delete "
        "it. Complete what is listed under Manual action needed, then run operation: deploy with the version that you "
        "want."
    )


def _describe_serving(deployment: Deployment, old: Group | None, new: Group | None, context: DeployContext) -> str:
    """Describe what serves; empty if that is unknown."""
    found = list(_describe_routes(deployment, context) if deployment.snapshot.routes else _running(old, new))
    return f"Currently, {' and '.join(found)}. Now " if found else ""


def _describe_routes(deployment: Deployment, context: DeployContext) -> Iterator[str]:
    if context.routes is not None:
        live = context.routes.read([pair.prod for pair in deployment.snapshot.routes])
        yield from (f"{route.label} forwards to {route.forward}" for route in live)


def _running(*groups: Group | None) -> Iterator[str]:
    for group in groups:
        if group is not None and group.capacity.target > 0:
            yield f"{group.name} ({group.id}) runs at {group.capacity}"
