"""Counts the measurements of a check, and says when they are enough for a verdict."""

from dataclasses import dataclass, replace
from enum import StrEnum

from spotaction.documents.wording import count_of
from spotaction.model.checks import Check, Measurement, Outcome


class CheckVerdict(StrEnum):
    """What the measurements of a check say so far, or in the end."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Tally:
    """The measurements of a check so far: how many, how many in a row, and what the last one said.

    `asked` counts all of them, `tried` those that were not just told to wait. `enough` is whether there were ever as
    many passed ones in a row as the check wants.
    """

    asked: int = 0
    tried: int = 0
    passed_in_a_row: int = 0
    failed: int = 0
    errors_in_a_row: int = 0
    enough: bool = False
    last: Measurement | None = None

    def with_measurement(self, measurement: Measurement, check: Check) -> "Tally":
        """Return the tally with one more measurement."""
        asked = replace(self, asked=self.asked + 1, last=measurement)
        if measurement.outcome is Outcome.WAITING:
            return replace(asked, errors_in_a_row=0)
        now = replace(asked, tried=self.tried + 1)
        match measurement.outcome:
            case Outcome.PASSED:
                row = self.passed_in_a_row + 1
                enough = self.enough or row >= check.successes
                return replace(now, passed_in_a_row=row, errors_in_a_row=0, enough=enough)
            case Outcome.FAILED:
                return replace(now, failed=self.failed + 1, passed_in_a_row=0, errors_in_a_row=0)
            case Outcome.ERROR:
                return replace(now, errors_in_a_row=self.errors_in_a_row + 1, passed_in_a_row=0)
            case _:
                return replace(now, passed_in_a_row=0, errors_in_a_row=0)

    def judge(self, check: Check) -> tuple[CheckVerdict, str]:
        """Return the verdict so far, and its reason. Failed measurements count before passed ones."""
        last = self.last.reason if self.last else ""
        if self.failed > check.failures:
            allowed = (
                f" ({count_of(self.failed, 'measurement')} failed, {check.failures} allowed)" if check.failures else ""
            )
            return CheckVerdict.FAILED, f"{last}{allowed}"
        if self.errors_in_a_row > check.errors:
            return CheckVerdict.FAILED, f"{last} (could not be measured{_in_a_row(self.errors_in_a_row)})"
        if self.passed_in_a_row >= check.successes:
            return CheckVerdict.PASSED, last
        if check.attempts is not None and self.tried >= check.attempts:
            # In a bake it goes on after it passed: what is allowed while more attempts are left is so at the last one.
            if self.enough:
                return CheckVerdict.PASSED, self._say_passed(last)
            return _without_pass(check), f"{last} (after {count_of(self.tried, 'measurement')}{self._row(check)})"
        return CheckVerdict.OPEN, last

    def judge_at_end(self, check: Check) -> tuple[CheckVerdict, str]:
        """Return the verdict when no more is measured, and its reason: what never passed has not passed."""
        verdict, reason = self.judge(check)
        if verdict is not CheckVerdict.OPEN:
            return verdict, reason
        if self.enough:
            return CheckVerdict.PASSED, self._say_passed(reason)
        if self.last is None:
            reason = "nothing was measured"
        return _without_pass(
            check
        ), f"{reason} (no verdict after {count_of(self.asked, 'measurement')}{self._row(check)})"

    def _say_passed(self, reason: str) -> str:
        """The reason of a pass, which the last measurement need not have been."""
        passed = self.last is not None and self.last.outcome is Outcome.PASSED
        return reason if passed else f"it had passed; the last measurement: {reason}"

    def _row(self, check: Check) -> str:
        if check.successes == 1:
            return ""
        return f", {self.passed_in_a_row} of {check.successes} passed in a row"


def _without_pass(check: Check) -> CheckVerdict:
    """The verdict on what neither passed nor failed, however it came to its end."""
    return CheckVerdict.FAILED if check.on_inconclusive is None else CheckVerdict.INCONCLUSIVE


def _in_a_row(count: int) -> str:
    return "" if count == 1 else f" {count} times in a row"
