"""How a check may end early: killed or cancelled; and what is never shown of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from tests.support.action import JSON, KILLED, QUICK, Result, Stand, stand

_ALARM = {**QUICK, "alarms": [{"name": "web-5xx", "state": "OK", "changes": []}]}
_SHIFT = {"traffic-weights": "10 for 30s, 100", "downsize-old": "after 0s"}
_CHECKS = """
- {name: quiet, at: start, alarms: web-5xx}
- {name: smoke, after: stage-setup, alarms: web-5xx, successes: 2}
- {name: watch, during: shift-10, alarms: web-5xx}
- {name: ready, before: shift-100, alarms: web-5xx}
- {name: in-the-end, at: end, alarms: web-5xx}
"""
_STEPS = ["quiet", "stage-setup", "smoke", "shift-10", "ready", "shift-100", "downsize-old"]


def _started(result: Result) -> list[str]:
    """The steps that ran, as groups of the log."""
    return [line.removeprefix("::group::") for line in result.log.splitlines() if line.startswith("::group::")]


def _run_whole(folder: Path) -> list[JSON]:
    with stand("shift", folder, _ALARM) as box:
        result = box.run(_SHIFT, checks=_CHECKS)
        assert result.outputs["status"] == "deployed", result.log
        return [call for call in result.calls if call["call"] == "DescribeAlarms"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("effect", ["kill", "kill-before"])
def test_a_run_that_was_killed_in_a_check_is_continued_and_repeats_none_that_passed(
    tmp_path: Path, effect: str
) -> None:
    measured = _run_whole(tmp_path)

    assert len(measured) == 10, "whether it exists, quiet, smoke twice, watch four times, ready, and in-the-end"
    for number in range(2, len(measured) + 1):  # at the first, nothing has begun that could be continued
        folder = tmp_path / str(number)
        folder.mkdir()
        with stand("shift", folder, _ALARM) as box:
            box.sandbox.add_fault({"match": {"call": "DescribeAlarms", "nth": number}, "effect": effect})
            killed = box.run(_SHIFT, checks=_CHECKS)
            assert killed.code == KILLED
            done = json.loads(killed.state["deployment"])["finished"] if "deployment" in killed.state else []
            box.clock.sleep(6 * 3600)

            result = box.run(
                _SHIFT,
                operation="continue",
                checks=_CHECKS,
                deployment=killed.state.get("deployment", ""),
                allow="take-over",
                run_id="4712",
            )

            assert result.outputs["status"] == "deployed", result.log
            assert result.record["finished"] == _STEPS
            # The last check runs after everything is finished: what is continued then is nothing.
            expected = [step for step in _STEPS if step not in done]
            assert _started(result) == expected


def _cancel_in(tmp_path: Path, call: JSON, check: Callable[[Stand, Result, JSON], None]) -> None:
    interrupt = Cancellation()
    with stand("shift", tmp_path, _ALARM, on_kill=lambda: interrupt.request_cancel("SIGTERM")) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": call, "effect": "kill"})
        result = box.run(_SHIFT, checks=_CHECKS, interrupt=interrupt)
        check(box, result, before)


@pytest.mark.parametrize("number", range(1, 10))
def test_a_run_that_is_cancelled_in_a_check_ends_at_once_with_production_as_before(tmp_path: Path, number: int) -> None:
    def check(box: Stand, result: Result, before: JSON) -> None:
        assert (result.code, result.outputs["status"]) == (130, "cancelled"), result.log
        asked = [call["time"] for call in result.calls if call["call"] == "DescribeAlarms"]
        assert result.calls[-1]["time"] - asked[-1] <= 3
        assert box.rules() == before["rules"]

    _cancel_in(tmp_path, {"call": "DescribeAlarms", "nth": number}, check)


def test_a_cancel_in_a_check_at_the_end_leaves_the_deployment_as_it_is(tmp_path: Path) -> None:
    def check(box: Stand, result: Result, before: JSON) -> None:
        del before
        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert "check in-the-end was cut short: Cancelled by the runner (SIGTERM)." in result.log
        assert box.production["healthy-now"] == 3

    _cancel_in(tmp_path, {"call": "DescribeAlarms", "nth": 10}, check)


def test_signing_secrets_and_credentials_are_masked_before_the_first_check(tmp_path: Path) -> None:
    checks = """
- name: hook
  at: end
  webhook: {url: "https://127.0.0.1:9/", secret: s3cr3t-s1gn, headers: {Authorization: Bearer t0ken-xyz}}
"""
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(checks=checks)

        assert result.outputs["status"] == "deployed", result.log
        masked, _, rest = result.log.rpartition("::add-mask::")
        assert "s3cr3t-s1gn" in masked
        assert "t0ken-xyz" not in rest.partition("\n")[2]
        assert "s3cr3t-s1gn" not in result.summary + json.dumps(result.outputs) + rest
