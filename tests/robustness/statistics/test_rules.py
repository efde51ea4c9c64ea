"""Kayenta's rule is the one that its own tests and R know."""

import pytest
from scipy import stats

from tests.robustness.statistics.rules import is_high_for_kayenta, kayenta_interval


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (list(range(4, 14)), list(range(1, 11)), (-1.0, 7.0, 3.0)),
        ([2, 2, 3, 3, 4, 4, 5, 6], [1, 1, 2, 2, 3, 3, 4, 5], (-1.0, 3.0, 1.0)),
    ],
)
def test_kayentas_interval_has_known_values(
    new: list[float], old: list[float], expected: tuple[float, float, float]
) -> None:
    assert kayenta_interval(new, old) == pytest.approx(expected, abs=1e-6)


def test_groups_that_do_not_overlap_are_high_and_equal_ones_are_not() -> None:
    assert is_high_for_kayenta([10, 11, 12, 13, 14], [1, 2, 3, 4, 5])
    assert not is_high_for_kayenta([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert not is_high_for_kayenta([7.0] * 5, [7.0] * 9)
    assert not is_high_for_kayenta([1, 2, 3, 4, 5], [10, 11, 12, 13, 14])


def test_the_statistic_is_scipys_rank_sum_test() -> None:
    new, old = [2.0, 2, 3, 3, 4, 4, 5, 6], [1.0, 1, 2, 2, 3, 3, 4, 5]
    found = stats.mannwhitneyu(new, old, method="asymptotic", use_continuity=True)
    assert (found.statistic, found.pvalue) == (44.5, pytest.approx(0.198772, abs=1e-6))
