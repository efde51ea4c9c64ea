"""Execution documents: Harness's shapes become the value that the plain inputs end in."""

import pytest

from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.errors import InvalidError
from spotaction.model.execution import (
    DeploySpec,
    DownsizeSpec,
    Execution,
    ParsedExecution,
    PauseSpec,
    SetupSpec,
    ShiftSpec,
    SkippedSpec,
    StandaloneSpec,
    SwapSpec,
)
from spotaction.model.resources import (
    Capacity,
    Forward,
    ListenerArn,
    LoadBalancer,
    RuleArn,
    StandaloneShift,
    TargetGroupArn,
    Weighted,
)
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, RollbackScope, StageStatus, StepPolicy
from spotaction.pipeline.builder import Settings
from spotaction.pipeline.harness import Source, load_execution
from tests.support.execution_documents import (
    DEPLOY,
    GREEN,
    LISTENER,
    OTHER,
    ROOT,
    RULE,
    SEEN,
    SETUP,
    STAGED,
    SWAP,
    converted,
    execution,
    shift,
)

BALANCERS = (
    LoadBalancer("web", 443, RuleArn(RULE), stage_target_group=TargetGroupArn(GREEN), shift=True),
    LoadBalancer("int", 80, stage_port=8080),
)


def names(text: str) -> list[str]:
    return list(converted(text).execution.step_names)


def test_a_basic_deployment_is_what_the_plain_inputs_say_too() -> None:
    assert converted(execution(SETUP, DEPLOY)) == ParsedExecution(
        Execution(
            Strategy.BASIC,
            SetupSpec(None, name="setup", app="web"),
            (DeploySpec("deploy", Amount(percent=100)),),
            step_policies={"setup": StepPolicy(), "deploy": StepPolicy()},
        )
    )


def test_phases_make_it_a_canary_with_counts_percentages_and_what_is_kept() -> None:
    text = """
execution:
  steps:
    - step:
        type: ElastigroupSetup
        identifier: setup
        spec: {name: <+service.name>_<+env.name>, instances: {type: Fixed, spec: {min: 1, max: "6", desired: 4}}}
    - step:
        type: ElastigroupDeploy
        name: First one
        identifier: one
        timeout: 1h 30m
        spec: {newService: {type: Count, spec: {count: 1}}, oldService: {type: Percentage, spec: {percentage: 75}}}
    - step:
        type: ElastigroupDeploy
        name: The rest
        spec: {newService: {type: Percentage, spec: {percentage: 100}}}
"""
    assert converted(text, given_settings=Settings(bake=60.0, serial=True)) == ParsedExecution(
        Execution(
            Strategy.CANARY,
            SetupSpec(Capacity(1, 4, 6), name="setup", app="web_prod"),
            (
                DeploySpec("one", Amount(count=1), Amount(percent=75), 60.0),
                DeploySpec("The rest", Amount(percent=100), None, 60.0),
            ),
            serial=True,
            step_policies={"setup": StepPolicy(), "one": StepPolicy(5400.0), "The rest": StepPolicy()},
            aliases={"First one": "one"},
        )
    )


def test_blue_green_shifts_swaps_and_downsizes_after_the_last_rule() -> None:
    alone = f"""step:
        type: ElastigroupBlueGreenTrafficShift
        identifier: partner
        spec:
          elastigroupTrafficShiftWrapper:
            type: Standalone
            spec:
              loadBalancer: web
              listenerArn: {LISTENER}
              listenerRuleArn: {OTHER}
              forwardTrafficConfig: [{{targetGroupArn: '{GREEN}', weight: 1}}]"""
    swap = "step: {type: ElastigroupSwapRoute, identifier: swap, timeout: 5m, spec: {downsizeOldElastigroup: 'True'}}"
    wait = "step: {type: Wait, identifier: look, spec: {duration: 90s}}"
    text = execution(STAGED, shift(10), wait, swap, shift(100, name="all"), alone)
    found = converted(text, given_settings=Settings(downsize_delay=45.0)).execution
    assert found == Execution(
        Strategy.BLUE_GREEN,
        SetupSpec(None, BALANCERS, "stage", staged=True, app="web"),
        (
            ShiftSpec("shift", 10),
            PauseSpec("look", 90.0),
            SwapSpec("swap"),
            ShiftSpec("all", 100),
            StandaloneSpec(
                "partner",
                StandaloneShift(
                    "web", ListenerArn(LISTENER), RuleArn(OTHER), Forward((Weighted(TargetGroupArn(GREEN), 1),))
                ),
            ),
            DownsizeSpec("downsize-old", 45.0),
        ),
        step_policies={
            "stage": StepPolicy(),
            "shift": StepPolicy(),
            "look": StepPolicy(),
            "swap": StepPolicy(300.0),
            "downsize-old": StepPolicy(300.0),
            "all": StepPolicy(),
            "partner": StepPolicy(),
        },
    )


