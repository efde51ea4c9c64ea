"""Setup of a basic or canary deployment: the new group `<app>__N`, at 0 instances."""

from dataclasses import dataclass, field

from spotaction import by_hand
from spotaction.deployment import Deployment
from spotaction.model import GroupId, JsonObject
from spotaction.steps.groups import create
from spotaction.steps.removal import remove_new
from spotaction.world import World


@dataclass(frozen=True)
class Setup:
    """`config` is the bare group with its image and user data; `group_name` was chosen from the `known` groups."""

    group_name: str
    config: JsonObject = field(repr=False)
    name: str = "setup"
    known: frozenset[GroupId] = field(default=frozenset(), repr=False)

    def run(self, deployment: Deployment, world: World) -> None:
        """Create the new group beside the old one; nothing that serves is touched."""
        create(deployment, world, name=self.group_name, config=self.config, known=self.known)

    def rollback(self, deployment: Deployment, world: World) -> None:
        """Drain and delete the new group."""
        remove_new(deployment, world)

    def by_hand(self, deployment: Deployment) -> str:
        """The new group in the console."""
        return by_hand.deletion(deployment.new, deployment.snapshot.old)
