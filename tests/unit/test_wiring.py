from collections.abc import Iterator, Mapping

import pytest
import requests

from spotaction.cloud.clock import Cancellation
from spotaction.inputs.read import WorkflowRun
from spotaction.model.deployment import Run
from spotaction.model.errors import RefusedError
from spotaction.sandbox import Sandbox
from spotaction.sandbox.action_transport import transport
from spotaction.wiring import VERSION, Clouds, Transport, connect
from tests.support.aws_adapter import quiet
from tests.support.inputs import read_inputs
from tests.support.spot_adapter import FakeClock, ScriptedSpot, ok

SPOT_ALONE = {"ami-id": "ami-0aaaaaaaaaaaaaaa2"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "made-up"}
BASIC = {
    "strategy": "basic",
    "infrastructure": "examples/deploy/infrastructure.yaml",
    "app-name": "web",
    "spot-token": "made-up-token",
    "spot-account-id": "act-0a1b2c3d",
}


class Told:
    def __init__(self) -> None:
        self.masked: list[str] = []
        self.calls: list[object] = []


def connected(
    way: Transport,
    given: Mapping[str, str],
    environ: Mapping[str, str] = {},
    *,
    runner: WorkflowRun | None = None,
    told: Told | None = None,
) -> Clouds:
    whole = {"service": "examples/deploy/service.yaml", **BASIC, **given}
    if "ami-id" in whole:
        whole.pop("service")
    return connect(
        read_inputs({f"INPUT_{name.upper()}": value for name, value in whole.items()}),
        runner or WorkflowRun(),
        environ,
        clock=FakeClock(),
        interrupt=Cancellation(),
        mask=(told or Told()).masked.append,
        region="us-east-1",
        transport=way,
    )


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    quiet(monkeypatch)
    box = Sandbox({"account": "111122223333"})
    yield box
    box.close()


def test_an_image_id_and_no_credentials_is_spot_alone_and_calls_nobody() -> None:
    script = ScriptedSpot([])
    session = requests.Session()
    session.mount("https://", script)
    clouds = connected(Transport(session), SPOT_ALONE)
    assert (clouds.images, clouds.routes, clouds.alarms, clouds.identity) == (None, None, None, None)
    assert (clouds.region, clouds.arn_head, script.sent) == ("us-east-1", "", [])


def test_spot_is_told_who_calls() -> None:
    script = ScriptedSpot([ok()] * 2)
    session = requests.Session()
    session.mount("https://", script)
    connected(Transport(session), SPOT_ALONE, runner=WorkflowRun(Run("4711", "2", "example/web"))).groups.all()
    (sent, *_) = script.sent
    assert sent.headers["User-Agent"] == f"spotaction/{VERSION} (example/web run 4711/2)"
    assert sent.headers["Authorization"] == "Bearer made-up-token"
    assert "accountId=act-0a1b2c3d" in sent.path_url


@pytest.mark.parametrize(
    ("given", "environ"),
    [
        ({}, KEYS),
        (SPOT_ALONE, KEYS),
        ({}, {}),
        ({**SPOT_ALONE, "alarms": "errors"}, KEYS),
    ],
)
def test_aws_is_connected_where_it_is_needed_or_there(
    sandbox: Sandbox, given: Mapping[str, str], environ: Mapping[str, str]
) -> None:
    clouds = connected(transport(sandbox), given, environ)
    assert None not in (clouds.images, clouds.routes, clouds.alarms)
    assert clouds.arn_head == "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
    assert [call["call"] for call in sandbox.calls()] == ["GetCallerIdentity"]


def test_another_account_than_the_allowed_ones_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RefusedError, match="111122223333"):
        connected(transport(sandbox), {"allowed-account-ids": "444455556666"}, KEYS)
    assert connected(transport(sandbox), {"allowed-account-ids": "111122223333"}, KEYS).identity is not None
