"""The control routes under /sandbox/: state, calls, faults and clock."""

import json
from collections.abc import Callable
from typing import Protocol

from werkzeug import Request, Response

from spotaction.sandbox.aws.target_health import Target
from spotaction.sandbox.clock import JumpingClock
from spotaction.sandbox.faults import check_fault
from spotaction.sandbox.gateway import Gateway
from spotaction.sandbox.scenario import ScenarioError
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.spot.rate_limit import RateLimit
from spotaction.sandbox.spot.view import health_item, status_item, suspension_item
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World


class _Counter(Protocol):
    blocked_calls: int


class ControlApi:
    """Serves the control routes, which are neither rate-limited nor recorded."""

    def __init__(self, gate: Gateway, rate_limit: RateLimit) -> None:
        self._gate = gate
        self._world = gate.world
        self._rate_limit = rate_limit

    def answer(self, request: Request) -> Response:
        """Serve one control request."""
        try:
            return self._route(request)
        except (ScenarioError, ValueError, LookupError) as error:
            problems = error.problems if isinstance(error, ScenarioError) else (str(error),)
            return _json({"problems": list(problems)}, 400)

    def _route(self, request: Request) -> Response:
        routes: dict[str, Callable[[], object]] = {
            "GET state": lambda: state(self._world, self._rate_limit),
            "GET calls": self._gate.calls.documents,
            "GET faults": self._gate.fault_documents,
            "POST faults": lambda: self._add_fault(_body(request)),
            "DELETE faults": self._clear_faults,
            "GET clock": self._time,
            "POST clock": lambda: self._advance(_body(request)),
        }
        name = f"{request.method} {request.path.removeprefix('/sandbox/')}"
        if name not in routes:
            return _json({"problems": [f"Not found: {request.method} {request.path}"]}, 404)
        return _json(routes[name]())

    def _add_fault(self, body: object) -> list[JSON]:
        self._gate.add_fault(check_fault(body))
        return self._gate.fault_documents()

    def _clear_faults(self) -> list[JSON]:
        self._gate.clear_faults()
        return []

    def _advance(self, body: JSON) -> JSON:
        if not isinstance(self._world.clock, JumpingClock):
            raise ValueError("Only a JumpingClock can be advanced.")  # noqa: TRY004 - the request is at fault
        self._world.clock.sleep(float(body["seconds"]))
        return self._time()

    def _time(self) -> JSON:
        with self._world.lock:
            self._world.settle()
            return _now(self._world)


def state(world: World, rate_limit: _Counter) -> JSON:
    """Return the current state, as GET /sandbox/state shows it."""
    with world.lock:
        world.settle()
        world.observe()
        return {
            "time": _now(world),
            "groups": [_group(world, group) for group in world.groups.values() if not group.filler],
            "routes": _routes(world),
            "target-health": _target_health(world),
            "production": world.production.view(),
            "alarms": world.alarms.states(),
            "blocked-calls": rate_limit.blocked_calls,
        }


def _now(world: World) -> JSON:
    return {"now": world.timeline.now, "elapsed": world.timeline.elapsed}


def _group(world: World, group: Group) -> JSON:
    now = world.timeline.now
    members = list(group.present())
    return {
        "id": group.id,
        "name": group.name,
        "description": group.document.get("description"),
        "image": group.image,
        "capacity": {key: group.capacity[key] for key in ("minimum", "target", "maximum")},
        "created": group.created_at,
        "deleted": group.deleted_at,
        "instances": [
            {
                "id": member.instance,
                "phase": member.phase,
                "status": status_item(group, member)["status"],
                "image": member.image,
                "health": health_item(group, member)["healthStatus"],
            }
            for member in members
        ],
        "suspensions": suspension_item(group, now, expiry=True)["suspensions"],
        "suspended-policies": sorted(group.suspended_policies),
        "target-groups": group.target_groups(),
    }


def _routes(world: World) -> list[JSON]:
    return [
        {
            "name": route.name,
            "rule": route.rule,
            "forward": [{"target-group": arn, "weight": weight} for arn, weight in route.shares],
        }
        for route in world.balancers.routes()
    ]


def _target_health(world: World) -> JSON:
    arns = world.account.elb.target_groups
    return {arn: [_target(target) for target in world.targets.of(arn)] for arn in arns}


def _target(target: Target) -> JSON:
    return {"instance": target.instance, "port": target.port, "state": target.state, "reason": target.reason}


def _body(request: Request) -> JSON:
    body: JSON = json.loads(request.get_data(as_text=True))
    return body


def _json(document: object, status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json")
