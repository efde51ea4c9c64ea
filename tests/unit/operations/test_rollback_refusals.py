"""What a rollback refuses or leaves as it is, in whole sentences, and what it passes on to the engine."""

from dataclasses import replace

import pytest

from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, StepStarted, WarningEvent
from spotaction.model.resources import (
    ZERO,
    Capacity,
    Forward,
    Group,
    GroupId,
    Image,
    ImageId,
    LoadBalancer,
    Route,
    RuleArn,
)
from spotaction.model.safety_rule import SafetyRule
from spotaction.operations.rollback import roll_back
from tests.support.fakes import (
    BLUE,
    GREEN,
    NEW_ID,
    NEW_IMAGE,
    OLD_ID,
    THIRD,
    FakeRoutes,
    Scene,
    deployment,
    group,
    instances,
    route,
    scene,
)
from tests.unit.operations.test_rollback import (
    MINE,
    OLD,
    RESTORED,
    SWAP,
    asked,
    marked,
    recorded,
    swapped,
    writes,
)

TO_BLUE, TO_GREEN = Forward.to_one(BLUE), Forward.to_one(GREEN)
SWAP_RULE = route((BLUE, 1)).rule
NOTHING = "Nothing to roll back for web: no marker shows a deployment."
LATE = (
    " If its run started less than 90 s ago, Spot may not list its group yet: run this again. If its group was "
    "deleted, pass the output `deployment` of the run that started it."
)


def refused(stage: Scene, record: Deployment | None = None, *balancers: LoadBalancer, **more: object) -> str:
    with pytest.raises(RefusedError) as caught:
        roll_back(asked(*balancers, **more), stage.world(), record)
    return str(caught.value)


def notes(stage: Scene) -> list[str]:
    return [event.text for event in stage.events if isinstance(event, Note)]


@pytest.mark.parametrize(
    ("names", "similar"), [(("wep__7", "api"), "; similar names: wep__7"), (("api__1",), ""), ((), "")]
)
def test_an_app_without_a_group_may_be_mistyped(names: tuple[str, ...], similar: str) -> None:
    stage = scene(*(group(name, GroupId(f"sig-0000000{at}")) for at, name in enumerate(names)))
    assert roll_back(asked(), stage.world()).status is Status.UNCHANGED
    assert [event.text for event in stage.events if isinstance(event, WarningEvent)] == [
        f"The Spot account has no Elastigroup of web{similar}. Check app-name and the Spot account."
    ]


def test_a_first_deployment_has_nothing_to_roll_back_to() -> None:
    stage = scene(marked("done", old=""))
    assert refused(stage) == (
        "web__8 is the first deployment of web: there is nothing to roll back to. Next: run operation: deploy with the "
        "version that is to serve instead."
    )
    assert writes(stage) == []


def test_a_deployment_that_a_later_one_replaced_is_refused_with_the_way_out() -> None:
    later = marked("done", name="web__9", ident="sig-9", minutes=-5)
    for others in ((OLD, marked("done"), later), (later, OLD), (later,)):
        record = deployment(OLD, marked("done"), status=Status.DEPLOYED)
        assert refused(scene(*others), record) == (
            f"web__9 (sig-9) was deployed after web__8 ({NEW_ID}). Next: roll that one back first (without the input "
            "deployment), or deploy the version that you want."
        )


def test_the_finished_deployment_of_a_record_is_rolled_back() -> None:
    stage = scene(replace(OLD, capacity=ZERO), marked("done"))
    record = deployment(OLD, marked("done"), status=Status.DEPLOYED, started_steps=["setup", "deploy"])
    assert roll_back(asked(), stage.world(), record).status is Status.ROLLED_BACK
    assert writes(stage) == RESTORED


@pytest.mark.parametrize(
    "known",
    [
        (),
        (group("web__7", OLD_ID, minutes=0),),
        (marked("done", name="web__6", ident="sig-6", minutes=60), OLD),
    ],
)
def test_a_record_whose_group_is_gone_and_that_nothing_replaced_restores_what_differs(known: tuple[Group, ...]) -> None:
    stage = scene(*(replace(each, capacity=ZERO) if each.id == OLD_ID else each for each in known))
    record = deployment(OLD, marked("done"), status=Status.DEPLOYED, started_steps=["setup", "deploy"])
    done = roll_back(asked(), stage.world(), record)
    assert done.nonce == MINE
    assert [call for call in writes(stage) if call[1] == OLD_ID] == (
        [("scale", OLD_ID, "2/3/6")] if any(each.id == OLD_ID for each in known) else []
    )


