"""`validate` of single files: each kind is recognised, and has the problems that it has in the action."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from spotaction.inputs.read import read_environment, read_runner
from spotaction.model.errors import InvalidError, Problem
from spotaction.operations.validate import check_file
from spotaction.pipeline.prepare import prepare_execution

ROOT = Path(__file__).parents[3]
SERVICE, INFRASTRUCTURE, CONFIG, EXECUTION, SCRIPT = (
    f"examples/deploy/{name}"
    for name in ("service.yaml", "infrastructure.yaml", "elastigroup.json", "execution.yaml", "startup.sh")
)
PIPELINE = "examples/harness/pipeline.yaml"
CHOICE = """    - step:
        type: ElastigroupSetup
        name: Other setup
        identifier: other_setup
        timeout: 10m
        when: {stageStatus: Success, condition: <+env.name> == "test"}
        spec:
          name: web
          instances: {type: CurrentRunning, spec: {}}
"""
INPUTS = {
    "operation": "validate",
    "service": SERVICE,
    "infrastructure": INFRASTRUCTURE,
    "startup-script": SCRIPT,
    "artifact-version": "web-2026.11.23",
    "spot-token": "t",
    "secrets": "DB_PASSWORD: hunter2hunter2",
}


def find_problems(file: str) -> tuple[Problem, ...]:
    return check_file(file).problems


@dataclass(frozen=True)
class Case:
    """A change of a text in a file; `says` is the gist of the only problem, empty where the file stays valid."""

    file: str
    old: str
    new: str
    says: str = ""

    def __str__(self) -> str:
        return f"{Path(self.file).name}: {self.new[:60]!r}"


AMI = "            - identifier: web_ami\n"
OTHER_SOURCE = """            - identifier: other
              type: AmazonMachineImage
              spec: {connectorRef: aws, region: us-east-1, version: web-1}
"""
SERVICES = [
    Case(SERVICE, "name: web", "name: web"),
    Case(SERVICE, "name: web", "nmae: web", "unknown key 'nmae'"),
    Case(SERVICE, "region: us-east-1", "region: ''", "must not be empty"),
    Case(SERVICE, AMI, f"{OTHER_SOURCE}{AMI}", "'primaryArtifactRef' is missing"),
    Case(
        SERVICE,
        "          sources:\n",
        "          primaryArtifactRef: blue\n          sources:\n",
        "no source is named 'blue'",
    ),
    Case(SERVICE, "version: <+input>", "version: <+input>.allowedValues(a, web-2026.11.23)"),
    Case(SERVICE, "version: <+input>", "version: <+input>.allowed(a)", "'.allowed(…)' cannot follow <+input>"),
    Case(SERVICE, "version: <+input>", "version: <+servce.name>", "'servce' is not defined"),
    Case(SERVICE, "version: <+input>", "version: <+service.nmae>", "did you mean 'service.name'?"),
    Case(SERVICE, "version: <+input>", "version: <+serviceVariables.nope>", "add it to the service's variables"),
    Case(
        SERVICE,
        "      startupScript:\n",
        "      variables: [{name: size, type: String, value: <+serviceVariables.size>}]\n      startupScript:\n",
        "'serviceVariables.size' has no value here",
    ),
    Case(
        SERVICE,
        "      startupScript:\n",
        """      variables:
        - {name: size, type: String, value: <+serviceVariables.number>}
        - {name: number, type: String, value: <+env.name>}
      startupScript:
