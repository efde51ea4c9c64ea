"""Scales the group that production no longer uses to 0, after a delay."""

from dataclasses import dataclass

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import same_shares
from spotaction.engine.steps.draining import wait_drained, watch_new
from spotaction.engine.steps.groups import restore_old
from spotaction.engine.steps.production_rules import require_as_written, watch_rules
from spotaction.engine.steps.routes import load_balancer_api, shift_forward, swap_forward, write_and_verify
from spotaction.model.capacity import required_targets
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.resources import ZERO, Forward, Group


@dataclass(frozen=True)
class DownsizeOld:
    """The new group has to stay steady (and no alarm may fire) for `delay` seconds before the old one is scaled down.

    `restick` turns group stickiness on again where the last shift turned it off.
    """

    delay: float = 0.0
    restick: bool = False
    name: str = "downsize-old"

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Bake, scale the old group to 0, and wait until it has drained, watching the new group and the rules.

        Raises `FailedError` when the new group or an alarm fails, or when a rule was modified outside this deployment.
        """
        old = context.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
        if old is not None:
            assert deployment.new is not None
            new = context.require_group(deployment.new.id, "The new Elastigroup")
            steady = context.wait_for_healthy(new, new.capacity.target)
            context.bake_for([steady], self.delay, why=f"before {old.name} is scaled down", serves=True)
            self._drain(deployment, context, old, new)
        if self.restick:
            _restore_stickiness(deployment, context)

    def _drain(self, deployment: Deployment, context: DeployContext, old: Group, new: Group) -> None:
        """Production's rules are read right before scaling down, and until the last old instance is gone."""
        written = {pair.prod: _final_forward(pair) for pair in deployment.snapshot.routes}
        context.pass_gate(old.id)
        context.note_draining(old)
        require_as_written(context, written)
        context.groups.scale(old.id, ZERO)
        assert deployment.snapshot.old is not None
        needed = required_targets(deployment.snapshot.old.capacity, deployment.capacity or new.capacity)
        watch = (*watch_new(context, new, needed), *watch_rules(context, written))
        wait_drained(deployment, context, [context.wait_for_drained(old, 0)], watch)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Restore the old group's capacity and wait until it is steady."""
        restore_old(deployment, context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return how to restore the old group's capacity in the Spot console."""
        return manual_actions.restore_capacity(deployment.snapshot.old)


def _restore_stickiness(deployment: Deployment, context: DeployContext) -> None:
    pairs = [pair for pair in deployment.snapshot.routes if pair.stage is None and pair.prod.forward.sticky_seconds]
    for pair, live in zip(
        pairs, load_balancer_api(context).read([pair.prod for pair in pairs]) if pairs else (), strict=True
    ):
        if not same_shares(live.forward, _final_forward(pair)):
            write_and_verify(context, live, _final_forward(pair))


def _final_forward(pair: RoutePair) -> Forward:
    return shift_forward(pair.prod.forward, pair, 100) if pair.stage is None else swap_forward(pair.prod.forward, pair)
