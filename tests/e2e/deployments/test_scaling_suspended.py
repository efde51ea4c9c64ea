"""A suspension that an operator had set stays as it is, however the deployment ends or goes on."""

import re
from pathlib import Path

import pytest

from tests.support.action import KILLED, NEW, QUICK, Stand, stand
from tests.support.console import suspend

SUSPENSION = "/aws/ec2/group/{id}/suspension"
CAPACITY = "PUT /aws/ec2/group/{id}/capacity"
MINUTES = [None, 90]  # for ever; shorter than the deployment may take


def suspensions(box: Stand, name: str = "web_prod__7") -> object:
    return box.groups()[name]["suspensions"]


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("boots", [True, False])
def test_a_deployment_leaves_an_operators_suspension_alone(tmp_path: Path, minutes: int | None, boots: bool) -> None:  # noqa: FBT001
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "boots": boots}]}) as box:
        suspend(box, "web_prod__7", minutes)
        before = suspensions(box)
        result = box.run(suspend_scaling="true", timeout="2h", steady_state_timeout="5m")

        assert result.outputs["status"] == ("deployed" if boots else "rolled-back"), result.log
        assert suspensions(box) == before != []
        assert "AUTO_SCALE of web_prod__7" in result.log
        assert "leaving it suspended" in result.log
        assert re.search(r"Elastigroup web_prod__8 \(sig-\w+\): auto scaling suspended for 121 minutes", result.log)
        assert re.search(r"Elastigroup web_prod__8 \(sig-\w+\): auto scaling resumed", result.log) or not boots
        asked = [call["call"] for call in result.calls if call["call"].endswith(SUSPENSION)]
        ours = [f"POST {SUSPENSION}", f"GET {SUSPENSION}"]
        lifted = [f"GET {SUSPENSION}", f"DELETE {SUSPENSION}"] if boots else [f"GET {SUSPENSION}"]
        assert asked == [*ours, *lifted]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("operation", ["continue", "rollback"])
@pytest.mark.parametrize("recorded", [True, False])
def test_what_is_taken_up_leaves_an_operators_suspension_alone(
    tmp_path: Path,
    minutes: int | None,
    operation: str,
    recorded: bool,  # noqa: FBT001
) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        suspend(box, "web_prod", minutes)
        old = box.groups()["web_prod"]["id"]
        before = box.groups()["web_prod"]["suspensions"]
        stopped = box.run(suspend_scaling="true", until="stage-setup", timeout="5h")
        record = {"deployment": stopped.outputs["deployment"]} if recorded else {}
        result = box.run(record, operation=operation, suspend_scaling="true")

        assert result.outputs["status"] == {"continue": "deployed", "rollback": "rolled-back"}[operation], result.log
        assert {group["id"]: group["suspensions"] for group in box.alive() if group["suspensions"]} == {old: before}


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_what_is_taken_up_from_the_marker_lifts_its_own_suspensions(tmp_path: Path, operation: str) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": CAPACITY}, "effect": "kill-before"})
        assert box.run(suspend_scaling="true").code == KILLED
        assert suspensions(box) != []
        result = box.run(operation=operation, suspend_scaling="true", attempt="2")

        assert result.code == 0, result.log
        assert [group["suspensions"] for group in box.alive() if group["suspensions"]] == []


def test_a_suspension_without_an_end_that_an_operator_set_meanwhile_stays(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        stopped = box.run(suspend_scaling="true", until="stage-setup")
        suspend(box, "web_prod", None)
        result = box.run(operation="rollback", deployment=stopped.outputs["deployment"], suspend_scaling="true")

        assert result.outputs["status"] == "rolled-back", result.log
        assert suspensions(box, "web_prod") == [{"name": "AUTO_SCALE", "expiresAt": None}]
        assert "is suspended indefinitely, so by an operator" in result.log
