"""Removes known secrets from texts and values, also where only a fragment of one is left."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from html import escape, unescape
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

T = TypeVar("T")

HIDDEN = "***"
CUT = "…"  # marks the end of a truncated text
SHORTEST = 4  # characters; redacting shorter secrets would make texts unreadable
LONGEST = 20_000  # characters of an untrusted text that are searched
PIECE = 12  # characters; a match of this length is no coincidence
_LOOSE = 8  # characters; shorter secrets are not looked for across white space and whatever their case
_CUTS = 20  # ellipses, from the last one on
_DEEPEST = 3  # times that an echo may be encoded
_ESCAPE = re.compile(
    r"%[0-9A-Fa-f]{2}|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,6});"
    r"|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^ux])",
    re.ASCII | re.DOTALL,
)
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
    found, once = bytearray(len(text)), frozenset(known)
    loose = frozenset(form for each in once if len(form := _squeeze(each)) >= _LOOSE)
    pieces, loose_pieces = _pieces(once), _pieces(loose)
    for view in _views(text):
        view.mark(found, once, pieces)
        view.squeezed().mark(found, loose, loose_pieces)
    runs = groupby(zip(text, found, strict=True), key=lambda pair: pair[1])
    rest = "".join(HIDDEN if echo else "".join(sign for sign, _ in run) for echo, run in runs)
    return redact(rest, known)


@dataclass(frozen=True)
class _View:
    """A text as somebody reads it who decodes it; each character has its `starts` and `ends` in the text itself."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def decoded(self) -> "_View":
        """The view with every escape of URLs, HTML, JSON and program texts replaced by its character."""
        signs, starts, ends, at = list[str](), list[int](), list[int](), 0
        for escape_ in _ESCAPE.finditer(self.text):
            first, last = escape_.span()
            signs += [self.text[at:first], _meaning(escape_[0])]
            starts += [*self.starts[at:first], self.starts[first]]
            ends += [*self.ends[at:first], self.ends[last - 1]]
            at = last
        return _View("".join([*signs, self.text[at:]]), [*starts, *self.starts[at:]], [*ends, *self.ends[at:]])

    def squeezed(self) -> "_View":
        """The view without white space and capital letters."""
        kept = [at for at, sign in enumerate(self.text) if not sign.isspace()]
        text = "".join(_squeeze(self.text[at]) for at in kept)
        return _View(text, [self.starts[at] for at in kept], [self.ends[at] for at in kept])

    def mark(self, found: bytearray, secrets: Iterable[str], pieces: frozenset[str]) -> None:
        """Mark in `found` where a secret is in the text, a piece of one, or the start of one before an ellipsis."""
        for at in range(len(self.text) - PIECE + 1):
            if self.text[at : at + PIECE] in pieces:
                self._mark_piece(found, at, at + PIECE)
        cuts = [each.start() for each in re.finditer(CUT, self.text)][-_CUTS:]
        for secret in secrets:
            if len(secret) >= SHORTEST:
                for each in re.finditer(re.escape(secret), self.text):
                    self._mark(found, *each.span())
            for cut in cuts:
                self._mark(found, cut - _overlap_at_end(self.text[max(0, cut - len(secret)) : cut], secret), cut)

    def _mark_piece(self, found: bytearray, first: int, last: int) -> None:
        """Mark a piece without white space at its edges, and without a few letters beyond: they are another word's."""
        gaps = [at for at in range(first + 1, last) if self.starts[at] > self.ends[at - 1]]
        first = max([first, *(at for at in gaps if at - first < SHORTEST)])
        last = min([last, *(at for at in gaps if last - at < SHORTEST)])
        hidden = self.text[first:last]
        self._mark(found, last - len(hidden.lstrip()), first + len(hidden.rstrip()))

    def _mark(self, found: bytearray, first: int, last: int) -> None:
        if first < last:
            start, end = self.starts[first], self.ends[last - 1]
            found[start:end] = b"\1" * (end - start)


def _views(text: str) -> Iterator[_View]:
    """Yield the text, and the text decoded once, twice and so on, as long as there is something to decode."""
    view = _View(text, range(len(text)), range(1, len(text) + 1))
    yield view
    for _ in range(_DEEPEST):
        before, view = view, view.decoded()
        if view.text == before.text:
            return
        yield view


def _meaning(escaped: str) -> str:
    """The character that an escape stands for: one, whatever it is."""
    if escaped.startswith("&"):
        plain = unescape(escaped)
        return plain if len(plain) == 1 else " "
    digits = escaped[1:].lstrip("ux") if escaped.startswith("\\") else escaped[1:]
    if escaped.startswith("%") or escaped[1] in "ux":
        return chr(int(digits, 16))
    return " " if escaped[1] in "nrt" else escaped[1]


def _squeeze(text: str) -> str:
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text if not sign.isspace())


def _pieces(secrets: Iterable[str]) -> frozenset[str]:
    return frozenset(secret[at : at + PIECE] for secret in secrets for at in range(len(secret) - PIECE + 1))


def _encoded_forms(secret: str) -> Iterator[str]:
    """Yield a secret and how a server may encode it: for a URL, HTML or JSON, in hex, or in base64 as part of more.

    Escapes of single characters are decoded where they are found, so that only their usual forms are here, for a text
    that was cut. Those of bytes become characters one by one, as in ISO 8859-1.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    texts = [secret, raw.decode("latin-1"), quote(raw), quote(raw, safe="!'()*~"), quote_plus(raw)]
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
