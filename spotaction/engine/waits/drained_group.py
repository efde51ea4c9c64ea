"""Whether a group that was scaled down has drained, by its target groups, Spot's instance list, and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, is_drained
from spotaction.engine.waits.health_cache import DrainingInstances
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import LIST_LAG, Clock, ElastigroupApi
from spotaction.model.resources import Group, Instance, Target, TargetGroupArn


@dataclass(frozen=True)
class DrainedGroup:
    """A group that is to keep `want` instances. `targets` is None without AWS credentials."""

    group: Group
    want: int
    draining: DrainingInstances
    groups: ElastigroupApi
    clock: Clock
    instances: Callable[[Group], tuple[Instance, ...]]
    targets: Callable[[TargetGroupArn], tuple[Target, ...]] | None

    def check(self) -> Verdict:
        """Return the verdict. Spot's list is read once, then again when the target groups have no more instances left.

        Raises `ApiError` when a read fails, except when the group does not exist, which is `Ready`.
        """
        registered = self._registered() if self.draining.listed and not self._is_over() else None
        if registered and isinstance(verdict := self._judge_registered(registered), Waiting):
            return verdict
        try:
            instances = self.instances(self.group)
        except ApiError as error:
            if error.is_group_gone:
                return Ready("the group does not exist")
            raise
        self.draining.note(instances)
        self.draining.listed = True
        listed = is_drained(GroupHealth(self.group, instances), self.want, self.draining.instances.values())
        if self._is_over():
            return listed if isinstance(listed, Ready) else self._late(listed)
        if not isinstance(listed, Ready):
            return listed
        return self._judge_registered(registered or self._registered(), instances)

    def seconds_until_over(self) -> float | None:
        """Seconds until the draining time is over, if only time can tell that the instances are gone; else None."""
        if (self.targets is not None and self.group.target_groups) or self._is_over():
            return None
        by_time = isinstance(self._judge_registered(None), Waiting)
        return self.draining.seconds_left(self.group, self.clock.now()) if by_time else None

    def _is_over(self) -> bool:
        return self.draining.is_over(self.group, self.clock.now())

    def _judge_registered(
        self, registered: Mapping[TargetGroupArn, tuple[Target, ...]] | None, instances: tuple[Instance, ...] = ()
    ) -> Verdict:
        """The verdict of the target groups on the instances that Spot lists, and on those that are no longer listed."""
        view = GroupHealth(self.group, instances, registered)
        return is_drained(view, self.want, self.draining.instances.values(), over=False)

    def _late(self, verdict: Verdict) -> Verdict:
        """Instances may remain because a policy or a person scaled the group out, or because Spot clamped it.

        A read within `LIST_LAG` of scaling the group down may be older than that.
        """
        if self.clock.now() - self.draining.since < LIST_LAG:
            return verdict
        live = self.groups.get(self.group.id)
        if live is None or live.capacity.target <= self.want:
            return verdict
        if self.want == 0:
            held = f"{live.capacity} (minimum/target/maximum)"
            return Failed(f"Spot keeps {self.group.id} at {held} although 0 was requested; check what else scales it")
        return Ready(f"the group's target is now {live.capacity.target}", self.want, self.want)

    def _registered(self) -> Mapping[TargetGroupArn, tuple[Target, ...]] | None:
        if self.targets is None:
            return None
        try:
            return {arn: self.targets(arn) for arn in self.group.target_groups}
        except CredentialError:
            return None
