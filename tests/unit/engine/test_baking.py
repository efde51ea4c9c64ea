import pytest

from spotaction.engine.waits.health import Failed, Ready, Waiting
from spotaction.model.errors import FailedError, TimedOutError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from tests.support.events import Answer, Told, firing_from, never, ready_from
from tests.support.fakes import no_answer

STEADY = "steady, before web__7 is scaled down"


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_bake_of_no_time_asks_nothing(told: Told) -> None:
    told.bake(told.wait("web__8 steady", never), seconds=0.0)
    assert told.asked == {}


def test_a_bake_lasts_as_long_as_it_was_asked_to(told: Told) -> None:
    told.bake(told.wait("web__8 steady", ready_from(0)), seconds=10.0)
    assert told.asked == {"web__8 steady": [0.0, 4.0, 8.0, 10.0]}
    assert told.clock.sleeps == [4.0, 4.0, 2.0]


def test_a_bake_is_announced_and_ends_with_the_fewest_that_were_healthy(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Ready("3 of 3 healthy", 3, 3) if passed < 100 else Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=150.0, why="before web__7 is scaled down")
    assert told.events == [
        Note("Bake of web__8 for 2m 30s, until 09:02:30 UTC, before web__7 is scaled down."),
        WaitProgress("bake of web__8", STEADY, 3, 3, 60.0, 90.0, heartbeat=True),
        WaitProgress("bake of web__8", STEADY, 2, 2, 120.0, 30.0, heartbeat=True),
        WaitFinished("bake of web__8", "never fewer than 2 of 2 healthy", 150.0, 39),
    ]


def test_a_bake_that_starts_again_says_until_when(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Waiting("i-1 was interrupted", 1, 2) if 8 <= passed < 16 else Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=20.0)
    assert [event.text for event in told.events if isinstance(event, Note)] == [
        "Bake of web__8 for 20s, until 09:00:20 UTC.",
        "Bake of web__8 restarts: 20s, until 09:00:32 UTC.",
    ]
    assert told.events[-1] == WaitFinished("bake of web__8", "never fewer than 1 of 2 healthy", 32.0, 9)


def test_a_pause_with_nothing_to_watch_is_announced_too(told: Told) -> None:
    told.bake(seconds=90.0, why="requested by step wait")
    assert told.events == [Note("Pause for 1m 30s, until 09:01:30 UTC, requested by step wait.")]


def test_a_break_starts_the_bake_again(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Waiting("i-1 was interrupted", 1, 2) if 8 <= passed < 16 else Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=20.0)
    # The last look that found it broken was at 12; the twenty seconds are counted from there.
    assert told.clock.passed == 32.0
    assert [event.reason for event in told.events if isinstance(event, WaitProgress)] == ["i-1 was interrupted"]


def test_a_bake_that_breaks_again_and_again_times_out(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Ready("2 of 2 healthy", 2, 2) if passed % 16 < 12 else Waiting("i-1 flaps", 1, 2)

    with pytest.raises(TimedOutError, match="i-1 flaps"):
        told.bake(told.wait("web__8 steady", verdict), seconds=20.0, timeout=40.0)
    assert told.clock.passed == pytest.approx(60.0, abs=4.0)


def test_a_canary_that_is_interrupted_is_watched_anew(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Waiting("not listed by Spot yet", 0, 1) if 100 <= passed < 190 else Ready("1 of 1 healthy", 1, 1)

    told.bake(told.wait("web__8 steady", verdict), seconds=200.0, timeout=1200.0)
    assert told.clock.passed == pytest.approx(390.0, abs=4.0)


def test_a_bake_of_what_serves_ends_when_nothing_stays_healthy(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Ready("2 of 2 healthy", 2, 2) if passed < 8 else Waiting("unhealthy in web-green", 0, 2)

    with pytest.raises(FailedError, match=r"web__8 steady: no healthy instance left: unhealthy in web-green\."):
        told.bake(told.wait("web__8 steady", verdict), seconds=60.0, timeout=1200.0, serves=True)
    assert told.clock.passed == 20.0


@pytest.mark.parametrize("gap", [Waiting("not listed by Spot yet", 0, 2), no_answer()])
def test_a_bake_goes_on_when_for_a_moment_nothing_seems_healthy(told: Told, gap: Answer) -> None:
    def verdict(passed: float) -> Answer:
        return gap if 8 <= passed < 16 else Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=20.0, serves=True)
    assert told.clock.passed <= 32.0


def test_a_bake_of_what_serves_ends_where_it_is_lost_again_and_again(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        return Ready("2 of 2 healthy", 2, 2) if passed % 20 < 12 else Waiting("unhealthy in web-green", 0, 2)

    lost = r"web__8 steady: no healthy instance left \(3 times so far\): unhealthy in web-green\."
    with pytest.raises(FailedError, match=lost):
        told.bake(told.wait("web__8 steady", verdict), seconds=60.0, timeout=1200.0, serves=True)
    assert told.clock.passed == 52.0


def test_an_alarm_ends_a_bake(told: Told) -> None:
    with pytest.raises(FailedError, match="alarms: errors is in ALARM"):
        told.bake(
            told.wait("web__8 steady", ready_from(0)), seconds=60.0, watch=(told.wait("alarms", firing_from(30)),)
        )
    assert told.clock.passed == 30.5
    assert told.events[1:] == [
        WaitFinished("alarms", "errors is in ALARM: 5 in 60 s", 30.5, 16, failed=True),
        WaitFinished("bake of web__8", "cut short of 1m 00s; never fewer than 1 of 1 healthy", 30.5, 8, failed=True),
    ]


def test_a_bake_without_time_to_spare_does_not_end_on_an_alarm_that_was_slow_to_answer(told: Told) -> None:
    def slow(passed: float) -> Answer:
        told.clock.sleep(4.0 if 6 < passed < 7 else 0.0)
        return Ready("no alarm")

    told.bake(told.wait("web__8 steady", ready_from(0)), seconds=10.0, timeout=0.0, watch=(told.wait("alarms", slow),))
    assert 10.0 <= told.clock.passed <= 16.0


def test_a_group_that_is_deleted_ends_a_bake(told: Told) -> None:
    gone = Failed("sig-1 was deleted outside this deployment")
    with pytest.raises(FailedError, match="deleted outside this deployment"):
        told.bake(told.wait("web__8 steady", lambda p: gone if p > 5 else Ready("ok", 1, 1)), seconds=60.0)


def test_an_answer_that_does_not_come_does_not_start_the_bake_again(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        if 8 <= passed < 12:
            raise no_answer()
        return Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=20.0)
    assert told.clock.passed == 20.0


def test_a_bake_does_not_end_while_answers_do_not_come(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        if passed >= 8:
            raise no_answer()
        return Ready("2 of 2 healthy", 2, 2)

    with pytest.raises(TimedOutError, match="could not be read"):
        told.bake(told.wait("web__8 steady", verdict), seconds=20.0, timeout=30.0)


def test_a_bake_begins_at_the_last_look_that_was_not_answered_before_the_first_that_was(told: Told) -> None:
    def verdict(passed: float) -> Answer:
        if passed < 8:
            raise no_answer()
        return Ready("2 of 2 healthy", 2, 2)

    told.bake(told.wait("web__8 steady", verdict), seconds=20.0)
    assert told.clock.passed == 24.0
