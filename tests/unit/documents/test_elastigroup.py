"""Elastigroup configs: what is accepted with a warning or a note, and what is rejected, each with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from spotaction.documents.accessors import value_at
from spotaction.documents.elastigroup.checks import CheckedElastigroup, check_elastigroup
from spotaction.documents.elastigroup.config import config_of
from spotaction.documents.source import parse_document
from spotaction.model.resources import Capacity, JsonValue
from spotaction.operations.validate import FileReport, check_file

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
LAUNCH = "compute.launchSpecification"
POLICY = {
    "namespace": "AWS/EC2",
    "metricName": "CPUUtilization",
    "threshold": 70,
    "action": {"type": "adjustment", "adjustment": 1},
}
TASK = {"taskType": "scale", "cronExpression": "0 6 * * 1-5", "scaleMinCapacity": 3}


def group() -> dict[str, Any]:
    return {
        "name": "web",
        "capacity": {"minimum": 1, "target": 2, "maximum": 4},
        "strategy": {"risk": 100},
        "compute": {
            "product": "Linux/UNIX",
            "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large"]},
            "availabilityZones": [{"name": "us-east-1a", "subnetIds": ["subnet-0123456789abcdef0"]}],
            "launchSpecification": {"securityGroupIds": ["sg-0123456789abcdef0"]},
        },
    }


def changed(values: dict[str, Any]) -> dict[str, Any]:
    """The group with the values at dotted paths replaced; `...` removes a key."""
    whole = group()
    for path, value in values.items():
        *parents, last = path.split(".")
        inner = whole
        for key in parents:
            inner = inner.setdefault(key, {})
        if value is ...:
            del inner[last]
        else:
            inner[last] = value
    return whole


def checked(whole: dict[str, Any]) -> CheckedElastigroup:
    return check_elastigroup(parse_document(json.dumps({"group": whole}, indent=1), name="g.json"))


def policy(**values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    return [{key: each for key, each in {**POLICY, **values}.items() if each is not ...}]


def task(**values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    return [{key: each for key, each in {**TASK, **values}.items() if each is not ...}]


def balancer(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"loadBalancers": [{"type": "TARGET_GROUP", **values}]}


def disk(**values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    return [{"deviceName": "/dev/xvda", "ebs": values}]


def zones(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


TG_HINT = "(for example arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef)"
ACTION_HINT = "(for example {type: adjustment, adjustment: 1})"
SPOT_HINT = "(encode it with `base64 -w0`, or set the input startup-script to the file)"
REJECTED: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"scaling.up": [{}]},
        [
            "scaling.up[0]: 'metricName' is missing",
            "scaling.up[0]: 'namespace' is missing",
            "scaling.up[0]: 'threshold' or 'stepAdjustments' is missing (set one of them)",
        ],
    ),
    ({"scaling.up": policy(namespace=...)}, ["scaling.up[0]: 'namespace' is missing"]),
    ({"scaling.down": policy(metricName=...)}, ["scaling.down[0]: 'metricName' is missing"]),
    (
        {"scaling.down": policy(threshold=...)},
        ["scaling.down[0]: 'threshold' or 'stepAdjustments' is missing (set one of them)"],
    ),
    ({"scaling.up": policy(action=...)}, [f"scaling.up[0]: 'action' is missing {ACTION_HINT}"]),
    (
        {"scaling.up": policy(threshold=..., action=..., stepAdjustments=[{"threshold": 50}])},
        [f"scaling.up[0].stepAdjustments[0]: 'action' is missing {ACTION_HINT}"],
    ),
    (
        {"scaling.up": policy(action={"type": "adjustment"})},
        ["scaling.up[0].action: 'adjustment' is required for type adjustment (for example adjustment: 1)"],
    ),
    (
        {"scaling.up": policy(action={"type": "percentageAdjustment"})},
        ["scaling.up[0].action: 'adjustment' is required for type percentageAdjustment (for example adjustment: 1)"],
    ),
    (
        {"scaling.down": policy(action={"type": "setMaxTarget", "adjustment": 1})},
        [
            (
                "scaling.down[0].action: 'maxTargetCapacity' is required for type setMaxTarget "
                "(for example maxTargetCapacity: 1)"
            )
        ],
    ),
    (
        {"scaling.up": policy(action={"type": "updateCapacity"})},
        [
            (
                "scaling.up[0].action: 'target', 'minimum' or 'maximum' is required for type updateCapacity "
                "(for example target: 1)"
            )
        ],
    ),
    (
        {"scaling.up": policy(period=90)},
        [
            (
                "scaling.up[0].period: CloudWatch does not support a period of 90 seconds "
                "(set 10, 20, 30 or a multiple of 60, up to 86400)"
            )
        ],
    ),
    ({"scaling.up": policy(period=-60)}, ["scaling.up[0].period: -60 is less than the minimum of 1"]),
    ({"scaling.up": policy(cooldown=-1)}, ["scaling.up[0].cooldown: -1 is less than the minimum of 0"]),
    (
        {"scaling.target": [{"policyName": "p", "metricName": "m", "namespace": "n", "target": 1, "period": 61}]},
        [
            (
                "scaling.target[0].period: CloudWatch does not support a period of 61 seconds "
                "(set 10, 20, 30 or a multiple of 60, up to 86400)"
            )
        ],
    ),
    (
        {"scheduling.tasks": [{}]},
        [
            (
                "scheduling.tasks[0]: 'frequency' or 'cronExpression' is missing "
                "(for example cronExpression: 0 6 * * 1-5, or startTime to run once)"
            ),
            "scheduling.tasks[0]: 'taskType' is missing (for example scale, roll or backup_ami)",
        ],
    ),
    (
        {"scheduling.tasks": task(cronExpression=...)},
        [
            (
                "scheduling.tasks[0]: 'frequency' or 'cronExpression' is missing "
                "(for example cronExpression: 0 6 * * 1-5, or startTime to run once)"
            )
        ],
    ),
    (
        {"scheduling.tasks": task(taskType="roll")},
        [
            (
                "scheduling.tasks[0]: 'batchSizePercentage' is required for taskType roll "
                "(for example batchSizePercentage: 20)"
            )
        ],
    ),
    (
        {"scheduling.tasks": task(scaleMinCapacity=...)},
        [
            (
                "scheduling.tasks[0]: 'scaleTargetCapacity', 'scaleMinCapacity' or 'scaleMaxCapacity' is "
                "required for taskType scale (for example scaleTargetCapacity: 1)"
            )
        ],
    ),
    (
        {"scheduling.tasks": task(cronExpression="0 6 * *")},
        [
            (
                "scheduling.tasks[0].cronExpression: '0 6 * *' is not a cron expression: expected 5 fields "
                "(minute, hour, day, month, weekday), found 4 (for example 0 6 * * 1-5, in UTC)"
            )
        ],
    ),
    (
        {"scheduling.tasks": task(cronExpression="0 25 * * *")},
        [
            (
                "scheduling.tasks[0].cronExpression: '0 25 * * *' is not a cron expression: '25' "
                "is not valid for the hour (0 to 23) "
                "(for example 0 6 * * 1-5, in UTC)"
            )
        ],
    ),
    ({f"{LAUNCH}.userData": "#!/bin/bash\necho secret"}, [f"{LAUNCH}.userData: userData is not Base64 {SPOT_HINT}"]),
    (
        {f"{LAUNCH}.shutdownScript": "#!/bin/bash"},
        [f"{LAUNCH}.shutdownScript: shutdownScript is not Base64 (encode it with `base64 -w0`)"],
    ),
    ({f"{LAUNCH}.securityGroupIds": []}, [f"{LAUNCH}.securityGroupIds: must not be empty"]),
    (
        {f"{LAUNCH}.securityGroupIds": ["sg-0123456789abcdef0", "subnet-0123456789abcdef0"]},
        [
            (
                f"{LAUNCH}.securityGroupIds[1]: 'subnet-0123456789abcdef0' is a subnet, not a security group "
                "(for example sg-0123456789abcdef0)"
            )
        ],
    ),
    (
        {f"{LAUNCH}.securityGroupIds": ["default"]},
        [
            (
                f"{LAUNCH}.securityGroupIds[0]: 'default' is not the id of a security group "
                "(for example sg-0123456789abcdef0)"
            )
        ],
    ),
    (
        {"compute.availabilityZones": [{"name": "us-east-1a", "subnetIds": ["vpc-0123456789abcdef0"]}]},
        [
            (
                "compute.availabilityZones[0].subnetIds[0]: 'vpc-0123456789abcdef0' is a VPC, not a subnet "
                "(for example subnet-0123456789abcdef0)"
            )
        ],
    ),
    (
        {"compute.availabilityZones": ..., "compute.subnetIds": ["vpc-1"], "region": "us-east-1"},
        ["compute.subnetIds[0]: 'vpc-1' is a VPC, not a subnet (for example subnet-0123456789abcdef0)"],
    ),
    (
        {"compute.availabilityZones": ..., "compute.subnetIds": ["subnet-0123456789abcdef0"]},
        [": 'region' is required with compute.subnetIds (for example us-east-1)"],
    ),
    (
        {"compute.availabilityZones": zones("us-east-1")},
        [
            (
                "compute.availabilityZones[0].name: 'us-east-1' is a region, not an availability zone "
                "(for example us-east-1a)"
            )
        ],
    ),
    (
        {"compute.availabilityZones": zones("east")},
        ["compute.availabilityZones[0].name: 'east' is not an availability zone (for example us-east-1a)"],
    ),
    (
        {"compute.availabilityZones": zones("us-east-1a", "us-east-1b", "us-east-1a")},
        ["compute.availabilityZones[2].name: duplicate zone 'us-east-1a' (list its subnets in one entry)"],
    ),
    (
        {"compute.availabilityZones": zones("us-esat-1a")},
        ["compute.availabilityZones[0].name: the region 'us-esat-1' does not exist (did you mean 'us-east-1'?)"],
    ),
    ({"region": "us-esat-1"}, ["region: the region 'us-esat-1' does not exist (did you mean 'us-east-1'?)"]),
    (
        {"region": "eu-west-1"},
        ["region: the region is eu-west-1, but the zones are in us-east-1 (correct one of them)"],
    ),
    (
        {f"{LAUNCH}.loadBalancersConfig": balancer(arn=f"{ARN}:loadbalancer/app/web/0123456789abcdef")},
        [
            (
                f"{LAUNCH}.loadBalancersConfig.loadBalancers[0].arn: 'arn:aws:elasticloadbalancing:us-east-1:"
                f"123456789012:loadb…' is the ARN of a loadbalancer, not of a target group {TG_HINT}"
            )
        ],
    ),
    (
        {f"{LAUNCH}.loadBalancersConfig": balancer(arn="arn:web")},
        [(f"{LAUNCH}.loadBalancersConfig.loadBalancers[0].arn: 'arn:web' is not the ARN of a target group {TG_HINT}")],
    ),
    (
        {f"{LAUNCH}.iamRole": {"arn": "arn:aws:iam::123456789012:role/web"}},
        [
            (
                f"{LAUNCH}.iamRole.arn: 'arn:aws:iam::123456789012:role/web' is the ARN of a role, "
                "not of an instance profile (for example arn:aws:iam::123456789012:instance-profile/web)"
            )
        ],
    ),
    (
        {f"{LAUNCH}.iamRole": {"name": "arn:aws:iam::123456789012:instance-profile/web"}},
        [
            (
                f"{LAUNCH}.iamRole.name: 'arn:aws:iam::123456789012:instance-profile/web' is not the name of "
                "an instance profile (set iamRole.arn to an ARN)"
            )
        ],
    ),
    (
        {"compute.instanceTypes.spot": ["m5large", "M5.large", "m5.huge"]},
        [
            "compute.instanceTypes.spot[0]: 'm5large' is not an instance type (for example m5.large)",
            "compute.instanceTypes.spot[1]: 'M5.large' is not an instance type (did you mean 'm5.large'?)",
            "compute.instanceTypes.spot[2]: 'm5.huge' is not an instance type (for example m5.large)",
        ],
    ),
    (
        {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="ssd", volumeSize=30)},
        [
            (
                f"{LAUNCH}.blockDeviceMappings[0].ebs.volumeType: 'ssd' is not a type of volume "
                "(available: gp2, gp3, io1, io2, sc1, st1, standard)"
            )
        ],
    ),
    (
        {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="io1", volumeSize=30)},
        [f"{LAUNCH}.blockDeviceMappings[0].ebs: 'iops' is required for volumeType io1 (for example iops: 3000)"],
    ),
    (
        {f"{LAUNCH}.healthCheckGracePeriod": -1, "strategy.drainingTimeout": -1},
        [
            "strategy.drainingTimeout: -1 is less than the minimum of 0",
            f"{LAUNCH}.healthCheckGracePeriod: -1 is less than the minimum of 0",
        ],
    ),
    (
        {"thirdPartiesIntegration.ecs.autoScale": {"isEnabled": True, "cooldown": -300}},
        ["thirdPartiesIntegration.ecs.autoScale.cooldown: -300 is less than the minimum of 0"],
    ),
    (
        {f"{LAUNCH}.loadBalancersConfig": balancer(arn=None)},
        [f"{LAUNCH}.loadBalancersConfig.loadBalancers[0].arn: has no value"],
    ),
    (
        {f"{LAUNCH}.iamRole": {"arn": "arn:aws:iam::1234:instance-profile/web"}},
        [
            (
                f"{LAUNCH}.iamRole.arn: 'arn:aws:iam::1234:instance-profile/web' is not the ARN of "
                "an instance profile (for example arn:aws:iam::123456789012:instance-profile/web)"
            )
        ],
    ),
    (
        {f"{LAUNCH}.securityGroupIds": ["sg-1,sg-2"]},
        [
            (
                f"{LAUNCH}.securityGroupIds[0]: 'sg-1,sg-2' is not the id of a security group "
                "(write each as an item of its own)"
            )
        ],
    ),
    (
        {"compute.instanceTypes.spot": ["m5.large,c5.large"]},
        [
            (
                "compute.instanceTypes.spot[0]: 'm5.large,c5.large' is not an instance type "
                "(write each as an item of its own)"
            )
        ],
    ),
    ({"region": ""}, ["region: must not be empty"]),
    (
        {
            "region": "us-esat-1",
            f"{LAUNCH}.loadBalancersConfig": balancer(arn=f"{ARN}:targetgroup/web/0123456789abcdef"),
        },
        ["region: the region 'us-esat-1' does not exist (did you mean 'us-east-1'?)"],
    ),
    (
        {"region": "us-east-1", "compute.availabilityZones": zones("us-esat-1a")},
        ["compute.availabilityZones[0].name: the region 'us-esat-1' does not exist (did you mean 'us-east-1'?)"],
    ),
    (
        {"compute.availabilityZones": zones("")},
        ["compute.availabilityZones[0].name: '' is not an availability zone (for example us-east-1a)"],
    ),
    ({"scaling.up": policy(namespace="")}, ["scaling.up[0].namespace: must not be empty"]),
    ({"scaling.down": policy(metricName="")}, ["scaling.down[0].metricName: must not be empty"]),
    (
        {"scaling.up": policy(unit="Percent")},
        ["scaling.up[0].unit: 'Percent' is not allowed (did you mean 'percent'?)"],
    ),
    (
        {"scaling.up": policy(action={"type": "adjustment", "adjustment": "one"})},
        ["scaling.up[0].action.adjustment: invalid format: 'one' (for example 1)"],
    ),
    (
        {"scheduling.tasks": task(startTime="tomorrow")},
        ["scheduling.tasks[0].startTime: invalid format: 'tomorrow' (for example 2027-01-31T06:00:00Z)"],
    ),
    ({"scheduling.tasks": [None]}, ["scheduling.tasks[0]: has no value; expected a mapping"]),
    (
        {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="io1", iops=0)},
        [f"{LAUNCH}.blockDeviceMappings[0].ebs.iops: 0 is less than the minimum of 100 for io1 (for example 3000)"],
    ),
    (
        {f"{LAUNCH}.blockDeviceMappings": disk(encrypted="yes")},
        [f"{LAUNCH}.blockDeviceMappings[0].ebs.encrypted: 'yes' is not allowed; expected true or false"],
    ),
    (
        {f"{LAUNCH}.blockDeviceMappings": [{"deviceName": ""}]},
        [f"{LAUNCH}.blockDeviceMappings[0].deviceName: must not be empty"],
    ),
    (
        {f"{LAUNCH}.userData": "QUJD" * 8192},
        [f"{LAUNCH}.userData: userData has 24576 bytes; EC2 allows 16384 (download the rest at start-up)"],
    ),
    (
        {f"{LAUNCH}.tags": [{"tagKey": "aws:a"}, {"tagKey": "b"}, {"tagKey": "b", "tagValue": "c"}]},
        [
            f"{LAUNCH}.tags[0].tagKey: 'aws:a' begins with aws:, which is reserved for AWS (rename the tag)",
            f"{LAUNCH}.tags[2].tagKey: duplicate tag 'b' (keep one of them)",
        ],
    ),
    (
        {f"{LAUNCH}.tags": [{"tagKey": ""}, {"tagKey": "a" * 129, "tagValue": "b" * 257}]},
        [
            f"{LAUNCH}.tags[0].tagKey: must not be empty",
            f"{LAUNCH}.tags[1].tagKey: expected at most 128 characters, found 129",
            f"{LAUNCH}.tags[1].tagValue: expected at most 256 characters, found 257",
        ],
    ),
    (
        {f"{LAUNCH}.monitoring": "1"},
        [f"{LAUNCH}.monitoring: expected true or false, found the text '1'"],
    ),
    ({"capacity.minimum": "one"}, ["capacity.minimum: expected a whole number, found the text 'one'"]),
]


@pytest.mark.parametrize(("change", "expected"), REJECTED)
def test_a_config_that_spot_rejects_is_a_problem_with_its_place_and_the_way_out(
    change: dict[str, Any], expected: list[str]
) -> None:
    problems = checked(changed(change)).problems
    assert [str(each).partition(": group")[2].removeprefix(".") for each in problems] == expected
    assert all(each.place and each.place.line > 1 for each in problems)


MULTAI = "(list a target group by its arn instead)"
WARNED: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"compute.privateIps": ["10.0.0.1"]},
        [
            (
                "compute.privateIps: privateIps have no effect without strategy.persistence.shouldPersistPrivateIp "
                "(remove privateIps)"
            )
        ],
    ),
    (
        {"strategy.onDemandCount": 1},
        ["strategy.onDemandCount: Spot ignores risk if onDemandCount is set (keep one of them)"],
    ),
    ({"compute.product": ...}, ["compute: 'product' is missing (for example Linux/UNIX)"]),
    (
        {f"{LAUNCH}.loadBalancersConfig": {"loadBalancers": [{"type": "MULTAI_TARGET_SET", "azAwareness": True}]}},
        [
            (
                f"{LAUNCH}.loadBalancersConfig.loadBalancers[0].type: 'MULTAI_TARGET_SET' is retired "
                f"and not sent to Spot {MULTAI}"
            )
        ],
    ),
    (
        {f"{LAUNCH}.loadBalancersConfig": balancer(arn=f"{ARN}:targetgroup/web/0123456789abcdef", azAwareness=True)},
        [
            (
                f"{LAUNCH}.loadBalancersConfig.loadBalancers[0].azAwareness: 'azAwareness' is retired "
                f"and not sent to Spot {MULTAI}"
            )
        ],
    ),
    (
        {"thirdPartiesIntegration": {"mlbRuntime": {"deploymentId": "dp-1"}, "rightScale": {"accountId": "1"}}},
        [
            f"thirdPartiesIntegration.mlbRuntime: 'mlbRuntime' is retired and not sent to Spot {MULTAI}",
            (
                "thirdPartiesIntegration.rightScale: 'rightScale' is retired and not sent to Spot "
                "(configure the instances in the start-up script instead)"
            ),
        ],
    ),
    (
        {f"{LAUNCH}.healthCheckType": "MLB"},
        [
            (
                f"{LAUNCH}.healthCheckType: 'MLB' is retired and not sent to Spot "
                "(set TARGET_GROUP, ELB or EC2, or remove the key)"
            )
        ],
    ),
    ({"multai": {"token": "x"}}, [f"multai: 'multai' is retired and not sent to Spot {MULTAI}"]),
    (
        {"compute.instanceTypes.spot": ["m99x.large"]},
        [
            (
                "compute.instanceTypes.spot[0]: the instance type 'm99x.large' is not known to this version "
                "(check its spelling)"
            )
        ],
    ),
    (
        {"compute.availabilityZones": zones("us-east-7a")},
        ["compute.availabilityZones[0].name: the region 'us-east-7' is not known to this version (check its spelling)"],
    ),
    (
        {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="gp4")},
        [f"{LAUNCH}.blockDeviceMappings[0].ebs.volumeType: 'gp4' is not known to this version (did you mean 'gp3'?)"],
    ),
    (
        {"compute.elasticIps": ["203.0.113.7"]},
        [
            (
                "compute.elasticIps[0]: '203.0.113.7' is not the id of an Elastic IP allocation "
                "(for example eipalloc-0123456789abcdef0)"
            )
        ],
    ),
    (
        {f"{LAUNCH}.instanceMetadataOptions": {"httpTokens": "required"}},
        [
            f"{LAUNCH}.instanceMetadataOptions: instanceMetadataOptions is not documented (use metadataOptions)",
        ],
    ),
    (
        {f"{LAUNCH}.userData": "ZWNobwo"},
        [f"{LAUNCH}.userData: userData is Base64 without padding (append =)"],
    ),
    (
        {"scaling.up": policy(action={"type": "adjustment", "adjustment": "MAX(currCapacity / 5, 10)"})},
        [
            (
                "scaling.up[0].action.adjustment: 'MAX(currCapacity / 5, 10)' is an expression, which only Spot can "
                "check (make sure that Spot accepts it, or write a number)"
            )
        ],
    ),
    (
        {"scaling.up": policy(stepAdjustments=[{"threshold": 50, "action": {"type": "adjustment", "adjustment": 1}}])},
        ["scaling.up[0].threshold: stepAdjustments replace threshold and action of the policy (keep one of them)"],
    ),
    (
        {"scheduling.tasks": task(taskType="scaleUp")},
        ["scheduling.tasks[0]: 'adjustment' is required for taskType scaleUp (for example adjustment: 1)"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), WARNED)
def test_a_config_that_spot_may_accept_has_a_warning_with_its_place(
    change: dict[str, Any], expected: list[str]
) -> None:
    found = checked(changed(change))
    assert found.problems == ()
    assert [str(each).partition(": group.")[2] for each in found.warnings] == expected
    assert all(each.place and each.place.line > 1 for each in found.warnings)


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"strategy.onDemandCount": 0},
    {"strategy.onDemandCount": None},
    {"thirdPartiesIntegration.nomad.tlsConfig": {"tlsEnabled": True, "certificate": "x", "privateKey": "y"}},
    {"thirdPartiesIntegration.dockerSwarm.autoScale.tlsConfig": {"certificate": "x"}},
    {"thirdPartiesIntegration.kubernetes.autoScale.down.headroom": {"cpuPerUnit": 1, "numOfUnits": 1}},
    {f"{LAUNCH}.loadBalancersConfig": {"loadBalancers": [], "multai": None}, "multai": None},
    {f"{LAUNCH}.userData": "IyEvYmluL2Jhc2gK\nZWNobyB3ZWI="},
    {f"{LAUNCH}.userData": ""},
    {f"{LAUNCH}.iamRole": {"name": "web"}},
    {f"{LAUNCH}.iamRole": {"arn": "arn:aws-cn:iam::123456789012:instance-profile/team/web"}},
    {"compute.availabilityZones": zones("us-east-1a", "us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1", "use1-az4")},
    {"compute.availabilityZones": zones("cn-north-1a")},
    {"compute.availabilityZones": zones("us-gov-west-1b")},
    {
        "compute.instanceTypes.spot": [
            "t1.micro",
            "u-6tb1.metal",
            "mac2-m2pro.metal",
            "m7i-flex.2xlarge",
            "c7i.metal-48xl",
        ]
    },
    {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="io2", iops=3000)},
    {f"{LAUNCH}.blockDeviceMappings": disk(volumeType="io1", dynamicIops={"baseSize": 1})},
    {"scaling.up": policy(period=30), "scaling.down": policy(period=300)},
    {"scaling.up": policy(source="spectrum", period=45)},
    {"scaling.up": policy(action={"type": "adjustment"}, adjustment=2)},
    {"scaling.up": policy(action={"type": "updateCapacity", "maximum": 9})},
    {"scheduling.tasks": task(cronExpression="*/5 0-6,22 1 jan-mar MON")},
    {"scheduling.tasks": task(cronExpression=..., startTime="2027-01-31T06:00:00Z")},
    {"scheduling.tasks": [{"groupId": "sig-1", "eventType": "Scale", "subEvents": {}}]},
    {"scheduling.tasks": task(cronExpression=..., frequency="daily", taskType="backup_ami", scaleMinCapacity=...)},
]


@pytest.mark.parametrize("change", ACCEPTED)
def test_a_config_that_spot_accepts_has_neither_problem_nor_warning(change: dict[str, Any]) -> None:
    found = checked(changed(change))
    assert (found.problems, found.warnings, found.quoted) == ((), (), None)


def test_quoted_numbers_and_booleans_are_read_and_noted_once_with_the_place() -> None:
    whole = changed(
        {
            "capacity": {"minimum": "1", "target": "2", "maximum": "4"},
            "strategy.risk": "99.5",
            "strategy.minimumInstanceLifetime": "3",
            f"{LAUNCH}.monitoring": "False",
            f"{LAUNCH}.blockDeviceMappings": disk(volumeSize="30", deleteOnTermination="true"),
            "thirdPartiesIntegration.ecs.autoScale": {"isEnabled": "true", "cooldown": "180"},
            "scheduling.tasks": task(scaleMinCapacity="3"),
        }
    )
    found = checked(whole)
    assert (found.problems, found.warnings) == ((), ())
    assert str(found.quoted) == (
        "g.json:5:15: quoted values are read as numbers or booleans: group.capacity.minimum, group.capacity.target, "
        "group.capacity.maximum, group.strategy.risk, group.strategy.minimumInstanceLifetime, "
        f"group.{LAUNCH}.monitoring, group.{LAUNCH}.blockDeviceMappings[0].ebs.volumeSize, "
        f"group.{LAUNCH}.blockDeviceMappings[0].ebs.deleteOnTermination, "
        "group.thirdPartiesIntegration.ecs.autoScale.isEnabled, group.thirdPartiesIntegration.ecs.autoScale.cooldown "
        "and 1 more (remove the quotes)"
    )
    config = config_of(found)
    assert config.capacity == Capacity(minimum=1, target=2, maximum=4)
    assert config.group["strategy"] == {"risk": 99.5, "minimumInstanceLifetime": 3}
    assert config.group["thirdPartiesIntegration"] == {"ecs": {"autoScale": {"isEnabled": True, "cooldown": 180}}}
    assert config.group["scheduling"] == {"tasks": [{**TASK, "scaleMinCapacity": 3}]}


@pytest.mark.parametrize("text", ["", "017", "1.5", "1e3", "0x1", " 1", "\u0661", "1" * 16, "yes"])
def test_a_text_that_is_no_whole_number_is_not_read_as_one(text: str) -> None:
    problems = checked(changed({"capacity.minimum": text})).problems
    assert [(each.subject, str(each.place)) for each in problems] == [("group.capacity.minimum", "g.json:5:15")]


@pytest.mark.parametrize(("value", "text"), [(42, "42"), (True, "true")])
def test_an_expression_in_a_text_is_text_whatever_its_value(value: JsonValue, text: str) -> None:
    path = ("group", "compute", "launchSpecification", "tags", 0, "tagValue")
    written = {"group": changed({"compute.launchSpecification.tags": [{"tagKey": "a", "tagValue": "<+variables.a>"}]})}
    resolved = {"group": changed({"compute.launchSpecification.tags": [{"tagKey": "a", "tagValue": value}]})}
    found = check_elastigroup(parse_document(json.dumps(resolved), name="g.json"), written)
    assert (value_at(found.document.value, path), found.problems) == (text, ())
    alone = check_elastigroup(parse_document(json.dumps(resolved, indent=1), name="g.json"))
    assert [problem.message for problem in alone.problems] == [f"expected text, found {found_as(value)}"]


def found_as(value: JsonValue) -> str:
    return "true" if value is True else f"the number {value}"


def test_retired_keys_are_not_sent_and_the_rest_keeps_its_order() -> None:
    arn = f"{ARN}:targetgroup/web/0123456789abcdef"
    entries = [
        {"type": "MULTAI_TARGET_SET", "targetSetId": "ts-1"},
        {"type": "TARGET_GROUP", "arn": arn, "autoWeight": True},
    ]
    whole = changed(
        {
            f"{LAUNCH}.loadBalancersConfig": {"loadBalancers": entries},
            f"{LAUNCH}.healthCheckType": "NONE",
            "thirdPartiesIntegration": {"mlbRuntime": {}, "mesosphere": {"apiServer": "10.0.0.1"}},
        }
    )
    config = config_of(checked(whole))
    launch = group()["compute"]["launchSpecification"]
    launch["loadBalancersConfig"] = {"loadBalancers": [{"type": "TARGET_GROUP", "arn": arn}]}
    assert config.group == {
        **group(),
        "compute": {**group()["compute"], "launchSpecification": launch},
        "thirdPartiesIntegration": {"mesosphere": {"apiServer": "10.0.0.1"}},
    }
    assert config.target_groups == (arn,)


def open_texts(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with every scalar replaced by an expression."""
    if isinstance(value, dict):
        return {key: each if key == "type" else open_texts(each) for key, each in value.items()}
    return [open_texts(each) for each in value] if isinstance(value, list) else "<+serviceVariables.value>"


