"""What else stands in the target groups: nothing is deployed beside a group that was to be replaced."""

import json
import shutil
from itertools import product
from pathlib import Path

import pytest
import yaml

from spotaction.sandbox.types import GroupId
from tests.support.action import JSON, KILLED, NEW, OLD, QUICK, ROOT, Stand, stand

FIRST = ("basic", "canary")


def group(name: str, target: str = "web-blue", **more: object) -> JSON:
    capacity = {"minimum": 2, "target": 3, "maximum": 6}
    return {"name": name, "image": OLD, "capacity": capacity, "target-groups": [target], **more}


def with_groups(*groups: JSON, **more: object) -> JSON:
    return {**QUICK, "elastigroups": list(groups), **more}


def ident(box: Stand, name: str) -> str:
    return str(next(each["id"] for each in box.alive() if each["name"] == name))


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        *product(FIRST, ["web_prod", "shop"]),
        *product(["blue-green", "shift"], ["web_prod__3", "shop"]),
    ],
)
@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_a_first_deployment_beside_a_running_group_is_refused_and_names_it(
    tmp_path: Path, strategy: str, operation: str, name: str
) -> None:
    with stand(strategy, tmp_path, with_groups(group(name))) as box:
        result = box.run(operation=operation)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"{name} ({ident(box, name)}) runs in web-blue" in result.log
        assert f"elastigroup-id: {ident(box, name)}" in result.log
        assert "allow: shared-target-groups" in result.log


@pytest.mark.parametrize("strategy", FIRST)
def test_the_group_named_as_previous_is_replaced_and_names_continue_from_one(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, with_groups(group("web_prod"))) as box:
        before, previous = box.picture(), ident(box, "web_prod")
        result = box.run(elastigroup_id=previous)

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod": "0/0/0", "web_prod__1": "2/3/6"}
        assert result.outputs["previous-elastigroup-id"] == previous

        back = box.run(operation="rollback")
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", FIRST)
def test_the_input_may_stay_in_the_workflow(tmp_path: Path, strategy: str) -> None:
    """A group that was replaced runs no more: from then on the names tell."""
    with stand(strategy, tmp_path, with_groups(group("web_prod"))) as box:
        previous = ident(box, "web_prod")
        box.run(elastigroup_id=previous)
        same = box.run(elastigroup_id=previous)
        again = box.run(elastigroup_id=previous, allow="redeploy")

        assert same.outputs["status"] == "unchanged"
        assert again.outputs["status"] == "deployed", again.log
        assert box.capacities() == {"web_prod": "0/0/0", "web_prod__1": "0/0/0", "web_prod__2": "2/3/6"}
        assert f"web_prod ({previous}) is scaled to 0, so web_prod__1" in again.log


