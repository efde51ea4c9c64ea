"""Where checks run: as steps, in bakes, before the first change, and where they only warn."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import QUICK, Result, stand

_WEIGHTS = {"traffic-weights": "10 for 1m, 100", "downsize-old": "after 30s"}
_EVERYWHERE = """
- {name: quiet, at: start, alarms: web-5xx}
- {name: smoke, after: stage-setup, alarms: web-5xx, successes: 2}
- {name: ready, before: shift-100, alarms: web-5xx}
- {name: watch, during: shift-*, alarms: web-5xx}
- {name: in-the-end, at: end, alarms: web-5xx}
- {name: restored, at: rollback, alarms: web-5xx}
"""


def _alarm(*changes: Mapping[str, Any], state: str = "OK") -> Mapping[str, Any]:
    return {**QUICK, "alarms": [{"name": "web-5xx", "state": state, "reason": "5xx", "changes": list(changes)}]}


def _check_lines(result: Result) -> list[str]:
    """The verdicts in the log, without times."""
    lines = [line[8:] for line in result.log.splitlines() if line[8:].startswith("check ")]
    return [line.partition(" (")[0] for line in lines if "so far" not in line]


def test_each_check_runs_at_its_place_and_those_that_are_steps_are_in_the_record(tmp_path: Path) -> None:
    with stand("shift", tmp_path, _alarm()) as box:
        result = box.run(_WEIGHTS, checks=_EVERYWHERE)

        assert result.code == 0, result.log
        assert _check_lines(result) == [
            "check quiet: passed",
            "check smoke: passed",
            "check watch: passed",
            "check ready: passed",
            "check in-the-end: passed, which decides nothing",
        ]
        steps = ["quiet", "stage-setup", "smoke", "shift-10", "ready", "shift-100", "downsize-old"]
        assert result.record["finished"] == steps
        assert result.record["begun"] == ["stage-setup", "shift-10", "shift-100", "downsize-old"]


def test_a_plan_lists_every_check_and_runs_none(tmp_path: Path) -> None:
    with stand("shift", tmp_path, _alarm()) as box:
        result = box.run(_WEIGHTS, operation="plan", checks=_EVERYWHERE)

        acts = json.loads(result.outputs["plan"])["acts"]
        listed = [(act["step"], act["wait"]) for act in acts if act.get("wait", "").startswith("check ")]
        assert listed == [
            ("quiet", "check quiet"),
            ("smoke", "check smoke"),
            ("shift-10", "check watch"),
            ("ready", "check ready"),
            ("end", "check in-the-end"),
        ]
        # That the alarms exist is asked once, as in a deployment; their states are not.
        assert [call["call"] for call in result.calls if call["call"] == "DescribeAlarms"] == ["DescribeAlarms"]
        assert result.mutations == []


def test_a_check_that_fails_at_the_start_refuses_the_deployment_before_anything_is_changed(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, _alarm(state="ALARM")) as box:
        result = box.run(checks="- {name: quiet, at: start, alarms: web-5xx}")

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert "check quiet: web-5xx is in ALARM: 5xx" in result.log
        assert result.mutations == []


@pytest.mark.parametrize(
    ("where", "step"),
    [("after: stage-setup", "smoke"), ("during: shift-10", "shift-10"), ("before: shift-100", "smoke")],
)
def test_a_check_that_fails_rolls_back_and_is_named(tmp_path: Path, where: str, step: str) -> None:
    with stand("shift", tmp_path, _alarm({"at": 5, "state": "ALARM", "reason": "5xx at 17 percent"})) as box:
        before = box.picture()
        result = box.run(_WEIGHTS, checks=f"- {{name: smoke, {where}, alarms: web-5xx}}")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert result.record["reason"] == f"{step}: check smoke: web-5xx is in ALARM: 5xx at 17 percent."
        assert box.picture() == before


def test_a_dry_run_shows_its_verdict_and_decides_nothing(tmp_path: Path) -> None:
    checks = """
- {name: smoke, after: stage-setup, alarms: web-5xx, dry-run: true}
- {name: watch, during: shift-10, alarms: web-5xx, dry-run: true}
"""
    with stand("shift", tmp_path, _alarm(state="ALARM")) as box:
        result = box.run(_WEIGHTS, checks=checks)

        assert result.outputs["status"] == "deployed", result.log
        assert "check smoke: web-5xx is in ALARM: 5xx, which decides nothing." in result.log
        assert "check watch: web-5xx is in ALARM: 5xx, which decides nothing." in result.log


def test_at_the_end_a_check_only_warns(tmp_path: Path) -> None:
    with stand("basic", tmp_path, _alarm(state="ALARM")) as box:
        result = box.run(checks="- {name: in-the-end, at: end, alarms: web-5xx}")

        assert (result.code, result.outputs["status"]) == (0, "deployed")
        assert "::warning" in result.log
        assert "check in-the-end: web-5xx is in ALARM: 5xx, which decides nothing." in result.log


def test_a_deployment_that_stops_half_way_is_not_at_its_end(tmp_path: Path) -> None:
    with stand("basic", tmp_path, _alarm()) as box:
        checks = "- {name: in-the-end, at: end, alarms: web-5xx}"
        stopped, ended = box.run(checks=checks, until="setup"), box.run(operation="continue", checks=checks)

        assert "check in-the-end" not in stopped.log
        assert "check in-the-end: passed" in ended.log


def test_after_a_rollback_a_check_only_warns(tmp_path: Path) -> None:
    with stand("basic", tmp_path, _alarm(state="ALARM")) as box:
        box.run(checks="")
        result = box.run(operation="rollback", checks="- {name: restored, at: rollback, alarms: web-5xx}")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back")
        assert "check restored: web-5xx is in ALARM: 5xx, which decides nothing." in result.log


def test_a_rollback_does_not_need_checks_that_can_be_read(tmp_path: Path) -> None:
    with stand("basic", tmp_path, _alarm()) as box:
        box.run()
        result = box.run(operation="rollback", checks="- {name: restored, at: rollback, alarm: web-5xx}")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back")
        assert "Checks cannot be read, so none runs after the rollback: input checks:1:" in result.log


def test_continue_does_not_repeat_checks_that_passed(tmp_path: Path) -> None:
    checks = (
        "- {name: smoke, after: stage-setup, alarms: web-5xx}\n- {name: ready, before: swap-route, alarms: web-5xx}"
    )
    with stand("blue-green", tmp_path, _alarm()) as box:
        first = box.run(checks=checks, until="smoke")
        assert (first.outputs["status"], first.record["finished"]) == ("stopped", ["stage-setup", "smoke"])

        second = box.run(operation="continue", checks=checks, deployment=first.outputs["deployment"])

        assert second.outputs["status"] == "deployed", second.log
        assert _check_lines(second) == ["check ready: passed"]
        assert "smoke was already completed." in second.log
