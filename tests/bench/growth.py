"""How calls, work, CPU, memory and what is written grow with what is large.

Work is the functions that the action calls, its own, Python's and those of libraries: a count, which no other program
on the machine changes. CPU is measured without it. Neither has the imports, nor what the sandbox takes to answer.
Memory is that of a process of its own, over sockets: the middle one of three.
"""

import math
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from cProfile import Profile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Self

from spotaction.inputs.read import read_runner
from spotaction.pipeline.prepare import prepare_execution
from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS
from tests.bench.processes import RUN_ACTION, SPEED, run_script
from tests.bench.startup import environ
from tests.support.action import Result, scenario_of, stand
from tests.support.inputs import read_inputs
from tests.support.large import Large, groups, instances, lay_out_documents, phases, rules

STEADY = 0.05
"""A cost that is at most this share higher at every size than at the smallest does not grow."""
WORK, CPU = "work", "CPU"
PEAKS = 3
"""Processes whose memory is measured: how much one is given for the same work differs by half a MiB."""


@dataclass(frozen=True)
class Size:
    """What a case of one size costs; `written` is the characters of state, summary and outputs."""

    size: int
    calls: int
    work: int
    cpu: float
    peak: float
    written: int


@dataclass(frozen=True)
class Row:
    """A case at its sizes, the smallest first, and how each cost grows: 1 is in proportion, 0 is not at all."""

    case: str
    sizes: tuple[Size, ...]

    def exponent(self, cost: Callable[[Size], float]) -> float:
        """Return the growth of what a cost is above that of the first size, which is next to nothing, at the others."""
        base = cost(self.sizes[0])
        if all(cost(each) <= base * (1 + STEADY) for each in self.sizes[1:]):
            return 0.0
        grown = [(each.size, cost(each) - base) for each in self.sizes[1:]]
        return slope([(math.log(size), math.log(max(more, STEADY * base))) for size, more in grown])


COSTS: Mapping[str, Callable[[Size], float]] = {
    "calls": lambda each: each.calls,
    WORK: lambda each: each.work,
    CPU: lambda each: each.cpu,
    "memory": lambda each: each.peak,
    "what is written": lambda each: each.written,
}


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line through the points that has the least squares."""
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    steepness = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return float(steepness / sum((x - mean_x) ** 2 for x, _ in points))


def measure() -> list[Row]:
    """Each case next to nothing, at a quarter, and in full; on all cores, since what is judged is counted."""
    cases: list[tuple[str, int, int, Callable[[int], Size]]] = [
        ("listener rules", 1, 5000, partial(_deploy, rules)),
        ("instances of a group", 3, 2000, partial(_deploy, instances)),
        ("groups of the account", 1, 2000, partial(_deploy, groups)),
        ("phases", 1, 99, partial(_deploy, phases)),
        ("bytes of a JSON document", 1000, 1_000_000, _validate),
        ("bytes of a YAML document", 1000, 1_000_000, partial(_validate, yaml=True)),
    ]
    with ProcessPoolExecutor() as pool:
        pending = [
            (case, [pool.submit(once, size) for size in (most, most // 4, least)]) for case, least, most, once in cases
        ]
        return [Row(case, tuple(each.result() for each in reversed(sizes))) for case, sizes in pending]


class _Meter:
    """Counts functions that are called, and seconds of CPU, but not those of the WSGI applications that it wraps."""

    def __init__(self, *, counting: bool) -> None:
        self._profile = Profile() if counting else None
        self._inside = self._begun = 0.0

    def __enter__(self) -> Self:
        self._begun = time.process_time()
        if self._profile is not None:
            self._profile.enable()
        return self

    def __exit__(self, *error: object) -> None:
        if self._profile is not None:
            self._profile.disable()
        self._begun = time.process_time() - self._begun

    @property
    def cpu(self) -> float:
        """Seconds of CPU between beginning and end."""
        return self._begun - self._inside

    @property
    def work(self) -> int:
        """The functions that were called."""
        assert self._profile is not None
        return sum(entry.callcount for entry in self._profile.getstats())

    def wrap(self, application: Any) -> Any:  # noqa: ANN401 - WSGI
        """Return the application, left out."""

        def left_out(environ: Any, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - same
            if self._profile is not None:
                self._profile.disable()
            begun = time.process_time()
            try:
                return list(application(environ, start_response))
            finally:
                self._inside += time.process_time() - begun
                if self._profile is not None:
                    self._profile.enable()

        return left_out


def _deploy(make: Callable[[int], Large], size: int) -> Size:
    large = make(size)
    _run(make(1), _Meter(counting=False))  # what is done once, such as imports, is done now
    counted, timed = _Meter(counting=True), _Meter(counting=False)
    result = _run(large, counted)
    _run(large, timed)
    written = sum(len(text) for text in (result.summary, *result.outputs.values(), *result.state.values()))
    peak = _measure_peak(partial(_peak_over_sockets, large))
    return Size(size, len(result.calls), counted.work, timed.cpu, peak, written)


def _run(large: Large, meter: _Meter) -> Result:
    with (
        tempfile.TemporaryDirectory() as folder,
        stand(large.strategy, Path(folder), large.scenario) as place,
        meter,
    ):
        result = place.run(large.inputs, wrap=meter.wrap)
    if result.code:
        raise RuntimeError(f"{large.strategy} ended with {result.code}:\n{result.log}")
    return result


def _measure_peak(once: Callable[[], float]) -> float:
    return median(once() for _ in range(PEAKS))


def _peak_over_sockets(large: Large) -> float:
    scenario = scenario_of(large.strategy, {**large.scenario, "rate-limit": None})
    with Sandbox(scenario, clock=RealClock(SPEED)) as sandbox:
        inputs = {**INPUTS[large.strategy], **large.inputs, "ami-id": "", "spot-token": sandbox.token}
        return run_script(RUN_ACTION, {**environ(sandbox.spot_url, **inputs), **sandbox.environment()})[1]


def _validate(size: int, *, yaml: bool = False) -> Size:
    with tempfile.TemporaryDirectory() as folder:
        lay_out_documents(Path(folder), size, yaml=yaml)
        given = {**environ("", operation="validate", **{"ami-id": ""}), "GITHUB_WORKSPACE": folder}
        inputs, runner = read_inputs(given), read_runner(given)
        prepare_execution(inputs, runner)  # what is done once, such as imports, is done now
        counted, timed = _Meter(counting=True), _Meter(counting=False)
        for meter in (counted, timed):
            with meter:
                prepare_execution(inputs, runner)
        return Size(size, 0, counted.work, timed.cpu, _measure_peak(lambda: run_script(RUN_ACTION, given)[1]), 0)
