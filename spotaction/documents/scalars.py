"""Short texts as values: durations, amounts, phases, weights, counts, booleans, lists."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from spotaction.documents.wording import quote_value
from spotaction.model.capacity import Amount
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonValue

E = TypeVar("E", bound=StrEnum)

_UNITS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LONGEST = 4 * _UNITS["w"]
_WHOLE = 100

# YAML 1.2 core has only these six spellings; `yes` is text there, and a typo must not mean "no".
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class Phase:
    """One phase of a canary: the share of the new group, and its own bake time in seconds if it has one."""

    amount: Amount
    bake: float | None = None


@dataclass(frozen=True)
class Shift:
    """One step of a traffic shift: the new group's weight (0 to 100), and the bake time in seconds."""

    weight: int
    bake: float | None = None


def value_error(message: str, hint: str) -> InvalidError:
    """Return the error of a single value; the caller adds the name of the input."""
    return InvalidError([Problem(message, hint=hint)])


def parse_duration(text: str) -> float:
    """Return the seconds of `1h30m`, `10m`, `90s` or `1h 30m`; units w, d, h, m, s in this order, up to four weeks."""
    if _NUMBER.fullmatch(text):
        raise value_error(f"{quote_value(text)} has no unit", f"write {text}s for seconds or {text}m for minutes")
    match = _DURATION.fullmatch(re.sub(r"(?<=[wdhms]) +", "", text))
    if not text or not match:
        raise value_error(f"{quote_value(text)} is not a duration", "for example 90s, 10m or 1h30m")
    seconds = sum(_UNITS[unit] * int(count[:12]) for unit, count in match.groupdict().items() if count)
    if seconds > _LONGEST:
        raise value_error(f"{quote_value(text)} is longer than four weeks", "for example 90s, 10m or 1h30m")
    return float(seconds)


def parse_optional_duration(text: str) -> float | None:
    """Return the seconds of a duration; None for an empty text."""
    return parse_duration(text) if text else None


def parse_timeout(text: str) -> float:
    """Return the seconds of a duration greater than zero."""
    seconds = parse_duration(text)
    if seconds == 0:
        raise value_error(f"{quote_value(text)} must be longer than 0s", "for example 90s, 10m or 1h30m")
    return seconds


def parse_boolean(text: str) -> bool:
    """Return the boolean; the spellings are the six of YAML 1.2's core schema."""
    if text not in _BOOLEANS:
        raise value_error(f"{quote_value(text)} is neither true nor false", "write true or false")
    return _BOOLEANS[text]


def parse_count(text: str) -> int:
    """Return a whole number, 0 or more."""
    if not _NUMBER.fullmatch(text):
        raise value_error(f"{quote_value(text)} is not a whole number, 0 or more", "for example 3")
    return int(text)


def whole_number_or_none(value: JsonValue) -> int | None:
    """Return a whole number from 0, written as a number or as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None


def parse_amount(text: str) -> Amount:
    """Return `50%` of a group or `3` instances as an amount."""
    number = text.removesuffix("%").rstrip()
    if not _NUMBER.fullmatch(number):
        raise value_error(f"{quote_value(text)} is neither a count nor a whole percentage", "for example 3 or 50%")
    if not text.endswith("%"):
        return Amount(count=int(number))
    if int(number) > _WHOLE:
        raise value_error(f"{quote_value(text)} is more than 100%", "for example 3 or 50%")
    return Amount(percent=int(number))


def parse_phases(text: str) -> tuple[Phase, ...]:
    """Return the increasing phases of `10% for 5m, 50%`; a last phase of 100% is added if it is missing."""
    phases = tuple(Phase(parse_amount(head), bake) for head, bake in map(_split_duration, parse_list(text)))
    last: dict[bool, Amount] = {}  # by whether it is a percentage
    for number, phase in enumerate(phases, start=1):
        _check_phase(number, phase.amount, last)
        last[phase.amount.percent is not None] = phase.amount
    whole = Amount(percent=_WHOLE)
    return phases if not phases or phases[-1].amount == whole else (*phases, Phase(whole))


def parse_weights(text: str) -> tuple[Shift, ...]:
    """Return the strictly increasing weights of `10, 50 for 5m, 100`; the last one may be below 100."""
    shifts = tuple(Shift(_parse_weight(head), bake) for head, bake in map(_split_duration, parse_list(text)))
    for before, after in itertools.pairwise(shifts):
        if after.weight <= before.weight:
            raise value_error(f"{after.weight} follows {before.weight}", "weights must increase, like 10, 50, 100")
    return shifts


def parse_list(text: str) -> tuple[str, ...]:
    """Return the values of a list separated by commas or line breaks; YAML's leading `- ` is removed."""
    items = (item.strip().removeprefix("- ").strip() for item in re.split(r"[,\n]", text))
    return tuple(item for item in items if item)


def pattern_parser(pattern: str, what: str, hint: str) -> Callable[[str], str]:
    """Return a parser of texts that match a pattern or are empty; `what` and `hint` are for the error."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> str:
        if text and not compiled.fullmatch(text):
            raise value_error(f"{quote_value(text)} is not {what}", hint)
        return text

    return parse


def list_parser(parse: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Return a parser of lists that parses each entry with `parse`, and reports the errors of all entries."""

    def parse_all(text: str) -> tuple[str, ...]:
        values: list[str] = []
        problems: list[Problem] = []
        for item in parse_list(text):
            try:
                values.append(parse(item))
            except InvalidError as error:
                problems.extend(error.problems)
        if problems:
            raise InvalidError(problems)
        return tuple(values)

    return parse_all


def choice_parser(options: type[E]) -> Callable[[str], E]:
    """Return a parser of the values of an enum."""

    def parse(text: str) -> E:
        try:
            return options(text)
        except ValueError:
            words = [option.value for option in options]
            hint = f"write {', '.join(words[:-1])} or {words[-1]}"
            raise value_error(f"{quote_value(text)} is not allowed", hint) from None

    return parse


def choice_list_parser(options: type[E]) -> Callable[[str], tuple[E, ...]]:
    """Return a parser of lists of an enum's values, which reports the errors of all entries."""
    parse = list_parser(choice_parser(options))
    return lambda text: tuple(map(options, parse(text)))


def optional_choice(options: type[E]) -> Callable[[str], E | None]:
    """Return a parser of the values of an enum; None for an empty text."""
    parse = choice_parser(options)
    return lambda text: parse(text) if text else None


def _split_duration(item: str) -> tuple[str, float | None]:
    head, word, tail = item.partition(" for ")
    return head.strip(), parse_duration(tail.strip()) if word else None


def _parse_weight(text: str) -> int:
    number = text.removesuffix("%").rstrip()
    if not _NUMBER.fullmatch(number) or int(number) > _WHOLE:
        raise value_error(f"{quote_value(text)} is not a weight from 0 to 100", "for example 10, 50 for 5m, 100")
    return int(number)


def _check_phase(number: int, amount: Amount, last: Mapping[bool, Amount]) -> None:
    """Percentages and counts increase separately: they can be compared only once the group's size is known."""
    percent, count = amount.percent, amount.count
    if 0 in (percent, count):
        raise value_error(f"phase {number} has no instances", "start with 1 or a percentage above 0%")
    if last.get(True) == Amount(percent=_WHOLE):
        raise value_error(f"phase {number} follows 100%", "100% is the last phase")
    same = last.get(percent is not None)
    if same and (percent or count or 0) <= (same.percent or same.count or 0):
        raise value_error(f"phase {number} ({amount}) is not greater than {same}", "phases must increase")
