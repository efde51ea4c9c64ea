from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, NEW, OLD, SCENARIO, Aws

ROLE = "arn:aws:iam::444455556666:role/deployer"


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def scenario(scenario: JSON) -> JSON:
    scenario["images"] += [
        {"id": "ami-0ccccccccccccccc1", "name": "web-[12]", "architecture": "arm64"},
        {"id": "ami-0ccccccccccccccc2", "name": "gone", "deprecated": "2026-01-01T00:00:00Z"},
        {"id": "ami-0ccccccccccccccc3", "name": "off", "state": "disabled"},
        {"id": "ami-0ccccccccccccccc4", "name": "web-evil", "owner": "999988887777", "public": True},
        {"id": "ami-0ccccccccccccccc5", "name": "secret", "owner": "999988887777"},
        {"id": "ami-0ccccccccccccccc6", "name": "old-public", "owner": "amazon", "deprecated": "2026-01-01T00:00:00Z"},
    ]
    return scenario


def names(aws: Aws, **arguments: Any) -> list[str]:  # noqa: ANN401 - what boto3 takes
    return sorted(image.get("Name", "") for image in aws.ec2.describe_images(**arguments)["Images"])


def where(name: str, *values: str) -> list[Any]:
    return [{"Name": name, "Values": list(values)}]


def test_owners_narrow_images_down(aws: Aws) -> None:
    assert names(aws, Owners=["self"]) == ["gone", "web-1", "web-2", "web-3", "web-[12]"]
    assert names(aws) == ["gone", "web-1", "web-2", "web-3", "web-[12]", "web-evil"]
    assert names(aws, Owners=["amazon"]) == []
    assert names(aws, Owners=["amazon"], IncludeDeprecated=True) == ["old-public"]
    assert "off" in names(aws, Owners=["self"], IncludeDisabled=True)


def test_filters_are_those_of_aws(aws: Aws) -> None:
    assert names(aws, Filters=where("name", "web-?"), Owners=["self"]) == ["web-1", "web-2", "web-3"]
    assert names(aws, Filters=where("name", "web-[12]")) == ["web-[12]"]
    assert names(aws, Filters=where("creation-date", "2026-11-2*")) == ["web-1", "web-2", "web-3"]
    assert names(aws, Filters=where("tag:App", "web") + where("name", "web-1", "web-2")) == ["web-1", "web-2"]
    assert names(aws, Filters=where("architecture", "arm64")) == ["web-[12]"]
    assert refusal(lambda: names(aws, Filters=where("no-such", "x"))) == ("InvalidParameterValue", 400)
    assert refusal(lambda: names(aws, Filters=where("state", "disabled"))) == ("InvalidParameter", 400)


def test_image_ids_have_to_exist_and_filters_apply_to_them(aws: Aws) -> None:
    missing = "ami-0123456789abcdef0"
    assert refusal(lambda: names(aws, ImageIds=[OLD, missing])) == ("InvalidAMIID.NotFound", 400)
    assert refusal(lambda: names(aws, ImageIds=["amx-1"])) == ("InvalidAMIID.Malformed", 400)
    assert names(aws, ImageIds=[OLD, NEW], Filters=where("name", "web-2")) == ["web-2"]
    assert names(aws, Filters=where("image-id", missing)) == []


def test_images_come_in_pages(aws: Aws) -> None:
    pages = list(aws.ec2.get_paginator("describe_images").paginate(Owners=["self"], PaginationConfig={"PageSize": 2}))
    assert [len(page["Images"]) for page in pages] == [2, 2, 1]
    assert refusal(lambda: aws.ec2.describe_images(NextToken="x")) == ("InvalidNextToken", 400)
    assert refusal(lambda: aws.ec2.describe_images(MaxResults=5000)) == ("InvalidParameterValue", 400)


def test_a_dry_run_returns_what_would_happen(aws: Aws) -> None:
    assert refusal(lambda: aws.ec2.describe_images(DryRun=True))[0] == "DryRunOperation"


def test_wrong_credentials_are_refused(sandbox: Sandbox, aws: Aws) -> None:
    stranger = Aws(sandbox, ("AKIAABCDEFGHIJKLMNOP", "secret"))
    assert refusal(stranger.sts.get_caller_identity) == ("InvalidClientTokenId", 403)
    assert refusal(stranger.ec2.describe_images) == ("AuthFailure", 401)
    assert refusal(stranger.cloudwatch.describe_alarms)[0] == "InvalidClientTokenId"
    forger = Aws(sandbox, (sandbox.access_key[0], "wrong"))
    assert refusal(forger.elb.describe_load_balancers) == ("SignatureDoesNotMatch", 403)
    assert aws.sts.get_caller_identity()["Account"] == sandbox.aws_account_id


