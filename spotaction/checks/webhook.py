"""Checks by a web server that is told about the release: a status of 2xx passes."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from spotaction.checks.asking import ask_outside
from spotaction.checks.contradictions import echoed_secrets
from spotaction.checks.ports import CheckPorts
from spotaction.checks.release import describe_release
from spotaction.model.check_kinds import WebhookCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.ports import HttpRequest, HttpResponse
from spotaction.model.redaction import redact_fragments, truncate

SIGNATURE = "X-Spotaction-Signature-256"
LONGEST = 200  # characters of the answer's body
LARGEST = 64 * 1024  # bytes of the answer
SHORTEST_PAUSE = 1.0  # seconds
LIMIT = "2xx"
#: The server could not answer, which says nothing about the release.
_NOT_ANSWERED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def sign(secret: str, body: bytes) -> str:
    """Return the value of the signature's header: `sha256=` and the HMAC of the body, in hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class WebhookProbe:
    """Posts the release; after a 202 with `Location` it asks there, with GET, until that has an answer, then anew."""

    def __init__(self, kind: WebhookCheck, ports: CheckPorts) -> None:
        self._kind = kind
        self._ports = ports
        self._location = ""
        self._secrets = echoed_secrets(kind.url, kind.headers, kind.secret, *kind.headers.values())

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Send one request, for which all the time that is left may pass."""
        left = deadline - self._ports.clock.now()
        assert self._ports.http is not None
        if left <= 0:
            return Measurement(Outcome.ERROR, "no time was left to send it", limit=LIMIT)
        http, request = self._ports.http, self._request(subject, left)
        found = ask_outside(lambda: self._judge(http.send(request)), LIMIT)
        if found.outcome in (Outcome.PASSED, Outcome.FAILED):
            self._location = ""  # it says no more than what was decided there: the next measurement is another one
        return found

    def _request(self, subject: Subject, timeout: float) -> HttpRequest:
        if self._location:
            return HttpRequest(self._location, timeout, headers=self._kind.headers, largest=LARGEST)
        body = json.dumps(describe_release(subject, self._ports.time())).encode()
        headers = {**self._kind.headers, "Content-Type": "application/json"}
        if self._kind.secret:
            headers[SIGNATURE] = sign(self._kind.secret, body)
        return HttpRequest(self._kind.url, timeout, method="POST", headers=headers, body=body, largest=LARGEST)

    def _judge(self, response: HttpResponse) -> Measurement:
        status, value = response.status, str(response.status)
        words = self._words(response)
        pause = _read_pause(response)
        if status == HTTPStatus.ACCEPTED and (response.headers.keys() & {"retry-after", "location"}):
            return self._wait(response, pause, words)
        if status // 100 == HTTPStatus.OK // 100:
            return Measurement(Outcome.PASSED, f"the answer was {status}{words}", value, LIMIT)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_ANSWERED:
            reason = f"the answer was {status}, which says nothing about the release{words}"
            return Measurement(Outcome.ERROR, reason, value, LIMIT, retry_after=pause)
        redirect = status // 100 == HTTPStatus.MULTIPLE_CHOICES // 100
        way_out = "; redirects are not followed: write the url that it leads to" if redirect else ""
        return Measurement(Outcome.FAILED, f"the answer was {status}{words}{way_out}", value, LIMIT)

    def _wait(self, response: HttpResponse, pause: float | None, words: str) -> Measurement:
        location = response.headers.get("location", "")
        if location:
            target = _join(self._location or self._kind.url, location)
            if _origin(target) != _origin(self._kind.url):
                reason = "the answer was 202 with a Location on another host, port or scheme, which is not asked"
                return Measurement(Outcome.FAILED, reason, "202", LIMIT)
            self._location = target
        return Measurement(Outcome.WAITING, f"the answer was 202: not decided yet{words}", "202", LIMIT, pause)

    def _words(self, response: HttpResponse) -> str:
        """The start of the answer's body, without what was sent to get it."""
        text = truncate(self._redact(response.body.decode("utf-8", "replace")), LONGEST)
        return f": {text}" if text else ""

    def _redact(self, text: str) -> str:
        return redact_fragments(text, self._secrets)


def _join(url: str, location: str) -> str:
    """Where an answer leads; empty if that is no URL."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _read_pause(response: HttpResponse) -> float | None:
    """The seconds of `Retry-After`; a date in it is compared with the answer's own. None if it cannot be read."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return max(float(text[:9]), SHORTEST_PAUSE)
    until, now = _read_date(text), _read_date(response.headers.get("date", ""))
    return max((until - now).total_seconds(), SHORTEST_PAUSE) if until is not None and now is not None else None


def _read_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
