import itertools
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.clock import Cancellation
from spotaction.cloud.retry import RetryPolicy
from spotaction.cloud.spot.http import BASE_URL, SpotHttpClient
from spotaction.cloud.spot.rate_limit import Place
from spotaction.model.errors import ApiError, CancelledError, CredentialError, SpotactionError
from spotaction.model.resources import Capacity, GroupId
from tests.support.spot_adapter import TOKEN, FakeClock, Reply, Scripted, envelope, failed, group_json, ok, spot

GROUP = GroupId("sig-1")
PASSING: list[Scripted] = [
    requests.ConnectTimeout(),
    requests.ReadTimeout(),
    requests.ConnectionError(),
    requests.exceptions.ChunkedEncodingError(),
    requests.exceptions.ProxyError(),
    *(failed(status) for status in (408, 500, 502, 503, 504)),
    failed(400, "Throttling"),
    failed(400, "RequestLimitExceeded"),
    Reply(200, "<html>sign in</html>"),
    Reply(503, "<html>busy</html>"),
    Reply(200, []),
]
STAYING: list[Scripted] = [
    failed(400, "ValidationError"),
    failed(422),
    failed(501),
    Reply(302, None, {"Location": "https://elsewhere.test/"}),
    requests.exceptions.SSLError(),
    requests.exceptions.InvalidURL(),
]


def test_a_request_carries_token_account_and_who_we_are() -> None:
    groups, script = spot(ok(group_json()), user_agent="spotaction/1 (acme/web run 7/1)\n")
    groups.get(GROUP)
    sent = script.sent[0]
    assert sent.url == f"{BASE_URL}/aws/ec2/group/sig-1?accountId=act-12345678"
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["User-Agent"] == "spotaction/1 (acme/web run 7/1)"
    assert (sent.headers["Accept"], sent.headers["Content-Type"]) == ("application/json", "application/json")


def test_jobs_that_start_together_make_their_first_call_in_turns() -> None:
    groups, script = spot(ok(group_json()), place=Place(3, 4))
    groups.get(GROUP)
    assert script.times == [pytest.approx(1000.3)]


def test_without_an_account_none_is_sent() -> None:
    groups, script = spot(ok(group_json()), account="")
    groups.get(GROUP)
    assert script.calls == ["GET /aws/ec2/group/sig-1"]


def test_a_group_id_cannot_leave_its_place_in_the_path() -> None:
    groups, script = spot(ok(group_json()))
    groups.get(GroupId("../x?y"))
    assert script.calls == ["GET /aws/ec2/group/..%2Fx%3Fy?accountId=act-12345678"]


@pytest.mark.parametrize("reply", PASSING)
def test_what_passes_is_tried_again_with_longer_and_longer_pauses(reply: Scripted) -> None:
    clock = FakeClock()
    groups, script = spot(reply, reply, reply, ok(group_json()), clock=clock)
    assert groups.get(GROUP) is not None
    assert len(script.calls) == 4
    assert clock.sleeps == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("reply", PASSING)
def test_attempts_are_bounded(reply: Scripted) -> None:
    groups, script = spot(*[reply] * 9, attempts=3)
    with pytest.raises(ApiError) as caught:
        groups.get(GROUP)
    assert caught.value.retryable
    assert len(script.calls) == 3


@pytest.mark.parametrize("reply", STAYING)
def test_what_stays_is_raised_at_once(reply: Scripted) -> None:
    groups, script = spot(reply)
    with pytest.raises(ApiError) as caught:
        groups.get(GROUP)
    assert not caught.value.retryable
    assert len(script.calls) == 1


@pytest.mark.parametrize("reply", PASSING)
def test_absolute_states_are_repeated(reply: Scripted) -> None:
    groups, script = spot(reply, ok())
    groups.scale(GROUP, Capacity.fixed(1))
    assert len(script.calls) == 2


