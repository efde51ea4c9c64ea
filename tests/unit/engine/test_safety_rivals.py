"""What a run that never passed the gate may take away: its own new group, if the others carry production without it."""

from dataclasses import replace

import pytest

from spotaction.model.resources import ZERO, Capacity, Group, GroupId, InstanceId, Target, TargetGroupArn, TargetState
from spotaction.model.safety_rule import SafetyRule
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    OLD_ID,
    RANGE,
    THIRD,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
    swap_pair,
)
from tests.support.guarding import MARK, NEW, OLD, PRODUCTION, STAGED, objection, registered, rules, sick, stopped

SWAP = swap_pair()
RIVAL_ID = GroupId("sig-0000000c")
RIVAL = group("web__9", RIVAL_ID)


def test_the_old_group_has_to_be_whole_before_the_new_one_goes() -> None:
    stage = scene(OLD, NEW)
    guard = rules(stage, deployment(OLD, NEW, gate_passed_by=""), whole=True)
    guard.before_shrink(NEW, ZERO)
    guard.before_delete(NEW)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 2)
    guard.context.health_cache.views.clear()
    for act in (lambda: guard.before_shrink(NEW, ZERO), lambda: guard.before_delete(NEW)):
        assert stopped(act) == (
            "web__8 (sig-0000000b) may not shrink: 2 of 3 instances are healthy in the app's other groups "
            "(web__7 (sig-0000000a))."
        )


def test_all_other_groups_of_the_app_count_together_and_nobody_elses() -> None:
    bare = group("legacy", OLD_ID)
    stage = scene(
        bare,
        NEW,
        RIVAL,
        group("web__6", "sig-8", ZERO),
        group("shop__1", "sig-9"),
        group("web__10", "sig-7", description="[spotaction n=1 a=00000000 s=live r=1.1 d=1]"),
    )
    stage.groups.instances_of |= {OLD_ID: instances(OLD_ID, 1), RIVAL_ID: instances(RIVAL_ID, 1)}
    guard = rules(stage, deployment(bare, NEW, gate_passed_by=""), whole=True)
    assert stopped(lambda: guard.before_shrink(NEW, ZERO)) == (
        "web__8 (sig-0000000b) may not shrink: 2 of 3 instances are healthy in the app's other groups "
        "(legacy (sig-0000000a), web__9 (sig-0000000c))."
    )
    stage.groups.instances_of[RIVAL_ID] = instances(RIVAL_ID, 2)
    guard.context.health_cache.views.clear()
    guard.before_shrink(NEW, ZERO)


@pytest.mark.parametrize(
    ("old_at", "rival_at", "goes"),
    [
        (RANGE, GREEN, False),  # a staged group, which production does not use yet
        (RANGE, BLUE, True),
        (ZERO, GREEN, True),  # production has moved on
    ],
)
def test_where_the_old_group_serves_beside_it_only_what_is_healthy_there_counts(
    old_at: Capacity, rival_at: TargetGroupArn, *, goes: bool
) -> None:
    old, new = replace(OLD, target_groups=(BLUE,)), replace(NEW, target_groups=(BLUE,))
    stage = scene(replace(old, capacity=old_at), new, replace(RIVAL, target_groups=(rival_at,)))
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 2)
    guard = rules(stage, deployment(old, new, gate_passed_by=""), aws=False, whole=True)
    assert objection(lambda: guard.before_shrink(new, ZERO)) == (
        ""
        if goes
        else "web__8 (sig-0000000b) may not shrink: 2 of 3 instances are healthy in the app's other groups "
        "(web__7 (sig-0000000a))."
    )


@pytest.mark.parametrize(("running", "goes"), [(3, True), (2, False)])
def test_what_the_others_carry_is_weighed_where_their_capacity_is(running: int, *, goes: bool) -> None:
    """Another run replaced the old group: 12 units are 3 instances of 4."""
    units, weights = Capacity(4, 12, 24), {"m5.large": 4}
    old, new, rival = (
        replace(each, capacity=units, unit="weight", weights=weights, target_groups=(BLUE,))
        for each in (OLD, NEW, RIVAL)
    )
    stage = scene(replace(old, capacity=ZERO), new, rival)
    heavy = {ident: instances(ident, count) for ident, count in ((OLD_ID, 0), (NEW_ID, 3), (RIVAL_ID, running))}
    for ident, found in heavy.items():
        stage.groups.instances_of[ident] = tuple(replace(each, instance_type="m5.large") for each in found)
    ids = [each.id for found in heavy.values() for each in found if each.id]
    stage.routes.targets_of[BLUE] = tuple(Target(each, TargetState.HEALTHY) for each in ids)
    guard = rules(stage, deployment(old, new, gate_passed_by=""))
    assert (objection(lambda: guard.before_shrink(new, ZERO)) == "") is goes


