"""The input `variables` as a file: a mapping, an input set or an overlay of Harness, each value with its place."""

import shutil
from pathlib import Path

import pytest

from spotaction.inputs.read import read_environment, read_runner
from spotaction.model.capacity import Amount
from spotaction.model.errors import InvalidError
from spotaction.model.execution import DeploySpec
from spotaction.model.resources import Capacity
from spotaction.operations.validate import check_file
from spotaction.pipeline.prepare import Prepared, prepare_execution

ROOT = Path(__file__).parents[3]
SERVICE, INFRASTRUCTURE = "examples/deploy/service.yaml", "examples/deploy/infrastructure.yaml"
PIPELINE = """pipeline:
  identifier: web
  variables: [{name: percent, type: Number, value: <+input>}]
  stages:
    - parallel:
        - stage: {identifier: build, type: Custom, spec: {}}
        - stage:
            identifier: canary
            type: Deployment
            spec:
              deploymentType: Elastigroup
              service: {serviceRef: <+input>}
              environment: {environmentRef: prod}
              execution:
                steps:
                  - step:
                      type: ElastigroupSetup
                      identifier: setup
                      spec: {name: web, instances: {type: Fixed, spec: {min: <+input>, max: <+input>, desired: 3}}}
                  - step:
                      type: ElastigroupDeploy
                      identifier: half
                      timeout: <+input>.default(10m)
                      spec: {newService: <+pipeline.variables.percent>%}
                  - step: {type: ElastigroupDeploy, identifier: all, spec: {newService: 100%}}
"""
INPUT_SET = """inputSet:
  identifier: prod
  pipeline:
    identifier: web
    variables:
      - {name: percent, type: Number, value: 40}
    stages:
      - stage:
          identifier: canary
          type: Deployment
          spec:
            service:
              serviceRef: web
              serviceInputs:
                serviceDefinition:
                  type: Elastigroup
                  spec:
                    artifacts:
                      primary:
                        sources:
                          - identifier: web_ami
                            type: AmazonMachineImage
                            spec: {version: web-7}
                    variables: [{name: LEVEL, type: String, value: debug}]
            execution:
              steps:
                - step:
                    identifier: setup
                    type: ElastigroupSetup
                    spec: {instances: {type: Fixed, spec: {min: 2, max: 6}}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    service = tmp_path / SERVICE
    variables = "      variables:\n        - {name: LEVEL, type: String, value: <+input>}\n"
    text = service.read_text("utf-8").replace("      artifacts:\n", f"{variables}      artifacts:\n", 1)
    service.write_text(text, "utf-8")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE, "utf-8")
    (tmp_path / "prod.yaml").write_text(INPUT_SET, "utf-8")
    return tmp_path


def prepared(workspace: Path, **inputs: str) -> Prepared:
    given = {
        "operation": "validate",
        "execution": "pipeline.yaml",
        "service": SERVICE,
        "infrastructure": INFRASTRUCTURE,
        "variables": "@prod.yaml",
        **{name.replace("_", "-"): value for name, value in inputs.items()},
    }
    environ = {f"INPUT_{name.upper()}": value for name, value in given.items() if value}
    environ["GITHUB_WORKSPACE"] = str(workspace)
    return prepare_execution(read_environment(environ).inputs, read_runner(environ))


def problems(workspace: Path, **inputs: str) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        prepared(workspace, **inputs)
    return [str(problem) for problem in caught.value.problems]


def change(workspace: Path, file: str, before: str, after: str) -> None:
    text = (workspace / file).read_text("utf-8")
    assert before in text
    (workspace / file).write_text(text.replace(before, after, 1), "utf-8")


def test_an_input_set_answers_the_runtime_inputs_of_service_pipeline_and_steps(workspace: Path) -> None:
    found = prepared(workspace)
    assert found.definitions is not None
    assert found.definitions.service is not None
    assert found.definitions.service.primary.version == "web-7"
    assert found.definitions.service.variables == {"LEVEL": "debug"}
    assert found.execution.setup.instances == Capacity(2, 3, 6)
    assert [step.amount for step in found.execution.steps if isinstance(step, DeploySpec)] == [
        Amount(percent=40),
        Amount(percent=100),
    ]
    assert found.warnings == ()


def test_an_input_made_for_a_value_precedes_the_input_set(workspace: Path) -> None:
    found = prepared(workspace, artifact_version="web-8")
    assert found.definitions is not None
    assert found.definitions.service is not None
    assert found.definitions.service.primary.version == "web-8"


def test_a_plain_mapping_in_a_file_is_read_like_the_input_itself(workspace: Path) -> None:
    text = "LEVEL: info\nversion: web-9\npercent: 30\nmin: 1\nmax: 4\nserviceRef: web\n"
    (workspace / "vars.yaml").write_text(text, "utf-8")
    found = prepared(workspace, variables="@ vars.yaml")
    assert found.definitions is not None
    assert found.definitions.service is not None
    assert found.definitions.service.variables == {"LEVEL": "info"}
    assert found.execution.setup.instances == Capacity(1, 3, 4)


def test_of_an_overlay_the_later_input_set_precedes(workspace: Path) -> None:
    shutil.copy(workspace / "prod.yaml", workspace / "of_another_name.yml")
    change(workspace, "of_another_name.yml", "identifier: prod", "identifier: late")
    change(workspace, "of_another_name.yml", "version: web-7", "version: web-8")
    change(workspace, "prod.yaml", "max: 6", "max: 5")
    change(workspace, "of_another_name.yml", "max: 6", "max: <+input>")
    overlay = "overlayInputSet:\n  identifier: o\n  inputSetReferences: [prod, late]\n"
    (workspace / "over.yaml").write_text(overlay, "utf-8")
    found = prepared(workspace, variables="@over.yaml")
    assert found.definitions is not None
    assert found.definitions.service is not None
    assert found.definitions.service.primary.version == "web-8"
    assert found.execution.setup.instances == Capacity(2, 3, 5)


def test_a_value_without_a_runtime_input_is_a_warning_at_its_place(workspace: Path) -> None:
    change(workspace, "pipeline.yaml", "min: <+input>", "min: 3")
    change(workspace, SERVICE, "version: <+input>", "version: web-1")
    steps = "inputSet.pipeline.stages[0].stage.spec.execution.steps"
    artifacts = "inputSet.pipeline.stages[0].stage.spec.service.serviceInputs.serviceDefinition.spec.artifacts"
    unused = "this value is not used"
    assert prepared(workspace).warnings == (
        f"prod.yaml:23:45: {artifacts}.primary.sources[0].spec.version: {unused}: {SERVICE} has no <+input> there",
        f"prod.yaml:30:65: {steps}[0].step.spec.instances.spec.min: {unused}: pipeline.yaml has no <+input> there",
    )


PATH = "pipeline.stages[0].parallel[1].stage.spec.execution.steps"


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        (
            "prod.yaml",
            "min: 2",
            "min: two",
            (
                "pipeline.yaml:19:52: PATH[0].step.spec.instances: min is not a whole number, 0 or more (write"
                " same-as-running,"
                " or min=1,max=4,desired=2; values are from prod.yaml:30:65 and prod.yaml:30:75)"
            ),
        ),
        (
            "pipeline.yaml",
            "min: <+input>",
            'min: "<+input>.allowedValues(3, 4)"',
            (
                "pipeline.yaml:19:79: PATH[0].step.spec.instances.spec.min: '2' is not allowed; expected 3 or 4"
                " (the value is"
                " from prod.yaml:30:65)"
            ),
        ),
        ("prod.yaml", "inputSet:", "inputSet: [", "prod.yaml:3:11: invalid YAML"),
        ("prod.yaml", "  pipeline:", "  pipelines:", "prod.yaml:2:3: inputSet: 'pipeline' is missing (export"),
        (
            "prod.yaml",
            "inputSet:",
            "- inputSet:",
            "prod.yaml:1:1: is not a mapping of names to values (write one 'name:",
        ),
        (
            "prod.yaml",
            "version: web-7",
            "version: <+trigger.artifact.build>",
            (
                "SERVICE:22:26: service.serviceDefinition.spec.artifacts.primary.sources[0].spec.version:"
                " '<+input>' resolves "
                "to '<+trigger.artifact.build>', which is not resolved again (provide a value, or omit the field; the"
                " value is"
                " from prod.yaml:23:45)"
            ),
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_an_error_that_names_its_place(
    workspace: Path, file: str, before: str, after: str, expected: str
) -> None:
    change(workspace, file, before, after)
    (found,) = problems(workspace)
    assert found.startswith(expected.replace("PATH", PATH).replace("SERVICE", SERVICE))


def test_a_file_that_is_not_there_is_a_problem_of_the_input(workspace: Path) -> None:
    assert problems(workspace, variables="@prd.yaml") == [
        "variables: prd.yaml: file not found (did you mean 'prod.yaml'?)"
    ]


def test_values_of_several_stages_without_a_pipeline_are_ambiguous(workspace: Path) -> None:
    change(workspace, "prod.yaml", "    stages:\n", "    stages:\n      - stage: {identifier: other}\n")
    expected = (
        "prod.yaml:8:7: inputSet.pipeline.stages: the input set has values of 2 stages: other, canary (set the input "
        "execution to PIPELINE.yaml#STAGE, or keep the values of one)"
    )
    assert expected in problems(workspace, execution="", strategy="basic", app_name="web")


def test_every_missing_input_set_of_an_overlay_is_named(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    overlay = "overlayInputSet:\n  identifier: o\n  inputSetReferences:\n    - prod\n    - a\n    - b\n"
    (workspace / "over.yaml").write_text(overlay, "utf-8")
    assert [str(each) for each in check_file("over.yaml").problems] == [
        (
            f"over.yaml:{line}:7: overlayInputSet.inputSetReferences[{index}]: no file beside this one is the"
            " input set "
            f"'{name}' (export it from Harness to {name}.yaml in the same folder)"
        )
        for line, index, name in ((5, 1, "a"), (6, 2, "b"))
    ]


def test_an_input_set_is_valid_as_a_file_of_its_own(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    assert check_file("prod.yaml").problems == ()
