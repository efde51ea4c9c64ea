"""When the next request to Spot is allowed, according to its rate limit headers."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import isfinite

# Spot counts per organization, route and method in a sliding window of 60 s, and a call made while blocked pushes the
# reset out (Spot's documentation, "API rate limits", since 2025-07). Whether one group's calls count for another is not
# stated; we assume the stricter reading, that the whole route template shares its limit.
LONGEST_RESET = 600.0
WINDOW = 60.0
MEMORY = 600.0  # seconds of our own calls from which our share of the window is estimated
BUSY = 0.4  # of the window: from here on every client slows down, before one is refused
AIM = 0.8  # of the window: what all clients together should use
LONGEST_HOLD = 4 * WINDOW
ROOM = 3.0  # calls that must remain for each other client, or we wait until the window resets
SPREAD = 2.0  # shares over which runs that were refused together return: they do not know how many they are
CALM, LOW = 1.02, 0.1  # steady use by others does not slow us down while a tenth of the window remains


@dataclass(frozen=True)
class Bucket:
    """Calls that share one limit: a route template and a method."""

    template: str
    method: str


@dataclass
class _Window:
    """The state of one bucket; times are on the clock's `now`.

    `server_reset` is when Spot opens it again, `blocked_until` the same plus our share of the time in which all refused
    runs return, and `backoff_until` when we stop holding back for other clients.
    """

    server_reset: float = float("-inf")
    blocked_until: float = float("-inf")
    backoff_until: float = float("-inf")
    tried_at: float | None = None
    #: Recent calls: seconds since the call before, and whether it was allowed.
    tries: deque[tuple[float, bool]] = field(default_factory=deque)
    used: float | None = None
    refused: int = 0

    def seconds_between_calls(self) -> float:
        """Seconds between two of our own recent calls that were allowed."""
        count = sum(allowed for _, allowed in self.tries)
        return max(self._seconds_observed(), WINDOW) / max(count, 1)

    @property
    def all_allowed(self) -> bool:
        """Whether no recent call was refused."""
        return all(allowed for _, allowed in self.tries)

    def note_call(self, now: float, *, allowed: bool) -> None:
        """Note a call. Time in which we had no reason to call does not count: it tells nothing about other clients."""
        held_back = max(self.blocked_until, self.backoff_until)
        before = self.tried_at if self.tried_at is not None else now
        self.tries.append((min(now - before, max(held_back - before, WINDOW)), allowed))
        self.tried_at = now
        while len(self.tries) > 1 and self._seconds_observed() > MEMORY:
            self.tries.popleft()

    def _seconds_observed(self) -> float:
        return sum(seconds for seconds, _ in self.tries)


class RateLimits:
    """The state of every bucket; `now` and all results are in seconds.

    Other processes use the same limit, and their number is unknown, but all calls in the window divided by our own
    estimate it: each of so many may call once in `WINDOW * others / limit` seconds. While the window fills we hold back
    for that long, never for more than four windows. All who are refused get the same reset and would all return at that
    moment, which only pushes it out; so each adds its own share, `draw` (0 to 1), of the time that all of them take.
    """

    def __init__(self, now: Callable[[], float], draw: Callable[[], float]) -> None:
        self._now = now
        self._draw = draw
        self._windows: dict[Bucket, _Window] = {}

    def seconds_to_wait(self, bucket: Bucket) -> float:
        """Return for how many seconds no request should be sent; 0 if one may."""
        window = self._windows.get(bucket)
        return max(window.blocked_until - self._now(), window.backoff_until - self._now(), 0.0) if window else 0.0

    def seconds_blocked(self, bucket: Bucket) -> float:
        """Return for how many seconds not even an urgent request should be sent."""
        window = self._windows.get(bucket)
        return max(window.blocked_until - self._now(), 0.0) if window else 0.0

    def seconds_until_reset(self, bucket: Bucket) -> float:
        """Return for how many seconds Spot refuses requests, without our share of the time in which all return."""
        window = self._windows.get(bucket)
        return max(window.server_reset - self._now(), 0.0) if window else 0.0

    def learn_from_answer(self, bucket: Bucket, status: int, headers: Mapping[str, str]) -> None:
        """Update the bucket from a response: block on 429 or if nothing remains, hold back if use is high and rises."""
        now = self._now()
        window = self._windows.setdefault(bucket, _Window())
        refused = status == HTTPStatus.TOO_MANY_REQUESTS
        window.note_call(now, allowed=not refused)
        window.refused = window.refused + 1 if refused else 0
        spread = backoff = 0.0
        if refused:
            reset = _backoff_seconds(window.refused, headers)
            spread = min(self._draw() * SPREAD / AIM * window.seconds_between_calls(), LONGEST_RESET)
            window.used = None
        else:
            remaining = _number_header(headers, "X-RateLimit-Remaining")
            reset = _reset_seconds(headers) if remaining is not None and remaining <= 0 else 0.0
            backoff = min(self._seconds_for_share(window, headers), LONGEST_HOLD)
        window.server_reset = now + reset if reset > 0 else float("-inf")
        window.blocked_until = window.server_reset + spread
        window.backoff_until = now + backoff if backoff > 0 else float("-inf")

    def _seconds_for_share(self, window: _Window, headers: Mapping[str, str]) -> float:
        """Seconds to hold back after an allowed call, from the estimated number of other clients."""
        remaining, limit = (
            _number_header(headers, "X-RateLimit-Remaining"),
            _number_header(headers, "X-RateLimit-Limit"),
        )
        if remaining is None or not limit:
            return 0.0
        before, window.used = window.used, max(limit - remaining, 1.0)
        calm = before is not None and window.used <= CALM * before and remaining > LOW * limit and window.all_allowed
        if window.used < BUSY * limit or calm:
            return 0.0
        others = window.used * window.seconds_between_calls() / WINDOW
        share = WINDOW * others / (AIM * limit) * (0.5 + self._draw())
        return share + _reset_seconds(headers) if remaining < ROOM * others else share


def _backoff_seconds(times: int, headers: Mapping[str, str]) -> float:
    return max(_reset_seconds(headers), min(float(2 ** min(times - 1, 6)), WINDOW))


def _reset_seconds(headers: Mapping[str, str]) -> float:
    return min(_number_header(headers, "X-RateLimit-Reset") or 0.0, LONGEST_RESET)


def _number_header(headers: Mapping[str, str], name: str) -> float | None:
    try:
        found = float(headers[name])
    except (KeyError, ValueError):
        return None
    return max(found, 0.0) if isfinite(found) else None
