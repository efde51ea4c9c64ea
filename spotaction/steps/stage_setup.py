"""Stage setup of a blue/green deployment: the new group at full capacity behind the stage target groups."""

from dataclasses import dataclass, field, replace

from spotaction import by_hand
from spotaction.deployment import Deployment, GroupRef
from spotaction.model import GroupId, JsonObject
from spotaction.steps.groups import create
from spotaction.steps.removal import remove_new
from spotaction.world import World


@dataclass(frozen=True)
class StageSetup:
    """`stale` are groups that bear the stage name: their target group is needed, so they are deleted.

    `known` are the groups that there were when all this was looked at. `bake` is in seconds.
    """

    group_name: str
    config: JsonObject = field(repr=False)
    stale: tuple[GroupRef, ...] = ()
    bake: float = 0.0
    name: str = "stage-setup"
    known: frozenset[GroupId] = field(default=frozenset(), repr=False)

    def run(self, deployment: Deployment, world: World) -> None:
        """Create beside production, scale to full capacity, wait until steady behind the stage, clear the stage."""
        assert deployment.capacity is not None
        greens = tuple(dict.fromkeys(pair.green for pair in deployment.snapshot.routes))
        new = create(
            deployment, world, name=self.group_name, config=self.config, target_groups=greens, known=self.known
        )
        if new.capacity.target < deployment.capacity.target or new.capacity.maximum < deployment.capacity.maximum:
            world.groups.scale(new.id, deployment.capacity)
        steady = world.steady(replace(new, capacity=deployment.capacity), deployment.capacity.target, launching=True)
        world.wait([steady])
        for group in self.stale:  # others' groups wait at the gate, which costs nothing once the new one has booted
            world.groups.delete(group.id)
        world.bake([steady], self.bake, why="before it gets production's requests")

    def rollback(self, deployment: Deployment, world: World) -> None:
        """Drain and delete the new group."""
        remove_new(deployment, world)

    def by_hand(self, deployment: Deployment) -> str:
        """The new group in the console."""
        return by_hand.deletion(deployment.new, deployment.snapshot.old)
