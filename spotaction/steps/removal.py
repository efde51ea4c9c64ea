"""Takes the new group down once production is away from it, and watches that it stays away."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from spotaction.deployment import Deployment, GroupRef
from spotaction.drained_group import GONE
from spotaction.errors import ApiError, CredentialError, FailedError, UnsafeError
from spotaction.events import Warned
from spotaction.forwards import ELB_LAG
from spotaction.health import Ready, Verdict, Waiting
from spotaction.model import ZERO, Group
from spotaction.pacing import soon
from spotaction.ports import LIST_LAG
from spotaction.safety import where
from spotaction.steps.routes import restore_production, serves_green
from spotaction.steps.unanswered import await_created
from spotaction.waiting import Wait
from spotaction.world import World

_QUIET = 10.0  # seconds for which a rule has to stay as it was put back: a controller writes it again within that


def remove_new(deployment: Deployment, world: World) -> None:
    """The new group drained, then deleted; one that is gone already is fine.

    Neither begins before production's rules have stayed away from it for a while; while it drains, a rule that somebody
    sends there is put back at once.
    """
    if deployment.new is None and deployment.in_doubt:
        created = await_created(deployment, world)
        deployment.new, deployment.in_doubt = (GroupRef.of(created) if created else None), ""
    group = _find(deployment, world)
    if group is None:
        return
    try:
        _drain_and_delete(group, _Production(deployment, world), world)
    except ApiError as error:
        if error.code != GONE:
            raise
    except FailedError:  # a read that lags may have shown it although somebody had deleted it
        if world.groups.get(group.id) is not None:
            raise


def _drain_and_delete(group: Group, production: "_Production", world: World) -> None:
    if not (world.written.whole and group.capacity == ZERO and group.id not in world.written.capacities):
        production.keep_away()
        world.pass_gate(group.id)
        world.expect_to_leave(group)
        world.groups.scale(group.id, ZERO)
        drained = world.drained(group, 0)
        try:
            world.wait([replace(drained, check=production.watched(drained.check))])
        except FailedError as error:
            world.notify(Warned(f"{group.name} did not drain in time and is deleted as it is. {error.message}"))
        production.keep_away()
    world.groups.delete(group.id)


def _find(deployment: Deployment, world: World) -> Group | None:
    """The new group as it is now; one that was created just now may not be found yet."""
    new = deployment.new
    found = world.groups.get(new.id) if new is not None else None
    created = world.written.created.get(new.id) if new is not None else None
    if found is not None or created is None or created.id in world.sightings.views:
        return found
    age = (world.groups.time() - created.created_at).total_seconds()
    if age >= LIST_LAG:
        return None
    looks: list[Group] = []

    def check() -> Verdict:
        looks.extend(each for each in [world.groups.get(created.id)] if each is not None)
        return Ready("found") if looks else Waiting("Spot does not find it yet")

    try:
        world.wait([Wait(f"{created.name} ({created.id})", check, soon)], LIST_LAG - age)
    except FailedError:
        return None
    return looks[-1]


@dataclass
class _Production:
    """Production's rules during the removal, if this deployment has any."""

    deployment: Deployment
    world: World
    looked_at: float = field(default=float("-inf"))

    def keep_away(self) -> None:
        """Return once no production rule has sent requests to the group for `_QUIET` seconds after it was put back.

        Raises `FailedError` where somebody else keeps writing them: the group stays, since production needs it.
        """
        clock, until, least = self.world.clock, self.world.clock.now() + 2 * ELB_LAG, 0.0
        while (at := self._written_at()) is not None:
            clock.sleep(max(least, at + _QUIET - clock.now()))
            least = 1.0
            astray = serves_green(self.deployment, self.world)
            if not astray:
                return
            if clock.now() >= until:
                raise FailedError(
                    f"{where(astray[0])} sends requests to the new group again and again ({astray[0].forward}), "
                    "although it was put back: somebody else writes it.",
                    next_step="stop whoever writes this rule (a controller, Terraform, another pipeline).",
                )
            restore_production(self.deployment, self.world, bring_up=True)

    def watched(self, check: Callable[[], Verdict]) -> Callable[[], Verdict]:
        """The same check, with a look at production every few seconds."""

        def both() -> Verdict:
            verdict = check()
            if self.world.clock.now() - self.looked_at >= _QUIET:
                self._look()
            return verdict

        return both

    def _look(self) -> None:
        self.looked_at = self.world.clock.now()
        if not self.deployment.gate_passed_by:
            return  # production is not this run's to change
        try:
            if self.deployment.snapshot.routes and serves_green(self.deployment, self.world):
                restore_production(self.deployment, self.world, bring_up=False)
        except (ApiError, CredentialError, UnsafeError) as error:
            self.world.notify(Warned(f"Production's rules cannot be watched while the new group drains: {error}"))

    def _written_at(self) -> float | None:
        """When a production rule was put back last; None where this process wrote none."""
        rules = [pair.prod.rule for pair in self.deployment.snapshot.routes]
        return max((w.at for rule in rules if (w := self.world.written.rules.get(rule))), default=None)
