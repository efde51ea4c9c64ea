"""Sets up the stage of a blue-green deployment: the new group at full capacity in the stage target groups."""

from dataclasses import dataclass, field, replace

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.steps.groups import create_group
from spotaction.engine.steps.removal import remove_new
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.resources import GroupId, JsonObject


@dataclass(frozen=True)
class StageSetup:
    """`stale` groups have the stage name and occupy the target group that is needed, so they are deleted.

    `known` are the groups that existed when the deployment was planned. `bake` is in seconds.
    """

    group_name: str
    config: JsonObject = field(repr=False)
    stale: tuple[GroupRef, ...] = ()
    bake: float = 0.0
    name: str = "stage-setup"
    known: frozenset[GroupId] = field(default=frozenset(), repr=False)

    def run(self, deployment: Deployment, context: DeployContext) -> None:
        """Create the new group, scale it to full capacity, wait until it is steady, delete stale groups, and bake.

        Raises `ConflictError` when another run goes first, `FailedError` or `TimedOutError` when the group does not
        become steady, `ApiError` when Spot rejects a call.
        """
        assert deployment.capacity is not None
        greens = tuple(dict.fromkeys(pair.green for pair in deployment.snapshot.routes))
        new = create_group(
            deployment, context, name=self.group_name, config=self.config, target_groups=greens, known=self.known
        )
        if new.capacity.target < deployment.capacity.target or new.capacity.maximum < deployment.capacity.maximum:
            context.groups.scale(new.id, deployment.capacity)
        steady = context.wait_for_healthy(
            replace(new, capacity=deployment.capacity), deployment.capacity.target, launching=True
        )
        context.wait_for_all([steady])
        for group in self.stale:  # deleting them waits at the gate, which takes no time once the new group has booted
            context.groups.delete(group.id)
        context.bake_for([steady], self.bake, why="before it gets production's requests")

    def rollback(self, deployment: Deployment, context: DeployContext) -> None:
        """Drain and delete the new group."""
        remove_new(deployment, context)

    def manual_rollback(self, deployment: Deployment) -> str:
        """Return how to delete the new group in the Spot console."""
        return manual_actions.delete_group(deployment.new, deployment.snapshot.old)