def test_a_rollback_that_was_finished_already_restores_only_what_differs() -> None:
    back = group("web__7", OLD_ID, description="[spotaction n=ffffffff s=back r=9.1 d=1 c=2/3/6 g=example/web]")
    done_before = group("web__6", "sig-6", description=back.description.replace("s=back", "s=done"), minutes=90)
    for state, writing in (("back", []), ("done", [("scale", OLD_ID, "2/3/6")])):
        stage = scene(done_before, replace(back, description=back.description.replace("s=back", f"s={state}")))
        record = deployment(OLD, marked("done"), status=Status.DEPLOYED, started_steps=["setup", "deploy"])
        done = roll_back(asked(), stage.world(), record)
        assert (done.status, writes(stage)) == (Status.ROLLED_BACK, writing)
    stage = scene(back)
    again = deployment(OLD, marked("done"), status=Status.ROLLED_BACK)
    assert roll_back(asked(), stage.world(), again).status is Status.ROLLED_BACK
    assert (notes(stage)[-1], writes(stage)) == (NOTHING, [])


def test_a_record_without_any_deployment_says_less_than_none_at_all() -> None:
    for record, text in ((None, NOTHING + LATE), (deployment(OLD, None, status=Status.FAILED), NOTHING)):
        stage = scene(OLD)
        done = roll_back(asked(), stage.world(), record)
        assert (notes(stage), done.status) == ([text], Status.UNCHANGED)


def test_the_image_of_a_run_that_did_nothing_is_the_one_that_was_asked_for() -> None:
    image = Image(ImageId("ami-0fffffffffffffff1"), "web-9")
    assert roll_back(asked(image=image), scene(OLD).world()).image == image
    record = deployment(OLD, None, status=Status.FAILED)
    assert roll_back(asked(image=image), scene(OLD).world(), record).image == record.image


def test_a_create_that_spot_may_not_list_yet_is_waited_for() -> None:
    stage = scene(replace(OLD, capacity=ZERO))
    made = replace(marked(), description=marked().description.replace("s=stop", "s=live"))
    stage.clock.at(35.0, lambda: stage.groups.known.update({NEW_ID: made}))
    for status, started, found in (
        (Status.RUNNING, ["setup"], True),
        (Status.CANCELLED, ["setup"], True),
        (Status.RUNNING, [], False),
        (Status.FAILED, ["setup"], False),
    ):
        stage = scene(replace(OLD, capacity=ZERO))
        stage.clock.at(35.0, lambda stage=stage: stage.groups.known.update({NEW_ID: made}))  # type: ignore[misc]
        record = deployment(OLD, None, status=status, started_steps=list(started), unconfirmed_name="web__8")
        record.lock.asked_at = 1.0
        done = roll_back(asked(), stage.world(), record)
        assert (done.new is not None) is found
        assert (("delete", NEW_ID) in stage.groups.calls) is found


def test_a_create_that_never_happened_leaves_nothing_to_roll_back() -> None:
    stage = scene(OLD)
    record = deployment(OLD, None, status=Status.RUNNING, started_steps=["setup"], unconfirmed_name="web__8")
    assert roll_back(asked(), stage.world(), record).status is Status.UNCHANGED
    assert (stage.clock.passed, notes(stage)) == (90.0, [NOTHING])


def test_a_record_without_a_group_has_to_match_the_marker_that_is_found_for_it() -> None:
    other = replace(OLD, id=GroupId("sig-other"))
    record = deployment(other, None, started_steps=["setup"])
    message = refused(scene(OLD, marked()), record)
    assert f"the marker of web__8 ({NEW_ID}) has a different old group or capacity" in message


def test_production_that_leads_to_no_running_group_is_refused() -> None:
    stage = scene(replace(OLD, capacity=ZERO, target_groups=(BLUE,)))
    stage.routes = FakeRoutes(routes=[route((BLUE, 1))])
    advice = "pass the output `deployment` of the run that caused this, or correct the rule and the names by hand."
    assert refused(stage, None, SWAP) == (
        "No marker shows a deployment of web to roll back, but web-alb:443 rule c1 forwards to web-blue 100%, and no "
        f"running Elastigroup is attached there (the new one may have been deleted). Next: {advice}"
    )
    staged = group("web__STAGE__Harness", OLD_ID, Capacity(1, 1, 1), target_groups=(BLUE, THIRD))
    stage.groups.known = {OLD_ID: staged}
    assert refused(stage, None, SWAP) == (
        "No marker shows a deployment of web to roll back, but web-alb:443 rule c1 forwards to web-blue 100%, and "
        f"web__STAGE__Harness ({OLD_ID}) serves there under the stage name (a run may have stopped half-way). Next: "
        f"{advice}"
    )


