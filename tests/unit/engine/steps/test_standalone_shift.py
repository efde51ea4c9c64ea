"""The shift of a rule that is not production's: recorded before it is written, and restored as it was."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift, restore_rules
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.record import to_json
from spotaction.model.resources import Forward, ListenerArn, Route, RuleArn
from tests.support.fakes import BLUE, GREEN, THIRD, Scene, deployment, route, swap_pair
from tests.support.lagging_routes import LaggingRoutes, lagging

BESIDE, OTHER = route((THIRD, 1), name="x"), route((THIRD, 1), name="y")
TO_GREEN = Forward.to_one(GREEN)
STEP = StandaloneTrafficShift("web-alb", BESIDE.listener, BESIDE.rule, TO_GREEN)
PAIR = swap_pair()


class Asked(LaggingRoutes):
    """Notes how a rule was asked for."""

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        self.tried.extend([listener, rule, load_balancer, port])  # type: ignore[list-item]
        (found,) = self.read([super().by_arn(listener, rule, load_balancer=load_balancer, port=port)])
        return found


def act(*recorded: Route) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    stage, rules, context = lagging()
    rules.__class__ = Asked
    rules.routes = [BESIDE, OTHER, PAIR.prod]
    return stage, rules, context, deployment(None, None, (PAIR,), standalone_routes=list(recorded))


def test_the_rule_is_recorded_as_it_was_before_it_is_written() -> None:
    stage, rules, context, record = act(OTHER)
    saved: list[int] = []

    class Watched(Asked):
        def write(self, route: Route, forward: Forward) -> Route:
            saved.append(len(stage.saved))
            return super().write(route, forward)

    rules.__class__ = Watched
    STEP.run(record, context)
    assert rules.tried[:4] == [BESIDE.listener, BESIDE.rule, "web-alb", 0]
    assert (record.standalone_routes, stage.saved) == ([OTHER, BESIDE], [to_json(record)])
    assert (saved, rules.writes) == ([1], [(BESIDE.rule, TO_GREEN)])


def test_what_was_recorded_first_stays_when_the_step_runs_again() -> None:
    stage, rules, context, record = act(BESIDE)
    rules.forwards = {BESIDE.rule: TO_GREEN}
    STEP.run(record, context)
    assert (record.standalone_routes, stage.saved, rules.writes) == ([BESIDE], [], [])


def test_a_production_rule_is_refused() -> None:
    stage, rules, context, record = act()
    prod = PAIR.prod
    with pytest.raises(RefusedError) as caught:
        StandaloneTrafficShift("web-alb", prod.listener, prod.rule, TO_GREEN).run(record, context)
    assert str(caught.value) == (
        "web-alb:443 rule c1 is this deployment's production rule and cannot be shifted on its own. Next: use "
        "traffic-weights for it, or name another rule."
    )
    assert (record.standalone_routes, rules.writes, stage.saved) == ([], [], [])


def test_the_write_is_read_back() -> None:
    stage, rules, context, record = act()
    rules.lag = 4.0
    STEP.run(record, context)
    assert stage.clock.passed == 4.0


def test_the_rollback_restores_this_rule_and_no_other() -> None:
    _, rules, context, record = act(OTHER, BESIDE)
    rules.forwards = {BESIDE.rule: TO_GREEN, OTHER.rule: TO_GREEN}
    STEP.rollback(record, context)
    assert rules.writes == [(BESIDE.rule, Forward.to_one(THIRD))]
    assert STEP.manual_rollback(record) == manual_actions.restore_route_command(BESIDE)
    record.standalone_routes.append(replace(BESIDE, forward=Forward.to_one(BLUE)))
    assert STEP.manual_rollback(record).count("aws elbv2 modify-rule") == 2
    assert STEP.manual_rollback(deployment()) == ""


def test_rules_are_restored_together_with_one_read_and_without_any_nothing_is_read() -> None:
    _, rules, context, _ = act()
    rules.forwards = {BESIDE.rule: TO_GREEN, OTHER.rule: TO_GREEN}
    restore_rules([OTHER, BESIDE], context)
    assert [rule for rule, _ in rules.writes] == [OTHER.rule, BESIDE.rule]
    assert rules.reads == 1
    restore_rules([], context)
    assert rules.reads == 1


def test_a_read_that_leaves_a_rule_out_is_no_reason_to_leave_it_out_as_well() -> None:
    class Short(LaggingRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            return super().read(routes)[:1]

    _, rules, context, _ = act()
    rules.__class__ = Short
    with pytest.raises(ValueError, match="shorter"):
        restore_rules([OTHER, BESIDE], context)
