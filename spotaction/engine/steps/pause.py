"""Pauses between two steps while the new group and the alarms are watched."""

from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


@dataclass(frozen=True)
class Pause:
    """A pause of `seconds`, during which the new group has to stay steady."""

    name: str
    seconds: float

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Bake for the length of the pause. Raises `FailedError` when an alarm fires or the group is not steady."""
        new = context.groups.get(deployment.new.id) if deployment.new else None
        steady = (
            [context.wait_for_healthy(new, new.capacity.target)] if new is not None and new.capacity.target > 0 else []
        )
        context.bake_for(steady, self.seconds, why=f"requested by step {self.name}")

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Do nothing: a pause changes nothing."""

    def manual_rollback(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Return an empty text: a pause changes nothing."""
        return ""
