"""Pipelines as Harness's users write them, deployed unchanged: app names, runtime inputs, loops of every kind."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, ROOT, Result, Stand, stand

SERVICE = """
service:
  name: web shop
  identifier: webshop
  serviceDefinition:
    type: Elastigroup
    spec:
      artifacts:
        primary:
          primaryArtifactRef: <+input>
          sources:
            - identifier: shop_ami
              spec:
                connectorRef: org.aws_images
                region: us-east-1
                version: <+input>.allowedValues(web-2026.11.22,web-2026.11.23)
              type: AmazonMachineImage
  gitOpsEnabled: false
"""
INFRASTRUCTURE = """
infrastructureDefinition:
  name: shop spot
  identifier: shopspot
  description: ""
  tags: {}
  orgIdentifier: sales
  projectIdentifier: shop
  environmentRef: prod
  deploymentType: Elastigroup
  type: Elastigroup
  spec:
    connectorRef: spot_account
    configuration:
      store:
        type: Harness
        spec:
          files:
            - /spot/shop-cfg
  allowSimultaneousDeployments: false
"""
PIPELINE = """
pipeline:
  name: Shop canary
  identifier: Shop_canary
  projectIdentifier: shop
  orgIdentifier: sales
  tags: {}
  stages:
    - stage:
        name: shop canary
        identifier: shop_canary
        description: ""
        type: Deployment
        spec:
          deploymentType: Elastigroup
          service:
            serviceRef: webshop
            serviceInputs:
              serviceDefinition:
                type: Elastigroup
                spec:
                  artifacts:
                    primary:
                      primaryArtifactRef: <+input>
                      sources: <+input>
          environment:
            environmentRef: prod
            deployToAll: false
            infrastructureDefinitions:
              - identifier: shopspot
          execution:
            steps:
              - step:
                  name: Elastigroup Setup
                  identifier: Elastigroup_Setup
                  type: ElastigroupSetup
                  timeout: 10m
                  spec:
                    name: <+project.identifier>_<+service.identifier>_<+env.identifier>_basic2
                    instances: INSTANCES
                  failureStrategies: []
STEPS
            rollbackSteps:
              - step:
                  name: Elastigroup Rollback
                  identifier: Elastigroup_Rollback
                  type: ElastigroupRollback
                  timeout: 10m
                  spec: {}
        tags: {}
        strategy: LOOP
        failureStrategies: STRATEGIES
