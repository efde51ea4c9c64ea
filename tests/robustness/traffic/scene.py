"""A sandbox with real traffic, and the runs of the action that are started on it."""

import copy
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS, SCENARIOS
from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.traffic.haproxy_config import backend_name
from spotaction.sandbox.traffic.load import Load
from spotaction.sandbox.traffic.load_process import Plan
from spotaction.sandbox.traffic.request_metrics import RequestMetrics
from spotaction.sandbox.traffic.traffic import Traffic
from tests.support.action import OLD, ROOT
from tests.support.runner_files import outputs_in

from .action_process import CLOCK

JSON = dict[str, Any]
#: Seconds of the sandbox in one second of this machine: boots, bakes and drains scale with it, requests do as well.
SPEED = 25.0
PROPAGATION = 2.0  # seconds of the sandbox until a load balancer does what it was told
IN_FLIGHT = 30.0  # seconds of the sandbox that the slowest requests take
PROD, STAGE = 8080, 8081
_TIMINGS: JSON = {
    "fulfil": {"seconds": 8, "spread": 2},
    "spot-healthy": 12,
    "target-healthy": {"seconds": 10, "spread": 3},
}
_ENDS_WITHIN = 120.0
#: What deploys with each strategy; the documents are those of the examples.
STRATEGIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary": ("canary", {"canary": "34% for 1m, 67% for 1m", "bake-time": "1m"}),
    "swap": ("blue-green", {"downsize-old": "after 1m"}),
    "shift": ("shift", {"traffic-weights": "10 for 1m, 50 for 1m, 100 for 1m", "downsize-old": "after 30s"}),
}


@dataclass
class Run:
    """One run of the action: its process, its log so far, and what it wrote."""

    process: "subprocess.Popen[str]"
    files: Mapping[str, Path]
    environ: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    ended: float = 0.0

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_in(self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))

    @property
    def state(self) -> dict[str, str]:
        return outputs_in(self.files["GITHUB_STATE"].read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")


#: Called with every line of a run's log, while it runs.
OnLine = Callable[[str, Run], object]


@dataclass
class Scene:
    """A sandbox that serves, its traffic, its load, and the folder of the runs."""

    sandbox: Sandbox
    traffic: Traffic
    load: Load
    clock: RealClock
    folder: Path
    inputs: Mapping[str, str]
    runs: list[Run] = field(default_factory=list)

    def start(
        self,
        inputs: Mapping[str, str] = {},
        *,
        step: str = "deploy",
        run_id: str = "4711",
        state: Mapping[str, str] = {},
        on_line: OnLine | None = None,
        root: Path = ROOT,
    ) -> Run:
        """Start the action, or its post step, as a process."""
        given = {**self.inputs, **inputs}
        names = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
        files = {name: self.folder / f"{name}-{len(self.runs)}" for name in names}
        for file in files.values():
            file.touch()
        environ = {
            "PATH": os.environ.get("PATH", ""),
            **{f"INPUT_{name.upper()}": value for name, value in given.items() if value},
            **{f"STATE_{name}": value for name, value in state.items()},
            "INPUT_SPOT-TOKEN": self.sandbox.token,
            "INPUT_SPOT-ACCOUNT-ID": self.sandbox.account_id,
            "INPUT_SPOT-API-URL": self.sandbox.spot_url,
            **{name: str(file) for name, file in files.items()},
            "GITHUB_RUN_ID": run_id,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_REPOSITORY": "example/web",
            "GITHUB_WORKSPACE": str(ROOT),
            "PYTHONPATH": str(root),
            CLOCK: f"{self.clock.speed} {self.clock.epoch} {self.clock.origin}",
            **self.sandbox.environment(),
        }
        process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-m", "tests.robustness.traffic.action_process", step],
            env=environ,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        run = Run(process, files, environ)
        self.runs.append(run)
        threading.Thread(target=self._read, args=(run, on_line), daemon=True).start()
        return run

    def finish(self, run: Run) -> int:
        """Wait until a run has ended, and return its exit code."""
        code = run.process.wait(_ENDS_WITHIN)
        deadline = time.monotonic() + 5
        while not run.ended and time.monotonic() < deadline:
            time.sleep(0.005)
        return code

    def wait(self, seconds: float) -> None:
        """Wait so many seconds of the sandbox."""
        self.clock.sleep(seconds)

    def _read(self, run: Run, on_line: OnLine | None) -> None:
        assert run.process.stdout is not None
        for line in run.process.stdout:
            run.lines.append(line.rstrip("\n"))
            if on_line is not None:
                on_line(run.lines[-1], run)
        run.process.stdout.close()
        run.ended = time.monotonic()


@contextmanager
def open_scene(
    strategy: str,
    *,
    changes: Mapping[str, Any] = {},
    rate: float = 700.0,
    releases: Mapping[str, Mapping[str, float]] = {},
    speed: float = SPEED,
    delay: int = 60,
    sticky: bool = False,
) -> Iterator[Scene]:
    """Open a sandbox whose old version serves requests; `changes` are merged into its scenario.

    `delay` is the deregistration delay of its target groups, in seconds of the sandbox; old instances drain as long.
    With `sticky`, a weighted rule keeps its clients for two minutes, and they send its cookie back.
    """
    example, inputs = STRATEGIES[strategy]
    clock = RealClock(speed)
    scenario = merged(_scenario(example, delay, sticky=sticky), dict(changes))
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(scenario, clock=clock) as sandbox,
        Traffic(sandbox, propagation=PROPAGATION, releases=releases) as traffic,
    ):
        plan = Plan(
            traffic.address("web-alb"),
            PROD,
            "shop.example.com",
            rate=rate,
            slow_seconds=IN_FLIGHT / speed,
            cookies=sticky,
        )
        metrics = _publish(sandbox, clock)
        _draw_history(sandbox, metrics, rate * 60 / speed, releases.get(OLD, {}).get("errors", 0.0))
        with Load(plan, metrics.note) as load:
            clock.sleep(10)
            yield Scene(sandbox, traffic, load, clock, Path(folder), _inputs(example, inputs))


