"""Takes secrets out of values, before somebody writes their texts in an escaped form or cuts them short."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


def redact_value(value: T, redact: Callable[[str], str]) -> T:
    """The same value with `redact` applied to every text in it: in mappings, sequences and dataclasses."""
    changed: Any = _redact_object(value, redact)
    return changed  # type: ignore[no-any-return]


def _redact_object(value: Any, redact: Callable[[str], str]) -> object:  # noqa: ANN401 - it goes through whatever there is
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return redact(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{each.name: _redact_object(getattr(value, each.name), redact) for each in fields(value)}
        )
    if isinstance(value, Mapping):
        return {key: _redact_object(each, redact) for key, each in value.items()}
    if isinstance(value, Sequence):
        return type(value)(_redact_object(each, redact) for each in value)  # type: ignore[call-arg]
    return value
