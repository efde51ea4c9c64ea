"""Serves a sandbox on two ports of the loopback interface."""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

from spotaction.sandbox.aws import moto_backends
from spotaction.sandbox.clock import Clock, JumpingClock
from spotaction.sandbox.control_api import state
from spotaction.sandbox.faults import check_fault
from spotaction.sandbox.gateway import Gateway
from spotaction.sandbox.scenario import load_scenario
from spotaction.sandbox.spot.app import SpotApp
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_POLL_SECONDS = 0.02
# Lingering on, for zero seconds: closing the socket resets the connection.
_RESET = struct.pack("ii", 1, 0)


class Port:
    """An open port, and the thread that serves it."""

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
    """Logs nothing, and can reset a connection."""

    def setup(self) -> None:
        super().setup()
        # Headers and body are two small writes, which must not be delayed.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status without this machine's `Date`: the application's own is on the sandbox's clock."""
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing: GET /sandbox/calls shows more."""

    def connection_dropped(self, error: BaseException, environ: "WSGIEnvironment | None" = None) -> None:
        """Reset the connection if a fault broke it."""
        del environ
        self.close_connection = True
        if isinstance(error, ConnectionError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


class Sandbox:
    """A Spot account and an AWS account.

    Entering the context opens two ports on the loopback interface; the WSGI applications need none.

    Args:
        scenario: a scenario file or mapping; `schemas/scenario.schema.json` is its schema.
        clock: the sandbox's clock; by default a `JumpingClock`.
        on_kill: called for the fault effects `kill` and `kill-before`, before the connection is cut.

    Raises:
        ScenarioError: with every schema violation.
    """

    def __init__(
        self,
        scenario: Path | Mapping[str, object],
        *,
        clock: Clock | None = None,
        on_kill: Callable[[], object] | None = None,
    ) -> None:
        self._scenario = load_scenario(scenario)
        self._ports: tuple[Port, ...] = ()
        self._closed = False
        moto_backends.take(self._scenario.account)
        try:
            self._open(clock or JumpingClock(), on_kill)
        except BaseException:
            moto_backends.release(self._scenario.account)
            raise

    def __enter__(self) -> Self:
        self._ports = (Port(self.spot_app), Port(self.aws_app))
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ports and delete the account."""
        for port in self._ports:
            port.close()
        self._ports = ()
        if not self._closed:
            self._closed = True
            moto_backends.release(self._scenario.account)

    @property
    def spot_url(self) -> str:
        """The base URL of the Spot API, without a slash at the end."""
        return self._port(0)

    @property
    def aws_url(self) -> str:
        """The endpoint URL of all AWS services."""
        return self._port(1)

    @property
    def account_id(self) -> str:
        """The Spot account, act-…."""
        return self._scenario.spot_account

    @property
    def aws_account_id(self) -> str:
        """The AWS account of the load balancers and instances."""
        return self._scenario.account

    @property
    def token(self) -> str:
        """The Spot token."""
        return self._scenario.token

    @property
    def region(self) -> str:
        """The AWS region."""
        return self._scenario.region

    @property
    def world(self) -> World:
        """Everything that exists in this sandbox, for what drives it from this process, such as real traffic."""
        return self._world

    @property
    def access_key(self) -> tuple[str, str]:
        """The AWS access key id and its secret."""
        own = self._aws.keys.own
        return own.id, own.secret

    def environment(self) -> dict[str, str]:
        """Return the environment variables that direct AWS SDKs to this sandbox only."""
        ident, secret = self.access_key
        return {
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": ident,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def state(self) -> JSON:
        """Return the current state, as GET /sandbox/state shows it."""
        return state(self._world, self._spot.rate_limit)

    def calls(self) -> list[JSON]:
        """Return every call so far, as GET /sandbox/calls shows it."""
        with self._world.lock:
            return self._gate.calls.documents()

    def add_fault(self, fault: Mapping[str, object]) -> None:
        """Add an API fault or cloud fault.

        Raises:
            ScenarioError: with every schema violation.
        """
        self._gate.add_fault(check_fault(dict(fault)))

    def clear_faults(self) -> None:
        """Remove every fault that has not happened yet."""
        self._gate.clear_faults()

    def _open(self, clock: Clock, on_kill: Callable[[], object] | None) -> None:
        from spotaction.sandbox.aws.app import AwsApp  # noqa: PLC0415 - it imports moto, which takes a second

        self._world = World(self._scenario, clock)
        self._gate = Gateway(self._world, on_kill)
        self._spot = SpotApp(self._gate)
        self._aws = AwsApp(self._gate)
        self.spot_app: WSGIApplication = self._spot
        self.aws_app: WSGIApplication = self._aws
        for fault in self._scenario.faults:
            self._gate.add_fault(fault)

    def _port(self, number: int) -> str:
        if not self._ports:
            raise RuntimeError("The sandbox has no open ports; enter it with `with`, or use its WSGI applications.")
        return self._ports[number].url
