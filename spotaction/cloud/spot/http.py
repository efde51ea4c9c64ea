"""Sends calls to Spot over HTTPS: rate limit, retries, timeouts and errors."""

import itertools
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import inf

import requests
from requests.auth import AuthBase

from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import Observer, RetryPolicy, ignore_call
from spotaction.cloud.spot.call import Answer, Call, no_answer, not_spot, read_body
from spotaction.cloud.spot.errors import secrets_in, translate_refusal
from spotaction.cloud.spot.parsing import child_object, objects_in
from spotaction.cloud.spot.rate_limit import Bucket, Place, RateLimits
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import JsonValue

BASE_URL = "https://api.spotinst.io"
TIMEOUTS = (5.0, 30.0)  # seconds to connect, and between two bytes of the response
SHORTEST_READ = 1.0  # seconds
WHOLE_ANSWER = 60.0  # seconds until a response is complete
NEARLY = 0.8  # of the time until the deadline, for a refused read whose turn would be after it
OUTDATED = 90.0  # seconds of waiting for its turn after which a job's first read is repeated
TURNED_AWAY = 3600.0  # seconds for which a call is sent again after the rate limit refused it


class SpotHttpClient:
    """Sends one call at a time, never while the rate limit blocks its route or after the deadline of `retry_policy`.

    `account` is `act-…`, or empty for the token's default. `timeouts` are seconds to connect and to wait for bytes.
    `draw` returns random numbers from 0 to 1 that differ between processes; `place` is this job's among those that
    start together.
    Raises `ApiError`, and `CredentialError` for a token that Spot does not accept, at once if it cannot be a token. No
    error contains the token or the body, nor is chained to an exception of requests, which would.
    """

    def __init__(
        self,
        token: str,
        retry_policy: RetryPolicy,
        *,
        draw: Callable[[], float],
        account: str = "",
        base_url: str = BASE_URL,
        user_agent: str = "spotaction",
        session: requests.Session | None = None,
        interrupt: Cancellation | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
        on_call: Observer = ignore_call,
        place: Place | None = None,
    ) -> None:
        self.retry_policy = retry_policy
        self._bearer = _Bearer(_require_header_safe(token))
        self._account = account
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": " ".join(user_agent.encode("ascii", "replace").decode().split()),
        }
        self._session = session if session is not None else requests.Session()
        self._interrupt = interrupt if interrupt is not None else Cancellation()
        self._timeouts = timeouts
        self._on_call = on_call
        self._limits = RateLimits(retry_policy.clock.now, draw, place)
        self._dated: tuple[float, datetime] | None = None  # when the last response came, and its `Date`

    def read_spacing(self) -> float:
        """Return how many seconds apart the reads of one route should be to leave room for others; mostly 0."""
        return 0.0 if self.retry_policy.hurried() else self._limits.spacing

    def server_time(self) -> datetime | None:
        """Return the time by Spot's own clock, from the `Date` of its last response; None before the first one."""
        if self._dated is None:
            return None
        at, date = self._dated
        return date + timedelta(seconds=self.retry_policy.clock.now() - at)

    def send_with_retries(self, call: Call) -> Answer:
        """Send an idempotent call until it succeeds or the retries are used up; returns its answer.

        A write is not repeated for longer than `WRITE_TIME`.
        """
        until = self.retry_policy.last_retry(mutation=call.mutation)
        for attempt in itertools.count(1):
            try:
                return self.send_once(call)
            except ApiError as error:
                if not self.wait_before_retry(call, attempt, error, until):
                    raise
        raise AssertionError  # pragma: no cover  (count never ends)

    def wait_before_retry(self, call: Call, attempt: int, error: ApiError, until: float = inf) -> bool:
        """Sleep before the next attempt, at least while the route is blocked; False if there is no further attempt.

        There is none after a refusal by the rate limit: `send_once` has repeated that call for long enough.
        """
        if not error.retryable or error.status == HTTPStatus.TOO_MANY_REQUESTS:
            return False
        return self.retry_policy.wait_before_retry(attempt, at_least=self._seconds_to_wait(call), until=until)

    def send_once(self, call: Call) -> Answer:
        """Send a call once, as soon as the rate limit allows, and return its answer.

        A call that the rate limit refused was not executed, so it is sent again, for up to `TURNED_AWAY` seconds, and
        counts as one attempt. A read whose answer would be outdated when it is this job's turn is repeated then.
        """
        until, repeated = self.retry_policy.clock.now() + TURNED_AWAY, False
        while True:
            try:
                answer = self._send_when_allowed(call)
                if repeated or not self._will_be_outdated(call):
                    return answer
                repeated = True
            except ApiError as error:
                wait = self._seconds_to_wait(call)
                late = self.retry_policy.clock.now() + wait > until or not self.retry_policy.has_time_for(wait)
                if error.status != HTTPStatus.TOO_MANY_REQUESTS or late:
                    raise

    def _will_be_outdated(self, call: Call) -> bool:
        turn = self._limits.seconds_until_turn()
        waits = not call.mutation and not self.retry_policy.hurried()
        return waits and turn >= OUTDATED and self.retry_policy.has_time_for(turn)

    def _send_when_allowed(self, call: Call) -> Answer:
        self._wait_for_turn(call)
        started = self.retry_policy.clock.now()
        answered = self._exchange_or_error(call)
        response = answered if isinstance(answered, requests.Response) else None
        status = response.status_code if response is not None else None
        self._on_call(call.method, call.template, status, self.retry_policy.clock.now() - started, call.mutation)
        if isinstance(answered, requests.Response):
            self._limits.learn_from_answer(_bucket_of(call), answered.status_code, answered.headers)
            self._learn_time(answered.headers)
            return self._read_answer(call, answered)
        self._interrupt.raise_if_cancelled()
        raise answered

    def _learn_time(self, headers: Mapping[str, str]) -> None:
        with suppress(KeyError, ValueError):
            date = parsedate_to_datetime(headers["Date"])
            self._dated = self.retry_policy.clock.now(), date if date.tzinfo else date.replace(tzinfo=UTC)

    def _seconds_to_wait(self, call: Call) -> float:
        """Seconds that Spot asks for, and that we add for other clients unless we are hurried or near the deadline.

        A write waits for other clients only after it was refused itself.
        """
        bucket = _bucket_of(call)
        reset = self._limits.seconds_until_reset(bucket)
        if self.retry_policy.hurried():
            return reset
        blocked = self._limits.seconds_blocked(bucket)
        wait = blocked if call.mutation else self._limits.seconds_to_wait(bucket)
        if wait <= 0 or self.retry_policy.has_time_for(wait):
            return wait
        if self.retry_policy.has_time_for(blocked):
            return blocked
        # If all reads that are late came at the reset, they would push it out again.
        return reset if call.mutation else max(reset, NEARLY * self.retry_policy.seconds_left())

    def _wait_for_turn(self, call: Call) -> None:
        wait = self._seconds_to_wait(call)
        while wait > 0:
            if not self.retry_policy.has_time_for(wait):
                raise ApiError(
                    f"Spot's rate limit blocks {call} for another {wait:.0f} s, which is past the deadline.",
                    service="spot",
                    call=str(call),
                    retryable=True,
                    next_step="wait a minute; other clients of this Spot organization use the same limit",
                )
            self.retry_policy.clock.sleep(wait)
            wait = self._limits.seconds_until_reset(_bucket_of(call))  # a poll during the sleep may have been refused

    def _exchange_or_error(self, call: Call) -> requests.Response | ApiError:
        try:
            with self._interrupt.during_write() if call.mutation else self._interrupt.during_read():
                return self._send_request(call)
        except requests.RequestException as error:
            return no_answer(call, error)

    def _send_request(self, call: Call) -> requests.Response:
        connect, read = self._timeouts
        query = {**call.query, **({"accountId": self._account} if self._account else {})}
        now, left = self.retry_policy.clock.now, max(self.retry_policy.seconds_left(), SHORTEST_READ)
        until = now() + min(WHOLE_ANSWER, left)
        response = self._session.request(
            call.method,
            self._base_url + call.path,
            params=query,
            data=json.dumps(call.body) if call.body is not None else None,
            headers=self._headers,
            auth=self._bearer,
            timeout=(connect, max(min(read, left), SHORTEST_READ)),
            allow_redirects=False,
            stream=True,
        )
        read_body(response, lambda: now() > until)
        return response

    def _read_answer(self, call: Call, response: requests.Response) -> Answer:
        body = _json_or_none(response)
        if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise translate_refusal(
                call=str(call),
                mutation=call.mutation,
                status=response.status_code,
                body=body,
                secrets=(self._bearer.token, *secrets_in(call.body)),
            )
        answer = child_object(body, "response") if isinstance(body, Mapping) else {}
        if not answer:
            raise not_spot(call, response.status_code)
        items = answer.get("items")
        raw = tuple(items) if isinstance(items, list) else ()
        return Answer(items=tuple(objects_in(raw)), complete=isinstance(items, list), raw=raw)


class _Bearer(AuthBase):
    """Passed as `auth`, so that a .netrc on the runner does not replace the header."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _require_header_safe(token: str) -> str:
    stripped = token.strip()
    if stripped and stripped.isascii() and stripped.isprintable() and " " not in stripped:
        return stripped
    what = "contains invalid characters" if stripped else "is empty"
    raise CredentialError(f"The Spot token {what}.", next_step="set the input spot-token (or SPOTINST_TOKEN)")


def _bucket_of(call: Call) -> Bucket:
    return Bucket(call.template, call.method)


def _json_or_none(response: requests.Response) -> JsonValue:
    try:
        body: JsonValue = response.json()
    except (ValueError, RecursionError):
        return None
    return body