@pytest.mark.parametrize(
    "spec",
    [
        "{elastigroupTrafficShiftWrapper: {type: Inherit, spec: {weightPercentage: 10}}}",
        "{elastigroupTrafficShiftWrapper: {type: Inherit, spec: {weightPercentage: '10'}}}",
        "{elastigroupTrafficShiftWrapper: null, type: Inherit, spec: {weightPercentage: 10}}",
        "{type: Inherit, spec: {weightPercentage: 10}}",
    ],
)
def test_a_wrapper_may_be_indented_like_the_samples_of_the_reference(spec: str) -> None:
    step = f"step: {{type: ElastigroupBlueGreenTrafficShift, identifier: shift, spec: {spec}}}"
    assert converted(execution(STAGED, step)).execution.steps == (ShiftSpec("shift", 10),)


def test_a_group_of_steps_loops_as_a_whole_and_hands_down_its_condition() -> None:
    group = f"""stepGroup:
        identifier: group
        when: {{stageStatus: All, condition: <+repeat.item> > 30}}
        strategy: {{repeat: {{items: [30, 60], maxConcurrency: 1}}}}
        steps:
          - {shift("<+repeat.item>").replace(chr(10), chr(10) + "      ")}
          - step: {{type: Wait, identifier: wait, when: {{stageStatus: Success}}, spec: {{duration: 1m}}}}"""
    found = converted(execution(STAGED, group)).execution
    why = "its condition <+repeat.item> > 30 is false"
    assert found.steps == (
        SkippedSpec("shift_0", why),
        SkippedSpec("wait_0", why),
        ShiftSpec("shift_1", 60),
        PauseSpec("wait_1", 60.0),
    )
    assert found.step_policies == {
        "stage": StepPolicy(),
        "shift_1": StepPolicy(when=StageStatus.ALL),
        "wait_1": StepPolicy(when=StageStatus.SUCCESS),
    }


def test_a_step_beats_its_group_and_the_group_beats_the_stage() -> None:
    def strategies(errors: str, kind: str) -> str:
        return f"failureStrategies: [{{onFailure: {{errors: [{errors}], action: {{type: {kind}}}}}}}]"

    retry = """failureStrategies:
                - onFailure:
                    errors: [Timeout, PolicyEvaluationFailure]
                    action:
                      type: Retry
                      spec: {retryCount: 3, retryIntervals: [5s, 1m], onRetryFailure: {action: {type: Ignore}}}"""
    text = f"""
execution:
  steps:
    - {SETUP}
    - stepGroup:
        {strategies("Connectivity, Verification", "StepGroupRollback")}
        steps:
          - step:
              type: ElastigroupDeploy
              identifier: deploy
              {retry}
              spec: {{newService: {{type: Percentage, spec: {{percentage: 100}}}}}}
  {strategies("AllErrors", "MarkAsFailure")}
"""
    found = converted(text)
    stage = FailureStrategy(frozenset(Failure), FailureAction.FAIL)
    assert found.execution.step_policies == {
        "setup": StepPolicy(strategies=(stage,)),
        "deploy": StepPolicy(
            strategies=(
                FailureStrategy(frozenset({Failure.TIMEOUT}), FailureAction.IGNORE, (5.0, 60.0, 60.0)),
                FailureStrategy(frozenset({Failure.CONNECTIVITY, Failure.VERIFICATION}), FailureAction.ROLL_BACK),
                stage,
            )
        ),
    }
    assert found.notes == (
        "StepGroupRollback rolls back the whole deployment.",
        "These failure types never occur, so their strategies have no effect: PolicyEvaluationFailure.",
    )


