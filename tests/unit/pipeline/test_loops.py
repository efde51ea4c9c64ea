"""Loops: which iterations of matrix, repeat and parallelism run, what their expressions are, and what is refused."""

from dataclasses import replace

import pytest

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.source import parse_document
from spotaction.model.errors import InvalidError
from spotaction.model.execution import ParsedExecution, PauseSpec, ShiftSpec, SkippedSpec
from spotaction.pipeline.harness import Source, convert_document
from tests.support.execution_documents import (
    DEPLOY,
    ROOT,
    SEEN,
    SETUP,
    STAGED,
    SWAP,
    converted,
    execution,
    problems,
    shift,
)

ONE_BY_ONE = "Loop iterations run one after another, as with maxConcurrency: 1."
LOOP = "a.yaml:17:19: execution.steps[1].step.strategy"
SKIP = "skip it with a condition, strategy.when"


def looped(strategy: str, weight: str = "<+repeat.item>") -> str:
    return execution(STAGED, shift(weight, f"\n        strategy: {{{strategy}}}"))


def shifts(text: str) -> list[tuple[str, int]]:
    return [(step.name, step.weight) for step in converted(text).execution.steps if isinstance(step, ShiftSpec)]


def test_a_matrix_runs_every_combination_that_is_not_excluded_one_after_another() -> None:
    loop = """
        when: {condition: <+matrix.weight> != 20 && <+matrix.region> == "us-east-1"}
        strategy: {matrix: {weight: [10, 20, 50, 100], exclude: [{weight: 50}], maxConcurrency: 1}}"""
    found = converted(execution(STAGED, shift("<+matrix.weight>", loop)))
    assert found.execution.steps == (
        ShiftSpec("shift_0", 10),
        SkippedSpec("shift_1", 'its condition <+matrix.weight> != 20 && <+matrix.region> == "us-east-1" is false'),
        ShiftSpec("shift_2", 100),
    )
    assert found.notes == ()