def test_nothing_is_slept_for_past_the_deadline() -> None:
    clock = FakeClock()
    groups, script = spot(failed(500), failed(500), clock=clock, deadline=lambda: 1002.5)
    with pytest.raises(ApiError):
        groups.get(GROUP)
    assert (clock.sleeps, len(script.calls)) == ([1.0], 2)


def test_the_read_timeout_ends_with_the_deadline() -> None:
    groups, script = spot(ok(group_json()), ok(group_json()), deadline=iter([1007.0, 1000.1]).__next__)
    groups.get(GROUP)
    groups.get(GROUP)
    assert script.timeouts == [(5.0, 7.0), (5.0, 1.0)]


def test_an_error_tells_what_happened_and_what_to_do() -> None:
    reply = failed(400, "ValidationError", '"minimum" must be less', "body:group.capacity.minimum")
    with pytest.raises(ApiError) as caught:
        spot(reply)[0].scale(GROUP, Capacity(3, 2, 1))
    error = caught.value
    assert str(error) == (
        "Spot refused PUT /aws/ec2/group/sig-1/capacity (400 ValidationError at body:group.capacity.minimum):"
        ' "minimum" must be less. Next: correct the field in the Elastigroup config and run again.'
    )
    assert (error.service, error.status, error.code, error.request_id) == ("spot", 400, "ValidationError", "req-1")
    assert (error.retryable, error.maybe_applied) == (False, False)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(429, envelope(429, data="Rate limit exceeded")), r"\(429\): words: Rate limit exceeded"),
        (Reply(500, ""), r"no reason given \(HTTP 500\)"),
        (Reply(400, {"request": {"id": "x"}, "response": {"status": {"message": "Fail", "code": 400}}}), ": Fail"),
        (failed(400, "(unknown)", "Can't have 2 Rolls at the same time. Please stop."), "stop the roll"),
        (failed(400, "X", "word " * 200), "word…"),
        (requests.ReadTimeout(), "timed out"),
        (requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", None)), "the connection was lost"),  # type: ignore[arg-type]
    ],
)
def test_errors_without_a_body_have_words_too(reply: Scripted, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        spot(*[reply] * 99, attempts=1)[0].all()


def test_a_connection_that_was_never_made_did_nothing() -> None:
    reason = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]
    for cause, acted in ((urllib3.exceptions.MaxRetryError(None, "/", reason), False), (OSError("reset"), True)):  # type: ignore[arg-type]
        with pytest.raises(ApiError) as caught:
            spot(requests.ConnectionError(cause), attempts=1)[0].scale(GROUP, Capacity.fixed(1))
        assert caught.value.maybe_applied == acted


@pytest.mark.parametrize(
    "reply", [*PASSING, *STAYING, failed(429), Reply(401), failed(400, "X", f"Bearer {TOKEN} is bad")]
)
def test_no_error_nor_what_it_is_chained_to_holds_the_token(reply: Scripted) -> None:
    with pytest.raises(SpotactionError) as caught:
        spot(*[reply] * 99, attempts=1)[0].get(GROUP)
    for error in _chain(caught.value):
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(error.args)
        assert TOKEN not in shown
        assert not isinstance(error, requests.RequestException)


@pytest.mark.parametrize("token", ["", "  ", "tok\nen", "t\u00f6ken", "two words"])
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(CredentialError, match="spot-token") as caught:
        SpotHttpClient(token, RetryPolicy(FakeClock()), draw=float)
    assert not token.strip() or token not in str(caught.value)


LIMITED = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
SHARE = 60 / 0.5 * 0.9  # seconds: of 100 clients each has half a call in 60 s, and a tenth less for a draw of 0


def test_no_request_goes_out_while_its_bucket_is_blocked() -> None:
    clock = FakeClock()
    groups, script = spot(Reply(200, envelope(200, items=[group_json()]), LIMITED), ok(group_json()), ok(), clock=clock)
    groups.get(GROUP)
    groups.get(GroupId("sig-2"))
    assert script.times == pytest.approx([1000.0, 1000.0 + SHARE])


