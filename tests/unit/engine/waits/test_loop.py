"""The loop behind every wait: when it polls, how long calls may take meanwhile, and what it says at the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from spotaction.engine.waits.call_budget import CallBudget
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.loop import OpenWait, Wait, WatchedWaits, poll_once, wait_for
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Event, WaitFinished, WaitProgress
from tests.support.events import Answer, Told, never, ready_from
from tests.support.fakes import FakeClock, no_answer

ADVICE = "fix the reasons above; raise steady-state-timeout only if instances need longer to become healthy."


def test_a_wait_that_times_out_says_what_to_do() -> None:
    told = Told()
    with pytest.raises(TimedOutError) as caught:
        told.until(
            told.wait("web__8 steady", never),
            told.wait("web__7 down to 0", lambda _: Waiting("3 draining")),
            timeout=99.75,
        )
    assert (caught.value.message, caught.value.next_step) == (
        "Timed out after 1m 40s. web__8 steady: 1 of 2, i-1: initial in web-blue; web__7 down to 0: 3 draining.",
        ADVICE,
    )
    assert told.events[-2:] == [
        WaitFinished("web__8 steady", "i-1: initial in web-blue", 99.75, 11, failed=True),
        WaitFinished("web__7 down to 0", "3 draining", 99.75, 11, failed=True),
    ]


@dataclass
class Budgeted:
    """A wait and a watch that note until when their calls may be retried, and whether a pause would watch."""

    clock: FakeClock = field(default_factory=FakeClock)
    budget: CallBudget = field(default_factory=CallBudget)
    seen: list[tuple[str, float]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def check(self) -> Verdict:
        self.seen.append(("wait", self.budget.until))
        self.budget.on_idle()
        return Ready("done") if self.clock.passed >= 5.0 else Waiting("not yet")

    def watch(self) -> Verdict:
        self.seen.append(("watch", self.budget.until))
        return Ready("no alarm")


def test_calls_are_retried_until_the_end_of_the_wait_and_pauses_watch_what_is_due() -> None:
    seen = Budgeted()
    wait_for(
        [Wait("a", seen.check, lambda _v, _e: 5.0)],
        timeout=60.0,
        clock=seen.clock,
        notify=seen.events.append,
        watch=[Wait("alarms", seen.watch, first=3.0)],
        budget=seen.budget,
    )
    assert seen.seen == [("wait", 1060.0), ("watch", 1060.0), ("wait", 1060.0)]
    assert seen.budget == CallBudget()


def test_a_watch_reports_the_time_that_is_left_of_the_wait_and_is_polled_at_its_own_intervals() -> None:
    told = Told()
    alarms = Wait(
        "alarms",
        told.wait("alarms", lambda passed: Waiting("could not be read") if passed == 9.0 else Ready("no alarm")).check,
        pace=lambda _verdict, elapsed: 1.0 + elapsed / 100,
        first=3.0,
        interval=lambda elapsed: 6.0 if elapsed < 20 else 50.0,
    )
    told.until(told.wait("web__8 steady", ready_from(40), pace=20.0), watch=(alarms,))
    assert told.asked["alarms"] == [3.0, 9.0, pytest.approx(10.09), pytest.approx(16.09), pytest.approx(22.09)]
    assert told.events[1] == WaitProgress("alarms", "could not be read", 0, 0, 9.0, 91.0)
    assert [event.what for event in told.events if isinstance(event, WaitFinished)] == ["web__8 steady"]


def test_a_watch_is_polled_once_more_at_the_deadline() -> None:
    told = Told()
    alarms = Wait("alarms", told.wait("alarms", lambda _: Ready("no alarm")).check, interval=lambda _: 70.0)
    with pytest.raises(TimedOutError):
        told.until(told.wait("web__8 steady", never, pace=30.0), watch=(alarms,))
    assert told.asked == {"web__8 steady": [0.0, 30.0, 60.0, 90.0, 100.0], "alarms": [0.0, 70.0, 100.0]}


def test_polls_that_are_due_at_once_still_leave_a_moment_between_them() -> None:
    told = Told()
    told.until(told.wait("web__8 steady", ready_from(0.15), pace=0.0))
    assert told.clock.sleeps == pytest.approx([0.05] * len(told.clock.sleeps))
    assert 3 <= len(told.clock.sleeps) <= 4


def test_a_wait_that_is_ready_is_not_polled_again_while_another_goes_on() -> None:
    told = Told()
    told.until(told.wait("a", ready_from(0), pace=1.0), told.wait("b", ready_from(20), pace=10.0))
    assert told.asked == {"a": [0.0], "b": [0.0, 10.0, 20.0]}


def test_an_error_keeps_the_last_count_and_one_that_may_pass_is_never_counted_as_final() -> None:
    told = Told()
    answers: Iterator[Answer] = iter([Waiting("a", 2, 5), no_answer(), no_answer(), no_answer(), Ready("done", 5, 5)])
    told.until(told.wait("web__8 steady", lambda _: next(answers)))
    assert told.events[1] == WaitProgress("web__8 steady", "could not be read: Spot answered 503", 2, 5, 10.0, 90.0)


def test_errors_that_stay_are_told_with_the_way_out_and_their_number() -> None:
    told = Told()
    error = no_answer("denied", retryable=False)
    error.next_step = "grant it"
    with pytest.raises(FailedError) as caught:
        told.until(told.wait("web__8 steady", lambda _: error))
    assert caught.value.message == "web__8 steady: denied. Next: grant it. (3 times in a row)."


@pytest.mark.parametrize("last", [Waiting("a", 2, 5), no_answer()])
def test_a_wait_whose_last_read_failed_does_not_blame_the_release(last: Answer) -> None:
    told = Told()
    with pytest.raises(TimedOutError) as caught:
        told.until(told.wait("web__8 steady", lambda _: last))
    unread = (
        "what could not be read says nothing about the release: make sure that the reads succeed, then try again; if "
        "Spot's rate limit is the reason, with fewer deployments at a time, or with job-matrix in a matrix."
    )
    assert caught.value.next_step == (ADVICE if isinstance(last, Waiting) else unread)


def test_errors_in_a_row_are_counted_anew_after_an_answer() -> None:
    told = Told()
    denied = no_answer("denied", retryable=False)
    told.until(told.wait("a", lambda passed: denied if passed in {10.0, 20.0, 40.0, 50.0} else ready_from(60)(passed)))
    assert told.clock.passed == 60.0


def watched(*verdicts: Verdict) -> tuple[WatchedWaits, Told]:
    told, left = Told(), iter(verdicts)
    item = OpenWait(Wait("alarms", lambda: next(left), interval=lambda _elapsed: 4.0), 1000.0, 1002.0)
    return WatchedWaits([item], told.clock, told.events.append, 1060.0), told


def test_a_watch_is_polled_when_it_is_due_or_when_it_has_to_be() -> None:
    watch, told = watched(*[Ready("no alarm")] * 3)
    watch.poll_due()
    assert (watch.items[0].polls, watch.due) == (0, [1002.0])
    told.clock.sleep(2.0)
    watch.poll_due()
    assert (watch.items[0].polls, watch.due) == (1, [1006.0])
    watch.poll_due(force=True)
    assert (watch.items[0].polls, watch.polling, told.events) == (2, False, [])
    watch.polling = True
    watch.poll_due(force=True)
    assert watch.items[0].polls == 2


def test_a_watch_that_failed_can_be_polled_again() -> None:
    watch, told = watched(Failed("errors is in ALARM"), Ready("no alarm"))
    with pytest.raises(FailedError) as caught:
        watch.poll_due(force=True)
    assert caught.value.message == "alarms: errors is in ALARM."
    assert (watch.polling, told.events) == (False, [WaitFinished("alarms", "errors is in ALARM", 0.0, 1, failed=True)])
    watch.poll_due(force=True)
    assert watch.items[0].polls == 2


def test_a_wait_that_becomes_ready_again_says_so_only_where_that_is_asked_for_once() -> None:
    told = Told()
    verdicts: Iterator[Verdict] = iter([Ready("a"), Waiting("b"), Ready("a"), Ready("c")])
    item = OpenWait(Wait("web__8 steady", lambda: next(verdicts)), 1000.0, 1000.0)
    for again in (False, True, False, False):
        poll_once(item, told.clock, told.events.append, 1060.0, again=again)
    assert told.events == [
        WaitFinished("web__8 steady", "a", 0.0, 1),
        WaitProgress("web__8 steady", "b", 0, 0, 0.0, 60.0),
        WaitFinished("web__8 steady", "a", 0.0, 3),
    ]
    assert item.polls == 3
