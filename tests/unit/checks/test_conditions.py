import pytest

from spotaction.checks.queries.conditions import parse_condition
from spotaction.checks.queries.values import Limits, judge_values
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import InvalidError

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("text", "values", "for_all", "for_any"),
    [
        ("result <= 0.01", [0.0, 0.01], True, True),
        ("result <= 0.01", [0.0, 0.02], False, True),
        ("result <= 0.01", [0.03, 0.02], False, False),
        ("0 < result < 1", [0.5], True, True),
        ("0 < result < 1", [0.0, 1.0], False, False),
        ("max(result) < 3 and min(result) > 1", [2.0, 2.5], True, True),
        ("max(result) < 3 and min(result) > 1", [2.0, 1.0], False, False),
        ("avg(result) == 2 or last(result) == 9", [1.0, 3.0], True, True),
        ("sum(result) != 4", [1.0, 3.0], False, False),
        ("count(result) >= 3", [1.0, 3.0], False, False),
        ("not result > 1", [1.0], True, True),
        ("abs(result - 10) / 2 * 3 + 1 <= 4", [8.0, 12.0], True, True),
        ("-result >= -2.5e0", [2.5], True, True),
        ("(result > 1 or result < 0) and not (result == 5)", [2.0, -1.0], True, True),
        ("last(result) > 2", [5.0, 1.0], False, False),
    ],
)
def test_a_condition_is_about_each_value_unless_a_function_takes_all(
    text: str,
    values: list[float],
    for_all: bool,  # noqa: FBT001
    for_any: bool,  # noqa: FBT001
) -> None:
    condition = parse_condition(text)
    assert (condition.holds_for_all(values), condition.holds_for_any(values)) == (for_all, for_any)


@pytest.mark.parametrize("text", ["result < 1", "not result < 1"])
def test_nothing_holds_for_no_value(text: str) -> None:
    condition = parse_condition(text)
    assert (condition.holds_for_all([]), condition.holds_for_any([])) == (False, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  result <", "the condition cannot be parsed at column 11"),
        ("", "the condition cannot be parsed at column 1"),
        ("result && 1", "the condition cannot be parsed at column 9"),
        ("result", "'result' is neither true nor false: compare it with a number"),
        ("result <= 5 % 3", "'5 % 3' is not allowed in a condition"),
        ("result in (1, 2)", "'(1, 2)' is not allowed in a condition"),
        ("results <= 1", "'results' is not allowed in a condition"),
        ("result <= True", "'True' is not allowed in a condition"),
        ("result == 'x'", "''x'' is not allowed in a condition"),
        ("result <= 1e999", "'1e309' is too large"),
        (f"result <= {'9' * 400}", "is too large"),
        ("1 <= 2", "the condition does not depend on result"),
        ("result.__class__ <= 1", "'result.__class__' is not allowed in a condition"),
        ("__import__('os').system('x') <= result", "is not allowed in a condition"),
        ("max(result, 1) > 2", "'max(result, 1)' is not allowed in a condition"),
        ("max(result + 1) > 2", "'max(result + 1)' is not allowed in a condition"),
        ("median(result) > 2", "'median(result)' is not allowed in a condition"),
        ("[result for result in result] > 2", "is not allowed in a condition"),
        ("(lambda: result)() > 2", "is not allowed in a condition"),
        ("result ** 99 > 2", "'result ** 99' is not allowed in a condition"),
        ("result < 1; 2", "the condition cannot be parsed at column 11"),
        ("result\0 < 1", "the condition cannot be parsed"),
        ("(" * 240 + "result" + ")" * 240 + " < 1", "the condition cannot be parsed"),
        ("-" * 480 + "result < 1", ""),
        ("result < 1" + " " * 500, "the condition is longer than 500 characters"),
    ],
)
def test_whatever_is_no_condition_is_refused(text: str, message: str) -> None:
    try:
        parse_condition(text)
    except InvalidError as error:
        (problem,) = error.problems
        assert message in problem.message
        assert problem.hint
    else:
        assert not message


def test_words_of_other_languages_are_translated() -> None:
    for text, hint in [
        ("result < 1 && result > 0", "write and instead of &&"),
        ("result < 1 || result > 2", "write or instead of ||"),
        ("!(result < 1)", "write not instead of !"),
        ("result <= 5%", "write a fraction such as 0.01 instead of %"),
    ]:
        with pytest.raises(InvalidError) as caught:
            parse_condition(text)
        assert caught.value.problems[0].hint == hint


BOTH = Limits.of("result <= 0.01", "result > 0.05")


@pytest.mark.parametrize(
    ("values", "limits", "expected"),
    [
        ([0.0, 0.01], BOTH, Measurement(Outcome.PASSED, "0, 0.01 meets the condition", "0, 0.01", "result <= 0.01")),
        (
            [0.0, 0.06],
            BOTH,
            Measurement(Outcome.FAILED, "0, 0.06 meets the failure condition", "0, 0.06", "result > 0.05"),
        ),
        (
            [0.06],
            Limits.of("result <= 0.1", "result > 0.05"),
            Measurement(Outcome.FAILED, "0.06 meets the failure condition", "0.06", "result > 0.05"),
        ),
        ([0.02], BOTH, Measurement(Outcome.INCONCLUSIVE, "0.02 meets neither condition", "0.02", "result <= 0.01")),
        (
            [1 / 3] * 6,
            Limits.of("result  <= 0.01", ""),
            Measurement(
                Outcome.FAILED,
                "2 more, 0.333333, 0.333333, 0.333333, 0.333333 does not meet the condition",
                "2 more, 0.333333, 0.333333, 0.333333, 0.333333",
                "result <= 0.01",
            ),
        ),
    ],
)
def test_failure_counts_before_success_and_between_them_nothing_is_decided(
    values: list[float], limits: Limits, expected: Measurement
) -> None:
    assert judge_values(values, limits) == expected


@pytest.mark.parametrize("success", ["result <= 0.01", "not result > 0.01", "result > 0 or not result > 0"])
@pytest.mark.parametrize("failure", ["", "result > 0.05"])
@pytest.mark.parametrize("values", [[], [NAN], [INF], [-INF], [0.0, NAN], [INF, 0.0]])
def test_nothing_and_what_is_no_finite_number_is_no_data(values: list[float], success: str, failure: str) -> None:
    assert judge_values(values, Limits.of(success, failure)).outcome is Outcome.NO_DATA


@pytest.mark.parametrize("values", [[0.0], [9.0], []])
def test_an_incomplete_answer_is_no_data_whatever_it_says(values: list[float]) -> None:
    assert judge_values(values, BOTH, incomplete="a store is away").outcome is Outcome.NO_DATA
    assert judge_values(values, BOTH, incomplete="a store is away").reason == "a store is away"


@pytest.mark.parametrize("success", ["1 / result < 5", "result / (count(result) - 1) < 5", "1e308 * (result + 10) < 5"])
def test_a_condition_without_a_result_is_no_data(success: str) -> None:
    found = judge_values([0.0], Limits.of(success, ""))
    assert found.outcome is Outcome.NO_DATA
    assert found.reason.startswith("the condition has no result for 0: ")
