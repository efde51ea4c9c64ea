"""How one instance behaves: how long it takes to start and become healthy, and whether it ever does."""

import fnmatch
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spotaction.sandbox.scenario import Behaviour, Scenario, Timing

_T = TypeVar("_T")
_FLAP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Character:
    """The drawn timings of one instance, in seconds, and its outcomes: `healthy`, `never` or `flaps`."""

    fulfil: float
    spot_healthy: float
    target_healthy: float
    replace: float
    spot: str
    target: str
    period: float


def character(scenario: Scenario, *, image: str, group: str, group_id: str, ordinal: int) -> Character:
    """Draw an instance's character, which depends only on its seed and ordinal."""
    matching = [entry for entry in scenario.behaviours if _matches(entry, image=image, group=group, group_id=group_id)]
    timings = dict(scenario.timings)
    for entry in matching:
        timings.update(entry.timings)
    dead = _last([entry.boots for entry in matching], default=True) is False
    return Character(
        **_draws(timings, f"{scenario.seed}/{group_id}/{ordinal}"),
        spot="never" if dead else _last([entry.spot for entry in matching], default="healthy"),
        target="never" if dead else _last([entry.target for entry in matching], default="healthy"),
        period=_last([entry.period for entry in matching], default=_FLAP_SECONDS),
    )


def _matches(entry: Behaviour, *, image: str, group: str, group_id: str) -> bool:
    if entry.image is not None and not fnmatch.fnmatchcase(image, entry.image):
        return False
    return entry.group is None or any(fnmatch.fnmatchcase(name, entry.group) for name in (group, group_id))


def _last(values: Sequence[_T | None], *, default: _T) -> _T:
    return next((value for value in reversed(values) if value is not None), default)


def _draws(timings: Mapping[str, Timing], seed: str) -> dict[str, float]:
    # Each timing has its own random stream, so that changing one does not affect the others.
    draws = {}
    for name, timing in timings.items():
        offset = random.Random(f"{seed}/{name}").uniform(-timing.spread, timing.spread)  # noqa: S311 - not a secret
        draws[name.replace("-", "_")] = max(0.0, timing.seconds + offset)
    return draws
