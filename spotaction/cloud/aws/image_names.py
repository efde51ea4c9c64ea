"""Compares a version or a version pattern with the names of images."""

import difflib
from collections.abc import Callable, Sequence

from spotaction.documents.patterns import PATTERN_HINT, Pattern, PatternError, compile_pattern
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.ports import ImageQuery

NEAREST = 5
GLOB = {".": r"\.", "?": ".?", "*": ".*?"}


def name_matcher(query: ImageQuery) -> Callable[[str], bool]:
    """Return a predicate for the names that the query selects; an unnamed image matches no version and no pattern.

    Raises `InvalidError` for a pattern that cannot be used.
    """
    if query.version:
        return lambda name: name == query.version
    if query.pattern:
        compiled = _compile_pattern(query.pattern)
        return lambda name: bool(name.strip()) and not name.endswith("/") and compiled.search(name) is not None
    return lambda _name: True


def nearest_names(query: ImageQuery, names: Sequence[str]) -> list[str]:
    """Return up to five names similar to the requested version or pattern, the closest first."""
    wanted = query.version or query.pattern.strip("/")
    known = sorted({name for name in names if name.strip()}, reverse=True)
    if not wanted:
        return known[:NEAREST]
    return difflib.get_close_matches(wanted, known, n=NEAREST, cutoff=0.0)


def _compile_pattern(pattern: str) -> Pattern:
    try:
        return compile_pattern(_to_regular_expression(pattern))
    except PatternError as error:
        hint = f"* is any text, ? at most one character; a regular expression goes between slashes: {PATTERN_HINT}"
        problem = Problem(f"invalid version pattern {pattern!r}: {error}", subject="versionRegex", hint=hint)
        raise InvalidError([problem]) from error


def _to_regular_expression(pattern: str) -> str:
    if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):  # noqa: PLR2004  (both slashes, and something)
        return pattern[1:-1]
    # As in Harness: three characters are translated, the rest of a regular expression is kept.
    return "".join(GLOB.get(character, character) for character in pattern)
