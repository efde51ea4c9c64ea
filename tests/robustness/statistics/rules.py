"""Rules that others use, to be compared with: Kayenta's, Wald's test alone, and a p-value at each minute."""

from collections.abc import Callable, Sequence
from math import sqrt

from spotaction.checks.statistics import Counts, RatioTest, binomial_tail

QUANTILE = 2.3263478740408408  # of the normal distribution at 99 %, which is Kayenta's confidence of 98 % on both sides
TOLERANCE = 0.25


def is_high_for_kayenta(new: Sequence[float], old: Sequence[float]) -> bool:
    """Whether Kayenta's judge (NetflixACAJudge-v1.0, with its defaults) calls a metric of the new group HIGH.

    The interval of the shift lies above a quarter of the estimated shift. Source: spinnaker/kayenta,
    MannWhitneyClassifier.scala, read at commit a69573b.
    """
    if len({*new, *old}) == 1 or sorted(new) == sorted(old):
        return False
    lower, _, estimate = kayenta_interval(new, old)
    return lower > TOLERANCE * abs(estimate)


def kayenta_interval(new: Sequence[float], old: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower and the upper end of the interval of the shift, new against old, and its estimate."""
    least, most = min(new) - max(old), max(new) - min(old)

    def solve(level: float, *, correct: bool) -> float:
        return _find_root(lambda shift: _statistic(new, old, shift, correct=correct) - level, least, most)

    return solve(QUANTILE, correct=True), solve(-QUANTILE, correct=True), solve(0.0, correct=False)


def is_bad_for_wald(minutes: Sequence[Counts]) -> bool:
    """Whether Wald's test alone, without dispersion and least effect, fails before it passes."""
    test, weight = RatioTest(), 0.0
    for each in minutes:
        weight += test.weigh(each)
        if weight <= test.pass_limit:
            return False
        if weight >= test.fail_limit:
            return True
    return False


def is_bad_for_p_value(minutes: Sequence[Counts]) -> bool:
    """Whether the one-sided p-value of all errors so far is 1 % or less in any minute."""
    total = [0.0] * 4
    for each in minutes:
        parts = (each.old_requests, each.old_errors, each.new_requests, each.new_errors)
        total = [before + part for before, part in zip(total, parts, strict=True)]
        share = total[2] / (total[0] + total[2])
        if binomial_tail(round(total[3]), round(total[1] + total[3]), share) <= 0.01:
            return True
    return False


def _find_root(function: Callable[[float], float], least: float, most: float) -> float:
    """The place where a falling function crosses 0, or the end that is past it."""
    if function(least) <= 0:
        return least
    if function(most) >= 0:
        return most
    while most - least > 1e-9 * max(1e-3, abs(least), abs(most)):
        middle = (least + most) / 2
        least, most = (middle, most) if function(middle) > 0 else (least, middle)
    return (least + most) / 2


def _statistic(new: Sequence[float], old: Sequence[float], shift: float, *, correct: bool) -> float:
    """The rank sum test's statistic of the new values less the shift, with mean ranks and, perhaps, continuity."""
    n, m = len(new), len(old)
    joined = sorted([(value - shift, 1) for value in new] + [(value, 0) for value in old])
    ranks, ties, first = 0.0, 0, 0
    while first < n + m:
        last = first
        while last + 1 < n + m and joined[last + 1][0] == joined[first][0]:
            last += 1
        size = last - first + 1
        ranks += sum(each[1] for each in joined[first : last + 1]) * (first + last + 2) / 2
        ties += size**3 - size
        first = last + 1
    distance = ranks - n * (n + 1) / 2 - n * m / 2
    if correct and distance:
        distance -= 0.5 if distance > 0 else -0.5
    deviation = sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    return distance / deviation if deviation else 0.0
