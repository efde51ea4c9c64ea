from math import inf

import pytest

from spotaction.documents.scalars import Phase, Shift
from spotaction.inputs.fields import Inputs
from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.execution import DeploySpec, DownsizeSpec, Execution, ShiftSpec, SwapSpec
from spotaction.model.resources import LoadBalancer, RuleArn, TargetGroupArn
from spotaction.pipeline.from_inputs import from_inputs

WHOLE = Amount(percent=100)
HALF = Amount(percent=50)
SWAPPED = LoadBalancer("web-alb", 443, RuleArn("rule"), 8443)
SHIFTED = LoadBalancer("web-alb", 443, RuleArn("rule"), stage_target_group=TargetGroupArn("green"), shift=True)


def bakes(execution: Execution) -> dict[str, float]:
    """How long each step watches what it has done, and the downsize waits before it begins."""
    found = {step.name: step.bake for step in execution.steps if isinstance(step, DeploySpec | ShiftSpec | SwapSpec)}
    return found | {step.name: step.delay for step in execution.steps if isinstance(step, DownsizeSpec)}


def described(strategy: Strategy, *balancers: LoadBalancer, **inputs: object) -> Execution:
    return from_inputs(Inputs(strategy=strategy, **inputs), instances=None, load_balancers=balancers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bake_time", "expected"),
    [
        (None, {"canary-deploy-1": 60.0, "canary-deploy-2": 300.0, "deploy": 300.0}),
        (0.0, {"canary-deploy-1": 60.0, "canary-deploy-2": 0.0, "deploy": 0.0}),
        (90.0, {"canary-deploy-1": 60.0, "canary-deploy-2": 90.0, "deploy": 90.0}),
    ],
)
def test_a_phase_of_a_canary_bakes_five_minutes_unless_told_otherwise(
    bake_time: float | None, expected: dict[str, float]
) -> None:
    phases = (Phase(Amount(percent=10), 60.0), Phase(HALF), Phase(WHOLE))
    assert bakes(described(Strategy.CANARY, canary=phases, bake_time=bake_time)) == expected


def test_the_last_phase_of_a_canary_may_have_a_time_of_its_own() -> None:
    phases = (Phase(HALF), Phase(WHOLE, 60.0))
    assert bakes(described(Strategy.CANARY, canary=phases)) == {"canary-deploy-1": 300.0, "deploy": 60.0}


@pytest.mark.parametrize(("bake_time", "bake"), [(None, 300.0), (0.0, 0.0), (90.0, 90.0)])
def test_a_phase_of_a_shift_bakes_five_minutes_unless_told_otherwise(bake_time: float | None, bake: float) -> None:
    weights = (Shift(10, 60.0), Shift(100))
    found = described(Strategy.BLUE_GREEN, SHIFTED, traffic_weights=weights, bake_time=bake_time)
    assert bakes(found) == {"shift-10": 60.0, "shift-100": bake, "downsize-old": 600.0}


def test_a_shift_without_weights_is_one_phase() -> None:
    assert bakes(described(Strategy.BLUE_GREEN, SHIFTED)) == {"shift-100": 300.0, "downsize-old": 600.0}


@pytest.mark.parametrize(("bake_time", "bake"), [(None, 0.0), (90.0, 90.0)])
def test_what_has_no_phases_bakes_only_if_told_so(bake_time: float | None, bake: float) -> None:
    swap = described(Strategy.BLUE_GREEN, SWAPPED, bake_time=bake_time)
    assert (bakes(swap), swap.setup_bake) == ({"swap-route": bake, "downsize-old": 600.0}, bake)
    assert bakes(described(Strategy.BASIC, bake_time=bake_time)) == {"deploy": bake}


@pytest.mark.parametrize(("given", "delay"), [(None, {"downsize-old": 600.0}), (0.0, {"downsize-old": 0.0}), (inf, {})])
def test_blue_green_scales_the_old_group_down_after_ten_minutes_unless_told_otherwise(
    given: float | None, delay: dict[str, float]
) -> None:
    assert bakes(described(Strategy.BLUE_GREEN, SWAPPED, downsize_old=given)) == {"swap-route": 0.0} | delay


def test_a_group_that_still_serves_at_the_end_is_not_scaled_down_by_default() -> None:
    weights = (Shift(10), Shift(50))
    assert "downsize-old" not in bakes(described(Strategy.BLUE_GREEN, SHIFTED, traffic_weights=weights))
