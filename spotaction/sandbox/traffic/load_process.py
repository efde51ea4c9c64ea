"""The process that sends requests and logs each answer; its plan is one line of JSON on stdin.

It stops when stdin ends, once the requests in flight have been answered.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_FLUSH_SECONDS = 0.05
_CONNECT_SECONDS = 5.0
#: Headers of an answer that are logged; the load balancer adds the last two.
_NAMED = (b"x-version", b"x-instance", b"x-target-group", b"x-target-milliseconds")


@dataclass(frozen=True)
class Plan:
    """What to send where: `rate` requests a second in all, of which `fresh` on new connections (a share).

    `kept` clients keep their connection, and `slow` clients have a request of `slow_seconds` in flight all the time.
    With `cookies` a client on a kept connection sends back the cookies that it was given. A request without an answer
    after `timeout` seconds counts as dropped.
    """

    address: str
    port: int
    host: str
    path: str = "/"
    rate: float = 600.0
    kept: int = 200
    fresh: float = 0.1
    slow: int = 4
    slow_seconds: float = 1.5
    cookies: bool = False
    timeout: float = 15.0


@dataclass
class _Exchange(asyncio.Protocol):
    """One connection, and the answer that it waits for."""

    transport: asyncio.Transport | None = None
    buffer: bytes = b""
    waiting: "asyncio.Future[bytes] | None" = None
    ended: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if found and self.waiting is not None and len(body) >= _content_length(head):
            self.buffer = b""
            self.waiting.set_result(head)
            self.waiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(exc or ConnectionResetError("closed without an answer"))


@dataclass
class _Clients:
    """All clients, and the log that they write."""

    plan: Plan
    stopped: asyncio.Event
    lines: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Send requests until stopped."""
        plan = self.plan
        quick_rate = plan.rate * (1 - plan.fresh)
        fresh_clients = max(1, int(plan.kept * plan.fresh)) if plan.fresh else 0
        tasks = [self._keep_sending("kept", plan.kept / quick_rate, index / quick_rate) for index in range(plan.kept)]
        pause = fresh_clients / (plan.rate * plan.fresh) if plan.fresh else 0.0
        tasks += [self._keep_sending("fresh", pause, pause * index / fresh_clients) for index in range(fresh_clients)]
        tasks += [self._keep_sending("slow", 0.0, 0.1 * index) for index in range(plan.slow)]
        await asyncio.gather(*tasks)

    async def _keep_sending(self, kind: str, pause: float, offset: float) -> None:
        """Send one request every `pause` seconds, or one after the other; one that is late is left out."""
        connection: _Exchange | None = None
        cookies: dict[str, str] = {}
        began = time.monotonic() + offset
        for number in itertools.count():
            late = began + number * pause - time.monotonic()
            if late < -pause and pause:
                continue
            await asyncio.sleep(max(0.0, late))
            if self.stopped.is_set():
                break
            connection = await self._send(kind, connection, cookies)
            if kind == "slow" and connection is None:
                await asyncio.sleep(self.plan.slow_seconds)
        if connection is not None and connection.transport is not None:
            connection.transport.close()

    async def _send(self, kind: str, kept: _Exchange | None, cookies: dict[str, str]) -> _Exchange | None:
        """Send one request and log its answer; returns the connection, if it may be used again."""
        began = time.monotonic()
        head, error = b"", ""
        connection = kept if kept is not None and not kept.ended else None
        try:
            async with asyncio.timeout(self.plan.timeout):
                connection = connection or await self._connect()
                head = await self._ask(connection, kind, cookies)
        except (OSError, TimeoutError) as problem:
            error = f"{type(problem).__name__}: {problem}".replace("\t", " ").replace("\n", " ")
        self._log(kind, began, head, error)
        if connection is None or connection.transport is None:
            return None
        if self.plan.cookies and kind == "kept":
            cookies.update(_cookies(head))
        refused = kind == "slow" and not _header(head, b"x-version")
        if error or refused or kind == "fresh" or b"\r\nconnection: close" in head.lower():
            connection.transport.abort() if error else connection.transport.close()
            return None
        return connection

    async def _connect(self) -> _Exchange:
        loop = asyncio.get_running_loop()
        _, connection = await asyncio.wait_for(
            loop.create_connection(_Exchange, self.plan.address, self.plan.port), _CONNECT_SECONDS
        )
        return connection

    async def _ask(self, connection: _Exchange, kind: str, cookies: dict[str, str]) -> bytes:
        assert connection.transport is not None
        connection.waiting = asyncio.get_running_loop().create_future()
        path = f"/slow/{self.plan.slow_seconds}" if kind == "slow" else self.plan.path
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        cookie = f"Cookie: {sent}\r\n" if sent else ""
        close = "Connection: close\r\n" if kind == "fresh" else ""
        connection.transport.write(f"GET {path} HTTP/1.1\r\nHost: {self.plan.host}\r\n{cookie}{close}\r\n".encode())
        return await connection.waiting

    def _log(self, kind: str, began: float, head: bytes, error: str) -> None:
        status = int(head.split(b" ", 2)[1]) if head else 0
        named = [_header(head, name) for name in _NAMED]
        fields = (f"{began:.4f}", f"{time.monotonic():.4f}", kind, str(status), *named, error)
        self.lines.append("\t".join(fields) + "\n")


def _content_length(head: bytes) -> int:
    return int(_header(head, b"content-length") or 0)


def _header(head: bytes, name: bytes) -> str:
    """Return the value of a header, or an empty string; faster than a parser, which this would spend most time in."""
    at = head.lower().find(b"\r\n" + name + b":")
    if at < 0:
        return ""
    start = at + len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip().decode("latin-1")


def _cookies(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"set-cookie":
            key, _, content = value.split(b";")[0].strip().partition(b"=")
            found[key.decode()] = content.decode()
    return found


@asynccontextmanager
async def _flushing(lines: list[str], write: Callable[[str], object]) -> AsyncIterator[None]:
    """Write the log in batches while the context is open, and what is left at its end."""

    def flush() -> None:
        if lines:
            write("".join(lines))
            lines.clear()

    async def keep_flushing() -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            flush()

    task = asyncio.create_task(keep_flushing())
    try:
        yield
    finally:
        task.cancel()
        flush()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


async def send_requests() -> None:
    """Send requests by the plan on stdin until stdin ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    clients = _Clients(Plan(**json.loads(await reader.readline())), asyncio.Event())

    async def stop_at_the_end() -> None:
        await reader.read()
        clients.stopped.set()

    stopping = asyncio.create_task(stop_at_the_end())
    async with _flushing(clients.lines, _write):
        await clients.run()
    stopping.cancel()


if __name__ == "__main__":
    asyncio.run(send_requests())
