"""The protocols through which everything reaches Spot, AWS and the time; adapters in cloud/ implement them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from spotaction.model.events import Event
from spotaction.model.redaction import truncate
from spotaction.model.resources import (
    Alarm,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    Instance,
    InstanceId,
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

if TYPE_CHECKING:
    from spotaction.model.preflight import CapacityFacts, CapacityQuery

LIST_LAG = 90.0
"""Seconds after which a write shows in every read at Spot: the one assumption of the lock. Spot documents nothing;
seconds to a minute have been observed."""

HEALTH_LAG = 30.0
"""Seconds after which every read of target health shows what happened. AWS documents nothing; a few are usual."""

TAKE_OVER_TIME = 30.0
"""Seconds that taking over may take, from reading the deployment's marker to the response to its write."""

TAKE_OVER_WAIT = 2 * LIST_LAG + TAKE_OVER_TIME
"""Seconds from the response to a take-over's write until no other run can have taken over unnoticed. A run that reads
the marker within `LIST_LAG` of that write may not see it, writes its own up to `TAKE_OVER_TIME` later, and that shows
in every read after another `LIST_LAG`."""

WRITE_TIME = TAKE_OVER_WAIT - LIST_LAG
"""Seconds after which a write that failed is not sent again: a run that took over just before it was sent, which this
one may not have seen yet, begins to change things `TAKE_OVER_WAIT` after that."""

_LONGEST_PATH = 200  # characters of a URL's path in a message: where a server's redirects lead has no limit


class Clock(Protocol):
    """The time, and the only way to sleep."""

    def now(self) -> float:
        """Return seconds on a monotonic clock."""
        ...

    def time(self) -> datetime:
        """Return the wall time, aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds. Raises `CancelledError` if the step is cancelled."""
        ...


class ElastigroupApi(Protocol):
    """Elastigroups at Spot. Every call may raise `ApiError`."""

    def time(self) -> datetime:
        """Return the wall time by Spot's own clock, aware; by the runner's clock before Spot's first response.

        Deadlines in markers and `Group.created_at` compare with this time only: a runner's clock may be an hour off.
        """
        ...

    def all(self) -> tuple[Group, ...]:
        """Return all groups of the account, in one call."""
        ...

    def get(self, group: GroupId) -> Group | None:
        """Return one group; None if it does not exist."""
        ...

    def create(self, config: JsonObject) -> Group:
        """Create a group from a bare config and return it; a lost response never leads to a second group."""
        ...

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        """Set minimum, target and maximum."""
        ...

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        """Rename a group, or write its description, in one call."""
        ...

    def delete(self, group: GroupId) -> None:
        """Delete a group with its instances; does nothing if it is already gone."""
        ...

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        """Return the group's instances with their health in Spot."""
        ...

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        """Return the group's instances and open requests, with request status and type, without health."""
        ...

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        """Suspend AUTO_SCALE; Spot lifts the suspension after `minutes`."""
        ...

    def resume_scaling(self, group: GroupId) -> None:
        """Lift the suspension of AUTO_SCALE."""
        ...

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        """Return the suspended processes of a group, whoever suspended them; None if the group does not exist."""
        ...

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        """Return the newest rolls of a group; empty if the group does not exist."""
        ...

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        """Return warnings and errors that Spot logged about the group, newest first; empty if they cannot be read."""
        ...


@dataclass(frozen=True)
class ImageQuery:
    """How to find an AMI. At most one of `version` (the AMI's name), `pattern` and `image_id` is set.

    `pattern` is Harness's glob form, which may match any part of the name, or a regular expression written `/…/`.
    `filters` are pairs of EC2 filter name (or Harness's `ami-…` form) and values.
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
        """Return the newest matching image. Raises `RefusedError`, which lists the query and the five nearest names."""
        ...

    def known(self, images: Sequence[ImageId], region: str) -> Mapping[ImageId, Image]:
        """Return those of the images that can be launched, deprecated ones as well, in one call for each 200."""
        ...


class LoadBalancerApi(Protocol):
    """Load balancers at ELBv2. Every call may raise `ApiError`."""

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        """Return the route of a rule on the listener at `port`; the listener's default rule if `rule` is None.

        Raises `RefusedError` if the load balancer, listener or rule does not exist, or the rule does not forward.
        """
        ...

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        """Return the route of a rule by its ARN and its listener's. Raises `RefusedError` like `find`."""
        ...

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Return the current state of these routes, in the same order; one call per kind of rule."""
        ...

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        """Return other rules that forward, as `find` read them: of this listener, and the default rules of others."""
        ...

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        """Return every rule, default rules included, whose forward has one of the target groups, at any weight.

        Target groups that do not exist are ignored. One call for the load balancers, then one for each load balancer
        and one for each of its listeners.
        """
        ...

    def write(self, route: Route, forward: Forward) -> Route:
        """Replace only the forward in `route.actions`, and return the route as ELB now reports it."""
        ...

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        """Return every target of a target group with its health."""
        ...

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        """Return target groups with their attributes, in the same order. Raises `RefusedError` if one is missing."""
        ...


class AlarmApi(Protocol):
    """CloudWatch alarms."""

    def states(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        """Return the alarms in the order of `names`. Raises `RefusedError`, which lists those that do not exist."""
        ...


@dataclass(frozen=True)
class TargetAnomaly:
    """A target as ELB's anomaly detection sees it; `is_anomalous` is None if ELB does not report it.

    `is_mitigated` is whether ELB sends it fewer requests because of that.
    """

    id: InstanceId
    is_healthy: bool
    is_anomalous: bool | None = None
    is_mitigated: bool = False


class AnomalyApi(Protocol):
    """ELB's anomaly detection. Every call may raise `ApiError`."""

    def read(self, target_group: TargetGroupArn, *, deadline: float) -> tuple[TargetAnomaly, ...]:
        """Return every target of a target group, by `deadline` (on the clock's `now`)."""
        ...


