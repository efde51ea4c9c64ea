"""What Spot's rate limit headers make a run wait for, to the second."""

from dataclasses import dataclass

import pytest

from spotaction.cloud.spot.rate_limit import Bucket, Place, RateLimits

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


def limits(now: Moment | None = None, *, draw: float = 0.5, place: Place | None = None) -> RateLimits:
    return RateLimits(now or Moment(), lambda: draw, place)


def learn_used(found: RateLimits, used: int, limit: int = 100, bucket: Bucket = BUCKET) -> float:
    """How long a run waits for others after an answer that counts so many calls of all."""
    found.learn_from_answer(bucket, 200, headers(limit, limit - used, reset=30))
    return found.seconds_to_wait(bucket)


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


@pytest.mark.parametrize(("draw", "spread"), [(0.0, 60.0), (0.9, 120.0), (1.0, 60 + 60 / 0.9)])
def test_the_refused_wait_for_what_others_add_to_the_reset_and_then_for_a_turn(draw: float, spread: float) -> None:
    """Sixty clients at least have used a limit of 60: their calls push the reset by a second each."""
    found = limits(draw=draw)
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=20))
    assert waits(found) == pytest.approx((20 + spread, 20 + spread, 20.0))


def test_with_every_refusal_twice_as_many_others_are_assumed_up_to_eight_times_the_limit() -> None:
    found, seen = limits(draw=0.0), []
    for _ in range(6):
        found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=90))  # thirty refused calls pushed it past 60 s
        seen.append(found.seconds_to_wait(BUCKET) - 90)
    assert seen == [90.0, 180.0, 360.0, 480.0, 480.0, 480.0]


def test_how_many_others_there_are_is_remembered_on_the_next_route() -> None:
    found = limits(draw=0.0)
    for _ in range(3):
        found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=90))
    found.learn_from_answer(OTHER, 429, headers(60, 0, reset=90))
    assert found.seconds_to_wait(OTHER) == 90 + 480.0


@pytest.mark.parametrize("place", [None, Place(0, 10000)])
def test_the_clients_of_a_route_with_a_high_limit_are_not_all_assumed_on_one_with_a_low_limit(
    place: Place | None,
) -> None:
    """Eighty clients for a limit of ten mean a call in ten minutes; the six hundred of the list would mean an hour."""
    found = limits(place=place)
    assert learn_used(found, 600, limit=1000) > 0
    assert learn_used(found, 4, limit=10, bucket=OTHER) == pytest.approx(8 * 60 / (0.9 if place else 0.5))


@pytest.mark.parametrize(("index", "turn"), [(0, 0.05), (5, 0.55), (9, 0.95)])
def test_a_job_that_knows_its_place_takes_that_turn(index: int, turn: float) -> None:
    found = limits(place=Place(index, 10), draw=0.99)
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=20))
    assert found.seconds_blocked(BUCKET) == pytest.approx(20 + 10 + 10 * turn / 0.9)
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=20))  # ten jobs alone would not have come to that
    assert found.seconds_blocked(BUCKET) == pytest.approx(20 + 60 + 60 * turn / 0.9)


def test_the_first_turn_is_not_more_than_an_hour_away() -> None:
    assert waits(limits(place=Place(99998, 99999))) == (3600.0, 0.0, 0.0)


def test_neither_a_reset_nor_a_turn_is_more_than_an_hour() -> None:
    found = limits(place=Place(9999, 10000))
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=5000))
    assert waits(found) == (7200.0, 7200.0, 3600.0)


def test_what_spot_said_and_what_is_left_to_others_are_waited_for() -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 429, headers(reset=20))
    assert waits(found) == (20.0, 20.0, 20.0)
    found.learn_from_answer(BUCKET, 200, headers(limit=100, remaining=20, reset=0))
    assert waits(found) == pytest.approx((96.0, 0.0, 0.0))


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
        (100, 51, 0.0),  # less than half is used: nobody holds back
        (100, 50, 60.0),  # fifty clients that may have just started have half of the limit: one call in 60 s each
        (100, 20, 60 * 80 / 50),
        (100, 5, 60 * 95 / 50),
        (2, 2, 60 / 1.8),  # this very call counts as used, and nobody else calls
        (100, None, 0.0),
        (None, 20, 0.0),
        (0, 20, 0.0),
    ],
)
def test_how_long_a_run_holds_back_for_others(limit: int | None, remaining: int | None, wait: float) -> None:
    found = limits()
    found.learn_from_answer(BUCKET, 200, headers(limit, remaining, reset=0))
    assert waits(found) == pytest.approx((wait, 0.0, 0.0))


@pytest.mark.parametrize(("draw", "part"), [(0.0, 0.9), (0.5, 1.0), (1.0, 1.1)])
def test_runs_that_hold_back_alike_do_not_return_alike(draw: float, part: float) -> None:
    assert learn_used(limits(draw=draw), 60) == pytest.approx(72 * part)


def test_whoever_has_used_its_share_waits_until_a_call_of_its_own_leaves_the_window() -> None:
    now = Moment()
    found, seen = limits(now), []
    for used in (10, 30, 33, 60):  # of 60 calls four are our own, so 15 clients share 50 calls, 3.3 each
        seen.append(learn_used(found, used))
        now.seconds += 5
    assert seen == [0.0, 0.0, 0.0, pytest.approx(5 + 60 * 3 / (50 / 15) - 15)]


