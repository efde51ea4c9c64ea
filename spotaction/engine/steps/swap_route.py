"""Swaps production to the new group's target group and the stage to the old one's, then renames the groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import same_shares
from spotaction.engine.steps.groups import restore_names, take_names
from spotaction.engine.steps.routes import (
    load_balancer_api,
    raise_for_skipped,
    require_unmodified,
    restore_production,
    restore_routes_commands,
    restore_stage,
    swap_forward,
    verify_written,
    with_idle_target,
    write_and_verify,
)
from spotaction.engine.steps.staged_capacity import scale_out_again
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.resources import Forward, Route


@dataclass(frozen=True)
class SwapRoute:
    """Swaps the routes of every load balancer that has a stage route. `bake` is in seconds, before the renames."""

    bake: float = 0.0
    name: str = "swap-route"

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Write production's rules, then the stage's, and read each back; bake; rename; verify production's rules.

        Before production leaves blue, the stage rule gets blue as well: ELB does not check the health of a target group
        that no rule uses, and production could not be restored to it. Raises `FailedError` when a rule was modified
        outside this deployment or the bake fails, `SafetyError` when green has too few healthy targets.
        """
        pairs = [pair for pair in deployment.snapshot.routes if pair.stage is not None]
        prods, stages = [_production_swap(pair) for pair in pairs], [_stage_swap(pair) for pair in pairs]
        live = _read_unmodified((*prods, *stages), context)
        if scale_out_again(deployment, context):
            live = _read_unmodified((*prods, *stages), context)
        kept = [_keep_blue(*each, context) for each in zip(pairs, live[: len(pairs)], live[len(pairs) :], strict=True)]
        if any(kept):  # until that was verified, something else may have written the rules
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
        """Restore production's rules (bringing the old group up if needed), then the stage's, then the names.

        Raises `FailedError` for rules that were modified outside this deployment and not restored.
        """
        left = (*restore_production(deployment, context, bring_up=True), *restore_stage(deployment, context))
        restore_names(deployment, context)
        raise_for_skipped(left)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return the commands that restore the rules and the old group's name."""
        return restore_routes_commands(deployment)


def _read_unmodified(routes: Sequence[tuple[Route, Forward]], context: DeployContext) -> tuple[Route, ...]:
    """The routes as they are now. Raises `FailedError` when one was modified outside this deployment."""
    live = load_balancer_api(context).read([route for route, _ in routes])
    for now, (snapshot, wanted) in zip(live, routes, strict=True):
        require_unmodified(now, snapshot, wanted)
    return live


def _keep_blue(pair: RoutePair, prod: Route, stage: Route, context: DeployContext) -> bool:
    """Add blue to the stage rule; return whether that needed a write.

    A network load balancer's listener takes one target group only: there, Spot's health decides meanwhile.
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
