"""The bake: its log line by line, when it counts anew, and when what serves is lost."""

from collections.abc import Callable

import pytest

from spotaction.engine.waits.bake import bake
from spotaction.engine.waits.call_budget import CallBudget
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from tests.support.events import Answer, Told, never, ready_from
from tests.support.fakes import no_answer

ADVICE = "fix the reasons above; raise steady-state-timeout only if instances need longer to become healthy."
TWO, ONE = Ready("2 of 2 healthy", 2, 2), Ready("1 of 1 healthy", 1, 1)
GONE, SHORT = Waiting("unhealthy in web-green", 0, 2), Waiting("i-1 was interrupted", 1, 2)


def between(begin: float, end: float, answer: Answer, otherwise: Answer = TWO) -> Callable[[float], Answer]:
    return lambda passed: answer if begin <= passed < end else otherwise


def unread_after(answer: Answer, end: float) -> Callable[[float], Answer]:
    """This answer at 8 s, then none until `end`."""
    return lambda passed: answer if passed == 8 else between(8, end, no_answer())(passed)


def test_several_groups_bake_together_and_each_has_its_own_lowest_number() -> None:
    told = Told()
    told.bake(
        told.wait("web__8 steady", between(8, 12, Ready("1 of 1 healthy", 1, 1))),
        told.wait("api__3 steady", lambda _: ONE),
        seconds=70.0,
    )
    assert told.events == [
        Note("Bake of web__8 and bake of api__3 for 1m 10s, until 09:01:10 UTC."),
        WaitProgress("bake of web__8", "steady", 2, 2, 60.0, 10.0, heartbeat=True),
        WaitProgress("bake of api__3", "steady", 1, 1, 60.0, 10.0, heartbeat=True),
        WaitFinished("bake of web__8", "never fewer than 1 of 2 healthy", 70.0, 19),
        WaitFinished("bake of api__3", "never fewer than 1 of 1 healthy", 70.0, 19),
    ]


def test_a_restart_is_logged_with_the_new_end_and_the_heartbeats_count_from_there() -> None:
    told = Told()
    told.bake(told.wait("web__8 steady", between(8, 40, SHORT)), seconds=90.0, timeout=600.0)
    assert told.events == [
        Note("Bake of web__8 for 1m 30s, until 09:01:30 UTC."),
        WaitProgress("web__8 steady", "i-1 was interrupted", 1, 2, 8.0, 682.0),
        Note("Bake of web__8 restarts: 1m 30s, until 09:02:06 UTC."),
        WaitProgress("bake of web__8", "steady", 2, 2, 60.0, 30.0, heartbeat=True),
        WaitFinished("bake of web__8", "never fewer than 1 of 2 healthy", 126.0, 33),
    ]


def test_a_bake_that_never_holds_ends_with_the_reason_at_its_time_and_the_extra_one() -> None:
    told = Told()
    with pytest.raises(TimedOutError) as caught:
        told.bake(told.wait("web__8 steady", never), seconds=20.0, timeout=40.0)
    assert (caught.value.message, caught.value.next_step) == (
        "Timed out after 1m 00s. web__8 steady: 1 of 2, i-1: initial in web-blue.",
        ADVICE,
    )
    assert told.clock.passed == 60.0
    assert told.events[-2:] == [
        WaitFinished("web__8 steady", "i-1: initial in web-blue", 60.0, 16, failed=True),
        WaitFinished("bake of web__8", "cut short of 20s; never fewer than 1 of 2 healthy", 60.0, 16, failed=True),
    ]


def test_a_bake_that_holds_too_late_says_so() -> None:
    told = Told()
    with pytest.raises(TimedOutError) as caught:
        told.bake(told.wait("web__8 steady", ready_from(50)), seconds=20.0, timeout=40.0)
    assert caught.value.message == ("Timed out after 1m 00s. Everything was ready at the end, but not for long enough.")


def test_a_poll_that_takes_time_ends_with_the_bake() -> None:
    told = Told()

    def slow(_passed: float) -> Answer:
        told.clock.sleep(1.5)
        return TWO

    told.bake(told.wait("web__8 steady", slow), seconds=20.0)
    assert told.asked["web__8 steady"][-1] == 18.5
    assert told.clock.passed == 20.0


def test_calls_are_retried_until_the_last_moment_and_pauses_watch_what_must_not_fail() -> None:
    told, budget = Told(), CallBudget()
    until: list[tuple[str, float]] = []

    def check() -> Verdict:
        until.append(("wait", budget.until))
        budget.on_idle()
        return TWO

    def watch() -> Verdict:
        until.append(("watch", budget.until))
        return Ready("no alarm")

    bake(
        [Wait("web__8 steady", check)],
        seconds=2.0,
        timeout=40.0,
        clock=told.clock,
        notify=told.events.append,
        watch=[Wait("alarms", watch, first=50.0)],
        budget=budget,
        serves=False,
        why="",
    )
    assert until == [("watch", 1042.0), ("wait", 1042.0), ("watch", 1042.0), ("wait", 1042.0)]
    assert budget == CallBudget()


