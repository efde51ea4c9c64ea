"""Runs the checks of a release: as steps, during bakes, and after the end or a rollback, where they only warn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from spotaction.checks.counting import CheckVerdict
from spotaction.checks.templates import names_variable
from spotaction.documents.wording import format_duration
from spotaction.engine.waits.loop import OpenWait, Wait, WatchedWaits
from spotaction.engine.waits.running_check import RunningCheck
from spotaction.model.check_kinds import AnomaliesCheck, CheckKind, LambdaCheck, OnInconclusive, WebhookCheck
from spotaction.model.checks import Check, Probe, Subject
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import (
    CancelledError,
    FailedError,
    InconclusiveError,
    SpotactionError,
    TimedOutError,
)
from spotaction.model.events import CheckFinished, Event, Note, WaitFinished, WarningEvent
from spotaction.model.execution import PlacedChecks
from spotaction.model.resources import GroupId, Route, TargetGroupArn

if TYPE_CHECKING:
    from spotaction.engine.context import DeployContext

PLANNED = "planned"
_PERCENT = 100
_RECENT = 30.0  # seconds; a bake polls more often
_TELLS_INSTANCES = (AnomaliesCheck, LambdaCheck, WebhookCheck)  # from others, or to a hook


@dataclass(frozen=True)
class ReleaseChecks:
    """The checks beside the steps, and `make`, which makes the probe of a kind; in a `dry_run` none is measured.

    `forecast` says for the plan whether a kind can come to a verdict in a bake of so many seconds.
    """

    make: Callable[[CheckKind], Probe]
    during: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    at_end: tuple[Check, ...] = ()
    at_rollback: tuple[Check, ...] = ()
    environment: str = ""
    region: str = ""
    dry_run: bool = False
    forecast: Callable[[CheckKind, Subject, float], str] = lambda _kind, _subject, _seconds: ""

    @classmethod
    def placed(
        cls,
        checks: PlacedChecks,
        make: Callable[[CheckKind], Probe],
        forecast: Callable[[CheckKind, Subject, float], str],
        *,
        environment: str,
        region: str,
    ) -> "ReleaseChecks":
        """Return the checks of an execution."""
        return cls(make, checks.during, checks.at_end, checks.at_rollback, environment, region, forecast=forecast)

    def run_check(self, check: Check, step: str, deployment: Deployment, context: "DeployContext") -> None:
        """Measure until there is a verdict, at most for the check's timeout.

        Raises `FailedError` if it did not pass, and `InconclusiveError` if that is to stop the deployment.
        """
        self._run(check, step, deployment, context, decides=not check.dry_run)

    def watch_bake(self, step: str, deployment: Deployment, context: "DeployContext") -> "BakeChecks":
        """Return the checks that are measured while this step bakes."""
        return BakeChecks(self, self.during.get(step, ()), step, deployment, context)

    def run_at_end(self, deployment: Deployment, context: "DeployContext") -> None:
        """Run the checks at the end of a deployment, which stays whatever they find."""
        self._run_and_warn(self.at_end, "end", "the release stays", deployment, context)

    def run_after_rollback(self, deployment: Deployment, context: "DeployContext") -> None:
        """Run the checks after a rollback; what they find is a warning."""
        self._run_and_warn(self.at_rollback, "rollback", "nothing more is changed", deployment, context)

    def _run_and_warn(
        self, checks: tuple[Check, ...], moment: str, but: str, deployment: Deployment, context: "DeployContext"
    ) -> None:
        for check in checks:
            try:
                self._run(check, moment, deployment, context, decides=False)
            except CancelledError as cancel:
                context.notify(Note(f"check {check.name} was cut short: {cancel.message}"))
                return
            except SpotactionError as error:
                context.notify(WarningEvent(f"check {check.name} could not be run; {but}: {error.message}"))

    def _run(self, check: Check, step: str, deployment: Deployment, context: "DeployContext", *, decides: bool) -> None:
        if self.dry_run:
            context.notify(
                _planned(
                    check,
                    step,
                    f"for at most {format_duration(check.timeout)}, every {format_duration(check.interval)}",
                )
            )
            return
        left = inf if context.deadline is None else context.deadline
        running = self.start(check, step, deployment, context, deadline=min(left, context.clock.now() + check.timeout))
        running.decides = decides
        quiet = replace(context, notify=partial(_notify_but_end, running.what, context.notify))
        try:
            quiet.wait_for_all([running.as_wait()], check.timeout)
        except TimedOutError:
            # What has not passed by now is judged below, unless it was the deployment that had no more time.
            if decides and context.clock.now() >= left:
                running.conclude()
                raise
        except FailedError:
            if running.verdict is CheckVerdict.OPEN:
                raise  # an alarm fired
        self.settle(running, context, warns=step in _MOMENTS)

    def start(
        self,
        check: Check,
        step: str,
        deployment: Deployment,
        context: "DeployContext",
        *,
        deadline: float,
        bake: bool = False,
    ) -> RunningCheck:
        """Return a check that begins to run now, in a `bake` or until the deadline."""
        since = context.groups.time()
        return RunningCheck(
            check,
            step,
            self.make(check.kind),
            lambda attempt: replace(self.subject_of(check, step, deployment, context, since), attempt=attempt),
            context.clock,
            context.notify,
            context.call_budget,
            deadline,
            bake=bake,
            decides=not check.dry_run,
        )

    def settle(self, running: RunningCheck, context: "DeployContext", *, warns: bool = False) -> None:
        """Do what the verdict of a check asks for. Raises `FailedError`, or `InconclusiveError` to stop."""
        verdict, reason = running.conclude()
        message = f"{running.what}: {reason}"
        if verdict is CheckVerdict.PASSED:
            return
        if not running.decides:
            if warns or verdict is CheckVerdict.FAILED:
                context.notify(WarningEvent(f"{message}, which decides nothing."))
            return
        if verdict is CheckVerdict.FAILED:
            raise FailedError(f"{message}.")
        match running.check.on_inconclusive:
            case OnInconclusive.CONTINUE:
                context.notify(WarningEvent(f"{message}; on-inconclusive is continue."))
            case OnInconclusive.ROLLBACK:
                raise FailedError(f"{message}; on-inconclusive is rollback.")
            case _:
                raise InconclusiveError(
                    f"{message}; on-inconclusive is stop.",
                    next_step="compare the figures in the summary and decide: continue measures again, or, with "
                    "on-inconclusive: continue, accepts that there is no verdict",
                )

    def subject_of(
        self, check: Check, step: str, deployment: Deployment, context: "DeployContext", since: datetime
    ) -> Subject:
        """Return the release as it is now, as this check measures it."""
        bakes = sum(check in watched for watched in self.during.values())
        new = deployment.new
        ips = _private_ips(new.id, context) if new is not None and names_variable(check.kind, "new.ips") else ()
        ids = _instance_ids(new.id, check.kind, context) if new is not None else ()
        told = self._subject(step, deployment, context, since)
        return replace(told, bakes=max(1, bakes), instance_ids=ids, private_ips=ips)

    def _subject(self, step: str, deployment: Deployment, context: "DeployContext", since: datetime) -> Subject:
        pairs, new, old = deployment.snapshot.routes, deployment.new, deployment.snapshot.old
        production = tuple(_as_observed(pair.prod, deployment) for pair in pairs)
        stage = tuple(_as_observed(pair.stage, deployment) for pair in pairs if pair.stage is not None)
        greens = {pair.green for pair in pairs}
        return Subject(
            app=deployment.app,
            environment=self.environment,
            region=self.region,
            run=deployment.run,
            step=step,
            image=deployment.image,
            new=new,
            old=old,
            new_target_groups=tuple(dict.fromkeys(pair.green for pair in pairs))
            or _target_groups(new.id if new else None, context),
            old_target_groups=tuple(dict.fromkeys(pair.blue for pair in pairs))
            or _target_groups(old.id if old else None, context),
            production=production,
            stage=tuple(route for route in stage if set(route.forward.serving_target_groups) <= greens),
            since=since,
            weight=_weight(pairs, production),
        )


@dataclass(eq=False)
class BakeChecks:
    """The checks of one step's bake: started with the bake, and judged at its end."""

    checks: ReleaseChecks
    wanted: tuple[Check, ...]
    step: str
    deployment: Deployment
    context: "DeployContext"
    running: list[RunningCheck] = field(default_factory=list)

    def start(self, seconds: float) -> tuple[Wait, ...]:
        """Begin, for a bake of `seconds`, and return the waits that measure; none in a plan, which lists them."""
        if self.checks.dry_run:
            for check in self.wanted:
                self.context.notify(_planned(check, self.step, self._plan(check, seconds)))
            return ()
        until = inf if self.context.deadline is None else self.context.deadline
        self.running = [
            self.checks.start(check, self.step, self.deployment, self.context, deadline=until, bake=True)
            for check in self.wanted
        ]
        return tuple(running.as_wait() for running in self.running)

    def _plan(self, check: Check, seconds: float) -> str:
        since = self.context.groups.time()
        subject = self.checks.subject_of(check, self.step, self.deployment, self.context, since)
        forecast = self.checks.forecast(check.kind, subject, seconds)
        return f"every {format_duration(check.interval)} of the bake of {format_duration(seconds)}" + (
            f"; {forecast}" if forecast else ""
        )

    def settle(self) -> None:
        """Measure those without a verdict once more, and do what the verdicts ask for.

        Raises `FailedError`, or `InconclusiveError` to stop: what failed counts first, whatever the order of the list.
        """
        raised: list[FailedError] = []
        for running in self.running:
            if not running.tally.enough:
                self._poll_watchfully(running)
            try:
                self.checks.settle(running, self.context)
            except FailedError as failure:
                raised.append(failure)
        if raised:
            raise min(raised, key=lambda each: isinstance(each, InconclusiveError))

    def _poll_watchfully(self, running: RunningCheck) -> None:
        """Measure once; an alarm that fires meanwhile ends it, as in the bake."""
        now = self.context.clock.now()
        alarms = [OpenWait(wait, now) for wait in self.context.alarm_watch()]
        watched = WatchedWaits(alarms, self.context.clock, self.context.notify, inf)
        with self.context.call_budget.limited_to(inf, watched.poll_due):
            running.poll()


