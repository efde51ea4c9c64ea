"""Sets up a basic or canary deployment: creates the new group `<app>__N` with 0 instances."""

from dataclasses import dataclass, field

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.steps.groups import create_group
from spotaction.engine.steps.removal import remove_new
from spotaction.model.deployment import Deployment
from spotaction.model.resources import GroupId, JsonObject


@dataclass(frozen=True)
class Setup:
    """`config` is the group's body with image and user data; `group_name` was chosen given the `known` groups."""

    group_name: str
    config: JsonObject = field(repr=False)
    name: str = "setup"
    known: frozenset[GroupId] = field(default=frozenset(), repr=False)

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Create the new group beside the old one. Raises `ConflictError` if another run goes first, or `ApiError`."""
        create_group(deployment, context, name=self.group_name, config=self.config, known=self.known)

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Drain and delete the new group."""
        remove_new(deployment, context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return how to delete the new group in the Spot console."""
        return manual_actions.delete_group(deployment.new, deployment.snapshot.old)
