"""While old instances leave, what replaces them is watched, and so are production's rules."""

from pathlib import Path
from typing import Any

import pytest
from harness import JSON, QUICK, Result, Stand, stand

NEW_IMAGE = "ami-0aaaaaaaaaaaaaaa2"
RUNS: list[tuple[str, dict[str, str]]] = [
    ("basic", {}),
    ("canary", {"canary": "34%"}),
    ("blue-green", {}),
    ("shift", {}),
]
KEEPS_NOTHING = "all that serves fails at once"


def puts(result: Result) -> list[JSON]:
    return [call for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]


def emptied(result: Result) -> JSON:
    """The call that told the old group to go."""
    return next(call for call in puts(result) if call["body"]["capacity"]["target"] == 0)


def when_emptied(tmp_path: Path, strategy: str, inputs: dict[str, str]) -> float:
    """Seconds from the start of the sandbox to that call, where nothing goes wrong."""
    with stand(strategy, tmp_path, QUICK) as box:
        result = box.run(inputs)
        assert result.code == 0, result.log
        return float(emptied(result)["time"])


def serving(box: Stand) -> int:
    return int(box.production["healthy-now"])


def after(box: Stand, seconds: float) -> None:
    box.clock.sleep(seconds)


@pytest.mark.parametrize("later", [1, 10, 30])
@pytest.mark.parametrize(("strategy", "inputs"), RUNS, ids=[name for name, _ in RUNS])
def test_new_instances_that_fail_while_the_old_ones_leave_bring_the_old_group_back(
    tmp_path: Path, strategy: str, inputs: dict[str, str], later: int
) -> None:
    at = when_emptied(tmp_path, strategy, inputs)
    with stand(strategy, tmp_path, QUICK, lowest=0, because=KEEPS_NOTHING) as box:
        before = box.outcome()
        failing: Any = {"at": at + later, "action": "unhealthy", "group": "*", "side": "target"}
        name = "web_prod__8" if strategy in {"basic", "canary"} else "web_prod"
        box.sandbox.add_fault({**failing, "group": name})
        result = box.run(inputs)

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.outcome() == before
        assert serving(box) == 3
        back = next(call for call in puts(result) if call["time"] > emptied(result)["time"])
        assert back["body"]["capacity"] == {"minimum": 2, "target": 3, "maximum": 6}
        assert back["path"] == emptied(result)["path"]
        assert back["time"] - emptied(result)["time"] <= later + 20
