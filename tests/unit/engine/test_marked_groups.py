"""What the markers of groups say in whole sentences, and which group a record or a run means."""

from dataclasses import replace

import pytest

from spotaction.engine.marked_groups import (
    MarkedGroup,
    from_record,
    last_finished,
    marker_of_run,
    open_deployment,
    other_owner,
    require_unlocked,
)
from spotaction.model import marker
from spotaction.model.deployment import Run
from spotaction.model.errors import ConflictError, RefusedError, SpotactionError
from spotaction.model.marker import Marker, State
from spotaction.model.resources import GroupId
from tests.support.fakes import APP, NEW_ID, NONCE, OLD_ID, START, deployment, group

NOW = START.timestamp()
ME, OTHER = Run("1", "2", "example/web", job="aaaa1111"), Run("2", "1", "example/web")
URL = "https://github.com/example/web/actions/runs/2"


def marked(
    ident: str = "sig-1", state: State = State.STOPPED, *, run: Run = OTHER, seconds: int = 60, nonce: str = ""
) -> MarkedGroup:
    return MarkedGroup(group("web__8", ident), Marker(run, state, int(NOW) + seconds, nonce=nonce))


def lock(*found: MarkedGroup) -> SpotactionError:
    with pytest.raises(ConflictError) as caught:
        require_unlocked(found, app=APP, run=ME, now=NOW)
    return caught.value


def taken(*found: MarkedGroup, **more: object) -> MarkedGroup | None:
    given: dict[str, object] = {"app": APP, "run": ME, "now": NOW, "dead": False, **more}
    return open_deployment(found, **given)  # type: ignore[arg-type]


def refusal(*found: MarkedGroup, **more: object) -> SpotactionError:
    with pytest.raises(SpotactionError) as caught:
        taken(*found, **more)
    return caught.value


@pytest.mark.parametrize(
    ("found", "verb"),
    [(marked(), "stopped"), (marked(state=State.RUNNING, seconds=0), "died")],
)
def test_a_deployment_that_was_left_half_way_says_how_to_finish_it(found: MarkedGroup, verb: str) -> None:
    error = lock(marked("sig-0", State.COMPLETED), found)
    assert (error.message, error.next_step) == (
        f"A deployment of web by {URL} {verb} half-way (group web__8 (sig-1)).",
        "run operation: continue to finish it, or operation: rollback to revert it.",
    )


def test_a_live_run_is_taken_over_only_if_it_is_dead_and_not_by_itself() -> None:
    alive = marked(state=State.RUNNING)
    error = refusal(alive)
    assert (type(error), error.message, error.next_step) == (
        ConflictError,
        f"web is being deployed by {URL} (group web__8, sig-1); its deadline has not passed.",
        "wait for that run or cancel it; if it is dead, allow: take-over takes over.",
    )
    assert taken(alive, dead=True) is alive
    assert taken(marked(state=State.RUNNING, run=ME)) is not None


def test_of_several_open_deployments_the_one_that_is_meant_is_taken() -> None:
    one, two = marked("sig-1", nonce="11111111"), marked("sig-2", nonce="22222222", run=ME)
    error = refusal(one, two)
    advice = (
        "pass the output `deployment` of the one you mean (to undo them all, begin with the youngest, web__8 (sig-2)); "
        "or remove the text [spotaction … from the descriptions of the others (in the Spot console), and run again."
    )
    message = "More than one deployment of web is open: web__8 (sig-1), web__8 (sig-2)."
    assert (type(error), error.message, error.next_step) == (RefusedError, message, advice)
    assert taken(one, two, new=GroupId("sig-2")) is two
    assert taken(one, two, started_by=OTHER) is one
    assert taken(one, two, started_by=OTHER, nonce="22222222") is two
    assert (
        taken(replace(one, marker=replace(one.marker, nonce="")), two, started_by=OTHER, nonce="33333333") is not None
    )


def test_a_deployment_that_is_not_the_one_of_the_record_is_left() -> None:
    error = refusal(marked("sig-1"), marked("sig-2", State.COMPLETED), new=GroupId("sig-9"))
    assert (type(error), error.message, error.next_step) == (
        RefusedError,
        "A deployment of web other than the one in the input deployment stopped half-way: web__8 (sig-1).",
        "finish that one first (operation: continue or operation: rollback, without the input deployment).",
    )
    assert taken(marked("sig-1", State.COMPLETED), new=GroupId("sig-9")) is None


def test_the_group_of_a_run_is_known_by_its_id_else_by_its_nonce_else_by_its_job() -> None:
    mine = marked("sig-1", State.RUNNING, run=ME, nonce="11111111")
    same_run = marked("sig-2", State.RUNNING, run=replace(ME, job="bbbb2222"), nonce="22222222")
    stopped = marked("sig-3", State.STOPPED, run=ME)
    found = [stopped, same_run, mine]
    assert marker_of_run(found, ME) is mine
    assert marker_of_run(found, ME, GroupId("sig-3"), "22222222") is stopped
    assert marker_of_run(found, ME, nonce="22222222") is same_run
    assert marker_of_run(found, ME, nonce="99999999") is None
    assert marker_of_run(found, ME, GroupId("sig-9")) is None
    assert marker_of_run([stopped], ME) is None
    assert marker_of_run([mine], replace(ME, attempt="9")) is None  # a later attempt did not touch it


def test_of_two_groups_of_one_age_the_higher_id_finished_last() -> None:
    one, two = marked("sig-1", State.COMPLETED), marked("sig-2", State.ROLLED_BACK_TO)
    assert last_finished([one, two]) is two
    assert last_finished([two, one]) is two
    assert last_finished([marked()]) is None


def test_the_marker_of_a_record_replaces_one_that_is_missing_but_never_another_runs() -> None:
    new = group("web__8", NEW_ID)
    record = deployment(None, new)
    found = from_record(record, [group("web__7", OLD_ID), new])
    assert found == MarkedGroup(new, marker.marker_from_record(record))
    cut = replace(new, description=f"[spotaction n={NONCE} a=4b5e57f6 s=li")
    assert from_record(record, [cut]) == MarkedGroup(cut, marker.marker_from_record(record))
    theirs = replace(new, description="[spotaction n=ffffffff a=4b5e57f6 s=li")
    assert from_record(record, [theirs]) is None
    assert from_record(deployment(None, None), [replace(cut, id=OLD_ID), theirs]) is not None
    assert from_record(deployment(None, None, nonce=""), [new, theirs]) is None
    assert from_record(deployment(None, new, nonce=""), [theirs]) is not None


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("", ""),
        ("[spotaction n=1 a=4b5e57f6 s=done r=1.1 d=1 g=example/web]", ""),
        ("[spotaction n=1 s=done r=1.1 d=1]", ""),
        ("[spotaction n=1 a=4b5e57f6 s=done r=1.1 d=1 g=example/fork]", "example/fork"),
        ("[spotaction n=1 a=00000000 s=done r=1.1 d=1 g=example/shop]", "another app (of example/shop)"),
        ("[spotaction n=1 a=00000000 s=done r=1.1 d=1]", "another app"),
    ],
)
def test_a_marker_names_another_app_or_repository_except_in_the_deployments_own_groups(text: str, owner: str) -> None:
    old, new = group("web__7", OLD_ID, description=text), group("web__8", NEW_ID, description=text)
    other = group("web__6", "sig-6", description=text)
    record = deployment(old, new)
    assert [other_owner(record, each) for each in (other, old, new)] == [owner, "", ""]
    unknown = deployment(None, None)
    unknown.run = Run("1")
    assert other_owner(unknown, other) == ("" if owner == "example/fork" else owner)
