import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.model import capacity
from spotaction.model.capacity import Amount
from spotaction.model.resources import ZERO, Capacity


def count(number: int) -> Amount:
    return Amount(count=number)


def percent(number: int) -> Amount:
    return Amount(percent=number)


def fixed(number: int) -> Capacity:
    return Capacity.fixed(number)


@pytest.mark.parametrize(
    ("target", "targets"),
    [
        # percent:  0  1  10 25 33 34 50 66 67 75 99 100
        (1, (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
        (2, (1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2)),
        (3, (1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3)),
        (4, (1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4)),
        (5, (1, 1, 1, 1, 2, 2, 3, 3, 3, 4, 5, 5)),
        (6, (1, 1, 1, 2, 2, 2, 3, 4, 4, 5, 6, 6)),
        (7, (1, 1, 1, 2, 2, 2, 4, 5, 5, 5, 7, 7)),
        (10, (1, 1, 1, 3, 3, 3, 5, 7, 7, 8, 10, 10)),
        (15, (1, 1, 2, 4, 5, 5, 8, 10, 10, 11, 15, 15)),
        (50, (1, 1, 5, 13, 17, 17, 25, 33, 34, 38, 50, 50)),
        (100, (1, 1, 10, 25, 33, 34, 50, 66, 67, 75, 99, 100)),
    ],
)
def test_percentages_of_the_new_group_round_half_up_and_never_to_none(target: int, targets: tuple[int, ...]) -> None:
    percents = (0, 1, 10, 25, 33, 34, 50, 66, 67, 75, 99, 100)
    setup = Capacity(0, target, 2 * target)
    assert tuple(capacity.new_target(percent(p), setup) for p in percents) == targets


@pytest.mark.parametrize(("target", "half"), [(1, 1), (3, 2), (5, 3), (7, 4), (9, 5), (11, 6), (13, 7)])
def test_a_half_goes_up_also_where_python_would_round_to_the_even_side(target: int, half: int) -> None:
    assert capacity.new_target(percent(50), fixed(target)) == half


@pytest.mark.parametrize(("number", "target"), [(0, 0), (1, 1), (3, 3), (4, 4), (5, 4), (99, 4)])
def test_a_count_is_capped_at_the_capacity_of_the_setup(number: int, target: int) -> None:
    assert capacity.new_target(count(number), Capacity(1, 4, 9)) == target


@pytest.mark.parametrize("amount", [percent(0), percent(1), percent(100), count(0), count(3)])
def test_of_a_group_of_none_every_amount_is_none(amount: Amount) -> None:
    assert capacity.new_target(amount, ZERO) == 0


@pytest.mark.parametrize(
    ("amount", "final"),
    [(percent(99), False), (percent(100), True), (count(3), False), (count(4), True), (count(5), True)],
)
def test_a_phase_is_final_from_the_whole_capacity_on(amount: Amount, final: bool) -> None:  # noqa: FBT001
    assert capacity.is_final(amount, Capacity(2, 4, 8)) is final


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        (percent(0), fixed(1)),
        (percent(25), fixed(1)),
        (percent(50), fixed(2)),
        (percent(99), fixed(4)),
        (percent(100), Capacity(2, 4, 8)),
        (count(0), fixed(0)),
        (count(3), fixed(3)),
        (count(4), Capacity(2, 4, 8)),
        (count(9), Capacity(2, 4, 8)),
    ],
)
def test_a_phase_pins_the_new_group_and_the_final_one_restores_its_range(amount: Amount, wanted: Capacity) -> None:
    assert capacity.new_capacity(amount, Capacity(2, 4, 8)) == wanted


@pytest.mark.parametrize(
    ("amount", "old", "kept", "stays"),
    [
        (percent(25), 4, None, 3),
        (percent(50), 4, None, 2),
        (percent(0), 4, None, 3),
        (count(0), 4, None, 4),
        (count(1), 4, None, 3),
        (count(3), 4, None, 1),
        (count(3), 2, None, 0),
        (percent(50), 10, None, 8),
        (percent(50), 4, count(0), 0),
        (percent(50), 4, count(3), 3),
        (percent(50), 4, count(9), 9),
        (percent(50), 4, percent(0), 0),
        (percent(50), 4, percent(25), 1),
        (percent(50), 3, percent(50), 2),
        (percent(50), 5, percent(50), 3),
        (percent(50), 7, percent(50), 4),
        (percent(50), 1, percent(49), 0),
        (percent(50), 4, percent(100), 4),
        (percent(100), 4, None, 0),
        (percent(100), 4, count(4), 0),
        (percent(100), 4, percent(100), 0),
        (count(4), 4, percent(100), 0),
        (count(7), 9, None, 0),
    ],
)
def test_what_stays_of_the_old_group_keeps_its_maximum(
    amount: Amount, old: int, kept: Amount | None, stays: int
) -> None:
    setup, snapshot = Capacity(2, 4, 8), Capacity(1, old, old + 3)
    expected = Capacity(stays, stays, max(stays, old + 3)) if stays else fixed(0)
    assert capacity.old_capacity(amount, setup, snapshot, kept) == expected


