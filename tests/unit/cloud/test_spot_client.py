"""One conversation with Spot, call by call: what is sent, how long its answer may take, and what counts as one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests

from spotaction.cloud.retry import RetryPolicy
from spotaction.cloud.spot.call import Answer, Call
from spotaction.cloud.spot.http import SpotHttpClient
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import JsonValue
from tests.support.spot_adapter import TOKEN, FakeClock, Reply, Scripted, ScriptedSpot, envelope, failed, ok

LIST, SCALE = Call("GET", "/aws/ec2/group"), Call("PUT", "/aws/ec2/group/{groupId}/capacity", "sig-1", body={"a": 1})
REFUSED = Reply(429, envelope(429), {"X-RateLimit-Reset": "60"})


def talk(
    *replies: Scripted, token: str = TOKEN, clock: FakeClock | None = None, **options: object
) -> tuple[SpotHttpClient, ScriptedSpot]:
    the_clock = clock or FakeClock()
    script, session = ScriptedSpot(replies, the_clock), requests.Session()
    session.mount("https://", script)
    bounds = {name: options.pop(name) for name in ("deadline", "attempts", "hurried") if name in options}
    return SpotHttpClient(token, RetryPolicy(the_clock, **bounds), draw=float, session=session, **options), script  # type: ignore[arg-type]


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"  {TOKEN}\r\n"])
def test_a_token_that_ends_in_a_line_break_is_sent_without_it(token: str) -> None:
    http, script = talk(ok(), token=token)
    http.send_once(LIST)
    assert script.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (" ", "The Spot token is empty. Next: set the input spot-token (or SPOTINST_TOKEN)."),
        ("a b", "The Spot token contains invalid characters. Next: set the input spot-token (or SPOTINST_TOKEN)."),
    ],
)
def test_a_token_that_cannot_be_one_is_refused_before_anything_is_sent(token: str, message: str) -> None:
    with pytest.raises(CredentialError) as caught:
        talk(token=token)
    assert str(caught.value) == message


def test_a_call_is_sent_with_its_body_to_the_address_that_was_given() -> None:
    http, script = talk(ok(), account="", base_url="https://spot.test/")
    http.send_once(SCALE)
    assert script.sent[0].url == "https://spot.test/aws/ec2/group/sig-1/capacity"
    assert script.body(0) == {"a": 1}
    http, script = talk(ok(), account="act-1")
    http.send_once(Call("GET", "/aws/ec2/group", query={"x": "y"}))
    assert script.sent[0].url == "https://api.spotinst.io/aws/ec2/group?x=y&accountId=act-1"
    assert script.sent[0].body is None


def test_an_address_and_an_account_that_are_not_given_are_spots_own() -> None:
    http, script = talk(ok())
    http.send_once(LIST)
    assert script.sent[0].url == "https://api.spotinst.io/aws/ec2/group"
    http, script = talk(ok(), base_url="https://spot.test/X/")
    http.send_once(LIST)
    assert script.sent[0].url == "https://spot.test/X/aws/ec2/group"


def test_a_session_that_is_not_given_is_a_new_one() -> None:
    patience = RetryPolicy(FakeClock())
    sessions = [SpotHttpClient(TOKEN, patience, draw=float)._session for _ in range(2)]
    assert all(isinstance(session, requests.Session) for session in sessions)
    assert sessions[0] is not sessions[1]


def test_what_changes_something_waits_once_it_was_refused_itself() -> None:
    clock = FakeClock()
    http, script = talk(REFUSED, ok(), clock=clock)
    http.send_once(SCALE)
    assert script.times == [1000.0, 1060.0]


def test_a_write_that_hangs_is_not_sent_again_once_another_run_may_have_taken_over() -> None:
    clock = FakeClock()

    def hang(_: requests.PreparedRequest) -> Reply:
        clock.seconds += 50.0
        raise requests.ReadTimeout

    http, script = talk(*[hang] * 9, clock=clock)
    with pytest.raises(ApiError) as caught:
        http.send_with_retries(SCALE)
    assert caught.value.maybe_applied
    assert script.times == [1000.0, 1051.0, 1103.0]  # the next one would be after 157 s

    http, script = talk(*[hang] * 9, clock=clock)
    with pytest.raises(ApiError):
        http.send_with_retries(LIST)
    assert len(script.times) == 5


def test_who_we_are_is_one_line_of_ascii() -> None:
    http, script = talk(ok(), user_agent=" spotaction/1\n (w\u00f6b run\t7) ")
    http.send_once(LIST)
    assert script.sent[0].headers["User-Agent"] == "spotaction/1 (w?b run 7)"
    http, script = talk(ok())
    http.send_once(LIST)
    assert script.sent[0].headers["User-Agent"] == "spotaction"


def test_an_answer_has_30_seconds_for_each_piece_where_no_deadline_is_nearer() -> None:
    http, script = talk(ok())
    http.send_once(LIST)
    assert script.timeouts == [(5.0, 30.0)]


@pytest.mark.parametrize(("left", "read"), [(90.0, 30.0), (12.0, 12.0), (1.0, 1.0), (0.2, 1.0), (-3.0, 1.0)])
def test_a_deadline_shortens_that_to_a_second_at_least(left: float, read: float) -> None:
    clock = FakeClock()
    http, script = talk(ok(), clock=clock, deadline=lambda: 1000.0 + left)
    http.send_once(LIST)
    assert script.timeouts == [(5.0, read)]


def test_other_timeouts_may_be_given() -> None:
    http, script = talk(ok(), timeouts=(1.5, 2.5))
    http.send_once(LIST)
    assert script.timeouts == [(1.5, 2.5)]


def dripping(clock: FakeClock, seconds: float) -> Callable[[requests.PreparedRequest], Reply]:
    """An answer that takes so long from its first to its last byte."""

    def reply(_request: requests.PreparedRequest) -> Reply:
        clock.seconds += seconds
        return ok()

    return reply


@pytest.mark.parametrize(
    ("seconds", "left", "in_time"), [(60.0, 900.0, True), (60.5, 900.0, False), (9.0, 9.0, True), (9.5, 9.0, False)]
)
def test_an_answer_has_to_be_whole_within_a_minute_or_by_the_deadline(
    seconds: float, left: float, *, in_time: bool
) -> None:
    clock = FakeClock()
    http, _ = talk(dripping(clock, seconds), clock=clock, deadline=lambda: 1000.0 + left)
    if in_time:
        assert http.send_once(LIST) == Answer(())
        return
    with pytest.raises(ApiError, match="timed out") as caught:
        http.send_once(LIST)
    assert caught.value.retryable


def test_an_answer_is_its_items_and_says_whether_there_was_a_list_of_them() -> None:
    items: list[JsonValue] = [{"id": "sig-1"}, "odd", {"id": "sig-2"}]
    http, _ = talk(
        Reply(200, envelope(200, items=items)), Reply(200, envelope(200)), Reply(201, envelope(201, items=[]))
    )
    assert http.send_once(LIST) == Answer(({"id": "sig-1"}, {"id": "sig-2"}), complete=True, raw=tuple(items))
    assert http.send_once(LIST) == Answer((), complete=False, raw=())
    assert http.send_once(LIST) == Answer((), complete=True, raw=())


@pytest.mark.parametrize("status", [300, 302, 404])
def test_no_other_status_than_200_to_299_is_an_answer(status: int) -> None:
    http, _ = talk(Reply(status, envelope(status, items=[{"id": "sig-1"}])))
    with pytest.raises(ApiError) as caught:
        http.send_once(LIST)
    assert (caught.value.status, caught.value.call) == (status, "GET /aws/ec2/group")


@pytest.mark.parametrize("body", ["<html>sign in</html>", [], {"response": {}}, "[" * 100_000, ""])
def test_what_answers_200_without_spots_envelope_is_not_spot(body: object) -> None:
    http, _ = talk(Reply(200, body))
    with pytest.raises(ApiError) as caught:
        http.send_once(LIST)
    assert (caught.value.status, caught.value.retryable) == (200, True)


def test_a_refusal_holds_neither_token_nor_what_was_sent() -> None:
    http, _ = talk(failed(400, "X", f"{TOKEN} and c2VjcmV0LXVzZXItZGF0YQ=="))
    with pytest.raises(ApiError) as caught:
        http.send_once(Call("POST", "/aws/ec2/group", body={"userData": "c2VjcmV0LXVzZXItZGF0YQ=="}))
    assert TOKEN not in str(caught.value)
    assert "c2VjcmV0LXVzZXItZGF0YQ==" not in str(caught.value)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Tue, 24 Nov 2026 10:00:07 GMT", datetime(2026, 11, 24, 10, 0, 7, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 10:00:07 -0000", datetime(2026, 11, 24, 10, 0, 7, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 12:00:07 +0200", datetime(2026, 11, 24, 10, 0, 7, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_spots_time_is_what_its_answer_is_dated(date: str, time: datetime | None) -> None:
    http, _ = talk(ok(Date=date))
    assert http.server_time() is None
    http.send_once(LIST)
    assert http.server_time() == time


def test_a_refused_call_waits_for_another_turn() -> None:
    clock = FakeClock()
    http, script = talk(REFUSED, REFUSED, ok(), clock=clock)
    assert http.send_once(LIST) == Answer(())
    assert script.times == [1000.0, 1060.0, 1120.0]


def test_it_waits_for_an_hour_and_takes_no_other_error_for_a_refusal() -> None:
    clock = FakeClock()
    http, script = talk(*[REFUSED] * 99, clock=clock)
    with pytest.raises(ApiError, match="429"):
        http.send_once(LIST)
    assert (len(script.calls), script.times[-1]) == (61, 4600.0)
    http, script = talk(failed(500), ok())
    with pytest.raises(ApiError, match="500"):
        http.send_once(LIST)
    assert len(script.calls) == 1


def test_what_waited_for_an_hour_is_not_tried_again_and_other_errors_are() -> None:
    clock = FakeClock()
    http, _ = talk(clock=clock)
    refused = ApiError("no", service="spot", call="GET", status=429, retryable=True)
    assert not http.wait_before_retry(LIST, 1, refused)
    assert http.wait_before_retry(LIST, 1, ApiError("no", service="spot", call="GET", status=500, retryable=True))
    assert not http.wait_before_retry(LIST, 1, ApiError("no", service="spot", call="GET", status=400))
    assert clock.sleeps == [1.0]


def test_a_turn_that_comes_after_the_deadline_is_not_waited_for() -> None:
    clock = FakeClock()
    http, script = talk(REFUSED, ok(), clock=clock, deadline=lambda: 1059.0)
    with pytest.raises(ApiError, match="429"):
        http.send_once(LIST)
    with pytest.raises(ApiError) as caught:
        http.send_once(LIST)
    assert str(caught.value) == (
        "Spot's rate limit blocks GET /aws/ec2/group for another 60 s, which is past the deadline. "
        "Next: wait a minute; other clients of this Spot organization use the same limit."
    )
    assert (caught.value.service, caught.value.call, caught.value.retryable) == ("spot", "GET /aws/ec2/group", True)
    assert (len(script.calls), clock.sleeps) == (1, [])


def test_what_went_wrong_on_the_way_is_counted_without_a_status() -> None:
    seen: list[object] = []

    def observe(method: str, template: str, status: int | None, seconds: float, mutation: bool) -> None:  # noqa: FBT001
        seen.append((method, template, status, seconds, mutation))

    clock = FakeClock()
    http, _ = talk(dripping(clock, 2.5), requests.ConnectionError(), clock=clock, on_call=observe)
    http.send_once(LIST)
    with pytest.raises(ApiError):
        http.send_once(SCALE)
    assert seen == [
        ("GET", "/aws/ec2/group", 200, 2.5, False),
        ("PUT", "/aws/ec2/group/{groupId}/capacity", None, 0.0, True),
    ]
