"""An expression without a value, put into every field there is: an error at its place, never the field's default."""

import itertools
import json
import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from spotaction.documents.accessors import value_at
from spotaction.documents.definitions import Definitions, load_definitions, with_image
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.scope import WorkflowValues, resolve_documents
from spotaction.documents.source import Document, parse_document, read_document
from spotaction.documents.tree import Path as Keys
from spotaction.inputs.fields import FIELDS
from spotaction.inputs.read import WorkflowRun
from spotaction.inputs.read import read_environment as read_all
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonValue
from spotaction.pipeline.harness import Source, convert_document
from spotaction.pipeline.prepare import prepare_execution
from tests.support.execution_documents import GREEN, LISTENER, OTHER, ROOT, RULE

SAMPLES = ("service.yaml", "infrastructure.yaml", "elastigroup.json")
EXAMPLES = ROOT / "examples" / "deploy"
GIVEN = WorkflowValues(artifact_version="asgAmi-Order")
ARTIFACT: dict[str, JsonValue] = {"version": "web-1", "image": "ami-0aaaaaaaaaaaaaaa2"}
AMI_ONLY = {
    "strategy": "basic",
    "ami-id": "ami-0aaaaaaaaaaaaaaa2",
    "elastigroup-config": "examples/deploy/elastigroup.json",
    "app-name": "web",
    "spot-token": "made-up-token",
}
NO_SERVICE = "no service was provided; set the input service to its YAML"
BALANCERS = f"""
- loadBalancer: web-alb
  prodListenerPort: 443
  prodListenerRuleArn: <+serviceVariables.rule>
  stageListenerPort: 8443
  stageListenerRuleArn: {RULE}
"""

COMMON = """
            name: named
            description: words
            timeout: 10m
            when: {stageStatus: All, condition: 1 == 1}
            enforce: {policySets: [examples/policies/production.yaml]}
            delegateSelectors: [somewhere]
            failureStrategies:
              - onFailure:
                  errors: [Timeout]
                  action:
                    type: Retry
                    spec: {retryCount: 2, retryIntervals: [10s], onRetryFailure: {action: {type: Abort}}}
"""
DOCUMENT = """
pipeline:
  name: pipe
  identifier: pipe
  stages:
    - stage:
        name: stage
        identifier: stage
        type: Deployment
        when: {pipelineStatus: Success, condition: 1 == 1}
        failureStrategies: [{onFailure: {errors: [AllErrors], action: {type: StageRollback}}}]
        variables: [{name: size, type: String, value: "3"}]
        spec:
          deploymentType: Elastigroup
          execution:
            steps:
"""
STAGED = [
    ("ElastigroupBGStageSetup", f"""
              name: web
              instances: {{type: Fixed, spec: {{min: 1, max: 4, desired: 2}}}}
              connectedCloudProvider: {{type: AWS, spec: {{connectorRef: aws, region: us-east-1}}}}
              loadBalancers:
                - type: AWSLoadBalancerConfig
                  spec: {{loadBalancer: web, prodListenerPort: "443", prodListenerRuleArn: '{RULE}',
                         isTrafficShift: true, stageTargetGroupArn: '{GREEN}'}}
                - {{loadBalancer: int, prodListenerPort: 80, prodListenerRuleArn: '{RULE}2', stageListenerPort: 8080,
                   stageListenerRuleArn: '{RULE}3'}}"""),
    ("ElastigroupBlueGreenTrafficShift", f"""
              elastigroupTrafficShiftWrapper:
                type: Standalone
                spec:
                  loadBalancer: web
                  listenerArn: {LISTENER}
                  listenerRuleArn: {OTHER}
                  forwardTrafficConfig: [{{targetGroupArn: '{GREEN}', weight: 5}}]"""),
    ("ElastigroupBlueGreenTrafficShift", """
              elastigroupTrafficShiftWrapper: {type: Inherit, spec: {weightPercentage: 10}}"""),
    ("Wait", """
              duration: 10s"""),
    ("ElastigroupSwapRoute", """
              downsizeOldElastigroup: true"""),
]  # fmt: skip
BASIC = [
    ("ElastigroupSetup", """
              name: web
              instances: {type: Fixed, spec: {min: 1, max: 4, desired: 2}}"""),
    ("ElastigroupDeploy", """
              newService: {type: Count, spec: {count: 1}}
              oldService: {type: Percentage, spec: {percentage: 50}}"""),
]  # fmt: skip
LOOPED = """
            strategy: {matrix: {size: [50, 100], exclude: [{size: 3}], maxConcurrency: 1, nodeName: n}}
"""
REPEATED = """
            strategy: {repeat: {items: [60, 70], maxConcurrency: 1}}
"""
GROUPED = """
    - stepGroup:
        name: group
        identifier: group
        when: {stageStatus: Success, condition: 1 == 1}
        strategy: {repeat: {times: 1}}
        steps:
          - step: {type: Wait, identifier: w1, strategy: {parallelism: 1}, spec: {duration: 1s}}
"""
#: Fields that mean nothing here, wherever they stand.
UNUSED = {"connectorRef", "delegateSelectors", "description", "nodeName"}
#: What only another expression may ask for, which then is refused.
NAMES = {(each, key) for each in ("pipeline", "stage") for key in ("name", "identifier")} | {(0, "name"), (0, "type")}
#: Without these nothing is what it says it is: the problem stands at what they are in.
KINDS = {"type", "deploymentType"}


