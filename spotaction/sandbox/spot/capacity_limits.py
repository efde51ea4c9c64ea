"""Capacity limits: Spot may store a smaller capacity than it confirms."""

from spotaction.sandbox.spot.capacity_supply import matches_group
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.types import JSON


class Limits:
    """The largest capacity that Spot stores, by group name pattern."""

    def __init__(self) -> None:
        self._most: list[tuple[str, int]] = []

    def set(self, pattern: str, most: int) -> None:
        """Limit capacities from now on; stored ones stay."""
        self._most.append((pattern, most))

    def lift(self, pattern: str, most: int) -> None:
        """Remove the limit; stored capacities stay."""
        self._most.remove((pattern, most))

    def clamped(self, group: Group) -> JSON:
        """Return the group's capacity as Spot stores it."""
        capacity = group.capacity
        most = min((most for pattern, most in self._most if matches_group(group, pattern)), default=capacity["maximum"])
        return {key: min(capacity[key], most) for key in ("minimum", "target", "maximum")}
