"""What a failure is called, and which strategy is for it."""

import pytest

from spotaction.errors import (
    ApiError,
    CredentialError,
    FailedError,
    RefusedError,
    SpotactionError,
    TimedOutError,
    UnsafeError,
)
from spotaction.handling import Failure, FailureStrategy, Handling, Reaction, StageStatus, kind_of


def api(status: int | None, *, retryable: bool = False) -> ApiError:
    return ApiError("no", service="Spot", call="GET", status=status, retryable=retryable)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimedOutError("late"), Failure.TIMEOUT),
        (FailedError("bad"), Failure.VERIFICATION),
        (UnsafeError("no"), Failure.VERIFICATION),
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
    assert kind_of(error) is kind


def test_the_first_strategy_for_a_failure_counts_and_without_one_the_default() -> None:
    first = FailureStrategy(frozenset({Failure.TIMEOUT}), Reaction.IGNORE)
    second = FailureStrategy(frozenset({Failure.TIMEOUT, Failure.UNKNOWN}), Reaction.ABORT)
    how = Handling(strategies=(first, second))
    assert how.strategy(TimedOutError("late"), Reaction.ROLL_BACK) is first
    assert how.strategy(RefusedError("no"), Reaction.ROLL_BACK) is second
    assert how.strategy(FailedError("bad"), Reaction.FAIL).reaction is Reaction.FAIL


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
    assert Handling(when=when).skipped(failed=failed) == why
