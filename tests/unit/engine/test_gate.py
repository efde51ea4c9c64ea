"""The gate: how long a run waits, what it reads then, and to whom it yields."""

from dataclasses import replace
from datetime import timedelta

import pytest

from spotaction.engine.context import Options
from spotaction.engine.gate import (
    Gate,
    conflict_error,
    duplicate_groups,
    find_rival,
    name_run,
    remove_duplicate,
    taken_over_error,
)
from spotaction.model import marker
from spotaction.model.errors import ConflictError, FailedError, TakenOverError, TimedOutError
from spotaction.model.events import GroupDeleted, ManualActionNeeded, WaitFinished, WaitProgress, WarningEvent
from spotaction.model.marker import State
from spotaction.model.record import to_json
from spotaction.model.resources import ZERO, Group, GroupId
from tests.support.fakes import NEW_ID, NONCE, OLD_ID, START, FakeAlarms, deployment, group, no_answer, scene
from tests.support.slow_groups import SlowGroups, slow

OLD, NEW = group("web__7", OLD_ID, minutes=60), group("web__8", NEW_ID)
URL = "https://github.com/example/web/actions/runs/9"
OURS = f"[spotaction n={NONCE} s=live r=4711.1 d=1]"
THEIRS = "[spotaction n=ffffffff s=live r=9.1 d=1795528800 g=example/web]"
BEFORE = "[spotaction n=eeeeeeee s=stop r=8.1 d=1 g=example/web]"
RIVAL = group("web__9", "sig-0000000c", minutes=5, description=THEIRS)
TAKEN = (
    f"{URL} took over the deployment of web: the marker of web__8 ({NEW_ID}) now belongs to that run. Next: follow "
    "that run; this one makes no further changes."
)
YIELDED = (
    f"This run yields and removes its own group of web: {URL} started deploying it earlier (web__9, sig-0000000c)."
)
STARTED_SINCE = (
    f"{URL} started deploying web after this run started (web__9, sig-0000000c). Next: let it finish, then run this "
    "one again."
)


def gate(*known: Group, passed_by: str = "") -> tuple[SlowGroups, Gate]:
    stage, groups = slow(*known)
    record = deployment(OLD, NEW, gate_passed_by=passed_by)
    return groups, Gate(record, stage.world())


def taking_over(*others: Group, passed_by: str = "", marked: bool = True) -> tuple[SlowGroups, Gate]:
    """A run that took the deployment over, by now with its nonce in the marker if it is `marked`."""
    groups, mine = gate(OLD, replace(NEW, description=OURS if marked else f"{BEFORE} The web shop"), *others)
    lock = mine.deployment.lock
    mine.deployment.gate_passed_by = passed_by
    lock.replaces, lock.known = "eeeeeeee", frozenset({OLD_ID, NEW_ID})
    if marked:
        lock.marked_at, lock.marker_before = 1000.0, BEFORE
    return groups, mine


def test_a_run_that_made_its_group_waits_until_every_list_must_show_another() -> None:
    groups, mine = gate(OLD, NEW)
    assert mine.enter()
    assert groups.clock.sleeps == [90.0]
    assert mine.deployment.gate_passed_by == NONCE
    assert mine.deployment.lock.marked_at == 1000.0


def test_the_log_says_what_is_waited_for_and_the_record_that_the_gate_is_passed() -> None:
    stage = scene(OLD, NEW)
    record = deployment(OLD, NEW, gate_passed_by="")
    assert Gate(record, stage.world()).enter()
    assert stage.events == [
        WaitProgress("web: other runs", "Spot may list another run's group up to 90 s late", 0, 0, 0.0, 90.0),
        WaitFinished("web: other runs", "any other run's group would be listed by now", 90.0, 2),
    ]
    assert stage.saved == [to_json(record)]
    assert record.gate_passed_by == NONCE


def test_a_run_that_took_over_waits_for_the_last_other_take_over_to_show() -> None:
    stage = scene(OLD, replace(NEW, description=OURS))
    record = deployment(OLD, NEW, gate_passed_by="")
    record.lock.replaces, record.lock.marked_at = "eeeeeeee", 1000.0
    assert Gate(record, stage.world()).enter()
    assert stage.events == [
        WaitProgress("web: other runs", "another run's take-over may show up to 210 s late", 0, 0, 0.0, 210.0),
        WaitFinished("web: other runs", "any other run's group would be visible by now", 210.0, 2),
    ]


