"""Requests of checks, against a real TLS server that sends whatever a server can send."""

import gzip
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from spotaction.cloud.addresses import require_allowed
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.web import WebClient
from spotaction.model.errors import ApiError, CancelledError, RefusedError
from spotaction.model.ports import HttpRequest
from tests.support.web_server import NAME, OK, WebServer, answer, bundle, resolve_to, sends, serve, trickles

SECRET = "s3cr3t-of-the-check"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle(tmp_path)))
    return tmp_path


def client(*addresses: str, interrupt: Cancellation | None = None) -> WebClient:
    return WebClient(interrupt or Cancellation(), user_agent="spotaction/1", resolve=resolve_to(*addresses))


def request(server: WebServer, path: str = "/healthz", *, timeout: float = 5.0, method: str = "GET") -> HttpRequest:
    return HttpRequest(f"{server.url}{path}", timeout=timeout, method=method)


def refusal(asked: HttpRequest, *addresses: str) -> ApiError | RefusedError:
    with pytest.raises((ApiError, RefusedError)) as error:
        client(*addresses).send(asked)
    assert SECRET not in f"{error.value} {error.value!r}"
    found = error.value
    assert isinstance(found, ApiError | RefusedError)
    return found


def test_a_response_has_status_headers_and_body(folder: Path) -> None:
    with serve(sends(OK), folder=folder) as server:
        response = client().send(request(server))
    assert (response.status, response.headers["content-type"], response.body) == (200, "text/plain", b"hello")
    assert 0 <= response.seconds < 5
    assert server.requests[0].splitlines()[0] == "GET /healthz HTTP/1.1"
    assert f"Host: {NAME}:{server.port}" in server.requests[0].splitlines()
    assert "User-Agent: spotaction/1" in server.requests[0].splitlines()


def test_a_load_balancer_is_asked_under_the_name_of_its_certificate(folder: Path) -> None:
    with serve(sends(OK), folder=folder, names=["www.example.com"]) as server:
        asked = HttpRequest(f"https://www.example.com:{server.port}/", timeout=5, address="web-alb-1.elb.test")
        assert client().send(asked).status == 200
    assert f"Host: www.example.com:{server.port}" in server.requests[0]


def test_the_certificate_of_another_name_is_not_accepted(folder: Path) -> None:
    with serve(sends(OK), folder=folder, names=["other.test"]) as server:
        error = refusal(request(server))
    assert str(error) == (
        f"No response to GET https://web.test:{server.port}/healthz: the certificate is not accepted: Hostname"
        " mismatch, certificate is not valid for 'web.test'. Next: give the host of the certificate in the check's"
        " headers (Host), or trust its issuer by REQUESTS_CA_BUNDLE."
    )
    assert server.requests == []
    assert isinstance(error, ApiError)
    assert not error.maybe_applied


def test_a_host_in_the_headers_is_sent_but_the_certificate_is_still_that_of_the_url(folder: Path) -> None:
    with serve(sends(OK), folder=folder) as server:
        asked = HttpRequest(f"{server.url}/", timeout=5, headers={"host": "other.test"})
        assert client().send(asked).status == 200
    assert "host: other.test" in server.requests[0]
    assert "Host: web.test" not in server.requests[0]


def test_an_expired_certificate_is_not_accepted(folder: Path) -> None:
    with serve(sends(OK), folder=folder, days=-1) as server:
        assert "certificate has expired" in str(refusal(request(server)))


def test_a_certificate_of_nobody_known_is_not_accepted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with serve(sends(OK), folder=folder) as server:
        assert "unable to get local issuer certificate" in str(refusal(request(server)))


def test_a_port_that_does_not_speak_tls_is_said_to(folder: Path) -> None:
    with serve(sends(answer("400 Bad Request")), folder=folder, tls=False, reads=False) as server:
        assert "the port does not speak TLS" in str(refusal(request(server)))


ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"
SLOW = [
    pytest.param(trickles(b"", b"H", 0.05), id="slow status line"),
    pytest.param(trickles(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05), id="endless headers"),
    pytest.param(trickles(ENDLESS, b"x", 0.05), id="endless body"),
    pytest.param(trickles(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), id="continue"),
    pytest.param(lambda _connection: threading.Event().wait(2), id="silence"),
]


