"""Where an HTTP check sends its requests: to the listeners of the release, or to its own URL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import SplitResult, urlsplit

from spotaction.checks.http.rules import RequestLine, find_rule, name_host
from spotaction.model.check_kinds import HttpCheck, Listener
from spotaction.model.checks import Subject
from spotaction.model.ports import Endpoint, EndpointApi, ListenerRule
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
            f"this deployment has no {kind.listener} listener; set listener to the other one, or give a full url"
        )
    if endpoints is None:
        raise NoTargetError("the load balancer's address cannot be looked up without AWS credentials; use url")
    return tuple(_targets_of(kind, routes, subject, cache(partial(endpoints.read, deadline=deadline))))


def find_detour(target: HttpTarget, url: SplitResult, method: str, headers: Mapping[str, str]) -> str:
    """Return why the listener would send a request elsewhere than the target's rule; empty if it does not.

    What another rule takes says nothing about the new group, however good it looks.
    """
    if target.endpoint is None or target.route is None or not target.endpoint.rules:
        return ""
    taken = find_rule(target.endpoint, RequestLine.of(method, url, headers), target.route.rule)
    if taken is None or taken.rule == target.route.rule:
        return "" if taken else f"no rule of {target.route.label} takes it"
    own = _rule_of(target.route, target.endpoint)
    if own is not None and own.forward is not None and own.forward == taken.forward:
        return ""
    return (
        f"rule {taken.rule.rsplit('/', maxsplit=1)[-1]} takes it and not {target.route.label}; correct path, method or"
        " headers, so that the conditions of that rule are met"
    )


def _targets_of(
    kind: HttpCheck, routes: Sequence[Route], subject: Subject, find_endpoint: Callable[[Route], Endpoint]
) -> Iterator[HttpTarget]:
    for route in dict.fromkeys(routes):
        endpoint = find_endpoint(route)
        scheme = _SCHEMES.get(endpoint.protocol, "")
        if not scheme:
            raise NoTargetError(f"{route.load_balancer}:{route.port} speaks {endpoint.protocol}, not HTTP; use url")
        host = _given_host(kind) or _find_host(route, endpoint, subject, find_endpoint) or endpoint.address
        netloc = host if endpoint.port == _DEFAULT_PORTS[scheme] else f"{host}:{endpoint.port}"
        yield HttpTarget(f"{scheme}://{netloc}{kind.path}", endpoint.address, endpoint, route)


def _given_host(kind: HttpCheck) -> str:
    """The host among the check's own headers, without its port."""
    given = next((value for name, value in kind.headers.items() if name.lower() == "host"), "")
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        raise NoTargetError("Host in headers is not a host") from None


def _find_host(route: Route, endpoint: Endpoint, subject: Subject, find_endpoint: Callable[[Route], Endpoint]) -> str:
    """The host that the rule is for. One for every host is asked as production's requests ask their rule."""
    own = _rule_of(route, endpoint)
    if own is None:
        return ""
    host = name_host(own)
    if host:
        return host
    if any(each.field == "host-header" for each in own.conditions):
        raise NoTargetError(f"{route.label} has only hosts with wildcards; set one of them as Host in headers")
    for production in subject.production:
        if production.load_balancer == route.load_balancer and production.rule != route.rule:
            rule = _rule_of(production, find_endpoint(production))
            if rule is not None and (host := name_host(rule)):
                return host
    return ""


def _rule_of(route: Route, endpoint: Endpoint) -> ListenerRule | None:
    return next((rule for rule in endpoint.rules if rule.rule == route.rule), None)
