"""Wrong documents and inputs: one clear message with its place, before anything is sent anywhere."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.support.action import ROOT, Result, Stand, stand
from tests.support.runner_files import Command, commands_in

SERVICE, INFRASTRUCTURE, CONFIG = (
    f"examples/deploy/{name}" for name in ("service.yaml", "infrastructure.yaml", "elastigroup.json")
)
SAMPLES = {
    "GITHUB_WORKSPACE": str(ROOT / "tests" / "e2e"),
    "INPUT_OPERATION": "validate",
    "INPUT_SERVICE": "samples/service.yaml",
    "INPUT_INFRASTRUCTURE": "samples/infrastructure.yaml",
    "INPUT_ELASTIGROUP-CONFIG": "samples/elastigroup.json",
    "INPUT_APP-NAME": "spotsvc",
}


@dataclass(frozen=True)
class Wrong:
    """A text in a document that is replaced, or inputs; `place` is what the message begins with, `says` its gist."""

    place: str
    says: str
    file: str = ""
    old: str = ""
    new: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


def edited(file: str, old: str, new: str, *, at: str, says: str) -> Wrong:
    return Wrong(f"{file}:{at}", says, file, old, new)


def given(place: str, says: str, **inputs: str) -> Wrong:
    return Wrong(place, says, inputs=inputs)


NO_STAGE = "[{loadBalancer: web-alb, prodListenerPort: 443}]"
WRONG = [
    edited(SERVICE, "service:\n", "svc:\n", at="2:1", says="unknown key 'svc' (did you mean 'service'?)"),
    edited(SERVICE, "version: <+input>", "versions: <+input>", at="20:17", says="(did you mean 'version'?)"),
    edited(SERVICE, "type: Elastigroup", "type: Kubernetes", at="6:11", says="expected Elastigroup"),
    edited(SERVICE, "type: AmazonMachineImage", "type: Docker", at="12:21", says="expected AmazonMachineImage"),
    edited(SERVICE, "region: us-east-1", "region: ''", at="15:25", says="must not be empty"),
    edited(
        SERVICE, "n: <+input>", f"n: <+input>\n{' ' * 16}versionRegex: w*", at="21:17", says="are mutually exclusive"
    ),
    edited(SERVICE, "version: <+input>", "version: <+inputs>", at="20:28", says="'inputs' is not defined"),
    edited(SERVICE, "version: <+input>", "version: <+input", at="20:28", says="must be the whole value"),
    edited(
        SERVICE,
        "<+input>",
        "<+pipeline.variables.nope>",
        at="20:28",
        says="'pipeline.variables.nope' has no value here (set 'nope' in the input variables)",
    ),
    edited(SERVICE, "value: web", "value: [web", at="20:17", says="invalid YAML"),
    edited(SERVICE, "  name: web\n", "\tname: web\n", at="3:1", says="YAML indentation must not contain tabs"),
    edited(SERVICE, "  name: web\n", "  name: web\n  name: web\n", at="4:3", says="duplicate key 'name'"),
    edited(SERVICE, "startup.sh", "start.sh", at="27:17", says="file not found (did you mean"),
    edited(SERVICE, "type: Harness", "type: S3", at="23:17", says="stores of type S3 are not supported (download"),
    edited(INFRASTRUCTURE, "    connectorRef: spot\n", "", at="9:5", says="'connectorRef' is missing"),
    edited(INFRASTRUCTURE, "elastigroup.json", "group.json", at="16:15", says="file not found"),
    edited(INFRASTRUCTURE, "type: Elastigroup\n  spec", "type: Asg\n  spec", at="7:9", says="expected Elastigroup"),
    edited(CONFIG, '"group": {', '"grp": {', at="2:3", says="(did you mean 'group'?)"),
    edited(CONFIG, '"target": 3', '"target": 9', at="6:56", says="maximum 6 is less than target 9"),
    edited(
        CONFIG, '"target": 3', '"target": "three"', at="6:42", says="expected a whole number, found the text 'three'"
    ),
    edited(CONFIG, '"name": "web",', '"name": "web"', at="4:5", says="invalid JSON: expected ',' or a closing bracket"),
    edited(CONFIG, "TARGET_GROUP", "TARGET_GRP", at="28:28", says="(did you mean 'TARGET_GROUP'?)"),
    given("app-name", "'service.nope' is not defined", app_name="<+service.nope>"),
    given("app-name", "is missing", app_name=""),
    given("strategy", "write basic, canary or blue-green", strategy="rolling"),
    given("instances", "min 4 is more than desired 3", instances="min=4,max=5,desired=3"),
    given("bake-time", "'10' has no unit", bake_time="10"),
    given("timeout", "but bakes, pauses and delays alone take 6h 00m", bake_time="6h"),
    given("timeout", "but bakes, pauses and delays alone take 1h 00m", bake_time="1h", timeout="1h"),
    given("old-instances", "more than 100%", old_instances="150%"),
    given("keep-old", "not a whole number", keep_old="-1"),
    given("old-instnces", "did you mean old-instances?", old_instnces="50%"),
    given("force", "allow: take-over", force="true"),
    given("service", "examples/deploy/nope.yaml: file not found", service="examples/deploy/nope.yaml"),
    given("elastigroup-config", "nope.json: file not found", elastigroup_config="nope.json"),
    given("execution", "nope.yaml: file not found", execution="nope.yaml", strategy="", instances=""),
    given("service", "../secrets.yaml: is outside the workspace", service="../secrets.yaml"),
    given("service", "without a leading /)", service="/etc/passwd"),
    given(f"{SERVICE}:20:26", "set the input artifact-version", artifact_version=""),
    given("input load-balancers:1:2", "invalid YAML", load_balancers="[{loadBalancer: web-alb"),
    given("input load-balancers:1:2", "'stageListenerPort' is missing", strategy="blue-green", load_balancers=NO_STAGE),
    given("canary", "phase 2 (25%) is not greater than 50%", strategy="canary", canary="50%, 25%"),
    given("spot-api-url", "is not an https URL", spot_api_url="ftp://api.spotinst.io"),
    given("elastigroup-id", "for example sig-01234567", elastigroup_id="web"),
]


def run(box: Stand, folder: Path, wrong: Wrong) -> Result:
    shutil.copytree(ROOT / "examples", folder / "examples")
    if wrong.file:
        path = folder / wrong.file
        text = path.read_text(encoding="utf-8")
        assert wrong.old in text
        path.write_text(text.replace(wrong.old, wrong.new, 1), encoding="utf-8")
    return box.run(environ={"GITHUB_WORKSPACE": str(folder), **variables(wrong.inputs)})


def variables(inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs as the runner hands them over."""
    return {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}


