"""Swap: production to the new group's target group, the stage to the old one's, then the names."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.deployment import Deployment, RoutePair
from spotaction.forwards import same
from spotaction.model import Forward, Route
from spotaction.steps.routes import (
    beside,
    change,
    complain,
    ports,
    restore_names,
    restore_production,
    restore_stage,
    routes_by_hand,
    swapped,
    take_names,
    unchanged,
    verify,
)
from spotaction.steps.staged_capacity import scale_out_again
from spotaction.world import World


@dataclass(frozen=True)
class SwapRoute:
    """Swaps every load balancer that has a stage route. `bake` is in seconds, before the names move."""

    bake: float = 0.0
    name: str = "swap-route"

    def run(self, deployment: Deployment, world: World) -> None:
        """Production rules first, then stage rules, each read back; then bake; then names, and a last look.

        Before production leaves blue, the stage rule names blue, too: a target group that no rule names has no health,
        and production could not go back to it.
        """
        pairs = [pair for pair in deployment.snapshot.routes if pair.stage is not None]
        prods, stages = [_prod(pair) for pair in pairs], [_stage(pair) for pair in pairs]
        live = _read((*prods, *stages), world)
        if scale_out_again(deployment, world):
            live = _read((*prods, *stages), world)
        kept = [_keep_blue(*each, world) for each in zip(pairs, live[: len(pairs)], live[len(pairs) :], strict=True)]
        if any(kept):  # until that read back somebody else may have written
            live = _read((*prods, *stages), world)
        for now, (_, wanted) in zip(live, (*prods, *stages), strict=True):
            change(world, now, wanted)
        assert deployment.new is not None
        if self.bake > 0:
            new = world.need(deployment.new.id, "The new Elastigroup")
            world.bake(
                [world.steady(new, new.capacity.target)],
                self.bake,
                why="with all of production's requests",
                serves=True,
            )
        take_names(deployment, world)
        verify(world, dict(prods))

    def rollback(self, deployment: Deployment, world: World) -> None:
        """Production back first (the old group is brought up if it has to be), then the stage, then the names."""
        left = (*restore_production(deployment, world, bring_up=True), *restore_stage(deployment, world))
        restore_names(deployment, world)
        complain(left)

    def by_hand(self, deployment: Deployment) -> str:
        """The commands that let the rules forward as before."""
        return routes_by_hand(deployment)


def _read(routes: Sequence[tuple[Route, Forward]], world: World) -> tuple[Route, ...]:
    """The routes as they are now. Raises `FailedError` where someone else changed one."""
    live = ports(world).read([route for route, _ in routes])
    for now, (snapshot, wanted) in zip(live, routes, strict=True):
        unchanged(now, snapshot, wanted)
    return live


def _keep_blue(pair: RoutePair, prod: Route, stage: Route, world: World) -> bool:
    """Have the stage rule name blue, too; the answer is whether it had to be written.

    A network load balancer's listener takes one target group only: there, health is what Spot says meanwhile.
    """
    moved = swapped(pair.prod.forward, pair)
    named = {target.target_group for target in (*moved.targets, *stage.forward.targets)}
    if pair.blue in named or same(prod.forward, moved) or ":listener/net/" in stage.listener:
        return False
    change(world, stage, beside(stage.forward, pair.blue))
    return True


def _prod(pair: RoutePair) -> tuple[Route, Forward]:
    return pair.prod, swapped(pair.prod.forward, pair)


def _stage(pair: RoutePair) -> tuple[Route, Forward]:
    assert pair.stage is not None
    return pair.stage, swapped(pair.stage.forward, pair)
