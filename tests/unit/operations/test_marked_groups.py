import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.engine import marked_groups
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.model.deployment import Run
from spotaction.model.errors import ConflictError, RefusedError
from spotaction.model.marker import Marker, State
from spotaction.model.resources import GroupId
from tests.support.fakes import APP, START, group

NOW = START.timestamp()
ME, OTHER = Run("1", "2", "example/web", "https://git.example.com", "aaaa1111"), Run("2", "1", "example/web")


def mark(run: Run = OTHER, state: State = State.RUNNING, seconds: int = 60) -> str:
    whose = f"{run.id or '-'}.{run.attempt or '-'}" + (f".{run.job}" if run.job else "")
    return f"[spotaction r={whose} s={state.value} d={int(NOW) + seconds} g={run.repository}]"


def marked(
    run: Run = OTHER, state: State = State.RUNNING, seconds: int = 60, ident: str = "sig-1", minutes: float = 0
) -> MarkedGroup:
    text = mark(run, state, seconds)
    (found,) = marked_groups.marked_groups([group("web__8", ident, description=text, minutes=minutes)], APP)
    return found


def test_marks_are_read_from_the_apps_own_groups_the_youngest_first() -> None:
    groups = [
        group("web__8", "sig-1", description=mark(), minutes=9),
        group("web", "sig-2", description=f"The web shop {mark(state=State.COMPLETED)}", minutes=1),
        group("web__STAGE__Harness", "sig-3", description=mark(), minutes=5),
        group("web__7", "sig-4", description="no mark"),
        group("webshop__8", "sig-5", description=mark()),
        group("web__9", "sig-6", description=mark()[:30]),
    ]
    assert [found.group.id for found in marked_groups.marked_groups(groups, APP)] == ["sig-2", "sig-3", "sig-1"]


def test_the_app_in_its_mark_says_whose_a_group_is_and_only_without_one_its_name() -> None:
    theirs = "[spotaction n=1 a=00000000 s=done r=1.1 d=9]"
    ours = theirs.replace("00000000", "4b5e57f6")
    assert marked_groups.is_group_of(group("anything", description=ours), APP)
    assert not marked_groups.is_group_of(group("web__8", description=theirs), APP)
    assert marked_groups.is_group_of(group("web__8"), APP)
    assert not marked_groups.is_group_of(group("shop__8"), APP)
    assert marked_groups.is_group_of_other_app(group("web__8", description=theirs), APP)
    assert not marked_groups.is_group_of_other_app(group("anything", description=ours), APP)
    assert not marked_groups.is_group_of_other_app(group("shop__8"), APP)


def test_groups_whose_mark_was_cut_are_known() -> None:
    cut, whole = group("web__8", "sig-1", description=mark()[:30]), group("web__7", "sig-2", description=mark())
    foreign = group("shop__8", "sig-3", description=mark()[:30])
    stage = group("web__STAGE__Harness", "sig-5", description=mark()[:30])
    groups = [cut, whole, foreign, group("web__6", "sig-4"), stage]
    assert marked_groups.unreadable_markers(groups, APP) == (cut, stage)


def test_nothing_open_lets_a_new_deployment_begin() -> None:
    done = [marked(state=State.COMPLETED), marked(state=State.ROLLED_BACK_TO, ident="sig-2")]
    marked_groups.require_unlocked(done, app=APP, run=ME, now=NOW)
    assert not any(found.is_open for found in done)


def test_a_live_run_is_a_conflict_with_its_url() -> None:
    with pytest.raises(ConflictError) as caught:
        marked_groups.require_unlocked([marked()], app=APP, run=ME, now=NOW)
    assert str(caught.value) == (
        "web is being deployed by https://git.example.com/example/web/actions/runs/2 (group web__8 (sig-1)). "
        "Next: wait for that run (on-conflict: wait 30m does this) or cancel it; if it is dead, "
        "take over with allow: take-over and operation: continue or operation: rollback."
    )