def _publish(sandbox: Sandbox, clock: RealClock) -> RequestMetrics:
    balancers = sandbox.world.balancers.elb
    balancer = next(iter(balancers.load_balancers)).partition(":loadbalancer/")[2]
    groups = {backend_name(arn): arn.rpartition(":")[2] for arn in balancers.target_groups}
    return RequestMetrics(sandbox.world.metrics, balancer=balancer, groups=groups, at=clock.at, speed=clock.speed)


def _draw_history(sandbox: Sandbox, metrics: RequestMetrics, requests: float, errors: float) -> None:
    """Draw what the old version did in the hour before: so many requests a minute, of which a share are errors."""
    group = next(arn for arn in sandbox.world.balancers.elb.target_groups if "web-blue" in arn).rpartition(":")[2]
    draw = random.Random(5)  # noqa: S311 - not a secret
    for minute in range(1, 61):
        failed = sum(draw.random() < errors for _ in range(int(requests)))
        metrics.add_minute(group, sandbox.world.clock.now() - 60 * minute, int(requests), failed)


def _scenario(example: str, delay: int, *, sticky: bool) -> JSON:
    """The example's scenario with ports that anybody may open, and instances that boot quickly."""
    text = (ROOT / "examples" / "sandbox" / f"{SCENARIOS[example]}.yaml").read_text(encoding="utf-8")
    scenario: JSON = yaml.safe_load(text.replace("8443", str(STAGE)).replace("443", str(PROD)))
    for rule in scenario["load-balancers"][0]["listeners"][0].get("rules", []):
        if sticky:
            rule["forward"] = {"target-groups": rule["forward"], "stickiness": 120}
    for group in scenario["target-groups"]:
        group |= {"port": 8000, "attributes": {"deregistration_delay.timeout_seconds": str(delay)}}
    for group in scenario["elastigroups"]:
        group["config"] = {"strategy": {"drainingTimeout": delay}}
    return {**scenario, "filler-groups": 0, "timings": _TIMINGS}


def _inputs(example: str, inputs: Mapping[str, str]) -> dict[str, str]:
    found = {**INPUTS[example], **inputs}
    if "load-balancers" in found:
        balancers = found["load-balancers"]
        found["load-balancers"] = balancers.replace("8443", str(STAGE)).replace(" 443", f" {PROD}")
    return copy.deepcopy(found)
