"""A release in its first shift, as checks by queries, hooks and anomalies see it."""

from datetime import timedelta

from spotaction.model.checks import Subject
from spotaction.model.deployment import GroupRef, Run
from spotaction.model.resources import (
    AppName,
    Capacity,
    Forward,
    GroupId,
    Image,
    ImageId,
    ListenerArn,
    Route,
    RuleArn,
    TargetGroupArn,
)
from tests.support.spot_adapter import START

HEAD = "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
BLUE, GREEN = TargetGroupArn(f"{HEAD}targetgroup/blue/1"), TargetGroupArn(f"{HEAD}targetgroup/green/2")
OTHER_GREEN = TargetGroupArn(f"{HEAD}targetgroup/green-2/3")
PRODUCTION = Route(
    "web-alb",
    ListenerArn(f"{HEAD}listener/app/web-alb/1/2"),
    443,
    RuleArn(f"{HEAD}listener-rule/app/web-alb/1/2/3"),
    is_default=False,
    forward=Forward.to_one(BLUE),
)
SHIFTED = START - timedelta(minutes=30)


def release() -> Subject:
    """The release half an hour after its weights were written."""
    return Subject(
        app=AppName("web"),
        environment="prod",
        region="us-east-1",
        run=Run("7", "2", "acme/web", job="a1b2c3d4"),
        step="shift-10",
        image=Image(ImageId("ami-2"), "web-2"),
        new=GroupRef(GroupId("sig-new"), "web__STAGE", Capacity.fixed(2), ImageId("ami-2")),
        old=GroupRef(GroupId("sig-old"), "web", Capacity.fixed(3), ImageId("ami-1")),
        new_target_groups=(GREEN,),
        old_target_groups=(BLUE,),
        production=(PRODUCTION,),
        since=SHIFTED,
        weight=10.0,
        attempt=3,
        instance_ids=("i-1", "i-2"),
        private_ips=("10.0.0.1", "10.0.0.2"),
    )