def steps(*kinds: tuple[str, str], indent: int) -> str:
    written = [
        f"    - step:\n            type: {kind}\n            identifier: s{number}\n            spec:{spec}\n"
        + COMMON.lstrip("\n").replace("named", f"named{number}")
        for number, (kind, spec) in enumerate(kinds)
    ]
    return "".join(" " * indent + line + "\n" for line in "".join(written).splitlines())


def bare(*kinds: tuple[str, str], more: str = "") -> str:
    rollback = "  rollbackSteps: [{step: {type: ElastigroupRollback, identifier: back, timeout: 5m, spec: {}}}]\n"
    return "execution:\n  steps:\n" + steps(*kinds, indent=0) + more + rollback


#: Of a document that is not given, of one that never is, of what says the run, and of nothing.
TEXTS = ("<+serviceVariables.nope>", "<+env.name>", "<+artifact.version>", "<+nope>")
PERCENT = "\n              newService: {type: Percentage, spec: {percentage: %s}}"
DOCUMENTS = {
    "blue-green": bare(*STAGED),
    "basic": bare(*BASIC, more=GROUPED),
    "matrix": bare(BASIC[0], ("ElastigroupDeploy", PERCENT % "<+matrix.size>" + LOOPED.rstrip())),
    "repeat": bare(BASIC[0], ("ElastigroupDeploy", PERCENT % "<+repeat.item>" + REPEATED.rstrip())),
    "pipeline": DOCUMENT + steps(*STAGED, indent=10),
}