@pytest.mark.parametrize(("given", "goes"), [("1/2/4", True), ("2/3/6", False), ("", False)])
@pytest.mark.parametrize("whole", [True, False])
def test_of_a_deployment_that_finished_instead_production_needs_no_more_than_it_was_given(
    given: str, *, goes: bool, whole: bool
) -> None:
    text = f"[spotaction n=1 a=4b5e57f6 s=done r=9.1 d=1 o={OLD_ID}:2/3/6{f' c={given}' if given else ''}]"
    old, new = replace(OLD, target_groups=(BLUE,)), replace(NEW, target_groups=(BLUE,))
    rival = replace(RIVAL, target_groups=(BLUE,), capacity=Capacity(1, 2, 4), description=text)
    stage = scene(replace(old, capacity=ZERO), new, rival)
    found = {OLD_ID: (), NEW_ID: instances(NEW_ID, 3), RIVAL_ID: instances(RIVAL_ID, 2)}
    stage.groups.instances_of |= found
    ids = [each.id for each in (*found[NEW_ID], *found[RIVAL_ID]) if each.id]
    stage.routes.targets_of[BLUE] = tuple(Target(each, TargetState.HEALTHY) for each in ids)
    guard = rules(stage, deployment(old, new, gate_passed_by=""), whole=whole)
    assert (objection(lambda: guard.before_shrink(new, ZERO)) == "") is goes


def test_where_no_other_group_is_left_it_stays() -> None:
    guard = rules(scene(NEW), deployment(OLD, NEW, gate_passed_by=""), whole=True)
    assert stopped(lambda: guard.before_shrink(NEW, ZERO)) == (
        "web__8 (sig-0000000b) may not shrink: 0 of 3 instances are healthy in the app's other groups (no other group)."
    )


@pytest.mark.parametrize(
    ("old", "new"), [(None, NEW), (replace(OLD, capacity=ZERO), NEW), (OLD, replace(NEW, capacity=ZERO))]
)
def test_where_nothing_served_before_or_nothing_is_in_it_it_goes(old: Group | None, new: Group) -> None:
    guard = rules(scene(new), deployment(old, new, gate_passed_by=""), whole=True)
    assert objection(lambda: guard.before_delete(new)) == ""


def test_the_rule_may_be_left_out() -> None:
    record = deployment(OLD, NEW, gate_passed_by="")
    guard = rules(scene(NEW), record, SafetyRule.TAKEOVER_IS_STEADY, whole=True)
    assert objection(lambda: guard.before_shrink(NEW, ZERO)) == ""


def test_the_old_group_is_never_one_that_changed_nothing() -> None:
    guard = rules(scene(OLD, RIVAL), deployment(OLD, None, gate_passed_by=""), whole=True)
    assert stopped(lambda: guard.before_shrink(OLD, ZERO)) == (
        "web__7 (sig-0000000a) may not shrink: no other group exists to take over."
    )
    stage = scene(OLD, NEW, RIVAL)
    sick(stage, NEW_ID)
    guard = rules(stage, deployment(OLD, NEW, gate_passed_by=""), whole=True)
    assert "web__8 (sig-0000000b), which takes over, is not steady" in stopped(lambda: guard.before_shrink(OLD, ZERO))


def test_a_run_that_passed_the_gate_needs_the_old_group_itself() -> None:
    stage = scene(OLD, NEW, RIVAL)
    sick(stage, OLD_ID)
    assert "web__7 (sig-0000000a), which takes over, is not steady" in stopped(
        lambda: rules(stage, deployment(OLD, NEW), whole=True).before_shrink(NEW, ZERO)
    )


