"""How a run ends that did not go well: its status, its exit code, and what to do next."""

from spotaction.engine.next_steps import rerun_hint
from spotaction.github.progress import Progress
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    ConflictError,
    CredentialError,
    InvalidError,
    RefusedError,
    RollbackIncompleteError,
    SpotactionError,
    TakenOverError,
    UnreportedError,
)


def report_failure(error: SpotactionError, progress: Progress) -> int:
    """Note the error and write everything; the answer is the exit code."""
    deployment = progress.deployment
    status = _failure_status(error, deployment, changed=progress.history.changed)
    if status is Status.CANCELLED:
        error.next_step = error.next_step or _after_cancel(deployment, progress)
    if isinstance(error, RefusedError) and status in {Status.ROLLED_BACK, Status.FAILED}:
        # "Refused" promises that nothing was written; this came when something was.
        error.exit_code = ApiError.exit_code if isinstance(error, CredentialError) else SpotactionError.exit_code
    if status is not Status.CANCELLED and deployment and deployment.status is Status.ROLLBACK_INCOMPLETE:
        error.exit_code = RollbackIncompleteError.exit_code
    progress.note_failure(error, status)
    progress.finish_run()
    return error.exit_code


def unreported(progress: Progress) -> int:
    """The exit code of a run that went well: not 0 where later steps would go by old outputs, or by none."""
    lost = progress.commands.lost
    if not lost:
        return 0
    status = progress.status.value
    next_step = "free disk space on the runner"
    if progress.status is Status.DEPLOYED:
        next_step += (
            " and run this step again: the release stays, is reported as unchanged, and the outputs are written"
        )
    error = UnreportedError(
        f"The operation ended as {status}, but {', '.join(lost)} could not be written"
        f" ({'; '.join(dict.fromkeys(lost.values()))}): later steps would go by old values, or by none.",
        next_step=next_step,
    )
    progress.commands.annotate(
        "error", str(error), title=f"{progress.build_report().title}: {status}, but not reported"
    )
    return error.exit_code


def _after_cancel(deployment: Deployment | None, progress: Progress) -> str:
    """The mark says that this run is at work until somebody writes it anew."""
    if deployment is None or not deployment.started_steps:
        return f"nothing was changed by this run; run operation: {progress.operation} again when it suits you."
    how = rerun_hint("rollback", force=True, until=bool(progress.until))
    return f"the post step of this action puts back what is left, unless on-cancel is keep; if it cannot, {how}."


def _failure_status(error: SpotactionError, deployment: Deployment | None, *, changed: bool) -> Status:
    if isinstance(error, InvalidError):
        return Status.INVALID
    if isinstance(error, CancelledError):
        return Status.CANCELLED
    ended = deployment is not None and deployment.status is not Status.RUNNING
    if isinstance(error, RefusedError) and (not ended or _has_yielded(error, deployment, changed=changed)):
        return Status.REFUSED
    if isinstance(error, RollbackIncompleteError):
        return Status.ROLLBACK_INCOMPLETE
    if deployment is not None and ended:
        return deployment.status
    return Status.FAILED


def _has_yielded(error: RefusedError, deployment: Deployment | None, *, changed: bool) -> bool:
    """Whether another run came first or took over, and ours leaves no trace."""
    if isinstance(error, TakenOverError):
        return not changed
    left = deployment is not None and deployment.status is Status.ROLLBACK_INCOMPLETE
    return isinstance(error, ConflictError) and not left
