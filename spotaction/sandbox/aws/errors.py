"""Error responses in AWS's protocols: query, EC2 query, JSON and CBOR."""

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from werkzeug import Request, Response

from spotaction.sandbox.types import JSON

_THROTTLED = 400
_THROTTLING = {"ec2": ("RequestLimitExceeded", "Request limit exceeded.")}
_STATUSES = {
    "AccessDenied": 403,
    "AuthFailure": 401,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "MissingAuthenticationToken": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "UnauthorizedOperation": 403,
}


@dataclass(slots=True)
class AwsError(Exception):
    """An error response of AWS."""

    code: str
    message: str
    status: int | None = None


def fault_error(service: str, fault: JSON) -> AwsError:
    """Return the error that the service reports for a fault."""
    message = fault.get("message", "A sandbox fault failed this call.")
    match fault["effect"]:
        case "aws-throttling" | "rate-limited":
            code, text = _THROTTLING.get(service, ("Throttling", "Rate exceeded"))
            return AwsError(fault.get("code", code), fault.get("message", text))
        case "aws-error":
            return AwsError(fault["code"], message, fault.get("status"))
    codes = {401: "AuthFailure", 403: "AccessDenied", 500: "InternalFailure", 400: "ValidationError"}
    return AwsError(fault.get("code") or codes.get(fault["status"], "ServiceUnavailable"), message, fault["status"])


def render_aws_error(request: Request, service: str, error: AwsError) -> Response:
    """Return the error as a response in the request's protocol."""
    status = error.status or _status(service, error.code)
    ident = str(uuid.uuid4())
    if request.headers.get("X-Amz-Target"):
        body = json.dumps({"__type": error.code, "message": error.message})
        kind = request.content_type or "application/x-amz-json-1.0"
        return Response(body, status=status, content_type=kind, headers={"x-amzn-RequestId": ident})
    if "/operation/" in request.path:
        return _cbor(error, status)
    code, message = escape(error.code), escape(error.message)
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{ident}</RequestID></Response>"
        )
    else:
        side = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - servers' errors begin here
        body = (
            f"<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{ident}</RequestId></ErrorResponse>"
        )
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', status=status, content_type="text/xml")


def _status(service: str, code: str) -> int:
    # Only EC2 throttles with 503.
    if code == "RequestLimitExceeded":
        return 503 if service == "ec2" else _THROTTLED
    return _STATUSES.get(code, 400)


def _cbor(error: AwsError, status: int) -> Response:
    pairs = (("__type", error.code), ("message", error.message))
    body = b"\xa2" + b"".join(_cbor_text(text) for pair in pairs for text in pair)
    headers = {"smithy-protocol": "rpc-v2-cbor"}
    return Response(body, status=status, content_type="application/cbor", headers=headers)


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
