"""What Spot's rate limit headers make a run wait for, to the second."""

from dataclasses import dataclass

import pytest

from spotaction.cloud.spot.rate_limit import Bucket, RateLimits, _Window

BUCKET, OTHER = Bucket("/aws/ec2/group", "GET"), Bucket("/aws/ec2/group", "POST")


@dataclass
class Moment:
    """A clock that a test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def headers(limit: object = None, remaining: object = None, reset: object = None) -> dict[str, str]:
    said = {"Limit": limit, "Remaining": remaining, "Reset": reset}
    return {f"X-RateLimit-{name}": str(value) for name, value in said.items() if value is not None}


def limits(now: Moment | None = None, *, draw: float = 0.0) -> RateLimits:
    return RateLimits(now or Moment(), lambda: draw)


def waits(found: RateLimits, bucket: Bucket = BUCKET) -> tuple[float, float, float]:
    """What anybody waits for, what the urgent wait for, and what Spot itself said."""
    return found.seconds_to_wait(bucket), found.seconds_blocked(bucket), found.seconds_until_reset(bucket)


def test_a_bucket_that_nobody_used_is_open() -> None:
    assert waits(limits()) == (0.0, 0.0, 0.0)


def test_a_refusal_blocks_its_bucket_until_the_reset_and_no_other() -> None:
    now = Moment()
    found = limits(now)
    found.learn_from_answer(BUCKET, 429, headers(reset=20))
    assert waits(found) == (20.0, 20.0, 20.0)
    assert waits(found, OTHER) == (0.0, 0.0, 0.0)
    now.seconds += 5
    assert waits(found) == (15.0, 15.0, 15.0)
    now.seconds += 30
    assert waits(found) == (0.0, 0.0, 0.0)


def test_an_answer_that_leaves_nothing_blocks_until_the_reset() -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(remaining=0, reset=20))
    assert waits(found) == (20.0, 20.0, 20.0)
    found.learn_from_answer(BUCKET, 200, headers(remaining=1, reset=20))
    assert waits(found) == (0.0, 0.0, 0.0)


def test_nothing_left_until_now_is_nothing_to_wait_for() -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(remaining=0, reset=0))
    assert waits(found) == (0.0, 0.0, 0.0)


def test_each_of_the_refused_adds_a_share_of_its_own_to_the_reset() -> None:
    found = limits(draw=1.0)
    found.learn_from_answer(BUCKET, 429, headers(reset=20))
    assert waits(found) == (170.0, 170.0, 20.0)  # 60 s for one call, of which 0.8 are used, over two shares


def test_a_share_is_never_more_than_ten_minutes_nor_is_a_reset() -> None:
    now = Moment()
    found = limits(now, draw=1.0)
    for _ in range(8):
        found.learn_from_answer(BUCKET, 429, headers(reset=5000))
        now.seconds += 600
    found.learn_from_answer(BUCKET, 429, headers(reset=5000))
    assert waits(found) == (1200.0, 1200.0, 600.0)


def test_what_spot_said_and_what_is_left_to_others_are_waited_for() -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 429, headers(reset=20))
    assert waits(found) == (20.0, 20.0, 20.0)
    found.learn_from_answer(BUCKET, 200, headers(limit=100, remaining=20, reset=0))
    assert waits(found) == (30.0, 0.0, 0.0)


def test_refusals_without_a_reset_are_waited_for_twice_as_long_each_until_one_goes_through() -> None:
    found, seen = limits(), []
    for status in (*[429] * 8, 200, 429, 429):
        found.learn_from_answer(BUCKET, status, {})
        seen.append(found.seconds_to_wait(BUCKET))
    assert seen == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("reset", "wait"), [("inf", 1.0), ("nan", 1.0), ("-5", 1.0), ("soon", 1.0), ("0.5", 1.0), ("7.5", 7.5)]
)
def test_a_reset_that_is_no_number_of_seconds_is_none(reset: str, wait: float) -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 429, headers(reset=reset))
    assert found.seconds_to_wait(BUCKET) == wait


@pytest.mark.parametrize(
    ("limit", "remaining", "wait"),
    [
        (100, 61, 0.0),  # 39 % are used: nobody holds back
        (100, 59, 15.375),  # 60 s for each of 41 calls, at 80 %, and half of that for a draw of 0
        (100, 20, 30.0),
        (2, 2, 18.75),  # this very call counts as used
        (100, None, 0.0),
        (None, 20, 0.0),
        (0, 20, 0.0),
        (10, 1, 33.75),
        (100, -20, 37.5),
    ],
)
def test_how_long_a_run_holds_back_for_others(limit: int | None, remaining: int | None, wait: float) -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(limit, remaining, reset=0))
    assert waits(found) == (wait, 0.0, 0.0)


def test_nobody_holds_back_for_more_than_four_windows() -> None:
    found = limits(draw=1.0)
    found.learn_from_answer(BUCKET, 200, headers(100, 1, reset=600))
    assert found.seconds_to_wait(BUCKET) == 240.0


@pytest.mark.parametrize(("remaining", "wait"), [(60, 7.5), (59, 37.6875)])
def test_where_too_few_calls_are_left_for_the_others_the_reset_is_waited_for_as_well(
    remaining: int, wait: float
) -> None:
    """Two calls in a minute: of 40 used calls 20 others made one each, and want 3 each."""
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(100, 80, reset=30))
    found.learn_from_answer(BUCKET, 200, headers(100, remaining, reset=30))
    assert found.seconds_to_wait(BUCKET) == pytest.approx(wait)


@pytest.mark.parametrize(
    ("before", "after", "calm"),
    [
        (50, 51, True),  # 2 % more is no more
        (50, 52, False),
        (89, 89, True),
        (90, 90, False),  # a tenth is left, and that is for everybody
    ],
)
def test_somebody_who_uses_no_more_than_before_leaves_us_what_is_left(before: int, after: int, *, calm: bool) -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(100, 100 - before, reset=0))
    found.learn_from_answer(BUCKET, 200, headers(100, 100 - after, reset=0))
    assert (found.seconds_to_wait(BUCKET) == 0.0) is calm


def test_after_a_refusal_nobody_is_calm_until_it_is_long_ago() -> None:
    now = Moment()
    found = limits(now)
    found.learn_from_answer(BUCKET, 429, {})
    seen = []
    for _ in range(13):
        now.seconds += 60
        found.learn_from_answer(BUCKET, 200, headers(100, 50, reset=0))
        seen.append(found.seconds_to_wait(BUCKET) > 0)
    assert seen == [*[True] * 10, False, False, False]


def test_calls_of_the_last_ten_minutes_are_remembered() -> None:
    window = _Window()
    window.note_call(0.0, allowed=False)
    for minute in range(1, 11):
        window.note_call(60.0 * minute, allowed=True)
    assert (window.all_allowed, window.seconds_between_calls()) == (False, 60.0)
    window.note_call(660.0, allowed=True)
    assert (window.all_allowed, window.seconds_between_calls()) == (True, 60.0)


def test_the_last_call_is_remembered_however_long_it_had_to_wait() -> None:
    window = _Window()
    window.note_call(0.0, allowed=True)
    window.backoff_until = 700.0
    window.note_call(700.0, allowed=True)
    assert window.seconds_between_calls() == 700.0


def test_time_in_which_there_was_no_reason_to_call_counts_as_one_window() -> None:
    window = _Window()
    window.note_call(0.0, allowed=True)
    window.note_call(5000.0, allowed=True)
    window.note_call(5001.0, allowed=False)
    assert window.seconds_between_calls() == 30.5
    assert _Window().seconds_between_calls() == 60.0
