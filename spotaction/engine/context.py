"""What the steps work with: the ports, the options, and the waits on them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from spotaction.documents.wording import format_duration
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.waits.bake import bake
from spotaction.engine.waits.call_budget import INTERVAL, CallBudget
from spotaction.engine.waits.drained_group import DrainedGroup
from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_steady, is_steady_where_used
from spotaction.engine.waits.health_cache import DrainingInstances, HealthCache
from spotaction.engine.waits.held_capacity import HeldCapacity
from spotaction.engine.waits.launch_failures import GRACE, LaunchWatch
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import FIRST_POLL, PollIntervals, poll_interval_timed
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, FailedError, TimedOutError
from spotaction.model.observations import Observations
from spotaction.model.ports import LIST_LAG, AlarmApi, CapacityApi, Clock, ElastigroupApi, LoadBalancerApi, Notify
from spotaction.model.resources import Group, GroupId, Instance, Target, TargetGroupArn

if TYPE_CHECKING:
    from spotaction.engine.release_checks import BakeChecks, ReleaseChecks

_SKEW = timedelta(minutes=1)  # Spot's log lines may be dated a little before the call that caused them
_DEPLOYMENT = "whole deployment"
_AGAIN = "fix the cause, then run operation: rollback again."
RAISE_TIMEOUT = "raise timeout (and the job's timeout-minutes), or shorten bakes and delays."


@dataclass(frozen=True)
class Options:
    """The user's options for the whole deployment; durations are in seconds.

    `suspend_minutes` is how long AUTO_SCALE is suspended; None means that it is not.
    """

    steady_timeout: float = 1200.0
    keep_old: int = 3
    suspend_minutes: int | None = None
    alarms: tuple[str, ...] = ()
    allow_other_rules: bool = False
    allow_shared_target_groups: bool = False
    pacing: PollIntervals = field(default_factory=PollIntervals)


def _no_gate(_group: GroupId) -> bool:
    """Without guarded ports there is no gate, and no time passes."""
    return False


@dataclass(frozen=True)
class DeployContext:
    """Ports and options. `routes` and `capacity` are None without AWS credentials, `alarms` if no alarms are watched.

    `deadline` (on the clock's `now`) limits every wait of the deployment or its rollback, which `phase` names. `shield`
    opens a context of a few seconds in which calls work although the run was cancelled. `pass_gate` returns once this
    run may scale a group down, rename or delete it, and whether time passed, so that reads have to be repeated.
    `observations` collects what the polls saw, for the summary. `checks` are those of the release, if there are any,
    and `bake_checks` those of the step that runs.
    """

    groups: ElastigroupApi
    routes: LoadBalancerApi | None
    alarms: AlarmApi | None
    clock: Clock
    notify: Notify
    save: Callable[[Deployment], None]
    options: Options = field(default_factory=Options)
    health_cache: HealthCache = field(default_factory=HealthCache)
    written: OwnWrites = field(default_factory=OwnWrites)
    deadline: float | None = None
    phase: str = _DEPLOYMENT
    call_budget: CallBudget = field(default_factory=CallBudget)
    shield: Callable[[], AbstractContextManager[None]] = nullcontext
    pass_gate: Callable[[GroupId], bool] = _no_gate
    observations: Observations = field(default_factory=Observations)
    capacity: CapacityApi | None = None
    checks: "ReleaseChecks | None" = None
    bake_checks: "BakeChecks | None" = None

    def observe(self, group: Group) -> GroupHealth:
        """Read a group's instances and targets. Raises `ApiError`, with `is_group_gone` if it is deleted."""
        instances = self._read_instances(group)
        targets = None if self.routes is None else {arn: self.observe_targets(arn) for arn in group.target_groups}
        view = GroupHealth(group, instances, targets)
        self.health_cache.views[group.id] = (self.clock.now(), view)
        return view

    def observe_targets(self, arn: TargetGroupArn) -> tuple[Target, ...]:
        """Read the targets of a target group. Raises `ApiError`."""
        assert self.routes is not None
        found = self.routes.targets(arn)
        self.health_cache.targets[arn] = (self.clock.now(), found)
        return found

    def recent_targets(self, arn: TargetGroupArn, seconds: float = INTERVAL) -> tuple[Target, ...]:
        """Return the targets of a target group, from a read that is at most `seconds` old if there is one."""
        cached = self.health_cache.targets.get(arn)
        return cached[1] if cached and self.clock.now() - cached[0] <= seconds else self.observe_targets(arn)

    def wait_for_healthy(self, group: Group, want: int, *, launching: bool = False) -> Wait:
        """Return the wait for `want` instances healthy in Spot and in the target groups; fewer if its target is lower.

        `launching` means that it was just scaled up to the capacity of `group`: the first poll then waits a little, and
        the group is steady only once Spot shows that capacity.
        """
        what, pacing, started = f"{group.name} steady", self.options.pacing, self.clock.now()
        launch = self._launch(group)
        if not launching:
            found = HeldCapacity(group, want, self.groups, self.clock)
            return Wait(what, lambda: launch.explain(self._judge_group(found, is_steady)), pacing.launching)
        expected = self.health_cache.launches.get(group.id)
        held = HeldCapacity(group, want, self.groups, self.clock, since=started, confirm=True)

        def check() -> Verdict:
            verdict = self._judge_group(held, is_steady)
            if isinstance(verdict, Ready):
                self.health_cache.launches[group.id] = self.clock.now() - started
            return launch.explain(verdict)

        def pace(verdict: Waiting, elapsed: float) -> float:
            if expected is not None:
                return pacing.relaunching(verdict, elapsed, expected)
            return max(pacing.launching(verdict, elapsed), self.call_budget.read_spacing())

        return Wait(what, check, pace, max(pacing.first, self.call_budget.read_spacing()))

    def wait_while_healthy(self, group: Group, want: int) -> Wait:
        """Return the wait for the group to be steady at the capacity of `group`, which Spot has to show as well."""
        held = HeldCapacity(group, want, self.groups, self.clock, confirm=True)
        return Wait(f"{group.name} steady", lambda: self._judge_group(held, is_steady), self.options.pacing.launching)

    def wait_for_healthy_again(self, group: Group, want: int) -> Wait:
        """Return the wait for a group that served before to be steady again, without target groups that no rule uses.

        Instances from before it was scaled down count only once reads show which of them are terminating.
        """
        draining, emptied = self.health_cache.draining.get(group.id), self.written.emptied.get(group.id)

        def shows(view: GroupHealth, draining: DrainingInstances, now: float) -> bool:
            visible = emptied is None or now - emptied >= LIST_LAG
            return draining.is_over(group, now) or (bool(view.targets) and visible)

        def rule(view: GroupHealth, want: int) -> Verdict:
            if draining is None or shows(view, draining, self.clock.now()):
                return is_steady_where_used(view, want)
            stay = tuple(instance for instance in view.instances if instance.id not in draining.instances)
            return is_steady_where_used(replace(view, instances=stay), want)

        launch, held = self._launch(group), HeldCapacity(group, want, self.groups, self.clock, self.clock.now())
        return Wait(
            f"{group.name} steady",
            lambda: launch.explain(self._judge_group(held, rule)),
            self.options.pacing.launching,
        )

    def note_draining(self, group: Group, instances: Sequence[Instance] | None = None) -> None:
        """Remember the group's instances and the time, right before it is scaled down; they are read if not given."""
        draining = self.health_cache.draining[group.id] = DrainingInstances(self.clock.now())
        draining.note(self.instances_if_readable(group) if instances is None else instances)

    def instances_if_readable(self, group: Group) -> tuple[Instance, ...]:
        """Return the group's instances; none if they cannot be read: while they drain, those that are listed count."""
        with suppress(ApiError):
            return self._read_instances(group)
        return ()

    def wait_for_drained(self, group: Group, want: int) -> Wait:
        """Return the wait for the group to have at most `want` instances; call `note_draining` before scaling down.

        Without AWS credentials, an instance that Spot no longer lists may still serve until the group's draining time
        has passed.
        """
        if group.id not in self.health_cache.draining:
            self.note_draining(group)
        interval, draining = self.options.pacing.draining, self.health_cache.draining[group.id]
        targets = None if self.routes is None else self.recent_targets
        found = DrainedGroup(group, want, draining, self.groups, self.clock, self._read_instances, targets)
        spacing, certain = self.call_budget.read_spacing, found.seconds_until_over()

        def pace(verdict: Waiting, elapsed: float) -> float:
            left = found.seconds_until_over()
            return interval(verdict, elapsed, group.draining) if left is None else poll_interval_timed(left, spacing())

        first = FIRST_POLL if draining.instances else 0.0
        if certain is not None and spacing() > FIRST_POLL:
            first = poll_interval_timed(certain, spacing())
        return Wait(f"{group.name} down to {want}", found.check, pace, first)

    def for_rollback(self, until: float | None = None) -> "DeployContext":
        """Return the same context for a rollback: no alarm stops it, and its waits end at `until` if that is given."""
        deadline = self.deadline if until is None else until
        return replace(self, deadline=deadline, alarms=None, phase="rollback", bake_checks=None)

    def wait_for_all(self, waits: Sequence[Wait], timeout: float | None = None, *, watch: Sequence[Wait] = ()) -> None:
        """Wait for all `waits` at once, at most `timeout` seconds, while the alarms and `watch` must not fail.

        `timeout` is the steady timeout by default. Raises `FailedError`, or `TimedOutError` at that or the deadline.
        """
        wanted = self.options.steady_timeout if timeout is None else timeout
        limit = max(0.0, min(wanted, self._seconds_left()))
        with self._explain_deadline(wanted > limit):
            self._run_wait(wait_for, waits, timeout=limit, watch=watch)

    def bake_for(self, waits: Sequence[Wait], seconds: float, *, why: str = "", serves: bool = False) -> None:
        """Require the waits to stay ready for `seconds`, while no alarm may fire and no check may fail.

        `why` is logged as the reason.

        A group that `serves` production, with the old group idle, may not lose all its healthy instances. Raises
        `FailedError` or `TimedOutError`, the latter at once if the bake does not fit before the deadline.
        """
        wanted, left = self.options.steady_timeout, self._seconds_left() - seconds
        if left < 0:
            raise TimedOutError(
                f"The deployment has {format_duration(max(0.0, left + seconds))} left but must bake for "
                f"{format_duration(seconds)}.",
                next_step=RAISE_TIMEOUT,
            )
        checks = () if self.bake_checks is None or seconds <= 0 else self.bake_checks.start(seconds)
        with self._explain_deadline(wanted > left):
            self._run_wait(
                partial(bake, checks=checks), waits, seconds=seconds, timeout=min(wanted, left), why=why, serves=serves
            )
        if checks and self.bake_checks is not None:
            self.bake_checks.settle()

    def alarm_watch(self) -> tuple[Wait, ...]:
        """Return the watch that no alarm fires; empty if none are watched."""
        return (Wait("alarms", self._judge_alarms),) if self.alarms is not None and self.options.alarms else ()

    def note_health(self, group: Group, verdict: Verdict) -> None:
        """Keep how many instances of a group a poll found healthy, for the summary."""
        if verdict.of:
            self.observations.note_health(group.id, self.clock.now(), verdict.ready, verdict.of)

    def require_group(self, group: GroupId, what: str, *, recent: bool = False) -> Group:
        """Return the group. Raises `FailedError` if it does not exist; `what` names it in the message.

        With `recent`, a read of a moment ago counts.
        """
        found = self.recent_group(group) if recent else self.groups.get(group)
        if found is None:
            raise FailedError(
                f"{what} {group} no longer exists.",
                next_step="check in the Spot console who deleted it.",
            )
        return found

    def recent_group(self, group: GroupId) -> Group | None:
        """Return the group as a read of a moment ago showed it, such as a list, or else as it is now."""
        recent = self.health_cache.recent_group(group, self.clock.now())
        return recent.group if recent is not None else self.groups.get(group)

    def _run_wait(
        self, loop: Callable[..., None], waits: Sequence[Wait], *, watch: Sequence[Wait] = (), **more: float | str
    ) -> None:
        both = (*self.alarm_watch(), *watch)
        loop(waits, clock=self.clock, notify=self.notify, watch=both, budget=self.call_budget, **more)

    def _seconds_left(self) -> float:
        """Seconds until the deadline of the whole deployment."""
        return inf if self.deadline is None else self.deadline - self.clock.now()

    @contextmanager
    def _explain_deadline(self, cut: bool) -> Iterator[None]:  # noqa: FBT001  (private)
        """If the deadline of the whole deployment cut the wait short, say so in the error."""
        try:
            yield
        except TimedOutError as late:
            if not cut:
                raise
            longer = RAISE_TIMEOUT if self.phase == _DEPLOYMENT else _AGAIN
            message = f"The {self.phase} reached its time limit. {late.message}"
            raise TimedOutError(message, next_step=longer) from late

    def _launch(self, group: Group) -> LaunchWatch:
        grace = min(GRACE, self.options.steady_timeout / 2)
        return LaunchWatch(group.id, self.groups, self.clock, self.groups.time() - _SKEW, grace)

    def _judge_group(self, held: HeldCapacity, rule: Callable[[GroupHealth, int], Verdict]) -> Verdict:
        group = held.group
        try:
            view = self.observe(group)
        except ApiError as error:
            if error.is_group_gone or (not error.retryable and self.groups.get(group.id) is None):
                return Failed(f"{group.id} was deleted outside this deployment")
            raise
        verdict = held.judge(view, rule)
        self.note_health(group, verdict)
        return verdict

    def _read_instances(self, group: Group) -> tuple[Instance, ...]:
        """The group's instances, with their types if its capacity is counted in weight."""
        instances = self.groups.instances(group.id)
        if group.unit != "weight" or not instances:
            return instances
        types = {i.id: i.instance_type for i in self.groups.instance_requests(group.id)}
        return tuple(replace(i, instance_type=types.get(i.id) or i.instance_type) for i in instances)

    def _judge_alarms(self) -> Verdict:
        assert self.alarms is not None
        states = self.alarms.states(self.options.alarms)
        self.observations.note_alarms(self.clock.now(), states)
        fired = [alarm for alarm in states if alarm.state == "ALARM"]
        if fired:
            return Failed("; ".join(f"{alarm.name} is in ALARM: {alarm.reason.rstrip('.')}" for alarm in fired))
        return Ready("no alarm")
