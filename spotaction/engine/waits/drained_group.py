"""Whether a group that was scaled down has drained: by Spot's list, by its target groups, and by time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, is_drained
from spotaction.engine.waits.health_cache import LeavingInstances
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import Clock, ElastigroupApi
from spotaction.model.resources import Group, Instance, Target, TargetGroupArn

GONE = "GROUP_DOESNT_EXIST"


@dataclass(frozen=True)
class DrainedGroup:
    """`want` instances are to be left of the group. `targets` is None where ELB cannot be asked."""

    group: Group
    want: int
    leaving: LeavingInstances
    groups: ElastigroupApi
    clock: Clock
    instances: Callable[[Group], tuple[Instance, ...]]
    targets: Callable[[TargetGroupArn], tuple[Target, ...]] | None

    def check(self) -> Verdict:
        """One call while Spot lists more than are to be left; then the target groups are asked, too."""
        try:
            instances = self.instances(self.group)
        except ApiError as error:
            if error.code == GONE:
                return Ready("the group is gone")
            raise
        self.leaving.note(instances)
        listed = is_drained(GroupHealth(self.group, instances), self.want)
        if self.leaving.is_over(self.group, self.clock.now()):
            return listed if isinstance(listed, Ready) else self._late(listed)
        if not isinstance(listed, Ready):
            return listed
        view = GroupHealth(self.group, instances, self._registered())
        return is_drained(view, self.want, self.leaving.instances.values(), over=False)

    def _late(self, verdict: Verdict) -> Verdict:
        """Instances that stay may be wanted: a policy scaled the group out, somebody scaled it, or Spot clamped it."""
        live = self.groups.get(self.group.id)
        if live is None or live.capacity.target <= self.want:
            return verdict
        if self.want == 0:
            held = f"{live.capacity} (minimum/target/maximum)"
            return Failed(f"Spot holds {self.group.id} at {held}, 0 was asked for: does somebody else scale it?")
        return Ready(f"its own target is {live.capacity.target} by now", self.want, self.want)

    def _registered(self) -> Mapping[TargetGroupArn, tuple[Target, ...]] | None:
        if self.targets is None:
            return None
        try:
            return {arn: self.targets(arn) for arn in self.group.target_groups}
        except CredentialError:
            return None