@pytest.mark.parametrize(
    ("rollback", "undone", "notes"),
    [
        ("", {RollbackScope.GROUPS, RollbackScope.STANDALONE}, ()),
        ("  rollbackSteps: null\n", {RollbackScope.GROUPS, RollbackScope.STANDALONE}, ()),
        (
            "  rollbackSteps: []\n",
            set[RollbackScope](),
            ("rollbackSteps has no ElastigroupRollback: a failed deployment is left as it is.",),
        ),
        ("  rollbackSteps: [{step: {type: ElastigroupRollback, spec: {}}}]\n", {RollbackScope.GROUPS}, ()),
        (
            "  rollbackSteps: [{step: {type: StandAloneTrafficShiftRollback}}]\n",
            {RollbackScope.STANDALONE},
            ("rollbackSteps has no ElastigroupRollback: a failed deployment is left as it is.",),
        ),
        (
            "  rollbackSteps: [{step: {type: ElastigroupRollback, when: {condition: <+env.name> != 'prod'}}}]\n",
            set[RollbackScope](),
            ("rollbackSteps has no ElastigroupRollback: a failed deployment is left as it is.",),
        ),
    ],
)
def test_the_rollback_steps_decide_what_is_rolled_back(
    rollback: str, undone: set[RollbackScope], notes: tuple[str, ...]
) -> None:
    found = converted(execution(SETUP, DEPLOY, more=rollback))
    assert (found.execution.rollback_scopes, found.notes) == (frozenset(undone), notes)


def test_the_longest_timeout_of_the_rollback_steps_bounds_its_waits() -> None:
    steps = "ElastigroupRollback, timeout: 5m}}, {step: {type: StandAloneTrafficShiftRollback, timeout: 2m}}]"
    found = converted(execution(SETUP, DEPLOY, more=f"  rollbackSteps: [{{step: {{type: {steps}\n"))
    assert found.execution.rollback_timeout == 300.0


def test_a_setup_that_is_skipped_leaves_room_for_another() -> None:
    condition = ", when: {condition: <+env.name> == 'stage'}, spec: {name: small"
    skipped = SETUP.replace("identifier: setup", "identifier: small").replace(", spec: {name: web", condition)
    found = converted(execution(skipped, SETUP, DEPLOY)).execution
    assert found.setup.name == "setup"
    assert found.steps[0] == SkippedSpec("small", "its condition <+env.name> == 'stage' is false")


def test_runtime_inputs_are_answered_by_their_last_key() -> None:
    step = DEPLOY.replace("percentage: 100", "percentage: <+input>")
    assert converted(execution(SETUP, step)).execution.steps == (DeploySpec("deploy", Amount(percent=40)),)


def test_steps_without_a_name_get_one_and_a_second_one_of_a_name_gets_a_number() -> None:
    bare = DEPLOY.replace(" identifier: deploy,", "")
    half = bare.replace("100", "50")
    assert names(execution(SETUP.replace("identifier: setup, ", ""), half, bare)) == ["setup", "deploy", "deploy-2"]


def test_an_ignored_key_is_noted_once_with_its_replacement() -> None:
    text = (ROOT / "examples/harness/pipeline.yaml").read_text("utf-8")
    text = text.replace("orgIdentifier: default\n", "orgIdentifier: default\n  notificationRules: [{}]\n")
    text = text.replace("        tags: {}\n", "        tags: {}\n        runMode: {type: Manual, timeout: 1d}\n")
    text = text.replace("downsizeOldElastigroup: true", "downsizeOldElastigroup: true\n                    metadata: x")
    found = converted(text, stage="blue_green")
    assert found.execution.setup.region == "us-east-1"
    assert found.notes == (
        "Other stages of the pipeline are not run; make them jobs of the workflow: canary (Deployment).",
        "delegateSelectors are ignored; set runs-on on the job.",
        "The stage's service and environment are ignored; use the inputs service and infrastructure.",
        "The stage's runMode is ignored, so nobody is asked: use a GitHub environment with reviewers.",
        "notificationRules are ignored; notify in a later step of the workflow.",
        "metadata has no effect.",
        (
            "AWS account and role are not those of the connector 'aws' (a.yaml:122:39), but "
            "those of role-to-assume, or else of the job's AWS credentials; allowed-account-ids makes sure of the"
            " account."
        ),
    )


