"""A roll that is open on a group is found before anything is written, since Spot refuses every change meanwhile."""

from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, stand
from tests.support.console import roll, stop

OLD_GROUP = {"basic": "web_prod__7", "canary": "web_prod__7", "blue-green": "web_prod", "shift": "web_prod"}
ROLLS = "GET /aws/ec2/group/{id}/roll"


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", OLD_GROUP)
@pytest.mark.parametrize("operation", ["deploy", "plan"])
@pytest.mark.parametrize("failed", [False, True])
def test_an_open_roll_is_refused_with_its_id_and_how_to_stop_it(
    tmp_path: Path,
    strategy: str,
    operation: str,
    failed: bool,  # noqa: FBT001
) -> None:
    name = OLD_GROUP[strategy]
    sick = {"behaviours": [{"group": name, "target": "never", "spot": "never"}]} if failed else {}
    with stand(strategy, tmp_path, {**QUICK, **sick}, lowest=0, because="the roll is somebody else's") as box:
        started = roll(box, name)
        box.clock.sleep(4000 if failed else 1)
        group, before = box.groups()[name]["id"], box.picture()
        result = box.run(operation=operation)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        status = "failed" if failed else "in_progress"
        assert f"Roll {started} of {name} ({group}) is open (status {status})" in result.log
        assert f'PUT /aws/ec2/group/{group}/roll/{started} with {{"roll": {{"status": "STOPPED"}}}}' in result.log
        assert box.picture() == before

        stop(box, name, started)
        again = box.run(operation="plan")
        assert again.outputs["status"] == "planned", again.log
        assert [call["call"] for call in again.calls].count(ROLLS) == 1


@pytest.mark.parametrize("rolled", ["web_prod", "web_prod__STAGE__Harness"])
@pytest.mark.parametrize("recorded", [True, False])
def test_continue_refuses_a_roll_of_either_group(tmp_path: Path, rolled: str, recorded: bool) -> None:  # noqa: FBT001
    with stand("blue-green", tmp_path, QUICK) as box:
        stopped = box.run(until="stage-setup")
        started = roll(box, rolled)
        record = {"deployment": stopped.outputs["deployment"]} if recorded else {}
        result = box.run(record, operation="continue")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert started in result.log

        stop(box, rolled, started)
        assert box.run(record, operation="continue").outputs["status"] == "deployed"


def test_a_rollback_reports_a_roll_and_restores_production_all_the_same(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, lowest=0, because="a roll replaces what production goes back to") as box:
        before, rules = box.picture(), box.rules()
        stopped = box.run(until="swap-route")
        assert box.rules() != rules
        started = roll(box, "web_prod__STAGE__Harness")  # what production goes back to
        result = box.run(operation="rollback", deployment=stopped.outputs["deployment"])

        assert box.rules() == rules
        assert f"Roll {started} of web_prod (" in result.log
        assert result.outputs["status"] == "rollback-incomplete", result.log
        assert "Can't update the group while a roll is in progress" in result.log  # and its capacity cannot be written

        again = box.run(operation="rollback", deployment=result.outputs["deployment"])
        assert (again.outputs["status"], box.picture()) == ("rolled-back", before)


def test_rolls_that_are_over_are_in_nobodys_way(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW}]}) as box:
        roll(box, "web_prod__7")
        box.clock.sleep(20_000)
        assert box.run().outputs["status"] == "deployed"
