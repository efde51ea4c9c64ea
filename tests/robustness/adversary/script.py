"""A script: everything that goes wrong in one simulation, as short text that replays it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_EVENT = re.compile(r"(?P<name>[\w-]+)(?:@(?P<write>\d+))?(?:\+(?P<delay>[\d.]+))?(?:=(?P<amount>[\d.]+))?")
LAGS = {"spot-get": 60.0, "spot-list": 60.0, "created-in-list": 90.0, "elb-rules": 30.0, "target-health": 30.0}


@dataclass(frozen=True)
class Event:
    """Something that goes wrong `delay` seconds after the write of that number was sent; `write` 0 = from the start.

    Writes are the changing calls of all runs, counted from 1. What `amount` means depends on the name.
    """

    name: str
    write: int = 0
    delay: float = 0.0
    amount: float = 0.0

    def __str__(self) -> str:
        write = f"@{self.write}" if self.write else ""
        delay = f"+{self.delay:g}" if self.delay else ""
        amount = f"={self.amount:g}" if self.amount else ""
        return f"{self.name}{write}{delay}{amount}"


@dataclass(frozen=True)
class Script:
    """One simulation: a strategy, the seed of every duration in the cloud, and events."""

    strategy: str
    seed: int = 1
    events: tuple[Event, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.strategy, str(self.seed), *map(str, self.events)])

    @property
    def command(self) -> str:
        """Replays this script and prints every run's log."""
        return f'python -m tests.robustness.adversary --replay "{self}"'

    def lag(self, name: str) -> float:
        """The longest that reads of this kind may lie behind, in seconds."""
        return max((event.amount for event in self.events if event.name == f"lag-{name}"), default=0.0)

    def named(self, prefix: str) -> tuple[Event, ...]:
        """The events whose names begin so."""
        return tuple(event for event in self.events if event.name.startswith(prefix))

    def with_events(self, events: Iterable[Event]) -> "Script":
        """The same script with other events."""
        return Script(self.strategy, self.seed, tuple(events))


def parse_script(text: str) -> Script:
    """Read what `str(script)` wrote. Raises `ValueError` for anything else."""
    strategy, seed, *events = text.split()
    return Script(strategy, int(seed), tuple(map(_parse_event, events)))


def _parse_event(text: str) -> Event:
    match = _EVENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no event: NAME[@WRITE][+SECONDS][=AMOUNT]")
    return Event(match["name"], int(match["write"] or 0), float(match["delay"] or 0.0), float(match["amount"] or 0.0))
