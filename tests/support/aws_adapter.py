"""AWS with scripted responses, behind real botocore clients."""

from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from botocore.hooks import BaseEventHooks

from spotaction.cloud.aws.session import AwsSession
from tests.support.spot_adapter import FakeClock

REGION = "eu-west-1"
JSON = dict[str, Any]


class Refusal(NamedTuple):
    code: str
    status: int = 400
    message: str = "no"


class _Http(NamedTuple):
    status_code: int


class ScriptedAws:
    """Replies to each operation from its own list; `sent` holds the operations with their parameters."""

    def __init__(self, *services: str, **options: Any) -> None:  # noqa: ANN401  (what Aws takes)
        self.clock = options.pop("clock", None) or FakeClock()
        self.aws = AwsSession(self.clock, **{"region": REGION, "environ": {}, **options})
        self.sent: list[tuple[str, JSON]] = []
        self.replies: dict[str, list[JSON | Refusal | Exception]] = defaultdict(list)
        for service in services:
            self.install(getattr(self.aws, service)().meta.events)

    def install(self, events: BaseEventHooks) -> None:
        events.register("provide-client-params", self._note)
        events.register("before-call", self._answer)  # type: ignore[arg-type]

    def will(self, operation: str, *replies: JSON | Refusal | Exception) -> None:
        self.replies[operation] += replies

    def forget(self) -> "ScriptedAws":
        self.sent.clear()
        self.replies.clear()
        return self

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.sent]

    def _note(self, params: JSON, model: Any, **_: object) -> None:  # noqa: ANN401  (botocore's)
        self.sent.append((model.name, dict(params)))

    def _answer(self, model: Any, **_: object) -> tuple[_Http, JSON]:  # noqa: ANN401  (botocore's)
        waiting = self.replies[model.name]
        assert waiting, f"one call too many: {model.name}"
        reply = waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        if not isinstance(reply, Refusal):
            return _Http(200), reply
        metadata = {"RequestId": "req-aws", "HTTPStatusCode": reply.status}
        return _Http(reply.status), {
            "Error": {"Code": reply.code, "Message": reply.message},
            "ResponseMetadata": metadata,
        }


def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set access keys, and hide all other AWS settings of the machine."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-runner")