def test_what_is_watched_is_polled_every_few_seconds_and_what_bakes_less_often() -> None:
    told = Told()
    alarms = told.wait("alarms", lambda _: Ready("no alarm"))
    told.bake(told.wait("web__8 steady", lambda _: TWO), seconds=10.0, watch=(alarms,))
    assert told.asked == {
        "alarms": [0.0, 2.5, 4.0, 6.5, 8.0, 10.0],
        "web__8 steady": [0.0, 4.0, 8.0, 10.0],
    }


def test_what_serves_is_lost_after_ten_seconds_without_a_healthy_instance() -> None:
    told = Told()
    with pytest.raises(FailedError) as caught:
        told.bake(told.wait("web__8 steady", between(8, 99, GONE)), seconds=60.0, serves=True)
    assert caught.value.message == "web__8 steady: no healthy instance left: unhealthy in web-green."
    assert told.clock.passed == 20.0
    assert told.events[-2:] == [
        WaitFinished("web__8 steady", "no healthy instance left: unhealthy in web-green", 20.0, 6, failed=True),
        WaitFinished("bake of web__8", "cut short of 1m 00s; never fewer than 0 of 2 healthy", 20.0, 6, failed=True),
    ]


def test_what_does_not_serve_may_be_without_a_healthy_instance_for_longer() -> None:
    told = Told()
    told.bake(told.wait("web__8 steady", between(8, 40, GONE)), seconds=20.0, timeout=600.0)
    assert told.clock.passed == 56.0


def test_what_is_lost_again_and_again_fails_at_the_third_time() -> None:
    told = Told()

    def flapping(passed: float) -> Answer:
        return GONE if passed in {8.0, 16.0, 24.0} else TWO

    with pytest.raises(FailedError) as caught:
        told.bake(told.wait("web__8 steady", flapping), seconds=60.0, timeout=600.0, serves=True)
    assert caught.value.message == ("web__8 steady: no healthy instance left (3 times so far): unhealthy in web-green.")
    assert told.clock.passed == 24.0


def test_one_healthy_instance_or_a_group_of_none_serves_well_enough() -> None:
    for verdict in (SHORT, Ready("0 of 0 healthy", 0, 0)):
        told = Told()
        told.bake(told.wait("web__8 steady", between(8, 40, verdict)), seconds=20.0, timeout=600.0, serves=True)
        assert told.clock.passed == (56.0 if verdict is SHORT else 20.0)


def test_a_read_that_fails_does_not_count_as_lost_nor_as_fewer() -> None:
    told = Told()
    told.bake(told.wait("web__8 steady", between(4, 18, no_answer())), seconds=20.0, serves=True)
    assert told.events[-1] == WaitFinished("bake of web__8", "never fewer than 2 of 2 healthy", 20.0, 6)

    told = Told()
    told.bake(told.wait("web__8 steady", unread_after(GONE, 20)), seconds=20.0, timeout=600.0, serves=True)
    assert told.clock.passed == 36.0


def test_a_read_that_fails_after_an_interruption_keeps_the_bake_waiting() -> None:
    told = Told()
    told.bake(told.wait("web__8 steady", unread_after(SHORT, 16)), seconds=20.0, timeout=600.0)
    assert told.clock.passed == 32.0


def test_a_bake_of_two_starts_again_when_one_of_them_is_interrupted_although_the_other_cannot_be_read() -> None:
    told = Told()
    told.bake(
        told.wait("web__8 steady", between(8, 12, SHORT)),
        told.wait("api__3 steady", lambda _: ONE),
        seconds=20.0,
        timeout=600.0,
    )
    assert told.clock.passed == 28.0


def test_no_time_is_no_bake_and_a_pause_watches_without_polling_anything() -> None:
    told = Told()
    for seconds in (0.0, -1.0):
        told.bake(told.wait("web__8 steady", never), seconds=seconds)
    assert (told.events, told.asked) == ([], {})
    alarms = told.wait("alarms", lambda _: Ready("no alarm"))
    told.bake(seconds=5.0, watch=(alarms,))
    assert told.events == [Note("Pause for 5s, until 09:00:05 UTC.")]
    assert told.asked == {"alarms": [0.0, 2.5, 4.0, 5.0]}


def test_ten_seconds_without_a_healthy_instance_are_enough_to_the_second() -> None:
    told = Told()
    slow = iter([0.0, 0.0, 2.0])

    def verdict(passed: float) -> Answer:
        told.clock.sleep(next(slow, 0.0))
        return GONE if passed >= 4 else TWO

    with pytest.raises(FailedError):
        told.bake(told.wait("web__8 steady", verdict), seconds=60.0, timeout=600.0, serves=True)
    assert told.clock.passed == 14.0


def test_a_bake_of_a_second_lasts_a_second() -> None:
    told = Told()
    told.bake(told.wait("web__8 steady", lambda _: TWO), seconds=1.0)
    assert (told.clock.passed, told.asked) == (1.0, {"web__8 steady": [0.0, 1.0]})


def test_a_watch_that_waits_reports_the_time_that_is_left_with_the_extra_one() -> None:
    told = Told()
    alarms = told.wait("alarms", between(2, 3, Waiting("could not be read"), Ready("no alarm")))
    told.bake(seconds=5.0, timeout=40.0, watch=(alarms,))
    assert told.events[1] == WaitProgress("alarms", "could not be read", 0, 0, 2.5, 42.5)
