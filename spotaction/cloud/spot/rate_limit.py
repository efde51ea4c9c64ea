"""When the next request to Spot is allowed, as its rate limit headers tell."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import isfinite

from spotaction.cloud.retry import no_jitter

# Spot counts per organisation, route and method in a sliding window of 60 s, and a call made while blocked pushes the
# reset out (Spot's documentation, "API rate limits", since 2025-07). Whether one group's calls count for another is not
# stated; we assume the stricter reading, that the whole route template shares its limit.
LONGEST_RESET = 600.0
WINDOW = 60.0
MEMORY = 600.0  # seconds of our own calls that tell how large our share of the window was
BUSY = 0.4  # of the window: from here on everybody goes slower, lest somebody is refused
AIM = 0.8  # of the window: what everybody together should use
LONGEST_HOLD = 4 * WINDOW
ROOM = 3.0  # calls for each of the others have to remain, or we wait until the window opens again
SPREAD = 2.0  # shares over which runs that were refused at once come back: how many they are is not told to them
CALM, LOW = 1.02, 0.1  # somebody who uses much, but no more than before, leaves us what is left down to a tenth


@dataclass(frozen=True)
class Bucket:
    """What shares one limit: a route template and a method."""

    template: str
    method: str


@dataclass
class _Window:
    """One bucket: until when it is shut as Spot told, and for us; until when we hold back; what we saw of it lately."""

    told_until: float = float("-inf")
    shut_until: float = float("-inf")
    ours_at: float = float("-inf")
    tried_at: float | None = None
    tries: deque[tuple[float, bool]] = field(default_factory=deque)  # seconds since the one before, and went through
    used: float | None = None
    refused: int = 0

    def seconds_between_calls(self) -> float:
        """Seconds between two of our own calls, as they went through lately."""
        passed = sum(went_through for _, went_through in self.tries)
        return max(self._seconds_observed(), WINDOW) / max(passed, 1)

    @property
    def passed_all(self) -> bool:
        """Whether no call was refused lately."""
        return all(went_through for _, went_through in self.tries)

    def note_call(self, now: float, *, went_through: bool) -> None:
        """Take in a call. Time in which we had no reason to call says nothing of how many others there are."""
        held_back = max(self.shut_until, self.ours_at)
        before = self.tried_at if self.tried_at is not None else now
        self.tries.append((min(now - before, max(held_back - before, WINDOW)), went_through))
        self.tried_at = now
        while len(self.tries) > 1 and self._seconds_observed() > MEMORY:
            self.tries.popleft()

    def _seconds_observed(self) -> float:
        return sum(seconds for seconds, _ in self.tries)


def no_spread() -> float:
    """Nobody to keep out of the way of."""
    return 0.0


class RateLimits:
    """The state of every bucket; `now` and all results are in seconds.

    Other processes use the same limit, and nobody tells how many they are. But all calls in the window over our own
    among them do: of so many, each may call once in `WINDOW * others / limit` seconds. We hold back for that, never for
    more than four windows, while the window fills. All who are refused are told the same reset and would all come back
    at that moment, which only pushes it out; so each adds a share of its own, `draw` (0 to 1) of the time that all of
    them together take.
    """

    def __init__(
        self, now: Callable[[], float], jitter: Callable[[], float] = no_jitter, draw: Callable[[], float] = no_spread
    ) -> None:
        self._now = now
        self._jitter = jitter
        self._draw = draw
        self._windows: dict[Bucket, _Window] = {}

    def seconds_to_wait(self, bucket: Bucket) -> float:
        """How long no request should be sent; 0 when one may."""
        window = self._windows.get(bucket)
        return max(window.shut_until - self._now(), window.ours_at - self._now(), 0.0) if window else 0.0

    def seconds_shut(self, bucket: Bucket) -> float:
        """How long a request would be refused, however urgent."""
        window = self._windows.get(bucket)
        return max(window.shut_until - self._now(), 0.0) if window else 0.0

    def seconds_told(self, bucket: Bucket) -> float:
        """How long Spot said that it refuses, without our share of the time in which all who were refused come back."""
        window = self._windows.get(bucket)
        return max(window.told_until - self._now(), 0.0) if window else 0.0

    def learn_from_answer(self, bucket: Bucket, status: int, headers: Mapping[str, str]) -> None:
        """Take in an answer: shut on 429 or when nothing remains, hold back when others use much and more and more."""
        now = self._now()
        window = self._windows.setdefault(bucket, _Window())
        refused = status == HTTPStatus.TOO_MANY_REQUESTS
        window.note_call(now, went_through=not refused)
        window.refused = window.refused + 1 if refused else 0
        spread = ours = 0.0
        if refused:
            told = _turned_away(window.refused, headers)
            spread = min(self._draw() * SPREAD / AIM * window.seconds_between_calls(), LONGEST_RESET)
            window.used = None
        else:
            remaining = _number_header(headers, "X-RateLimit-Remaining")
            told = _reset_seconds(headers) if remaining is not None and remaining <= 0 else 0.0
            ours = min(self._seconds_for_share(window, headers), LONGEST_HOLD)
        window.told_until = now + told + self._jitter() if told > 0 else float("-inf")
        window.shut_until = window.told_until + spread
        window.ours_at = now + ours + self._jitter() if ours > 0 else float("-inf")

    def _seconds_for_share(self, window: _Window, headers: Mapping[str, str]) -> float:
        """How long to hold back after a call that went through, given how often ours do."""
        remaining, limit = (
            _number_header(headers, "X-RateLimit-Remaining"),
            _number_header(headers, "X-RateLimit-Limit"),
        )
        if remaining is None or not limit:
            return 0.0
        before, window.used = window.used, max(limit - remaining, 1.0)
        calm = before is not None and window.used <= CALM * before and remaining > LOW * limit and window.passed_all
        if window.used < BUSY * limit or calm:
            return 0.0
        others = window.used * window.seconds_between_calls() / WINDOW
        share = WINDOW * others / (AIM * limit) * (0.5 + self._draw())
        return share + _reset_seconds(headers) if remaining < ROOM * others else share


def _turned_away(times: int, headers: Mapping[str, str]) -> float:
    return max(_reset_seconds(headers), min(float(2 ** min(times - 1, 6)), WINDOW))


def _reset_seconds(headers: Mapping[str, str]) -> float:
    return min(_number_header(headers, "X-RateLimit-Reset") or 0.0, LONGEST_RESET)


def _number_header(headers: Mapping[str, str], name: str) -> float | None:
    try:
        found = float(headers[name])
    except (KeyError, ValueError):
        return None
    return max(found, 0.0) if isfinite(found) else None
