"""The selftest workflow with the image itself, at the workflow's own speed: TLS, mounts and outputs as on GitHub."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.container.container_runner import ContainerRunner, Ended
from tests.container.docker_daemon import Docker
from tests.support.runner_machine import JSON, ROOT, Machine, check_out, job

pytestmark = pytest.mark.docker

JOB = job("selftest.yml", "selftest")
ROWS: list[JSON] = JOB["strategy"]["matrix"]["include"]
INSIDE = "/github/workspace"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A runner whose first step is done: tests/repo/test_selftest.py runs that one, too."""
    workspace = check_out(tmp_path / "workspace")
    (workspace / ".venv").symlink_to(ROOT / ".venv")
    machine = Machine(workspace, tmp_path / "temp", {}, JOB["env"])
    yield machine
    machine.end()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_every_row_ends_as_its_last_step_wants(row: JSON, machine: Machine, docker: Docker, image: str) -> None:
    machine.values |= {f"matrix.{name}": str(value) for name, value in row.items()}
    start, deploy, look = (named(name) for name in ("Start the sandbox", "Deploy", "Look at the outputs"))
    started = machine.run(start)
    assert started.code == 0, started.log
    runner = ContainerRunner(docker, image, machine.temp / "container", machine.workspace)
    ended = runner.run(environ(deploy, machine, {}), timeout=400)
    noted(ended, machine)
    looked = machine.run(look)
    assert looked.code == 0, ended.log + looked.log
    post = runner.run(environ(deploy, machine, ended.as_state), entrypoint="/app/post_entrypoint.py", timeout=60)
    assert (post.code, "has nothing to do" in post.log) == (0, True), post.log


def named(name: str) -> JSON:
    found: JSON = next(each for each in JOB["steps"] if each.get("name") == name)
    return found


def environ(step: JSON, machine: Machine, state: Mapping[str, str]) -> dict[str, str]:
    """The step's variables; those that begin with the runner's own folder are rewritten, as the runner does."""
    inputs = {f"INPUT_{name.upper()}": value for name, value in machine.filled(step["with"]).items()}
    whole = {**machine.filled(step["env"]), **inputs, **state}
    outside = str(machine.workspace)
    return {
        name: INSIDE + value.removeprefix(outside) if value.startswith(outside) else value
        for name, value in whole.items()
    }


def noted(ended: Ended, machine: Machine) -> None:
    machine.values |= {f"steps.deploy.outputs.{name}": value for name, value in ended.outputs.items()}
    machine.values["steps.deploy.outcome"] = "failure" if ended.code else "success"
