"""Pause between two steps: time to watch, with an eye on the new group and the alarms."""

from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


@dataclass(frozen=True)
class Pause:
    """`seconds` long; the new group has to stay steady all the time."""

    name: str
    seconds: float

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Bake. Raises `FailedError` when an alarm fires or the group does not stay steady."""
        new = context.groups.get(deployment.new.id) if deployment.new else None
        steady = (
            [context.wait_for_healthy(new, new.capacity.target)] if new is not None and new.capacity.target > 0 else []
        )
        context.bake_for(steady, self.seconds, why=f"as step {self.name} asks")

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """There is nothing to put back."""

    def manual_rollback(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Nothing was changed."""
        return ""
