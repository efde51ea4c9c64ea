"""Compares the new group with the old one on production's requests, as CloudWatch counted them minute by minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite

from spotaction.checks.comparison.error_rates import ErrorEvidence, ErrorJudge
from spotaction.checks.comparison.latencies import LatencyEvidence, judge_latencies, least_requests
from spotaction.checks.comparison.minutes import NEW, OLD, Side, Traffic, add_traffic, join_counts, join_sides
from spotaction.checks.comparison.reader import LAST_HOUR, WARM_UP, FoundMinutes, MinuteReader
from spotaction.checks.ports import CheckPorts
from spotaction.checks.statistics import Counts
from spotaction.documents.wording import count_of
from spotaction.model.check_kinds import CompareErrors, CompareLatency
from spotaction.model.checks import Measurement, Outcome, RatePoint, Subject


class CompareErrorsProbe:
    """Compares the shares of failed requests: 5XX answers, and connections that the target did not take."""

    def __init__(self, kind: CompareErrors, ports: CheckPorts) -> None:
        self._kind = kind
        self._reader = MinuteReader(ports, delay=kind.delay, warm_up=kind.warm_up or 0.0, history=kind.history)

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Read all minutes again, and judge those that were read before."""
        limit = f"{self._kind.ratio:g} times the old rate"
        found = self._reader.read(subject, deadline)
        if isinstance(found, Measurement):
            return _with_limit(found, limit)
        judge = ErrorJudge(self._kind, found.history_counts, subject.bakes)
        if found.is_after:
            old = add_traffic(traffic for side in found.history for traffic in side.values())
            new = join_sides([sides[NEW] for sides in found.sides])
            minutes: dict[datetime, tuple[Counts, ...]] = {}
            if old.requests:
                minutes = {at: (join_counts(traffic, old),) for at, traffic in new.items()}
            evidence = judge.judge_after([each for counts in minutes.values() for each in counts])
        else:
            minutes = _shared_minutes(found.sides)
            evidence = judge.judge_together(list(minutes.values()))
        if not minutes:
            return _with_limit(found.say_nothing_shared(), limit)
        points = tuple(_rate_point(at, counts) for at, counts in minutes.items())
        counts = [each for minute in minutes.values() for each in minute]
        value = _describe_rates(counts, after=found.is_after)
        reason = (
            f"{value} in {count_of(len(minutes), 'minute')}{found.note}; {_describe_evidence(evidence, self._kind)}"
        )
        return Measurement(evidence.outcome, reason, value, limit, found.retry_after, points)


