"""Regular expressions that users write, matched by RE2: in time linear in the text, whatever the expression."""

import re
from typing import Protocol

MAX_PATTERN = 200
MAX_MEMORY = 256 * 1024  # bytes that RE2 may take for one pattern, which also keeps a match within milliseconds
PATTERN_HINT = "use RE2 syntax, which has no look-around and no back-references"

_ESCAPE = re.compile(r"\\.", re.DOTALL)
_NESTED_CLASS = re.compile(r"\[[^\]]*(?:\[|&&)")


class PatternError(ValueError):
    """A regular expression cannot be used; the message says why."""


class Pattern(Protocol):
    """A compiled expression; `fullmatch` and `search` return a match, or None."""

    def fullmatch(self, text: str) -> object | None:
        """Match the whole text."""

    def search(self, text: str) -> object | None:
        """Match anywhere in the text."""

    def split(self, text: str, maxsplit: int) -> list[str]:
        """Return the parts of the text between at most `maxsplit` matches."""


def compile_pattern(pattern: str) -> Pattern:
    """Compile an expression in RE2's syntax: that of Java and Python without look-around and back-references.

    Raises `PatternError` for an expression that RE2 refuses, is longer than 200 characters, or would need more than
    256 KiB. Unions and intersections of classes are refused as well, since Java computes them and RE2 does not.
    """
    import re2  # noqa: PLC0415 - few deployments use a pattern

    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"longer than {MAX_PATTERN} characters")
    if _NESTED_CLASS.search(_ESCAPE.sub("", pattern)):
        raise PatternError("character classes cannot be nested or intersected")
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise PatternError("not valid Unicode") from None
    except re2.error as error:
        raise PatternError(error.args[0].decode()) from error
    return compiled
