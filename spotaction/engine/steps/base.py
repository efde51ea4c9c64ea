"""The protocol of a step: a name, `run`, `rollback`, and how to roll back by hand."""

from typing import Protocol

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment


class Step(Protocol):
    """A step of a strategy. `run` and `rollback` may be repeated after a crash: they read the clouds, then act."""

    @property
    def name(self) -> str:
        """The step's name in the log, the summary and `until`."""
        ...

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Run the step. Raises `FailedError` when the release is bad, `ApiError` when a cloud rejects a call."""
        ...

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Restore what `run` may have changed, from the snapshot and the live clouds only. Raises like `run`."""
        ...

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return the links or commands for a person to finish a failed `rollback`; empty if there is nothing to do."""
        ...