@pytest.mark.parametrize("strategy", FIRST)
@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_one_that_died_is_taken_up_from_its_mark_without_the_input(
    tmp_path: Path, strategy: str, operation: str
) -> None:
    with stand(strategy, tmp_path, with_groups(group("web_prod"))) as box:
        before = box.picture()
        fault = {"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 2}, "effect": "kill"}
        box.sandbox.add_fault(fault)
        assert box.run(elastigroup_id=ident(box, "web_prod")).code == KILLED
        result = box.run(operation=operation, attempt="2")

        if operation == "rollback":
            assert (result.outputs["status"], box.picture()) == ("rolled-back", before), result.log
        else:
            assert result.outputs["status"] == "deployed", result.log
            assert box.capacities() == {"web_prod": "0/0/0", "web_prod__1": "2/3/6"}


def test_a_deployment_that_fails_goes_back_to_the_group_named_as_previous(tmp_path: Path) -> None:
    with stand("canary", tmp_path, with_groups(group("web_prod"), behaviours=[{"image": NEW, "boots": False}])) as box:
        before = box.picture()
        result = box.run(elastigroup_id=ident(box, "web_prod"), steady_state_timeout="3m")

        assert (result.outputs["status"], box.picture()) == ("rolled-back", before)


@pytest.mark.parametrize("operation", ["deploy", "plan"])
def test_targets_that_belong_to_no_known_group_are_refused(tmp_path: Path, operation: str) -> None:
    with stand("basic", tmp_path, with_groups(group("web_prod__7"))) as box:
        lost = GroupId(ident(box, "web_prod__7"))
        box.sandbox._world.groups[lost].deleted_at = box.clock.now()
        result = box.run(operation=operation)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "web-blue has 3 healthy targets from outside the Elastigroups of this account" in result.log
        assert "allow: shared-target-groups" in result.log


def test_a_first_deployment_of_all_is_nobodys_neighbour(tmp_path: Path) -> None:
    with stand("basic", tmp_path, with_groups()) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__1": "2/3/6"}


def test_target_groups_that_are_shared_on_purpose_are_reported(tmp_path: Path) -> None:
    with stand("basic", tmp_path, with_groups(group("shop"))) as box:
        result = box.run(allow="shared-target-groups")

        assert result.outputs["status"] == "deployed", result.log
        assert f"shop ({ident(box, 'shop')}) runs in web-blue" in result.log
        assert box.groups("shop")["shop"]["capacity"]["target"] == 3


def test_another_app_beside_the_old_group_is_reported_and_no_hindrance(tmp_path: Path) -> None:
    with stand("basic", tmp_path, with_groups(group("web_prod__7"), group("shop"))) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert f"shop ({ident(box, 'shop')}) runs in web-blue as well" in result.log
        assert box.groups("shop")["shop"]["capacity"]["target"] == 3


def test_a_group_of_the_apps_own_name_beside_the_old_one_is_refused(tmp_path: Path) -> None:
    """Which of the two serves cannot be told: the other would go on with the version of before."""
    with stand("basic", tmp_path, with_groups(group("web_prod__7"), group("web_prod"))) as box:
        result = box.run()
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"web_prod ({ident(box, 'web_prod')}) runs in web-blue" in result.log
        assert f"web_prod__7 ({ident(box, 'web_prod__7')})" in result.log

        chosen = box.run(elastigroup_id=ident(box, "web_prod"), instances="min=2,max=6,desired=3")
        assert chosen.outputs["status"] == "deployed", chosen.log
        assert box.capacities() == {"web_prod": "0/0/0", "web_prod__7": "0/0/0", "web_prod__8": "2/3/6"}


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_blue_green_replaces_the_group_named_as_previous_and_goes_back_to_it(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, with_groups(group("web_prod__3"))) as box:
        before, previous = box.picture(), ident(box, "web_prod__3")
        result = box.run(elastigroup_id=previous)
        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}

        back = box.run(operation="rollback", deployment=result.outputs["deployment"], elastigroup_id=previous)
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


@pytest.mark.parametrize(("target", "why"), [("web-blue", "would lose"), ("web-green", "would get")])
def test_another_group_in_blue_or_green_is_refused(tmp_path: Path, target: str, why: str) -> None:
    with stand("blue-green", tmp_path, with_groups(group("web_prod"), group("shop", target))) as box:
        result = box.run()
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"shop ({ident(box, 'shop')}) runs in {target}" in result.log
        assert why in result.log

        allowed = box.run(operation="plan", allow="shared-target-groups")
        assert allowed.outputs["status"] == "planned", allowed.log


def test_what_serves_production_under_the_name_of_the_stage_is_not_taken_for_stale(tmp_path: Path) -> None:
    stage = "web_prod__STAGE__Harness"
    with stand("blue-green", tmp_path, with_groups(group("web_prod"), group(stage))) as box:
        result = box.run()

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"{stage} ({ident(box, stage)}) runs in web-blue" in result.log


GREEN_ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web-green/e1e1e1e1e1e1e1e1"
ELSEWHERE: dict[str, JSON | None] = {
    "left out": None,
    "empty": {"loadBalancers": []},
    "another": {"loadBalancers": [{"name": "web-green", "arn": GREEN_ARN, "type": "TARGET_GROUP"}]},
}


