"""Cron expressions of five fields, as Unix and Spot write them."""

import re
from dataclasses import dataclass

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(r"(?P<first>\*|[0-9]{1,4}|[a-z]{3})(?:-(?P<last>[0-9]{1,4}|[a-z]{3}))?(?:/(?P<step>[0-9]{1,4}))?")


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


def cron_error(text: str) -> str:
    """Return what is wrong with a cron expression; an empty text if nothing is."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"expected 5 fields (minute, hour, day, month, weekday), found {len(fields)}"
    for field, given in zip(_FIELDS, fields, strict=True):
        if not all(_is_valid(part, field) for part in given.lower().split(",")):
            return f"'{given[:20]}' is not valid for the {field.name} ({field.least} to {field.most})"
    return ""


def _is_valid(part: str, field: _Field) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match["first"] == "*" and match["last"]) or match["step"] in {"0", "00", "000", "0000"}:
        return False
    ends = [_to_number(each, field) for each in (match["first"], match["last"]) if each and each != "*"]
    return all(end is not None for end in ends)


def _to_number(text: str, field: _Field) -> int | None:
    if text in field.names:
        return field.names.index(text) + field.least
    number = int(text) if text.isdecimal() else -1
    return number if field.least <= number <= field.most else None
