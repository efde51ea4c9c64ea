from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.errors import ApiError, CancelledError, FailedError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress
from tests.support.events import Answer, Told, firing_from, never, ready_from
from tests.support.fakes import no_answer


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_wait_that_is_ready_takes_no_time(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(0)))
    assert told.clock.sleeps == []
    assert told.events == [WaitFinished("web__8 steady", "done", 0.0, 1)]


def test_a_wait_ends_at_the_first_look_that_says_so(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(25)))
    assert told.asked == {"web__8 steady": [0.0, 10.0, 20.0, 30.0]}
    assert told.events == [
        WaitProgress("web__8 steady", "not yet", 0, 1, 0.0, 100.0),
        WaitFinished("web__8 steady", "done", 30.0, 4),
    ]


def test_the_first_look_may_come_later(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(0), first=3.0))
    assert told.asked == {"web__8 steady": [3.0]}


def test_time_runs_out_with_one_last_look_at_the_deadline_itself(told: Told) -> None:
    with pytest.raises(TimedOutError) as caught:
        told.until(told.wait("web__8 steady", never, pace=40.0), timeout=100.0)
    assert told.asked == {"web__8 steady": [0.0, 40.0, 80.0, 100.0]}
    assert caught.value.message == "Timed out after 1m 40s. web__8 steady: 1 of 2, i-1: initial in web-blue."
    assert told.events[-1] == WaitFinished("web__8 steady", "i-1: initial in web-blue", 100.0, 4, failed=True)


def test_what_gets_ready_at_the_deadline_is_ready(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(100), pace=40.0), timeout=100.0)
    assert told.clock.passed == 100.0


def test_no_time_is_still_one_look(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(0)), timeout=0.0)
    with pytest.raises(TimedOutError, match="Timed out after 0s"):
        told.until(told.wait("web__9 steady", never, first=3.0), timeout=0.0)
    assert told.asked == {"web__8 steady": [0.0], "web__9 steady": [0.0]}


def test_a_failure_ends_it_at_once(told: Told) -> None:
    with pytest.raises(FailedError) as caught:
        told.until(told.wait("web__8 steady", lambda _: Failed("sig-1 was deleted outside this deployment")))
    assert not isinstance(caught.value, TimedOutError)
    assert caught.value.message == "web__8 steady: sig-1 was deleted outside this deployment."
    assert told.events == [
        WaitFinished("web__8 steady", "sig-1 was deleted outside this deployment", 0.0, 1, failed=True)
    ]


def test_only_those_that_are_late_are_blamed(told: Told) -> None:
    with pytest.raises(TimedOutError, match="web__8 steady") as caught:
        told.until(told.wait("web__8 steady", never), told.wait("web__7 down to 0", ready_from(20)))
    assert "web__7" not in caught.value.message


def test_a_reason_is_told_when_it_changes_and_when_more_are_ready(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        if passed < 20:
            return Waiting("launching", 0, 2)
        if passed < 40:
            return Waiting("i-1: initial", 0, 2)
        return Waiting("i-1: initial", 1, 2) if passed < 50 else Ready("2 of 2 healthy", 2, 2)

    told.until(told.wait("web__8 steady", verdict))
    assert told.events == [
        WaitProgress("web__8 steady", "launching", 0, 2, 0.0, 100.0),
        WaitProgress("web__8 steady", "i-1: initial", 0, 2, 20.0, 80.0),
        WaitProgress("web__8 steady", "i-1: initial", 1, 2, 40.0, 60.0),
        WaitFinished("web__8 steady", "2 of 2 healthy", 50.0, 6),
    ]


def test_where_nothing_changes_there_is_a_heartbeat_every_minute(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(150)), timeout=200.0)
    assert told.events == [
        WaitProgress("web__8 steady", "not yet", 0, 1, 0.0, 200.0),
        WaitProgress("web__8 steady", "not yet", 0, 1, 60.0, 140.0, heartbeat=True),
        WaitProgress("web__8 steady", "not yet", 0, 1, 120.0, 80.0, heartbeat=True),
        WaitFinished("web__8 steady", "done", 150.0, 16),
    ]


def test_each_wait_keeps_its_own_pace(told: Told) -> None:
    fast, slow = told.wait("fast", ready_from(9), pace=3.0), told.wait("slow", ready_from(40), pace=20.0)
    told.until(slow, fast)
    assert told.asked == {"slow": [0.0, 20.0, 40.0], "fast": [0.0, 3.0, 6.0, 9.0]}


