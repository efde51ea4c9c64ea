"""The arithmetic of phases: what percent and count mean for the new group and for the old one."""

import math
from dataclasses import dataclass

from spotaction.model.resources import ZERO, Capacity


@dataclass(frozen=True)
class Amount:
    """`3` instances or `50%` of a group: exactly one of the two is given; percent is 0 to 100."""

    count: int | None = None
    percent: int | None = None

    def __str__(self) -> str:
        return f"{self.percent}%" if self.percent is not None else str(self.count)


def is_final(amount: Amount, setup: Capacity) -> bool:
    """Whether a phase brings the new group to its whole capacity."""
    if amount.percent is not None:
        return amount.percent >= 100  # noqa: PLR2004 - a percentage
    return (amount.count or 0) >= setup.target


def new_target(amount: Amount, setup: Capacity) -> int:
    """How many instances the new group holds in a phase; a percentage is never less than one of a group that runs."""
    if amount.percent is None:
        return min(amount.count or 0, setup.target)
    share = _half_up(min(amount.percent, 100) * setup.target / 100)
    return max(1, share) if setup.target else 0


def new_capacity(amount: Amount, setup: Capacity) -> Capacity:
    """A phase pins minimum = target = maximum; the final one restores the range of the setup."""
    return setup if is_final(amount, setup) else Capacity.fixed(new_target(amount, setup))


def old_capacity(amount: Amount, setup: Capacity, old: Capacity, kept: Amount | None = None) -> Capacity:
    """What stays of the old group in a phase, from its capacity at the snapshot.

    The final phase leaves nothing whatever `kept` says. Without `kept` as many leave as new ones came.
    `kept` as a count is that count, as a percentage the share of the snapshot that stays. Its maximum stays, so that
    what still serves can scale out under load (the reference pins it).
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
    """How many healthy targets production must have once the new group serves: no more than it had, or was asked."""
    return min(old.target, setup.target) if old else 0


def needed_of_new(old: Capacity | None, setup: Capacity, *, old_left: int, new: int) -> int:
    """How many of the `new` instances production cannot do without, while `old_left` old ones stay."""
    return min(new, max(0, required_targets(old, setup) - old_left))


def wanted_now(want: int, asked: Capacity, held: Capacity) -> int:
    """How many instances to wait for: a scaling policy may have lowered the group's target meanwhile.

    Never fewer than the minimum that was asked for; a capacity that Spot does not `hold` as asked changes nothing.
    """
    return min(want, max(asked.minimum, held.target)) if holds(asked, held) else want


def holds(asked: Capacity, held: Capacity) -> bool:
    """Whether a group holds what was asked for: its target is its own within the range, and more is fine."""
    return held.minimum >= asked.minimum and held.maximum >= asked.maximum and held.target >= asked.minimum


def _half_up(value: float) -> int:
    """Half goes up, as in the reference; Python's round() would send it to the even side."""
    return math.floor(value + 0.5)
