"""The arithmetic of phases: what percent and count mean for the new group and for the old one."""

import math
from dataclasses import dataclass

from spotaction.model import ZERO, Capacity


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
    `kept` as a count is that count, as a percentage the share of the snapshot that stays.
    """
    if is_final(amount, setup):
        return ZERO
    if kept is None:
        return Capacity.fixed(max(0, old.target - new_target(amount, setup)))
    if kept.percent is not None:
        return Capacity.fixed(_half_up(min(kept.percent, 100) * old.target / 100))
    return Capacity.fixed(kept.count or 0)


def required(old: Capacity | None, setup: Capacity) -> int:
    """How many healthy targets production must have once the new group serves: no more than it had, or was asked."""
    return min(old.target, setup.target) if old else 0


def _half_up(value: float) -> int:
    """Half goes up, as in the reference; Python's round() would send it to the even side."""
    return math.floor(value + 0.5)
