"""What healthy targets are worth where a group's capacity is counted in weight, not in instances."""

from collections.abc import Mapping

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import instance_weight
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import GroupId, Instance, InstanceId


def healthy_weight(context: DeployContext, ident: GroupId, healthy: frozenset[InstanceId]) -> int | None:
    """The weight units of these targets; None for a group that counts instances, or where Spot cannot be asked.

    A target that is no instance of the group counts as one.
    """
    try:
        weights = _weights_by_instance(context, ident, healthy)
    except (ApiError, CredentialError):
        return None
    return None if weights is None else sum(weights.get(target, 1) for target in healthy)


def _weights_by_instance(
    context: DeployContext, ident: GroupId, healthy: frozenset[InstanceId]
) -> Mapping[InstanceId, int] | None:
    """An instance keeps its type, so a look that saw them all will do, however old it is."""
    seen = context.health_cache.views.get(ident)
    group = seen[1].group if seen else context.groups.get(ident)
    if group is None or group.unit != "weight":
        return None
    known: tuple[Instance, ...] = seen[1].instances if seen else ()
    if not healthy <= {instance.id for instance in known}:
        known = context.groups.instance_requests(ident)
    return {instance.id: instance_weight(group, instance) for instance in known if instance.id is not None}
