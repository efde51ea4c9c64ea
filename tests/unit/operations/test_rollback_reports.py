"""What a rollback reports where names, rules or capacities are not those of one finished deployment."""

from dataclasses import replace

from spotaction.model.deployment import Status
from spotaction.model.events import ManualActionNeeded, WarningEvent
from spotaction.model.resources import ZERO, GroupId, LoadBalancer
from spotaction.operations.rollback import roll_back
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, FakeRoutes, group, route, scene
from tests.unit.operations.test_rollback import OLD, asked, marked, writes
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