@pytest.mark.parametrize(
    ("strategy", "weight"),
    [
        ("{repeat: {items: [30, 60]}}", "<+repeat.item>"),
        ("{repeat: {items: '30, 60'}}", "<+repeat.item>"),
        ("{repeat: {items: '<+variables.percent>,60'}}", "<+repeat.item>"),
        ("{repeat: {times: 2}}", "<+<+strategy.iteration> * 30 + 30>"),
        ("{parallelism: 2}", "<+<+strategy.iteration> * 30 + <+strategy.iterations> * 15>"),
        ("{matrix: {weight: [30, 60]}}", "<+strategy.matrix.weight>"),
    ],
)
def test_every_kind_of_loop(strategy: str, weight: str) -> None:
    found = converted(execution(STAGED, shift(weight, f"\n        strategy: {strategy}")))
    assert [(step.name, step.weight) for step in found.execution.steps if isinstance(step, ShiftSpec)] == [
        ("shift_0", 30),
        ("shift_1", 60),
    ]
    assert found.notes == ("Loop iterations run one after another, as with maxConcurrency: 1.",)


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ("items: [5, 10, 50, 100], start: 1, end: 3", [("shift_0", 10), ("shift_1", 50)]),
        ("items: [5, 10, 50, 100], end: 2", [("shift_0", 5), ("shift_1", 10)]),
        ("items: [5, 10, 50, 100], start: 3, end: 99", [("shift_0", 100)]),
        ("items: [5, 10, 50, 100], start: '<+variables.two>', end: 4", [("shift_0", 50), ("shift_1", 100)]),
        ("items: [5, 10, 50, 100], unit: Percentage, start: 25, end: 75", [("shift_0", 10), ("shift_1", 50)]),
        ("items: [5, 10, 50, 100], unit: Percentage, end: 38", [("shift_0", 5), ("shift_1", 10)]),
        ("items: [5, 10, 50, 100], unit: Percentage, end: 37", [("shift_0", 5)]),
        ("items: [5, 10, 50, 100], unit: Percentage, end: 1", [("shift_0", 5)]),
        ("items: [5, 10], nodeName: by <+repeat.item>", [("shift_by 5", 5), ("shift_by 10", 10)]),
        ("items: [5, 10], nodeName: same", [("shift_same", 5), ("shift_same-2", 10)]),
        ("items: [5, 10], nodeName: null", [("shift_0", 5), ("shift_1", 10)]),
    ],
)
def test_a_range_of_the_items_runs_as_in_harness(repeat: str, expected: list[tuple[str, int]]) -> None:
    given = replace(SEEN, roots={**SEEN.roots, "variables": {"two": 2}})
    found = convert_document(parse_document(looped(f"repeat: {{{repeat}}}"), name="a.yaml"), Source(ROOT, given))
    assert [(each.name, each.weight) for each in found.execution.steps if isinstance(each, ShiftSpec)] == expected


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        ("partitionSize: 2", ["1m,2m", "3m,4m", "5m"]),
        ("partitionSize: 9", ["1m,2m,3m,4m,5m"]),
        ("partitionSize: 50, unit: Percentage", ["1m,2m,3m", "4m,5m"]),
        ("partitionSize: 1, unit: Percentage", ["1m", "2m", "3m", "4m", "5m"]),
    ],
)
def test_items_are_run_in_partitions_whose_items_are_a_loop_of_their_own(size: str, parts: list[str]) -> None:
    wait = "step: {type: Wait, identifier: wait, strategy: {repeat: {items: <+repeat.partition>}}, spec: SPEC}"
    wait = wait.replace("SPEC", "{duration: <+repeat.item>}")
    group = f"stepGroup: {{strategy: {{repeat: {{items: [1m, 2m, 3m, 4m, 5m], {size}}}}}, steps: [{{{wait}}}]}}"
    found = converted(execution(SETUP, group, DEPLOY)).execution
    assert [each for each in found.steps if isinstance(each, PauseSpec)] == [
        PauseSpec(f"wait_{outer}_{inner}", 60.0 * int(minutes[0]))
        for outer, part in enumerate(parts)
        for inner, minutes in enumerate(part.split(","))
    ]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("<+matrix.weight>", [30, 60]),
        ("<+strategy.matrix.weight>", [30, 60]),
        ("<+step.matrix.weight>", [30, 60]),
        ("<+strategy.iteration>", [0, 1]),
        ("<+step.iteration>", [0, 1]),
        ("<+strategy.iteration * 10 + strategy.iterations>", [2, 12]),
        ("<+step.iteration * 10 + step.iterations>", [2, 12]),
        ("<+strategy.identifierPostFix.substring(1)>", [0, 1]),
    ],
)
def test_an_iteration_knows_its_values_and_its_number(expression: str, values: list[int]) -> None:
    found = shifts(looped("matrix: {weight: [30, 60], maxConcurrency: 1}", expression))
    assert [weight for _, weight in found] == values


def test_an_axis_may_be_an_expression_or_have_objects_as_values() -> None:
    axis = "matrix: {of: [{weight: 30}, {weight: 60}], region: '<+variables.regions.split(\",\")[1]>'}"
    given = replace(SEEN, roots={**SEEN.roots, "variables": {"regions": "us-east-1,eu-west-1"}})
    text = looped(f"{axis}, maxConcurrency: 1", "<+matrix.of.weight>")
    found = convert_document(parse_document(text, name="a.yaml"), Source(ROOT, given)).execution
    assert found.steps == (ShiftSpec("shift_0", 30), ShiftSpec("shift_1", 60))


def test_a_loop_of_one_iteration_may_contain_anything() -> None:
    once = "strategy: {repeat: {items: [once]}}, spec:"
    text = execution(STAGED, SWAP.replace("spec:", once))
    assert converted(text).execution.step_names == ("stage", "swap_0")


def test_a_loop_whose_condition_is_false_does_not_run_whatever_is_in_it() -> None:
    loop = "{when: <+env.name> == 'stage', matrix: {weight: <+variables.nobody_set_this>}}"
    group = f"stepGroup: {{strategy: {loop}, steps: [{{{SWAP}}}]}}"
    found = converted(execution(STAGED, group, shift(10, f"\n        strategy: {loop}"))).execution
    why = "its loop's condition <+env.name> == 'stage' is false"
    assert found.steps == (SkippedSpec("swap", why), SkippedSpec("shift", why))


