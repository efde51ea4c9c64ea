"""Blue-green swap: production moves to the new group at once, and every way back stays open."""

from pathlib import Path

import pytest

from tests.support.action import NEW, OLD, QUICK, Result, stand
from tests.support.sites import Site, swap

THREE = {"web-blue": "b1" * 8, "web-green": "e1" * 8, "web-third": "c3" * 8}


def calls(result: Result) -> list[str]:
    return [call["call"] for call in result.mutations]


def serving(**more: object) -> dict[str, object]:
    return {
        "name": "web_prod",
        "image": OLD,
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
        "created": "2026-11-16T10:00:00Z",
        **more,
    }


def test_routes_move_before_names_and_names_before_the_old_group_goes(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert calls(result) == [
            "POST /aws/ec2/group",
            "PUT /aws/ec2/group/{id}/capacity",
            "ModifyListener",  # blue stays named by a rule
            "ModifyRule",
            "ModifyListener",
            "PUT /aws/ec2/group/{id}",
            "PUT /aws/ec2/group/{id}",
            "PUT /aws/ec2/group/{id}/capacity",
            "PUT /aws/ec2/group/{id}",
        ]
        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}
        assert box.groups()["web_prod"]["image"] == NEW


def test_the_target_groups_change_roles_with_every_deployment(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        seen = []
        for number in range(4):
            assert box.run(allow="redeploy", run_id=str(5000 + number)).outputs["status"] == "deployed"
            seen.append((box.forwards["web-alb:443/10"], box.forwards["web-alb:8443/default"]))

        blue, green = {"web-blue": 1}, {"web-green": 1}
        assert seen == [(green, blue), (blue, green), (green, blue), (blue, green)]
        assert len(box.groups()) == 2


def test_without_downsize_the_old_group_keeps_running_as_the_stage(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run(downsize_old="never")

        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "2/3/6"}


def test_a_running_stage_group_gives_way_to_the_next_deployment(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run(downsize_old="never")
        stage = box.groups()["web_prod__STAGE__Harness"]["id"]
        result = box.run(allow="redeploy", run_id="4712")

        assert result.outputs["status"] == "deployed", result.log
        assert stage not in {group["id"] for group in box.alive()}


def test_a_first_deployment_has_no_old_group(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, "elastigroups": []}, lowest=0, because="nothing served before") as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod": "2/3/6"}
        assert box.forwards["web-alb:443/10"] == {"web-green": 1}
        assert result.outputs.get("previous-elastigroup-id", "") == ""


def test_the_old_group_is_named_by_its_id_where_names_are_ambiguous(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, "elastigroups": [serving(name="legacy-web")]}) as box:
        legacy = box.alive()[0]["id"]
        before = box.picture()
        result = box.run(elastigroup_id=legacy)

        assert result.outputs["status"] == "deployed", result.log
        assert box.groups()["web_prod__STAGE__Harness"]["id"] == legacy
        back = box.run(operation="rollback", deployment=result.outputs["deployment"])
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


def test_two_groups_of_the_apps_name_are_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, {**QUICK, "elastigroups": [serving(), serving()]}) as box:
        result = box.run()

        assert result.outputs["status"] == "refused"
        assert "set elastigroup-id" in result.log
        assert result.mutations == []


def test_the_swap_may_be_baked_before_the_names_move(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(bake_time="5m")

        moved = next(call["time"] for call in result.mutations if call["call"] == "ModifyRule")
        renamed = next(call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}")
        assert 300 <= renamed - moved < 310


def test_the_old_group_stays_up_for_the_delay(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(downsize_old="after 10m")

        moved = next(call["time"] for call in result.mutations if call["call"] == "ModifyRule")
        puts = [call["time"] for call in result.mutations if call["call"] == "PUT /aws/ec2/group/{id}/capacity"]
        assert 600 <= puts[1] - moved < 610


@pytest.mark.parametrize("moment", ["before the swap", "after the swap"])
def test_somebody_who_writes_the_same_rule_is_noticed(tmp_path: Path, moment: str) -> None:
    """Production is theirs, and that is said, also where nothing of ours is there to put back."""
    site = Site(changes={"target-groups": [{"name": n, "id": i} for n, i in THREE.items()]}).scenario()
    at = {"before the swap": 3, "after the swap": 100}[moment]
    with stand("blue-green", tmp_path, site, lowest=0, because="somebody sends production elsewhere") as box:
        change = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-third"}
        box.sandbox.add_fault({"at": at, **change})
        result = box.run(load_balancers=swap(), bake_time="1m" if moment == "after the swap" else "0s")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert "was modified outside this deployment" in result.log
        assert box.forwards["web-alb:443/10"] == {"web-third": 1}


def test_a_scaling_policy_that_fires_meanwhile_does_no_harm(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"at": 10, "action": "scaling-policy", "group": "web_prod*", "adjustment": 2})
        result = box.run(bake_time="1m")

        assert result.outputs["status"] == "deployed", result.log
        assert box.groups()["web_prod"]["capacity"]["target"] >= 3


def test_a_staged_group_that_a_policy_scaled_in_before_the_gate_is_open_is_scaled_out_again(tmp_path: Path) -> None:
    """The instances are healthy within seconds; the rest of the time that lists may lag is for scaling policies."""
    with stand("blue-green", tmp_path, QUICK) as box:
        scale_in = {"action": "scaling-policy", "group": "web_prod__STAGE__Harness", "adjustment": -1}
        box.sandbox.add_fault({"at": 40, **scale_in})
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert (
            "web_prod__STAGE__Harness was scaled in to 2 while it received no requests; production needs 3."
            in result.log
        )
        assert box.groups()["web_prod"]["capacity"]["target"] == 3


def test_scaling_is_suspended_with_an_end_and_resumed(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        stopped = box.run(suspend_scaling="true", until="stage-setup", timeout="1h")
        suspended = {name: group["suspensions"] for name, group in box.groups().items()}
        assert all(entry[0]["name"] == "AUTO_SCALE" for entry in suspended.values()), suspended
        assert len(stopped.record["suspended"]) == 2

        box.run(operation="continue", suspend_scaling="true")
        assert [group["suspensions"] for group in box.groups().values()] == [[], []]


def test_production_is_never_moved_to_a_group_that_lost_its_health(tmp_path: Path) -> None:
    """The new group was steady at the setup and is sick, not healed yet, when the deployment goes on an hour later."""
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        stopped = box.run(until="stage-setup")
        sick = {"action": "unhealthy", "group": "web_prod__STAGE__Harness", "side": "target"}
        box.sandbox.add_fault({"at": 3816, **sick})
        box.clock.sleep(3600)
        result = box.run(operation="continue", deployment=stopped.outputs["deployment"])

        assert result.outputs["status"] == "rolled-back", result.log
        assert "of 3 required targets are healthy" in result.log
        assert box.production["minimum-so-far"] == 3
        assert box.picture() == before
