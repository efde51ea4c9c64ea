"""Runs the action against a sandbox in the same process: no sockets, and a clock that jumps."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spotaction.sandbox.clock import Clock
from spotaction.wiring import Transport

if TYPE_CHECKING:
    import boto3

    from spotaction.sandbox.server import Sandbox

SPOT_URL = "https://api.spotinst.io"


class ActionClock:
    """The sandbox's clock, as the action's clock port."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Return sandbox time in epoch seconds."""
        return self._clock.now()

    def time(self) -> datetime:
        """Return sandbox time as an aware UTC time."""
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def sleep(self, seconds: float) -> None:
        """Wait that many sandbox seconds."""
        self._clock.sleep(seconds)


def transport(sandbox: "Sandbox") -> Transport:
    """Return a transport that sends requests for Spot's and AWS's production addresses to the sandbox, in process."""
    # Imported here: a second, which a process that only needs the clock can save.
    import requests  # noqa: PLC0415

    from spotaction.sandbox.transport import BotocoreHook, RequestsAdapter  # noqa: PLC0415

    http = requests.Session()
    http.mount("https://", RequestsAdapter(sandbox.spot_app))
    http.trust_env = False
    hook = BotocoreHook(sandbox.aws_app)

    def adjust(session: "boto3.Session") -> None:
        core = session._session  # noqa: SLF001 - boto3 has no public way
        if getattr(core, "_credentials", None) is None:  # a role's session has its own
            core.set_credentials(*sandbox.access_key)
        hook.install(session.events)

    return Transport(http, adjust, in_turn=True)
