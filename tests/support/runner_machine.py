"""Executes `run:` steps of our own workflows unchanged, with a runner's checkout, files and variables."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.runner_files import outputs_in

ROOT = Path(__file__).parents[2]
JSON = dict[str, Any]
#: A runner has a Docker daemon with a bridge network; here containers and host share the loopback interface.
DOCKER = """#!/bin/sh
test "$*" = "network inspect bridge --format {{(index .IPAM.Config 0).Gateway}}" && exec echo 127.0.0.1
echo "docker $*: this stand-in knows the bridge's address only" >&2
exit 64
"""
_FILES = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")


def job(workflow: str, name: str) -> JSON:
    """Return a job of one of our workflows, with the workflow's `env` merged into the job's."""
    whole: JSON = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8"))
    found: JSON = whole["jobs"][name]
    return {**found, "env": {**whole.get("env", {}), **found.get("env", {})}}


def check_out(folder: Path) -> Path:
    """Copy the files that git tracks, in their current state, as a checkout would."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@dataclass(frozen=True)
class Ended:
    """A step's exit code, log, outputs and state."""

    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]


@dataclass
class Machine:
    """A simulated runner for one job; of this machine's environment it sees only the programs.

    `values` are the values of expressions: `matrix.…`, `steps.…`, `github.…`, `inputs.…`, `needs.…`.
    """

    workspace: Path
    temp: Path
    values: dict[str, str]
    env: Mapping[str, str] = field(default_factory=dict)
    repository: str = "example/spotaction"
    _groups: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create the folders, and the programs that GitHub's runners have."""
        for name in ("home", "programs"):
            (self.temp / name).mkdir(parents=True, exist_ok=True)
        self.program("docker", DOCKER)
        self.values["github.workspace"] = str(self.workspace)

    def program(self, name: str, text: str) -> None:
        """Write a program to the folder that is first on the job's PATH."""
        path = self.temp / "programs" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, step: JSON, **instead: str) -> Ended:
        """Execute a `run:` step; `instead` overrides values of its `env`."""
        script = self.temp / f"{len(self._groups)}.sh"
        script.write_text(step["run"], encoding="utf-8")
        return self.start(step, ["bash", "-e", str(script)], {**self.filled(step.get("env", {})), **instead})

    def start(self, step: JSON, command: list[str], variables: Mapping[str, str]) -> Ended:
        """Run a command in place of a step; later steps' expressions see its outputs."""
        files = {name: self.temp / f"{name}-{len(self._groups)}" for name in _FILES}
        for file in files.values():
            file.touch()
        # A file, because a process that the step leaves running would keep a pipe open.
        log = self.temp / f"log-{len(self._groups)}"
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(  # noqa: S603 - our own scripts
                command,
                cwd=self.workspace,
                env={**self._environ(files), **variables},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._groups.append(process.pid)
            code = process.wait(timeout=float(step.get("timeout-minutes", 5)) * 60)
        outputs, state = (outputs_in(files[name].read_text(encoding="utf-8")) for name in _FILES[:2])
        self.values |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in outputs.items()}
        self.values[f"steps.{step.get('id')}.outcome"] = "failure" if code else "success"
        return Ended(code, log.read_text(encoding="utf-8"), outputs, state)

    def filled(self, texts: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts with their expressions evaluated. Raises `ValueError` for an unsupported one."""
        return {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self._value(found[1]), str(text))
            for name, text in texts.items()
        }

    def end(self) -> None:
        """Terminate the processes that steps left running, as the runner does after a job."""
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGTERM)
            except ProcessLookupError:
                continue

    def _environ(self, files: Mapping[str, Path]) -> dict[str, str]:
        programs = [self.temp / "programs", Path(sys.base_prefix) / "bin", "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "PATH": os.pathsep.join(map(str, programs)),
            "HOME": str(self.temp / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": "1",
            "RUNNER_NAME": "GitHub Actions 1",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            **{name: str(file) for name, file in files.items()},
            **self.filled(self.env),
        }

    def _value(self, expression: str) -> str:
        choice = re.fullmatch(r"(\S+) != '' && '(\S*)' \|\| '(\S*)'", expression)
        if choice:
            return choice[2] if self._value(choice[1]) else choice[3]
        if not re.fullmatch(r"(matrix|steps|github|inputs|needs)\.[\w.-]+", expression):
            raise ValueError(f"Unsupported expression: {expression}")
        return self.values.get(expression, "")
