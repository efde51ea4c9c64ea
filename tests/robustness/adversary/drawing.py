"""Draws a whole script from one seed."""

import random
from collections.abc import Mapping, Sequence

from .events import ACTORS, AFTERWARDS, CALLS, LATE, RUNNER, Kind
from .script import Event, Script

#: The strategies, with about how many writes a deployment and its rollback send.
STRATEGIES: Mapping[str, int] = {"basic": 8, "canary": 16, "swap": 22, "shift": 22, "mixed": 28}
_SEEDS = 17  # few, since the clients of AWS are kept for each: to make them costs more than a run
_LATE = 0.15  # of the events come long after the write that they follow
_NO_ACTOR, _NO_LAG = 0.2, 0.3
_ENDINGS = ("term", "kill")
_BEFALLING = frozenset({*_ENDINGS, "disk-full"})
_BY_ANOTHER = ("then-rollback-by-another", "then-continue-by-another", "then-rollback", "then-continue", "then-deploy")


def draw_script(seed: int, strategies: Sequence[str] = tuple(STRATEGIES)) -> Script:
    """Return the script of that seed; equal seeds draw equal ones."""
    draw = random.Random(f"adversary {seed}")  # noqa: S311 - not a secret
    strategy = draw.choice(list(strategies))
    writes = STRATEGIES[strategy]
    events = [*_lags(draw), *_actors(draw, writes), *_calls(draw, writes), *_runner(draw, writes), *_afterwards(draw)]
    return Script(strategy, draw.randrange(1, _SEEDS), tuple(events))


def _lags(draw: random.Random) -> list[Event]:
    if draw.random() < _NO_LAG:
        return []
    return [Event(name, amount=draw.choice(kind.amounts)) for name, kind in LATE.items() if draw.random() > _NO_LAG]


def _actors(draw: random.Random, writes: int) -> list[Event]:
    if draw.random() < _NO_ACTOR:
        return []
    count = draw.choice((1, 1, 1, 2, 2, 3, 5))
    return [_at_some_moment(draw, draw.choice(sorted(ACTORS)), ACTORS, writes) for _ in range(count)]


def _calls(draw: random.Random, writes: int) -> list[Event]:
    count = draw.choice((0, 0, 0, 0, 1, 2))
    return [_at_some_moment(draw, draw.choice(sorted(CALLS)), CALLS, writes) for _ in range(count)]


def _runner(draw: random.Random, writes: int) -> list[Event]:
    if draw.random() < 0.5:
        return []
    found = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        name = draw.choice([*sorted(RUNNER), *_ENDINGS, *_ENDINGS, *_ENDINGS])
        event = _at_some_moment(draw, name, RUNNER, writes)
        if name not in _BEFALLING:  # it holds from the beginning to the end
            event = Event(name, amount=event.amount)
        found.append(event)
        if name == "term" and draw.random() < 0.5:  # a second signal, while the first is being dealt with
            found.append(Event("term", event.write, round(event.delay + draw.choice((0.05, 0.4, 3.0)), 2)))
    return found


def _afterwards(draw: random.Random) -> list[Event]:
    found = [Event("until")] if draw.random() < 0.15 else []
    if draw.random() < 0.25:
        found.append(Event("no-post"))
    for _ in range(draw.choice((0, 0, 1, 1, 1, 2))):
        name = draw.choice(_BY_ANOTHER)
        found.append(Event(name, amount=draw.choice(AFTERWARDS[name].amounts)))
    return found


def _at_some_moment(draw: random.Random, name: str, kinds: Mapping[str, Kind], writes: int) -> Event:
    kind = kinds[name]
    write = draw.choice((0, *range(1, writes)))
    if draw.random() < _LATE or write == 0:
        delay = float(draw.randrange(0, 240))
    else:
        delay = draw.choice((0.0, 0.0, 0.02, 0.5, 2.0, 5.0, 9.0, 20.0, 60.0))
    return Event(name, write, delay, draw.choice(kind.amounts))
