"""A jumping clock, and a Spot API with scripted responses."""

import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from spotaction.cloud.retry import RetryPolicy
from spotaction.cloud.spot.elastigroups import SpotElastigroupApi
from spotaction.cloud.spot.http import SpotHttpClient

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKEN = "tok-0123456789abcdef"


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 1000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.seconds

    def time(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000.0)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Scripted = Reply | Exception | Callable[[requests.PreparedRequest], "Reply"]


class ScriptedSpot(BaseAdapter):
    """Returns its replies one by one, and keeps the requests."""

    def __init__(self, replies: Iterable[Scripted], clock: FakeClock | None = None) -> None:
        super().__init__()
        self.replies = list(replies)
        self.sent: list[requests.PreparedRequest] = []
        self.times: list[float] = []
        self.timeouts: list[object] = []
        self._clock = clock

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.path_url}" for request in self.sent]

    def body(self, number: int) -> object:
        body = self.sent[number].body
        return None if body is None else json.loads(body)

    def send(  # noqa: PLR0917  (requests' signature)
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: object = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        del stream, verify, cert, proxies
        self.sent.append(request)
        self.timeouts.append(timeout)
        self.times.append(self._clock.now() if self._clock else 0.0)
        if not self.replies:
            raise AssertionError(f"one call too many: {request.method} {request.path_url}")
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            if isinstance(reply, requests.RequestException):
                reply.request = request
            raise reply
        return _response(request, reply if isinstance(reply, Reply) else reply(request))

    def close(self) -> None:
        return


PATIENCE = frozenset(field.name for field in dataclasses.fields(RetryPolicy))


def spot(
    *replies: Scripted,
    clock: FakeClock | None = None,
    account: str = "act-12345678",
    draw: Callable[[], float] = float,  # 0.0: nobody to spread out from
    **options: object,
) -> tuple[SpotElastigroupApi, ScriptedSpot]:
    the_clock = clock or FakeClock()
    script = ScriptedSpot(replies, the_clock)
    session = requests.Session()
    session.mount("https://", script)
    bounds = {name: options.pop(name) for name in tuple(options) if name in PATIENCE}
    retry_policy = RetryPolicy(the_clock, **bounds)  # type: ignore[arg-type]
    http = SpotHttpClient(TOKEN, retry_policy, draw=draw, account=account, session=session, **options)  # type: ignore[arg-type]
    return SpotElastigroupApi(http), script


def ok(*items: object, **headers: str) -> Reply:
    return Reply(
        200, envelope(200, items=list(items)), {key.replace("_", "-"): value for key, value in headers.items()}
    )


def failed(status: int, code: str = "", message: str = "no", name: str = "") -> Reply:
    error = {"code": code, "message": message, **({"field": name} if name else {})}
    return Reply(status, envelope(status, errors=[error]))


def envelope(status: int, **response: object) -> dict[str, object]:
    request = {"id": "req-1", "url": "/aws/ec2/group", "method": "GET", "timestamp": "2026-11-24T12:00:00.000Z"}
    return {"request": request, "response": {"status": {"code": status, "message": "words"}, **response}}


def group_json(group: str = "sig-1", name: str = "web__1", **more: object) -> dict[str, object]:
    return {
        "id": group,
        "name": name,
        "capacity": {"minimum": 1, "target": 2, "maximum": 3, "unit": "instance"},
        "createdAt": "2026-11-24T12:00:00.000Z",
        **more,
    }


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    text = reply.body if isinstance(reply.body, str) else "" if reply.body is None else json.dumps(reply.body)
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(io.BytesIO(text.encode()), preload_content=False, status=reply.status)
    response.encoding = "utf-8"
    return response
