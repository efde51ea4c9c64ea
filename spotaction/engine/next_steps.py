"""What a person does next where a deployment is left half-way: what to run, and what serves meanwhile."""

from collections.abc import Iterator

from spotaction.engine.context import DeployContext
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import CancelledError, SpotactionError
from spotaction.model.marker import State
from spotaction.model.resources import Group


def rerun_hint(*operations: str, force: bool = False, until: bool = False) -> str:
    """What to run, as a clause: `force` where the mark still says that a run is at work, `until` where it was given."""
    names = " or ".join(f"operation: {operation}" for operation in operations)
    forced = ", and force: true" if force else ""
    without = ", and without until" if until else ""
    return f"run this action with the same inputs, but {names}{forced}{without}"


def resume_hint(deployment: Deployment, *, force: bool = False, until: bool = False) -> str:
    """How to go on with what stopped; without a group there is nothing to go on with."""
    if deployment.new is None:
        return "run this action again"
    return rerun_hint("continue", "rollback", force=force, until=until)


def incomplete_rollback_hint(deployment: Deployment, context: DeployContext, *, until: bool = False) -> str:
    """What to do about a rollback that is incomplete, after a look at what there is now."""
    try:
        old, new = read_group(deployment.snapshot.old, context), read_group(deployment.new, context)
        if deployment.snapshot.old is not None and old is None:
            return _nothing_to_go_back_to(deployment.snapshot.old, new, deployment)
        mark = marker.read_marker(new.description) if new else None
        run = rerun_hint("rollback", force=mark is not None and mark.state is State.RUNNING, until=until)
        if deployment.new is not None and new is None:  # and with it the mark, by which a rollback would know
            run += ", and the output `deployment` of this run as the input deployment"
        return f"{_describe_serving(deployment, old, new, context)}{_finish_hint(run)}"
    except CancelledError:
        raise
    except SpotactionError:
        return _finish_hint(f"{rerun_hint('rollback', until=until)} (and force: true, if that is refused)")


def read_group(ref: GroupRef | None, context: DeployContext) -> Group | None:
    """The group as it is now; None where there is none any more."""
    return context.groups.get(ref.id) if ref else None


def _finish_hint(run: str) -> str:
    return f"complete what is listed under Manual action needed; or, once its cause is gone, {run}."


def _nothing_to_go_back_to(old: GroupRef, new: Group | None, deployment: Deployment) -> str:
    gone = f"{old.name} ({old.id}) does not exist any more, so there is nothing to go back to"
    if new is None:
        return f"{gone}: run operation: deploy with the version that you want."
    return (
        f"{gone}, and {new.name} ({new.id}, {new.capacity}) is the only group left of {deployment.app}: do not delete "
        "it. Complete what is listed under Manual action needed, then run operation: deploy with the version that you "
        "want."
    )


def _describe_serving(deployment: Deployment, old: Group | None, new: Group | None, context: DeployContext) -> str:
    """What serves, in a sentence; empty where nothing is known of it."""
    found = list(_describe_routes(deployment, context) if deployment.snapshot.routes else _running(old, new))
    return f"As it stands, {' and '.join(found)}. Now " if found else ""


def _describe_routes(deployment: Deployment, context: DeployContext) -> Iterator[str]:
    if context.routes is not None:
        live = context.routes.read([pair.prod for pair in deployment.snapshot.routes])
        yield from (f"{route.label} forwards to {route.forward}" for route in live)


def _running(*groups: Group | None) -> Iterator[str]:
    for group in groups:
        if group is not None and group.capacity.target > 0:
            yield f"{group.name} ({group.id}) runs at {group.capacity}"
