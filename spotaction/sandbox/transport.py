"""Leads clients to a sandbox in the same process, without sockets."""

import io
from collections.abc import Iterable, Mapping
from wsgiref.types import WSGIApplication

import botocore.awsrequest
import botocore.exceptions
import botocore.hooks
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from werkzeug.test import Client, TestResponse


class RequestsAdapter(BaseAdapter):
    """A transport for `requests.Session.mount`: every request goes to the application.

    What the sandbox breaks arrives as requests raises it: ConnectionError for a connection refused or reset,
    ReadTimeout for an answer that did not come.
    """

    def __init__(self, application: WSGIApplication) -> None:
        super().__init__()
        self._client = Client(application)

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
            answer = _call(self._client, request.method, request.url, request.headers.items(), request.body)
        except TimeoutError as error:
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        except ConnectionError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        return _response(request, answer)

    def close(self) -> None:
        """There is nothing to close."""


class BotocoreHook:
    """A handler for botocore's `before-send` event: every AWS call goes to the application.

    `BotocoreHook(sandbox.aws_app).install(session.events)` leads a boto3 session there, or one client with its
    `client.meta.events`. What the sandbox breaks arrives as botocore raises it.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._client = Client(application)

    def install(self, events: botocore.hooks.BaseEventHooks) -> None:
        """Answer every call of the clients behind these events."""
        events.register("before-send", self)  # type: ignore[arg-type]

    def __call__(
        self, request: botocore.awsrequest.AWSPreparedRequest, **event: object
    ) -> botocore.awsrequest.AWSResponse:
        """Answer a prepared request."""
        del event
        url = str(request.url)
        try:
            answer = _call(self._client, request.method, url, request.headers.items(), request.body)
        except TimeoutError as error:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=url, error=error) from error
        except ConnectionRefusedError as error:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url=url, error=error) from error
        except ConnectionError as error:
            raise botocore.exceptions.ConnectionClosedError(endpoint_url=url, error=error) from error
        raw = _Raw(answer.get_data())
        headers = botocore.awsrequest.HeadersDict(dict(answer.headers))
        return botocore.awsrequest.AWSResponse(url, answer.status_code, headers, raw)  # type: ignore[arg-type]


class _Raw(io.BytesIO):
    """The stream that botocore expects."""

    def stream(self, **options: object) -> list[bytes]:
        """Return the whole body at once."""
        del options
        return [self.read()]


def _call(
    client: Client, method: str | None, url: str | None, headers: Iterable[tuple[str, str | bytes]], body: object
) -> TestResponse:
    address = url or ""
    base = _base(address)
    return client.open(
        "/" + address.removeprefix(base).lstrip("/"),
        method=method or "GET",
        base_url=base,
        headers=[(key, value.decode() if isinstance(value, bytes) else str(value)) for key, value in headers],
        data=_bytes(body),
    )


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
    raise TypeError(f"A body of type {type(body).__name__} cannot be sent.")


def _base(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0].split('?', 1)[0]}"


def _response(request: requests.PreparedRequest, answer: TestResponse) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status_code
    response.reason = answer.status.partition(" ")[2]
    response.headers = CaseInsensitiveDict(answer.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(io.BytesIO(answer.get_data()), preload_content=False, status=answer.status_code)
    response.encoding = "utf-8"
    return response
