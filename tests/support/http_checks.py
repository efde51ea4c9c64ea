"""A release to check by requests: its rules, its load balancer, and a client with scripted responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from spotaction.checks.ports import CheckPorts
from spotaction.model.checks import Subject
from spotaction.model.deployment import Run
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.ports import (
    Endpoint,
    EndpointApi,
    HttpClient,
    HttpRequest,
    HttpResponse,
    ListenerRule,
    RuleCondition,
)
from spotaction.model.resources import AppName, Forward, Image, ImageId, ListenerArn, Route, RuleArn
from tests.support.fakes import GREEN, HEAD, FakeClock

ADDRESS = "web-alb-123.us-east-1.elb.amazonaws.com"
HOST = RuleCondition("host-header", ("*.example.com", "www.example.com"))

STAGE = Route(
    "web-alb",
    ListenerArn(f"{HEAD}listener/app/web-alb/1/2"),
    8443,
    RuleArn(f"{HEAD}listener-rule/app/web-alb/1/2/stage"),
    is_default=False,
    forward=Forward.to_one(GREEN),
)

Reply = HttpResponse | ApiError | RefusedError


def reply(status: int = 200, body: bytes = b"", *, seconds: float = 0.08, **headers: str) -> HttpResponse:
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, seconds)


def lost(*, sent: bool) -> ApiError:
    return ApiError(
        "No response to GET https://www.example.com:8443/health: it was lost.",
        service="http",
        call="GET",
        maybe_applied=sent,
        next_step="" if sent else "check the name",
    )


@dataclass
class ScriptedClient(HttpClient):
    """Answers each request with the next reply, and further ones with the last; each takes `took` on the clock."""

    replies: Sequence[Reply]
    clock: FakeClock = field(default_factory=FakeClock)
    took: float = 0.0
    sent: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        self.clock.passed += self.took
        found = self.replies[min(len(self.sent), len(self.replies)) - 1]
        if isinstance(found, HttpResponse):
            return found
        raise found


@dataclass
class FakeEndpoints(EndpointApi):
    """Endpoints by the port of their listener; `read_routes` are the routes that were asked for."""

    endpoints: Mapping[int, Endpoint]
    read_routes: list[Route] = field(default_factory=list)

    def read(self, route: Route, *, deadline: float = inf) -> Endpoint:
        assert deadline > 0
        self.read_routes.append(route)
        if route.port not in self.endpoints:
            raise RefusedError(f"Listener {route.port} does not exist.", next_step="check the ARN")
        return self.endpoints[route.port]


def endpoint(
    *conditions: RuleCondition,
    before: Sequence[ListenerRule] = (),
    protocol: str = "HTTPS",
    port: int = 8443,
    internal: bool = False,
    address: str = ADDRESS,
) -> Endpoint:
    """The endpoint of the stage listener, whose rule has these conditions; the rules `before` are tried first."""
    rules = (*before, ListenerRule(STAGE.rule, conditions, STAGE.forward))
    return Endpoint("web-alb", address, port, protocol, internal, rules)


def subject(stage: Sequence[Route] = (STAGE,), production: Sequence[Route] = ()) -> Subject:
    return Subject(
        app=AppName("web"),
        environment="prod",
        region="us-east-1",
        run=Run(),
        step="smoke",
        image=Image(ImageId("ami-1"), "web-1"),
        new=None,
        old=None,
        stage=tuple(stage),
        production=tuple(production),
    )


def ports(client: HttpClient, *endpoints: Endpoint, clock: FakeClock | None = None) -> CheckPorts:
    found = FakeEndpoints({each.port: each for each in endpoints}) if endpoints else None
    return CheckPorts(clock or FakeClock(), endpoints=found, http=client)
