"""Other groups that have the name of the group that serves in the end: what of them is reported."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.engine.final_check import report_other_groups
from spotaction.engine.rollback import roll_back_steps
from spotaction.model import marker
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import CredentialError
from spotaction.model.events import ManualActionNeeded, WarningEvent
from spotaction.model.marker import State
from spotaction.model.resources import Group, GroupId
from tests.support.fake_steps import OLD, Play
from tests.support.fakes import NEW_ID, OLD_ID, RUN, Scene, deployment, group, scene

THEIR_ID = GroupId("sig-0000000c")
SERVING = GroupRef.of(OLD)
BESIDE = group(OLD.name, THEIR_ID)


def marked(state: State) -> Group:
    record = replace(deployment(OLD, BESIDE, nonce="feedbeef"), run=replace(RUN, id="4712"))
    return replace(BESIDE, description=marker.write_marker(record, state, ""))


def reported(stage: Scene, *groups: Group) -> Sequence[object]:
    stage.groups.known = {each.id: each for each in groups}
    report_other_groups(SERVING, deployment(OLD, group("web__8", NEW_ID)), stage.world())
    return stage.events


def test_a_group_that_another_run_left_half_way_is_reported_with_that_run_and_the_way_out() -> None:
    for state in (State.STOPPED, State.RUNNING):
        (left,) = reported(scene(), OLD, marked(state))
        assert left == ManualActionNeeded(
            f"two groups are called {OLD.name}",
            f"{OLD_ID} and {THEIR_ID}, whose marker says that the deployment of "
            "https://github.com/example/web/actions/runs/4712 is unfinished",
            "unless that run is still active, run this action with the same inputs and operation: rollback",
        )


def test_a_finished_or_unmarked_group_of_that_name_is_left_to_a_person() -> None:
    for other in (marked(State.COMPLETED), BESIDE):
        (left,) = reported(scene(), OLD, other)
        assert isinstance(left, ManualActionNeeded)
        assert left.todo == "find out which of them is to serve, and delete the other one"


def test_other_names_and_the_deployments_own_groups_are_not_reported() -> None:
    assert reported(scene(), OLD, group(OLD.name, NEW_ID), group("web__6", THEIR_ID)) == []


def test_a_deployment_that_began_since_is_warned_of_and_a_finished_one_or_another_apps_is_not() -> None:
    (left,) = reported(scene(), OLD, replace(marked(State.RUNNING), name="web__STAGE__Harness"))
    assert left == WarningEvent(
        f"web__STAGE__Harness ({THEIR_ID}): according to its marker, the deployment of "
        "https://github.com/example/web/actions/runs/4712 is unfinished; unless that run is still active, run this "
        "action with the same inputs and operation: rollback."
    )
    assert reported(scene(), OLD, replace(marked(State.COMPLETED), name="web__STAGE__Harness")) == []
    theirs = marked(State.RUNNING)
    other = theirs.description.replace(f"a={marker.digest('web')}", f"a={marker.digest('api')}")
    assert reported(scene(), OLD, replace(theirs, name="web__9", description=other)) == []
    stage, record = scene(), deployment(OLD, group("web__8", NEW_ID))
    stage.groups.known, record.lock.known = {THEIR_ID: replace(theirs, name="web__9")}, frozenset({THEIR_ID})
    report_other_groups(SERVING, record, stage.world())
    assert stage.events == []


def test_a_list_that_cannot_be_read_is_warned_of() -> None:
    stage = scene(OLD)

    def refuse() -> tuple[Group, ...]:
        raise CredentialError("expired")

    stage.groups.all = refuse  # type: ignore[method-assign]
    report_other_groups(SERVING, deployment(OLD, None), stage.world())
    assert stage.events == [WarningEvent(f"Could not check that no other group is called {OLD.name}: expired")]


def test_a_rollback_reports_them_only_if_it_gave_the_old_group_its_name_back() -> None:
    for renamed in (True, False):
        play = Play()
        play.stage.groups.known[THEIR_ID] = marked(State.STOPPED)
        context = play.stage.world()
        if renamed:
            context.written.names[OLD_ID] = OLD.name
        roll_back_steps(play.steps, play.record, context)
        reports = [event for event in play.stage.events if isinstance(event, ManualActionNeeded)]
        assert len(reports) == renamed
