"""What a rollback reports where names, rules or capacities are not those of one finished deployment."""

from dataclasses import replace

import pytest

from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import ConflictError
from spotaction.model.events import ManualActionNeeded, Note, WarningEvent
from spotaction.model.execution import StandaloneSpec
from spotaction.model.ports import HEALTH_LAG
from spotaction.model.resources import ZERO, Capacity, Forward, GroupId, LoadBalancer, StandaloneShift, listener_of
from spotaction.operations.rollback import roll_back
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, RANGE, THIRD, FakeRoutes, deployment, group, route, scene
from tests.unit.operations.test_rollback import OLD, PAIR, SWAP, asked, late, marked, recorded, swapped, writes
from tests.unit.operations.test_rollback_refusals import SWAP_RULE, refused


def test_a_rule_that_two_groups_share_without_any_marker_is_refused_though_one_of_them_has_the_apps_name() -> None:
    """A shift stopped half-way, and its marker was edited away."""
    stage = scene(
        group("web", OLD_ID, target_groups=(BLUE,)), group("web__STAGE__Harness", NEW_ID, target_groups=(GREEN,))
    )
    stage.routes = FakeRoutes(routes=[route((BLUE, 90), (GREEN, 10))])
    shift = LoadBalancer("web-alb", 443, prod_rule=SWAP_RULE, shift=True)
    assert refused(stage, None, shift) == (
        "No marker shows a deployment of web to roll back, but web-alb:443 rule c1 forwards to web-blue 90% + "
        f"web-green 10%, and web ({OLD_ID}) and web__STAGE__Harness ({NEW_ID}) serve there (a run may have stopped "
        "half-way). Next: pass the output `deployment` of the run that caused this, or correct the rule and the names "
        "by hand."
    )
    stage.routes = FakeRoutes(routes=[route((BLUE, 100), (GREEN, 0))])
    assert roll_back(asked(shift), stage.world()).status is Status.UNCHANGED


def test_several_groups_with_the_apps_name_are_reported_where_there_is_nothing_to_roll_back() -> None:
    other = GroupId("sig-9")
    stage = scene(group("web", OLD_ID), group("web", other))
    assert roll_back(asked(), stage.world()).status is Status.UNCHANGED
    assert [event for event in stage.events if isinstance(event, ManualActionNeeded)] == [
        ManualActionNeeded(
            "2 groups are called web",
            f"{other}, {OLD_ID}; a run may have stopped half-way",
            "keep the one that receives production's requests, and delete the rest",
        )
    ]


def test_of_several_groups_with_the_apps_name_elastigroup_id_says_which_serves() -> None:
    done = marked("done", name="web", old=f"{OLD_ID}:2/3/6")
    old, other = group("web__STAGE__Harness", OLD_ID, ZERO, minutes=60), group("web", GroupId("sig-9"), minutes=9)
    advice = "Next: set elastigroup-id to the one that serves."
    assert refused(scene(old, done, other)) == f"2 Elastigroups are named web: {NEW_ID}, sig-9. {advice}"
    message = refused(scene(old, done, other), previous=NEW_ID)
    assert message.startswith(f"web ({NEW_ID}) belongs to a blue-green deployment")
    stage = scene(old, done, other)
    assert roll_back(asked(previous=GroupId("sig-9")), stage.world()).status is Status.UNCHANGED
    assert writes(stage) == []


def test_a_finished_deployment_that_replaced_several_versions_is_rolled_back_with_a_warning_of_what_is_missing() -> (
    None
):
    for state, old, warned in (("done", "1/1/1", True), ("done", "2/3/6", False), ("stop", "1/1/1", False)):
        stage = scene(replace(OLD, capacity=ZERO), marked(state, old=f"{OLD_ID}:{old}"))
        assert roll_back(asked(), stage.world()).status is Status.ROLLED_BACK
        expected = WarningEvent(
            f"web__7 ({OLD_ID}) gets back 1/1/1 (minimum/target/maximum), less than the 2/3/6 that web__8 ({NEW_ID}) "
            "has now: scale it up afterwards if production needs more."
        )
        assert [event for event in stage.events if isinstance(event, WarningEvent)] == [expected] * warned


