"""Execution documents that are wrong: each problem once, with its place and the way out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.operations.validate import check_file
from tests.support.execution_documents import (
    DEPLOY,
    ROOT,
    RULE,
    SETUP,
    STAGED,
    SWAP,
    converted,
    execution,
    problems,
    shift,
)

APPROVAL = (
    "use a GitHub environment with reviewers: stop after a step with the input until, and resume with operation "
    "continue in a job of that environment"
)
GROW = "weights must increase, like 10, 50, 100"
FIRST = "start with ElastigroupSetup or ElastigroupBGStageSetup"
ONLY = "use ElastigroupRollback or StandAloneTrafficShiftRollback"
ELSEWHERE = "write its rules to a file in the repository, and name its path here"
TEMPLATE = "write the content of the template here, as it is below its spec"
ONE_BY_ONE = "write 1"


@dataclass(frozen=True)
class Wrong:
    """A document, what is to blame in it (its last occurrence), and what is said."""

    text: str
    blamed: str
    subject: str
    message: str
    hint: str

    @property
    def problem(self) -> Problem:
        before = self.text[: self.text.rindex(self.blamed)]
        place = SourceLocation("a.yaml", before.count("\n") + 1, len(before) - before.rfind("\n"))
        return Problem(self.message, self.subject, place, self.hint)


def of_steps() -> Iterator[tuple[str, Wrong]]:
    """Steps that are not there, not possible, or not where they belong."""
    second = "execution.steps[1].step"
    third = "execution.steps[2].step"
    yield (
        "a misspelt key",
        Wrong(
            execution(SETUP, DEPLOY.replace("newService", "newServices")),
            "newServices",
            f"{second}.spec.newServices",
            "unknown key 'newServices'",
            "did you mean 'newService'?",
        ),
    )
    yield (
        "an approval",
        Wrong(
            execution(SETUP, "step: {type: HarnessApproval, identifier: ok, spec: {approvers: {}}}", DEPLOY),
            "HarnessApproval",
            f"{second}.type",
            "steps of type HarnessApproval are not supported",
            APPROVAL,
        ),
    )
    yield (
        "a script",
        Wrong(
            execution(SETUP, "step: {type: ShellScript, identifier: sh, spec: {shell: Bash}}", DEPLOY),
            "ShellScript",
            f"{second}.type",
            "steps of type ShellScript are not supported",
            "make it a step of the workflow, before or after this one",
        ),
    )
    yield (
        "a step nobody knows",
        Wrong(
            execution(SETUP, "step: {type: ElastigroupDeplyo, identifier: x}"),
            "ElastigroupDeplyo",
            f"{second}.type",
            "'ElastigroupDeplyo' is not allowed",
            "did you mean 'ElastigroupDeploy'?",
        ),
    )
    yield (
        "a template",
        Wrong(
            execution(SETUP, "step: {identifier: x, template: {templateRef: account.x}}"),
            "template: {",
            f"{second}.template",
            "templates are not supported: the content of 'account.x' is in Harness",
            TEMPLATE,
        ),
    )
    yield (
        "a stage from a template",
        Wrong(
            "pipeline:\n  stages:\n    - stage:\n        template:\n          templateRef: org.web\n"
            "          templateInputs: {type: Deployment, spec: {execution: {steps: [{step: {type: Run}}]}}}\n",
            "template:",
            "pipeline.stages[0].stage.template",
            "templates are not supported: the content of 'org.web' is in Harness",
            TEMPLATE,
        ),
    )
    yield (
        "a pipeline from a template",
        Wrong(
            "pipeline:\n  identifier: a\n  template: {versionLabel: v1}\n",
            "template:",
            "pipeline.template",
            "templates are not supported: the content of it is in Harness",
            TEMPLATE,
        ),
    )
    yield (
        "a template as a file",
        Wrong(
            "template:\n  type: Stage\n  spec: {}\n",
            "template:",
            "template",
            "is a template of Harness",
            "replace the reference to the template with what is below its spec",
        ),
    )
    yield (
        "no setup",
        Wrong(execution(DEPLOY), DEPLOY[6:], "execution.steps[0].step", "comes before the setup", FIRST),
    )
    yield (
        "two setups",
        Wrong(
            execution(SETUP, SETUP, DEPLOY),
            SETUP[6:],
            second,
            "a deployment has only one setup",
            "remove the second, or skip one with when",
        ),
    )
    yield (
        "a swap of a basic deployment",
        Wrong(
            execution(SETUP, SWAP),
            SWAP[6:],
            second,
            "requires a blue-green setup",
            "start with ElastigroupBGStageSetup",
        ),
    )
    yield (
        "a deploy of a staged group",
        Wrong(
            execution(STAGED, DEPLOY),
            DEPLOY[6:],
            second,
            "a stage setup already scales the group up",
            "remove ElastigroupDeploy",
        ),
    )
    yield (
        "a second swap",
        Wrong(execution(STAGED, SWAP, SWAP), SWAP[6:], third, "a second swap would have no effect", "remove it"),
    )
    yield (
        "a rollback among the steps",
        Wrong(
            execution(SETUP, DEPLOY, "step: {type: ElastigroupRollback, identifier: back}"),
            "ElastigroupRollback",
            f"{third}.type",
            "ElastigroupRollback is not allowed here",
            "move it to rollbackSteps",
        ),
    )
    yield (
        "a step that is no rollback",
        Wrong(
            execution(SETUP, DEPLOY, more=f"  rollbackSteps:\n    - {SWAP}\n"),
            "ElastigroupSwapRoute",
            "execution.rollbackSteps[0].step.type",
            "ElastigroupSwapRoute is not a rollback step",
            ONLY,
        ),
    )


def of_values() -> Iterator[tuple[str, Wrong]]:
    """Values that are wrong by themselves or beside others."""
    second, spec = "execution.steps[1].step", "execution.steps[0].step.spec"
    weight = f"{second}.spec.elastigroupTrafficShiftWrapper.spec.weightPercentage"
    yield (
        "a condition with a typo",
        Wrong(
            execution(SETUP, DEPLOY.replace("spec: {new", "when: {condition: <+env.nmae> == 'prod'}, spec: {new")),
            "env.nmae",
            f"{second}.when.condition",
            "'env.nmae' is not defined",
            "did you mean 'env.name'?",
        ),
    )
    yield (
        "an expression with a typo",
        Wrong(
            execution(SETUP, DEPLOY.replace("percentage: 100", "percentage: <+variables.pecrent>")),
            "variables.pecrent",
            f"{second}.spec.newService.spec.percentage",
            "'variables.pecrent' is not defined",
            "did you mean 'variables.percent'?",
        ),
    )
    yield (
        "a capacity upside down",
        Wrong(
            execution(SETUP.replace("type: CurrentRunning", "type: Fixed, spec: {min: 4, max: 6, desired: 2}"), DEPLOY),
            "{type: Fixed",
            f"{spec}.instances",
            "min 4 is more than desired 2",
            "min ≤ desired ≤ max",
        ),
    )
    yield (
        "a rule that is none",
        Wrong(
            execution(STAGED.replace(RULE, "rule-1"), SWAP),
            "'rule-1'",
            f"{spec}.loadBalancers[0].prodListenerRuleArn",
            "invalid format: 'rule-1'",
            "for example arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/web-alb/"
            "50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
        ),
    )
    yield (
        "no time at all",
        Wrong(
            execution(SETUP, DEPLOY.replace("spec: {new", "timeout: 0s, spec: {new")),
            "0s",
            f"{second}.timeout",
            "must be longer than 0s",
            "for example 90s, 10m or 1h30m",
        ),
    )
    yield (
        "weights that fall",
        Wrong(
            execution(STAGED, shift(50), shift(10, name="less")),
            "type: ElastigroupBlueGreenTrafficShift\n        identifier: less",
            "execution.steps[2].step",
            "less shifts to 10 after 50",
            GROW,
        ),
    )
    yield (
        "phases that fall",
        Wrong(
            execution(SETUP, DEPLOY, DEPLOY.replace("100", "50").replace("deploy", "half")),
            DEPLOY.replace("100", "50").replace("deploy", "half")[6:],
            "execution.steps[2].step",
            "half deploys 50% after 100%",
            "phases must increase",
        ),
    )
    yield (
        "phases that stay",
        Wrong(
            execution(SETUP, DEPLOY, DEPLOY.replace("deploy", "again")),
            DEPLOY.replace("deploy", "again")[6:],
            "execution.steps[2].step",
            "again deploys 100% after 100%",
            "phases must increase",
        ),
    )
    fixed = SETUP.replace("{type: CurrentRunning}", "{type: Fixed, spec: {min: 1, max: 4, desired: 2}}")
    nine = "{type: Count, spec: {count: 9}}"
    yield (
        "a count above the maximum",
        Wrong(
            execution(fixed, DEPLOY.replace("{type: Percentage, spec: {percentage: 100}}", nine)),
            nine,
            "execution.steps[1].step.spec.newService",
            "deploy deploys 9 instances, more than the maximum of 4 in the setup's instances",
            "write a smaller count, or raise max in the setup's instances",
        ),
    )
    yield (
        "a weight that a loop makes too large",
        Wrong(
            execution(STAGED, shift("<+repeat.item>", looped("repeat: {items: [50, 150], maxConcurrency: 1}"))),
            "<+repeat.item>",
            weight,
            "'150' is not a weight from 0 to 100",
            "",
        ),
    )


def of_the_rest() -> Iterator[tuple[str, Wrong]]:
    """Loops, failure strategies, policies and the stage around it all."""
    second = "execution.steps[1].step"
    yield (
        "two turns at once",
        Wrong(
            execution(STAGED, shift("<+repeat.item>", looped("repeat: {items: [50, 100], maxConcurrency: 2}"))),
            "2}}",
            f"{second}.strategy.repeat.maxConcurrency",
            "steps run one after another",
            ONE_BY_ONE,
        ),
    )
    yield (
        "two shifts side by side",
        Wrong(
            execution(STAGED, f"parallel: [{{{beside('one', 10)}}}, {{{beside('more', 50)}}}]"),
            f"{{{beside('more', 50)}}}",
            "execution.steps[1].parallel[1]",
            "two shifts of the same rule cannot run in parallel",
            "put them one after another",
        ),
    )
    yield (
        "a loop around a swap",
        Wrong(
            execution(STAGED, SWAP.replace("spec:", "strategy: {parallelism: 2}, spec:")),
            "{type: ElastigroupSwapRoute",
            second,
            "ElastigroupSwapRoute cannot be in a loop",
            "only deploys, shifts and waits can be looped",
        ),
    )
    yield (
        "a policy set that lives elsewhere",
        Wrong(
            execution(SETUP, DEPLOY, more="  enforce: {policySets: [account.no_deletion]}\n"),
            "account.no_deletion",
            "execution.enforce.policySets[0]",
            "the policy set 'account.no_deletion' is in Harness and cannot be read",
            ELSEWHERE,
        ),
    )
    inner = execution(SETUP, DEPLOY).replace("\n", "\n    ").rstrip()
    yield (
        "a stage that is not to be deployed",
        Wrong(
            f"stage:\n  when: {{condition: <+env.name> == 'stage'}}\n  spec:\n    {inner}",
            "{condition",
            "stage.when",
            "there is nothing to deploy: its condition <+env.name> == 'stage' is false",
            "skip the job with its if",
        ),
    )


def beside(name: str, weight: int) -> str:
    wrapper = f"{{elastigroupTrafficShiftWrapper: {{type: Inherit, spec: {{weightPercentage: {weight}}}}}}}"
    return f"step: {{type: ElastigroupBlueGreenTrafficShift, identifier: {name}, spec: {wrapper}}}"


def looped(loop: str) -> str:
    return f"\n        strategy: {{{loop}}}"


WRONG = dict([*of_steps(), *of_values(), *of_the_rest()])


@pytest.mark.parametrize("case", WRONG)
def test_a_problem_is_reported_once_with_its_place_and_the_way_out(case: str) -> None:
    with pytest.raises(InvalidError) as caught:
        converted(WRONG[case].text)
    assert caught.value.problems == (WRONG[case].problem,)


def test_every_problem_is_reported_at_once_in_the_order_of_the_text() -> None:
    text = execution(
        SETUP.replace("type: CurrentRunning", "type: Fixed, spec: {min: 4, max: 6, desired: 2}"),
        DEPLOY.replace("percentage: 100", "percentage: <+nobody.knows>"),
        SWAP,
    )
    assert [problem.partition(": ")[2].partition(": ")[0] for problem in problems(text)] == [
        "execution.steps[0].step.spec.instances",
        "execution.steps[1].step.spec.newService.spec.percentage",
        "execution.steps[2].step",
    ]


def test_a_document_is_checked_by_hand_in_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "execution.yaml"
    file.write_text(WRONG["an approval"].text, encoding="utf-8")
    assert [(each.message, each.hint) for each in check_file(str(file)).problems] == [
        ("steps of type HarnessApproval are not supported", APPROVAL)
    ]


def test_loops_in_loops_have_an_end() -> None:
    inner = f"stepGroup: {{strategy: {{parallelism: 200}}, steps: [{{{SWAP}}}]}}"
    text = execution(STAGED, f"stepGroup: {{strategy: {{parallelism: 200}}, steps: [{{{inner}}}]}}")
    assert "a.yaml:3:5: execution.steps: with their loops, there are more than 256 steps" in problems(text)


JUNK = (
    *("", "null", "[]", "{}", "-1", "yes", "<+", "<+input>", "[{}]", "{type: x}", "1e9"),
    *("<+input>.default({a: [1]})", "{repeat: {items: [1, 2], partitionSize: <+input>}}", "{matrix: <+input>}"),
)


@settings(deadline=None, database=None, derandomize=True, max_examples=120)
@given(st.data())
def test_a_document_with_anything_anywhere_is_an_execution_or_has_problems(data: st.DataObject) -> None:
    lines = (ROOT / "examples/harness/pipeline.yaml").read_text("utf-8").splitlines()
    index = data.draw(st.integers(3, len(lines) - 1))
    head, colon, _ = lines[index].partition(": ")
    junk = data.draw(st.sampled_from(JUNK))
    lines[index] = f"{head}{colon or ' '}{junk}"
    try:
        assert converted("\n".join(lines), stage="blue_green").execution.steps
    except InvalidError as error:
        assert all(problem.place for problem in error.problems)  # noqa: PT017 - either way is fine
