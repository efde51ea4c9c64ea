"""What Spot makes of a capacity that was written: it may store less than it answers."""

from spotaction.sandbox.spot.capacity_supply import named
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.types import JSON


class Limits:
    """The most instances that Spot stores for the groups that a pattern names."""

    def __init__(self) -> None:
        self._most: list[tuple[str, int]] = []

    def set(self, pattern: str, most: int) -> None:
        """Cut capacities off from now on; what is stored already stays."""
        self._most.append((pattern, most))

    def lift(self, pattern: str, most: int) -> None:
        """Store capacities as they are written again."""
        self._most.remove((pattern, most))

    def clamped(self, group: Group) -> JSON:
        """Return the group's capacity as Spot stores it."""
        capacity = group.capacity
        most = min((most for pattern, most in self._most if named(group, pattern)), default=capacity["maximum"])
        return {key: min(capacity[key], most) for key in ("minimum", "target", "maximum")}
