"""Which rules a rollback restores, whatever reads show, and which it leaves to others."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from spotaction.engine import manual_actions
from spotaction.engine.context import DeployContext
from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.steps.routes import (
    is_externally_modified,
    raise_for_skipped,
    restore_production,
    restore_rule,
    restore_stage,
    rules_serving_green,
    verify_production,
    verify_written,
)
from spotaction.model.deployment import Deployment, RoutePair
from spotaction.model.errors import CancelledError, FailedError, SafetyError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import ZERO, Forward, Route
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, THIRD, deployment, group, no_answer, route, scene
from tests.support.lagging_routes import LaggingRoutes, lagging

TO_BLUE, TO_GREEN, TO_THIRD = Forward.to_one(BLUE), Forward.to_one(GREEN), Forward.to_one(THIRD)
OLD, NEW = group("web", OLD_ID), group("web__STAGE__Harness", NEW_ID)
PROD, SECOND = route((BLUE, 1)), route((BLUE, 1), port=80, name="c2")
STAGE, SECOND_STAGE = route((GREEN, 1), port=8443), route((GREEN, 1), port=8080, name="c2")
PAIRS = (RoutePair(PROD, STAGE, BLUE, GREEN), RoutePair(SECOND, SECOND_STAGE, BLUE, GREEN))
SHIFT = RoutePair(route((BLUE, 100), (GREEN, 0), sticky=60), None, BLUE, GREEN)
RECORD = deployment(OLD, NEW, PAIRS)
MODIFIED = "{} was modified outside this deployment and forwards to web-third 100%"
TAKEN = MODIFIED.format(PROD.label)
Restore = Callable[[Deployment, DeployContext], tuple[str, ...]]


def production(record: Deployment, context: DeployContext) -> tuple[str, ...]:
    return restore_production(record, context, bring_up=True)


RULES = pytest.mark.parametrize(
    ("restore", "one", "two", "before", "swapped"),
    [(production, PROD, SECOND, TO_BLUE, TO_GREEN), (restore_stage, STAGE, SECOND_STAGE, TO_GREEN, TO_BLUE)],
)


def moved(*rules: Route, to: Forward = TO_GREEN, lag: float = 0.0) -> tuple[LaggingRoutes, DeployContext]:
    """Rules that forward as nothing of this process wrote them."""
    _, routes, context = lagging(lag, scene(OLD, NEW))
    routes.forwards.update({rule.rule: to for rule in rules})
    context.written.complete = True
    return routes, context


@RULES
def test_rules_that_differ_are_restored_and_the_others_are_not_written(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    routes, context = moved(one, to=swapped)
    assert restore(RECORD, context) == ()
    assert routes.writes == [(one.rule, before)]
    assert restore(RECORD, context) == ()
    assert routes.writes == [(one.rule, before)]
    routes.forwards[two.rule] = swapped
    assert restore(RECORD, context) == ()
    assert routes.writes == [(one.rule, before), (two.rule, before)]


@pytest.mark.parametrize(
    ("restore", "ago", "wrote", "warns"),
    [
        (production, 30.0, TO_BLUE, True),
        (production, 29.9, TO_BLUE, False),  # the read may be older than the write
        (production, 30.0, TO_GREEN, False),  # the deployment's own
        (verify_production, 30.0, TO_BLUE, True),
        (verify_production, 30.0, TO_GREEN, False),
    ],
)
def test_a_restored_rule_that_something_writes_again_is_restored_with_a_warning(
    restore: Callable[[Deployment, DeployContext], object], ago: float, wrote: Forward, *, warns: bool
) -> None:
    stage, routes, context = lagging(0.0, scene(OLD, NEW))
    routes.forwards[PROD.rule] = TO_GREEN
    context.written.complete = True
    context.written.rules[PROD.rule] = RuleWrite(wrote, stage.clock.now() - ago)
    context.written.rules[SECOND.rule] = RuleWrite(TO_BLUE, stage.clock.now() - 60.0)
    restore(RECORD, context)
    assert routes.writes[0] == (PROD.rule, TO_BLUE)
    told = [event.text for event in stage.events if isinstance(event, WarningEvent)]
    modified = "web-alb:443 rule c1 was modified outside this deployment after it had been restored"
    restored = "it forwarded to web-green 100%. It was restored again; find out what modifies it."
    assert told == warns * [f"{modified}: {restored}"]


@RULES
def test_what_an_earlier_process_may_have_written_is_restored_whatever_a_read_shows(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    del swapped
    routes, context = moved()
    context.written.complete = False
    assert restore(RECORD, context) == ()
    assert routes.writes == [(one.rule, before), (two.rule, before)]


@RULES
def test_what_this_process_wrote_is_restored_although_a_read_does_not_show_it_yet(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    routes, context = moved()
    context.written.rules = {one.rule: RuleWrite(swapped, 0.0), two.rule: RuleWrite(before, 0.0)}
    for complete in (True, False):
        context.written.complete = complete
        routes.writes.clear()
        assert restore(RECORD, context) == ()
        assert routes.writes == [(one.rule, before)]


@RULES
def test_a_rule_that_somebody_else_pointed_elsewhere_is_left_and_described(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    routes, context = moved(one, to=TO_THIRD)
    routes.forwards[two.rule] = swapped
    assert restore(RECORD, context) == (MODIFIED.format(one.label),)
    assert routes.writes == [(two.rule, before)]


@RULES
def test_a_rule_that_cannot_be_written_does_not_keep_the_others_from_being_restored(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    routes, context = moved(one, two, to=swapped)
    first = no_answer("Throttled")
    routes.errors = {one.rule: [first]}
    with pytest.raises(type(first)) as caught:
        restore(RECORD, context)
    assert caught.value is first
    assert routes.writes == [(two.rule, before)]


@RULES
def test_the_errors_of_several_rules_are_told_together_each_once(
    restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward
) -> None:
    del before
    routes, context = moved(one, two, to=swapped)
    for second, message in (("Denied", "Throttled. Denied."), ("Throttled", "Throttled.")):
        failed = FailedError("Throttled", next_step="wait")
        routes.errors = {one.rule: [failed], two.rule: [no_answer(second)]}
        with pytest.raises(FailedError) as caught:
            restore(RECORD, context)
        assert (caught.value.message, caught.value.next_step) == (message, "wait")


@RULES
def test_a_cancel_ends_it_at_once(restore: Restore, one: Route, two: Route, before: Forward, swapped: Forward) -> None:
    del before
    routes, context = moved(one, two, to=swapped)
    routes.errors = {one.rule: [CancelledError("SIGTERM")]}
    with pytest.raises(CancelledError):
        restore(RECORD, context)
    assert (routes.tried, routes.writes) == ([one.rule], [])


@pytest.mark.parametrize("restore", [production, restore_stage])
def test_without_rules_nothing_is_read(restore: Restore) -> None:
    routes, context = moved()
    assert restore(deployment(OLD, NEW), context) == ()
    assert (routes.reads, verify_production(deployment(OLD, NEW), context)) == (0, ())


def test_a_shift_has_no_stage_rule_to_restore() -> None:
    routes, context = moved(SHIFT.prod)
    assert restore_stage(deployment(OLD, NEW, (SHIFT, PAIRS[0])), context) == ()
    assert (routes.writes, routes.reads) == ([], 1)


def test_where_blue_is_not_healthy_enough_the_old_group_is_brought_up_and_the_rule_written_again() -> None:
    routes, context = moved(PROD)
    refusal = SafetyError("web-blue has 0 of 3 healthy targets")
    routes.errors, context.written.capacities = {PROD.rule: [refusal]}, {OLD_ID: ZERO}
    assert restore_production(RECORD, context, bring_up=True) == ()
    assert routes.tried == [PROD.rule] * 2
    assert routes.writes == [(PROD.rule, TO_BLUE)]
    assert OLD_ID in context.written.restored

    routes, context = moved(PROD)
    routes.errors = {PROD.rule: [refusal]}
    with pytest.raises(SafetyError) as caught:
        restore_production(RECORD, context, bring_up=False)
    assert caught.value is refusal
    assert (routes.tried, context.written.restored) == ([PROD.rule], set())


def test_a_restored_rule_is_read_back_only_where_elbs_answer_differs_from_what_was_written() -> None:
    routes, context = moved(PROD)
    restore_production(RECORD, context, bring_up=True)
    assert routes.reads == 1

    for refused in (0, 1):
        routes, context = moved(PROD, lag=5.0)
        routes.answers = {PROD.rule: TO_GREEN}
        routes.errors = {PROD.rule: [SafetyError("not yet")] * refused}
        restore_production(RECORD, context, bring_up=True)
        assert (routes.reads, routes.clock.passed) == (7, 5.0)

    routes, context = moved(PROD, lag=1000.0)
    routes.answers = {PROD.rule: TO_GREEN}
    with pytest.raises(TimedOutError):
        restore_production(RECORD, context, bring_up=True)


def test_a_rule_beside_production_is_restored_where_it_may_have_been_written() -> None:
    routes, context = moved()
    restore_rule(context, replace(PROD, forward=TO_THIRD), PROD)
    restore_rule(context, SECOND, SECOND)
    assert routes.writes == [(PROD.rule, TO_BLUE)]


def test_production_that_forwards_as_before_needs_nobody() -> None:
    routes, context = moved()
    assert (verify_production(RECORD, context), routes.reads) == ((), 1)
    context = replace(context, routes=None)
    assert (verify_production(RECORD, context), routes.reads) == ((), 1)


def test_a_rule_that_sends_requests_to_green_after_the_rollback_is_restored_once_more() -> None:
    routes, context = moved(SECOND)
    assert verify_production(RECORD, context) == ()
    assert (routes.writes, routes.reads) == ([(SECOND.rule, TO_BLUE)], 2)


def test_a_rule_that_still_differs_is_told_with_the_command_that_restores_it() -> None:
    stage, routes, context = lagging(0.0, scene(OLD, NEW))
    routes.forwards = {PROD.rule: TO_THIRD, SECOND.rule: TO_GREEN}
    routes.errors = {SECOND.rule: [no_answer("Throttled")]}
    assert verify_production(RECORD, context) == (
        (f"{PROD.label} forwards to web-third 100%, not to web-blue 100%", manual_actions.restore_route_command(PROD)),
        (
            f"{SECOND.label} forwards to web-green 100%, not to web-blue 100%",
            manual_actions.restore_route_command(SECOND),
        ),
    )
    assert stage.events == [Note("Production's rules could not be restored: Throttled")]
    assert routes.writes == []


def test_a_read_that_lags_behind_this_process_is_repeated_before_production_is_judged() -> None:
    routes, context = moved(PROD)
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, context.clock.now())}
    routes.clock.at(4.0, lambda: routes.forwards.update({PROD.rule: TO_BLUE}))
    assert verify_production(RECORD, context) == ()
    assert (routes.writes, routes.clock.passed) == ([], 4.0)


def test_the_rules_that_send_requests_to_green_are_found() -> None:
    routes, context = moved(SECOND, to=route((BLUE, 99), (GREEN, 1)).forward)
    assert rules_serving_green(RECORD, context) == (replace(SECOND, forward=route((BLUE, 99), (GREEN, 1)).forward),)
    routes.forwards = {SECOND.rule: route((BLUE, 99), (GREEN, 0)).forward}
    assert rules_serving_green(RECORD, context) == ()
    assert (rules_serving_green(deployment(OLD, NEW), context), routes.reads) == ((), 2)


@pytest.mark.parametrize(
    ("pair", "forward", "foreign"),
    [
        (PAIRS[0], TO_BLUE, False),
        (PAIRS[0], TO_GREEN, False),
        (PAIRS[0], TO_THIRD, True),
        (PAIRS[0], route((BLUE, 1), (THIRD, 1)).forward, True),
        (PAIRS[0], route((GREEN, 1), (THIRD, 1)).forward, False),
        (PAIRS[0], replace(TO_BLUE, sticky_seconds=60), True),
        (SHIFT, route((BLUE, 100), (GREEN, 0), sticky=60).forward, False),
        (SHIFT, route((BLUE, 100), (GREEN, 0)).forward, False),
        (SHIFT, route((BLUE, 100), (GREEN, 0), sticky=90).forward, True),
        (SHIFT, TO_BLUE, True),
        (SHIFT, route((BLUE, 99), (GREEN, 1), sticky=90).forward, False),
    ],
)
def test_a_forward_that_the_deployment_never_writes_is_somebody_elses_unless_green_serves(
    pair: RoutePair, forward: Forward, *, foreign: bool
) -> None:
    assert is_externally_modified(replace(pair.prod, forward=forward), pair) is foreign


def test_a_swap_that_reads_as_swapped_back_with_green_idle_is_its_own() -> None:
    pair = RoutePair(route((GREEN, 1)), None, BLUE, GREEN)
    assert is_externally_modified(replace(pair.prod, forward=TO_BLUE), pair)
    assert not is_externally_modified(replace(pair.prod, forward=TO_BLUE), replace(pair, stage=STAGE))


def test_rules_that_were_left_end_the_rollback_as_failed() -> None:
    raise_for_skipped(())
    with pytest.raises(FailedError) as caught:
        raise_for_skipped((TAKEN, "x"))
    assert str(caught.value) == f"Not restored: {TAKEN}; x. Next: find out what modifies this rule."


@pytest.mark.parametrize(
    "act",
    [
        production,
        restore_stage,
        rules_serving_green,
        verify_production,
        lambda _record, context: verify_written(context, {PROD: TO_BLUE, SECOND: TO_BLUE}),
    ],
)
def test_a_read_that_leaves_a_rule_out_is_no_reason_to_leave_it_out_as_well(
    act: Callable[[Deployment, DeployContext], object],
) -> None:
    class Short(LaggingRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            return super().read(routes)[:1]

    routes, context = moved()
    routes.__class__ = Short
    with pytest.raises(ValueError, match="shorter"):
        act(RECORD, context)


def test_a_stage_rule_that_had_blue_added_is_this_deployments_own() -> None:
    routes, context = moved()
    routes.forwards[STAGE.rule] = route((GREEN, 1), (BLUE, 0)).forward
    context.written.rules = {STAGE.rule: RuleWrite(routes.forwards[STAGE.rule], 0.0)}
    assert restore_stage(RECORD, context) == ()
    assert routes.writes == [(STAGE.rule, TO_GREEN)]
