"""Fakes of the ports: each returns what a test put there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from spotaction.engine.context import DeployContext, Options
from spotaction.model.deployment import Deployment, GroupRef, RoutePair, Run, Snapshot
from spotaction.model.errors import ApiError
from spotaction.model.events import Event
from spotaction.model.resources import (
    Alarm,
    AppName,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    Instance,
    InstanceId,
    InstanceState,
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
    TargetState,
    Weighted,
)

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
APP = AppName("web")
NONCE = "0123abcd"
RUN = Run("4711", "1", "example/web")
HEAD = "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
BLUE = TargetGroupArn(f"{HEAD}targetgroup/web-blue/b1b1b1b1b1b1b1b1")
GREEN = TargetGroupArn(f"{HEAD}targetgroup/web-green/e1e1e1e1e1e1e1e1")
THIRD = TargetGroupArn(f"{HEAD}targetgroup/web-third/f1f1f1f1f1f1f1f1")
OLD_IMAGE, NEW_IMAGE = ImageId("ami-0aaaaaaaaaaaaaaa1"), ImageId("ami-0aaaaaaaaaaaaaaa2")
OLD_ID, NEW_ID = GroupId("sig-0000000a"), GroupId("sig-0000000b")
RANGE = Capacity(2, 3, 6)


class FakeClock:
    """A clock that advances only by sleeping; scheduled events happen on the way."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.sleeps: list[float] = []
        self._plans: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        return 1000.0 + self.passed

    def time(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.passed += seconds
        due = [plan for plan in self._plans if plan[0] <= self.passed]
        self._plans = [plan for plan in self._plans if plan[0] > self.passed]
        for _, act in due:
            act()

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self._plans.append((seconds, act))


@dataclass
class FakeGroups:
    """Groups in memory; instances are healthy at once, or as `instances_of` says. `calls` holds the writes."""

    known: dict[GroupId, Group] = field(default_factory=dict)
    instances_of: dict[GroupId, tuple[Instance, ...]] = field(default_factory=dict)
    logs: dict[GroupId, tuple[LogLine, ...]] = field(default_factory=dict)
    suspended: dict[GroupId, tuple[Suspension, ...]] = field(default_factory=dict)
    rolls_of: dict[GroupId, tuple[Roll, ...]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    passed: Callable[[], float] = lambda: 0.0

    def time(self) -> datetime:
        return START + timedelta(seconds=self.passed())

    def all(self) -> tuple[Group, ...]:
        return tuple(self.known.values())

    def get(self, group: GroupId) -> Group | None:
        return self.known.get(group)

    def create(self, config: JsonObject) -> Group:
        self._write("create", str(config["name"]))
        made = group(str(config["name"]), NEW_ID, Capacity.fixed(0), description=str(config["description"]))
        self.known[made.id] = made
        return made

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        self._write("scale", group, str(capacity))
        self.known[group] = replace(self.known[group], capacity=capacity)

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        self._write("update", group, name, description)
        before = self.known[group]
        text = before.description if description is None else description
        self.known[group] = replace(before, name=name or before.name, description=text)

    def delete(self, group: GroupId) -> None:
        self._write("delete", group)
        self.known.pop(group, None)

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        return self.instances_of.get(group, instances(group, self.known[group].capacity.target))

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        return self.instances(group)

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        self._write("suspend", group, minutes)

    def resume_scaling(self, group: GroupId) -> None:
        self._write("resume", group)

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        return self.suspended.get(group, ()) if group in self.known else None

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        return self.rolls_of.get(group, ())

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        return tuple(line for line in self.logs.get(group, ()) if line.at >= since)

    def _write(self, call: str, *said: object) -> None:
        if call in self.errors:
            raise self.errors[call]
        self.calls.append((call, *said))


@dataclass
class FakeRoutes:
    """Rules and targets in memory; by default a target group has three healthy targets."""

    forwards: dict[RuleArn, Forward] = field(default_factory=dict)
    healthy: dict[TargetGroupArn, int] = field(default_factory=dict)
    targets_of: dict[TargetGroupArn, tuple[Target, ...]] = field(default_factory=dict)
    sticky: frozenset[TargetGroupArn] = frozenset()
    routes: Sequence[Route] = ()
    writes: list[tuple[RuleArn, Forward]] = field(default_factory=list)
    reads: int = 0
    searches: int = 0

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        del load_balancer
        return next(r for r in self.routes if r.port == port and (rule is None or r.rule == rule))

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        del listener, load_balancer, port
        return next(route for route in self.routes if route.rule == rule)

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        self.reads += 1
        return tuple(replace(route, forward=self.forwards.get(route.rule, route.forward)) for route in routes)

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        return tuple(other for other in self.routes if other.rule != route.rule)

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        self.searches += 1
        return tuple(route for route in self.read(self.routes) if route.forward.names(target_groups))

    def write(self, route: Route, forward: Forward) -> Route:
        self.writes.append((route.rule, forward))
        self.forwards[route.rule] = forward
        return replace(route, forward=forward)

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        count = self.healthy.get(target_group, 3)
        several = tuple(Target(InstanceId(f"i-{number}"), TargetState.HEALTHY) for number in range(count))
        return self.targets_of.get(target_group, several)

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        return tuple(TargetGroup(arn, arn.split("/")[1], sticky=arn in self.sticky) for arn in arns)


@dataclass
class FakeAlarms:
    """Alarms in the states that a test sets."""

    known: dict[str, str] = field(default_factory=dict)

    def states(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        return tuple(Alarm(name, self.known.get(name, "OK"), "5 errors in 60 s") for name in names)


@dataclass
class Scene:
    """A deploy context on fakes, with every reported event and saved record."""

    groups: FakeGroups
    routes: FakeRoutes
    clock: FakeClock = field(default_factory=FakeClock)
    events: list[Event] = field(default_factory=list)
    saved: list[JsonObject] = field(default_factory=list)
    alarms: FakeAlarms | None = None

    def world(self, *, aws: bool = True, options: Options | None = None) -> DeployContext:
        from spotaction.model import record  # noqa: PLC0415 - only for what a save keeps

        return DeployContext(
            groups=self.groups,
            routes=self.routes if aws else None,
            alarms=self.alarms,
            clock=self.clock,
            notify=self.events.append,
            save=lambda deployment: self.saved.append(record.to_json(deployment)),
            options=options or Options(),
        )

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def scene(*known: Group, **more: object) -> Scene:
    made = Scene(FakeGroups({g.id: g for g in known}), FakeRoutes(), **more)  # type: ignore[arg-type]
    made.groups.passed = lambda: made.clock.passed
    return made


def group(
    name: str = "web__7",
    ident: GroupId | str = OLD_ID,
    capacity: Capacity = RANGE,
    *,
    minutes: float = 0,
    description: str = "",
    image: ImageId | None = OLD_IMAGE,
    target_groups: tuple[TargetGroupArn, ...] = (),
    health_check: str | None = None,
    unit: str = "instance",
    weights: Mapping[str, int] | None = None,
) -> Group:
    """Return a group that was created `minutes` before the start, or after it if negative."""
    return Group(
        id=GroupId(ident),
        name=name,
        capacity=capacity,
        created_at=START - timedelta(minutes=minutes),
        description=description,
        image_id=image,
        target_groups=target_groups,
        health_check=health_check,
        unit=unit,
        weights=weights or {},
    )


def instances(group: GroupId | str, count: int, state: InstanceState = InstanceState.HEALTHY) -> tuple[Instance, ...]:
    return tuple(Instance(InstanceId(f"i-{group}-{number}"), state) for number in range(count))


def route(*targets: tuple[TargetGroupArn, int], port: int = 443, name: str = "c1", sticky: int | None = None) -> Route:
    """Return a rule of web-alb; targets are pairs of target group and weight."""
    return Route(
        load_balancer="web-alb",
        listener=ListenerArn(f"{HEAD}listener/app/web-alb/a1/{port}"),
        port=port,
        rule=RuleArn(f"{HEAD}listener-rule/app/web-alb/a1/{port}/{name}"),
        is_default=False,
        forward=Forward(tuple(Weighted(arn, weight) for arn, weight in targets), sticky),
    )


def swap_pair() -> RoutePair:
    return RoutePair(route((BLUE, 1)), route((GREEN, 1), port=8443), BLUE, GREEN)


def shift_pair(blue: int = 100, green: int = 0) -> RoutePair:
    return RoutePair(route((BLUE, blue), (GREEN, green)), None, BLUE, GREEN)


def deployment(
    old: Group | None = None, new: Group | None = None, routes: tuple[RoutePair, ...] = (), **more: object
) -> Deployment:
    """Return a deployment that has passed the gate, unless `gate_passed_by` says otherwise."""
    more = {"nonce": NONCE, "gate_passed_by": NONCE, **more}
    return Deployment(
        app=APP,
        strategy="blue-green" if routes else "basic",
        run=RUN,
        image=Image(NEW_IMAGE, "web-2"),
        capacity=RANGE,
        snapshot=Snapshot(GroupRef.of(old) if old else None, routes),
        new=GroupRef.of(new) if new else None,
        **more,  # type: ignore[arg-type]
    )


def no_answer(message: str = "Spot answered 503", *, retryable: bool = True, code: str = "") -> ApiError:
    return ApiError(message, service="spot", call="GET", status=503, code=code, retryable=retryable)
