"""Downsize the group that production no longer uses, after a delay."""

from dataclasses import dataclass, replace

from spotaction import by_hand
from spotaction.deployment import Deployment, RoutePair
from spotaction.errors import ApiError, CredentialError, FailedError
from spotaction.events import Warned
from spotaction.model import ZERO, Forward
from spotaction.safety import where
from spotaction.steps.groups import restore_old
from spotaction.steps.routes import change, ports, same, shifted, swapped
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
            world.bake([world.steady(new, new.capacity.target)], self.delay)
            world.groups.scale(old.id, ZERO)
            world.wait([world.settled(old, 0)])
            world.need(new.id, "The new Elastigroup")
            _look_again(deployment, world)
        if self.restick:
            _restick(deployment, world)

    def rollback(self, deployment: Deployment, world: World) -> None:
        """The old group back to its snapshot, and steady."""
        restore_old(deployment, world)

    def by_hand(self, deployment: Deployment) -> str:
        """The old group in the console."""
        return by_hand.capacity(deployment.snapshot.old)


def _look_again(deployment: Deployment, world: World) -> None:
    """A last look at production's rules. Raises `FailedError` when one was changed while the old group drained.

    That no answer comes is no reason to take back what has gone well until here.
    """
    pairs = deployment.snapshot.routes
    try:
        live = ports(world).read([pair.prod for pair in pairs]) if pairs else ()
    except (ApiError, CredentialError) as error:
        world.notify(Warned(f"Whether production's rules are still as written cannot be seen: {error.message}"))
        return
    for pair, now in zip(pairs, live, strict=True):
        if not same(_plain(now.forward), _plain(_wanted(pair))):
            raise FailedError(
                f"{where(now)} was changed by someone else: it forwards to {now.forward}.",
                next_step="find out who writes this rule (another pipeline, Terraform, a person), then run again.",
            )


def _restick(deployment: Deployment, world: World) -> None:
    pairs = [pair for pair in deployment.snapshot.routes if pair.stage is None and pair.prod.forward.sticky_seconds]
    for pair, live in zip(pairs, ports(world).read([pair.prod for pair in pairs]) if pairs else (), strict=True):
        if not same(live.forward, _wanted(pair)):
            change(world, live, _wanted(pair))


def _plain(forward: Forward) -> Forward:
    """Without stickiness, which a shift turns off for a while."""
    return replace(forward, sticky_seconds=None)


def _wanted(pair: RoutePair) -> Forward:
    return shifted(pair.prod.forward, pair, 100) if pair.stage is None else swapped(pair.prod.forward, pair)