@pytest.mark.parametrize("behave", SLOW)
def test_a_response_that_does_not_end_costs_its_time_and_no_more(
    folder: Path, behave: Callable[[object], None]
) -> None:
    with serve(behave, folder=folder) as server:
        error = refusal(request(server, f"/healthz?key={SECRET}", timeout=0.5))
    assert isinstance(error, ApiError)
    assert error.maybe_applied
    assert error.message == (
        f"No response to GET https://web.test:{server.port}/healthz?…: it was not complete after 0.5 s."
    )


def test_a_name_server_that_does_not_answer_costs_its_time_and_no_more() -> None:
    def never(_host: str, _port: int) -> list[object]:
        threading.Event().wait(5)
        return []

    slow = WebClient(Cancellation(), resolve=never)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match=r"it was not complete after 0\.2 s") as error:
        slow.send(HttpRequest("https://web.test/", timeout=0.2))
    assert not error.value.maybe_applied


def test_a_handshake_that_does_not_end_costs_its_time_and_no_more(folder: Path) -> None:
    with serve(trickles(b"", b"", 0.1), folder=folder, tls=False) as server:
        error = refusal(request(server, timeout=0.3))
    assert isinstance(error, ApiError)
    assert not error.maybe_applied


def test_a_huge_body_is_not_read_to_its_end(folder: Path) -> None:
    piece = b"x" * 1024 * 1024

    def flood(connection: object) -> None:
        trickles(ENDLESS, piece, 0.0)(connection)  # type: ignore[arg-type]

    with serve(flood, folder=folder) as server:
        error = refusal(request(server))
    assert error.message.endswith("/healthz: the response has more than 4 MiB.")


def test_a_body_that_was_zipped_although_nobody_asked_is_unfolded(folder: Path) -> None:
    zipped = answer("200 OK", gzip.compress(b"hello", mtime=0), "Content-Encoding: gzip")
    with serve(sends(zipped), folder=folder) as server:
        assert client().send(request(server)).body == b"hello"
    assert "Accept-Encoding: identity" in server.requests[0]


GARBAGE = [
    (answer("200 OK", gzip.compress(b"0" * 64 * 1024 * 1024, mtime=0), "Content-Encoding: gzip"), "more than 4 MiB"),
    (answer("200 OK", gzip.compress(b"hello", mtime=0)[:-9], "Content-Encoding: gzip"), "the response was cut off"),
    (answer("200 OK", b"hello", "Content-Encoding: gzip"), "the response is not gzip, as its header says"),
    (answer("200 OK", b"hello", "Content-Encoding: br"), "the response is encoded with 'br', although plain text was"),
    (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
        "the connection was lost, or the response is not HTTP",
    ),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", "the connection was lost, or the response is not HTTP"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", "the connection was lost"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "the connection was lost"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "the connection was lost"),
    (b"", "the connection was lost"),
    (b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 200 + b"\r\n", "the connection was lost"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "the connection was lost"),
]


@pytest.mark.parametrize(("sent", "words"), GARBAGE)
def test_garbage_is_not_a_response(folder: Path, sent: bytes, words: str) -> None:
    with serve(sends(sent), folder=folder) as server:
        error = refusal(request(server, f"/?token={SECRET}"))
    assert isinstance(error, ApiError)
    assert error.maybe_applied
    assert words in error.message


def test_a_redirect_is_not_followed(folder: Path) -> None:
    moved = answer("302 Found", b"", "Location: https://elsewhere.test/")
    with serve(sends(moved), folder=folder) as server:
        response = client().send(request(server))
    assert (response.status, response.headers["location"]) == (302, "https://elsewhere.test/")
    assert len(server.requests) == 1


def test_a_head_has_no_body_and_a_post_sends_one(folder: Path) -> None:
    with serve(sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), folder=folder) as server:
        assert client().send(request(server, method="HEAD")).body == b""
    with serve(sends(OK), folder=folder) as server:
        asked = HttpRequest(f"{server.url}/", timeout=5, method="POST", body=b'{"a":1}', headers={"X-Key": SECRET})
        client().send(asked)
    assert server.requests[0].endswith('\r\n\r\n{"a":1}')
    assert f"X-Key: {SECRET}" in server.requests[0]


