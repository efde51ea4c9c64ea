"""How many API calls deployments make, and which of them change something."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.processes import BEFORE, check_out
from tests.support.action import Stand, stand

_STRATEGIES = ("basic", "canary", "blue-green", "shift")


_AS_JSON = """
import dataclasses, json
from tests.bench import calls
print(json.dumps([dataclasses.asdict(row) for row in calls.measure()]))
"""


@dataclass(frozen=True)
class Row:
    """Calls of one case, and the mutations among them."""

    case: str
    calls: int
    mutations: int


def measure_before() -> list[Row]:
    """The same cases with the action and the sandbox of the commit `BEFORE`; needs the repository with its history."""
    with tempfile.TemporaryDirectory() as folder:
        old = check_out(BEFORE, Path(folder) / "before")
        command = [sys.executable, "-c", _AS_JSON]
        done = subprocess.run(command, cwd=old, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def measure() -> list[Row]:
    """Each strategy forward, the same again (unchanged), and a rollback while the old group still serves."""
    rows = []
    for strategy in _STRATEGIES:
        with tempfile.TemporaryDirectory() as folder, stand(strategy, Path(folder), short_bakes=False) as place:
            rows += [_run(place, f"{strategy}, deployed"), _run(place, f"{strategy}, run again")]
    return [*rows, _put_back()]


def _run(place: Stand, case: str) -> Row:
    result = place.run()
    if result.code:
        raise RuntimeError(f"{case} ended with {result.code}:\n{result.log}")
    return Row(case, len(result.calls), len(result.mutations))


def _put_back() -> Row:
    """After the call that saw the alarm, up to the one whose answer says that production is on the old group."""
    alarm: Mapping[str, Any] = {
        "alarms": [{"name": "errors", "state": "OK", "changes": [{"at": 300, "state": "ALARM", "reason": "5xx"}]}]
    }
    with tempfile.TemporaryDirectory() as folder, stand("shift", Path(folder), alarm, short_bakes=False) as place:
        calls = place.run(alarms="errors", traffic_weights="10 for 10m, 100").calls
    seen = max(number for number, call in enumerate(calls) if call["call"] == "DescribeAlarms")
    written = next(n for n, call in enumerate(calls) if n > seen and call["call"] in {"ModifyRule", "ModifyListener"})
    return Row("shift, from the alarm seen to production written and read back", written - seen, 1)
