"""The adapter for capacity against the sandbox, whose answers a scenario sets: side by side, none of them needed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spotaction.cloud.aws.capacity import Ec2Capacity
from spotaction.cloud.aws.images import Ec2Images
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.clock import Cancellation
from spotaction.model.errors import CancelledError
from spotaction.model.ports import ImageQuery
from spotaction.model.preflight import CapacityFacts, CapacityQuery, ImageFacts, InstanceType, Volume
from spotaction.model.resources import ImageId
from spotaction.sandbox import BotocoreHook, JumpingClock, Sandbox
from tests.support.aws_adapter import quiet
from tests.support.sandboxes import SCENARIO

TYPES = ("m5.large", "c5.large", "t2.micro")
SEEN = {
    "m5.large": InstanceType("m5.large", 2, ("legacy-bios", "uefi"), "required", has_tpm=True),
    "c5.large": InstanceType("c5.large", 2, ("legacy-bios", "uefi"), "required", has_tpm=True),
    "t2.micro": InstanceType("t2.micro", 1, ("legacy-bios",), "unsupported", has_tpm=False),
}


class WallClock:
    """The time as the port wants it; nothing sleeps here."""

    def now(self) -> float:
        return 0.0

    def time(self) -> datetime:
        return datetime(2026, 11, 24, 9, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    capacity = {"placement-score": 4, "spot-vcpu-quota": 64, "spot-vcpus-used": 30}
    box = Sandbox({**SCENARIO, "capacity": capacity, "elastigroups": []}, clock=JumpingClock())
    yield box
    box.close()


def session(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, interrupt: Cancellation | None = None) -> AwsSession:
    quiet(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox.access_key[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox.access_key[1])
    aws = AwsSession(WallClock(), region=sandbox.region, environ={}, interrupt=interrupt)
    for client in (aws.ec2(), aws.elbv2(), aws.cloudwatch(), aws.quotas()):
        BotocoreHook(sandbox.aws_app).install(client.meta.events)
    return aws


def blue(sandbox: Sandbox) -> str:
    return next(str(arn) for arn in sandbox._world.balancers.elb.target_groups if "/web-blue/" in arn)


def test_one_read_answers_everything_in_two_rounds(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    query = CapacityQuery(TYPES, 3, standard=True, target_groups=(blue(sandbox),))
    found = Ec2Capacity(session(sandbox, monkeypatch)).read(query)
    assert found == CapacityFacts(SEEN, 4, 64.0, 30.0, {blue(sandbox): 60.0})
    calls = [call["call"] for call in sandbox.calls()]
    assert sorted(calls[:-1]) == [
        "DescribeInstanceTypes",
        "DescribeTargetGroupAttributes",
        "GetServiceQuota",
        "GetSpotPlacementScores",
    ]
    assert calls[-1] == "GetMetricStatistics"


def test_the_score_is_asked_for_rounded_sizes_and_the_same_order_of_types(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS limits how many different questions an account may ask per day."""
    capacity = Ec2Capacity(session(sandbox, monkeypatch))
    for types, instances in ((TYPES, 6), (TYPES[::-1], 9)):
        capacity.read(CapacityQuery(types, instances))
    asked = [call["body"] for call in sandbox.calls() if call["call"] == "GetSpotPlacementScores"]
    assert asked[0] == asked[1]
    assert asked[0]["TargetCapacity"] == "10"


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        (CapacityQuery(), []),
        (CapacityQuery(("m5.large", "c5.large"), 3), ["DescribeInstanceTypes"]),
        (CapacityQuery(TYPES, 0), ["DescribeInstanceTypes"]),
    ],
)
def test_what_no_answer_would_help_is_not_asked(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, query: CapacityQuery, calls: list[str]
) -> None:
    Ec2Capacity(session(sandbox, monkeypatch)).read(query)
    assert [call["call"] for call in sandbox.calls()] == calls


