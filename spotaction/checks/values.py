"""Judges the values that a query returned: only whole and finite ones can pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from spotaction.checks.conditions import Condition, parse_condition
from spotaction.model.checks import Measurement, Outcome

_SHOWN = 4  # values


@dataclass(frozen=True)
class Limits:
    """The conditions of a check: `failure` is None if whatever does not succeed fails."""

    success: Condition
    failure: Condition | None = None

    @classmethod
    def of(cls, success: str, failure: str) -> "Limits":
        """Return the conditions in these texts; an empty `failure` is none. Raises `InvalidError`."""
        return cls(parse_condition(success), parse_condition(failure) if failure else None)


def judge_values(values: Sequence[float], limits: Limits, *, incomplete: str = "") -> Measurement:
    """Return the measurement that values are; failure counts before success.

    A value that is missing, not a number or infinite is no data, and so are all of them if they are `incomplete`, for
    which that is the reason.
    """
    shown, limit = format_values(values), limits.success.text
    if incomplete:
        return Measurement(Outcome.NO_DATA, incomplete, shown, limit)
    if not values:
        return Measurement(Outcome.NO_DATA, "the query returned nothing", shown, limit)
    if not all(map(isfinite, values)):
        return Measurement(Outcome.NO_DATA, f"the query returned {shown}", shown, limit)
    try:
        failed = limits.failure is not None and limits.failure.holds_for_any(values)
        passed = limits.success.holds_for_all(values)
    except ArithmeticError as error:
        return Measurement(Outcome.NO_DATA, f"the condition has no result for {shown}: {error}", shown, limit)
    if failed and limits.failure is not None:
        return Measurement(Outcome.FAILED, f"{shown} meets the failure condition", shown, limits.failure.text)
    if passed:
        return Measurement(Outcome.PASSED, f"{shown} meets the condition", shown, limit)
    if limits.failure is not None:
        return Measurement(Outcome.INCONCLUSIVE, f"{shown} meets neither condition", shown, limit)
    return Measurement(Outcome.FAILED, f"{shown} does not meet the condition", shown, limit)


def format_values(values: Sequence[float]) -> str:
    """Return the values for people, six digits of the last four; empty if there is none."""
    more = f"{len(values) - _SHOWN} more, " if len(values) > _SHOWN else ""
    return more + ", ".join(f"{value:.6g}" for value in values[-_SHOWN:])
