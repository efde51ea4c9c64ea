"""Validating a document set of 8 KB: the whole process, now and before, and in one that has its imports behind it."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.inputs.read import read_runner
from spotaction.pipeline.prepare import prepare_execution
from tests.bench.processes import BEFORE, ROOT, ROUNDS, RUNTIME, Cost, check_out, in_turn, run
from tests.bench.startup import environ
from tests.support.inputs import read_inputs
from tests.support.large import lay_out_documents

SIZE = 6_000
_FLOOR = "import yaml, jsonschema"


@dataclass(frozen=True)
class Row:
    """The least cost of the whole process, of that before, and of two comparisons; seconds in process; bytes."""

    process: Cost
    again: Cost
    before: Cost
    floor: Cost
    inside: float
    size: int


def measure() -> Row:
    """The examples, with a group config of many tags that brings them to 8 KB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out_documents(folder, SIZE)
        given = dict(environ("https://api.spotinst.io", operation="validate", **{"ami-id": ""}))
        given["GITHUB_WORKSPACE"] = name
        inputs, runner = read_inputs(given), read_runner(given)
        prepare_execution(inputs, runner)  # imports what is needed for it
        inside = []
        for _ in range(3 * ROUNDS):
            begun = time.process_time()
            prepare_execution(inputs, runner)
            inside.append(time.process_time() - begun)
        old = check_out(BEFORE, folder / "before")
        costs = in_turn(
            {
                "now": partial(_validate, ROOT, given),
                "again": partial(_validate, ROOT, given),
                "before": partial(_validate, old, given),
                "floor": lambda: run([str(RUNTIME), "-c", _FLOOR], given),
            }
        )
        size = sum(path.stat().st_size for path in (folder / "examples" / "deploy").iterdir())
        return Row(costs["now"], costs["again"], costs["before"], costs["floor"], min(inside), size)


def _validate(root: Path, given: Mapping[str, str]) -> Cost:
    return run([str(RUNTIME), "entrypoint.py"], given, folder=root)
