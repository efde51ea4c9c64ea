"""The drafted workflow does what its form offers: a plan, a deployment, and the way back."""

from pathlib import Path

import pytest

from tests.support.action import KILLED, stand
from tests.support.live_groups import GROUPS, draft, drafted_use, run_drafted, workflow_in
from tests.support.workflow_uses import load

FITTING = {
    "unnumbered with a hyphen": "canary",
    "numbered": "canary",
    "one instance": "basic",
    "without a load balancer": "basic",
    "classic load balancer": "basic",
    "stage listener": "blue-green",
    "weighted rule": "blue-green",
    "two target groups": "canary",
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", FITTING)
def test_everything_that_the_form_offers_works_with_the_strategy_that_fits(tmp_path: Path, name: str) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS[name].scenario()) as box:
        draft(box, workspace)
        before = box.picture()
        workflow = load(workflow_in(workspace))
        (step,) = [step for step in workflow["jobs"]["deploy"]["steps"] if "strategy" in step["with"]]
        assert step["with"]["strategy"] == FITTING[name]
        offered = {str(key): value for key, value in workflow.items()}["True"]["workflow_dispatch"]["inputs"]
        assert offered["operation"]["options"] == ["plan", "deploy", "continue", "rollback"]
        statuses = []
        for operation in ("plan", "deploy", "continue", "rollback"):
            result = run_drafted(box, workspace, operation)
            statuses.append((result.code, result.outputs["status"]))
        assert statuses == [(0, "planned"), (0, "deployed"), (0, "deployed"), (0, "rolled-back")], result.log
        assert box.picture()["groups"].items() >= before["groups"].items()
        assert box.picture()["rules"] == before["rules"]


def test_the_form_takes_over_from_a_run_that_died(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS["unnumbered with a hyphen"].scenario()) as box:
        draft(box, workspace)
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 1}, "effect": "kill"})
        assert run_drafted(box, workspace, "deploy").code == KILLED
        refused = run_drafted(box, workspace, "rollback")
        assert (refused.code, refused.outputs["status"]) == (3, "refused"), refused.log
        use = drafted_use(workspace, "rollback", take_over=True)
        back = box.run(dict(use.inputs), environ={"GITHUB_WORKSPACE": str(workspace)})
        assert (back.code, back.outputs["status"]) == (0, "rolled-back"), back.log
        assert box.picture() == before