def test_another_route_or_method_has_its_own_bucket() -> None:
    clock = FakeClock()
    groups, script = spot(Reply(200, envelope(200, items=[group_json()]), LIMITED), ok(), ok(), clock=clock)
    groups.get(GROUP)
    groups.update(GROUP, name="x")
    groups.instances(GROUP)
    assert script.times == [1000.0, 1000.0, 1000.0]


def test_a_429_waits_for_the_reset_and_then_longer_and_longer() -> None:
    clock = FakeClock()
    limit = Reply(429, envelope(429, data="Rate limit exceeded"), {"X-RateLimit-Reset": "3"})
    groups, script = spot(limit, limit, limit, limit, ok(group_json()), clock=clock)
    groups.get(GROUP)
    assert clock.sleeps == [3.0, 3.0, 4.0, 8.0]
    assert len(script.calls) == 5


def test_a_storm_of_429_never_makes_us_wait_longer_than_a_window_for_a_call() -> None:
    clock = FakeClock()
    storm = [Reply(429, envelope(429, data="Rate limit exceeded")) for _ in range(2000)]
    groups, _ = spot(*storm, clock=clock, attempts=5)
    for _ in range(30):
        with pytest.raises(ApiError):
            groups.get(GROUP)
    assert clock.sleeps[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert max(clock.sleeps) == 60.0


def test_a_call_is_not_sent_when_a_poll_was_refused_while_it_waited() -> None:
    class PollingClock(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            with suppress(ApiError):
                groups.get(GroupId("sig-9"))

    clock = PollingClock()
    busy, refused = told(100, used=60), Reply(429, envelope(429), {"X-RateLimit-Reset": "20"})
    groups, script = spot(busy, refused, ok(group_json()), clock=clock, deadline=lambda: 1080.0)
    groups.get(GROUP)
    with pytest.raises(ApiError, match="for another 20 s, which is past the deadline"):
        groups.get(GROUP)
    assert script.times == [1000.0, 1064.8]


def test_a_block_past_the_deadline_is_an_error_and_no_call() -> None:
    clock = FakeClock()
    reply = Reply(200, envelope(200, items=[group_json()]), LIMITED)
    groups, script = spot(reply, clock=clock, deadline=lambda: 1010.0)
    groups.get(GROUP)
    with pytest.raises(ApiError, match="rate limit blocks GET /aws/ec2/group/sig-1 for another 20 s") as caught:
        groups.get(GROUP)
    assert caught.value.retryable
    assert (len(script.calls), clock.sleeps) == (1, [])


def told(limit: int, *, used: int, reset: int = 30) -> Reply:
    """A group, and headers that say how much of the limit is used."""
    headers = {"Limit": f"{limit}", "Remaining": f"{limit - used}", "Reset": f"{reset}"}
    items = envelope(200, items=[group_json()])
    return Reply(200, items, {f"X-RateLimit-{name}": value for name, value in headers.items()})


@pytest.mark.parametrize(("used", "wait"), [(49, 0.0), (60, 60 * 60 / 50 * 0.9), (95, 60 * 95 / 50 * 0.9)])
def test_once_the_window_fills_a_run_holds_back(used: int, wait: float) -> None:
    clock = FakeClock()
    groups, script = spot(told(100, used=used), ok(group_json()), ok(group_json()), clock=clock)
    for _ in range(3):
        groups.get(GROUP)
    assert script.times == pytest.approx([1000.0, 1000.0 + wait, 1000.0 + wait])


def test_nobody_holds_back_for_what_changes_something_or_past_a_deadline() -> None:
    clock = FakeClock()
    replies = [told(100, used=80), told(100, used=95)]
    groups, script = spot(*replies, ok(), clock=clock)
    groups.update(GROUP, name="x")
    groups.update(GROUP, name="y")
    assert script.times == [1000.0, 1000.0]

    groups, script = spot(*replies, clock=clock, deadline=lambda: clock.now() + 5.0)
    groups.get(GROUP)
    groups.get(GROUP)
    assert script.times == [1000.0, 1000.0]


def test_who_puts_production_back_waits_for_what_spot_tells_and_for_nobody_else() -> None:
    clock = FakeClock()
    limit = Reply(429, envelope(429, data="Rate limit exceeded"), {"X-RateLimit-Reset": "30"})
    busy = told(100, used=80)
    groups, script = spot(busy, limit, ok(group_json()), clock=clock, draw=partial(float, 1), hurried=lambda: True)
    groups.get(GROUP)
    groups.get(GROUP)
    assert script.times == [1000.0, 1000.0, 1030.0]


def test_one_of_many_who_was_refused_for_an_hour_takes_no_further_attempts() -> None:
    clock = FakeClock()
    limit = Reply(429, envelope(429, data="Rate limit exceeded"), {"X-RateLimit-Reset": "60"})
    groups, _ = spot(*[limit] * 200, clock=clock)
    with pytest.raises(ApiError, match="429"):
        groups.get(GROUP)
    assert 3500 < clock.now() - 1000.0 <= 3600


@given(
    st.lists(st.tuples(st.sampled_from([200, 429, 500]), st.integers(0, 5), st.integers(0, 90)), max_size=12),
    st.integers(1, 5),
)
def test_never_more_attempts_than_allowed_and_never_one_while_blocked(
    answers: list[tuple[int, int, int]], attempts: int
) -> None:
    clock = FakeClock()
    replies = [
        Reply(
            status,
            envelope(status, items=[group_json()]),
            {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(reset)},
        )
        for status, left, reset in answers
    ]
    groups, script = spot(*replies, ok(group_json()), clock=clock, attempts=attempts)
    while script.replies:
        before, began = len(script.calls), clock.now()
        with suppress(ApiError):
            groups.get(GROUP)
        statuses = [status for status, _, _ in [*answers, (200, 0, 0)][before : len(script.calls)]]
        tried = len(statuses) - statuses.count(429)
        assert tried <= attempts
        assert tried or clock.now() - began > 1800  # refused until no further wait fits into an hour
    for (status, left, reset), (sent, following) in zip(answers, itertools.pairwise(script.times), strict=True):
        blocked = reset if status == 429 or left == 0 else 0
        assert following - sent >= blocked - 1e-6


def test_every_call_is_told_to_the_observer() -> None:
    seen: list[object] = []

    def observe(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001
        seen.append((method, template, status, seconds, mutation))

    groups, _ = spot(requests.ConnectTimeout(), ok(group_json()), ok(), on_call=observe)
    groups.get(GROUP)
    groups.scale(GROUP, Capacity.fixed(0))
    assert seen == [
        ("GET", "/aws/ec2/group/{groupId}", None, 0.0, False),
        ("GET", "/aws/ec2/group/{groupId}", 200, 0.0, False),
        ("PUT", "/aws/ec2/group/{groupId}/capacity", 200, 0.0, True),
    ]


def test_no_call_begins_after_a_signal() -> None:
    interrupt = Cancellation()
    groups, script = spot(ok(), interrupt=interrupt)
    interrupt.request_cancel("SIGINT")
    with pytest.raises(CancelledError):
        groups.get(GROUP)
    with pytest.raises(CancelledError):
        groups.scale(GROUP, Capacity.fixed(0))
    assert script.calls == []
    with interrupt.shield(60):
        groups.scale(GROUP, Capacity.fixed(0))
    assert len(script.calls) == 1


def test_a_signal_during_a_reading_call_ends_it() -> None:
    interrupt = Cancellation()

    def hang(_request: requests.PreparedRequest) -> Reply:
        interrupt.request_cancel("SIGTERM")
        raise AssertionError

    groups, _ = spot(hang, interrupt=interrupt)
    with pytest.raises(CancelledError, match="SIGTERM"):
        groups.get(GROUP)


def test_a_signal_that_requests_wrapped_is_a_cancel_even_at_the_last_attempt() -> None:
    interrupt = Cancellation()

    def hang(_request: requests.PreparedRequest) -> Reply:
        try:
            interrupt.request_cancel("SIGTERM")
        except CancelledError as error:
            raise requests.ConnectionError from error
        raise AssertionError

    groups, _ = spot(hang, interrupt=interrupt, attempts=1)
    with pytest.raises(CancelledError, match="SIGTERM"):
        groups.get(GROUP)


def test_a_signal_during_a_mutating_call_lets_its_answer_come() -> None:
    interrupt = Cancellation()

    def answer(_request: requests.PreparedRequest) -> Reply:
        interrupt.request_cancel("SIGTERM")
        return ok(group_json())

    groups, _ = spot(answer, interrupt=interrupt)
    assert groups.create({"name": "web__1"}).id == "sig-1"
    with pytest.raises(CancelledError):
        groups.get(GROUP)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(("jobs", "hurried", "calls"), [(250, False, 2), (250, True, 1), (2, False, 1)])
def test_what_a_job_read_minutes_before_its_turn_is_read_again_then(jobs: int, hurried: bool, calls: int) -> None:  # noqa: FBT001
    """At 60 a minute the last of 250 jobs has its turn after more than half an hour."""
    clock = FakeClock()
    groups, script = spot(
        *[told(60, used=1)] * calls, clock=clock, place=Place(jobs - 1, jobs), hurried=lambda: hurried
    )
    groups.get(GROUP)
    assert len(script.times) == calls
    turn = 249 / 250 * (9 * 250 * 60 / 54 - 180)
    assert clock.now() == pytest.approx(1024.9 + turn if calls == 2 else (1000.0 if hurried else 1000.1))


def test_runs_that_were_refused_at_once_come_back_one_after_the_other() -> None:
    told = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
    times = []
    for draw in (0.0, 0.5, 1.0):
        clock = FakeClock()
        refused = Reply(429, envelope(429), told)
        groups, script = spot(*[refused] * 4, ok(group_json()), clock=clock, draw=partial(float, draw))
        groups.get(GROUP)
        times.append(script.times)

    assert times[0] == [1000.0, 1080.0, 1220.0, 1480.0, 1980.0]
    assert [after[1] for after in times] == pytest.approx([1080.0, 1080 + 30 / 0.9, 1080 + 60 / 0.9])


@pytest.mark.parametrize(("left", "wait"), [(200.0, 80.0), (50.0, 40.0), (22.0, 20.0)])
def test_a_refused_call_whose_turn_is_after_the_deadline_comes_neither_then_nor_at_the_reset(
    left: float, wait: float
) -> None:
    told = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
    clock = FakeClock()
    groups, script = spot(
        Reply(429, envelope(429), told), ok(group_json()), clock=clock, deadline=lambda: 1000.0 + left
    )
    groups.get(GROUP)
    assert script.times == [1000.0, 1000.0 + wait]


def test_the_time_is_spots_own_and_goes_on_between_answers() -> None:
    clock = FakeClock()
    groups, _ = spot(ok(Date="Tue, 24 Nov 2026 10:00:07 GMT"), ok(), clock=clock)
    assert groups.time() == clock.time()  # nothing better is known before the first answer
    groups.instances(GroupId("sig-1"))
    clock.sleep(30)
    assert groups.time() == datetime(2026, 11, 24, 10, 0, 37, tzinfo=UTC)
    groups.instances(GroupId("sig-1"))  # an answer without a date, or with one that is none, changes nothing
    assert groups.time() == datetime(2026, 11, 24, 10, 0, 37, tzinfo=UTC)
