"""How long whole deployments take over the shortest time possible, for our pacing and for the reference's.

The real engine on the sandbox with a jumping clock, where each answer takes 0.3 s. The bound is what one who knows the
moment at which each wait is over would need: the same deployment with a look every quarter of a second at no cost, and
the answers to all calls that are not looks of a wait.
"""

import io
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

import yaml

from spotaction.cloud.clock import Cancellation
from spotaction.engine.waits.poll_intervals import PollIntervals
from spotaction.github.progress import Progress
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.main import build_request, run_action
from spotaction.operations.deploy import deploy
from spotaction.pipeline.prepare import prepare_execution
from spotaction.sandbox import JumpingClock, Sandbox
from spotaction.sandbox.action_transport import SPOT_URL, ActionClock, transport
from spotaction.sandbox.demo import INPUTS, SCENARIOS
from spotaction.wiring import Environment, open_context, region_of
from tests.bench.processes import ROOT

LATENCY = 0.3
SEEDS = (1, 2, 3, 4, 5)
_TIMINGS = {
    "fulfil": {"seconds": 40, "spread": 12},
    "spot-healthy": {"seconds": 90, "spread": 25},
    "target-healthy": {"seconds": 100, "spread": 30},
}
_LOOKS = ("GET /aws/ec2/group/{id}/instanceHealthiness", "DescribeTargetHealth")
_CASES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary, 3 phases": ("canary", {"canary": "34%, 67%"}),
    "blue-green, 4 shifts": ("shift", {"traffic-weights": "10 for 2m, 25 for 5m, 50 for 5m, 100"}),
}


@dataclass(frozen=True)
class Row:
    """Mean seconds of one deployment, its bound, and the reference's way (20 s looks, one thing after the other)."""

    case: str
    bound: float
    own: float
    reference: float
    calls: int


def measure() -> list[Row]:
    """A row a case."""
    return [_row(case, strategy, inputs) for case, (strategy, inputs) in _CASES.items()]


def _row(case: str, strategy: str, inputs: Mapping[str, str]) -> Row:
    drawn = [_one(case, strategy, inputs, seed) for seed in SEEDS]
    return Row(
        case,
        statistics.mean(row.bound for row in drawn),
        statistics.mean(row.own for row in drawn),
        statistics.mean(row.reference for row in drawn),
        max(row.calls for row in drawn),
    )


def _one(case: str, strategy: str, inputs: Mapping[str, str], seed: int) -> Row:
    shortest, _, _ = _deploy(strategy, inputs, _fixed(0.25), latency=0.0, seed=seed)
    own, calls, acts = _deploy(strategy, inputs, PollIntervals(), latency=LATENCY, seed=seed)
    slow = {**inputs, "old-instances": "drain-first"} if strategy == "canary" else inputs
    reference, _, _ = _deploy(strategy, slow, _fixed(20.0), latency=LATENCY, seed=seed)
    return Row(case, shortest + acts * LATENCY, own, reference, calls)


def _fixed(seconds: float) -> PollIntervals:
    return PollIntervals(
        first=0.0,
        launching=lambda _verdict, _elapsed: seconds,
        relaunching=lambda _verdict, _elapsed, _expected: seconds,
        draining=lambda _verdict, _elapsed, _expected: seconds,
    )


def _deploy(
    strategy: str, inputs: Mapping[str, str], pacing: PollIntervals, *, latency: float, seed: int
) -> tuple[float, int, int]:
    text = (ROOT / "examples" / "sandbox" / f"{SCENARIOS[strategy]}.yaml").read_text(encoding="utf-8")
    scenario = {**yaml.safe_load(text), "timings": _TIMINGS, "latency": latency, "seed": seed}
    clock = JumpingClock()
    box = Sandbox(scenario, clock=clock)
    begun = clock.now()
    given = {**INPUTS[strategy], **inputs}
    environ = {
        **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        "INPUT_SPOT-TOKEN": box.token,
        "INPUT_SPOT-API-URL": SPOT_URL,
        "GITHUB_WORKSPACE": str(ROOT),
    }

    def work(inputs: Inputs, runner: WorkflowRun, around: Environment, progress: Progress) -> None:
        prepared = prepare_execution(inputs, runner)
        clouds, world = open_context(inputs, runner, around, progress, region=region_of(inputs, prepared))
        paced = replace(world, options=replace(world.options, pacing=pacing))
        progress.status = deploy(build_request(inputs, runner, around, prepared, clouds), paced).status

    around = Environment(environ, ActionClock(clock), Cancellation(), transport(box))
    try:
        code = run_action(work, around, io.StringIO())
        if code:
            raise RuntimeError(f"{strategy} ended with {code}")
        calls = [call["call"] for call in box.calls()]
        return clock.now() - begun, len(calls), sum(call not in _LOOKS for call in calls)
    finally:
        box.close()
