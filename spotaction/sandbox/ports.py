"""A port on the loopback interface behind which a WSGI application answers."""

import socket
import struct
import threading
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_POLL_SECONDS = 0.02
# On, with no time to linger: closing the socket resets the connection.
_RESET = struct.pack("ii", 1, 0)


class Port:
    """An open port and the thread that serves it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(WSGIRequestHandler):
    """Says nothing on stderr, and can break a connection."""

    def setup(self) -> None:
        super().setup()
        # Headers and body are two small writes, which must not wait for each other.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing: GET /sandbox/calls tells more."""

    def connection_dropped(self, error: BaseException, environ: "WSGIEnvironment | None" = None) -> None:
        """Reset a connection that a fault has broken."""
        del environ
        self.close_connection = True
        if isinstance(error, ConnectionError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
