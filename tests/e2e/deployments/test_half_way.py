"""What a person is told where a deployment is left half-way, and what comes of following it to the letter."""

import re
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from spotaction.sandbox.types import GroupId
from tests.e2e.deployments.test_golden import CancelledClock
from tests.support.action import KILLED, QUICK, Result, Stand, stand

GONE = "somebody deletes the group that serves"
HEALTH, UPDATE, RULE = "GET /aws/ec2/group/{id}/instanceHealthiness", "PUT /aws/ec2/group/{id}", "ModifyRule"

DENIED = {"effect": "aws-error", "code": "AccessDenied", "message": "not today"}


def next_step(result: Result) -> str:
    return result.summary.split("**Next:** ")[1].splitlines()[0].replace("\\", "")


def test_the_only_group_that_is_left_is_to_be_kept_and_can_be_deployed_upon(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK, lowest=0, because=GONE) as box:
        box.sandbox.add_fault({"at": 30, "action": "delete-group", "group": "web_prod__7"})
        result = box.run()

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "web_prod__7" in next_step(result)
        assert "is the only group left of web_prod: do not delete it." in next_step(result)
        assert "\nkeep the only remaining group, web_prod__8 (" in result.summary
        assert "; set its capacity (minimum/target/maximum) to 2/3/6\n" in result.summary
        for wrong in ("delete web_prod__8", "6 in web_prod__7", "what else was changed is rolled back"):
            assert wrong not in result.everything.replace("\\", "")
        grown = {"capacity": {"minimum": 2, "target": 3, "maximum": 6}}
        box.sandbox.add_fault({"at": 0, "action": "change-group", "group": "web_prod__8", "changes": grown})
        box.clock.sleep(60)
        again = box.run(run_id="4712", allow="redeploy")
        assert again.outputs["status"] == "deployed", again.log
        assert box.capacities()["web_prod__9"] == "2/3/6"


def test_a_run_that_died_and_whose_old_group_is_gone_does_not_stand_in_the_way_for_ever(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK, lowest=0, because=GONE) as box:
        assert box.run(until="canary-deploy-1").outputs["status"] == "stopped"
        box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": "web_prod__7"})
        refused = box.run(operation="rollback", run_id="4712")

        assert refused.outputs["status"] == "refused", refused.log
        assert "remove the text [spotaction …] from the description of web_prod__8" in next_step(refused)
        assert box.run(run_id="4713").outputs["status"] == "refused"
        box.sandbox.add_fault(
            {"at": 0, "action": "change-group", "group": "web_prod__8", "changes": {"description": "The web shop"}}
        )
        assert box.run(run_id="4714").outputs["status"] == "deployed"


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_nobody_is_sent_back_to_a_target_group_whose_elastigroup_is_gone(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK, lowest=0, because=GONE) as box:
        box.sandbox.add_fault({"at": 30, "action": "delete-group", "group": "web_prod"})
        result = box.run(bake_time="1m", traffic_weights="100" if strategy == "shift" else "")

        assert result.outputs["status"] == "rollback-incomplete", result.log
        (command,) = [line for line in result.log.splitlines() if line.startswith("::warning") and "elbv2" in line]
        green, blue = (f'targetgroup/web-{name}/{ident}","Weight":' for name, ident in COLOURS)
        production = command.split("aws elbv2 modify-rule")[1].split("; ")[0]
        assert f"{green}1" in production
        assert blue not in production or f"{blue}0}}" in production
        assert "delete web_prod" not in result.log
        assert box.run(run_id="4712").outputs["status"] == "unchanged"


COLOURS = (("green", "e1e1e1e1e1e1e1e1"), ("blue", "b1b1b1b1b1b1b1b1"))


def test_where_both_groups_are_gone_the_way_out_is_to_deploy(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK, lowest=0, because=GONE) as box:
        for group in ("web_prod__7", "web_prod__8"):
            box.sandbox.add_fault({"at": 110, "action": "delete-group", "group": group})
        result = box.run()

        assert result.outputs["status"] == "rollback-incomplete", result.log
        assert next_step(result).endswith(
            "nothing to roll back to: run operation: deploy with the version that you want."
        )
        assert "[console]" not in result.summary.split("### Manual action needed")[1].split("**Next:**")[0]


