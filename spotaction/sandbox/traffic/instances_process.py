"""The process in which a sandbox's instances answer HTTP; reads commands from stdin, one JSON object a line."""

import asyncio
import json
import math
import random
import sys
import time
from dataclasses import dataclass, field

_OK, _FAILED = (200, "OK"), (500, "Internal Server Error")
_SPREAD = 0.35  # of the logarithm of the latency: the 99th percentile is 2.3 times the median
_MAX_HEAD = 65_536


@dataclass
class Release:
    """How a release answers: `errors` is a share, `latency` the median in seconds, both for every request.

    An instance that is younger than `slow_start` seconds takes up to `slow_factor` times as long.
    """

    errors: float = 0.0
    latency: float = 0.005
    slow_start: float = 0.0
    slow_factor: float = 5.0


@dataclass
class Instance:
    """One instance: its server, and the connections that are open."""

    name: str
    version: str
    release: Release
    started: float = field(default_factory=time.monotonic)
    server: asyncio.Server | None = None
    connections: set["Connection"] = field(default_factory=set)

    def draw_latency(self) -> float:
        """Return how long the next answer takes, in seconds."""
        release = self.release
        age = time.monotonic() - self.started
        factor = 1.0
        if age < release.slow_start:
            factor += (release.slow_factor - 1) * (1 - age / release.slow_start)
        return release.latency * factor * math.exp(random.gauss(0, _SPREAD))

    def close(self) -> None:
        """Go away as a terminated instance does: nothing listens any more, and open connections are reset."""
        if self.server is not None:
            self.server.close()
        for connection in list(self.connections):
            connection.reset()


class Connection(asyncio.Protocol):
    """Answers the requests of one connection, one after the other."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._instance.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._instance.connections.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Collect a request, and answer it once its head is complete."""
        self._buffer += data
        if len(self._buffer) > _MAX_HEAD:
            self.reset()
        elif not self._busy:
            self._next_request()

    def reset(self) -> None:
        """Reset the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _next_request(self) -> None:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _content_length(head)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._busy = True
        target = head.split(b" ", 2)[1].decode("latin-1")
        asyncio.get_running_loop().call_later(self._seconds_for(target), self._answer)

    def _seconds_for(self, target: str) -> float:
        """Return how long the answer takes: `/slow/2.5` takes 2.5 seconds, anything else as long as the release."""
        if target.startswith("/slow/"):
            return float(target.removeprefix("/slow/"))
        return self._instance.draw_latency()

    def _answer(self) -> None:
        self._busy = False
        if self._transport is None:
            return
        instance = self._instance
        failed = random.random() < instance.release.errors  # noqa: S311 - not a secret
        status, reason = _FAILED if failed else _OK
        body = json.dumps({"version": instance.version, "instance": instance.name}).encode()
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-Version: {instance.version}\r\nX-Instance: {instance.name}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        self._next_request()


class Instances:
    """The instances of this process, by name."""

    def __init__(self) -> None:
        self._instances: dict[str, Instance] = {}
        self._releases: dict[str, Release] = {}

    async def execute(self, command: dict[str, object]) -> None:
        """Execute one command: `start` or `stop` an instance, or `release`, which sets how a version answers."""
        match command["do"]:
            case "start":
                await self._start(str(command["name"]), str(command["version"]), str(command["address"]), command)
            case "stop":
                found = self._instances.pop(str(command["name"]), None)
                if found is not None:
                    found.close()
            case "release":
                self._set_release(str(command["version"]), Release(**command["values"]))  # type: ignore[arg-type]

    async def _start(self, name: str, version: str, address: str, command: dict[str, object]) -> None:
        instance = Instance(name, version, self._releases.setdefault(version, Release()))
        loop = asyncio.get_running_loop()
        instance.server = await loop.create_server(lambda: Connection(instance), address, int(str(command["port"])))
        self._instances[name] = instance

    def _set_release(self, version: str, release: Release) -> None:
        self._releases[version] = release
        for instance in self._instances.values():
            if instance.version == version:
                instance.release = release


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def serve() -> None:
    """Execute the commands on stdin until it ends; each is acknowledged by a line on stdout."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    instances = Instances()
    while line := await reader.readline():
        try:
            await instances.execute(json.loads(line))
        except OSError as error:
            sys.stdout.write(f"{error}\n")
        else:
            sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
