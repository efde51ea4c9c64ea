"""What a person does next where a deployment is left half-way: what to run, and what serves meanwhile."""

from collections.abc import Iterator

from spotaction import marker
from spotaction.deployment import Deployment, GroupRef
from spotaction.errors import CancelledError, SpotactionError
from spotaction.marker import State
from spotaction.model import Group
from spotaction.safety import where
from spotaction.world import World


def again(*operations: str, force: bool = False, until: bool = False) -> str:
    """What to run, as a clause: `force` where the mark still says that a run is at work, `until` where it was given."""
    names = " or ".join(f"operation: {operation}" for operation in operations)
    forced = ", and force: true" if force else ""
    without = ", and without until" if until else ""
    return f"run this action with the same inputs, but {names}{forced}{without}"


def either_way(deployment: Deployment, *, force: bool = False, until: bool = False) -> str:
    """How to go on with what stopped; without a group there is nothing to go on with."""
    if deployment.new is None:
        return "run this action again"
    return again("continue", "rollback", force=force, until=until)


def left_to_do(deployment: Deployment, world: World, *, until: bool = False) -> str:
    """What to do about a rollback that is incomplete, after a look at what there is now."""
    try:
        old, new = look(deployment.snapshot.old, world), look(deployment.new, world)
        if deployment.snapshot.old is not None and old is None:
            return _nothing_to_go_back_to(deployment.snapshot.old, new, deployment)
        mark = marker.read(new.description) if new else None
        run = again("rollback", force=mark is not None and mark.state is State.LIVE, until=until)
        if deployment.new is not None and new is None:  # and with it the mark, by which a rollback would know
            run += ", and the output `deployment` of this run as the input deployment"
        return f"{_serving(deployment, old, new, world)}{_finish(run)}"
    except CancelledError:
        raise
    except SpotactionError:
        return _finish(f"{again('rollback', until=until)} (and force: true, if that is refused)")


def look(ref: GroupRef | None, world: World) -> Group | None:
    """The group as it is now; None where there is none any more."""
    return world.groups.get(ref.id) if ref else None


def _finish(run: str) -> str:
    return f"do what is listed as left undone by hand; or, once its cause is gone, {run}."


def _nothing_to_go_back_to(old: GroupRef, new: Group | None, deployment: Deployment) -> str:
    gone = f"{old.name} ({old.id}) does not exist any more, so there is nothing to go back to"
    if new is None:
        return f"{gone}: run operation: deploy with the version that you want."
    return (
        f"{gone}, and {new.name} ({new.id}, {new.capacity}) is all that is left of {deployment.app}: do not delete it. "
        f"Do what is listed as left undone by hand, then run operation: deploy with the version that you want."
    )


def _serving(deployment: Deployment, old: Group | None, new: Group | None, world: World) -> str:
    """What serves, in a sentence; empty where nothing is known of it."""
    found = list(_routes(deployment, world) if deployment.snapshot.routes else _running(old, new))
    return f"As it stands, {' and '.join(found)}. Now " if found else ""


def _routes(deployment: Deployment, world: World) -> Iterator[str]:
    if world.routes is not None:
        live = world.routes.read([pair.prod for pair in deployment.snapshot.routes])
        yield from (f"{where(route)} forwards to {route.forward}" for route in live)


def _running(*groups: Group | None) -> Iterator[str]:
    for group in groups:
        if group is not None and group.capacity.target > 0:
            yield f"{group.name} ({group.id}) runs at {group.capacity}"
