"""Whatever is sent to AWS's services, the answer is an error of theirs: never a broken server."""

import copy
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from spotaction.sandbox import BotocoreHook, Sandbox
from tests.support.sandboxes import JSON, paths_of, rule, target_group

VALUES: tuple[object, ...] = ("", "x", "-1", "99999999999999", "é", "a/b:c", [], ["x"], {}, ...)


def sound_calls(sandbox: Sandbox) -> list[tuple[str, str, JSON]]:
    """Return calls that are taken as they are: service, operation and parameters."""
    arn, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, "web-green")
    listener = arn.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0]
    balancer = listener.replace(":listener/", ":loadbalancer/").rsplit("/", 1)[0]
    instance = sandbox.state()["groups"][0]["instances"][0]["id"]
    sticky = {"Enabled": True, "DurationSeconds": 60}
    config = {"TargetGroups": [{"TargetGroupArn": green, "Weight": 1}], "TargetGroupStickinessConfig": sticky}
    actions = [{"Type": "forward", "Order": 1, "ForwardConfig": config}]
    conditions = [{"Field": "path-pattern", "Values": ["/x"]}]
    targets = {"TargetGroupArn": green, "Targets": [{"Id": instance, "Port": 81}]}
    role = {"RoleArn": f"arn:aws:iam::{sandbox.aws_account_id}:role/deployer", "RoleSessionName": "deploy"}
    filters = [{"Name": "name", "Values": ["x"]}]
    return [
        ("elbv2", "modify_rule", {"RuleArn": arn, "Actions": actions, "Conditions": conditions}),
        ("elbv2", "modify_listener", {"ListenerArn": listener, "Port": 443, "DefaultActions": actions}),
        ("elbv2", "set_rule_priorities", {"RulePriorities": [{"RuleArn": arn, "Priority": 30}]}),
        ("elbv2", "describe_rules", {"ListenerArn": listener, "PageSize": 5, "Marker": "0"}),
        ("elbv2", "describe_listeners", {"LoadBalancerArn": balancer, "PageSize": 5}),
        ("elbv2", "describe_load_balancers", {"LoadBalancerArns": [balancer], "PageSize": 5}),
        ("elbv2", "describe_target_groups", {"TargetGroupArns": [green], "PageSize": 4}),
        ("elbv2", "register_targets", targets),
        ("elbv2", "describe_target_health", targets),
        ("elbv2", "deregister_targets", targets),
        (
            "elbv2",
            "modify_target_group_attributes",
            {"TargetGroupArn": green, "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]},
        ),
        ("elbv2", "describe_tags", {"ResourceArns": [green]}),
        ("ec2", "describe_images", {"Filters": filters, "MaxResults": 5, "Owners": ["self"]}),
        ("ec2", "describe_instances", {"InstanceIds": [instance]}),
        ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"], "MaxRecords": 5, "AlarmTypes": ["MetricAlarm"]}),
        ("sts", "assume_role", role | {"DurationSeconds": 900}),
    ]


def spoilt(sound: JSON) -> Iterator[JSON]:
    """Yield the parameters with one thing in them replaced or left out, wherever that is."""
    for path in paths_of(sound):
        for value in VALUES:
            params = copy.deepcopy(sound)
            part: Any = params
            for key in path[:-1]:
                part = part[key]
            old = part.pop(path[-1])
            # Only what the SDK can write at all: in the place of a list or a structure, an empty one.
            new = type(old)() if isinstance(old, list | dict) else value
            if value is not ... and isinstance(part, list):
                part.insert(path[-1], new)
            elif value is not ...:
                part[path[-1]] = new
            yield params


@pytest.mark.parametrize("service", ["elbv2", "ec2", "cloudwatch", "sts"])
def test_no_parameter_breaks_a_service(sandbox: Sandbox, service: str) -> None:
    session = boto3.Session(*sandbox.access_key, region_name=sandbox.region)
    BotocoreHook(sandbox.aws_app).install(session.events)
    # botocore would not let such parameters through.
    client: Any = session.client(service, config=Config(parameter_validation=False))  # type: ignore[call-overload]
    statuses = []
    calls = [(name, params) for kind, name, params in sound_calls(sandbox) if kind == service]
    for operation, params in ((name, one) for name, sound in calls for one in spoilt(sound)):
        try:
            getattr(client, operation)(**params)
        except ClientError as error:
            statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert len(statuses) > 10
    assert [status for status in statuses if not 400 <= status < 500] == []
