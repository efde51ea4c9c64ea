"""The sandbox takes and refuses what the services do: filters, pages, limits, texts for numbers."""

import pytest
from botocore.exceptions import ClientError

from spotaction.cloud.aws.image_filters import NAMES
from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, NEW, OLD, Aws, Spot, new_group, rule, target_group

GROUPS = "/aws/ec2/group"


def found(aws: Aws, name: str, value: str) -> list[str]:
    images = aws.ec2.describe_images(Filters=[{"Name": name, "Values": [value]}])["Images"]
    return sorted(image["ImageId"] for image in images)


@pytest.mark.sampled(20)
@pytest.mark.parametrize("name", NAMES)
def test_every_filter_of_ec2_is_taken(aws: Aws, name: str) -> None:
    assert found(aws, name, "no image has this") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("block-device-mapping.delete-on-termination", "false"),
        ("block-device-mapping.device-name", "/dev/sda?"),
        ("block-device-mapping.volume-size", "15"),
        ("is-public", "false"),
        ("name", "web-*"),
        ("root-device-type", "ebs"),
    ],
)
def test_images_are_found_by_what_they_are(aws: Aws, name: str, value: str) -> None:
    assert found(aws, name, value) != []


def test_images_are_found_by_the_scenarios_other_attributes(scenario: JSON, clock: JumpingClock) -> None:
    scenario["images"][0]["found-by"] = {"product-code": ["abc"], "boot-mode": ["legacy-bios"]}
    scenario["images"][1]["boot-mode"] = "uefi"
    box = Sandbox(scenario, clock=clock)
    aws = Aws(box)
    assert found(aws, "product-code", "a*") == [OLD]
    assert found(aws, "boot-mode", "legacy-bios") == [OLD]
    assert found(aws, "boot-mode", "uefi") == [NEW]
    box.close()


def test_a_filter_that_ec2_has_not_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*The filter 'colour' is invalid"):
        found(aws, "colour", "red")


@pytest.mark.parametrize(
    ("service", "code", "status"), [("ec2", "RequestLimitExceeded", 503), ("elbv2", "Throttling", 400)]
)
def test_each_service_throttles_with_its_own_error(
    aws: Aws, sandbox: Sandbox, service: str, code: str, status: int
) -> None:
    sandbox.add_fault({"match": {"service": service}, "effect": "aws-throttling"})
    with pytest.raises(ClientError) as caught:
        aws.ec2.describe_images() if service == "ec2" else aws.elb.describe_load_balancers()
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


@pytest.mark.parametrize(
    ("problem", "request_"),
    [
        ("less than or equal to 100", {"AlarmNames": [f"a{number}" for number in range(101)]}),
        ("between 1 and 100", {"MaxRecords": 101}),
        ("InvalidNextToken", {"NextToken": "what"}),
    ],
)
def test_the_limits_of_describing_alarms_are_kept(aws: Aws, problem: str, request_: JSON) -> None:
    with pytest.raises(ClientError, match=problem):
        aws.cloudwatch.describe_alarms(**request_)


def test_alarms_come_in_pages(scenario: JSON, clock: JumpingClock) -> None:
    scenario["alarms"] = [{"name": f"alarm-{number:02}"} for number in range(60)]
    box = Sandbox(scenario, clock=clock)
    cloudwatch = Aws(box).cloudwatch
    first = cloudwatch.describe_alarms()
    second = cloudwatch.describe_alarms(NextToken=first["NextToken"], MaxRecords=100)
    assert [len(page["MetricAlarms"]) for page in (first, second)] == [50, 10]
    assert "NextToken" not in second
    assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["MetricAlarms"] == []
    box.close()


def test_an_empty_list_of_actions_is_refused(aws: Aws, sandbox: Sandbox) -> None:
    arn = rule(sandbox, "web-alb:443/10")
    listener = arn.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0]
    before = sandbox.state()["routes"]
    with pytest.raises(ClientError, match="at least one action"):
        aws.elb.modify_rule(RuleArn=arn, Actions=[])
    with pytest.raises(ClientError, match="at least one action"):
        aws.elb.modify_listener(ListenerArn=listener, DefaultActions=[])
    assert sandbox.state()["routes"] == before


@pytest.mark.parametrize(
    ("key", "value"),
    [("stickiness.enabled", "maybe"), ("stickiness.type", "glue"), ("load_balancing.algorithm.type", "dice")],
)
def test_an_attribute_takes_only_its_own_values(aws: Aws, sandbox: Sandbox, key: str, value: str) -> None:
    blue = target_group(sandbox, "web-blue")
    with pytest.raises(ClientError, match="must be one of"):
        aws.elb.modify_target_group_attributes(TargetGroupArn=blue, Attributes=[{"Key": key, "Value": value}])


def test_texts_stand_for_numbers_where_spots_own_clients_write_them(spot: Spot) -> None:
    body = new_group()
    launch = body["group"]["compute"]["launchSpecification"]
    devices = [{"deviceName": "/dev/sdm", "ebs": {"deleteOnTermination": "true", "volumeSize": "80"}}]
    launch["blockDeviceMappings"] = devices
    launch["networkInterfaces"] = [{"deviceIndex": "0", "associatePublicIpAddress": True}]
    action = {"type": "adjustment", "adjustment": "1"}
    metric = {"namespace": "AWS/EC2", "metricName": "CPUUtilization", "threshold": 70}
    up = [{"policyName": "cpu", **metric, "action": action, "shouldResumeStateful": False}]
    body["group"]["scaling"] = {"up": up}
    made = spot.items("POST", GROUPS, body)[0]
    assert made["compute"]["launchSpecification"]["blockDeviceMappings"] == devices
    assert made["scaling"]["up"] == up


@pytest.mark.parametrize("size", ["eighty", "8.5", "", True])
def test_a_text_that_is_no_number_is_refused(spot: Spot, size: object) -> None:
    body = new_group()
    devices = [{"deviceName": "/dev/sdm", "ebs": {"volumeSize": size}}]
    body["group"]["compute"]["launchSpecification"]["blockDeviceMappings"] = devices
    assert spot.error("POST", GROUPS, body)[1]["message"] == '"volumeSize" must be a number'


def test_an_update_may_ask_for_tags_and_stateful_instances(spot: Spot, sandbox: Sandbox) -> None:
    path, body = f"{GROUPS}/{sandbox.state()['groups'][0]['id']}", {"group": {"name": "x"}}
    assert spot.items("PUT", path, body, autoApplyTags="True", shouldResumeStateful="false")[0]["name"] == "x"
    assert spot.error("PUT", path, body, shouldResumeStateful="perhaps") == (
        400,
        {
            "code": "ValidationError",
            "message": '"shouldResumeStateful" must be a boolean',
            "field": "query:shouldResumeStateful",
        },
    )


def test_a_roll_takes_its_numbers_as_texts(spot: Spot, sandbox: Sandbox) -> None:
    path = f"{GROUPS}/{sandbox.state()['groups'][0]['id']}/roll"
    assert spot.items("PUT", path, {"batchSizePercentage": "20", "gracePeriod": "500"})[0]["numOfBatches"] == 3
