"""The outside world as the steps see it: ports, options, and what to wait for in them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf

from spotaction.baking import bake
from spotaction.deployment import Deployment
from spotaction.drained_group import GONE, DrainedGroup
from spotaction.errors import ApiError, FailedError, TimedOutError
from spotaction.health import Failed, Ready, Verdict, View, Waiting, steady, steady_where_used
from spotaction.held_capacity import HeldCapacity
from spotaction.launch_failures import GRACE, Launch
from spotaction.model import Group, GroupId, Instance, Target, TargetGroupArn
from spotaction.pacing import FIRST_LOOK, Pacing
from spotaction.pauses import INTERVAL, Pauses
from spotaction.ports import Alarms, Clock, Groups, Notify, Routes
from spotaction.sightings import Leaving, Sightings
from spotaction.waiting import Wait, wait_for
from spotaction.written import Written

_SKEW = timedelta(minutes=1)  # what Spot logs may be dated a little before the call that we waited for
_DEPLOYMENT = "whole deployment"
_AGAIN = "once the reason is gone, run operation: rollback again."
_LONGER = "raise timeout (and the job's timeout-minutes), or shorten bakes and delays."


@dataclass(frozen=True)
class Options:
    """What the user chose for the whole deployment; durations in seconds.

    `suspend_minutes` is the time to live of the suspension of AUTO_SCALE, None = scaling is left alone.
    """

    steady_timeout: float = 1200.0
    keep_old: int = 3
    suspend_minutes: int | None = None
    alarms: tuple[str, ...] = ()
    allow_other_rules: bool = False
    allow_shared_target_groups: bool = False
    stage_suffix: str = "__STAGE__Harness"
    pacing: Pacing = field(default_factory=Pacing)


def _no_gate(_group: GroupId) -> bool:
    """Where nothing is guarded there is no gate, and no time passes."""
    return False


@dataclass(frozen=True)
class World:
    """Ports and options. `routes` is None without AWS credentials, `alarms` where none were asked for.

    `deadline` (on the clock's `now`) bounds every wait of what is at work, which `whole` names: the whole deployment or
    its rollback.
    `shield` opens a context of a few seconds in which calls work although the run was cancelled. `pass_gate` returns
    once this run may take something from a group: what is read for that has to be read afterwards.
    """

    groups: Groups
    routes: Routes | None
    alarms: Alarms | None
    clock: Clock
    notify: Notify
    save: Callable[[Deployment], None]
    options: Options = field(default_factory=Options)
    sightings: Sightings = field(default_factory=Sightings)
    written: Written = field(default_factory=Written)
    deadline: float | None = None
    whole: str = _DEPLOYMENT
    pauses: Pauses = field(default_factory=Pauses)
    shield: Callable[[], AbstractContextManager[None]] = nullcontext
    pass_gate: Callable[[GroupId], bool] = _no_gate

    def look(self, group: Group) -> View:
        """A group's instances and targets now. Raises `ApiError`; one with code `GROUP_DOESNT_EXIST` if it is gone."""
        instances = self._instances(group)
        targets = None if self.routes is None else {arn: self.targets(arn) for arn in group.target_groups}
        view = View(group, instances, targets)
        self.sightings.views[group.id] = (self.clock.now(), view)
        return view

    def targets(self, arn: TargetGroupArn) -> tuple[Target, ...]:
        """The targets of a target group now."""
        assert self.routes is not None
        found = self.routes.targets(arn)
        self.sightings.targets[arn] = (self.clock.now(), found)
        return found

    def recent_targets(self, arn: TargetGroupArn, seconds: float = INTERVAL) -> tuple[Target, ...]:
        """The targets of a target group, from a look that is no older than `seconds` where there is one."""
        seen = self.sightings.targets.get(arn)
        return seen[1] if seen and self.clock.now() - seen[0] <= seconds else self.targets(arn)

    def steady(self, group: Group, want: int, *, launching: bool = False) -> Wait:
        """Until the group has `want` instances healthy for Spot and in its target groups; fewer if its target says so.

        `launching` when it was scaled up just now, to the capacity that `group` has: the first look then waits a
        little, and it is steady only once Spot holds that capacity.
        """
        what, pacing, begun = f"{group.name} steady", self.options.pacing, self.clock.now()
        launch = self._launch(group)
        if not launching:
            found = HeldCapacity(group, want, self.groups, self.clock)
            return Wait(what, lambda: launch.explain(self._judge(found, steady)), pacing.launching)
        expected = self.sightings.launches.get(group.id)
        held = HeldCapacity(group, want, self.groups, self.clock, since=begun, confirm=True)

        def check() -> Verdict:
            verdict = self._judge(held, steady)
            if isinstance(verdict, Ready):
                self.sightings.launches[group.id] = self.clock.now() - begun
            return launch.explain(verdict)

        def pace(verdict: Waiting, elapsed: float) -> float:
            return (
                pacing.launching(verdict, elapsed)
                if expected is None
                else pacing.relaunching(verdict, elapsed, expected)
            )

        return Wait(what, check, pace, pacing.first)

    def still_steady(self, group: Group, want: int) -> Wait:
        """Until the group is steady at the capacity that `group` has, which Spot has to hold, too."""
        held = HeldCapacity(group, want, self.groups, self.clock, confirm=True)
        return Wait(f"{group.name} steady", lambda: self._judge(held, steady), self.options.pacing.launching)

    def steady_again(self, group: Group, want: int) -> Wait:
        """The same for a group that served before: a target group that no rule names any more does not count.

        Where no target group tells which instances are on their way out, those that were there when it was scaled down
        count only once they had the time to go.
        """
        leaving = self.sightings.leaving.get(group.id)

        def rule(view: View, want: int) -> Verdict:
            if view.targets or leaving is None or leaving.is_over(group, self.clock.now()):
                return steady_where_used(view, want)
            stay = tuple(instance for instance in view.instances if instance.id not in leaving.instances)
            return steady_where_used(replace(view, instances=stay), want)

        launch, held = self._launch(group), HeldCapacity(group, want, self.groups, self.clock, self.clock.now())
        return Wait(
            f"{group.name} steady",
            lambda: launch.explain(self._judge(held, rule)),
            self.options.pacing.launching,
        )

    def expect_to_leave(self, group: Group) -> None:
        """Remember who is there right before the group is scaled down, and when that is."""
        leaving = self.sightings.leaving[group.id] = Leaving(self.clock.now())
        with suppress(ApiError):  # whoever is listed while they drain is noted then
            leaving.note(self._instances(group))

    def drained(self, group: Group, want: int) -> Wait:
        """Until the group has no more than `want` instances; without `expect_to_leave` it has to come before the write.

        Where ELB cannot be asked, and the draining time of the group is not over, one that Spot does not list any more
        may still be there.
        """
        if group.id not in self.sightings.leaving:
            self.expect_to_leave(group)
        draining, leaving = self.options.pacing.draining, self.sightings.leaving[group.id]

        def pace(verdict: Waiting, elapsed: float) -> float:
            return draining(verdict, elapsed, group.draining)

        first = FIRST_LOOK if leaving.instances else 0.0
        targets = None if self.routes is None else self.recent_targets
        found = DrainedGroup(group, want, leaving, self.groups, self.clock, self._instances, targets)
        return Wait(f"{group.name} down to {want}", found.check, pace, first)

    def wait(self, waits: Sequence[Wait], timeout: float | None = None, *, watch: Sequence[Wait] = ()) -> None:
        """Wait for all of them side by side, with an eye on the alarms and on `watch`. Raises `TimedOutError`."""
        wanted = self.options.steady_timeout if timeout is None else timeout
        limit = max(0.0, min(wanted, self._left()))
        with self._explained(wanted > limit):
            self._waiting(wait_for, waits, timeout=limit, watch=watch)

    def bake(self, waits: Sequence[Wait], seconds: float, *, why: str = "", serves: bool = False) -> None:
        """Let them stay ready for `seconds`, with an eye on the alarms. Raises `TimedOutError`.

        `why` continues the sentence that announces it. What `serves`, with the old group idle beside it, may not lose
        all of its healthy instances. A bake that does not fit into what is left of the deployment's time is not begun.
        """
        wanted, left = self.options.steady_timeout, self._left() - seconds
        if left < 0:
            raise TimedOutError(
                f"The deployment has {max(0.0, left + seconds):.0f} s left, and now it is to wait for {seconds:.0f} s.",
                next_step=_LONGER,
            )
        with self._explained(wanted > left):
            self._waiting(bake, waits, seconds=seconds, timeout=min(wanted, left), why=why, serves=serves)

    def watch(self) -> tuple[Wait, ...]:
        """The alarms that must not fire, if any."""
        return (Wait("alarms", self._alarms),) if self.alarms is not None and self.options.alarms else ()

    def need(self, group: GroupId, what: str) -> Group:
        """The group, or a failure that says which one is missing."""
        found = self.groups.get(group)
        if found is None:
            raise FailedError(
                f"{what} {group} does not exist any more.",
                next_step="look in the Spot console who deleted it.",
            )
        return found

    def _waiting(
        self, loop: Callable[..., None], waits: Sequence[Wait], *, watch: Sequence[Wait] = (), **more: float | str
    ) -> None:
        both = (*self.watch(), *watch)
        loop(waits, clock=self.clock, notify=self.notify, watch=both, pauses=self.pauses, **more)

    def _left(self) -> float:
        """Seconds until the deadline of the whole deployment."""
        return inf if self.deadline is None else self.deadline - self.clock.now()

    @contextmanager
    def _explained(self, cut: bool) -> Iterator[None]:  # noqa: FBT001  (private)
        """Where it was the time of the whole deployment that ran out, that is what is said."""
        try:
            yield
        except TimedOutError as late:
            if not cut:
                raise
            longer = _LONGER if self.whole == _DEPLOYMENT else _AGAIN
            raise TimedOutError(f"The time of the {self.whole} is over. {late.message}", next_step=longer) from late

    def _launch(self, group: Group) -> Launch:
        grace = min(GRACE, self.options.steady_timeout / 2)
        return Launch(group.id, self.groups, self.clock, self.groups.time() - _SKEW, grace)

    def _judge(self, held: HeldCapacity, rule: Callable[[View, int], Verdict]) -> Verdict:
        group = held.group
        try:
            view = self.look(group)
        except ApiError as error:
            if error.code == GONE or (not error.retryable and self.groups.get(group.id) is None):
                return Failed(f"{group.id} was deleted by someone else")
            raise
        return held.judge(view, rule)

    def _instances(self, group: Group) -> tuple[Instance, ...]:
        """The group's instances, with their types where these are weighed."""
        instances = self.groups.instances(group.id)
        if group.unit != "weight" or not instances:
            return instances
        types = {i.id: i.instance_type for i in self.groups.pending(group.id)}
        return tuple(replace(i, instance_type=types.get(i.id) or i.instance_type) for i in instances)

    def _alarms(self) -> Verdict:
        assert self.alarms is not None
        fired = [alarm for alarm in self.alarms.states(self.options.alarms) if alarm.state == "ALARM"]
        if fired:
            return Failed("; ".join(f"{alarm.name} is in ALARM: {alarm.reason.rstrip('.')}" for alarm in fired))
        return Ready("no alarm")
