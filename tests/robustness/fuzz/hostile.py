"""Draws text, JSON and bytes that somebody might send who means harm, or who is merely broken."""

import json
import random
from collections.abc import Sequence

from tests.support.action import JSON

#: Whoever gets one of these through has taken over the runner, the log or a later step.
PAYLOADS = (
    "::set-output name=pwned::1",
    "::add-mask::a",
    "::error::pwned",
    "##[set-env name=PWNED]1",
    "\n::warning file=x::pwned",
    "\r::stop-commands::pwned",
    "ghadelimiter_00000000\npwned=1",
    "EOF\npwned=1\n",
    "%0A::error::pwned",
    "\x1b[2J\x1b]0;pwned\x07",
    "</details><script>alert(1)</script>",
    "](javascript:alert(1))",
    "| a | b |\n|---|---|",
    "\u202e\u2066pwned",
    "\u2028::error::pwned",
    "\x85::error::pwned",
    "`${{ secrets.TOKEN }}`",
)
WORDS = (
    *PAYLOADS, "", " ", "\t", "\x00", "\ufeff", "\ud800", "\xe9", "\U0001f4a5", "a" * 300, "true", "null",
    "NaN", "-1", "1e999", "0x10", "9" * 40, "<+", "<+input>", "<+input>.default(a)", "<+service.name>",
    "<+a.b.c>", '<+secrets.getValue("x")>', "<+a + 1>", "<+1/0>", "\\<+x>", "${{", "}}", "{", "}", "[", "]",
    ":", ": ", "- ", "&a ", "*a", "!!python/object:os.system ", "!tag", "|", ">", "'", '"', "#", "?", "---\n",
    "...\n", "%YAML 9.9\n", "<<: *a", "\n", "\r\n", "\n  ", ",", "(", ")", "min=1,max=2,desired=1",
    "10% for 5m", "1h30m", "99999999999h", "50%", "arn:aws:x", "sig-12345678", "../../etc/passwd", '"\\ud800"',
    "\\ud83d", "\\u0000", ".split(", ".replace('a', ", ".trim()", ".length()", " == ", " && ", " + ", " ? ", "?:",
    "json.select(", "not ", "[0]", "trigger.prNumber",
)  # fmt: skip


def in_utf8(text: str) -> str:
    """What is left of a text that came as UTF-8, where lone halves of a pair cannot stand."""
    return text.encode(errors="replace").decode()


class Draw:
    """A source of hostile things; equal seeds draw equal ones."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not a secret

    def text(self, most: int = 12) -> str:
        """Words, and what random characters look like, one after the other."""
        pick = self.random
        parts = [
            pick.choice(WORDS)
            if pick.random() < 0.8
            else chr(pick.choice((pick.randrange(128), pick.randrange(0x3000))))
            for _ in range(pick.randrange(1, most))
        ]
        return "".join(parts)

    def spoilt(self, text: str) -> str:
        """A good text with something wrong in it."""
        for _ in range(self.random.randrange(1, 4)):
            at, end = sorted((self.random.randrange(len(text) + 1), self.random.randrange(len(text) + 1)))
            match self.random.randrange(4):
                case 0:
                    text = text[:at] + self.text(4) + text[at:]
                case 1:
                    text = text[:at] + text[min(end, at + 20) :]
                case 2:
                    text = text[:at] + text[at : at + 40] * 2 + text[at:]
                case _:
                    text = text.replace(self._word(text), self.text(3), 1)
        return text

    def value(self, depth: int = 3) -> object:
        """Anything that JSON can hold."""
        kinds = 7 if depth > 0 else 5
        match self.random.randrange(kinds):
            case 0:
                return None
            case 1:
                return self.random.choice((True, False))
            case 2:
                return self.random.choice((0, -1, 1, 3, 2**63, -(2**80), 0.5, 1e308))
            case 3 | 4:
                return self.text(4)
            case 5:
                return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
            case _:
                return {self.text(3): self.value(depth - 1) for _ in range(self.random.randrange(4))}

    def bent(self, document: JSON) -> object:
        """A good JSON document in which some values are of another kind."""
        return self._bent(json.loads(json.dumps(document)), 0.15)

    def choice(self, among: Sequence[str]) -> str:
        """One of them."""
        return self.random.choice(among)

    def _bent(self, value: object, share: float) -> object:
        if self.random.random() < share:
            return self.value(2)
        if isinstance(value, dict):
            return {key: self._bent(each, share) for key, each in value.items() if self.random.random() > share / 4}
        if isinstance(value, list):
            return [self._bent(each, share) for each in value]
        return value

    def _word(self, text: str) -> str:
        words = text.split()
        return self.random.choice(words) if words else " "
