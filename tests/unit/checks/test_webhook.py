"""A gate outside: told about the release, and believed if it answers 2xx."""

import hashlib
import hmac
import json
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from spotaction.checks.ports import CheckPorts
from spotaction.checks.webhook import WebhookProbe
from spotaction.cloud.clock import Cancellation, RealClock
from spotaction.cloud.idle import join_thread
from spotaction.cloud.web import WebClient
from spotaction.model.check_kinds import WebhookCheck
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import ApiError, CancelledError, FailedError
from spotaction.model.ports import HttpResponse
from tests.support.fakes import FakeClock
from tests.support.http_checks import Reply, ScriptedClient, reply
from tests.support.query_checks import release
from tests.support.web_server import answer, resolve_to, sends, serve

URL = "https://gate.example.com/releases?team=web"
KIND = WebhookCheck(URL, secret="s3cret-of-the-team", headers={"Authorization": "Bearer 0123456789abcdef"})


def probe(*replies: Reply, kind: WebhookCheck = KIND) -> tuple[WebhookProbe, ScriptedClient]:
    clock = FakeClock()
    client = ScriptedClient(replies, clock)
    return WebhookProbe(kind, CheckPorts(clock, http=client)), client


def measure(*replies: Reply) -> Measurement:
    return probe(*replies)[0].measure(release(), 1060.0)


def test_the_release_is_posted_with_a_signature_of_exactly_its_bytes() -> None:
    one, client = probe(reply(204))
    assert one.measure(release(), 1060.0) == Measurement(Outcome.PASSED, "the answer was 204", "204", "2xx")
    (request,) = client.sent
    assert (request.url, request.method, request.timeout) == (URL, "POST", 60.0)
    assert request.headers == {
        "Authorization": "Bearer 0123456789abcdef",
        "Content-Type": "application/json",
        "X-Spotaction-Signature-256": "sha256="
        + hmac.new(b"s3cret-of-the-team", request.body, hashlib.sha256).hexdigest(),
    }
    told = json.loads(request.body)
    assert (told["app"], told["step"], told["weight"], told["newGroup"]["id"]) == ("web", "shift-10", 10.0, "sig-new")


def test_without_a_secret_nothing_is_signed() -> None:
    one, client = probe(reply(200), kind=WebhookCheck(URL))
    one.measure(release(), 1060.0)
    assert client.sent[0].headers == {"Content-Type": "application/json"}


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_every_2xx_passes_and_what_it_says_is_shown(status: int) -> None:
    found = measure(reply(status, b"12 of\n12 tests"))
    assert found == Measurement(Outcome.PASSED, f"the answer was {status}: 12 of 12 tests", str(status), "2xx")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 418])
def test_another_answer_is_a_failed_measurement(status: int) -> None:
    assert measure(reply(status)) == Measurement(Outcome.FAILED, f"the answer was {status}", str(status), "2xx")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_that_could_not_answer_says_nothing_about_the_release(status: int) -> None:
    found = measure(reply(status, retry_after="7"))
    reason = f"the answer was {status}, which says nothing about the release"
    assert found == Measurement(Outcome.ERROR, reason, str(status), "2xx", retry_after=7.0)


def test_a_redirect_is_not_followed_and_the_way_out_is_said() -> None:
    found = measure(reply(302, location="https://elsewhere.test/"))
    assert found.outcome is Outcome.FAILED
    assert found.reason == "the answer was 302; redirects are not followed: write the url that it leads to"


def test_not_yet_is_asked_again_where_and_when_the_answer_says() -> None:
    one, client = probe(
        reply(202, retry_after="15", location="/jobs/7"),
        reply(202, retry_after="15", location="status"),
        reply(200, b"done"),
    )
    found = [one.measure(release(), 1060.0) for _ in range(3)]
    waiting = Measurement(Outcome.WAITING, "the answer was 202: not decided yet", "202", "2xx", retry_after=15.0)
    assert found[:2] == [waiting, waiting]
    assert found[2].outcome is Outcome.PASSED
    assert [(request.method, request.url) for request in client.sent] == [
        ("POST", URL),
        ("GET", "https://gate.example.com/jobs/7"),
        ("GET", "https://gate.example.com/jobs/status"),
    ]
    assert client.sent[1].headers == KIND.headers


@pytest.mark.parametrize(
    ("status", "methods"),
    [(204, ["POST", "GET", "POST"]), (422, ["POST", "GET", "POST"]), (503, ["POST", "GET", "GET"])],
)
def test_what_was_decided_at_a_location_is_asked_only_once_and_the_next_measurement_is_a_new_one(
    status: int, methods: list[str]
) -> None:
    one, client = probe(reply(202, location="/jobs/1"), reply(status), reply(200))
    for _ in methods:
        one.measure(release(), 1060.0)
    assert [request.method for request in client.sent] == methods