@pytest.mark.parametrize(("setup", "old", "needed"), [(4, 3, 3), (2, 3, 2), (4, 0, 0)])
def test_production_needs_no_more_than_it_had_or_was_asked_for(setup: int, old: int, needed: int) -> None:
    assert capacity.required_targets(Capacity(0, old, 9), fixed(setup)) == needed


def test_a_first_deployment_requires_nothing_of_production() -> None:
    assert capacity.required_targets(None, fixed(4)) == 0


@pytest.mark.parametrize(
    ("old", "setup", "left", "new", "needed"),
    [
        (4, 4, 0, 4, 4),
        (4, 4, 3, 4, 1),
        (4, 4, 4, 4, 0),
        (4, 4, 9, 4, 0),  # more old ones than ever: none of the new ones is needed
        (4, 4, 1, 2, 2),  # no more than there are
        (4, 2, 0, 2, 2),
        (2, 4, 0, 4, 2),
    ],
)
def test_of_the_new_instances_production_needs_what_the_old_ones_left_open(
    old: int, setup: int, left: int, new: int, needed: int
) -> None:
    assert capacity.needed_of_new(fixed(old), fixed(setup), old_left=left, new=new) == needed


def test_where_nothing_served_before_production_needs_none_of_the_new_instances() -> None:
    assert capacity.needed_of_new(None, fixed(4), old_left=0, new=4) == 0


@pytest.mark.parametrize(
    ("healthy", "before", "wanted", "new", "missing"),
    [
        (3, 3, 2, 1, 0),
        (2, 3, 2, 1, 1),
        (1, 2, 1, 2, 1),
        (2, 2, 1, 2, 0),
        (1, 2, 1, 3, 0),  # the new group carries all
        (0, 3, 2, 1, 2),
        (4, 5, 2, 1, 1),
        (2, 2, 2, 1, 0),
        (1, 3, 1, 0, 1),  # no more than is to stay
        (0, 3, 0, 3, 0),
    ],
)
def test_healthy_instances_are_missed_as_far_as_spot_may_choose_them(
    healthy: int, before: int, wanted: int, new: int, missing: int
) -> None:
    found = capacity.missing_after(healthy, before, fixed(wanted), old=fixed(3), setup=fixed(3), new=new)
    assert found == missing


def test_of_a_group_of_one_a_phase_of_none_is_not_the_final_one() -> None:
    assert not capacity.is_final(count(0), fixed(1))
    assert not capacity.is_final(Amount(), fixed(1))


@pytest.mark.parametrize(("kept", "stays"), [(100, 100), (101, 100), (500, 100)])
def test_a_share_of_more_than_all_is_all(kept: int, stays: int) -> None:
    assert capacity.old_capacity(percent(50), fixed(100), fixed(100), percent(kept)) == fixed(stays)
    assert capacity.new_target(percent(kept), fixed(100)) == stays


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (Capacity(2, 4, 8), 4),
        (Capacity(2, 3, 8), 3),  # a policy scaled in
        (Capacity(2, 2, 8), 2),
        (Capacity(2, 9, 9), 4),  # a policy scaled out: what was asked for is enough
        (Capacity(1, 3, 8), 4),  # Spot does not hold what was asked for
        (Capacity(2, 3, 7), 4),
        (Capacity(2, 1, 8), 4),
        (Capacity(3, 3, 9), 3),
    ],
)
def test_as_many_are_waited_for_as_a_policy_left_of_what_was_asked(held: Capacity, wanted: int) -> None:
    assert capacity.wanted_now(4, Capacity(2, 4, 8), held) == wanted


@pytest.mark.parametrize(
    ("amount", "text"), [(percent(0), "0%"), (percent(50), "50%"), (count(0), "0"), (count(3), "3")]
)
def test_an_amount_reads_as_it_was_written(amount: Amount, text: str) -> None:
    assert str(amount) == text


amounts = st.one_of(st.builds(count, st.integers(0, 500)), st.builds(percent, st.integers(0, 100)))


@given(amounts, st.integers(1, 500))
def test_a_phase_never_asks_for_more_than_the_whole_and_reaches_it_when_final(amount: Amount, target: int) -> None:
    setup = Capacity(0, target, 2 * target)
    wanted = capacity.new_capacity(amount, setup)
    assert wanted.minimum <= wanted.target <= target
    assert (wanted == setup) is (capacity.is_final(amount, setup))


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 500))
def test_more_percent_is_never_fewer_instances(one: int, other: int, target: int) -> None:
    low, high = sorted((one, other))
    assert capacity.new_target(percent(low), fixed(target)) <= capacity.new_target(percent(high), fixed(target))


@given(amounts, st.integers(1, 500), st.integers(0, 500))
def test_without_kept_both_groups_together_are_never_fewer_than_the_old_one_was(
    amount: Amount, target: int, old: int
) -> None:
    setup = fixed(target)
    stays = capacity.old_capacity(amount, setup, fixed(old)).target
    if not capacity.is_final(amount, setup):
        assert stays + capacity.new_target(amount, setup) >= old
