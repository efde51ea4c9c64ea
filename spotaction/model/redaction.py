"""Removes known secrets from texts and values, also where only a fragment of one is left."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from html import escape
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

T = TypeVar("T")

HIDDEN = "***"
CUT = "…"  # marks the end of a truncated text
SHORTEST = 4  # characters; redacting shorter secrets would make texts unreadable
LONGEST = 20_000  # characters of an untrusted text that are searched
PIECE = 12  # characters; a match of this length is no coincidence
_URL_SAFE = str.maketrans("+/", "-_")
_WITHOUT_TEXT = (Enum, int, float, type(None))
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
    """Whether a key of a group config holds a secret, judging by its name."""
    return key.lower() != "httptokens" and any(word in key.lower() for word in SECRET_KEYS)


def truncate(text: str, limit: int) -> str:
    """Return the text on one line, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + CUT


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, and without the start of a secret that was truncated.

    The longest is replaced first: another secret that is its start would leave its end behind.
    """
    known = sorted(filter(None, secrets), key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, HIDDEN)
    *before, last = text.split(CUT)
    return "".join(_without_beginning(part, known) + CUT for part in before) + last


def redact_fragments(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, and without any fragment of 12 or more characters of one.

    For answers to a request that contained them: echoes are cut at both ends, broken into lines, escaped, or encoded.
    """
    known = tuple(form for secret in secrets for form in _encoded_forms(secret))
    text = text if len(text) <= LONGEST else text[:LONGEST] + CUT
    pieces = {secret[at : at + PIECE] for secret in known for at in range(len(secret) - PIECE + 1)}
    found = bytearray(len(text))
    for at in range(len(text) - PIECE + 1):
        if text[at : at + PIECE] in pieces:
            found[at : at + PIECE] = b"\1" * PIECE
    runs = groupby(zip(text, found, strict=True), key=lambda pair: pair[1])
    rest = "".join(HIDDEN if echo else "".join(sign for sign, _ in run) for echo, run in runs)
    return redact(rest, known)


def _encoded_forms(secret: str) -> Iterator[str]:
    """Yield a secret and how a server may encode it: for a URL, HTML or JSON, in hex, or in base64 as part of more."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = [secret, quote(raw), quote(raw, safe="!'()*~"), quote_plus(raw)]
    texts += [escape(secret), json.dumps(secret)[1:-1]]
    texts += [raw.hex(), raw.hex().upper()]
    for before in range(3):  # base64 encodes three bytes at a time: the first and the last characters depend on others
        encoded = b64encode(bytes(before) + raw).decode().rstrip("=")[before + bool(before) : -1]
        texts += [encoded, encoded.translate(_URL_SAFE)]
    yield from dict.fromkeys(text for text in texts if text == secret or len(text) >= SHORTEST)


def redact_value(value: T, change: Callable[[str], str]) -> T:
    """Return the value with `change` applied to every text in it: in mappings, sequences and dataclasses."""
    changed: Any = _change_texts(value, change)
    return changed  # type: ignore[no-any-return]


def _without_beginning(text: str, secrets: Iterable[str]) -> str:
    length = max((_overlap_at_end(text, secret) for secret in secrets), default=0)
    return text[:-length] + HIDDEN if length else text


def _overlap_at_end(text: str, secret: str) -> int:
    """How many characters at the end of the text start the secret; 0 if so few that it may be a coincidence."""
    lengths = range(min(len(text), len(secret)), SHORTEST - 1, -1)
    return next((length for length in lengths if text.endswith(secret[:length])), 0)


def _change_texts(value: Any, change: Callable[[str], str]) -> object:  # noqa: ANN401 - it goes through any value
    if isinstance(value, _WITHOUT_TEXT):
        return value
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _change_texts(getattr(value, each.name), change) for each in fields(value)})
    if isinstance(value, Mapping):
        return {key: _change_texts(each, change) for key, each in value.items()}
    if isinstance(value, Sequence):
        return type(value)(_change_texts(each, change) for each in value)  # type: ignore[call-arg]
    return value
