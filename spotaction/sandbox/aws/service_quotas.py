"""Service Quotas: the one quota that a deployment asks for, and how much of it runs."""

import json
from collections.abc import Mapping

from werkzeug import Request

from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.moto_backends import vcpus_of
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

SPOT_STANDARD = "L-34B43A08"
USAGE_METRIC: JSON = {
    "MetricNamespace": "AWS/Usage",
    "MetricName": "ResourceCount",
    "MetricDimensions": {"Class": "Standard/Spot", "Resource": "vCPU", "Service": "EC2", "Type": "Resource"},
    "MetricStatisticRecommendation": "Maximum",
}


class ServiceQuotas:
    """Handles one request: AWS's JSON protocol, without moto, which knows no quota of EC2."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _dispatch(self, request: Request, url: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body, as moto's handlers do."""
        del url
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation != "GetServiceQuota":
            raise AwsError("UnknownOperationException", f"The sandbox has no operation {operation}.")
        asked = json.loads(request.get_data(as_text=True) or "{}")
        code, service = asked.get("QuotaCode"), asked.get("ServiceCode")
        if (service, code) != ("ec2", SPOT_STANDARD):
            raise AwsError("NoSuchResourceException", f"The quota {code} of {service} does not exist.")
        quota = {
            "ServiceCode": "ec2",
            "QuotaCode": SPOT_STANDARD,
            "QuotaName": "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
            "Value": float(self._world.scenario.capacity.spot_vcpu_quota),
            "UsageMetric": USAGE_METRIC,
        }
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"Quota": quota})


def spot_vcpus_in_use(world: World) -> int:
    """Return the vCPUs of all running Spot instances, and those that other accounts' workloads hold in the scenario."""
    running = [
        member
        for group in world.groups.values()
        for member in group.members
        if member.spot_request is not None and member.phase == "running"
    ]
    return world.scenario.capacity.spot_vcpus_used + sum(vcpus_of(member.instance_type) for member in running)
