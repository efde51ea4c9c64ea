"""A local server that notes when the first byte of the first request comes in, and answers like an empty Spot."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

_BODY = b'{"request":{},"response":{"status":{"code":200,"message":"OK"},"items":[],"count":0}}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


class Stub:
    """`first` is the moment (time.perf_counter) of the first byte, None while nothing came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.first: float | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if not connection.recv(1):
                    continue
                self.first = self.first or time.perf_counter()
                connection.recv(65536)
                connection.sendall(_ANSWER % (len(_BODY), _BODY))