def test_where_a_step_group_would_run_in_harness_is_noted_but_no_axis_of_that_name() -> None:
    group = f"""stepGroup:
        identifier: group
        platform: {{os: Linux}}
        sharedPaths: [/tmp]
        stepGroupInfra: {{type: KubernetesDirect}}
        strategy: {{matrix: {{metadata: [a], maxConcurrency: 1}}}}
        steps:
          - {DEPLOY}"""
    assert converted(execution(SETUP, group)).notes == (
        "platform of step groups is ignored; set runs-on on the job.",
        "sharedPaths of step groups are ignored; set runs-on on the job.",
        "stepGroupInfra is ignored; set runs-on on the job.",
    )


def test_what_another_stage_contains_is_not_refused() -> None:
    approval = "step: {type: HarnessApproval, identifier: ok, spec: {approvers: {userGroups: [account.x]}}}"
    text = f"""
pipeline:
  stages:
    - stage: {{identifier: ask, type: Approval, spec: {{execution: {{steps: [{{{approval}}}]}}}}}}
    - stage:
        identifier: deploy
        type: Deployment
        runMode: {{type: Auto}}
        spec: {{deploymentType: Elastigroup, execution: {{steps: [{{{SETUP}}}, {{{DEPLOY}}}]}}}}
"""
    found = converted(text)
    assert found.execution.step_names == ("setup", "deploy")
    assert found.notes == ("Other stages of the pipeline are not run; make them jobs of the workflow: ask (Approval).",)


def test_steps_side_by_side_run_in_the_order_in_which_they_are_written() -> None:
    block = f"parallel: [{{{SWAP}}}, {{step: {{type: Wait, identifier: wait, spec: {{duration: 1m}}}}}}]"
    found = converted(execution(STAGED, block))
    assert found.execution.step_names == ("stage", "swap", "wait")
    assert found.notes == ("Steps under parallel run one after another, in the order in which they are written.",)


def test_a_stage_without_a_pipeline_has_its_variables_and_strategies() -> None:
    text = """
stage:
  identifier: deploy_web
  type: Deployment
  variables:
    - {name: first, type: Number, value: 20}
    - {name: percent, type: Number, value: 20}
    - {name: unasked, type: String, value: <+input>}
    - {name: asked, type: Number, value: <+input>.default(60)}
  when: {pipelineStatus: Success, condition: <+stage.identifier> == "deploy_web"}
  failureStrategies: [{onFailure: {errors: [AllErrors], action: {type: Abort}}}]
  spec:
    deploymentType: Elastigroup
    execution:
      steps:
        - SETUP
        - FIRST
        - SECOND
"""
    first = DEPLOY.replace("100", "<+stage.variables.first>").replace("deploy", "a")
    second = DEPLOY.replace("100", "<+stage.variables.asked>").replace("deploy", "b")
    found = converted(text.replace("SETUP", SETUP).replace("FIRST", first).replace("SECOND", second))
    assert found.execution.steps == (DeploySpec("a", Amount(percent=20)), DeploySpec("b", Amount(percent=60)))
    aborts = StepPolicy(strategies=(FailureStrategy(frozenset(Failure), FailureAction.ABORT),))
    assert found.execution.step_policies == {"setup": aborts, "a": aborts, "b": aborts}
    assert found.notes == ("pipelineStatus is ignored; use needs and if of the workflow's jobs.",)


def test_a_stage_of_a_pipeline_is_named_behind_the_path() -> None:
    canary = load_execution("examples/harness/pipeline.yaml#canary", Source(ROOT, SEEN)).execution
    by_name = load_execution("examples/harness/pipeline.yaml#Blue green", Source(ROOT, SEEN)).execution
    assert (canary.step_names, by_name.strategy) == (("setup", "half", "all"), Strategy.BLUE_GREEN)
    with pytest.raises(
        InvalidError, match=r"2 stages deploy an Elastigroup \(select one, like examples/harness/pipeline.yaml#canary"
    ):
        load_execution("examples/harness/pipeline.yaml", Source(ROOT, SEEN))
