"""Runtime inputs: `<+input>` wherever Harness allows it in a pipeline, with the variable that gives its value."""

from collections.abc import Mapping

import pytest

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.source import parse_document
from spotaction.model.capacity import Amount
from spotaction.model.errors import InvalidError
from spotaction.model.execution import DeploySpec, ParsedExecution, SkippedSpec
from spotaction.model.resources import JsonValue
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, StageStatus
from spotaction.operations.validate import check_execution
from spotaction.pipeline.harness import Source, convert_document
from tests.support.execution_documents import ROOT, SETUP

DEPLOY = """step:
        type: ElastigroupDeploy
        identifier: canary
        spec: {newService: {type: Percentage, spec: {percentage: PERCENT}}}"""
STEP = "execution.steps[1].step"
ABORT: JsonValue = [{"onFailure": {"errors": ["AllErrors"], "action": {"type": "Abort"}}}]


def run(text: str, variables: Mapping[str, JsonValue], secrets: Mapping[str, str] = {}) -> ParsedExecution:
    roots: dict[str, JsonValue] = {"service": {"name": "web"}, "env": {"name": "prod"}, "variables": dict(variables)}
    context = Context(roots=roots, runtime_values=variables, secrets=secrets)
    return convert_document(parse_document(text, name="a.yaml"), Source(ROOT, context))


def problems(text: str, variables: Mapping[str, JsonValue], secrets: Mapping[str, str] = {}) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        run(text, variables, secrets)
    return [str(problem) for problem in caught.value.problems]


def step(more: str, percent: object = 100) -> str:
    deploy = DEPLOY.replace("PERCENT", str(percent))
    return f"execution:\n  steps:\n    - {SETUP}\n    - {deploy}\n        {more}\n"


def stage(more: str, percent: object = 100) -> str:
    deploy = DEPLOY.replace("PERCENT", str(percent)).replace("\n", "\n      ")
    steps = f"        steps:\n          - {SETUP}\n          - {deploy}\n"
    return f"stage:\n  identifier: deploy\n  {more}\n  spec:\n    execution:\n{steps}"


@pytest.mark.parametrize("name", ["failureStrategies", "canary.failureStrategies", f"{STEP}.failureStrategies"])
def test_failure_strategies_of_a_step_are_given_by_its_path_its_step_or_its_key(name: str) -> None:
    found = run(step("failureStrategies: <+input>"), {name: ABORT}).execution.step_policies
    assert found["canary"].strategies == (FailureStrategy(frozenset(Failure), FailureAction.ABORT),)
    assert found["setup"].strategies == ()


def test_failure_strategies_of_a_stage_are_given_too() -> None:
    found = run(stage("failureStrategies: <+input>"), {"deploy.failureStrategies": ABORT}).execution.step_policies
    assert {each.strategies for each in found.values()} == {(FailureStrategy(frozenset(Failure), FailureAction.ABORT),)}


@pytest.mark.parametrize(
    ("written", "variables"),
    [
        ("strategy: <+input>", {"strategy": {"repeat": {"items": [20, 50], "maxConcurrency": 1}}}),
        ("strategy: {matrix: <+input>}", {"matrix": {"item": [20, 50], "maxConcurrency": 1}}),
        ("strategy: {matrix: {item: <+input>, maxConcurrency: 1}}", {"item": [20, 50]}),
        ("strategy: {matrix: {item: <+input>, maxConcurrency: 1}}", {"canary.item": "20, 50"}),
        ("strategy: {repeat: {items: <+input>, maxConcurrency: <+input>}}", {"items": [20, 50], "maxConcurrency": 1}),
        ('strategy: {repeat: {items: "<+input>.selectManyFrom(20,50,80)", maxConcurrency: 1}}', {"items": [20, 50]}),
        ('strategy: {repeat: {items: "<+input>.selectManyFrom(20,50,80)", maxConcurrency: 1}}', {"items": "20, 50"}),
        ("strategy: {repeat: {items: \"<+input>.default('20,50')\", maxConcurrency: 1}}", {}),
        ("strategy: {repeat: {items: <+input>.executionInput(), maxConcurrency: 1}}", {"items": "20,50"}),
    ],
)
def test_a_loop_is_given_as_a_whole_or_in_parts(written: str, variables: Mapping[str, JsonValue]) -> None:
    value = "<+matrix.item>" if "matrix" in written or "matrix" in variables else "<+repeat.item>"
    assert run(step(written, value), variables).execution.steps == (
        DeploySpec("canary_0", Amount(percent=20)),
        DeploySpec("canary_1", Amount(percent=50)),
    )


