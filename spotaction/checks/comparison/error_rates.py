"""Judges the error rate of the new group against the old group's: failed, passed, or not yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum

from spotaction.checks.statistics import Counts, RateTest, RatioTest, estimate_dispersion, rate_difference
from spotaction.model.check_kinds import CompareErrors
from spotaction.model.checks import Outcome

#: Of the way to a verdict of fail, one minute may go this far: a single burst is no evidence.
_MOST_OF_A_MINUTE = 0.5


@dataclass(frozen=True)
class ErrorEvidence:
    """What the minutes say: `weight` is between the `fail_limit` above and the `pass_limit` below 0 while it is open.

    `dispersion` is how much more the errors vary than independent ones; `difference` is that of the rates.
    """

    outcome: Outcome
    weight: float
    fail_limit: float
    pass_limit: float
    dispersion: float
    difference: float


@dataclass(frozen=True)
class ErrorJudge:
    """The rule of one check. `bakes` are those of the whole release: a false alarm is as rare in all of them together.

    The old group's minutes before the release (`history`, requests and errors) and those of the bake tell how much more
    errors vary than independent ones; the evidence is divided by that. A pass is not final: the sum stays at the limit
    and may rise again, so that a release that fails later in the bake fails.
    """

    kind: CompareErrors
    history: Sequence[tuple[float, float]] = ()
    bakes: int = 1

    @property
    def test(self) -> RatioTest:
        """The sequential test with the parameters of the check."""
        kind = self.kind
        return RatioTest(kind.allowed, kind.ratio, kind.false_alarm / self.bakes, kind.missed)

    def judge_together(self, minutes: Sequence[Sequence[Counts]]) -> ErrorEvidence:
        """Judge minutes in which both groups got requests, each with the counts of each load balancer."""
        test = self.test
        during = [
            (fsum(each.old_requests for each in minute), fsum(each.old_errors for each in minute)) for minute in minutes
        ]
        steps = [fsum(test.weigh(each) for each in minute) for minute in minutes]
        return self._judge(minutes, steps, estimate_dispersion([*self.history, *during]))

    def judge_after(self, minutes: Sequence[Counts]) -> ErrorEvidence:
        """Judge minutes of the new group, each with the same counts of the old group from before it took over.

        The evidence is that of all minutes together against the old group's, which is counted once. Source: the ratio
        of the marginal likelihoods, with what the old group did as the prior (J. Berger, L. Pericchi and J. Varshavsky,
        Bayes factors and marginal distributions in invariant situations, Sankhya A 60 (1998)).
        """
        steps = list(self._cumulative_steps(minutes))
        return self._judge([[each] for each in minutes], steps, estimate_dispersion(self.history))

    def _cumulative_steps(self, minutes: Sequence[Counts]) -> Iterator[float]:
        total, before = Counts(0, 0, 0, 0), 0.0
        for each in minutes:
            requests, errors = total.new_requests + each.new_requests, total.new_errors + each.new_errors
            total = replace(each, new_requests=requests, new_errors=errors)
            so_far = self.test.weigh(total)
            yield so_far - before
            before = so_far

    def _judge(self, minutes: Sequence[Sequence[Counts]], steps: Sequence[float], dispersion: float) -> ErrorEvidence:
        test, rate = self.test, RateTest(self.kind.min_effect, self.kind.missed)
        most = test.fail_limit * _MOST_OF_A_MINUTE
        weight, below, since, outcome = 0.0, 0.0, 0, Outcome.WAITING
        for at, (minute, step) in enumerate(zip(minutes, steps, strict=True)):
            weight += min(step / dispersion, most)
            below += fsum(rate.weigh(each.new_requests, each.new_errors) for each in minute) / dispersion
            if weight >= test.fail_limit and _difference(minutes[since : at + 1]) >= self.kind.min_effect:
                outcome = Outcome.FAILED
                break
            if weight <= test.pass_limit:
                weight, since, outcome = test.pass_limit, at + 1, Outcome.PASSED
            elif self.kind.min_effect > 0 and below >= rate.pass_limit:
                outcome = Outcome.PASSED
        return ErrorEvidence(outcome, weight, test.fail_limit, test.pass_limit, dispersion, _difference(minutes))


def _difference(minutes: Sequence[Sequence[Counts]]) -> float:
    return rate_difference([each for minute in minutes for each in minute])
