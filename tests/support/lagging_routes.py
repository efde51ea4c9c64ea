"""Rules that ELB shows late, or refuses to change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from spotaction.engine.context import DeployContext
from spotaction.model.resources import Forward, Route, RuleArn
from tests.support.fakes import FakeClock, FakeRoutes, Scene, scene


@dataclass
class LaggingRoutes(FakeRoutes):
    """A write shows in reads after `lag` seconds only, and writes fail with the errors that a test queued for the rule.

    `answers` are what writes return instead of what was written. `retried_until` notes how long each read may have been
    retried, in seconds since the start.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    lag: float = 0.0
    errors: dict[RuleArn, list[Exception]] = field(default_factory=dict)
    answers: dict[RuleArn, Forward] = field(default_factory=dict)
    context: DeployContext | None = None
    retried_until: list[float] = field(default_factory=list)
    tried: list[RuleArn] = field(default_factory=list)
    _stale: dict[RuleArn, tuple[float, Forward]] = field(default_factory=dict)

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        if self.context is not None:
            self.retried_until.append(self.context.call_budget.until - 1000.0)
        return tuple(self._as_shown(route) for route in super().read(routes))

    def write(self, route: Route, forward: Forward) -> Route:
        self.tried.append(route.rule)
        if self.errors.get(route.rule):
            raise self.errors[route.rule].pop(0)
        self._stale[route.rule] = (self.clock.passed + self.lag, self.forwards.get(route.rule, route.forward))
        written = super().write(route, forward)
        return replace(written, forward=self.answers.get(route.rule, forward))

    def _as_shown(self, route: Route) -> Route:
        until, before = self._stale.get(route.rule, (0.0, route.forward))
        return replace(route, forward=before) if self.clock.passed < until else route


class IncompleteRoutes(LaggingRoutes):
    """Leaves the last rule out of every read."""

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        return super().read(routes)[:-1]


def lagging(lag: float = 0.0, stage: Scene | None = None) -> tuple[Scene, LaggingRoutes, DeployContext]:
    """Return a scene whose rules lag, these rules, and its context."""
    stage = stage or scene()
    rules = LaggingRoutes(clock=stage.clock, lag=lag, forwards=stage.routes.forwards)
    stage.routes = rules
    rules.context = stage.world()
    return stage, rules, rules.context
