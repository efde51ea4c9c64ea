"""Spot's rate limit: a sliding window of 60 seconds for each route and method."""

import math
from collections import deque
from dataclasses import dataclass, field

WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may pass, and the headers of its response."""

    passes: bool
    headers: dict[str, str]


@dataclass(slots=True)
class _Bucket:
    passed: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0


class RateLimit:
    """Counts calls; without a limit every call passes, without headers."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.blocked_calls = 0
        self._buckets: dict[str, _Bucket] = {}

    def judge(self, call: str, now: float) -> Verdict:
        """Count a call, and return its verdict."""
        if self.limit is None:
            return Verdict(passes=True, headers={})
        bucket = self._buckets.setdefault(call, _Bucket())
        while bucket.passed and bucket.passed[0] <= now - WINDOW:
            bucket.passed.popleft()
        blocked = now < bucket.blocked_until
        if not blocked and len(bucket.passed) < self.limit:
            bucket.passed.append(now)
            return Verdict(passes=True, headers=self._headers(bucket, now))
        self._block(bucket, now, again=blocked)
        return Verdict(passes=False, headers=self._headers(bucket, now))

    def block(self, call: str, now: float, reset: float) -> Verdict:
        """Block a route for that many seconds."""
        limit = self.limit or 1
        self.blocked_calls += 1
        self._buckets.setdefault(call, _Bucket()).blocked_until = now + reset if self.limit is not None else 0.0
        return Verdict(passes=False, headers=_headers(limit, 0, reset))

    def _block(self, bucket: _Bucket, now: float, *, again: bool) -> None:
        """Block until the window has room; calls made while blocked delay that.

        Spot does not document by how much; here each delays it as much as a passed call.
        """
        assert self.limit is not None
        self.blocked_calls += 1
        if again:
            bucket.blocked_until += WINDOW / self.limit
        else:
            bucket.blocked_until = bucket.passed[0] + WINDOW if bucket.passed else now + 1

    def _headers(self, bucket: _Bucket, now: float) -> dict[str, str]:
        assert self.limit is not None
        oldest_leaves = bucket.passed[0] + WINDOW if bucket.passed else now + WINDOW
        reset = max(oldest_leaves, bucket.blocked_until) - now
        blocked = now < bucket.blocked_until
        return _headers(self.limit, 0 if blocked else self.limit - len(bucket.passed), reset)


def _headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, remaining)),
        "X-RateLimit-Reset": str(math.ceil(max(0.0, reset))),
    }
