"""When the next request to Spot is allowed, as its rate limit headers tell."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import isfinite

from spotaction.adapters.patience import no_jitter

# Spot counts per organisation, route and method in a sliding window of 60 s, and a call made while blocked pushes the
# reset out (Spot's documentation, "API rate limits", since 2025-07). Whether one group's calls count for another is not
# stated; we assume the stricter reading, that the whole route template shares its limit.
LONGEST_RESET = 600.0
WINDOW = 60.0
MEMORY = 600.0  # seconds of our own calls that tell how large our share of the window was
BUSY = 0.4  # of the window: from here on everybody goes slower, lest somebody is refused
AIM = 0.8  # of the window: what everybody together should use
ROOM = 3.0  # calls for each of the others have to remain, or we wait until the window opens again
SPREAD = 2.0  # shares over which runs that were refused at once come back: how many they are is not told to them


@dataclass(frozen=True)
class Bucket:
    """What shares one limit: a route template and a method."""

    template: str
    method: str


@dataclass
class _Window:
    """One bucket: when the next call may go out, when ours went through, since when we try, refusals in a row."""

    since: float
    open_at: float = float("-inf")
    passed: deque[float] = field(default_factory=deque)
    refused: int = 0

    def between(self, now: float) -> float:
        """Seconds between two of our own calls, as they went through lately."""
        while self.passed and self.passed[0] <= now - MEMORY:
            self.passed.popleft()
        return min(max(now - self.since, WINDOW), MEMORY) / max(len(self.passed), 1)


def alone() -> float:
    """Nobody to keep out of the way of."""
    return 0.0


class RateLimits:
    """The state of every bucket; `now` and all results are in seconds.

    Other processes use the same limit, and nobody tells how many they are. But all calls in the window over our own
    among them do: of so many, each may call once in `WINDOW * others / limit` seconds. We keep to that once the window
    fills. All who are refused are told the same reset and would all come back at that moment, which only pushes it out;
    so each adds a share of its own, `draw` (0 to 1) of the time that all of them together take.
    """

    def __init__(
        self, now: Callable[[], float], jitter: Callable[[], float] = no_jitter, draw: Callable[[], float] = alone
    ) -> None:
        self._now = now
        self._jitter = jitter
        self._draw = draw
        self._windows: dict[Bucket, _Window] = {}

    def seconds_to_wait(self, bucket: Bucket) -> float:
        """How long no request may be sent; 0 when one may."""
        window = self._windows.get(bucket)
        return max(window.open_at - self._now(), 0.0) if window else 0.0

    def learn(self, bucket: Bucket, status: int, headers: Mapping[str, str]) -> None:
        """Take in an answer: block on 429 or when nothing remains, keep to our share when others use much."""
        now = self._now()
        window = self._windows.setdefault(bucket, _Window(since=now))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            window.refused += 1
            pause = _turned_away(window.refused, headers) + self._draw() * SPREAD / AIM * window.between(now)
        else:
            window.refused = 0
            window.passed.append(now)
            pause = self._share(window.between(now), headers)
        window.open_at = now + pause + self._jitter() if pause > 0 else float("-inf")

    def _share(self, between: float, headers: Mapping[str, str]) -> float:
        """How long to wait after a call that went through, given how often ours do."""
        remaining, limit = _number(headers, "X-RateLimit-Remaining"), _number(headers, "X-RateLimit-Limit")
        if remaining is None:
            return 0.0
        shut = 0.0 if remaining > 0 else _reset(headers)
        used = max(limit - remaining, 1.0) if limit else 0.0
        if not limit or used < BUSY * limit:
            return shut
        others = used * between / WINDOW
        share = WINDOW * others / (AIM * limit) * (0.5 + self._draw())
        return share + _reset(headers) if remaining < ROOM * others else share


def _turned_away(times: int, headers: Mapping[str, str]) -> float:
    return max(_reset(headers), min(float(2 ** min(times - 1, 6)), WINDOW))


def _reset(headers: Mapping[str, str]) -> float:
    return min(_number(headers, "X-RateLimit-Reset") or 0.0, LONGEST_RESET)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        found = float(headers[name])
    except (KeyError, ValueError):
        return None
    return max(found, 0.0) if isfinite(found) else None
