"""Fleets of any size in seconds: each deployment is only its calls, held back by the real rate limit's rules."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from spotaction.cloud.spot.http import OUTDATED
from spotaction.cloud.spot.rate_limit import Bucket, Place, RateLimits
from spotaction.engine.waits.health import Waiting
from spotaction.engine.waits.poll_intervals import (
    FIRST_POLL,
    poll_interval_launching,
    poll_interval_timed,
    poll_interval_watching_spaced,
)
from spotaction.model.ports import LIST_LAG
from spotaction.sandbox.spot.rate_limit import RateLimit

from .fleet import WINDOW, Load

Steps = Generator[float, None, None]  # yields the seconds that the deployment sleeps

LIST = Bucket("/aws/ec2/group", "GET")
CREATE = Bucket("/aws/ec2/group", "POST")
READ = Bucket("/aws/ec2/group/{id}", "GET")
UPDATE = Bucket("/aws/ec2/group/{id}", "PUT")
ROLLS = Bucket("/aws/ec2/group/{id}/roll", "GET")
SCALE = Bucket("/aws/ec2/group/{id}/capacity", "PUT")
HEALTH = Bucket("/aws/ec2/group/{id}/instanceHealthiness", "GET")

MATRIX = 256  # jobs, the most that GitHub starts for one matrix
LAUNCHED, HEALTHY, DRAINED = 20.0, 60.0, 135.0  # seconds after the group was scaled, as in the fleet's scenario


@dataclass
class Spot:
    """The account: its limit, and what was called when."""

    limit: int
    now: float = 0.0
    passed: Counter[Bucket] = field(default_factory=Counter)
    refused: Counter[Bucket] = field(default_factory=Counter)
    knowing: int = 0

    def __post_init__(self) -> None:
        self._limits = RateLimit(self.limit)

    def answer(self, bucket: Bucket) -> tuple[int, Mapping[str, str]]:
        """The status and the headers of a call that is made now."""
        verdict = self._limits.judge(f"{bucket.method} {bucket.template}", self.now)
        (self.passed if verdict.passes else self.refused)[bucket] += 1
        return (200 if verdict.passes else 429), verdict.headers


@dataclass
class Modelled:
    """A basic deployment by Spot alone, with a rate limit of its own."""

    spot: Spot
    number: int
    place: Place
    ended: float = 0.0

    def __post_init__(self) -> None:
        draw = random.Random(f"model/{self.number}").random  # noqa: S311 - not a secret
        self.limits = RateLimits(lambda: self.spot.now, draw, self.place)

    def run(self) -> Steps:
        """The calls in the order in which the engine makes them."""
        yield from self._call(LIST)
        if self.limits.seconds_until_turn() >= OUTDATED:
            yield from self._call(LIST)
        for bucket in (ROLLS, CREATE):
            yield from self._call(bucket)
        created = self.spot.now
        yield from self._call(LIST)
        yield from self._call(SCALE)
        yield from self._launch(self.spot.now)
        for bucket in (READ, READ, HEALTH):
            yield from self._call(bucket)
        yield max(created + LIST_LAG - self.spot.now, 0.0)
        for bucket in (LIST, HEALTH, SCALE):
            yield from self._call(bucket)
        yield from self._drain(self.spot.now)
        for bucket in (HEALTH, READ, LIST, UPDATE):
            yield from self._call(bucket)
        self.ended = self.spot.now

    def _launch(self, began: float) -> Steps:
        yield max(FIRST_POLL, self.limits.spacing)
        while True:
            yield from self._call(HEALTH)
            elapsed = self.spot.now - began
            if elapsed >= HEALTHY:
                return
            seen = Waiting("", 0, 2, 2 if elapsed >= LAUNCHED else 0)
            yield max(poll_interval_launching(seen, elapsed), self.limits.spacing)

    def _drain(self, began: float) -> Steps:
        """The old group is polled, and the new one watched; what falls due while a poll is held back follows it."""
        spaced = self.limits.spacing > FIRST_POLL
        due = began + (poll_interval_timed(DRAINED, self.limits.spacing) if spaced else FIRST_POLL)
        watch = began + poll_interval_watching_spaced(0.0, self.limits.spacing)
        while True:
            yield max(min(due, watch) - self.spot.now, 0.0)
            yield from self._hold(HEALTH)
            if self.spot.now >= watch:
                yield from self._call(HEALTH, held=True)
                watch = self.spot.now + poll_interval_watching_spaced(self.spot.now - began, self.limits.spacing)
            if self.spot.now >= due:
                yield from self._call(HEALTH, held=True)
                left = began + DRAINED - self.spot.now
                if left <= 0:
                    return
                due = self.spot.now + poll_interval_timed(left, self.limits.spacing)

    def _hold(self, bucket: Bucket) -> Steps:
        wait = self.limits.seconds_to_wait(bucket) if bucket.method == "GET" else self.limits.seconds_blocked(bucket)
        while wait > 0:
            yield wait
            wait = self.limits.seconds_until_reset(bucket)

    def _call(self, bucket: Bucket, *, held: bool = False) -> Steps:
        status = 0
        while status != 200:
            if not held:
                yield from self._hold(bucket)
            self.spot.knowing += self.limits.seconds_until_reset(bucket) > 0
            status, headers = self.spot.answer(bucket)
            self.limits.learn_from_answer(bucket, status, headers)
            held = False


def simulate(apps: int, limit: int, *, numbered: bool) -> Load:
    """Deploy that many apps at once."""
    _, alone = _play(1, 10**9, numbered=False)
    spot, makespan = _play(apps, limit, numbered=numbered)
    bound = max(alone, max(count - limit for count in spot.passed.values()) / limit * WINDOW)
    refused = spot.refused.total()
    return Load(apps, limit, apps, makespan, bound, spot.passed.total() + refused, refused, spot.knowing)


def simulate_waves(apps: int, limit: int) -> Load:
    """Deploy that many apps in matrices of `MATRIX` jobs, one after the other."""
    sizes = [min(MATRIX, apps - begun) for begun in range(0, apps, MATRIX)]
    found = {size: simulate(size, limit, numbered=True) for size in set(sizes)}
    waves = [found[size] for size in sizes]
    return Load(
        apps,
        limit,
        apps,
        sum(wave.makespan for wave in waves),
        sum(wave.bound for wave in waves),
        sum(wave.calls for wave in waves),
        sum(wave.refused for wave in waves),
        sum(wave.knowing for wave in waves),
    )


def _play(apps: int, limit: int, *, numbered: bool) -> tuple[Spot, float]:
    spot, order = Spot(limit), itertools.count()
    fleet = [Modelled(spot, number, Place(number, apps) if numbered else Place()) for number in range(apps)]
    queue = [(0.0, next(order), each.run()) for each in fleet]
    while queue:
        spot.now, _, steps = heapq.heappop(queue)
        pause = next(steps, None)
        if pause is not None:
            heapq.heappush(queue, (spot.now + pause, next(order), steps))
    return spot, max(each.ended for each in fleet)
