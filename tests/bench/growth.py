"""How calls, CPU and memory of the action grow with what is large, each in a process of its own, over sockets."""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS
from tests.bench.processes import RUN_ACTION, SPEED, Cost, run_script
from tests.bench.startup import environ
from tests.support.action import scenario_of, stand
from tests.support.large import Large, groups, instances, lay_out_documents, phases, rules

NOISE = 0.15
"""The share of what the smallest case takes up to which a difference may be the machine's: two runs differ so much."""
ROUNDS = 3  # of a validation


@dataclass(frozen=True)
class Size:
    """What a case of one size costs; `written` is the characters of state, summary and outputs."""

    size: int
    calls: int
    cpu: float
    peak: float
    written: int


@dataclass(frozen=True)
class Row:
    """A case at its sizes, the smallest first, and how each cost grows: 1 is in proportion, 0 is not at all."""

    case: str
    sizes: tuple[Size, ...]

    def exponent(self, cost: Callable[[Size], float]) -> float:
        """Return the growth of a cost over that of the first size, which is next to nothing, between the others.

        Where a difference to the first one is the machine's, the exponent is that of the whole cost.
        """
        base = cost(self.sizes[0])
        if all(cost(each) <= base * (1 + NOISE) for each in self.sizes[1:]):
            return 0.0
        costs = [cost(each) for each in self.sizes[1:]]
        if min(costs) - base > NOISE * base:
            costs = [each - base for each in costs]
        return slope([(math.log(each.size), math.log(what)) for each, what in zip(self.sizes[1:], costs, strict=True)])


COSTS: Mapping[str, Callable[[Size], float]] = {
    "calls": lambda each: each.calls,
    "CPU": lambda each: each.cpu,
    "memory": lambda each: each.peak,
    "what is written": lambda each: each.written,
}


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line through the points that has the least squares."""
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    steepness = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return float(steepness / sum((x - mean_x) ** 2 for x, _ in points))


def measure() -> list[Row]:
    """Each case next to nothing, at a quarter, and in full."""
    cases: list[tuple[str, int, int, Callable[[int], Size]]] = [
        ("listener rules", 1, 5000, partial(_deploy, rules)),
        ("instances of a group", 3, 2000, partial(_deploy, instances)),
        ("groups of the account", 1, 2000, partial(_deploy, groups)),
        ("phases", 1, 99, partial(_deploy, phases)),
        ("bytes of a JSON document", 1000, 1_000_000, _validate),
        ("bytes of a YAML document", 1000, 1_000_000, partial(_validate, yaml=True)),
    ]
    return [Row(case, tuple(once(size) for size in (least, most // 4, most))) for case, least, most, once in cases]


def _deploy(make: Callable[[int], Large], size: int) -> Size:
    large = make(size)
    with tempfile.TemporaryDirectory() as folder, stand(large.strategy, Path(folder), large.scenario) as place:
        result = place.run(large.inputs)
    if result.code:
        raise RuntimeError(f"{large.strategy} of {size} ended with {result.code}:\n{result.log}")
    written = sum(len(text) for text in (result.summary, *result.outputs.values(), *result.state.values()))
    cost, peak = _deploy_over_sockets(large)
    return Size(size, len(result.calls), cost.cpu, peak, written)


def _deploy_over_sockets(large: Large) -> tuple[Cost, float]:
    scenario = scenario_of(large.strategy, {**large.scenario, "rate-limit": None})
    with Sandbox(scenario, clock=RealClock(SPEED)) as sandbox:
        inputs = {**INPUTS[large.strategy], **large.inputs, "ami-id": "", "spot-token": sandbox.token}
        return run_script(RUN_ACTION, {**environ(sandbox.spot_url, **inputs), **sandbox.environment()})


def _validate(size: int, *, yaml: bool = False) -> Size:
    with tempfile.TemporaryDirectory() as folder:
        lay_out_documents(Path(folder), size, yaml=yaml)
        given = {**environ("", operation="validate", **{"ami-id": ""}), "GITHUB_WORKSPACE": folder}
        found = [run_script(RUN_ACTION, given) for _ in range(ROUNDS)]
        return Size(size, 0, min(cost.cpu for cost, _ in found), min(peak for _, peak in found), 0)
