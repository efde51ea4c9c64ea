"""Hooks and queries in whole deployments: servers on loopback are asked, and CloudWatch is the sandbox's."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from spotaction.sandbox import JumpingClock
from spotaction.sandbox.action_transport import ActionClock
from spotaction.sandbox.aws.metrics.store import MetricKey
from tests.support.action import QUICK, Stand, stand
from tests.support.web_server import Behave, answer, sends, serve

_SHIFT = {"traffic-weights": "10 for 10m, 100", "downsize-old": "after 0s"}
_SECRET = "s3cr3t-of-the-gate"


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def vector(value: str) -> Behave:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]}]}
    return sends(answer("200 OK", json.dumps({"status": "success", "data": data}).encode()))


def gate(port: int) -> str:
    return f"- {{name: gate, after: stage-setup, webhook: {{url: 'http://127.0.0.1:{port}/gate', secret: {_SECRET}}}}}"


def share(port: int) -> str:
    query = 'errors{group="{{new.group}}"}[{{window}}]'
    return f"""
- name: share
  during: shift-10
  prometheus: {{address: 'http://127.0.0.1:{port}', query: '{query}', success: result < 0.01}}
"""


_METRIC = {"TargetGroup": "targetgroup/web-green/e1e1e1e1e1e1e1e1"}
_CLOUDWATCH = """
- name: share
  during: shift-10
  cloudwatch:
    success: result <= 0.01
    queries:
      - Id: result
        MetricStat:
          Metric: {Namespace: Team, MetricName: Share, Dimensions: [{Name: TargetGroup, Value: "{{new.target-group}}"}]}
          Stat: Average
"""


def feed(box: Stand, values: Mapping[int, float]) -> None:
    """Let the team's metric have these values from so many minutes on, and 0 in all others of the next hours."""
    start = box.sandbox.world.timeline.now // 60 * 60
    for minute in range(180):
        at = start + 60 * minute
        value = values.get(minute, 0.0)
        if value >= 0:  # below that, there is none
            box.sandbox.world.metrics.add(MetricKey.of("Team", "Share", _METRIC), at, value, visible_at=at + 150)


def test_a_gate_that_is_not_decided_is_asked_until_it_is(tmp_path: Path) -> None:
    waiting = answer("202 Accepted", b"testing", "Retry-After: 20", "Location: /jobs/7")
    with serve(sends(waiting), sends(answer("200 OK", b"all good")), folder=tmp_path, tls=False) as server:
        with stand("shift", tmp_path, QUICK) as box:
            result = box.run(_SHIFT, checks=gate(server.port))
        assert result.outputs["status"] == "deployed", result.log
        assert [request.split(" HTTP")[0] for request in server.requests] == ["POST /gate", "GET /jobs/7"]
    told = json.loads(server.requests[0].partition("\r\n\r\n")[2])
    assert (told["step"], told["weight"]) == ("stage-setup", 0)
    assert _SECRET not in result.log.replace(f"::add-mask::{_SECRET}", "")


def test_a_gate_that_refuses_ends_a_deployment_before_production_changed(tmp_path: Path) -> None:
    with (
        serve(sends(answer("409 Conflict", b"change freeze")), folder=tmp_path, tls=False) as server,
        stand("shift", tmp_path, QUICK) as box,
    ):
        before = box.picture()
        result = box.run(_SHIFT, checks=gate(server.port))
        assert result.outputs["status"] == "rolled-back", result.log
        assert "the answer was 409: change freeze" in result.log
        assert box.rules() == before["rules"]


def test_a_query_that_turns_bad_in_the_bake_rolls_the_shift_back(tmp_path: Path) -> None:
    with (
        serve(vector("0.001"), vector("NaN"), vector("0.2"), folder=tmp_path, tls=False) as server,
        stand("shift", tmp_path, QUICK) as box,
    ):
        before = box.picture()
        result = box.run(_SHIFT, checks=share(server.port))
        assert result.outputs["status"] == "rolled-back", result.log
        assert "0.2 does not meet the condition" in result.log
        assert box.rules() == before["rules"]
        group = result.record["new"]["id"]
    assert len(server.requests) == 3
    assert group in server.requests[0]


def test_a_query_that_names_the_new_instances_gets_their_addresses(tmp_path: Path) -> None:
    with (
        serve(vector("0.001"), folder=tmp_path, tls=False) as server,
        stand("shift", tmp_path, QUICK) as box,
    ):
        query = 'up{instance=~"{{new.ips}}:9100", id=~"{{new.instances}}"}'
        checks = f"- {{name: up, during: shift-10, prometheus: {{address: 'http://127.0.0.1:{server.port}',"
        result = box.run(_SHIFT, checks=f"{checks} query: '{query}', success: result < 1}}}}")
        assert result.outputs["status"] == "deployed", result.log
    asked = parse_qs(server.requests[0].partition("\r\n\r\n")[2])["query"][0]
    assert re.fullmatch(r'up\{instance=~"\((\d+(\[\.\]\d+){3}\|?)+\):9100", id=~"\((i-[0-9a-f]+\|?)+\)"\}', asked), (
        asked
    )


