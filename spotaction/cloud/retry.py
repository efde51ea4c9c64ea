"""How often a failed call is retried, and how long to sleep before each retry."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol

from spotaction.model.ports import WRITE_TIME, Clock


class Observer(Protocol):
    """Called after every call that was sent."""

    def __call__(self, method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001  (the port's form)
        """Note a call. `template` is the route or operation, and `status` is None without a response.

        `seconds` is how long the call took, and `mutation` whether it changes something.
        """
        ...


def no_deadline() -> float:
    """Return infinity: there is no deadline."""
    return float("inf")


def no_spacing() -> float:
    """Return 0: the rate limit leaves room for every read."""
    return 0.0


def is_never_hurried() -> bool:
    """Return False: reads are held back for other clients."""
    return False


def ignore_call(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001  (the port's form)
    """Do nothing; an `Observer`."""


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds for retries: a number of attempts, and `deadline`, a time on `clock` (seconds, like `now`).

    Pauses double from `first` to `longest` seconds. While `hurried` returns true, no call is held back for other
    clients.
    """

    clock: Clock
    deadline: Callable[[], float] = no_deadline
    attempts: int = 5
    first: float = 1.0
    longest: float = 30.0
    hurried: Callable[[], bool] = is_never_hurried

    def wait_before_retry(self, attempt: int, *, at_least: float = 0.0, until: float = inf) -> bool:
        """Sleep after the failed attempt number `attempt` (from 1) and return True; return False at once to give up.

        There is no further attempt after `until`, a time on `clock`.
        """
        pause = max(at_least, min(self.first * 2 ** (attempt - 1), self.longest))
        if attempt >= self.attempts or not self.has_time_for(pause) or self.clock.now() + pause > until:
            return False
        self.clock.sleep(pause)
        return True

    def last_retry(self, *, mutation: bool) -> float:
        """Return until when a call that is sent now may be sent again: a time on `clock`, for reads without end."""
        return self.clock.now() + WRITE_TIME if mutation else inf

    def has_time_for(self, seconds: float) -> bool:
        """Whether a sleep of `seconds` ends before the deadline."""
        return self.clock.now() + seconds <= self.deadline()

    def seconds_left(self) -> float:
        """Return the seconds until the deadline."""
        return self.deadline() - self.clock.now()
