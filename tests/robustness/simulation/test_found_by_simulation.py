"""What the simulation found, each as a case of its own."""

from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, Stand, stand

from .cases import Case, Journey, Then, Trouble
from .sweep import try_case

SHIFT = {"downsize-old": "after 0s", "traffic-weights": "50, 100"}
BACK = {"operation": "rollback"}
#: As they were printed; where the calls of a deployment have changed since, they fall elsewhere.
CASES = {
    "a rollback that died before it wrote has not rolled back": Case(
        "mixed", Journey.ROLLBACK, (Trouble("kill-after", 5),), Then.POST, 3
    ),
    "a post step that is cancelled does not promise another": Case(
        "shift", Journey.CONTINUE, (Trouble("term-in-sleep", 19), Trouble("refused-for-good", 7)), Then.POST, 2
    ),
    "a rule is looked at again once the stage's has read back": Case("swap", troubles=(Trouble("rule-elsewhere", 19),)),
    "stickiness that somebody turned on is no part of what was there": Case(
        "swap", Journey.CONTINUE, (Trouble("term-in-sleep", 4), Trouble("rule-sticky", 17)), Then.CONTINUE
    ),
    "a rule that somebody made his own is not written over, though it names blue again": Case(
        "mixed", Journey.CONTINUE, (Trouble("rule-elsewhere", 4), Trouble("rule-sticky", 28)), seed=3
    ),
    "a write that was under way when somebody modified the rule makes it ours": Case(
        "mixed", troubles=(Trouble("rule-elsewhere", 28),), seed=2
    ),
    "rules that cannot go back to a group that somebody deleted are in the table of routes": Case(
        "mixed", troubles=(Trouble("new-deleted", 78), Trouble("old-deleted", 18)), seed=1
    ),
    "a run that is cancelled before it took a deployment over leaves its rules alone": Case(
        "shift", Journey.CONTINUE, (Trouble("term-after", 8),), Then.POST, 2
    ),
    "a post step repeats what a rollback left that was cancelled at its very end": Case(
        "shift", Journey.CONTINUE, (Trouble("term-before", 67), Trouble("old-deleted", 3)), Then.POST, 2
    ),
    "the older of two groups of one moment is the rival's": Case("shift", troubles=(Trouble("rival", 5),), seed=3),
    "a rate limit that holds back the take-over of a deployment passes by itself": Case(
        "shift", Journey.CONTINUE, (Trouble("rate-limited", 8),)
    ),
    "a rollback that was cancelled before it took over is finished by the post step": Case(
        "mixed", Journey.ROLLBACK_HALFWAY, (Trouble("term-after", 19),), Then.POST, 2
    ),
    "a post step leaves a deployment that its marker calls finished": Case(
        "mixed", Journey.CONTINUE, (Trouble("kill-after", 116),), Then.POST, 3
    ),
    "older versions are counted by what was written, not by a list that lags": Case(
        "tidy", troubles=(Trouble("stale-read", 41),)
    ),
    "older versions that no list could name are reported as not cleaned up": Case(
        "tidy", troubles=(Trouble("interrupt-new", 27), Trouble("token-expired", 45)), seed=1
    ),
    "older versions go only once nothing can fail any more": Case(
        "tidy", troubles=(Trouble("interrupt-old", 7), Trouble("sick-for-spot", 28)), seed=3
    ),
    "the group with the marker stays while parts of a rollback have failed, so that another can complete it": Case(
        "mixed", troubles=(Trouble("kill-after", 58), Trouble("outage", 64)), then=Then.POST_ROLLBACK, seed=1
    ),
}


@pytest.mark.parametrize("call", ["DescribeTargetHealth", "ModifyRule"])
def test_half_an_answer_of_aws_is_asked_for_again(tmp_path: Path, call: str) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": call}, "effect": "malformed-body"})
        result = box.run(SHIFT)

        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log