@pytest.mark.parametrize(
    ("capacity", "old", "rolled_back"),
    [
        (RANGE, OLD_ID, True),
        (Capacity(1, 1, 6), OLD_ID, True),
        (ZERO, OLD_ID, False),
        (RANGE, "sig-9", False),
        (RANGE, "", False),
    ],
)
def test_a_finished_shift_that_left_both_groups_running_is_rolled_back(
    capacity: Capacity, old: str, *, rolled_back: bool
) -> None:
    play, _, new = swapped(Forward.to_one(BLUE), Forward.to_one(GREEN))
    was = f"{old}:2/3/6" if old else ""
    done = marked("done", name=new.name, old=was, target_groups=(GREEN,))
    play.groups.known[NEW_ID] = replace(done, capacity=capacity)
    assert (roll_back(asked(SWAP), play.world()).status is Status.ROLLED_BACK) is rolled_back
    assert (NEW_ID not in play.groups.known) is rolled_back


def test_a_deployment_that_another_run_finished_got_further_than_its_record() -> None:
    play, old, new = swapped(Forward.to_one(BLUE), Forward.to_one(GREEN))
    play.groups.known[NEW_ID] = marked("done", name=new.name, target_groups=(GREEN,))
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP), play.world(), record)
    assert Note("Production has changed: the deployment got further than its record shows.") in play.events
    assert (done.status, len(done.started_steps)) == (Status.ROLLED_BACK, 3)


def test_the_targets_of_a_run_that_died_count_once_their_health_shows_what_it_did_last() -> None:
    play, _, record = late(minutes=1)
    context, began = play.world(), play.clock.now()
    roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), context, record)
    assert began <= context.written.health_visible_at - HEALTH_LAG <= play.clock.now()


def test_the_checks_of_a_rollback_see_the_deployment_that_was_rolled_back() -> None:
    class Checks:
        seen: list[tuple[object, ...]] = []  # noqa: RUF012 - of this test alone

        def run_after_rollback(self, *given: object) -> None:
            self.seen.append(given)

    stage = scene(replace(OLD, capacity=ZERO), marked())
    context = replace(stage.world(), checks=Checks())  # type: ignore[arg-type]
    record = roll_back(asked(), context)
    ((deployed, where),) = Checks.seen
    assert deployed is record
    assert (where.groups, where.phase) == (context.groups, "rollback")  # type: ignore[attr-defined]


@pytest.mark.parametrize("recorded_too", [True, False])
def test_without_a_record_nobody_knows_what_a_rule_of_its_own_step_forwarded_to(*, recorded_too: bool) -> None:
    stage, other = scene(OLD, marked()), route((THIRD, 1)).rule
    shift = StandaloneSpec("canary-api", StandaloneShift("api-alb", listener_of(other), other, Forward.to_one(THIRD)))
    request = asked()
    request = replace(request, execution=replace(request.execution, steps=(*request.execution.steps, shift)))
    record: Deployment | None = deployment(OLD, marked()) if recorded_too else None
    roll_back(request, stage.world(), record)
    warned = [event.text for event in stage.events if isinstance(event, WarningEvent)]
    assert [text for text in warned if text.startswith("If canary-api has shifted api-alb rule c1, that stays so")] == (
        [] if recorded_too else warned
    )
    assert bool(warned) is not recorded_too


def test_what_a_person_agreed_to_is_what_is_rolled_back() -> None:
    assert roll_back(asked(confirmed=NEW_ID), scene(OLD, marked()).world()).status is Status.ROLLED_BACK
    with pytest.raises(ConflictError, match=rf"about sig-9, but now web__8 \({NEW_ID}\) of web would be taken out"):
        roll_back(asked(confirmed=GroupId("sig-9")), scene(OLD, marked()).world())


def test_one_group_with_the_apps_name_is_no_namesake() -> None:
    stage = scene(group("web", OLD_ID))
    roll_back(asked(), stage.world())
    assert [event for event in stage.events if isinstance(event, ManualActionNeeded)] == []


def test_a_rule_of_a_shift_that_one_group_alone_serves_is_told_so() -> None:
    stage = scene(group("web", OLD_ID, target_groups=(BLUE,)))
    stage.routes = FakeRoutes(routes=[route((BLUE, 90), (GREEN, 10))])
    shift = LoadBalancer("web-alb", 443, prod_rule=PAIR.prod.rule, shift=True)
    assert f"and web ({OLD_ID}) alone serves there (a run may have stopped half-way)" in refused(stage, None, shift)