def test_a_run_that_calls_alone_uses_what_the_limit_allows() -> None:
    now = Moment()
    found, seen = limits(now), []
    for used in range(1, 55):
        seen.append(learn_used(found, used, limit=60))
        now.seconds += 0.5
    assert seen == [*[0.0] * 53, pytest.approx(33.5)]  # then until 53 calls are left in the window


def test_a_run_that_calls_once_in_minutes_knows_that_others_call_as_rarely() -> None:
    now = Moment()
    found = limits(now)
    assert learn_used(found, 50) == pytest.approx(60.0)
    now.seconds += 150
    assert learn_used(found, 60) == pytest.approx(60 * 150 / 90)  # 60 calls in 60 s by clients that call each 150 s
    now.seconds += 500
    assert learn_used(found, 70) == pytest.approx(60 * 350 / 90)  # a longer gap may be a bake: five windows count


@pytest.mark.parametrize(
    ("before", "after", "calm"),
    [
        (60, 61, True),  # 2 % more is no more
        (60, 62, False),
        (89, 89, True),
        (90, 90, False),  # a tenth is left, and that is for everybody
    ],
)
def test_somebody_who_uses_no_more_than_before_leaves_us_what_is_left(before: int, after: int, *, calm: bool) -> None:
    found = limits()
    learn_used(found, before)
    assert (learn_used(found, after) == 0.0) is calm


def test_after_a_refusal_nobody_is_calm_for_ten_minutes() -> None:
    now = Moment()
    found = limits(now)
    found.learn_from_answer(BUCKET, 429, {})
    seen = []
    for _ in range(12):
        now.seconds += 60
        seen.append(learn_used(found, 70) > 0)
    assert seen == [*[True] * 9, False, False, False]


def test_jobs_that_start_together_call_one_after_the_other() -> None:
    now = Moment()
    found = limits(now, place=Place(20, 250))
    assert waits(found) == (2.0, 0.0, 0.0)
    assert waits(found, OTHER) == (2.0, 0.0, 0.0)
    now.seconds += 2
    assert waits(found) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("limit", "turn"), [(60, 20 * 9 / 0.9 - 180 * 20 / 250), (600, 20 * 0.3 / 0.9), (834, 0.0), (None, 0.0)]
)
def test_once_the_limit_is_known_their_turns_are_such_that_it_is_kept(limit: int | None, turn: float) -> None:
    """A deployment makes nine calls of a route, three of them at once, and takes 180 s: at 834 all may start."""
    now = Moment()
    found = limits(now, place=Place(20, 250))
    now.seconds += 2
    found.learn_from_answer(BUCKET, 200, headers(limit, (limit or 0) - 1, reset=0))
    assert found.seconds_to_wait(OTHER) == pytest.approx(turn)
    assert found.seconds_blocked(OTHER) == 0.0


def test_of_many_jobs_only_those_under_way_are_counted_while_the_window_fills() -> None:
    found = limits(place=Place(0, 64))
    under_way = 64 * 240 / (240 + 9 * 64 * 60 / 90 - 180)  # of 64 jobs that start in turns
    assert learn_used(found, 2, limit=100) == 0.0
    assert learn_used(found, 60, limit=100) == pytest.approx(60 * 2 * under_way / 90)  # two calls each


def test_a_job_of_few_is_not_held_back_by_more_than_there_are() -> None:
    now = Moment()
    found = limits(now, place=Place(0, 4))
    assert [learn_used(found, used) for used in (60, 63, 66)] == [0.0, 0.0, 0.0]


def test_two_jobs_are_a_fleet_already() -> None:
    found = limits(place=Place(1, 2), draw=0.0)
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=20))
    assert found.seconds_blocked(BUCKET) == pytest.approx(20 + 2 + 2 * 0.75 / 0.9)


def test_a_turn_is_taken_once() -> None:
    now = Moment()
    found = limits(now, place=Place(20, 250))
    now.seconds += 2
    for _ in range(2):
        found.learn_from_answer(BUCKET, 200, headers(60, 59, reset=0))
        now.seconds += 10
    assert found.seconds_to_wait(OTHER) == pytest.approx(20 * 9 / 0.9 - 180 * 20 / 250 - 20)


def test_jobs_that_have_ended_leave_their_share_to_the_others() -> None:
    now = Moment()
    found = limits(now, place=Place(0, 100))
    assert learn_used(found, 50) == pytest.approx(60 * 50 / 90)
    now.seconds += 100
    others = 52 * 100 / 60  # if they call as rarely as we do
    assert learn_used(found, 52) == pytest.approx(60 * others / 90)
    now.seconds += 10
    assert learn_used(found, 30) == 0.0


@pytest.mark.parametrize(("later", "others"), [(130, 30.5), (599, 30.5)])
def test_after_a_block_an_empty_window_says_nothing(later: float, others: float) -> None:
    """Sixty were refused; the first one back sees a window with its own call in it."""
    now = Moment()
    found = limits(now)
    found.learn_from_answer(BUCKET, 429, headers(60, 0, reset=20))
    now.seconds += later
    assert learn_used(found, 1, limit=60) == pytest.approx(60 * others / 54)


def test_reads_are_spaced_by_the_share_once_the_limit_is_tight() -> None:
    found = limits()
    learn_used(found, 40)
    assert found.spacing == 0.0
    learn_used(found, 80)
    assert found.spacing == pytest.approx(60 * 40 / 50)  # eighty calls, two of them ours: forty clients


def test_a_job_knows_how_long_it_is_until_its_turn() -> None:
    now = Moment()
    found = limits(now, place=Place(20, 250))
    assert found.seconds_until_turn() == 2.0
    now.seconds += 3
    assert found.seconds_until_turn() == 0.0