class CompareLatencyProbe:
    """Compares a percentile of the response times, in minutes in which both groups got enough requests for it."""

    def __init__(self, kind: CompareLatency, ports: CheckPorts) -> None:
        self._kind = kind
        warm_up = WARM_UP if kind.warm_up is None else kind.warm_up
        self._reader = MinuteReader(
            ports, delay=kind.delay, warm_up=warm_up, history=LAST_HOUR, percentile=kind.percentile
        )

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Read all minutes again, and judge those that were read before, each load balancer for itself."""
        limit = f"{self._kind.ratio:g} times the old p{self._kind.percentile:g}"
        found = self._reader.read(subject, deadline)
        if isinstance(found, Measurement):
            return _with_limit(found, limit)
        paired = [pairs for sides in self._sides(found) if (pairs := self._pair(*sides, after=found.is_after))]
        if not paired:
            return _with_limit(found.say_nothing_shared(least_requests(self._kind.percentile)), limit)
        verdicts = [
            judge_latencies([(point.old, point.new) for point in pairs], self._kind, subject.bakes * len(paired))
            for pairs in paired
        ]
        worst = max(range(len(paired)), key=lambda at: (_BADNESS[verdicts[at].outcome], verdicts[at].ratio or 0.0))
        value = f"p{self._kind.percentile:g} {verdicts[worst].ratio:.2f} times the old"
        reason = f"{value} at the median of {_describe_latency(verdicts[worst])}{found.note}"
        points = tuple(paired[worst])
        return Measurement(verdicts[worst].outcome, reason, value, limit, found.retry_after, points)

    @staticmethod
    def _sides(found: FoundMinutes) -> list[tuple[Side, Side]]:
        olds = found.history if found.is_after else [sides[OLD] for sides in found.sides]
        return [(sides[NEW], old) for sides, old in zip(found.sides, olds, strict=True)]

    def _pair(self, new: Side, old: Side, *, after: bool) -> list[RatePoint]:
        """The minutes with enough requests; after a swap each is paired with one before it, from the latest on."""
        least = least_requests(self._kind.percentile)
        usable = {at: each.latency for at, each in sorted(new.items()) if _is_usable(each, least)}
        before = {at: each.latency for at, each in sorted(old.items(), reverse=after) if _is_usable(each, least)}
        if after:
            pairs = zip(usable.items(), before.values(), strict=False)
            return [RatePoint(at, was or 0.0, now or 0.0) for (at, now), was in pairs]
        return [RatePoint(at, before[at] or 0.0, now or 0.0) for at, now in usable.items() if at in before]


_BADNESS: Mapping[Outcome, int] = {Outcome.FAILED: 2, Outcome.WAITING: 1, Outcome.PASSED: 0}


def _with_limit(measurement: Measurement, limit: str) -> Measurement:
    return Measurement(measurement.outcome, measurement.reason, "", limit, measurement.retry_after)


def _shared_minutes(sides: Sequence[Mapping[str, Side]]) -> dict[datetime, tuple[Counts, ...]]:
    """The counts of the sources in which both sides got requests, by minute."""
    minutes: dict[datetime, tuple[Counts, ...]] = {}
    for at in sorted({at for each in sides for at in each[NEW]}):
        shared = tuple(
            join_counts(each[NEW][at], each[OLD][at]) for each in sides if at in each[NEW] and at in each[OLD]
        )
        if shared:
            minutes[at] = shared
    return minutes


def _rate_point(at: datetime, counts: Sequence[Counts]) -> RatePoint:
    old, new = _rates(counts)
    return RatePoint(at, old, new)


def _rates(counts: Sequence[Counts]) -> tuple[float, float]:
    """The rates of all counts together."""
    old, new = sum(each.old_requests for each in counts), sum(each.new_requests for each in counts)
    return sum(each.old_errors for each in counts) / old, sum(each.new_errors for each in counts) / new


def _describe_rates(counts: Sequence[Counts], *, after: bool) -> str:
    # After a swap each minute carries the whole of what the old group did before.
    old = counts[:1] if after else counts
    new_errors, new_requests = sum(each.new_errors for each in counts), sum(each.new_requests for each in counts)
    old_errors, old_requests = sum(each.old_errors for each in old), sum(each.old_requests for each in old)
    return f"new {_share(new_errors, new_requests)}, old {_share(old_errors, old_requests)}"


def _share(errors: float, requests: float) -> str:
    return f"{100 * errors / requests:.3g}% ({errors:.0f} of {requests:.0f})"


def _describe_evidence(evidence: ErrorEvidence, kind: CompareErrors) -> str:
    bursts = f"; errors vary {evidence.dispersion:.1f} times as much as independent ones" * (evidence.dispersion > 1.5)  # noqa: PLR2004
    match evidence.outcome:
        case Outcome.FAILED:
            return f"the new group fails more often{bursts}"
        case Outcome.PASSED:
            return f"the new group does not fail more often{bursts}"
        case _ if evidence.weight >= evidence.fail_limit:
            return f"more often, but by less than {kind.min_effect * 100:g}% of the requests{bursts}"
        case _:
            limits = f"fail at {evidence.fail_limit:.1f}, pass at {evidence.pass_limit:.1f}"
            return f"no verdict yet: evidence {evidence.weight:+.1f} ({limits}){bursts}"


def _describe_latency(evidence: LatencyEvidence) -> str:
    minutes = count_of(evidence.minutes, "minute")
    match evidence.outcome:
        case Outcome.FAILED:
            return f"{minutes}, which is slower"
        case Outcome.PASSED:
            return f"{minutes}, which is not slower"
        case _:
            return f"{minutes}, no verdict yet: the next look is after {evidence.next_look}"


def _is_usable(traffic: Traffic, least: int) -> bool:
    latency = traffic.latency
    return traffic.requests >= least and latency is not None and isfinite(latency) and latency > 0
