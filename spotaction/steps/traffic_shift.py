"""Shift: a share of production's requests to the new group's target group, on one rule with two target groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.deployment import Deployment, RoutePair
from spotaction.errors import FailedError
from spotaction.forwards import same
from spotaction.model import Forward, Route
from spotaction.safety import where
from spotaction.steps.production_rules import require_as_written
from spotaction.steps.routes import (
    change,
    complain,
    ports,
    restore_names,
    restore_production,
    routes_by_hand,
    shifted,
    take_names,
    verify,
)
from spotaction.steps.staged_capacity import scale_out_again
from spotaction.world import World

WHOLE = 100


@dataclass(frozen=True)
class TrafficShift:
    """`weight` is the percentage for the new group, `bake` in seconds.

    `unstick` turns group stickiness off at 100 %, so that no client stays pinned to a group that will drain.
    `renames` is False where a swap follows that takes the names.
    """

    name: str
    weight: int
    bake: float = 0.0
    unstick: bool = False
    renames: bool = True

    def run(self, deployment: Deployment, world: World) -> None:
        """Write the weights, read them back, bake; at 100 % take the names and look at the weights once more.

        Whoever else writes the rule while it bakes is not written over by the next weight: that fails the step.
        """
        pairs = [pair for pair in deployment.snapshot.routes if pair.stage is None]
        live = _read(pairs, world)
        if scale_out_again(deployment, world):
            live = _read(pairs, world)
        wanted = {pair.prod: self._wanted(pair) for pair in pairs}
        standing = {now: now.forward for now in live}
        for pair, now in zip(pairs, live, strict=True):
            if self._is_behind(pair, now):
                standing[now] = wanted[pair.prod]
                change(world, now, standing[now])
        assert deployment.new is not None
        if self.bake > 0:
            new = world.need(deployment.new.id, "The new Elastigroup")
            share = f"with {self.weight} % of production's requests"
            world.bake([world.steady(new, new.capacity.target)], self.bake, why=share, serves=True)
            require_as_written(world, standing)
        if self.weight >= WHOLE and self.renames:
            take_names(deployment, world)
            verify(world, wanted)

    def rollback(self, deployment: Deployment, world: World) -> None:
        """The weights as they were, then the names."""
        left = restore_production(deployment, world, bring_up=True)
        restore_names(deployment, world)
        complain(left)

    def by_hand(self, deployment: Deployment) -> str:
        """The commands that let the rules forward as before."""
        return routes_by_hand(deployment)

    def _wanted(self, pair: RoutePair) -> Forward:
        forward = shifted(pair.prod.forward, pair, self.weight)
        return replace(forward, sticky_seconds=None) if self.unstick and self.weight >= WHOLE else forward

    def _is_behind(self, pair: RoutePair, live: Route) -> bool:
        """Whether the rule gives the new group less than this step does."""
        now = live.forward.share(pair.green)
        return now < self.weight / WHOLE or (self.weight >= WHOLE and not same(live.forward, self._wanted(pair)))


def _read(pairs: Sequence[RoutePair], world: World) -> tuple[Route, ...]:
    """The rules as they are now. Raises `FailedError` where someone else changed one."""
    live = ports(world).read([pair.prod for pair in pairs])
    for pair, now in zip(pairs, live, strict=True):
        if {t.target_group for t in now.forward.targets} != {pair.blue, pair.green}:
            raise FailedError(f"{where(now)} was changed by someone else: it forwards to {now.forward}.")
    return live
