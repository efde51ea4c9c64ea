"""Comparing new with old on what CloudWatch counted: verdicts, what is no data, and what comes late."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf, nan

import pytest

from spotaction.checks.compare import CompareErrorsProbe, CompareLatencyProbe
from spotaction.checks.ports import CheckPorts
from spotaction.checks.probes import make_probe
from spotaction.model.check_kinds import CompareErrors, CompareLatency
from spotaction.model.checks import Measurement, Outcome, RatePoint, Subject
from spotaction.model.errors import ApiError
from spotaction.model.metrics import MathQuery, MetricQuery, Series
from spotaction.model.resources import ListenerArn
from tests.support.compared import (
    NEW_ARN,
    OLD_ARN,
    PRODUCTION,
    FakeMetrics,
    compare_ports,
    compared_subject,
)
from tests.support.fakes import START, FakeClock

HISTORY = range(-61, 0)


def metrics_of(
    *, new: tuple[float, float] = (600, 0), old: tuple[float, float] = (5400, 0), minutes: int = 60
) -> FakeMetrics:
    """An hour before with the old group's counts, and then so many minutes of both."""
    metrics = FakeMetrics()
    for at in HISTORY:
        metrics.set_minute(at, "old", 6000, 6)
    for at in range(minutes):
        metrics.set_minute(at, "new", *new)
        metrics.set_minute(at, "old", *old)
    return metrics


def watch(
    probe: CompareErrorsProbe | CompareLatencyProbe, clock: FakeClock, subject: Subject, minutes: float
) -> list[tuple[float, Measurement]]:
    """Measure as often as the probe wants, for so many minutes or until there is a verdict."""
    found: list[tuple[float, Measurement]] = []
    while clock.passed < minutes * 60:
        measurement = probe.measure(subject, clock.now() + 60)
        found.append((clock.passed, measurement))
        if measurement.outcome in (Outcome.PASSED, Outcome.FAILED):
            break
        clock.sleep(measurement.retry_after or 10)
    return found


def last_of(metrics: FakeMetrics | None, minutes: float = 60, kind: CompareErrors | None = None) -> Measurement:
    clock = FakeClock()
    probe = CompareErrorsProbe(kind or CompareErrors(), compare_ports(metrics, clock))
    return watch(probe, clock, compared_subject(), minutes)[-1][1]


def test_a_release_with_five_per_cent_of_errors_fails_after_two_complete_minutes() -> None:
    clock, metrics = FakeClock(), metrics_of(new=(600, 30), old=(5400, 5))
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    measured = watch(probe, clock, compared_subject(), 60)
    assert [(at, found.outcome) for at, found in measured] == [
        (0.0, Outcome.WAITING),
        (180.0, Outcome.WAITING),
        (195.0, Outcome.WAITING),
        (240.0, Outcome.WAITING),
        (255.0, Outcome.FAILED),
    ]
    assert [found.reason for _, found in measured[:2]] == [
        "the first full minute is complete at 09:03:00 UTC",
        "a minute is read once more before it counts",
    ]
    assert measured[-1][1] == Measurement(
        Outcome.FAILED,
        "new 5% (60 of 1200), old 0.0926% (10 of 10800) in 2 minutes; the new group fails more often",
        "new 5% (60 of 1200), old 0.0926% (10 of 10800)",
        "2 times the old rate",
        45.0,
        tuple(RatePoint(START + timedelta(minutes=at), 5 / 5400, 0.05) for at in range(2)),
    )


def test_a_release_like_the_old_one_passes() -> None:
    found = last_of(metrics_of(new=(600, 1), old=(5400, 9)))
    assert found.outcome is Outcome.PASSED
    assert found.reason.endswith("the new group does not fail more often")


def test_a_service_without_errors_passes_once_enough_requests_had_none() -> None:
    clock, metrics = FakeClock(), metrics_of(old=(5400, 0))
    for at in HISTORY:
        metrics.set_minute(at, "old", 6000)
    measured = watch(CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock)), clock, compared_subject(), 60)
    ended, found = measured[-1]
    assert (round(ended / 60), found.outcome) == (15, Outcome.PASSED)  # 13 minutes of 600 requests, and the delay


def test_an_outage_of_both_groups_is_no_fault_of_the_new_one() -> None:
    metrics = metrics_of(new=(600, 1), old=(5400, 9), minutes=3)
    for at in range(3, 60):
        metrics.set_minute(at, "new", 600, 300)
        metrics.set_minute(at, "old", 5400, 2700)
    assert last_of(metrics).outcome is not Outcome.FAILED


