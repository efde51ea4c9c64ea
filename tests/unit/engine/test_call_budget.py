"""Pauses around calls: who looks out meanwhile, and what a person reads of a long one."""

from collections.abc import Callable

import pytest

from spotaction.documents.wording import format_duration
from spotaction.engine.waits.bake import bake
from spotaction.engine.waits.call_budget import CallBudget, WatchfulClock
from spotaction.engine.waits.health import Ready, Verdict
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Event, Note
from tests.support.events import Told, firing_from, never
from tests.support.fakes import FakeClock


def test_a_sleep_in_which_nobody_looks_out_is_one_sleep() -> None:
    clock, told = FakeClock(), list[Event]()
    WatchfulClock(clock, CallBudget(), told.append).sleep(19.0)
    assert (clock.sleeps, told) == ([19.0], [])


def test_a_long_sleep_is_told() -> None:
    for seconds in (20.0, 60.0):
        told = list[Event]()
        WatchfulClock(FakeClock(), CallBudget(), told.append).sleep(seconds)
        assert told == [
            Note(f"Waiting {format_duration(seconds)} before the next API call (rate limit or error backoff).")
        ]


def test_a_sleep_as_long_as_a_poll_interval_is_too_short_to_look_out_in() -> None:
    clock, looks = FakeClock(), list[float]()
    budget = CallBudget(on_idle=lambda: looks.append(clock.passed))
    watchful = WatchfulClock(clock, budget, list[Event]().append)
    watchful.sleep(2.5)
    assert (clock.sleeps, looks) == ([2.5], [])
    watchful.sleep(3.0)
    assert (clock.sleeps, looks) == ([2.5, 2.5, 0.5], [5.0])


@pytest.mark.parametrize(
    "loop", [wait_for, lambda *waits, **given: bake(*waits, seconds=300.0, serves=False, why="", **given)]
)
def test_an_alarm_that_fires_while_a_call_is_held_back_ends_the_wait(loop: Callable[..., None]) -> None:
    told, budget = Told(), CallBudget()
    watchful = WatchfulClock(told.clock, budget, told.events.append)

    def held_back() -> Verdict:
        watchful.sleep(200.0)
        return Ready("done", 1, 1)

    alarms = told.wait("alarms", firing_from(31))
    with pytest.raises(FailedError, match="alarms: errors is in ALARM"):
        loop(
            [Wait("web__8 steady", held_back)],
            timeout=500.0,
            clock=told.clock,
            notify=told.events.append,
            watch=[alarms],
            budget=budget,
        )
    assert told.asked["alarms"] == [2.5 * turn for turn in range(14)]


def test_alarms_whose_own_call_pauses_are_not_asked_within_it() -> None:
    told, budget = Told(), CallBudget()
    watchful = WatchfulClock(told.clock, budget, told.events.append)

    def slow(passed: float) -> Ready:
        watchful.sleep(30.0 if passed == 0 else 0.0)
        return Ready("no alarm")

    watch = [told.wait("alarms", slow)]
    steady = told.wait("web__8 steady", never)
    with pytest.raises(FailedError, match="Timed out"):
        wait_for([steady], timeout=40.0, clock=told.clock, notify=told.events.append, watch=watch, budget=budget)
    assert told.asked["alarms"][:3] == [0.0, 32.5, 35.0]


def test_what_a_wait_set_ends_with_it() -> None:
    budget = CallBudget(until=100.0)
    with budget.limited_to(200.0):
        assert budget.until == 100.0
    with budget.limited_to(50.0, lambda: None):
        assert budget.until == 50.0
    assert budget == CallBudget(until=100.0)


def test_to_restore_production_calls_hurry_and_have_a_deadline_of_their_own() -> None:
    budget = CallBudget(until=100.0)
    budget.prioritise(40.0)
    assert budget == CallBudget(until=40.0, hurried=True)
    budget.prioritise()
    assert budget == CallBudget(hurried=True)


def test_to_record_the_end_a_deadline_only_moves_away() -> None:
    budget = CallBudget(until=100.0)
    budget.extend_until(90.0)
    assert budget.until == 100.0
    budget.extend_until(160.0)
    assert budget == CallBudget(until=160.0)


def test_a_wait_ends_with_the_time_of_the_whole_deployment_or_rollback() -> None:
    told = Told()
    budget = CallBudget(until=told.clock.now() + 25.0)
    with pytest.raises(TimedOutError, match=r"Timed out after 25s\."):
        wait_for(
            [told.wait("web__8 steady", never)],
            timeout=100.0,
            clock=told.clock,
            notify=told.events.append,
            budget=budget,
        )
    assert told.asked == {"web__8 steady": [0.0, 10.0, 20.0, 25.0]}
