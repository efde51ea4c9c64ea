"""Which forwards the steps write to rules, and how a write is read back."""

from dataclasses import replace

import pytest

from spotaction.engine.steps.groups import restore_names, take_names
from spotaction.engine.steps.routes import (
    promote_commands,
    require_unmodified,
    restore_routes_commands,
    shift_forward,
    swap_forward,
    verify_written,
    with_idle_target,
    write_and_verify,
)
from spotaction.model.deployment import GroupRef, RoutePair
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress, WarningEvent
from spotaction.model.record import to_json
from spotaction.model.resources import ZERO, Forward, Weighted
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    THIRD,
    deployment,
    group,
    no_answer,
    route,
    scene,
    shift_pair,
)
from tests.support.lagging_routes import lagging

PROD, STAGE = route((BLUE, 1)), route((GREEN, 1), port=8443)
PAIR = RoutePair(PROD, STAGE, BLUE, GREEN)
TO_BLUE, TO_GREEN = Forward.to_one(BLUE), Forward.to_one(GREEN)
OLD, NEW = group("web", OLD_ID), group("web__STAGE__Harness", NEW_ID)
READ_BACK = "web-alb:443 rule c1 read-back"
NOT_YET = "web-alb:443 rule c1 forwards to web-blue 100%, not to web-green 100%"
MODIFY = "aws elbv2 modify-rule --rule-arn {} --actions '{}'"
UNKNOWN = " (add the rule's authentication actions, if it has any)"
VIEW = "https://console.spotinst.com/#/aws/ec2/elastigroup/view"
KEEP = (
    f"keep the only remaining group, web__STAGE__Harness ({NEW_ID}): {VIEW}/{NEW_ID}; "
    "set its capacity (minimum/target/maximum) to 2/3/6"
)


def command(rule: str, *weights: tuple[str, int], sticky: str = '"Enabled":false') -> str:
    groups = ",".join(f'{{"TargetGroupArn":"{arn}","Weight":{weight}}}' for arn, weight in weights)
    config = f'{{"TargetGroups":[{groups}],"TargetGroupStickinessConfig":{{{sticky}}}}}'
    return MODIFY.format(rule, f'[{{"Type":"forward","ForwardConfig":{config}}}]') + UNKNOWN


def test_a_swap_exchanges_blue_and_green_wherever_they_are_and_keeps_the_rest() -> None:
    before = route((BLUE, 3), (THIRD, 1), (GREEN, 0), sticky=60).forward
    assert swap_forward(before, PAIR) == route((GREEN, 3), (THIRD, 1), (BLUE, 0), sticky=60).forward


def test_a_shift_gives_green_its_percentage_and_blue_the_rest_in_the_rules_own_order() -> None:
    before = route((GREEN, 0), (BLUE, 7), sticky=60).forward
    assert shift_forward(before, shift_pair(), 30) == route((GREEN, 30), (BLUE, 70), sticky=60).forward


def test_an_idle_target_group_is_added_at_weight_0_unless_the_rule_names_it_already() -> None:
    before = route((GREEN, 1), sticky=60).forward
    kept = route((GREEN, 1), (BLUE, 0), sticky=60).forward
    assert (with_idle_target(before, BLUE), with_idle_target(kept, BLUE)) == (kept, kept)
    assert with_idle_target(before, GREEN) == before


def test_a_rule_that_forwards_as_wanted_is_neither_written_nor_read() -> None:
    stage = scene()
    write_and_verify(stage.world(), PROD, TO_BLUE)
    assert (stage.routes.writes, stage.routes.reads, stage.events) == ([], 0, [])


def test_a_rule_is_read_every_second_until_it_shows_the_write() -> None:
    stage, rules, context = lagging(3.0)
    write_and_verify(context, PROD, TO_GREEN)
    assert rules.writes == [(PROD.rule, TO_GREEN)]
    assert stage.events == [
        WaitProgress(READ_BACK, NOT_YET, 0, 1, 0.0, 90.0),
        WaitFinished(READ_BACK, "as written", 3.0, 4),
    ]


def test_a_write_that_no_read_shows_for_as_long_as_reads_may_lag_is_an_error() -> None:
    stage, rules, context = lagging(1000.0)
    with pytest.raises(TimedOutError) as caught:
        write_and_verify(context, PROD, TO_GREEN)
    assert caught.value.message == f"Timed out after 1m 30s. {READ_BACK}: 0 of 1, {NOT_YET}."
    assert (stage.clock.passed, set(rules.retried_until)) == (90.0, {90.0})


def test_several_rules_are_read_back_in_one_wait_that_names_them_all() -> None:
    stage, rules, context = lagging()
    rules.forwards = {PROD.rule: TO_GREEN}
    with pytest.raises(TimedOutError) as caught:
        verify_written(context, {PROD: TO_GREEN, STAGE: TO_BLUE})
    both = "web-alb:443 rule c1, web-alb:8443 rule c1 read-back"
    left = "web-alb:8443 rule c1 forwards to web-green 100%, not to web-blue 100%"
    assert caught.value.message == f"Timed out after 1m 30s. {both}: 0 of 1, {left}."
    rules.forwards[STAGE.rule] = TO_BLUE
    stage.events.clear()
    verify_written(context, {PROD: TO_GREEN, STAGE: TO_BLUE})
    assert stage.events == [WaitFinished(both, "as written", 0.0, 1)]


def test_a_rule_that_lacks_a_target_group_at_weight_0_does_not_read_as_written() -> None:
    _, _, context = lagging()
    kept = replace(TO_GREEN, targets=(*TO_GREEN.targets, Weighted(BLUE, 0)))
    with pytest.raises(TimedOutError):
        verify_written(context, {replace(PROD, forward=TO_GREEN): kept})


