"""Drains and deletes the new group once production no longer uses it, and makes sure that it stays unused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import ELB_LAG
from spotaction.engine.steps.routes import restore_production, rules_serving_green
from spotaction.engine.steps.unanswered import await_created
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.engine.waits.poll_intervals import poll_interval_read_back
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError, TimedOutError
from spotaction.model.events import WarningEvent
from spotaction.model.ports import LIST_LAG
from spotaction.model.resources import ZERO, Group, Route

_QUIET = 10.0  # seconds for which a rule has to stay as restored: a controller would rewrite it within that time


def remove_new(deployment: Deployment, context: DeployContext) -> None:
    """Drain the new group, then delete it; does nothing if it no longer exists.

    If an earlier part of the rollback failed, the group stays, at 0: without its marker, no later rollback would find
    what is left to do. Draining and deleting wait until production's rules have not used the group for a while. A rule
    that sends requests there while it drains is restored at once. Raises `FailedError` when something else keeps
    sending requests there, or the group has to stay; `ApiError` when Spot rejects a call.
    """
    if deployment.new is None and deployment.unconfirmed_name:
        created = await_created(deployment, context)
        deployment.new, deployment.unconfirmed_name = (GroupRef.of(created) if created else None), ""
    group = _find_new_group(deployment, context)
    if group is None:
        return
    try:
        _drain(group, _ProductionWatch(deployment, context), context)
        if not deployment.rollback_failures:
            context.groups.delete(group.id)
    except ApiError as error:
        if not error.is_group_gone or group.id not in error.message:  # the one that is gone may be the old group
            raise
    except FailedError:  # a read that lags may have shown a group that was already deleted
        if context.groups.get(group.id) is not None:
            raise
    else:
        if deployment.rollback_failures:
            raise FailedError(
                f"{group.name} ({group.id}) is at 0 and was not deleted, since other parts of the rollback failed: by "
                "its marker, another rollback completes them.",
                next_step="run operation: rollback once their cause is gone, or complete them by hand.",
            )


def _drain(group: Group, production: "_ProductionWatch", context: DeployContext) -> None:
    if context.written.complete and group.capacity == ZERO and group.id not in context.written.capacities:
        return
    production.require_unused()
    context.pass_gate(group.id)
    context.note_draining(group)
    context.groups.scale(group.id, ZERO)
    drained = context.wait_for_drained(group, 0)

    def pace(verdict: Waiting, elapsed: float) -> float:  # production is read at each poll
        return min(drained.pace(verdict, elapsed), context.options.pacing.draining(verdict, elapsed, group.draining))

    try:
        context.wait_for_all([replace(drained, check=production.watched(drained.check), pace=pace)])
    except FailedError as error:
        context.notify(WarningEvent(f"{group.name} did not drain in time. {error.message}"))
    production.require_unused()


def _find_new_group(deployment: Deployment, context: DeployContext) -> Group | None:
    """Return the new group as it is now; reads may not show a group that was just created yet."""
    new = deployment.new
    found = context.groups.get(new.id) if new is not None else None
    created = context.written.created.get(new.id) if new is not None else None
    if found is not None or created is None or created.id in context.health_cache.views:
        return found
    age = (context.groups.time() - created.created_at).total_seconds()
    if age >= LIST_LAG:
        return None
    reads: list[Group] = []

    def check() -> Verdict:
        reads.extend(each for each in [context.groups.get(created.id)] if each is not None)
        return Ready("found") if reads else Waiting("not found by Spot yet")

    try:
        context.wait_for_all([Wait(f"{created.name} ({created.id})", check, poll_interval_read_back)], LIST_LAG - age)
    except FailedError:
        return None
    return reads[-1]


@dataclass
class _ProductionWatch:
    """Production's rules during the removal, if this deployment has any."""

    deployment: Deployment
    context: DeployContext
    checked_at: float = field(default=float("-inf"))

    def require_unused(self) -> None:
        """Return once no production rule has sent requests to the group for `_QUIET` seconds after being restored.

        Raises `FailedError` when something else keeps writing the rules: the group stays, since production needs it.
        Raises `TimedOutError` when the rollback's time ends before the rules have been quiet.
        """
        clock, until, least = self.context.clock, self.context.clock.now() + 2 * ELB_LAG, 0.0
        misrouted: tuple[Route, ...] = ()
        while (at := self._written_at()) is not None:
            pause = max(least, at + _QUIET - clock.now())
            if clock.now() + pause > self.context.call_budget.until:
                raise _out_of_time(misrouted)
            clock.sleep(pause)
            least = 1.0
            misrouted = rules_serving_green(self.deployment, self.context)
            if not misrouted:
                return
            if clock.now() >= until:
                raise FailedError(
                    f"{misrouted[0].label} keeps sending requests to the new group ({misrouted[0].forward}) "
                    "after being restored: something else writes it.",
                    next_step="stop what writes this rule (a controller, Terraform, another pipeline).",
                )
            restore_production(self.deployment, self.context, bring_up=True)

    def watched(self, check: Callable[[], Verdict]) -> Callable[[], Verdict]:
        """Return `check`, extended to check production's rules every few seconds as well."""

        def both() -> Verdict:
            verdict = check()
            if self.context.clock.now() - self.checked_at >= _QUIET:
                self._restore_misrouted()
            return verdict

        return both

    def _restore_misrouted(self) -> None:
        self.checked_at = self.context.clock.now()
        if not self.deployment.gate_passed_by:
            return  # production is not this run's to change
        try:
            if self.deployment.snapshot.routes and rules_serving_green(self.deployment, self.context):
                restore_production(self.deployment, self.context, bring_up=False)
        except (ApiError, CredentialError, SafetyError) as error:
            self.context.notify(
                WarningEvent(f"Production's rules could not be checked while the new group drains: {error}")
            )

    def _written_at(self) -> float | None:
        """When this process last wrote a production rule, on the clock's `now`; None if it wrote none."""
        rules = [pair.prod.rule for pair in self.deployment.snapshot.routes]
        return max((w.at for rule in rules if (w := self.context.written.rules.get(rule))), default=None)


def _out_of_time(misrouted: Sequence[Route]) -> TimedOutError:
    last = (
        f" {misrouted[0].label} had to be restored again: it forwarded to {misrouted[0].forward}." if misrouted else ""
    )
    return TimedOutError(
        f"The rollback reached its time limit before production's rules had stayed as restored for {_QUIET:.0f} s, so "
        f"the new group was not removed.{last}",
        next_step="find out whether something else writes the rules, then run operation: rollback again.",
    )