def test_a_permission_that_is_missing_is_named_and_the_rest_is_read(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call, code in (("GetSpotPlacementScores", "UnauthorizedOperation"), ("GetServiceQuota", "AccessDenied")):
        sandbox.add_fault({"match": {"call": call}, "effect": "aws-error", "code": code, "times": 9})
    sandbox.add_fault({"match": {"call": "DescribeTargetGroupAttributes"}, "effect": "aws-throttling", "times": 9})
    query = CapacityQuery(TYPES, 3, standard=True, target_groups=(blue(sandbox),))
    found = Ec2Capacity(session(sandbox, monkeypatch)).read(query)
    assert found == CapacityFacts(
        SEEN,
        unread={
            "Spot placement score": ("allow ec2:GetSpotPlacementScores in the policy of the role that this run uses"),
            "Spot vCPU quota": "allow servicequotas:GetServiceQuota in the policy of the role that this run uses",
            "deregistration delays": ("AWS refused elbv2:DescribeTargetGroupAttributes (Throttling): Rate exceeded"),
        },
    )
    assert len(sandbox.calls()) == 4, "each call is sent once"


def test_a_cancelled_run_reads_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Cancellation()
    capacity = Ec2Capacity(session(sandbox, monkeypatch, interrupt))
    interrupt.request_cancel("SIGINT")
    with pytest.raises(CancelledError):
        capacity.read(CapacityQuery(TYPES, 3, standard=True))
    assert sandbox.calls() == []


def test_an_image_is_read_with_everything_that_the_one_call_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {
        "id": "ami-0ccccccccccccccc1",
        "name": "web-9",
        "boot-mode": "uefi",
        "ena-support": True,
        "imds-support": "v2.0",
        "tpm-support": "v2.0",
        "watermarks": ["123456789012:approved"],
        "findings": {
            "scanned": "2026-11-23T08:00:00Z",
            "highest": "high",
            "fixes-since": {"high": "2026-11-01T00:00:00Z"},
        },
        "instance-types": {"unsupported": ["t2.*"]},
        "last-launched": "2026-11-22T08:00:00Z",
        "source-image": "ami-0ccccccccccccccc0",
        "deprecated": "2027-01-01T00:00:00Z",
    }
    bare = {"id": "ami-0ccccccccccccccc2", "name": "web-8", "findings": {"scanned": "2026-11-23T08:00:00Z"}}
    box = Sandbox({**SCENARIO, "images": [whole, bare], "elastigroups": []}, clock=JumpingClock())
    try:
        images = Ec2Images(session(box, monkeypatch))
        found = [
            images.find(ImageQuery("us-east-1", image_id=ImageId(str(entry["id"])))).facts for entry in (whole, bare)
        ]
    finally:
        box.close()
    common = ImageFacts(
        virtualization="hvm",
        root_device_type="ebs",
        ena=True,
        volumes=(Volume("/dev/sda1", 15),),
        is_public=False,
        scanned="2026-11-23T08:00:00Z",
        highest_finding="none",
    )
    assert found == [
        replace(
            common,
            boot_mode="uefi",
            tpm="v2.0",
            imds="v2.0",
            deprecation_time="2027-01-01T00:00:00Z",
            last_launched_time="2026-11-22T08:00:00Z",
            source="ami-0ccccccccccccccc0",
            unsupported_types=("t2.*",),
            watermarks=("123456789012:approved",),
            highest_finding="high",
            fixes_since={"high": "2026-11-01T00:00:00Z"},
        ),
        common,
    ]


def test_instance_types_that_are_asked_for_again_are_those_of_that_question(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox keeps its answers, since these never change; a repeated answer has an id of its own."""
    ec2 = session(sandbox, monkeypatch).ec2()
    m5 = [ec2.describe_instance_types(InstanceTypes=["m5.large"])]
    c5 = [ec2.describe_instance_types(InstanceTypes=["c5.large"])]
    m5.append(ec2.describe_instance_types(InstanceTypes=["m5.large"]))
    assert [[each["InstanceType"] for each in answer["InstanceTypes"]] for answer in (*m5, *c5)] == [
        ["m5.large"],
        ["m5.large"],
        ["c5.large"],
    ]
    ids = {answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] for answer in (*m5, *c5)}
    assert len(ids) == 3
