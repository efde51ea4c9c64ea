"""Counts the calls to the clouds by their names, as the adapters make them."""

from dataclasses import dataclass, field
from http import HTTPStatus

from spotaction.model.resources import JsonObject


@dataclass
class Count:
    """How often a call was made, how often it failed or got no answer, and the seconds that it took in all."""

    mutation: bool
    calls: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass
class CallStats:
    """An observer of calls; names are `GET /aws/ec2/group` for Spot and `elbv2:ModifyRule` for AWS."""

    counts: dict[str, Count] = field(default_factory=dict)

    def __call__(self, method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001 - the adapters' form
        """Count a call that went out."""
        name = f"{method} {template}" if template.startswith("/") else template
        count = self.counts.setdefault(name, Count(mutation))
        count.calls += 1
        count.failed += status is None or status >= HTTPStatus.BAD_REQUEST
        count.seconds += seconds

    def as_json(self) -> JsonObject:
        """All counts by name, and their sums."""
        return {
            "total": sum(count.calls for count in self.counts.values()),
            "mutations": sum(count.calls for count in self.counts.values() if count.mutation),
            "failed": sum(count.failed for count in self.counts.values()),
            "byName": {name: _count_json(count) for name, count in sorted(self.counts.items())},
        }


def _count_json(count: Count) -> JsonObject:
    return {
        "calls": count.calls,
        "failed": count.failed,
        "seconds": round(count.seconds, 3),
        "mutation": count.mutation,
    }
