"""What a Prometheus, or something that is none, can answer; the real one is asked in tests/e2e/checks."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from spotaction.checks.ports import CheckPorts
from spotaction.checks.prometheus import PrometheusProbe
from spotaction.model.check_kinds import PrometheusCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError, CancelledError, TakenOverError
from spotaction.model.ports import HttpRequest, HttpResponse
from tests.support.fakes import START, FakeClock
from tests.support.http_checks import Reply, ScriptedClient, reply
from tests.support.query_checks import release as half_hour_old

KIND = PrometheusCheck(
    "https://prom.example.com/team/",
    'errors{group="{{new.group}}"}[{{window}}]',
    "result <= 0.01",
    headers={"Authorization": "Bearer 0123456789abcdef"},
)
LIMIT = "result <= 0.01"


def release() -> Subject:
    return replace(half_hour_old(), since=START - timedelta(minutes=30))


def vector(*values: object, **more: object) -> HttpResponse:
    result = [{"metric": {}, "value": [1.0, value]} for value in values]
    return answer({"resultType": "vector", "result": result}, **more)


def answer(data: object, **more: object) -> HttpResponse:
    return reply(200, json.dumps({"status": "success", "data": data, **more}).encode())


def probe(*replies: Reply, kind: PrometheusCheck = KIND, took: float = 0.0) -> tuple[PrometheusProbe, ScriptedClient]:
    clock = FakeClock()
    client = ScriptedClient(replies, clock, took)
    return PrometheusProbe(kind, CheckPorts(clock, http=client)), client


def measure(*replies: Reply, subject: Subject | None = None, kind: PrometheusCheck = KIND) -> Measurement:
    return probe(*replies, kind=kind)[0].measure(subject or release(), 1060.0)


def form(request: HttpRequest) -> dict[str, list[str]]:
    return parse_qs(request.body.decode())


def test_the_query_is_posted_so_that_no_log_on_the_way_has_it() -> None:
    one, client = probe(vector("0.01", "0"))
    assert one.measure(release(), 1060.0) == Measurement(
        Outcome.PASSED, "0.01, 0 meets the condition", "0.01, 0", LIMIT
    )
    (request,) = client.sent
    assert (request.url, request.method, request.timeout) == (
        "https://prom.example.com/team/api/v1/query",
        "POST",
        30.0,
    )
    assert form(request) == {"query": ['errors{group="sig-new"}[300s]'], "timeout": ["30.000"]}
    assert request.headers == {
        "Authorization": "Bearer 0123456789abcdef",
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_takes_no_post_is_asked_with_get_from_then_on(status: int) -> None:
    one, client = probe(reply(status), vector("0"))
    assert [one.measure(release(), 1060.0).outcome for _ in range(2)] == [Outcome.PASSED, Outcome.PASSED]
    assert [request.method for request in client.sent] == ["POST", "GET", "GET"]
    assert client.sent[1].url == (
        "https://prom.example.com/team/api/v1/query?query=errors%7Bgroup%3D%22sig-new%22%7D%5B300s%5D&timeout=30.000"
    )
    assert measure(reply(status), reply(status)).outcome is Outcome.ERROR


def test_a_delay_is_counted_from_the_servers_time_which_is_asked_for_once() -> None:
    ahead = answer({"resultType": "scalar", "result": [5000.0, "5000"]})
    one, client = probe(ahead, vector("0"), vector("0"), kind=replace(KIND, delay=30.0), took=1.0)
    for _ in range(2):
        one.measure(release(), 1060.0)
    assert [form(request)["query"][0] for request in client.sent] == ["time()", *['errors{group="sig-new"}[300s]'] * 2]
    assert [form(request).get("time") for request in client.sent] == [None, ["4970.000"], ["4971.000"]]


@pytest.mark.parametrize("first", [reply(503), answer({"resultType": "scalar", "result": [1, "NaN"]}), vector()])
def test_without_the_servers_time_nothing_is_asked_for_another(first: HttpResponse) -> None:
    one, client = probe(first, kind=replace(KIND, delay=30.0))
    assert one.measure(release(), 1060.0).outcome is Outcome.ERROR
    assert len(client.sent) == 1


@pytest.mark.parametrize(
    ("age", "query", "pause"),
    [(0, "", 30.0), (29, "", 1.0), (30, "[30s]", None), (299, "[299s]", None), (300, "[300s]", None), (-60, "", 90.0)],
)
def test_a_young_release_is_waited_for_and_its_window_has_nothing_from_before(
    age: int, query: str, pause: float | None
) -> None:
    one, client = probe(vector("0"))
    found = one.measure(replace(release(), since=START - timedelta(seconds=age)), 1060.0)
    assert [form(request)["query"][0] for request in client.sent] == (
        [f'errors{{group="sig-new"}}{query}'] if query else []
    )
    assert (found.outcome, found.retry_after) == (Outcome.PASSED if query else Outcome.WAITING, pause)


@pytest.mark.parametrize("wrong", [-86400.0, -600.0, 600.0, 86400.0])
def test_a_runners_wrong_clock_changes_nothing(wrong: float) -> None:
    clock = FakeClock()
    client = ScriptedClient((vector("0"),), clock, 0.0)
    ports = CheckPorts(clock, http=client, server_time=lambda: START + timedelta(seconds=wrong))
    subject = replace(release(), since=START + timedelta(seconds=wrong - 40.0))
    assert PrometheusProbe(KIND, ports).measure(subject, 1060.0).outcome is Outcome.PASSED
    assert form(client.sent[0])["query"] == ['errors{group="sig-new"}[40s]']


@pytest.mark.parametrize("response", [vector("0", warnings=["store 10.0.0.9 is away"]), vector(warnings=["x"])])
def test_an_answer_with_warnings_may_be_incomplete_and_never_passes(response: HttpResponse) -> None:
    found = measure(response)
    assert found.outcome is Outcome.NO_DATA
    assert found.reason.startswith("Prometheus warns: ")


def test_notes_about_the_query_are_no_warnings() -> None:
    note = 'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "requests"'
    assert measure(vector("0", infos=[note], warnings=[])).outcome is Outcome.PASSED
    assert measure(vector("0", warnings=[note])).outcome is Outcome.PASSED  # an older Prometheus
    both = measure(vector("0", warnings=[note, "store 10.0.0.9 is away"]))
    assert (both.outcome, both.reason) == (Outcome.NO_DATA, "Prometheus warns: store 10.0.0.9 is away")


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "", "many", None, 0, ["0"], "0x0", True])
def test_what_is_no_number_is_no_data(value: object) -> None:
    found = measure(vector("0", value))
    assert found.outcome is Outcome.NO_DATA


def test_a_histogram_is_no_number() -> None:
    histogram = {"metric": {}, "histogram": [1.0, {"count": "0", "sum": "0"}]}
    assert measure(answer({"resultType": "vector", "result": [histogram]})).outcome is Outcome.NO_DATA


NO_PROMETHEUS = "Prometheus answered 200: this is not a response of Prometheus: check the address"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (reply(503, b"Service Unavailable"), "Prometheus answered 503"),
        (reply(401, b"<html>sign in"), "Prometheus answered 401"),
        (
            reply(302, location="https://login.example.com"),
            "Prometheus answered 302: redirects are not followed, so give the address that it redirects to",
        ),
        (
            reply(200, b"<html>Grafana</html>"),
            NO_PROMETHEUS,
        ),
        (reply(200, b""), NO_PROMETHEUS),
        (reply(200, b"[" * 100_000), NO_PROMETHEUS),
        (reply(200, b'{"status": "success"}'), "Prometheus answered 200: this is not a response of Prometheus"),
        (
            reply(500, b'{"status": "success", "data": {"resultType": "vector", "result": []}}'),
            "Prometheus answered 500",
        ),
        (
            reply(400, b'{"status":"error","errorType":"bad_data","error":"parse\\nerror"}'),
            "Prometheus answered 400: bad_data: parse error",
        ),
        (reply(400, b'{"status":"error","error":"Bearer 0123456789abcdef"}'), "Prometheus answered 400: ***"),
        (answer({"resultType": "matrix", "result": []}), "the query returns a matrix, and not one number"),
        (answer({"resultType": "vector", "result": "none"}), "the query returns a vector, and not one number"),
        (answer({"result": []}), "the query returns a None, and not one number"),
    ],
)
def test_an_answer_without_a_result_is_an_error_of_the_measurement(response: HttpResponse, reason: str) -> None:
    found = measure(response)
    assert found.outcome is Outcome.ERROR
    assert found.reason.startswith(reason)
    assert "0123456789abcdef" not in found.reason


def test_no_answer_is_an_error_of_the_measurement() -> None:
    error = ApiError("No response to POST https://prom.example.com.", service="http", call="POST")
    assert measure(error) == Measurement(Outcome.ERROR, str(error), limit=LIMIT)


@pytest.mark.parametrize("error", [CancelledError("Cancelled."), TakenOverError("Another run has it.")])
def test_what_ends_the_run_is_passed_on(error: Exception) -> None:
    with pytest.raises(type(error)):
        measure(error)  # type: ignore[arg-type]


def test_neither_we_nor_the_server_take_longer_than_the_time_that_is_left() -> None:
    one, client = probe(vector("0.01"))
    one.measure(release(), 1004.0)
    (request,) = client.sent
    assert (request.timeout, form(request)["timeout"]) == (4.0, ["4.000"])


def test_without_time_nothing_is_sent() -> None:
    one, client = probe(vector("0"))
    assert one.measure(release(), 1000.0) == Measurement(Outcome.ERROR, "no time was left to send it", limit=LIMIT)
    assert client.sent == []


def test_a_variable_without_a_value_is_no_data() -> None:
    found = measure(subject=replace(release(), new=None))
    assert found == Measurement(Outcome.NO_DATA, "{{new.group}} has no value for this release yet", limit=LIMIT)


def test_an_answer_that_victoriametrics_marks_as_partial_never_passes() -> None:
    found = measure(vector("0", isPartial=True))
    assert (found.outcome, found.reason) == (Outcome.NO_DATA, "the server marks its response as partial")
    assert measure(vector("0", isPartial=False)).outcome is Outcome.PASSED


@pytest.mark.parametrize("warnings", ["a store is silent", {"store": "silent"}, ["a store is silent"]])
def test_warnings_of_whatever_form_are_warnings(warnings: object) -> None:
    found = measure(vector("0", warnings=warnings))
    assert (found.outcome, "silent" in found.reason) == (Outcome.NO_DATA, True)


def test_warnings_show_nothing_of_the_request() -> None:
    found = measure(vector("0", warnings=["no tenant: 0123456789abcdef"]))
    assert found.reason == "Prometheus warns: no tenant: ***"


def test_a_text_in_place_of_time_and_value_is_no_number() -> None:
    assert measure(answer({"resultType": "vector", "result": [{"value": "00"}]})).outcome is Outcome.NO_DATA
