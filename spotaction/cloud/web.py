"""Sends the requests of checks: within a time, to an address that was checked, under the name that is expected."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import select_proxy

from spotaction.cloud.addresses import Resolve, require_allowed, resolve_host
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.idle import do_nothing, join_thread
from spotaction.cloud.pinned import Dial, PinnedAdapter
from spotaction.cloud.web_errors import TooLargeError, UnreadableError, no_response, refuse_proxy
from spotaction.model.errors import SpotactionError
from spotaction.model.ports import HttpClient, HttpRequest, HttpResponse

_PIECE = 64 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ZIPPED = {"gzip", "x-gzip", "deflate"}
_ANY_ZIP = 47  # zlib's form with a header of gzip or zlib, whichever there is


class WebClient(HttpClient):
    """Sends each request over a connection of its own, in a thread that is left to itself when time is up.

    `on_idle` runs every few seconds until the response is there, and may raise to end that.

    Proxies and certificates are those of the environment variables that requests knows, `.netrc` is not used.
    """

    def __init__(
        self,
        interrupt: Cancellation,
        *,
        user_agent: str = "spotaction",
        resolve: Resolve = resolve_host,
        on_idle: Callable[[], None] = do_nothing,
    ) -> None:
        self._interrupt = interrupt
        self._on_idle = on_idle
        self._user_agent = " ".join(user_agent.encode("ascii", "replace").decode().split())
        self._resolve = resolve

    def send(self, request: HttpRequest) -> HttpResponse:
        exchange = _Exchange(request, self._user_agent, self._resolve)
        try:
            with self._interrupt.during_read():
                exchange.start()
                result = exchange.wait(request.timeout, self._on_idle)
        finally:
            exchange.abandon()
        self._interrupt.raise_if_cancelled()
        if isinstance(result, HttpResponse):
            return result
        raise result or no_response(request, TimeoutError(), sent=exchange.dial.is_connected)


class _Exchange:
    """One request in a thread; a name server, a handshake and a header can all take for ever, and none can be told."""

    def __init__(self, request: HttpRequest, user_agent: str, resolve: Resolve) -> None:
        self.dial = Dial()
        self._result: HttpResponse | SpotactionError | None = None
        self._request = request
        self._url = urlsplit(request.url)
        self._user_agent = user_agent
        self._resolve = resolve
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"check {self._url.hostname}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self, seconds: float, on_idle: Callable[[], None]) -> HttpResponse | SpotactionError | None:
        """Return what came within so many seconds; None if nothing did. Raises what `on_idle` raises meanwhile."""
        join_thread(self._thread, seconds, on_idle)
        return self._result

    def abandon(self) -> None:
        """End the connection, if it is not over: a thread that waits for a byte then wakes up and ends."""
        self._abandoned.set()
        self.dial.hang_up()

    def _run(self) -> None:
        try:
            self._result = self._send()
        except SpotactionError as error:
            self._result = error
        except Exception as error:  # noqa: BLE001 - whatever a server sends, or a library makes of it
            self._result = no_response(self._request, error, sent=self.dial.is_connected)

    def _send(self) -> HttpResponse:
        request, session = self._request, requests.Session()
        target = self._target()
        settings: Any = session.merge_environment_settings(target, {}, stream=True, verify=None, cert=None)
        self.dial.proxied = bool(select_proxy(target, settings["proxies"]))
        self._find_address()
        adapter = PinnedAdapter(self.dial, server_name=self._url.hostname or "")
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        started = time.monotonic()
        try:
            response = session.request(
                request.method,
                target,
                data=request.body or None,
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity", **self._headers()},
                auth=_NoAuth(),
                timeout=request.timeout,
                allow_redirects=False,
                **settings,
            )
            with response:
                body = b"".join(self._read_body(response))
        finally:
            session.close()
        seconds = time.monotonic() - max(started, self.dial.connected_at)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status_code, headers, _unzip(body, headers, request.largest), seconds)

    def _target(self) -> str:
        """The URL with the name to connect to; the one that is expected is sent as `Host` and in the handshake."""
        host = self._request.address or self._url.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return SplitResult(self._url.scheme, f"{shown}:{self._port}", self._url.path, self._url.query, "").geturl()

    @property
    def _port(self) -> int:
        if self._url.scheme not in _DEFAULT_PORTS:
            raise ValueError(self._url.scheme)
        return self._url.port or _DEFAULT_PORTS[self._url.scheme]

    def _headers(self) -> dict[str, str]:
        given = dict(self._request.headers)
        if any(name.lower() == "host" for name in given):
            return given
        host = self._url.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return {"Host": shown if self._port == _DEFAULT_PORTS[self._url.scheme] else f"{shown}:{self._port}", **given}

    def _find_address(self) -> None:
        """The addresses to connect to, and no other: a name that is resolved again may be elsewhere then."""
        request, host = self._request, self._request.address or self._url.hostname or ""
        if self.dial.proxied and self._url.scheme == "http" and request.address:
            raise refuse_proxy(request)
        try:
            self.dial.addresses = tuple(self._resolve(host, self._port))
        except OSError:
            if not self.dial.proxied:  # a proxy may know names that this machine does not
                raise
        require_allowed(host, self.dial.addresses, request.allowed)

    def _read_body(self, response: requests.Response) -> Iterator[bytes]:
        """Bytes as they arrive, still encoded: what a piece unfolds to has no limit."""
        size = 0
        while piece := response.raw.read1(_PIECE, decode_content=False):
            yield piece
            size += len(piece)
            if size > self._request.largest or self._abandoned.is_set():
                raise TooLargeError


class _NoAuth(AuthBase):
    """Passed as `auth`, so that nothing of a .netrc on the runner is sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _unzip(body: bytes, headers: dict[str, str], largest: int) -> bytes:
    """The decoded body of a server that encodes although it was asked not to."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in _ZIPPED:
        raise UnreadableError(f"is encoded with {encoding[:40]!r}, although plain text was asked for")
    unzipped = zlib.decompressobj(_ANY_ZIP)
    try:
        plain = unzipped.decompress(body, largest + 1)
    except zlib.error:
        raise UnreadableError(f"is not {encoding}, as its header says") from None
    if len(plain) > largest:
        raise TooLargeError
    if not unzipped.eof:
        raise UnreadableError("was cut off")
    return plain
