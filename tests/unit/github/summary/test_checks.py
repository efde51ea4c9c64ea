from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.checks import render_checks
from spotaction.model.deployment import Status
from spotaction.model.events import StepStarted, WaitFinished
from spotaction.model.observations import Observations
from spotaction.model.resources import Alarm


def test_alarms_rules_and_bakes_have_their_state() -> None:
    seen = Observations()
    seen.note_alarms(5.0, [Alarm("errors", "OK", "fine"), Alarm("lag", "INSUFFICIENT_DATA", "no data")])
    seen.note_alarms(8.0, [Alarm("errors", "ALARM", "5 of 5")])
    events = (
        Stamped(1.0, StepStarted("shift-10")),
        Stamped(6.0, WaitFinished("production's rules", "as written", 0.0, 1)),
        Stamped(8.0, WaitFinished("bake of web", "cut short of 1m 00s", 7.0, 2, failed=True)),
        Stamped(9.0, WaitFinished("production's rules", "modified", 0.0, 1, failed=True)),
    )
    assert render_checks(RunReport(Status.FAILED, events=events, observations=seen)) == (
        "### Checks\n\n"
        "| Check | Result | At |\n"
        "| --- | --- | --- |\n"
        "| ❌ alarm errors | ALARM since 8s: 5 of 5 | 8s |\n"
        "| ⚠️ alarm lag | INSUFFICIENT\\_DATA: no data | 5s |\n"
        "| ❌ production's rules | modified | 9s |\n"
        "| ❌ bake of web (shift-10) | 7s, cut short of 1m 00s | 8s |\n"
    )


def test_of_many_bakes_the_earlier_ones_are_folded() -> None:
    events = [Stamped(float(n), WaitFinished(f"bake of web-{n}", "fine", 1.0, 2)) for n in range(20)]
    shown, folded = render_checks(RunReport(Status.DEPLOYED, events=events)).split("<details>")
    assert (shown.count("✅"), folded.count("✅")) == (12, 8)
    assert "Earlier bakes (8)" in folded


def test_without_checks_there_is_no_table() -> None:
    assert render_checks(RunReport(Status.INVALID)) == ""
