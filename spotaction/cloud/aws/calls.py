"""How a call to AWS is sent: tried again within bounds on the given clock, never begun after a signal."""

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
    """Sends calls, named `client:Operation`, in place of botocore's own retries, which sleep on the real clock.

    Raises `ApiError`, or `CredentialError` when AWS does not accept who we are. Exceptions of botocore's transport
    hold the signed request, so none is chained.
    """

    def __init__(
        self, patience: RetryPolicy, interrupt: Cancellation, on_call: Observer, *, for_role: bool = False
    ) -> None:
        self.patience = patience
        self._for_role = for_role
        self._interrupt = interrupt
        self._on_call = on_call

    def send_with_retries(self, call: str, send: Callable[[], T], *, mutation: bool) -> T:
        """Send a call that may be sent twice without harm, until it succeeds or patience ends."""
        for attempt in itertools.count(1):
            try:
                return self._send_once(call, send, mutation=mutation)
            except ApiError as error:
                if not error.retryable or not self.patience.wait_before_retry(attempt):
                    raise
        raise AssertionError  # pragma: no cover  (count never ends)

    def _send_once(self, call: str, send: Callable[[], T], *, mutation: bool) -> T:
        clock = self.patience.clock
        started = clock.now()
        try:
            with self._interrupt.during_write() if mutation else self._interrupt.during_read():
                answer = send()
        except SpotactionError:
            raise
        except Exception as error:  # noqa: BLE001 - botocore's parsers raise whatever half an answer leads them to
            failure = translate_error(error, call=call, mutation=mutation, for_role=self._for_role)
        else:
            self._on_call("POST", call, HTTPStatus.OK, clock.now() - started, mutation)
            return answer
        status = failure.status if isinstance(failure, ApiError) else None
        self._on_call("POST", call, status, clock.now() - started, mutation)
        self._interrupt.raise_if_cancelled()  # botocore wraps what a signal raised
        raise failure


def require_complete(answer: T, key: str, each: str = "") -> T:
    """The answer if what we need of it is there, with `each` in every item; to be used inside of what is sent.

    Raises `KeyError`, which counts as no answer: botocore leaves out what it did not find, whoever sent that.
    """
    found = cast("Mapping[str, Sequence[Mapping[str, object]]]", answer)[key]
    if each and any(not item.get(each) for item in found):
        raise KeyError(each)
    return answer


def iterate_pages(fetch: Callable[[str], tuple[Sequence[T], str]]) -> Iterator[T]:
    """Every item of a paged answer: `fetch` takes a page's token (empty = the first) and answers items and the next."""
    token = ""
    while True:
        items, token = fetch(token)
        yield from items
        if not token:
            return
