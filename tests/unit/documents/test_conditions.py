"""Conditions: comparisons of expressions, their limits, and the place of a problem."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotaction.documents.expressions.conditions import MAX_LENGTH, is_met
from spotaction.documents.expressions.lookups import BadExpressionError, Context, DeferredError

calm = settings(deadline=None, database=None, derandomize=True, max_examples=200)

SEEN = Context(
    roots={
        "env": {"name": "prod"},
        "matrix": {"weight": 50, "text": "10"},
        "flags": {"on": True, "off": "false"},
        "tricky": {"quote": '" == "" || true || "'},
    },
    secrets={"TOKEN": "s3cret"},
    deferred=frozenset({"service"}),
    absent={"artifact": "the AMI is looked for later"},
)


BARE = 'write "tru" for the text, <+tru> for its value'


def wrong(text: str) -> tuple[str, int, str]:
    """The message, offset and hint of the refusal of a condition."""
    with pytest.raises(BadExpressionError) as caught:
        is_met(text, SEEN)
    return caught.value.message, caught.value.offset, caught.value.hint


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ('<+env.name> == "prod"', True),
        ("<+env.name> == 'stage'", False),
        ('<+env.name> != "prod"', False),
        ("<+matrix.weight> < 51", True),
        ("<+matrix.weight> <= 49", False),
        ("<+matrix.weight> > 49 and <+matrix.weight> >= 50", True),
        ("-1 < 0", True),
        ("1 < 1", False),
        ("1 <= 1", True),
        ("1 > 1", False),
        ("1 >= 1", True),
        (" || ".join(["(false)"] * 40) + " || true", True),  # beside each other they are not deep
        (" && ".join(["!false"] * 40), True),
        ("<+matrix.text> == 10", True),
        ("<+matrix.text> < 9", False),
        ("<+<+matrix.weight> + 1> == 51", True),
        ("<+flags.on>", True),
        ("!<+flags.on>", False),
        ("<+flags.on> == true", True),
        ("not <+flags.off>", True),
        ("not not <+flags.on>", True),
        ("<+flags.off> || <+flags.on>", True),
        ("<+flags.off> or <+flags.off>", False),
        ("<+flags.on> && <+flags.off>", False),
        ("true || true && false", True),
        ("(true || true) && false", False),
        ("!(<+flags.on> && <+flags.off>)", True),
        ("!true == false", True),
        ("1 == 1 && 2 < 3 || 3 < 2", True),
        ("false && false || true", True),
        ('<+secrets.getValue("TOKEN")> == "s3cret"', True),
        ('"a\\"b" == \'a"b\'', True),
        ('<+env.name == "prod">', True),
        ('<+ env.name == "prod" && matrix.weight > 10 >', True),
        ('<+<+env.name> == "prod">', True),
        ("1 + 1 == 2", True),
        ("<+env.name>.equals('prod') and <+env.name>.contains('ro')", True),
        ("<+env.name>.split('o')[0] eq 'pr'", True),
        ("<+trigger.prNumber> == null", True),
        ("<+trigger.prNumber> != null && <+trigger.prNumber> > 5", False),
        ("<+env.name> == 'prod' || <+trigger.prNumber> > 5", True),
        ("<+matrix.weight> > 49 ? <+env.name> == 'prod' : false", True),
        ("<+(matrix.weight > 49) && env.name.startsWith('p')>", True),
    ],
)
def test_a_condition_is_met_or_not(text: str, met: bool) -> None:  # noqa: FBT001 - the expectation
    assert is_met(text, SEEN) is met


def test_a_resolved_text_is_a_value_and_never_part_of_the_condition() -> None:
    assert not is_met('<+tricky.quote> == ""', SEEN)


@pytest.mark.parametrize(
    ("text", "message", "offset", "hint"),
    [
        (
            'env == "prod"',
            "'env' is neither quoted nor an expression",
            0,
            'write "env" for the text, <+env> for its value',
        ),
        ('<+env.nam> == "x"', "'env.nam' is not defined", 2, "did you mean 'env.name'?"),
        ('true || <+env.nam> == "x"', "'env.nam' is not defined", 10, "did you mean 'env.name'?"),
        ("<+env.name>", "'prod' is neither true nor false", 0, "compare it with a value"),
        ("'a' < 3", "'a' is not a whole number, but '<' requires one", 4, ""),
        ("(1 == 1", "missing closing parenthesis", 7, ""),
        ("1 == ", "the condition is incomplete", 4, ""),
        ("   ", "the condition is incomplete", 0, ""),
        (
            "<+artifact.tag> == 1",
            "'artifact.tag' has no value here",
            2,
            "the AMI is looked for later",
        ),
        ("(" * 21 + "true" + ")" * 21, "nested more than 20 levels deep", 21, ""),
        ("(" * 20 + "tru" + ")" * 20, "'tru' is neither quoted nor an expression", 20, BARE),
        ("!" * 21 + "true", "nested more than 20 levels deep", 21, ""),
    ],
)
def test_a_problem_has_its_message_offset_and_hint(text: str, message: str, offset: int, hint: str) -> None:
    assert wrong(text) == (message, offset, hint)


def test_an_unknown_function_is_refused() -> None:
    assert wrong("<+flags.on>.equal(true)") == ("'.equal()' is not a function", 11, "did you mean 'equals'?")


@pytest.mark.parametrize(("text", "offset"), [("1 < 2 < 3", 6), ("!1 < 2 < 3", 7), ("true || 1 == 1 == 1", 15)])
def test_comparisons_are_not_chained(text: str, offset: int) -> None:
    assert wrong(text) == ("comparisons cannot be chained", offset, "join two comparisons with &&")


VALUES = 'values are names, whole numbers, "text", true, false and null'
OPERATORS = "operators: + - * / == != < <= > >= && || ! ? :"


@pytest.mark.parametrize(
    ("text", "message", "offset", "hint"),
    [
        ("true == !false", "expected a value, found '!'", 8, VALUES),
        ('<+env.name> =~ "p.*"', "expected an operator, found '=~'", 12, OPERATORS),
        ("true AND true", "expected an operator, found 'AND'", 5, "did you mean 'and'?"),
        ("true true", "expected an operator, found 'true'", 5, OPERATORS),
        ("<+env.name> == 'a", "the quote is not closed", 15, ""),
        ("<+env.name> == 1.10", "only whole numbers are supported", 15, 'write "1.10" to use it as text'),
        ("<+env.name> == 007", "007 has a leading zero", 15, 'write "007" for the text, 7 for the number'),
    ],
)
def test_what_cannot_be_read_is_named_with_what_is_expected(text: str, message: str, offset: int, hint: str) -> None:
    assert wrong(text) == (message, offset, hint)


def test_a_long_condition_is_refused() -> None:
    assert wrong("true || " * MAX_LENGTH + "true")[0] == f"the condition is longer than {MAX_LENGTH} characters"


def test_a_deferred_name_is_left_to_the_caller() -> None:
    with pytest.raises(DeferredError):
        is_met('<+service.name> == "web"', SEEN)


@calm
@given(st.text(alphabet="<+>ab .()!&|=\"'0-9truefalsnodm\\{}[]", max_size=60))
def test_any_text_is_a_truth_or_a_problem(text: str) -> None:
    try:
        assert is_met(text, SEEN) in {True, False}
    except (BadExpressionError, DeferredError) as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017 - either way is fine
