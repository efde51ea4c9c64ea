from dataclasses import dataclass

import pytest

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.route_table import UNKNOWN, RouteRow, route_changes
from spotaction.model.deployment import Deployment, ObservedRoute, Status
from spotaction.model.errors import ApiError, CancelledError, SpotactionError
from spotaction.model.events import RouteChanged
from spotaction.model.resources import Forward, Route
from tests.support.fakes import BLUE, GREEN, FakeRoutes, deployment, scene, swap_pair
from tests.support.guarding import PRODUCTION, STAGED, routes, safe

PAIR = swap_pair()
NAME = "web-alb:443 rule c1"


@dataclass
class Broken(FakeRoutes):
    """Routes whose writes end in an error."""

    error: SpotactionError | None = None

    def write(self, route: Route, forward: Forward) -> Route:
        del route, forward
        assert self.error is not None
        raise self.error


def record() -> Deployment:
    return deployment(PRODUCTION, STAGED, (PAIR,))


def refusal() -> ApiError:
    return ApiError("no", service="AWS", call="elbv2:ModifyRule", status=403)


def lost() -> ApiError:
    return ApiError("no answer", service="AWS", call="elbv2:ModifyRule", maybe_applied=True)


def test_what_was_read_or_written_last_counts() -> None:
    stage, kept = scene(PRODUCTION, STAGED), record()
    observed = routes(safe(stage, kept, aws=True))
    observed.write(PAIR.prod, Forward.to_one(GREEN))
    assert kept.observed_routes == {PAIR.prod.rule: ObservedRoute(NAME, Forward.to_one(GREEN))}
    stage.routes.forwards[PAIR.prod.rule] = Forward.to_one(BLUE)
    observed.read([PAIR.prod])
    assert kept.observed_routes == {PAIR.prod.rule: ObservedRoute(NAME, Forward.to_one(BLUE))}


@pytest.mark.parametrize(
    ("error", "now"), [(refusal(), PAIR.prod.forward), (lost(), None), (CancelledError("stop"), None)]
)
def test_after_a_write_without_an_answer_nobody_knows_where_the_rule_forwards(
    error: SpotactionError, now: Forward | None
) -> None:
    stage, kept = scene(PRODUCTION, STAGED), record()
    stage.routes = Broken(error=error)
    kept.observed_routes[PAIR.prod.rule] = ObservedRoute(NAME, PAIR.prod.forward)
    with pytest.raises(type(error)):
        routes(safe(stage, kept, aws=True)).write(PAIR.prod, Forward.to_one(GREEN))
    assert kept.observed_routes == {PAIR.prod.rule: ObservedRoute(NAME, now)}


def test_a_route_is_told_from_the_snapshot_to_the_last_sight() -> None:
    kept = record()
    written = RouteChanged(NAME, Forward.to_one(GREEN), Forward.to_one(BLUE))
    kept.observed_routes[PAIR.prod.rule] = ObservedRoute(NAME, None)
    report = RunReport(Status.CANCELLED, deployment=kept, events=[Stamped(0.0, written)])
    assert route_changes(report) == [RouteRow(NAME, "web-blue 100%", UNKNOWN)]


def test_a_route_that_was_only_looked_at_is_told_where_somebody_else_moved_it() -> None:
    kept = record()
    kept.observed_routes[PAIR.prod.rule] = ObservedRoute(NAME, PAIR.prod.forward)
    assert route_changes(RunReport(Status.DEPLOYED, deployment=kept)) == []
    kept.observed_routes[PAIR.prod.rule] = ObservedRoute(NAME, Forward.to_one(GREEN))
    assert route_changes(RunReport(Status.DEPLOYED, deployment=kept)) == [
        RouteRow(NAME, "web-blue 100%", "web-green 100%")
    ]
