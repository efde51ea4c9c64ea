"""What healthy targets are worth where a group's capacity is counted in weight, not in instances."""

from collections.abc import Mapping

from spotaction.errors import ApiError, CredentialError
from spotaction.health import weight
from spotaction.model import GroupId, Instance, InstanceId
from spotaction.world import World


def units(world: World, ident: GroupId, healthy: frozenset[InstanceId]) -> int | None:
    """The weight units of these targets; None for a group that counts instances, or where Spot cannot be asked.

    A target that is no instance of the group counts as one.
    """
    try:
        weights = _weights(world, ident, healthy)
    except (ApiError, CredentialError):
        return None
    return None if weights is None else sum(weights.get(target, 1) for target in healthy)


def _weights(world: World, ident: GroupId, healthy: frozenset[InstanceId]) -> Mapping[InstanceId, int] | None:
    """An instance keeps its type, so a look that saw them all will do, however old it is."""
    seen = world.sightings.views.get(ident)
    group = seen[1].group if seen else world.groups.get(ident)
    if group is None or group.unit != "weight":
        return None
    known: tuple[Instance, ...] = seen[1].instances if seen else ()
    if not healthy <= {instance.id for instance in known}:
        known = world.groups.pending(ident)
    return {instance.id: weight(group, instance) for instance in known if instance.id is not None}