@pytest.mark.parametrize(("seconds", "waits"), [(0.0, 90.0), (89.5, 0.5), (90.0, 0.0), (300.0, 0.0)])
def test_the_wait_counts_from_the_marker_so_that_booting_instances_hide_it(seconds: float, waits: float) -> None:
    groups, mine = gate(OLD, NEW)
    mine.deployment.lock.marked_at = 1000.0
    groups.clock.passed = seconds
    assert mine.enter() is (waits > 0)
    assert groups.clock.sleeps == ([waits] if waits else [])


def test_a_run_that_has_passed_reads_its_own_marker_every_few_seconds() -> None:
    groups, mine = gate(OLD, replace(NEW, description=OURS), passed_by=NONCE)
    mine.deployment.lock.checked_at = 1000.0
    groups.clock.passed = 5.0
    assert (mine.enter(), groups.tried("get")) == (False, [])
    groups.clock.passed = 6.0
    assert (mine.enter(), groups.tried("get")) == (False, [6.0])
    groups.clock.passed = 7.0
    assert (mine.enter(), groups.tried("get")) == (False, [6.0])
    groups.known[NEW_ID] = replace(NEW, description=THEIRS)
    groups.clock.passed = 12.0
    with pytest.raises(TakenOverError) as caught:
        mine.enter()
    assert str(caught.value) == TAKEN
    assert (groups.clock.sleeps, groups.calls) == ([0.0, 0.0], [])


def test_a_run_without_a_nonce_has_never_passed() -> None:
    groups, mine = gate(OLD, NEW)
    mine.deployment.nonce = mine.deployment.gate_passed_by = ""
    assert not mine.passed
    assert mine.enter()
    assert groups.clock.passed == 90.0


def test_a_deadline_that_comes_before_the_end_of_the_wait_is_an_error_at_once() -> None:
    for until, left in ((1089.0, "1m 29s"), (990.0, "0s"), (1000.4, "0.4s")):
        groups, mine = gate(OLD, NEW)
        mine.context.call_budget.until = until
        with pytest.raises(TimedOutError) as caught:
            mine.enter()
        assert str(caught.value) == (
            f"The deployment has {left} left, but it must wait 1m 30s to rule out that another run is deploying web. "
            "Next: raise timeout (and the job's timeout-minutes), or shorten bakes and delays."
        )
        assert groups.clock.passed == 0.0
    groups, mine = gate(OLD, NEW)
    mine.context.call_budget.until = 1090.0
    assert mine.enter()


def test_alarms_are_watched_during_the_wait_unless_production_is_being_restored() -> None:
    for hurried in (False, True):
        stage = scene(OLD, NEW, alarms=FakeAlarms({"errors": "ALARM"}))
        mine = Gate(deployment(OLD, NEW, gate_passed_by=""), stage.world(options=Options(alarms=("errors",))))
        mine.context.call_budget.hurried = hurried
        if hurried:
            assert mine.enter()
        else:
            with pytest.raises(FailedError, match="alarms: errors is in ALARM"):
                mine.enter()


def test_no_call_of_a_watch_is_retried_beyond_the_wait() -> None:
    stage = scene(OLD, NEW)
    until: list[float] = []

    class Alarms(FakeAlarms):
        def states(self, names: object) -> tuple[()]:
            del names
            until.append(mine.context.call_budget.until)
            return ()

    stage.alarms = Alarms()
    mine = Gate(deployment(OLD, NEW, gate_passed_by=""), stage.world(options=Options(alarms=("errors",))))
    mine.enter()
    assert set(until) == {1090.0}


def test_a_run_yields_to_an_open_deployment_that_is_older_and_whose_group_lists_show_late() -> None:
    groups, mine = gate(OLD, NEW)
    groups.clock.at(80.0, lambda: groups.known.update({RIVAL.id: RIVAL}))
    with pytest.raises(ConflictError) as caught:
        mine.enter()
    assert caught.value.message == YIELDED
    assert (mine.deployment.gate_passed_by, groups.calls) == ("", [])