@pytest.mark.parametrize(
    ("strategy", "notes"),
    [
        (
            "repeat: {times: 2, start: 1, unit: Count, maxConcurrency: 1}",
            ("start, unit of a loop without items: ignored, as in Harness.",),
        ),
        (
            "repeat: {items: [1, 2], partitionSize: 1, end: 1, maxConcurrency: 1}",
            ("start and end of a loop with partitionSize: ignored, as in Harness.",),
        ),
        (
            "parallelism: 2, maxConcurrency: 1, onFailure: RunAll",
            ("onFailure: RunAll of loops is ignored; failureStrategies decide what follows a failure.",),
        ),
        ("parallelism: 2, maxConcurrency: 1, onFailure: SkipQueued, description: why", ()),
        (
            "matrix: {weight: [10], exclude: [{weight: 11}], maxConcurrency: 1}",
            ("exclude of a matrix has no effect, since no combination has weight: 11.",),
        ),
        ("parallelism: 2", (ONE_BY_ONE,)),
    ],
)
def test_what_has_no_effect_on_a_loop_is_noted(strategy: str, notes: tuple[str, ...]) -> None:
    weight = "<+strategy.iteration>" if "times" in strategy or "parall" in strategy else "5"
    weight = "<+strategy.iteration + 1>" if "partition" in strategy else weight
    assert converted(looped(strategy, weight)).notes == notes


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("repeat: {items: []}", f"{LOOP}: the loop has no iterations ({SKIP})"),
        ("matrix: {}", f"{LOOP}: the loop has no iterations ({SKIP})"),
        ("matrix: {weight: [1], exclude: [{weight: 1}]}", f"{LOOP}: the loop has no iterations ({SKIP})"),
        ("repeat: {times: 0}", f"{LOOP}: the loop has no iterations ({SKIP})"),
        ("parallelism: 0", f"{LOOP}: the loop has no iterations ({SKIP})"),
    ],
)
def test_a_loop_of_nothing_is_refused(strategy: str, message: str) -> None:
    assert problems(looped(strategy, "5")) == [message]


@pytest.mark.parametrize(
    ("strategy", "column", "subject", "message"),
    [
        (
            "repeat: {items: [5, 10], start: 1}",
            52,
            "repeat.start",
            "'end' is missing (without it Harness leaves out the last item; write end: 2 to run all)",
        ),
        (
            "repeat: {items: [5, 10], unit: Percentage}",
            51,
            "repeat.unit",
            "'end' is missing (without it Harness leaves out the last item; write end: 100 to run all)",
        ),
        (
            "repeat: {items: [5, 10], partitionSize: 0}",
            60,
            "repeat.partitionSize",
            "0 is not a valid partition size (write 1 or more)",
        ),
        (
            "repeat: {times: <+env.name>}",
            36,
            "repeat.times",
            "'prod' is not a whole number, 0 or more",
        ),
        ("parallelism: 300", 19, "", "the loop has more than 256 iterations"),
        ("repeat: {times: 300}", 19, "", "the loop has more than 256 iterations"),
        (
            "matrix: {weight: [1, 2], exclude: [{wieght: 1}]}",
            56,
            "matrix.exclude[0].wieght",
            "no axis is named 'wieght' (did you mean 'weight'?)",
        ),
        (
            "repeat: {items: [50, 100], maxConcurrency: 2}",
            63,
            "repeat.maxConcurrency",
            "steps run one after another (write 1)",
        ),
        ("parallelism: 2, maxConcurrency: 2", 52, "maxConcurrency", "steps run one after another (write 1)"),
    ],
)
def test_a_loop_that_cannot_run_as_written_is_refused_at_its_place(
    strategy: str, column: int, subject: str, message: str
) -> None:
    whole = ".".join(filter(None, ["execution.steps[1].step.strategy", subject]))
    assert problems(looped(strategy, "<+strategy.iteration + 5>")) == [f"a.yaml:17:{column}: {whole}: {message}"]


def stage(strategy: str, *, matrix: dict[str, object] | None = None, variables: str = "") -> ParsedExecution:
    text = f"""
stage:
  identifier: deploy
  type: Deployment
  variables: [{variables}]
  strategy: {strategy}
  spec:
    deploymentType: Elastigroup
    execution:
      steps:
        - {SETUP.replace("name: web", "name: NAME")}
        - {DEPLOY}
"""
    context = Context(roots={**SEEN.roots, "matrix": matrix or {}})  # type: ignore[dict-item]
    text = text.replace("NAME", "web_<+stage.matrix.region>") if "region" in strategy else text.replace("NAME", "web")
    return convert_document(parse_document(text, name="a.yaml"), Source(ROOT, context))


