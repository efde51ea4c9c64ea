"""How long until the next poll: the table of intervals, by what was seen and how long that took."""

import pytest

from spotaction.engine.waits.health import Waiting
from spotaction.engine.waits.poll_intervals import (
    PollIntervals,
    poll_interval_confirming,
    poll_interval_draining,
    poll_interval_launching,
    poll_interval_other_run,
    poll_interval_read_back,
    poll_interval_relaunching,
    poll_interval_timed,
    poll_interval_watching,
    poll_interval_watching_rules,
    poll_interval_watching_spaced,
)


def seen(ready: int, of: int, launched: int) -> Waiting:
    return Waiting("launching", ready, of, launched)


@pytest.mark.parametrize(
    ("verdict", "early", "later"),
    [
        (seen(0, 20, 0), 5.0, 15.0),
        (seen(0, 1, 1), 4.3, 4.3),
        (seen(0, 2, 1), 4.0, 7.0),
        (seen(0, 20, 20), 4.0, 7.0),
        (seen(1, 20, 20), 4.5, 4.5),
        (seen(12, 20, 20), 4.5, 4.5),
        (seen(13, 20, 20), 1.5, 1.5),
        (seen(19, 20, 20), 1.5, 1.5),
    ],
)
def test_a_launch_is_polled_more_often_the_nearer_its_end(verdict: Waiting, early: float, later: float) -> None:
    assert [poll_interval_launching(verdict, elapsed) for elapsed in (0.0, 9.9, 10.0)] == [early, early, later]


@pytest.mark.parametrize(
    ("elapsed", "interval"),
    [(0.0, 15.0), (69.0, 15.0), (70.0, 15.0), (80.0, 5.0), (84.5, 1.0), (85.0, 1.5), (129.9, 1.5), (130.0, 7.0)],
)
def test_a_launch_like_the_last_one_is_polled_when_it_should_end(elapsed: float, interval: float) -> None:
    assert poll_interval_relaunching(seen(0, 20, 20), elapsed, 100.0) == interval


@pytest.mark.parametrize(
    ("elapsed", "interval"),
    [(0.0, 20.0), (100.0, 20.0), (110.0, 10.0), (119.5, 1.0), (120.0, 1.0), (134.9, 1.0), (135.0, 3.0), (500.0, 3.0)],
)
def test_draining_is_polled_when_it_should_end_and_often_once_it_is_late(elapsed: float, interval: float) -> None:
    assert poll_interval_draining(seen(0, 0, 0), elapsed, 120.0) == interval


def test_what_serves_is_watched_often_at_first() -> None:
    assert [poll_interval_watching(elapsed) for elapsed in (0.0, 29.9, 30.0)] == [5.0, 5.0, 15.0]
    assert [poll_interval_watching_rules(elapsed) for elapsed in (0.0, 29.9, 30.0)] == [10.0, 10.0, 20.0]


def test_a_suspicion_a_write_and_another_run_have_intervals_of_their_own() -> None:
    for elapsed in (0.0, 1000.0):
        assert poll_interval_confirming(seen(0, 1, 1), elapsed) == 2.5
        assert poll_interval_read_back(seen(0, 1, 1), elapsed) == 1.0
        assert poll_interval_other_run(seen(0, 1, 1), elapsed) == 10.0


def test_nothing_is_healthy_in_the_first_seconds_of_a_launch() -> None:
    assert PollIntervals() == PollIntervals(
        3.0, poll_interval_launching, poll_interval_relaunching, poll_interval_draining
    )


def test_a_drain_that_only_time_ends_is_polled_when_it_ends_and_once_a_minute_before() -> None:
    assert [poll_interval_timed(left) for left in (135.0, 60.0, 0.5)] == [60.0, 60.0, 0.5]
    assert [poll_interval_timed(left, 20.0) for left in (135.0, 80.5, 60.0)] == [80.0, 80.0, 60.0]


@pytest.mark.parametrize(
    ("spacing", "early", "late"), [(0.0, 5.0, 15.0), (4.0, 12.0, 15.0), (20.0, 60.0, 60.0), (31.0, 90.0, 90.0)]
)
def test_where_the_limit_is_tight_what_serves_takes_every_third_read_at_least_every_90_s(
    spacing: float, early: float, late: float
) -> None:
    assert [poll_interval_watching_spaced(elapsed, spacing) for elapsed in (29.9, 30.0)] == [early, late]
