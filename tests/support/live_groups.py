"""Live groups of every kind for init and drift, and the drafts that init makes of them."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.action import JSON, NEW, OLD, QUICK, Result, Stand
from tests.support.sites import HEAD, SPLIT, Site
from tests.support.workflow_uses import ROLE, VALUES, Use, load, uses_of

ALB = {"name": "web-alb", "id": "a1a1a1a1a1a1a1a1"}
BLUE = {"name": "web-blue", "id": "b1b1b1b1b1b1b1b1"}
API = {"name": "api-blue", "id": "b3b3b3b3b3b3b3b3"}
LISTENER = {"port": 443, "id": "1111111111111111", "default": {"forward": "web-blue", "id": "d1d1d1d1d1d1d1d1"}}
UP: JSON = {
    "policyName": "busy",
    "metricName": "CPUUtilization",
    "namespace": "AWS/EC2",
    "statistic": "average",
    "unit": "percent",
    "threshold": 70,
    "period": 60,
    "evaluationPeriods": 3,
    "cooldown": 300,
    "operator": "gte",
    "action": {"type": "adjustment", "adjustment": 1},
}
TASKS: list[JSON] = [
    {
        "isEnabled": True,
        "taskType": "scale",
        "cronExpression": "0 6 * * 1-5",
        "scaleMinCapacity": 3,
        "scaleMaxCapacity": 9,
        "scaleTargetCapacity": 3,
    },
    {"isEnabled": False, "taskType": "backup_ami", "frequency": "daily"},
]


def launch(**more: Any) -> JSON:  # noqa: ANN401 - any key of a launch specification
    return {"compute": {"launchSpecification": more}}


def user_data(script: str | bytes) -> JSON:
    content = script.encode() if isinstance(script, str) else script
    return launch(userData=base64.b64encode(content).decode())


@dataclass(frozen=True)
class Live:
    """A live group: its config beyond the sandbox's defaults, its name, and its surroundings."""

    config: Mapping[str, Any] = field(default_factory=dict)
    name: str = "web_prod"
    image: str = OLD
    capacity: Any = field(default_factory=lambda: {"minimum": 2, "target": 3, "maximum": 6})
    target_groups: tuple[str, ...] = ("web-blue",)
    changes: Mapping[str, Any] = field(default_factory=dict)
    region: str = "us-east-1"
    group: Mapping[str, Any] = field(default_factory=dict)

    def scenario(self) -> JSON:
        mine = {
            "name": self.name,
            "id": "sig-0abc1234",
            "image": self.image,
            "capacity": self.capacity,
            "target-groups": list(self.target_groups),
            "created": "2026-11-16T10:00:00Z",
            "config": dict(self.config),
            **self.group,
        }
        return {**QUICK, "roles": [{"arn": ROLE}], "region": self.region, "elastigroups": [mine], **self.changes}


def _images(old: str, new: str, **more: Any) -> JSON:  # noqa: ANN401 - any key of an image
    return {
        "images": [
            {"id": OLD, "name": old, "created": "2026-11-16T09:00:00Z", **more},
            {"id": NEW, "name": new, "created": "2026-11-23T09:00:00Z", **more},
        ]
    }


def _elsewhere() -> JSON:
    return {
        "target-groups": [BLUE],
        "load-balancers": [{**ALB, "listeners": [LISTENER]}],
    }


