"""Pause between two steps: time to watch, with an eye on the new group and the alarms."""

from dataclasses import dataclass

from spotaction.deployment import Deployment
from spotaction.world import World


@dataclass(frozen=True)
class Pause:
    """`seconds` long; the new group has to stay steady all the time."""

    name: str
    seconds: float

    def run(self, deployment: Deployment, world: World) -> None:
        """Bake. Raises `FailedError` when an alarm fires or the group does not stay steady."""
        new = world.groups.get(deployment.new.id) if deployment.new else None
        steady = [world.steady(new, new.capacity.target)] if new is not None and new.capacity.target > 0 else []
        world.bake(steady, self.seconds, why=f"as step {self.name} asks")

    def rollback(self, deployment: Deployment, world: World) -> None:
        """There is nothing to put back."""

    def by_hand(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Nothing was changed."""
        return ""
