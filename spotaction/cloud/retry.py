"""How often a failed call is tried again, and how long we sleep before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from spotaction.model.ports import Clock


class Observer(Protocol):
    """Told of every call that went out: `template` is the route or operation, `status` None without an answer."""

    def __call__(self, method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001  (the port's form)
        """Count the call."""
        ...


def no_deadline() -> float:
    """No deadline."""
    return float("inf")


def is_never_hurried() -> bool:
    """Others may go first."""
    return False


def no_jitter() -> float:
    """Sleep exactly as long as computed."""
    return 0.0


def ignore_call(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001  (the port's form)
    """Nobody counts."""


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds for trying again: a number of attempts and `deadline`, a moment on `clock` (seconds, like `now`).

    Pauses double from `first` to `longest` seconds; `jitter` gives what is added to each. While `hurried`, nothing is
    held back for others.
    """

    clock: Clock
    deadline: Callable[[], float] = no_deadline
    attempts: int = 5
    first: float = 1.0
    longest: float = 30.0
    jitter: Callable[[], float] = no_jitter
    hurried: Callable[[], bool] = is_never_hurried

    def wait_before_retry(self, attempt: int, *, at_least: float = 0.0) -> bool:
        """Sleep after failed attempt number `attempt` (from 1) and say True, or say at once that we give up."""
        pause = max(at_least, min(self.first * 2 ** (attempt - 1), self.longest)) + self.jitter()
        if attempt >= self.attempts or not self.has_time_for(pause):
            return False
        self.clock.sleep(pause)
        return True

    def has_time_for(self, seconds: float) -> bool:
        """Whether the deadline leaves room for a sleep of `seconds`."""
        return self.clock.now() + seconds <= self.deadline()

    def seconds_left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline() - self.clock.now()
