"""Every name that expressions may look up: its value from documents, inputs and run, or the message without one."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.documents.definitions import load_definitions, with_image
from spotaction.documents.expressions.known_names import KNOWN_NAMES
from spotaction.documents.expressions.resolver import resolve_text
from spotaction.documents.expressions.scope import with_artifact
from spotaction.inputs.read import read_runner
from spotaction.model.errors import InvalidError
from spotaction.model.resources import Image, ImageId
from spotaction.pipeline.expression_context import expression_context, workflow_values
from spotaction.pipeline.prepare import artifact_values, prepare_execution
from tests.support.execution_documents import ROOT
from tests.support.inputs import read_inputs

SERVICE = """
service:
  name: Web shop
  identifier: webshop
  description: Sells things
  tags: {tier: front}
  serviceDefinition:
    type: Elastigroup
    spec:
      artifacts:
        primary:
          sources:
            - identifier: ami
              type: AmazonMachineImage
              spec: {connectorRef: aws, region: us-east-1, version: web-7}
      startupScript: {store: {type: Inline, spec: {content: SCRIPT}}}
      variables:
        - {name: port, type: Number, value: "8080"}
        - {name: from_pipeline, type: String, value: <+pipeline.variables.greeting>}
"""
INFRASTRUCTURE = """
infrastructureDefinition:
  name: Spot infra
  identifier: spotinfra
  tags: {cloud: aws}
  environmentRef: prod
  deploymentType: Elastigroup
  type: Elastigroup
  spec:
    connectorRef: spotconn
    configuration: {store: {type: Harness, spec: {files: [group.json]}}}
"""
PIPELINE = """
pipeline:
  name: Deploy shop
  identifier: deploy_shop
  description: All of it
  projectIdentifier: Shop
  orgIdentifier: Sales
  tags: {team: web}
  variables:
    - {name: greeting, type: String, value: hello <+service.name>}
    - {name: over, type: String, value: written}
  stages:
    - stage:
        name: Canary it
        identifier: canary
        type: Deployment
        tags: {risk: low}
        variables:
          - {name: shared, type: String, value: of the stage}
          - {name: weight, type: Number, default: 50}
        spec:
          deploymentType: Elastigroup
          execution:
            variables:
              - {name: shared, type: String, value: of the execution}
              - {name: deep, type: String, value: <+stage.variables.weight>}
            steps:
              - step:
                  type: ElastigroupSetup
                  name: setup
                  identifier: setup
                  spec:
                    name: APP
                    instances: {type: Fixed, spec: {min: 1, max: 1, desired: 1}}
              - step:
                  type: ElastigroupDeploy
                  name: deploy
                  identifier: deploy
                  spec: {newService: {type: Count, spec: {count: 1}}}