def test_the_pace_is_told_how_far_it_is_beyond_what_was_ready_before(told: Told) -> None:
    seen: list[tuple[Waiting, float]] = []
    verdicts: Iterator[Verdict] = iter(
        [Waiting("a", 2, 5, 2), Waiting("b", 3, 5, 4), Waiting("c", 1, 5, 1), Ready("done", 5, 5)]
    )

    def pace(verdict: Waiting, elapsed: float) -> float:
        seen.append((verdict, elapsed))
        return 7.0

    told.until(Wait("web__8 steady", lambda: next(verdicts), pace))
    assert seen == [
        (Waiting("a", 0, 3, 0), 0.0),
        (Waiting("b", 1, 3, 2), 7.0),
        (Waiting("c", 0, 4, 0), 14.0),
    ]


def test_an_error_is_a_reason_to_wait_and_forgotten_with_the_next_answer(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        if passed in {10.0, 20.0}:
            return no_answer()
        return Waiting("launching", 1, 2) if passed < 40 else Ready("2 of 2 healthy", 2, 2)

    told.until(told.wait("web__8 steady", verdict))
    assert [(event.reason, event.ready) for event in told.events if isinstance(event, WaitProgress)] == [
        ("launching", 1),
        ("could not be read: Spot answered 503", 1),
        ("launching", 1),
    ]


def test_an_error_that_may_pass_is_borne_until_the_deadline(told: Told) -> None:
    with pytest.raises(TimedOutError, match="could not be read: Spot answered 503"):
        told.until(told.wait("web__8 steady", lambda _: no_answer()))
    assert told.clock.passed == 100.0


def test_an_error_that_stays_ends_it_at_the_third_time(told: Told) -> None:
    with pytest.raises(FailedError, match=r"no such group \(3 times in a row\)") as caught:
        told.until(told.wait("web__8 steady", lambda _: no_answer("no such group", retryable=False)))
    assert not isinstance(caught.value, TimedOutError)
    assert told.asked == {"web__8 steady": [0.0, 10.0, 20.0]}


def test_errors_count_only_in_a_row(told: Told) -> None:
    errors = {0.0, 10.0, 30.0, 40.0}
    denied = no_answer("denied", retryable=False)
    told.until(told.wait("web__8 steady", lambda passed: denied if passed in errors else ready_from(50)(passed)))
    assert told.clock.passed == 50.0


@pytest.mark.parametrize("error", [CancelledError("SIGTERM"), RuntimeError("a bug"), FailedError("gone")])
def test_what_is_not_the_other_sides_error_is_not_waited_out(told: Told, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        told.until(told.wait("web__8 steady", lambda _: error))
    assert caught.value is error
    assert not isinstance(caught.value, ApiError)


def test_an_alarm_that_fires_meanwhile_ends_the_wait(told: Told) -> None:
    with pytest.raises(FailedError, match="alarms: errors is in ALARM"):
        told.until(told.wait("web__8 steady", never), watch=(told.wait("alarms", firing_from(31)),))
    assert told.clock.passed == 32.5


def test_alarms_are_asked_every_few_seconds_and_not_waited_for(told: Told) -> None:
    slow = told.wait("web__8 steady", ready_from(20), pace=20.0)
    told.until(slow, watch=(told.wait("alarms", lambda _: Ready("no alarm")),))
    assert told.asked == {"web__8 steady": [0.0, 20.0], "alarms": [2.5 * turn for turn in range(9)]}
    assert [event.what for event in told.events if isinstance(event, WaitFinished)] == ["web__8 steady"]


def test_alarms_that_cannot_be_asked_do_not_end_a_wait_that_goes_well(told: Told) -> None:
    told.until(told.wait("web__8 steady", ready_from(20)), watch=(told.wait("alarms", lambda _: no_answer()),))
    assert told.clock.passed == 20.0


@given(
    done=st.floats(0, 300, allow_nan=False),
    timeout=st.floats(0, 200, allow_nan=False),
    pace=st.floats(0.5, 60, allow_nan=False),
)
def test_whatever_the_numbers_a_wait_ends_by_its_deadline(done: float, timeout: float, pace: float) -> None:
    told = Told()
    try:
        told.until(told.wait("web__8 steady", ready_from(done), pace), timeout=timeout)
    except TimedOutError:
        assert told.clock.passed < done
    else:
        assert told.clock.passed >= done
    assert told.clock.passed <= timeout + 0.06
