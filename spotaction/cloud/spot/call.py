"""A call to Spot and its answer, read within bounds, and the errors where none came."""

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
    """A request: the route `template` with `{groupId}`, which is also what the rate limit counts by."""

    method: str
    template: str
    group: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = field(default=None, repr=False)

    @property
    def mutation(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def path(self) -> str:
        """The template filled in."""
        return self.template.replace("{groupId}", quote(self.group, safe=""))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """A success: `items` as Spot sent them; `complete` is False when the array was missing altogether."""

    items: tuple[JsonObject, ...]
    complete: bool = True
    raw: tuple[JsonValue, ...] = field(default=(), repr=False)


class TooLongError(requests.RequestException):
    """The answer was longer than any of Spot's."""


def read_body(response: requests.Response, late: Callable[[], bool], largest: int = LARGEST) -> None:
    """Read the body of a streamed response into memory, and give its connection back, or close it when we broke off.

    The timeout of a connection starts anew with every byte, so `late` is asked after every piece. Raises
    `requests.ReadTimeout`, `TooLongError`, and `ChunkedEncodingError` for a body that ends too early.
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
    """What is there as soon as it is there: `iter_content` would wait until a piece is full."""
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
    """The error for a call that nothing came back for, or not to its end."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    sent = not isinstance(error, (*NEVER_SENT, ValueError)) and not isinstance(cause, NewConnectionError)
    return ApiError(
        f"Spot did not answer {call}: {_describe_transport_error(error, sent=sent)}.",
        service="spot",
        call=str(call),
        retryable=not isinstance(error, OURS),
        maybe_applied=call.mutation and sent,
        next_step="check the runner's network, proxy settings and the Spot URL, and run again",
    )


def not_spot(call: Call, status: int) -> ApiError:
    """The error for an answer that somebody else gave."""
    return ApiError(
        f"The answer to {call} (HTTP {status}) is not in Spot's form.",
        service="spot",
        call=str(call),
        status=status,
        retryable=True,
        maybe_applied=call.mutation,
        next_step="check the Spot URL and whether a proxy answers in its place",
    )


def _describe_transport_error(error: requests.RequestException, *, sent: bool) -> str:
    if isinstance(error, requests.Timeout):
        return "it timed out"
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS connection was not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy did not let us through"
    if isinstance(error, TooLongError):
        return "the answer does not end"
    if isinstance(error, ValueError):
        return f"the request could not be made ({type(error).__name__})"
    return "the connection broke" if sent else "no connection"
