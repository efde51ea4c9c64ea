"""How many API calls deployments make, and which of them change something."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.action import Stand, stand

_STRATEGIES = ("basic", "canary", "blue-green", "shift")


@dataclass(frozen=True)
class Row:
    """Calls of one case, and the mutations among them."""

    case: str
    calls: int
    mutations: int


def measure() -> list[Row]:
    """Each strategy forward, the same again (unchanged), and a rollback while the old group still serves."""
    rows = []
    for strategy in _STRATEGIES:
        with tempfile.TemporaryDirectory() as folder, stand(strategy, Path(folder)) as place:
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
    with tempfile.TemporaryDirectory() as folder, stand("shift", Path(folder), alarm) as place:
        calls = place.run(alarms="errors", traffic_weights="10 for 10m, 100").calls
    seen = max(number for number, call in enumerate(calls) if call["call"] == "DescribeAlarms")
    written = next(n for n, call in enumerate(calls) if n > seen and call["call"] in {"ModifyRule", "ModifyListener"})
    return Row("shift, from the alarm seen to production written and read back", written - seen, 1)