def errors(result: Result) -> list[Command]:
    return [command for command in commands_in(result.log) if command.name == "error"]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.new or str(dict(wrong.inputs)))
def test_what_is_wrong_is_one_message_with_its_place_and_nothing_is_sent(tmp_path: Path, wrong: Wrong) -> None:
    with stand("basic", tmp_path) as box:
        result = run(box, tmp_path, wrong)
        (error,) = errors(result)

        assert error.data.startswith(f"{wrong.place}: "), error.data
        assert wrong.says in error.data
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])


def test_everything_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    several = edited(SERVICE, "type: AmazonMachineImage", "type: Docker", at="12:21", says="")
    with stand("basic", tmp_path) as box:
        result = run(box, tmp_path, replace(several, inputs={"app_name": "<+service.nope>", "operation": "plan"}))
        other = box.run(strategy="rolling", bake_time="10", keep_old="-1")

        assert [error.data.split(": ")[0] for error in errors(result)] == [several.place]
        assert [error.data.split(": ")[0] for error in errors(other)] == ["strategy", "bake-time", "keep-old"]
        assert result.calls == other.calls == []


DOCKER = edited(SERVICE, "type: AmazonMachineImage", "type: Docker", at="12:21", says="")


def places(result: Result) -> list[str]:
    return [error.data.split(": ")[0] for error in errors(result)]