"""
FIXED = "{type: Fixed, spec: {min: 1, max: 4, desired: 4}}"
ALL_ERRORS = "[{onFailure: {errors: [AllErrors], action: {type: StageRollback}}}]"
APP = "shop_webshop_prod_basic2__1"
RUN = {"artifact-version": "web-2026.11.23"}


def deploy(name: str, identifier: str, amount: str, more: str = "") -> str:
    return f"""
              - step:
                  type: ElastigroupDeploy
                  name: {name}
                  identifier: {identifier}
                  spec:
                    newService:
                      {amount}
                  timeout: 15m
                  {more}"""


def percent(value: object) -> str:
    return f"{{type: Percentage, spec: {{percentage: {value}}}}}"


def run(
    box: Stand,
    *steps: str,
    instances: str = FIXED,
    strategies: str = ALL_ERRORS,
    loop: str = "null",
    **inputs: str,
) -> Result:
    """Deploy with the documents in a workspace of their own."""
    config = json.loads((ROOT / "examples/deploy/elastigroup.json").read_text("utf-8"))
    config["group"] |= {"name": "spotinst__shop", "scaling": {}, "scheduling": {}, "thirdPartiesIntegration": {}}
    text = PIPELINE.replace("STEPS", "".join(steps).strip("\n")).replace("INSTANCES", instances).replace("LOOP", loop)
    for name, content in {
        "service.yaml": SERVICE,
        "infrastructure.yaml": INFRASTRUCTURE,
        "pipeline.yaml": text.replace("STRATEGIES", strategies),
        "spot/shop-cfg": json.dumps(config),
    }.items():
        file = box.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")
    plain = ("strategy", "instances", "canary", "app-name", "startup-script", "load-balancers")
    documents = {"service": "service.yaml", "infrastructure": "infrastructure.yaml", "execution": "pipeline.yaml"}
    old = {"elastigroup-id": box.groups()["web_prod__7"]["id"]}
    given = {**dict.fromkeys(plain, ""), **documents, **old, **RUN}
    return box.run({**given, **inputs}, environ={"GITHUB_WORKSPACE": str(box.folder)})


def scaled(result: Result, box: Stand) -> list[str]:
    """The capacities that the new group got, in order."""
    new = [group["id"] for group in box.sandbox.state()["groups"] if group["image"] == NEW]
    calls = [
        call for call in result.mutations if call["path"].endswith("/capacity") and call["path"].split("/")[-2] in new
    ]
    return ["/".join(str(call["body"]["capacity"][key]) for key in ("minimum", "target", "maximum")) for call in calls]


def test_the_canary_pipeline_of_the_guide_is_deployed(tmp_path: Path) -> None:
    one = deploy("Elastigroup Canary Deploy", "Elastigroup_Canary_Deploy", "{type: Count, spec: {count: 1}}")
    rest = deploy("Elastigroup Deploy", "Elastigroup_Deploy", percent(100))
    with stand("canary", tmp_path, QUICK) as box:
        result = run(box, one, rest)

        assert (result.code, result.outputs["elastigroup-name"]) == (0, APP), result.log
        assert scaled(result, box) == ["1/1/1", "1/4/4"]
        assert result.record["finished"] == ["Elastigroup_Setup", "Elastigroup_Canary_Deploy", "Elastigroup_Deploy"]
        assert "::warning" not in result.log


def test_a_version_that_the_service_does_not_allow_is_refused_before_any_call(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        result = run(box, deploy("All", "all", percent(100)), artifact_version="web-2026.11.21")
        assert (result.code, result.calls) == (2, [])
        assert "service.yaml:16:26: " in result.log
        assert "'web-2026.11.21' is not allowed; expected web-2026.11.22 or web-2026.11.23" in result.log


@pytest.mark.parametrize(
    ("loop", "amount", "names"),
    [
        ("{repeat: {items: [10, 25, 50, 100], start: 1, end: 3}}", "<+repeat.item>", ["canary_0", "canary_1"]),
        ("{repeat: {items: '25, 50', maxConcurrency: 1}}", "<+repeat.item>", ["canary_0", "canary_1"]),
        ("{repeat: {times: 2}}", "<+strategy.iteration * 25 + 25>", ["canary_0", "canary_1"]),
        ("{parallelism: 2}", "<+(step.iteration + 1) * 25>", ["canary_0", "canary_1"]),
        (
            "{matrix: {share: [25, 30, 50], exclude: [{share: 30}], maxConcurrency: 1, nodeName: <+matrix.share>}}",
            "<+matrix.share>",
            ["canary_25", "canary_50"],
        ),
        (
            "{when: <+env.identifier> == 'prod', matrix: {of: [{share: 25}, {share: 50}]}}",
            "<+matrix.of.share>",
            ["canary_0", "canary_1"],
        ),
    ],
)
def test_a_looped_phase_runs_once_for_each_iteration(tmp_path: Path, loop: str, amount: str, names: list[str]) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        result = run(
            box, deploy("Canary", "canary", percent(amount), f"strategy: {loop}"), deploy("All", "all", percent(100))
        )

        assert result.code == 0, result.log
        assert scaled(result, box) == ["1/1/1", "2/2/2", "1/4/4"]
        assert result.record["finished"] == ["Elastigroup_Setup", *names, "all"]


def test_a_group_of_steps_runs_in_partitions(tmp_path: Path) -> None:
    inner = deploy("Canary", "canary", percent("<+repeat.item>"), "strategy: {repeat: {items: <+repeat.partition>}}")
    group = f"""
              - stepGroup:
                  name: Phases
                  identifier: phases
                  strategy: {{repeat: {{items: [25, 50, 75], partitionSize: 2}}}}
                  steps: {inner.replace(chr(10), chr(10) + "    ")}"""
    with stand("canary", tmp_path, QUICK) as box:
        result = run(box, group, deploy("All", "all", percent(100)))

        assert result.code == 0, result.log
        assert scaled(result, box) == ["1/1/1", "2/2/2", "3/3/3", "1/4/4"]
        assert result.record["finished"] == ["Elastigroup_Setup", "canary_0_0", "canary_0_1", "canary_1_0", "all"]


def test_a_job_deploys_the_iteration_of_the_stage_that_its_matrix_names(tmp_path: Path) -> None:
    loop = "{matrix: {size: [2, 4], maxConcurrency: 2}}"
    instances = "{type: Fixed, spec: {min: 1, max: 4, desired: <+matrix.size>}}"
    with stand("canary", tmp_path, QUICK) as box:
        result = run(box, deploy("All", "all", percent(100)), instances=instances, loop=loop)
        assert (result.code, result.calls) == (2, [])
        assert "pipeline.yaml:59:9: pipeline.stages[0].stage.strategy: the stage runs 2 times, but a job" in result.log
        assert "(give the job a strategy.matrix of size)" in result.log

        result = run(
            box,
            deploy("All", "all", percent(100)),
            instances=instances,
            loop=loop,
            job_matrix='{"matrix": {"size": 2}}',
        )
        assert (result.code, result.outputs["elastigroup-name"]) == (0, APP), result.log
        assert scaled(result, box) == ["1/2/4"]


def test_everything_that_a_pipeline_leaves_to_the_run_comes_from_the_input_variables(tmp_path: Path) -> None:
    variables: Mapping[str, object] = {
        "instances": {"type": "Fixed", "spec": {"min": 1, "max": 4, "desired": 4}},
        "canary.strategy": {"repeat": {"items": [25, 50], "maxConcurrency": 1}},
        "all.percentage": 100,
        "when": {"stageStatus": "Success", "condition": "<+env.identifier> == 'stage'"},
        "failureStrategies": [{"onFailure": {"errors": ["AllErrors"], "action": {"type": "Abort"}}}],
    }
    canary = deploy("Canary", "canary", percent("<+repeat.item>"), "strategy: <+input>")
    extra = deploy("Extra", "extra", percent(75), "when: <+input>")
    last = deploy("All", "all", percent("<+input>"))
    never = {**QUICK, "behaviours": [{"image": NEW, "spot": "never"}]}
    for scenario, expected in ((QUICK, (0, "deployed")), (never, (1, "failed"))):
        with stand("canary", tmp_path, scenario) as box:
            result = run(
                box,
                canary,
                extra,
                last,
                instances="<+input>",
                strategies="<+input>",
                variables=json.dumps(variables),
                steady_state_timeout="2m",
            )
            assert (result.code, result.outputs["status"]) == expected, result.log
            if result.code == 0:
                assert scaled(result, box) == ["1/1/1", "2/2/2", "1/4/4"]
                assert "extra was skipped: its condition <+env.identifier> == 'stage' is false" in result.log
                assert result.record["finished"] == ["Elastigroup_Setup", "canary_0", "canary_1", "all"]


INPUT_SET = """
inputSet:
  name: prod
  identifier: prod
  pipeline:
    identifier: Shop_canary
    stages:
      - stage:
          identifier: shop_canary
          type: Deployment
          spec:
            execution:
              steps:
                - step:
                    identifier: canary
                    type: ElastigroupDeploy
                    strategy: {repeat: {items: [25, 50], maxConcurrency: 1}}
                    when: {stageStatus: Success, condition: <+env.identifier> == "prod"}
          failureStrategies: [{onFailure: {errors: [AllErrors], action: {type: ACTION}}}]