@pytest.mark.parametrize("strategy", ["canary", "blue-green"])
def test_a_rollback_without_a_record_resumes_scaling_on_the_old_group(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity"}, "effect": "kill"})
        box.run({"suspend-scaling": "true"})
        assert box.picture() != before

        result = box.run({"suspend-scaling": "true", **BACK}, attempt="2")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_credentials_that_end_halfway_are_no_refusal_since_something_was_written(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        capacity = "PUT /aws/ec2/group/{id}/capacity"
        box.sandbox.add_fault({"match": {"call": capacity}, "effect": "status", "status": 401})
        result = box.run(SHIFT)

        assert (result.code, result.outputs["status"]) == (5, "rolled-back"), result.log


@pytest.mark.parametrize("passed", ["with-record", "with-nothing"])
def test_a_new_group_that_somebody_deleted_does_not_hide_that_production_points_there(
    tmp_path: Path, passed: str
) -> None:
    with stand("shift", tmp_path, QUICK, lowest=0, because="somebody deletes the group that serves") as box:
        before = box.picture()
        stopped = box.run({**SHIFT, "until": "shift-100"})
        assert stopped.outputs["status"] == "stopped", stopped.log
        new = stopped.record["new"]["id"]
        index = len(box.sandbox.calls())
        box.sandbox.add_fault({"after-call": index, "action": "delete-group", "group": new})
        record = stopped.outputs["deployment"] if passed == "with-record" else ""

        result = box.run({**SHIFT, **BACK}, deployment=record, run_id="4712")

        if passed == "with-record":
            assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
            assert box.picture() == before
        else:
            assert (result.code, result.outputs["status"]) == (3, "refused"), result.log
            assert "no running Elastigroup is attached there" in result.log


def test_scaling_of_the_old_group_is_resumed_although_the_new_one_is_gone_already(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        before = box.picture()
        box.run({"suspend-scaling": "true", "until": "canary-deploy-1"})
        box.sandbox.add_fault({"match": {"call": "DELETE /aws/ec2/group/{id}"}, "effect": "reset-after"})

        result = box.run({"suspend-scaling": "true", **BACK}, run_id="4712")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", ["basic", "blue-green"])
def test_a_new_group_that_is_deleted_while_the_old_one_drains_is_no_success(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK, lowest=0, because="somebody deletes the group that serves") as box:
        before = box.picture()
        predicted = str(box.sandbox._world.new_group_id())
        box.sandbox.add_fault({"at": 100.0, "action": "delete-group", "group": predicted})

        result = box.run()

        assert result.outputs["status"] == "rolled-back", result.log
        assert f"{predicted} was deleted outside this deployment" in result.summary
        assert box.picture() == before


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_a_rule_that_somebody_changes_while_the_old_group_drains_is_no_success(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK, lowest=0, because="somebody sends production elsewhere") as box:
        down = next(
            c for c in box.run().calls if c["call"].endswith("/capacity") and c["body"]["capacity"]["target"] == 0
        )

    with stand(strategy, tmp_path, QUICK, lowest=0, because="somebody sends production elsewhere") as box:
        back = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"}
        box.sandbox.add_fault({"after-call": down["index"], **back})
        result = box.run()

        assert result.code != 0, result.log
        assert "was modified outside this deployment" in result.summary


def test_where_the_mark_is_lost_a_group_that_serves_under_the_name_of_the_stage_is_not_passed_over(
    tmp_path: Path,
) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        assert box.run(until="swap-route").outputs["status"] == "stopped"
        lost = {"action": "change-group", "group": "web_prod", "changes": {"description": "tidied up"}}
        back = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"}
        for each in (lost, back):
            box.sandbox.add_fault({"at": 0, **each})

        result = box.run(BACK, run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "serves there under the stage name" in result.log


def test_what_continue_begins_with_does_not_hide_what_the_dead_run_had_come_to(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK, lowest=0, because="the new group gets sick") as box:
        before = box.picture()
        down = {"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 2}, "effect": "kill"}
        box.sandbox.add_fault(down)
        box.run(SHIFT)
        box.sandbox.add_fault({"at": 0, "action": "unhealthy", "group": "web_prod", "side": "target"})

        result = box.run({**SHIFT, "operation": "continue", "steady-state-timeout": "60s"}, attempt="2")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.picture() == before


def test_the_new_group_stays_where_production_is_back_on_a_group_that_somebody_deleted(tmp_path: Path) -> None:
    def stopped_at_the_end(box: Stand) -> tuple[str, str]:
        record = box.run({**SHIFT, "until": "shift-100"}).record
        return record["snapshot"]["old"]["id"], record["new"]["id"]

    with stand("shift", tmp_path, QUICK) as box:
        stopped_at_the_end(box)
        back = next(c["index"] for c in box.run({**SHIFT, **BACK}, run_id="4712").calls if c["call"] == "ModifyRule")

    with stand("shift", tmp_path, QUICK, lowest=0, because="somebody deletes the group that serves") as box:
        old, new = stopped_at_the_end(box)
        box.sandbox.add_fault({"after-call": back, "action": "delete-group", "group": old})
        result = box.run({**SHIFT, **BACK}, run_id="4712")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "may not shrink: no target of web-blue is healthy" in result.summary
        assert {group["id"]: group["capacity"]["target"] for group in box.alive()}[new] == 3


def test_where_production_is_down_already_a_release_that_is_no_better_is_taken_away(tmp_path: Path) -> None:
    never = {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}
    with stand("blue-green", tmp_path, never, lowest=0, because="production is down before") as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 0, "action": "unhealthy", "group": "web_prod", "side": "target"})

        result = box.run({"steady-state-timeout": "60s"})

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_that_was_found_stays_mended(case: Case) -> None:
    assert try_case(case).violations == ()