def without_attachment(folder: Path, instead: JSON | None) -> dict[str, str]:
    """The environment of a workspace whose Elastigroup config attaches the new group elsewhere."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    file = folder / "examples" / "deploy" / "elastigroup.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    launch = config["group"]["compute"]["launchSpecification"]
    launch |= {"healthCheckType": "EC2", "loadBalancersConfig": instead}
    file.write_text(json.dumps(config), encoding="utf-8")
    return {"GITHUB_WORKSPACE": str(folder)}


@pytest.mark.parametrize("instead", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("strategy", FIRST)
def test_a_new_group_that_would_not_serve_where_the_old_one_does_is_refused(
    tmp_path: Path, strategy: str, instead: JSON | None
) -> None:
    targets = [{"name": "web-blue", "id": "b1b1b1b1b1b1b1b1"}, {"name": "web-green", "id": "e1e1e1e1e1e1e1e1"}]
    with stand(strategy, tmp_path, {**QUICK, "target-groups": targets}) as box:
        result = box.run(environ=without_attachment(tmp_path, instead))

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        old = ident(box, "web_prod__7")
        told = f"web_prod__7 ({old}) serves in web-blue, where the new group will not: requests come from web-alb:443"
        assert told in result.log


@pytest.mark.parametrize("strategy", FIRST)
def test_a_target_group_that_nobody_would_miss_may_be_left(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK, lowest=0, because="the user does not mind") as box:
        result = box.run(environ=without_attachment(tmp_path, None), allow="other-rules")

        assert result.outputs["status"] == "deployed", result.log
        assert "serves in web-blue, where the new group will not" in result.log


def test_a_target_group_without_requests_may_be_left(tmp_path: Path) -> None:
    elsewhere = {"name": "web-alb", "listeners": [{"port": 443, "default": {"forward": "web-other"}}]}
    targets = [{"name": "web-blue", "id": "b1b1b1b1b1b1b1b1"}, {"name": "web-other"}]
    with stand("basic", tmp_path, {**QUICK, "load-balancers": [elsewhere], "target-groups": targets}) as box:
        result = box.run(environ=without_attachment(tmp_path, None))

        assert result.outputs["status"] == "deployed", result.log


def behind_two_load_balancers() -> JSON:
    """Blue/green of one load balancer; the running group also serves behind the default rule of another one."""
    site: JSON = yaml.safe_load((ROOT / "examples" / "sandbox" / "blue-green.yaml").read_text(encoding="utf-8"))
    other = {"name": "api-alb", "listeners": [{"port": 443, "default": {"forward": "api-blue"}}]}
    return {
        **QUICK,
        "target-groups": [*site["target-groups"], {"name": "api-blue"}],
        "load-balancers": [*site["load-balancers"], other],
        "elastigroups": [{**site["elastigroups"][0], "target-groups": ["web-blue", "api-blue"]}],
        "production": ["web-alb:443/10", "api-alb:443/default"],
    }


def test_a_blue_green_deployment_leaves_no_other_load_balancer_without_targets(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, behind_two_load_balancers()) as box:
        result = box.run()

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "serves in api-blue, where the new group will not: requests come from api-alb:443" in result.log


def test_a_group_that_stays_for_another_load_balancer_is_not_deleted_as_stale(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, behind_two_load_balancers()) as box:
        assert box.run(downsize_old="never").outputs["status"] == "deployed"
        before = box.picture()
        result = box.run(downsize_old="never", allow="redeploy", run_id="4712")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert "may not be deleted: api-alb:443 default rule, which this deployment does not move" in result.log
        assert box.picture() == before


@pytest.mark.parametrize("strategy", FIRST)
def test_a_target_group_that_only_the_new_group_is_part_of_does_not_keep_it_from_going(
    tmp_path: Path, strategy: str
) -> None:
    rule = {"priority": 5, "path": "/extra", "forward": "web-green"}
    targets = [{"name": "web-blue", "id": "b1b1b1b1b1b1b1b1"}, {"name": "web-green", "id": "e1e1e1e1e1e1e1e1"}]
    listener = {"port": 443, "default": {"forward": "web-blue"}, "rules": [rule]}
    site = {"target-groups": targets, "load-balancers": [{"name": "web-alb", "listeners": [listener]}]}
    both = [*_attached("web-blue", "b1b1b1b1b1b1b1b1"), *_attached("web-green", "e1e1e1e1e1e1e1e1")]
    changes = {**QUICK, **site, "production": ["web-alb:443/default"]}
    with stand(strategy, tmp_path, changes, lowest=0, because="what replaces old instances fails") as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 100, "action": "unhealthy", "group": "web_prod__8"})
        result = box.run(environ=without_attachment(tmp_path, {"loadBalancers": both}))

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert box.picture() == before


def _attached(name: str, ident: str) -> list[JSON]:
    arn = f"arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/{name}/{ident}"
    return [{"name": name, "arn": arn, "type": "TARGET_GROUP"}]


def test_a_staged_group_that_is_all_that_is_left_is_replaced(tmp_path: Path) -> None:
    """Somebody deleted the group that served; its targets are the staged group's own."""
    left = with_groups(group("web_prod__STAGE__Harness", "web-green"))
    with stand("blue-green", tmp_path, left, lowest=0, because="nothing serves any more") as box:
        result = box.run(instances="min=2,max=6,desired=3")

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod": "2/3/6"}
