"""What every step is: a name, a way to run and a way back."""

from typing import Protocol

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


class Step(Protocol):
    """A step of a strategy. Both ways may be called again after a crash: they look at the world, then act."""

    @property
    def name(self) -> str:
        """How log, summary and `until` call it."""
        ...

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Do it. Raises `FailedError` when the release is bad, `ApiError` when a cloud refuses."""
        ...

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Put back what `run` may have changed, from the snapshot and the live world only."""
        ...

    def manual_rollback(self, deployment: Deployment) -> str:
        """The link or command with which a person does what `rollback` could not."""
        ...