def leaves(value: JsonValue, path: Keys = ()) -> Iterator[Keys]:
    """The paths of all single values, but for nulls, which say that there is none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif value is not None:
        yield path


def changed(value: JsonValue, path: Keys, new: str) -> JsonValue:
    copy: Any = json.loads(json.dumps(value))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return cast("JsonValue", copy)


def written(value: JsonValue, name: str) -> Document:
    return parse_document(json.dumps(value, indent=1), name=name)


def wrong_at(problems: tuple[Problem, ...], document: Document, path: Keys) -> bool:
    """Whether a problem stands at the place of a value: on its line, not before it begins, nor after it ends."""
    place = document.location_of(path)
    end = place.column + len(str(value_at(document.value, path))) + 2
    places = [problem.place for problem in problems if problem.place is not None]
    return any(
        (each.file, each.line) == (place.file, place.line) and place.column <= each.column <= end for each in places
    )


def problems_of_document(document: Document) -> tuple[Problem, ...]:
    context = resolve_documents(None, None, GIVEN).context
    try:
        convert_document(document, Source(ROOT, context))
    except InvalidError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_to_spoil_are_whole(name: str) -> None:
    assert problems_of_document(parse_document(DOCUMENTS[name], name="a.yaml")) == ()


def spoilt() -> dict[str, list[tuple[Keys, str]]]:
    """Every field of every document, with the texts to put into it.

    Fields of one name share the texts out, wherever they stand: each gets one, a rare one more, so that every name
    meets every text.
    """
    fields = {name: list(leaves(parse_document(text, name="a.yaml").value)) for name, text in DOCUMENTS.items()}
    times = Counter(path[-1] for paths in fields.values() for path in paths)
    turns: defaultdict[str | int, Iterator[str]] = defaultdict(lambda: itertools.cycle(TEXTS))
    return {
        name: [(path, next(turns[path[-1]])) for path in paths for _ in range(math.ceil(len(TEXTS) / times[path[-1]]))]
        for name, paths in fields.items()
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_field_of_an_execution_document_passes_over_an_expression_without_a_value(name: str) -> None:
    value = parse_document(DOCUMENTS[name], name="a.yaml").value
    passed, elsewhere = [], set()
    for path, text in spoilt()[name]:
        document = written(changed(value, path, text), "a.yaml")
        problems = problems_of_document(document)
        passed += [] if problems else [path]
        elsewhere |= {path[-1]} if problems and not wrong_at(problems, document, path) else set()
    assert [path for path in passed if UNUSED.isdisjoint(path) and path[-2:] not in NAMES] == []
    assert elsewhere <= KINDS


def test_every_name_of_a_field_meets_every_expression_without_a_value() -> None:
    fields = [(path[-1], text) for pairs in spoilt().values() for path, text in pairs]
    assert set(fields) == set(itertools.product({name for name, _ in fields}, TEXTS))


def workspace_of(folder: Path, name: str, value: JsonValue) -> Path:
    """The samples, one of them spoilt."""
    for each in SAMPLES:
        text = (ROOT / "tests" / "e2e" / "samples" / each).read_text("utf-8")
        (folder / each).write_text(json.dumps(value, indent=1) if each == name else text, "utf-8")
    return folder


def loaded(workspace: Path) -> Definitions:
    return load_definitions(
        service="service.yaml",
        infrastructure="infrastructure.yaml",
        elastigroup_config="elastigroup.json",
        workspace=workspace,
        given=GIVEN,
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_no_field_of_a_sample_passes_over_an_expression_without_a_value(tmp_path: Path, name: str) -> None:
    value = read_document(name, workspace=ROOT / "tests" / "e2e" / "samples").value
    passed = []
    for path in leaves(value):
        workspace = workspace_of(tmp_path, name, changed(value, path, "<+nowhere.name>"))
        with pytest.raises(InvalidError) as caught:
            loaded(workspace)
        document = read_document(name, workspace=workspace)
        passed += [] if wrong_at(caught.value.problems, document, path) else [path]
    assert passed == []


@pytest.mark.parametrize("name", SAMPLES)
def test_what_the_artifact_says_is_filled_in_before_it_is_used_or_refused_at_its_place(
    tmp_path: Path, name: str
) -> None:
    value = read_document(name, workspace=ROOT / "tests" / "e2e" / "samples").value
    wrong, filled = [], set()
    for path in leaves(value):
        workspace = workspace_of(tmp_path, name, changed(value, path, "<+artifact.image>"))
        try:
            before = loaded(workspace)
            after = with_image(before, artifact=ARTIFACT)
        except InvalidError as error:
            document = read_document(name, workspace=workspace)
            wrong += [] if wrong_at(error.problems, document, path) else [path]
            continue
        assert not has_unresolved(after.config.group)
        assert value_at({"group": after.config.group}, path) == ARTIFACT["image"]
        assert replace(before.config, document=after.config.document, group=after.config.group) == after.config
        filled.add(path)
    assert wrong == []
    launch = ("group", "compute", "launchSpecification")
    assert (name == "elastigroup.json") is ((*launch, "imageId") in filled)
    assert not {path for path in filled if path[:1] != ("group",)}


def answer(operation: str, more: dict[str, str]) -> tuple[Problem, ...]:
    """What an operation says about the inputs."""
    given = {**AMI_ONLY, "operation": operation, **more}
    found = read_all({f"INPUT_{name.upper()}": value for name, value in given.items() if value})
    if found.problems:
        return found.problems
    try:
        prepare_execution(found.inputs, WorkflowRun(workspace=ROOT))
    except InvalidError as error:
        return error.problems
    return ()


BESIDE = {
    "load-balancers": {"strategy": "blue-green"},
    "artifact-version": {"ami-id": "", "service": "examples/deploy/service.yaml"},
}
FILLED_IN = {"app-name", "artifact-version", "checks", "instances", "load-balancers"}
DATA = {"variables", "job-matrix", "deployment"}


@pytest.mark.parametrize("operation", ["deploy", "plan", "validate"])
def test_no_plain_input_passes_over_an_expression_without_a_value(operation: str) -> None:
    secret = {field.name for field in FIELDS if field.secret}
    passed = []
    for field in FIELDS:
        if field.name not in {*DATA, *secret, "operation"}:
            more = BESIDE.get(field.name, {})
            found = answer(operation, {**more, field.name: "<+serviceVariables.nope>"})
            named = {each.place.file.removeprefix("input ") if each.place else each.subject for each in found}
            passed += [] if field.name in named else [field.name]
    assert {field.name for field in FIELDS if field.expressions} == {*FILLED_IN, *DATA, *secret}
    assert passed == []


@pytest.mark.parametrize("operation", ["deploy", "plan", "validate", "continue", "rollback"])
def test_every_operation_says_the_same_of_a_rule_that_has_no_value(operation: str) -> None:
    more = {"strategy": "blue-green", "load-balancers": BALANCERS}
    assert [str(each) for each in answer(operation, more)] == [
        f"input load-balancers:3:26: [0].prodListenerRuleArn: 'serviceVariables.rule' has no value here ({NO_SERVICE})"
    ]


def test_a_variable_that_is_empty_or_an_expression_itself_is_no_value() -> None:
    more = {"strategy": "blue-green", "load-balancers": BALANCERS.replace("serviceVariables.rule", "variables.rule")}
    empty, again = (
        answer("plan", {**more, "variables": f"rule: '{value}'"}) for value in ("", "<+serviceVariables.rule>")
    )
    at_rule = "input load-balancers:3:24: [0].prodListenerRuleArn: '<+variables.rule>' resolves to "
    way = "(provide a value, or omit the field)"
    assert [str(each) for each in empty] == [f"{at_rule}an empty value {way}"]
    assert [str(each) for each in again] == [f"{at_rule}'<+serviceVariables.rule>', which is not resolved again {way}"]


def test_an_environment_that_nobody_named_is_no_part_of_a_name() -> None:
    asked = {"app-name": "web_<+env.name>"}
    assert [str(each) for each in answer("plan", asked)] == [
        (
            "app-name: 'env.name' has no value here (no environment was provided; set the input environment or "
            "infrastructure)"
        )
    ]
    assert answer("plan", {**asked, "environment": "prod"}) == ()


def test_documents_validated_alone_leave_open_what_others_would_say_and_that_is_noted(tmp_path: Path) -> None:
    text = DOCUMENTS["basic"].replace("name: web", "name: <+service.name>_<+env.name>").replace("count: 1", "count: x")
    (tmp_path / "a.yaml").write_text(text.replace("count: x", "count: <+serviceVariables.count>"), "utf-8")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    inputs = read_all({"INPUT_OPERATION": Operation.VALIDATE, "INPUT_EXECUTION": "a.yaml"}).inputs
    assert prepare_execution(inputs, WorkflowRun(workspace=tmp_path)).notes[-1:] == (
        (
            "These expressions were not checked, since the documents that define them are not given: <+env.…>, "
            "<+infra.…>, <+service.…>, <+serviceVariables.…>."
        ),
    )
