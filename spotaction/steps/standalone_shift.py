"""Standalone shift: another rule's forward set to given weights, for a path or a partner of its own."""

from dataclasses import dataclass

from spotaction import by_hand
from spotaction.deployment import Deployment
from spotaction.errors import RefusedError
from spotaction.model import Forward, ListenerArn, Route, RuleArn
from spotaction.safety import where
from spotaction.steps.routes import change, ports, restore
from spotaction.world import World


@dataclass(frozen=True)
class StandaloneShift:
    """The rule is not one that the setup knows as production; one target group alone gets everything."""

    load_balancer: str
    listener: ListenerArn
    rule: RuleArn
    forward: Forward
    name: str = "standalone-shift"

    def run(self, deployment: Deployment, world: World) -> None:
        """Remember the rule as it was at the first touch, write, read back."""
        live = ports(world).at(self.listener, self.rule, load_balancer=self.load_balancer, port=0)
        if any(pair.prod.rule == live.rule for pair in deployment.snapshot.routes):
            raise RefusedError(
                f"{where(live)} is this deployment's production rule and cannot be shifted on its own.",
                next_step="use traffic-weights for it, or name another rule.",
            )
        if all(touched.rule != live.rule for touched in deployment.touched):
            deployment.touched.append(live)
            world.save(deployment)
        change(world, live, self.forward)

    def rollback(self, deployment: Deployment, world: World) -> None:
        """The rule as it was at the first touch."""
        touched = [route for route in deployment.touched if route.rule == self.rule]
        restore_touched(touched, world)

    def by_hand(self, deployment: Deployment) -> str:
        """The command that lets the rule forward as before."""
        return by_hand.all_of(*(by_hand.route(route) for route in deployment.touched if route.rule == self.rule))


def restore_touched(touched: list[Route], world: World) -> None:
    """Rules back to the forward that they had at the first touch."""
    for route, live in zip(touched, ports(world).read(touched) if touched else (), strict=True):
        restore(world, live, route)