@pytest.mark.parametrize(
    ("strategy", "inputs", "subjects"),
    [
        ("basic", {"bake_time": "10"}, ["bake-time", DOCKER.place]),
        ("basic", {"until": "canary-deploy-1"}, [DOCKER.place, "until"]),
        ("basic", {"app_name": "<+variables.nowhere>"}, [DOCKER.place, "app-name"]),
        ("basic", {"report": "../report.json", "keep_old": "-1"}, ["../report.json", "keep-old", DOCKER.place]),
        ("basic", {"strategy": "rolling", "until": "canary-deploy-1"}, ["strategy", DOCKER.place]),
        ("basic", {"spot_token": " ", "app_name": "<+env.nope>"}, ["spot-token", DOCKER.place, "app-name"]),
        ("basic", {"operation": "check"}, ["operation", DOCKER.place]),
        ("canary", {"canary": "50%, 25%", "until": "canary-deploy-2"}, ["canary", DOCKER.place]),
        ("basic", {"instances": "min=1,max=4,desired=<+variables.count>"}, [DOCKER.place, "instances"]),
    ],
    ids=str,
)
def test_inputs_documents_and_expressions_are_reported_in_one_round(
    tmp_path: Path, strategy: str, inputs: Mapping[str, str], subjects: list[str]
) -> None:
    with stand(strategy, tmp_path) as box:
        result = run(box, tmp_path, replace(DOCKER, inputs=inputs))
        assert (places(result), result.calls) == (subjects, [])


@pytest.mark.parametrize("inputs", [{"variables": "[a, b]"}, {"job-matrix": "x"}, {"secrets": "- A"}], ids=str)
def test_what_an_invalid_input_would_have_answered_is_not_reported_as_missing(
    tmp_path: Path, inputs: Mapping[str, str]
) -> None:
    asks = edited(SERVICE, "value: web", "value: <+variables.name>", at="", says="")
    with stand("basic", tmp_path) as box:
        result = run(box, tmp_path, replace(asks, inputs=inputs))
        assert len(errors(result)) == 1, result.log


