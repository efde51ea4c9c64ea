"""The tokenizer of expressions `<+…>` and of conditions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)

_SPACE = re.compile(r"\s*")


@dataclass
class Tokenizer:
    """Reads tokens from `text` at `position`, which moves forward."""

    text: str
    position: int = 0

    def is_at(self, sign: str) -> bool:
        """Return whether `sign` is next, without space before it."""
        return self.text.startswith(sign, self.position)

    def is_at_end(self) -> bool:
        """Return whether the whole text has been read."""
        return self.position >= len(self.text)

    def skip_space(self) -> None:
        """Move to the next character that is not space."""
        self.take(_SPACE)

    def peek(self, pattern: re.Pattern[str]) -> str:
        """Return the token after any space without reading it; empty when it does not match."""
        self.skip_space()
        found = pattern.match(self.text, self.position)
        return found[0] if found else ""

    def take(self, pattern: re.Pattern[str]) -> str:
        """Read and return a token that follows without space; empty when it does not match."""
        found = pattern.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return found[0] if found else ""

    def accept(self, sign: str) -> bool:
        """Read `sign` after any space, and return whether it was there."""
        self.skip_space()
        accepted = self.is_at(sign)
        self.position += len(sign) if accepted else 0
        return accepted

    def take_quoted(self, escapes: Mapping[str, str]) -> str | None:
        """Read a text in quotes and return what is between them; None when no such text is next."""
        found = QUOTED.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return unquote(found, escapes)


def unquote(found: re.Match[str], escapes: Mapping[str, str]) -> str:
    """Return the text of a match of `QUOTED`; a backslash precedes a key of `escapes` or a literal character."""
    inner = found[1] if found[1] is not None else found[2]
    return re.sub(r"\\(.)", lambda escaped: escapes.get(escaped[1], escaped[1]), inner, flags=re.DOTALL)
