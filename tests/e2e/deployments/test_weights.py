"""Groups whose capacity is counted in weight: 12 units are 3 instances of 4, and those are enough for production."""

import json
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import QUICK, ROOT, Result, Stand, stand

UNITS = {"minimum": 4, "target": 12, "maximum": 24, "unit": "weight"}
TYPES = [{"instanceType": kind, "weightedCapacity": 4} for kind in ("m5.large", "m5a.large", "m6i.large")]
INPUTS: Mapping[str, Mapping[str, str]] = {
    "basic": {},
    "canary": {"canary": "34%"},
    "blue-green": {"downsize-old": "after 2m"},
    "shift": {"traffic-weights": "10 for 1m, 50 for 1m, 100", "downsize-old": "after 30s"},
}
NEW_NAME = {"basic": "web_prod__8", "canary": "web_prod__8", "blue-green": "web_prod", "shift": "web_prod"}
ALARM = {"at": 150, "state": "ALARM", "reason": "5xx above 2 percent"}


@contextmanager
def weighted(
    strategy: str, folder: Path, changes: Mapping[str, Any] = {}, *, which: Container[str] = ("config", "running")
) -> Iterator[Stand]:
    """A stand whose config and running group count in weight, or one of them."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    file = folder / "examples" / "deploy" / "elastigroup.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    if "config" in which:
        _weigh(config["group"])
    file.write_text(json.dumps(config), encoding="utf-8")
    with stand(strategy, folder, {**QUICK, **changes}) as box:
        for group in box.sandbox._world.groups.values() if "running" in which else ():
            if group.document["capacity"]["target"]:
                _weigh(group.document)
        yield box


def run(
    box: Stand, strategy: str, *, alarms: str = "", operation: str = "deploy", instances: str = "same-as-running"
) -> Result:
    more = {**INPUTS[strategy], "alarms": alarms, "operation": operation, "instances": instances}
    return box.run(more, environ={"GITHUB_WORKSPACE": str(box.folder)})


def _weigh(group: dict[str, Any]) -> None:
    group["capacity"] = dict(UNITS)
    group["compute"]["instanceTypes"]["weights"] = TYPES


@pytest.mark.sampled(2)
@pytest.mark.parametrize("strategy", INPUTS)
def test_a_deployment_of_groups_in_weight_units_comes_to_its_end(tmp_path: Path, strategy: str) -> None:
    with weighted(strategy, tmp_path) as box:
        result = run(box, strategy)

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities()[NEW_NAME[strategy]] == "4/12/24"


@pytest.mark.parametrize("which", ["config", "running"])
@pytest.mark.parametrize("strategy", INPUTS)
def test_a_capacity_is_not_taken_over_in_another_unit(tmp_path: Path, strategy: str, which: str) -> None:
    """3 instances read as 3 units of weight are one instance."""
    with weighted(strategy, tmp_path, which=(which,)) as box:
        result = run(box, strategy)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        ours, theirs = ("weight", "instance") if which == "config" else ("instance", "weight")
        assert f"has capacity unit {theirs}, but the Elastigroup config has {ours}" in result.log
        assert f"set instances in the unit {ours}" in result.log


@pytest.mark.parametrize("strategy", ["basic", "blue-green", "shift"])
def test_the_unit_may_change_with_a_capacity_that_is_given(tmp_path: Path, strategy: str) -> None:
    with weighted(strategy, tmp_path, which=("config",)) as box:
        result = run(box, strategy, instances="min=4,max=24,desired=12")

        assert result.outputs["status"] == "deployed", result.log
        assert box.production["healthy-now"] == 3


def test_a_phase_does_not_replace_a_part_that_is_counted_in_another_unit(tmp_path: Path) -> None:
    with weighted("canary", tmp_path, which=("config",)) as box:
        result = run(box, "canary", instances="min=4,max=24,desired=12")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "the share of the old group that phase" in result.log


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_one_that_fails_once_production_has_moved_goes_back(tmp_path: Path, strategy: str) -> None:
    with weighted(strategy, tmp_path, {"alarms": [{"name": "web-5xx", "changes": [ALARM]}]}) as box:
        before = box.picture()
        result = run(box, strategy, alarms="web-5xx")

        assert result.outputs["status"] == "rolled-back", result.log
        assert [call["call"] for call in result.mutations].count("ModifyRule") >= 2
        assert box.picture() == before


def test_only_before_a_refusal_is_spot_asked_what_targets_weigh(tmp_path: Path) -> None:
    """Once for the old group when production goes back; the new one was looked at already."""
    with weighted("shift", tmp_path, {"alarms": [{"name": "web-5xx", "changes": [ALARM]}]}) as box:
        old = box.groups()["web_prod"]["id"]
        result = run(box, "shift", alarms="web-5xx")

        back = max(number for number, call in enumerate(result.calls) if call["call"] == "ModifyRule")
        asked = [call["call"] for call in result.calls[:back] if str(call["path"]).startswith(f"/aws/ec2/group/{old}")]
        assert [call for call in asked if not call.endswith("/roll")] == [
            "GET /aws/ec2/group/{id}",
            "GET /aws/ec2/group/{id}/status",
        ]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("strategy", INPUTS)
def test_the_plan_is_what_is_done(tmp_path: Path, strategy: str) -> None:
    with weighted(strategy, tmp_path) as box:
        acts = json.loads(run(box, strategy, operation="plan").outputs["plan"])["acts"]
        done = run(box, strategy)

        assert [act["call"] for act in acts if "call" in act] == [call["call"] for call in done.mutations]


def test_a_phase_that_replaces_less_than_an_instance_does_not_wait_for_one_to_go(tmp_path: Path) -> None:
    """25 % of 12 units are 3: Spot launches an instance of 4, and keeps all 3 old ones to have at least 9."""
    with weighted("canary", tmp_path) as box:
        result = box.run(canary="25%, 50%, 75%", environ={"GITHUB_WORKSPACE": str(box.folder)})

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities()["web_prod__8"] == "4/12/24"
