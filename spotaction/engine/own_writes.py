"""What this process wrote to the clouds, by its own account, since reads may lag behind."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

from spotaction.model.errors import ApiError
from spotaction.model.resources import Capacity, Forward, Group, GroupId, RuleArn

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class RuleWrite:
    """A forward that was written, and the time (on the clock's `now`)."""

    forward: Forward
    at: float


@dataclass
class OwnWrites:
    """Every write of this process, noted before the call: one without a response may have been applied.

    `complete` is True if no earlier process wrote for the deployment, so that what is not in here was never written.
    `emptied` are groups that were scaled to 0, with the time (on the clock's `now`). `restored` are groups that were
    steady after they were scaled back, `created` those that Spot returned from a create, `gone` those that a write did
    not find, and the old group once a read did not. `green_before` are the rules outside the deployment that sent
    requests to the new group's target groups before the new group existed. From `health_visible_at` on (on the clock's
    `now`), target health shows what a run that died before this one wrote last.
    """

    complete: bool = False
    rules: dict[RuleArn, RuleWrite] = field(default_factory=dict)
    capacities: dict[GroupId, Capacity] = field(default_factory=dict)
    emptied: dict[GroupId, float] = field(default_factory=dict)
    restored: set[GroupId] = field(default_factory=set)
    names: dict[GroupId, str] = field(default_factory=dict)
    descriptions: dict[GroupId, str] = field(default_factory=dict)
    created: dict[GroupId, Group] = field(default_factory=dict)
    gone: set[GroupId] = field(default_factory=set)
    green_before: frozenset[RuleArn] = frozenset()
    health_visible_at: float = -inf


@contextmanager
def note_write(notes: MutableMapping[K, V], key: K, value: V | None) -> Iterator[None]:
    """Note a write around its call (None: no write); it is removed only if the API error says it was not applied."""
    if value is None:
        yield
        return
    before = notes.get(key)
    notes[key] = value
    try:
        yield
    except ApiError as error:
        if not error.maybe_applied:
            notes.pop(key)
            if before is not None:
                notes[key] = before
        raise