def test_an_expression_is_assumed_to_have_a_value_that_fits_everywhere(tmp_path: Path) -> None:
    whole = changed(
        {
            f"{LAUNCH}.loadBalancersConfig": balancer(arn="x"),
            f"{LAUNCH}.blockDeviceMappings": disk(volumeType="io1", iops=3000),
            f"{LAUNCH}.userData": "x",
            f"{LAUNCH}.iamRole": {"arn": "x"},
            "compute.preferredAvailabilityZones": ["us-east-1a"],
            "scaling.up": policy(period=300),
            "scheduling.tasks": task(),
        }
    )
    file = tmp_path / "g.json"
    file.write_text(json.dumps({"group": open_texts(whole)}), encoding="utf-8")
    assert check_file(str(file)) == FileReport(kind="elastigroup")


def test_keys_of_terraform_and_of_another_level_are_named_with_their_place() -> None:
    odd = {"orientation": "balanced", "min_size": 1, "imageId": "ami-1", "odd": 1}
    whole = changed({**odd, "strategy.draining_timeout": 60, "compute.zones": []})
    assert [(problem.subject, problem.hint) for problem in checked(whole).problems] == [
        ("group.strategy.draining_timeout", "did you mean 'drainingTimeout'?"),
        ("group.compute.zones", ""),
        ("group.orientation", "did you mean 'group.strategy.availabilityVsCost'?"),
        ("group.min_size", ""),  # capacity.minimum is set
        ("group.imageId", "did you mean 'group.compute.launchSpecification.imageId'?"),
        ("group.odd", ""),
    ]


def test_a_saved_response_of_the_api_is_one_problem_with_the_way_to_the_group() -> None:
    text = json.dumps({"request": {"id": "1"}, "response": {"items": [group()]}})
    (problem,) = check_elastigroup(parse_document(text, name="g.json")).problems
    assert str(problem) == (
        "g.json:1:26: response: is a whole response of Spot's API, not an Elastigroup config "
        "(keep only the group: jq '{group: .response.items[0]}' on this file does)"
    )


@pytest.mark.parametrize(
    "text",
    [
        'resource "spotinst_elastigroup_aws" "web" {',
        '{"resource": {"spotinst_elastigroup_aws": {"web": {"min_size": 1}}}}',
    ],
)
def test_terraform_is_one_problem_with_the_way_to_a_config(text: str) -> None:
    (problem,) = check_elastigroup(parse_document(text, name="web.tf")).problems
    assert str(problem) == (
        "web.tf:1:1: this is Terraform, not an Elastigroup config "
        "(operation: init writes an Elastigroup config from the running group)"
    )
