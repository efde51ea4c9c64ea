"""Answers of AWS that are hostile or broken, behind clients that are real up to the wire."""

import contextlib
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.awsrequest

from spotaction.cloud.aws.alarms import CloudWatchAlarms
from spotaction.cloud.aws.images import Ec2Images
from spotaction.cloud.aws.listener_rules import ElbLoadBalancerApi
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import SpotactionError
from spotaction.model.ports import ImageQuery
from spotaction.model.resources import RuleArn, TargetGroupArn
from tests.support.spot_adapter import FakeClock

from .hostile import Draw, in_utf8

_ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
_RULE = RuleArn(f"{_ARN}:listener-rule/app/web-alb/a1/11/c1")
_TAGS = tuple(
    """
    member LoadBalancers Rules Actions ForwardConfig TargetGroups TargetHealthDescriptions item
    imagesSet Listeners Marker nextToken Weight Order MetricAlarms StateValue Account Arn TargetHealth
    State Target Id Type TargetGroupArn RuleArn ListenerArn Error Code Message creationDate imageId name
    LoadBalancerArn Port Attributes Key Value
    """.split()  # noqa: SIM905 - a table of words
)


def aws_answers(draw: Draw) -> None:
    """Every call to AWS, answered by somebody hostile: our own errors or a value, never anything else."""
    replies, aws = _aws()
    replies.clear()
    replies.extend(_reply(draw) for _ in range(24))
    routes, arn = ElbLoadBalancerApi(aws), TargetGroupArn(f"{_ARN}:targetgroup/web/1")
    acts: tuple[Callable[[], object], ...] = (
        aws.get_identity,
        lambda: routes.find("web-alb", 443, None),
        lambda: routes.find("web-alb", 443, _RULE),
        lambda: routes.targets(arn),
        lambda: routes.target_groups([arn]),
        lambda: Ec2Images(aws).find(ImageQuery(region="us-east-1", version="web")),
        lambda: CloudWatchAlarms(aws).states(["web-5xx"]),
    )
    with contextlib.suppress(SpotactionError):
        draw.random.choice(acts)()


@cache
def _aws() -> tuple[list[tuple[int, bytes]], AwsSession]:
    replies: list[tuple[int, bytes]] = []

    def answer(request: Any, **_: object) -> botocore.awsrequest.AWSResponse:  # noqa: ANN401 - botocore's own
        status, body = replies.pop(0) if replies else (500, b"")
        return botocore.awsrequest.AWSResponse(request.url, status, botocore.awsrequest.HeadersDict(), _Raw(body))  # type: ignore[arg-type]

    def adjust(session: Any) -> None:  # noqa: ANN401 - boto3 is not loaded here
        session._session.set_credentials("AKIA0000000000000000", "secret")
        session.events.register("before-send", answer)

    return replies, AwsSession(FakeClock(), region="us-east-1", environ={}, attempts=2, adjust=adjust)


class _Raw(io.BytesIO):
    """The stream that botocore expects."""

    def stream(self, **options: object) -> list[bytes]:
        """The whole body at once."""
        del options
        return [self.read()]


def _reply(draw: Draw) -> tuple[int, bytes]:
    status = draw.random.choice((200, 200, 200, 200, 400, 403, 500, 503))
    chance = draw.random.random()
    if chance < 0.15:
        return status, in_utf8(draw.text()).encode()
    body = f"<R>{_element(draw, 5)}{_element(draw, 5)}</R>"
    return status, in_utf8(draw.spoilt(body) if chance < 0.3 else body).encode()


def _element(draw: Draw, depth: int) -> str:
    name = draw.choice(_TAGS)
    inner = (
        "".join(_element(draw, depth - 1) for _ in range(draw.random.randrange(3)))
        if depth and draw.random.random() < 0.8
        else draw.choice(
            ("", "1", "-1", "x", "forward", "healthy", "99999999999999999999", "2026-13-45", "&amp;", "true")
        )
    )
    return f"<{name}>{inner}</{name}>"
