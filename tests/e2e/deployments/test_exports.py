"""A config that was exported from Spot, with the nulls of what is not set, is planned and deployed as it is."""

import json
from pathlib import Path

import pytest

from tests.support.action import JSON, QUICK, ROOT, Result, Stand, stand

LAUNCH = ("metadataOptions", "shutdownScript", "userData", "loadBalancerNames", "blockDeviceMappings")
TYPES = ("resourceRequirements", "preferredSpot", "onDemandTypes", "weights")


def export() -> JSON:
    """The example's group as Spot would show it: with what it has not got as nulls."""
    group: JSON = json.loads((ROOT / "examples" / "deploy" / "elastigroup.json").read_text("utf-8"))["group"]
    compute = group["compute"]
    compute |= {"elasticIps": None, "preferredAvailabilityZones": None}
    compute["launchSpecification"] |= dict.fromkeys(LAUNCH)
    compute["instanceTypes"] |= dict.fromkeys(TYPES)
    group["strategy"] |= {"onDemandCount": None, "persistence": None}
    group["scaling"] |= {"down": None}
    about = {"id": "sig-0aaaaaa1", "createdAt": "2026-11-01T10:00:00.000Z", "updatedAt": None}
    return {**group, **about, "scheduling": {"tasks": None}, "multai": None}


def run(box: Stand, operation: str) -> Result:
    file = box.folder / "exported.json"
    file.write_text(json.dumps({"group": export()}, indent=2), "utf-8")
    environ = {"RUNNER_TEMP": str(box.folder)}
    return box.run({"elastigroup-config": str(file), "operation": operation}, environ=environ)


@pytest.mark.parametrize("strategy", ["basic", "blue-green"])
def test_an_export_with_nulls_is_planned_and_deployed_and_what_is_left_out_is_said(
    tmp_path: Path, strategy: str
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        planned, deployed = run(box, "plan"), run(box, "deploy")

        assert (planned.code, planned.outputs["status"]) == (0, "planned"), planned.log
        assert (deployed.code, deployed.outputs["status"]) == (0, "deployed"), deployed.log
        for log in (planned.log, deployed.log):
            (note,) = [line for line in log.splitlines() if "treated as unset" in line]
            assert "group.strategy.onDemandCount, group.strategy.persistence, group.compute.instanceTypes." in note
            assert note.endswith(" and 6 more.")


def test_quoted_values_and_retired_keys_are_deployed_with_a_note_and_a_warning(tmp_path: Path) -> None:
    group = export()
    group["capacity"] = {key: str(value) for key, value in group["capacity"].items()}
    group["thirdPartiesIntegration"] = {"mlbRuntime": {"deploymentId": "dp-1"}}
    with stand("basic", tmp_path, QUICK) as box:
        file = box.folder / "exported.json"
        file.write_text(json.dumps({"group": group}, indent=2), "utf-8")
        done = box.run({"elastigroup-config": str(file)}, environ={"RUNNER_TEMP": str(box.folder)})
        assert (done.code, done.outputs["status"]) == (0, "deployed"), done.log
        lines = done.log.splitlines()
        (note,) = [line for line in lines if "quoted values are read as numbers or booleans" in line]
        assert "group.capacity.minimum, group.capacity.target, group.capacity.maximum" in note
        (warning,) = [line for line in lines if line.startswith("::warning") and "mlbRuntime" in line]
        assert "'mlbRuntime' is retired and not sent to Spot" in warning
