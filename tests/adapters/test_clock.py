import signal
import threading
import time
from collections.abc import Iterator

import pytest

from spotaction.adapters.clock import Interrupt, RealClock, install_signal_handlers
from spotaction.errors import CancelledError


@pytest.fixture
def interrupt() -> Iterator[Interrupt]:
    interrupt = Interrupt(grace=0.05)
    restore = install_signal_handlers(interrupt)
    yield interrupt
    restore()


def raise_later(number: signal.Signals, seconds: float = 0.02) -> None:
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(seconds, signal.pthread_kill, (main, number)).start()


def test_the_clock_goes_forward_and_knows_the_time_in_utc() -> None:
    clock = RealClock()
    before = clock.now()
    clock.sleep(0.01)
    assert clock.now() - before >= 0.01
    assert clock.time().utcoffset() is not None
    clock.sleep(-1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_wakes_a_sleep(interrupt: Interrupt, number: signal.Signals) -> None:
    clock = RealClock(interrupt)
    raise_later(number)
    with pytest.raises(CancelledError, match=number.name):
        clock.sleep(30)
    with pytest.raises(CancelledError):
        clock.sleep(0)


def test_a_signal_ends_a_reading_call_at_once(interrupt: Interrupt) -> None:
    raise_later(signal.SIGTERM)
    with pytest.raises(CancelledError), interrupt.reading():
        time.sleep(30)


def test_a_signal_ends_a_mutating_call_after_the_grace_time(interrupt: Interrupt) -> None:
    raise_later(signal.SIGTERM)
    before = time.monotonic()
    with pytest.raises(CancelledError), interrupt.mutating():
        time.sleep(30)
    assert time.monotonic() - before >= 0.05


def test_the_answer_of_a_mutating_call_is_not_lost_to_a_signal(interrupt: Interrupt) -> None:
    with interrupt.mutating():
        signal.raise_signal(signal.SIGINT)
        answer = "kept"
    assert answer == "kept"
    time.sleep(0.08)  # the alarm goes off with nothing in flight
    with pytest.raises(CancelledError), interrupt.mutating():
        raise AssertionError


def test_no_alarm_is_left_once_a_mutating_call_has_answered(interrupt: Interrupt) -> None:
    with interrupt.mutating():
        signal.raise_signal(signal.SIGINT)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_no_call_begins_after_a_signal(interrupt: Interrupt) -> None:
    signal.raise_signal(signal.SIGTERM)
    begun = []
    for call in (interrupt.reading, interrupt.mutating):
        with pytest.raises(CancelledError), call():
            begun.append(call)
    assert begun == []


def test_a_shield_allows_calls_and_sleeps_for_its_time(interrupt: Interrupt) -> None:
    signal.raise_signal(signal.SIGINT)
    with interrupt.shield(30):
        with interrupt.mutating():
            signal.raise_signal(signal.SIGTERM)
        with interrupt.reading():
            pass
        interrupt.wait(0.01)
        assert interrupt.shielded
    with pytest.raises(CancelledError, match="SIGINT"):
        interrupt.check()


def test_a_shield_is_bounded(interrupt: Interrupt) -> None:
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(CancelledError), interrupt.shield(0.03), interrupt.mutating():
        time.sleep(30)
    with pytest.raises(CancelledError), interrupt.shield(0.03):
        interrupt.wait(30)


def test_a_shield_ends_that_long_after_the_signal_however_late_it_is_raised() -> None:
    now = [0.0]
    interrupt = Interrupt(now=lambda: now[0])
    interrupt.set("SIGINT")
    now[0] = 2.0
    with interrupt.shield(2.5):
        interrupt.check()
        now[0] = 2.5
        with pytest.raises(CancelledError):
            interrupt.check()


def test_a_signal_inside_a_shield_does_not_wake_a_sleep(interrupt: Interrupt) -> None:
    with interrupt.shield(30):
        raise_later(signal.SIGTERM, 0.01)
        before = time.monotonic()
        interrupt.wait(0.05)
        assert time.monotonic() - before >= 0.05


def test_an_inner_shield_does_not_outlast_the_outer_one() -> None:
    now = [0.0]
    interrupt = Interrupt(now=lambda: now[0])
    with interrupt.shield(5), interrupt.shield(50):
        interrupt.set("SIGINT")
        now[0] = 6.0
        with pytest.raises(CancelledError):
            interrupt.check()


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    restore = install_signal_handlers(Interrupt())
    restore()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before