def served(by: GroupId, *more: GroupId) -> tuple[Scene, Group, Group, Group]:
    """Production is at green; healthy there are the instances of these groups, all three of which exist."""
    rival = replace(RIVAL, name="web__STAGE__Harness", target_groups=(GREEN,))
    stage = scene(PRODUCTION, STAGED, rival)
    registered(stage)
    stage.routes.targets_of[GREEN] = tuple(
        Target(instance.id, TargetState.HEALTHY)
        for ident in (by, *more)
        for instance in instances(ident, 3)
        if instance.id
    )
    stage.routes.routes = (replace(SWAP.prod, forward=route((GREEN, 1)).forward),)
    return stage, PRODUCTION, STAGED, rival


def test_where_production_leads_to_another_runs_group_as_well_it_goes() -> None:
    stage, old, new, _ = served(RIVAL_ID, NEW_ID)
    record = deployment(old, new, (SWAP,), gate_passed_by="")
    guard = rules(stage, record, whole=True)
    assert objection(lambda: guard.before_shrink(new, ZERO)) == ""
    assert objection(lambda: guard.before_delete(new)) == ""


def test_where_a_person_sent_production_to_it_it_stays() -> None:
    stage, old, new, _ = served(NEW_ID)
    record = deployment(old, new, (SWAP,), gate_passed_by="")
    for act in ("shrink", "delete"):
        guard = rules(stage, record, whole=True)
        assert stopped(
            lambda g=guard, a=act: g.before_shrink(new, ZERO) if a == "shrink" else g.before_delete(new)  # type: ignore[misc]
        ) == (
            "web__STAGE__Harness (sig-0000000b) may not shrink: it has all the healthy targets of web-green, "
            "which receives production's requests. Next: find out what modifies this rule."
        )
    guard = rules(stage, record, SafetyRule.NEVER_DELETE_PRODUCTION, whole=True)
    guard.before_shrink(new, ZERO)


def test_where_nothing_of_it_is_healthy_it_takes_nothing_from_production() -> None:
    stage, old, new, _ = served(NEW_ID)
    stage.routes.targets_of[GREEN] = ()
    guard = rules(stage, deployment(old, new, (SWAP,), gate_passed_by=""), whole=True)
    assert objection(lambda: guard.before_shrink(new, ZERO)) == ""


def test_one_healthy_instance_has_to_be_left_where_a_rule_leads_although_nothing_served_before() -> None:
    stage, _, new, rival = served(RIVAL_ID, NEW_ID)
    emptied = replace(PRODUCTION, capacity=ZERO)
    stage.groups.known[OLD_ID] = emptied
    record = deployment(emptied, new, (SWAP,), gate_passed_by="")
    rules(stage, record, whole=True).before_shrink(new, ZERO)
    stage.groups.known[rival.id] = replace(rival, capacity=ZERO)
    assert stopped(lambda: rules(stage, record, whole=True).before_shrink(new, ZERO)) == (
        "web__STAGE__Harness (sig-0000000b) may not shrink: 0 of 1 instance is healthy in the app's other "
        "groups (no other group)."
    )


def test_where_no_rule_leads_to_it_production_only_has_to_be_alive() -> None:
    stage, old, new, _ = served(RIVAL_ID)
    stage.routes.routes = (SWAP.prod,)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 1)
    guard = rules(stage, deployment(old, new, (SWAP,), gate_passed_by=""), whole=True)
    assert objection(lambda: guard.before_shrink(new, ZERO)) == ""


def test_a_record_from_another_process_may_be_older_than_the_facts() -> None:
    """Whether the gate was passed is then judged by whether its target groups are full without it, too."""
    stage, old, new, _ = served(RIVAL_ID, NEW_ID)
    record = deployment(old, new, (SWAP,), gate_passed_by="")
    rules(stage, record).before_shrink(new, ZERO)
    stage.routes.targets_of[GREEN] = stage.routes.targets_of[GREEN][1:]
    assert "may not be emptied: web-alb:443 still sends requests" in stopped(
        lambda: rules(stage, record).before_shrink(new, ZERO)
    )


def test_each_of_its_target_groups_has_to_be_full_without_it() -> None:
    stage, old, new, _ = served(RIVAL_ID, NEW_ID)
    both = replace(new, target_groups=(GREEN, THIRD))
    stage.routes.targets_of[THIRD] = ()
    guard = rules(stage, deployment(old, both, (SWAP,), gate_passed_by=""))
    assert "may not be emptied" in stopped(lambda: guard.before_shrink(both, ZERO))


