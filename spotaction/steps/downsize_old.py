"""Downsize the group that production no longer uses, after a delay."""

from dataclasses import dataclass

from spotaction import by_hand
from spotaction.deployment import Deployment
from spotaction.model import ZERO
from spotaction.steps.groups import restore_old
from spotaction.steps.routes import change, ports, same, shifted
from spotaction.world import World


@dataclass(frozen=True)
class DownsizeOld:
    """`delay` in seconds: the new group has to stay steady (and the alarms quiet) so long before the old one goes.

    `restick` turns group stickiness on again where the last shift turned it off.
    """

    delay: float = 0.0
    restick: bool = False
    name: str = "downsize-old"

    def run(self, deployment: Deployment, world: World) -> None:
        """Hold, scale the old group to 0, wait until it has drained; the new one must still be there then."""
        old = world.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
        if old is not None:
            assert deployment.new is not None
            new = world.need(deployment.new.id, "The new Elastigroup")
            world.bake([world.steady(new, new.capacity.target)], self.delay)
            world.groups.scale(old.id, ZERO)
            world.wait([world.settled(old, 0)])
            world.need(new.id, "The new Elastigroup")
        if self.restick:
            _restick(deployment, world)

    def rollback(self, deployment: Deployment, world: World) -> None:
        """The old group back to its snapshot, and steady."""
        restore_old(deployment, world)

    def by_hand(self, deployment: Deployment) -> str:
        """The old group in the console."""
        return by_hand.capacity(deployment.snapshot.old)


def _restick(deployment: Deployment, world: World) -> None:
    pairs = [pair for pair in deployment.snapshot.routes if pair.stage is None and pair.prod.forward.sticky_seconds]
    for pair, live in zip(pairs, ports(world).read([pair.prod for pair in pairs]) if pairs else (), strict=True):
        wanted = shifted(pair.prod.forward, pair, 100)
        if not same(live.forward, wanted):
            change(world, live, wanted)
