"""Deployments as they would be told by the engine, for the tests of log and summary."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from spotaction.deployment import Deployment, GroupRef, Run, Snapshot
from spotaction.events import (
    Event,
    GroupCreated,
    GroupScaled,
    LeftUndone,
    Note,
    RouteChanged,
    StepBegun,
    StepEnded,
    WaitChanged,
    WaitEnded,
    Warned,
)
from spotaction.model import AppName, Capacity, Forward, GroupId, Image, ImageId, TargetGroupArn
from spotaction.workflow.history import Stamped

OLD, NEW = GroupId("sig-0a"), GroupId("sig-0b")
ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/"
BLUE, GREEN = TargetGroupArn(f"{ARN}blue-tg/1"), TargetGroupArn(f"{ARN}green-tg/2")
RULE = "web-alb:443 default rule"
CAPACITY = Capacity(minimum=1, target=2, maximum=4)
WAIT = "web__4 steady"

Tick = tuple[float, Event]


class FakeClock:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        return self.at

    def time(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def success() -> Iterator[Tick]:
    """A setup, a canary phase, the rest."""
    yield 0.0, StepBegun("setup")
    yield 1.0, GroupCreated(NEW, "web__4", "ami-0b")
    yield 0.5, StepEnded("setup", 1.5)
    yield 0.0, StepBegun("canary-deploy-1")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(0), Capacity.fixed(1))
    yield 60.0, WaitChanged(WAIT, "i-1 is initial", 0, 1, 60.0, 1140.0)
    yield 60.0, WaitChanged(WAIT, "i-1 is initial", 0, 1, 120.0, 1080.0, heartbeat=True)
    yield 20.0, WaitEnded(WAIT, "1 healthy", 140.0, 9)
    yield 0.0, StepEnded("canary-deploy-1", 140.0)
    yield 0.0, StepBegun("deploy")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(1), CAPACITY)
    yield 90.0, WaitEnded(WAIT, "2 healthy", 90.0, 6)
    yield 0.0, RouteChanged(RULE, Forward.to(BLUE), Forward.to(GREEN))
    yield 1.0, StepEnded("deploy", 91.0)


def rollback() -> Iterator[Tick]:
    """A deployment that never gets healthy, and a rollback that leaves something behind."""
    yield 0.0, StepBegun("setup")
    yield 1.0, GroupCreated(NEW, "web__4", "ami-0b")
    yield 0.0, StepEnded("setup", 1.0)
    yield 0.0, StepBegun("deploy")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(0), CAPACITY)
    yield 1.0, Warned("Spot says: ::error::no | capacity in us-east-1a @octocat")
    yield 1199.0, WaitEnded(WAIT, "time ran out: i-1 is unhealthy", 1200.0, 70, failed=True)
    yield 0.0, StepEnded("deploy", 1200.0, error="web__4 never got healthy")
    yield 0.0, Note("Rolling back.")
    yield 0.0, StepBegun("deploy", rolling_back=True)
    yield 2.0, GroupScaled(NEW, "web__4", CAPACITY, Capacity.fixed(0))
    yield 0.0, StepEnded("deploy", 2.0, rolling_back=True)
    yield 0.0, StepBegun("setup", rolling_back=True)
    yield 1.0, LeftUndone("web__4 (sig-0b)", "Spot answered 500", "delete it in Spot's console")
    yield 0.0, StepEnded("setup", 1.0, rolling_back=True)


def play(story: Iterator[Tick], clock: FakeClock, *sinks: Callable[[Event], None]) -> None:
    """Let time pass and events happen."""
    for seconds, event in story:
        clock.sleep(seconds)
        for sink in sinks:
            sink(event)


def stamped(story: Iterator[Tick]) -> tuple[Stamped, ...]:
    """The events with their times."""
    at, found = 0.0, []
    for seconds, event in story:
        at += seconds
        found.append(Stamped(at, event))
    return tuple(found)


def deployment() -> Deployment:
    """The record of either story."""
    return Deployment(
        app=AppName("web"),
        strategy="canary",
        run=Run("42", "1", "acme/shop"),
        image=Image(ImageId("ami-0b"), "web-2026.11.23"),
        capacity=CAPACITY,
        snapshot=Snapshot(old=GroupRef(OLD, "web__3", CAPACITY)),
        new=GroupRef(NEW, "web__4", CAPACITY),
    )
