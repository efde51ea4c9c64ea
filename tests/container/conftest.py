"""What the tests of the image share: a daemon, the built image, a runner; `make image-test` runs them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.container.container_runner import ContainerRunner
from tests.container.docker_daemon import Docker, NoDockerError, daemon
from tests.container.measurements import MEASURED, Measured
from tests.container.stand_in_image import base_image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "container"
IMAGE = "spotaction-under-test"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the image's tests to `pytest -m docker`: they need root, a network and minutes."""
    if "docker" in config.option.markexpr:
        return
    ours = [item for item in items if item.get_closest_marker("docker")]
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(MEASURED, [])
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Measured:
    return Measured(pytestconfig)


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with daemon(FOLDER) as found:
            yield found
    except NoDockerError as reason:
        _leave_out(reason)


@pytest.fixture(scope="session")
def base(docker: Docker) -> str:
    try:
        return base_image(docker, FOLDER)
    except NoDockerError as reason:
        _leave_out(reason)


def _leave_out(reason: NoDockerError) -> NoReturn:
    """Skip where there is no Docker; GitHub's runners have it, and a test that is skipped there would not be missed."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        pytest.fail(str(reason))
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def image(docker: Docker, base: str) -> str:
    docker("build", "--network", "host", "--build-arg", f"BASE_IMAGE={base}", "-t", IMAGE, str(ROOT))
    return IMAGE


@pytest.fixture
def runner(docker: Docker, image: str, tmp_path: Path) -> Iterator[ContainerRunner]:
    runner = ContainerRunner(docker, image, tmp_path / "temp", ROOT)
    yield runner
    runner.clear()
