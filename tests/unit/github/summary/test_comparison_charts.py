from datetime import UTC, datetime, timedelta

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.comparison_charts import comparison_charts
from spotaction.github.summary.render import render_summary
from spotaction.model.checks import RatePoint
from spotaction.model.deployment import Status
from spotaction.model.events import CheckMeasured

STARTED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def measured(minutes: int, outcome: str, attempt: int, *, way: str = "compare errors") -> CheckMeasured:
    points = tuple(RatePoint(STARTED + timedelta(minutes=at), 0.001, 0.05 * (at % 2)) for at in range(minutes))
    return CheckMeasured("rates", way, "shift-1", attempt, outcome, "a reason", points=points)


def report_of(*events: CheckMeasured) -> RunReport:
    stamped = [Stamped(float(at), event) for at, event in enumerate(events)]
    return RunReport(Status.FAILED, started=STARTED, events=stamped)


def test_both_rates_are_drawn_with_the_moment_of_the_verdict() -> None:
    report = report_of(measured(2, "waiting", 1), measured(3, "failed", 2), measured(4, "failed", 3))
    assert comparison_charts(report) == (
        "### Failed requests: rates in shift-1\n\n"
        "🟩 new group, 🟦 old group; gray: failed after 3 minutes, at 09:02 UTC.\n\n"
        "```mermaid\n---\nconfig:\n  xyChart:\n    width: 900\n    height: 300\n  themeVariables:\n    xyChart:\n"
        '      backgroundColor: transparent\n      plotColorPalette: "#d0d7de, #218bff, #2da44e"\n---\nxychart-beta\n'
        '    x-axis "compared minutes, 09:00 to 09:03 UTC" 1 --> 4\n'
        '    y-axis "Failed requests in %" 0 --> 5.5\n'
        "    bar [0, 0, 5.5, 0]\n"
        "    line [0.1, 0.1, 0.1, 0.1]\n"
        "    line [0, 5, 0, 5]\n"
        "```\n"
    )
    assert comparison_charts(report) in render_summary(report)


def test_response_times_are_drawn_in_milliseconds() -> None:
    drawn = comparison_charts(report_of(measured(2, "waiting", 1, way="compare latency")))
    assert '    y-axis "Response time in ms" 0 --> 55\n    bar [0, 0]\n    line [1, 1]\n    line [0, 50]\n' in drawn
    assert "old group; no verdict yet." in drawn


def test_one_minute_is_no_chart_and_long_bakes_show_their_last_ninety_minutes() -> None:
    assert comparison_charts(report_of(measured(1, "waiting", 1))) == ""
    drawn = comparison_charts(report_of(measured(20, "passed", 1), measured(200, "passed", 2)))
    assert '"compared minutes, 10:50 to 12:19 UTC" 1 --> 90' in drawn
    assert "gray: passed after 20 minutes, at 09:19 UTC." in drawn
    assert f"bar [{', '.join(['0'] * 90)}]" in drawn


def test_no_errors_at_all_are_a_flat_line() -> None:
    points = tuple(RatePoint(STARTED + timedelta(minutes=at), 0.0, 0.0) for at in range(2))
    event = CheckMeasured("rates", "compare errors", "shift-1", 1, "waiting", "a reason", points=points)
    assert '"Failed requests in %" 0 --> 1\n' in comparison_charts(report_of(event))
