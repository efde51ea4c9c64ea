"""Execution documents from the first call to the last: order, conditions, failure strategies, rules, rollback."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from tests.support.action import NEW, OLD, QUICK, ROOT, Result, Stand, stand

PLAIN = (
    "strategy",
    "instances",
    "canary",
    "load-balancers",
    "traffic-weights",
    "downsize-old",
    "app-name",
)
NOTHING: dict[str, Any] = {name.replace("-", "_"): "" for name in PLAIN}
CAPACITY, RULE = "PUT /aws/ec2/group/{id}/capacity", "ModifyRule"
MIXED = yaml.safe_load((ROOT / "examples" / "sandbox" / "pipeline.yaml").read_text("utf-8")) | QUICK
EXPORTED = "examples/harness/pipeline.yaml#blue_green"
NEVER = {**QUICK, "behaviours": [{"image": NEW, "target": "never"}]}
SETUP = """
    - step:
        type: ElastigroupSetup
        identifier: setup
        spec: {name: <+service.identifier>_<+env.name>, instances: {type: CurrentRunning, spec: {}}}"""


def refused(call: str, *, nth: int = 1, times: int = 1) -> Mapping[str, Any]:
    """Spot refuses a call for good; no client tries that again."""
    effect = {"effect": "status", "status": 400, "code": "CANT_DO_THAT", "message": "not today"}
    return {"match": {"call": call, "nth": nth}, "times": times, **effect}


def deploy(name: str, percentage: int, more: str = "") -> str:
    return f"""
    - step:
        type: ElastigroupDeploy
        identifier: {name}
        timeout: 2m
        spec: {{newService: {{type: Percentage, spec: {{percentage: {percentage}}}}}}}{more}"""


def on_failure(kind: str, errors: str = "AllErrors", indent: str = "  ") -> str:
    return f"\n{indent}failureStrategies: [{{onFailure: {{errors: [{errors}], action: {{type: {kind}}}}}}}]"


def run(box: Stand, *parts: str, files: Mapping[str, str] | None = None, **inputs: str) -> Result:
    """Run the action with an execution document made of parts, and files beside it (all below RUNNER_TEMP)."""
    document = box.folder / "execution.yaml"
    document.write_text("execution:\n  steps:" + "".join(parts) + "\n", encoding="utf-8")
    for name, text in (files or {}).items():
        (box.folder / name).write_text(text, encoding="utf-8")
    environ = {"RUNNER_TEMP": str(box.folder)}
    return box.run(execution=str(document), environ=environ, **{**NOTHING, **inputs})


def told(result: Result, box: Stand) -> list[str]:
    """The writes in order, in words: the call, the group or rule, and what it got."""
    names = {group["id"]: group["image"] for group in box.sandbox.state()["groups"]}
    return [
        _told(call, {key: "new" if image == NEW else "old" for key, image in names.items()})
        for call in result.mutations
    ]


def _told(call: Mapping[str, Any], names: Mapping[str, str]) -> str:
    body, path = call["body"], call["path"].split("/")
    if call["service"] == "elb" or call["call"].startswith("Modify"):
        return f"{call['call']} {_rule(body)} {_weights(body)}"
    if call["call"] == CAPACITY:
        numbers = body["capacity"]
        return f"scale {names[path[-2]]} {numbers['minimum']}/{numbers['target']}/{numbers['maximum']}"
    if call["method"] == "POST":
        return f"create {body['group']['name']}"
    verb = {"PUT": "update", "DELETE": "delete"}[call["method"]]
    return f"{verb} {names[path[-1]]} {(body or {}).get('group', {}).get('name', '')}".strip()


def _rule(body: Mapping[str, str]) -> str:
    return (body.get("RuleArn") or body["ListenerArn"]).rsplit("/", 1)[-1]


def _weights(body: Mapping[str, str]) -> str:
    groups = {
        key.rsplit(".", 1)[0]: value.split("/")[-2] for key, value in body.items() if key.endswith(".TargetGroupArn")
    }
    found = {name: body.get(f"{key}.Weight", "") for key, name in groups.items()}
    return " ".join(f"{name}={weight}" if weight else name for name, weight in sorted(found.items()))


def test_an_exported_pipeline_runs_in_the_order_of_the_reference(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, MIXED) as box:
        result = box.run(execution=EXPORTED, **NOTHING)

        assert result.code == 0, result.log
        assert told(result, box) == [
            "create web_prod__STAGE__Harness",
            "scale new 2/3/6",
            "ModifyRule c1c1c1c1c1c1c1c1 web-blue=90 web-green=10",
            "ModifyRule c1c1c1c1c1c1c1c1 web-blue=50 web-green=50",
            "ModifyRule c1c1c1c1c1c1c1c1 web-blue=0 web-green=100",
            "ModifyListener 4444444444444444 internal-blue=0 internal-green=1",
            "ModifyListener 3333333333333333 internal-green",
            "ModifyListener 4444444444444444 internal-blue",
            "update new web_prod",
            "update old web_prod__STAGE__Harness",
            "ModifyRule c2c2c2c2c2c2c2c2 web-green",
            "scale old 0/0/0",
            "update new",
        ]
        assert result.record["finished"] == [
            "stage_setup",
            "shift_1",
            "shift_2",
            "shift_3",
            "swap",
            "partner",
            "downsize-old",
        ]
        why = "shift_0 was skipped: its condition <+matrix.weight> >= <+pipeline.variables.first_weight> is false"
        assert why in result.log
        assert "| ⏭️ shift\\_0 |" in result.summary
        assert "web-alb rule c2c2c2c2c2c2c2c2: web-blue 100% → web-green 100%" in result.log


def test_a_failed_pipeline_is_rolled_back_as_its_rollback_steps_say(tmp_path: Path) -> None:
    denied = {
        "match": {"call": CAPACITY, "nth": 2},
        "effect": "status",
        "status": 400,
        "code": "NO",
        "message": "not today",
    }
    with stand("blue-green", tmp_path, {**MIXED, "faults": [denied]}) as box:
        before = box.picture()
        result = box.run(execution=EXPORTED, **NOTHING)

        assert (result.code, result.outputs["status"]) == (5, "rolled-back")
        assert box.picture() == before


GUIDE = "<+project.identifier>_<+service.identifier>_<+env.identifier>_basic2"


def test_the_app_name_of_the_guide_of_harness_is_deployed(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(app_name=GUIDE, elastigroup_id=box.groups()["web_prod__7"]["id"])
        assert (result.code, result.outputs["elastigroup-name"]) == (0, "web_web_prod_basic2__1")


def test_an_exported_canary_with_that_app_name_belongs_to_its_own_project(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "harness" / "pipeline.yaml").read_text("utf-8")
    with stand("canary", tmp_path, QUICK) as box:
        file = box.folder / "pipeline.yaml"
        file.write_text(text.replace("<+service.name>_<+env.name>", GUIDE), "utf-8")
        old = box.groups()["web_prod__7"]["id"]
        environ = {"RUNNER_TEMP": str(box.folder)}
        result = box.run(environ=environ, execution=f"{file}#canary", elastigroup_id=old, **NOTHING)
        assert (result.code, result.outputs["elastigroup-name"]) == (0, "shop_web_prod_basic2__1")


def test_the_document_and_the_plain_inputs_do_the_same(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        plain = told(box.run(canary="34% for 2m, 67% for 2m"), box)
    with stand("canary", tmp_path, QUICK) as box:
        result = box.run(execution="examples/deploy/execution.yaml", **NOTHING)
        assert result.code == 0, result.log
        assert told(result, box) == plain


def test_a_plan_lists_the_steps_of_the_document_and_writes_nothing(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        result = box.run(operation="plan", execution="examples/deploy/execution.yaml", **NOTHING)
        assert (result.code, result.mutations) == (0, [])
        steps = [act["step"] for act in json.loads(result.outputs["plan"])["acts"] if "call" in act]
        assert list(dict.fromkeys(steps)) == ["setup", "canary_deploy_0", "canary_deploy_1", "deploy"]


def test_a_document_alone_is_validated_without_a_network(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        nothing = {**NOTHING, "service": "", "infrastructure": "", "artifact_version": ""}
        result = box.run(operation="validate", execution=EXPORTED, **nothing)
        assert (result.code, result.outputs["status"], result.calls) == (0, "valid", [])
        assert 'The condition <+env.name> == "prod" was not checked, since it depends on env.name.' in result.log
        result = box.run(operation="validate", execution="examples/harness/pipeline.yaml", **nothing)
        assert (result.code, result.outputs["status"]) == (2, "invalid")
        assert "2 stages deploy an Elastigroup" in result.log


def test_until_takes_a_step_by_its_name_or_its_identifier_and_continue_resumes(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        document = "examples/deploy/execution.yaml"
        stopped = box.run(execution=document, until="Canary deploy_0", **NOTHING)
        assert (stopped.code, stopped.outputs["status"]) == (0, "stopped")
        assert stopped.record["finished"] == ["setup", "canary_deploy_0"]
        result = box.run(operation="continue", execution=document, deployment=stopped.outputs["deployment"], **NOTHING)
        assert (result.code, result.outputs["status"]) == (0, "deployed")
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_continue_and_rollback_find_the_app_by_the_document(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        document = "examples/deploy/execution.yaml"
        box.run(execution=document, until="canary_deploy_1", **NOTHING)
        result = box.run(operation="rollback", execution=document, **NOTHING)
        assert (result.code, result.outputs["status"]) == (0, "rolled-back")
        assert box.capacities()["web_prod__7"] == "2/3/6"


def test_a_step_is_tried_again_as_often_as_its_strategy_says(tmp_path: Path) -> None:
    retry = """
        failureStrategies:
          - onFailure:
              errors: [Unknown]
              action:
                type: Retry
                spec: {retryCount: 2, retryIntervals: [10s, 30s], onRetryFailure: {action: {type: StageRollback}}}"""
    with stand("basic", tmp_path, {**QUICK, "faults": [refused(CAPACITY, times=2)]}) as box:
        result = run(box, SETUP, deploy("all", 100, retry))

        assert (result.code, result.outputs["status"]) == (0, "deployed")
        times = [call["time"] for call in result.calls if call["call"] == CAPACITY]
        assert [round(after - before) for before, after in pairwise(times[:3])] == [10, 30]
        assert "Retrying all in 30s (retry 2 of 2)." in result.log


def test_what_no_retry_helps_is_rolled_back(tmp_path: Path) -> None:
    retry = """
        failureStrategies:
          - onFailure:
              errors: [AllErrors]
              action:
                type: Retry
                spec: {retryCount: 1, retryIntervals: [10s], onRetryFailure: {action: {type: StageRollback}}}"""
    with stand("basic", tmp_path, {**QUICK, "faults": [refused(CAPACITY, times=2)]}) as box:
        before = box.picture()
        result = run(box, SETUP, deploy("all", 100, retry))
        assert (result.code, result.outputs["status"]) == (5, "rolled-back")
        assert box.picture() == before


def test_an_ignored_failure_stays_in_sight_and_the_next_step_runs(tmp_path: Path) -> None:
    with stand("canary", tmp_path, {**QUICK, "faults": [refused(CAPACITY)]}) as box:
        result = run(box, SETUP, deploy("some", 34, on_failure("Ignore", indent="        ")), deploy("all", 100))
        assert (result.code, result.outputs["status"]) == (0, "deployed")
        assert result.record["finished"] == ["setup", "some", "all"]
        assert "some failed; ignored by its failure strategy: " in result.log
        assert "ignored: some: " in result.summary
        assert box.capacities()["web_prod__8"] == "2/3/6"


def test_a_failure_marked_as_success_leaves_no_reason(tmp_path: Path) -> None:
    with stand("canary", tmp_path, {**QUICK, "faults": [refused(CAPACITY)]}) as box:
        result = run(box, SETUP, deploy("some", 34, on_failure("MarkAsSuccess", indent="        ")), deploy("all", 100))
        assert (result.code, result.outputs["status"], result.record["reason"]) == (0, "deployed", "")


def test_a_setup_without_a_group_is_rolled_back_whatever_is_to_be_ignored(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "faults": [refused("POST /aws/ec2/group")]}) as box:
        result = run(box, SETUP, deploy("all", 100), on_failure("Ignore"))
        assert (result.code, result.outputs["status"]) == (5, "rolled-back")
        assert "all" not in result.record["begun"]


def test_abort_leaves_everything_for_continue(tmp_path: Path) -> None:
    with stand("canary", tmp_path, {**QUICK, "faults": [refused(CAPACITY, nth=3)]}) as box:
        parts = (SETUP, deploy("some", 34), deploy("all", 100), on_failure("Abort"))
        result = run(box, *parts)
        assert (result.code, result.outputs["status"]) == (5, "failed")
        assert box.capacities()["web_prod__8"] == "1/1/1"
        assert "s=stop" in box.groups()["web_prod__8"]["description"]
        assert run(box, *parts, operation="continue").outputs["status"] == "deployed"


def test_steps_that_wait_for_a_failure_run_after_it_and_the_others_do_not(tmp_path: Path) -> None:
    pause = """
    - step: {type: Wait, identifier: STATUS, when: {stageStatus: STATUS}, spec: {duration: 1m}}"""
    waits = [pause.replace("STATUS", status) for status in ("Success", "Failure", "All")]
    with stand("canary", tmp_path, {**QUICK, "faults": [refused(CAPACITY, nth=3)]}) as box:
        result = run(box, SETUP, deploy("some", 34), deploy("all", 100), *waits, on_failure("MarkAsFailure"))
        assert (result.code, result.outputs["status"]) == (5, "failed")
        assert result.record["finished"] == ["setup", "some", "Failure", "All"]
        assert "Success was skipped: a step before it failed" in result.log
    with stand("basic", tmp_path, QUICK) as box:
        result = run(box, SETUP, deploy("all", 100), *waits)
        assert result.record["finished"] == ["setup", "all", "Success", "All"]
        assert "Failure was skipped: it runs only after a failure, and no step before it failed" in result.log


def test_the_timeout_of_a_step_bounds_its_waits(tmp_path: Path) -> None:
    with stand("basic", tmp_path, NEVER) as box:
        result = run(box, SETUP, deploy("all", 100), steady_state_timeout="1h")
        assert (result.code, result.outputs["status"]) == (1, "rolled-back")
        assert "Timed out after 2m 00s." in result.log


def test_a_timeout_may_lead_elsewhere_than_other_failures(tmp_path: Path) -> None:
    strategies = """
  failureStrategies:
    - onFailure: {errors: [Timeout], action: {type: Abort}}
    - onFailure: {errors: [AllErrors], action: {type: StageRollback}}"""
    with stand("basic", tmp_path, NEVER) as box:
        result = run(box, SETUP, deploy("all", 100), strategies)
        assert (result.code, result.outputs["status"]) == (1, "failed")
    with stand("basic", tmp_path, {**QUICK, "faults": [refused(CAPACITY)]}) as box:
        assert run(box, SETUP, deploy("all", 100), strategies).outputs["status"] == "rolled-back"


def test_without_a_rollback_step_nothing_is_rolled_back(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "faults": [refused(CAPACITY)]}) as box:
        result = run(box, SETUP, deploy("all", 100), "\n  rollbackSteps: []")
        assert (result.code, result.outputs["status"]) == (5, "failed")
        assert "setup, all: not rolled back, because rollbackSteps has no ElastigroupRollback." in result.log
        assert "web_prod__8" in box.capacities()


def test_the_timeout_of_a_rollback_step_bounds_the_waits_of_the_rollback(tmp_path: Path) -> None:
    rollback = "\n  rollbackSteps: [{step: {type: ElastigroupRollback, timeout: 1m}}]"
    changes = {**QUICK, "faults": [refused(CAPACITY, nth=3)], "behaviours": [{"image": OLD, "boots": False}]}
    with stand("canary", tmp_path, changes, lowest=0, because="instances of the old image never boot") as box:
        result = run(box, SETUP, deploy("some", 34), deploy("all", 100), rollback)
        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete")
        assert "Timed out after 1m 00s." in result.log


NO_DELETION = """
rules:
  - name: no-deletion
    deny: {properties: {action: {const: delete-group}}, required: [action]}
    on: {environments: [prod]}
    message: groups of production are deleted by hand
