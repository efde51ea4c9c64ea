"""The response envelopes of the Spot API."""

import dataclasses
import http
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug import Request, Response

from spotaction.sandbox.dates import zulu
from spotaction.sandbox.types import JSON

GROUP = "spotinst:aws:ec2:group"


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response; without a kind it has only a status, without items it ends after the kind."""

    kind: str | None = None
    items: Sequence[object] | None = None


@dataclass(slots=True)
class SpotError(Exception):
    """An error response; a status without errors has no body."""

    status: int
    code: str = ""
    message: str = ""
    field: str | None = None
    data: str | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


def unknown_group(group: str) -> SpotError:
    """Return the error for an unknown group id."""
    return SpotError(400, "GROUP_DOESNT_EXIST", f"Group {group} doesn't exist")


def invalid(message: str, path: str) -> SpotError:
    """Return the error for an invalid body; `path` is the key, such as group.capacity.minimum."""
    return SpotError(400, "ValidationError", message, f"body:{path}")


def render(request: Request, answer: Answer, now: float) -> Response:
    """Write a successful response."""
    response: JSON = {"status": {"code": 200, "message": "OK"}}
    if answer.kind is not None:
        response["kind"] = answer.kind
    if answer.items is not None:
        response |= {"items": list(answer.items), "count": len(answer.items)}
    return _response(request, response, 200, now)


def render_error(request: Request, error: SpotError, now: float) -> Response:
    """Write an error response; 401 and server errors have no details."""
    if not error.code and error.data is None:
        return Response(status=error.status)
    response: JSON = {"status": {"code": error.status, "message": http.HTTPStatus(error.status).phrase}}
    if error.data is not None:
        response["data"] = error.data
    else:
        entry = {"code": error.code, "message": error.message}
        response["errors"] = [entry | ({"field": error.field} if error.field else {})]
    answer = _response(request, response, error.status, now)
    answer.headers.update(error.headers)
    return answer


def _response(request: Request, response: JSON, status: int, now: float) -> Response:
    query = request.query_string.decode("ascii", "replace")
    envelope = {
        "request": {
            "id": str(uuid.uuid4()),
            "url": request.path + (f"?{query}" if query else ""),
            "method": request.method,
            "timestamp": zulu(now),
        },
        "response": response,
    }
    return Response(json.dumps(envelope), status=status, content_type="application/json; charset=utf-8")
