"""How a version or a version pattern is compared with the names of images."""

import difflib
import re
from collections.abc import Callable, Sequence

from spotaction.model.errors import InvalidError, Problem
from spotaction.model.ports import ImageQuery

LONGEST_PATTERN = 200
NEAREST = 5
REPEATS = ("*", "+", "{")
GLOB = {".": r"\.", "?": ".?", "*": ".*?"}
TOKEN = re.compile(r"\\.|\[\^?\]?[^\]]*\]|.", re.DOTALL)  # an escape, a class, or any one character


def name_matcher(query: ImageQuery) -> Callable[[str], bool]:
    """Whether a name is the one that the query asks for; images without a name are never meant by version or pattern.

    Raises `InvalidError` for a pattern that is wrong, too long or explosive.
    """
    if query.version:
        return lambda name: name == query.version
    if query.pattern:
        compiled = _compile_pattern(query.pattern)
        return lambda name: bool(name.strip()) and not name.endswith("/") and compiled.search(name) is not None
    return lambda _name: True


def nearest_names(query: ImageQuery, names: Sequence[str]) -> list[str]:
    """The up to five names that are most like what was asked for, the likest first."""
    wanted = query.version or query.pattern.strip("/")
    known = sorted({name for name in names if name.strip()}, reverse=True)
    if not wanted:
        return known[:NEAREST]
    return difflib.get_close_matches(wanted, known, n=NEAREST, cutoff=0.0)


def _compile_pattern(pattern: str) -> re.Pattern[str]:
    expression = _to_regular_expression(pattern)
    if len(expression) > LONGEST_PATTERN:
        raise _pattern_error(pattern, f"it is longer than {LONGEST_PATTERN} characters")
    if _is_explosive(expression):
        raise _pattern_error(pattern, "a repeated group holds a repetition or a choice, which can take for ever")
    try:
        return re.compile(expression)
    except re.error as error:
        raise _pattern_error(pattern, str(error)) from error


def _to_regular_expression(pattern: str) -> str:
    if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):  # noqa: PLR2004  (both slashes, and something)
        return pattern[1:-1]
    # The reference's form: three characters are translated, the rest of a regular expression is left as it is.
    return "".join(GLOB.get(character, character) for character in pattern)


def _is_explosive(expression: str) -> bool:
    """Whether a repeated group holds a repetition or a choice: that can take for ever on a name of 128 characters."""
    tokens = TOKEN.findall(expression)
    open_groups = [False]
    for part, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if part == "(":
            open_groups.append(False)
        elif part == ")" and len(open_groups) > 1:
            risky = open_groups.pop()
            if risky and following in REPEATS:
                return True
            open_groups[-1] = open_groups[-1] or risky or following in REPEATS
        elif part in (*REPEATS, "|"):
            open_groups[-1] = True
    return False


def _pattern_error(pattern: str, why: str) -> InvalidError:
    hint = "in a version pattern, * is any text, ? at most one character; a regular expression stands between slashes"
    return InvalidError([Problem(f"{pattern!r} cannot be searched for: {why}", subject="versionRegex", hint=hint)])
