import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from spotaction.sandbox import JumpingClock, Sandbox, ScenarioError
from spotaction.sandbox.__main__ import main
from tests.support.sandboxes import JSON, SCENARIO, Spot, new_group

GROUPS = "/aws/ec2/group"


@pytest.fixture
def limited(scenario: JSON, clock: JumpingClock) -> Sandbox:
    return Sandbox(scenario | {"rate-limit": 3}, clock=clock)


def test_the_limit_slides_with_the_calls(limited: Sandbox, clock: JumpingClock) -> None:
    spot, seen = Spot(limited), []
    for wait in (5, 5, 5, 5, 47):
        clock.sleep(wait)
        answer = spot.call("GET", GROUPS)
        seen.append((answer.status_code, answer.headers["X-RateLimit-Remaining"]))
    assert seen == [(200, "2"), (200, "1"), (200, "0"), (429, "0"), (200, "0")]
    limited.close()


def test_a_blocked_call_returns_how_long_to_wait(limited: Sandbox, clock: JumpingClock) -> None:
    spot = Spot(limited)
    for _ in range(3):
        spot.call("GET", GROUPS)
    clock.sleep(20)
    answer = spot.call("GET", GROUPS)
    assert answer.headers["X-RateLimit-Limit"] == "3"
    assert answer.headers["X-RateLimit-Reset"] == "40"
    response = answer.json()["response"]
    assert response == {"status": {"code": 429, "message": "Too Many Requests"}, "data": "Rate limit exceeded"}
    assert int(spot.call("GET", GROUPS).headers["X-RateLimit-Reset"]) > 40
    assert limited.state()["blocked-calls"] == 2
    limited.close()


def test_routes_and_methods_have_limits_of_their_own(limited: Sandbox) -> None:
    spot = Spot(limited)
    ids = [spot.items("POST", GROUPS, new_group())[0]["id"] for _ in range(3)]
    assert spot.call("POST", GROUPS, new_group()).status_code == 429
    assert [spot.call("GET", f"{GROUPS}/{ident}").status_code for ident in ids] == [200] * 3
    assert spot.call("GET", f"{GROUPS}/{ids[0]}").status_code == 429
    limited.close()


def test_a_limit_of_null_is_off(scenario: JSON) -> None:
    box = Sandbox(scenario | {"rate-limit": None})
    assert "X-RateLimit-Limit" not in Spot(box).call("GET", GROUPS).headers
    box.close()


def test_calls_record_the_requests(spot: Spot, sandbox: Sandbox) -> None:
    ident = sandbox.state()["groups"][0]["id"]
    spot.call("PUT", f"{GROUPS}/{ident}/capacity", {"capacity": {"target": 2}}, accountId=sandbox.account_id)
    assert spot.call("GET", "/sandbox/calls").json() == sandbox.calls()
    assert sandbox.calls() == [
        {
            "index": 0,
            "service": "spot",
            "call": "PUT /aws/ec2/group/{id}/capacity",
            "method": "PUT",
            "path": f"{GROUPS}/{ident}/capacity",
            "query": {"accountId": sandbox.account_id},
            "body": {"capacity": {"target": 2}},
            "status": 200,
            "time": 0.0,
            "mutation": True,
            "fault": None,
        }
    ]


def test_the_state_is_served(spot: Spot, sandbox: Sandbox) -> None:
    state = spot.call("GET", "/sandbox/state").json()
    assert state == sandbox.state()
    assert sorted(state) == [
        "alarms", "blocked-calls", "groups", "production", "routes", "target-health", "time",
    ]  # fmt: skip


def test_a_jumping_clock_is_advanced_over_http(spot: Spot) -> None:
    assert spot.call("POST", "/sandbox/clock", {"seconds": 90}).json()["elapsed"] == 90
    assert spot.call("GET", "/sandbox/clock").json()["elapsed"] == 90
    assert spot.call("GET", "/sandbox/unknown").status_code == 404


def test_all_problems_of_a_scenario_are_reported_at_once() -> None:
    broken = {"region": "mars", "images": [{"id": "ami-1"}], "elastigroups": [{"name": "a", "capacity": -1}], "x": 1}
    with pytest.raises(ScenarioError) as caught:
        Sandbox(broken)
    assert len(caught.value.problems) == 4
    assert "images[0]: 'name' is a required property" in caught.value.problems


def test_a_scenario_may_be_a_yaml_file_with_dates(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("elastigroups:\n- {name: a, created: 2019-01-01T00:00:00Z}\nfiller-groups: 2\n")
    box = Sandbox(path)
    assert Spot(box).items("GET", GROUPS)[0]["createdAt"] == "2019-01-01T00:00:00.000Z"
    assert len(Spot(box).items("GET", GROUPS)) == 3
    assert len(box.state()["groups"]) == 1
    box.close()


def test_serve_prints_one_line_and_stops_at_a_signal(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(SCENARIO))
    command = [sys.executable, "-m", "spotaction.sandbox", "serve", "--scenario", str(path), "--speed", "100"]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert sorted(line) == [
            "account-id", "aws-access-key-id", "aws-account-id", "aws-endpoint-url", "aws-secret-access-key",
            "region", "spot-api-url", "token",
        ]  # fmt: skip
        headers = {"Authorization": f"Bearer {line['token']}"}
        answer = requests.get(line["spot-api-url"] + GROUPS, headers=headers, timeout=10)
        assert answer.json()["response"]["items"][0]["name"] == "web"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""


def test_serve_reports_what_is_wrong_with_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("regoin: us-east-1\n")
    assert main(["serve", "--scenario", str(path)]) == 2
    assert "'regoin' was unexpected" in capsys.readouterr().err