def test_a_wrong_infrastructure_hides_nothing_of_the_service(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        wrong = edited(SERVICE, "n: <+input>", f"n: <+input>\n{' ' * 16}versionRegex: w*", at="21:17", says="")
        infrastructure = "examples/deploy/nope.yaml"
        result = run(box, tmp_path, replace(wrong, inputs={"infrastructure": infrastructure}))
        assert sorted(places(result)) == sorted(["infrastructure", wrong.place])


def test_a_path_may_begin_at_the_root_of_the_repository_as_in_documents(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        right = box.run(operation="validate", service=f"/{SERVICE}", startup_script="/examples/deploy/startup.sh")
        wrong = run(box, tmp_path, replace(DOCKER, inputs={"service": f"/{SERVICE}"}))

        assert right.outputs["status"] == "valid", right.log
        assert places(wrong) == [DOCKER.place]


def test_documents_in_another_folder_get_the_new_paths_of_their_files(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "deploy", tmp_path / "deploy")
    paths = {"service": "deploy/service.yaml", "infrastructure": "deploy/infrastructure.yaml"}
    with stand("basic", tmp_path) as box:
        result = box.run(paths, environ={"GITHUB_WORKSPACE": str(tmp_path)})

        hints = [error.data.rpartition("did you mean ")[2] for error in errors(result)]
        rest = "? Paths in documents start at the repository's root)"
        assert hints == [f"'/deploy/elastigroup.json'{rest}", f"'/deploy/startup.sh'{rest}"]


def test_a_step_that_does_not_exist_is_reported_by_validate_too(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        wrong, right = (
            box.run(operation="validate", until=until, environ={"INPUT_SPOT-TOKEN": ""})
            for until in ("canary-deploy-1", "setup")
        )
        alone = box.run(operation="validate", until="canary-deploy-1", infrastructure="")

        assert [error.data for error in errors(wrong)] == [
            "until: canary-deploy-1 is not a step of this deployment (write setup or deploy)"
        ]
        assert places(alone) == ["until"]
        assert right.outputs["status"] == "valid"


def test_the_samples_are_valid_as_they_are(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        result = box.run(environ=SAMPLES, artifact_version="asgAmi-Order")

        assert (result.code, result.outputs["status"], result.calls) == (0, "valid", [])
        assert "Inputs and documents are valid; no API call was made." in result.log


def test_a_version_that_the_samples_do_not_allow_is_refused_where_it_is_asked_for(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as box:
        result = box.run(environ=SAMPLES, artifact_version="asgAmi-Order3")

        (error,) = errors(result)
        assert error.data == (
            "samples/service.yaml:15:26: service.serviceDefinition.spec.artifacts.primary.sources[0].spec.version: "
            "'asgAmi-Order3' is not allowed; expected asgAmi-Orderv2 or asgAmi-Order "
            "(did you mean 'asgAmi-Order'?)"
        )
        assert dict(error.properties) == {"file": "samples/service.yaml", "line": "15", "col": "26", "title": "Invalid"}
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
        assert "`service.yaml:15:26`" in result.summary


STAGED = """execution:
  steps:
    - step:
        type: ElastigroupBGStageSetup
        identifier: stage
        spec:
          name: web_<+env.name>
          instances: {type: Fixed, spec: {min: 1, desired: <+serviceVariables.size>, max: 4}}
          loadBalancers:
            - loadBalancer: web-alb
              prodListenerPort: 443
              prodListenerRuleArn: <+serviceVariables.prod_rule>
              stageListenerPort: 8443
    - step: {type: ElastigroupSwapRoute, identifier: swap, spec: {downsizeOldElastigroup: true}}
"""
BASIC = """execution:
  steps:
    - step: {type: ElastigroupSetup, identifier: setup, spec: {name: web, instances: {type: CurrentRunning}}}
    - step:
        type: ElastigroupDeploy
        identifier: deploy
        spec: {newService: {type: Percentage, spec: {percentage: <+serviceVariables.share>}}}
"""


@pytest.mark.parametrize("operation", ["deploy", "plan", "validate"])
@pytest.mark.parametrize(
    ("text", "places"), [(STAGED, ["7:23", "8:62", "12:38"]), (BASIC, ["7:68"])], ids=["blue-green", "basic"]
)
def test_an_expression_that_nothing_answers_is_wrong_in_every_operation(
    tmp_path: Path, text: str, places: list[str], operation: str
) -> None:
    (tmp_path / "execution.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    plain = ("strategy", "instances", "load-balancers", "downsize-old", "service", "infrastructure", "artifact-version")
    inputs = dict.fromkeys((*plain, "app-name"), "") | {"elastigroup-config": CONFIG, "ami-id": "ami-0aaaaaaaaaaaaaaa2"}
    environ = {"GITHUB_WORKSPACE": str(tmp_path)}
    with stand("blue-green", tmp_path) as box:
        result = box.run(inputs, operation=operation, execution="execution.yaml", environ=environ)

        found = [error.data.split(": ")[0] for error in errors(result)]
        assert found == [f"execution.yaml:{place}" for place in places]
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("CURL_CA_BUNDLE", {}),
        ("REQUESTS_CA_BUNDLE", {"github_token": "made-up-token"}),
        ("AWS_CA_BUNDLE", {}),
    ],
)
def test_certificates_that_are_not_there_are_the_environment_s_fault_and_nothing_is_sent(
    tmp_path: Path, name: str, asked: Mapping[str, str]
) -> None:
    with stand("blue-green", tmp_path) as box:
        result = box.run(asked, environ={name: "0"})
        (error,) = errors(result)

        assert error.data.startswith(f"{name}: file not found: '0' (unset it, or set it to a PEM file")
        assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
