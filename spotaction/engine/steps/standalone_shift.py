"""Standalone shift: sets the weights of a rule that is not production's, such as one for a path or a partner."""

from dataclasses import dataclass

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.steps.routes import load_balancer_api, restore_rule, write_and_verify
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Forward, ListenerArn, Route, RuleArn


@dataclass(frozen=True)
class StandaloneTrafficShift:
    """Sets `forward` on a rule that is not one of the deployment's production rules."""

    load_balancer: str
    listener: ListenerArn
    rule: RuleArn
    forward: Forward
    name: str = "standalone-shift"

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Record the rule as it was before the first write, write the forward, and read it back.

        Raises `RefusedError` when the rule is a production rule, `ApiError` when AWS rejects a call.
        """
        live = load_balancer_api(context).by_arn(self.listener, self.rule, load_balancer=self.load_balancer, port=0)
        if any(pair.prod.rule == live.rule for pair in deployment.snapshot.routes):
            raise RefusedError(
                f"{live.label} is this deployment's production rule and cannot be shifted on its own.",
                next_step="use traffic-weights for it, or name another rule.",
            )
        if all(recorded.rule != live.rule for recorded in deployment.standalone_routes):
            deployment.standalone_routes.append(live)
            context.save(deployment)
        write_and_verify(context, live, self.forward)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Restore the rule as it was before the first write. Raises `ApiError`."""
        restore_rules([route for route in deployment.standalone_routes if route.rule == self.rule], context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return the command that restores the rule's forward."""
        return manual_actions.all_of(
            *(
                manual_actions.restore_route_command(route)
                for route in deployment.standalone_routes
                if route.rule == self.rule
            )
        )


def restore_rules(recorded: list[Route], context: DeployContext) -> None:
    """Restore the forwards that rules had before the first write. Raises `ApiError` or `SafetyError`."""
    for route, live in zip(recorded, load_balancer_api(context).read(recorded) if recorded else (), strict=True):
        restore_rule(context, live, route)
