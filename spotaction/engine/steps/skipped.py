"""A step that does not run in this deployment, kept so that log and summary say why."""

from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


@dataclass(frozen=True)
class Skipped:
    """The engine passes it by; `why` is a condition in words."""

    name: str
    why: str

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Nothing."""

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Nothing."""

    def manual_rollback(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return ""
