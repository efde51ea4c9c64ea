"""The execution that the plain inputs describe, and the check of the input `until`."""

from collections.abc import Sequence
from math import inf

from spotaction.documents.scalars import Phase, Shift
from spotaction.inputs.fields import Inputs
from spotaction.model.choices import Strategy
from spotaction.model.errors import Problem
from spotaction.model.execution import (
    WHOLE,
    DeploySpec,
    DownsizeSpec,
    Execution,
    SetupSpec,
    ShiftSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.model.resources import Capacity, LoadBalancer

PHASE_BAKE = 300.0
"""Seconds that a phase of a canary or of a traffic shift is watched: most alarms look at periods of 1 to 5 minutes."""
DOWNSIZE_DELAY = 600.0
"""Seconds that blue-green keeps the old group up: until then, a rollback needs no instances to boot."""
_WHOLE_WEIGHT = 100


def from_inputs(
    inputs: Inputs,
    *,
    instances: Capacity | None,
    load_balancers: Sequence[LoadBalancer] = (),
) -> Execution:
    """Return the execution that the plain inputs describe; the structured ones come with resolved expressions."""
    strategy = inputs.strategy or Strategy.BASIC
    staged = strategy is Strategy.BLUE_GREEN
    setup = SetupSpec(instances, tuple(load_balancers), staged=staged)
    match strategy:
        case Strategy.BASIC:
            steps: tuple[StepSpec, ...] = (_deploy(inputs, inputs.bake_time or 0.0),)
        case Strategy.CANARY:
            steps = (
                *_phases(inputs),
                _deploy(inputs, _bake(inputs, inputs.canary[-1].bake if inputs.canary else None)),
            )
        case Strategy.BLUE_GREEN:
            steps = _blue_green(inputs, load_balancers)
    bake = inputs.bake_time or 0.0 if staged else 0.0
    return Execution(strategy, setup, steps, setup_bake=bake, serial=inputs.old_instances.drain_first)


def _deploy(inputs: Inputs, bake: float) -> DeploySpec:
    return DeploySpec("deploy", WHOLE, inputs.old_instances.kept, bake)


def _phases(inputs: Inputs) -> tuple[DeploySpec, ...]:
    phases: Sequence[Phase] = [phase for phase in inputs.canary if phase.amount != WHOLE]
    return tuple(
        DeploySpec(f"canary-deploy-{number}", phase.amount, inputs.old_instances.kept, _bake(inputs, phase.bake))
        for number, phase in enumerate(phases, start=1)
    )


def _blue_green(inputs: Inputs, load_balancers: Sequence[LoadBalancer]) -> tuple[StepSpec, ...]:
    steps: list[StepSpec] = []
    if any(balancer.shift for balancer in load_balancers):
        shifts = inputs.traffic_weights or (Shift(_WHOLE_WEIGHT),)
        steps += [ShiftSpec(f"shift-{s.weight}", s.weight, _bake(inputs, s.bake)) for s in shifts]
    if any(not balancer.shift for balancer in load_balancers):
        steps.append(SwapSpec("swap-route", inputs.bake_time or 0.0))
    delay = _downsize_delay(inputs)
    if delay != inf:
        steps.append(DownsizeSpec("downsize-old", delay))
    return tuple(steps)


def _bake(inputs: Inputs, own: float | None = None) -> float:
    """Return how long a phase is watched: its own time, else the input `bake-time`, else the default."""
    return next((each for each in (own, inputs.bake_time) if each is not None), PHASE_BAKE)


def _downsize_delay(inputs: Inputs) -> float:
    """Return when the old group is scaled to 0; infinity for never, as by default where it still serves at the end."""
    if inputs.downsize_old is not None:
        return inputs.downsize_old
    serves = bool(inputs.traffic_weights) and inputs.traffic_weights[-1].weight < _WHOLE_WEIGHT
    return inf if serves else DOWNSIZE_DELAY


def until_problems(execution: Execution, until: str) -> tuple[Problem, ...]:
    """Return the problem of an input `until` that names no step; empty when it is valid."""
    if not until or execution.canonical_step_name(until) in execution.step_names:
        return ()
    message = f"{until} is not a step of this deployment"
    return (Problem(message, "until", hint=f"write {_join_with_or(execution.step_names)}"),)


def _join_with_or(names: Sequence[str]) -> str:
    return " or ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