def test_a_younger_one_yields_itself_and_other_apps_do_not_matter() -> None:
    younger = replace(RIVAL, created_at=START + timedelta(minutes=1))
    _, mine = gate(OLD, NEW, younger, replace(RIVAL, name="shop__9"), replace(RIVAL, name="web-next"))
    assert mine.enter()
    _, mine = gate(OLD, NEW, replace(RIVAL, name="web__STAGE__Harness"))
    with pytest.raises(ConflictError):
        mine.enter()


def test_the_own_group_is_judged_as_the_list_shows_it() -> None:
    _, mine = gate(OLD, replace(NEW, description=THEIRS))
    with pytest.raises(TakenOverError) as caught:
        mine.enter()
    assert str(caught.value) == TAKEN


def test_where_the_list_does_not_show_it_the_group_itself_is_read() -> None:
    class Late(SlowGroups):
        def all(self) -> tuple[Group, ...]:
            return tuple(each for each in super().all() if each.id != NEW_ID)

    groups, mine = gate(OLD, replace(NEW, description=THEIRS))
    groups.__class__ = Late
    with pytest.raises(TakenOverError) as caught:
        mine.enter()
    assert str(caught.value) == TAKEN


def test_groups_that_the_own_create_made_twice_are_deleted() -> None:
    twin = group("web__8", "sig-0000000d", ZERO, description=OURS)
    stage = scene(OLD, replace(NEW, description=OURS), twin, group("web__6", "sig-6"))
    Gate(deployment(OLD, NEW, gate_passed_by=""), stage.world()).enter()
    assert stage.groups.calls == [("delete", twin.id)]
    assert stage.events[2:] == [
        WarningEvent(
            "web__8 (sig-0000000d) duplicates this deployment's group: Spot's response to its creation was lost. "
            "Deleting it."
        ),
        GroupDeleted(twin.id, "web__8"),
    ]


@pytest.mark.parametrize("target", [1, 3])
def test_a_twin_that_somebody_scaled_up_is_left_to_a_person(target: int) -> None:
    twin = group("web__8", "sig-0000000d", replace(ZERO, target=target), description=OURS)
    stage = scene(twin)
    with pytest.raises(FailedError) as caught:
        remove_duplicate(twin, stage.world())
    assert str(caught.value) == (
        "web__8 (sig-0000000d) duplicates this deployment's group: Spot's response to its creation was lost, and it "
        "has been scaled up. Next: find out what uses sig-0000000d, then delete it."
    )
    assert (stage.groups.calls, stage.events) == ([], [])


def test_only_other_groups_with_this_runs_nonce_are_twins() -> None:
    mine, twin = replace(NEW, description=OURS), group("web__8", "sig-d", description=OURS)
    groups = [mine, twin, RIVAL, OLD]
    assert list(duplicate_groups(deployment(OLD, NEW), groups)) == [twin]
    assert list(duplicate_groups(deployment(OLD, None), groups)) == [mine, twin]
    assert list(duplicate_groups(deployment(OLD, NEW, nonce=""), groups)) == []


def test_a_marker_that_somebody_copied_to_the_old_group_makes_no_twin_of_it() -> None:
    copied = replace(OLD, description=f"{OURS[:-1]} o={OLD.id}:2/3/6]")
    assert marker.read_marker(copied.description) is not None
    assert list(duplicate_groups(deployment(OLD, NEW), [copied])) == []


def test_the_own_new_group_needs_no_wait_unless_another_run_created_it() -> None:
    groups, mine = gate(OLD, NEW)
    assert (mine.took_over, mine.enter_own(), groups.clock.passed) == (False, False, 0.0)
    groups, mine = taking_over()
    assert (mine.took_over, mine.enter_own(), groups.clock.passed) == (True, True, 210.0)
    assert mine.deployment.lock.own_confirmed is True
    assert (mine.deployment.gate_passed_by, mine.enter_own(), groups.clock.passed) == ("", False, 210.0)
    groups, mine = taking_over(passed_by=NONCE)
    assert (mine.enter_own(), groups.clock.passed) == (False, 0.0)


def test_a_run_whose_record_another_run_left_took_over_too() -> None:
    groups, mine = gate(OLD, replace(NEW, description=OURS), passed_by="eeeeeeee")
    mine.deployment.lock.marked_at = 1000.0
    assert (mine.took_over, mine.enter_own(), groups.clock.passed) == (True, True, 90.0)
    groups.clock.passed = 500.0
    again = gate(OLD, replace(NEW, description=OURS), passed_by="eeeeeeee")[1]
    again.deployment.lock.marked_at = 0.0
    assert again.enter_own() is False
    assert again.deployment.lock.own_confirmed


