"""What the container imports, and when: signals are caught first, what is heavy comes only when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("boto3", "botocore", "jsonschema", "moto", "re2", "requests", "yaml")


def imported(by: str) -> list[str]:
    """Which heavy packages are there once a module is imported."""
    code = f"import sys, {by}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: list[str] = ast.literal_eval(done.stdout)
    return found


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("spotaction.entrypoints", []),
        ("spotaction.main", ["yaml"]),
        ("spotaction.post", ["yaml"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(module: str, heavy: list[str]) -> None:
    assert imported(module) == heavy


def test_a_validation_imports_neither_engine_nor_operations_nor_adapters() -> None:
    code = (
        "import os, sys; from spotaction.main import main; main(os.environ, sys.stdout);"
        "print('jsonschema' in sys.modules);"
        "print(*sorted(m for m in sys.modules if m.startswith('spotaction.')))"
    )
    environ = {
        "INPUT_OPERATION": "validate",
        "INPUT_SERVICE": "examples/deploy/service.yaml",
        "INPUT_INFRASTRUCTURE": "examples/deploy/infrastructure.yaml",
        "INPUT_ARTIFACT-VERSION": "web-1",
        "INPUT_APP-NAME": "web",
        "GITHUB_WORKSPACE": str(ROOT),
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert "Inputs and documents are valid" in done.stdout
    schema_library, names = done.stdout.splitlines()[-2:]
    assert schema_library == "False"  # it says what is wrong, and nothing is
    rooms = {name.split(".")[1] for name in names.split()}
    assert rooms == {"cloud", "documents", "github", "inputs", "main", "model", "pipeline", "reporting", "wiring"}
    assert "spotaction.cloud.spot" not in names


def test_a_deployment_by_plain_inputs_asks_spot_before_it_imports_its_steps_and_never_checks_or_pipelines() -> None:
    code = (
        "import os, sys; from spotaction.main import main; import requests\n"
        "class Sent(BaseException): pass\n"
        "def send(*_, **__): raise Sent\n"
        "requests.Session.send = send\n"
        "try: main(os.environ, sys.stdout)\n"
        "except Sent: print(*sorted(m for m in sys.modules if m.startswith('spotaction.')))"
    )
    environ = {
        "INPUT_STRATEGY": "basic",
        "INPUT_ELASTIGROUP-CONFIG": "examples/deploy/elastigroup.json",
        "INPUT_AMI-ID": "ami-0aaaaaaaaaaaaaaa2",
        "INPUT_APP-NAME": "web",
        "INPUT_SPOT-TOKEN": "token",
        "GITHUB_WORKSPACE": str(ROOT),
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    names = set(done.stdout.splitlines()[-1].split())
    assert "spotaction.operations.deploy" in names, done.stdout
    late = (
        "engine.steps",
        "engine.engine",
        "operations.strategies",
        "operations.preflight.facts",
        "cloud.aws",
        "checks",
    )
    never = ("pipeline.harness", "pipeline.builder", "pipeline.references", "github.summary", "drafts", "cli")
    assert [name for part in (*late, *never) for name in names if name.startswith(f"spotaction.{part}")] == []


@pytest.mark.parametrize("script", ["entrypoint.py", "post_entrypoint.py"])
def test_an_entry_point_is_run_by_python_itself_and_by_nothing_that_the_job_says(script: str) -> None:
    path = ROOT / script
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert (first, path.stat().st_mode & 0o111) == ("#!/usr/local/bin/python3 -EsuB", 0o111)


def test_the_post_entry_point_without_state_of_a_plan_has_nothing_to_do() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(ROOT / "post_entrypoint.py")],
        env={"INPUT_OPERATION": "plan"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "Operation plan changes nothing: the post step has nothing to do.\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
