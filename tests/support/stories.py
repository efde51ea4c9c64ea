"""Deployments as sequences of engine events, for the tests of log and summary."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from spotaction.github.history import Stamped
from spotaction.model.deployment import Deployment, GroupRef, Run, Snapshot
from spotaction.model.events import (
    Event,
    GroupCreated,
    GroupScaled,
    ManualActionNeeded,
    Note,
    RouteChanged,
    StepFinished,
    StepStarted,
    WaitFinished,
    WaitProgress,
    WarningEvent,
)
from spotaction.model.observations import Observations
from spotaction.model.resources import Alarm, AppName, Capacity, Forward, GroupId, Image, ImageId, TargetGroupArn

OLD, NEW = GroupId("sig-0a"), GroupId("sig-0b")
ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/"
BLUE, GREEN = TargetGroupArn(f"{ARN}blue-tg/1"), TargetGroupArn(f"{ARN}green-tg/2")
RULE = "web-alb:443 default rule"
CAPACITY = Capacity(minimum=1, target=2, maximum=4)
WAIT = "web__4 steady"

Tick = tuple[float, Event]


class FakeClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        return self.at

    def time(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def success() -> Iterator[Tick]:
    """Yield a successful deployment: a setup, a canary phase and the rest."""
    yield 0.0, StepStarted("setup")
    yield 1.0, GroupCreated(NEW, "web__4", "ami-0b")
    yield 0.5, StepFinished("setup", 1.5)
    yield 0.0, StepStarted("canary-deploy-1")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(0), Capacity.fixed(1))
    yield 60.0, WaitProgress(WAIT, "i-1 is initial", 0, 1, 60.0, 1140.0)
    yield 60.0, WaitProgress(WAIT, "i-1 is initial", 0, 1, 120.0, 1080.0, heartbeat=True)
    yield 20.0, WaitFinished(WAIT, "1 healthy", 140.0, 9)
    yield 0.0, StepFinished("canary-deploy-1", 140.0)
    yield 0.0, StepStarted("deploy")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(1), CAPACITY)
    yield 90.0, WaitFinished(WAIT, "2 healthy", 90.0, 6)
    yield 0.0, RouteChanged(RULE, Forward.to_one(BLUE), Forward.to_one(GREEN))
    yield 1.0, StepFinished("deploy", 91.0)


def rollback() -> Iterator[Tick]:
    """Yield a deployment that never gets healthy, and a rollback that leaves a group behind."""
    yield 0.0, StepStarted("setup")
    yield 1.0, GroupCreated(NEW, "web__4", "ami-0b")
    yield 0.0, StepFinished("setup", 1.0)
    yield 0.0, StepStarted("deploy")
    yield 0.0, GroupScaled(NEW, "web__4", Capacity.fixed(0), CAPACITY)
    yield 1.0, WarningEvent("Spot says: ::error::no | capacity in us-east-1a @octocat")
    yield 1199.0, WaitFinished(WAIT, "time ran out: i-1 is unhealthy", 1200.0, 70, failed=True)
    yield 0.0, StepFinished("deploy", 1200.0, error="web__4 never got healthy")
    yield 0.0, Note("Rolling back.")
    yield 0.0, StepStarted("deploy", rolling_back=True)
    yield 2.0, GroupScaled(NEW, "web__4", CAPACITY, Capacity.fixed(0))
    yield 0.0, StepFinished("deploy", 2.0, rolling_back=True)
    yield 0.0, StepStarted("setup", rolling_back=True)
    yield 1.0, ManualActionNeeded("web__4 (sig-0b)", "Spot answered 500", "delete it in Spot's console")
    yield 0.0, StepFinished("setup", 1.0, rolling_back=True)


def observed() -> Observations:
    """Return what the polls of the successful deployment saw, and an alarm."""
    seen = Observations()
    for now, healthy, required in ((61.5, 0, 1), (141.5, 1, 1), (171.5, 1, 2), (232.5, 2, 2)):
        seen.note_health(NEW, now, healthy, required)
    seen.note_alarms(231.0, [Alarm("errors", "OK", "fine")])
    return seen


def play(story: Iterator[Tick], clock: FakeClock, *sinks: Callable[[Event], None]) -> None:
    """Advance the clock, and send the events to the sinks."""
    for seconds, event in story:
        clock.sleep(seconds)
        for sink in sinks:
            sink(event)


def stamped(story: Iterator[Tick]) -> tuple[Stamped, ...]:
    """Return the events with their times."""
    at, found = 0.0, []
    for seconds, event in story:
        at += seconds
        found.append(Stamped(at, event))
    return tuple(found)


def deployment() -> Deployment:
    """Return the record of either story."""
    return Deployment(
        app=AppName("web"),
        strategy="canary",
        run=Run("42", "1", "acme/shop"),
        image=Image(ImageId("ami-0b"), "web-2026.11.23"),
        capacity=CAPACITY,
        snapshot=Snapshot(old=GroupRef(OLD, "web__3", CAPACITY)),
        new=GroupRef(NEW, "web__4", CAPACITY),
        gate_passed_by="0a1b2c3d",
    )
