"""New against old on CloudWatch's minutes: the whole way from the list of checks to a rollback, a pass, and a plan."""

from collections.abc import Mapping
from pathlib import Path

import boto3

from spotaction.sandbox import BotocoreHook
from spotaction.sandbox.aws.metrics.store import MetricKey
from spotaction.sandbox.clock import EPOCH
from tests.support.action import QUICK, Stand, stand

_SHIFT = {"traffic-weights": "10 for 30m, 100", "downsize-old": "after 30s"}
_CHECK = "- {name: rates, during: shift-10, compare: {errors: }}"
_MINUTES = 120


def _count(box: Stand, *, new_errors: float) -> None:
    """An hour of the old group's requests before, and two of both, each minute visible 90 s after its end."""
    client = boto3.client(
        "elbv2",
        region_name="us-east-1",
        aws_access_key_id=box.sandbox.access_key[0],
        aws_secret_access_key=box.sandbox.access_key[1],
    )
    BotocoreHook(box.sandbox.aws_app).install(client.meta.events)
    balancer = client.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"].partition("loadbalancer/")[2]
    for group in client.describe_target_groups()["TargetGroups"]:
        name = group["TargetGroupArn"].rsplit(":", maxsplit=1)[-1]
        is_new, group_of = "green" in name, {"LoadBalancer": balancer, "TargetGroup": name}
        requests, errors = (600, new_errors) if is_new else (5400, 5)
        for minute in range(0 if is_new else -_MINUTES, _MINUTES):
            _add(box, group_of, minute, "RequestCount", requests)
            _add(box, group_of, minute, "HTTPCode_Target_5XX_Count", errors)


def _add(box: Stand, dimensions: Mapping[str, str], minute: int, metric: str, value: float) -> None:
    key = MetricKey.of("AWS/ApplicationELB", metric, dimensions)
    moment = EPOCH + 60 * minute
    box.sandbox.world.metrics.add(key, moment, value, visible_at=moment + 150)


def test_a_bad_ami_is_rolled_back_in_the_first_shift(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        _count(box, new_errors=30)
        result = box.run(_SHIFT, checks=_CHECK)
    assert result.outputs["status"] == "rolled-back", result.log
    assert "check rates: failed" in result.log
    assert "in 2 minutes; the new group fails more often" in result.log
    assert "### Failed requests: rates in shift-10" in result.summary
    assert "gray: failed after 2 minutes" in result.summary


def test_a_good_ami_passes_and_is_deployed(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        _count(box, new_errors=0.5)
        result = box.run(_SHIFT, checks=_CHECK)
    assert result.outputs["status"] == "deployed", result.log
    assert "check rates: passed" in result.log
    assert "the new group does not fail more often" in result.log


def test_a_plan_says_from_the_last_hour_whether_the_bake_can_decide_and_compares_nothing(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        _count(box, new_errors=30)
        result = box.run(_SHIFT, operation="plan", checks=_CHECK, traffic_weights="10 for 5m, 100")
    assert result.outputs["status"] == "planned", result.log
    assert "10% for 5 min cannot decide; it needs about " in result.summary
    assert [call["call"] for call in result.calls].count("GetMetricData") == 1
    assert result.mutations == []
