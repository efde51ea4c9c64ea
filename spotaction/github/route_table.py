"""Every route that a run had to do with, as it was before the deployment, beside how the run saw it last."""

from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, ObservedRoute
from spotaction.model.events import RouteChanged
from spotaction.model.resources import Forward, Route

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class RouteRow:
    """A route in words; `after` is planned, or the last that was seen."""

    where: str
    before: str
    after: str


def route_changes(report: RunReport) -> list[RouteRow]:
    """The routes that this run wrote, and those that it found to forward elsewhere than before the deployment."""
    written = _written_forwards(report)
    recorded = list(_recorded_forwards(report.deployment)) if report.deployment else []
    rows = [
        _to_row(sight, before) for before, sight in recorded if sight.where in written or _is_changed(sight, before)
    ]
    named = {sight.where for _, sight in recorded}
    others = [RouteRow(name, str(before), str(after)) for name, (before, after) in written.items() if name not in named]
    return [*rows, *others]


def _written_forwards(report: RunReport) -> dict[str, tuple[Forward, Forward]]:
    """What this run wrote, from how it found each route first to what it wrote last."""
    found: dict[str, tuple[Forward, Forward]] = {}
    for entry in report.events:
        if isinstance(entry.event, RouteChanged):
            first, _ = found.get(entry.event.where, (entry.event.before, entry.event.after))
            found[entry.event.where] = (first, entry.event.after)
    return found


def _recorded_forwards(deployment: Deployment) -> Iterator[tuple[Forward, ObservedRoute]]:
    """How each route was before the deployment, for those that this run has seen."""
    pairs = deployment.snapshot.routes
    routes: list[Route | None] = [route for pair in pairs for route in (pair.prod, pair.stage)]
    for route in [*routes, *deployment.standalone_routes]:
        if route is not None and route.rule in deployment.observed_routes:
            yield route.forward, deployment.observed_routes[route.rule]


def _is_changed(sight: ObservedRoute, before: Forward) -> bool:
    return sight.forward is None or str(sight.forward) != str(before)


def _to_row(sight: ObservedRoute, before: Forward) -> RouteRow:
    return RouteRow(sight.where, str(before), NOT_KNOWN if sight.forward is None else str(sight.forward))
