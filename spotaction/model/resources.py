"""Groups, instances, images, target groups and routes as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NewType, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from spotaction.model.preflight import ImageFacts

GroupId = NewType("GroupId", str)  # sig-…
InstanceId = NewType("InstanceId", str)  # i-…
ImageId = NewType("ImageId", str)  # ami-…
AppName = NewType("AppName", str)
TargetGroupArn = NewType("TargetGroupArn", str)
ListenerArn = NewType("ListenerArn", str)
RuleArn = NewType("RuleArn", str)

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Capacity:
    """The capacity of a group in instances or weight units: 0 ≤ minimum ≤ target ≤ maximum."""

    minimum: int
    target: int
    maximum: int

    @classmethod
    def fixed(cls, count: int) -> "Capacity":
        """Return minimum = target = maximum = `count`, so that no scaling policy changes it."""
        return cls(minimum=count, target=count, maximum=count)

    def __str__(self) -> str:
        return f"{self.minimum}/{self.target}/{self.maximum}"


ZERO = Capacity.fixed(0)


@dataclass(frozen=True)
class Group:
    """An Elastigroup as Spot returns it; `config` is the bare group with its user data: never print it.

    `unit` is instance or weight; `weights` is the weight of each instance type in a group measured in weight.
    `draining` is the group's draining time in seconds.
    """

    id: GroupId
    name: str
    capacity: Capacity
    created_at: datetime
    description: str = ""
    image_id: ImageId | None = None
    target_groups: tuple[TargetGroupArn, ...] = ()
    health_check: str | None = None
    unit: str = "instance"
    draining: float = 120.0
    weights: Mapping[str, int] = field(default_factory=dict, compare=False)
    config: JsonObject = field(default_factory=dict, repr=False, compare=False)


class InstanceState(StrEnum):
    """Instance health in Spot's terms (target health is ELB's)."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Instance:
    """One instance of a group; `id` is None while Spot is still looking for capacity."""

    id: InstanceId | None
    state: InstanceState
    zone: str = ""
    instance_type: str = ""
    life_cycle: str = ""
    request_status: str = ""
    private_ip: str = ""


@dataclass(frozen=True)
class LogLine:
    """A line of Spot's log of a group; `at` is Spot's time."""

    at: datetime
    severity: str
    message: str


_OVER = frozenset({"finished", "completed", "stopped"})


@dataclass(frozen=True)
class Roll:
    """A roll of a group's instances; `status` is Spot's status in lower case."""

    id: str
    status: str
    created_at: datetime

    @property
    def open(self) -> bool:
        """Whether the roll blocks the group; a failed one does until somebody stops it."""
        return self.status not in _OVER


@dataclass(frozen=True)
class Suspension:
    """A suspended process of a group. Spot lifts it at `until`, never if `endless`; otherwise the end is unknown."""

    process: str
    until: datetime | None = None
    endless: bool = False


class TargetState(StrEnum):
    """Target health in ELB's terms."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Target:
    """One registered target of a target group, with ELB's reason if it is not healthy."""

    id: InstanceId
    state: TargetState
    reason: str = ""
    description: str = ""


@dataclass(frozen=True)
class Image:
    """An AMI. `name` is what Harness calls the version; `created_at` is EC2's text (ISO, UTC).

    `facts` is None for an image that was not looked up.
    """

    id: ImageId
    name: str
    created_at: str = ""
    architecture: str = ""
    owner: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    facts: "ImageFacts | None" = field(default=None, repr=False)


@dataclass(frozen=True)
class TargetGroup:
    """A target group with what matters to a deployment: `sticky` is whether it has stickiness of its own."""

    arn: TargetGroupArn
    name: str
    sticky: bool = False


@dataclass(frozen=True)
class Weighted:
    """A target group's share in a forward; ELB allows 0 to 999."""

    target_group: TargetGroupArn
    weight: int