"""


def test_blocks_that_are_left_to_the_run_come_from_an_input_set(tmp_path: Path) -> None:
    canary = deploy(
        "Canary", "canary", percent("<+repeat.item>"), "strategy: <+input>\n                  when: <+input>"
    )
    last = deploy("All", "all", percent(100))
    with stand("canary", tmp_path, QUICK) as box:
        (box.folder / "prod.yaml").write_text(INPUT_SET.replace("ACTION", "Abrot"), "utf-8")
        result = run(box, canary, last, strategies="<+input>", variables="@prod.yaml")
        assert (result.code, result.calls) == (2, [])
        assert (
            "pipeline.yaml:70:28: pipeline.stages[0].stage.failureStrategies[0].onFailure.action.type: " in result.log
        )
        assert "from prod.yaml:19:30: 'Abrot' is not allowed; expected Retry, Ignore, " in result.log

        (box.folder / "prod.yaml").write_text(INPUT_SET.replace("ACTION", "Abort"), "utf-8")
        result = run(box, canary, last, strategies="<+input>", variables="@prod.yaml")
        assert result.code == 0, result.log
        assert scaled(result, box) == ["1/1/1", "2/2/2", "1/4/4"]


def test_what_is_left_to_the_run_and_not_given_is_listed_before_any_call(tmp_path: Path) -> None:
    canary = deploy("Canary", "canary", percent("<+repeat.item>"), "strategy: <+input>")
    with stand("canary", tmp_path, QUICK) as box:
        result = run(box, canary, deploy("All", "all", percent(100)), strategies="<+input>")

        assert (result.code, result.calls) == (2, [])
        assert "pipeline.yaml:50:29: " in result.log
        assert "(set 'strategy' in the input variables)" in result.log
        assert "(set 'failureStrategies' in the input variables)" in result.log
