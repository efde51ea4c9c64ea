"""How measurements are counted, and which verdict they are."""

from dataclasses import replace

import pytest

from spotaction.checks.counting import CheckVerdict, Tally
from spotaction.model.check_kinds import AlarmsCheck, CompareErrors
from spotaction.model.checks import Check, Measurement, Outcome, Position, Where

_CHECK = Check("smoke", Where(Position.AFTER, "stage-setup"), AlarmsCheck(("web-5xx",)))
_LETTERS = {
    "P": Outcome.PASSED,
    "F": Outcome.FAILED,
    "E": Outcome.ERROR,
    "N": Outcome.NO_DATA,
    "W": Outcome.WAITING,
}


def _tally(letters: str, check: Check) -> Tally:
    tally = Tally()
    for letter in letters:
        outcome = _LETTERS[letter]
        tally = tally.with_measurement(Measurement(outcome, str(outcome)), check)
    return tally


@pytest.mark.parametrize(
    ("letters", "verdict", "reason"),
    [
        ("", CheckVerdict.OPEN, ""),
        ("W", CheckVerdict.OPEN, "waiting"),
        ("P", CheckVerdict.OPEN, "passed"),
        ("PP", CheckVerdict.PASSED, "passed"),
        ("PWP", CheckVerdict.PASSED, "passed"),
        ("PNP", CheckVerdict.OPEN, "passed"),
        ("PEP", CheckVerdict.OPEN, "passed"),
        ("PFP", CheckVerdict.OPEN, "passed"),
        ("PFPP", CheckVerdict.PASSED, "passed"),
        ("FF", CheckVerdict.FAILED, "failed (2 measurements failed, 1 allowed)"),
        ("FPPF", CheckVerdict.FAILED, "failed (2 measurements failed, 1 allowed)"),
        ("EE", CheckVerdict.OPEN, "error"),
        ("EEE", CheckVerdict.FAILED, "error (could not be measured 3 times in a row)"),
        ("EENEE", CheckVerdict.OPEN, "error"),
        ("EEWEE", CheckVerdict.OPEN, "error"),
        ("EEPEE", CheckVerdict.OPEN, "error"),
        ("EEFEE", CheckVerdict.OPEN, "error"),
        ("PPNNNP", CheckVerdict.PASSED, "passed"),
        ("PNPNP", CheckVerdict.OPEN, "passed"),
        ("PNPNPN", CheckVerdict.FAILED, "no data (after 6 measurements, 0 of 2 passed in a row)"),
        ("PNPNPWWW", CheckVerdict.OPEN, "waiting"),
    ],
)
def test_measurements_are_counted_until_they_are_enough(letters: str, verdict: CheckVerdict, reason: str) -> None:
    check = replace(_CHECK, successes=2, failures=1, errors=2, attempts=6)

    assert _tally(letters, check).judge(check) == (verdict, reason)


@pytest.mark.parametrize(
    ("letters", "verdict", "reason"),
    [
        ("", CheckVerdict.FAILED, "nothing was measured (no verdict after 0 measurements)"),
        ("N", CheckVerdict.FAILED, "no data (no verdict after 1 measurement)"),
        ("WW", CheckVerdict.FAILED, "waiting (no verdict after 2 measurements)"),
        ("PNN", CheckVerdict.PASSED, "it had passed; the last measurement: no data"),
        ("PF", CheckVerdict.FAILED, "failed"),
    ],
)
def test_what_never_passed_has_not_passed_in_the_end(letters: str, verdict: CheckVerdict, reason: str) -> None:
    assert _tally(letters, _CHECK).judge_at_end(_CHECK) == (verdict, reason)


def test_a_comparison_without_a_verdict_is_inconclusive() -> None:
    found = _tally("WWN", _CHECK).judge_at_end(replace(_CHECK, kind=CompareErrors()))

    assert found == (CheckVerdict.INCONCLUSIVE, "no data (no verdict after 3 measurements)")


@pytest.mark.parametrize(("letters", "last"), [("PPN", "no data"), ("PPE", "error"), ("PPF", "failed")])
def test_what_passed_once_in_a_bake_has_not_failed_with_its_last_attempt(letters: str, last: str) -> None:
    check = replace(_CHECK, attempts=3, successes=2, failures=1)
    reason = f"it had passed; the last measurement: {last}"
    assert _tally(letters, check).judge(check) == (CheckVerdict.PASSED, reason)


def test_one_measurement_that_could_not_be_made_is_not_a_row() -> None:
    check = replace(_CHECK, errors=0)
    assert _tally("E", check).judge(check) == (CheckVerdict.FAILED, "error (could not be measured)")
