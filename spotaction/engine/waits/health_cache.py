"""What a deployment saw and did last in the clouds, and when: it spares calls, and tells old reads from new ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from spotaction.engine.waits.health import GroupHealth
from spotaction.model.resources import Group, GroupId, Instance, InstanceId, Target, TargetGroupArn

_LATE = 15.0  # seconds past the draining time until which instances may be about to leave


@dataclass
class LeavingInstances:
    """The instances that a group had when it was scaled down, at `since` on the clock; some of them are to leave."""

    since: float
    instances: dict[InstanceId, Instance] = field(default_factory=dict)

    def is_over(self, group: Group, now: float) -> bool:
        """Whether they had the time to go that the group gives them."""
        return now - self.since >= group.draining + _LATE

    def note(self, instances: Sequence[Instance]) -> None:
        """Add those that Spot lists."""
        self.instances |= {instance.id: instance for instance in instances if instance.id is not None}


@dataclass
class HealthCache:
    """The last look at each group and target group, with its time: fresh ones spare a safety rule its own call.

    `launches` says how many seconds the last launch of a group took, `leaving` who was there when it was scaled down.
    """

    views: dict[GroupId, tuple[float, GroupHealth]] = field(default_factory=dict)
    targets: dict[TargetGroupArn, tuple[float, tuple[Target, ...]]] = field(default_factory=dict)
    launches: dict[GroupId, float] = field(default_factory=dict)
    leaving: dict[GroupId, LeavingInstances] = field(default_factory=dict)
