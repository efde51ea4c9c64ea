"""From a failure that the clouds know of to the first call that puts production back."""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.makespan import LATENCY
from tests.support.action import stand

MOMENTS = tuple(200 + 7.3 * number for number in range(24))  # seconds after the start, in the middle of the bake


@dataclass(frozen=True)
class Row:
    """Mean and longest seconds from the alarm to the first write of the rollback; answers take `LATENCY`."""

    case: str
    mean: float
    longest: float


def measure() -> Row:
    """An alarm that fires while a shift bakes, at many moments."""
    found = [_seconds(moment) for moment in MOMENTS]
    return Row("an alarm during a shift", statistics.mean(found), max(found))


def _seconds(moment: float) -> float:
    alarm = {"name": "errors", "state": "OK", "changes": [{"at": moment, "state": "ALARM", "reason": "5xx"}]}
    with (
        tempfile.TemporaryDirectory() as folder,
        stand("shift", Path(folder), {"alarms": [alarm], "latency": LATENCY}, short_bakes=False) as place,
    ):
        calls = place.run(alarms="errors", traffic_weights="10 for 10m, 100").calls
    back = next(call for call in calls if call["time"] > moment and call["mutation"])
    return float(back["time"]) - moment
