"""The image: its size, how long it takes to build, and from `docker run` to the first line of the log."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.processes import ROOT, RUNTIME
from tests.container.docker_daemon import Docker, NoDockerError, daemon
from tests.container.stand_in_image import base_image

FOLDER = ROOT / "build" / "container"  # where the tests of the image keep theirs
TAG = "spotaction-bench"
ROUNDS = 5
MB = 1_000_000
_NOT_OURS = ("pip", "setuptools", "_distutils_hack", "pkg_resources", "distutils-precedence.pth")


@dataclass(frozen=True)
class Row:
    """Bytes, and seconds: the least of several rounds, but of the build, which runs once without a cache.

    Without a Docker daemon and the right to start one, only the `libraries` are measured, and `why` says so.
    """

    libraries: int
    image: int = 0
    base: int = 0
    build: float = 0.0
    first_line: float = 0.0
    interpreter: float = 0.0
    stand_in: bool = False
    why: str = ""


def measure() -> Row:
    """Build the image as GitHub does, and run it in turn with its base."""
    libraries = size_of_libraries()
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with daemon(FOLDER) as docker:
            return _measure(docker, libraries)
    except NoDockerError as error:
        return Row(libraries, why=str(error))


def size_of_libraries() -> int:
    """Return the bytes of the trimmed libraries without bytecode and without what only installs them."""
    (packages,) = (RUNTIME.parents[1] / "lib").glob("python3.*/site-packages")
    return sum(
        path.stat().st_size
        for path in packages.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and path.relative_to(packages).parts[0].partition("-")[0] not in _NOT_OURS
    )


def _measure(docker: Docker, libraries: int) -> Row:
    base = base_image(docker, FOLDER)
    begun = time.perf_counter()
    docker("build", "--no-cache", "--network", "host", "--build-arg", f"BASE_IMAGE={base}", "--tag", TAG, str(ROOT))
    built = time.perf_counter() - begun
    ours = ["--env", "INPUT_OPERATION=validate", TAG]
    bare = [base, "python3", "-c", "print(1)"]
    first: list[float] = []
    alone: list[float] = []
    for _ in range(ROUNDS):
        first.append(_until_first_line(docker, ours))
        alone.append(_until_first_line(docker, bare))
    sizes = {name: int(docker("image", "inspect", "--format", "{{.Size}}", name)) for name in (TAG, base)}
    stand_in = base.startswith("spotaction-stand-in")
    return Row(libraries, sizes[TAG], sizes[base], built, min(first), min(alone), stand_in=stand_in)


def _until_first_line(docker: Docker, arguments: Sequence[str]) -> float:
    environ: Mapping[str, str] = {**os.environ, **docker.environ()}
    begun = time.perf_counter()
    command = [docker.program, "run", "--rm", "--network", "none", *arguments]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # noqa: S603
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.stdout.read()
    if not line:
        raise RuntimeError(f"docker run {list(arguments)} printed nothing")
    return seconds
