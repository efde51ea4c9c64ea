"""Every route that a run had to do with, as it was before the deployment, beside how the run saw it last."""

from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.deployment import Deployment, Sight
from spotaction.events import RouteChanged
from spotaction.model import Forward, Route
from spotaction.workflow.report import Report

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class RouteRow:
    """A route in words; `after` is planned, or the last that was seen."""

    where: str
    before: str
    after: str


def route_changes(report: Report) -> list[RouteRow]:
    """The routes that this run wrote, and those that it found to forward elsewhere than before the deployment."""
    written = _written(report)
    recorded = list(_recorded(report.deployment)) if report.deployment else []
    rows = [_row(sight, before) for before, sight in recorded if sight.where in written or _moved(sight, before)]
    named = {sight.where for _, sight in recorded}
    others = [RouteRow(name, str(before), str(after)) for name, (before, after) in written.items() if name not in named]
    return [*rows, *others]


def _written(report: Report) -> dict[str, tuple[Forward, Forward]]:
    """What this run wrote, from how it found each route first to what it wrote last."""
    found: dict[str, tuple[Forward, Forward]] = {}
    for entry in report.events:
        if isinstance(entry.event, RouteChanged):
            first, _ = found.get(entry.event.where, (entry.event.before, entry.event.after))
            found[entry.event.where] = (first, entry.event.after)
    return found


def _recorded(deployment: Deployment) -> Iterator[tuple[Forward, Sight]]:
    """How each route was before the deployment, for those that this run has seen."""
    pairs = deployment.snapshot.routes
    routes: list[Route | None] = [route for pair in pairs for route in (pair.prod, pair.stage)]
    for route in [*routes, *deployment.touched]:
        if route is not None and route.rule in deployment.seen:
            yield route.forward, deployment.seen[route.rule]


def _moved(sight: Sight, before: Forward) -> bool:
    return sight.forward is None or str(sight.forward) != str(before)


def _row(sight: Sight, before: Forward) -> RouteRow:
    return RouteRow(sight.where, str(before), NOT_KNOWN if sight.forward is None else str(sight.forward))
