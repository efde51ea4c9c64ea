import signal
import threading
import time
from collections.abc import Iterator

import pytest

from spotaction.cloud.clock import Cancellation, RealClock, install_signal_handlers
from spotaction.model.errors import CancelledError


@pytest.fixture
def interrupt() -> Iterator[Cancellation]:
    interrupt = Cancellation(grace=0.05)
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
def test_a_signal_wakes_a_sleep(interrupt: Cancellation, number: signal.Signals) -> None:
    clock = RealClock(interrupt)
    raise_later(number)
    with pytest.raises(CancelledError, match=number.name):
        clock.sleep(30)
    with pytest.raises(CancelledError):
        clock.sleep(0)


def test_a_signal_ends_a_reading_call_at_once(interrupt: Cancellation) -> None:
    raise_later(signal.SIGTERM)
    with pytest.raises(CancelledError), interrupt.during_read():
        time.sleep(30)


def test_a_signal_ends_a_mutating_call_after_the_grace_time(interrupt: Cancellation) -> None:
    raise_later(signal.SIGTERM)
    before = time.monotonic()
    with pytest.raises(CancelledError), interrupt.during_write():
        time.sleep(30)
    assert time.monotonic() - before >= 0.05


def test_the_answer_of_a_mutating_call_is_not_lost_to_a_signal(interrupt: Cancellation) -> None:
    with interrupt.during_write():
        signal.raise_signal(signal.SIGINT)
        answer = "kept"
    assert answer == "kept"
    time.sleep(0.08)  # the alarm goes off with nothing in flight
    with pytest.raises(CancelledError), interrupt.during_write():
        raise AssertionError


def test_no_alarm_is_left_once_a_mutating_call_has_answered(interrupt: Cancellation) -> None:
    with interrupt.during_write():
        signal.raise_signal(signal.SIGINT)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_no_call_begins_after_a_signal(interrupt: Cancellation) -> None:
    signal.raise_signal(signal.SIGTERM)
    begun = []
    for call in (interrupt.during_read, interrupt.during_write):
        with pytest.raises(CancelledError), call():
            begun.append(call)
    assert begun == []


def test_a_shield_allows_calls_and_sleeps_for_its_time(interrupt: Cancellation) -> None:
    signal.raise_signal(signal.SIGINT)
    with interrupt.shield(30):
        with interrupt.during_write():
            signal.raise_signal(signal.SIGTERM)
        with interrupt.during_read():
            pass
        interrupt.sleep_until_cancelled(0.01)
        assert interrupt.is_shielded
    with pytest.raises(CancelledError, match="SIGINT"):
        interrupt.raise_if_cancelled()


def test_a_shield_is_bounded(interrupt: Cancellation) -> None:
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(CancelledError), interrupt.shield(0.03), interrupt.during_write():
        time.sleep(30)
    with pytest.raises(CancelledError), interrupt.shield(0.03):
        interrupt.sleep_until_cancelled(30)


def test_a_shield_ends_that_long_after_the_signal_however_late_it_is_raised() -> None:
    now = [0.0]
    interrupt = Cancellation(now=lambda: now[0])
    interrupt.request_cancel("SIGINT")
    now[0] = 2.0
    with interrupt.shield(2.5):
        interrupt.raise_if_cancelled()
        now[0] = 2.5
        with pytest.raises(CancelledError):
            interrupt.raise_if_cancelled()


def test_a_signal_inside_a_shield_does_not_wake_a_sleep(interrupt: Cancellation) -> None:
    with interrupt.shield(30):
        raise_later(signal.SIGTERM, 0.01)
        before = time.monotonic()
        interrupt.sleep_until_cancelled(0.05)
        assert time.monotonic() - before >= 0.05


def test_an_inner_shield_does_not_outlast_the_outer_one() -> None:
    now = [0.0]
    interrupt = Cancellation(now=lambda: now[0])
    with interrupt.shield(5), interrupt.shield(50):
        interrupt.request_cancel("SIGINT")
        now[0] = 6.0
        with pytest.raises(CancelledError):
            interrupt.raise_if_cancelled()


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    restore = install_signal_handlers(Cancellation())
    restore()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before
