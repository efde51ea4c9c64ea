"""Recent changes, so that reads can return an earlier state."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal, TypeVar

#: State that shares one lag: groups with their instances, rules with their actions, targets with their health.
Kind = Literal["groups", "rules", "targets"]
_Redo = Callable[[], object]
_Undo = Callable[[], _Redo]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class History:
    """Changes, oldest first; none is kept until a lag or a stale read needs it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._reach = 0.0
        self._first = 0
        self._mark: int | None = None
        self._changes: deque[tuple[float, Kind, _Undo]] = deque()

    @property
    def kept(self) -> bool:
        """Whether changes are being kept."""
        return self._reach > 0 or self._mark is not None

    def reach(self, seconds: float) -> None:
        """Keep at least that many seconds from now on."""
        self._reach = max(self._reach, seconds)

    def mark(self) -> None:
        """Keep every change from here on, so that reads can return the state just before it."""
        self._mark = self._first + len(self._changes)

    def unmark(self) -> None:
        """Drop the changes that only the mark kept."""
        self._mark = None
        if not self.kept:
            self._first += len(self._changes)
            self._changes.clear()

    def changing(self, kind: Kind, thing: object, name: str) -> None:
        """Record an attribute's value before it changes."""
        if self.kept:
            self._note(kind, partial(_swap, thing, name, getattr(thing, name)))

    def put(self, kind: Kind, mapping: dict[_Key, _Value], key: _Key, value: _Value) -> None:
        """Set an entry, and record the change."""
        if self.kept:
            self._note(kind, partial(_restore, mapping, key, mapping.get(key)))
        mapping[key] = value

    def drop(self, kind: Kind, mapping: dict[_Key, _Value], key: _Key) -> _Value:
        """Remove an entry, and record the change."""
        value = mapping.pop(key)
        if self.kept:
            self._note(kind, partial(_restore, mapping, key, value))
        return value

    @contextmanager
    def as_it_was(self, kind: Kind, moment: float) -> Iterator[None]:
        """Inside the context, restore the state of one kind to that moment, with all events up to it."""
        count = 0
        for at, _, _ in reversed(self._changes):
            if at <= moment:
                break
            count += 1
        with self._undone((kind,), count):
            yield

    @contextmanager
    def as_before_the_mark(self, *kinds: Kind) -> Iterator[None]:
        """Inside the context, restore the state of these kinds to the mark; without a mark, change nothing."""
        count = 0 if self._mark is None else self._first + len(self._changes) - self._mark
        with self._undone(kinds, count):
            yield

    @contextmanager
    def _undone(self, kinds: tuple[Kind, ...], count: int) -> Iterator[None]:
        size = len(self._changes)
        changes = [self._changes[index] for index in range(size - 1, size - 1 - count, -1)]
        redo = [undo() for _, kind, undo in changes if kind in kinds]
        try:
            yield
        finally:
            for step in reversed(redo):
                step()

    def _note(self, kind: Kind, undo: _Undo) -> None:
        now = self._now()
        while self._changes and self._changes[0][0] < now - self._reach and self._first != self._mark:
            self._changes.popleft()
            self._first += 1
        self._changes.append((now, kind, undo))


class Remembered:
    """Records every change of an attribute in a history; lists and mappings have to be replaced, not modified."""

    __slots__ = ("_history", "_kind")

    def remember(self, history: History, kind: Kind) -> None:
        """Record changes from now on."""
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_history", history)

    def __setattr__(self, name: str, value: object) -> None:
        history: History | None = getattr(self, "_history", None)
        if history is not None and history.kept:
            history.changing(self._kind, self, name)
        object.__setattr__(self, name, value)

    _history: History
    _kind: Kind


def _swap(thing: object, name: str, value: object) -> _Redo:
    now = getattr(thing, name)
    object.__setattr__(thing, name, value)
    return partial(object.__setattr__, thing, name, now)


def _restore(mapping: dict[_Key, _Value], key: _Key, value: _Value | None) -> _Redo:
    now = mapping.get(key)
    _set(mapping, key, value)
    return partial(_set, mapping, key, now)


def _set(mapping: dict[_Key, _Value], key: _Key, value: _Value | None) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value
