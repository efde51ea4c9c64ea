"""Starts the action as a process against a sandbox behind real sockets, and sends it the runner's signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS, SCENARIOS, environment
from tests.support.runner_files import outputs_in

ROOT = Path(__file__).parents[2]
JSON = dict[str, Any]
ENTRY_POINT, FASTER_ACTION = (str(ROOT / "entrypoint.py"),), ("-m", "tests.support.faster_action")
EXITS_WITHIN = 3.0  # seconds after a signal
STARTS_WITHIN = 20.0
#: Instances are healthy at once, so that a deployment reaches its routes within a second.
AT_ONCE: JSON = {"timings": {"fulfil": 0, "spot-healthy": 0, "target-healthy": 0}, "filler-groups": 0}


@dataclass(frozen=True)
class Cancelled:
    """The process's exit code, what it wrote, and the write calls that it sent after the first signal."""

    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    mutations: Sequence[str]

    @property
    def record(self) -> JSON:
        found: JSON = json.loads(self.state["deployment"])
        return found


@dataclass
class Cloud:
    """A sandbox on two ports, and the deployments that are started on it."""

    sandbox: Sandbox
    strategy: str
    folder: Path

    @property
    def calls(self) -> list[JSON]:
        return self.sandbox.calls()

    @property
    def weights(self) -> dict[str, dict[str, int]]:
        """Each rule's weights, by target group name."""
        return {
            route["name"]: {target["target-group"].split("/")[-2]: target["weight"] for target in route["forward"]}
            for route in self.sandbox.state()["routes"]
        }

    @property
    def groups(self) -> dict[str, str]:
        """The capacities of existing groups as `minimum/target/maximum`, by name."""
        found = [group for group in self.sandbox.state()["groups"] if group["deleted"] is None]
        return {group["name"]: "/".join(str(n) for n in group["capacity"].values()) for group in found}

    def called(self, name: str, times: int = 1) -> bool:
        """Return whether at least that many calls of this name arrived."""
        return [call["call"] for call in self.calls].count(name) >= times

    def cancel(
        self,
        when: Callable[["Cloud", int], bool],
        signals: Sequence[signal.Signals] = (signal.SIGINT,),
        prepare: Callable[["Cloud"], object] = lambda _: None,
        busy: float = 0.0,
        **inputs: str,
    ) -> Cancelled:
        """Start a deployment, send the signals once `when(cloud, process id)` is true, and return the result.

        `prepare` is called just before the signals; `busy` is the time in seconds that the process may need before it
        can react. A process that exits too late is killed, and the test fails.
        """
        environ = self._environ(inputs)
        with subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, *(ENTRY_POINT if when is listens else FASTER_ACTION)],
            env=environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                _wait(lambda: when(self, process.pid), process)
                prepare(self)
                before = len(self.calls)
                for number in signals:
                    process.send_signal(number)
                log, _ = process.communicate(timeout=busy + EXITS_WITHIN)
            finally:
                process.kill()
        return self._ended(process.returncode, log, before, environ)

    def _environ(self, inputs: Mapping[str, str]) -> dict[str, str]:
        given = {**INPUTS[self.strategy], **{name.replace("_", "-"): value for name, value in inputs.items()}}
        environ = environment(self.sandbox, given, self.folder)
        return {"PATH": os.environ.get("PATH", ""), **environ, "GITHUB_WORKSPACE": str(ROOT), "PYTHONPATH": str(ROOT)}

    def _ended(self, code: int, log: str, before: int, environ: Mapping[str, str]) -> Cancelled:
        texts = {name: Path(environ[name]).read_text(encoding="utf-8") for name in ("GITHUB_OUTPUT", "GITHUB_STATE")}
        return Cancelled(
            code=code,
            log=log,
            outputs=outputs_in(texts["GITHUB_OUTPUT"]),
            state=outputs_in(texts["GITHUB_STATE"]),
            summary=Path(environ["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8"),
            mutations=[call["call"] for call in self.calls[before:] if call["mutation"]],
        )


@contextmanager
def cloud(strategy: str, folder: Path, changes: Mapping[str, Any] = {}) -> Iterator[Cloud]:
    """Open the sandbox of a strategy's demonstration on wall time; `changes` override keys of the scenario."""
    text = (ROOT / "examples" / "sandbox" / f"{SCENARIOS[strategy]}.yaml").read_text(encoding="utf-8")
    with Sandbox({**yaml.safe_load(text), **AT_ONCE, **changes}, clock=RealClock()) as sandbox:
        yield Cloud(sandbox, strategy, folder)


def listens(_: Cloud, process: int) -> bool:
    """Return whether the process has installed its handler of SIGTERM; before that, none of our code runs."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << signal.SIGTERM - 1)


def _wait(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not condition():
        assert process.poll() is None, f"it exited before it was cancelled: {process.communicate()[0]}"
        assert time.monotonic() < deadline, "it never reached the point where it was to be cancelled"
        time.sleep(0.005)