"""
KEPT = "\n  enforce: {policySets: [%s/no-deletion.yaml]}"


def test_a_policy_stops_a_deployment_before_its_first_write(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        parts = (SETUP, deploy("all", 100), KEPT % tmp_path)
        result = run(box, *parts, files={"no-deletion.yaml": NO_DELETION}, keep_old="1")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        old = box.groups()["web_prod__5"]["id"]
        said = (
            f"{tmp_path}/no-deletion.yaml:3:5: rule no-deletion denies delete-group web_prod__5 ({old}) in step all: "
            "groups of production are deleted by hand"
        )
        assert said in result.log
        assert "no-deletion" in result.summary
        assert "deployment" not in result.outputs

        allowed = run(box, *parts, files={"no-deletion.yaml": NO_DELETION})
        assert allowed.outputs["status"] == "deployed"
        assert "The plan complies with 1 policy rule.\n" in allowed.log


def test_a_plan_shows_what_breaks_a_policy_beside_all_changes(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        parts = (SETUP, deploy("all", 100), KEPT % tmp_path)
        result = run(box, *parts, files={"no-deletion.yaml": NO_DELETION}, keep_old="1", operation="plan")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "rule no-deletion denies delete-group web_prod__5" in result.log
        assert [
            act["group"] for act in json.loads(result.outputs["plan"])["acts"] if act.get("call", "").startswith("DEL")
        ] == [
            "web_prod__6",
            "web_prod__5",
        ]


def test_a_policy_in_another_environment_does_not_count(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        files = {"no-deletion.yaml": NO_DELETION.replace("[prod]", "[elsewhere]")}
        result = run(box, SETUP, deploy("all", 100), KEPT % tmp_path, files=files, keep_old="1")
        assert (result.code, result.outputs["status"]) == (0, "deployed")


def test_continue_keeps_the_rules_too(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        parts = (SETUP, deploy("some", 34), deploy("all", 100))
        assert run(box, *parts, until="some", keep_old="1").outputs["status"] == "stopped"
        files = {"no-deletion.yaml": NO_DELETION}
        result = run(box, *parts, KEPT % tmp_path, files=files, keep_old="1", operation="continue")
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])


def test_wrong_documents_are_reported_together_before_any_call(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        wrong = deploy("all", 100).replace("100", "<+nobody.knows>")
        files = {"no-deletion.yaml": NO_DELETION.replace("deny", "dney")}
        result = run(box, SETUP, wrong, KEPT % tmp_path, files=files)
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
        assert "'nobody' is not defined" in result.log
        assert "no-deletion.yaml:4:5: rules[0].dney: unknown key 'dney'" in result.log


def test_the_region_of_the_load_balancers_has_to_be_the_groups(tmp_path: Path) -> None:
    document = (ROOT / "examples" / "harness" / "pipeline.yaml").read_text("utf-8")
    other = tmp_path / "pipeline.yaml"
    other.write_text(document.replace("region: us-east-1", "region: eu-west-1"), encoding="utf-8")
    with stand("blue-green", tmp_path, MIXED) as box:
        result = box.run(execution=f"{other}#blue_green", environ={"RUNNER_TEMP": str(tmp_path)}, **NOTHING)
        assert (result.code, result.calls) == (2, [])
        assert "the load balancers are in eu-west-1, but the Elastigroup is in us-east-1" in result.log
