"""A check as a step of its own: it measures the release and changes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment
from spotaction.model.errors import FailedError, RefusedError

if TYPE_CHECKING:
    from spotaction.model.checks import Check


@dataclass(frozen=True)
class RunCheck:
    """`step` is the step that it comes before or after."""

    name: str
    check: "Check"
    step: str

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Measure until there is a verdict. Raises `FailedError` if the check does not pass.

        Before anything was changed that is a `RefusedError`: there is nothing to roll back.
        """
        assert context.checks is not None
        try:
            context.checks.run_check(self.check, self.step, deployment, context)
        except FailedError as error:
            if deployment.started_steps:
                raise
            raise RefusedError(error.message, next_step=error.next_step) from error

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Do nothing: a check changes nothing."""

    def manual_rollback(self, deployment: Deployment) -> str:  # noqa: ARG002 - the protocol's signature
        """Return an empty text: a check changes nothing."""
        return ""