_MOMENTS = ("end", "rollback")


def _planned(check: Check, step: str, reason: str) -> CheckFinished:
    return CheckFinished(check.name, check.way, step, PLANNED, reason, 0.0, 0, not check.dry_run)


def _notify_but_end(what: str, notify: Callable[[Event], None], event: Event) -> None:
    """The end of the wait is not told: the verdict is."""
    if not (isinstance(event, WaitFinished) and event.what == what):
        notify(event)


def _as_observed(route: Route, deployment: Deployment) -> Route:
    """The route with its forward as this run last read or wrote it."""
    seen = deployment.observed_routes.get(route.rule)
    return route if seen is None or seen.forward is None else replace(route, forward=seen.forward)


def _weight(pairs: tuple[RoutePair, ...], production: tuple[Route, ...]) -> float | None:
    """The new group's percentage; the smallest where rules differ, None without rules."""
    shares = [route.forward.share_of(pair.green) for pair, route in zip(pairs, production, strict=True)]
    return _PERCENT * float(min(shares)) if shares else None


def _target_groups(group: GroupId | None, context: "DeployContext") -> tuple[TargetGroupArn, ...]:
    found = context.recent_group(group) if group is not None else None
    return () if found is None else tuple(found.target_groups)


def _instance_ids(group: GroupId, kind: CheckKind, context: "DeployContext") -> tuple[str, ...]:
    """The group's instances as a poll of a moment ago found them.

    For a check that tells them apart they are read if there was no such poll: in a step of its own nobody polls the
    group, whose instances Spot may replace, and a run that continues has not polled it at all.
    """
    seen = context.health_cache.views.get(group)
    old = seen is None or context.clock.now() - seen[0] > _RECENT
    needed = isinstance(kind, _TELLS_INSTANCES) or names_variable(kind, "new.instances")
    found = context.groups.instances(group) if old and needed else seen[1].instances if seen is not None else ()
    return tuple(str(each.id) for each in found if each.id is not None)


def _private_ips(group: GroupId, context: "DeployContext") -> tuple[str, ...]:
    """The addresses of the group's instances: a call to Spot at each measurement, for checks that name them."""
    return tuple(each.private_ip for each in context.groups.instance_requests(group) if each.id and each.private_ip)
