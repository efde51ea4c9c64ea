"""The Spot API as a WSGI application, together with the sandbox's control routes."""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from spotaction.sandbox.calls import Call
from spotaction.sandbox.control_api import ControlApi
from spotaction.sandbox.gateway import Gateway
from spotaction.sandbox.spot import activity, groups, instances, rolls, suspensions
from spotaction.sandbox.spot.rate_limit import RateLimit, Verdict
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import Answer, SpotError, render, render_error
from spotaction.sandbox.types import JSON

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Handler = Callable[[SpotRequest], Answer]

_GROUP = "/aws/ec2/group/{id}"
_INSTANCE = "/aws/ec2/instance/{id}"
ROUTES: dict[str, Handler] = {
    "POST /aws/ec2/group": groups.create,
    "GET /aws/ec2/group": groups.list_all,
    f"GET {_GROUP}": groups.get,
    f"PUT {_GROUP}": groups.update,
    f"DELETE {_GROUP}": groups.delete,
    f"PUT {_GROUP}/capacity": groups.capacity,
    f"PUT {_GROUP}/scale/up": groups.scale_up,
    f"PUT {_GROUP}/scale/down": groups.scale_down,
    f"PUT {_GROUP}/detachInstances": instances.detach,
    f"GET {_GROUP}/status": instances.status,
    f"GET {_GROUP}/instanceHealthiness": instances.healthiness,
    f"POST {_GROUP}/suspension": suspensions.create,
    f"GET {_GROUP}/suspension": suspensions.list_all,
    f"DELETE {_GROUP}/suspension": suspensions.delete,
    f"POST {_GROUP}/scale/suspendPolicy": suspensions.suspend_policy,
    f"POST {_GROUP}/scale/resumePolicy": suspensions.resume_policy,
    f"GET {_GROUP}/scale/suspensions": suspensions.list_policies,
    f"PUT {_GROUP}/roll": rolls.start,
    f"GET {_GROUP}/roll": rolls.list_all,
    f"GET {_GROUP}/roll/{{rollId}}": rolls.get,
    f"PUT {_GROUP}/roll/{{rollId}}": rolls.stop,
    f"GET {_GROUP}/roll/{{rollId}}/status": rolls.detail,
    f"GET {_GROUP}/events": activity.events,
    f"GET {_GROUP}/logs": activity.logs,
    f"GET {_INSTANCE}": instances.get,
    f"POST {_INSTANCE}/lock": instances.lock,
    f"POST {_INSTANCE}/unlock": instances.unlock,
    f"POST {_INSTANCE}/standby/enter": instances.enter_standby,
    f"POST {_INSTANCE}/standby/exit": instances.exit_standby,
    "POST /aws/ec2/instance/interruption": instances.interruption,
    "GET /setup/account": activity.account,
}


class SpotApp:
    """Serves the Spot API and the control routes."""

    def __init__(self, gate: Gateway) -> None:
        self._gate = gate
        self._world = gate.world
        self.rate_limit = RateLimit(gate.world.scenario.rate_limit)
        self._control = ControlApi(gate, self.rate_limit)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        if request.path.startswith("/sandbox/"):
            return self._control.answer(request)(environ, start_response)
        name, _ = _match(request.method, request.path)
        response = self._gate.pass_through(request, "spot", name, mutation=request.method != "GET", handler=self)
        return response(environ, start_response)

    def serve(self, request: Request, call: Call) -> Response:
        """Execute a call, and return its response or error."""
        now = self._world.timeline.now
        verdict = self.rate_limit.judge(call.name, now)
        try:
            response = render(request, self._answer(request, call, verdict), now)
        except SpotError as error:
            response = render_error(request, error, now)
        response.headers.update(verdict.headers)
        return response

    def fail(self, request: Request, call: Call, fault: JSON) -> Response:
        """Return the error response that a fault specifies."""
        now = self._world.timeline.now
        if fault["effect"] == "rate-limited":
            verdict = self.rate_limit.block(call.name, now, fault.get("reset", 30))
            error = SpotError(429, data="Rate limit exceeded", headers=verdict.headers)
        elif fault["effect"] == "aws-throttling":
            error = SpotError(400, fault.get("code", "RequestLimitExceeded"), "Request limit exceeded.")
        elif "code" in fault:
            error = SpotError(fault.get("status", 400), fault["code"], fault.get("message", "It failed."))
        else:
            error = SpotError(fault["status"])
        return render_error(request, error, now)

    def _answer(self, request: Request, call: Call, verdict: Verdict) -> Answer:
        self._authorize(request)
        if not verdict.passes:
            raise SpotError(429, data="Rate limit exceeded")
        return self._handle(request, call)

    def _handle(self, request: Request, call: Call) -> Answer:
        handler = ROUTES.get(call.name)
        if handler is None:
            raise SpotError(404, "NOT_FOUND", f"There is no {call.name}")
        _, path = _match(request.method, request.path)
        return handler(SpotRequest(self._world, dict(path), request.args.to_dict(), _json(request)))

    def _authorize(self, request: Request) -> None:
        scenario = self._world.scenario
        if request.headers.get("Authorization") != f"Bearer {scenario.token}":
            raise SpotError(401)
        if request.args.get("accountId", scenario.spot_account) != scenario.spot_account:
            raise SpotError(400, "Account_DOESNT_EXIST", f"Account {request.args['accountId']} doesn't exist")


@functools.lru_cache(maxsize=1024)
def _match(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    """Return the name of a call and the parameters in its path; unknown ones are named by their path."""
    try:
        endpoint, arguments = _routes().match(path, method)
    except HTTPException:
        return f"{method} {path}", {}
    return str(endpoint), arguments


@functools.cache
def _routes() -> MapAdapter:
    return Map([_rule(call) for call in ROUTES]).bind("")


def _rule(call: str) -> Rule:
    method, path = call.split(" ")
    return Rule(path.replace("{", "<").replace("}", ">"), endpoint=call, methods=[method])


def _json(request: Request) -> object:
    text = request.get_data(as_text=True)
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise SpotError(400, "ValidationError", "The body is not JSON", "body") from error


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON.")
