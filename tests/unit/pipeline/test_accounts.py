"""Listener rules and target groups have to be in the AWS account that the workflow names."""

import shutil
from pathlib import Path

import pytest

from spotaction.inputs.read import read_environment, read_runner
from spotaction.model.errors import InvalidError
from spotaction.pipeline.prepare import prepare_execution

ROOT = Path(__file__).parents[3]
PIPELINE = "examples/harness/pipeline.yaml"
BALANCERS = "pipeline.stages[1].stage.spec.execution.steps[0].step.spec.loadBalancers"
ARN = "arn:aws:elasticloadbalancing:us-east-1"
LISTED = f"""
- loadBalancer: web-alb
  prodListenerPort: 443
  prodListenerRuleArn: {ARN}:111122223333:listener-rule/app/web/a1/11/c1
  isTrafficShift: true
  stageTargetGroupArn: {ARN}:444455556666:targetgroup/green/e1
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def problems(workspace: Path, **inputs: str) -> list[str]:
    given = {
        "operation": "validate",
        "service": "examples/deploy/service.yaml",
        "infrastructure": "examples/deploy/infrastructure.yaml",
        "artifact-version": "web-2",
        **{name.replace("_", "-"): value for name, value in inputs.items()},
    }
    environ = {f"INPUT_{name.upper()}": value for name, value in given.items()}
    environ["GITHUB_WORKSPACE"] = str(workspace)
    try:
        prepare_execution(read_environment(environ).inputs, read_runner(environ))
    except InvalidError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_the_account_of_the_role_and_an_allowed_one_are_right(workspace: Path) -> None:
    execution = f"{PIPELINE}#blue_green"
    assert problems(workspace, execution=execution) == []
    role = "arn:aws:iam::111122223333:role/deploy"
    assert problems(workspace, execution=execution, role_to_assume=role, allowed_account_ids="111122223333") == []


def test_every_arn_of_another_account_than_the_role_is_a_problem_at_its_place(workspace: Path) -> None:
    role = "arn:aws:iam::444455556666:role/deploy"
    found = problems(workspace, execution=f"{PIPELINE}#blue_green", role_to_assume=role)
    assert [each.partition(": is in")[0] for each in found] == [
        f"{PIPELINE}:{line}:{column}: {BALANCERS}[{key}"
        for line, column, key in (
            (127, 48, "0].spec.prodListenerRuleArn"),
            (128, 48, "0].spec.stageTargetGroupArn"),
            (134, 48, "1].spec.prodListenerRuleArn"),
            (136, 49, "1].spec.stageListenerRuleArn"),
        )
    ]
    assert {each.partition(": is in ")[2] for each in found} == {
        (
            "account 111122223333, but role-to-assume is of account 444455556666 (set role-to-assume to a role of that "
            "account, or correct the ARN)"
        )
    }


def test_an_account_that_is_not_allowed_is_a_problem(workspace: Path) -> None:
    found = problems(workspace, execution=f"{PIPELINE}#blue_green", allowed_account_ids="444455556666")
    assert next(each.partition("prodListenerRuleArn: ")[2] for each in found) == (
        "is in account 111122223333, which is not in allowed-account-ids (correct the ARN, or add the account)"
    )


def test_a_rule_and_its_target_group_are_in_one_account(workspace: Path) -> None:
    found = problems(workspace, strategy="blue-green", app_name="web", load_balancers=LISTED)
    assert found == [
        (
            "input load-balancers:5:24: load-balancers[0].stageTargetGroupArn: is in account 444455556666, but the"
            " rule "
            "before it is in account 111122223333 (a rule can only forward to target groups of its own account)"
        )
    ]
