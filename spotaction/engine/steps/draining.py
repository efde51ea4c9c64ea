"""Waits while old instances drain, watching what replaces them; if that fails, the old group is scaled back at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_serving, is_steady
from spotaction.engine.waits.loop import Wait
from spotaction.engine.waits.poll_intervals import (
    CONFIRMED,
    OFTEN,
    poll_interval_confirming,
    poll_interval_watching_spaced,
)
from spotaction.model.capacity import wanted_now
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, CredentialError, FailedError, SpotactionError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Group


def wait_drained(deployment: Deployment, context: DeployContext, waits: Sequence[Wait], watch: Sequence[Wait]) -> None:
    """Wait until old instances have drained; if a condition of `watch` fails, scale the old group back up and raise.

    The old group comes first, before anything else is done about the failure: instances that still drain may be all
    that serves. Raises `FailedError`, or `TimedOutError`, which leaves the old group as it is.
    """
    try:
        context.wait_for_all(waits, watch=watch)
    except TimedOutError:
        raise
    except FailedError:
        _scale_back(deployment, context)
        raise


def watch_new(context: DeployContext, new: Group, needed: int) -> tuple[Wait, ...]:
    """Return the watch that the new group keeps `needed` healthy instances; empty if production needs none of them."""
    if needed == 0:
        return ()
    watched = _Serving(context, new, needed)
    by_spot = context.routes is None or not new.target_groups

    def interval(elapsed: float) -> float:
        spacing = context.call_budget.read_spacing() if by_spot else 0.0
        return poll_interval_watching_spaced(elapsed, spacing)

    what = f"{new.name} in production"
    return (Wait(what, watched.check, poll_interval_confirming, first=interval(0.0), interval=interval),)


@dataclass
class _Serving:
    """Judges the new group poll by poll: one that is short of instances in a single poll may have failed one check.

    A group that recovers but is short repeatedly fails, like one that stays short.
    """

    context: DeployContext
    group: Group
    needed: int
    short_since: float | None = None
    times: int = 0

    def check(self) -> Verdict:
        """Return `Failed` once the group has been short for a while or repeatedly; a failed read does not count."""
        try:
            verdict = self._judge()
        except (ApiError, CredentialError) as error:
            if not isinstance(error, ApiError) or not error.is_group_gone:
                return Waiting(f"could not be read: {error.message}", 0, self.needed)
            verdict = Failed(f"{self.group.id} was deleted outside this deployment")
        self.context.note_health(self.group, verdict)
        if not isinstance(verdict, Failed):
            self.short_since = None
            return verdict
        now = self.context.clock.now()
        if self.short_since is None:
            self.short_since, self.times = now, self.times + 1
        if self.times >= OFTEN:
            return replace(
                verdict, reason=f"{verdict.reason}; below the required number {self.times} times since it took over"
            )
        if now - self.short_since >= CONFIRMED:
            return verdict
        return Waiting(
            verdict.reason.removeprefix(f"{verdict.ready} of {verdict.of} healthy: "), verdict.ready, verdict.of
        )

    def _judge(self) -> Verdict:
        """One call while all known instances are healthy; a complete read otherwise."""
        known = self._known()
        if known is not None and isinstance(verdict := is_steady(known, self.needed), Ready):
            return verdict
        view = self.context.observe(self.group)
        verdict = is_serving(view, self.needed)
        if isinstance(verdict, Ready):
            return verdict
        live = self.context.groups.get(self.group.id)
        if live is None:
            return Failed(f"{self.group.id} was deleted outside this deployment")
        return is_serving(view, wanted_now(self.needed, self.group.capacity, live.capacity))

    def _known(self) -> GroupHealth | None:
        """The last read of the group with its targets as of now; None if it has no target groups to read."""
        cached = self.context.health_cache.views.get(self.group.id)
        if cached is None or not cached[1].targets:
            return None
        targets = {arn: self.context.recent_targets(arn, CONFIRMED) for arn in cached[1].targets}
        return replace(cached[1], targets=targets)


def _scale_back(deployment: Deployment, context: DeployContext) -> None:
    """Scale the old group back, unless it was never scaled down: then any write could only take from production."""
    old, written = deployment.snapshot.old, context.written
    assert old is not None
    if written.complete and old.id not in written.capacities:
        return
    context.notify(Note(f"Scaling {old.name} back to {old.capacity} (minimum/target/maximum) first."))
    written.restored.discard(old.id)
    try:
        context.groups.scale(old.id, old.capacity)
    except SpotactionError as error:
        message = f"{old.name} ({old.id}) could not be scaled back to {old.capacity} yet: {error.message}"
        context.notify(WarningEvent(message))
