"""The guarded load balancer port: what it passes on, notes and reports, and when it refuses to write."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.gate import Gate
from spotaction.engine.guarded_ports import GuardedLoadBalancerApi, guard_context
from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.safety import SafetyRules
from spotaction.model.deployment import Deployment, ObservedRoute
from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError
from spotaction.model.events import RouteChanged
from spotaction.model.resources import Forward, Route
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    Scene,
    deployment,
    group,
    no_answer,
    route,
    scene,
    swap_pair,
)
from tests.support.lagging_routes import LaggingRoutes, lagging
from tests.support.passing_on import Telling

OLD, NEW = group("web", OLD_ID), group("web__STAGE__Harness", NEW_ID)
PAIR = swap_pair()
PROD = PAIR.prod
TO_BLUE, TO_GREEN = Forward.to_one(BLUE), Forward.to_one(GREEN)


def guarded(context: DeployContext, record: Deployment) -> GuardedLoadBalancerApi:
    """The guarded port without the safety rules, which have tests of their own."""
    found = guard_context(context, record, frozenset()).routes
    assert isinstance(found, GuardedLoadBalancerApi)
    return found


def act(**more: object) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    stage, rules, context = lagging(0.0, scene(OLD, NEW))
    rules.routes = [PROD]
    return stage, rules, context, deployment(OLD, NEW, (PAIR,), **more)


@pytest.mark.parametrize(
    ("call", "given", "named"),
    [
        ("other_rules", (PROD,), {}),
        ("forwarding_to", ([BLUE],), {}),
        ("targets", (BLUE,), {}),
        ("target_groups", ([BLUE],), {}),
    ],
)
def test_what_only_reads_is_passed_on(call: str, given: tuple[object, ...], named: Mapping[str, object]) -> None:
    inner, record = Telling(), deployment(OLD, NEW)
    rules = guarded(replace(scene().world(), routes=inner), record)  # type: ignore[arg-type]
    assert getattr(rules, call)(*given, **named) == f"answer to {call}"
    assert inner.calls == [(call, given, named)]


class Finding(Telling):
    """Finds one rule, whatever it is asked for."""

    def find(self, *given: object) -> Route:
        self.calls.append(("find", given, {}))
        return PROD

    def by_arn(self, *given: object, **named: object) -> Route:
        self.calls.append(("by_arn", given, named))
        return PROD


def test_every_rule_that_is_read_is_noted_as_it_forwards() -> None:
    noted = {PROD.rule: ObservedRoute(PROD.label, TO_BLUE)}
    for call in ("find", "by_arn"):
        inner, record = Finding(), deployment(OLD, NEW)
        rules = guarded(replace(scene().world(), routes=inner), record)  # type: ignore[arg-type]
        if call == "find":
            assert rules.find("web-alb", 443, PROD.rule) == PROD
            assert inner.calls == [("find", ("web-alb", 443, PROD.rule), {})]
        else:
            assert rules.by_arn(PROD.listener, PROD.rule, load_balancer="web-alb", port=443) == PROD
            assert inner.calls == [("by_arn", (PROD.listener, PROD.rule), {"load_balancer": "web-alb", "port": 443})]
        assert record.observed_routes == noted
    _, _, context, record = act()
    assert guarded(context, record).read([PROD]) == (PROD,)
    assert record.observed_routes == noted


def test_a_write_is_noted_with_its_time_and_reported() -> None:
    stage, rules, context, record = act()
    stage.clock.sleep(5.0)
    assert guarded(context, record).write(PROD, TO_GREEN) == replace(PROD, forward=TO_GREEN)
    assert rules.writes == [(PROD.rule, TO_GREEN)]
    assert context.written.rules == {PROD.rule: RuleWrite(TO_GREEN, 1005.0)}
    assert record.observed_routes == {PROD.rule: ObservedRoute(PROD.label, TO_GREEN)}
    assert stage.events == [RouteChanged("web-alb:443 rule c1", TO_BLUE, TO_GREEN)]


def test_a_write_that_changes_nothing_is_not_reported() -> None:
    stage, rules, context, record = act()
    guarded(context, record).write(PROD, TO_BLUE)
    assert (rules.writes, stage.events) == ([(PROD.rule, TO_BLUE)], [])


def test_the_time_of_a_write_is_that_of_its_answer() -> None:
    stage, rules, context, record = act()
    during: list[object] = []

    class Slow(LaggingRoutes):
        def write(self, route: Route, forward: Forward) -> Route:
            during.append(dict(context.written.rules))
            self.clock.sleep(3.0)
            return super().write(route, forward)

    rules.__class__ = Slow
    guarded(context, record).write(PROD, TO_GREEN)
    assert during == [{PROD.rule: RuleWrite(TO_GREEN, 1000.0)}]
    assert context.written.rules == {PROD.rule: RuleWrite(TO_GREEN, 1003.0)}
    assert stage.clock.passed == 3.0


@pytest.mark.parametrize(
    ("error", "noted", "forward"),
    [
        (no_answer(), False, TO_BLUE),
        (ApiError("timeout", service="ELB", call="ModifyRule", maybe_applied=True), True, None),
        (CredentialError("expired"), True, None),
    ],
)
def test_where_a_write_has_no_answer_it_is_unknown_where_the_rule_forwards(
    error: Exception, *, noted: bool, forward: Forward | None
) -> None:
    stage, rules, context, record = act()
    rules.errors = {PROD.rule: [error]}
    port = guarded(context, record)
    port.read([PROD])
    with pytest.raises(type(error)):
        port.write(PROD, TO_GREEN)
    assert record.observed_routes == {PROD.rule: ObservedRoute(PROD.label, forward)}
    assert context.written.rules == ({PROD.rule: RuleWrite(TO_GREEN, 1000.0)} if noted else {})
    assert stage.events == []


def test_a_run_that_waited_at_the_gate_reads_the_rule_again() -> None:
    stage, rules, context, record = act(gate_passed_by="")
    guarded(context, record).write(PROD, TO_GREEN)
    assert (stage.clock.passed, rules.reads, rules.writes) == (90.0, 1, [(PROD.rule, TO_GREEN)])

    stage, rules, context, record = act(gate_passed_by="")
    both = route((BLUE, 1), (GREEN, 1)).forward
    stage.clock.at(60.0, lambda: rules.forwards.update({PROD.rule: both}))
    with pytest.raises(FailedError) as caught:
        guarded(context, record).write(PROD, TO_GREEN)
    assert str(caught.value) == (
        "web-alb:443 rule c1 was modified outside this deployment: it forwarded to web-blue 100% a moment ago, now to "
        "web-blue 50% + web-green 50%. Next: find out what modifies this rule (another pipeline, Terraform, a person), "
        "then run again."
    )
    assert rules.writes == []


def test_a_run_that_passed_the_gate_does_not_read_again() -> None:
    stage, rules, context, record = act()
    guarded(context, record).write(PROD, TO_GREEN)
    assert (stage.clock.passed, rules.reads) == (0.0, 0)


@pytest.mark.parametrize(
    ("hurried", "passed_by", "waits"),
    [(True, "another", False), (True, "", True), (False, "another", True)],
)
def test_a_rollback_restores_production_without_waiting_if_any_run_may_have_changed_it(
    *, hurried: bool, passed_by: str, waits: bool
) -> None:
    stage, _, context, record = act(gate_passed_by=passed_by)
    context.call_budget.hurried = hurried
    guarded(context, record).write(PROD, TO_BLUE)
    assert stage.clock.passed == (90.0 if waits else 0.0)


@dataclass(frozen=True)
class Told(SafetyRules):
    """Rules that only note what they were asked about."""

    told: list[tuple[Route, Forward, bool]] = field(default_factory=list)

    def before_write(self, route: Route, forward: Forward, *, locked: bool = True) -> None:
        self.told.append((route, forward, locked))


@pytest.mark.parametrize(
    ("passed_by", "confirmed", "locked"),
    [("0123abcd", False, True), ("another", False, False), ("another", True, True)],
)
def test_the_rules_are_told_whether_this_run_has_the_lock(passed_by: str, *, confirmed: bool, locked: bool) -> None:
    """Only with the lock may a rule that somebody else modified be overwritten."""
    stage, rules, context, record = act(gate_passed_by=passed_by)
    context.call_budget.hurried = True
    record.lock.own_confirmed = confirmed
    guard = Told(record, context, frozenset())
    GuardedLoadBalancerApi(rules, guard, Gate(record, context)).write(PROD, TO_BLUE)
    assert guard.told == [(PROD, TO_BLUE, locked)]
    assert (stage.clock.passed, rules.writes) == (0.0, [(PROD.rule, TO_BLUE)])


def test_production_does_not_go_back_to_a_group_that_a_write_did_not_find() -> None:
    _, rules, context, record = act()
    context.written.gone = {OLD_ID}
    port = guarded(context, record)
    for forward in (TO_BLUE, route((GREEN, 99), (BLUE, 1)).forward):
        with pytest.raises(SafetyError) as caught:
            port.write(PROD, forward)
        assert caught.value.message == f"web-alb:443 may not send requests back: web ({OLD_ID}) no longer exists."
    assert rules.writes == []
    other = route((GREEN, 1), name="other")
    for rule, forward in ((PROD, route((GREEN, 1), (BLUE, 0)).forward), (other, TO_BLUE)):
        port.write(rule, forward)
    assert len(rules.writes) == 2

    context.written.gone = {NEW_ID}
    port.write(PROD, TO_BLUE)
    context.written.gone = {OLD_ID}
    guarded(context, deployment(None, NEW, (PAIR,))).write(PROD, TO_BLUE)
    assert rules.writes[2:] == [(PROD.rule, TO_BLUE)] * 2


def test_without_aws_there_is_nothing_to_guard() -> None:
    context = scene(OLD, NEW).world(aws=False)
    assert guard_context(context, deployment(OLD, NEW)).routes is None


def test_the_context_passes_the_gate_of_its_guarded_port() -> None:
    stage, _, context, record = act(gate_passed_by="")
    assert guard_context(context, record).pass_gate(OLD_ID)
    assert (stage.clock.passed, record.gate_passed_by) == (90.0, record.nonce)
