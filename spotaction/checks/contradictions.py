"""Values of a check that are right one by one, and cannot be right together."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from spotaction.documents.wording import count_of
from spotaction.model.check_kinds import CheckKind, CompareErrors, HttpCheck, PrometheusCheck
from spotaction.model.redaction import SHORTEST

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CREDENTIALS = ("auth", "cookie", "credential", "key", "pass", "secret", "session", "signature", "token")
_KEPT = 14 * 86400.0  # seconds: one day less, for the bake
_HARMLESS = frozenset({"accept", "accept-language", "content-type", "host", "user-agent"})
_SCHEMES = frozenset({"apikey", "basic", "bearer", "digest", "token"})


def is_credential(header: str) -> bool:
    """Return whether a header's value is a secret, judging by its name."""
    return any(word in header.lower() for word in _CREDENTIALS)


def secret_parts(value: str) -> tuple[str, ...]:
    """Return what a header's value hides: all behind a scheme such as `Bearer`, and each word that is not short.

    Of `Basic` that is also what it encodes: user and password, and the password.
    """
    scheme, _, rest = value.partition(" ")
    hidden = rest.strip() if scheme.lower() in _SCHEMES else value
    words = [word.strip(";,") for word in hidden.split()]
    if scheme.lower() == "basic":
        pair = _decode_basic(hidden)
        words += [pair, pair.partition(":")[2]]
    return tuple(dict.fromkeys(filter(None, (hidden, *(word for word in words if len(word) >= SHORTEST)))))


def echoed_secrets(url: str, headers: Mapping[str, str], *sent: str) -> frozenset[str]:
    """Return what an answer must not show of its request: values of headers and of the query, and what was `sent`."""
    values = [value for name, value in headers.items() if name.lower() not in _HARMLESS]
    words = [word for value in values for word in secret_parts(value)]
    named = [word.partition("=")[2].strip("\"'") for word in words]  # as in Cookie: session=…
    query = [value for _, value in parse_qsl(urlsplit(url).query)]
    return frozenset(text for text in (*words, *named, *query, *sent) if len(text) >= SHORTEST)


def _decode_basic(text: str) -> str:
    """User and password as their server reads them; empty if there are none."""
    try:
        return b64decode(text, validate=True).decode(errors="replace")
    except ValueError:
        return ""


def find_contradictions(kind: CheckKind) -> Iterator[tuple[str, str, str]]:
    """Yield the key of each contradiction, what is wrong, and the way out."""
    if isinstance(kind, CompareErrors):
        yield from _in_comparison(kind)
    if isinstance(kind, PrometheusCheck):
        yield from _in_prometheus(kind)
    if not isinstance(kind, HttpCheck):
        return
    if kind.allowed_failures >= kind.requests:
        message = (
            f"{kind.allowed_failures} of {count_of(kind.requests, 'request')} may fail, so the check can never fail"
        )
        yield "allowed-failures", message, "allow fewer failures, or send more requests"
    for key, expected in (("body", kind.body), ("json", kind.json_value)):
        if expected and kind.method == "HEAD":
            yield key, "a response to HEAD has no body", "use method: GET"
    if kind.url and kind.listener is not HttpCheck().listener:
        yield "listener", "a url is requested as it is, whatever the listener", "remove listener, or give a path"
    if kind.latency is not None and kind.latency > kind.request_timeout:
        message = f"a response may take {kind.latency:g}s, but a request at most {kind.request_timeout:g}s"
        yield "latency", message, "raise request-timeout, or lower latency"


def _in_comparison(kind: CompareErrors) -> Iterator[tuple[str, str, str]]:
    if kind.allowed >= kind.ratio:
        message = f"{kind.allowed:g} times the old rate is allowed, but {kind.ratio:g} times is to be detected"
        yield "allowed", message, "allow less than ratio"
    if kind.history > _KEPT:
        yield "history", "CloudWatch keeps one-minute data for 15 days", "for example 1h"


def _in_prometheus(kind: PrometheusCheck) -> Iterator[tuple[str, str, str]]:
    address = urlsplit(kind.address)
    if address.query or address.fragment:
        yield "address", "the address has a query string", "end it with the path"
    if address.scheme == "http" and address.hostname not in LOOPBACK and any(map(is_credential, kind.headers)):
        yield "headers", "a secret must not be sent in the clear", "use an https address"
