"""The statistics of comparisons: pure functions of counts and differences, each with the source of its formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb, erfc, exp, fsum, inf, lgamma, log, log1p, sqrt

EXACT_UP_TO = 30  # differences: beyond that the normal approximation errs on the side of no verdict
EXACT_WAYS = 5000  # trials: beyond that the exact number of ways takes long, and has no use
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True)
class Counts:
    """What both groups answered in the same time: requests, and how many of them failed."""

    old_requests: float
    old_errors: float
    new_requests: float
    new_errors: float

    @property
    def errors(self) -> float:
        """The errors of both groups."""
        return self.old_errors + self.new_errors


@dataclass(frozen=True)
class RatioTest:
    """Wald's sequential probability ratio test of the new group's error rate against the old group's.

    Both groups see the same minutes, so the test is conditioned on the errors of both: of `E` errors the new group has
    a binomial share q(R) = R·Nn / (R·Nn + No), where R is the ratio of the rates, and Nn and No are the requests. What
    raises both rates cancels out. `allowed` is the ratio that is acceptable and `ratio` the one to detect, with
    `false_alarm` and `missed` as the probabilities of a wrong verdict.

    Source: A. Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16 (1945);
    conditioning on the total: J. Przyborowski and H. Wilenski, Biometrika 31 (1940).
    """

    allowed: float = 1.0
    ratio: float = 2.0
    false_alarm: float = 0.01
    missed: float = 0.05

    @cached_property
    def fail_limit(self) -> float:
        """The logarithm of the likelihood ratio from which on the new group is worse."""
        return log((1 - self.missed) / self.false_alarm)

    @cached_property
    def pass_limit(self) -> float:
        """The logarithm of the likelihood ratio, which is negative, down to which the new group is not worse."""
        return log(self.missed / (1 - self.false_alarm))

    def weigh(self, counts: Counts) -> float:
        """Return what counts add to the logarithm of the likelihood ratio.

        The shares are those of the counts' own requests, so the sum over minutes is right while weights change. It is
        0 where one group had no requests, because no error could be the other's.
        """
        if counts.new_requests <= 0 or counts.old_requests <= 0:
            return 0.0
        low, high = (share_of_errors(counts.new_requests, counts.old_requests, r) for r in (self.allowed, self.ratio))
        return counts.new_errors * log(high / low) + counts.old_errors * (log1p(-high) - log1p(-low))

    def errors_until_verdict(self, share: float) -> tuple[float, float]:
        """Return how many errors of both groups a verdict takes on average: fail, if `ratio` is true, and pass.

        `share` is the new group's share of the requests, between 0 and 1. Source: Wald's equation for the average
        sample number, without the excess over the limits.
        """
        low, high = (share_of_errors(share, 1 - share, r) for r in (self.allowed, self.ratio))
        up, down, a, b = self.fail_limit, self.pass_limit, self.false_alarm, self.missed
        fails = ((1 - b) * up + b * down) / _divergence(high, low)
        passes = ((1 - a) * -down - a * up) / _divergence(low, high)
        return fails, passes

    def least_errors(self, share: float) -> int:
        """Return how many errors, all of them the new group's, a verdict of fail takes at the least."""
        low, high = (share_of_errors(share, 1 - share, r) for r in (self.allowed, self.ratio))
        return _round_up(self.fail_limit / log(high / low))


@dataclass(frozen=True)
class RateTest:
    """Wald's sequential test that the new group's own error rate is below `limit`, whatever the old group's is.

    The alternative is a fifth of the limit. Its likelihood ratio is a supermartingale under any rate from `limit` on,
    so by Ville's inequality it exceeds 1/`missed` with at most that probability, however often it is looked at.
    """

    limit: float
    missed: float = 0.05

    @cached_property
    def pass_limit(self) -> float:
        """The logarithm of the likelihood ratio from which on the rate is below the limit."""
        return -log(self.missed)

    def weigh(self, requests: float, errors: float) -> float:
        """Return what a group's requests and errors add to the logarithm of the likelihood ratio."""
        if not 0 < self.limit < 1:
            return 0.0
        low = self.limit / 5
        return errors * log(low / self.limit) + (requests - errors) * (log1p(-low) - log1p(-self.limit))

    def requests_until_verdict(self, rate: float) -> float:
        """Return how many requests a pass takes on average at an error rate; infinite if it cannot be expected."""
        gain = self.weigh(1.0, rate)
        return self.pass_limit / gain if gain > 0 else inf


def share_of_errors(new_requests: float, old_requests: float, ratio: float) -> float:
    """Return which share of all errors is the new group's, if its error rate is `ratio` times the old group's."""
    return ratio * new_requests / (ratio * new_requests + old_requests)


