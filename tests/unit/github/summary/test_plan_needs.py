from dataclasses import replace

from spotaction.github.history import Stamped
from spotaction.github.report import PlanLimits, RunReport
from spotaction.github.summary.plan import describe_planned
from spotaction.github.summary.plan_needs import describe_capacity, describe_time
from spotaction.model.deployment import Snapshot, Status
from spotaction.model.events import (
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    RouteChanged,
    ScalingSuspended,
    WaitFinished,
)
from spotaction.model.resources import Capacity, Forward
from tests.support.stories import BLUE, CAPACITY, GREEN, NEW, OLD, deployment

EMPTY = Capacity.fixed(0)
EVENTS = (
    GroupScaled(NEW, "web__4", EMPTY, Capacity(1, 1, 4)),
    WaitFinished("bake of web__4", "never fewer", 300.0, 60),
    WaitFinished("web: other runs", "listed by now", 27.0, 2),
    GroupScaled(OLD, "web__3", CAPACITY, Capacity(1, 1, 4)),
    GroupScaled(NEW, "web__4", Capacity(1, 1, 4), CAPACITY),
    GroupScaled(OLD, "web__3", Capacity(1, 1, 4), EMPTY),
    WaitFinished("web__3 down to 0", "no instances remaining", 3.0, 1),
)
PLAN = RunReport(
    Status.PLANNED,
    operation="plan",
    deployment=deployment(),
    events=[Stamped(0.0, event) for event in EVENTS],
    limits=PlanLimits(steady=1200.0, draining=120.0),
)


def test_the_time_is_that_of_bakes_and_draining_and_launches_are_bounded() -> None:
    assert describe_time(PLAN) == (
        "7m 00s (bakes 5m 00s, draining 2m 00s); 2 launches until healthy, each at most 20m 00s "
        "(steady-state-timeout); 27s to rule out other runs, most of it while the first instances launch"
    )


def test_instances_that_still_drain_count_towards_the_peak() -> None:
    """The second phase launches while the old instance of the first one drains."""
    assert describe_capacity(PLAN) == (
        "4 at once (2 of web__3 + 2 of web__4), 2 more than now; up to 8 if scaling policies reach every maximum"
    )


def test_a_first_deployment_needs_what_it_launches() -> None:
    record = deployment()
    record.snapshot = Snapshot()
    first = replace(
        PLAN, deployment=record, events=[Stamped(0.0, GroupScaled(NEW, "web__1", EMPTY, Capacity.fixed(2)))]
    )
    assert describe_capacity(first) == "2 at once (2 of web__1), 2 more than now"


def test_each_change_is_a_command_in_words() -> None:
    changes = (
        GroupCreated(NEW, "web__4", "ami-0b"),
        GroupScaled(OLD, "web__3", CAPACITY, EMPTY),
        GroupUpdated(NEW, "web", "web__4"),
        GroupUpdated(NEW, "web", "web", described=True),
        GroupDeleted(OLD, "web__3"),
        ScalingSuspended(OLD, "web__3", 30),
        ScalingSuspended(OLD, "web__3", 0),
        RouteChanged("web-alb:443 default rule", Forward.to_one(BLUE), Forward.to_one(GREEN)),
    )
    assert [describe_planned(change) for change in changes] == [
        "Create Elastigroup web__4 from ami-0b",
        "Scale web__3 from 1/2/4 to 0/0/0 (minimum/target/maximum)",
        "Rename web__4 to web",
        "Update the marker of web",
        "Delete web__3",
        "Suspend auto scaling of web__3 for 30 minutes",
        "Resume auto scaling of web__3",
        "Forward web-alb:443 default rule to green-tg 100% (before: blue-tg 100%)",
    ]
