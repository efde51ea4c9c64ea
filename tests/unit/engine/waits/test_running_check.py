"""A check while it runs: what each poll says, what is reported, and how long a measurement may take."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spotaction.checks.counting import CheckVerdict
from spotaction.engine.waits.call_budget import CallBudget
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.running_check import RunningCheck
from spotaction.model.checks import Check, Measurement, Outcome, Probe, RatePoint, Subject
from spotaction.model.events import CheckFinished, CheckMeasured
from tests.support.fakes import no_answer
from tests.support.played_checks import CHECK, PASSED, Play

_BAD = Measurement(Outcome.FAILED, "HTTP 500")
_NO_DATA = Measurement(Outcome.NO_DATA, "no data")
_WAITS = Measurement(Outcome.WAITING, "in progress")


def _running(
    play: Play, check: Check = CHECK, seconds: float = 60.0, *, budget: CallBudget | None = None
) -> RunningCheck:
    context = replace(play.context, call_budget=budget or CallBudget())
    return play.checks.start(check, "shift-10", play.deployment, context, deadline=context.clock.now() + seconds)


@pytest.mark.parametrize(
    ("successes", "answers", "verdicts"),
    [
        (1, [_NO_DATA, PASSED], [Waiting("no data"), Ready("fine")]),
        (2, [PASSED, _WAITS, PASSED], [Waiting("fine", 1, 2), Waiting("in progress", 1, 2), Ready("fine")]),
        (3, [PASSED, _NO_DATA, _BAD], [Waiting("fine", 1, 3), Waiting("no data", 0, 3), Failed("HTTP 500")]),
    ],
)
def test_a_poll_measures_and_says_how_many_of_the_wanted_have_passed(
    successes: int, answers: list[Measurement], verdicts: list[Verdict]
) -> None:
    running = _running(Play(*answers), replace(CHECK, successes=successes))

    assert [running.poll() for _ in answers] == verdicts


def test_in_a_bake_one_pass_in_the_row_does_and_a_check_that_decides_nothing_never_fails() -> None:
    running = _running(Play(PASSED, _NO_DATA, _BAD), replace(CHECK, successes=2, dry_run=True))
    running.bake = True

    assert [running.poll() for _ in range(3)] == [Ready("fine"), Waiting("no data", 0, 2), Ready("HTTP 500")]


def test_without_time_nothing_is_measured() -> None:
    play = Play(PASSED)
    running = _running(play, seconds=0.0)

    assert (running.poll(), play.probe.asked) == (Waiting("not measured yet"), [])


def test_after_the_verdict_nothing_more_is_measured() -> None:
    play = Play(_BAD, PASSED)
    running = _running(play)

    assert [running.poll(), running.poll()] == [Failed("HTTP 500"), Failed("HTTP 500")]
    assert (play.probe.asked, running.conclude()) == ([0.0], (CheckVerdict.FAILED, "HTTP 500"))


def test_every_measurement_is_reported_with_all_that_it_found_and_the_end_with_its_verdict() -> None:
    points = (RatePoint(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), 0.1, 0.2),)
    play = Play(
        no_answer("Spot answered 503"),
        ZeroDivisionError("division by zero"),
        Measurement(Outcome.FAILED, "too many errors", "2.1 %", "1 %", points=points),
    )
    running = _running(play, replace(CHECK, dry_run=True))

    for _ in range(3):
        running.poll()
        play.stage.clock.sleep(10.0)

    broken = "Internal error: ZeroDivisionError: division by zero. Next: please report it with the log of this step."
    assert play.stage.events == [
        CheckMeasured("smoke", "alarms", "shift-10", 1, "error", "Spot answered 503"),
        CheckMeasured("smoke", "alarms", "shift-10", 2, "error", broken),
        CheckMeasured("smoke", "alarms", "shift-10", 3, "failed", "too many errors", "2.1 %", "1 %", points),
        CheckFinished("smoke", "alarms", "shift-10", "failed", "too many errors", 20.0, 3, decides=False),
    ]


@pytest.mark.parametrize(("seconds", "timeout", "until"), [(60.0, 20.0, 1020.0), (15.0, 20.0, 1015.0)])
def test_the_calls_of_a_measurement_end_with_it_and_go_on_watching_what_must_not_fail(
    seconds: float, timeout: float, until: float
) -> None:
    play, found = Play(PASSED), []
    watched: list[str] = []
    budget = CallBudget(until=5000.0, on_idle=lambda: watched.append("alarms"))

    class Asking(Probe):
        def measure(self, subject: Subject, deadline: float) -> Measurement:
            found.append((subject.attempt, deadline, budget.until))
            budget.on_idle()
            return PASSED

    running = _running(play, replace(CHECK, timeout=timeout), seconds, budget=budget)
    running.probe = Asking()
    running.poll()

    assert (found, watched, budget.until) == ([(1, until, until)], ["alarms"], 5000.0)


def test_the_next_measurement_is_after_the_interval_or_when_the_check_wants_it() -> None:
    running = _running(Play(replace(_WAITS, retry_after=30.0), _WAITS), replace(CHECK, interval=7.0))
    wait = running.as_wait()
    pauses = []
    for _ in range(3):
        pauses.append((wait.pace(Waiting(""), 0.0), wait.interval(0.0)))
        wait.check()

    assert (wait.what, pauses) == ("check smoke", [(7.0, 7.0), (30.0, 30.0), (7.0, 7.0)])


@pytest.mark.parametrize(
    ("retry_after", "verdict"),
    [
        (59.0, Waiting("in progress")),
        (60.0, Failed("in progress: it asks to be measured again in 1m 00s, which is after its timeout")),
    ],
)
def test_a_check_that_wants_to_be_asked_after_its_timeout_has_failed(retry_after: float, verdict: Verdict) -> None:
    assert _running(Play(replace(_WAITS, retry_after=retry_after))).poll() == verdict


def test_the_reports_of_a_bake_that_ends_say_what_it_had_passed() -> None:
    play = Play(PASSED, _NO_DATA)
    running = _running(play)
    running.bake = True
    running.poll()
    running.poll()

    passed = "it had passed; the last measurement: no data"
    assert running.conclude() == (CheckVerdict.PASSED, passed)
    assert play.stage.events[-1] == CheckFinished("smoke", "alarms", "shift-10", "passed", passed, 0.0, 2)
