"""A group's capacity as Spot tells it, which is never taken for 0 where it tells none."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial

from spotaction.model.errors import ApiError
from spotaction.model.resources import Capacity, JsonValue

_NUMBERS = tuple(field.name for field in fields(Capacity))


class UnreadableCapacity(Capacity):
    """Stands for a capacity that cannot be read: who asks for a number of it gets the `ApiError`.

    Only then, so that a stranger's group stops nobody: the account's list holds every team's.
    """

    _error: Callable[[], ApiError]

    def __init__(self, error: Callable[[], ApiError]) -> None:
        object.__setattr__(self, "_error", error)

    def __getattr__(self, name: str) -> int:
        if name not in _NUMBERS:
            raise AttributeError(name)
        raise self._error()


def capacity_of(group: str, item: JsonValue) -> Capacity:
    """The three numbers of a group's `capacity`; Spot leaves out none of them."""
    told = item if isinstance(item, Mapping) else {}
    numbers = {name: parse_count(told.get(name)) for name in _NUMBERS}
    for name, number in numbers.items():
        if number is None:
            return UnreadableCapacity(partial(unreadable_field, group, f"capacity.{name}", told.get(name)))
    return Capacity(**{name: number for name, number in numbers.items() if number is not None})


def is_whole(capacity: Capacity) -> bool:
    """Whether it was read."""
    return not isinstance(capacity, UnreadableCapacity)


def parse_count(value: JsonValue) -> int | None:
    """A whole number, 0 or more, as a number or in words (`6`, `"6"`, `6.0`); None for anything else."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
        return int(number) if number >= 0 and number.is_integer() else None
    except (ValueError, OverflowError):
        return None


def unreadable_field(group: str, field: str, value: JsonValue) -> ApiError:
    """What is raised for a field without which nothing can be decided; the next answer may be whole.

    Where it came in answer to a create, the group is there.
    """
    return ApiError(
        f"Spot's answer on {group} cannot be read: its {field} is {repr(value)[:40]}.",
        service="spot",
        call="group",
        retryable=True,
        maybe_applied=True,
        next_step="run again; if it stays, look at the group in the Spot console.",
    )