def estimate_dispersion(minutes: Sequence[tuple[float, float]]) -> float:
    """Return how much more the errors of a group vary from minute to minute than independent ones do; 1 at the least.

    `minutes` are pairs of requests and errors. It is Pearson's chi-squared over its degrees of freedom, as for the
    quasi-Poisson model: P. McCullagh and J. Nelder, Generalized Linear Models, 2nd edition (1989), section 4.5.
    """
    known = [(requests, errors) for requests, errors in minutes if requests > 0]
    total, failed = fsum(requests for requests, _ in known), fsum(errors for _, errors in known)
    if len(known) < 2 or failed <= 0:  # noqa: PLR2004 - one minute does not vary
        return 1.0
    rate = failed / total
    squares = fsum((errors - requests * rate) ** 2 / (requests * rate) for requests, errors in known)
    return max(1.0, squares / (len(known) - 1))


def rate_difference(minutes: Sequence[Counts]) -> float:
    """Return by how much the new group's error rate exceeds the old group's, with each minute weighted by its size.

    Pooled rates would mislead if the weights changed in a bad minute. Source: the Mantel-Haenszel risk difference,
    S. Greenland and J. Robins, Biometrics 41 (1985). It is 0 without requests of both groups in the same minute.
    """
    shared = [each for each in minutes if each.new_requests > 0 and each.old_requests > 0]
    weights = fsum(each.new_requests * each.old_requests / (each.new_requests + each.old_requests) for each in shared)
    if not weights:
        return 0.0
    excess = fsum(
        (each.new_errors * each.old_requests - each.old_errors * each.new_requests)
        / (each.new_requests + each.old_requests)
        for each in shared
    )
    return excess / weights


def binomial_tail(least: int, trials: int, probability: float) -> float:
    """Return the probability of at least `least` successes in so many trials.

    The terms are added from the observed one outwards, so that a small tail keeps its digits.
    """
    if least <= 0:
        return 1.0
    if least > trials or probability <= 0:
        return 0.0
    if probability >= 1:
        return 1.0
    if least > trials * probability:
        return min(1.0, _add_binomial(least, trials, probability))
    return max(0.0, 1.0 - _add_binomial(trials - least + 1, trials, 1 - probability))


def sign_tail(differences: Sequence[float]) -> float:
    """Return the p-value of the sign test that the differences are positive; those that are 0 do not count."""
    positive, counted = sum(each > 0 for each in differences), sum(each != 0 for each in differences)
    return sum(comb(counted, k) for k in range(positive, counted + 1)) / (1 << counted)


def signed_rank_tail(differences: Sequence[float]) -> float:
    """Return the p-value of Wilcoxon's signed-rank test that the differences are positive.

    Those that are 0 do not count, and equal ones share their ranks. Up to `EXACT_UP_TO` differences all signs are
    counted, which is exact with equal ranks, too; beyond that it is the normal approximation with the correction for
    ties and for continuity. Source: F. Wilcoxon, Biometrics Bulletin 1 (1945).
    """
    kept = [each for each in differences if each != 0]
    ranks = _rank_sizes(kept)
    observed = sum(rank for rank, each in zip(ranks, kept, strict=True) if each > 0)
    if len(kept) <= EXACT_UP_TO:
        return _count_rank_sums(ranks, observed) / (1 << len(kept))
    # Ranks are doubled, so the continuity correction of a half is one.
    mean, deviation = sum(ranks) / 2, sqrt(sum(rank * rank for rank in ranks)) / 2
    return erfc((observed - mean - 1) / deviation / sqrt(2)) / 2


def _count_rank_sums(ranks: Sequence[int], least: int) -> int:
    """How many choices of signs give the positive ones at least this sum."""
    ways = [1]
    for rank in ranks:
        longer = ways + [0] * rank
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    return sum(ways[least:])


def _rank_sizes(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value's size, so that the mean rank of equal ones is a whole number."""
    order = sorted(range(len(values)), key=lambda index: abs(values[index]))
    ranks = [0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and abs(values[order[last + 1]]) == abs(values[order[first]]):
            last += 1
        for index in order[first : last + 1]:
            ranks[index] = first + last + 2
        first = last + 1
    return ranks


def _add_binomial(least: int, trials: int, probability: float) -> float:
    """The probability of at least so many successes, where that is more than the mean: each term is smaller."""
    ways = log(comb(trials, least)) if trials <= EXACT_WAYS else _log_ways(trials, least)
    term = exp(ways + least * log(probability) + (trials - least) * log1p(-probability))
    odds = probability / (1 - probability)
    total, successes = 0.0, least
    while term > total * _NEGLIGIBLE:
        total += term
        term *= (trials - successes) / (successes + 1) * odds
        successes += 1
    return total


def _log_ways(trials: int, successes: int) -> float:
    return lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)


def _divergence(p: float, q: float) -> float:
    """The Kullback-Leibler divergence of two Bernoulli distributions."""
    return p * log(p / q) + (1 - p) * (log1p(-p) - log1p(-q))


def _round_up(value: float) -> int:
    return -int(-value // 1)