@pytest.mark.parametrize("value", ["NaN", "+Inf"])
def test_a_query_that_never_has_a_number_never_passes(tmp_path: Path, value: str) -> None:
    with (
        serve(vector(value), folder=tmp_path, tls=False) as server,
        stand("shift", tmp_path, QUICK) as box,
    ):
        result = box.run(_SHIFT, checks=share(server.port))
        assert result.outputs["status"] == "rolled-back", result.log
        assert f"the query returned {float(value)}" in result.log


def test_a_metric_that_stays_good_lets_the_shift_go_on_with_a_call_a_minute(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        feed(box, {})
        result = box.run(_SHIFT, checks=_CLOUDWATCH)
        assert result.outputs["status"] == "deployed", result.log
        asked = [call["time"] for call in result.calls if call["call"] == "GetMetricData"]
    assert len(asked) == 7, "the first minute is complete after three of ten"
    assert {round(after - before) for before, after in pairwise(asked)} == {60}


@pytest.mark.parametrize(
    ("value", "reason"),
    [(0.02, "does not meet the condition"), (-1.0, "have no value; where that means 0, write FILL")],
)
def test_a_metric_that_is_bad_or_missing_rolls_the_shift_back(tmp_path: Path, value: float, reason: str) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        feed(box, dict.fromkeys(range(180), value))
        result = box.run(_SHIFT, checks=_CLOUDWATCH)
        assert result.outputs["status"] == "rolled-back", result.log
        assert reason in result.log
        assert box.rules() == before["rules"]


class WrongClock(ActionClock):
    """The clock of a runner whose wall time is off by `seconds` from the moment `after` on."""

    def __init__(self, clock: JumpingClock, seconds: float, after: float) -> None:
        super().__init__(clock)
        self.seconds, self.after = seconds, after

    def time(self) -> datetime:
        return super().time() + timedelta(seconds=self.seconds if self.now() >= self.after else 0.0)


@pytest.mark.parametrize("seconds", [-86400.0, -3600.0, -600.0, 3600.0])
@pytest.mark.parametrize("after", [0.0, 300.0])
def test_a_metric_is_read_of_the_releases_minutes_whatever_the_runners_clock_says(
    tmp_path: Path, seconds: float, after: float
) -> None:
    for bad, status in ((0.0, "deployed"), (0.02, "rolled-back")):
        with stand("shift", tmp_path, QUICK) as box:
            start = box.sandbox.world.timeline.now // 60 * 60
            for minute in range(-1500, 60):
                at, value = start + 60 * minute, bad if minute >= 3 else 0.0
                box.sandbox.world.metrics.add(MetricKey.of("Team", "Share", _METRIC), at, value, visible_at=at + 150)
            clock = WrongClock(box.clock, seconds, start + after)
            result = box.run(_SHIFT, checks=_CLOUDWATCH, clock=clock)
            assert result.outputs["status"] == status, result.log


def test_a_plan_asks_nobody(tmp_path: Path) -> None:
    with (
        serve(vector("0.001"), folder=tmp_path, tls=False) as server,
        stand("shift", tmp_path, QUICK) as box,
    ):
        result = box.run(
            _SHIFT,
            operation="plan",
            checks=gate(server.port) + share(server.port) + _CLOUDWATCH.replace("share", "metric"),
        )
        assert result.outputs["status"] == "planned", result.log
        assert server.requests == []
        assert [call["call"] for call in result.calls if call["call"] in {"GetMetricData", "Invoke"}] == []


@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_an_alarm_that_a_check_names_and_that_does_not_exist_is_refused_before_anything_is_changed(
    tmp_path: Path, operation: str
) -> None:
    checks = "- {name: quiet, before: shift-10, alarms: [web-5xx, web-6xx]}"
    with stand("shift", tmp_path, QUICK | {"alarms": [{"name": "web-5xx"}]}) as box:
        result = box.run(checks=checks, operation=operation)
    assert (result.outputs["status"], result.mutations) == ("refused", [])
    assert "CloudWatch alarms not found in us-east-1: web-6xx." in result.log
    assert "check the names and the region of the alarms" in result.log


def test_an_alarm_of_a_check_may_be_named_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:web-5xx"
    with stand("shift", tmp_path, QUICK | {"alarms": [{"name": "web-5xx"}]}) as box:
        result = box.run(checks=f"- {{name: quiet, before: shift-10, alarms: ['{arn}']}}")
    assert result.outputs["status"] == "deployed", result.log


def test_a_firing_alarm_that_is_named_by_its_arn_is_not_watched_if_that_is_allowed(tmp_path: Path) -> None:
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:web-5xx"
    with stand("shift", tmp_path, QUICK | {"alarms": [{"name": "web-5xx", "state": "ALARM"}]}) as box:
        result = box.run(alarms=arn, allow="firing-alarms")
    assert result.outputs["status"] == "deployed", result.log