@dataclass(frozen=True)
class Forward:
    """The target groups to which a rule sends its requests. A single one may have any weight above 0.

    `sticky_seconds` is the group stickiness (None = off), 1 to 604800.
    """

    targets: tuple[Weighted, ...]
    sticky_seconds: int | None = None

    @classmethod
    def to_one(cls, target_group: TargetGroupArn) -> "Forward":
        """Return a forward of all requests to one target group."""
        return cls(targets=(Weighted(target_group, 1),))

    @property
    def serving_target_groups(self) -> tuple[TargetGroupArn, ...]:
        """The target groups that receive requests."""
        return tuple(target.target_group for target in self.targets if target.weight > 0)

    def names(self, target_groups: Sequence[TargetGroupArn]) -> bool:
        """Whether the forward has one of the target groups, at any weight."""
        return any(target.target_group in target_groups for target in self.targets)

    def share_of(self, target_group: TargetGroupArn) -> float:
        """Return the share of the requests that a target group receives, 0 to 1."""
        total = sum(target.weight for target in self.targets)
        mine = sum(target.weight for target in self.targets if target.target_group == target_group)
        return mine / total if total else 0.0

    def as_elb_config(self) -> JsonObject:
        """Return the `ForwardConfig` of ELB's API; stickiness is turned off explicitly, or ELB might keep it."""
        sticky: dict[str, JsonValue] = {"Enabled": self.sticky_seconds is not None}
        if self.sticky_seconds is not None:
            sticky["DurationSeconds"] = self.sticky_seconds
        groups: list[JsonValue] = [{"TargetGroupArn": t.target_group, "Weight": t.weight} for t in self.targets]
        return {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}

    def __str__(self) -> str:
        names = [f"{arn_name(t.target_group)} {self.share_of(t.target_group):.0%}" for t in self.targets]
        sticky = f", sticky for {self.sticky_seconds} s" if self.sticky_seconds else ""
        return " + ".join(names) + sticky


@dataclass(frozen=True)
class Route:
    """The forward of one listener rule; a default rule is changed through its listener.

    `actions` is the rule's complete action list as read, so that a write changes only the forward.
    """

    load_balancer: str
    listener: ListenerArn
    port: int
    rule: RuleArn
    is_default: bool
    forward: Forward
    actions: tuple[JsonObject, ...] = field(default=(), repr=False, compare=False)

    @property
    def label(self) -> str:
        """The route as a person knows it: load balancer, port (if known), and rule."""
        rule = "default rule" if self.is_default else f"rule {self.rule.rsplit('/', maxsplit=1)[-1]}"
        port = f":{self.port}" if self.port else ""
        return f"{self.load_balancer}{port} {rule}"


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: `state` is OK, ALARM or INSUFFICIENT_DATA; `reason` is CloudWatch's own text."""

    name: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class LoadBalancer:
    """One entry of `load-balancers`, in Harness's form.

    A swap has a stage listener; a shift (`shift`) has `stage_target_group` next to production's on one rule. A rule
    that is None is its listener's default.
    """

    name: str
    prod_port: int
    prod_rule: RuleArn | None = None
    stage_port: int | None = None
    stage_rule: RuleArn | None = None
    stage_target_group: TargetGroupArn | None = None
    shift: bool = False


def spot_console_url(group: str) -> str:
    """Return the URL of an Elastigroup in the Spot console."""
    return f"https://console.spotinst.com/#/aws/ec2/elastigroup/view/{quote(group, safe='')}"


def listener_of(rule: RuleArn) -> ListenerArn:
    """Return the listener of a rule: its ARN with `listener-rule` replaced by `listener`, without the last part."""
    return ListenerArn(rule.rpartition("/")[0].replace(":listener-rule/", ":listener/", 1))


def arn_name(arn: str) -> str:
    """Return the name in a target group's ARN."""
    parts = arn.rsplit(":", maxsplit=1)[-1].split("/")
    return parts[1] if len(parts) > 1 else parts[0]


@dataclass(frozen=True)
class StandaloneShift:
    """A rule outside the deployment, and the forward to set."""

    load_balancer: str
    listener: ListenerArn
    rule: RuleArn
    forward: Forward