def test_without_a_group_before_one_healthy_target_beside_it_will_do() -> None:
    stage, _, new, _ = served(RIVAL_ID, NEW_ID)
    stage.routes.targets_of[GREEN] = stage.routes.targets_of[GREEN][2:]
    record = deployment(None, new, (SWAP,), gate_passed_by="")
    rules(stage, record).before_shrink(new, ZERO)
    stage.routes.targets_of[GREEN] = stage.routes.targets_of[GREEN][1:]
    assert "may not be emptied" in stopped(lambda: rules(stage, record).before_shrink(new, ZERO))


@pytest.mark.parametrize("aws", [True, False])
def test_without_target_groups_or_aws_a_record_is_taken_at_its_word(*, aws: bool) -> None:
    new = replace(NEW, target_groups=() if aws else (GREEN,))
    stage = scene(OLD, new)
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 2)
    assert "2 of 3 instances are healthy in the app's other groups" in stopped(
        lambda: rules(stage, deployment(OLD, new, gate_passed_by=""), aws=aws).before_shrink(new, ZERO)
    )


def healthy_in(stage: Scene, states: dict[str, TargetState]) -> None:
    stage.routes.targets_of[BLUE] = tuple(Target(InstanceId(ident), state) for ident, state in states.items())


@pytest.mark.parametrize("lost", [TargetState.UNHEALTHY, TargetState.UNHEALTHY_DRAINING, TargetState.DRAINING])
def test_a_healthy_new_group_stays_where_production_has_no_healthy_target_any_more(lost: TargetState) -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod,)
    healthy_in(stage, {"i-1": lost, "i-2": lost})
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert stopped(lambda: guard.before_shrink(STAGED, ZERO)) == (
        "web__STAGE__Harness (sig-0000000b) may not shrink: no target of web-blue is healthy, but its own are. "
        "Next: restore the targets of web-blue, or route production's requests to this group."
    )


@pytest.mark.parametrize("left", [TargetState.HEALTHY, TargetState.INITIAL, TargetState.UNAVAILABLE])
def test_a_new_group_that_no_rule_leads_to_goes_while_production_may_serve(left: TargetState) -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod,)
    healthy_in(stage, {"i-1": TargetState.UNHEALTHY, "i-2": left})
    sick(stage, OLD_ID)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_shrink(STAGED, ZERO)) == ""


def test_a_new_group_that_is_no_better_goes_although_production_is_lost() -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod,)
    healthy_in(stage, {})
    sick(stage, NEW_ID)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_shrink(STAGED, ZERO)) == ""


def test_whether_production_is_lost_is_not_judged_by_a_look_from_before() -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod,)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    guard.context.observe(PRODUCTION)
    healthy_in(stage, {"i-1": TargetState.UNHEALTHY})
    assert "no target of web-blue is healthy" in stopped(lambda: guard.before_shrink(STAGED, ZERO))


def test_a_group_of_one_needs_another_to_take_over_and_an_empty_one_does_not() -> None:
    stage = scene(OLD, NEW)
    sick(stage, NEW_ID)
    guard = rules(stage, deployment(OLD, NEW))
    assert "is not steady" in stopped(lambda: guard.before_shrink(replace(OLD, capacity=Capacity.fixed(1)), ZERO))
    guard.before_shrink(replace(OLD, capacity=ZERO), ZERO)


def test_without_a_known_capacity_the_new_group_has_to_hold_all_that_spot_has_it_hold() -> None:
    stage = scene(OLD, replace(NEW, capacity=Capacity(2, 4, 6)))
    stage.groups.instances_of[NEW_ID] = instances(NEW_ID, 3)
    record = deployment(OLD, NEW)
    rules(stage, record).before_shrink(OLD, ZERO)
    record.capacity = None
    assert "is not steady (1 not listed by Spot yet)" in stopped(lambda: rules(stage, record).before_shrink(OLD, ZERO))


