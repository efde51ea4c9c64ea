"""Takes known secrets out of texts, also where only a piece of one is left."""

from collections.abc import Iterable
from itertools import groupby

HIDDEN = "***"
CUT = "…"  # ends what was cut short
SHORTEST = 4  # hiding anything shorter would make texts unreadable
LONGEST = 20_000  # characters of others' words that are looked at
PIECE = 12  # so many characters in a row are no chance any more
SECRET_KEYS = (
    "userdata",
    "secret",
    "token",
    "password",
    "privatekey",
    "accesskey",
    "apikey",
    "pemkey",
    "certificate",
    "shutdownscript",
)


def is_secret(key: str) -> bool:
    """Whether a key of a group config, by its name, holds a secret."""
    return key.lower() != "httptokens" and any(word in key.lower() for word in SECRET_KEYS)


def truncate(words: str, limit: int) -> str:
    """The words on one line, as much of it as fits in `limit` characters."""
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1] + CUT


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, and without the beginning of one that was cut short.

    The longest goes first, or a secret that begins like another one would leave its end behind.
    """
    known = sorted(filter(None, secrets), key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, HIDDEN)
    *before, last = text.split(CUT)
    return "".join(_without_beginning(part, known) + CUT for part in before) + last


def redact_fragments(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets and without any piece of one that is 12 characters or longer.

    For what somebody says who was just sent them: echoes are cut at both ends, broken into lines, or escaped.
    """
    known, text = tuple(secrets), text if len(text) <= LONGEST else text[:LONGEST] + CUT
    pieces = {secret[at : at + PIECE] for secret in known for at in range(len(secret) - PIECE + 1)}
    found = bytearray(len(text))
    for at in range(len(text) - PIECE + 1):
        if text[at : at + PIECE] in pieces:
            found[at : at + PIECE] = b"\1" * PIECE
    runs = groupby(zip(text, found, strict=True), key=lambda pair: pair[1])
    rest = "".join(HIDDEN if echo else "".join(sign for sign, _ in run) for echo, run in runs)
    return redact(rest, known)


def _without_beginning(text: str, secrets: Iterable[str]) -> str:
    length = max((_overlap_at_end(text, secret) for secret in secrets), default=0)
    return text[:-length] + HIDDEN if length else text


def _overlap_at_end(text: str, secret: str) -> int:
    """How many characters at the end of the text are the beginning of the secret; 0 where they may be a chance."""
    lengths = range(min(len(text), len(secret)), SHORTEST - 1, -1)
    return next((length for length in lengths if text.endswith(secret[:length])), 0)
