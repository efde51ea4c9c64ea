"""The load test's command line: fleets of threads in simulated time, processes over sockets, and large accounts."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

from spotaction.sandbox import RealClock, Sandbox
from tests.support.action import ROOT

from .aims import Aim, judge
from .fleet import Load, environment, fleet, large, scenario
from .model import simulate_waves

SPEED = 60.0  # how many times as fast the clock of the processes runs
LARGE = {"2,000 instances in a group": (2000, 0), "2,000 groups in the account": (2, 2000)}
WAVES = (10, 100, 256, 1000, 10000)  # apps
CHILD = f"""
import os, sys
from spotaction.main import main
from spotaction.sandbox.clock import RealClock
from spotaction.sandbox.action_transport import ActionClock
sys.exit(main(os.environ, sys.stdout, clock=ActionClock(RealClock({SPEED}))))
"""


def main(arguments: Sequence[str]) -> int:
    """The answer is the exit code: 1 where a deployment did not end well, or worse than its aims and known limits."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.load", description=__doc__)
    parser.add_argument("--apps", type=int, default=256)
    parser.add_argument("--limits", type=int, nargs="+", default=[600, 60])
    parser.add_argument("--processes", type=int, default=16)
    given = parser.parse_args(arguments)
    aims = list[Aim]()
    # Simulated time is the same however busy the machine is: all of it at once, and the processes alone afterwards.
    with ProcessPoolExecutor() as pool:
        kinds = list(product(given.limits, (True, False)))
        fleets = [pool.submit(_timed, partial(_fleet, given.apps, *kind)) for kind in sorted(kinds)]
        larges = {what: pool.submit(_timed, partial(_large, *sizes)) for what, sizes in LARGE.items()}
        waves = [pool.submit(simulate_waves, *each) for each in product(WAVES, given.limits)]
        for kind, pending in zip(sorted(kinds), fleets, strict=True):
            load, seconds = pending.result()
            _tell(load, seconds, numbered=kind[1])
            aims += judge(load, numbered=kind[1])
        told = [_tell_large(what, *pending.result()) for what, pending in larges.items()]
        for wave in waves:
            _tell_simulated(wave.result())
    good = all(told) and processes(given.processes, 60)
    for aim in aims:
        reason = f" ({aim.why})" if aim.verdict != "met" else ""
        sys.stdout.write(f"{aim.verdict:7}{aim.what}: {aim.measured:.2f}, wanted <= {aim.wanted}{reason}\n")
    return 0 if good and all(aim.verdict != "MISSED" for aim in aims) else 1


def _timed(work: Callable[[], Load]) -> tuple[Load, float]:
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun


def _fleet(apps: int, limit: int, numbered: bool) -> Load:  # noqa: FBT001 - called by place
    with tempfile.TemporaryDirectory() as folder:
        return fleet(apps, limit, Path(folder), numbered=numbered)


def _large(instances: int, others: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        return large(instances, others, Path(folder))


def _tell_large(what: str, load: Load, seconds: float) -> bool:
    sys.stdout.write(
        f"{what}: {load.calls} calls, {load.makespan:.0f} s simulated, {seconds:.1f} s of work, "
        f"{load.deployed} of 1 deployed\n"
    )
    return load.deployed == 1


def processes(count: int, limit: int) -> bool:
    """Real processes over sockets, each with a limiter of its own and no word to the others."""
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as name,
        Sandbox(scenario(count, limit=limit), clock=RealClock(SPEED)) as sandbox,
    ):
        children = [_child(number, sandbox, Path(name)) for number in range(count)]
        codes = [child.wait(timeout=600) for child in children]
        calls = sandbox.calls()
    refused = sum(call["status"] == 429 for call in calls)
    sys.stdout.write(
        f"{count} processes, limit {limit}: {codes.count(0)} deployed, {calls[-1]['time']:.0f} s, {len(calls)} calls, "
        f"{refused} refused; {time.perf_counter() - begun:.0f} s of wall time\n"
    )
    return codes.count(0) == count


def _child(number: int, sandbox: Sandbox, folder: Path) -> "subprocess.Popen[bytes]":
    files = {name: folder / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    environ = {**environment(number, sandbox, files), "INPUT_SPOT-API-URL": sandbox.spot_url}
    return subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-c", CHILD],
        env={"PATH": "", "PYTHONPATH": str(ROOT), **environ},
        stdout=subprocess.DEVNULL,
    )


def _tell_simulated(load: Load) -> None:
    sys.stdout.write(
        f"simulated: {load.apps} apps, 256 at once, limit {load.limit}: {load.makespan / 60:.0f} min "
        f"(bound {load.bound / 60:.0f} min), {load.calls} calls ({load.calls / load.apps:.1f} an app), "
        f"{load.refused} refused\n"
    )


def _tell(load: Load, seconds: float, *, numbered: bool) -> None:
    sys.stdout.write(
        f"{load.apps} {'numbered jobs' if numbered else 'deployments'}, limit {load.limit} a minute: "
        f"{load.deployed} deployed, "
        f"makespan {load.makespan:.0f} s (bound {load.bound:.0f} s, x {load.makespan / load.bound:.2f}), "
        f"{load.calls} calls, {load.refused} refused, {load.knowing} sent before the reset that was told; "
        f"{seconds:.0f} s of wall time\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
