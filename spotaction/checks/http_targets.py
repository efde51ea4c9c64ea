"""Where an HTTP check sends its requests: to the listeners of the release, or to its own URL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from spotaction.checks.listener_rules import RequestLine, find_rule, name_host
from spotaction.model.check_kinds import HttpCheck, Listener
from spotaction.model.checks import Subject
from spotaction.model.ports import Endpoint, EndpointApi
from spotaction.model.resources import Route

_SCHEMES: Mapping[str, str] = {"HTTP": "http", "HTTPS": "https", "TLS": "https"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
INTERNAL = (
    "{} is an internal load balancer, which answers only inside its VPC; run the job there, or use a check of kind"
    " lambda with a function in the VPC"
)


@dataclass(frozen=True)
class HttpTarget:
    """A URL to ask, the name to connect to instead of its host, and for a listener its endpoint and route."""

    url: str
    address: str = ""
    endpoint: Endpoint | None = None
    route: Route | None = None

    @property
    def way_out(self) -> str:
        """What a person has to know if there is no connection; empty if there is nothing special."""
        if self.endpoint is None or not self.endpoint.internal:
            return ""
        return INTERNAL.format(self.endpoint.load_balancer)


class NoTargetError(Exception):
    """The check cannot be sent anywhere; the message says why."""


def find_targets(
    kind: HttpCheck, subject: Subject, endpoints: EndpointApi | None, deadline: float
) -> tuple[HttpTarget, ...]:
    """Return what the check asks, one for each listener. Raises `NoTargetError`, `ApiError` and `RefusedError`."""
    if kind.url:
        return (HttpTarget(kind.url),)
    routes = subject.stage if kind.listener is Listener.STAGE else subject.production
    if not routes:
        raise NoTargetError(
            f"this deployment has no {kind.listener} listener; name the other one in listener, or a whole url"
        )
    if endpoints is None:
        raise NoTargetError("there are no AWS credentials, with which to find the load balancer's address; use url")
    return tuple(_targets_of(kind, routes, endpoints, deadline))


def find_detour(target: HttpTarget, url: SplitResult, method: str, headers: Mapping[str, str]) -> str:
    """Return why the listener would send a request elsewhere than the target's rule; empty if it does not.

    What another rule takes says nothing about the new group, however good it looks.
    """
    if target.endpoint is None or target.route is None or not target.endpoint.rules:
        return ""
    taken = find_rule(target.endpoint, RequestLine.of(method, url, headers), target.route.rule)
    if taken is None or taken.rule == target.route.rule:
        return "" if taken else f"no rule of {target.route.label} takes it"
    own = next((rule for rule in target.endpoint.rules if rule.rule == target.route.rule), None)
    if own is not None and own.forward is not None and own.forward == taken.forward:
        return ""
    return (
        f"rule {taken.rule.rsplit('/', maxsplit=1)[-1]} takes it and not {target.route.label}; correct path, method or"
        " headers, so that the conditions of that rule are met"
    )


def _targets_of(
    kind: HttpCheck, routes: Sequence[Route], endpoints: EndpointApi, deadline: float
) -> Iterator[HttpTarget]:
    for route in dict.fromkeys(routes):
        endpoint = endpoints.read(route, deadline=deadline)
        scheme = _SCHEMES.get(endpoint.protocol, "")
        if not scheme:
            raise NoTargetError(f"{route.load_balancer}:{route.port} speaks {endpoint.protocol}, not HTTP; use url")
        own = next((rule for rule in endpoint.rules if rule.rule == route.rule), None)
        given = next((value for name, value in kind.headers.items() if name.lower() == "host"), "")
        host = urlsplit(f"//{given}").hostname if given else name_host(own) if own else ""
        if not host and own and any(each.field == "host-header" for each in own.conditions):
            raise NoTargetError(f"{route.label} has wildcards in all of its hosts; name one in headers, as Host")
        netloc = host or endpoint.address
        if endpoint.port != _DEFAULT_PORTS[scheme]:
            netloc = f"{netloc}:{endpoint.port}"
        yield HttpTarget(f"{scheme}://{netloc}{kind.path}", endpoint.address, endpoint, route)
