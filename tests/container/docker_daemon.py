"""A Docker daemon to build and run the image with: the one that is there, else one of our own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STARTS_WITHIN = 30.0  # seconds
NEEDED = ("docker.io", "containerd", "iptables")


class NoDockerError(Exception):
    """There is no daemon and none can be had; the message says why."""


@dataclass(frozen=True)
class Docker:
    """The command line of Docker; `host` is the daemon's socket, empty for the default one."""

    program: str
    host: str = ""

    def environ(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        return {**os.environ, **({"DOCKER_HOST": self.host} if self.host else {}), **more}

    def __call__(self, *arguments: str, check: bool = True, timeout: float = 600.0) -> str:
        """Run a command and return what it printed; one that fails shows what it said."""
        done = subprocess.run(  # noqa: S603 - the arguments are the tests' own
            [self.program, *arguments],
            env=self.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)} failed ({done.returncode}):\n{done.stdout}")
        return done.stdout

    def answers(self) -> bool:
        """Whether a daemon is there."""
        try:
            self("info", timeout=20)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            return False
        return True


@contextmanager
def daemon(folder: Path) -> Iterator[Docker]:
    """Docker, ready to use; a daemon that had to be started keeps its data in `folder` and is stopped at the end."""
    program = _program()
    there = Docker(program or "docker")
    if program and there.answers():
        yield there
        return
    if os.geteuid() != 0:
        raise NoDockerError("no Docker daemon answers, and only root can start one")
    _install()
    own = Docker(_program(), f"unix://{folder}/docker.sock")
    with _started(own, folder):
        yield own


def _program() -> str:
    # A distribution's own command line fits its daemon; a newer one from elsewhere may lack its plug-ins.
    own = Path("/usr/bin/docker")
    return str(own) if own.exists() else shutil.which("docker") or ""


def _install() -> None:
    if shutil.which("dockerd") and shutil.which("containerd"):
        return
    apt = shutil.which("apt-get")
    if not apt:
        raise NoDockerError("no Docker daemon answers, and there is no apt to install one with")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *NEEDED]):
        done = subprocess.run(  # noqa: S603 - constant arguments
            [apt, *arguments], env=environ, capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode != 0:
            raise NoDockerError(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")


@dataclass
class _Daemon:
    process: subprocess.Popen[bytes]
    log: Path = field(repr=False)

    def last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-800:]


@contextmanager
def _started(docker: Docker, folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "dockerd.log"
    with log.open("wb") as stream:
        # Without a bridge and iptables nothing of the machine's network is touched; containers use the host's.
        process = subprocess.Popen(  # noqa: S603 - constant arguments
            _command(docker, folder), stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    started = _Daemon(process, log)
    try:
        _wait(docker, started)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _command(docker: Docker, folder: Path) -> Sequence[str]:
    paths = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "dockerd.pid"}
    placed = [part for option, name in paths.items() for part in (option, str(folder / name))]
    return ["dockerd", *placed, "-H", docker.host, "--iptables=false", "--ip6tables=false", "--bridge=none"]


def _wait(docker: Docker, started: _Daemon) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not docker.answers():
        if started.process.poll() is not None or time.monotonic() > deadline:
            raise NoDockerError(f"dockerd did not start: {started.last_words()}")
        time.sleep(0.3)
