"""What happens when a step fails, and which steps run after a failure."""

from dataclasses import dataclass
from enum import StrEnum

from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError, SpotactionError, TimedOutError

_UNAUTHENTICATED = 401
_FORBIDDEN = 403


class Failure(StrEnum):
    """The failure types that a strategy can name, in Harness's words."""

    TIMEOUT = "Timeout"
    AUTHENTICATION = "Authentication"
    AUTHORIZATION = "Authorization"
    CONNECTIVITY = "Connectivity"
    VERIFICATION = "Verification"
    UNKNOWN = "Unknown"


class FailureAction(StrEnum):
    """What the engine does about a failure."""

    ROLL_BACK = "roll back"
    IGNORE = "ignore"
    SUCCEED = "mark as success"
    ABORT = "stop"
    FAIL = "mark as failed"


class StageStatus(StrEnum):
    """The result of the previous steps after which a step runs."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    ALL = "All"


class RollbackScope(StrEnum):
    """What a rollback covers: the deployment's groups and routes, and rules outside of it."""

    GROUPS = "ElastigroupRollback"
    STANDALONE = "StandAloneTrafficShiftRollback"


@dataclass(frozen=True)
class FailureStrategy:
    """For `failures`: run the step again after each of `retries` (seconds), then do `reaction` if it still fails."""

    failures: frozenset[Failure]
    reaction: FailureAction
    retries: tuple[float, ...] = ()


@dataclass(frozen=True)
class StepPolicy:
    """How the engine treats one step.

    `timeout` (seconds) limits each of its waits. The first of `strategies` that names the failure type applies.
    """

    timeout: float | None = None
    when: StageStatus = StageStatus.SUCCESS
    strategies: tuple[FailureStrategy, ...] = ()

    def strategy_for(self, error: SpotactionError, default: FailureAction) -> FailureStrategy:
        """Return the strategy for an error, or one that does `default` if none names its failure type."""
        kind = failure_type(error)
        found = next((each for each in self.strategies if kind in each.failures), None)
        return found or FailureStrategy(frozenset({kind}), default)

    def skip_reason(self, *, failed: bool) -> str:
        """Return why the step does not run, given whether a previous step failed; empty if it runs."""
        if failed and self.when is StageStatus.SUCCESS:
            return "a step before it failed"
        if not failed and self.when is StageStatus.FAILURE:
            return "it runs only after a failure, and no step before it failed"
        return ""


def failure_type(error: SpotactionError) -> Failure:
    """Return the failure type of an error."""
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
