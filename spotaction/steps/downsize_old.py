"""Downsize the group that production no longer uses, after a delay."""

from dataclasses import dataclass

from spotaction import by_hand
from spotaction.deployment import Deployment, RoutePair
from spotaction.model import ZERO, Forward
from spotaction.steps.groups import restore_old
from spotaction.steps.routes import change, ports, same, shifted, still_written, swapped
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
        """Hold, scale the old group to 0, wait until it has drained; production must still be on the new one then."""
        old = world.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
        if old is not None:
            assert deployment.new is not None
            new = world.need(deployment.new.id, "The new Elastigroup")
            world.bake([world.steady(new, new.capacity.target)], self.delay, serves=True)
            world.groups.scale(old.id, ZERO)
            world.wait([world.settled(old, 0)])
            world.need(new.id, "The new Elastigroup")
            still_written(world, {pair.prod: _wanted(pair) for pair in deployment.snapshot.routes})
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
        if not same(live.forward, _wanted(pair)):
            change(world, live, _wanted(pair))


def _wanted(pair: RoutePair) -> Forward:
    return shifted(pair.prod.forward, pair, 100) if pair.stage is None else swapped(pair.prod.forward, pair)
