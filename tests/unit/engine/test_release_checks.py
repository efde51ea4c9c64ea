"""Running the checks of a release: how long, and what a verdict does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from spotaction.checks.harness_steps import verify_check, without_comparison
from spotaction.engine.context import DeployContext, Options
from spotaction.engine.release_checks import ReleaseChecks
from spotaction.model.check_kinds import CheckKind, CompareErrors, OnInconclusive
from spotaction.model.checks import Check, Measurement, Outcome, Subject
from spotaction.model.errors import CancelledError, FailedError, InconclusiveError, TimedOutError
from spotaction.model.events import CheckFinished, CheckMeasured, Note, WaitFinished, WarningEvent
from spotaction.model.execution import PlacedChecks
from tests.support.fakes import START, FakeAlarms, no_answer
from tests.support.played_checks import CHECK, PASSED, Play

_BAD = Measurement(Outcome.FAILED, "HTTP 500")
_WAITS = Measurement(Outcome.WAITING, "in progress")
_COMPARE = replace(CHECK, kind=CompareErrors())
_DRY = replace(CHECK, dry_run=True)


def test_a_check_is_measured_until_it_has_passed_often_enough() -> None:
    play = Play(_WAITS, PASSED, _BAD, PASSED, PASSED)

    play.run(replace(CHECK, successes=2, failures=1, interval=7.0))

    assert play.probe.asked == [0.0, 7.0, 14.0, 21.0, 28.0]
    assert [subject.attempt for subject in play.probe.subjects] == [1, 2, 3, 4, 5]
    assert play.end == ("passed", "fine", 28.0, 5)
    assert len(play.told(CheckMeasured)) == 5
    assert play.told(WaitFinished) == []


def test_a_check_that_fails_raises_with_its_name_and_reason() -> None:
    play = Play(_BAD)

    with pytest.raises(FailedError, match=r"^check smoke: HTTP 500\.$"):
        play.run()
    assert play.end == ("failed", "HTTP 500", 0.0, 1)


def test_a_check_that_hangs_costs_its_timeout_and_no_more() -> None:
    play = Play(Measurement(Outcome.ERROR, "no answer"), seconds=1e9)

    with pytest.raises(FailedError, match=r"^check smoke: no answer \(no verdict after 1 measurement\)\.$"):
        play.run(replace(CHECK, timeout=45.0))
    assert play.stage.clock.passed == pytest.approx(45.0, abs=0.1)


def test_a_check_that_never_passes_ends_with_its_timeout() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))

    with pytest.raises(FailedError, match=r"no data \(no verdict after 3 measurements\)"):
        play.run(replace(CHECK, timeout=25.0))
    assert (play.probe.asked, play.stage.clock.passed) == ([0.0, 10.0, 20.0], 25.0)


def test_one_look_that_could_not_be_made_does_not_fail_a_release_that_verify_looks_at() -> None:
    verify = without_comparison(verify_check("HIGH", 600.0, fails=True, name="ver"))
    good, missed = [PASSED] * 10, Measurement(Outcome.ERROR, "AWS refused elbv2:DescribeTargetHealth (Throttling)")
    play = Play(*good, missed, PASSED)

    play.run(verify)

    assert play.end == ("passed", "fine", 900.0, 31)


def test_a_check_for_which_the_deployment_has_no_time_says_so() -> None:
    play = Play(_WAITS)
    context = replace(play.context, deadline=play.stage.clock.now() + 15.0)

    with pytest.raises(TimedOutError, match=r"^The whole deployment reached its time limit\. .*in progress"):
        play.checks.run_check(CHECK, "stage-setup", play.deployment, context)
    assert play.end == ("failed", "in progress (no verdict after 2 measurements)", 15.0, 2)


def test_a_check_is_asked_again_when_it_wants_and_not_after_its_timeout() -> None:
    play = Play(replace(_WAITS, retry_after=30.0), replace(_WAITS, retry_after=90.0), PASSED)

    with pytest.raises(FailedError, match="it asks to be measured again in 1m 30s, which is after its timeout"):
        play.run()
    assert (play.probe.asked, play.stage.clock.passed) == ([0.0, 30.0], 30.0)


def test_what_cannot_be_measured_is_an_error_of_the_check_and_not_of_the_deployment() -> None:
    play = Play(no_answer(), ZeroDivisionError("division by zero"), PASSED)

    play.run()

    assert play.end == ("passed", "fine", 20.0, 3)
    outcomes = [event.outcome for event in play.told(CheckMeasured) if isinstance(event, CheckMeasured)]
    assert outcomes == ["error", "error", "passed"]


def test_a_cancel_in_a_measurement_is_no_error_of_the_check() -> None:
    play = Play(CancelledError("Cancelled by the runner (SIGTERM)."))

    with pytest.raises(CancelledError):
        play.run()
    assert play.told(CheckFinished) == []


_DECIDE = (
    "compare the figures in the summary and decide: continue measures again, or, with on-inconclusive: continue, "
    "accepts that there is no verdict"
)


@pytest.mark.parametrize(
    ("on_inconclusive", "error", "end", "next_step"),
    [
        (
            OnInconclusive.STOP,
            InconclusiveError,
            "on-inconclusive is stop.",
            _DECIDE,
        ),
        (OnInconclusive.ROLLBACK, FailedError, "on-inconclusive is rollback.", FailedError("").next_step),
        (OnInconclusive.CONTINUE, None, "on-inconclusive is continue.", ""),
    ],
)
def test_a_comparison_without_a_verdict_does_what_its_team_wants(
    on_inconclusive: OnInconclusive, error: type[FailedError] | None, end: str, next_step: str
) -> None:
    play = Play(_WAITS)
    check = replace(_COMPARE, kind=CompareErrors(on_inconclusive=on_inconclusive), timeout=15.0)
    message = f"check smoke: in progress (no verdict after 2 measurements); {end}"

    if error is None:
        play.run(check)
        assert play.told(WarningEvent) == [WarningEvent(message)]
    else:
        with pytest.raises(error) as raised:
            play.run(check)
        assert (type(raised.value), raised.value.message) == (error, message)
        assert raised.value.next_step == next_step
    assert play.end[0] == "inconclusive"


def _run(play: Play, check: Check) -> str:
    play.run(check)
    return "stage-setup"


def _run_at_end(play: Play, check: Check) -> str:
    replace(play.checks, at_end=(check,)).run_at_end(play.deployment, play.context)
    return "end"


def _run_after_rollback(play: Play, check: Check) -> str:
    replace(play.checks, at_rollback=(check,)).run_after_rollback(play.deployment, play.context)
    return "rollback"


def _run_in_bake(play: Play, check: Check) -> str:
    _bake(play, check, seconds=30.0)
    return "shift-10"


@pytest.mark.parametrize(
    ("run", "check"),
    [(_run, _DRY), (_run_in_bake, _DRY), (_run_at_end, CHECK), (_run_after_rollback, CHECK)],
)
def test_what_fails_where_it_decides_nothing_is_a_warning(run: Callable[[Play, Check], str], check: Check) -> None:
    play = Play(_BAD)

    step = run(play, check)

    assert play.told(CheckFinished, WarningEvent) == [
        CheckFinished("smoke", "alarms", step, "failed", "HTTP 500", 0.0, 1, decides=False),
        WarningEvent("check smoke: HTTP 500, which decides nothing."),
    ]


@pytest.mark.parametrize(
    ("run", "measured", "warns"), [(_run, 3, 0), (_run_in_bake, 5, 0), (_run_at_end, 3, 1), (_run_after_rollback, 3, 1)]
)
def test_what_has_no_verdict_where_it_decides_nothing_is_told_where_nothing_else_tells_it(
    run: Callable[[Play, Check], str], measured: int, warns: int
) -> None:
    play, reason = Play(_WAITS), f"in progress (no verdict after {measured} measurements)"

    step = run(play, replace(_COMPARE, timeout=30.0, dry_run=True))

    assert play.told(CheckFinished, WarningEvent) == [
        CheckFinished("smoke", "compare errors", step, "inconclusive", reason, 30.0, measured, decides=False),
        *[WarningEvent(f"check smoke: {reason}, which decides nothing.")] * warns,
    ]


def test_at_the_end_a_check_for_which_the_deployment_has_no_time_is_judged_by_what_it_measured() -> None:
    play = Play(_WAITS)
    checks = replace(play.checks, at_end=(CHECK,))

    checks.run_at_end(play.deployment, replace(play.context, deadline=play.stage.clock.now() + 15.0))

    reason = "in progress (no verdict after 2 measurements)"
    assert play.told(WarningEvent) == [WarningEvent(f"check smoke: {reason}, which decides nothing.")]


_FIRED = "errors is in ALARM: 5 errors in 60 s"


def _with_alarm(play: Play) -> DeployContext:
    play.stage.alarms = FakeAlarms({"errors": "ALARM"})
    return play.stage.world(options=Options(alarms=("errors",)))


def test_an_alarm_that_fires_ends_the_check_without_a_verdict() -> None:
    play = Play(PASSED)

    with pytest.raises(FailedError, match=rf"^alarms: {_FIRED}\.$"):
        play.checks.run_check(CHECK, "stage-setup", play.deployment, _with_alarm(play))
    assert play.stage.events == [WaitFinished("alarms", _FIRED, 0.0, 1, failed=True)]


def test_what_keeps_a_check_from_being_run_at_the_end_or_after_a_rollback_is_a_warning_about_each() -> None:
    play = Play(PASSED)
    two = (CHECK, replace(CHECK, name="b"))
    checks, context = replace(play.checks, at_end=two, at_rollback=two), _with_alarm(play)

    checks.run_at_end(play.deployment, context)
    checks.run_after_rollback(play.deployment, context)

    assert play.told(WarningEvent) == [
        WarningEvent(f"check {name} could not be run; {but}: alarms: {_FIRED}.")
        for but in ("the release stays", "nothing more is changed")
        for name in ("smoke", "b")
    ]


def _bake(play: Play, *wanted: Check, seconds: float = 60.0) -> None:
    checks = replace(play.checks, during={"shift-10": wanted})
    watch = checks.watch_bake("shift-10", play.deployment, play.context)
    replace(play.context, bake_checks=watch).bake_for([], seconds)


def test_in_a_bake_a_check_goes_on_after_it_passed_and_fails_the_bake_when_it_fails() -> None:
    play = Play(PASSED, PASSED, PASSED, _BAD)

    with pytest.raises(FailedError, match=r"^check smoke: HTTP 500\.$"):
        _bake(play, CHECK)
    assert (play.probe.asked, play.end) == ([0.0, 10.0, 20.0, 30.0], ("failed", "HTTP 500", 30.0, 4))


def test_in_a_bake_a_check_that_passed_is_measured_until_the_end() -> None:
    play = Play(PASSED, Measurement(Outcome.NO_DATA, "no data"), PASSED)

    _bake(play, CHECK)

    assert (play.probe.asked[0], play.probe.asked[-1], play.end[0]) == (0.0, 60.0, "passed")


def test_in_a_bake_a_check_without_a_pass_fails_at_its_end() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))

    with pytest.raises(FailedError, match=r"^check smoke: no data \(no verdict after 8 measurements\)\.$"):
        _bake(play, CHECK)
    assert play.stage.clock.passed == 60.0


def test_in_a_bake_a_comparison_is_measured_until_the_end_since_a_release_may_turn_bad() -> None:
    play = Play(_WAITS, PASSED)

    _bake(play, replace(_COMPARE, interval=20.0))

    assert (play.probe.asked, play.end) == ([0.0, 20.0, 40.0, 60.0], ("passed", "fine", 60.0, 4))


def test_a_measurement_that_hangs_in_a_bake_takes_the_timeout_of_its_check() -> None:
    play = Play(PASSED, seconds=1e9)

    _bake(play, replace(CHECK, timeout=5.0, attempts=1), seconds=20.0)

    assert (play.probe.asked, play.stage.clock.passed) == ([0.0], 20.0)


def test_since_is_when_the_bake_began_by_spots_clock() -> None:
    play, ahead = Play(PASSED), timedelta(hours=1)
    play.stage.groups.passed = lambda: play.stage.clock.passed + ahead.total_seconds()
    started = play.stage.clock.time()

    _bake(play, CHECK, seconds=30.0)

    assert {subject.since for subject in play.probe.subjects} == {started + ahead}
    assert play.stage.clock.time() - started == timedelta(seconds=30)


def test_a_comparison_without_a_verdict_at_its_last_attempt_is_inconclusive_too() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))

    _bake(play, replace(_COMPARE, kind=CompareErrors(on_inconclusive=OnInconclusive.CONTINUE), attempts=2))

    assert play.end == ("inconclusive", "no data (after 2 measurements)", 10.0, 2)
    assert play.told(WarningEvent) == [
        WarningEvent("check smoke: no data (after 2 measurements); on-inconclusive is continue.")
    ]


@pytest.mark.parametrize("first", [_COMPARE, CHECK])
def test_at_the_end_of_a_bake_what_failed_counts_before_what_has_no_verdict(first: Check) -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))
    second = CHECK if first is _COMPARE else _COMPARE

    with pytest.raises(FailedError, match=r"^check failing: ") as caught:
        _bake(play, *(replace(each, name="failing" if each is CHECK else "open") for each in (first, second)))

    assert not isinstance(caught.value, InconclusiveError)
    ended = {event.check: event.verdict for event in play.told(CheckFinished) if isinstance(event, CheckFinished)}
    assert ended == {"failing": "failed", "open": "inconclusive"}


def test_the_checks_of_an_execution_are_measured_in_their_bake_at_its_end_and_after_its_rollback() -> None:
    play, other, last = Play(PASSED), replace(CHECK, name="b"), replace(CHECK, name="c")
    placed = PlacedChecks(during={"shift-10": (CHECK,)}, at_end=(other,), at_rollback=(last,))

    def forecast(_kind: CheckKind, _subject: Subject, _seconds: float) -> str:
        return ""

    checks = ReleaseChecks.placed(placed, play.make_probe, forecast, environment="prod", region="us-east-1")

    assert checks == ReleaseChecks(
        play.make_probe,
        {"shift-10": (CHECK,)},
        (other,),
        (last,),
        "prod",
        "us-east-1",
        dry_run=False,
        forecast=forecast,
    )
    assert checks.watch_bake("shift-50", play.deployment, play.context).start(60.0) == ()


def test_at_the_end_whatever_a_check_finds_is_a_warning_and_a_cancel_a_note() -> None:
    play = Play(_BAD, CancelledError("Cancelled."), PASSED)
    checks = replace(play.checks, at_end=(CHECK, replace(CHECK, name="b"), replace(CHECK, name="c")))

    checks.run_at_end(play.deployment, play.context)

    assert play.told(WarningEvent, Note) == [
        WarningEvent("check smoke: HTTP 500, which decides nothing."),
        Note("check b was cut short: Cancelled."),
    ]
    assert len(play.probe.asked) == 2


def test_in_a_plan_nothing_is_measured() -> None:
    play, dry = Play(PASSED), replace(CHECK, name="dry", timeout=45.0, interval=5.0, dry_run=True)
    asked: list[tuple[CheckKind, Subject, float]] = []

    def forecast(kind: CheckKind, subject: Subject, seconds: float) -> str:
        asked.append((kind, subject, seconds))
        return "too short" if kind is CHECK.kind else ""

    during = {"shift-10": (CHECK, replace(_COMPARE, interval=20.0)), "shift-50": (CHECK,)}
    checks = replace(play.checks, dry_run=True, at_end=(CHECK,), at_rollback=(CHECK,), during=during, forecast=forecast)

    checks.run_check(dry, "stage-setup", play.deployment, play.context)
    checks.run_at_end(play.deployment, play.context)
    checks.run_after_rollback(play.deployment, play.context)
    watch = checks.watch_bake("shift-10", play.deployment, play.context)
    assert watch.start(60.0) == ()
    watch.settle()

    def planned(check: Check, step: str, reason: str) -> CheckFinished:
        return CheckFinished(check.name, check.way, step, "planned", reason, 0.0, 0, decides=not check.dry_run)

    assert play.probe.asked == []
    assert play.stage.events == [
        planned(dry, "stage-setup", "for at most 45s, every 5s"),
        planned(CHECK, "end", "for at most 2m 00s, every 10s"),
        planned(CHECK, "rollback", "for at most 2m 00s, every 10s"),
        planned(CHECK, "shift-10", "every 10s of the bake of 1m 00s; too short"),
        planned(_COMPARE, "shift-10", "every 20s of the bake of 1m 00s"),
    ]
    subjects = [(kind, subject.step, subject.bakes, subject.since, seconds) for kind, subject, seconds in asked]
    assert subjects == [(CHECK.kind, "shift-10", 2, START, 60.0), (_COMPARE.kind, "shift-10", 1, START, 60.0)]
