"""Connections to addresses that were checked before, with the name that the certificate has to have."""

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from spotaction.cloud.addresses import Address


class Dial:
    """The connection of one request: where it may go, since when it is open, and how to end it from another thread."""

    def __init__(self) -> None:
        self.addresses: tuple[Address, ...] = ()
        self.proxied = False
        self.connected_at = 0.0
        self._line: socket.socket | None = None
        self._hung_up = False

    @property
    def is_connected(self) -> bool:
        """Whether the request could be sent; through a proxy that cannot be told, and counts."""
        return self.proxied or self.connected_at > 0

    def connect(self, port: int, seconds: float) -> socket.socket:
        """Return a connection to the first address that answers within its share of `seconds`. Raises `OSError`."""
        until, error = time.monotonic() + seconds, OSError("no address")
        for index, address in enumerate(self.addresses):
            share = (until - time.monotonic()) / (len(self.addresses) - index)
            try:
                found = socket.create_connection((str(address), port), timeout=max(share, 0.1))
            except OSError as failure:
                error = failure
                continue
            found.settimeout(seconds)
            self._line = found.dup()  # TLS takes the socket itself over
            if self._hung_up:
                self.hang_up()
            return found
        raise error

    def hang_up(self) -> None:
        """End the connection, now and whenever it opens."""
        self._hung_up = True
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


class PinnedAdapter(HTTPAdapter):
    """Sends requests over connections of a dial, or through a proxy; certificates are checked for `server_name`."""

    def __init__(self, dial: Dial, *, server_name: str) -> None:
        self._dial = dial
        self._names = {"server_hostname": server_name}
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:  # noqa: FBT001, FBT002, ANN401 - requests' form
        self.poolmanager = _PinnedPools(
            self._dial, num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs, **self._names
        )

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:  # noqa: ANN401 - requests' form
        return super().proxy_manager_for(proxy, **proxy_kwargs, **self._names)


class _PinnedPools(PoolManager):
    """Pools whose connections are made by a dial."""

    def __init__(self, dial: Dial, **settings: Any) -> None:  # noqa: ANN401 - urllib3's form
        self._dial = dial
        super().__init__(**settings)

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        kinds: Mapping[str, Any] = {"http": _PinnedHttp, "https": _PinnedHttps}
        pool.ConnectionCls = partial(kinds[scheme], self._dial)  # type: ignore[assignment]
        return pool


class _PinnedHttp(HTTPConnection):
    def __init__(self, dial: Dial, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's form
        self._dial = dial
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        try:
            return self._dial.connect(self.port, float(self.timeout or 0.0))
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def connect(self) -> None:
        super().connect()
        self._dial.connected_at = time.monotonic()


class _PinnedHttps(_PinnedHttp, HTTPSConnection):
    """The same with TLS, whose handshake is over when the connection counts as made."""
