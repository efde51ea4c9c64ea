"""Validating a document set of 8 KB: the whole process, now and before, and in one that has its imports behind it."""

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.inputs.read import read_runner
from spotaction.pipeline.prepare import prepare_execution
from tests.bench.startup import ROOT, RUNTIME, environ
from tests.support.inputs import read_inputs

ROUNDS = 11
BEFORE = "b617cf8819d81db80d2a861ad5fe2cbad330cdfc"
"""The commit before operations imported only what they run."""


@dataclass(frozen=True)
class Row:
    """Median seconds of the whole process, of that before, and in process, and the size of the documents in bytes."""

    process: float
    before: float
    inside: float
    size: int


def measure() -> Row:
    """The examples, with a group config of many tags that brings them to 8 KB."""
    with tempfile.TemporaryDirectory() as folder:
        size = _lay_out(Path(folder))
        given = dict(environ("https://api.spotinst.io", operation="validate", **{"ami-id": ""}))
        given["GITHUB_WORKSPACE"] = folder
        inputs, runner = read_inputs(given), read_runner(given)
        prepare_execution(inputs, runner)  # the first one imports jsonschema
        inside = statistics.median(_seconds(lambda: prepare_execution(inputs, runner)) for _ in range(ROUNDS))
        now, before = _time_in_turn([ROOT, _check_out(BEFORE, Path(folder) / "before")], given)
        return Row(now, before, inside, size)


def _time_in_turn(roots: Sequence[Path], given: Mapping[str, str]) -> list[float]:
    """Median seconds of a validation with the action of each folder, in turn, so that noise hits them alike."""
    command = [str(RUNTIME), "entrypoint.py"]
    runs = [partial(subprocess.run, command, cwd=root, env=given, check=True, capture_output=True) for root in roots]
    for run in runs:
        run()  # compiles
    found = [[_seconds(run) for run in runs] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*found, strict=True)]


def _check_out(commit: str, folder: Path) -> Path:
    """The files of a commit; needs the repository with its history."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)  # noqa: S607
    return folder


def _lay_out(folder: Path) -> int:
    shutil.copytree(ROOT / "examples" / "deploy", folder / "examples" / "deploy")
    config = folder / "examples" / "deploy" / "elastigroup.json"
    group = json.loads(config.read_text(encoding="utf-8"))
    tags = [{"tagKey": f"team-{n}", "tagValue": f"value number {n}"} for n in range(60)]
    group["group"]["compute"]["launchSpecification"]["tags"] = tags
    config.write_text(json.dumps(group, indent=1), encoding="utf-8")
    used = ("service.yaml", "infrastructure.yaml", "elastigroup.json", "startup.sh")
    return sum((config.parent / name).stat().st_size for name in used)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