@dataclass(frozen=True)
class FunctionAnswer:
    """What a function returned: `error` is Lambda's word for a function that failed, empty if it did not."""

    payload: bytes = field(repr=False)
    error: str = ""


class FunctionApi(Protocol):
    """Functions at Lambda. Every call may raise `ApiError`."""

    def invoke(self, function: str, event: bytes, *, deadline: float) -> FunctionAnswer:
        """Call a function by its name or ARN, once, and return its answer, by `deadline` (on the clock's `now`).

        A function that has not answered by then goes on, and its answer is lost.
        """
        ...


class CapacityApi(Protocol):
    """What EC2, Service Quotas, CloudWatch and ELB know about capacity, for checks before the first write."""

    def read(self, query: "CapacityQuery") -> "CapacityFacts":
        """Return what can be read, and why the rest cannot. Raises only `CancelledError`: nothing here is required."""
        ...


@dataclass(frozen=True)
class HttpRequest:
    """A request to a web server. The host of `url` is that of the `Host` header and of the TLS certificate.

    `address` is the name to connect to instead, such as that of a load balancer. The whole exchange may take `timeout`
    seconds, and the body of the response have `largest` bytes. `allowed` are link-local addresses that may be asked.
    """

    url: str = field(repr=False)
    timeout: float
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    address: str = ""
    largest: int = 4 * 1024 * 1024
    allowed: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The request for people: without the query, which may hold a secret."""
        url = urlsplit(self.url)
        query = "?…" if url.query else ""
        at = f" (at {self.address})" if self.address and self.address != url.hostname else ""
        path = truncate(url.path, _LONGEST_PATH)
        return f"{self.method} {url.scheme}://{url.netloc.rpartition('@')[2]}{path}{query}{at}"


@dataclass(frozen=True)
class HttpResponse:
    """A complete response: `headers` with names in lower case, and the decoded `body`.

    `seconds` is the time from the request to the last byte; that to connect is not in it.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float


class HttpClient(Protocol):
    """Requests to web servers, for checks."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request once, without following redirects, and return the response, whatever its status.

        Raises `ApiError` if there is no complete response in time, with `maybe_applied` if the request was sent, and
        `RefusedError` if the request may not be sent, such as to a link-local address. No error contains the query of
        the URL, a header or a body. Raises `CancelledError`.
        """
        ...


@dataclass(frozen=True)
class RuleCondition:
    """One condition of a listener rule: `field` and values as in ELB's API, `name` is that of an HTTP header.

    The values of a query string are `key=value`, or `=value` for any key.
    """

    field: str
    values: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class ListenerRule:
    """A rule of a listener, whose conditions have to hold all; a default rule has none.

    `forward` is None if it does not forward to target groups.
    """

    rule: RuleArn
    conditions: tuple[RuleCondition, ...]
    forward: Forward | None


@dataclass(frozen=True)
class Endpoint:
    """Where a listener can be reached, and its rules in the order in which they are tried, the default rule last.

    `protocol` is HTTP, HTTPS, TCP, TLS and so on. A network load balancer's listener has no rules.
    """

    load_balancer: str
    address: str
    port: int
    protocol: str
    internal: bool
    rules: tuple[ListenerRule, ...]


class EndpointApi(Protocol):
    """Where load balancers can be reached. Every call may raise `ApiError`."""

    def read(self, route: Route, *, deadline: float = inf) -> Endpoint:
        """Return the endpoint of a route's listener, in three calls that are over by `deadline` (on the clock's `now`).

        Raises `RefusedError` if it does not exist.
        """
        ...


Notify = Callable[[Event], None]
