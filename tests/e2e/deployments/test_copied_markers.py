"""A person copies the marker of the new group to the group that it replaces, as when a description is pasted."""

import re
from pathlib import Path

import pytest

from tests.support.action import QUICK, Stand, stand


def describe(box: Stand, name: str, text: str) -> None:
    box.sandbox.add_fault({"at": 0, "action": "change-group", "group": name, "changes": {"description": text}})


def copy_marker(box: Stand, new: str, old: str) -> None:
    describe(box, old, box.groups()[new]["description"])


@pytest.mark.parametrize("strategy", ["basic", "blue-green", "shift"])
@pytest.mark.parametrize("operation", ["rollback", "continue", "deploy"])
def test_a_group_whose_marker_says_that_it_replaced_itself_is_left_alone(
    tmp_path: Path, strategy: str, operation: str
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        old = next(name for name, group in box.groups().items() if group["capacity"]["target"] > 0)
        stopped = box.run(until="setup" if strategy == "basic" else "stage-setup")
        copy_marker(box, stopped.outputs["elastigroup-name"], old)
        back = box.run(operation="rollback", deployment=stopped.outputs["deployment"], allow="take-over")
        assert back.outputs["status"] == "rolled-back", back.log
        result = box.run(operation=operation, run_id="4712", allow="take-over")

        assert (result.outputs["status"], result.mutations) == ("refused", []), result.log
        assert f"The marker of {old} (" in result.log
        assert "was copied from another group: it names this one as the group that was replaced." in result.log
        assert "remove the text [spotaction … from the group's description" in result.log
        assert box.picture() == before
        describe(box, old, re.sub(r"\[spotaction [^]]*\]", "", box.groups()[old]["description"]))
        assert box.run(run_id="4713").outputs["status"] == "deployed"


def test_a_record_does_not_make_the_old_group_the_new_one(tmp_path: Path) -> None:
    """Its nonce is in the copied marker, and its own group is gone."""
    with stand("basic", tmp_path, QUICK) as box:
        stopped = box.run(until="setup")
        copy_marker(box, "web_prod__8", "web_prod__7")
        box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": "web_prod__8"})
        result = box.run(operation="rollback", deployment=stopped.outputs["deployment"], run_id="4712")

        assert result.mutations == [], result.log
        assert box.capacities()["web_prod__7"] == "2/3/6"
