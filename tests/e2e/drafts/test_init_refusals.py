"""Groups that this action cannot deploy are refused by init with the reason, and nothing is written."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import JSON, QUICK, stand
from tests.support.live_groups import BLUE, GROUPS, Live, draft, launch, run_drafted, user_data, workflow_in

OTHER_ACCOUNT = "arn:aws:elasticloadbalancing:us-east-1:999900001111:targetgroup/web-blue/b1b1b1b1b1b1b1b1"


def numbered(number: int, target: int) -> JSON:
    return {
        "name": f"web_prod__{number}",
        "id": f"sig-0abc000{number}",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 0, "target": target, "maximum": 4},
        "target-groups": ["web-blue"],
    }


REFUSED: dict[str, tuple[Live, dict[str, str], str]] = {
    "stateful": (
        Live({"strategy": {"persistence": {"shouldPersistRootDevice": True}}}),
        {},
        "is stateful (it keeps root volume)",
    ),
    "of a blue-green deployment": (Live(name="web_prod__STAGE__Harness"), {}, "is the staged or replaced group"),
    "an older version": (
        Live(changes={"elastigroups": [numbered(7, 2), numbered(8, 2)]}),
        {"group": "sig-0abc0007"},
        "web_prod__8 (sig-0abc0008) is a later version of web_prod__7",
    ),
    "replaced by a number": (
        Live(
            changes={
                "elastigroups": [{**numbered(1, 0), "name": "web-prod"}, {**numbered(2, 2), "name": "web__prod__1"}]
            }
        ),
        {"group": "sig-0abc0001"},
        "web__prod__1 (sig-0abc0002) is a later version of web-prod (sig-0abc0001), and runs",
    ),
    "unknown": (
        Live(),
        {"group": "sig-0ffffffff"},
        "is not an Elastigroup of this account. Groups that run: web_prod (",
    ),
    "not named": (
        Live(),
        {"group": ""},
        "elastigroup-id is missing. Groups that run: web_prod (sig-0abc1234).",
    ),
    "of another AWS account": (
        Live(launch(loadBalancersConfig={"loadBalancers": [{"arn": OTHER_ACCOUNT, "type": "TARGET_GROUP"}]})),
        {},
        "are in the AWS account 999900001111, but the credentials are of 111122223333",
    ),
    "of Elastic Beanstalk": (
        Live({"thirdPartiesIntegration": {"elasticBeanstalk": {"environmentId": "e-1"}}}),
        {},
        "is managed by elasticBeanstalk",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_group_that_cannot_be_deployed_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    live, inputs, message = REFUSED[name]
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, live.scenario()) as box:
        result = draft(box, workspace, **inputs)
        assert (result.code, result.outputs["status"]) == (3, "refused"), result.log
        assert message in result.log
        assert "Next: " in result.log
        assert list(workspace.iterdir()) == []


@pytest.mark.parametrize("app", ["web_prod", "shop"])
@pytest.mark.parametrize("which", ["old", "new"])
def test_during_a_deployment_no_half_way_capacity_is_drafted(tmp_path: Path, app: str, which: str) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        old = box.groups()["web_prod__7"]["id"]
        more = {"app-name": app, "elastigroup-id": old}
        stopped = box.run(more, until="canary-deploy-1")
        assert stopped.outputs["status"] == "stopped", stopped.log
        new = stopped.outputs["elastigroup-id"]
        result = draft(box, tmp_path / "drafts", group=old if which == "old" else new)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"A deployment has not finished (group {app}__" in result.log
        assert list((tmp_path / "drafts").rglob("*.*")) == []


def test_of_two_groups_of_one_name_the_one_that_was_given_is_named_by_its_id(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    twin = {**numbered(2, 0), "name": "web_prod"}
    scenario = GROUPS["stage listener"].scenario()
    with stand("basic", tmp_path, {**scenario, "elastigroups": [*scenario["elastigroups"], twin]}) as box:
        assert draft(box, workspace).code == 0
        planned = run_drafted(box, workspace, "plan")
        assert planned.outputs["status"] == "planned", planned.log
        assert planned.outputs["previous-elastigroup-id"] == "sig-0abc1234"


def test_an_account_that_is_not_the_tokens_is_refused(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live().scenario()) as box:
        box.inputs, environ = {}, {"GITHUB_WORKSPACE": str(workspace), "INPUT_SPOT-ACCOUNT-ID": "act-0ffffff0"}
        result = box.run({"operation": "init", "elastigroup-id": "sig-0abc1234"}, environ=environ)
        assert (result.code, result.outputs["status"]) == (3, "refused"), result.log
        assert not workspace.exists()


def test_files_that_exist_are_kept_and_the_same_drafts_are_no_change(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, GROUPS["start-up script"].scenario()) as box:
        first, second = draft(box, workspace), draft(box, workspace)
        assert (first.code, second.code) == (0, 0), second.log
        assert ": written" not in second.log
        service = workspace / "deploy" / "service.yaml"
        service.write_text(service.read_text("utf-8") + "# mine\n", "utf-8")
        (workspace / "deploy" / "startup.sh").unlink()
        third = draft(box, workspace)
        assert (third.code, third.outputs["status"]) == (3, "refused")
        assert "deploy/service.yaml exists with other content, so nothing was written" in third.log
        assert not (workspace / "deploy" / "startup.sh").exists()
        fourth = draft(box, workspace, out="drafts")
        assert fourth.code == 3, "the workflow names the other folder"
        workflow_in(workspace).unlink()
        assert draft(box, workspace, out="./drafts/web/").code == 0
        assert (workspace / "drafts" / "web" / "elastigroup.json").is_file()


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"out": "../elsewhere"}, "out: ../elsewhere: is outside the workspace"),
        ({"out": "/etc"}, "out: /etc: is outside the workspace"),
        ({"until": "setup"}, "until: cannot be used with operation init"),
        ({"operation": "plan", "out": "drafts"}, "out: is for operation init"),
        ({"group": "web-prod"}, "is not an Elastigroup id"),
    ],
)
def test_inputs_that_init_cannot_use_are_errors(tmp_path: Path, inputs: dict[str, Any], problem: str) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live().scenario()) as box:
        result = draft(box, workspace, **inputs)
        assert (result.code, result.outputs["status"]) == (2, "invalid"), result.log
        assert problem in result.log
        assert list(workspace.iterdir()) == []
        assert not (tmp_path / "elsewhere").exists()


def test_no_secret_of_the_user_data_is_in_log_summary_or_outputs(tmp_path: Path) -> None:
    script = "#!/bin/sh\nexport DB_PASSWORD=hunter2-hunter2\n"
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live(user_data(script)).scenario()) as box:
        result = draft(box, workspace)
        assert "hunter2" not in result.everything
        assert base64.b64encode(script.encode()).decode()[:20] not in result.everything
        assert "deploy/startup.sh: these lines may contain a secret: 2." in result.log
        assert "hunter2" not in (workspace / "deploy" / "elastigroup.json").read_text("utf-8")


def test_a_target_group_that_nothing_uses_is_told_in_summary_and_workflow(tmp_path: Path) -> None:
    live = Live(
        target_groups=("web-blue", "orphan"),
        changes={"target-groups": [BLUE, {"name": "orphan", "id": "b9b9b9b9b9b9b9b9"}]},
    )
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, live.scenario()) as box:
        result = draft(box, workspace)
        assert "No rule forwards to the target group orphan" in result.summary
        text = " ".join(workflow_in(workspace).read_text("utf-8").replace("\n#", " ").split())
        assert "No rule forwards to the target group orphan" in text


def test_an_image_that_was_deregistered_leaves_the_version_to_each_run(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live(image="ami-0dead0000dead0000").scenario()) as box:
        result = draft(box, workspace)
        assert (result.code, result.outputs["status"]) == (0, "drafted"), result.log
        assert "is no longer available" in result.log
        assert "version: <+input>" in (workspace / "deploy" / "service.yaml").read_text("utf-8")


def test_a_second_init_writes_nothing_and_says_so(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live().scenario()) as box:
        draft(box, workspace)
        (workspace / "deploy" / "service.yaml").unlink()
        some = draft(box, workspace)
        assert some.outputs["status"] == "drafted"
        assert "deploy/service.yaml: written" in some.log
        none = draft(box, workspace)
        assert (none.code, none.outputs["status"]) == (0, "unchanged")
        assert "Nothing was written: the drafts of web_prod (prod), strategy canary, exist already." in none.log
        assert none.log.splitlines()[-1].endswith(
            "web_prod (prod): 4 files exist already as drafted; nothing was written"
        )


def test_a_key_that_this_version_does_not_know_is_left_out_and_told(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live({"strategy": {"newFeature": {"on": True}}}).scenario()) as box:
        result = draft(box, workspace)
        assert (result.code, result.outputs["status"]) == (0, "drafted"), result.log
        assert "group.strategy.newFeature is not known to this version, so it was left out" in result.log
        assert "newFeature" not in (workspace / "deploy" / "elastigroup.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("call", "how"),
    [
        ("GET /aws/ec2/group", {"effect": "status", "status": 500}),
        ("GET /aws/ec2/group/{id}", {"effect": "status", "status": 401}),
        ("DescribeImages", {"effect": "aws-error", "code": "UnauthorizedOperation"}),
        ("DescribeRules", {"effect": "aws-error", "code": "AccessDenied"}),
        ("DescribeTargetGroups", {"effect": "aws-error", "code": "AccessDenied"}),
    ],
)
def test_where_something_cannot_be_read_nothing_is_drafted(tmp_path: Path, call: str, how: JSON) -> None:
    workspace = tmp_path / "workspace"
    with stand("basic", tmp_path, Live().scenario()) as box:
        box.sandbox.add_fault({"match": {"call": call}, "times": 99, **how})
        result = draft(box, workspace)
        assert result.code in {3, 5}, result.log
        assert result.outputs["status"] in {"refused", "failed"}
        assert "Next: " in result.log
        assert list(workspace.iterdir()) == []
