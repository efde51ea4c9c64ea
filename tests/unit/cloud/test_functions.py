"""Lambda's Invoke: once, for as long as a function may run, and no longer than the check has time."""

import io
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from botocore import exceptions as boto

from spotaction.cloud.aws.functions import LARGEST, LambdaFunctions
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.idle import join_thread
from spotaction.model.errors import ApiError, FailedError
from spotaction.model.ports import FunctionAnswer
from tests.support.aws_adapter import JSON, Refusal, ScriptedAws, quiet

FOREVER = 1e9


@pytest.fixture(scope="module")
def clients() -> Iterator[ScriptedAws]:
    with pytest.MonkeyPatch.context() as patch:
        quiet(patch)
        yield ScriptedAws("functions")


@pytest.fixture
def cloud(clients: ScriptedAws) -> ScriptedAws:
    return clients.forget()


def answer(payload: bytes, **more: str) -> JSON:
    return {"StatusCode": 200, "Payload": io.BytesIO(payload), **more}


def invoke(cloud: ScriptedAws, function: str = "smoke:live", deadline: float = FOREVER) -> FunctionAnswer:
    return LambdaFunctions(cloud.aws).invoke(function, b'{"app": "web"}', deadline=deadline)


def test_a_function_is_called_and_waited_for(cloud: ScriptedAws) -> None:
    cloud.will("Invoke", answer(b'{"hookStatus": "SUCCEEDED"}'))
    assert invoke(cloud) == FunctionAnswer(b'{"hookStatus": "SUCCEEDED"}')
    parameters = {"FunctionName": "smoke:live", "InvocationType": "RequestResponse", "Payload": b'{"app": "web"}'}
    assert cloud.sent == [("Invoke", parameters)]


def test_a_function_that_failed_says_so(cloud: ScriptedAws) -> None:
    cloud.will("Invoke", answer(b'{"errorMessage": "boom"}', FunctionError="Unhandled"))
    assert invoke(cloud) == FunctionAnswer(b'{"errorMessage": "boom"}', "Unhandled")


def test_more_than_lambda_itself_allows_is_no_answer(cloud: ScriptedAws) -> None:
    cloud.will("Invoke", answer(b"[" + b"1" * LARGEST))
    with pytest.raises(ApiError, match=r"No response from AWS for lambda:Invoke \(ValueError\)"):
        invoke(cloud)


def test_a_function_may_run_for_a_quarter_of_an_hour(clients: ScriptedAws) -> None:
    config = clients.aws.functions().meta.config
    assert (config.read_timeout, config.tcp_keepalive) == (905, True)  # type: ignore[attr-defined]
    assert AwsSession(clients.clock, region="eu-west-1", environ={}).cloudwatch().meta.config.read_timeout == 20  # type: ignore[attr-defined]


def test_the_region_of_an_arn_is_asked(clients: ScriptedAws, cloud: ScriptedAws) -> None:
    arn = "arn:aws-cn:lambda:cn-north-1:111122223333:function:smoke"
    client = clients.aws.functions("cn-north-1")
    assert client.meta.region_name == "cn-north-1"
    clients.install(client.meta.events)
    cloud.will("Invoke", answer(b"null"))
    assert invoke(cloud, arn) == FunctionAnswer(b"null")


@pytest.mark.parametrize(
    "reply",
    [
        boto.ReadTimeoutError(endpoint_url=""),
        Refusal("TooManyRequestsException", 429),
        Refusal("ServiceException", 500),
        answer(b"") | {"Payload": None},
    ],
)
def test_no_call_is_repeated_since_the_function_may_have_run(
    cloud: ScriptedAws, reply: JSON | Refusal | Exception
) -> None:
    cloud.will("Invoke", reply)
    with pytest.raises(ApiError):
        invoke(cloud)
    assert cloud.operations == ["Invoke"]


def test_a_refusal_names_the_permission(cloud: ScriptedAws) -> None:
    cloud.will("Invoke", Refusal("AccessDeniedException", 403))
    with pytest.raises(ApiError, match=r"AWS refused lambda:Invoke .* Next: allow lambda:InvokeFunction in the policy"):
        invoke(cloud)


@pytest.fixture
def hanging(cloud: ScriptedAws) -> Iterator[ScriptedAws]:
    """A function whose answer does not come before the end of the test."""
    over = threading.Event()

    class Body:
        def read(self, _size: int) -> bytes:
            over.wait(30.0)
            return b""

    cloud.will("Invoke", answer(b"") | {"Payload": Body()})
    yield cloud
    over.set()


def test_a_function_that_hangs_costs_the_time_of_the_check(hanging: ScriptedAws) -> None:
    with pytest.raises(ApiError, match=r"No response from AWS for lambda:Invoke \(TimeoutError\)"):
        invoke(hanging, deadline=hanging.clock.now() + 0.05)


def test_what_cannot_wait_is_done_while_a_function_takes_its_time_and_may_end_that(
    hanging: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotaction.cloud.aws.calls.join_thread", partial(join_thread, interval=0.05))

    def look() -> None:
        raise FailedError("alarms: web-5xx is in ALARM.")

    with pytest.raises(FailedError, match="web-5xx"):
        LambdaFunctions(hanging.aws, look).invoke("smoke", b"{}", deadline=hanging.clock.now() + 10)
