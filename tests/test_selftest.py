"""The selftest workflow without GitHub: its own scripts and inputs, the action without its container."""

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import ROOT
from runner_files import outputs_in

from spotaction.main import main
from spotaction.sandbox import RealClock
from spotaction.sandbox.in_memory import ActionClock

JSON = dict[str, Any]
JOB: JSON = yaml.safe_load((ROOT / ".github" / "workflows" / "selftest.yml").read_text(encoding="utf-8"))["jobs"][
    "selftest"
]
ROWS: list[JSON] = JOB["strategy"]["matrix"]["include"]
FASTER = 30  # the action's clock and the sandbox's alike, so that the one is to the other as in the workflow


def step(name: str) -> JSON:
    found: JSON = next(each for each in JOB["steps"] if each.get("name") == name)
    return found


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine but what programs need to start."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "REQUESTS_CA_BUNDLE": str(folder / "build/selftest/ca.pem"),
        "AWS_CA_BUNDLE": str(folder / "build/selftest/ca.pem"),
        **more,
    }


def filled(value: str, row: JSON, outputs: Mapping[str, str]) -> str:
    """The expressions that the workflow's steps hold, as GitHub fills them in."""
    name = value.removeprefix("${{ ").removesuffix(" }}")
    if name.startswith("matrix."):
        return str(row.get(name.removeprefix("matrix."), ""))
    return outputs.get(name, value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_every_row_of_the_selftest_ends_as_its_last_step_wants(
    row: JSON, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    started = start(row, tmp_path)
    try:
        code, log = deploy(row, started, tmp_path, monkeypatch)
        looked = look(row, code, tmp_path)
    finally:
        os.killpg(int(started["group"]), signal.SIGTERM)
    assert (looked.returncode, looked.stderr) == (0, ""), log


def start(row: JSON, folder: Path) -> dict[str, str]:
    """Run the workflow's own script; the answer holds its outputs, and the process group to end."""
    (folder / "output").write_text("", encoding="utf-8")
    script = step("Start the sandbox")["run"].replace("--speed 60 ", f"--speed {60 * FASTER} ")
    given = {name: filled(value, row, {}) for name, value in step("Start the sandbox")["env"].items()}
    whole = environment(folder, SANDBOX_HOST="127.0.0.1", GITHUB_OUTPUT=str(folder / "output"), **given)
    command = ["bash", "-eo", "pipefail", "-c", script]
    with subprocess.Popen(command, cwd=folder, env=whole, start_new_session=True) as process:  # noqa: S603 - our own script
        assert process.wait(timeout=90) == 0
    found = outputs_in((folder / "output").read_text(encoding="utf-8"))
    return {"group": str(process.pid), **{f"steps.sandbox.outputs.{name}": value for name, value in found.items()}}


def deploy(row: JSON, started: Mapping[str, str], folder: Path, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run the action with the workflow's inputs; the answer is its exit code and its log."""
    inputs = {name: filled(str(value), row, started) for name, value in step("Deploy")["with"].items()}
    keys = {name: filled(value, row, started) for name, value in step("Deploy")["env"].items()}
    for name, value in environment(folder, AWS_EC2_METADATA_DISABLED="true", AWS_MAX_ATTEMPTS="1", **keys).items():
        patch.setenv(name, value)  # requests and boto3 read the process's own
    given = {
        **keys,
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_OUTPUT": str(folder / "github-output"),
    }
    log = io.StringIO()
    return main(given, log, clock=ActionClock(RealClock(FASTER))), log.getvalue()


def look(row: JSON, code: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the workflow's own assertions on what the action put out."""
    found = outputs_in((folder / "github-output").read_text(encoding="utf-8"))
    outputs = {f"steps.deploy.outputs.{name}": value for name, value in found.items()}
    outputs["steps.deploy.outcome"] = "failure" if code else "success"
    bad = bool(row.get("fault"))
    wanted = {"WANTED_OUTCOME": "failure" if bad else "success", "WANTED_STATUS": "rolled-back" if bad else "deployed"}
    given = {name: filled(value, row, outputs) for name, value in step("Look at the outputs")["env"].items()} | wanted
    command = ["bash", "-eo", "pipefail", "-c", step("Look at the outputs")["run"]]
    return subprocess.run(  # noqa: S603 - our own script
        command, cwd=folder, env=environment(folder, **given), capture_output=True, text=True, check=False
    )
