"""A step that does not run in this deployment, kept so that the log and summary can say why."""

from dataclasses import dataclass

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


@dataclass(frozen=True)
class Skipped:
    """The engine skips it; `why` describes the condition that was not met."""

    name: str
    why: str

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Do nothing."""

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Do nothing."""

    def manual_rollback(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Return an empty text: a skipped step changes nothing."""
        return ""
