"""Why there is no response to a request of a check, in words without the request's query, headers and body."""

import socket
import ssl
from collections.abc import Callable, Iterator

import requests
from urllib3.exceptions import InvalidHeader, NewConnectionError

from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.ports import HttpRequest

_NOT_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    ssl.SSLError,
    requests.exceptions.SSLError,
    socket.gaierror,
    NewConnectionError,
)
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")


class TooLargeError(Exception):
    """The response, or what it unfolds to, has more bytes than the request allows."""


class UnreadableError(Exception):
    """The body cannot be decoded; the message says why, after "the response"."""


def no_response(request: HttpRequest, error: Exception, *, sent: bool) -> ApiError:
    """Return the error for a request without a complete response; `sent` is whether the connection was open."""
    causes = tuple(_causes(error))
    before = any(isinstance(cause, _NOT_SENT) for cause in causes)
    of_response = isinstance(error, UnicodeDecodeError) or any(isinstance(cause, InvalidHeader) for cause in causes)
    invalid = isinstance(error, ValueError) and not of_response
    return ApiError(
        f"No response to {request}: {_describe(causes, request)}.",
        service="http",
        call=str(request),
        retryable=not invalid,
        maybe_applied=sent and not before and not invalid,
        next_step=_next_step(causes),
    )


def refuse_proxy(request: HttpRequest) -> RefusedError:
    """Return the error for a request that a proxy would send on under another name."""
    return RefusedError(
        f"{request} cannot be sent through the proxy of HTTP_PROXY: without TLS, a proxy replaces the Host header.",
        next_step="add the load balancer's name to NO_PROXY, or check an HTTPS listener",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised for, through all wrappings of requests and urllib3."""
    seen: list[BaseException] = []
    left: list[object] = [error]
    while left:
        each = left.pop(0)
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            left += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _describe(causes: tuple[BaseException, ...], request: HttpRequest) -> str:
    """The innermost cause that has words of its own; wrappings come before what they wrap."""
    for cause in causes:
        words = next((describe(cause, request) for kind, describe in _WORDS if isinstance(cause, kind)), "")
        if words:
            return words
    if isinstance(causes[0], ValueError) and not any(isinstance(cause, InvalidHeader) for cause in causes):
        return f"the request is invalid ({type(causes[0]).__name__})"
    return "the connection was lost, or the response is not HTTP"


def _describe_tls(cause: BaseException, _request: HttpRequest) -> str:
    assert isinstance(cause, ssl.SSLError)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {cause.verify_message.rstrip('.')}"
    return "the port does not speak TLS" if cause.reason in _NO_TLS else f"the TLS handshake failed ({cause.reason})"


def _describe_lateness(_cause: BaseException, request: HttpRequest) -> str:
    return f"it was not complete after {request.timeout:.3g} s"


_WORDS: tuple[tuple[type[BaseException], Callable[[BaseException, HttpRequest], str]], ...] = (
    (ssl.SSLError, _describe_tls),
    (socket.gaierror, lambda _cause, _request: "the name cannot be resolved"),
    (requests.exceptions.ProxyError, lambda _cause, _request: "the proxy refused the connection"),
    (ConnectionRefusedError, lambda _cause, _request: "the connection was refused"),
    (TooLargeError, lambda _cause, request: f"the response has more than {request.largest / 1024 / 1024:g} MiB"),
    (UnreadableError, lambda cause, _request: f"the response {cause}"),
    (TimeoutError, _describe_lateness),
    (requests.Timeout, _describe_lateness),
)


def _next_step(causes: tuple[BaseException, ...]) -> str:
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            "give the host of the certificate in the check's headers (Host), or trust its issuer by REQUESTS_CA_BUNDLE"
        )
    if any(isinstance(cause, NewConnectionError | socket.gaierror) for cause in causes):
        return "check the name, the security group, and that the runner can reach the address"
    return ""
