"""Starts the image as GitHub's runner starts a container action: mounts, files, variables, and how it cancels."""

import json
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.container.docker_daemon import Docker
from tests.support.runner_files import outputs_in

FILES = {
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_STATE": "save_state",
    "GITHUB_STEP_SUMMARY": "step_summary",
    "GITHUB_ENV": "set_env",
    "GITHUB_PATH": "add_path",
}
LABEL = "spotaction-test"
TO_SIGTERM, TO_SIGKILL = 7.5, 2.5  # seconds after a cancel, as the runner waits
FOLDERS = {
    "": "/github/runner_temp",
    "_github_home": "/github/home",
    "_github_workflow": "/github/workflow",
    "_runner_file_commands": "/github/file_commands",
}


@dataclass(frozen=True)
class Ended:
    """How a step ended: `code` of Docker's command line, `seconds` from the cancel (if any) or the start to the end."""

    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    seconds: float

    @property
    def as_state(self) -> dict[str, str]:
        """The variables in which the post step finds the state."""
        return {f"STATE_{name}": value for name, value in self.state.items()}


@dataclass
class Step:
    """A step's container while it runs."""

    docker: Docker
    name: str
    process: subprocess.Popen[str]
    files: Mapping[str, Path]
    begun: float

    def wait(self, timeout: float) -> Ended:
        """Wait for it to end by itself."""
        log, _ = self.process.communicate(timeout=timeout)
        return self._ended(log, self.begun)

    def cancel(self) -> Ended:
        """Cancel it by the runner's schedule: signals go to Docker's command line, which passes them on."""
        asked = time.monotonic()
        schedule = ((signal.SIGINT, TO_SIGTERM), (signal.SIGTERM, TO_SIGKILL), (signal.SIGKILL, 30.0))
        for number, seconds in schedule:
            self.process.send_signal(number)
            try:
                log, _ = self.process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                continue
            return self._ended(log, asked)
        raise AssertionError("Docker's command line outlived SIGKILL")

    def kill(self) -> Ended:
        """End the container itself, as a machine that goes away does."""
        self.docker("kill", "--signal", "KILL", self.name)
        return self.wait(30)

    @property
    def is_gone(self) -> bool:
        """Whether no container of this step is left."""
        return not self.docker("ps", "--all", "--quiet", "--filter", f"name={self.name}").strip()

    def _ended(self, log: str, since: float) -> Ended:
        texts = {name: path.read_text(encoding="utf-8") for name, path in self.files.items()}
        return Ended(
            code=self.process.returncode,
            log=log,
            outputs=outputs_in(texts["GITHUB_OUTPUT"]),
            state=outputs_in(texts["GITHUB_STATE"]),
            summary=texts["GITHUB_STEP_SUMMARY"],
            seconds=time.monotonic() - since,
        )


@dataclass(frozen=True)
class ContainerRunner:
    """A runner's machine: `temp` is its temporary folder, `workspace` the checkout."""

    docker: Docker
    image: str
    temp: Path
    workspace: Path

    def start(self, environ: Mapping[str, str], *, entrypoint: str = "/app/entrypoint.py") -> Step:
        """Start a step. Values travel in the environment of Docker's command line; only names are arguments."""
        ident = uuid.uuid4().hex
        for folder in FOLDERS:
            (self.temp / folder).mkdir(parents=True, exist_ok=True)
        commands = self.temp / "_runner_file_commands"
        files = {variable: commands / f"{name}_{ident}" for variable, name in FILES.items()}
        for file in files.values():
            file.touch()
        whole = {
            **environ,
            **{variable: f"/github/file_commands/{file.name}" for variable, file in files.items()},
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "RUNNER_TEMP": "/github/runner_temp",
            "GITHUB_ACTIONS": "true",
            "CI": "true",
        }
        name = f"spotaction_{ident[:8]}"
        return Step(self.docker, name, self._run(name, entrypoint, whole), files, time.monotonic())

    def run(self, environ: Mapping[str, str], *, entrypoint: str = "/app/entrypoint.py", timeout: float) -> Ended:
        """Run a step to its end."""
        return self.start(environ, entrypoint=entrypoint).wait(timeout)

    def clear(self) -> None:
        """Remove what a test that failed half-way left running."""
        for name in self.docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").split():
            self.docker("rm", "--force", name)

    def python(self, code: str) -> object:
        """What Python code that is run in the image prints, read as JSON."""
        return json.loads(
            self.docker("run", "--rm", "--network", "none", "--entrypoint", "python3", self.image, "-c", code)
        )

    def _run(self, name: str, entrypoint: str, environ: Mapping[str, str]) -> "subprocess.Popen[str]":
        variables = [part for variable in environ for part in ("-e", variable)]
        mounts = {self.temp / folder: inside for folder, inside in FOLDERS.items()}
        mounts |= {self.workspace: "/github/workspace"}
        volumes = [part for outside, inside in mounts.items() for part in ("-v", f"{outside}:{inside}")]
        options = ["--name", name, "--label", LABEL, "--workdir", "/github/workspace", "--rm"]
        command = ["run", *options, *variables, "--entrypoint", entrypoint, "--network", "host", *volumes, self.image]
        return subprocess.Popen(  # noqa: S603 - the arguments are the tests' own
            [self.docker.program, *command],
            env=self.docker.environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
