"""A check while it runs: measures when it is due, counts, and reports, as a wait of the loop and of the bake."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from spotaction.checks.counting import CheckVerdict, Tally
from spotaction.documents.wording import format_duration
from spotaction.engine.waits.call_budget import CallBudget
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model.checks import Check, Measurement, Outcome, Probe, Subject
from spotaction.model.errors import CancelledError, FailedError, TakenOverError, as_action_error
from spotaction.model.events import CheckFinished, CheckMeasured
from spotaction.model.ports import Clock, Notify


@dataclass(eq=False)
class RunningCheck:
    """A check that is measured in `step`; `subject` returns the release as it is at the measurement of that number.

    In a `bake` it goes on after it passed, and its timeout limits one measurement; else it limits all of them, until
    `deadline` (on the clock's `now`).
    """

    check: Check
    step: str
    probe: Probe
    subject: Callable[[int], Subject]
    clock: Clock
    notify: Notify
    budget: CallBudget
    deadline: float
    bake: bool = False
    decides: bool = True
    tally: Tally = field(default_factory=Tally)
    verdict: CheckVerdict = CheckVerdict.OPEN
    reason: str = ""
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock.now()

    @property
    def what(self) -> str:
        """The check in log and messages."""
        return f"check {self.check.name}"

    def as_wait(self) -> Wait:
        """Return the wait that measures it; one that decides nothing is never `Failed`."""

        def pause(_verdict: object, _elapsed: float) -> float:
            last = self.tally.last
            return self.check.interval if last is None or last.retry_after is None else last.retry_after

        return Wait(self.what, self.poll, pause, interval=partial(pause, None))

    def poll(self) -> Verdict:
        """Measure once, unless there is a verdict or no time, and return what that means."""
        if self.verdict is CheckVerdict.OPEN and self.clock.now() < self.deadline:
            self._judge(self._measure().retry_after)
        last = self.tally.last.reason if self.tally.last else "not measured yet"
        match self.verdict:
            case CheckVerdict.FAILED if self.decides:
                return Failed(self.reason)
            case CheckVerdict.OPEN if not (self.bake and self.tally.passed_in_a_row):
                wanted = self.check.successes
                return Waiting(last, self.tally.passed_in_a_row, wanted) if wanted > 1 else Waiting(last)
            case _:
                return Ready(last)

    def conclude(self) -> tuple[CheckVerdict, str]:
        """End it, and return the verdict and its reason: what has not passed by now has not passed."""
        if self.verdict is CheckVerdict.OPEN:
            self._finish(*self.tally.judge_at_end(self.check))
        return self.verdict, self.reason

    def _measure(self) -> Measurement:
        now = self.clock.now()
        until = min(self.deadline, now + self.check.timeout)
        attempt = self.tally.asked + 1
        with self.budget.limited_to(until, self.budget.on_idle):
            measurement = self._ask_probe(attempt, until)
        self.tally = self.tally.with_measurement(measurement, self.check)
        self.notify(
            CheckMeasured(
                self.check.name,
                self.check.way,
                self.step,
                attempt,
                measurement.outcome.value,
                measurement.reason,
                measurement.value,
                measurement.limit,
                measurement.points,
            )
        )
        return measurement

    def _ask_probe(self, attempt: int, until: float) -> Measurement:
        try:
            return self.probe.measure(self.subject(attempt), until)
        except (CancelledError, TakenOverError, FailedError):
            raise  # an alarm that fired meanwhile is no error of the measurement
        except Exception as error:  # noqa: BLE001 - a check that cannot be made is no reason for the deployment to crash
            return Measurement(Outcome.ERROR, str(as_action_error(error)))

    def _judge(self, pause: float | None) -> None:
        verdict, reason = self.tally.judge(self.check)
        goes_on = self.bake and not self._is_exhausted
        ended = verdict in (CheckVerdict.FAILED, CheckVerdict.INCONCLUSIVE)
        if ended or (verdict is CheckVerdict.PASSED and not goes_on):
            self._finish(verdict, reason)
            return
        if not self.bake and pause is not None and self.clock.now() + pause >= self.deadline:
            late = f"{reason}: it asks to be measured again in {format_duration(pause)}, which is after its timeout"
            self._finish(CheckVerdict.FAILED, late)

    @property
    def _is_exhausted(self) -> bool:
        return self.check.attempts is not None and self.tally.tried >= self.check.attempts

    def _finish(self, verdict: CheckVerdict, reason: str) -> None:
        self.verdict, self.reason = verdict, reason
        seconds = self.clock.now() - self.started
        self.notify(
            CheckFinished(
                self.check.name,
                self.check.way,
                self.step,
                verdict.value,
                reason,
                seconds,
                self.tally.asked,
                self.decides,
            )
        )