def test_one_bad_minute_is_no_verdict() -> None:
    metrics = metrics_of(new=(600, 0), old=(5400, 0), minutes=3)
    metrics.set_minute(1, "new", 600, 600)
    found = last_of(metrics, minutes=5.5)
    assert (found.outcome, len(found.points)) == (Outcome.WAITING, 3)


def test_a_connection_that_the_target_refused_is_an_error() -> None:
    metrics = metrics_of()
    for at in range(60):
        metrics.values["new", "refused", at] = 30
    assert last_of(metrics).outcome is Outcome.FAILED


def test_what_was_counted_late_changes_its_minute() -> None:
    clock, metrics = FakeClock(), metrics_of(new=(600, 0), old=(5400, 5))
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    clock.passed = 190
    probe.measure(compared_subject(), inf)
    metrics.set_minute(0, "new", 600, 30)
    clock.passed = 205
    assert probe.measure(compared_subject(), inf).points == (RatePoint(START, 5 / 5400, 0.05),)
    metrics.set_minute(0, "new", 600, 3)
    clock.passed = 220
    assert probe.measure(compared_subject(), inf).points == (RatePoint(START, 5 / 5400, 0.005),)


def test_only_minutes_that_ended_two_minutes_ago_are_asked_for() -> None:
    clock, metrics = FakeClock(), metrics_of()
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    clock.passed = 239
    probe.measure(compared_subject(), inf)
    assert metrics.calls == [(6, -61, -1), (6, 0, 1)]
    clock.passed = 240
    probe.measure(compared_subject(), inf)
    assert metrics.calls[2:] == [(6, 0, 2)]


@pytest.mark.parametrize("silent", [("new",), ("old",), ("new", "old")])
def test_minutes_without_requests_are_no_data_and_never_pass(silent: tuple[str, ...]) -> None:
    metrics = metrics_of()
    for at in range(60):
        for side in silent:
            metrics.set_minute(at, side, 0)
    found = last_of(metrics)
    assert found.outcome is Outcome.NO_DATA
    assert found.reason == "CloudWatch has no minute yet in which both groups got requests"


@pytest.mark.parametrize("value", [nan, inf, -inf, -1.0, 1e308])
@pytest.mark.parametrize("metric", ["requests", "errors", "refused"])
def test_a_value_that_is_no_count_is_no_data(value: float, metric: str) -> None:
    metrics = metrics_of()
    for at in range(60):
        metrics.values["new", metric, at] = value
    assert last_of(metrics).outcome is Outcome.NO_DATA


def test_more_errors_than_requests_are_all_of_them() -> None:
    found = last_of(metrics_of(new=(10, 900)), minutes=4)
    assert found.points[0].new == 1.0


def test_counters_that_go_missing_leave_their_minutes_out() -> None:
    metrics = metrics_of(new=(600, 3), old=(5400, 5))
    for at in range(2, 60):
        metrics.set_minute(at, "new", 0, 50)  # errors without requests: the other counter is missing
    found = last_of(metrics)
    assert (found.outcome, len(found.points)) == (Outcome.WAITING, 2)


def test_partial_data_is_no_data() -> None:
    metrics = metrics_of()
    metrics.incomplete = "CloudWatch's status is PartialData"
    found = last_of(metrics, minutes=10)
    assert (found.outcome, found.reason) == (
        Outcome.NO_DATA,
        "RequestCount of targetgroup/web-green/2 is incomplete: CloudWatch's status is PartialData",
    )


def test_minutes_of_the_bake_that_are_incomplete_are_no_data_though_those_before_were_whole() -> None:
    metrics, clock = metrics_of(new=(600, 0)), FakeClock()
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    clock.sleep(600)
    assert probe.measure(compared_subject(), inf).outcome is Outcome.WAITING  # everything was read once
    metrics.incomplete = "CloudWatch's status is PartialData"
    clock.sleep(60)
    assert probe.measure(compared_subject(), inf).outcome is Outcome.NO_DATA


def test_what_cannot_be_read_is_an_error() -> None:
    metrics = metrics_of()
    metrics.error = ApiError("Throttling", service="AWS", call="cloudwatch:GetMetricData")
    assert last_of(metrics, minutes=4) == Measurement(Outcome.ERROR, "Throttling", limit="2 times the old rate")
    assert last_of(None, minutes=1).outcome is Outcome.ERROR


def test_weights_that_change_in_mid_bake_are_no_evidence() -> None:
    metrics = metrics_of(new=(600, 1), old=(5400, 9), minutes=2)
    for at in range(2, 60):
        metrics.set_minute(at, "new", 3000, 900)
        metrics.set_minute(at, "old", 3000, 900)
    assert last_of(metrics).outcome is not Outcome.FAILED


