"""Outputs name what exists, as action.yml describes them, whatever the run came to."""

import json
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, Result, stand

GROUP = ("elastigroup-id", "elastigroup-name")


def group(result: Result) -> tuple[str, ...]:
    return tuple(result.outputs.get(name, "") for name in GROUP)


@pytest.mark.parametrize("strategy", ["basic", "canary", "blue-green", "shift"])
def test_only_a_group_that_exists_is_put_out(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        old = next(iter(box.groups().values()))
        planned, deployed = box.run(operation="plan"), box.run()
        assert group(planned) == ("", "")
        assert planned.outputs["ami-id"] == NEW
        assert (deployed.outputs["elastigroup-id"], deployed.outputs["elastigroup-name"]) in {
            (each["id"], name) for name, each in box.groups().items()
        }
        back = box.run(operation="rollback", run_id="4712")
        assert (back.outputs["status"], *group(back)) == ("rolled-back", "", "")
        assert back.outputs["previous-elastigroup-id"] == old["id"]


def test_a_failed_deployment_that_was_rolled_back_puts_out_no_group(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}) as box:
        result = box.run(steady_state_timeout="90s")

        assert (result.outputs["status"], *group(result)) == ("rolled-back", "", "")
        assert result.outputs["ami-id"] == NEW


def test_the_record_of_a_plan_leads_a_rollback_to_no_group(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        record = box.run(operation="plan").outputs["deployment"]
        result = box.run(operation="rollback", deployment=record)

        assert (result.outputs["status"], *group(result)) == ("unchanged", "", "")
        assert json.loads(result.outputs["deployment"])["new"] is None
