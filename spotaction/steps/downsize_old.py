"""Downsize the group that production no longer uses, after a delay."""

from dataclasses import dataclass

from spotaction import by_hand
from spotaction.capacity import required
from spotaction.deployment import Deployment, RoutePair
from spotaction.forwards import same
from spotaction.model import ZERO, Forward, Group
from spotaction.steps.draining import wait_drained, watch_new
from spotaction.steps.groups import restore_old
from spotaction.steps.production_rules import require_as_written, watch_rules
from spotaction.steps.routes import change, ports, shifted, swapped
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
        """Bake, scale the old group to 0, and wait until it has drained, with an eye on what replaces it."""
        old = world.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
        if old is not None:
            assert deployment.new is not None
            new = world.need(deployment.new.id, "The new Elastigroup")
            steady = world.steady(new, new.capacity.target)
            world.bake([steady], self.delay, why=f"before {old.name} is scaled down", serves=True)
            self._drain(deployment, world, old, new)
        if self.restick:
            _restick(deployment, world)

    def _drain(self, deployment: Deployment, world: World, old: Group, new: Group) -> None:
        """Production's rules are read right before, and until the last old instance is gone."""
        written = {pair.prod: _wanted(pair) for pair in deployment.snapshot.routes}
        world.pass_gate(old.id)
        world.expect_to_leave(old)
        require_as_written(world, written)
        world.groups.scale(old.id, ZERO)
        assert deployment.snapshot.old is not None
        needed = required(deployment.snapshot.old.capacity, deployment.capacity or new.capacity)
        watch = (*watch_new(world, new, needed), *watch_rules(world, written))
        wait_drained(deployment, world, [world.drained(old, 0)], watch)

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
