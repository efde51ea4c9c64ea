"""Starts processes and measures what they cost: seconds that pass, seconds of CPU, and memory at its peak."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "build" / "runtime-venv" / "bin" / "python"
"""Python with the trimmed libraries of the image, for everything of ours that is measured."""
ROUNDS = 9
BEFORE = "b617cf8819d81db80d2a861ad5fe2cbad330cdfc"
"""The commit to compare with: the one before operations imported only what they run."""
SPEED = 200.0
"""How many times as fast a sandbox's clock runs, and the action's that deploys on it."""
RUN_ACTION = f"""
import os, sys
from spotaction.cloud.clock import RealClock
from spotaction.main import main
class FastClock(RealClock):
    def now(self):
        return super().now() * {SPEED}
    def sleep(self, seconds):
        super().sleep(seconds / {SPEED})
if main(os.environ, sys.stdout, clock=FastClock()):
    sys.exit(1)
"""
"""The action on a fast clock."""
_NOTE_PEAK = """
import os
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=open(os.environ["BENCH_PEAK"], "w"))
"""


@dataclass(frozen=True)
class Cost:
    """Seconds that passed, and seconds of CPU, of one process."""

    seconds: float
    cpu: float


def run(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    folder: Path = ROOT,
    until: Callable[[], float | None] | None = None,
) -> Cost:
    """Run a command to its end, or until `until` returns the moment (time.perf_counter) at which it is stopped.

    Raises `RuntimeError` where it fails, or ends before.
    """
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        moment, ended = None, False
        while until is not None and moment is None and not ended:
            ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            moment = until()
            time.sleep(0.0005)
        if moment is not None:
            process.kill()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if (moment is None) if until is not None else process.returncode:
        raise RuntimeError(f"{list(command[:3])} ended with {process.returncode}")
    seconds = (moment or time.perf_counter()) - begun
    return Cost(seconds, usage.ru_utime + usage.ru_stime)


def run_script(script: str, environ: Mapping[str, str]) -> tuple[Cost, float]:
    """Run a script on the image's libraries; returns its cost, and the MiB that it needed at most.

    The kernel's own figure for a child counts what its parent had when it was forked.
    """
    with tempfile.NamedTemporaryFile("r") as peak:
        cost = run([str(RUNTIME), "-c", script + _NOTE_PEAK], {**environ, "BENCH_PEAK": peak.name})
        return cost, int(peak.read()) / 1024


def least(costs: Sequence[Cost]) -> Cost:
    """Return the least of each, which may be of different rounds."""
    return Cost(min(cost.seconds for cost in costs), min(cost.cpu for cost in costs))


def in_turn(programs: Mapping[str, Callable[[], Cost]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Run each program `rounds` times, one after the other, so that noise hits them alike."""
    found: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            found[name].append(program())
    return {name: least(costs) for name, costs in found.items()}


def check_out(commit: str, folder: Path) -> Path:
    """Write the files of a commit to `folder`, and return it; needs the repository with its history."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)  # noqa: S607
    subprocess.run([str(RUNTIME), "-m", "compileall", "-q", "spotaction"], cwd=folder, check=True)  # noqa: S603
    return folder
