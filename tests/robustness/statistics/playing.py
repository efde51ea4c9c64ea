"""Plays one release through the rule of the product, minute by minute as a bake does, or through another rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import exp, log, sqrt
from random import Random

from spotaction.checks.comparison.error_rates import ErrorJudge
from spotaction.checks.comparison.latencies import judge_latencies, looks
from spotaction.checks.statistics import Counts
from spotaction.model.check_kinds import CompareErrors, CompareLatency
from spotaction.model.checks import Outcome
from tests.robustness.statistics.releases import Release, Traffic, draw_any_good_release, draw_outage, draw_release
from tests.robustness.statistics.rules import is_bad_for_p_value, is_bad_for_wald, is_high_for_kayenta

FAILED, PASSED, OPEN = "failed", "passed", "open"


@dataclass(frozen=True)
class Played:
    """How a release ended, and in which minute it got its verdict (counted from 1; 0 without one)."""

    verdict: str
    minute: int = 0


def play_errors(traffic: Traffic, seed: str) -> Played:
    """Return how the product judges the release of this seed."""
    release = draw_release(traffic, seed)
    return _watch(release, ErrorJudge(CompareErrors(), release.history))


def play_any(seed: str) -> Played:
    """Return how a good release of a service of any size is judged."""
    return play_errors(draw_any_good_release(seed), seed)


def play_outage(seed: str) -> Played:
    """Return how a good release is judged in whose bake both groups fail; before the outage it is any good release.

    Only a verdict that could be the outage's counts as failed.
    """
    traffic = draw_outage(seed)
    played = play_errors(traffic, seed)
    return Played(OPEN) if played.verdict == FAILED and played.minute <= traffic.outage_at else played


def play_shifts(seed: str) -> Played:
    """Return how a good release is judged that is shifted in three steps of 20 minutes each."""
    service = draw_any_good_release(seed)
    played = Played(OPEN)
    for at, share in enumerate((0.1, 0.25, 0.5)):
        release = draw_release(replace(service, share=share, minutes=20), f"{seed} step {at}")
        played = _watch(release, ErrorJudge(CompareErrors(), release.history, bakes=3))
        if played.verdict == FAILED:
            return played
    return played


def play_swap(seed: str, traffic: Traffic | None = None) -> Played:
    """Return how a release is judged after a swap, against the old group's hour before."""
    service = traffic or replace(draw_any_good_release(seed), shocks=0.0)
    release = draw_release(replace(service, share=0.999), seed)
    requests, errors = (sum(pair[part] for pair in release.history) for part in (0, 1))
    judge = ErrorJudge(CompareErrors(), release.history)
    minutes = [Counts(requests, errors, each.new_requests, each.new_errors) for each in release.minutes]
    passed = 0
    for minute in range(1, len(minutes) + 1):
        outcome = judge.judge_after(minutes[:minute]).outcome
        if outcome is Outcome.FAILED:
            return Played(FAILED, minute)
        passed = passed or (minute if outcome is Outcome.PASSED else 0)
    return Played(PASSED, passed) if passed else Played(OPEN)


def play_rule(rule: Callable[[Sequence[Counts]], bool], traffic: Traffic, seed: str) -> Played:
    """Return whether another rule calls the minutes of the release bad."""
    return Played(FAILED if rule(draw_release(traffic, seed).minutes) else OPEN)


def kayenta_on(minutes: Sequence[Counts]) -> bool:
    """Whether Kayenta's rule calls the error rates of these minutes HIGH."""
    new = [each.new_errors / each.new_requests if each.new_requests else 0.0 for each in minutes]
    old = [each.old_errors / each.old_requests if each.old_requests else 0.0 for each in minutes]
    return is_high_for_kayenta(new, old)


RULES: Mapping[str, Callable[[Sequence[Counts]], bool]] = {
    "kayenta": kayenta_on,
    "wald": is_bad_for_wald,
    "p-value": is_bad_for_p_value,
}


def play_latency(ratio: float, noise: float, memory: float, seed: str) -> Played:
    """Return how response times are judged that are `ratio` times the old ones, each with noise that lasts a while.

    `noise` is the standard deviation of the logarithm of a minute's ratio, `memory` its correlation with the next one.
    """
    draw = Random(f"latency {seed}")  # noqa: S311 - not a secret
    error, pairs, passed = draw.gauss(0, noise), [], 0
    for _ in range(60):
        error = memory * error + draw.gauss(0, noise * sqrt(1 - memory**2))
        pairs.append((1.0, exp(log(ratio) + error)))
    for minute in takewhile(lambda look: look <= len(pairs), looks()):
        outcome = judge_latencies(pairs[:minute], CompareLatency()).outcome
        if outcome is Outcome.FAILED:
            return Played(FAILED, minute)
        passed = passed or (minute if outcome is Outcome.PASSED else 0)
    return Played(PASSED, passed) if passed else Played(OPEN)


def _watch(release: Release, judge: ErrorJudge) -> Played:
    """Judge all minutes so far after each minute; one that passed may still fail."""
    passed = 0
    minutes = [(each,) for each in release.minutes]
    for minute in range(1, len(minutes) + 1):
        outcome = judge.judge_together(minutes[:minute]).outcome
        if outcome is Outcome.FAILED:
            return Played(FAILED, minute)
        passed = passed or (minute if outcome is Outcome.PASSED else 0)
    return Played(PASSED, passed) if passed else Played(OPEN)
