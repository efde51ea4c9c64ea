"""Where checks are placed: between which steps, in which bakes; and where they cannot be."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotaction.checks.document import WrittenCheck, parse_checks
from spotaction.documents.source import parse_document
from spotaction.model.check_kinds import AlarmsCheck, HttpCheck, WebhookCheck
from spotaction.model.checks import Check, Position, Where
from spotaction.model.choices import Strategy
from spotaction.model.errors import InvalidError
from spotaction.model.execution import (
    WHOLE,
    CheckSpec,
    DeploySpec,
    DownsizeSpec,
    Execution,
    ParsedExecution,
    PauseSpec,
    PlacedChecks,
    SetupSpec,
    ShiftSpec,
    SkippedSpec,
)
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy, StepPolicy
from spotaction.pipeline.checks import with_checks

_SHIFT = Execution(
    Strategy.BLUE_GREEN,
    SetupSpec(None, staged=True),
    (ShiftSpec("shift-10", 10, 300.0), ShiftSpec("shift-100", 100), DownsizeSpec("downsize-old", 600.0)),
)
_BASIC = Execution(Strategy.BASIC, SetupSpec(None), (DeploySpec("deploy", WHOLE),))


def _written(text: str) -> Sequence[WrittenCheck]:
    return parse_checks(parse_document(text, name="input checks"))


def _place(text: str, execution: Execution = _SHIFT) -> Execution:
    return with_checks(ParsedExecution(execution), _written(text)).execution


def _problems(text: str, execution: Execution = _SHIFT) -> list[str]:
    with pytest.raises(InvalidError) as raised:
        _place(text, execution)
    return [str(problem) for problem in raised.value.problems]


def test_checks_are_steps_beside_theirs_in_the_order_in_which_they_are_written() -> None:
    text = """