""",
    ),
    Case(SERVICE, "version: <+input>", "version: <+env.name.toUper()>", "'.toUper()' is not a function"),
    Case(SERVICE, "version: <+input>", "version: <+env.name", "has no closing '>'"),
    Case(SERVICE, "version: <+input>", "version: <+artifact.version>", "has no value here"),
    Case(SERVICE, "connectorRef: aws", "connectorRef: <+github.sha>-<+env.name>"),
    Case(SERVICE, "/startup.sh", "/start.sh", "file not found"),
    Case(SERVICE, "type: Harness", "type: S3", "stores of type S3 are not supported"),
]
INFRASTRUCTURES = [
    Case(INFRASTRUCTURE, "    connectorRef: spot\n", "", "'connectorRef' is missing"),
    Case(INFRASTRUCTURE, "connectorRef: spot", "connectorRef: <+infra.nmae>", "did you mean 'infra.name'?"),
    Case(INFRASTRUCTURE, "connectorRef: spot", "connectorRef: <+service.name>"),
    Case(INFRASTRUCTURE, "elastigroup.json", "group.json", "file not found"),
    Case(INFRASTRUCTURE, "type: Elastigroup\n  spec", "type: Asg\n  spec", "expected Elastigroup"),
]
CONFIGS = [
    Case(CONFIG, '"target": 3', '"target": 9', "maximum 6 is less than target 9"),
    Case(CONFIG, '"target": 3', '"target": "three"', "expected a whole number"),
    Case(CONFIG, '"target": 3', '"target": "<+input>"', "no value was provided"),
    Case(CONFIG, '"name": "web"', '"name": "<+serviceVariables.nope"', "has no closing '>'"),
    Case(CONFIG, '"name": "web"', '"name": "<+artifact.version>"'),
    Case(CONFIG, '"name": "web"', '"name": "<+artifact.verson>"'),
    Case(CONFIG, '"name": "web"', '"name" "web"', "invalid JSON"),
]
SCRIPTS = [
    Case(SCRIPT, "#!/bin/sh", "#!/bin/sh\necho <+artifact.version> <+env.name>"),
    Case(SCRIPT, "#!/bin/sh", "#!/bin/sh\necho <+nowhere.name>", "'nowhere' is not defined"),
    Case(SCRIPT, "#!/bin/sh", "#!/bin/sh\necho <+env.name.nope()>", "'.nope()' is not a function"),
    Case(SCRIPT, "#!/bin/sh", "#!/bin/sh\n" + "x" * 17000, "EC2 allows 16384"),
]
BALANCER = "                    loadBalancers:\n"
EXECUTIONS = [
    Case(PIPELINE, "name: web", "name: web"),
    Case(PIPELINE, "percentage: 50", "percentage: 150", "150"),
    Case(PIPELINE, "percentage: 50", "percentage: 100", "phases must increase"),
    Case(PIPELINE, "min: 2", "min: 5", "min 5 is more than desired 4"),
    Case(PIPELINE, "min: 2", "min: <+input>", "no value was provided"),
    Case(PIPELINE, "name: <+service.name>_<+env.name>", "name: <+service.name>_<+envv.name>", "'envv' is not defined"),
    Case(PIPELINE, '"443"', '"https"', "is not a whole number"),
    Case(PIPELINE, '"443"', '"70000"', "is not a whole number from 1 to 65535"),
    Case(PIPELINE, "isTrafficShift: true", "isTrafficShift: false", "'stageListenerPort' is missing"),
    Case(PIPELINE, 'stageListenerPort: "8080"', 'stageListenerPort: ""', "'stageListenerPort' is missing"),
    Case(PIPELINE, "[5, 10, 50, 75, 100]", "[5, 50, 10, 75, 100]", "weights must increase"),
    Case(PIPELINE, "[5, 10, 50, 75, 100]", "[5, 10, 50, 75, 101]", "is not a weight from 0 to 100"),
    Case(
        PIPELINE, "<+matrix.weight>\n                  timeout", "<+repeat.item>\n                  timeout", "'repeat"
    ),
    Case(PIPELINE, '<+env.name> == "prod"', "<+env.name> == ", "incomplete"),
    Case(PIPELINE, '<+env.name> == "prod"', 'env.nam == "prod"', "env.nam"),
    Case(PIPELINE, "downsizeOldElastigroup: true", "downsizeOldElastigroup: maybe", "maybe"),
    Case(PIPELINE, "retryCount: 2", "retryCount: many", "many"),
    Case(PIPELINE, "type: ElastigroupSwapRoute", "type: ShellScript", "steps of type ShellScript are not supported"),
    Case(PIPELINE, "timeout: 20m", "timeout: 20 years", "20 years"),
]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_the_action(workspace: Path, **inputs: str) -> Iterator[Problem]:
    given = {f"INPUT_{name.upper()}": value for name, value in {**INPUTS, **inputs}.items() if value}
    given |= {"GITHUB_WORKSPACE": str(workspace), "GITHUB_REPOSITORY": "acme/web", "GITHUB_SHA": "c0ffee"}
    try:
        prepare_execution(read_environment(given).inputs, read_runner(given))
    except InvalidError as error:
        yield from error.problems


def apply(case: Case, workspace: Path) -> None:
    file = workspace / case.file
    text = file.read_text("utf-8")
    assert case.old in text
    file.write_text(text.replace(case.old, case.new, 1), "utf-8")


@pytest.mark.parametrize("case", [*SERVICES, *INFRASTRUCTURES, *CONFIGS, *SCRIPTS], ids=str)
def test_a_document_has_the_same_problems_alone_and_in_the_action(case: Case, workspace: Path) -> None:
    apply(case, workspace)
    script = {"startup-script": ""} if case.file == SERVICE else {}
    found = [str(each) for each in in_the_action(workspace, strategy="basic", **{"app-name": "web"}, **script)]
    alone = [str(each) for each in find_problems(case.file)]
    if "no value was provided" in case.says:  # only a run knows that
        assert (alone, len(found)) == ([], 1)
    else:
        assert (alone, bool(alone)) == (found, bool(case.says))
    assert any(case.says in each for each in found) or not case.says


@pytest.mark.parametrize("case", EXECUTIONS, ids=str)
def test_an_execution_has_the_same_problems_alone_and_in_the_action(case: Case, workspace: Path) -> None:
    apply(case, workspace)
    stages = (f"{case.file}#canary", f"{case.file}#blue_green")
    found = dict.fromkeys(str(each) for stage in stages for each in in_the_action(workspace, execution=stage))
    alone = [str(each) for each in find_problems(case.file)]
    if "no value was provided" in case.says:
        assert (alone, len(found)) == ([], 1)
    else:
        assert (alone, bool(alone)) == (list(found), bool(case.says))
    assert any(case.says in each for each in found) or not case.says


def test_a_policy_is_checked_as_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("rules: [{name: a, deny: {$ref: '#'}}]", encoding="utf-8")
    assert [each.message for each in find_problems(str(file))] == ["a rule cannot refer to another schema"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {name: smoke, after: anywhere, http: {path: '/<+service.identifier>'}}", []),
        (
            "- {name: smoke, after: any, http: {path: '/<+nothing.there>'}}",
            ["1:46: [0].http.path: 'nothing' is not defined"],
        ),
        (
            "- {name: smoke, at: end, alarms: a}\n- {name: smoke, at: end, lambda: {}}",
            ["2:34: [1].lambda: 'function' is missing"],
        ),
        (
            "- {name: smoke, after: any, http: {path: /, status: 99}}\n- {name: smoke, at: end, alarms: a}",
            [
                "1:53: [0].http.status: '99' is not a status code or a range of them (for example 200 or 200-299)",
                "2:10: name: another check is also called smoke (give each check its own name)",
            ],
        ),
    ],
)
def test_checks_are_checked_as_a_file_of_their_own(tmp_path: Path, text: str, says: list[str]) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text, encoding="utf-8")
    assert [str(problem).removeprefix(f"{file}:") for problem in find_problems(str(file))] == says
    assert check_file(str(file)).kind == "checks"


def test_steps_whose_condition_only_a_run_can_check_need_not_fit_each_other(workspace: Path) -> None:
    text = (workspace / EXECUTION).read_text("utf-8")
    setup = text.index("    - step:")
    (workspace / EXECUTION).write_text(text[:setup] + CHOICE + text[setup:], "utf-8")
    assert find_problems(EXECUTION) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "template:\n  type: Stage\n",
            "template: is a template of Harness (replace the reference to the template with",
        ),
        ("environment:\n  name: prod\n", "environment: is an environment of Harness (set the input environment to its"),
        (
            "capacity: {}\ncompute: {}\n",
            "'group' is missing at the top level (nest this whole document below 'group:')",
        ),
        (
            "response: {items: [{name: web}]}\n",
            "response: is a whole response of Spot's API, not an Elastigroup config ",
        ),
        ("name: web\n", "unknown kind of document (expected one of these keys at the top level: service, "),
    ],
)
def test_a_file_of_another_kind_is_named_with_the_way_out(workspace: Path, text: str, says: str) -> None:
    (workspace / "other.yaml").write_text(text, "utf-8")
    (problem,) = check_file("other.yaml").problems
    assert str(problem).startswith(f"other.yaml:1:1: {says}")


def test_a_loop_of_symbolic_links_is_a_problem(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert [str(problem) for problem in find_problems(str(loop))] == [f"{loop}:1:1: is a loop of symbolic links"]
