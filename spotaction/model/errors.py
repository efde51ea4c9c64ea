"""The errors that end a run, each with its exit code, and the problems of inputs and documents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_GROUP_GONE = frozenset({"GROUP_DOESNT_EXIST", "GROUP_DOES_NOT_EXIST"})


@dataclass(frozen=True, order=True)
class SourceLocation:
    """The place of a problem: a file as the user named it, with 1-based line and column."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing that a person has to change: what is wrong, where, and how to fix it.

    `subject` is the input or the dotted path inside a document; `place` is set if the problem is in a file.
    """

    message: str
    subject: str = ""
    place: SourceLocation | None = None
    hint: str = ""

    def __str__(self) -> str:
        head = ": ".join(str(part) for part in (self.place, self.subject) if part)
        body = f"{head}: {self.message}" if head else self.message
        return f"{body} ({self.hint})" if self.hint else body


class SpotactionError(Exception):
    """An error that ends the run; `str()` is one paragraph for the person on call, with the `next_step`."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        self.message = re.sub(r"\.{2,}$", ".", message)  # a message that ends in a quoted sentence
        self.next_step = next_step
        super().__init__(self.message)

    def __str__(self) -> str:
        return (
            f"{with_full_stop(self.message)} Next: {with_full_stop(self.next_step)}" if self.next_step else self.message
        )


class InvalidError(SpotactionError):
    """Inputs or documents are invalid: every problem is listed, and nothing was sent."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusedError(SpotactionError):
    """A precondition of the operation is not met; nothing was changed."""

    exit_code = 3


class ConflictError(RefusedError):
    """Another run is deploying this app, or left a deployment unfinished."""


class TakenOverError(ConflictError):
    """Another run has taken this deployment over: nothing more may be written, not even to restore something."""


class CredentialError(RefusedError):
    """Spot or AWS did not accept the credentials."""


class SafetyError(SpotactionError):
    """A write was not sent, because it would have broken a safety rule."""

    exit_code = 1


class FailedError(SpotactionError):
    """The deployment failed: instances did not become healthy, an alarm fired, or time ran out."""

    exit_code = 1


class InconclusiveError(FailedError):
    """A check has no verdict, and its team wants to decide: the deployment stops as it is, for continue or rollback."""


class TimedOutError(FailedError):
    """A wait reached its deadline; the message ends with its last reason."""


class ApiError(SpotactionError):
    """Spot or AWS refused a call or did not respond.

    `retryable` is whether the same call may succeed later, `maybe_applied` whether the write may have taken effect.
    """

    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        service: str,
        call: str,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        retryable: bool = False,
        maybe_applied: bool = False,
        next_step: str = "",
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.service = service
        self.call = call
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retryable = retryable
        self.maybe_applied = maybe_applied

    @property
    def is_group_gone(self) -> bool:
        """Whether Spot reports that the group does not exist, as opposed to a wrong route or account."""
        return self.service == "spot" and self.code in _GROUP_GONE


class RollbackIncompleteError(SpotactionError):
    """The rollback is incomplete; manual actions are listed, with the command or link to finish them."""

    exit_code = 4


class UnreportedError(SpotactionError):
    """The operation succeeded, but outputs or state for later steps could not be written."""

    exit_code = 6


class CancelledError(SpotactionError):
    """The runner cancelled the step (SIGINT or SIGTERM)."""

    exit_code = 130


def with_full_stop(text: str) -> str:
    """Return the text with one full stop at its end, so that another sentence can follow."""
    bare = text.rstrip()
    return bare if not bare or bare.endswith(("?", "!", "…", ":")) else f"{bare.rstrip('.')}."


def as_action_error(error: Exception) -> SpotactionError:
    """Return our own errors unchanged, and any other as an internal error of this action."""
    if isinstance(error, SpotactionError):
        return error
    return SpotactionError(
        f"Internal error: {type(error).__name__}: {error}",
        next_step="please report it with the log of this step.",
    )
