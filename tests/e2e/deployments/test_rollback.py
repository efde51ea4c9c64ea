"""Rollback as an operation: from the record or from the mark alone, of what is open or finished, once or twice."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, Result, Stand, stand

STRATEGIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "basic": ("basic", {}),
    "canary": ("canary", {"canary": "34%"}),
    "swap": ("blue-green", {"downsize-old": "after 0s"}),
    "shift": ("shift", {"downsize-old": "after 0s", "traffic-weights": "50, 100"}),
}
DELETE = "DELETE /aws/ec2/group/{id}"
BACK = {"operation": "rollback"}
AT_ONCE = "after 0s"


def names(result: Result) -> list[str]:
    return [call["call"] for call in result.mutations]


def marks(box: Stand) -> dict[str, str]:
    """The state in each group's mark, by name."""
    texts = {name: group["description"] or "" for name, group in box.groups().items()}
    return {name: text.split(" s=")[1].split()[0] for name, text in texts.items() if "[spotaction" in text}


@pytest.mark.sampled
@pytest.mark.parametrize("passed", ["with-record", "with-nothing"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_finished_deployment_is_rolled_back(tmp_path: Path, strategy: str, passed: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        before = box.picture()
        deployed = box.run(inputs)
        record = deployed.outputs["deployment"] if passed == "with-record" else ""
        result = box.run({**inputs, **BACK}, deployment=record, run_id="4712")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before


@pytest.mark.sampled
@pytest.mark.parametrize("passed", ["with-record", "with-nothing"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_twice_is_the_same_as_once(tmp_path: Path, strategy: str, passed: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        box.run(inputs)
        first = box.picture()
        deployed = box.run(inputs, allow="redeploy", run_id="4712")
        record = deployed.outputs["deployment"] if passed == "with-record" else ""
        once = box.run({**inputs, **BACK}, deployment=record, run_id="4713")
        twice = box.run({**inputs, **BACK}, deployment=record, run_id="4714")

        again = "rolled-back" if passed == "with-record" else "unchanged"
        assert [once.outputs["status"], twice.outputs["status"]] == ["rolled-back", again], twice.log
        assert twice.mutations == []
        serving = {name: group for name, group in box.groups().items() if group["capacity"]["target"]}
        assert [group["id"] for group in serving.values()] == [deployed.outputs["previous-elastigroup-id"]]
        assert box.rules() == first["rules"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_after_an_automatic_rollback_there_is_nothing_to_roll_back(tmp_path: Path, strategy: str) -> None:
    """A job on failure that rolls back, too, must not take away the deployment before."""
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        assert box.run(inputs).outputs["status"] == "deployed"
        box.sandbox.add_fault(
            {"match": {"call": "PUT /aws/ec2/group/{id}/capacity"}, "effect": "status", "status": 400}
        )
        assert box.run(inputs, allow="redeploy", run_id="4712").outputs["status"] == "rolled-back"
        before = box.picture()

        result = box.run({**inputs, **BACK}, run_id="4712")

        assert result.outputs["status"] == "unchanged", result.log
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_record_is_refused_when_a_later_deployment_serves(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        first = box.run(inputs)
        box.run(inputs, allow="redeploy", run_id="4712")
        before = box.picture()
        result = box.run({**inputs, **BACK}, deployment=first.outputs["deployment"], run_id="4711", attempt="2")

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert "was deployed after" in result.log
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_record_is_refused_while_a_later_deployment_is_half_way(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    first_step = "stage-setup" if scenario in {"blue-green", "shift"} else "setup"
    with stand(scenario, tmp_path, QUICK) as box:
        first = box.run(inputs)
        box.run(inputs, allow="redeploy", run_id="4712", until=first_step)
        before = box.picture()
        result = box.run({**inputs, **BACK}, deployment=first.outputs["deployment"], run_id="4713")

        assert result.outputs["status"] == "refused"
        assert "stopped half-way" in result.log
        assert result.mutations == []
        assert box.picture() == before


def test_the_record_of_an_unchanged_run_takes_nothing_away(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run()
        unchanged = box.run(run_id="4712")
        assert unchanged.outputs["status"] == "unchanged"
        before = box.picture()
        result = box.run(BACK, deployment=unchanged.outputs["deployment"], run_id="4712")

        assert result.outputs["status"] == "unchanged"
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("strategy", ["swap", "shift"])
def test_a_downsized_old_group_is_brought_up_before_traffic_goes_back(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        box.run(inputs)
        result = box.run({**inputs, **BACK}, run_id="4712")

        done = names(result)
        assert done.index("PUT /aws/ec2/group/{id}/capacity") < done.index("ModifyRule")
        assert box.production["minimum-so-far"] == 3


@pytest.mark.parametrize("strategy", ["swap", "shift"])
def test_traffic_goes_back_first_while_the_old_group_still_runs(tmp_path: Path, strategy: str) -> None:
    """The old group and the rule as they are, the health of blue, whether that are the old group's, and the write.

    The list may not show yet that the old group was scaled to 0.
    What is healthy in blue may be another run's new group, which the list does not show yet.
    """
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        deployed = box.run({**inputs, "downsize-old": "never"})
        result = box.run(BACK, deployment=deployed.outputs["deployment"], run_id="4712")

        calls = [call["call"] for call in result.calls]
        listed = calls.index("GET /aws/ec2/group")
        instances = "GET /aws/ec2/group/{id}/instanceHealthiness"
        read = "GET /aws/ec2/group/{id}"
        assert calls[listed + 1 : listed + 6] == [
            read,
            "DescribeRules",
            "DescribeTargetHealth",
            instances,
            "ModifyRule",
        ]


@pytest.mark.parametrize("strategy", ["swap", "shift"])
def test_an_automatic_rollback_verifies_production_within_three_calls(tmp_path: Path, strategy: str) -> None:
    scenario, inputs = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        box.sandbox.add_fault(
            {"match": {"call": "PUT /aws/ec2/group/{id}", "nth": 2}, "effect": "status", "status": 400}
        )
        result = box.run(inputs)

        calls = [call["call"] for call in result.calls]
        failed = next(number for number, call in enumerate(result.calls) if call["status"] == 400)
        back = calls[failed + 1 : failed + 4]
        assert result.outputs["status"] == "rolled-back"
        assert back[0] == "DescribeRules"
        assert "ModifyRule" in back


def test_production_goes_back_although_the_stage_or_a_name_does_not(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run(downsize_old="after 0s", until="swap-route")
        box.sandbox.add_fault(
            {"match": {"call": "ModifyListener"}, "times": 5, "effect": "aws-error", "code": "AccessDenied"}
        )
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "rollback-incomplete"
        assert box.forwards["web-alb:443/10"] == {"web-blue": 1}
        assert "aws elbv2 modify-listener --listener-arn" in result.summary


def test_an_incomplete_rollback_is_not_a_live_deployment(tmp_path: Path) -> None:
    """The next run is told to go on with it, and not to wait for somebody."""
    with stand("basic", tmp_path, QUICK) as box:
        box.run(until="setup")
        box.sandbox.add_fault({"match": {"call": DELETE}, "times": 5, "effect": "status", "status": 400})
        result = box.run(BACK, run_id="4712")
        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete")
        assert marks(box)["web_prod__8"] == "stop"
        new = result.outputs["elastigroup-id"]
        assert (
            f"delete web_prod__8 ({new}): https://console.spotinst.com/#/aws/ec2/elastigroup/view/{new}"
            in (result.outputs["summary-markdown"])
        )

        box.sandbox.clear_faults()
        assert box.run(BACK, run_id="4713").outputs["status"] == "rolled-back"
        assert "web_prod__8" not in box.groups()


def test_a_group_that_somebody_else_made_is_never_deleted(tmp_path: Path) -> None:
    """It bears our stage name and has instances; it is neither ours nor the one that was replaced."""
    production = {
        "name": "web_prod",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
    }
    groups = [production, {"name": "shop", "image": NEW, "capacity": 2}]
    with stand("blue-green", tmp_path, {**QUICK, "elastigroups": groups}) as box:
        box.run(until="swap-route")
        rename = {"action": "change-group", "group": "shop", "changes": {"name": "web_prod__STAGE__Harness"}}
        box.sandbox.add_fault({"at": 0, **rename})
        theirs = next(group["id"] for group in box.alive() if group["capacity"]["target"] == 2)
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "rolled-back", result.log
        assert theirs in {group["id"] for group in box.alive()}
        assert names(result).count(DELETE) == 1


def test_a_new_group_that_somebody_renamed_is_found_by_the_record(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        stopped = box.run(until="swap-route")
        new = stopped.outputs["elastigroup-id"]
        box.sandbox.add_fault({"at": 0, "action": "change-group", "group": new, "changes": {"name": "web_prod_old"}})
        result = box.run(BACK, deployment=stopped.outputs["deployment"], run_id="4712")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_a_first_deployment_that_is_open_is_taken_away_and_one_that_is_finished_is_not(tmp_path: Path) -> None:
    empty = {**QUICK, "elastigroups": []}
    with stand("blue-green", tmp_path, empty, lowest=0, because="nothing served before") as box:
        before = box.picture()
        for step in ("stage-setup", "swap-route"):
            box.run(until=step)
            assert box.run(BACK, run_id="4712").outputs["status"] == "rolled-back"
            assert box.picture() == before

        box.run(run_id="4713", downsize_old="never")
        refused = box.run(BACK, run_id="4714")
        assert refused.outputs["status"] == "refused"
        assert "is the first deployment of web_prod" in refused.log


def test_where_the_old_group_is_gone_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        box.sandbox.add_fault({"at": 0, "action": "delete-group", "group": "web_prod__7"})
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "refused"
        assert "no longer exists" in result.log
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_a_group_below_the_one_that_serves_is_not_rolled_back(tmp_path: Path) -> None:
    """The version that serves bears no mark; the one before it was ours and is finished: not what serves."""
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        box.sandbox.add_fault(
            {"at": 0, "action": "change-group", "group": "web_prod__8", "changes": {"description": "by hand"}}
        )
        before = box.picture()
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "unchanged"
        assert result.mutations == []
        assert box.picture() == before


def test_an_old_group_that_does_not_come_up_again_leaves_the_new_one_serving(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        box.sandbox.add_fault({"at": 0, "action": "never-boot", "group": "web_prod__7"})
        result = box.run(BACK, run_id="4712", steady_state_timeout="2m")

        assert result.outputs["status"] == "rollback-incomplete"
        assert box.capacities()["web_prod__8"] == "2/3/6"
        assert box.production["healthy-now"] >= 3
        old = result.record["snapshot"]["old"]["id"]
        assert f"https://console.spotinst.com/#/aws/ec2/elastigroup/view/{old}" in result.summary


def test_a_rollback_needs_no_more_than_the_name_and_the_load_balancers(tmp_path: Path) -> None:
    """In the night nobody looks for documents; the region stands in the rule's ARN."""
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        box.run()
        box.inputs = {"app-name": "web_prod", "load-balancers": box.inputs["load-balancers"]}
        result = box.run(BACK, run_id="4712")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before


def test_a_group_that_somebody_enlarged_meanwhile_is_not_made_smaller(tmp_path: Path) -> None:
    larger = {"capacity": {"minimum": 10, "target": 20, "maximum": 20}}
    with stand("blue-green", tmp_path, QUICK) as box:
        assert box.run(until="stage-setup").outputs["status"] == "stopped"
        box.sandbox.add_fault({"at": 0, "action": "change-group", "group": "web_prod", "changes": larger})
        result = box.run(BACK, run_id="4712")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.capacities()["web_prod"].split("/")[1:] == ["20", "20"]


@pytest.mark.sampled
@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
@pytest.mark.parametrize(("deployed", "rolled_back"), [("never", AT_ONCE), (AT_ONCE, "never"), (AT_ONCE, AT_ONCE)])
def test_a_rollback_needs_not_know_whether_the_old_group_was_to_be_scaled_down(
    tmp_path: Path, strategy: str, deployed: str, rolled_back: str
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        first = box.run(downsize_old=deployed)
        result = box.run(operation="rollback", run_id="4712", downsize_old=rolled_back)

        assert ("downsize-old" in first.record["finished"]) is (deployed == AT_ONCE)
        assert (result.code, result.outputs["status"], box.picture()) == (0, "rolled-back", before), result.log


@pytest.mark.parametrize("strategy", ["basic", "blue-green", "shift"])
def test_the_record_of_a_run_that_another_one_continued_and_finished_is_not_taken_for_how_far_it_got(
    tmp_path: Path, strategy: str
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        stopped = box.run(until="setup" if strategy == "basic" else "stage-setup")
        assert box.run(operation="continue", run_id="4712").outputs["status"] == "deployed"
        back = box.run(operation="rollback", run_id="4713", deployment=stopped.outputs["deployment"])

        assert (back.outputs["status"], box.picture()) == ("rolled-back", before), back.log
