"""The check of kind lambda through botocore to an endpoint on loopback that answers as Lambda and ECS's hooks do."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from spotaction.checks.functions import LambdaProbe
from spotaction.checks.ports import CheckPorts
from spotaction.cloud.aws.functions import LambdaFunctions
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.clock import Cancellation, RealClock, install_signal_handlers
from spotaction.model.check_kinds import LambdaCheck
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import CancelledError
from tests.support.aws_adapter import quiet
from tests.support.query_checks import release

Answer = Callable[[BaseHTTPRequestHandler], None]


def answers(body: str, status: int = 200, cut: int = 0, **headers: str) -> Answer:
    """Answer with a body, of which the last `cut` bytes never come."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        data = body.encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            request.send_header(f"X-{name.replace('_', '-')}", value)
        request.end_headers()
        request.wfile.write(data[: len(data) - cut])

    return answer


@dataclass
class Endpoint:
    """Lambda's API on loopback: each call gets the next answer; `calls` are the paths and events."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def hangs(self, _request: BaseHTTPRequestHandler) -> None:
        self.over.wait(30.0)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    quiet(monkeypatch)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.calls.append((self.path, event))
            with suppress(OSError):
                found.answers.pop(0)(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", found.url)
    yield found
    found.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def probe(endpoint: Endpoint, *replies: Answer, interrupt: Cancellation | None = None) -> LambdaProbe:
    endpoint.answers = list(replies)
    clock = RealClock(interrupt)
    aws = AwsSession(clock, region="us-east-1", environ=os.environ, interrupt=interrupt)
    return LambdaProbe(
        LambdaCheck("smoke:live", {"bucket": "results"}), CheckPorts(clock, functions=LambdaFunctions(aws))
    )


def measure(endpoint: Endpoint, *replies: Answer, seconds: float = 20.0) -> list[Measurement]:
    one = probe(endpoint, *replies)
    return [one.measure(release(), RealClock().now() + seconds) for _ in replies]


def test_a_hook_in_progress_is_called_again_with_its_details(endpoint: Endpoint) -> None:
    found = measure(
        endpoint,
        answers('{"hookStatus": "IN_PROGRESS", "callBackDelay": 60, "hookDetails": {"job": 7}}'),
        answers('{"hookStatus": "SUCCEEDED"}', Amz_Executed_Version="3"),
    )
    assert [(each.outcome, each.retry_after) for each in found] == [(Outcome.WAITING, 60.0), (Outcome.PASSED, None)]
    assert [path for path, _ in endpoint.calls] == ["/2015-03-31/functions/smoke%3Alive/invocations"] * 2
    details = [event["hookDetails"] for _, event in endpoint.calls]
    assert details == [{"bucket": "results"}, {"bucket": "results", "job": 7}]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answers('{"hookStatus": "FAILED"}'), "the function returned FAILED"),
        (
            answers('{"errorType": "Error", "errorMessage": "boom"}', Amz_Function_Error="Unhandled"),
            "the function failed (Unhandled): boom",
        ),
        (answers("null"), "the function did not return a JSON object with a hookStatus"),
        (answers("<html>"), "the function did not return a JSON object with a hookStatus"),
        (answers('{"status": "SUCCEEDED"}'), "the function returned 'no hookStatus', which counts as FAILED"),
    ],
)
def test_an_answer_that_is_not_ecs_is_failed(endpoint: Endpoint, reply: Answer, reason: str) -> None:
    (found,) = measure(endpoint, reply)
    assert (found.outcome, found.reason) == (Outcome.FAILED, reason)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            answers('{"message": "Function not found"}', 404, Amzn_ErrorType="ResourceNotFoundException"),
            "AWS refused lambda:Invoke (ResourceNotFoundException): Function not found",
        ),
        (
            answers('{"message": "not authorized"}', 403, Amzn_ErrorType="AccessDeniedException"),
            "Next: allow lambda:InvokeFunction in the policy of the role",
        ),
        (
            answers('{"message": "slow down"}', 429, Amzn_ErrorType="TooManyRequestsException"),
            "TooManyRequestsException",
        ),
        (answers('{"hookStatus": "SUCCEEDED"}', cut=5), "No response from AWS for lambda:Invoke"),
        (answers("oops", 502), "AWS refused lambda:Invoke (502)"),
    ],
)
def test_a_call_that_fails_is_an_error_and_sent_once(endpoint: Endpoint, reply: Answer, reason: str) -> None:
    (found,) = measure(endpoint, reply)
    assert (found.outcome, reason in found.reason) == (Outcome.ERROR, True), found
    assert len(endpoint.calls) == 1
    assert "secret-of-the-runner" not in found.reason


def test_a_hook_that_hangs_costs_the_time_that_is_left(endpoint: Endpoint) -> None:
    started = RealClock().now()
    (found,) = measure(endpoint, endpoint.hangs, seconds=0.4)
    assert found.outcome is Outcome.ERROR
    assert found.reason.startswith("No response from AWS for lambda:Invoke (TimeoutError)")
    assert RealClock().now() - started < 3.0


def test_a_cancel_meanwhile_ends_the_run_at_once(endpoint: Endpoint) -> None:
    interrupt, clock = Cancellation(), RealClock()
    restore = install_signal_handlers(interrupt)
    one = probe(endpoint, endpoint.hangs, interrupt=interrupt)
    timer = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGTERM))
    started = clock.now()
    timer.start()
    try:
        with pytest.raises(CancelledError):
            one.measure(release(), started + 60)
    finally:
        timer.cancel()
        restore()
    assert clock.now() - started < 3.0
