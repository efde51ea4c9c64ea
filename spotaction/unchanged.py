"""Whether the very same inputs are deployed already, and serve."""

from collections.abc import Sequence

from spotaction import marker, resume
from spotaction.deployment import Deployment, GroupRef, Status
from spotaction.errors import ApiError, CredentialError
from spotaction.fingerprint import fingerprint
from spotaction.marker import State
from spotaction.model import Forward, Group, LoadBalancer, Route
from spotaction.ports import Routes
from spotaction.request import Request
from spotaction.survey import find_old
from spotaction.world import World


def unchanged(request: Request, groups: Sequence[Group], world: World) -> Deployment | None:
    """The record of a deployment of the same inputs that is finished and serves, if there is one."""
    assert request.image is not None
    old = find_old(groups, app=request.app, blue_green=request.execution.blue_green, previous=request.previous)
    mark = marker.read(old.description) if old else None
    if old is None or mark is None or mark.state not in {State.DONE, State.BACK} or old.capacity.target == 0:
        return None
    if mark.capacity and old.capacity.maximum < mark.capacity.maximum:
        return None  # only a part of it was asked for (new-service), and the rest still runs elsewhere
    wanted = fingerprint(request.configure(request.image), request.execution.setup.instances)
    if mark.fingerprint != wanted or old.image_id != request.image.id or not _behind(old, request, world):
        return None
    done = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=wanted,
        capacity=old.capacity,
        new=GroupRef.of(old),
        status=Status.UNCHANGED,
    )
    world.save(done)
    return done


def _behind(old: Group, request: Request, world: World) -> bool:
    """Whether production's rules forward to the group: one call for all where they are named, else several each."""
    balancers = request.execution.setup.load_balancers
    if not balancers or world.routes is None:
        return True
    live = _named(balancers, world.routes) or [
        world.routes.find(balancer.name, balancer.prod_port, balancer.prod_rule) for balancer in balancers
    ]
    return all(set(route.forward.serving) <= set(old.target_groups) for route in live)


def _named(balancers: Sequence[LoadBalancer], routes: Routes) -> Sequence[Route]:
    """The production rules read by their ARNs; none where one is a default rule or written in other letter case."""
    known = [
        Route(
            balancer.name,
            resume.listener_of(balancer.prod_rule),
            balancer.prod_port,
            balancer.prod_rule,
            is_default=False,
            forward=Forward(()),
        )
        for balancer in balancers
        if balancer.prod_rule is not None
    ]
    if len(known) < len(balancers):
        return ()
    try:
        return routes.read(known)
    except (ApiError, CredentialError):
        return ()
