"""The check of kind prometheus against a real Prometheus: `make prometheus` gets Debian's where there is none."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotaction.checks.counting import CheckVerdict, Tally
from spotaction.checks.ports import CheckPorts
from spotaction.checks.prometheus import PrometheusProbe
from spotaction.cloud.clock import Cancellation, RealClock, install_signal_handlers
from spotaction.cloud.web import WebClient
from spotaction.model.check_kinds import PrometheusCheck
from spotaction.model.checks import Check, Measurement, Outcome, Position, Where
from spotaction.model.errors import CancelledError
from tests.support.prometheus import Prometheus, find_prometheus, serve_metrics
from tests.support.query_checks import release

pytestmark = pytest.mark.skipif(not find_prometheus(), reason="there is no Prometheus here: run make prometheus")

METRICS = """
requests_total{image="ami-1",code="200"} 990
requests_total{image="ami-1",code="500"} 10
requests_total{image="ami-2",code="200"} 900
requests_total{image="ami-2",code="500"} 100
temperature{image="ami-2"} NaN
"""
SHARE = 'sum(requests_total{image="{{image}}",code="500"}) / sum(requests_total{image="{{image}}"})'
SLOW = "count_over_time((vector(1) * vector(2) + vector(3))[20d:100ms])"
SUBJECT = replace(release(), since=datetime.now(UTC) - timedelta(hours=1))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with serve_metrics(METRICS) as port:
        found = Prometheus(tmp_path_factory.mktemp("prometheus"), port).start()
        try:
            found.wait_for("temperature")
            yield found
        finally:
            found.stop()


def probe(server: Prometheus, query: str, interrupt: Cancellation, **kind: str | float) -> PrometheusProbe:
    ports = CheckPorts(RealClock(interrupt), http=WebClient(interrupt))
    check = PrometheusCheck(server.address, query, **{"success": "result <= 0.05", **kind})  # type: ignore[arg-type]
    return PrometheusProbe(check, ports)


def measure(server: Prometheus, query: str, seconds: float = 20.0, **kind: str | float) -> Measurement:
    return probe(server, query, Cancellation(), **kind).measure(SUBJECT, RealClock().now() + seconds)


def test_the_share_of_errors_of_the_new_image_decides(server: Prometheus) -> None:
    assert measure(server, SHARE) == Measurement(
        Outcome.FAILED, "0.1 does not meet the condition", "0.1", "result <= 0.05"
    )
    old = measure(server, SHARE.replace("{{image}}", "{{old.image}}"))
    assert old == Measurement(Outcome.PASSED, "0.01 meets the condition", "0.01", "result <= 0.05")


@pytest.mark.parametrize(
    ("query", "outcome", "reason"),
    [
        ("1 * 0.04", Outcome.PASSED, "0.04 meets the condition"),
        ("sum by (image) (requests_total) * 0", Outcome.PASSED, "0, 0 meets the condition"),
        ("temperature", Outcome.NO_DATA, "the query returned nan"),
        ("vector(0) / 0", Outcome.NO_DATA, "the query returned nan"),
        ("-vector(1) / 0", Outcome.NO_DATA, "the query returned -inf"),
        ("vector(1) / 0", Outcome.NO_DATA, "the query returned inf"),
        ("nothing_of_this_name", Outcome.NO_DATA, "the query returned nothing"),
        ("requests_total > 1e9", Outcome.NO_DATA, "the query returned nothing"),
        ("rate(", Outcome.ERROR, "Prometheus answered 400: bad_data: "),
        ("requests_total * on(image) requests_total", Outcome.ERROR, "Prometheus answered 422: execution: "),
        ("requests_total[1m]", Outcome.ERROR, "the query returns a matrix, and not one number for each series"),
        ('"text"', Outcome.ERROR, "the query returns a string, and not one number for each series"),
    ],
)
def test_what_is_no_number_never_passes(server: Prometheus, query: str, outcome: Outcome, reason: str) -> None:
    found = measure(server, query)
    assert (found.outcome, reason in found.reason) == (outcome, True), found


def test_a_window_is_one_that_prometheus_reads(server: Prometheus) -> None:
    assert measure(server, "count_over_time(requests_total[{{window}}]) * 0").outcome is Outcome.PASSED


def test_a_delay_is_counted_by_the_servers_own_clock(server: Prometheus) -> None:
    then = datetime.now(UTC).timestamp() - 100
    late = measure(server, "time()", delay=100.0, success=f"{then - 3} < result < {then + 3}")
    assert late.outcome is Outcome.PASSED
    empty = measure(server, SHARE, delay=3000.0)
    assert (empty.outcome, empty.reason) == (Outcome.NO_DATA, "the query returned nothing")


def test_a_slow_answer_costs_the_time_that_is_left_and_no_more(server: Prometheus) -> None:
    clock = RealClock()
    started = clock.now()
    found = probe(server, SLOW, Cancellation()).measure(SUBJECT, started + 0.3)
    assert found.outcome is Outcome.ERROR
    assert clock.now() - started < 3.0


def test_a_cancel_meanwhile_ends_the_run_at_once(server: Prometheus) -> None:
    interrupt, clock = Cancellation(), RealClock()
    restore = install_signal_handlers(interrupt)
    started = clock.now()
    try:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        with pytest.raises(CancelledError):
            probe(server, SLOW.replace("20d", "200d"), interrupt).measure(SUBJECT, started + 30)
    finally:
        timer.cancel()
        restore()
    assert clock.now() - started < 3.0


def test_a_restart_in_mid_check_is_an_error_and_the_check_still_passes(tmp_path: Path) -> None:
    check = Check("share", Where(Position.AFTER, "shift-10"), PrometheusCheck("", "", ""), successes=3)
    tally = Tally()
    with serve_metrics(METRICS) as port:
        server = Prometheus(tmp_path, port).start()
        try:
            server.wait_for("temperature")
            one = probe(server, SHARE.replace("{{image}}", "{{old.image}}"), Cancellation())
            found = [one.measure(SUBJECT, RealClock().now() + 10)]
            server.stop()
            found += [one.measure(SUBJECT, RealClock().now() + 10) for _ in range(2)]
            server.start()
            server.wait_for("temperature")
            found += [one.measure(SUBJECT, RealClock().now() + 10) for _ in range(3)]
        finally:
            server.stop()
    passed, error = Outcome.PASSED, Outcome.ERROR
    assert [each.outcome for each in found] == [passed, error, error, passed, passed, passed]
    assert "the connection was refused" in found[1].reason
    for each in found:
        assert tally.judge(check)[0] is CheckVerdict.OPEN
        tally = tally.with_measurement(each, check)
    assert tally.judge(check) == (CheckVerdict.PASSED, "0.01 meets the condition")