def test_a_refused_connection_was_not_sent(folder: Path) -> None:
    with serve(sends(OK), folder=folder) as server:
        pass
    error = refusal(request(server))
    assert isinstance(error, ApiError)
    assert (error.maybe_applied, error.retryable) == (False, True)
    assert "the connection was refused" in error.message
    assert error.next_step == "check the name, the security group, and that the runner can reach the address"


def test_the_next_address_is_asked_where_the_first_does_not_answer(folder: Path) -> None:
    with serve(sends(OK), folder=folder) as server:
        assert client("127.0.0.2", "127.0.0.1").send(request(server)).status == 200


REFUSED = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "168.63.129.16",
    "100.100.100.200",
]


@pytest.mark.parametrize("address", REFUSED)
def test_a_name_of_a_metadata_address_is_refused_whatever_its_form(address: str) -> None:
    error = refusal(HttpRequest("http://web.test/latest/meta-data/", timeout=5), "127.0.0.1", address)
    assert isinstance(error, RefusedError)
    assert error.message.startswith(f"A check may not send requests to web.test, which is at {ip_address(address)}")
    assert error.message.endswith(", as such addresses serve metadata and credentials.")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0xa9fea9fe", "2852039166", "[fd00:ec2::254]", "[::ffff:a9fe:a9fe]"]
)
def test_a_metadata_address_in_the_url_is_refused_whatever_its_form(host: str) -> None:
    with pytest.raises(RefusedError, match="A check may not send requests to"):
        WebClient(Cancellation()).send(HttpRequest(f"http://{host}/", timeout=5))


def test_a_refused_address_may_be_named() -> None:
    mapped, next_to_it = ip_address("::ffff:169.254.169.254"), ip_address("169.254.169.253")
    require_allowed("web.test", [mapped], ["169.254.169.254"])
    with pytest.raises(RefusedError):
        require_allowed("web.test", [mapped, next_to_it], ["169.254.169.254"])


def test_a_proxy_is_used_and_gets_the_name_to_connect_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(sends(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), folder=folder, tls=False) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        error = refusal(HttpRequest("https://www.example.com:8443/", timeout=5, address="web-alb-1.elb.test"))
    assert proxy.requests[0].startswith("CONNECT web-alb-1.elb.test:8443 HTTP/1")
    assert "the proxy refused the connection" in error.message


def test_a_proxy_without_tls_would_replace_the_host_so_the_request_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    error = refusal(HttpRequest("http://www.example.com/", timeout=5, address="web-alb-1.elb.test"))
    assert error.message == (
        "GET http://www.example.com/ (at web-alb-1.elb.test) cannot be sent through the proxy of HTTP_PROXY: without"
        " TLS, a proxy replaces the Host header."
    )


def test_a_metadata_address_is_refused_through_a_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert isinstance(refusal(HttpRequest("http://web.test/", timeout=5), "169.254.169.254"), RefusedError)


def test_a_netrc_of_the_runner_is_not_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = folder / "netrc"
    netrc.write_text(f"machine {NAME} login me password {SECRET}\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serve(sends(OK), folder=folder) as server:
        client().send(request(server))
    assert "authorization" not in server.requests[0].lower()


INVALID = [
    HttpRequest("https://web.test/", timeout=5, headers={"X": f"a\r\nY: {SECRET}"}),
    HttpRequest("https://web.test:99999/", timeout=5),
    HttpRequest("ftp://web.test/", timeout=5),
    HttpRequest("https://web.test:0x1bb/", timeout=5),
    HttpRequest("web.test/", timeout=5),
]


@pytest.mark.parametrize("asked", INVALID)
def test_what_cannot_be_a_request_is_an_error_that_is_not_repeated(asked: HttpRequest) -> None:
    error = refusal(asked)
    assert isinstance(error, ApiError)
    assert (error.retryable, error.maybe_applied) == (False, False)


def test_nothing_is_sent_after_a_cancel(folder: Path) -> None:
    interrupt = Cancellation()
    interrupt.request_cancel("SIGTERM")
    with serve(sends(OK), folder=folder) as server, pytest.raises(CancelledError):
        client(interrupt=interrupt).send(request(server))
    assert server.requests == []