GROUPS: dict[str, Live] = {
    "plain": Live(),
    "numbered": Live(name="web_prod__7"),
    "unnumbered with a hyphen": Live(name="web-prod"),
    "without a load balancer": Live(target_groups=(), changes={"target-groups": [], "load-balancers": []}),
    "classic load balancer": Live(
        launch(loadBalancersConfig={"loadBalancers": [{"name": "web-elb", "type": "CLASSIC"}]}, healthCheckType="ELB"),
        target_groups=(),
    ),
    "one instance": Live(capacity={"minimum": 1, "target": 1, "maximum": 2}),
    "twenty instances": Live(capacity={"minimum": 10, "target": 20, "maximum": 40}),
    "scaled to 0": Live(capacity={"minimum": 0, "target": 0, "maximum": 4}),
    "tags, in another order": Live(
        launch(tags=[{"tagKey": "Team", "tagValue": "shop"}, {"tagKey": "App", "tagValue": "<web> & \"shop\" 'ü'"}])
    ),
    "block devices": Live(
        launch(
            blockDeviceMappings=[
                {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "100", "volumeType": "gp3", "throughput": 250}},
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {"volumeSize": 20, "volumeType": "gp2", "deleteOnTermination": True},
                },
            ]
        )
    ),
    "metadata, credits, cpu": Live(
        launch(
            metadataOptions={"httpTokens": "required", "httpPutResponseHopLimit": 2, "instanceMetadataTags": "Enabled"},
            creditSpecification={"cpuCredits": "unlimited"},
            cpuOptions={"threadsPerCore": 1},
            iamRole={"name": "web"},
            keyPair="web",
            monitoring=True,
            ebsOptimized=True,
        )
    ),
    "resource requirements": Live(
        {
            "compute": {
                "instanceTypes": {
                    "ondemand": "m5.large",
                    "resourceRequirements": {
                        "requiredVCpu": {"minimum": 2, "maximum": 8},
                        "requiredMemory": {"minimum": 4, "maximum": 32},
                        "excludedInstanceFamilies": ["t2"],
                    },
                }
            }
        }
    ),
    "weights": Live(
        {
            "capacity": {"minimum": 4, "target": 8, "maximum": 16, "unit": "weight"},
            "compute": {
                "instanceTypes": {
                    "ondemand": "m5.large",
                    "spot": ["m5.xlarge", "m5.large"],
                    "preferredSpot": ["m5.large"],
                    "weights": [
                        {"instanceType": "m5.xlarge", "weightedCapacity": 2},
                        {"instanceType": "m5.large", "weightedCapacity": 1},
                    ],
                }
            },
        }
    ),
    "several on-demand types": Live({"compute": {"instanceTypes": {"onDemandTypes": ["m5.large", "m4.large"]}}}),
    "zones with subnets": Live(
        {
            "compute": {
                "availabilityZones": [
                    {"name": "us-east-1b", "subnetIds": ["subnet-0bbbbbbb", "subnet-0aaaaaaa"]},
                    {"name": "us-east-1a", "subnetIds": ["subnet-0ccccccc"], "placementGroupName": "web"},
                ],
                "preferredAvailabilityZones": ["us-east-1a"],
            }
        }
    ),
    "subnets without zones": Live({"region": "us-east-1", "compute": {"subnetIds": ["subnet-0aaaaaaa"]}}),
    "scaling policies": Live(
        {
            "scaling": {
                "up": [UP, {**UP, "policyName": "very busy", "threshold": 90.5}],
                "down": [{**UP, "policyName": "idle", "operator": "lte", "threshold": 20}],
                "target": [
                    {
                        "policyName": "at half",
                        "metricName": "CPUUtilization",
                        "namespace": "AWS/EC2",
                        "statistic": "average",
                        "unit": "percent",
                        "target": 50,
                        "cooldown": 300,
                    }
                ],
            }
        }
    ),
    "scheduled tasks": Live({"scheduling": {"tasks": TASKS}}),
    "start-up script": Live(user_data("#!/bin/sh\nset -eu\necho 'größer als „1“' > /etc/motd\nsystemctl start web\n")),
    "script with an expression": Live(user_data('#!/bin/sh\necho "<+env.name> and ${HOME} and <%= x %>"\n')),
    "script with CRLF and no end": Live(user_data("#!/bin/sh\r\necho 1\r\n\techo 2")),
    "PowerShell": Live(user_data("<powershell>\r\nStart-Service web\r\n</powershell>\r\n")),
    "compressed user data": Live(user_data(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x03\x00")),
    "script with a byte order mark": Live(user_data("\ufeff#!/bin/sh\n")),
    "strategy": Live(
        {
            "strategy": {
                "risk": None,
                "onDemandCount": 2,
                "availabilityVsCost": "availabilityOriented",
                "drainingTimeout": 90,
                "fallbackToOd": False,
                "considerODPricing": True,
                "utilizeReservedInstances": True,
                "revertToSpot": {"performAt": "timeWindow", "timeWindows": ["Mon:03:00-Wed:02:30"]},
                "scalingStrategy": {"terminationPolicy": "newestInstance"},
                "signals": [{"name": "INSTANCE_READY", "timeout": 600}],
            }
        }
    ),
    "two target groups": Live(
        target_groups=("web-blue", "api-blue"),
        changes={
            "target-groups": [BLUE, API],
            "load-balancers": [
                {
                    **ALB,
                    "listeners": [
                        {**LISTENER, "rules": [{"priority": 5, "path": "/api/*", "forward": "api-blue"}]},
                    ],
                }
            ],
        },
    ),
    "another region": Live(
        {"compute": {"availabilityZones": [{"name": "eu-west-1a"}, {"name": "eu-west-1c"}]}},
        region="eu-west-1",
        changes=_elsewhere(),
    ),
    "an image with a date and a commit": Live(
        changes=_images("shop-web-20261116T091500Z-0a1b2c3-x86_64", "shop-web-20261123T101500Z-1b2c3d4-x86_64")
    ),
    "a public image of another account": Live(changes=_images("web-1.0", "web-1.1", owner="444455556666", public=True)),
    "an image whose name has no version": Live(changes=_images("golden", "golden-new")),
    "several images of one kind": Live(launch(images=[{"id": OLD}])),
    "a description": Live(group={"description": 'The web shop: <b>prod</b>, 100 % "sure"'}),
    "stage listener": Live(
        changes={
            **Site().scenario(),
            "target-groups": [BLUE, {"name": "web-green", "id": "e1e1e1e1e1e1e1e1"}],
        }
    ),
    "weighted rule": Live(
        changes={
            **Site(rule={"forward": SPLIT}).scenario(),
            "target-groups": [BLUE, {"name": "web-green", "id": "e1e1e1e1e1e1e1e1"}],
        }
    ),
}


def draft(box: Stand, workspace: Path, *, group: str = "sig-0abc1234", **inputs: str) -> Result:
    """Run init for a group, into a workspace of its own."""
    workspace.mkdir(exist_ok=True)
    box.inputs = {}
    return box.run(
        {"operation": "init", "elastigroup-id": group, **inputs}, environ={"GITHUB_WORKSPACE": str(workspace)}
    )


def workflow_in(workspace: Path) -> Path:
    (found,) = (workspace / ".github" / "workflows").glob("*.yml")
    return found


def drafted_use(workspace: Path, operation: str, version: str = "", *, take_over: bool = False) -> Use:
    """Return the step of the drafted workflow, as if a person had started it with these values."""
    values = {"inputs.operation": operation, "inputs.ami-id": "", "inputs.version": version}
    values["inputs.take-over && 'take-over' || ''"] = "take-over" if take_over else ""
    (use,) = uses_of(load(workflow_in(workspace)), "drafted", {**VALUES, **values})
    return use


def run_drafted(box: Stand, workspace: Path, operation: str, **more: str) -> Result:
    """Run the drafted workflow's step, with a person's answers; keys of `more` are inputs of the action.

    A deployment bakes for no time: what the drafted bakes do is seen in the first hour, which is played as it stands.
    """
    use = drafted_use(workspace, operation, "" if operation == "drift" else "golden-new")
    given = dict(use.inputs)
    if operation == "deploy":
        given["bake-time"] = "0s"
        for name in {"canary", "traffic-weights"} & given.keys():
            given[name] = re.sub(r" for \w+", "", given[name])
    return box.run({**given, **more}, environ={"GITHUB_WORKSPACE": str(workspace)})


BLUE_ARN = f"{HEAD}:targetgroup/web-blue/b1b1b1b1b1b1b1b1"
