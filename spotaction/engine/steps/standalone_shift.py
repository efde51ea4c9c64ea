"""Standalone shift: another rule's forward set to given weights, for a path or a partner of its own."""

from dataclasses import dataclass

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.safety import route_label
from spotaction.engine.steps.routes import load_balancer_api, restore_rule, write_and_verify
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Forward, ListenerArn, Route, RuleArn


@dataclass(frozen=True)
class StandaloneTrafficShift:
    """The rule is not one that the setup knows as production; one target group alone gets everything."""

    load_balancer: str
    listener: ListenerArn
    rule: RuleArn
    forward: Forward
    name: str = "standalone-shift"

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Remember the rule as it was at the first touch, write, read back."""
        live = load_balancer_api(context).by_arn(self.listener, self.rule, load_balancer=self.load_balancer, port=0)
        if any(pair.prod.rule == live.rule for pair in deployment.snapshot.routes):
            raise RefusedError(
                f"{route_label(live)} is this deployment's production rule and cannot be shifted on its own.",
                next_step="use traffic-weights for it, or name another rule.",
            )
        if all(touched.rule != live.rule for touched in deployment.standalone_routes):
            deployment.standalone_routes.append(live)
            context.save(deployment)
        write_and_verify(context, live, self.forward)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """The rule as it was at the first touch."""
        touched = [route for route in deployment.standalone_routes if route.rule == self.rule]
        restore_touched(touched, context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """The command that lets the rule forward as before."""
        return manual_actions.all_of(
            *(
                manual_actions.restore_route_command(route)
                for route in deployment.standalone_routes
                if route.rule == self.rule
            )
        )


def restore_touched(touched: list[Route], context: DeployContext) -> None:
    """Rules back to the forward that they had at the first touch."""
    for route, live in zip(touched, load_balancer_api(context).read(touched) if touched else (), strict=True):
        restore_rule(context, live, route)