def test_where_both_groups_are_gone_the_rules_can_still_be_restored(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK, lowest=0, because=GONE) as box:
        stopped = box.run(until="shift-50")
        for group in (stopped.record["snapshot"]["old"]["id"], stopped.record["new"]["id"]):
            box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": group})
        box.clock.sleep(120)
        result = box.run(operation="rollback", run_id="4712", deployment=stopped.outputs["deployment"])

        assert result.outputs["status"] == "rollback-incomplete", result.log
        commands = " ".join(result.record["undone"])
        assert "aws elbv2 modify-rule --rule-arn" in commands
        assert "rename" not in commands
        assert "run operation: deploy" in next_step(result)


def test_an_incomplete_rollback_names_what_runs_and_the_operation_that_finishes_it(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": HEALTH}, "times": 9999, "effect": "status", "status": 500})
        result = box.run(steady_state_timeout="2m")

        assert result.outputs["status"] == "rollback-incomplete", result.log
        running = "Currently, web_prod__7 (sig-177a818e) runs at 2/3/6 and web_prod__8 (sig-5d15e0c5) runs at 2/3/6."
        assert next_step(result).startswith(running)
        assert next_step(result).endswith("run this action with the same inputs and operation: rollback.")
        assert "once web_prod__7 (sig-177a818e) serves" in result.summary
        box.sandbox.clear_faults()
        assert box.run(operation="rollback", run_id="4712").outputs["status"] == "rolled-back"
        assert box.picture() == before


def test_an_incomplete_rollback_names_where_production_forwards_to(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": RULE, "nth": 2}, "times": 9, **DENIED})
        result = box.run()

        assert result.outputs["status"] == "rollback-incomplete", result.log
        assert "forwards to web-blue 90% + web-green 10%." in next_step(result)
        box.sandbox.clear_faults()
        again = box.run(operation="rollback", run_id="4712")
        assert again.outputs["status"] == "rolled-back", again.log


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_marker_that_was_not_written_asks_for_a_take_over_and_with_it_the_way_is_free(
    tmp_path: Path, operation: str
) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": UPDATE}, "times": 99, "effect": "status", "status": 500})
        stopped = box.run(until="setup")

        assert stopped.outputs["status"] == "stopped", stopped.log
        how = "and operation: continue or operation: rollback, and allow: take-over, and without until."
        assert how in stopped.log
        box.sandbox.clear_faults()
        assert box.run(operation=operation, run_id="4712").outputs["status"] == "refused"
        done = box.run(operation=operation, run_id="4712", allow="take-over")
        assert done.outputs["status"] == {"continue": "deployed", "rollback": "rolled-back"}[operation], done.log


def test_a_cancel_says_what_to_run_should_the_post_step_not_come(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        interrupt = Cancellation(now=box.clock.now)
        cancelled = box.run(clock=CancelledClock(box.clock, interrupt, at=30), interrupt=interrupt)

        assert next_step(cancelled).endswith("the same inputs and operation: rollback, and allow: take-over.")
        done = box.run(operation="rollback", allow="take-over", run_id="4712")
        assert (done.outputs["status"], box.picture()) == ("rolled-back", before), done.log


def test_a_rollback_names_the_steps_that_had_begun_as_the_log_called_them(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        interrupt = Cancellation(now=box.clock.now)
        cancelled = box.run(clock=CancelledClock(box.clock, interrupt, at=100), interrupt=interrupt)
        assert cancelled.record["begun"] == ["stage-setup", "shift-10"]
        record = cancelled.outputs["deployment"]
        done = box.run(operation="rollback", allow="take-over", run_id="4712", deployment=record)

        assert rolled_back(done) == ["shift-10", "stage-setup"], done.log


def test_a_record_that_is_older_than_what_was_done_hides_nothing(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        stopped = box.run(until="shift-10")
        assert box.run(operation="continue", run_id="4712").outputs["status"] == "deployed"
        assert box.capacities()["web_prod__STAGE__Harness"] == "0/0/0"
        old = stopped.outputs["deployment"]
        done = box.run(operation="rollback", run_id="4713", deployment=old)

        assert (done.outputs["status"], box.picture()) == ("rolled-back", before), done.log
        assert rolled_back(done) == ["downsize-old", "shift-10", "stage-setup"]


def test_a_continue_that_fails_names_no_step_that_it_never_came_to(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        box.run(until="shift-10")
        box.sandbox.add_fault({"match": {"call": RULE}, **DENIED})
        failed = box.run(operation="continue", run_id="4712")

        assert (failed.outputs["status"], box.picture()) == ("rolled-back", before), failed.log
        assert "::group::shift-100" not in failed.log
        assert rolled_back(failed) == ["shift-50", "shift-10", "stage-setup"]


def rolled_back(result: Result) -> list[str]:
    head = "::group::Rollback of "
    return [line.removeprefix(head) for line in result.log.splitlines() if line.startswith(head)]


def test_a_rollback_that_left_a_rule_behind_keeps_the_group_so_that_another_completes_it_without_the_record(
    tmp_path: Path,
) -> None:
    refused = {"effect": "status", "status": 403, "code": "AccessDenied", "message": "no"}
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({**refused, "match": {"call": "ModifyListener", "nth": 2}, "times": 2})
        box.sandbox.add_fault({**refused, "match": {"call": "ModifyRule"}})
        result = box.run()
        box.sandbox.clear_faults()
        left = [group["capacity"]["target"] for group in box.alive()]
        again = box.run(operation="rollback", run_id="4712")

        assert (result.outputs["status"], left) == ("rollback-incomplete", [3, 0])
        assert "another rollback completes them." in result.log
        assert (again.outputs["status"], box.picture()) == ("rolled-back", before)


def describe(box: Stand, name: str, text: str) -> None:
    """A person edits the description of a group, which is the only one of that name."""
    change = {"at": 0, "action": "change-group", "group": name, "changes": {"description": text}}
    box.sandbox.add_fault(change)


def test_a_shift_that_ended_below_100_is_rolled_back_by_another_run_without_its_record(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        assert box.run(traffic_weights="10, 25", downsize_old="never").outputs["status"] == "deployed"
        refused = box.run(run_id="4712")
        assert next_step(refused) == (
            "revert it (operation: rollback, with the output `deployment` of the run that shifted it if no marker "
            "shows that run), or have the rule forward to one of them alone."
        )

        assert box.run(run_id="4713", operation="rollback").outputs["status"] == "rolled-back"
        assert box.picture() == before
        assert box.run(run_id="4714").outputs["status"] == "deployed"


def test_a_shift_without_its_marker_is_no_success_of_a_rollback_and_its_record_leads_out(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        stopped = box.run(until="shift-10")
        describe(box, "web_prod__STAGE__Harness", "The web shop")
        refused = box.run(run_id="4712", operation="rollback")

        assert refused.outputs["status"] == "refused", refused.log
        assert "web_prod__STAGE__Harness (" in refused.log
        assert "serve there (a run may have stopped half-way)" in refused.log
        assert "pass the output `deployment` of the run that caused this" in next_step(refused)
        record = {"deployment": stopped.outputs["deployment"], "operation": "rollback"}
        found = re.search(r"add (\[spotaction [^]]*\]) to its description", box.run(record, run_id="4713").log)
        assert found is not None
        describe(box, "web_prod__STAGE__Harness", found.group(1))
        assert box.run(record, run_id="4714").outputs["status"] == "rolled-back"
        assert box.picture() == before


def test_of_two_groups_with_the_apps_name_the_one_left_behind_can_be_deleted_as_told(tmp_path: Path) -> None:
    """The run dies between the two renames of a swap, and somebody edits its marker away."""
    with stand("blue-green", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": UPDATE, "nth": 1}, "effect": "kill"})
        assert box.run().code == KILLED
        old, new = (group["id"] for group in box.alive())
        box.sandbox._world.groups[GroupId(new)].document["description"] = "The web shop"

        nothing = box.run(run_id="4712", operation="rollback")
        assert nothing.outputs["status"] == "unchanged"
        ids = f"{new}, {old}; a run may have stopped half-way"
        todo = "keep the one that receives production's requests, and delete the rest"
        assert f"2 groups are called web_prod: {ids}; next: {todo}" in nothing.log
        assert "set elastigroup-id to the one that serves." in next_step(box.run(run_id="4713"))
        refused = box.run(run_id="4714", elastigroup_id=new, allow="redeploy")
        assert f"if a deployment of web_prod left web_prod ({old}) behind, delete that;" in next_step(refused)
        box.sandbox._world.delete(box.sandbox._world.groups[GroupId(old)])
        assert box.run(run_id="4715", allow="redeploy").outputs["status"] == "deployed"
        assert set(box.capacities()) == {"web_prod", "web_prod__STAGE__Harness"}


def test_of_two_open_deployments_the_youngest_goes_first_and_production_never_misses_a_target(tmp_path: Path) -> None:
    """The marker of the first is edited away, a second begins on top of it, and the marker is put back."""
    with stand("shift", tmp_path, QUICK) as box:
        first = box.run(until="shift-100")
        group = box.sandbox._world.groups[GroupId(first.record["new"]["id"])]
        text = group.document["description"]
        group.document["description"] = "The web shop"
        second = box.run(run_id="4712", until="shift-10").record["new"]["id"]
        group.document["description"] = text

        refused = box.run(run_id="4713", operation="rollback")
        assert f"begin with the youngest, web_prod__STAGE__Harness ({second}))" in next_step(refused)
        assert "or remove the text [spotaction … from the descriptions of the others" in next_step(refused)
        group.document["description"] = "The web shop"
        assert box.run(run_id="4714", operation="rollback").outputs["status"] == "rolled-back"
        group.document["description"] = text
        left = box.run(run_id="4715", operation="rollback")
        assert f"remove the text [spotaction …] from the description of web_prod ({group.id})" in next_step(left)
        group.document["description"] = "The web shop"
        assert box.run(run_id="4716", allow="redeploy").outputs["status"] == "deployed"
        assert set(box.capacities()) == {"web_prod", "web_prod__STAGE__Harness"}


def test_whose_new_group_was_deleted_is_told_to_roll_back_by_the_record(tmp_path: Path) -> None:
    """The marker went with the group: without the record, nothing would show what was deployed."""
    with stand("blue-green", tmp_path, QUICK, lowest=0, because="somebody deletes the group that serves") as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 120, "action": "delete-group", "group": "web_prod"})
        failed = box.run(on_failure="stop", downsize_old="after 5m")
        assert failed.outputs["status"] == "failed", failed.log
        assert next_step(failed).endswith(
            "run this action with the same inputs and operation: rollback, and the output `deployment` of this run as "
            "the input deployment."
        )
        back = box.run(operation="rollback", deployment=failed.outputs["deployment"])
        assert (back.outputs["status"], box.picture()) == ("rolled-back", before), back.log


def test_a_group_that_was_renamed_meanwhile_is_renamed_back_and_rolled_back(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        before = box.picture()
        assert box.run(until="canary-deploy-1").outputs["status"] == "stopped"
        box.sandbox.add_fault({"at": 0, "action": "change-group", "group": "web_prod__8", "changes": {"name": "mine"}})
        refused = box.run(operation="rollback", run_id="4712")

        assert "deployment, give it its name back (web_prod__<number>)." in refused.log
        box.sandbox.add_fault({"at": 0, "action": "change-group", "group": "mine", "changes": {"name": "web_prod__8"}})
        back = box.run(operation="rollback", run_id="4713")
        assert (back.outputs["status"], box.picture()) == ("rolled-back", before), back.log
