"""The routes table of the summary: each route before the deployment, and as this run last read or wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, ObservedRoute
from spotaction.model.events import RouteChanged
from spotaction.model.resources import Forward, Route

UNKNOWN = "unknown"


@dataclass(frozen=True)
class RouteRow:
    """A route as text; `after` is its last known forward, or the planned one."""

    where: str
    before: str
    after: str


def route_changes(report: RunReport) -> list[RouteRow]:
    """Return the routes that this run wrote, and those whose forward differs from before the deployment."""
    written = _written_forwards(report)
    recorded = list(_recorded_forwards(report.deployment)) if report.deployment else []
    rows = [
        _to_row(observed, before)
        for before, observed in recorded
        if observed.where in written or _is_changed(observed, before)
    ]
    named = {observed.where for _, observed in recorded}
    others = [RouteRow(name, str(before), str(after)) for name, (before, after) in written.items() if name not in named]
    return [*rows, *others]


def _written_forwards(report: RunReport) -> dict[str, tuple[Forward, Forward]]:
    """Each written route with its forward before the first write and after the last."""
    found: dict[str, tuple[Forward, Forward]] = {}
    for entry in report.events:
        if isinstance(entry.event, RouteChanged):
            first, _ = found.get(entry.event.where, (entry.event.before, entry.event.after))
            found[entry.event.where] = (first, entry.event.after)
    return found


def _recorded_forwards(deployment: Deployment) -> Iterator[tuple[Forward, ObservedRoute]]:
    """The forward of each route before the deployment, for the routes that this run has read or written."""
    pairs = deployment.snapshot.routes
    routes: list[Route | None] = [route for pair in pairs for route in (pair.prod, pair.stage)]
    for route in [*routes, *deployment.standalone_routes]:
        if route is not None and route.rule in deployment.observed_routes:
            yield route.forward, deployment.observed_routes[route.rule]


def _is_changed(observed: ObservedRoute, before: Forward) -> bool:
    return observed.forward is None or str(observed.forward) != str(before)


def _to_row(observed: ObservedRoute, before: Forward) -> RouteRow:
    return RouteRow(observed.where, str(before), UNKNOWN if observed.forward is None else str(observed.forward))