@pytest.mark.parametrize("wrong", [-3600, -180, 180, 3600])
def test_a_runners_wrong_clock_changes_nothing(wrong: float) -> None:
    clock, metrics = FakeClock(), metrics_of(new=(600, 30), old=(5400, 5))
    ports = CheckPorts(clock, metrics=metrics, server_time=lambda: START + timedelta(seconds=clock.passed))
    clock_of_runner = _ShiftedClock(clock, wrong)
    probe = CompareErrorsProbe(CompareErrors(), replace(ports, clock=clock_of_runner))
    subject = compared_subject(since=ports.time())
    assert watch(probe, clock, subject, 60)[-1][0] == 255.0


class _ShiftedClock(FakeClock):
    def __init__(self, clock: FakeClock, wrong: float) -> None:
        super().__init__()
        self._clock, self._wrong = clock, wrong

    def now(self) -> float:
        return self._clock.now()

    def time(self) -> datetime:
        return self._clock.time() + timedelta(seconds=self._wrong)


def test_after_a_swap_the_old_groups_last_hour_is_compared_and_said_to_be_weaker() -> None:
    clock, metrics = FakeClock(), metrics_of(new=(6000, 60), old=(0, 0))
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    found = watch(probe, clock, compared_subject(weight=100.0), 60)[-1][1]
    assert (found.outcome, found.reason) == (
        Outcome.FAILED,
        (
            "new 1% (120 of 12000), old 0.1% (360 of 360000) in 2 minutes against the last hour of the old group,"
            " which is weaker than the same minutes; the new group fails more often"
        ),
    )


def test_after_a_swap_a_group_as_good_as_before_passes() -> None:
    clock, metrics = FakeClock(), metrics_of(new=(6000, 6), old=(0, 0))
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    assert watch(probe, clock, compared_subject(weight=100.0), 60)[-1][1].outcome is Outcome.PASSED


def test_after_a_swap_an_old_group_without_requests_is_no_data() -> None:
    clock, metrics = FakeClock(), FakeMetrics()
    for at in range(60):
        metrics.set_minute(at, "new", 6000, 6)
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    assert watch(probe, clock, compared_subject(weight=100.0), 60)[-1][1].outcome is Outcome.NO_DATA


def test_a_release_that_turns_bad_after_it_passed_fails() -> None:
    clock, metrics = FakeClock(), metrics_of(new=(600, 1), old=(5400, 9), minutes=30)
    for at in range(30, 60):
        metrics.set_minute(at, "new", 600, 30)
        metrics.set_minute(at, "old", 5400, 9)
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    outcomes = []
    for _ in range(500):
        found = probe.measure(compared_subject(), inf)
        outcomes.append(found.outcome)
        clock.sleep(found.retry_after or 10)
        if found.outcome is Outcome.FAILED:
            break
    assert Outcome.PASSED in outcomes
    assert (outcomes[-1], round(clock.passed / 60)) == (Outcome.FAILED, 37)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"old_target_groups": (NEW_ARN,)},
            (
                "both groups are in target group web-green, and CloudWatch counts by target group;"
                " shift weights between two target groups, or use the check anomalies"
            ),
        ),
        ({"old": None, "old_target_groups": ()}, "there is no old group to compare with"),
        ({"production": ()}, "there is no load balancer whose requests could be compared"),
        ({"weight": 0.0}, "no production request reaches the new group yet"),
        (
            {"production": (replace(PRODUCTION, listener=ListenerArn("arn:aws:x:listener/net/web/1/2")),)},
            "CloudWatch counts responses of Application Load Balancers only, and this one is of another type",
        ),
    ],
)
def test_what_cannot_be_compared_says_why_and_reads_nothing(change: dict[str, object], reason: str) -> None:
    metrics, clock = metrics_of(), FakeClock()
    clock.passed = 600
    subject = replace(compared_subject(), **change)  # type: ignore[arg-type]
    found = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock)).measure(subject, inf)
    assert (found.outcome, found.reason, metrics.calls) == (Outcome.NO_DATA, reason, [])


def latency_metrics(ratio: float, *, requests: float = 600, minutes: int = 60) -> FakeMetrics:
    metrics = FakeMetrics()
    for at in range(-61, minutes):
        wave = 0.2 * (1 + 0.3 * (at % 7) / 7)
        metrics.set_minute(at, "old", requests, latency=wave)
        if at >= 0:
            metrics.set_minute(at, "new", requests, latency=wave * ratio * (1 + 0.01 * (at % 3)))
    return metrics


def watch_latency(metrics: FakeMetrics, kind: CompareLatency, weight: float = 10.0) -> tuple[float, Measurement]:
    clock = FakeClock()
    at, found = watch(
        CompareLatencyProbe(kind, compare_ports(metrics, clock)), clock, compared_subject(weight=weight), 60
    )[-1]
    return at / 60, found


