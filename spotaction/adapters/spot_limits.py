"""When the next request to Spot is allowed, as its rate limit headers tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from spotaction.adapters.patience import no_jitter

# Spot counts per organisation, route and method in a sliding window of 60 s, and a call made while blocked pushes the
# reset out (Spot's documentation, "API rate limits", since 2025-07). Whether one group's calls count for another is not
# stated; we assume the stricter reading, that the whole route template shares its limit.
LONGEST_RESET = 600.0
WINDOW = 60  # longer than this no doubling helps: whoever storms has to end, while our own deadlines go on
LOW = 0.1
CROWD = 15.0  # seconds over which two runs that were refused at once spread; doubled with every refusal in a row


@dataclass(frozen=True)
class Bucket:
    """What shares one limit: a route template and a method."""

    template: str
    method: str


def alone() -> float:
    """Nobody to keep out of the way of."""
    return 0.0


class RateLimits:
    """The state of every bucket; `now` and all results are in seconds.

    Other processes use the same limit, are told the same reset and would all come back at that moment, which only
    pushes it out. So each waits for a share of its own beyond the reset, `draw` (0 to 1) of a time that doubles while
    it is refused, and goes slow for as many calls afterwards as it took to get through.
    """

    def __init__(
        self, now: Callable[[], float], jitter: Callable[[], float] = no_jitter, draw: Callable[[], float] = alone
    ) -> None:
        self._now = now
        self._jitter = jitter
        self._draw = draw
        self._crowd: dict[Bucket, int] = {}
        self._open_at: dict[Bucket, float] = {}
        self._refused: dict[Bucket, int] = {}

    def seconds_to_wait(self, bucket: Bucket) -> float:
        """How long no request may be sent; 0 when one may."""
        return max(self._open_at.get(bucket, float("-inf")) - self._now(), 0.0)

    def learn(self, bucket: Bucket, status: int, headers: Mapping[str, str]) -> None:
        """Take in an answer: block on 429 or when nothing remains, spread what remains when it is little."""
        refused = self._refused.get(bucket, 0) + 1 if status == HTTPStatus.TOO_MANY_REQUESTS else 0
        self._refused[bucket] = refused
        crowd = self._crowd.get(bucket, 0) + (1 if refused else 0)
        self._crowd[bucket] = crowd if refused else max(0, crowd - 1)
        pause = _pause(refused, headers) + self._draw() * _spread(crowd)
        if pause > 0:
            self._open_at[bucket] = self._now() + pause + self._jitter()
        else:
            self._open_at.pop(bucket, None)


def _pause(refused: int, headers: Mapping[str, str]) -> float:
    reset = min(_number(headers, "X-RateLimit-Reset") or 0.0, LONGEST_RESET)
    if refused:
        return max(reset, float(min(2 ** min(refused - 1, WINDOW), WINDOW)))
    remaining, limit = _number(headers, "X-RateLimit-Remaining"), _number(headers, "X-RateLimit-Limit")
    if remaining is None:
        return 0.0
    if remaining <= 0:
        return reset
    return reset / (remaining + 1) if limit is not None and remaining < LOW * limit else 0.0


def _spread(crowd: int) -> float:
    return float(min(CROWD * 2 ** min(crowd - 1, WINDOW), 2 * WINDOW)) if crowd else 0.0


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return max(float(headers[name]), 0.0)
    except (KeyError, ValueError):
        return None
