"""Old instances leave while what replaces them is watched; where it fails, the old group is brought back at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.drained_group import GONE
from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_serving, is_steady
from spotaction.engine.waits.loop import Wait
from spotaction.engine.waits.poll_intervals import CONFIRMED, OFTEN, poll_interval_confirming, poll_interval_watching
from spotaction.model.capacity import wanted_now
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, CredentialError, FailedError, SpotactionError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Group


def wait_drained(deployment: Deployment, context: DeployContext, waits: Sequence[Wait], watch: Sequence[Wait]) -> None:
    """Wait while old instances leave, with an eye on `watch`; where that fails, the old group is brought back.

    It comes back before anything else is done about the failure: instances that still drain may be all that serves.
    """
    try:
        context.wait_for_all(waits, watch=watch)
    except TimedOutError:
        raise
    except FailedError:
        _bring_back(deployment, context)
        raise


def watch_new(context: DeployContext, new: Group, needed: int) -> tuple[Wait, ...]:
    """Watch whether the new group keeps what production needs of it; nothing to watch where that is nothing."""
    if needed == 0:
        return ()
    watched = _Serving(context, new, needed)
    return (
        Wait(
            f"{new.name} in production",
            watched.check,
            poll_interval_confirming,
            first=poll_interval_watching(0.0),
            interval=poll_interval_watching,
        ),
    )


@dataclass
class _Serving:
    """Judges the new group look by look; what is short at one look only may be a check that failed once.

    What recovers and is short again and again is no better than what stays short.
    """

    context: DeployContext
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
        now = self.context.clock.now()
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
        if known is not None and isinstance(verdict := is_steady(known, self.needed), Ready):
            return verdict
        view = self.context.observe(self.group)
        verdict = is_serving(view, self.needed)
        if isinstance(verdict, Ready):
            return verdict
        live = self.context.groups.get(self.group.id)
        if live is None:
            return Failed(f"{self.group.id} was deleted by someone else")
        return is_serving(view, wanted_now(self.needed, self.group.capacity, live.capacity))

    def _known(self) -> GroupHealth | None:
        """The last look at the group with the targets of this moment; None where it has no target group to ask."""
        seen = self.context.health_cache.views.get(self.group.id)
        if seen is None or not seen[1].targets:
            return None
        return replace(seen[1], targets={arn: self.context.recent_targets(arn, CONFIRMED) for arn in seen[1].targets})


def _bring_back(deployment: Deployment, context: DeployContext) -> None:
    old = deployment.snapshot.old
    assert old is not None
    context.notify(Note(f"{old.name} is scaled back to {old.capacity} (minimum/target/maximum) before anything else."))
    context.written.restored.discard(old.id)
    try:
        context.groups.scale(old.id, old.capacity)
    except SpotactionError as error:
        context.notify(WarningEvent(f"{old.name} ({old.id}) is not back at {old.capacity} yet: {error.message}"))
