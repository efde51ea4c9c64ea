import pytest

from spotaction.github.messages import describe_event
from spotaction.model.events import (
    Event,
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    ManualActionNeeded,
    Note,
    RouteChanged,
    ScalingSuspended,
    StepFinished,
    StepStarted,
    WaitFinished,
    WaitProgress,
    WarningEvent,
)
from spotaction.model.resources import Capacity, Forward, GroupId, TargetGroupArn, Weighted

GROUP = GroupId("sig-1")
ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/"
BLUE, GREEN = TargetGroupArn(f"{ARN}blue-tg/1"), TargetGroupArn(f"{ARN}green-tg/2")
RULE = "web-alb:443 rule app/web/1"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (StepStarted("setup"), "setup started"),
        (StepStarted("setup", rolling_back=True), "Rollback of setup started"),
        (StepFinished("setup", 250.0), "setup finished in 4m 10s"),
        (StepFinished("setup", 1.0, error="no capacity"), "setup failed after 1s: no capacity"),
        (StepFinished("setup", 0.0, skipped="nothing to do"), "setup was skipped: nothing to do"),
        (
            WaitProgress("web__4 steady", "i-1 is initial", 2, 3, 80.0, 1120.0),
            "web__4 steady: 2 of 3, i-1 is initial (1m 20s so far, 18m 40s left)",
        ),
        (
            WaitProgress("web__4 steady", "i-1 is initial", 2, 3, 1300.0, -1.0, heartbeat=True),
            "web__4 steady: still 2 of 3, i-1 is initial (21m 40s so far, 0s left)",
        ),
        (
            WaitProgress("web__3 down to 0", "3 draining", 0, 0, 60.0, 60.0, heartbeat=True),
            "web__3 down to 0: still 3 draining (1m 00s so far, 1m 00s left)",
        ),
        (WaitFinished("web__4 steady", "3 healthy", 62.0, 1), "web__4 steady: done after 1m 02s (1 poll): 3 healthy"),
        (WaitFinished("web-alb:443 read-back", "as written", 0.2, 1), "web-alb:443 read-back: as written"),
        (
            WaitFinished("web-alb:443 read-back", "as written", 0.2, 1, failed=True),
            "web-alb:443 read-back: failed after 0.2s (1 poll): as written",
        ),
        (
            WaitFinished("web__4 steady", "time ran out", 1200.0, 60, failed=True),
            "web__4 steady: failed after 20m 00s (60 polls): time ran out",
        ),
        (GroupCreated(GROUP, "web__4", "ami-1"), "Elastigroup web__4 (sig-1): created from ami-1"),
        (
            GroupScaled(GROUP, "web__4", Capacity.fixed(3), Capacity.fixed(0)),
            "Elastigroup web__4 (sig-1): capacity 3/3/3 → 0/0/0",
        ),
        (GroupUpdated(GROUP, "web", "web__STAGE"), "Elastigroup web (sig-1): renamed from web__STAGE"),
        (GroupUpdated(GROUP, "web", "web", described=True), "Elastigroup web (sig-1): marker updated"),
        (
            GroupUpdated(GROUP, "web", "old", described=True),
            "Elastigroup web (sig-1): renamed from old and marker updated",
        ),
        (GroupUpdated(GROUP, "web", "web"), "Elastigroup web (sig-1): updated"),
        (GroupDeleted(GROUP, "web__1"), "Elastigroup web__1 (sig-1): deleted"),
        (ScalingSuspended(GROUP, "web", 30), "Elastigroup web (sig-1): auto scaling suspended for 30 minutes"),
        (ScalingSuspended(GROUP, "web", 1), "Elastigroup web (sig-1): auto scaling suspended for 1 minute"),
        (ScalingSuspended(GROUP, "web", 0), "Elastigroup web (sig-1): auto scaling resumed"),
        (RouteChanged(RULE, Forward.to_one(BLUE), Forward.to_one(GREEN)), f"{RULE}: blue-tg 100% → green-tg 100%"),
        (
            RouteChanged(RULE, Forward.to_one(BLUE), Forward((Weighted(BLUE, 90), Weighted(GREEN, 10)))),
            f"{RULE}: blue-tg 100% → blue-tg 90% + green-tg 10%",
        ),
        (Note("a note"), "a note"),
        (WarningEvent("look"), "warning: look"),
        (
            ManualActionNeeded("web__4", "Spot said 500.", "delete sig-1"),
            "manual action needed: web__4: Spot said 500; next: delete sig-1",
        ),
        (ManualActionNeeded("web__4", "Spot said 500"), "manual action needed: web__4: Spot said 500"),
    ],
)
def test_an_event_is_told_in_one_sentence(event: Event, sentence: str) -> None:
    assert describe_event(event) == sentence
