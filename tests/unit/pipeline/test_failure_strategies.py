"""Failure strategies of Harness: every action and error type is carried out, noted, or refused with the way out."""

import pytest

from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, StepPolicy
from tests.support.execution_documents import DEPLOY, SETUP, converted, execution, problems

TO_WRITE = "write the action of its onTimeout, or Abort, which leaves everything to operation continue or rollback"
NEVER = "These failure types never occur, so their strategies have no effect: {}."


def strategies(action: str, errors: str = "AllErrors") -> str:
    more = f"  failureStrategies: [{{onFailure: {{errors: [{errors}], action: {{{action}}}}}}}]\n"
    return execution(SETUP, DEPLOY, more=more)


@pytest.mark.parametrize(
    ("action", "reaction", "notes"),
    [
        ("Ignore", FailureAction.IGNORE, ()),
        ("MarkAsSuccess", FailureAction.SUCCEED, ()),
        ("MarkAsFailure", FailureAction.FAIL, ()),
        ("Abort", FailureAction.ABORT, ()),
        ("StageRollback", FailureAction.ROLL_BACK, ()),
        ("StepGroupRollback", FailureAction.ROLL_BACK, ("StepGroupRollback rolls back the whole deployment.",)),
        (
            "PipelineRollback",
            FailureAction.ROLL_BACK,
            ("PipelineRollback rolls back this deployment only; other stages are jobs of their own.",),
        ),
    ],
)
def test_an_action_is_carried_out_also_after_retries(
    action: str, reaction: FailureAction, notes: tuple[str, ...]
) -> None:
    at_once = converted(strategies(f"type: {action}, description: why, spec: {{}}"))
    retried = converted(
        strategies(f"type: Retry, spec: {{retryCount: 1, onRetryFailure: {{action: {{type: {action}}}}}}}")
    )
    assert (at_once.notes, retried.notes) == (notes, notes)
    assert at_once.execution.step_policies["deploy"] == StepPolicy(
        strategies=(FailureStrategy(frozenset(Failure), reaction),)
    )
    assert retried.execution.step_policies["deploy"] == StepPolicy(
        strategies=(FailureStrategy(frozenset(Failure), reaction, (10.0,)),)
    )


@pytest.mark.parametrize(
    ("action", "where", "message"),
    [
        (
            "type: ManualIntervention, spec: {timeout: 1h, onTimeout: {action: {type: Abort}}}",
            ":72: execution.failureStrategies[0].onFailure.action.type",
            f"the action ManualIntervention is not supported: nobody can be asked while a job runs ({TO_WRITE})",
        ),
        (
            "type: ProceedWithDefaultValues",
            ":72: execution.failureStrategies[0].onFailure.action.type",
            (
                "the action ProceedWithDefaultValues is not supported: inputs are read before the first step "
                "and cannot time out (remove this strategy, and give the default with <+input>.default(…))"
            ),
        ),
        (
            "type: RetryStepGroup, spec: {retryCount: 2, retryIntervals: [10s]}",
            ":72: execution.failureStrategies[0].onFailure.action.type",
            (
                "the action RetryStepGroup is not supported: steps that have finished cannot "
                "be undone and repeated (write Retry in the failure strategies of its steps)"
            ),
        ),
        (
            "type: Retry, spec: {retryCount: 2, onRetryFailure: {action: {type: ManualIntervention}}}",
            ":133: execution.failureStrategies[0].onFailure.action.spec.onRetryFailure.action.type",
            f"the action ManualIntervention is not supported: nobody can be asked while a job runs ({TO_WRITE})",
        ),
        (
            "type: Retry, spec: {condition: <+step.code> == 1, retryCount: 2, onRetryFailure: {action: {type: Abort}}}",
            ":86: execution.failureStrategies[0].onFailure.action.spec.condition",
            (
                "a condition of Retry is not supported: steps have no output that it could compare "
                "(remove it, and list the errors to retry in errors)"
            ),
        ),
        (
            "type: Retry, spec: {retryCount: 2, onRetryFailure: {action: {type: Retry}}}",
            ":133: execution.failureStrategies[0].onFailure.action.spec.onRetryFailure.action.type",
            (
                "'Retry' is not allowed; expected Ignore, MarkAsSuccess, MarkAsFailure, Abort, StageRollback, "
                "StepGroupRollback or PipelineRollback"
            ),
        ),
        (
            "type: Retry, spec: {retryCount: 21, onRetryFailure: {action: {type: Abort}}}",
            ":98: execution.failureStrategies[0].onFailure.action.spec.retryCount",
            "21 is greater than the maximum of 20",
        ),
        (
            "type: Retry, spec: {retryCount: 0, onRetryFailure: {action: {type: Abort}}}",
            ":98: execution.failureStrategies[0].onFailure.action.spec.retryCount",
            "0 is not a retry count (write 1 to 20)",
        ),
        (
            "type: Retry, spec: {retryCount: 2}",
            ":85: execution.failureStrategies[0].onFailure.action.spec",
            "'onRetryFailure' is missing",
        ),
        (
            "type: StageRolback",
            ":72: execution.failureStrategies[0].onFailure.action.type",
            (
                "'StageRolback' is not allowed; expected Retry, Ignore, MarkAsSuccess, MarkAsFailure, Abort, "
                "StageRollback, StepGroupRollback or PipelineRollback (did you mean 'StageRollback'?)"
            ),
        ),
    ],
)
def test_an_action_that_cannot_be_carried_out_is_refused_with_the_reason_and_the_way_out(
    action: str, where: str, message: str
) -> None:
    assert problems(strategies(action)) == [f"a.yaml:5{where}: {message}"]


@pytest.mark.parametrize(
    "error", ["Timeout", "Authentication", "Authorization", "Connectivity", "Verification", "Unknown"]
)
def test_an_error_type_that_occurs_has_its_strategy(error: str) -> None:
    found = converted(strategies("type: Abort", error))
    assert found.notes == ()
    assert found.execution.step_policies["deploy"].strategies == (
        FailureStrategy(frozenset({Failure(error)}), FailureAction.ABORT),
    )


@pytest.mark.parametrize(
    "error",
    [
        "DelegateProvisioning",
        "DelegateRestart",
        "PolicyEvaluationFailure",
        "InputTimeoutError",
        "ApprovalRejection",
        "UserMarkedFailure",
        "InfrastructureFailure",
        "PluginImageFailure",
        "ResourceLimitsFailure",
        "ConfigurationFailure",
        "RetryableTransientFailure",
    ],
)
def test_an_error_type_that_only_harness_has_is_accepted_with_a_note(error: str) -> None:
    found = converted(strategies("type: Ignore", f"{error}, Timeout"))
    assert found.notes == (NEVER.format(error),)
    assert found.execution.step_policies["deploy"].strategies == (
        FailureStrategy(frozenset({Failure.TIMEOUT}), FailureAction.IGNORE),
    )
