"""The selftest workflow, each step as it stands, in a clean checkout: all of it but the container of the action."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runner_machine import JSON, Ended, Machine, check_out, job

JOB = job("selftest.yml", "selftest")
ROWS: list[JSON] = JOB["strategy"]["matrix"]["include"]
FASTER = 30  # the action's clock and the sandbox's alike, so that the one is to the other as in the workflow
#: What `entrypoint.py` and `post_entrypoint.py` do, on a clock that runs faster.
ACTION = f"""
import os, sys
from spotaction.main import main
from spotaction.post import main_post
from spotaction.sandbox.clock import RealClock
from spotaction.sandbox.action_transport import ActionClock
act = {{"main": main, "post": main_post}}[sys.argv[1]]
sys.exit(act(os.environ, sys.stdout, clock=ActionClock(RealClock({FASTER}))))
"""


def named(name: str) -> JSON:
    found: JSON = next(each for each in JOB["steps"] if each.get("name") == name)
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the workflow's own step makes in a checkout; once, whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "selftest"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            machine = Machine(check_out(folder / "workspace"), folder / "temp", {}, JOB["env"])
            ended = machine.run(named("Install the sandbox"))
            assert ended.code == 0, ended.log
            (folder / "done").touch()
    return folder / "workspace" / ".venv"


@pytest.fixture
def machine(installed: Path, tmp_path: Path) -> Iterator[Machine]:
    """A runner on which the job begins; what its first step would install is there."""
    workspace = check_out(tmp_path / "workspace")
    (workspace / ".venv").symlink_to(installed)
    machine = Machine(workspace, tmp_path / "temp", {}, JOB["env"])
    yield machine
    machine.end()


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_every_row_of_the_selftest_ends_as_its_last_step_wants(row: JSON, machine: Machine) -> None:
    machine.values |= {f"matrix.{name}": str(value) for name, value in row.items()}
    state: dict[str, str] = {}
    said = ""
    for step in JOB["steps"]:
        if step.get("uses", "").startswith(("actions/checkout@", "actions/setup-python@")):
            continue  # what they do is there already
        ended = deploy(step, machine) if step.get("uses") == "$/" else machine.run(step, **faster(step))
        said += f"\n## {step['name']}\n{ended.log}"
        assert ended.code == 0 or step.get("continue-on-error"), said
        state |= ended.state
    post = act("post", named("Deploy"), machine, {f"STATE_{name}": value for name, value in state.items()})
    assert (post.code, "has nothing to do" in post.log) == (0, True), post.log


@pytest.mark.slow
@pytest.mark.network
def test_a_sandbox_that_does_not_start_fails_its_step_and_says_why(machine: Machine) -> None:
    machine.values |= {"matrix.scenario": "basic", "matrix.fault": '{"action": "explode"}'}
    ended = machine.run(named("Start the sandbox"))
    assert ended.code == 1
    assert "explode" in ended.log.splitlines()[-1], ended.log


def test_no_step_before_the_sandbox_gets_its_certificate() -> None:
    """pip, and whatever else speaks TLS, would look for a file that is not there yet."""
    told = {step.get("name") for step in JOB["steps"] for name in step.get("env", {}) if name.endswith("CA_BUNDLE")}
    assert (told, JOB["env"]) == ({"Deploy"}, {})


def faster(step: JSON) -> dict[str, str]:
    return {"SPEED": str(FASTER * int(step["env"]["SPEED"]))} if "SPEED" in step.get("env", {}) else {}


def deploy(step: JSON, machine: Machine) -> Ended:
    return act("main", step, machine, {})


def act(entry: str, step: JSON, machine: Machine, state: dict[str, str]) -> Ended:
    """Run the action with the step's inputs, on the packages that the workflow installed."""
    inputs = {f"INPUT_{name.upper()}": value for name, value in machine.filled(step["with"]).items()}
    python = str(machine.workspace / ".venv/bin/python")
    variables = {**machine.filled(step["env"]), **inputs, **state}
    return machine.start(step, [python, "-c", ACTION, entry], variables)