def _assume(aws: Aws, **arguments: Any) -> Any:  # noqa: ANN401 - boto3's own typed dictionary
    return aws.sts.assume_role(**{"RoleArn": ROLE, "RoleSessionName": "run-1", **arguments})["Credentials"]


def test_a_role_in_another_account_can_be_assumed(scenario: JSON, clock: JumpingClock) -> None:
    scenario |= {
        "account": "444455556666",
        "caller-account": "111122223333",
        "roles": [{"arn": ROLE, "external-id": "friend"}],
    }
    box = Sandbox(scenario, clock=clock)
    caller = Aws(box)
    assert caller.elb.describe_load_balancers()["LoadBalancers"] == []
    assert refusal(lambda: _assume(caller)) == ("AccessDenied", 403)
    assert refusal(lambda: _assume(caller, ExternalId="friend", RoleArn=ROLE + "x")) == ("AccessDenied", 403)
    assert refusal(lambda: _assume(caller, ExternalId="friend", RoleSessionName="a b"))[0] == "ValidationError"
    keys = _assume(caller, ExternalId="friend")
    assert keys["Expiration"].isoformat() == "2026-11-24T10:00:00+00:00"
    inside = Aws(box, (keys["AccessKeyId"], keys["SecretAccessKey"]), keys["SessionToken"])
    assert inside.sts.get_caller_identity()["Arn"] == "arn:aws:sts::444455556666:assumed-role/deployer/run-1"
    assert len(inside.elb.describe_load_balancers()["LoadBalancers"]) == 1
    clock.sleep(3600)
    assert refusal(inside.elb.describe_load_balancers) == ("ExpiredToken", 403)
    box.close()


def test_an_identity_token_is_as_good_as_keys(sandbox: Sandbox) -> None:
    aws = Aws(sandbox)
    role = f"arn:aws:iam::{sandbox.aws_account_id}:role/ci"
    keys = aws.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="run-1", WebIdentityToken="e.y.j")
    inside = Aws(
        sandbox,
        (keys["Credentials"]["AccessKeyId"], keys["Credentials"]["SecretAccessKey"]),
        keys["Credentials"]["SessionToken"],
    )
    assert inside.sts.get_caller_identity()["Account"] == sandbox.aws_account_id
    assert "e.y.j" not in str(sandbox.calls())


def test_alarms_change_at_a_time_and_with_a_weight(scenario: JSON, clock: JumpingClock) -> None:
    when = {"rule": "web-alb:443/10", "target-group": "web-green", "weight": 50}
    scenario["alarms"] = [
        {"name": "timed", "changes": [{"at": 100, "state": "ALARM", "reason": "late"}]},
        {"name": "weighed", "changes": [{"when": when, "after": 30, "state": "ALARM", "reason": "5xx"}]},
    ]
    box = Sandbox(scenario, clock=clock)
    aws = Aws(box)

    def states() -> list[tuple[str, str]]:
        return [(one["StateValue"], one["StateReason"]) for one in aws.cloudwatch.describe_alarms()["MetricAlarms"]]

    assert [state for state, _ in states()] == ["OK", "OK"]
    clock.sleep(100)
    assert states()[0] == ("ALARM", "late")
    forward = [{"target-group": "web-green", "weight": 50}, {"target-group": "web-blue", "weight": 50}]
    box.add_fault({"at": 110, "action": "change-rule", "rule": "web-alb:443/10", "forward": forward})
    clock.sleep(39)
    assert states()[1][0] == "OK"
    clock.sleep(1)
    assert states()[1] == ("ALARM", "5xx")
    assert [one["AlarmName"] for one in aws.cloudwatch.describe_alarms(AlarmNames=["timed"])["MetricAlarms"]] == [
        "timed"
    ]
    box.close()


def test_the_environment_leads_boto3_to_the_ports(clock: JumpingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(SCENARIO, clock=clock) as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        client = boto3.Session().client("elbv2")
        assert len(client.describe_load_balancers()["LoadBalancers"]) == 1
        assert boto3.Session().client("cloudwatch").describe_alarms()["MetricAlarms"] == []
        client.close()


def test_terminating_an_instance_makes_its_group_replace_it(sandbox: Sandbox, aws: Aws, clock: JumpingClock) -> None:
    gone = sandbox.state()["groups"][0]["instances"][0]["id"]
    aws.ec2.terminate_instances(InstanceIds=[gone])
    assert sandbox.state()["production"][0]["healthy-now"] == 2
    clock.sleep(60)
    state = sandbox.state()
    assert len(state["groups"][0]["instances"]) == 3
    assert gone not in str(state)
    assert state["production"][0]["healthy-now"] == 3
