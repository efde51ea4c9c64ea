"""Judges the values that a query returned: only whole and finite ones can pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from spotaction.checks.queries.conditions import Condition, parse_condition
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
    reason = incomplete or _find_gap(values)
    if not reason:
        try:
            outcome, words = _apply_limits(values, limits)
        except ArithmeticError as error:
            reason = f"the condition has no result for {shown}: {error}"
        else:
            limit = limits.failure.text if outcome is Outcome.FAILED and limits.failure is not None else limit
            return Measurement(outcome, f"{shown} {words}", shown, limit)
    return Measurement(Outcome.NO_DATA, reason, shown, limit)


def _find_gap(values: Sequence[float]) -> str:
    """Why values cannot be judged; empty if they can."""
    if not values:
        return "the query returned nothing"
    return "" if all(map(isfinite, values)) else f"the query returned {format_values(values)}"


def _apply_limits(values: Sequence[float], limits: Limits) -> tuple[Outcome, str]:
    if limits.failure is not None and limits.failure.holds_for_any(values):
        return Outcome.FAILED, "meets the failure condition"
    if limits.success.holds_for_all(values):
        return Outcome.PASSED, "meets the condition"
    if limits.failure is not None:
        return Outcome.INCONCLUSIVE, "meets neither condition"
    return Outcome.FAILED, "does not meet the condition"


def format_values(values: Sequence[float]) -> str:
    """Return the values for people, six digits of the last four; empty if there is none."""
    more = f"{len(values) - _SHOWN} more, " if len(values) > _SHOWN else ""
    return more + ", ".join(f"{value:.6g}" for value in values[-_SHOWN:])
