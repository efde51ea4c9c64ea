"""What a plan says of a comparison: whether the bake can decide, and what would be enough."""

from dataclasses import replace
from math import inf

import pytest

from spotaction.checks.comparison.forecast import OldHour, forecast_errors, forecast_latency, minutes_until_pass
from spotaction.checks.probes import forecast_check
from spotaction.model.check_kinds import AlarmsCheck, CompareErrors, CompareLatency
from spotaction.model.errors import ApiError
from tests.support.compared import NEW_ARN, FakeMetrics, compare_ports, compared_subject
from tests.support.fakes import FakeClock

BUSY = OldHour(6000, 0.001, 1.0)


def test_ten_per_cent_for_five_minutes_cannot_decide_and_what_could() -> None:
    assert forecast_errors(CompareErrors(), BUSY, 10, 300) == (
        "10% for 5 min cannot decide; it needs about 22 min (6000 requests a minute, 0.1% errors)"
    )
    assert forecast_errors(CompareErrors(), BUSY, 10, 900) == (
        "10% for 15 min cannot decide; it needs about 22 min, or 20% (6000 requests a minute, 0.1% errors)"
    )
    assert forecast_errors(CompareErrors(), BUSY, 10, 1800) == (
        "10% for 30 min can decide: about 22 min (6000 requests a minute, 0.1% errors)"
    )


def test_the_minutes_are_walds() -> None:
    assert minutes_until_pass(CompareErrors(min_effect=0), BUSY, 0.1) == pytest.approx(112 / 6, rel=0.01)


def test_bursts_take_as_many_times_longer() -> None:
    once = minutes_until_pass(CompareErrors(), BUSY, 0.1)
    assert minutes_until_pass(CompareErrors(), replace(BUSY, dispersion=3.0), 0.1) == pytest.approx(3 * once)


def test_a_service_without_errors_needs_requests() -> None:
    assert minutes_until_pass(CompareErrors(), OldHour(6000, 0, 1.0), 0.1) == pytest.approx(12.5, abs=0.1)
    assert minutes_until_pass(CompareErrors(min_effect=0), OldHour(6000, 0, 1.0), 0.1) == inf


def test_where_nothing_is_enough_it_says_so() -> None:
    assert forecast_errors(CompareErrors(min_effect=0), OldHour(6000, 0, 1.0), 10, 300) == (
        "10% for 5 min cannot decide; no share and no duration is enough (6000 requests a minute, 0% errors)"
    )


def test_response_times_need_requests_on_both_sides_and_eight_minutes() -> None:
    assert forecast_latency(CompareLatency(), BUSY, 10, 300) == (
        "10% for 5 min cannot decide; it needs about 13 min (6000 requests a minute, 500 needed on each side for p99)"
    )
    assert forecast_latency(CompareLatency(), replace(BUSY, requests=3000), 10, 900) == (
        "10% for 15 min cannot decide; it needs 20% (3000 requests a minute, 500 needed on each side for p99)"
    )


def test_the_last_hour_of_the_old_group_is_read_once() -> None:
    clock, metrics = FakeClock(), FakeMetrics()
    for at in range(-62, 0):
        metrics.set_minute(at, "old", 6000, 6)
    found = forecast_check(CompareErrors(), compared_subject(), 300, compare_ports(metrics, clock))
    assert found == "10% for 5 min cannot decide; it needs about 22 min (6000 requests a minute, 0.1% errors)"
    assert metrics.calls == [(6, -62, -2)]


def test_what_is_not_known_is_said() -> None:
    clock, metrics = FakeClock(), FakeMetrics()
    ports, subject = compare_ports(metrics, clock), compared_subject()
    unknown = "its time to a verdict is unknown: "
    assert forecast_check(CompareErrors(), subject, 300, ports) == (
        f"{unknown}the old group got no requests in the last hour"
    )
    metrics.incomplete = "PartialData"
    assert forecast_check(CompareErrors(), subject, 300, ports).endswith("is incomplete: PartialData")
    metrics.error = ApiError("AccessDenied", service="AWS", call="cloudwatch:GetMetricData")
    assert forecast_check(CompareLatency(), subject, 300, ports) == f"{unknown}AccessDenied"
    shared = replace(subject, old_target_groups=(NEW_ARN,))
    assert forecast_check(CompareErrors(), shared, 300, ports).startswith("cannot decide: both groups are in")
    assert forecast_check(AlarmsCheck(("a",)), subject, 300, ports) == ""
