"""What becomes of a deployment when a step fails, and which steps run after that."""

from dataclasses import dataclass
from enum import StrEnum

from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError, SpotactionError, TimedOutError

_UNAUTHENTICATED = 401
_FORBIDDEN = 403


class Failure(StrEnum):
    """The kinds of failure that a strategy can be for, in the reference's words."""

    TIMEOUT = "Timeout"
    AUTHENTICATION = "Authentication"
    AUTHORIZATION = "Authorization"
    CONNECTIVITY = "Connectivity"
    VERIFICATION = "Verification"
    UNKNOWN = "Unknown"


class FailureAction(StrEnum):
    """What is done about a failure."""

    ROLL_BACK = "roll back"
    IGNORE = "ignore"
    SUCCEED = "mark as success"
    ABORT = "stop"
    FAIL = "mark as failed"


class StageStatus(StrEnum):
    """How the steps before have to have ended for a step to run."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    ALL = "All"


class RollbackScope(StrEnum):
    """What a rollback may undo: groups and the routes of the deployment itself, and rules beside it."""

    GROUPS = "ElastigroupRollback"
    STANDALONE = "StandAloneTrafficShiftRollback"


@dataclass(frozen=True)
class FailureStrategy:
    """For `failures`: run the step again after each of `retries` (seconds), and when that does not help `reaction`."""

    failures: frozenset[Failure]
    reaction: FailureAction
    retries: tuple[float, ...] = ()


@dataclass(frozen=True)
class StepPolicy:
    """How the engine treats one step.

    `timeout` (seconds) bounds each of its waits. The first of `strategies` that is for a failure counts.
    """

    timeout: float | None = None
    when: StageStatus = StageStatus.SUCCESS
    strategies: tuple[FailureStrategy, ...] = ()

    def strategy_for(self, error: SpotactionError, otherwise: FailureAction) -> FailureStrategy:
        """What to do about an error; `otherwise` where no strategy is for it."""
        kind = kind_of(error)
        found = next((each for each in self.strategies if kind in each.failures), None)
        return found or FailureStrategy(frozenset({kind}), otherwise)

    def skip_reason(self, *, failed: bool) -> str:
        """Why the step does not run after the steps before it; empty when it does."""
        if failed and self.when is StageStatus.SUCCESS:
            return "a step before it failed"
        if not failed and self.when is StageStatus.FAILURE:
            return "it runs only after a failure, and no step before it failed"
        return ""


def kind_of(error: SpotactionError) -> Failure:
    """Which kind of failure an error is."""
    match error:
        case TimedOutError():
            return Failure.TIMEOUT
        case CredentialError():
            return Failure.AUTHENTICATION
        case FailedError() | SafetyError():
            return Failure.VERIFICATION
        case ApiError():
            return _of_call(error)
        case _:
            return Failure.UNKNOWN


def _of_call(error: ApiError) -> Failure:
    if error.status == _UNAUTHENTICATED:
        return Failure.AUTHENTICATION
    if error.status == _FORBIDDEN:
        return Failure.AUTHORIZATION
    return Failure.CONNECTIVITY if error.retryable or error.status is None else Failure.UNKNOWN
