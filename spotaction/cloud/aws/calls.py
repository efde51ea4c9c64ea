"""Sends calls to AWS: retried on the given clock, and never started after the step was cancelled."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Generic, TypeVar, cast

from spotaction.cloud.aws.errors import translate_error
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.idle import do_nothing, join_thread
from spotaction.cloud.retry import Observer, RetryPolicy
from spotaction.model.errors import ApiError, CancelledError, SpotactionError

T = TypeVar("T")
ANSWER_WITHIN = 5.0
"""Seconds in which calls that a run can do without have to be answered."""
MOST_SECONDS = 25.0
"""Seconds that a read with a deadline is waited for, before it is sent again."""
MOST_SECONDS_ONCE = 905.0
"""Seconds that a call without a retry is waited for: a function of Lambda may run for 900."""


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
        """Send an idempotent call until it succeeds or the retries are used up; returns its response.

        A write is not repeated for longer than `WRITE_TIME`.
        """
        until = self.retry_policy.last_retry(mutation=mutation)
        for attempt in itertools.count(1):
            try:
                return self._send_once(call, send, mutation=mutation)
            except ApiError as error:
                if not error.retryable or not self.retry_policy.wait_before_retry(attempt, until=until):
                    raise
        raise AssertionError  # pragma: no cover  (count never ends)

    def send_by(
        self,
        call: str,
        send: Callable[[], T],
        deadline: float,
        *,
        in_turn: bool,
        once: bool = False,
        on_idle: Callable[[], None] = do_nothing,
    ) -> T:
        """Send a call with retries, which is over by `deadline`, a time on the clock, whatever the network does.

        A call that is not answered by then is left to itself, in a thread of its own. With `once` there is no retry,
        and an answer is waited for until the deadline. Raises `CancelledError`.
        """
        until = min(deadline, self.retry_policy.deadline())
        policy = replace(self.retry_policy, deadline=lambda: until, attempts=1 if once else self.retry_policy.attempts)
        longest = MOST_SECONDS_ONCE if once else MOST_SECONDS
        for attempt in itertools.count(1):
            sent = _Kept(send)
            within = max(0.0, min(policy.seconds_left(), longest))
            (error,) = self.send_at_once([(call, sent)], in_turn=in_turn, within=within, on_idle=on_idle)
            if error is None:
                return sent.answers[0]
            if not (isinstance(error, ApiError) and error.retryable and policy.wait_before_retry(attempt)):
                raise error
        raise AssertionError  # pragma: no cover  (count never ends)

    def send_at_once(
        self,
        calls: Sequence[tuple[str, Callable[[], object]]],
        *,
        in_turn: bool,
        within: float = ANSWER_WITHIN,
        on_idle: Callable[[], None] = do_nothing,
    ) -> tuple[SpotactionError | None, ...]:
        """Send reads that a run can do without, each once; returns the error of each, or None.

        They run in threads of their own, or one after another with `in_turn`. A call that is not answered `within` so
        many seconds is left to itself. Raises `CancelledError`, and what `on_idle` raises meanwhile.
        """
        if in_turn:
            return tuple(self._send_alone(call, send) for call, send in calls)
        sent = [_Reading(call, send, self.retry_policy.clock.now, within) for call, send in calls]
        with self._interrupt.during_read():
            for each in sent:
                each.start()
            for each in sent:
                each.wait(on_idle)
        self._interrupt.raise_if_cancelled()
        return tuple(self._result_of(each) for each in sent)

    def _send_alone(self, call: str, send: Callable[[], object]) -> SpotactionError | None:
        try:
            self._send_once(call, send, mutation=False)
        except CancelledError:
            raise
        except SpotactionError as error:
            return error
        return None

    def _result_of(self, read: "_Reading") -> SpotactionError | None:
        error = read.error
        if isinstance(error, CancelledError):
            raise error
        if read.took is None:
            error = TimeoutError(f"within {read.within:.0f} s")
        if error is None:
            self._on_call("POST", read.call, HTTPStatus.OK, read.took or 0.0, False)  # noqa: FBT003 - the observer's form
            return None
        failure = (
            error
            if isinstance(error, SpotactionError)
            else translate_error(error, call=read.call, mutation=False, for_role=self._for_role)
        )
        status = failure.status if isinstance(failure, ApiError) else None
        self._on_call("POST", read.call, status, read.took or read.within, False)  # noqa: FBT003
        return failure

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


class _Kept(Generic[T]):
    """A call that keeps its answer."""

    def __init__(self, send: Callable[[], T]) -> None:
        self._send = send
        self.answers: list[T] = []

    def __call__(self) -> None:
        self.answers.append(self._send())


class _Reading:
    """A call in a thread, which ends with the process; `took` is None until there is a response or an error."""

    def __init__(self, call: str, send: Callable[[], object], now: Callable[[], float], within: float) -> None:
        self.call = call
        self.within = within
        self.error: Exception | None = None
        self.took: float | None = None
        self._send = send
        self._now = now
        self._started = 0.0
        self._thread = threading.Thread(target=self._run, name=call, daemon=True)

    def start(self) -> None:
        self._started = self._now()
        self._thread.start()

    def wait(self, on_idle: Callable[[], None]) -> None:
        join_thread(self._thread, self._started + self.within - self._now(), on_idle)

    def _run(self) -> None:
        try:
            self._send()
        except Exception as error:  # noqa: BLE001 - as in _send_once
            self.error = error
        self.took = self._now() - self._started


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
