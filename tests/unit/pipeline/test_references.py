"""What a stage names is compared with what is deployed: a warning for each difference, with both names and places."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.inputs.read import read_environment, read_runner
from spotaction.model.errors import InvalidError
from spotaction.pipeline.prepare import Prepared, prepare_execution

ROOT = Path(__file__).parents[3]
SERVICE, INFRASTRUCTURE = "examples/deploy/service.yaml", "examples/deploy/infrastructure.yaml"
NAMED, PLACED = f"'web' ({SERVICE}:4:15)", f"'prod' ({INFRASTRUCTURE}:5:19)"
WHICH = "set the input service to the document of the one that is meant"
WHERE = "set the input infrastructure to the document of the one that is meant"
VARIABLE = "write it in the service's variables, or <+input> there, and its value in the input variables"
VERSION = "write it in the service, or set the input artifact-version"
SPEC = "stage.spec"
STAGE = """stage:
  identifier: deploy
  type: Deployment
  spec:
    deploymentType: Elastigroup
    {service}
    {environment}
    execution:
      steps:
        - step: {{type: ElastigroupSetup, identifier: s, spec: {{name: web, instances: {{type: CurrentRunning}}}}}}
        - step: {{type: ElastigroupDeploy, identifier: d, spec: {{newService: 100%}}}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    service = tmp_path / SERVICE
    variables = "      variables:\n        - {name: LEVEL, type: String, value: info}\n"
    text = service.read_text("utf-8").replace("      artifacts:\n", f"{variables}      artifacts:\n", 1)
    service.write_text(text, "utf-8")
    return tmp_path


def prepared(
    workspace: Path,
    service: str = "service: {serviceRef: web}",
    environment: str = "environment: {environmentRef: prod, infrastructureDefinitions: [{identifier: webprod}]}",
    inputs: Mapping[str, str] = {},
) -> Prepared:
    (workspace / "stage.yaml").write_text(STAGE.format(service=service, environment=environment), encoding="utf-8")
    given = {
        "operation": "validate",
        "execution": "stage.yaml",
        "service": SERVICE,
        "infrastructure": INFRASTRUCTURE,
        "artifact-version": "web-2",
        **inputs,
    }
    environ = {f"INPUT_{name.upper()}": value for name, value in given.items() if value}
    environ["GITHUB_WORKSPACE"] = str(workspace)
    return prepare_execution(read_environment(environ).inputs, read_runner(environ))


def test_a_stage_that_names_what_is_deployed_has_no_warning(workspace: Path) -> None:
    assert prepared(workspace).warnings == ()


@pytest.mark.parametrize("reference", ["org.web", "account.web", "<+service.identifier>", "<+input>"])
def test_a_scope_an_expression_or_a_runtime_input_is_no_other_name(workspace: Path, reference: str) -> None:
    assert prepared(workspace, f"service: {{serviceRef: {reference}}}").warnings == ()


@pytest.mark.parametrize(
    ("part", "text", "warning"),
    [
        (
            "service",
            "service: {serviceRef: api}",
            (
                f"6:27: {SPEC}.service.serviceRef: the stage names the service 'api', but {NAMED} is deployed "
                f"({WHICH}, or correct the stage)"
            ),
        ),
        (
            "service",
            "services: {values: [{serviceRef: api}]}",
            (
                f"6:38: {SPEC}.services.values[0].serviceRef: the stage names the service 'api', but {NAMED} is"
                " deployed "
                f"({WHICH}, or correct the stage)"
            ),
        ),
        (
            "environment",
            "environment: {environmentRef: test}",
            (
                f"7:35: {SPEC}.environment.environmentRef: the stage names the environment 'test', but {PLACED} is "
                f"deployed ({WHERE}, or correct the stage)"
            ),
        ),
        (
            "environment",
            "environment: {environmentRef: prod, infrastructureDefinitions: [{identifier: other}]}",
            (
                f"7:82: {SPEC}.environment.infrastructureDefinitions[0].identifier: the stage names the infrastructure "
                f"'other', but 'webprod' ({INFRASTRUCTURE}:4:15) is deployed ({WHERE}, or correct the stage)"
            ),
        ),
        (
            "environment",
            "environment: {environmentRef: prod, deployToAll: true}",
            (
                f"7:54: {SPEC}.environment.deployToAll: the stage deploys to all infrastructures of the"
                " environment, but "
                f"only 'webprod' ({INFRASTRUCTURE}:4:15) is deployed (use a matrix of the workflow for the others)"
            ),
        ),
        (
            "environment",
            "environment: {environmentRef: prod, serviceOverrideInputs: {variables: [{name: LEVEL, value: debug}]}}",
            (
                f"7:98: {SPEC}.environment.serviceOverrideInputs.variables[0].value: the stage sets LEVEL to"
                " 'debug', but it is"
                f" 'info' ({SERVICE}:9:46) ({VARIABLE})"
            ),
        ),
        (
            "environment",
            "environment: {environmentRef: prod, environmentInputs: {variables: [{name: nope, value: x}]}}",
            (
                f"7:80: {SPEC}.environment.environmentInputs.variables[0].name: the stage sets the variable"
                " 'nope', which "
                f"no document has ({VARIABLE})"
            ),
        ),
    ],
)
def test_a_difference_is_a_warning_with_both_names_and_places(
    workspace: Path, part: str, text: str, warning: str
) -> None:
    assert prepared(workspace, inputs={}, **{part: text}).warnings == (f"stage.yaml:{warning}",)


ARTIFACT = "service: {serviceRef: web, serviceInputs: {serviceDefinition: {spec: {artifacts: {primary: %s}}}}}"
PRIMARY = f"{SPEC}.service.serviceInputs.serviceDefinition.spec.artifacts.primary"


@pytest.mark.parametrize(
    ("primary", "inputs", "warnings"),
    [
        ("{primaryArtifactRef: web_ami, sources: [{identifier: web_ami, spec: {version: web-2}}]}", {}, []),
        ("{sources: [{identifier: other, spec: {version: web-1}}]}", {}, []),
        ("{sources: [{identifier: web_ami, spec: {version: <+input>}}]}", {}, []),
        (
            "{primaryArtifactRef: other}",
            {},
            [
                (
                    f"117: {PRIMARY}.primaryArtifactRef: the stage deploys from the source 'other', but 'web_ami' "
                    f"({SERVICE}:13:27) is used (set primaryArtifactRef in the service, or in the input variables)"
                )
            ],
        ),
        (
            "{sources: [{identifier: web_ami, spec: {version: web-1}}]}",
            {},
            [
                (
                    f"145: {PRIMARY}.sources[0].spec.version: the stage names the version 'web-1', but 'web-2' "
                    f"({SERVICE}:22:26) is deployed ({VERSION})"
                )
            ],
        ),
        (
            "{sources: [{identifier: web_ami, spec: {version: web-1}}]}",
            {"ami-id": "ami-0123456789abcdef0", "artifact-version": ""},
            [
                (
                    f"145: {PRIMARY}.sources[0].spec.version: the stage names the version 'web-1', but "
                    f"'ami-0123456789abcdef0' (input ami-id) is deployed ({VERSION})"
                )
            ],
        ),
    ],
)
def test_another_artifact_is_a_warning(
    workspace: Path, primary: str, inputs: dict[str, str], warnings: list[str]
) -> None:
    found = prepared(workspace, ARTIFACT % primary, inputs=inputs)
    assert list(found.warnings) == [f"stage.yaml:6:{each}" for each in warnings]


def test_the_deployed_one_of_several_services_is_noted(workspace: Path) -> None:
    found = prepared(workspace, "services: {values: [{serviceRef: api}, {serviceRef: web}]}")
    assert f"Of service 'api', 'web' in the stage, only {NAMED} is deployed." in found.notes
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("part", "text", "inputs", "problem"),
    [
        (
            "service",
            "services: {values: [{serviceRef: api}, {serviceRef: shop}]}",
            {},
            (
                f"6:24: {SPEC}.services.values: the stage names more than one service: 'api', 'shop', but {NAMED}"
                " is none "
                f"of them ({WHICH})"
            ),
        ),
        (
            "service",
            "services: {values: [{serviceRef: api}, {serviceRef: web}]}",
            {"service": "", "artifact-version": "", "ami-id": "ami-0123456789abcdef0"},
            f"6:24: {SPEC}.services.values: the stage names more than one service: 'api', 'web' ({WHICH})",
        ),
        (
            "environment",
            "environments: {values: [{environmentRef: dev}, {environmentRef: test}]}",
            {},
            (
                f"7:28: {SPEC}.environments.values: the stage names more than one environment: 'dev', 'test', but"
                f" {PLACED} "
                f"is none of them ({WHERE})"
            ),
        ),
    ],
)
def test_several_of_which_none_is_deployed_are_a_problem_that_lists_them(
    workspace: Path, part: str, text: str, inputs: dict[str, str], problem: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        prepared(workspace, inputs=inputs, **{part: text})
    assert [str(each) for each in caught.value.problems] == [f"stage.yaml:{problem}"]


def test_a_rollback_does_not_ask_which_service_is_meant(workspace: Path) -> None:
    found = prepared(
        workspace,
        "services: {values: [{serviceRef: api}, {serviceRef: shop}]}",
        inputs={"operation": "rollback"},
    )
    assert found.warnings == ()


def test_a_service_from_another_stage_is_the_one_of_that_stage(workspace: Path) -> None:
    stage = STAGE.format(service="service: {useFromStage: {stage: build}}", environment="").replace("\n", "\n      ")
    other = "stage:\n        identifier: build\n        type: Custom\n        spec: {service: {serviceRef: api}}\n"
    pipeline = f"pipeline:\n  stages:\n    - {other}    - {stage}\n"
    prepared(workspace)
    (workspace / "stage.yaml").write_text(pipeline, "utf-8")
    environ = {
        "INPUT_OPERATION": "validate",
        "INPUT_EXECUTION": "stage.yaml",
        "INPUT_SERVICE": SERVICE,
        "INPUT_INFRASTRUCTURE": INFRASTRUCTURE,
        "INPUT_ARTIFACT-VERSION": "web-2",
        "GITHUB_WORKSPACE": str(workspace),
    }
    found = prepare_execution(read_environment(environ).inputs, read_runner(environ))
    assert found.warnings == (
        (
            "stage.yaml:6:38: pipeline.stages[0].stage.spec.service.serviceRef: the stage names the service"
            " 'api', but "
            f"{NAMED} is deployed ({WHICH}, or correct the stage)"
        ),
    )