def test_a_run_that_took_over_yields_to_one_that_started_since_and_restores_the_marker() -> None:
    younger = replace(RIVAL, created_at=START + timedelta(minutes=1))
    for enter in ("enter", "enter_own"):
        groups, mine = taking_over(younger)
        groups.known[NEW_ID] = replace(NEW, description=f"{OURS} The web shop")
        with pytest.raises(TakenOverError) as caught:
            getattr(mine, enter)()
        assert str(caught.value) == STARTED_SINCE
        assert groups.calls == [("update", NEW_ID, None, f"{BEFORE} The web shop")]
        assert not mine.deployment.lock.own_confirmed


def test_a_marker_that_was_never_overwritten_needs_no_restoring() -> None:
    groups, mine = taking_over(replace(RIVAL, created_at=START + timedelta(minutes=1)))
    mine.deployment.lock.marker_before = ""
    with pytest.raises(TakenOverError):
        mine.enter()
    assert groups.calls == []


def test_a_marker_that_cannot_be_restored_is_left_to_a_person() -> None:
    stage, groups = slow(OLD, replace(NEW, description=OURS), replace(RIVAL, created_at=START + timedelta(minutes=1)))
    record = deployment(OLD, NEW, gate_passed_by="")
    record.lock.replaces, record.lock.marked_at, record.lock.marker_before = "eeeeeeee", 0.0, BEFORE
    groups.update_errors.append(no_answer("Throttled"))
    with pytest.raises(TakenOverError):
        Gate(record, stage.world()).enter()
    assert stage.events == [
        ManualActionNeeded(
            f"the marker of web__8 ({NEW_ID}) still names this run as active",
            "Throttled",
            "run this action again with allow: take-over",
        )
    ]


def test_where_the_group_that_was_taken_over_is_gone_the_run_yields_like_any_other() -> None:
    _, mine = taking_over(RIVAL)
    del mine.context.groups.known[NEW_ID]  # type: ignore[attr-defined]
    with pytest.raises(ConflictError) as caught:
        mine.enter()
    assert caught.value.message == YIELDED


def test_a_run_that_could_not_write_its_marker_before_writes_it_at_the_gate() -> None:
    groups, mine = taking_over(marked=False)
    groups.clock.passed = 5.0
    assert mine.enter()
    written = marker.write_marker(mine.deployment, State.RUNNING, "The web shop")
    assert groups.calls == [("update", NEW_ID, None, written)]
    assert (mine.deployment.lock.marked_at, groups.clock.passed) == (1005.0, 215.0)
    assert mine.deployment.lock.marker_before == f"{BEFORE} The web shop"


def test_a_marker_that_another_run_wrote_meanwhile_is_not_overwritten_at_the_gate() -> None:
    groups, mine = taking_over(marked=False)
    groups.known[NEW_ID] = replace(NEW, description=THEIRS)
    with pytest.raises(TakenOverError) as caught:
        mine.enter()
    assert (str(caught.value), groups.calls) == (TAKEN, [])


def test_there_is_no_marker_to_write_where_the_group_is_gone() -> None:
    groups, mine = taking_over(marked=False)
    del groups.known[NEW_ID]
    assert mine.enter()
    assert (groups.calls, mine.deployment.lock.marked_at, groups.clock.passed) == ([], 1000.0, 210.0)


def test_a_group_is_being_taken_over_until_its_marker_has_this_runs_nonce() -> None:
    _, mine = taking_over(marked=False)
    assert mine.is_taking_over(replace(NEW, description=BEFORE))
    assert not mine.is_taking_over(replace(NEW, description=OURS))
    assert not mine.is_taking_over(replace(OLD, description=BEFORE))
    mine.deployment.lock.replaces = None
    assert not mine.is_taking_over(replace(NEW, description=BEFORE))
    mine.deployment.lock.replaces, mine.deployment.new = "eeeeeeee", None
    assert not mine.is_taking_over(replace(NEW, description=BEFORE))


