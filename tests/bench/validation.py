"""Validating a document set of 8 KB: the whole process, and in a process that has its imports behind it."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.inputs.read import read_runner
from spotaction.pipeline.prepare import prepare_execution
from tests.bench.startup import ROOT, environ
from tests.support.inputs import read_inputs

ROUNDS = 11


@dataclass(frozen=True)
class Row:
    """Median seconds of the whole process and in process, and the size of the documents in bytes."""

    process: float
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
        inside = _median(lambda: prepare_execution(inputs, runner))
        command = [sys.executable, "entrypoint.py"]
        run = partial(subprocess.run, command, cwd=ROOT, env=given, check=True, capture_output=True)
        return Row(_median(run), inside, size)


def _lay_out(folder: Path) -> int:
    shutil.copytree(ROOT / "examples" / "deploy", folder / "examples" / "deploy")
    config = folder / "examples" / "deploy" / "elastigroup.json"
    group = json.loads(config.read_text(encoding="utf-8"))
    tags = [{"tagKey": f"team-{n}", "tagValue": f"value number {n}"} for n in range(60)]
    group["group"]["compute"]["launchSpecification"]["tags"] = tags
    config.write_text(json.dumps(group, indent=1), encoding="utf-8")
    used = ("service.yaml", "infrastructure.yaml", "elastigroup.json", "startup.sh")
    return sum((config.parent / name).stat().st_size for name in used)


def _median(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)