def test_a_doubled_percentile_fails_after_eight_minutes_warm_up_and_delay() -> None:
    at, found = watch_latency(latency_metrics(2.0), CompareLatency())
    assert (at, found.outcome) == (12.25, Outcome.FAILED)
    assert found.reason == "p99 2.02 times the old at the median of 8 minutes, which is slower"
    assert found.limit == "1.25 times the old p99"
    assert len(found.points) == 8


def test_a_percentile_as_before_passes() -> None:
    at, found = watch_latency(latency_metrics(1.0), CompareLatency())
    assert (at, found.outcome) == (12.25, Outcome.PASSED)


def test_minutes_with_few_requests_say_nothing_about_their_percentile() -> None:
    _, found = watch_latency(latency_metrics(2.0, requests=499), CompareLatency())
    assert (found.outcome, found.reason) == (
        Outcome.NO_DATA,
        "CloudWatch has no minute yet in which both groups got at least 500 requests",
    )
    assert watch_latency(latency_metrics(2.0, requests=50), CompareLatency(percentile=90))[1].outcome is Outcome.FAILED


@pytest.mark.parametrize("value", [nan, inf, 0.0, -0.1])
def test_a_response_time_that_is_none_is_no_data(value: float) -> None:
    metrics = latency_metrics(2.0)
    for at in range(60):
        metrics.values["new", "latency", at] = value
    assert watch_latency(metrics, CompareLatency())[1].outcome is Outcome.NO_DATA


def test_after_a_swap_the_response_time_is_compared_with_the_old_groups_last_hour() -> None:
    metrics = latency_metrics(2.0)
    for at in range(60):
        metrics.set_minute(at, "old", 0)
    _, found = watch_latency(metrics, CompareLatency(), weight=100.0)
    assert found.outcome is Outcome.FAILED
    assert "weaker" in found.reason


def test_the_registry_makes_both() -> None:
    ports = compare_ports(None, FakeClock())
    assert isinstance(make_probe(CompareErrors(), ports), CompareErrorsProbe)
    assert isinstance(make_probe(CompareLatency(), ports), CompareLatencyProbe)


class TwoBalancers(FakeMetrics):
    """The figures of one load balancer here, those of another one in `other`."""

    def __init__(self, here: FakeMetrics, other: FakeMetrics) -> None:
        super().__init__(here.values)
        self.other = replace(other, balancer="app/api-alb/77aa")

    def read(
        self, queries: Sequence[MetricQuery | MathQuery], start: datetime, end: datetime, *, deadline: float = inf
    ) -> Mapping[str, Series]:
        found, others = super().read(queries, start, end), self.other.read(queries, start, end, deadline=deadline)
        return {name: series if series.points else others[name] for name, series in found.items()}


def of_two(here: float, other: float) -> tuple[float, Outcome]:
    """When there is a verdict on the percentiles of two load balancers, in minutes, and which."""
    api = replace(PRODUCTION, listener=ListenerArn(PRODUCTION.listener.replace("web-alb/50dc", "api-alb/77aa")))
    metrics, clock = TwoBalancers(latency_metrics(here), latency_metrics(other)), FakeClock()
    subject = replace(compared_subject(), production=(PRODUCTION, api))
    probe = CompareLatencyProbe(CompareLatency(), compare_ports(metrics, clock))
    at, found = watch(probe, clock, subject, 60)[-1]
    return at / 60, found.outcome


@pytest.mark.parametrize("ratios", [(2.0, 1.0), (1.0, 2.0)])
def test_of_two_load_balancers_the_worse_one_decides(ratios: tuple[float, float]) -> None:
    assert of_two(*ratios)[1] is Outcome.FAILED


def test_two_load_balancers_take_more_evidence_than_one() -> None:
    """Each of them may fail by chance, and both together not more often than one."""
    assert of_two(2.0, 2.0)[0] > watch_latency(latency_metrics(2.0), CompareLatency())[0]


def test_two_load_balancers_are_asked_for_both_target_groups() -> None:
    metrics, clock = metrics_of(new=(600, 30), old=(5400, 5)), FakeClock()
    other = replace(PRODUCTION, listener=ListenerArn(PRODUCTION.listener.replace("web-alb/50dc", "api-alb/77aa")))
    subject = replace(compared_subject(), production=(other, PRODUCTION))
    probe = CompareErrorsProbe(CompareErrors(), compare_ports(metrics, clock))
    assert watch(probe, clock, subject, 60)[-1][1].outcome is Outcome.FAILED
    assert {queries for queries, _, _ in metrics.calls} == {12}
    assert OLD_ARN in subject.old_target_groups
