"""A step that does not run in this deployment, kept so that log and summary say why."""

from dataclasses import dataclass

from spotaction.deployment import Deployment
from spotaction.world import World


@dataclass(frozen=True)
class Skipped:
    """The engine passes it by; `why` is a condition in words."""

    name: str
    why: str

    def run(self, deployment: Deployment, world: World) -> None:
        """Nothing."""

    def rollback(self, deployment: Deployment, world: World) -> None:
        """Nothing."""

    def by_hand(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return ""
