"""Makes a script that violates something as short as it gets, by delta debugging over its events."""

from collections.abc import Callable, Sequence

from spotaction.main import main

from .container import Act
from .events import EVENTS
from .script import Event, Script
from .sweep import try_script

_ROUNDS = 3


def shrink(script: Script, violations: Sequence[str], act: Act = main) -> Script:
    """Return the shortest script found that violates a promise of the same kind: no event of it can be left out.

    Kinds are the numbers with which violations begin, such as `(1)`.
    """
    kinds = {_kind(violation) for violation in violations}

    def violates(each: Script) -> bool:
        return bool(kinds & {_kind(violation) for violation in try_script(each, act).violations})

    for _ in range(_ROUNDS):
        before = script
        script = _fewer(script, violates)
        script = _simpler(script, violates)
        if script == before:
            break
    return script


def _fewer(script: Script, violates: Callable[[Script], bool]) -> Script:
    """Leave out halves, then quarters, and so on, down to single events."""
    size = max(1, len(script.events) // 2)
    while script.events:
        for start in range(0, len(script.events), size):
            shorter = script.with_events([*script.events[:start], *script.events[start + size :]])
            if violates(shorter):
                script = shorter
                size = max(1, min(size, len(script.events) // 2))
                break
        else:
            if size == 1:
                break
            size = max(1, size // 2)
    return script


def _simpler(script: Script, violates: Callable[[Script], bool]) -> Script:
    """Round moments and lower amounts where that makes no difference."""
    for number, event in enumerate(script.events):
        for simpler in _simpler_events(event):
            other = script.with_events([*script.events[:number], simpler, *script.events[number + 1 :]])
            if violates(other):
                script = other
                break
    return script


def _simpler_events(event: Event) -> list[Event]:
    found = [Event(event.name, event.write, 0.0, event.amount)] if event.write and event.delay else []
    smaller = [amount for amount in EVENTS[event.name].amounts if amount < event.amount]
    return found + [Event(event.name, event.write, event.delay, amount) for amount in smaller]


def _kind(violation: str) -> str:
    return violation[: violation.find(")") + 1]
