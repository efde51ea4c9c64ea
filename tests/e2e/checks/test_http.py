"""Checks by requests, in whole deployments: against a real server on loopback, and of a listener of the sandbox."""

import shutil
from pathlib import Path

import pytest

from spotaction.model.ports import HttpRequest
from tests.support.action import NEW, QUICK, ROOT, Result, stand
from tests.support.cancelled_process import cloud
from tests.support.http_checks import ScriptedClient, reply
from tests.support.web_server import OK, answer, sends, serve, trickles

TOKEN = "s3cr3t-of-the-check"
DOWN = answer("503 Service Unavailable", f"no database; you sent Bearer {TOKEN}".encode())


def checks(port: int, where: str = "after: stage-setup", more: str = "") -> str:
    return f"""
- name: smoke
  {where}
  {more}
  http:
    url: http://127.0.0.1:{port}/health?key={TOKEN}
    headers: {{Authorization: Bearer {TOKEN}}}
"""


def route_changes(result: Result) -> list[str]:
    return [call["call"] for call in result.mutations if call["call"] in {"ModifyRule", "ModifyListener"}]


def checks_table(result: Result) -> list[str]:
    """The rows of the summary's table of the release's checks, without how long they took and when."""
    lines = result.summary.partition("### Checks\n\n")[2].split("\n\n")[0].splitlines()[2:]
    return [" | ".join(cell.strip() for cell in line.strip("| ").split(" | ")[:5]) for line in lines]


def test_a_release_that_answers_is_deployed_and_the_summary_says_what_it_answered(tmp_path: Path) -> None:
    with serve(sends(OK), folder=tmp_path, tls=False) as server, stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(checks=checks(server.port))
    assert result.outputs["status"] == "deployed", result.log
    assert len(server.requests) == 1
    assert f"Authorization: Bearer {TOKEN}" in server.requests[0]
    (row,) = checks_table(result)
    assert row.startswith("smoke (http) | stage-setup | ✅ passed | 200 in ")
    assert row.endswith(" ms | status 200-299")


def test_a_release_that_does_not_answer_never_gets_a_request_of_production(tmp_path: Path) -> None:
    with serve(sends(DOWN), folder=tmp_path, tls=False) as server, stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        result = box.run(checks=checks(server.port, more="attempts: 3, failures: 2".replace(", ", "\n  ")))
        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert box.picture() == before
    assert route_changes(result) == []
    assert len(server.requests) == 3
    reason = f"GET http://127.0.0.1:{server.port}/health?…: status 503: 'no database; you sent Bearer ***'"
    assert result.record["reason"].startswith(f"smoke: check smoke: {reason}")


def test_a_secret_of_a_check_is_in_nothing_that_anybody_reads(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    with serve(sends(DOWN), folder=tmp_path, tls=False) as server, stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(checks=checks(server.port), report="report.json", environ={"GITHUB_WORKSPACE": str(tmp_path)})
        assert result.outputs["status"] == "rolled-back", result.log
    lines = result.log.splitlines()
    shown = [line for line in lines if not line.startswith("::add-mask::")]
    assert f"::add-mask::{TOKEN}" in lines
    assert TOKEN not in "\n".join([*shown, result.summary, *result.outputs.values(), *result.state.values()])
    assert TOKEN not in (tmp_path / "report.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("where", ["after: stage-setup", "at: start", "at: end", "during: swap-route"])
def test_a_plan_sends_no_request(tmp_path: Path, where: str) -> None:
    with serve(sends(OK), folder=tmp_path, tls=False) as server, stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(checks=checks(server.port, where), operation="plan", bake_time="1m")
    assert result.outputs["status"] == "planned", result.log
    assert server.requests == []
    assert "| smoke (http) | " in result.summary


def test_a_cancel_ends_a_request_that_nobody_answers_and_the_routes_stay(tmp_path: Path) -> None:
    with serve(trickles(b"", b"H", 0.1), folder=tmp_path, tls=False) as server, cloud("blue-green", tmp_path) as clouds:
        before = clouds.weights
        found = clouds.cancel(lambda _cloud, _process: bool(server.requests), checks=checks(server.port))
        assert found.code == 130, found.log
        assert clouds.weights == before
    assert found.record["begun"] == ["stage-setup"]


def test_a_path_is_asked_of_the_stage_listener_under_the_host_of_production(tmp_path: Path) -> None:
    web = ScriptedClient([reply(200, f'{{"image": "{NEW}"}}'.encode())])
    written = """
- {name: smoke, after: stage-setup, http: {path: /health, json: {image: "{{image}}"}}}
- {name: restored, at: end, http: {path: /, listener: production}}
"""
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(checks=written, web=web)
    assert result.outputs["status"] == "deployed", result.log
    assert [described(request) for request in web.sent] == [
        "http://shop.example.com:8443/health at web-alb",
        "http://shop.example.com:443/ at web-alb",
    ]


def described(request: HttpRequest) -> str:
    return f"{request.url} at {request.address.partition('-1')[0]}"
