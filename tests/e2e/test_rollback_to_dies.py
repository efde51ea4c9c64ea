"""A run that deploys a kept version again and dies leaves what every deployment leaves: a rollback, or continue."""

from pathlib import Path

import pytest

from spotaction.post import main_post
from tests.support.action import JSON, KILLED, NEW, OLD, QUICK, Result, Stand, stand

JOB = {"GITHUB_JOB": "deploy", "RUNNER_NAME": "runner 1"}
SCALE = "PUT /aws/ec2/group/{id}/capacity"
CREATE = "POST /aws/ec2/group"
DEATHS = [
    ("basic", CREATE, 1),
    ("basic", SCALE, 2),
    ("canary", SCALE, 3),
    ("blue-green", CREATE, 1),
    ("blue-green", "ModifyRule", 1),
    ("shift", "ModifyRule", 2),
    ("shift", SCALE, 2),
]


def died(box: Stand, call: str, nth: int, operation: str = "rollback") -> Result:
    assert box.run().outputs["status"] == "deployed"
    box.sandbox.add_fault({"match": {"call": call, "nth": nth}, "effect": "kill"})
    inputs = {"rollback-to": "web-2026.11.16", "artifact-version": "", "operation": operation}
    result = box.run(inputs, environ=JOB, run_id="4712")
    assert result.code == KILLED, result.log
    return result


def serving(box: Stand) -> list[JSON]:
    return [group for group in box.groups().values() if group["capacity"]["target"] > 0]


@pytest.mark.sampled(5)
@pytest.mark.parametrize(("strategy", "call", "nth"), DEATHS)
@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_the_post_step_rolls_it_back(tmp_path: Path, strategy: str, call: str, nth: int, operation: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        main = died(box, call, nth, operation)
        state = {f"STATE_{name}": value for name, value in main.state.items()}
        inputs = {"rollback-to": "web-2026.11.16", "artifact-version": "", "operation": operation}
        result = box.run(inputs, act=main_post, environ={**JOB, **state}, run_id="4712")
        assert result.code == 0, result.log
        assert [group["image"] for group in serving(box)] == [NEW]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("strategy", "call", "nth"), DEATHS)
def test_a_later_rollback_reverts_it_and_production_keeps_the_version_from_before(
    tmp_path: Path, strategy: str, call: str, nth: int
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        died(box, call, nth)
        result = box.run(operation="rollback", allow="take-over", run_id="4713")
        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert [group["image"] for group in serving(box)] == [NEW]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("strategy", "call", "nth"), DEATHS)
def test_continue_finishes_it_once_other_documents_are_allowed(
    tmp_path: Path, strategy: str, call: str, nth: int
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        died(box, call, nth)
        refused = box.run(operation="continue", allow="take-over", run_id="4713")
        assert (refused.code, refused.outputs["status"], refused.mutations) == (3, "refused", []), refused.log
        result = box.run(operation="continue", allow="take-over, changed-documents", run_id="4713")
        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert [group["image"] for group in serving(box)] == [OLD]
