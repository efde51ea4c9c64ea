"""When the next request to Spot is allowed, according to its rate limit headers."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import inf, isfinite

# Spot counts per organization, route and method in a sliding window of 60 s, and a call made while blocked pushes the
# reset out (Spot's documentation, "API rate limits", since 2025-07). Whether one group's calls count for another is not
# stated; we assume the stricter reading, that the whole route template shares its limit.
WINDOW = 60.0
LONGEST_RESET = 3600.0
MEMORY = 600.0  # seconds of our own calls from which the number of other clients is estimated
AIM = 0.9  # of the limit: what all clients together should use
AIM_AT_START = 0.5  # of the limit: while others may have started together with us, and their calls are yet to come
FREE = 0.5  # of the limit: while all clients together use less, nobody holds back
LONGEST_GAP = 5 * WINDOW  # between two calls: a longer one tells nothing about the other clients
CALM, LOW = 1.02, 0.1  # steady use by others does not slow us down while a tenth of the window remains
MOST = 8.0  # times the limit: more clients are never assumed, whatever refusals and other routes have taught
FIRST_TURN = 0.1  # seconds between the first calls of two jobs that start together, before the limit is known
CALLS_AT_START = 3  # a deployment's calls of one route in its first seconds
CALLS = 9  # a deployment's calls of one route if it makes no more of them than it has to
SHORTEST, USUAL = 180.0, 240.0  # seconds that a deployment takes


@dataclass(frozen=True)
class Bucket:
    """Calls that share one limit: a route template and a method."""

    template: str
    method: str


@dataclass(frozen=True)
class Place:
    """The place of this job among `jobs` that start together, from 0; alone, as far as is known, with one."""

    index: int = 0
    jobs: int = 1


@dataclass
class _Window:
    """The state of one bucket; times are on the clock's `now`.

    `server_reset` is when Spot opens it again, `blocked_until` the same plus our share of the time in which all refused
    runs return, and `backoff_until` when we stop holding back for other clients.
    """

    server_reset: float = float("-inf")
    blocked_until: float = float("-inf")
    backoff_until: float = float("-inf")
    #: When our own recent calls were answered, without those that were refused.
    calls: deque[float] = field(default_factory=deque)
    #: How many calls of all clients the answer before counted.
    used: float | None = None
    refused: int = 0
    refused_at: float = float("-inf")

    def add_call(self, now: float) -> list[float]:
        """Note a call that was allowed; returns our calls of the last 60 s, this one included."""
        self.calls.append(now)
        while self.calls[0] <= now - MEMORY:
            self.calls.popleft()
        return [call for call in self.calls if call > now - WINDOW]


class RateLimits:
    """The state of every bucket; `now` and all results are in seconds.

    Other processes use the same limit, and their number is unknown, but all calls in the window divided by our own
    estimate it, and each refusal doubles it. A fair share is the limit divided by that number: a client that has used
    its share waits until one of its calls leaves the window. All that are refused would return at the same reset, and
    their calls would push it out; so each waits for as long as the calls of all others can push it, and then for a turn
    of its own: the one of its `place` if the job knows that, else a random one (`draw`, 0 to 1).
    """

    def __init__(self, now: Callable[[], float], draw: Callable[[], float], place: Place | None = None) -> None:
        self._now = now
        self._draw = draw
        self._place = place or Place()
        self._windows: dict[Bucket, _Window] = {}
        self._limit = 0.0
        self._clients = 0.0
        self._jobs = float(self._place.jobs)  # under way at the same time
        self._started: float | None = None
        #: How many seconds apart this run's reads of one route have to be, as far as is known; 0 while there is room.
        self.spacing = 0.0
        self._turn = now() + min(self._place.index * FIRST_TURN, LONGEST_RESET)

    def seconds_to_wait(self, bucket: Bucket) -> float:
        """Return for how many seconds no request should be sent; 0 if one may."""
        window = self._windows.get(bucket, _Window())
        return max(window.blocked_until, window.backoff_until, self._turn, self._now()) - self._now()

    def seconds_until_turn(self) -> float:
        """Return for how many seconds this job leaves the limit to those that started before it."""
        return max(self._turn - self._now(), 0.0)

    def seconds_blocked(self, bucket: Bucket) -> float:
        """Return for how many seconds not even an urgent request should be sent."""
        window = self._windows.get(bucket)
        return max(window.blocked_until - self._now(), 0.0) if window else 0.0

    def seconds_until_reset(self, bucket: Bucket) -> float:
        """Return for how many seconds Spot refuses requests, without our share of the time in which all return."""
        window = self._windows.get(bucket)
        return max(window.server_reset - self._now(), 0.0) if window else 0.0

    def learn_from_answer(self, bucket: Bucket, status: int, headers: Mapping[str, str]) -> None:
        """Update the bucket from a response: block on 429 or if nothing remains, hold back beyond our share."""
        now = self._now()
        self._limit = _number_header(headers, "X-RateLimit-Limit") or self._limit
        if self._started is None:
            self._started = now
            self._take_turn()
        window = self._windows.setdefault(bucket, _Window())
        reset = spread = hold = 0.0
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            window.refused += 1
            window.refused_at = now
            window.used = None
            reset = _seconds_after_refusal(window.refused, headers)
            spread = self._seconds_after_reset(headers)
        else:
            window.refused = 0
            recent = window.add_call(now)
            remaining = _number_header(headers, "X-RateLimit-Remaining")
            if remaining is not None and remaining <= 0:
                reset = _reset_seconds(headers)
            if remaining is not None and self._limit:
                hold = self._seconds_over_share(window, recent, max(self._limit - remaining, 1.0))
        window.server_reset = now + reset
        window.blocked_until = window.server_reset + spread
        window.backoff_until = now + hold

    def _take_turn(self) -> None:
        """Start in turns if that many jobs exceed the limit, so that it is enough for all that are under way."""
        jobs = self._place.jobs
        if CALLS_AT_START * jobs <= AIM * self._limit or not self._limit:
            return
        one_call = jobs * WINDOW / (AIM * self._limit)  # of each
        seconds = max(CALLS_AT_START * one_call, CALLS * one_call - SHORTEST)
        self._turn = self._now() + min(self._place.index / jobs * seconds, LONGEST_RESET)
        self._jobs = jobs * USUAL / (USUAL + seconds)

    def _count_refused(self, headers: Mapping[str, str]) -> float:
        """How many clients there must be: a full limit of them, and those whose refused calls pushed the reset out."""
        return min(max(self._limit, _reset_seconds(headers) * self._limit / WINDOW), MOST * self._limit)

    def _seconds_after_reset(self, headers: Mapping[str, str]) -> float:
        """Seconds after a reset until the others can no longer push it out, and it is our turn among all of them."""
        if not self._limit:
            return 0.0
        jobs = self._place.jobs
        phase = (self._place.index + 0.5) / jobs if jobs > 1 else self._draw()
        if jobs > 1 and self._clients == 0:
            self._clients = float(jobs)  # the first answer of all is a refusal: they have just started together
        else:
            self._clients = min(max(2 * self._clients, self._count_refused(headers)), MOST * self._limit)
        return min((1 + phase / AIM) * self._clients * WINDOW / self._limit, LONGEST_RESET)

    def _seconds_over_share(self, window: _Window, recent: list[float], used: float) -> float:
        """Seconds to hold back after an allowed call, `recent` of ours and `used` of all clients in the last 60 s."""
        now = self._now()
        own = float(len(recent))
        if own == 1 and len(window.calls) > 1:
            own = WINDOW / min(max(now - window.calls[-2], WINDOW), LONGEST_GAP)
        fresh = now - window.calls[0] < WINDOW
        self._clients = self._count_clients(used / own, fresh=fresh)
        calm = self._is_calm(window, used)
        # After a start and after a block the window says nothing: the others' calls are yet to come.
        fills = fresh or now - window.refused_at < MEMORY
        filling = fills and self._clients > FREE * self._limit
        if calm or (used < FREE * self._limit and not filling):
            return 0.0
        unknown = fresh and self._place.jobs == 1 and used > own
        share = (AIM_AT_START if unknown else AIM) * self._limit / self._clients
        self.spacing = WINDOW / share
        whole = max(int(share), 1)
        if len(recent) < whole:
            return 0.0
        hold = recent[len(recent) - whole] + WINDOW * whole / share - now
        return hold * (0.9 + 0.2 * self._draw())

    def _is_calm(self, window: _Window, used: float) -> bool:
        """Whether others use no more than at our call before, leave a tenth, and Spot refused none of ours lately."""
        before, window.used = window.used, used
        lately = self._now() - window.refused_at < MEMORY
        return before is not None and used <= CALM * before and used < (1 - LOW) * self._limit and not lately

    def _count_clients(self, estimate: float, *, fresh: bool) -> float:
        """How many clients share the bucket; while our calls are `fresh`, those of others may not be counted yet.

        Another route, or this one until now, may have a far higher limit: its clients would mean hours of holding back.
        """
        estimate = max(estimate, (self._clients + estimate) / 2)  # what a refusal has taught is not forgotten at once
        if self._place.jobs > 1:
            in_turns = self._jobs < self._place.jobs
            least, most = self._jobs if fresh else 0.0, inf if fresh and in_turns else float(self._place.jobs)
            estimate = min(max(estimate, least), most)
        return min(estimate, MOST * self._limit)


def _seconds_after_refusal(times: int, headers: Mapping[str, str]) -> float:
    return max(_reset_seconds(headers), min(float(2 ** min(times - 1, 6)), WINDOW))


def _reset_seconds(headers: Mapping[str, str]) -> float:
    return min(_number_header(headers, "X-RateLimit-Reset") or 0.0, LONGEST_RESET)


def _number_header(headers: Mapping[str, str], name: str) -> float | None:
    try:
        found = float(headers[name])
    except (KeyError, ValueError):
        return None
    return max(found, 0.0) if isfinite(found) else None
