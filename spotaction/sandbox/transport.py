"""Connects clients to a sandbox in the same process, without sockets."""

import io
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

import botocore.awsrequest
import botocore.exceptions
import botocore.hooks
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from werkzeug.test import run_wsgi_app


class RequestsAdapter(BaseAdapter):
    """An adapter for `requests.Session.mount` that sends every request to a WSGI application.

    Faults raise requests' own errors: ConnectionError for a connection refused or reset, ReadTimeout for a response
    that does not arrive.
    """

    def __init__(self, application: WSGIApplication) -> None:
        super().__init__()
        self._application = application

    def send(  # noqa: PLR0917 - requests' signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: object = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a prepared request."""
        del stream, timeout, verify, cert, proxies
        try:
            answer = _call(self._application, request.method, request.url, request.headers.items(), request.body)
        except TimeoutError as error:
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        except ConnectionError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        return _response(request, answer)

    def close(self) -> None:
        """Do nothing: there is no connection to close."""


class BotocoreHook:
    """A handler for botocore's `before-send` event that sends every AWS call to a WSGI application.

    `BotocoreHook(sandbox.aws_app).install(session.events)` connects a boto3 session; with `client.meta.events` it
    connects one client. Faults raise botocore's own errors.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def install(self, events: botocore.hooks.BaseEventHooks) -> None:
        """Register this hook for a session's or client's events."""
        events.register("before-send", self)  # type: ignore[arg-type]

    def __call__(
        self, request: botocore.awsrequest.AWSPreparedRequest, **event: object
    ) -> botocore.awsrequest.AWSResponse:
        """Send a prepared request, and return its response."""
        del event
        url = str(request.url)
        try:
            answer = _call(self._application, request.method, url, request.headers.items(), request.body)
        except TimeoutError as error:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=url, error=error) from error
        except ConnectionRefusedError as error:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url=url, error=error) from error
        except ConnectionError as error:
            raise botocore.exceptions.ConnectionClosedError(endpoint_url=url, error=error) from error
        headers = botocore.awsrequest.HeadersDict(dict(answer.headers))
        status = int(answer.status.partition(" ")[0])
        return botocore.awsrequest.AWSResponse(url, status, headers, _Raw(answer.body))  # type: ignore[arg-type]


class _Answer(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class _Raw(io.BytesIO):
    """The stream that botocore expects."""

    def stream(self, **options: object) -> list[bytes]:
        """Return the whole body at once."""
        del options
        return [self.read()]


def _call(
    application: WSGIApplication,
    method: str | None,
    url: str | None,
    headers: Iterable[tuple[str, str | bytes]],
    body: object,
) -> _Answer:
    """Call the application with an environment built here; werkzeug's test client takes far longer to build one."""
    parts = urlsplit(url or "")
    data = _bytes(body)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method or "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/" + unquote_to_bytes(parts.path.lstrip("/")).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.decode() if isinstance(value, bytes) else str(value)
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = environ.pop("HTTP_CONTENT_LENGTH", str(len(data)))
    answer, status, answer_headers = run_wsgi_app(application, environ, buffered=True)
    return _Answer(status, answer_headers.to_wsgi_list(), b"".join(answer))


def _bytes(body: object) -> bytes:
    match body:
        case None:
            return b""
        case str():
            return body.encode()
        case bytes() | bytearray():
            return bytes(body)
        case io.IOBase():
            return bytes(body.read())
    raise TypeError(f"Unsupported body type {type(body).__name__}")


def _response(request: requests.PreparedRequest, answer: _Answer) -> requests.Response:
    response = requests.Response()
    code, _, response.reason = answer.status.partition(" ")
    response.status_code = int(code)
    response.headers = CaseInsensitiveDict(answer.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(io.BytesIO(answer.body), preload_content=False, status=response.status_code)
    response.encoding = "utf-8"
    return response