"""
STEPS = "expressions are resolved before the first step runs; use the outputs of the action in a later workflow step"
RUNNER = {
    "GITHUB_REPOSITORY": "acme-inc/web-shop",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_WORKFLOW": "Release it",
    "GITHUB_JOB": "deploy-prod",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_ACTOR": "jo",
    "GITHUB_TRIGGERING_ACTOR": "kim",
}
PUSH = {
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_SHA": "0123456789abcdef",
}
PUSHED = {
    "pusher": {"email": "kim@example.com"},
    "head_commit": {"message": "Fix it", "author": {"name": "Kim", "email": "kim@example.com"}},
    "commits": [{"id": "c1"}],
}
PULL = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REF": "refs/pull/5/merge",
    "GITHUB_REF_NAME": "5/merge",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_SHA": "fedcba9876543210",
}
PULLED = {
    "pull_request": {
        "number": 5,
        "title": "Faster",
        "state": "open",
        "html_url": "https://github.com/acme-inc/web-shop/pull/5",
        "head": {"ref": "faster", "sha": "abcdef0123456789"},
        "base": {"ref": "main", "sha": "base"},
    }
}
IMAGE = Image(ImageId("ami-0aaaaaaaaaaaaaaa2"), name="web-7", owner="self", tags={"team": "web"})


def lay_out(root: Path, event: Mapping[str, object] | None = None, *, script: str = "x", app: str = "shop") -> Path:
    (root / "service.yaml").write_text(SERVICE.replace("SCRIPT", json.dumps(script)), "utf-8")
    (root / "infrastructure.yaml").write_text(INFRASTRUCTURE, "utf-8")
    (root / "pipeline.yaml").write_text(PIPELINE.replace("APP", app), "utf-8")
    (root / "event.json").write_text(json.dumps(event or {}), "utf-8")
    shutil.copyfile(ROOT / "examples" / "deploy" / "elastigroup.json", root / "group.json")
    return root


def environ(root: Path, run: Mapping[str, str], given: Mapping[str, str], *, documents: bool = True) -> dict[str, str]:
    inputs = {"spot-token": "made-up", **given}
    if documents:
        inputs |= {"service": "service.yaml", "infrastructure": "infrastructure.yaml", "execution": "pipeline.yaml"}
    runner = {"GITHUB_WORKSPACE": str(root), "GITHUB_EVENT_PATH": str(root / "event.json")}
    return {**RUNNER, **run, **runner, **{f"INPUT_{name.upper()}": value for name, value in inputs.items()}}


def resolved(text: str, root: Path, run: Mapping[str, str], given: Mapping[str, str], *, documents: bool = True) -> str:
    found = environ(root, run, given, documents=documents)
    context = expression_context(read_inputs(found), read_runner(found))
    if ".version" in text or "artifact" in text:
        context = with_artifact(context, {"identifier": "ami", **artifact_values(IMAGE)})
    return resolve_text(text, context, where="app-name")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project.identifier", "Shop"),
        ("project.name", "Shop"),
        ("org.identifier", "Sales"),
        ("org.name", "Sales"),
        ("pipeline.name", "Deploy shop"),
        ("pipeline.identifier", "deploy_shop"),
        ("pipeline.description", "All of it"),
        ("pipeline.tags.team", "web"),
        ("pipeline.variables.greeting", "hello Web shop"),
        ("pipeline.variables.over", "given"),
        ("pipeline.executionId", "4711"),
        ("pipeline.sequenceId", "12"),
        ("pipeline.executionUrl", "https://github.com/acme-inc/web-shop/actions/runs/4711"),
        ("pipeline.execution.url", "https://github.com/acme-inc/web-shop/actions/runs/4711"),
        ("pipeline.triggerType", "WEBHOOK"),
        ("pipeline.triggeredBy.name", "kim"),
        ("pipeline.triggeredBy.email", "kim@example.com"),
        ("stage.name", "Canary it"),
        ("stage.identifier", "canary"),
        ("stage.type", "Deployment"),
        ("stage.tags.risk", "low"),
        ("stage.variables.shared", "of the execution"),
        ("stage.variables.weight", "50"),
        ("stage.variables.over", "given"),
        ("stage.executionUrl", "https://github.com/acme-inc/web-shop/actions/runs/4711"),
        ("execution.variables.shared", "of the execution"),
        ("execution.variables.deep", "50"),
        ("service.name", "Web shop"),
        ("service.identifier", "webshop"),
        ("service.description", "Sells things"),
        ("service.type", "Elastigroup"),
        ("service.tags.tier", "front"),
        ("service.variables.port", "8080"),
        ("serviceVariables.port", "8080"),
        ("serviceVariables.from_pipeline", "hello Web shop"),
        ("env.name", "prod"),
        ("env.identifier", "prod"),
        ("env.type", "Production"),
        ("env.variables.over", "given"),
        ("infra.name", "Spot infra"),
        ("infra.identifier", "spotinfra"),
        ("infra.infraIdentifier", "spotinfra"),
        ("infra.connectorRef", "spotconn"),
        ("infra.tags.cloud", "aws"),
        ("INFRA_KEY", "07195e45ecfbc304edc82e957b7c196fd930eb85"),
        ("artifact.version", "web-7"),
        ("artifact.tag", "web-7"),
        ("artifact.image", "ami-0aaaaaaaaaaaaaaa2"),
        ("artifact.amiId", "ami-0aaaaaaaaaaaaaaa2"),
        ("artifact.type", "AmazonMachineImage"),
        ("artifact.identifier", "ami"),
        ("artifact.metadata.team", "web"),
        ("artifacts.primary.tag", "web-7"),
        ("trigger.type", "Webhook"),
        ("trigger.event", "PUSH"),
        ("trigger.branch", "main"),
        ("trigger.commitSha", "0123456789abcdef"),
        ("trigger.sourceRepo", "Github"),
        ("trigger.repoUrl", "https://github.com/acme-inc/web-shop"),
        ("trigger.gitUser", "jo"),
        ("trigger.payload.pusher.email", "kim@example.com"),
        ("trigger.payload.commits[0].id", "c1"),
        ("codebase.branch", "main"),
        ("codebase.build.type", "branch"),
        ("codebase.commitSha", "0123456789abcdef"),
        ("codebase.shortCommitSha", "0123456"),
        ("codebase.commitRef", "refs/heads/main"),
        ("codebase.commitMessage", "Fix it"),
        ("codebase.repoUrl", "https://github.com/acme-inc/web-shop"),
        ("codebase.gitUser", "Kim"),
        ("codebase.gitUserEmail", "kim@example.com"),
        ("codebase.gitUserId", "jo"),
        ("variable.over", "given"),
        ("variable.account.over", "given"),
        ("variable.org.region", "eu-west-1"),
        ("variables.over", "given"),
        ("account.identifier", "abc123"),
        ("github.ref_name", "main"),
    ],
)
def test_a_name_has_the_value_of_documents_inputs_or_run(tmp_path: Path, name: str, value: str) -> None:
    variables = (
        "{over: given, env.type: Production, variable.org.region: eu-west-1, account: {identifier: abc123},"
        " project.identifier: not the one of the pipeline}"
    )
    assert resolved(f"<+{name}>", lay_out(tmp_path, PUSHED), PUSH, {"variables": variables}) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trigger.event", "PR"),
        ("trigger.prNumber", "5"),
        ("trigger.prTitle", "Faster"),
        ("trigger.sourceBranch", "faster"),
        ("trigger.targetBranch", "main"),
        ("trigger.baseCommitSha", "base"),
        ("trigger.commitSha", "abcdef0123456789"),
        ("codebase.branch", "main"),
        ("codebase.build.type", "PR"),
        ("codebase.commitSha", "abcdef0123456789"),
        ("codebase.mergeSha", "fedcba9876543210"),
        ("codebase.prNumber", "5"),
        ("codebase.prTitle", "Faster"),
        ("codebase.state", "open"),
        ("codebase.sourceBranch", "faster"),
        ("codebase.targetBranch", "main"),
        ("codebase.pullRequestLink", "https://github.com/acme-inc/web-shop/pull/5"),
    ],
)
def test_a_pull_request_gives_its_number_its_branches_and_its_commits(tmp_path: Path, name: str, value: str) -> None:
    assert resolved(f"<+{name}>", lay_out(tmp_path, PULLED), PULL, {}) == value


TAG = {**PUSH, "GITHUB_REF": "refs/tags/v7", "GITHUB_REF_NAME": "v7", "GITHUB_REF_TYPE": "tag"}


@pytest.mark.parametrize(
    ("name", "run", "value"),
    [
        ("codebase.tag", TAG, "v7"),
        ("codebase.build.type", TAG, "tag"),
        ("project.identifier", {}, "webshop"),
        ("project.name", {}, "web-shop"),
        ("org.identifier", {}, "acmeinc"),
        ("org.name", {}, "acme-inc"),
        ("pipeline.name", {}, "Release it"),
        ("pipeline.identifier", {}, "Release_it"),
        ("stage.name", {}, "deploy-prod"),
        ("stage.identifier", {}, "deployprod"),
        ("pipeline.triggerType", {"GITHUB_EVENT_NAME": "workflow_dispatch"}, "MANUAL"),
        ("trigger.type", {"GITHUB_EVENT_NAME": "schedule"}, "Scheduled"),
        ("env.identifier", {}, "live"),
        ("project.identifier", {"GITHUB_REPOSITORY": "acme/2.0_web shop!"}, "_web_shop"),
    ],
)
def test_a_name_without_a_document_has_the_value_of_the_run(
    tmp_path: Path, name: str, run: Mapping[str, str], value: str
) -> None:
    given = {"ami-id": IMAGE.id, "environment": "live", "strategy": "basic", "elastigroup-config": "group.json"}
    assert resolved(f"<+{name}>", lay_out(tmp_path), run, {"app-name": "a", **given}, documents=False) == value


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("account.identifier", "has no value here (set 'account.identifier' in the input variables)"),
        ("account.name", "has no value here (set 'account.name' in the input variables)"),
        ("org.description", "has no value here (set 'org.description' in the input variables)"),
        ("stage.description", "has no value here (set 'stage.description' in the input variables)"),
        ("env.description", "has no value here (set 'env.description' in the input variables)"),
        ("codebase.baseCommitSha", "has no value here (set 'codebase.baseCommitSha' in the input variables)"),
        ("repeat.item", "has no value here (use it in a step with a looping strategy)"),
        ("strategy.iteration", "has no value here (use it in a step with a looping strategy)"),
        ("strategy.iterations", "has no value here (use it in a step with a looping strategy)"),
        ("strategy.identifierPostFix", "has no value here (use it in a step with a looping strategy)"),
        ("repeat.partition", "has no value here (use it in a step with a looping strategy)"),
        ("step.iteration", "has no value here (use it in a step with a looping strategy)"),
        ("step.iterations", "has no value here (use it in a step with a looping strategy)"),
        ("stage.iteration", "has no value here (use it in a stage with a looping strategy)"),
        ("stage.iterations", "has no value here (use it in a stage with a looping strategy)"),
        ("stage.matrix.region", "has no value here (use it in a stage with a looping strategy)"),
        ("strategy.currentStatus", f"has no value here ({STEPS})"),
        ("strategy.node.setup.currentStatus", f"has no value here ({STEPS})"),
        ("account.companyName", "has no value here (set 'account.companyName' in the input variables)"),
        ("account.identifer", "is not defined (did you mean 'account.identifier'?)"),
        ("projct.identifier", "is not defined (did you mean 'project'?)"),
        ("project.description", "has no value here (set 'project.description' in the input variables)"),
        ("pipeline.stages.a.spec.x", "has no value here (set 'pipeline.stages.a.spec.x' in the input variables)"),
        ("pipeline.startTs", "has no value here (set 'pipeline.startTs' in the input variables)"),
        ("pipeline.variables.colour", "has no value here (set 'colour' in the input variables)"),
        ("pipeline.variables.greting", "is not defined (did you mean 'pipeline.variables.greeting'?)"),
        ("stage.variables.colour", "has no value here (set 'colour' in the input variables)"),
        ("env.type", "has no value here (set 'env.type' in the input variables)"),
        ("env.variables.x", "has no value here (set 'env.variables.x' in the input variables)"),
        ("variable.account.x", "has no value here (set 'variable.account.x' in the input variables)"),
        ("infra.tags.x", "has no value here (add it to the infrastructure)"),
        (
            "artifact.version",
            (
                "has no value here "
                "(the AMI is resolved later; use artifact only in the Elastigroup config and the start-up script)"
            ),
        ),
        ("codebase.prNumber", "has no value here (set 'codebase.prNumber' in the input variables)"),
        ("trigger.payload.x.y", "has no value here (set 'trigger.payload.x.y' in the input variables)"),
        ("matrix.x", "has no value here (set 'x' in the strategy.matrix of the job)"),
        ("execution.steps.setup.output.id", f"has no value here ({STEPS})"),
        ("steps.setup.output", f"has no value here ({STEPS})"),
        ("step.identifier", f"has no value here ({STEPS})"),
        ("nonsense.at.all", "is not defined"),
    ],
)
def test_a_name_without_a_value_says_what_gives_it(tmp_path: Path, name: str, message: str) -> None:
    found = environ(lay_out(tmp_path), {}, {})
    context = expression_context(read_inputs(found), read_runner(found))
    with pytest.raises(InvalidError) as caught:
        resolve_text(f"<+{name}>", context, where="app-name")
    shown = (
        name
        if ("did you mean" in message and "projct" not in name) or " no value " in message
        else name.partition(".")[0]
    )
    assert [str(problem) for problem in caught.value.problems] == [f"app-name: '{shown}' {message}"]


def test_the_app_name_of_harness_guide_is_resolved_from_the_documents(tmp_path: Path) -> None:
    app = "<+project.identifier>_<+service.identifier>_<+env.identifier>_basic2"
    found = environ(lay_out(tmp_path, app=app), {}, {})
    assert prepare_execution(read_inputs(found), read_runner(found)).app == "Shop_webshop_prod_basic2"


def test_the_app_name_of_harness_guide_is_resolved_from_the_repository(tmp_path: Path) -> None:
    app = "<+project.identifier>_<+service.identifier>_<+env.identifier>_basic2"
    given = {"app-name": app, "service": "service.yaml", "infrastructure": "infrastructure.yaml", "strategy": "basic"}
    given["variables"] = "greeting: hi"
    found = environ(lay_out(tmp_path), {}, given, documents=False)
    assert prepare_execution(read_inputs(found), read_runner(found)).app == "webshop_webshop_prod_basic2"


def test_pipeline_and_stage_reach_the_script_and_the_config(tmp_path: Path) -> None:
    script = "<+pipeline.variables.greeting> <+stage.variables.weight> <+stage.name> <+artifacts.primary.tag>"
    root = lay_out(tmp_path, script=script)
    config = json.loads((root / "group.json").read_text("utf-8"))
    config["group"]["description"] = "<+pipeline.name> <+execution.variables.deep>"
    (root / "group.json").write_text(json.dumps(config), "utf-8")
    found = environ(root, {}, {})
    inputs, runner = read_inputs(found), read_runner(found)
    definitions = load_definitions(
        service=inputs.service,
        infrastructure=inputs.infrastructure,
        workspace=root,
        given=workflow_values(inputs, runner),
    )
    final = with_image(definitions, artifact=artifact_values(IMAGE))
    assert final.startup_script == "hello Web shop 50 Canary it web-7"
    assert final.config.group["description"] == "Deploy shop 50"


def test_a_wrong_variable_of_the_execution_is_reported_at_its_place(tmp_path: Path) -> None:
    root = lay_out(tmp_path)
    text = (root / "pipeline.yaml").read_text("utf-8").replace("<+stage.variables.weight>", "<+stage.nme>")
    (root / "pipeline.yaml").write_text(text, "utf-8")
    found = environ(root, {}, {})
    with pytest.raises(InvalidError) as caught:
        prepare_execution(read_inputs(found), read_runner(found))
    assert [str(problem) for problem in caught.value.problems] == [
        (
            "pipeline.yaml:26:53: pipeline.stages[0].stage.spec.execution.variables[1].value: 'stage.nme' is not "
            "defined (did you mean 'stage.name'?)"
        )
    ]


def test_a_payload_that_is_no_json_gives_no_values(tmp_path: Path) -> None:
    root = lay_out(tmp_path)
    (root / "event.json").write_text("{", "utf-8")
    assert resolved("<+trigger.event>", root, PUSH, {}) == "PUSH"


def test_no_name_is_listed_twice() -> None:
    names = [name for known in KNOWN_NAMES for name in known.names]
    assert len(names) == len(set(names))


def test_every_name_has_a_test_of_its_value_or_message() -> None:
    tests = (
        test_a_name_has_the_value_of_documents_inputs_or_run,
        test_a_pull_request_gives_its_number_its_branches_and_its_commits,
        test_a_name_without_a_document_has_the_value_of_the_run,
        test_a_name_without_a_value_says_what_gives_it,
    )
    tried = {row[0] for test in tests for row in vars(test)["pytestmark"][0].args[1]}
    known = [name for entry in KNOWN_NAMES for name in entry.names]
    pattern = {name: re.escape(name).replace("NAME", r"\w+").replace("…", r".+") for name in known}
    assert [name for name in known if not any(re.fullmatch(pattern[name], each) for each in tried)] == []
