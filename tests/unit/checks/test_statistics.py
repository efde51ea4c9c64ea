"""The statistics against scipy (to 1e-12), published vectors, and by counting."""

from itertools import product
from random import Random

import pytest
from scipy import stats

from spotaction.checks.statistics import (
    EXACT_UP_TO,
    Counts,
    RateTest,
    RatioTest,
    binomial_tail,
    estimate_dispersion,
    rate_difference,
    share_of_errors,
    sign_tail,
    signed_rank_tail,
)

WALD = {
    0.01: ((3925, 3120), (1106, 964), (334, 330), (109, 126)),
    0.05: ((839, 659), (243, 206), (77, 72), (27, 29)),
    0.10: ((457, 353), (136, 112), (45, 40), (18, 17)),
    0.25: ((240, 177), (77, 58), (29, 22), (13, 10)),
    0.50: ((207, 143), (74, 49), (32, 20), (17, 10)),
}
RATIOS = (1.5, 2.0, 3.0, 5.0)


def test_walds_errors_until_a_verdict() -> None:
    found = {
        share: tuple(
            tuple(round(number) for number in RatioTest(ratio=ratio).errors_until_verdict(share)) for ratio in RATIOS
        )
        for share in WALD
    }
    assert found == WALD


def test_the_default_limits_are_walds() -> None:
    test = RatioTest()
    assert (test.fail_limit, test.pass_limit) == pytest.approx((4.553877, -2.985682), abs=1e-6)


def test_a_binomial_tail_has_known_values() -> None:
    assert binomial_tail(3, 3, 1 / 7) == pytest.approx(0.00291545, abs=5e-9)
    assert binomial_tail(12, 40, 0.2) == pytest.approx(0.0875052, abs=5e-8)


