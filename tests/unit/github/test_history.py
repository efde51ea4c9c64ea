from spotaction.github.history import History, Span, Stamped, current_wait, manual_actions, step_spans
from spotaction.model.events import ManualActionNeeded, Note, StepFinished, StepStarted, WaitFinished, WaitProgress
from tests.support.stories import FakeClock, play, rollback, stamped, success


def test_events_are_kept_with_the_time_since_the_start() -> None:
    clock = FakeClock()
    history = History(clock)
    play(success(), clock, history)
    assert history.stamped_events == stamped(success())
    assert history.elapsed == 232.5


def test_steps_have_their_begins_and_ends() -> None:
    assert step_spans(stamped(rollback())) == (
        Span("setup", rolling_back=False, started=0.0, ended=1.0),
        Span("deploy", rolling_back=False, started=1.0, ended=1201.0, error="web__4 never got healthy"),
        Span("deploy", rolling_back=True, started=1201.0, ended=1203.0),
        Span("setup", rolling_back=True, started=1203.0, ended=1204.0),
    )


def test_a_step_that_was_skipped_without_a_begin_has_no_length() -> None:
    events = [Stamped(5.0, StepFinished("swap-route", 0.0, skipped="nothing to do"))]
    assert step_spans(events) == (
        Span("swap-route", rolling_back=False, started=5.0, ended=5.0, skipped="nothing to do"),
    )
    assert step_spans(events)[0].seconds == 0.0


def test_the_step_and_the_wait_that_are_on_are_known() -> None:
    clock = FakeClock()
    history = History(clock)
    assert current_wait(history.stamped_events) is None
    wait = WaitProgress("steady", "why", 0, 1, 1.0, 2.0)
    for event in (StepStarted("setup"), StepFinished("setup", 0.0), StepStarted("deploy"), wait):
        history(event)
    running = Span("deploy", rolling_back=False, started=0.0)
    assert step_spans(history.stamped_events)[-1] == running
    assert running.seconds is None
    assert current_wait(history.stamped_events) == wait
    history(WaitFinished("steady", "fine", 1.0, 2))
    assert current_wait(history.stamped_events) is None


def test_only_the_last_of_several_heartbeats_is_kept() -> None:
    clock = FakeClock()
    history = History(clock)
    first = WaitProgress("steady", "why", 0, 1, 1.0, 9.0)
    beats = [WaitProgress("steady", "why", 0, 1, at, 10.0 - at, heartbeat=True) for at in (2.0, 3.0)]
    play(iter([(1.0, first), (1.0, beats[0]), (1.0, beats[1])]), clock, history)
    assert history.stamped_events == (Stamped(1.0, first), Stamped(3.0, beats[1]))


def test_what_was_manual_actions_is_listed_once() -> None:
    event = ManualActionNeeded("web__4", "why")
    assert manual_actions([Stamped(1.0, event), Stamped(2.0, Note("x")), Stamped(3.0, event)]) == (event,)


def test_a_wait_that_ended_is_no_wait() -> None:
    assert current_wait(stamped(rollback())) is None
