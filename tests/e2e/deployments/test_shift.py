"""Traffic shift: production moves share by share, client pins are dealt with, and the weights say where it stands."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import QUICK, Result, Stand, stand
from tests.support.sites import GREEN_ARN, SPLIT, Site, shift, swap

STICKY = Site(rule={"forward": {"target-groups": SPLIT, "stickiness": 90}}).scenario()
API = {
    "name": "api-alb",
    "listeners": [
        {"port": 443, "default": {"forward": "api-blue"}},
        {"port": 8443, "default": {"forward": "api-green"}},
    ],
}
IDS = {"web-blue": "b1" * 8, "web-green": "e1" * 8, "api-blue": "1b" * 8, "api-green": "1e" * 8}


def weights(result: Result) -> list[tuple[int, int, str]]:
    """Every write of the rule: weight of blue, weight of green, and whether stickiness is on."""
    found = []
    for call in result.mutations:
        if call["call"] == "ModifyRule":
            config = "Actions.member.1.ForwardConfig"
            body: Mapping[str, str] = call["body"]
            shares = {
                body[f"{config}.TargetGroups.member.{n}.TargetGroupArn"].split("/")[1]: int(
                    body[f"{config}.TargetGroups.member.{n}.Weight"]
                )
                for n in (1, 2)
            }
            sticky = body[f"{config}.TargetGroupStickinessConfig.Enabled"]
            found.append((shares["web-blue"], shares["web-green"], sticky))
    return found


def stickiness(box: Stand) -> object:
    action = box.rules()["web-alb:443/10"]["actions"][-1]
    return action["ForwardConfig"]["TargetGroupStickinessConfig"]


def test_every_weight_is_written_once_and_only_the_last_takes_the_names(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(traffic_weights="10, 50 for 2m, 100")

        assert result.outputs["status"] == "deployed", result.log
        assert [entry[:2] for entry in weights(result)] == [(90, 10), (50, 50), (0, 100)]
        calls = [call["call"] for call in result.mutations]
        assert calls.index("PUT /aws/ec2/group/{id}") > max(n for n, c in enumerate(calls) if c == "ModifyRule")
        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}


def test_each_weight_is_baked_for_its_own_time(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(traffic_weights="10 for 5m, 50, 100", bake_time="2m")

        times = [call["time"] for call in result.mutations if call["call"] == "ModifyRule"]
        renamed = next(call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}")
        baked = [after - before for before, after in zip(times, [*times[1:], renamed], strict=True)]
        assert [seconds // 60 for seconds in baked] == [5, 2, 2]


def test_the_roles_change_with_every_shift(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        box.run(traffic_weights="100")
        again = box.run(traffic_weights="50, 100", allow="redeploy", run_id="4712")

        assert again.outputs["status"] == "deployed", again.log
        assert "so the new group is staged in web-blue" in again.log
        assert box.forwards["web-alb:443/10"] == {"web-blue": 100, "web-green": 0}


def test_a_shift_that_ends_below_100_keeps_the_names_and_refuses_the_next_one(tmp_path: Path) -> None:
    """Two groups serve then: what is deployed next would have to throw one of them out."""
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(traffic_weights="10, 25", downsize_old="never")

        assert result.outputs["status"] == "deployed", result.log
        assert box.forwards["web-alb:443/10"] == {"web-blue": 75, "web-green": 25}
        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "2/3/6"}
        refused = box.run(run_id="4712")
        assert refused.outputs["status"] == "refused"
        assert "A traffic shift is in progress" in refused.log


def test_a_downsize_below_100_is_invalid(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(traffic_weights="10, 25")

        assert (result.code, result.calls) == (2, [])
        assert "would scale a group that still serves to 0: traffic-weights ends at 25" in result.log


def test_group_stickiness_is_warned_of(tmp_path: Path) -> None:
    with stand("shift", tmp_path, STICKY) as box:
        result = box.run(load_balancers=shift(), traffic_weights="50, 100", downsize_old="never")

        assert result.outputs["status"] == "deployed", result.log
        assert "pins clients to a target group for 90 s (group stickiness), regardless of the weights" in result.log
        assert weights(result) == [(50, 50, "true"), (0, 100, "true")]


def test_with_downsize_stickiness_is_turned_off_at_100_waited_for_and_turned_on_again(tmp_path: Path) -> None:
    with stand("shift", tmp_path, STICKY) as box:
        before = stickiness(box)
        result = box.run(load_balancers=shift(), traffic_weights="50, 100", downsize_old="after 10s")

        assert result.outputs["status"] == "deployed", result.log
        assert weights(result) == [(50, 50, "true"), (0, 100, "false"), (0, 100, "true")]
        assert stickiness(box) == before
        written = [call["time"] for call in result.mutations if call["call"] == "ModifyRule"]
        emptied = [call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"][1]
        assert emptied - written[1] >= 90  # longer than any client is pinned


@pytest.mark.sampled(3)
@pytest.mark.parametrize("passed", ["with-record", "with-nothing"])
@pytest.mark.parametrize("until", ["shift-50", "shift-100"])
@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_stickiness_comes_back_whoever_continues(tmp_path: Path, operation: str, until: str, passed: str) -> None:
    given = {"load-balancers": shift(), "traffic-weights": "50, 100", "downsize-old": "after 10s"}
    with stand("shift", tmp_path, STICKY) as box:
        before = box.picture()
        stopped = box.run(given, until=until)
        record = stopped.outputs["deployment"] if passed == "with-record" else ""
        result = box.run(given, operation=operation, deployment=record, run_id="4712")

        assert result.code == 0, result.log
        assert stickiness(box) == {"Enabled": True, "DurationSeconds": 90}
        if operation == "rollback":
            assert box.picture() == before


def test_stickiness_of_a_target_group_cannot_be_turned_off_and_is_waited_for(tmp_path: Path) -> None:
    sticky = {"stickiness.enabled": "true", "stickiness.type": "lb_cookie"}
    groups = [
        {"name": "web-blue", "id": "b1" * 8, "attributes": sticky},
        {"name": "web-green", "id": "e1" * 8, "attributes": sticky},
    ]
    with stand("shift", tmp_path, {**STICKY, "target-groups": groups}) as box:
        result = box.run(load_balancers=shift(), traffic_weights="50, 100", downsize_old="after 10s")

        assert result.outputs["status"] == "deployed", result.log
        assert "It cannot be turned off, because web-blue, web-green has its own stickiness" in result.log
        assert [entry[2] for entry in weights(result)] == ["true", "true"]
        puts = [call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]
        written = [call["time"] for call in result.mutations if call["call"] == "ModifyRule"]
        assert puts[1] - written[1] >= 90


def test_a_stage_target_group_that_is_not_on_the_rule_is_refused(tmp_path: Path) -> None:
    with stand("shift", tmp_path, Site(rule={"forward": SPLIT}).scenario()) as box:
        result = box.run(load_balancers=shift(green=GREEN_ARN.replace("web-green", "web-other")))

        assert result.outputs["status"] == "refused"
        assert "is not on web-alb:443" in result.log
        assert result.mutations == []


def test_weights_that_somebody_raised_are_not_lowered_on_the_way(tmp_path: Path) -> None:
    """Going on from 10, the person on call has meanwhile moved to 70 by hand: 50 would be a step back."""
    with stand("shift", tmp_path, QUICK) as box:
        stopped = box.run(traffic_weights="10, 50, 100", until="shift-10")
        by_hand = [{"target-group": "web-blue", "weight": 30}, {"target-group": "web-green", "weight": 70}]
        box.sandbox.add_fault({"at": 0, "action": "change-rule", "rule": "web-alb:443/10", "forward": by_hand})
        result = box.run(operation="continue", deployment=stopped.outputs["deployment"], traffic_weights="10, 50, 100")

        assert result.outputs["status"] == "deployed", result.log
        assert [entry[:2] for entry in weights(result)] == [(0, 100)]


@pytest.mark.parametrize(("blue", "green"), [(70, 30), (100, 0), (0, 100)])
def test_weights_that_somebody_changes_while_we_bake_are_not_written_over(
    tmp_path: Path, blue: int, green: int
) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        before = box.picture()
        forward = [{"target-group": "web-blue", "weight": blue}, {"target-group": "web-green", "weight": green}]
        box.sandbox.add_fault({"at": 120, "action": "change-rule", "rule": "web-alb:443/10", "forward": forward})
        result = box.run(traffic_weights="10 for 1m, 50, 100")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        now = f"it forwards to web-blue {blue}% + web-green {green}%, not to web-blue 90%"
        assert f"was modified outside this deployment: {now}" in result.log
        assert (50, 50) not in [entry[:2] for entry in weights(result)]
        assert box.picture() == before


def test_that_the_weights_cannot_be_read_at_once_after_a_bake_takes_nothing_back(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        box.sandbox.add_fault(
            {"match": {"call": "DescribeRules", "nth": 5}, "effect": "aws-error", "code": "AccessDenied"}
        )
        result = box.run(traffic_weights="10 for 1m, 100")

        assert result.outputs["status"] == "deployed", result.log
        assert "production's rules: could not be read: AWS refused elbv2:DescribeRules (AccessDenied)" in result.log


@pytest.mark.sampled(3)
@pytest.mark.parametrize("operation", ["continue", "rollback"])
@pytest.mark.parametrize("until", ["stage-setup", "shift-50", "shift-100", "swap-route"])
def test_a_shift_and_a_swap_go_together(tmp_path: Path, until: str, operation: str) -> None:
    old = {
        "name": "web_prod",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue", "api-blue"],
        "created": "2026-11-16T10:00:00Z",
    }
    changes = {
        "target-groups": [{"name": name, "id": ident} for name, ident in IDS.items()],
        "elastigroups": [old],
        "production": ["web-alb:443/10", "api-alb:443/default"],
    }
    site = Site(rule={"forward": SPLIT}, balancers=[API], changes=changes).scenario()
    given = {
        "load-balancers": shift() + swap("", "api-alb"),
        "traffic-weights": "50, 100",
        "downsize-old": "after 0s",
    }
    with stand("shift", tmp_path, site) as box:
        before = box.picture()
        assert box.run(given, until=until).outputs["status"] == "stopped"
        result = box.run(given, operation=operation, run_id="4712")

        assert result.code == 0, result.log
        if operation == "rollback":
            assert box.picture() == before
        else:
            assert box.forwards["web-alb:443/10"] == {"web-blue": 0, "web-green": 100}
            assert box.forwards["api-alb:443/default"] == {"api-green": 1}
            assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}
