"""Counts the calls to Spot and AWS for the report."""

from dataclasses import dataclass, field
from http import HTTPStatus

from spotaction.model.resources import JsonObject


@dataclass
class Count:
    """How often a call was sent and failed (an error or no answer), and how many seconds all of them took together."""

    mutation: bool
    calls: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass
class CallStats:
    """Counts calls as the `Observer` of the adapters, by names like `GET /aws/ec2/group` and `elbv2:ModifyRule`."""

    counts: dict[str, Count] = field(default_factory=dict)

    def __call__(self, method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001 - the adapters' form
        """Count one call that was sent; see `Observer`."""
        name = f"{method} {template}" if template.startswith("/") else template
        count = self.counts.setdefault(name, Count(mutation))
        count.calls += 1
        count.failed += status is None or status >= HTTPStatus.BAD_REQUEST
        count.seconds += seconds

    def as_json(self) -> JsonObject:
        """Return `calls` of the report: every count by name, and their sums."""
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
