"""Old instances leave while what replaces them is watched; where it fails, the old group is brought back at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.capacity import wanted_now
from spotaction.deployment import Deployment
from spotaction.drained_group import GONE
from spotaction.errors import ApiError, CredentialError, FailedError, SpotactionError, TimedOutError
from spotaction.events import Note, Warned
from spotaction.health import Failed, Ready, Verdict, View, Waiting, serving, steady
from spotaction.model import Group
from spotaction.pacing import CONFIRMED, OFTEN, confirming, watching
from spotaction.waiting import Wait
from spotaction.world import World


def wait_drained(deployment: Deployment, world: World, waits: Sequence[Wait], watch: Sequence[Wait]) -> None:
    """Wait while old instances leave, with an eye on `watch`; where that fails, the old group is brought back.

    It comes back before anything else is done about the failure: instances that still drain may be all that serves.
    """
    try:
        world.wait(waits, watch=watch)
    except TimedOutError:
        raise
    except FailedError:
        _bring_back(deployment, world)
        raise


def watch_new(world: World, new: Group, needed: int) -> tuple[Wait, ...]:
    """Watch whether the new group keeps what production needs of it; nothing to watch where that is nothing."""
    if needed == 0:
        return ()
    watched = _Serving(world, new, needed)
    return (Wait(f"{new.name} in production", watched.check, confirming, first=watching(0.0), interval=watching),)


@dataclass
class _Serving:
    """Judges the new group look by look; what is short at one look only may be a check that failed once.

    What recovers and is short again and again is no better than what stays short.
    """

    world: World
    group: Group
    needed: int
    short_since: float | None = None
    times: int = 0

    def check(self) -> Verdict:
        """Failed once it has been short for a while, or several times; that nothing can be seen says nothing."""
        try:
            verdict = self._judge()
        except (ApiError, CredentialError) as error:
            if not isinstance(error, ApiError) or error.code != GONE:
                return Waiting(f"cannot be seen: {error.message}", 0, self.needed)
            verdict = Failed(f"{self.group.id} was deleted by someone else")
        if not isinstance(verdict, Failed):
            self.short_since = None
            return verdict
        now = self.world.clock.now()
        if self.short_since is None:
            self.short_since, self.times = now, self.times + 1
        if self.times >= OFTEN:
            return replace(verdict, reason=f"{verdict.reason}; it has been short {self.times} times since it took over")
        if now - self.short_since >= CONFIRMED:
            return verdict
        return Waiting(
            verdict.reason.removeprefix(f"{verdict.ready} of {verdict.of} healthy: "), verdict.ready, verdict.of
        )

    def _judge(self) -> Verdict:
        """One call where the instances that are known are all healthy; the whole look where they are not."""
        known = self._known()
        if known is not None and isinstance(verdict := steady(known, self.needed), Ready):
            return verdict
        view = self.world.look(self.group)
        verdict = serving(view, self.needed)
        if isinstance(verdict, Ready):
            return verdict
        live = self.world.groups.get(self.group.id)
        if live is None:
            return Failed(f"{self.group.id} was deleted by someone else")
        return serving(view, wanted_now(self.needed, self.group.capacity, live.capacity))

    def _known(self) -> View | None:
        """The last look at the group with the targets of this moment; None where it has no target group to ask."""
        seen = self.world.sightings.views.get(self.group.id)
        if seen is None or not seen[1].targets:
            return None
        return replace(seen[1], targets={arn: self.world.recent_targets(arn, CONFIRMED) for arn in seen[1].targets})


def _bring_back(deployment: Deployment, world: World) -> None:
    old = deployment.snapshot.old
    assert old is not None
    world.notify(Note(f"{old.name} is scaled back to {old.capacity} (minimum/target/maximum) before anything else."))
    world.written.restored.discard(old.id)
    try:
        world.groups.scale(old.id, old.capacity)
    except SpotactionError as error:
        world.notify(Warned(f"{old.name} ({old.id}) is not back at {old.capacity} yet: {error.message}"))
