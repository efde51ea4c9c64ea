"""The check of kind http: which requests it makes, and what their responses say."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from spotaction.checks.http.probe import HttpProbe
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.web import WebClient
from spotaction.model.check_kinds import HttpCheck, Listener
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import ApiError, CancelledError, RefusedError
from spotaction.model.ports import Endpoint, HttpRequest, HttpResponse, ListenerRule, RuleCondition
from spotaction.model.resources import Forward, Image, ImageId, RuleArn
from tests.support.fakes import BLUE, GREEN, HEAD, FakeClock
from tests.support.http_checks import (
    ADDRESS,
    HOST,
    STAGE,
    Reply,
    ScriptedClient,
    endpoint,
    lost,
    ports,
    reply,
    subject,
)
from tests.support.web_server import OK, answer, bundle, resolve_to, sends, serve

HEALTH = HttpCheck(path="/health")
STATUS = HttpCheck(url="https://status.example.com/v1?key=s3cr3t-key")
FOREVER = 10_000.0
AT = f"GET https://www.example.com:8443/health (at {ADDRESS})"


NOT_THERE = ApiError(
    "No response to GET https://status.test/login/s3cr3t-key: it was lost.",
    service="http",
    call="GET",
    maybe_applied=True,
)
MORE_TIME = "raise timeout, or lower requests"
LOST = "No response to GET https://www.example.com:8443/health: it was lost"


class SlowClient(ScriptedClient):
    """Each response takes 9 s, but no longer than its request may."""

    def send(self, request: HttpRequest) -> HttpResponse:
        self.took = min(9.0, request.timeout)
        return super().send(request)


def measure(kind: HttpCheck, *replies: Reply, at: Endpoint | None = None) -> Measurement:
    found = at or endpoint(HOST)
    return HttpProbe(kind, ports(ScriptedClient(replies), found)).measure(subject(), FOREVER)


def test_a_path_is_asked_of_the_stage_listener_under_the_host_of_its_rule() -> None:
    client = ScriptedClient([reply()])
    kind = replace(HEALTH, headers={"X-Smoke": "1"}, method="POST", send='{"a": 1}', allow_private=("169.254.1.1",))
    found = HttpProbe(kind, ports(client, endpoint(HOST))).measure(subject(), FOREVER)
    assert found == Measurement(Outcome.PASSED, "the response is good", "200 in 80 ms", "status 200-299")
    (sent,) = client.sent
    assert (sent.url, sent.address) == ("https://www.example.com:8443/health", ADDRESS)
    assert (sent.method, sent.headers, sent.body) == ("POST", {"X-Smoke": "1"}, b'{"a": 1}')
    assert (sent.timeout, sent.allowed) == (10.0, ("169.254.1.1",))


@pytest.mark.parametrize(
    ("at", "headers", "url"),
    [
        (endpoint(HOST, port=443), {}, "https://www.example.com/health"),
        (endpoint(HOST, port=80, protocol="HTTP"), {}, "http://www.example.com/health"),
        (endpoint(), {}, f"https://{ADDRESS}:8443/health"),
        (endpoint(HOST), {"host": "API.example.com"}, "https://api.example.com:8443/health"),
        (endpoint(), {"Host": "shop.test:99"}, "https://shop.test:8443/health"),
        (Endpoint("web-alb", ADDRESS, 8443, "TLS", internal=False, rules=()), {}, f"https://{ADDRESS}:8443/health"),
    ],
)
def test_scheme_port_and_host_are_those_of_the_listener_and_its_rule(
    at: Endpoint, headers: dict[str, str], url: str
) -> None:
    client = ScriptedClient([reply()])
    route = replace(STAGE, port=at.port)
    HttpProbe(replace(HEALTH, headers=headers), ports(client, at)).measure(subject([route]), FOREVER)
    assert [sent.url for sent in client.sent] == [url]


def test_a_rule_for_every_host_is_asked_under_the_host_of_production() -> None:
    client = ScriptedClient([reply()])
    production = replace(STAGE, port=443)
    outside = ports(client, endpoint(), endpoint(HOST, port=443))
    other = replace(production, rule=RuleArn(f"{HEAD}rule/prod"))
    stage_only = HttpProbe(HEALTH, outside).measure(subject([STAGE], [production]), FOREVER)
    assert (stage_only.outcome, client.sent[0].url) == (Outcome.PASSED, f"https://{ADDRESS}:8443/health")
    rules = endpoint(HOST, port=443)
    rules = replace(rules, rules=(replace(rules.rules[0], rule=other.rule),))
    HttpProbe(HEALTH, ports(client, endpoint(), rules)).measure(subject([STAGE], [other]), FOREVER)
    assert (client.sent[1].url, client.sent[1].address) == ("https://www.example.com:8443/health", ADDRESS)


def test_the_load_balancer_is_looked_up_once_for_all_measurements() -> None:
    outside = ports(ScriptedClient([reply()]), endpoint(HOST))
    probe = HttpProbe(HEALTH, outside)
    probe.measure(subject(), FOREVER)
    probe.measure(subject(), FOREVER)
    assert getattr(outside.endpoints, "read_routes", None) == [STAGE]


def test_each_listener_of_the_release_is_asked_and_the_worst_one_counts() -> None:
    other = replace(STAGE, port=9443)
    client = ScriptedClient([reply(), reply(503, b"no")])
    probe = HttpProbe(HEALTH, ports(client, endpoint(HOST), endpoint(HOST, port=9443)))
    found = probe.measure(subject([STAGE, other]), FOREVER)
    assert [sent.url for sent in client.sent] == [
        "https://www.example.com:8443/health",
        "https://www.example.com:9443/health",
    ]
    assert (found.outcome, found.value) == (Outcome.FAILED, "503 in 80 ms")


def test_production_is_asked_where_the_check_says_so() -> None:
    client = ScriptedClient([reply()])
    kind = replace(HEALTH, listener=Listener.PRODUCTION)
    HttpProbe(kind, ports(client, endpoint(HOST, port=443))).measure(subject([], [replace(STAGE, port=443)]), FOREVER)
    assert [sent.url for sent in client.sent] == ["https://www.example.com/health"]


LIMITS = "status 200-299"
FAULTS = [
    (HEALTH, reply(500, b"out of\nmemory"), f"{AT}: status 500: 'out of memory'"),
    (replace(HEALTH, status=((204, 204), (300, 302))), reply(200), f"{AT}: status 200"),
    (replace(HEALTH, body="^ok$"), reply(200, b"not ok"), f"{AT}: the body does not match ^ok$: 'not ok'"),
    (replace(HEALTH, body="ö"), reply(200, b"\xf6\xff"), f"{AT}: the body does not match ö: '��'"),
    (replace(HEALTH, json_value={"a": 1}), reply(200, b"<html>"), f"{AT}: the body is not JSON: '<html>'"),
    (replace(HEALTH, json_value={"a": 1}), reply(200, b"[" * 100_000), f"{AT}: the body is not JSON: '{'[' * 159}…'"),
    (replace(HEALTH, json_value={"a": 1}), reply(200, b""), f"{AT}: the body is not JSON"),
    (replace(HEALTH, json_value={"a.b": 1}), reply(200, b'{"a": {}}'), f"{AT}: JSON a.b is missing"),
    (replace(HEALTH, json_value={"a.0": 1}), reply(200, b'{"a": [true]}'), f"{AT}: JSON a.0 is true, not 1"),
    (replace(HEALTH, json_value={"a": "1"}), reply(200, b'{"a": 1}'), f'{AT}: JSON a is 1, not "1"'),
    (replace(HEALTH, json_value={"a": None}), reply(200, b"{}"), f"{AT}: JSON a is missing"),
    (
        replace(HEALTH, response_headers={"X-Version": "^2"}),
        reply(200, x_version="1"),
        f"{AT}: header X-Version is '1'",
    ),
    (replace(HEALTH, response_headers={"X-Version": "2"}), reply(200), f"{AT}: header X-Version is missing"),
    (replace(HEALTH, latency=0.05), reply(200), f"{AT}: it took 80 ms"),
    (HEALTH, lost(sent=True), "No response to GET https://www.example.com:8443/health: it was lost"),
]


@pytest.mark.parametrize(("kind", "response", "reason"), FAULTS)
def test_a_response_that_is_not_as_expected_fails(kind: HttpCheck, response: Reply, reason: str) -> None:
    found = measure(kind, response)
    assert (found.outcome, found.reason) == (Outcome.FAILED, reason)


GOOD = [
    (replace(HEALTH, status=((301, 301),)), reply(301, location="https://elsewhere.test/")),
    (replace(HEALTH, body="ready$"), reply(200, b"all\nready")),
    (
        replace(HEALTH, body="^grün"),
        reply(200, "grün".encode("latin-1"), content_type="text/plain; charset=ISO-8859-1"),
    ),
    (replace(HEALTH, body="^x"), reply(200, b"x", content_type="text/plain; charset=no-such")),
    (replace(HEALTH, json_value={"a.b.c": 1.0, "list.1": None}), reply(200, b'{"a": {"b.c": 1}, "list": [0, null]}')),
    (replace(HEALTH, json_value={"a": {"b": [1, "x"]}}), reply(200, b'\xef\xbb\xbf{"a": {"b": [1, "x"]}}')),
    (replace(HEALTH, json_value={"a": True}), reply(200, b'{"a": true}')),
    (replace(HEALTH, latency=0.08), reply(200)),
]


@pytest.mark.parametrize(("kind", "response"), GOOD)
def test_a_response_that_is_as_expected_passes(kind: HttpCheck, response: Reply) -> None:
    assert measure(kind, response).outcome is Outcome.PASSED


def test_some_of_many_requests_may_fail() -> None:
    kind = replace(HEALTH, requests=4, allowed_failures=1, latency=1.5)
    found = measure(kind, reply(), reply(503, seconds=0.9), lost(sent=True), reply())
    assert found.outcome is Outcome.FAILED
    assert found.value == "1 of 3 good, slowest 900 ms"
    found = measure(kind, reply(), reply(503, seconds=1.25), reply())
    assert found == Measurement(
        Outcome.PASSED,
        f"3 of 4 are good: {AT}: status 503",
        "3 of 4 good, slowest 1.25 s",
        "status 200-299; at most 1.5 s; 1 of 4 may fail",
    )


def test_faults_that_are_the_same_are_named_once() -> None:
    kind = replace(HEALTH, requests=9, allowed_failures=8)
    found = measure(kind, *(reply(500 + index // 2) for index in range(9)))
    assert found.outcome is Outcome.FAILED
    assert found.reason == f"{AT}: status 500; {AT}: status 501; {AT}: status 502; and 2 more"


def test_a_server_that_was_never_reached_is_an_error_and_not_a_failure() -> None:
    found = measure(HEALTH, lost(sent=False))
    assert found == Measurement(
        Outcome.ERROR,
        "No response to GET https://www.example.com:8443/health: it was lost. check the name",
        "",
        "status 200-299",
    )


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ([lost(sent=False), reply(500)], Outcome.ERROR),
        ([reply(500), lost(sent=False)], Outcome.ERROR),
        ([lost(sent=False), reply()], Outcome.PASSED),
        ([reply(500), lost(sent=True)], Outcome.FAILED),
    ],
)
def test_a_request_that_was_not_sent_is_none_of_the_releases_failures(replies: list[Reply], outcome: Outcome) -> None:
    kind = replace(HEALTH, requests=3, allowed_failures=1)
    assert measure(kind, *replies, reply()).outcome is outcome


@pytest.mark.parametrize(
    ("answered", "replies", "requests", "outcome", "reason"),
    [
        (3, [lost(sent=True)], 9, Outcome.ERROR, f"{AT} had only 3 s left, and did not complete in time; {MORE_TIME}"),
        (3, [reply(500)], 9, Outcome.FAILED, f"{AT}: status 500"),
        (3, [reply()], 4, Outcome.PASSED, "4 of 4 are good"),
        (3, [reply()], 9, Outcome.ERROR, f"the check's timeout ended after 4 of 9 requests: {MORE_TIME}"),
        (0, [lost(sent=True)], 9, Outcome.FAILED, LOST),
    ],
)
def test_what_the_rest_of_the_checks_own_time_is_too_short_for_says_nothing_about_the_release(
    answered: int, replies: list[Reply], requests: int, outcome: Outcome, reason: str
) -> None:
    """Each response takes 9 s of 30 s, but the fourth request has 3 s left."""
    clock = FakeClock()
    client = SlowClient([*[reply()] * answered, *replies], clock)
    probe = HttpProbe(replace(HEALTH, requests=requests), ports(client, endpoint(HOST), clock=clock))
    found = probe.measure(subject(), clock.now() + 30)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_failure_at_one_listener_counts_before_another_one_that_was_not_reached() -> None:
    second = replace(STAGE, port=9443)
    client = ScriptedClient([lost(sent=False), reply(500)])
    at = ports(client, endpoint(HOST), endpoint(HOST, port=9443))
    found = HttpProbe(HEALTH, at).measure(subject([STAGE, second]), FOREVER)
    assert (found.outcome, found.value) == (Outcome.FAILED, "500 in 80 ms")


def test_an_internal_load_balancer_that_is_not_reached_is_said_to_be_one() -> None:
    found = measure(HEALTH, lost(sent=False), at=endpoint(HOST, internal=True))
    assert found.reason == (
        "No response to GET https://www.example.com:8443/health: it was lost. web-alb is an internal load balancer,"
        " which answers only inside its VPC; run the job there, or use a check of kind lambda with a function in the"
        " VPC"
    )


def test_redirects_on_the_same_host_are_followed_and_their_time_counts() -> None:
    client = ScriptedClient([reply(302, location="/login?next=%2F"), reply(301, location="x"), reply()])
    found = HttpProbe(HEALTH, ports(client, endpoint(HOST))).measure(subject(), FOREVER)
    assert (found.outcome, found.value) == (Outcome.PASSED, "200 in 240 ms")
    assert [sent.url.removeprefix("https://www.example.com:8443") for sent in client.sent] == [
        "/health",
        "/login?next=%2F",
        "/x",
    ]


ELSEWHERE = [
    ("https://other.example.com/", "https://other.example.com:443"),
    ("https://www.example.com/health", "https://www.example.com:443"),
    ("http://www.example.com:8443/health", "http://www.example.com:8443"),
    ("//evil.test/x", "https://evil.test:443"),
    ("http://169.254.169.254/latest/meta-data/", "http://169.254.169.254:80"),
    ("https://www.example.com:8443@evil.test/", "https://evil.test:443"),
    ("mailto:me@test", "what is not a URL"),
    ("https://[bad/", "what is not a URL"),
]


@pytest.mark.parametrize(("location", "shown"), ELSEWHERE)
def test_a_redirect_to_another_host_scheme_or_port_fails_and_is_not_followed(location: str, shown: str) -> None:
    client = ScriptedClient([reply(302, location=location)])
    found = HttpProbe(HEALTH, ports(client, endpoint(HOST))).measure(subject(), FOREVER)
    assert (found.outcome, found.reason) == (Outcome.FAILED, f"{AT} redirects to {shown}, which is another host")
    assert len(client.sent) == 1


def test_a_loop_of_redirects_ends() -> None:
    client = ScriptedClient([reply(302, location="/health")])
    found = HttpProbe(HEALTH, ports(client, endpoint(HOST))).measure(subject(), FOREVER)
    assert (found.outcome, found.reason) == (Outcome.FAILED, f"{AT} redirects more than 5 times")
    assert len(client.sent) == 6


def test_a_post_is_not_sent_again_after_a_redirect() -> None:
    found = measure(replace(HEALTH, method="POST"), reply(302, location="/other"))
    assert found.outcome is Outcome.FAILED
    assert found.reason.endswith(": status 302")


BEFORE = ListenerRule(RuleArn(f"{HEAD}rule/5"), (RuleCondition("path-pattern", ("/hea*",)),), Forward.to_one(BLUE))
DETOURS = [
    (endpoint(HOST, before=[BEFORE]), {}, "rule 5 takes it and not web-alb:8443 rule stage"),
    (endpoint(HOST), {"Host": "other.test"}, "no rule of web-alb:8443 rule stage takes it"),
    (endpoint(RuleCondition("path-pattern", ("/api/*",))), {}, "no rule of web-alb:8443 rule stage takes it"),
    (endpoint(RuleCondition("http-header", ("1",), name="X-Stage")), {}, "no rule of web-alb:8443 rule stage takes it"),
]


@pytest.mark.parametrize(("at", "headers", "why"), DETOURS)
def test_a_request_that_another_rule_would_take_is_not_sent(at: Endpoint, headers: dict[str, str], why: str) -> None:
    client = ScriptedClient([reply()])
    found = HttpProbe(replace(HEALTH, headers=headers), ports(client, at)).measure(subject(), FOREVER)
    assert found.outcome is Outcome.ERROR
    assert why in found.reason
    assert client.sent == []


def test_another_rule_with_the_same_forward_is_as_good() -> None:
    same = replace(BEFORE, forward=Forward.to_one(GREEN))
    assert measure(HEALTH, reply(), at=endpoint(HOST, before=[same])).outcome is Outcome.PASSED


NOWHERE = [
    (
        HEALTH,
        endpoint(RuleCondition("host-header", ("*.example.com",))),
        "web-alb:8443 rule stage has only hosts with wildcards; set one of them as Host in headers",
    ),
    (replace(HEALTH, headers={"Host": "[::1"}), endpoint(), "Host in headers is not a host"),
    (HEALTH, endpoint(protocol="TCP"), "web-alb:8443 speaks TCP, not HTTP; use url"),
    (HEALTH, endpoint(port=1), "Listener 8443 does not exist. check the ARN"),
    (
        replace(HEALTH, listener=Listener.PRODUCTION),
        endpoint(),
        "this deployment has no production listener; set listener to the other one, or give a full url",
    ),
]


@pytest.mark.parametrize(("kind", "at", "reason"), NOWHERE)
def test_a_check_without_an_address_is_an_error(kind: HttpCheck, at: Endpoint, reason: str) -> None:
    assert measure(kind, reply(), at=at) == Measurement(Outcome.ERROR, reason, "", LIMITS)


def test_without_aws_credentials_only_a_url_can_be_asked() -> None:
    without = ports(ScriptedClient([reply()]))
    found = HttpProbe(HEALTH, without).measure(subject(), FOREVER)
    assert found.reason == "the load balancer's address cannot be looked up without AWS credentials; use url"
    assert HttpProbe(STATUS, without).measure(subject(), FOREVER).outcome is Outcome.PASSED


def test_a_refused_address_is_an_error_with_the_way_out() -> None:
    found = measure(STATUS, RefusedError("A check may not send requests to it.", next_step="name it in allow-private."))
    assert (found.outcome, found.reason) == (
        Outcome.ERROR,
        "A check may not send requests to it. name it in allow-private",
    )


def test_requests_end_with_the_time_of_the_check() -> None:
    clock = FakeClock()
    client = ScriptedClient([reply()], clock, took=6.0)
    probe = HttpProbe(replace(HEALTH, requests=50), ports(client, endpoint(HOST), clock=clock))
    found = probe.measure(subject(), clock.now() + 20)
    assert [sent.timeout for sent in client.sent] == [10.0, 10.0, 8.0, 2.0]
    assert (found.outcome, found.reason) == (
        Outcome.ERROR,
        f"the check's timeout ended after 4 of 50 requests: {MORE_TIME}",
    )


def test_variables_have_the_values_of_the_release_in_what_is_sent_and_expected() -> None:
    client = ScriptedClient(
        [reply(200, b'{"image": "ami-1", "count": 3}', x_app="web"), reply(200, b'{"image": "ami-0"}')]
    )
    kind = replace(
        HEALTH,
        path="/health/{{app}}",
        headers={"X-Image": "{{ image.name }}"},
        send="{{region}}",
        body="{{image}}",
        json_value={"image": "{{image}}", "count": 3},
        response_headers={"X-App": "^{{app}}$"},
    )
    probe = HttpProbe(kind, ports(client, endpoint(HOST)))
    assert probe.measure(subject(), FOREVER).outcome is Outcome.PASSED
    (sent,) = client.sent
    assert (sent.url, sent.headers, sent.body) == (
        "https://www.example.com:8443/health/web",
        {"X-Image": "web-1"},
        b"us-east-1",
    )
    assert probe.measure(subject(), FOREVER).outcome is Outcome.FAILED


def test_a_variable_without_a_value_is_an_error_and_nothing_is_sent() -> None:
    client = ScriptedClient([reply()])
    found = HttpProbe(replace(HEALTH, send="{{old.group}}"), ports(client, endpoint(HOST))).measure(subject(), FOREVER)
    assert found == Measurement(Outcome.ERROR, "{{old.group}} has no value for this release yet", "", LIMITS)
    assert client.sent == []


def test_where_a_redirect_leads_shows_no_secret_and_has_an_end() -> None:
    kind = HttpCheck(url="https://status.test/health?key=s3cr3t-key")
    found = measure(kind, reply(302, location="/login/s3cr3t-key/" + "x" * 9000), reply(500))
    assert found.reason == f"GET https://status.test/login/***/{'x' * 181}…: status 500"
    lost_there = measure(kind, reply(302, location="/login/s3cr3t-key"), NOT_THERE)
    assert lost_there.reason == "No response to GET https://status.test/login/***: it was lost"
    elsewhere = measure(kind, reply(302, location="https://s3cr3t-key.test/"))
    assert elsewhere.reason.endswith("?… redirects to https://***.test:443, which is another host")


def test_secrets_that_a_server_echoes_are_not_in_the_reason() -> None:
    token = "Bearer abcdefghijklmnop"
    kind = replace(
        STATUS, headers={"Authorization": token, "X-Key": "hunter22"}, send="password=letmein1", method="POST"
    )
    echo = b"auth abcdefghijklmnop, x hunter22, q s3cr3t-key, b password=letmein1"
    found = measure(kind, reply(500, echo))
    assert found.reason == ("POST https://status.example.com/v1?…: status 500: 'auth ***, x ***, q ***, b ***'")


@pytest.mark.parametrize("echo", ["session=h1dden; theme=dark", "session=h1dden", "theme=dark; session=h1dden"])
def test_of_a_header_of_several_words_none_is_in_the_reason(echo: str) -> None:
    kind = replace(STATUS, headers={"Cookie": "session=h1dden; theme=dark"})
    found = measure(kind, reply(500, echo.encode()))
    assert ("***" in found.reason, "h1dden" in found.reason, "dark" in found.reason) == (True, False, False)


def test_a_cancel_is_passed_on() -> None:
    class Cancelled(ScriptedClient):
        def send(self, request: object) -> object:  # type: ignore[override]
            raise CancelledError(str(request))

    with pytest.raises(CancelledError):
        HttpProbe(HEALTH, ports(Cancelled([]), endpoint(HOST))).measure(subject(), FOREVER)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebClient:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle(tmp_path)))
    monkeypatch.setenv("NO_PROXY", "*")
    return WebClient(Cancellation(), resolve=resolve_to())


def test_a_real_tls_server_is_asked_under_the_name_of_the_rule(web: WebClient, tmp_path: Path) -> None:
    at = partial(endpoint, HOST)
    with serve(sends(OK), folder=tmp_path, names=["www.example.com"]) as server:
        probe = HttpProbe(replace(HEALTH, body="^hello$"), ports(web, at(port=server.port)))
        found = probe.measure(subject([replace(STAGE, port=server.port)]), FOREVER)
    assert (found.outcome, found.reason) == (Outcome.PASSED, "the response is good")
    assert server.requests[0].startswith("GET /health HTTP/1.1\r\n")
    assert f"\r\nHost: www.example.com:{server.port}\r\n" in server.requests[0]


def test_a_real_tls_server_of_another_name_is_an_error(web: WebClient, tmp_path: Path) -> None:
    with serve(sends(OK), folder=tmp_path, names=["other.test"]) as server:
        probe = HttpProbe(HEALTH, ports(web, endpoint(HOST, port=server.port)))
        found = probe.measure(subject([replace(STAGE, port=server.port)]), FOREVER)
    assert found.outcome is Outcome.ERROR
    assert "certificate is not valid for 'www.example.com'" in found.reason
    assert server.requests == []


def test_of_many_requests_to_a_real_server_each_has_a_connection_of_its_own(web: WebClient, tmp_path: Path) -> None:
    bad = sends(answer("503 Service Unavailable"))
    with serve(sends(OK), bad, sends(OK), folder=tmp_path, names=["www.example.com"]) as server:
        kind = replace(HEALTH, requests=20, allowed_failures=1)
        probe = HttpProbe(kind, ports(web, endpoint(HOST, port=server.port)))
        found = probe.measure(subject([replace(STAGE, port=server.port)]), FOREVER)
    assert found.outcome is Outcome.PASSED
    assert found.value.startswith("19 of 20 good, slowest ")
    assert len(server.requests) == 20


def test_an_image_whose_name_has_signs_of_expressions_is_found_in_the_body_and_no_other() -> None:
    release = replace(subject(), image=Image(ImageId("ami-1"), "web-1.2 (build 5)"))
    kind = replace(HEALTH, body="^{{image.name}}$", response_headers={"X-Image": "{{image.name}}"})
    for name, outcome in (("web-1.2 (build 5)", Outcome.PASSED), ("web-1x2 (build 5)", Outcome.FAILED)):
        client = ScriptedClient([reply(body=name.encode(), x_image=name)])
        assert HttpProbe(kind, ports(client, endpoint(HOST))).measure(release, FOREVER).outcome is outcome


def test_variables_have_values_in_a_url_and_within_expected_json() -> None:
    client = ScriptedClient([reply(body=b'{"a": {"b": ["ami-1", 1]}}')])
    kind = HttpCheck(url="https://{{environment}}.example.com/{{image}}", json_value={"a": {"b": ["{{image}}", 1]}})
    assert HttpProbe(kind, ports(client)).measure(subject(), FOREVER).outcome is Outcome.PASSED
    assert [sent.url for sent in client.sent] == ["https://prod.example.com/ami-1"]


def test_braces_of_a_literal_check_are_sent_as_they_are() -> None:
    client = ScriptedClient([reply()])
    kind = HttpCheck(url="https://a.example.com/", send="{{name}} {{image}}", literal=True)
    assert HttpProbe(kind, ports(client)).measure(subject(), FOREVER).outcome is Outcome.PASSED
    assert client.sent[0].body == b"{{name}} {{image}}"


def test_halves_of_characters_in_a_body_are_no_reason_not_to_read_it() -> None:
    found = measure(
        replace(HEALTH, body="ok$"),
        reply(body=rb"\ud800 ok", content_type="text/plain; charset=unicode_escape"),
    )
    assert found.outcome is Outcome.PASSED