def test_without_a_location_the_release_is_posted_again() -> None:
    one, client = probe(reply(202, retry_after="1"), reply(403))
    assert [one.measure(release(), 1060.0).outcome for _ in range(2)] == [Outcome.WAITING, Outcome.FAILED]
    assert [request.method for request in client.sent] == ["POST", "POST"]


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.test/",
        "http://gate.example.com/",
        "https://gate.example.com:8443/",
        "//169.254.169.254/",
        "http://[",
        "https://gate.example.com@evil.test/",
        "https://gate.example.com:notaport/",
        "file:///etc/passwd",
    ],
)
def test_credentials_go_to_no_other_host_port_or_scheme(location: str) -> None:
    one, client = probe(reply(202, location=location))
    found = one.measure(release(), 1060.0)
    assert found.outcome is Outcome.FAILED
    assert found.reason == "the answer was 202 with a Location on another host, port or scheme, which is not asked"
    assert len(client.sent) == 1


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry_after": "0"}, 1.0),
        ({"retry_after": "99999999999999"}, 999999999.0),
        ({"retry_after": "Tue, 24 Nov 2026 12:00:30 GMT", "date": "Tue, 24 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"retry_after": "Tue, 24 Nov 2026 12:00:30 +99999999999999999999", "date": "now"}, None),
        ({"retry_after": "Tue, 24 Nov 2026 11:00:00 GMT", "date": "Tue, 24 Nov 2026 12:00:00 GMT"}, 1.0),
        ({"retry_after": "Tue, 24 Nov 2026 12:00:30 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-3"}, None),
        ({"retry_after": "\u0663"}, None),
        ({"retry_after": "Tue, 99 Nov 2026 12:00:30 GMT", "date": "today"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    headers: dict[str, str], pause: float | None
) -> None:
    found = measure(HttpResponse(202, {name.replace("_", "-"): text for name, text in headers.items()}, b"", 0.1))
    assert (found.outcome, found.retry_after) == (Outcome.WAITING, pause)


def test_no_secret_that_the_answer_echoes_is_shown() -> None:
    for body in (b"you sent s3cret-of-the-team", b"token Bearer 0123456789abcdef"):
        found = measure(reply(403, body))
        assert "s3cret" not in found.reason
        assert "0123456789abcdef" not in found.reason
    assert "0123456789abcdef" not in repr(KIND)
    assert "s3cret" not in repr(KIND)


@pytest.mark.parametrize("echo", ["user:hunter22", "hunter22", "k3y-of-hook", "h1dden-one", "dXNlcjpodW50ZXIyMg=="])
def test_nothing_is_shown_of_credentials_that_the_server_has_decoded_or_of_the_query(echo: str) -> None:
    headers = {"Authorization": "Basic dXNlcjpodW50ZXIyMg==", "Cookie": "theme=dark; sid=h1dden-one"}
    kind = WebhookCheck("https://gate.example.com/releases?key=k3y-of-hook", headers=headers)
    found = probe(reply(403, f"no entry with {echo}".encode()), kind=kind)[0].measure(release(), 1060.0)
    assert found.reason == "the answer was 403: no entry with ***"


def test_no_answer_is_an_error_of_the_measurement() -> None:
    error = ApiError("No response to POST https://gate.example.com/releases?….", service="http", call="POST")
    assert measure(error) == Measurement(Outcome.ERROR, str(error), limit="2xx")


def test_without_time_nothing_is_sent() -> None:
    one, client = probe(reply(200))
    found = one.measure(release(), 1000.0)
    assert found == Measurement(Outcome.ERROR, "no time was left to send it", limit="2xx")
    assert client.sent == []


def against(url: str, interrupt: Cancellation) -> WebhookProbe:
    client = WebClient(interrupt, resolve=resolve_to())
    return WebhookProbe(replace(KIND, url=url), CheckPorts(RealClock(interrupt), http=client))


def test_a_real_server_gets_what_its_signature_is_for(tmp_path: Path) -> None:
    with serve(sends(answer("200 OK", b"fine")), folder=tmp_path, tls=False) as server:
        one = against(f"http://127.0.0.1:{server.port}/gate", Cancellation())
        found = one.measure(release(), RealClock().now() + 10)
    assert found == Measurement(Outcome.PASSED, "the answer was 200: fine", "200", "2xx")
    (request,) = server.requests
    head, _, body = request.partition("\r\n\r\n")
    signature = hmac.new(b"s3cret-of-the-team", body.encode(), hashlib.sha256).hexdigest()
    assert f"X-Spotaction-Signature-256: sha256={signature}" in head


def test_a_real_server_that_never_answers_costs_the_time_that_is_left(tmp_path: Path) -> None:
    hangs = threading.Event()
    with serve(lambda _connection: bool(hangs.wait(10)), folder=tmp_path, tls=False) as server:  # type: ignore[arg-type]
        one, clock = against(f"http://127.0.0.1:{server.port}/gate", Cancellation()), RealClock()
        started = clock.now()
        found = one.measure(release(), started + 0.3)
        took = clock.now() - started
        hangs.set()
    assert found.outcome is Outcome.ERROR
    assert "it was not complete after 0.3 s" in found.reason
    assert took < 3.0


def test_a_cancel_meanwhile_ends_the_run(tmp_path: Path) -> None:
    interrupt = Cancellation()

    def cancel(_connection: object) -> None:
        with suppress(CancelledError):  # raised where the signal comes from, and here that is the server
            interrupt.request_cancel("SIGTERM")

    with serve(cancel, folder=tmp_path, tls=False) as server:
        one = against(f"http://127.0.0.1:{server.port}/gate", interrupt)
        with pytest.raises(CancelledError):
            one.measure(release(), RealClock().now() + 10)


def test_an_alarm_meanwhile_ends_the_request_and_is_no_error_of_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotaction.cloud.web.join_thread", partial(join_thread, interval=0.05))
    hangs = threading.Event()

    def look() -> None:
        raise FailedError("alarms: web-5xx is in ALARM.")

    with serve(lambda _connection: bool(hangs.wait(10)), folder=tmp_path, tls=False) as server:  # type: ignore[arg-type]
        client = WebClient(Cancellation(), resolve=resolve_to(), on_idle=look)
        kind, clock = replace(KIND, url=f"http://127.0.0.1:{server.port}/gate"), RealClock()
        with pytest.raises(FailedError, match="web-5xx"):
            WebhookProbe(kind, CheckPorts(clock, http=client)).measure(release(), clock.now() + 10)
        hangs.set()
