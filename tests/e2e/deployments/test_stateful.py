"""A stateful group is not replaced by another one: what its instances keep would stay behind."""

from pathlib import Path

import pytest
import yaml

from spotaction.sandbox.demo import SCENARIOS
from tests.support.action import JSON, QUICK, ROOT, stand

STRATEGIES = ("basic", "canary", "blue-green", "shift")


def with_persistence(strategy: str, persistence: object) -> JSON:
    scenario = yaml.safe_load((ROOT / "examples/sandbox" / f"{SCENARIOS[strategy]}.yaml").read_text(encoding="utf-8"))
    groups = [{**group, "config": {"strategy": {"persistence": persistence}}} for group in scenario["elastigroups"]]
    return {**QUICK, "elastigroups": groups}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_a_running_group_that_is_stateful_is_refused_before_anything_is_written(
    tmp_path: Path, strategy: str, operation: str
) -> None:
    with stand(strategy, tmp_path, with_persistence(strategy, {"shouldPersistPrivateIp": True})) as box:
        name = "web_prod__7" if strategy in {"basic", "canary"} else "web_prod"
        result = box.run(operation=operation)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        group = box.groups()[name]["id"]
        assert (
            f"{name} ({group}) is stateful (it keeps private address) and cannot be replaced by another" in result.log
        )
        assert "recycle its stateful instances one by one" in result.log


@pytest.mark.parametrize(
    "persistence", [{}, {"shouldPersistRootDevice": False}, {"shouldPersistRootDevice": [1]}, [], None]
)
def test_persistence_that_is_off_is_no_hindrance(tmp_path: Path, persistence: object) -> None:
    with stand("basic", tmp_path, with_persistence("basic", persistence)) as box:
        assert box.run(operation="plan").outputs["status"] == "planned"
