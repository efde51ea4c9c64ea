"""Asks the outside for a measurement; what could not be asked is an error of the measurement, not of the run."""

from collections.abc import Callable

from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import CancelledError, FailedError, SpotactionError, TakenOverError


def ask_outside(ask: Callable[[], Measurement], limit: str) -> Measurement:
    """Return what `ask` returns, or an error with its words.

    Raises `CancelledError`, `TakenOverError`, and `FailedError` for an alarm that fired meanwhile.
    """
    try:
        return ask()
    except (CancelledError, TakenOverError, FailedError):
        raise
    except SpotactionError as error:
        return Measurement(Outcome.ERROR, str(error), limit=limit)
