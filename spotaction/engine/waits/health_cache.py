"""What a deployment last read of each group and target group, and when: saves calls, and tells old reads from new."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from spotaction.engine.waits.health import GroupHealth
from spotaction.model.resources import Group, GroupId, Instance, InstanceId, Target, TargetGroupArn

_LATE = 15.0  # seconds past the draining time until which instances may be about to leave


@dataclass
class DrainingInstances:
    """The instances that a group had when it was scaled down, at `since` on the clock; some or all of them leave."""

    since: float
    instances: dict[InstanceId, Instance] = field(default_factory=dict)

    def is_over(self, group: Group, now: float) -> bool:
        """Whether the group's draining time has passed, with some margin."""
        return now - self.since >= group.draining + _LATE

    def note(self, instances: Sequence[Instance]) -> None:
        """Add the instances that Spot lists."""
        self.instances |= {instance.id: instance for instance in instances if instance.id is not None}


@dataclass
class HealthCache:
    """The last health read of each group and target group with its time, so that a safety rule need not read it again.

    `launches` holds how many seconds the last launch of a group took, `draining` its instances when it was scaled down.
    """

    views: dict[GroupId, tuple[float, GroupHealth]] = field(default_factory=dict)
    targets: dict[TargetGroupArn, tuple[float, tuple[Target, ...]]] = field(default_factory=dict)
    launches: dict[GroupId, float] = field(default_factory=dict)
    draining: dict[GroupId, DrainingInstances] = field(default_factory=dict)