@pytest.mark.parametrize(
    ("strategy", "count"),
    [("{parallelism: <+input>}", "parallelism"), ("{repeat: {times: <+input>.default(3)}}", "times")],
)
def test_a_number_of_times_is_given(strategy: str, count: str) -> None:
    found = run(step(f"strategy: {strategy}", "<+strategy.iteration * 10 + 10>"), {count: 2}).execution
    assert found.step_names == ("setup", "canary_0", "canary_1")


@pytest.mark.parametrize(
    ("written", "variables", "why"),
    [
        ("when: <+input>", {"when": {"stageStatus": "Success", "condition": "<+env.name> == 'prod'"}}, ""),
        (
            "when: <+input>",
            {"canary.when": {"stageStatus": "Success", "condition": "<+env.name> == 'stage'"}},
            "its condition <+env.name> == 'stage' is false",
        ),
        ("when: {stageStatus: Success, condition: <+input>}", {"condition": True}, ""),
        ("when: {stageStatus: Success, condition: <+input>}", {"condition": "false"}, "its condition false is false"),
        ("when: {stageStatus: Success, condition: <+input>.default(false)}", {}, "its condition false is false"),
        (
            "strategy: {when: <+input>, parallelism: 1}",
            {"when": "<+service.name> != 'web'"},
            "its loop's condition <+service.name> != 'web' is false",
        ),
    ],
)
def test_a_condition_is_given_and_its_expressions_are_resolved(
    written: str, variables: Mapping[str, JsonValue], why: str
) -> None:
    found = run(step(written), variables).execution.steps
    assert found == ((SkippedSpec("canary", why),) if why else (DeploySpec("canary", Amount(percent=100)),))


def test_the_status_of_a_given_condition_counts() -> None:
    found = run(step("when: <+input>"), {"when": {"stageStatus": "All"}}).execution
    assert found.step_policies["canary"].when is StageStatus.ALL


def test_a_field_that_several_steps_have_is_given_for_all_or_for_one() -> None:
    second = DEPLOY.replace("canary", "rest").replace("PERCENT", "<+input>")
    text = step("description: first", "<+input>") + f"    - {second}\n"
    assert run(text, {"percentage": 100, "canary.percentage": 25}).execution.steps == (
        DeploySpec("canary", Amount(percent=25)),
        DeploySpec("rest", Amount(percent=100)),
    )
    where = "step.spec.newService.spec.percentage: no value was provided for this <+input>"
    assert problems(text, {}) == [
        (
            f"a.yaml:7:66: execution.steps[1].{where} (set 'canary.percentage' in the input variables, or 'percentage' "
            "for all 2 places)"
        ),
        (
            f"a.yaml:12:66: execution.steps[2].{where} (set 'rest.percentage' in the input variables, or 'percentage' "
            "for all 2 places)"
        ),
    ]


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        (
            "failureStrategies: <+input>",
            "8:28",
            (
                "failureStrategies: no value was provided for this <+input> "
                "(set 'failureStrategies' in the input variables)"
            ),
        ),
        (
            "when: <+input>",
            "8:15",
            "when: no value was provided for this <+input> (set 'when' in the input variables)",
        ),
        (
            "strategy: <+input>",
            "8:19",
            "strategy: no value was provided for this <+input> (set 'strategy' in the input variables)",
        ),
        (
            "strategy: {matrix: <+input>}",
            "8:28",
            "strategy.matrix: no value was provided for this <+input> (set 'matrix' in the input variables)",
        ),
        (
            "when: {condition: <+input>}",
            "8:27",
            "when.condition: no value was provided for this <+input> (set 'condition' in the input variables)",
        ),
        (
            'strategy: {repeat: {items: "<+input>.selectManyFrom(20,50)"}}',
            "8:37",
            (
                "strategy.repeat.items: no value was provided for this <+input>; expected 20 or 50 "
                "(set 'items' in the input variables)"
            ),
        ),
    ],
)
def test_an_input_without_a_value_names_the_key_of_the_input_variables(written: str, place: str, message: str) -> None:
    assert problems(step(written), {}) == [f"a.yaml:{place}: {STEP}.{message}"]