@pytest.mark.parametrize("trials", [1, 2, 7, 40, 333, 1000])
@pytest.mark.parametrize("probability", [0.001, 0.1, 1 / 7, 0.5, 0.93])
def test_a_binomial_tail_is_scipys(trials: int, probability: float) -> None:
    for least in {0, 1, min(2, trials), round(trials * probability), trials // 2, trials}:
        expected = stats.binomtest(least, trials, probability, alternative="greater").pvalue
        assert binomial_tail(least, trials, probability) == pytest.approx(float(expected), rel=1e-11, abs=1e-12)


def test_a_tail_of_a_million_errors_takes_no_time_and_stays_a_probability() -> None:
    expected = float(stats.binom.sf(100_999, 1_000_000, 0.1))
    assert binomial_tail(101_000, 1_000_000, 0.1) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("least", "trials", "probability", "expected"),
    [(0, 0, 0.5, 1.0), (1, 0, 0.5, 0.0), (5, 4, 0.5, 0.0), (1, 4, 0.0, 0.0), (4, 4, 1.0, 1.0), (-3, 4, 0.5, 1.0)],
)
def test_a_tail_at_its_edges(least: int, trials: int, probability: float, expected: float) -> None:
    assert binomial_tail(least, trials, probability) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_sign_test_is_scipys_binomial_test(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - made-up data
    differences = [draw.gauss(0.2, 1.0) for _ in range(draw.randint(1, 60))]
    positive = sum(each > 0 for each in differences)
    expected = stats.binomtest(positive, len(differences), 0.5, alternative="greater").pvalue
    assert sign_tail(differences) == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_signed_rank_test_is_scipys_exact_one(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - made-up data
    differences = [draw.gauss(0.2, 1.0) for _ in range(draw.randint(1, EXACT_UP_TO))]
    expected = stats.wilcoxon(differences, alternative="greater", method="exact").pvalue
    assert signed_rank_tail(differences) == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_many_differences_are_judged_as_scipy_approximates_with_ties(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - made-up data
    differences = [round(draw.gauss(0.1, 1.0), 1) for _ in range(300)]
    expected = stats.wilcoxon(differences, alternative="greater", method="asymptotic", correction=True).pvalue
    assert signed_rank_tail(differences) == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_equal_ranks_are_counted_exactly(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - made-up data
    differences = [float(draw.choice((-2, -1, 1, 2, 3))) for _ in range(8)]
    ranks = stats.rankdata([abs(each) for each in differences])
    observed = sum(rank for rank, each in zip(ranks, differences, strict=True) if each > 0)
    sums = [sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) for signs in product((0, 1), repeat=8)]
    assert signed_rank_tail(differences) == sum(each >= observed for each in sums) / 256


def test_seven_minutes_of_one_sign_are_the_fewest_that_one_per_cent_can_see() -> None:
    assert sign_tail([1.0] * 7) == signed_rank_tail([1.0] * 7) == 1 / 128
    assert sign_tail([1.0] * 6) > 0.01


def test_no_difference_is_no_evidence() -> None:
    assert sign_tail([]) == sign_tail([0.0, 0.0]) == signed_rank_tail([]) == signed_rank_tail([0.0, 0.0]) == 1.0


def test_what_raises_both_rates_does_not_move_the_ratio() -> None:
    test = RatioTest()
    calm, outage = Counts(5400, 9, 600, 1), Counts(5400, 2700, 600, 300)
    assert test.weigh(calm) < 0
    assert test.weigh(outage) == pytest.approx(300 * test.weigh(calm))


def test_weights_may_change_from_minute_to_minute() -> None:
    test = RatioTest(ratio=3.0)
    ten, fifty = Counts(900, 9, 100, 3), Counts(500, 5, 500, 15)
    likelihood = [
        stats.binom.logpmf(each.new_errors, each.errors, share_of_errors(each.new_requests, each.old_requests, 3.0))
        - stats.binom.logpmf(each.new_errors, each.errors, share_of_errors(each.new_requests, each.old_requests, 1.0))
        for each in (ten, fifty)
    ]
    assert test.weigh(ten) + test.weigh(fifty) == pytest.approx(float(sum(likelihood)), abs=1e-12)


@pytest.mark.parametrize("counts", [Counts(0, 0, 100, 9), Counts(100, 9, 0, 0), Counts(0, 0, 0, 0)])
def test_a_minute_of_one_group_is_no_evidence(counts: Counts) -> None:
    assert RatioTest().weigh(counts) == 0.0
    assert rate_difference([counts]) == 0.0


@pytest.mark.parametrize(("share", "ratio", "expected"), [(0.1, 2.0, 8), (0.1, 5.0, 4), (0.5, 2.0, 16)])
def test_the_least_errors_that_fail(share: float, ratio: float, expected: int) -> None:
    test = RatioTest(ratio=ratio)
    new, old = 1000 * share, 1000 * (1 - share)
    assert test.least_errors(share) == expected
    assert test.weigh(Counts(old, 0, new, expected)) >= test.fail_limit > test.weigh(Counts(old, 0, new, expected - 1))


@pytest.mark.parametrize("seed", range(10))
def test_dispersion_is_pearsons_chi_squared_over_its_degrees_of_freedom(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - made-up data
    minutes = [(float(draw.randint(1, 9000)), float(draw.randint(0, 20))) for _ in range(60)]
    total, errors = sum(requests for requests, _ in minutes), sum(failed for _, failed in minutes)
    expected = [requests * errors / total for requests, _ in minutes]
    squares = stats.chisquare([failed for _, failed in minutes], expected).statistic
    assert estimate_dispersion(minutes) == pytest.approx(max(1.0, float(squares) / 59), rel=1e-12)


@pytest.mark.parametrize("minutes", [[], [(100.0, 5.0)], [(100.0, 0.0)] * 60, [(0.0, 0.0)] * 60])
def test_a_history_without_errors_has_no_dispersion(minutes: list[tuple[float, float]]) -> None:
    assert estimate_dispersion(minutes) == 1.0


def test_a_difference_of_rates_is_not_misled_by_weights_that_change_in_a_bad_minute() -> None:
    calm, outage = Counts(9000, 9, 1000, 1), Counts(5000, 1500, 5000, 1500)
    assert rate_difference([calm, outage]) == 0.0
    assert rate_difference([Counts(9000, 9, 1000, 21)]) == pytest.approx(0.02)


def test_a_rate_is_below_its_limit_after_three_times_its_inverse_without_errors() -> None:
    test = RateTest(0.001)
    assert test.requests_until_verdict(0.0) == pytest.approx(3742, abs=2)
    assert test.weigh(3743, 0) >= test.pass_limit > test.weigh(3700, 0)
    assert test.weigh(10_000, 10) < 0
    assert test.requests_until_verdict(0.001) == float("inf")
    assert RateTest(0.0).weigh(10**9, 0) == RateTest(1.0).weigh(10**9, 5) == 0.0
