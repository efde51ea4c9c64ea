"""What ELB's anomaly detection says about targets, for checks."""

from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import require_complete
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.ports import AnomalyApi, TargetAnomaly
from spotaction.model.resources import InstanceId, TargetGroupArn

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

_RESULTS = {"anomalous": True, "normal": False}


class ElbAnomalies(AnomalyApi):
    """Targets of one region, with what ELB's anomaly detection last said."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def read(self, target_group: TargetGroupArn, *, deadline: float) -> tuple[TargetAnomaly, ...]:
        answer = self._aws.read_by(
            "elbv2:DescribeTargetHealth",
            lambda: require_complete(
                self._aws.elbv2().describe_target_health(TargetGroupArn=target_group, Include=["AnomalyDetection"]),
                "TargetHealthDescriptions",
            ),
            deadline,
        )
        return tuple(map(_to_anomaly, answer["TargetHealthDescriptions"]))


def _to_anomaly(described: "TargetHealthDescriptionTypeDef") -> TargetAnomaly:
    found = described.get("AnomalyDetection", {})
    return TargetAnomaly(
        id=InstanceId(described.get("Target", {"Id": ""}).get("Id", "")),
        is_healthy=described.get("TargetHealth", {}).get("State") == "healthy",
        is_anomalous=_RESULTS.get(found.get("Result", "")),
        is_mitigated=found.get("MitigationInEffect") == "yes",
    )
