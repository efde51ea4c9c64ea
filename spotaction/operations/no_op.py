"""Whether the same inputs are already deployed and serving, so that there is nothing to do."""

import hashlib
import json
from collections.abc import Sequence

from spotaction.engine.context import DeployContext
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.marker import State
from spotaction.model.ports import LoadBalancerApi
from spotaction.model.resources import Capacity, Forward, Group, JsonObject, LoadBalancer, Route, listener_of
from spotaction.operations.discovery import find_serving_group
from spotaction.operations.request import DeployRequest

_OWN = frozenset({"id", "name", "description", "capacity", "createdAt", "updatedAt"})


def find_identical_deployment(
    request: DeployRequest, groups: Sequence[Group], context: DeployContext
) -> Deployment | None:
    """Return the record of a finished deployment of the same inputs that serves, or None."""
    assert request.image is not None
    old = find_serving_group(
        groups, app=request.app, blue_green=request.execution.blue_green, previous=request.previous
    )
    mark = marker.read_marker(old.description) if old else None
    finished = mark is not None and mark.state in {State.COMPLETED, State.ROLLED_BACK_TO}
    if old is None or mark is None or not finished or old.capacity.target == 0:
        return None
    if mark.capacity and old.capacity.maximum < mark.capacity.maximum:
        return None  # only a part was requested (newService), and the rest still runs elsewhere
    wanted = deployment_fingerprint(request.configure(request.image), request.execution.setup.instances)
    if (
        mark.fingerprint != wanted
        or old.image_id != request.image.id
        or not _is_production_behind(old, request, context)
    ):
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
    context.save(done)
    return done


def deployment_fingerprint(config: JsonObject, instances: Capacity | None) -> str:
    """Return twelve hex digits for the config, including image and user data, and the requested capacity.

    Fields that a deployment sets itself (name, description, capacity) do not count.
    """
    bare = {key: value for key, value in config.items() if key not in _OWN}
    text = json.dumps([bare, str(instances)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_production_behind(old: Group, request: DeployRequest, context: DeployContext) -> bool:
    """Whether production's rules forward to the group: one call if all rules are named, otherwise several for each."""
    balancers = request.execution.setup.load_balancers
    if not balancers or context.routes is None:
        return True
    live = _read_named_rules(balancers, context.routes) or [
        context.routes.find(balancer.name, balancer.prod_port, balancer.prod_rule) for balancer in balancers
    ]
    serving = [set(route.forward.serving_target_groups) for route in live]
    return all(arns and arns <= set(old.target_groups) for arns in serving)  # a rule of weights 0 leads nowhere


def _read_named_rules(balancers: Sequence[LoadBalancer], routes: LoadBalancerApi) -> Sequence[Route]:
    """The production rules read by ARN; empty if one is a default rule, or AWS rejects an ARN (by its letter case)."""
    known = [
        Route(
            balancer.name,
            listener_of(balancer.prod_rule),
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
