"""What a deployment last read of each group and target group, and when: saves calls, and tells old reads from new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spotaction.engine.waits.health import GroupHealth
from spotaction.model.resources import Group, GroupId, Instance, InstanceId, Target, TargetGroupArn

MOMENT = 1.0  # seconds for which a read is as good as another one
_LATE = 15.0  # seconds past the draining time until which instances may be about to leave


@dataclass
class DrainingInstances:
    """The instances that a group had when it was scaled down, at `since` on the clock; some or all of them leave.

    `listed` is whether Spot's list was read since then.
    """

    since: float
    instances: dict[InstanceId, Instance] = field(default_factory=dict)
    listed: bool = False

    def seconds_left(self, group: Group, now: float) -> float:
        """Seconds until the group's draining time has passed, with some margin; negative afterwards."""
        return self.since + group.draining + _LATE - now

    def is_over(self, group: Group, now: float) -> bool:
        """Whether the group's draining time has passed, with some margin."""
        return self.seconds_left(group, now) <= 0

    def note(self, instances: Sequence[Instance]) -> None:
        """Add the instances that Spot lists."""
        self.instances |= {instance.id: instance for instance in instances if instance.id is not None}


@dataclass(frozen=True)
class GroupRead:
    """A group as one read showed it, when that was requested, and when it was answered (on the clock's `now`)."""

    asked: float
    answered: float
    group: Group


@dataclass
class HealthCache:
    """The last read of each group and target group with its time, so that a safety rule need not read it again.

    `launches` holds how many seconds the last launch of a group took, `draining` its instances when it was scaled down.
    """

    groups: dict[GroupId, GroupRead] = field(default_factory=dict)
    views: dict[GroupId, tuple[float, GroupHealth]] = field(default_factory=dict)
    targets: dict[TargetGroupArn, tuple[float, tuple[Target, ...]]] = field(default_factory=dict)
    launches: dict[GroupId, float] = field(default_factory=dict)
    draining: dict[GroupId, DrainingInstances] = field(default_factory=dict)

    def note_groups(self, groups: Iterable[Group], asked: float, now: float) -> None:
        """Remember groups that were just read."""
        self.groups |= {group.id: GroupRead(asked, now, group) for group in groups}

    def recent_group(self, group: GroupId, now: float) -> GroupRead | None:
        """Return a group that was read a moment ago, by itself or in a list; None if it was not."""
        found = self.groups.get(group)
        return found if found is not None and now - found.answered <= MOMENT else None
