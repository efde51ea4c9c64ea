"""What init drafts from a live group is, for plan, the same group but for the image."""

import re
from pathlib import Path

import pytest

from tests.support.action import JSON, NEW, OLD, Stand, stand
from tests.support.live_groups import BLUE_ARN, GROUPS, draft, run_drafted
from tests.support.sandboxes import Spot
from tests.support.sites import GREEN_ARN

IMAGE = {f'-      "imageId": "{OLD}"', f'+      "imageId": "{NEW}"'}
#: Blue-green stages the new group in the other target group: that is what is moved.
STAGED = {f'-            "arn": "{BLUE_ARN}"', f'+            "arn": "{GREEN_ARN}"'}
STAGED |= {'-            "name": "web-blue"', '+            "name": "web-green"'}
MOVED = {"stage listener", "weighted rule"}
SET_BY_A_DEPLOYMENT = {"id", "name", "description", "createdAt", "updatedAt", "capacity"}


def changed_lines(summary: str) -> set[str]:
    """The lines of the config's diff in a plan's summary, without commas."""
    found = re.search(r"```diff\n(.*?)```", summary, re.DOTALL)
    lines = found[1].splitlines() if found else []
    return {line.rstrip(",") for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))}


def raw_body(box: Stand, group: str) -> JSON:
    """The group as Spot's API returns it, without what a deployment sets."""
    spot = Spot(box.sandbox)
    (item,) = spot.items("GET", f"/aws/ec2/group/{group}")
    body: JSON = {key: value for key, value in item.items() if key not in SET_BY_A_DEPLOYMENT}
    launch = body["compute"]["launchSpecification"]
    image = launch.pop("imageId", None) or launch.pop("images")[0]["id"]
    for device in launch.get("blockDeviceMappings") or ():
        device["ebs"]["volumeSize"] = int(device["ebs"]["volumeSize"])  # a text in some exports
    return {**body, "image": image}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", GROUPS)
def test_a_plan_right_after_init_changes_nothing_but_the_image(tmp_path: Path, name: str) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS[name].scenario()) as box:
        drafted = draft(box, workspace)
        assert (drafted.code, drafted.outputs["status"]) == (0, "drafted"), drafted.log
        assert drafted.mutations == []
        planned = run_drafted(box, workspace, "plan")
        assert (planned.code, planned.outputs["status"]) == (0, "planned"), planned.log
        assert changed_lines(planned.summary) == IMAGE | (STAGED if name in MOVED else set())


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", [name for name in GROUPS if name not in MOVED])
def test_the_group_that_is_created_from_the_drafts_is_the_old_one_at_spot_too(tmp_path: Path, name: str) -> None:
    """Compared as Spot's API returns both, without any of the action's own comparison."""
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS[name].scenario()) as box:
        draft(box, workspace)
        before = raw_body(box, "sig-0abc1234")
        done = run_drafted(box, workspace, "deploy", until="setup")
        assert (done.code, done.outputs["status"]) == (0, "stopped"), done.log
        assert raw_body(box, done.outputs["elastigroup-id"]) == {**before, "image": NEW}
