"""What is watched while a check takes its time: alarms, the instances that bake, and the deployment's deadline."""

from dataclasses import dataclass, replace

import pytest

from spotaction.checks.asking import ask_outside
from spotaction.engine.context import DeployContext, Options
from spotaction.engine.release_checks import ReleaseChecks
from spotaction.engine.waits.health import Ready, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.checks import Check, Measurement, Outcome, Subject
from spotaction.model.errors import FailedError
from spotaction.model.events import CheckMeasured
from tests.support.fakes import FakeAlarms
from tests.support.played_checks import CHECK, PASSED, Play

_FIRED = "errors is in ALARM: 5 errors in 60 s"


@dataclass
class SlowProbe:
    """Each measurement takes 100 s, or until its deadline; as the adapters do, it looks around every few seconds."""

    context: DeployContext
    finds: Measurement = PASSED

    def measure(self, subject: Subject, deadline: float) -> Measurement:  # noqa: ARG002 - the protocol's signature
        return ask_outside(lambda: self._take_time(deadline), "")

    def _take_time(self, deadline: float) -> Measurement:
        clock, budget = self.context.clock, self.context.call_budget
        until = min(clock.now() + 100.0, deadline)
        while clock.now() < until:
            clock.sleep(min(2.5, until - clock.now()))
            budget.on_idle()
        return self.finds


def with_alarm(play: Play, *, at: float = 10.0) -> DeployContext:
    """The context of a deployment whose alarm fires after so many seconds."""
    alarms = FakeAlarms()
    play.stage.alarms = alarms
    play.stage.clock.at(at, lambda: alarms.known.update(errors="ALARM"))
    return play.stage.world(options=Options(alarms=("errors",)))


def bake(play: Play, context: DeployContext, *waits: Wait, check: Check = CHECK, finds: Measurement = PASSED) -> None:
    checks = replace(play.checks, make=lambda _kind: SlowProbe(context, finds), during={"shift-10": (check,)})
    watch = checks.watch_bake("shift-10", play.deployment, context)
    replace(context, bake_checks=watch).bake_for(waits, 60.0, serves=bool(waits))


def test_an_alarm_ends_a_bake_while_a_check_is_measured() -> None:
    play = Play(PASSED)

    with pytest.raises(FailedError, match=rf"^alarms: {_FIRED}\.$"):
        bake(play, with_alarm(play))
    assert play.stage.clock.passed == 10.0
    assert play.told(CheckMeasured) == []


def test_an_alarm_ends_a_check_that_is_a_step_while_it_is_measured() -> None:
    play = Play(PASSED)
    context = with_alarm(play)
    checks = ReleaseChecks(lambda _kind: SlowProbe(context))

    with pytest.raises(FailedError, match=rf"^alarms: {_FIRED}\.$"):
        checks.run_check(CHECK, "stage-setup", play.deployment, context)
    assert play.stage.clock.passed == 10.0


def test_an_alarm_ends_the_last_measurement_after_a_bake() -> None:
    play = Play(PASSED)

    with pytest.raises(FailedError, match=rf"^alarms: {_FIRED}\.$"):
        bake(play, with_alarm(play, at=130.0), finds=Measurement(Outcome.NO_DATA, "no data"))
    assert play.stage.clock.passed == pytest.approx(131.0, abs=1.5)


def test_what_serves_and_is_lost_ends_a_bake_while_a_check_is_measured() -> None:
    play = Play(PASSED)
    clock = play.stage.clock

    def look() -> Ready | Waiting:
        return Ready("2 of 2 healthy", 2, 2) if clock.passed < 20 else Waiting("unhealthy in web-green", 0, 2)

    with pytest.raises(FailedError, match=r"web__8 steady: no healthy instance left: unhealthy in web-green\."):
        bake(play, play.context, Wait("web__8 steady", look))
    assert clock.passed == 32.5


def test_what_was_not_healthy_while_a_check_was_measured_starts_the_bake_again() -> None:
    play = Play(PASSED)
    clock = play.stage.clock

    def look() -> Ready | Waiting:
        return Waiting("i-1 was interrupted", 1, 2) if 50 <= clock.passed < 60 else Ready("2 of 2 healthy", 2, 2)

    bake(play, play.context, Wait("web__8 steady", look), check=replace(CHECK, attempts=1))
    assert clock.passed == 117.5


def test_a_slow_check_ends_with_the_time_of_the_deployment() -> None:
    play = Play(PASSED)
    context = replace(play.context, deadline=play.stage.clock.now() + 130.0)

    bake(play, context, check=replace(CHECK, successes=2, timeout=500.0, failures=9))
    assert play.stage.clock.passed == 130.0