@pytest.mark.parametrize(
    ("found", "verb"),
    [
        (marked(state=State.STOPPED), "stopped"),
        (marked(seconds=0), "died"),
        (marked(seconds=-1), "died"),
        (marked(run=ME), "died"),
        (marked(run=Run("1", "1", "example/web")), "died"),
    ],
)
def test_what_was_left_half_way_has_to_be_finished_first(found: MarkedGroup, verb: str) -> None:
    with pytest.raises(ConflictError, match=rf"{verb} half-way .*operation: continue .*operation: rollback"):
        marked_groups.require_unlocked([found], app=APP, run=ME, now=NOW)


def test_a_run_without_a_number_is_unknown_and_its_mark_still_holds() -> None:
    with pytest.raises(ConflictError, match="being deployed by run unknown"):
        marked_groups.require_unlocked([marked(run=Run())], app=APP, run=Run(), now=NOW)


def taken(
    *found: MarkedGroup, dead: bool = False, new: str | None = None, started_by: Run | None = None
) -> MarkedGroup | None:
    ident = GroupId(new) if new else None
    return marked_groups.open_deployment(found, app=APP, run=ME, now=NOW, dead=dead, new=ident, started_by=started_by)


def test_with_nothing_open_there_is_nothing_to_take_over() -> None:
    assert taken() is None
    assert taken(marked(state=State.COMPLETED)) is None


@pytest.mark.parametrize("found", [marked(state=State.STOPPED), marked(seconds=-1), marked(run=ME)])
def test_what_stopped_or_died_or_was_ours_is_taken_over(found: MarkedGroup) -> None:
    assert taken(found) is found


def test_a_run_that_may_be_at_work_is_taken_over_only_if_it_is_dead() -> None:
    alive = marked()
    with pytest.raises(ConflictError, match="its deadline has not passed"):
        taken(alive)
    assert taken(alive, dead=True) is alive


def test_of_two_open_ones_somebody_has_to_say_which() -> None:
    one, two = marked(state=State.STOPPED, ident="sig-1"), marked(state=State.STOPPED, ident="sig-2")
    with pytest.raises(RefusedError, match=r"More than one .* open: web__8 \(sig-1\), web__8 \(sig-2\)"):
        taken(one, two)
    assert taken(one, two, new="sig-2") is two


def test_a_record_whose_group_is_unknown_is_found_by_its_run() -> None:
    one, two = marked(ME, State.STOPPED, ident="sig-1"), marked(OTHER, State.STOPPED, ident="sig-2")
    assert taken(one, two, started_by=OTHER) is two


def test_another_deployment_than_the_one_passed_on_is_not_touched() -> None:
    with pytest.raises(RefusedError, match="A deployment of web other than the one in the input deployment"):
        taken(marked(state=State.STOPPED, ident="sig-1"), new="sig-9")


def test_a_run_finds_the_mark_that_it_left() -> None:
    mine, done = marked(ME, ident="sig-1"), marked(ME, State.COMPLETED, ident="sig-2")
    assert marked_groups.marker_of_run([done, marked(ident="sig-3"), mine], ME) is mine
    assert marked_groups.marker_of_run([mine, done], ME, GroupId("sig-2")) is done
    assert marked_groups.marker_of_run([done], ME) is None


def test_what_serves_is_the_youngest_that_came_to_its_end() -> None:
    older = marked(state=State.COMPLETED, ident="sig-1", minutes=9)
    younger = marked(state=State.ROLLED_BACK_TO, ident="sig-2", minutes=5)
    still_open = marked(state=State.STOPPED, ident="sig-3", minutes=1)
    assert marked_groups.last_finished([older, younger, still_open]) is younger
    assert marked_groups.last_finished([still_open]) is None


@given(st.sampled_from(list(State)), st.integers(-100, 100), st.sampled_from([ME, OTHER, Run()]))
def test_every_mark_either_lets_us_begin_or_can_be_taken_over_once_it_is_dead(
    state: State, seconds: int, run: Run
) -> None:
    found = MarkedGroup(group("web__8"), Marker(run, state, int(NOW) + seconds))
    try:
        marked_groups.require_unlocked([found], app=APP, run=ME, now=NOW)
    except ConflictError:
        assert taken(found, dead=True) is found
    else:
        assert state in {State.COMPLETED, State.ROLLED_BACK_TO}
        assert taken(found, dead=True) is None
