"""Whether the listener that an HTTP check asks serves the new group when the check runs."""

from collections.abc import Sequence

from spotaction.model.check_kinds import HttpCheck, Listener
from spotaction.model.checks import Check, Moment, Position
from spotaction.model.execution import Execution, SwapSpec

_PRODUCTION = "set listener: production"


def find_listener_problem(check: Check, steps: Sequence[str], execution: Execution) -> tuple[str, str] | None:
    """Return why a check's path cannot tell anything of the new group, and the way out; None if it can.

    `steps` are those that it comes after, before, or during.
    """
    kind, balancers = check.kind, execution.setup.load_balancers
    if not isinstance(kind, HttpCheck) or not kind.path:
        return None
    if not balancers:
        return "this deployment has no load balancer from which to request a path", "give a full url instead"
    return None if kind.listener is Listener.PRODUCTION else _find_stage_problem(check, steps, execution)


def _find_stage_problem(check: Check, steps: Sequence[str], execution: Execution) -> tuple[str, str] | None:
    position = check.where.position
    if not any(balancer.stage_port is not None for balancer in execution.setup.load_balancers):
        hint = f"{_PRODUCTION}, where both versions answer, or compare them during the bake"
        return "a shift has no stage listener", hint
    if position is Position.AT:
        return _at_moment(Moment(check.where.name))
    if position is Position.BEFORE and execution.setup_name in steps:
        return (
            f"before {execution.setup_name} the stage listener serves no new group",
            f"{_PRODUCTION}, or a later step",
        )
    late = [step for step in steps if _is_swapped(step, position, execution)]
    return (f"{position.value} {late[0]} the stage listener serves the old group", _PRODUCTION) if late else None


def _at_moment(moment: Moment) -> tuple[str, str]:
    serves = "the old group" if moment is Moment.END else "no new group"
    return f"at {moment.value} the stage listener serves {serves}", _PRODUCTION


def _is_swapped(step: str, position: Position, execution: Execution) -> bool:
    """Whether the routes have been swapped when a check beside this step runs."""
    names = execution.step_names
    swaps = [names.index(each.name) for each in execution.steps if isinstance(each, SwapSpec)]
    at = names.index(step) + (0 if position is Position.BEFORE else 1)
    return any(swap < at for swap in swaps)
