"""DescribeTargetHealth with anomaly detection: what is not reported stays unknown."""

import pytest

from spotaction.cloud.aws.anomalies import ElbAnomalies
from spotaction.model.errors import ApiError
from spotaction.model.ports import TargetAnomaly
from spotaction.model.resources import InstanceId, TargetGroupArn
from tests.support.aws_adapter import JSON, ScriptedAws, quiet

GROUP = TargetGroupArn("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1")


def target(name: str, state: str = "healthy", **anomaly: str) -> JSON:
    described: JSON = {"Target": {"Id": name}, "TargetHealth": {"State": state}}
    return {**described, "AnomalyDetection": anomaly} if anomaly else described


def test_each_target_comes_with_what_the_load_balancer_says_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    cloud = ScriptedAws("elbv2")
    described = [
        target("i-1", Result="normal", MitigationInEffect="no"),
        target("i-2", Result="anomalous", MitigationInEffect="yes"),
        target("i-3", Result="puzzling"),
        target("i-4", "draining"),
        {},
    ]
    cloud.will("DescribeTargetHealth", {"TargetHealthDescriptions": described})
    assert ElbAnomalies(cloud.aws).read(GROUP, deadline=1e9) == (
        TargetAnomaly(InstanceId("i-1"), is_healthy=True, is_anomalous=False),
        TargetAnomaly(InstanceId("i-2"), is_healthy=True, is_anomalous=True, is_mitigated=True),
        TargetAnomaly(InstanceId("i-3"), is_healthy=True),
        TargetAnomaly(InstanceId("i-4"), is_healthy=False),
        TargetAnomaly(InstanceId(""), is_healthy=False),
    )
    assert cloud.sent == [("DescribeTargetHealth", {"TargetGroupArn": GROUP, "Include": ["AnomalyDetection"]})]


def test_an_answer_without_targets_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    cloud = ScriptedAws("elbv2", attempts=1)
    cloud.will("DescribeTargetHealth", {})
    with pytest.raises(ApiError, match="No response from AWS for elbv2:DescribeTargetHealth"):
        ElbAnomalies(cloud.aws).read(GROUP, deadline=1e9)
