"""The wheel in a clean environment, and the composite action that installs the same, on real sockets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cancelled_process import cloud
from tests.support.project import VERSION, load_script
from tests.support.runner_machine import JSON, Machine, check_out

ROOT = Path(__file__).parents[3]
#: The first deployment of an app: no other group has to be waited for, so that it takes seconds.
FIRST: Mapping[str, str] = {
    "strategy": "basic",
    "app-name": "first",
    "service": "examples/deploy/service.yaml",
    "elastigroup-config": "examples/deploy/elastigroup.json",
    "artifact-version": "web-2026.11.23",
    "environment": "prod",
    "instances": "min=1,max=1,desired=1",
}
EMPTY: Mapping[str, Any] = {"elastigroups": [], "production": []}
#: Which schemas are compiled, and whether their code accepts every example.
COMPILED = """
import json
from spotaction.documents.schemas import SCHEMAS, accepts, load_schema
names = sorted(path.stem for path in (SCHEMAS / 'compiled').glob('*.py'))
print(json.dumps({name: all(accepts(one, name) for one in load_schema(name).get('examples', ())) for name in names}))
"""
COMPOSITE: JSON = yaml.safe_load((ROOT / "cli" / "action.yml").read_text(encoding="utf-8"))["runs"]


def variables(box: Any) -> dict[str, str]:  # noqa: ANN401 - a sandbox, or what serves one
    return {
        "SPOTINST_TOKEN": box.token,
        "SPOTINST_ACCOUNT": box.account_id,
        "SPOTACTION_SPOT_API_URL": box.spot_url,
        **box.environment(),
    }


def call(command: Sequence[str], environ: Mapping[str, str], folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    whole = {"PATH": os.environ["PATH"], "HOME": str(folder), **environ}
    return subprocess.run(command, cwd=folder, env=whole, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its locked dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    source, venv = check_out(folder / "source"), folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)  # noqa: S603 - our own words
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    for arguments in (
        ["wheel", "--no-deps", "-w", str(folder), str(source)],
        ["install", "--require-hashes", "-r", str(source / "requirements" / "runtime.txt")],
        ["install", "--no-deps", str(folder / f"spotaction-{VERSION}-py3-none-any.whl")],
    ):
        done = subprocess.run([*pip, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - same
        assert done.returncode == 0, done.stderr
    return venv / "bin"


@pytest.mark.wheel
def test_the_wheel_has_the_command_with_help_and_version(installed: Path, tmp_path: Path) -> None:
    program = str(installed / "spotaction")
    told = call([program, "--help"], {}, tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("usage: spotaction ")
    version = call([program, "--version"], {}, tmp_path)
    assert (version.returncode, version.stdout) == (0, f"spotaction {VERSION}\n")


@pytest.mark.wheel
def test_the_wheel_validates_documents_in_another_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "group.json").write_text('{"group": {"name": 7}}', encoding="utf-8")
    told = call([str(installed / "spotaction"), "validate", "group.json"], {}, tmp_path)
    assert (told.returncode, "group.json:1:20: group.name: " in told.stdout) == (2, True), told.stdout + told.stderr


@pytest.mark.wheel
def test_the_wheel_decides_by_compiled_schemas_and_says_of_their_examples_that_they_are_valid(
    installed: Path, tmp_path: Path
) -> None:
    told = call([str(installed / "python"), "-I", "-c", COMPILED], {}, tmp_path)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == dict.fromkeys(load_script("compile_schemas").SCHEMAS, True)


@pytest.mark.wheel
def test_the_wheel_deploys(installed: Path, tmp_path: Path) -> None:
    flags = [part for name, value in FIRST.items() for part in (f"--{name}", value)]
    with cloud("basic", tmp_path, EMPTY) as box:
        told = call([str(installed / "spotaction"), "deploy", "--json", *flags], variables(box.sandbox))
        assert told.returncode == 0, told.stderr
        assert (json.loads(told.stdout)["status"], box.groups["first__1"]) == ("deployed", "1/1/1")
    assert "\x1b" not in told.stderr


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Machine]:
    """A runner without Docker, on which the action is checked out beside the workspace."""
    action = check_out(tmp_path / "action")
    values = {"github.action_path": str(action / "cli"), "inputs.operation": "deploy"}
    machine = Machine(check_out(tmp_path / "workspace"), tmp_path / "temp", values, {"GITHUB_ACTION": "deploy"})
    (machine.temp / "programs" / "docker").unlink()
    yield machine
    machine.end()


@pytest.mark.wheel
def test_the_composite_action_installs_itself_and_deploys_whatever_the_workspace_has(
    runner: Machine, tmp_path: Path
) -> None:
    install, run, finish = COMPOSITE["steps"]
    for name in ("yaml.py", "spotaction.py"):
        (runner.workspace / name).write_text("raise SystemExit('the workspace was imported')\n", encoding="utf-8")
    for again in (False, True):
        ended = runner.run(install)
        assert ended.code == 0, f"{again}: {ended.log}"
    with cloud("basic", tmp_path, EMPTY) as box:
        runner.values |= {f"inputs.{name}": value for name, value in FIRST.items()}
        runner.values |= {
            "inputs.spot-token": box.sandbox.token,
            "inputs.spot-account-id": box.sandbox.account_id,
            "inputs.spot-api-url": box.sandbox.spot_url,
        }
        runner.env = {**runner.env, **box.sandbox.environment()}
        ended = runner.run(run)
        assert (ended.code, ended.outputs["status"]) == (0, "deployed"), ended.log
        assert "::group::setup" in ended.log
        after = runner.run(finish)
    assert (after.code, after.log) == (0, "The deployment ended as deployed: the post step has nothing to do.\n")


def test_each_step_of_the_composite_action_that_runs_it_gets_every_input() -> None:
    install, *steps = COMPOSITE["steps"]
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    wanted = {
        f"SPOTACTION_{n.upper().replace('-', '_')}": f"${{{{ inputs.{n} }}}}" for n in declared if n != "operation"
    }
    assert install["env"] == {"ACTION": "${{ github.action_path }}"}
    assert [{name: value for name, value in step["env"].items() if name != "OPERATION"} for step in steps] == [
        wanted
    ] * 2


def test_the_composite_action_has_the_inputs_and_outputs_of_the_action() -> None:
    ours = yaml.safe_load((ROOT / "cli" / "action.yml").read_text(encoding="utf-8"))
    theirs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert ours["inputs"] == theirs["inputs"]
    assert ours["outputs"] == {
        name: {
            "description": " ".join(entry["description"].split()),
            "value": f"${{{{ steps.run.outputs.{name} }}}}",
        }
        for name, entry in theirs["outputs"].items()
    }