def test_the_mark_of_the_new_group_is_needed_to_delete_it() -> None:
    bare = replace(NEW, description="", capacity=ZERO)
    foreign = replace(bare, description="[spotaction n=1 a=00000000 s=live r=1.1 d=1]")
    guard = rules(scene(OLD, bare), deployment(OLD, bare))
    says = "web__8 (sig-0000000b) may not be deleted: its description has"
    assert stopped(lambda: guard.before_delete(bare)) == (
        f"{says} no marker of this action. Next: delete it in the Spot console if it is not needed."
    )
    assert stopped(lambda: guard.before_delete(foreign)) == (
        f"{says} the marker of an app other than web. Next: delete it in the Spot console if it is not needed."
    )
    rules(scene(OLD, bare), deployment(OLD, bare), SafetyRule.ONLY_OURS).before_delete(bare)
    guard.context.written.created[NEW_ID] = bare
    guard.before_delete(bare)


def test_the_mark_of_this_app_or_one_without_an_app_is_ours() -> None:
    guard = rules(scene(OLD, NEW), deployment(OLD, NEW))
    for mark in (MARK, "[spotaction n=1 a=4b5e57f6 s=live r=1.1 d=1]"):
        marked = replace(NEW, description=mark, capacity=ZERO)
        assert objection(lambda group=marked: guard.before_delete(group)) == ""  # type: ignore[misc]


@pytest.mark.parametrize("staged", [True, False])
def test_a_leftover_under_the_stage_name_is_deleted_without_a_group_that_takes_over(*, staged: bool) -> None:
    leftover = group("web__STAGE__Harness" if staged else "web__6", "sig-9", RANGE if staged else ZERO)
    stage = scene(OLD, NEW, leftover)
    sick(stage, NEW_ID)
    guard = rules(stage, deployment(OLD, NEW))
    assert objection(lambda: guard.before_delete(leftover)) == ""


def test_a_group_that_others_left_needs_one_to_take_over_even_where_any_group_may_be_deleted() -> None:
    left = group("web__6", "sig-9", Capacity.fixed(1))
    stage = scene(OLD, NEW, left)
    sick(stage, NEW_ID)
    guard = rules(stage, deployment(OLD, NEW), SafetyRule.ONLY_OURS)
    assert "web__8 (sig-0000000b), which takes over, is not steady" in stopped(lambda: guard.before_delete(left))


def test_a_new_group_of_one_is_deleted_only_once_the_old_one_is_what_it_was() -> None:
    one = replace(NEW, capacity=Capacity.fixed(1))
    stage = scene(OLD, one)
    sick(stage, OLD_ID)
    guard = rules(stage, deployment(OLD, one))
    assert "web__7 (sig-0000000a), which takes over, is not steady" in stopped(lambda: guard.before_delete(one))


def test_a_new_group_that_no_rule_leads_to_is_deleted_while_production_serves() -> None:
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (SWAP.prod,)
    sick(stage, OLD_ID)
    guard = rules(stage, deployment(PRODUCTION, STAGED, (SWAP,)))
    assert objection(lambda: guard.before_delete(STAGED)) == ""


def test_a_group_of_one_counts_among_the_others() -> None:
    stage = scene(OLD, NEW, replace(RIVAL, capacity=Capacity.fixed(1)))
    stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 2)
    guard = rules(stage, deployment(OLD, NEW, gate_passed_by=""), whole=True)
    assert objection(lambda: guard.before_shrink(NEW, ZERO)) == ""


def test_a_staged_group_may_be_deleted_and_one_with_another_name_not() -> None:
    staged, other = group("web__STAGE__Harness", "sig-8", ZERO), group("web-next", "sig-9", ZERO)
    guard = rules(scene(OLD, NEW), deployment(OLD, NEW))
    guard.before_delete(staged)
    assert "this deployment did not create it" in stopped(lambda: guard.before_delete(other))


def test_every_target_group_that_production_lost_is_named() -> None:
    pair = replace(SWAP, prod=route((BLUE, 1), (THIRD, 1)))
    stage = scene(PRODUCTION, STAGED)
    registered(stage)
    stage.routes.routes = (pair.prod,)
    healthy_in(stage, {})
    stage.routes.targets_of[THIRD] = ()
    guard = rules(stage, deployment(PRODUCTION, STAGED, (pair,)))
    assert stopped(lambda: guard.before_shrink(STAGED, ZERO)) == (
        "web__STAGE__Harness (sig-0000000b) may not shrink: no target of web-blue, web-third is healthy, but its own "
        "are. Next: restore the targets of web-blue, web-third, or route production's requests to this group."
    )