@pytest.mark.parametrize(
    ("strategy", "matrix"),
    [
        ("{matrix: {region: [us-east-1], maxConcurrency: 2}}", {}),
        ("{matrix: {region: [eu-west-1, us-east-1], size: [1, 2]}}", {"region": "us-east-1", "size": "2", "more": 1}),
        ("{matrix: {region: '<+stage.variables.all>'}}", {"region": "us-east-1"}),
        ("{matrix: {region: [eu-west-1, us-east-1], exclude: [{region: eu-west-1}]}}", {}),
    ],
)
def test_a_job_runs_the_iteration_of_the_stage_that_the_input_matrix_names(
    strategy: str, matrix: dict[str, object]
) -> None:
    found = stage(strategy, matrix=matrix, variables="{name: all, type: String, value: 'us-east-1,eu-west-1'}")
    assert (found.execution.setup.app, found.notes) == ("web_us-east-1", ())
    assert found.execution.step_names == ("setup", "deploy")


@pytest.mark.parametrize(
    ("strategy", "matrix", "values"),
    [
        ("{repeat: {items: [a, b]}}", {"item": "b"}, ("1", "2", "b")),
        ("{repeat: {items: [a, b, c], partitionSize: 2}}", {"partition": "a,b"}, ("0", "2", "a,b")),
        ("{repeat: {times: 3}}", {"iteration": 2}, ("2", "3", "")),
        ("{parallelism: 2}", {"iteration": "1"}, ("1", "2", "")),
        ("{parallelism: 1}", {}, ("0", "1", "")),
    ],
)
def test_a_repeated_stage_has_one_axis_and_counts_its_iterations(
    strategy: str, matrix: dict[str, object], values: tuple[str, str, str]
) -> None:
    looked_up = "<+stage.iteration>-<+strategy.iterations>-"
    looked_up += "<+repeat.item>" if "item" in matrix else "<+repeat.partition>" if "partition" in matrix else ""
    variable = f"{{name: app, type: String, value: '{looked_up}'}}"
    context = Context(roots={**SEEN.roots, "matrix": matrix})  # type: ignore[dict-item]
    text = f"""
stage:
  variables: [{variable}]
  strategy: {strategy}
  spec: {{execution: {{steps: [{{{SETUP.replace("name: web", "name: <+stage.variables.app>")}}}, {{{DEPLOY}}}]}}}}
"""
    found = convert_document(parse_document(text, name="a.yaml"), Source(ROOT, context))
    assert found.execution.setup.app == "-".join(values)


@pytest.mark.parametrize(
    ("strategy", "matrix", "message"),
    [
        (
            "{matrix: {region: [eu-west-1, us-east-1]}}",
            {},
            ("the stage runs 2 times, but a job runs one deployment (give the job a strategy.matrix of region)"),
        ),
        (
            "{repeat: {times: 3}}",
            {},
            ("the stage runs 3 times, but a job runs one deployment (give the job a strategy.matrix of iteration)"),
        ),
        (
            "{matrix: {region: [eu-west-1, us-east-1], size: [1]}}",
            {"region": "ap-south-1"},
            (
                "the job's matrix (region: ap-south-1, size: none) names none of the 2 iterations of the stage (the "
                "first one is region: eu-west-1, size: 1)"
            ),
        ),
    ],
)
def test_a_stage_of_several_deployments_is_refused_with_the_way_out(
    strategy: str, matrix: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        stage(strategy, matrix=matrix)
    assert [str(each) for each in caught.value.problems] == [f"a.yaml:6:3: stage.strategy: {message}"]


def test_a_stage_whose_loop_is_not_to_run_has_nothing_to_deploy() -> None:
    with pytest.raises(InvalidError) as caught:
        stage("{when: <+env.name> == 'stage', parallelism: 2}")
    assert [str(each) for each in caught.value.problems] == [
        (
            "a.yaml:6:20: stage.strategy.when: there is nothing to deploy: its loop's condition <+env.name> == 'stage' "
            "is false (skip the job with its if)"
        )
    ]
