"""Shifts a share of production's requests to the new group's target group, on one rule with two target groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import externally_modified_error, same_shares
from spotaction.engine.steps.groups import restore_names, take_names
from spotaction.engine.steps.production_rules import require_as_written
from spotaction.engine.steps.routes import (
    load_balancer_api,
    raise_for_skipped,
    restore_production,
    restore_routes_commands,
    shift_forward,
    verify_written,
    write_and_verify,
)
from spotaction.engine.steps.staged_capacity import scale_out_again
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.resources import Forward, Route

WHOLE = 100


@dataclass(frozen=True)
class TrafficShift:
    """`weight` is the new group's percentage of the requests, `bake` is in seconds.

    `unstick` turns group stickiness off at 100 %, so that no client stays pinned to a group that will drain.
    `renames` is False if a swap follows, which renames the groups.
    """

    name: str
    weight: int
    bake: float = 0.0
    unstick: bool = False
    renames: bool = True

    @property
    def takes_names(self) -> bool:
        """Whether the groups are renamed once the weights are written."""
        return self.weight >= WHOLE and self.renames

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Write the weights, read them back and bake; at 100 %, rename the groups and verify the weights once more.

        Raises `FailedError` when the bake fails or a rule was modified outside this deployment, even during the bake,
        and `SafetyError` when green has too few healthy targets.
        """
        pairs = [pair for pair in deployment.snapshot.routes if pair.stage is None]
        live = _read(pairs, context)
        if scale_out_again(deployment, context):
            live = _read(pairs, context)
        wanted = {pair.prod: self._wanted_forward(pair) for pair in pairs}
        expected = {now: now.forward for now in live}
        for pair, now in zip(pairs, live, strict=True):
            if self._is_behind(pair, now):
                expected[now] = wanted[pair.prod]
                write_and_verify(context, now, expected[now])
        assert deployment.new is not None
        if self.bake > 0:
            new = context.require_group(deployment.new.id, "The new Elastigroup")
            share = f"with {self.weight}% of production's requests"
            context.bake_for([context.wait_for_healthy(new, new.capacity.target)], self.bake, why=share, serves=True)
            require_as_written(context, expected)
        if self.takes_names:
            take_names(deployment, context)
            verify_written(context, wanted)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Restore the weights, then the names.

        Raises `FailedError` for rules that were modified outside this deployment and not restored.
        """
        left = restore_production(deployment, context, bring_up=True)
        restore_names(deployment, context)
        raise_for_skipped(left)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return the commands that restore the rules and the old group's name."""
        return restore_routes_commands(deployment)

    def _wanted_forward(self, pair: RoutePair) -> Forward:
        forward = shift_forward(pair.prod.forward, pair, self.weight)
        return replace(forward, sticky_seconds=None) if self.unstick and self.weight >= WHOLE else forward

    def _is_behind(self, pair: RoutePair, live: Route) -> bool:
        """Whether the rule gives the new group less than this step should."""
        now = live.forward.share_of(pair.green)
        return now < self.weight / WHOLE or (
            self.weight >= WHOLE and not same_shares(live.forward, self._wanted_forward(pair))
        )


def _read(pairs: Sequence[RoutePair], context: DeployContext) -> tuple[Route, ...]:
    """The rules as they are now. Raises `FailedError` when one was modified outside this deployment."""
    live = load_balancer_api(context).read([pair.prod for pair in pairs])
    for pair, now in zip(pairs, live, strict=True):
        if {t.target_group for t in now.forward.targets} != {pair.blue, pair.green}:
            raise externally_modified_error(now, f"it forwards to {now.forward}")
    return live
