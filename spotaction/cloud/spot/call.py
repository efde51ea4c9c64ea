"""A call to Spot, its response read within limits, and the errors if there is none."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from spotaction.model.errors import ApiError
from spotaction.model.resources import JsonObject, JsonValue

NEVER_SENT = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
OURS = (requests.exceptions.SSLError, ValueError)  # requests' InvalidURL, InvalidHeader … are ValueErrors
LARGEST = 64 * 1024 * 1024  # bytes; a list of thousands of groups has a few million
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Call:
    """A request. `template` is the route with `{groupId}`, by which the rate limit counts."""

    method: str
    template: str
    group: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = field(default=None, repr=False)

    @property
    def mutation(self) -> bool:
        """Whether the call changes something."""
        return self.method != "GET"

    @property
    def path(self) -> str:
        """The template with the group's id."""
        return self.template.replace("{groupId}", quote(self.group, safe=""))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """A successful response: `items` as Spot sent them; `complete` is False if the array was missing."""

    items: tuple[JsonObject, ...]
    complete: bool = True
    raw: tuple[JsonValue, ...] = field(default=(), repr=False)


class TooLongError(requests.RequestException):
    """The response exceeded the size limit."""


def read_body(response: requests.Response, late: Callable[[], bool], largest: int = LARGEST) -> None:
    """Read the body of a streamed response into memory, and release or close its connection.

    A connection's timeout restarts with every byte, so `late` is called after every piece. Raises
    `requests.ReadTimeout`, `TooLongError` beyond `largest` bytes, and `ChunkedEncodingError` for a truncated body.
    """
    try:
        body = b"".join(_read_pieces(response, late, largest))
    except ReadTimeoutError:
        raise requests.ReadTimeout from None
    except HTTPError:
        raise requests.exceptions.ChunkedEncodingError from None
    finally:
        response.close()
    response.raw = io.BytesIO(body)


def _read_pieces(response: requests.Response, late: Callable[[], bool], largest: int) -> Iterator[bytes]:
    """Bytes as soon as they arrive; `iter_content` would wait for a full piece."""
    response.raw.decode_content = True
    size = 0
    while piece := response.raw.read1(_PIECE):
        yield piece
        size += len(piece)
        if size > largest:
            raise TooLongError
        if late():
            raise requests.ReadTimeout


def no_answer(call: Call, error: requests.RequestException) -> ApiError:
    """Return the error for a call without a response, or with a truncated one."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    sent = not isinstance(error, (*NEVER_SENT, ValueError)) and not isinstance(cause, NewConnectionError)
    return ApiError(
        f"No response from Spot for {call}: {_describe_transport_error(error, sent=sent)}.",
        service="spot",
        call=str(call),
        retryable=not isinstance(error, OURS),
        maybe_applied=call.mutation and sent,
        next_step="check the runner's network, the proxy settings and the Spot URL, then run again",
    )


def not_spot(call: Call, status: int) -> ApiError:
    """Return the error for a response that did not come from Spot."""
    return ApiError(
        f"The response to {call} (HTTP {status}) is not a response of the Spot API.",
        service="spot",
        call=str(call),
        status=status,
        retryable=True,
        maybe_applied=call.mutation,
        next_step="check the Spot URL, and whether a proxy responds instead",
    )


def _describe_transport_error(error: requests.RequestException, *, sent: bool) -> str:
    if isinstance(error, requests.Timeout):
        return "the request timed out"
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused the connection"
    if isinstance(error, TooLongError):
        return "the response is too large"
    if isinstance(error, ValueError):
        return f"the request is invalid ({type(error).__name__})"
    return "the connection was lost" if sent else "the connection failed"
