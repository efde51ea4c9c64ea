"""The weight of healthy targets where a group's capacity is counted in weight, not in instances."""

from collections.abc import Mapping

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import instance_weight
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import GroupId, Instance, InstanceId


def healthy_weight(context: DeployContext, ident: GroupId, healthy: frozenset[InstanceId]) -> int | None:
    """Return the weight units of the targets `healthy`; None if the group counts instances or Spot cannot be read.

    A target that is not an instance of the group counts as one.
    """
    try:
        weights = _weights_by_instance(context, ident, healthy)
    except (ApiError, CredentialError):
        return None
    return None if weights is None else sum(weights.get(target, 1) for target in healthy)


def _weights_by_instance(
    context: DeployContext, ident: GroupId, healthy: frozenset[InstanceId]
) -> Mapping[InstanceId, int] | None:
    """An instance keeps its type, so a cached read that has them all is good enough, however old it is."""
    cached = context.health_cache.views.get(ident)
    group = cached[1].group if cached else context.groups.get(ident)
    if group is None or group.unit != "weight":
        return None
    known: tuple[Instance, ...] = cached[1].instances if cached else ()
    if not healthy <= {instance.id for instance in known}:
        known = context.groups.instance_requests(ident)
    return {instance.id: instance_weight(group, instance) for instance in known if instance.id is not None}
