"""Whether a group that was scaled down has drained, by Spot's instance list, its target groups, and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, is_drained
from spotaction.engine.waits.health_cache import DrainingInstances
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import Clock, ElastigroupApi
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
        """Return the verdict: one call while Spot lists too many instances; then the target groups are read, too.

        Raises `ApiError` when a read fails, except when the group does not exist, which is `Ready`.
        """
        try:
            instances = self.instances(self.group)
        except ApiError as error:
            if error.is_group_gone:
                return Ready("the group does not exist")
            raise
        self.draining.note(instances)
        noted = self.draining.instances.values()
        listed = is_drained(GroupHealth(self.group, instances), self.want, noted)
        if self.draining.is_over(self.group, self.clock.now()):
            return listed if isinstance(listed, Ready) else self._late(listed)
        if not isinstance(listed, Ready):
            return listed
        view = GroupHealth(self.group, instances, self._registered())
        return is_drained(view, self.want, noted, over=False)

    def _late(self, verdict: Verdict) -> Verdict:
        """Instances may remain because a policy or a person scaled the group out, or because Spot clamped it."""
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
