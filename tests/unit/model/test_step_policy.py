"""What a failure is called, and which strategy is for it."""

import pytest

from spotaction.model.errors import (
    ApiError,
    CredentialError,
    FailedError,
    RefusedError,
    SafetyError,
    SpotactionError,
    TimedOutError,
)
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, StageStatus, StepPolicy, failure_type


def api(status: int | None, *, retryable: bool = False) -> ApiError:
    return ApiError("no", service="Spot", call="GET", status=status, retryable=retryable)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimedOutError("late"), Failure.TIMEOUT),
        (FailedError("bad"), Failure.VERIFICATION),
        (SafetyError("no"), Failure.VERIFICATION),
        (CredentialError("who"), Failure.AUTHENTICATION),
        (api(401), Failure.AUTHENTICATION),
        (api(403), Failure.AUTHORIZATION),
        (api(None), Failure.CONNECTIVITY),
        (api(503, retryable=True), Failure.CONNECTIVITY),
        (api(400), Failure.UNKNOWN),
        (RefusedError("no"), Failure.UNKNOWN),
        (SpotactionError("what"), Failure.UNKNOWN),
    ],
)
def test_every_error_is_of_one_kind(error: SpotactionError, kind: Failure) -> None:
    assert failure_type(error) is kind


def test_the_first_strategy_for_a_failure_counts_and_without_one_the_default() -> None:
    first = FailureStrategy(frozenset({Failure.TIMEOUT}), FailureAction.IGNORE)
    second = FailureStrategy(frozenset({Failure.TIMEOUT, Failure.UNKNOWN}), FailureAction.ABORT)
    how = StepPolicy(strategies=(first, second))
    assert how.strategy_for(TimedOutError("late"), FailureAction.ROLL_BACK) is first
    assert how.strategy_for(RefusedError("no"), FailureAction.ROLL_BACK) is second
    assert how.strategy_for(FailedError("bad"), FailureAction.FAIL).reaction is FailureAction.FAIL


@pytest.mark.parametrize(
    ("when", "failed", "why"),
    [
        (StageStatus.SUCCESS, False, ""),
        (StageStatus.SUCCESS, True, "a step before it failed"),
        (StageStatus.FAILURE, False, "it runs only after a failure, and no step before it failed"),
        (StageStatus.FAILURE, True, ""),
        (StageStatus.ALL, False, ""),
        (StageStatus.ALL, True, ""),
    ],
)
def test_a_step_runs_after_what_it_waits_for(when: StageStatus, failed: bool, why: str) -> None:  # noqa: FBT001
    assert StepPolicy(when=when).skip_reason(failed=failed) == why