def test_a_rule_may_read_as_before_or_as_wanted_and_nothing_else() -> None:
    for live in (TO_BLUE, TO_GREEN):
        require_unmodified(replace(PROD, forward=live), PROD, TO_GREEN)
    with pytest.raises(FailedError) as caught:
        require_unmodified(replace(PROD, forward=Forward.to_one(THIRD)), PROD, TO_GREEN)
    assert str(caught.value) == (
        "web-alb:443 rule c1 was modified outside this deployment: it forwarded to web-blue 100% when this "
        "deployment started, now to web-third 100%. Next: find out what modifies this rule (another pipeline, "
        "Terraform, a person), then run again."
    )


def test_the_groups_exchange_their_names_and_the_record_is_saved_between() -> None:
    stage = scene(OLD, NEW)
    record = deployment(OLD, NEW, (PAIR,))
    take_names(record, stage.world())
    assert stage.groups.calls == [
        ("update", NEW_ID, "web", None),
        ("update", OLD_ID, "web__STAGE__Harness", None),
    ]
    assert record.new == replace(GroupRef.of(NEW), name="web")
    assert stage.saved == [to_json(record)]


def test_the_stage_name_has_the_suffix_of_harness() -> None:
    stage = scene(OLD, NEW)
    context = stage.world()
    record = deployment(OLD, NEW, (PAIR,))
    take_names(record, context)
    restore_names(record, context)
    assert [call[1:3] for call in stage.groups.calls] == [
        (NEW_ID, "web"),
        (OLD_ID, "web__STAGE__Harness"),
        (OLD_ID, "web"),
        (NEW_ID, "web__STAGE__Harness"),
    ]


def test_without_an_old_group_only_the_new_one_is_renamed() -> None:
    stage = scene(NEW)
    take_names(deployment(None, NEW, (PAIR,)), stage.world())
    assert stage.groups.calls == [("update", NEW_ID, "web", None)]


def test_a_process_that_wrote_everything_itself_restores_only_the_names_that_it_changed() -> None:
    for old_too, new_too in ((False, False), (True, False), (False, True), (True, True)):
        stage = scene(OLD, NEW)
        context = stage.world()
        context.written.complete = True
        context.written.names = {OLD_ID: "x"} if old_too else {}
        context.written.names |= {NEW_ID: "web"} if new_too else {}
        restore_names(deployment(OLD, NEW, (PAIR,)), context)
        expected = [("update", OLD_ID, "web", None)] if old_too else []
        assert stage.groups.calls == expected + ([("update", NEW_ID, "web__STAGE__Harness", None)] if new_too else [])


def test_after_another_process_both_names_are_restored_if_the_groups_are_there() -> None:
    stage = scene(OLD, NEW)
    restore_names(deployment(OLD, NEW, (PAIR,)), stage.world())
    assert stage.groups.calls == [
        ("update", OLD_ID, "web", None),
        ("update", NEW_ID, "web__STAGE__Harness", None),
    ]
    alone = scene(OLD)
    restore_names(deployment(OLD, NEW, (PAIR,)), alone.world())
    restore_names(deployment(OLD, None, (PAIR,)), alone.world())
    restore_names(deployment(None, None, (PAIR,)), alone.world())
    assert alone.groups.calls == [("update", OLD_ID, "web", None)] * 2


def test_the_new_groups_name_matters_less_than_the_rollback() -> None:
    stage = scene(NEW)
    stage.groups.errors["update"] = no_answer()
    restore_names(deployment(None, NEW, (PAIR,)), stage.world())
    assert stage.events == [WarningEvent(f"{NEW_ID} keeps the name web: Spot answered 503")]


def test_a_person_restores_every_rule_and_the_old_groups_name_once_that_can_serve() -> None:
    up = f"make sure that the capacity of web ({OLD_ID}): {VIEW}/{OLD_ID} is 2/3/6 and its instances are healthy"
    assert restore_routes_commands(deployment(OLD, NEW, (PAIR, shift_pair()))) == "; ".join(
        [
            up,
            command(PROD.rule, (BLUE, 1)),
            command(STAGE.rule, (GREEN, 1)),
            command(shift_pair().prod.rule, (BLUE, 100), (GREEN, 0)),
            f"rename web ({OLD_ID}): {VIEW}/{OLD_ID} to web",
        ]
    )


def test_an_old_group_that_never_ran_or_that_no_rule_leads_to_is_not_asked_to_run() -> None:
    idle = deployment(replace(OLD, capacity=ZERO), NEW, (PAIR,))
    assert restore_routes_commands(idle).startswith("aws elbv2 modify-rule")
    assert restore_routes_commands(deployment(OLD, NEW)) == f"rename web ({OLD_ID}): {VIEW}/{OLD_ID} to web"


def test_where_only_the_new_group_is_left_a_person_makes_it_serve() -> None:
    record = deployment(
        OLD, NEW, (PAIR, replace(shift_pair(), prod=route((BLUE, 100), (GREEN, 0), name="s", sticky=60)))
    )
    assert promote_commands(record) == "; ".join(
        [
            KEEP,
            f"rename web ({NEW_ID}): {VIEW}/{NEW_ID} to web",
            command(PROD.rule, (GREEN, 1)),
            command(STAGE.rule, (BLUE, 1)),
            command(
                route((BLUE, 1), name="s").rule, (BLUE, 0), (GREEN, 100), sticky='"Enabled":true,"DurationSeconds":60'
            ),
        ]
    )
    assert promote_commands(deployment(OLD, NEW)) == KEEP
    assert promote_commands(deployment(OLD, None, (PAIR,))) == ""
