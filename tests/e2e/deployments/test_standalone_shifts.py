"""Rolling back a deployment that shifted a rule on its own, once its record is lost or its old group is gone."""

from pathlib import Path

from tests.e2e.deployments.test_plan import DOCUMENT, PARTNER
from tests.support.action import Stand, stand

WITH_PARTNER = {**DOCUMENT, "execution": "tests/e2e/executions/partner.yaml"}
GONE = "somebody deletes the group that serves"


def delete(box: Stand, name: str) -> None:
    box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": name})


def test_without_the_record_a_person_learns_which_rule_stays_and_not_to_delete_what_it_leads_to(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, PARTNER) as box:
        before = box.picture()
        stopped = box.run(WITH_PARTNER, until="partner")
        assert stopped.outputs["status"] == "stopped", stopped.log
        left = box.run(WITH_PARTNER, operation="rollback", run_id="4712")

        assert left.outputs["status"] == "rollback-incomplete", left.log
        assert "::If partner has shifted web-alb rule c2c2c2c2c2c2c2c2, that stays so: what the rule" in left.log
        assert ") serves and no rule sends requests to web_prod__STAGE__Harness, delete web_prod__STAGE" in left.log
        back = box.run(WITH_PARTNER, operation="rollback", run_id="4713", deployment=stopped.outputs["deployment"])
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before
        assert "has shifted" not in back.log


def test_nobody_sends_a_shifted_rule_back_to_a_group_that_was_deleted(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, PARTNER, lowest=0, because=GONE) as box:
        stopped = box.run(WITH_PARTNER, until="partner")
        delete(box, "web_prod")
        left = box.run(WITH_PARTNER, operation="rollback", deployment=stopped.outputs["deployment"])

        assert left.outputs["status"] == "rollback-incomplete", left.log
        assert "was not rolled back: web-alb rule c2c2c2c2c2c2c2c2 may not send 100%" in left.log
        assert "/c2c2c2c2c2c2c2c2 --actions" not in left.log
