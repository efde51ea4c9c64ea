"""Strategies as tuples of steps, from the execution and the state that was found."""

from collections.abc import Collection
from typing import assert_never

from spotaction.engine.steps.base import Step
from spotaction.engine.steps.check import RunCheck
from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.downsize_old import DownsizeOld
from spotaction.engine.steps.pause import Pause
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.skipped import Skipped
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.model.execution import (
    CheckSpec,
    DeploySpec,
    DownsizeSpec,
    Execution,
    PauseSpec,
    ShiftSpec,
    SkippedSpec,
    StandaloneSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.model.resources import JsonObject
from spotaction.operations.discovery import CurrentState


def build_steps(execution: Execution, state: CurrentState, config: JsonObject) -> tuple[Step, ...]:
    """Return the steps in order; `config` is the new group's body with its image and user data."""
    first: Step = (
        StageSetup(state.group_name, config, state.stale, execution.setup_bake, execution.setup_name, state.known)
        if execution.blue_green
        else Setup(state.group_name, config, execution.setup_name, state.known)
    )
    kinds = {type(spec) for spec in execution.steps}
    checks = (RunCheck(each.name, each.check, each.step) for each in execution.checks.first)
    return (*checks, first, *(_build_step(spec, kinds, state, serial=execution.serial) for spec in execution.steps))


def _build_step(  # noqa: PLR0911 - one for each kind
    spec: StepSpec, kinds: Collection[type[StepSpec]], state: CurrentState, *, serial: bool
) -> Step:
    """Return the step of `spec`, one of the execution's, whose specs are of these `kinds`."""
    unstick = bool(state.sticky) and state.may_unstick and DownsizeSpec in kinds
    swaps = SwapSpec in kinds
    match spec:
        case DeploySpec(name, amount, kept, bake):
            return Deploy(name, amount, kept, bake, serial)
        case SwapSpec(name, bake):
            return SwapRoute(bake, name)
        case ShiftSpec(name, weight, bake):
            return TrafficShift(name, weight, bake, unstick=unstick, renames=not swaps)
        case StandaloneSpec(name, shift):
            return StandaloneTrafficShift(shift.load_balancer, shift.listener, shift.rule, shift.forward, name)
        case DownsizeSpec(name, delay):
            return DownsizeOld(max(delay, float(state.sticky)), restick=unstick, name=name)
        case PauseSpec(name, seconds):
            return Pause(name, seconds)
        case SkippedSpec(name, why):
            return Skipped(name, why)
        case CheckSpec(name, check, step):
            return RunCheck(name, check, step)
        case other:
            assert_never(other)