def misrouted(*known: Group, record: Deployment | None = None) -> bool:
    stage = scene(*known)
    stage.routes = FakeRoutes(routes=[route((BLUE, 1), (GREEN, 0))])
    try:
        roll_back(asked(SWAP), stage.world(), record)
    except RefusedError as error:
        return "No marker shows" in error.message
    return False


def test_production_is_misrouted_only_where_all_that_serves_is_a_staged_group_of_this_app() -> None:
    staged = group("web__STAGE__Harness", OLD_ID, target_groups=(BLUE,))
    assert misrouted(staged)
    assert not misrouted(staged, group("web", NEW_ID, target_groups=(BLUE,)))
    assert misrouted(staged, group("web", NEW_ID, target_groups=(GREEN,)))
    assert misrouted(staged, group("web", NEW_ID, ZERO, target_groups=(BLUE,)))
    other = "[spotaction n=ffffffff a=00000000 s=done r=9.1 d=1 g=example/shop]"
    assert not misrouted(group("web", NEW_ID), replace(staged, description=other))
    assert not misrouted(group("shop", OLD_ID, target_groups=(THIRD,)))
    assert not misrouted(staged, record=deployment(OLD, None, status=Status.UNCHANGED))
    assert misrouted(staged, record=deployment(OLD, None, status=Status.FAILED))


def test_an_old_group_that_an_earlier_process_emptied_comes_up_before_production_goes_back_to_it() -> None:
    old = group("web", OLD_ID, ZERO, target_groups=(BLUE,), minutes=60)
    play, _, new = swapped(TO_GREEN, TO_BLUE, old=old)
    record = recorded(replace(old, capacity=Capacity(2, 3, 6)), new, "stage-setup", "swap-route")
    done = roll_back(asked(SWAP), play.world(), record)
    assert done.status is Status.ROLLED_BACK
    assert "Production will be restored once the old group is up again." in notes(play)


@pytest.mark.parametrize(
    ("started", "passed_by", "empties"),
    [
        (("stage-setup", "swap-route", "downsize-old"), "0123abcd", True),
        (("stage-setup", "swap-route", "downsize-old"), "unknown", False),
        (("stage-setup", "swap-route"), "0123abcd", False),
    ],
)
def test_a_record_that_reached_the_downsize_may_have_emptied_the_old_group_whatever_a_read_shows(
    started: tuple[str, ...], passed_by: str, *, empties: bool
) -> None:
    play, old, new = swapped(TO_GREEN, TO_BLUE)
    record = recorded(old, new, *started)
    record.gate_passed_by = passed_by
    roll_back(asked(SWAP), play.world(), record)
    assert ("Production will be restored once the old group is up again." in notes(play)) is empties


def test_an_open_deployment_of_the_app_explains_what_differs_in_production() -> None:
    play, old, new = swapped(TO_GREEN, TO_BLUE)
    rival = replace(marked(name="web", ident="sig-9", minutes=-5), target_groups=(GREEN,))
    play.groups.known[rival.id] = replace(
        rival, description=rival.description.replace("r=4711.1", "r=4799.1").replace("0123abcd", "ffffffff")
    )
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    done = roll_back(asked(SWAP, allow=frozenset({Override.TAKE_OVER})), play.world(), record)
    assert done.started_steps == ["stage-setup"]
    assert play.routes.writes == []


def test_without_aws_only_groups_show_how_far_a_deployment_got() -> None:
    stage = scene(replace(OLD, capacity=Capacity(1, 1, 6)), marked())
    record = deployment(OLD, marked(), started_steps=["setup"], gate_passed_by="")
    done = roll_back(asked(), stage.world(aws=False), record)
    assert (done.started_steps, done.status) == (["setup", "deploy"], Status.ROLLED_BACK)
    stage = scene(OLD, marked())
    record = deployment(OLD, marked(), started_steps=["setup"], gate_passed_by="")
    done = roll_back(asked(), stage.world(aws=False), record)
    assert (done.started_steps, done.gate_passed_by) == (["setup"], "")


def test_the_deadline_and_the_safety_rules_of_the_request_hold_for_the_rollback() -> None:
    stage = scene(replace(OLD, capacity=ZERO), marked("done"))
    stage.groups.instances_of[OLD_ID] = ()
    context = replace(stage.world(), deadline=1100.0)
    done = roll_back(asked(), context, None)
    assert done.status is Status.ROLLBACK_INCOMPLETE
    assert stage.clock.passed < 400.0

    for rules, deleted in ((frozenset(SafetyRule), False), (frozenset[SafetyRule](), True)):
        stage = scene(replace(OLD, capacity=ZERO), marked("done"))
        stage.groups.instances_of[OLD_ID] = instances(OLD_ID, 0)
        roll_back(asked(rules=rules), stage.world(), None)
        assert (("scale", NEW_ID, "0/0/0") in stage.groups.calls) is deleted


