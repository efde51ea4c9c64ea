"""The new group's removal: what has to be quiet before, what is restored meanwhile, and what may be skipped."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.own_writes import RuleWrite
from spotaction.engine.steps.removal import remove_new
from spotaction.engine.waits.health import GroupHealth
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, CredentialError, FailedError, SafetyError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress, WarningEvent
from spotaction.model.resources import ZERO, Forward, Group, GroupId, Instance, Route
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    NEW_IMAGE,
    OLD_ID,
    FakeGroups,
    Scene,
    deployment,
    group,
    instances,
    no_answer,
    scene,
    swap_pair,
)
from tests.support.lagging_routes import LaggingRoutes, lagging

OLD, NEW = group("web", OLD_ID), group("web__STAGE__Harness", NEW_ID)
PAIR = swap_pair()
PROD = PAIR.prod
TO_BLUE, TO_GREEN = Forward.to_one(BLUE), Forward.to_one(GREEN)
EMPTIED, DELETED = ("scale", NEW_ID, "0/0/0"), ("delete", NEW_ID)
GONE = "GROUP_DOESNT_EXIST"


def act(new: Group | None = NEW, **more: object) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    stage, rules, context = lagging(0.0, scene(OLD, *([new] if new else [])))

    def pass_gate(ident: GroupId) -> bool:
        stage.groups.calls.append(("gate", ident))
        return False

    context = replace(context, pass_gate=pass_gate)
    return stage, rules, context, deployment(OLD, NEW, (PAIR,), **more)


def warnings(stage: Scene) -> list[str]:
    return [event.text for event in stage.events if isinstance(event, WarningEvent)]


def test_the_new_group_is_drained_and_then_deleted() -> None:
    stage, rules, context, record = act()
    remove_new(record, context)
    assert stage.groups.calls == [("gate", NEW_ID), EMPTIED, DELETED]
    (ended,) = (event for event in stage.events if isinstance(event, WaitFinished))
    assert (ended.what, ended.reason) == ("web__STAGE__Harness down to 0", "no instances remaining")
    assert NEW_ID in context.health_cache.draining
    assert rules.writes == []


def test_a_group_that_is_gone_or_was_never_created_needs_nothing() -> None:
    stage, _, context, record = act(None)
    remove_new(record, context)
    record.new = None
    remove_new(record, context)
    assert (stage.groups.calls, stage.events) == ([], [])


@pytest.mark.parametrize(
    ("complete", "capacity", "noted", "drained"),
    [
        (True, ZERO, False, False),
        (True, ZERO, True, True),
        (True, OLD.capacity, False, True),
        (False, ZERO, False, True),
    ],
)
def test_only_a_group_that_never_had_an_instance_is_deleted_without_draining(
    capacity: object, *, complete: bool, noted: bool, drained: bool
) -> None:
    stage, _, context, record = act(replace(NEW, capacity=capacity))  # type: ignore[arg-type]
    context.written.complete = complete
    context.written.capacities = {NEW_ID: ZERO} if noted else {}
    remove_new(record, context)
    assert (EMPTIED in stage.groups.calls, stage.groups.calls[-1]) == (drained, DELETED)


def test_after_a_failed_part_the_group_stays_at_0_for_the_rollback_that_completes_this_one() -> None:
    stage, _, context, record = act()
    record.rollback_failures = ["swap-route was not rolled back: AWS refused elbv2:DescribeRules"]
    with pytest.raises(FailedError) as caught:
        remove_new(record, context)
    assert stage.groups.calls == [("gate", NEW_ID), EMPTIED]
    assert caught.value.message == (
        "web__STAGE__Harness (sig-0000000b) is at 0 and was not deleted, since other parts of the rollback failed: by "
        "its marker, another rollback completes them."
    )


def test_a_group_that_does_not_drain_in_time_is_deleted_anyway_with_a_warning() -> None:
    stage, _, context, record = act()
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 1)
    remove_new(record, context)
    assert stage.groups.calls[-1] == DELETED
    (warning,) = warnings(stage)
    assert warning == (
        "web__STAGE__Harness did not drain in time. Timed out after 20m 00s. "
        "web__STAGE__Harness down to 0: 1 of 1 draining."
    )


def test_a_rule_that_was_restored_has_to_stay_so_for_a_while_before_the_group_drains() -> None:
    stage, rules, context, record = act()
    stage.clock.passed = 5.0
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1003.0)}
    scaled: list[float] = []
    stage.clock.at(13.0, lambda: scaled.append(len(stage.groups.calls)))
    remove_new(record, context)
    assert stage.clock.sleeps[0] == 8.0
    assert (scaled, rules.writes) == ([0], [])


def test_a_rule_that_was_restored_long_ago_needs_no_more_time() -> None:
    stage, _, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 980.0)}
    remove_new(record, context)
    assert stage.clock.sleeps[0] == 0.0


def test_a_rule_that_something_else_keeps_writing_keeps_the_group() -> None:
    stage, rules, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1000.0)}
    rules.answers = {PROD.rule: TO_BLUE}

    class Controlled(LaggingRoutes):
        def write(self, route: Route, forward: Forward) -> Route:
            written = super().write(route, forward)
            self.forwards[route.rule] = TO_GREEN
            return written

    rules.__class__, rules.forwards[PROD.rule] = Controlled, TO_GREEN
    with pytest.raises(FailedError) as caught:
        remove_new(record, context)
    assert str(caught.value) == (
        "web-alb:443 rule c1 keeps sending requests to the new group (web-green 100%) after being restored: something "
        "else writes it. Next: stop what writes this rule (a controller, Terraform, another pipeline)."
    )
    assert stage.groups.calls == []
    assert stage.clock.passed == 180.0
    assert stage.clock.sleeps == [10.0] + [1.0] * 170
    assert len(rules.writes) == 170


@pytest.mark.parametrize(
    ("until", "writes", "more"),
    [
        (1009.9, 0, ""),
        (1010.9, 1, " web-alb:443 rule c1 had to be restored again: it forwarded to web-green 100%."),
    ],
)
def test_a_rollback_whose_time_ends_before_the_rules_are_quiet_keeps_the_group(
    until: float, writes: int, more: str
) -> None:
    stage, rules, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1000.0)}
    rules.forwards[PROD.rule] = TO_GREEN
    context.call_budget.until = until
    with pytest.raises(TimedOutError) as caught:
        remove_new(record, context)
    assert caught.value.message == (
        "The rollback reached its time limit before production's rules had stayed as restored for 10 s, so the new "
        f"group was not removed.{more}"
    )
    assert caught.value.next_step == (
        "find out whether something else writes the rules, then run operation: rollback again."
    )
    assert (stage.groups.calls, rules.writes) == ([], [(PROD.rule, TO_BLUE)] * writes)


@pytest.mark.parametrize("until", [1010.0, 1011.0])
def test_a_rollback_whose_time_ends_right_after_the_rules_are_quiet_removes_the_group(until: float) -> None:
    stage, rules, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1000.0)}
    if until > 1010.0:
        rules.forwards[PROD.rule] = TO_GREEN
    context.call_budget.until = until
    remove_new(record, context)
    assert DELETED in stage.groups.calls


def test_a_rule_that_goes_astray_once_is_restored_and_given_time_again() -> None:
    stage, rules, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1000.0)}
    rules.forwards[PROD.rule] = TO_GREEN
    remove_new(record, context)
    assert rules.writes == [(PROD.rule, TO_BLUE)]
    assert stage.clock.sleeps[:2] == [10.0, 1.0]
    assert stage.groups.calls == [("gate", NEW_ID), EMPTIED, DELETED]


def test_a_blue_that_is_not_healthy_enough_is_brought_up_before_the_group_drains() -> None:
    stage, rules, context, record = act()
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 1000.0)}
    rules.forwards[PROD.rule] = TO_GREEN
    rules.errors = {PROD.rule: [SafetyError("web-blue has 0 of 3 healthy targets")]}
    remove_new(record, context)
    assert stage.groups.calls[0] == ("scale", OLD_ID, "2/3/6")
    assert rules.writes == [(PROD.rule, TO_BLUE)]


def draining(seconds: float = 60.0) -> tuple[Scene, LaggingRoutes, DeployContext, Deployment]:
    """Instances that leave after a while."""
    stage, rules, context, record = act()
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    stage.clock.at(seconds, lambda: stage.groups.instances_of.update({NEW_ID: ()}))
    return stage, rules, context, record


def test_a_rule_that_goes_astray_while_the_group_drains_is_restored_at_once() -> None:
    stage, rules, context, record = draining()
    stage.clock.at(30.0, lambda: rules.forwards.update({PROD.rule: TO_GREEN}))
    remove_new(record, context)
    assert (rules.writes, stage.groups.calls[-1]) == ([(PROD.rule, TO_BLUE)], DELETED)
    assert warnings(stage) == []


def test_production_is_read_every_few_seconds_while_the_group_drains() -> None:
    _, rules, context, record = draining()
    at: list[float] = []

    class Told(LaggingRoutes):
        def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
            at.append(self.clock.passed)
            return super().read(routes)

    rules.__class__ = Told
    context = replace(context, options=replace(context.options, pacing=replace(context.options.pacing, draining=pace)))
    remove_new(record, context)
    assert at[:4] == [3.0, 13.0, 23.0, 33.0]


def pace(_verdict: object, _elapsed: float, _expected: float) -> float:
    return 5.0


@pytest.mark.parametrize("error", [no_answer("Throttled"), CredentialError("Throttled"), SafetyError("Throttled")])
def test_a_rule_that_cannot_be_read_or_restored_meanwhile_is_warned_of(error: Exception) -> None:
    stage, rules, context, record = draining()
    rules.forwards[PROD.rule] = TO_GREEN
    rules.errors = {PROD.rule: [error]}
    remove_new(record, context)
    assert warnings(stage) == ["Production's rules could not be checked while the new group drains: Throttled"]
    assert stage.groups.calls == [("gate", NEW_ID), EMPTIED, DELETED]
    assert rules.writes == [(PROD.rule, TO_BLUE)]


def test_a_run_that_never_passed_the_gate_leaves_production_alone() -> None:
    stage, rules, context, record = draining()
    record.gate_passed_by = ""
    rules.forwards[PROD.rule] = TO_GREEN
    remove_new(record, context)
    assert (rules.reads, rules.writes, stage.groups.calls[-1]) == (0, [], DELETED)


def test_without_rules_nothing_is_read_while_the_group_drains() -> None:
    stage, rules, context, record = draining()
    record.snapshot = replace(record.snapshot, routes=())
    remove_new(record, context)
    assert (rules.reads, stage.groups.calls[-1]) == (0, DELETED)


def test_after_draining_the_rules_have_to_be_quiet_again() -> None:
    stage, rules, context, record = draining()
    stage.clock.at(30.0, lambda: rules.forwards.update({PROD.rule: TO_GREEN}))
    context.written.rules = {PROD.rule: RuleWrite(TO_BLUE, 900.0)}

    class Noting(LaggingRoutes):
        def write(self, route: Route, forward: Forward) -> Route:
            context.written.rules = {route.rule: RuleWrite(forward, self.clock.now())}
            self.clock.at(self.clock.passed + 5.0, lambda: self.forwards.update({route.rule: TO_GREEN}))
            return super().write(route, forward)

    rules.__class__ = Noting
    with pytest.raises(FailedError, match="keeps sending requests to the new group"):
        remove_new(record, context)
    assert DELETED not in stage.groups.calls


def test_a_group_that_disappears_on_the_way_is_removed_already() -> None:
    for text in (f"{NEW_ID} does not exist", f"{OLD_ID} does not exist"):
        stage, _, context, record = act()
        stage.groups.errors["delete"] = no_answer(text, code=GONE, retryable=False)
        if NEW_ID in text:
            remove_new(record, context)
        else:
            with pytest.raises(ApiError):
                remove_new(record, context)
    stage, _, context, record = act()
    stage.groups.errors["delete"] = no_answer(f"{NEW_ID} throttled")
    with pytest.raises(ApiError):
        remove_new(record, context)


def test_a_wait_that_fails_because_the_group_is_gone_does_not_matter() -> None:
    for left in (True, False):
        stage, _, context, record = act()

        class Failing(FakeGroups):
            """Fails every scale, after which the group may be gone."""

            kept = left

            def scale(self, group: GroupId, capacity: object) -> None:
                del capacity
                if not self.kept:
                    del self.known[group]
                raise FailedError("web__STAGE__Harness no longer exists.")

        stage.groups.__class__ = Failing
        if left:
            with pytest.raises(FailedError):
                remove_new(record, context)
        else:
            remove_new(record, context)
        assert stage.groups.calls == [("gate", NEW_ID)]


def test_a_create_without_an_answer_is_searched_for_first() -> None:
    text = "[spotaction n=0123abcd s=live r=4711.1 d=1]"
    stage, _, context, record = act(replace(NEW, description=text, image_id=NEW_IMAGE))
    record.new, record.unconfirmed_name = None, "web__STAGE__Harness"
    remove_new(record, context)
    assert record == deployment(OLD, replace(NEW, image_id=NEW_IMAGE), (PAIR,))
    assert stage.groups.calls[-1] == DELETED

    stage, _, context, record = act(None)
    record.new, record.unconfirmed_name = None, "web__STAGE__Harness"
    remove_new(record, context)
    assert record == deployment(OLD, None, (PAIR,))
    assert (stage.groups.calls, stage.clock.passed) == ([], 90.0)


def created(passed: float = 5.0) -> tuple[Scene, DeployContext, Deployment]:
    """A group that Spot returned from a create but does not show yet."""
    stage, _, context, record = act(None)
    stage.clock.passed = passed
    context.written.created = {NEW_ID: NEW}
    return stage, context, record


def test_a_group_that_was_just_created_is_searched_for_until_reads_must_show_it() -> None:
    stage, context, record = created()
    stage.clock.at(12.0, lambda: stage.groups.known.update({NEW_ID: NEW}))
    remove_new(record, context)
    what = f"web__STAGE__Harness ({NEW_ID})"
    assert stage.events[:2] == [
        WaitProgress(what, "not found by Spot yet", 0, 0, 0.0, 85.0),
        WaitFinished(what, "found", 7.0, 8),
    ]
    assert stage.groups.calls[-1] == DELETED


def test_a_group_that_never_shows_is_given_up_when_reads_can_no_longer_lag() -> None:
    for passed in (5.0, 90.0):
        stage, context, record = created(passed)
        remove_new(record, context)
        assert (stage.groups.calls, stage.clock.passed) == ([], 90.0)
    assert stage.events == []


def test_a_group_that_was_seen_before_and_is_gone_now_was_deleted() -> None:
    stage, context, record = created()
    seen: tuple[Instance, ...] = ()
    context.health_cache.views = {NEW_ID: (1000.0, GroupHealth(NEW, seen))}
    remove_new(record, context)
    assert (stage.clock.passed, stage.events) == (5.0, [])
