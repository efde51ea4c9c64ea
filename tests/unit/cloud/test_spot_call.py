"""Answers that drip, never end or break off, and connections that are used again."""

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from spotaction.cloud.retry import RetryPolicy
from spotaction.cloud.spot.call import TooLongError, read_body
from spotaction.cloud.spot.elastigroups import SpotElastigroupApi
from spotaction.cloud.spot.http import SpotHttpClient
from spotaction.model.errors import ApiError
from spotaction.model.resources import Capacity, GroupId
from tests.support.spot_adapter import TOKEN, FakeClock, Reply, ScriptedSpot, group_json, ok

GROUP = GroupId("sig-1")
MANY = ok(*[group_json()] * 2000)


class Dripping(io.RawIOBase):
    """One byte, then `seconds` of nothing, without end."""

    def __init__(self, clock: FakeClock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.given = 0

    def read1(self, size: int = -1) -> bytes:
        del size
        self.clock.sleep(self.seconds)
        self.given += 1
        return b" "


class DrippingSpot(ScriptedSpot):
    def __init__(self, body: Dripping) -> None:
        super().__init__([Reply()] * 9, body.clock)
        self.drips = body

    def send(self, request: requests.PreparedRequest, **more: object) -> requests.Response:  # type: ignore[override]
        response = super().send(request, **more)  # type: ignore[arg-type]
        response.raw = HTTPResponse(self.drips, preload_content=False, status=200)
        return response


def dripping(body: Dripping, left: float) -> SpotElastigroupApi:
    session = requests.Session()
    session.mount("https://", DrippingSpot(body))
    end = body.clock.now() + left
    return SpotElastigroupApi(
        SpotHttpClient(TOKEN, RetryPolicy(body.clock, deadline=lambda: end, attempts=1), draw=float, session=session)
    )


@pytest.mark.parametrize(("left", "bytes_read"), [(10.0, 21), (3600.0, 121), (0.0, 3)])
def test_an_answer_that_drips_is_cut_at_the_deadline_and_after_a_minute(left: float, bytes_read: int) -> None:
    body = Dripping(FakeClock(), 0.5)
    with pytest.raises(ApiError, match="the request timed out") as caught:
        dripping(body, left).get(GROUP)
    assert (caught.value.retryable, caught.value.maybe_applied) == (True, False)
    assert body.given == bytes_read


def test_a_write_whose_answer_drips_may_have_been_carried_out() -> None:
    with pytest.raises(ApiError, match="the request timed out") as caught:
        dripping(Dripping(FakeClock(), 0.5), 10.0).scale(GROUP, Capacity(1, 1, 1))
    assert caught.value.maybe_applied


def test_an_answer_without_end_is_not_kept_in_memory() -> None:
    response = over(HTTPResponse(io.BytesIO(b"x" * 300_000), preload_content=False))
    with pytest.raises(TooLongError):
        read_body(response, lambda: False, largest=100_000)


def test_a_packed_answer_counts_by_what_it_holds() -> None:
    packed = gzip.compress(b"x" * 300_000)
    headers = {"content-encoding": "gzip"}
    with pytest.raises(TooLongError):
        read_body(
            over(HTTPResponse(io.BytesIO(packed), headers, preload_content=False)), lambda: False, largest=100_000
        )
    whole = over(HTTPResponse(io.BytesIO(packed), headers, preload_content=False))
    read_body(whole, lambda: False)
    assert whole.content == b"x" * 300_000


@pytest.mark.parametrize(
    ("broken", "raised"),
    [
        (ReadTimeoutError(None, "/", "slow"), requests.ReadTimeout),  # type: ignore[arg-type]
        (ProtocolError("reset"), requests.exceptions.ChunkedEncodingError),
    ],
)
def test_a_body_that_breaks_off_is_an_error_of_requests(broken: Exception, raised: type[Exception]) -> None:
    class Broken(io.RawIOBase):
        def read1(self, size: int = -1) -> bytes:
            del size
            raise broken

    with pytest.raises(raised):
        read_body(over(HTTPResponse(Broken(), preload_content=False)), lambda: False)


def test_a_connection_is_used_again_after_a_whole_answer_and_not_after_one_that_was_cut() -> None:
    late = [False]
    with served() as (url, connections), requests.Session() as session:
        for _ in range(3):
            response = session.get(url, stream=True)
            read_body(response, lambda: late[0])
            assert response.json() == MANY.body
        assert len(connections) == 1

        late[0] = True
        with pytest.raises(requests.ReadTimeout):
            read_body(session.get(url, stream=True), lambda: late[0])
        session.get(url)
        assert len(connections) == 2


def over(raw: HTTPResponse) -> requests.Response:
    response = requests.Response()
    response.raw = raw
    return response


@contextmanager
def served() -> Iterator[tuple[str, list[object]]]:
    """A server of one answer, and the connections that it was asked on."""
    connections: list[object] = []
    body = json.dumps(MANY.body).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append(self.client_address)
            super().setup()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    quick: Callable[[], None] = lambda: server.serve_forever(poll_interval=0.01)  # noqa: E731
    thread = threading.Thread(target=quick, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", connections
    finally:
        server.shutdown()
        server.server_close()
