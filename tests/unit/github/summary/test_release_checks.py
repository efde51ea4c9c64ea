from datetime import UTC, datetime

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.checks import render_checks
from spotaction.github.summary.release_checks import render_release_checks
from spotaction.model.deployment import Status
from spotaction.model.events import CheckFinished, CheckMeasured, Event, WaitFinished

STARTED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
HEAD = "| Check | Step | Verdict | Last value | Limit | Measured | At (UTC) |\n" + "| --- " * 7 + "|\n"


def measured(check: str, attempt: int, outcome: str, *, step: str = "stage-setup", value: str = "") -> CheckMeasured:
    return CheckMeasured(check, "http", step, attempt, outcome, f"{outcome} for a reason", value, "status 200-299")


def finished(
    check: str, verdict: str, measurements: int, *, step: str = "stage-setup", decides: bool = True
) -> CheckFinished:
    return CheckFinished(check, "http", step, verdict, "status 503 | `x`", 20.0, measurements, decides)


def render(*events: Event, status: Status = Status.FAILED) -> str:
    stamped = [Stamped(float(at), event) for at, event in enumerate(events)]
    return render_release_checks(RunReport(status, started=STARTED, events=stamped))


def test_a_check_has_its_last_value_its_limit_and_its_verdict() -> None:
    assert render(
        measured("smoke", 1, "failed", value="503 in 20 ms"),
        measured("smoke", 2, "passed", value="200 in 18 ms"),
        finished("smoke", "passed", 2),
        measured("load", 1, "failed", step="shift-10", value="17 of 20 good"),
        finished("load", "failed", 1, step="shift-10"),
        finished("rates", "inconclusive", 0, step="shift-10"),
    ) == (
        HEAD
        + "| smoke (http) | stage-setup | ✅ passed | 200 in 18 ms | status 200-299 | 2 times in 20s | 09:00:02 |\n"
        + "| load (http) | shift-10 | ❌ failed: status 503 &vert; \\`x\\` | 17 of 20 good | status 200-299 | once in"
        " 20s | 09:00:04 |\n"
        + "| rates (http) | shift-10 | ⚠️ inconclusive: status 503 &vert; \\`x\\` |  |  | never in 20s | 09:00:05 |\n"
    )


def test_a_check_that_runs_says_what_it_waits_for() -> None:
    assert "| ⏳ waiting: waiting for a reason |" in render(measured("smoke", 3, "waiting"), status=Status.RUNNING)


def test_a_check_that_decides_nothing_says_so() -> None:
    assert "| ⚠️ failed, which decides nothing: status 503" in render(finished("trial", "failed", 1, decides=False))
    assert "| ✅ passed, which decides nothing |" in render(finished("trial", "passed", 1, decides=False))


def test_the_last_time_counts_and_nothing_of_an_earlier_one_is_left() -> None:
    again = render(
        measured("smoke", 1, "failed", value="503 in 20 ms"),
        finished("smoke", "failed", 1),
        measured("smoke", 1, "passed", value="200 in 18 ms"),
    )
    assert "503" not in again
    assert "⏳" in again
    unmeasured = render(measured("smoke", 1, "passed", value="200 in 18 ms"), finished("smoke", "failed", 0))
    assert "200 in 18 ms" not in unmeasured


def test_the_same_check_at_another_step_is_another_row() -> None:
    table = render(*(finished("rates", "passed", 1, step=f"shift-{weight}") for weight in (10, 50)))
    assert table.count("rates") == 2


def test_of_many_checks_the_earlier_ones_are_folded() -> None:
    table, folded = render(*(finished(f"check-{n}", "passed", 1) for n in range(25))).split("<details>")
    assert (table.count("✅"), folded.count("✅")) == (20, 5)
    assert "Earlier checks (5)" in folded


def test_a_plan_lists_the_checks_that_would_run() -> None:
    planned = CheckFinished("smoke", "http", "stage-setup", "planned", "for at most 2m 00s, every 10s", 0.0, 0)
    trial = CheckFinished("rates", "compare errors", "shift-10", "planned", "every 60 s", 0.0, 0, decides=False)
    assert render(planned, trial, status=Status.PLANNED) == (
        "### Checks\n\n"
        "| Check | Step | Would be measured |\n"
        "| --- | --- | --- |\n"
        "| smoke (http) | stage-setup | for at most 2m 00s, every 10s |\n"
        "| rates (compare errors) | shift-10 | every 60 s (decides nothing) |\n"
    )


def test_without_checks_there_is_nothing() -> None:
    assert render() == ""
    assert render(status=Status.PLANNED) == ""


def test_the_table_stands_before_that_of_alarms_and_bakes() -> None:
    events = (Stamped(1.0, finished("smoke", "passed", 1)), Stamped(2.0, WaitFinished("bake of web", "fine", 1.0, 2)))
    text = render_checks(RunReport(Status.DEPLOYED, events=events))
    assert text.startswith("### Checks\n\n| Check | Step | Verdict | Measured | At |\n")
    assert text.index("smoke") < text.index("bake of web")
