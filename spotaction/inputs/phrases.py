"""Inputs that are a word or a short phrase: `after 10m`, `wait 30m`, `drain-first`."""

from dataclasses import dataclass
from math import inf

from spotaction.documents.scalars import parse_amount, parse_duration, parse_timeout, value_error
from spotaction.documents.wording import quote_value
from spotaction.model.capacity import Amount
from spotaction.model.errors import InvalidError

_NEVER, _REFUSE, _DRAIN_FIRST = "never", "refuse", "drain-first"


@dataclass(frozen=True)
class OldInstances:
    """The input `old-instances`: what stays of the old group until the last phase, if that is given.

    With `drain_first`, a phase ends only when the old instances that it removed are gone.
    """

    kept: Amount | None = None
    drain_first: bool = False


def parse_old_instances(text: str) -> OldInstances:
    """Return what `drain-first`, `50%` or `3` means; empty, one old instance is removed for each new one."""
    if text in {"", _DRAIN_FIRST}:
        return OldInstances(drain_first=bool(text))
    try:
        return OldInstances(kept=parse_amount(text))
    except InvalidError as error:
        message = error.problems[0].message
        raise value_error(message, f"write {_DRAIN_FIRST}, or what stays, such as 3 or 50%") from None


def parse_downsize(text: str) -> float | None:
    """Return the seconds of `after 10m`, infinity for `never`, or None for an empty text."""
    if not text:
        return None
    word, _, duration = text.partition(" ")
    if text == _NEVER:
        return inf
    if word != "after" or not duration:
        raise value_error(f"{quote_value(text)} is not allowed", "write never, or for example after 10m")
    return parse_duration(duration.strip())


def parse_on_conflict(text: str) -> float:
    """Return the seconds of `wait 30m`, or 0 for `refuse`."""
    word, _, duration = text.partition(" ")
    if text == _REFUSE:
        return 0.0
    if word != "wait" or not duration:
        raise value_error(f"{quote_value(text)} is not allowed", "write refuse, or for example wait 30m")
    return parse_timeout(duration.strip())
