"""Running the checks of a release: how long, what a verdict does, and what the probe is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.release_checks import ReleaseChecks
from spotaction.model.check_kinds import AlarmsCheck, CompareErrors, OnInconclusive
from spotaction.model.checks import Check, Measurement, Outcome, Position, Subject, Where
from spotaction.model.deployment import GroupRef, Snapshot
from spotaction.model.errors import CancelledError, FailedError, InconclusiveError, TimedOutError
from spotaction.model.events import CheckFinished, CheckMeasured, Event, Note, WaitFinished, WarningEvent
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, Scene, deployment, group, no_answer, scene, shift_pair

_PASSED = Measurement(Outcome.PASSED, "fine")
_BAD = Measurement(Outcome.FAILED, "HTTP 500")
_WAITS = Measurement(Outcome.WAITING, "in progress")
_CHECK = Check("smoke", Where(Position.AFTER, "stage-setup"), AlarmsCheck(("x",)))
_COMPARE = replace(_CHECK, kind=CompareErrors())

Answer = Measurement | Exception | Callable[[], Measurement]


@dataclass
class ScriptedProbe:
    """Gives its answers in turn, the last one for ever; each takes `seconds`, but no longer than until the deadline."""

    stage: Scene
    answers: list[Answer]
    seconds: float = 0.0
    asked: list[float] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        self.asked.append(self.stage.clock.passed)
        self.subjects.append(subject)
        self.stage.clock.sleep(min(self.seconds, deadline - self.stage.clock.now()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Measurement) else answer()


class Play:
    """A deployment in the middle of a shift, with one check."""

    def __init__(self, *answers: Answer, seconds: float = 0.0) -> None:
        self.stage = scene(group("web", OLD_ID), group("web__8", NEW_ID))
        self.probe = ScriptedProbe(self.stage, list(answers), seconds)
        self.checks = ReleaseChecks(lambda _kind: self.probe, environment="prod", region="us-east-1")
        self.deployment = deployment()
        self.deployment.snapshot = Snapshot(self.deployment.snapshot.old, (shift_pair(90, 10),))
        self.deployment.new = GroupRef.of(group("web__8", NEW_ID))

    @property
    def context(self) -> DeployContext:
        return self.stage.world()

    def run(self, check: Check = _CHECK) -> None:
        self.checks.run_check(check, "stage-setup", self.deployment, self.context)

    def told(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.stage.events if isinstance(event, kinds)]

    @property
    def end(self) -> tuple[str, str, float, int]:
        [event] = self.told(CheckFinished)
        assert isinstance(event, CheckFinished)
        return event.verdict, event.reason, event.seconds, event.measurements


def test_a_check_is_measured_until_it_has_passed_often_enough() -> None:
    play = Play(_WAITS, _PASSED, _BAD, _PASSED, _PASSED)

    play.run(replace(_CHECK, successes=2, failures=1, interval=7.0))

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
        play.run(replace(_CHECK, timeout=45.0))
    assert play.stage.clock.passed == pytest.approx(45.0, abs=0.1)


def test_a_check_that_never_passes_ends_with_its_timeout() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))

    with pytest.raises(FailedError, match=r"no data \(no verdict after 3 measurements\)"):
        play.run(replace(_CHECK, timeout=25.0))
    assert (play.probe.asked, play.stage.clock.passed) == ([0.0, 10.0, 20.0], 25.0)


def test_a_check_for_which_the_deployment_has_no_time_says_so() -> None:
    play = Play(_WAITS)
    context = replace(play.context, deadline=play.stage.clock.now() + 15.0)

    with pytest.raises(TimedOutError, match=r"^The whole deployment reached its time limit\. .*in progress"):
        play.checks.run_check(_CHECK, "stage-setup", play.deployment, context)
    assert play.end == ("failed", "in progress (no verdict after 2 measurements)", 15.0, 2)


def test_a_check_is_asked_again_when_it_wants_and_not_after_its_timeout() -> None:
    play = Play(replace(_WAITS, retry_after=30.0), replace(_WAITS, retry_after=90.0), _PASSED)

    with pytest.raises(FailedError, match="it wants to be asked again in 90 s, which is after its timeout"):
        play.run()
    assert (play.probe.asked, play.stage.clock.passed) == ([0.0, 30.0], 30.0)


def test_what_cannot_be_measured_is_an_error_of_the_check_and_not_of_the_deployment() -> None:
    play = Play(no_answer(), ZeroDivisionError("division by zero"), _PASSED)

    play.run()

    assert play.end == ("passed", "fine", 20.0, 3)
    outcomes = [event.outcome for event in play.told(CheckMeasured) if isinstance(event, CheckMeasured)]
    assert outcomes == ["error", "error", "passed"]


def test_a_cancel_in_a_measurement_is_no_error_of_the_check() -> None:
    play = Play(CancelledError("Cancelled by the runner (SIGTERM)."))

    with pytest.raises(CancelledError):
        play.run()
    assert play.told(CheckFinished) == []


@pytest.mark.parametrize(
    ("on_inconclusive", "error", "end"),
    [
        (OnInconclusive.STOP, InconclusiveError, "on-inconclusive is stop."),
        (OnInconclusive.ROLLBACK, FailedError, "on-inconclusive is rollback."),
        (OnInconclusive.CONTINUE, None, "on-inconclusive is continue."),
    ],
)
def test_a_comparison_without_a_verdict_does_what_its_team_wants(
    on_inconclusive: OnInconclusive, error: type[FailedError] | None, end: str
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
    assert play.end[0] == "inconclusive"


def test_a_dry_run_of_a_comparison_without_a_verdict_stops_nothing() -> None:
    play = Play(_WAITS)

    play.run(replace(_COMPARE, timeout=15.0, dry_run=True))

    assert play.end[0] == "inconclusive"


def test_the_probe_is_told_what_is_measured() -> None:
    play = Play(_PASSED)
    pair = play.deployment.snapshot.routes[0]

    play.run()

    [subject] = play.probe.subjects
    assert (subject.app, subject.environment, subject.region) == (play.deployment.app, "prod", "us-east-1")
    assert (subject.step, subject.new, subject.old) == (
        "stage-setup",
        play.deployment.new,
        play.deployment.snapshot.old,
    )
    assert (subject.new_target_groups, subject.old_target_groups) == ((GREEN,), (BLUE,))
    assert (subject.production, subject.stage, subject.weight) == ((pair.prod,), (), 10.0)


def _bake(play: Play, *wanted: Check, seconds: float = 60.0) -> None:
    checks = replace(play.checks, during={"shift-10": wanted})
    watch = checks.watch_bake("shift-10", play.deployment, play.context)
    replace(play.context, bake_checks=watch).bake_for([], seconds)


def test_in_a_bake_a_check_goes_on_after_it_passed_and_fails_the_bake_when_it_fails() -> None:
    play = Play(_PASSED, _PASSED, _PASSED, _BAD)

    with pytest.raises(FailedError, match=r"^check smoke: HTTP 500\.$"):
        _bake(play, _CHECK)
    assert (play.probe.asked, play.end) == ([0.0, 10.0, 20.0, 30.0], ("failed", "HTTP 500", 30.0, 4))


def test_in_a_bake_a_check_that_passed_is_measured_until_the_end() -> None:
    play = Play(_PASSED, Measurement(Outcome.NO_DATA, "no data"), _PASSED)

    _bake(play, _CHECK)

    assert (play.probe.asked[0], play.probe.asked[-1], play.end[0]) == (0.0, 60.0, "passed")


def test_in_a_bake_a_check_without_a_pass_fails_at_its_end() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))

    with pytest.raises(FailedError, match=r"^check smoke: no data \(no verdict after 8 measurements\)\.$"):
        _bake(play, _CHECK)
    assert play.stage.clock.passed == 60.0


def test_in_a_bake_a_comparison_is_measured_until_the_end_since_a_release_may_turn_bad() -> None:
    play = Play(_WAITS, _PASSED)

    _bake(play, replace(_COMPARE, interval=20.0))

    assert (play.probe.asked, play.end) == ([0.0, 20.0, 40.0, 60.0], ("passed", "fine", 60.0, 4))


def test_a_measurement_that_hangs_in_a_bake_takes_the_timeout_of_its_check() -> None:
    play = Play(_PASSED, seconds=1e9)

    _bake(play, replace(_CHECK, timeout=5.0, attempts=1), seconds=20.0)

    assert (play.probe.asked, play.stage.clock.passed) == ([0.0], 20.0)


def test_since_is_when_the_bake_began_by_spots_clock() -> None:
    play, ahead = Play(_PASSED), timedelta(hours=1)
    play.stage.groups.passed = lambda: play.stage.clock.passed + ahead.total_seconds()
    started = play.stage.clock.time()

    _bake(play, _CHECK, seconds=30.0)

    assert {subject.since for subject in play.probe.subjects} == {started + ahead}
    assert play.stage.clock.time() - started == timedelta(seconds=30)


@pytest.mark.parametrize("first", [_COMPARE, _CHECK])
def test_at_the_end_of_a_bake_what_failed_counts_before_what_has_no_verdict(first: Check) -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no data"))
    second = _CHECK if first is _COMPARE else _COMPARE

    with pytest.raises(FailedError, match=r"^check failing: ") as caught:
        _bake(play, *(replace(each, name="failing" if each is _CHECK else "open") for each in (first, second)))

    assert not isinstance(caught.value, InconclusiveError)
    ended = {event.check: event.verdict for event in play.told(CheckFinished) if isinstance(event, CheckFinished)}
    assert ended == {"failing": "failed", "open": "inconclusive"}


def test_at_the_end_whatever_a_check_finds_is_a_warning_and_a_cancel_a_note() -> None:
    play = Play(_BAD, CancelledError("Cancelled."), _PASSED)
    checks = replace(play.checks, at_end=(_CHECK, replace(_CHECK, name="b"), replace(_CHECK, name="c")))

    checks.run_at_end(play.deployment, play.context)

    assert play.told(WarningEvent, Note) == [
        WarningEvent("check smoke: HTTP 500, which decides nothing."),
        Note("check b was cut short: Cancelled."),
    ]
    assert len(play.probe.asked) == 2


def test_in_a_plan_nothing_is_measured() -> None:
    play = Play(_PASSED)
    checks = replace(play.checks, dry_run=True, at_rollback=(_CHECK,), during={"shift-10": (_CHECK,)})

    checks.run_check(_CHECK, "stage-setup", play.deployment, play.context)
    checks.run_after_rollback(play.deployment, play.context)
    watch = checks.watch_bake("shift-10", play.deployment, play.context)
    assert watch.start(60.0) == ()

    assert play.probe.asked == []
    verdicts = [(event.step, event.verdict) for event in play.told(CheckFinished) if isinstance(event, CheckFinished)]
    assert verdicts == [("stage-setup", "planned"), ("rollback", "planned"), ("shift-10", "planned")]