@pytest.mark.parametrize(
    ("written", "variables", "place", "message"),
    [
        (
            "failureStrategies: <+input>",
            {"failureStrategies": [{"onFailure": {"errors": ["Timeot"], "action": {"type": "ManualIntervention"}}}]},
            "8:28",
            (
                "failureStrategies[0].onFailure.action.type: from the input variables: the action ManualIntervention "
                "is not supported: nobody can be asked while a job runs (write the action of its onTimeout, or Abort, "
                "which leaves everything to operation continue or rollback)"
            ),
        ),
        (
            "strategy: <+input>",
            {"strategy": {"repeat": {"item": [1]}}},
            "8:19",
            "strategy.repeat.item: from the input variables: unknown key 'item' (did you mean 'items'?)",
        ),
        (
            'strategy: {repeat: {items: "<+input>.selectManyFrom(20,50)"}}',
            {"items": [20, 55]},
            "8:37",
            "strategy.repeat.items: '55' is not allowed; expected 20 or 50",
        ),
        (
            'strategy: {repeat: {items: "<+input>.allowedValues(20,50)"}}',
            {"items": [20, 50]},
            "8:37",
            (
                "strategy.repeat.items: '[20, 50]' is not allowed; expected 20 or 50 (allow several with "
                ".selectManyFrom(…))"
            ),
        ),
        (
            "strategy: <+input>",
            {"strategy": {"repeat": {"items": ["<+env.name>"]}}},
            "8:19",
            "strategy.repeat.items[0]: '<+env.name>' in the input variables is not resolved (write the value itself)",
        ),
        (
            "when: {condition: <+input>}",
            {"condition": "<+secrets.getValue('token')> == 'x'"},
            "8:27",
            "when.condition: secret 'token' is not defined (add it to the input secrets)",
        ),
        (
            "when: <+input>",
            {"when": {"condition": "<+secrets.getValue('token')> == 'x'"}},
            "8:15",
            "when.condition: secret 'token' is not defined (add it to the input secrets)",
        ),
        (
            "when: <+input>",
            {"when": {"condition": "<+env.nmae> == 'x'"}},
            "8:15",
            "when.condition: 'env.nmae' is not defined (did you mean 'env.name'?)",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_reported_at_the_input(
    written: str, variables: Mapping[str, JsonValue], place: str, message: str
) -> None:
    found = problems(step(written), variables, {"token": "x"})
    assert f"a.yaml:{place}: {STEP}.{message}" in found
    assert {each.split(": ")[0] for each in found} == {f"a.yaml:{place}"}


@pytest.mark.parametrize(
    ("variable", "given", "percent"),
    [
        ("value: <+input>", {"share": 30}, 30),
        ("value: <+input>.default(20)", {}, 20),
        ("value: <+input>, default: 20", {}, 20),
        ("value: <+input>, default: 20", {"share": 30}, 30),
        ("value: <+input>.default(40), default: 20", {}, 40),
        ("value: <+input>.allowedValues(20\\,30), default: 20", {}, 20),
        ("value: <+input>.allowedValues(20\\,30)", {"share": "30"}, 30),
        ("value: <+input>.regex([0-9\\,]+)", {"share": "30"}, 30),
        ("value: <+input>.selectOneFrom(20\\,30)", {"share": 30}, 30),
        ("value: <+input>.default(20).executionInput()", {}, 20),
        ("value: 10", {"share": 30}, 30),
        ("value: 10, metadata: x, description: why, required: true", {}, 10),
        ("default: 10", {}, 10),
    ],
)
def test_a_variable_has_the_value_of_the_input_or_else_its_default(
    variable: str, given: Mapping[str, JsonValue], percent: int
) -> None:
    text = stage(f"variables: [{{name: share, type: Number, {_quoted(variable)}}}]", "<+stage.variables.share>")
    assert run(text, given).execution.steps == (DeploySpec("canary", Amount(percent=percent)),)


@pytest.mark.parametrize(
    ("variable", "given", "message"),
    [
        ("value: <+input>.allowedValues(20\\,30)", {"share": 35}, "'35' is not allowed; expected 20 or 30"),
        ("value: <+input>.allowedValues(20\\,30), default: 40", {}, "'40' is not allowed; expected 20 or 30"),
        ("value: <+input>.regex([0-9\\,]+)", {"share": "a lot"}, "'a lot' does not match '[0-9,]+'"),
    ],
)
def test_a_variable_whose_value_is_not_allowed_is_refused_at_its_place(
    variable: str, given: Mapping[str, JsonValue], message: str
) -> None:
    text = stage(f"variables: [{{name: share, type: String, {_quoted(variable)}}}]", 100)
    (found,) = problems(text, given)
    assert found.startswith(f"a.yaml:3:51: stage.variables[0].value: {message}")


def test_a_variable_without_a_value_says_where_it_is_used_what_gives_it() -> None:
    text = stage("variables: [{name: share, type: Number, value: <+input>}]", "<+stage.variables.share>")
    assert problems(text, {}) == [
        (
            "a.yaml:11:74: stage.spec.execution.steps[1].step.spec.newService.spec.percentage: 'stage.variables.share' "
            "has no value here (set 'share' in the input variables)"
        )
    ]


def test_what_another_stage_leaves_to_the_run_needs_no_value() -> None:
    other = "{stage: {identifier: other, spec: {execution: {steps: []}}, failureStrategies: <+input>, when: <+input>}}"
    inner = stage("when: <+input>").replace("\n", "\n      ")
    text = f"pipeline:\n  stages:\n    - {other}\n    - {inner}\n"
    context = Context(runtime_values={"when": {"pipelineStatus": "Success"}})
    found = convert_document(parse_document(text, name="a.yaml"), Source(ROOT, context), stage="deploy")
    assert found.execution.step_names == ("setup", "canary")


@pytest.mark.parametrize(
    "more",
    [
        "failureStrategies: <+input>",
        "when: <+input>",
        "when: {stageStatus: Success, condition: <+input>}",
        "strategy: <+input>",
        "strategy: {matrix: <+input>}",
        "strategy: {matrix: {a: <+input>}}",
        "strategy: {repeat: {times: <+input>}}",
        "strategy: {repeat: {items: <+input>, start: <+input>, end: <+input>}}",
        "strategy: {repeat: {items: [1, 2], partitionSize: <+input>}}",
        "strategy: {parallelism: <+input>, when: <+input>}",
    ],
)
def test_what_is_left_to_the_run_is_no_problem_where_a_document_is_checked_alone(more: str) -> None:
    for text in (step(more), stage(more)):
        document = parse_document(text, name="a.yaml")
        assert check_execution(document, workspace=ROOT) == ()


def test_a_stage_of_several_deployments_is_no_problem_where_a_document_is_checked_alone() -> None:
    text = stage("strategy: {matrix: {percent: [50, 100]}}", "<+matrix.percent>")
    assert check_execution(parse_document(text, name="a.yaml"), workspace=ROOT) == ()


def _quoted(variable: str) -> str:
    """Put the value in quotes where it has a comma, which would end it in a list."""
    head, _, rest = variable.partition(": ")
    if "\\," not in variable:
        return variable
    value, bracket, more = rest.partition(")")
    return f'{head}: "{value.replace(chr(92), "")}{bracket}"{more}'
