"""What the steps may ask of the outside world, as protocols that the adapters fill."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from spotaction.model.events import Event
from spotaction.model.resources import (
    Alarm,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    Instance,
    JsonObject,
    ListenerArn,
    LogLine,
    Roll,
    Route,
    RuleArn,
    Suspension,
    Target,
    TargetGroup,
    TargetGroupArn,
)

LIST_LAG = 90.0
"""Seconds after which a write shows in every read at Spot: the one assumption that the lock rests on. Spot documents
nothing; seconds to a minute have been seen."""

TAKE_OVER_TIME = 30.0
"""Seconds that taking over may take, from reading the mark of the deployment to the answer to writing it."""

TAKE_OVER_WAIT = 2 * LIST_LAG + TAKE_OVER_TIME
"""Seconds from the answer to a take-over's write until it is known that nobody else took over as well. Who reads the
mark within `LIST_LAG` of that write may not see it, writes its own up to `TAKE_OVER_TIME` later, and that shows in
every read after another `LIST_LAG`."""


class Clock(Protocol):
    """Time, given and not taken."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""
        ...

    def time(self) -> datetime:
        """The wall time, aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; raises `CancelledError` when the runner asks us to stop."""
        ...


class ElastigroupApi(Protocol):
    """Elastigroups at Spot. Every call raises `ApiError`."""

    def time(self) -> datetime:
        """The wall time by Spot's own clock, aware; the runner's clock until the first answer told it.

        Deadlines in marks and `Group.created_at` compare with this time only: a runner's clock may be an hour off.
        """
        ...

    def all(self) -> tuple[Group, ...]:
        """All groups of the account, in one call."""
        ...

    def get(self, group: GroupId) -> Group | None:
        """One group, None when there is none (deleted or never there)."""
        ...

    def create(self, config: JsonObject) -> Group:
        """Create from a bare group config; an answer that got lost never makes two of the same name and description."""
        ...

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        """Set minimum, target and maximum."""
        ...

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        """Rename a group, or write its description, in one call."""
        ...

    def delete(self, group: GroupId) -> None:
        """Delete a group with its instances; one that is gone already is fine."""
        ...

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        """The group's instances with their health in Spot."""
        ...

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        """The group's instances and open requests as `status` lists them: request status and type, no health."""
        ...

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        """Suspend AUTO_SCALE; Spot lifts it by itself after `minutes`."""
        ...

    def resume_scaling(self, group: GroupId) -> None:
        """Lift the suspension of AUTO_SCALE."""
        ...

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        """The processes of a group that are suspended, by whomever; None when there is no such group."""
        ...

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        """The newest rolls of a group; none when there is no such group."""
        ...

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        """What Spot logged about the group (warnings and errors, newest first); nothing where it cannot be read."""
        ...


@dataclass(frozen=True)
class ImageQuery:
    """How to find an AMI. Exactly one of `version` (the Name), `pattern` and `image_id` is given.

    `pattern` is the reference's glob form (substring match), or a regular expression when written `/…/`.
    `filters` are pairs of EC2 filter name (or the reference's `ami-…` form) and values.
    """

    region: str
    version: str = ""
    pattern: str = ""
    image_id: ImageId | None = None
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    owners: tuple[str, ...] = ("self",)


class ImageApi(Protocol):
    """AMIs at EC2."""

    def find(self, query: ImageQuery) -> Image:
        """The newest image that matches; `RefusedError` says what was searched and the five nearest names."""
        ...


class LoadBalancerApi(Protocol):
    """Load balancers at ELBv2. Every call raises `ApiError`."""

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        """The route of a rule on the listener at `port`; None = the listener's default rule.

        `RefusedError` when the load balancer, listener or rule is not there, or the rule does not forward.
        """
        ...

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        """A rule given by the ARNs of its listener and itself: for the standalone shift. Errors as `find`."""
        ...

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """The same routes as they are now, in the same order; one call per kind of rule."""
        ...

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        """Other rules that forward, as `find` saw them: of the same listener, and the default rules of the others."""
        ...

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        """Every rule, default rules included, whose forward names one of the target groups, at whatever weight.

        A target group that does not exist is named by no rule. One call for the load balancers, then one for each
        load balancer and one for each of its listeners.
        """
        ...

    def write(self, route: Route, forward: Forward) -> Route:
        """Replace the forward in `route.actions` and nothing else; the answer is the route as ELB now states it."""
        ...

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        """Every target of a target group with its health."""
        ...

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        """Target groups with their attributes, in the same order; `RefusedError` when one is missing."""
        ...


class AlarmApi(Protocol):
    """CloudWatch alarms."""

    def states(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        """The alarms with their states; `RefusedError` names those that do not exist."""
        ...


Notify = Callable[[Event], None]