- {name: b, after: shift-10, alarms: x}
- {name: a, after: shift-10, alarms: x}
- {name: c, before: shift-100, alarms: x}
- {name: d, before: stage-setup, alarms: x}
- {name: e, after: stage-setup, alarms: x}
- {name: f, at: start, alarms: x}
"""
    found = _place(text)

    names = ("f", "d", "stage-setup", "e", "shift-10", "b", "a", "c", "shift-100", "downsize-old")
    assert found.step_names == names
    assert [each.step for each in found.steps if isinstance(each, CheckSpec)] == [
        "stage-setup",
        "shift-10",
        "shift-10",
        "shift-100",
    ]


def test_a_pattern_names_several_steps_and_the_check_is_called_after_each() -> None:
    found = _place("- {name: smoke, after: shift-*, alarms: x}")

    assert found.step_names == (
        "stage-setup",
        "shift-10",
        "smoke-shift-10",
        "shift-100",
        "smoke-shift-100",
        "downsize-old",
    )


def test_a_check_during_a_pattern_is_measured_where_there_is_a_bake() -> None:
    [check] = (each.check for each in _written("- {name: watch, during: shift-*, alarms: x}"))

    assert _place("- {name: watch, during: shift-*, alarms: x}").checks == PlacedChecks(during={"shift-10": (check,)})


def test_checks_at_a_moment_are_no_steps() -> None:
    text = "- {name: a, at: end, alarms: x}\n- {name: b, at: rollback, alarms: x}"
    end, rollback = (each.check for each in _written(text))

    found = _place(text)

    assert found.checks == PlacedChecks(at_end=(end,), at_rollback=(rollback,))
    assert found.steps == _SHIFT.steps
    assert found.all_checks == (end, rollback)


def test_a_check_of_a_step_that_is_skipped_is_skipped() -> None:
    execution = replace(_SHIFT, steps=(SkippedSpec("shift-10", "it is off"), *_SHIFT.steps[1:]))

    assert _place("- {name: a, after: shift-10, alarms: x}", execution).steps[1] == SkippedSpec(
        "a", "shift-10 is skipped"
    )


def test_a_check_is_treated_like_its_step_but_has_its_own_timeout() -> None:
    strategies = (FailureStrategy(frozenset({Failure.VERIFICATION}), FailureAction.IGNORE),)
    execution = replace(_SHIFT, step_policies={"shift-10": StepPolicy(30.0, strategies=strategies)})

    found = _place("- {name: a, after: shift-10, alarms: x}", execution)

    assert found.step_policies["a"] == StepPolicy(None, strategies=strategies)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "- {name: a, after: shift-11, alarms: x}",
            (
                "input checks:1:20: after: shift-11 is not a step of this deployment "
                "(the steps are stage-setup, shift-10, shift-100, downsize-old)"
            ),
        ),
        (
            "- {name: a, during: shift-100, alarms: x}",
            (
                "input checks:1:21: during: shift-100 has no bake to measure in "
                "(set bake-time, or run the check after the step)"
            ),
        ),
        (
            "- {name: shift-10, at: end, alarms: x}",
            "input checks:1:10: name: a step is called shift-10, too (choose another name)",
        ),
        (
            "- {name: a, before: shift-10, compare: {errors: }}",
            (
                "input checks:1:40: compare errors: the new group gets none of production's requests before shift-10 "
                "(write during: shift-10)"
            ),
        ),
        (
            "- {name: a, at: start, compare: {latency: }}",
            (
                "input checks:1:33: compare latency: there is nothing to compare at start "
                "(write during: and the name of a step)"
            ),
        ),
        (
            "- {name: a, during: shift-10, anomalies: }",
            (
                "input checks:1:42: anomalies: in blue-green every target of the new group's target group is new, so "
                "none stands out (use compare, which compares the new target group with the old one)"
            ),
        ),
    ],
)
def test_a_check_that_has_no_place_is_an_error_that_says_where_there_is_one(text: str, problem: str) -> None:
    assert _problems(text) == [problem]


def test_two_versions_in_one_target_group_cannot_be_compared() -> None:
    assert _problems("- {name: a, after: deploy, compare: {errors: }}", _BASIC) == [
        (
            "input checks:1:37: compare errors: strategy basic has old and new targets in one target group, which has "
            "one metric (use anomalies, which tells targets apart, or strategy blue-green)"
        )
    ]


@pytest.mark.parametrize(
    ("check", "needs"),
    [
        (AlarmsCheck(("x",)), True),
        (HttpCheck(path="/"), True),
        (HttpCheck(url="https://a.example"), False),
        (WebhookCheck("https://a.example"), False),
    ],
)
def test_a_deployment_needs_aws_if_one_of_its_checks_does(
    check: AlarmsCheck | HttpCheck | WebhookCheck,
    needs: bool,  # noqa: FBT001 - of the table above
) -> None:
    placed = PlacedChecks(at_end=(Check("a", Where(Position.AT, "end"), check),))

    assert replace(_BASIC, checks=placed).needs_aws is needs


def test_a_rollback_does_not_need_aws_for_a_check_that_only_warns() -> None:
    placed = PlacedChecks(at_rollback=(Check("a", Where(Position.AT, "rollback"), AlarmsCheck(("x",))),))

    assert replace(_BASIC, checks=placed).needs_aws is False


@pytest.mark.parametrize(
    "text",
    [
        "- {name: smoke, after: shift-*, alarms: x}\n- {name: smoke-shift-10, before: shift-100, alarms: y}",
        "- {name: smoke-shift-10, at: start, alarms: y}\n- {name: smoke, after: shift-*, alarms: x}",
    ],
)
def test_a_check_called_as_another_one_beside_a_step_is_refused_since_only_one_would_run(text: str) -> None:
    (problem,) = _problems(text)
    assert problem.startswith("input checks:2:10: name: ")
    assert "smoke-shift-10" in problem
    assert "(choose another name)" in problem


def test_a_check_called_as_a_step_when_it_is_beside_another_one_is_refused() -> None:
    steps = (ShiftSpec("shift-10", 10, 300.0), ShiftSpec("shift-100", 100), PauseSpec("smoke-shift-10", 1.0))
    (problem,) = _problems("- {name: smoke, after: shift-1*, alarms: x}", replace(_SHIFT, steps=steps))
    assert problem.startswith("input checks:1:10: name: ")
