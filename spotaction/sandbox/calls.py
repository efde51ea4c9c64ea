"""The record of every call that reached the sandbox, without tokens."""

import json
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from werkzeug import Request

from spotaction.sandbox.types import JSON

Service = Literal["spot", "ec2", "elbv2", "sts", "cloudwatch", "service-quotas", "aws"]
_FORM = "spotaction.form"
_SECRET_PARTS = ("ClientSecret", "WebIdentityToken", "SecretAccessKey", "SessionToken")


@dataclass(slots=True)
class Call:
    """One call; `status` is None if the client got no response."""

    index: int
    service: Service
    name: str
    method: str
    path: str
    query: dict[str, str]
    body: object
    time: float
    mutation: bool
    status: int | None = None
    fault: str | None = None

    def document(self) -> JSON:
        """Return the call as GET /sandbox/calls shows it."""
        return {
            "index": self.index,
            "service": self.service,
            "call": self.name,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": self.body,
            "status": self.status,
            "time": self.time,
            "mutation": self.mutation,
            "fault": self.fault,
        }


class Calls:
    """All calls, in order of arrival."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def __len__(self) -> int:
        return len(self._calls)

    def note(self, request: Request, service: Service, name: str, *, mutation: bool, at: float) -> Call:
        """Record a call and return it; its status is set later."""
        call = Call(
            index=len(self._calls),
            service=service,
            name=name,
            method=request.method,
            path=request.path,
            query={key: _masked(key, value) for key, value in request.args.items()},
            body=_body(request),
            time=at,
            mutation=mutation,
        )
        self._calls.append(call)
        return call

    def documents(self) -> list[JSON]:
        """Return all calls as GET /sandbox/calls shows them."""
        return [call.document() for call in self._calls]


def form(request: Request) -> dict[str, str]:
    """Return the parameters of an AWS query call, parsed once per request."""
    found: dict[str, str] | None = request.environ.get(_FORM)
    if found is None:
        found = dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))
        request.environ[_FORM] = found
    return found


def _body(request: Request) -> object:
    text = request.get_data(as_text=True)
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {key: _masked(key, value) for key, value in form(request).items()} or text


def _masked(key: str, value: str) -> str:
    return "***" if any(part in key for part in _SECRET_PARTS) else value
