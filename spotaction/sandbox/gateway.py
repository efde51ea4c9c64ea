"""The gateway of every Spot and AWS call: adds latency, records the call, and applies faults."""

import json
from collections.abc import Callable
from typing import Protocol

from werkzeug import Request, Response
from werkzeug.http import http_date

from spotaction.sandbox.calls import Call, Calls, Service
from spotaction.sandbox.cloud_faults import CloudFaults
from spotaction.sandbox.faults import BREAKS, ApiFault, Faults
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

_DELAY = 60.0


class ConnectionCutError(ConnectionResetError):
    """The connection was reset, before or after the call took effect."""


class ConnectionNotMadeError(ConnectionRefusedError):
    """The connection was refused; the call did not reach the sandbox."""


class AnswerTimedOutError(TimeoutError):
    """The call took effect, but its response never arrived."""


class CallHandler(Protocol):
    """A service behind the gate: executes a call, or returns an error in its own format."""

    def serve(self, request: Request, call: Call) -> Response:
        """Execute the call, and return its response or error."""
        ...

    def fail(self, request: Request, call: Call, fault: JSON) -> Response:
        """Return the error response that a fault specifies."""
        ...


class Gateway:
    """Passes calls to the services, one at a time."""

    def __init__(self, world: World, on_kill: Callable[[], object] | None) -> None:
        self.world = world
        self.calls = Calls()
        self.faults = Faults()
        self.cloud_faults = CloudFaults(world)
        self._on_kill = on_kill

    def add_fault(self, document: JSON) -> None:
        """Add a validated API fault or cloud fault."""
        with self.world.lock:
            if "action" in document:
                self.cloud_faults.add(document)
            else:
                self.faults.add(document, calls_so_far=len(self.calls))

    def clear_faults(self) -> None:
        """Remove every fault that has not happened yet."""
        with self.world.lock:
            self.faults.clear()
            self.cloud_faults.clear()

    def fault_documents(self) -> list[JSON]:
        """Return all faults."""
        with self.world.lock:
            return self.faults.documents() + self.cloud_faults.documents()

    def pass_through(
        self, request: Request, service: Service, name: str, *, mutation: bool, handler: CallHandler
    ) -> Response:
        """Serve a call.

        Raises:
            ConnectionCutError: when a fault leaves the client without a response; likewise ConnectionNotMadeError
                and AnswerTimedOutError.
        """
        request.get_data()
        self.world.clock.sleep(self.world.scenario.latency)
        with self.world.lock:
            self.world.settle()
            call = self.calls.note(request, service, name, mutation=mutation, at=self.world.timeline.elapsed)
            fault = self.faults.take(call)
            call.fault = fault.effect if fault else None
            response = self._respond(request, call, handler, fault)
            self.cloud_faults.after_call(call.index)
            self.world.observe()
        if fault is not None and fault.effect in BREAKS:
            self._break(fault)
        call.status = response.status_code
        response.headers["Date"] = http_date(self.world.timeline.now)
        return response

    def _respond(self, request: Request, call: Call, handler: CallHandler, fault: ApiFault | None) -> Response:
        if call.mutation:
            self._mark_for_stale_reads()
        if fault is None or (fault.effect == "stale-read" and call.mutation):
            return self._serve(request, call, handler)
        if fault.effect == "stale-read":
            with self.world.as_before():
                return handler.serve(request, call)
        response = self._serve(request, call, handler) if fault.applied else Response()
        if fault.effect in BREAKS:
            return response
        if fault.effect in {"malformed-body", "empty-items"}:
            return _spoilt(response, fault.effect)
        return handler.fail(request, call, fault.document)

    def _serve(self, request: Request, call: Call, handler: CallHandler) -> Response:
        with self.world.as_read(call):
            return handler.serve(request, call)

    def _mark_for_stale_reads(self) -> None:
        if self.faults.stale_reads_pending():
            self.world.timeline.history.mark()
        else:
            self.world.timeline.history.unmark()

    def _break(self, fault: ApiFault) -> None:
        match fault.effect:
            case "connection-refused":
                raise ConnectionNotMadeError("The sandbox refused the connection.")
            case "timeout-after":
                self.world.clock.sleep(fault.document.get("delay", _DELAY))
                raise AnswerTimedOutError("The sandbox executed the call but did not respond.")
            case "kill" | "kill-before" if self._on_kill is not None:
                self._on_kill()
        raise ConnectionCutError("The sandbox cut the connection.")


def _spoilt(response: Response, effect: str) -> Response:
    text = response.get_data(as_text=True)
    if effect == "malformed-body":
        response.set_data(text[: len(text) // 2])
    elif response.mimetype == "application/json" and "response" in (document := json.loads(text)):
        document["response"] |= {"items": [], "count": 0}
        response.set_data(json.dumps(document))
    return response
