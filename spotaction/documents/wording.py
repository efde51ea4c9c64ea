"""How messages show names, numbers and values: the nearest known word, plurals, durations, values without secrets."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spotaction.model.errors import Problem
from spotaction.model.redaction import SHORTEST

MAX_SHOWN = 60
MAX_KNOWN = 8  # as many words as fit on a line
MIN_WORD = 4
MAX_WORD = 100  # comparing longer ones takes too long
_MINUTE, _HOUR = 60, 3_600
_SHORT = 10  # seconds, below which a tenth is shown


def hint_nearest(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return a hint with the known word nearest to `word`, or else all of them if they are few; else empty."""
    words = sorted(known)
    if close := nearest_word(word, words):
        return f"did you mean '{prefix}{close}'?"
    return f"available: {', '.join(prefix + each for each in words)}" if 0 < len(words) <= MAX_KNOWN else ""


def nearest_word(word: str, known: Iterable[str]) -> str:
    """Return the known word that was most likely meant; empty if none is similar."""
    words = list(known) if len(word) <= MAX_WORD else []
    lower = word.lower()
    same = [each for each in words if each.lower() == lower]
    longer = [each for each in words if each.lower().startswith(lower)] if len(word) >= MIN_WORD else []
    return next(iter([*same, *longer, *difflib.get_close_matches(word, words, n=1)]), "")


def quote_value(value: object) -> str:
    """Return a value as messages show it: on one line, truncated, without invisible characters."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        text = f"'{_escape(value)}'"
    else:
        text = str(value) if isinstance(value, float) else json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 2]}…'"


def count_of(number: int, noun: str) -> str:
    """Return the number and the noun, which agrees with it: `1 instance`, `3 instances`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def is_or_are(number: int) -> str:
    """Return the verb that agrees with so many things."""
    return "is" if number == 1 else "are"


def describe_part(part: int, whole: int, noun: str) -> str:
    """Return how many of how many, with the verb: `1 of 3 targets is`, `2 of 3 targets are`, `0 of 1 target is`."""
    return f"{part} of {count_of(whole, noun)} {is_or_are(1 if whole == 1 else part)}"


def format_duration(seconds: float) -> str:
    """Return a duration for people: `4.2s`, `42s`, `4m 10s` or `2h 05m`."""
    if round(seconds, 1) < _SHORT:
        return f"{seconds:.1f}s".replace(".0s", "s")
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def join_choices(words: Sequence[str]) -> str:
    """Return words as a choice: a, b or c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "nothing"


def redact_problems(problems: Iterable[Problem], secrets: Mapping[str, str]) -> list[Problem]:
    """Return the problems without duplicates, and without the values of `secrets` that got into a message."""
    values = sorted((value for value in secrets.values() if len(value) >= SHORTEST), key=len, reverse=True)
    return [
        replace(problem, message=_remove_values(problem.message, values), hint=_remove_values(problem.hint, values))
        for problem in dict.fromkeys(problems)
    ]


def _remove_values(message: str, values: Sequence[str]) -> str:
    for value in values:
        shown = _escape(value)  # as `quote_value` shows it, which also truncates
        message = message.replace(value, "***").replace(shown, "***")
        for length in range(min(len(shown), MAX_SHOWN), SHORTEST - 1, -1):
            message = message.replace(f"{shown[:length]}…", "***…")
    return message


def _escape(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