def test_the_first_marker_of_this_run_counts_and_later_ones_do_not_move_the_time() -> None:
    _, mine = gate(OLD, NEW)
    lock = mine.deployment.lock
    mine.note_marker_written(NEW, 1000.0)
    assert (lock.marked_at, lock.marker_before) == (1000.0, "")
    mine.context.clock.sleep(50.0)
    mine.note_marker_written(replace(NEW, description=OURS), 1050.0)
    assert lock.marked_at == 1000.0
    mine.note_marker_written(replace(NEW, description=THEIRS), 1050.0)
    assert (lock.marked_at, lock.marker_before) == (1050.0, "")
    lock.marked_at = None
    mine.note_marker_written(replace(NEW, description=OURS), 1050.0)
    assert lock.marked_at == 1050.0


@pytest.mark.parametrize(("seconds", "late"), [(30.0, False), (31.0, True)])
def test_a_take_over_that_took_too_long_may_have_been_another_runs_as_well(seconds: float, *, late: bool) -> None:
    _, mine = taking_over(marked=False)
    before = replace(NEW, description=BEFORE)
    mine.context.clock.sleep(seconds)
    if late:
        with pytest.raises(TakenOverError) as caught:
            mine.note_marker_written(before, 1000.0)
        assert str(caught.value) == (
            f"Writing this run's marker to web__8 ({NEW_ID}) took 31 s, so another run may have taken over the "
            "deployment of web as well. Next: make sure that no other run is active, then run this one again "
            "(allow: take-over) after 210 s."
        )
    else:
        mine.note_marker_written(before, 1000.0)
    assert (mine.deployment.lock.marked_at, mine.deployment.lock.marker_before) == (1000.0 + seconds, BEFORE)
    mine.context.clock.sleep(100.0)
    mine.deployment.lock.marked_at = None
    mine.note_marker_written(replace(NEW, description=OURS), 1000.0)
    assert mine.deployment.lock.marker_before == BEFORE


@pytest.mark.parametrize(
    ("text", "how", "whose", "next_step"),
    [
        (
            THEIRS,
            "started deploying it earlier",
            URL,
            "let that run finish, then run this one again; only this run's own group was changed.",
        ),
        (
            THEIRS.replace("s=live", "s=done"),
            "deployed it meanwhile",
            URL,
            "let that run finish, then run this one again; only this run's own group was changed.",
        ),
        (
            THEIRS[:30],
            "started deploying it earlier",
            "a run with an unreadable marker",
            "check whose group it is; once no run is deploying, remove the text [spotaction … from its description.",
        ),
    ],
)
def test_a_conflict_names_the_run_what_it_did_and_the_way_out(text: str, how: str, whose: str, next_step: str) -> None:
    error = conflict_error(replace(RIVAL, description=text), deployment(OLD, NEW))
    assert (error.message, error.next_step) == (
        f"This run yields and removes its own group of web: {whose} {how} (web__9, sig-0000000c).",
        next_step,
    )


def test_a_run_is_named_by_its_url_or_else_by_its_id() -> None:
    record = deployment(OLD, NEW)
    for text, name in (
        (THEIRS, URL),
        (THEIRS.replace(" g=example/web", ""), "run 9"),
        ("[spotaction s=live r=-.1 d=1]", "run unknown"),
        ("", "a run with an unreadable marker"),
    ):
        assert name_run(replace(RIVAL, description=text), record) == name
    assert str(taken_over_error(replace(NEW, description=THEIRS), record)) == TAKEN


def test_a_deployment_that_finished_since_this_run_looked_goes_first() -> None:
    done = replace(RIVAL, created_at=START + timedelta(minutes=1), description=THEIRS.replace("s=live", "s=done"))
    mine = replace(NEW, description=OURS)
    for known, other, first in (
        ({OLD_ID}, done, True),
        ({OLD_ID, done.id}, done, False),
        (set[GroupId](), done, False),
        ({OLD_ID}, replace(done, description=""), False),
    ):
        record = deployment(OLD, NEW)
        record.lock.known = frozenset(known)
        assert find_rival(record, [OLD, other, mine]) == (other if first else None)


def test_a_run_without_a_group_yields_to_every_open_deployment() -> None:
    younger = replace(RIVAL, created_at=START + timedelta(minutes=1))
    assert find_rival(deployment(OLD, None), [OLD, younger]) == younger
    assert find_rival(deployment(OLD, None), [OLD]) is None
    assert find_rival(deployment(OLD, NEW), [OLD, younger, replace(NEW, description=OURS)]) is None
