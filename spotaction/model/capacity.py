"""The arithmetic of phases: capacities of the new and the old group from a count or a percentage."""

import math
from dataclasses import dataclass

from spotaction.model.resources import ZERO, Capacity


@dataclass(frozen=True)
class Amount:
    """`3` instances or `50%` of a group: exactly one of the two is set; percent is 0 to 100."""

    count: int | None = None
    percent: int | None = None

    def __str__(self) -> str:
        return f"{self.percent}%" if self.percent is not None else str(self.count)


def is_final(amount: Amount, setup: Capacity) -> bool:
    """Whether a phase gives the new group its full capacity."""
    if amount.percent is not None:
        return amount.percent >= 100  # noqa: PLR2004 - a percentage
    return (amount.count or 0) >= setup.target


def new_target(amount: Amount, setup: Capacity) -> int:
    """Return the new group's number of instances in a phase; a percentage is at least one, unless the setup is 0."""
    if amount.percent is None:
        return min(amount.count or 0, setup.target)
    share = _half_up(min(amount.percent, 100) * setup.target / 100)
    return max(1, share) if setup.target else 0


def new_capacity(amount: Amount, setup: Capacity) -> Capacity:
    """Return the new group's capacity in a phase: minimum = target = maximum, and in the final one the setup's."""
    return setup if is_final(amount, setup) else Capacity.fixed(new_target(amount, setup))


def old_capacity(amount: Amount, setup: Capacity, old: Capacity, kept: Amount | None = None) -> Capacity:
    """Return the old group's capacity in a phase, from its capacity in the snapshot.

    In the final phase it is 0, whatever `kept` is. Without `kept`, one old instance is removed per new one. `kept` is
    the number of instances to keep, or their percentage of the snapshot. The maximum is kept, so that what still serves
    can scale out under load (Harness pins it).
    """
    if is_final(amount, setup):
        return ZERO
    if kept is None:
        target = max(0, old.target - new_target(amount, setup))
    elif kept.percent is not None:
        target = _half_up(min(kept.percent, 100) * old.target / 100)
    else:
        target = kept.count or 0
    return Capacity(target, target, max(target, old.maximum)) if target else ZERO


def required_targets(old: Capacity | None, setup: Capacity) -> int:
    """Return how many healthy targets production needs once the new group serves: what it had, or the setup if less."""
    return min(old.target, setup.target) if old else 0


def needed_of_new(old: Capacity | None, setup: Capacity, *, old_left: int, new: int) -> int:
    """Return how many of the `new` instances production needs while `old_left` old ones remain."""
    return min(new, max(0, required_targets(old, setup) - old_left))


def missing_after(
    healthy: int, before: int, wanted: Capacity, *, old: Capacity | None, setup: Capacity, new: int
) -> int:
    """Return how many healthy instances production may miss once the old group is scaled from `before` to `wanted`.

    Of its `healthy` instances as many may go as it loses: Spot chooses which ones. `new` are those of the new group.
    """
    needed = min(wanted.target, max(0, required_targets(old, setup) - new))
    return max(0, needed - max(0, healthy - max(0, before - wanted.target)))


def wanted_now(want: int, asked: Capacity, held: Capacity) -> int:
    """Return how many instances to wait for: a scaling policy may have lowered the group's target meanwhile.

    Never fewer than the minimum in `asked`; if the group does not hold the capacity that was written, it is `want`.
    """
    return min(want, max(asked.minimum, held.target)) if holds(asked, held) else want


def holds(asked: Capacity, held: Capacity) -> bool:
    """Whether a group holds at least the capacity that was written; its target may move within the range."""
    return held.minimum >= asked.minimum and held.maximum >= asked.maximum and held.target >= asked.minimum


def _half_up(value: float) -> int:
    """Round half up, as Harness does; Python's round() rounds half to even."""
    return math.floor(value + 0.5)