def test_the_record_of_an_unlisted_group_gets_the_group_of_its_marker() -> None:
    stage = scene(OLD, marked())
    done = roll_back(asked(), stage.world(), deployment(OLD, None, started_steps=["setup"]))
    assert done.new == GroupRef.of(marked())
    assert done.new.image == NEW_IMAGE


def test_the_finished_blue_green_deployment_that_serves_is_rolled_back_from_its_marker() -> None:
    old = group("web__STAGE__Harness", OLD_ID, target_groups=(BLUE,), minutes=60)
    play, _, _ = swapped(TO_GREEN, TO_BLUE, old=old)
    play.groups.known[NEW_ID] = marked("done", name="web", target_groups=(GREEN,))
    done = roll_back(asked(SWAP), play.world())
    assert done.status is Status.ROLLED_BACK
    assert play.routes.forwards[SWAP_RULE] == TO_BLUE


def test_the_rule_of_each_load_balancer_is_read_as_the_inputs_name_it() -> None:
    given: list[object] = []

    class Finding(FakeRoutes):
        def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
            given.append((load_balancer, port, rule))
            return super().find(load_balancer, port, rule)

    stage = scene(group("web", OLD_ID, target_groups=(BLUE,)))
    stage.routes = Finding(routes=[route((BLUE, 1))])
    assert roll_back(asked(SWAP), stage.world()).status is Status.UNCHANGED
    assert given == [("web-alb", 443, SWAP_RULE)]


def test_an_old_group_that_is_gone_does_not_show_that_the_deployment_got_further() -> None:
    play, old, new = swapped(TO_BLUE, TO_GREEN)
    del play.groups.known[OLD_ID]
    record = recorded(old, new, "stage-setup")
    record.gate_passed_by = ""
    assert roll_back(asked(SWAP), play.world(), record).started_steps == ["stage-setup"]


def test_the_app_of_a_record_is_enough() -> None:
    stage = scene(replace(OLD, capacity=ZERO), marked("done"))
    record = deployment(OLD, marked("done"), status=Status.DEPLOYED, started_steps=["setup", "deploy"])
    done = roll_back(asked(app=""), stage.world(), record)
    assert (done.app, done.status) == ("web", Status.ROLLED_BACK)


def test_a_record_that_names_another_apps_groups_is_refused() -> None:
    other = group("shop__1", OLD_ID)
    message = refused(scene(other, marked(old="")), deployment(other, marked()))
    assert f"shop__1 ({OLD_ID}) is neither named like this app nor known to have been replaced by it" in message
    staged = marked(name="web__STAGE__Harness")
    stage = scene(OLD, staged)
    with pytest.raises(RefusedError, match="is named as in a blue-green deployment, but it has no rules"):
        roll_back(asked(), stage.world(), deployment(OLD, staged))


def test_a_created_group_whose_marker_was_truncated_is_known_by_the_record() -> None:
    stage = scene(replace(OLD, capacity=ZERO))
    cut = replace(marked(), description=marked().description[:40])
    stage.clock.at(35.0, lambda: stage.groups.known.update({NEW_ID: cut}))
    record = deployment(OLD, None, status=Status.RUNNING, started_steps=["setup"], unconfirmed_name="web__8")
    done = roll_back(asked(), stage.world(), record)
    assert done.new == GroupRef.of(cut)
    assert "web__8 (sig-0000000b) has no marker; using the input deployment instead." in notes(stage)


def test_a_record_that_shows_the_swap_needs_no_look_at_how_far_it_got() -> None:
    play, old, new = swapped(TO_GREEN, TO_BLUE)
    small = replace(new, capacity=Capacity(1, 1, 6))
    record = recorded(old, small, "stage-setup", "swap-route")
    done = roll_back(asked(SWAP), play.world(), record)
    assert "Production has changed: the deployment got further than its record shows." not in notes(play)
    assert done.status is Status.ROLLED_BACK
    assert done.new is not None
    assert done.new.capacity == small.capacity


def test_steps_that_never_ran_and_had_nothing_to_restore_are_not_told() -> None:
    play, old, new = swapped(TO_GREEN, TO_BLUE)
    roll_back(asked(SWAP), play.world(), recorded(old, new, "stage-setup", "swap-route"))
    told = [event.step for event in play.events if isinstance(event, StepStarted)]
    assert told == ["swap-route", "stage-setup"]
