"""Whether a check can say anything at its place: what it measures has to exist there, and to be the new version."""

from collections.abc import Iterator, Sequence

from spotaction.checks.document import WrittenCheck
from spotaction.model.check_kinds import AnomaliesCheck, CompareErrors, CompareLatency
from spotaction.model.checks import Moment, Position
from spotaction.model.errors import Problem
from spotaction.model.execution import Execution, ShiftSpec, SwapSpec


def find_misfits(written: WrittenCheck, steps: Sequence[str], execution: Execution) -> Iterator[Problem]:
    """Yield why a check cannot be measured at `steps`, the names that it belongs to; none for one at a moment."""
    match written.check.kind:
        case CompareErrors() | CompareLatency():
            found = _misfits_of_comparison(written, steps, execution)
        case AnomaliesCheck() if execution.blue_green:
            message = "in blue-green every target of the new group's target group is new, so none stands out"
            found = iter([(message, "use compare, which compares the new target group with the old one")])
        case _:
            return
    for message, hint in found:
        yield Problem(message, written.check.way, written.kind_place, hint)


def _misfits_of_comparison(
    written: WrittenCheck, steps: Sequence[str], execution: Execution
) -> Iterator[tuple[str, str]]:
    if not execution.blue_green:
        message = f"strategy {execution.strategy} has old and new targets in one target group, which has one metric"
        yield message, "use anomalies, which tells targets apart, or strategy blue-green"
    elif not steps:
        if written.check.where.name != Moment.END:
            yield f"there is nothing to compare at {written.check.where.name}", "write during: and the name of a step"
    elif early := _steps_before(steps, written.check.where.position, execution):
        message = f"the new group gets none of production's requests {written.check.where.position} {early}"
        yield message, f"write during: {_first_change(execution)}"


def _steps_before(steps: Sequence[str], position: Position, execution: Execution) -> str:
    """The first of the steps at which production's requests go to the old group only; empty if there is none."""
    names, change = execution.step_names, _first_change(execution)
    if not change:
        return ""
    at = names.index(change)
    limit = at + 1 if position is Position.BEFORE else at
    return next((step for step in steps if names.index(step) < limit), "")


def _first_change(execution: Execution) -> str:
    """The first step that sends production's requests to the new group."""
    return next((step.name for step in execution.steps if isinstance(step, SwapSpec | ShiftSpec)), "")
