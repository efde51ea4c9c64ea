"""What can go wrong for the user, one class each, with its exit code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class SourceLocation:
    """Where a problem lies: a file as the user wrote it, 1-based line and column."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing that a person has to change: what is wrong, where, and the way out.

    `subject` is the input or the dotted path inside a document; `place` is given where a file is to blame.
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
    """Something ended the run; `str()` is one paragraph for the person on call, `next_step` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        self.message = re.sub(r"\.{2,}$", ".", message)  # a sentence that ends in another one
        self.next_step = next_step
        super().__init__(self.message)

    def __str__(self) -> str:
        return (
            f"{with_full_stop(self.message)} Next: {with_full_stop(self.next_step)}" if self.next_step else self.message
        )


class InvalidError(SpotactionError):
    """Inputs or documents are wrong; every problem is listed and nothing was sent anywhere."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusedError(SpotactionError):
    """The world is not as it has to be for this deployment; nothing was written."""

    exit_code = 3


class ConflictError(RefusedError):
    """Another run is deploying this app, or left a deployment half-way."""


class TakenOverError(ConflictError):
    """Another run holds this very deployment now: nothing more may be written, not even to put something back."""


class CredentialError(RefusedError):
    """Spot or AWS did not accept who we are."""


class SafetyError(SpotactionError):
    """A write would have broken a safety rule and was not sent."""

    exit_code = 1


class FailedError(SpotactionError):
    """The release is bad: it never got healthy, an alarm fired, or time ran out."""

    exit_code = 1


class TimedOutError(FailedError):
    """A wait reached its deadline; the message ends in the last reason why it was not over."""


class ApiError(SpotactionError):
    """Spot or AWS refused a call or did not answer.

    `retryable` tells whether the same call may succeed later; `maybe_applied` whether the other side may have done it.
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


class RollbackIncompleteError(SpotactionError):
    """Rolling back left something undone; it is listed with the command or link that finishes it."""

    exit_code = 4


class UnreportedError(SpotactionError):
    """What was done is done, but the outputs or the state that later steps go by could not be written."""

    exit_code = 6


class CancelledError(SpotactionError):
    """The runner asked us to stop (SIGINT or SIGTERM)."""

    exit_code = 130


def with_full_stop(text: str) -> str:
    """The text with one full stop at its end, so that another sentence can follow."""
    bare = text.rstrip()
    return bare if not bare or bare.endswith(("?", "!", "…", ":")) else f"{bare.rstrip('.')}."


def as_action_error(error: Exception) -> SpotactionError:
    """Our own errors speak for themselves; anything else is a fault of this action and says so."""
    if isinstance(error, SpotactionError):
        return error
    return SpotactionError(
        f"Internal error: {type(error).__name__}: {error}",
        next_step="please report it with the log of this step.",
    )
