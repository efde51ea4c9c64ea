"""Swap: production to the new group's target group, the stage to the old one's, then the names."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import same_shares
from spotaction.engine.steps.routes import (
    load_balancer_api,
    raise_for_skipped,
    require_unmodified,
    restore_names,
    restore_production,
    restore_routes_commands,
    restore_stage,
    swap_forward,
    take_names,
    verify_written,
    with_idle_target,
    write_and_verify,
)
from spotaction.engine.steps.staged_capacity import scale_out_again
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.resources import Forward, Route


@dataclass(frozen=True)
class SwapRoute:
    """Swaps every load balancer that has a stage route. `bake` is in seconds, before the names move."""

    bake: float = 0.0
    name: str = "swap-route"

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Production rules first, then stage rules, each read back; then bake; then names, and a last look.

        Before production leaves blue, the stage rule names blue, too: a target group that no rule names has no health,
        and production could not go back to it.
        """
        pairs = [pair for pair in deployment.snapshot.routes if pair.stage is not None]
        prods, stages = [_production_swap(pair) for pair in pairs], [_stage_swap(pair) for pair in pairs]
        live = _read_unmodified((*prods, *stages), context)
        if scale_out_again(deployment, context):
            live = _read_unmodified((*prods, *stages), context)
        kept = [_keep_blue(*each, context) for each in zip(pairs, live[: len(pairs)], live[len(pairs) :], strict=True)]
        if any(kept):  # until that read back somebody else may have written
            live = _read_unmodified((*prods, *stages), context)
        for now, (_, wanted) in zip(live, (*prods, *stages), strict=True):
            write_and_verify(context, now, wanted)
        assert deployment.new is not None
        if self.bake > 0:
            new = context.require_group(deployment.new.id, "The new Elastigroup")
            context.bake_for(
                [context.wait_for_healthy(new, new.capacity.target)],
                self.bake,
                why="with all of production's requests",
                serves=True,
            )
        take_names(deployment, context)
        verify_written(context, dict(prods))

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Production back first (the old group is brought up if it has to be), then the stage, then the names."""
        left = (*restore_production(deployment, context, bring_up=True), *restore_stage(deployment, context))
        restore_names(deployment, context)
        raise_for_skipped(left)

    def manual_rollback(self, deployment: Deployment) -> str:
        """The commands that let the rules forward as before."""
        return restore_routes_commands(deployment)


def _read_unmodified(routes: Sequence[tuple[Route, Forward]], context: DeployContext) -> tuple[Route, ...]:
    """The routes as they are now. Raises `FailedError` where someone else changed one."""
    live = load_balancer_api(context).read([route for route, _ in routes])
    for now, (snapshot, wanted) in zip(live, routes, strict=True):
        require_unmodified(now, snapshot, wanted)
    return live


def _keep_blue(pair: RoutePair, prod: Route, stage: Route, context: DeployContext) -> bool:
    """Have the stage rule name blue, too; the answer is whether it had to be written.

    A network load balancer's listener takes one target group only: there, health is what Spot says meanwhile.
    """
    moved = swap_forward(pair.prod.forward, pair)
    named = {target.target_group for target in (*moved.targets, *stage.forward.targets)}
    if pair.blue in named or same_shares(prod.forward, moved) or ":listener/net/" in stage.listener:
        return False
    write_and_verify(context, stage, with_idle_target(stage.forward, pair.blue))
    return True


def _production_swap(pair: RoutePair) -> tuple[Route, Forward]:
    return pair.prod, swap_forward(pair.prod.forward, pair)


def _stage_swap(pair: RoutePair) -> tuple[Route, Forward]:
    assert pair.stage is not None
    return pair.stage, swap_forward(pair.stage.forward, pair)
