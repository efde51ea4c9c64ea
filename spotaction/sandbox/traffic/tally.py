"""Counts the answers of a load: dropped requests, versions, and shares against weights."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from spotaction.sandbox.traffic.load import Answer
from spotaction.sandbox.traffic.routing import Routing
from spotaction.sandbox.types import InstanceId, RuleArn

#: Requests that a share is counted from at least.
_ENOUGH = 1000


@dataclass(frozen=True)
class Applied:
    """A routing that the load balancer applied, between two moments of this machine's monotonic clock."""

    began: float
    ended: float
    routing: Routing
    images: Mapping[InstanceId, str]

    def expected_share(self, rule: RuleArn, image: str) -> float:
        """Return the share of a rule's requests that the instances of an image should get, in percent."""
        weights = self.routing.forwards[rule].weights
        total = sum(weights.values())
        share = 0.0
        for arn, weight in weights.items():
            receiving = [instance for instance, part in self.routing.targets[arn].items() if part.receives]
            of_image = sum(self.images.get(instance) == image for instance in receiving)
            share += weight * of_image / len(receiving) if receiving else 0.0
        return 100 * share / total if total else 0.0


@dataclass(frozen=True)
class Share:
    """How many of `requests` an image got, in percent, and how many it should have got."""

    expected: float
    measured: float
    requests: int

    @property
    def deviation(self) -> float:
        """How far it is off, in percentage points."""
        return abs(self.measured - self.expected)


def dropped(answers: Iterable[Answer]) -> Counter[str]:
    """Count the requests without an answer of an instance, by what the client saw."""
    return Counter(answer.error or f"status {answer.status}" for answer in answers if answer.is_dropped)


def wrong_after(answers: Iterable[Answer], moment: float, image: str) -> int:
    """Count the requests that began after a moment and that another version than `image` answered."""
    return sum(answer.began > moment and answer.version not in {image, ""} for answer in answers)


def shares(answers: Sequence[Answer], applied: Sequence[Applied], rule: RuleArn, image: str) -> list[Share]:
    """Return the shares of an image, of every stretch with one expectation and enough requests."""
    measured: dict[float, list[bool]] = {}
    quick = sorted((answer for answer in answers if answer.kind != "slow"), key=lambda answer: answer.began)
    for expected, first, last in _stretches(applied, rule, image):
        within = [answer.version == image for answer in quick if first < answer.began and answer.ended < last]
        measured.setdefault(round(expected, 2), []).extend(within)
    return [
        Share(expected, 100 * sum(found) / len(found), len(found))
        for expected, found in measured.items()
        if len(found) >= _ENOUGH
    ]


def _stretches(applied: Sequence[Applied], rule: RuleArn, image: str) -> Iterator[tuple[float, float, float]]:
    """Yield each expected share with the moments between which it holds."""
    for one, following in pairwise(applied):
        yield one.expected_share(rule, image), one.ended, following.began
    if applied:
        yield applied[-1].expected_share(rule, image), applied[-1].ended, float("inf")
