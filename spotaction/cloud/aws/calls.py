"""Sends calls to AWS: retried on the given clock, and never started after the step was cancelled."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar, cast

from spotaction.cloud.aws.errors import translate_error
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import Observer, RetryPolicy
from spotaction.model.errors import ApiError, SpotactionError

T = TypeVar("T")


class AwsCalls:
    """Sends calls, named `client:Operation`, with retries of its own: those of botocore sleep on the real clock.

    Raises `ApiError`, and `CredentialError` if AWS does not accept the credentials. Exceptions of botocore's transport
    contain the signed request, so none is chained.
    """

    def __init__(
        self, retry_policy: RetryPolicy, interrupt: Cancellation, on_call: Observer, *, for_role: bool = False
    ) -> None:
        self.retry_policy = retry_policy
        self._for_role = for_role
        self._interrupt = interrupt
        self._on_call = on_call

    def send_with_retries(self, call: str, send: Callable[[], T], *, mutation: bool) -> T:
        """Send an idempotent call until it succeeds or the retries are used up; returns its response."""
        for attempt in itertools.count(1):
            try:
                return self._send_once(call, send, mutation=mutation)
            except ApiError as error:
                if not error.retryable or not self.retry_policy.wait_before_retry(attempt):
                    raise
        raise AssertionError  # pragma: no cover  (count never ends)

    def _send_once(self, call: str, send: Callable[[], T], *, mutation: bool) -> T:
        clock = self.retry_policy.clock
        started = clock.now()
        try:
            with self._interrupt.during_write() if mutation else self._interrupt.during_read():
                answer = send()
        except SpotactionError:
            raise
        except Exception as error:  # noqa: BLE001 - botocore's parsers raise anything on a truncated response
            failure = translate_error(error, call=call, mutation=mutation, for_role=self._for_role)
        else:
            self._on_call("POST", call, HTTPStatus.OK, clock.now() - started, mutation)
            return answer
        status = failure.status if isinstance(failure, ApiError) else None
        self._on_call("POST", call, status, clock.now() - started, mutation)
        self._interrupt.raise_if_cancelled()  # botocore wraps what a signal raised
        raise failure


def require_complete(answer: T, key: str, each: str = "") -> T:
    """Return the answer if it has `key`, and `each` in every item of it; to be used inside `send`.

    Raises `KeyError`, which counts as no response: botocore leaves out what it did not find, whoever responded.
    """
    found = cast("Mapping[str, Sequence[Mapping[str, object]]]", answer)[key]
    if each and any(not item.get(each) for item in found):
        raise KeyError(each)
    return answer


def iterate_pages(fetch: Callable[[str], tuple[Sequence[T], str]]) -> Iterator[T]:
    """Yield every item of all pages: `fetch` takes a page's token (empty = first) and returns items and next token."""
    token = ""
    while True:
        items, token = fetch(token)
        yield from items
        if not token:
            return
