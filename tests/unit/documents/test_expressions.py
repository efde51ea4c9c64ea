"""Expressions: how they resolve, what is refused, and at which place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_text
from spotaction.documents.patterns import PATTERN_HINT
from spotaction.documents.source import Document, parse_document
from spotaction.model.errors import InvalidError, SourceLocation
from spotaction.model.resources import JsonValue

calm = settings(deadline=None, database=None, derandomize=True, max_examples=200)

CONTEXT = Context(
    roots={
        "service": {"identifier": "websvc", "name": "web", "variables": {"port": 8080}},
        "env": {"name": "prod", "identifier": "prod_1"},
        "variables": {
            "min": 2,
            "prod": "from prod",
            "my-var": "hyphen",
            "seven": "7",
            "none": None,
            "yes": True,
            "list": ["a", {"b": "c"}],
            "ref": "<+env.name>",
            "a.b": "dots",
        },
        "matrix": {"count": 3},
        "github": {"sha": "abc", "ref_name": '<+secrets.getValue("TOKEN")>'},
    },
    secrets={"TOKEN": "s3cret", "DB_PASSWORD": "pa$$"},
    runtime_values={"version": "web-2", "a.count": 3},
    deferred=frozenset({"artifact"}),
)


def resolved(text: str) -> tuple[object, list[str]]:
    document, problems = resolve_expressions(parse_document(text, name="a.yaml"), CONTEXT)
    return document.value, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<+service.identifier>_<+env.name>", "websvc_prod"),
        ("<+ env.name >", "prod"),
        ("<+variables.<+env.name>>", "from prod"),
        ("<+variables.<+<+env.name>>>", "from prod"),
        ("<+service.variables.port>", 8080),
        (":<+service.variables.port>", ":8080"),
        ("<+variables.yes>", True),
        ("<+variables.yes>!", "true!"),
        ("<+variables.min * 3 + 1>", 7),
        ("<+1 + variables.min * 3>", 7),
        ("<+(variables.min + 1) * -2>", -6),
        ("<+<+variables.min>+1>", 3),
        ("<+matrix.count-1>", 2),
        ("<+matrix.count - variables.min>", 1),
        ("<+variables.seven / 2>", 3),
        ("<+-7 / 2>", -3),
        ("<+8 - 3 - 2 * 2 / 2 / 2>", 4),
        ("<+" * 20 + "1" + ">" * 20, 1),
        ("<+" + "(" * 19 + "1" + ")" * 19 + ">", 1),
        ("<+variables.my-var>", "hyphen"),
        ('<+variables["my-var"]>', "hyphen"),
        ('<+variables["a.b"]>', "dots"),
        ("<+variables.list[1].b>", "c"),
        ("<+variables.list.0>", "a"),
        ('<+env.name + "-" + service.name>', "prod-web"),
        (r"<+'it\'s\t1'>", "it's\t1"),
        (r"\<+env.name>", "<+env.name>"),
        (r"a \<+x> <+env.name>", "a <+x> prod"),
        ('<+secrets.getValue("TOKEN")>', "s3cret"),
        ("<+secrets.getValue('account.db_password')>", "pa$$"),
        ("<+variables.ref>", "<+env.name>"),
        ("<+github.ref_name>", '<+secrets.getValue("TOKEN")>'),
        ("<+artifact.version>", "<+artifact.version>"),
        ("<+env.name>-<+artifact.version>", "<+env.name>-<+artifact.version>"),
        ("no expression > at <all+", "no expression > at <all+"),
    ],
)
def test_an_expression_is_replaced_by_what_it_names(text: str, value: object) -> None:
    document, problems = resolve_expressions(Document("a.yaml", {"a": text}, {}), CONTEXT)
    assert (document.value, problems) == ({"a": value}, ())


VALUES = 'values are names, whole numbers, "text", true, false and null'
OPERATORS = "operators: + - * / == != < <= > >= && || ! ? :"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<+env.nme>", "'env.nme' is not defined (did you mean 'env.name'?)"),
        ("<+evn.name>", "'evn' is not defined (did you mean 'env'?)"),
        ("<+env.name.first>", "'env.name.first' is not defined"),
        ("<+variables.list[7]>", "'variables.list.7' is not defined"),
        ("<+service>", "'service' is a mapping, not a single value (available: identifier, name, variables)"),
        ("<+variables.list>", "'variables.list' is a list, not a single value"),
        ("<+variables.none>", "'variables.none' has no value (set 'none' in the input variables)"),
        ('<+secrets.getValue("TOKN")>', "secret 'TOKN' is not defined (did you mean 'TOKEN'?)"),
        ("<+secrets.getValue(TOKEN)>", 'expected secrets.getValue("NAME")'),
        ("<+env.name", "'<+' has no closing '>'"),
        ("<+", "'<+' has no closing '>'"),
        ("<+>", f"expected a value, found '>' ({VALUES})"),
        ("<+env.name * 1>", "'prod' is not a whole number, but '*' requires one"),
        ("<+variables.yes + 1>", "true is not a whole number, but '+' requires one"),
        ("<+7 / (variables.min - 2)>", "division by zero"),
        ("<+999999999999999 * 999999999999999>", "the number is too large"),
        ("<+99999999999999999999999999>", "the number is too large"),
        ("<+(1 + 2>", "missing closing parenthesis"),
        ("<+" + "(" * 1000, "nested more than 20 levels deep"),
        ("<+" * 21 + "1" + ">" * 21, "nested more than 20 levels deep"),
        ("<+" * 1000, "nested more than 20 levels deep"),
        ("<+" + "-" * 1000 + "1>", "nested more than 20 levels deep"),
        ("<+env.name = 'x'>", f"expected an operator or '>', found '=' ({OPERATORS})"),
        ("web-<+input>", "<+input> must be the whole value"),
        (
            "<+input>-web",
            (
                "<+input> must be the whole value (only .allowedValues(…), .selectOneFrom(…), .selectManyFrom(…), "
                ".default(…), .regex(…) and .executionInput() may follow it)"
            ),
        ),
        ("<+input>.allowedvalues(a)", "'.allowedvalues(…)' cannot follow <+input> (did you mean 'allowedValues'?)"),
        ("<+input>.allowedValues(a", "missing closing parenthesis"),
        ("<+input>", "no value was provided for this <+input> (set 'app-name' in the input variables)"),
        ("<+artifact.version>", "'artifact.version' is not available yet"),
    ],
)
def test_a_wrong_expression_in_an_input_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InvalidError) as caught:
        resolve_text(text, CONTEXT, where="app-name")
    assert [str(problem) for problem in caught.value.problems] == [f"app-name: {message}"]


def test_a_problem_has_the_column_of_the_name_inside_the_text() -> None:
    assert resolved('a: "x <+env.nme>"\nb:\n  - y <+env.name> <+matrix.cnt>\n')[1] == [
        "a.yaml:1:9: a: 'env.nme' is not defined (did you mean 'env.name'?)",
        "a.yaml:3:21: b[0]: 'matrix.cnt' is not defined (did you mean 'matrix.count'?)",
    ]


def test_an_expression_in_a_block_of_text_is_placed_at_the_block() -> None:
    assert resolved("a: |\n  one\n  <+env.nme>\n")[1] == [
        "a.yaml:1:4: a: 'env.nme' is not defined (did you mean 'env.name'?)"
    ]


def test_every_wrong_expression_of_a_text_is_listed() -> None:
    assert resolved("a: <+env.nme> <+x <+y>> <+env.name> <+matrix.cunt>\n")[1] == [
        "a.yaml:1:6: a: 'env.nme' is not defined (did you mean 'env.name'?)",
        "a.yaml:1:17: a: 'x' is not defined (available: env, github, matrix, service, variables)",
        "a.yaml:1:39: a: 'matrix.cunt' is not defined (did you mean 'matrix.count'?)",
    ]


def test_a_script_is_placed_by_line_and_column() -> None:
    start = SourceLocation("start.sh")
    script = Document("start.sh", "#!/bin/sh\necho <+env.nme>\n", {(): start}, text_marks={(): start})
    assert [str(problem) for problem in resolve_expressions(script, CONTEXT)[1]] == [
        "start.sh:2:8: 'env.nme' is not defined (did you mean 'env.name'?)"
    ]


def test_the_secrets_that_were_used_are_named() -> None:
    document, _ = resolve_expressions(parse_document("a: x-<+secrets.getValue('TOKEN')>\n", name="a.yaml"), CONTEXT)
    assert (document.value, document.used_secrets) == ({"a": "x-s3cret"}, frozenset({"TOKEN"}))


def test_the_repr_of_a_context_shows_no_secret() -> None:
    assert "s3cret" not in repr(CONTEXT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("version: <+input>", "web-2"),
        ("version: <+input>.allowedValues(web-1,web-2)", "web-2"),
        ("version: <+input>.allowedValues('web-2', \"web,3\")", "web-2"),
        ("version: <+input>.regex(^web-\\d+(\\.\\d+)*$)", "web-2"),
        ("version: <+input>.default(x).allowedValues(web-2)", "web-2"),
        ("version: <+input>.executionInput()", "web-2"),
        ("other: <+input>.default(3)", 3),
        ("other: <+input>.default('3')", "3"),
        ("other: <+input>.default(1.10)", "1.10"),
        ("other: <+input>.default(007)", "007"),
        ("other: <+input>.default(true)", True),
        ("other: <+input>.default(a b).regex([a-z ]+)", "a b"),
        ('other: <+input>.default("a)b,c")', "a)b,c"),
    ],
)
def test_a_runtime_input_is_resolved(text: str, value: object) -> None:
    document, problems = resolved(text)
    assert isinstance(document, dict)
    assert (list(document.values()), problems) == ([value], [])


def test_a_value_by_path_keeps_its_type_and_precedes_one_by_key() -> None:
    context = Context(runtime_values={"a.version": 5, "version": "x"})
    document, _ = resolve_expressions(
        parse_document("a:\n  version: <+input>\nb:\n  version: <+input>\n", name="a.yaml"), context
    )
    assert document.value == {"a": {"version": 5}, "b": {"version": "x"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "version: <+input>.allowedValues(web-1,web-20)",
            "'web-2' is not allowed; expected web-1 or web-20",
        ),
        ("version: <+input>.regex(v.*)", "'web-2' does not match 'v.*'"),
        ("version: <+input>.regex(web)", "'web-2' does not match 'web'"),
        (
            "version: <+input>.regex((?=a)b)",
            f"invalid pattern '(?=a)b': invalid perl operator: (?= ({PATTERN_HINT})",
        ),
        (
            "version: <+input>.regex([a)",
            f"invalid pattern '[a': missing ]: [a ({PATTERN_HINT})",
        ),
        (
            f"other: <+input>.default({'x' * 257}).regex(x*)",
            "a value longer than 256 characters cannot be matched against a pattern",
        ),
        (
            "other: <+input>.allowedValues(a, b)",
            "no value was provided for this <+input>; expected a or b (set 'other' in the input variables)",
        ),
        ("other: <+input>.default(c).allowedValues(a, b)", "'c' is not allowed; expected a or b"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_at_its_field(text: str, message: str) -> None:
    key = text.partition(":")[0]
    close = " (did you mean 'web-20'?)" if "web-20" in text else ""
    assert resolved(f"x: 1\n{text}\n")[1] == [f"a.yaml:2:{len(key) + 3}: {key}: {message}{close}"]


def test_a_default_does_not_replace_a_value_that_is_not_allowed() -> None:
    assert resolved("version: <+input>.default(a).allowedValues(a)")[1] == [
        "a.yaml:1:10: version: 'web-2' is not allowed; expected a"
    ]


def test_growth_is_bounded() -> None:
    context = Context(roots={"variables": {"x": "x" * 100_000}})
    document = Document("a.yaml", ["<+variables.x>" * 30, "<+variables.x>" * 30], {})
    assert [str(problem) for problem in resolve_expressions(document, context)[1]] == [
        "a.yaml:1:1: [1]: the expressions in this document expand to more than 4 MiB"
    ]


def test_beyond_the_bound_nothing_more_is_resolved() -> None:
    context = Context(roots={"variables": {"x": "x" * 100_000}})
    document, found = resolve_expressions(Document("a.yaml", ["<+variables.x>" * 30] * 50, {}), context)
    assert isinstance(document.value, list)
    assert [len(str(each)) for each in document.value] == [3_000_000, *[420] * 49]
    assert len(found) == 49


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<+" + "1+" * 5000 + "1>", "the expression is longer than 4096 characters"),
        ("<+" + "a." * 1000 + "a>", "the path has more than 30 keys"),
        ("<+input>.allowedValues(" + "a," * 5000 + ")", "<+input> is longer than 4096 characters"),
        ("<+variables.x + variables.x>", "the text is too long"),
        ("<+variables.x>" * 30, "the expressions in this document expand to more than 4 MiB"),
    ],
)
def test_one_expression_is_bounded(text: str, message: str) -> None:
    context = Context(roots={"variables": {"x": "x" * 200_000}})
    with pytest.raises(InvalidError) as caught:
        resolve_text(text, context, where="app-name")
    assert [str(problem) for problem in caught.value.problems] == [f"app-name: {message}"]


@pytest.mark.parametrize("value", [["<+no>"] * 1000, "<+no>" * 1000])
def test_the_number_of_problems_is_bounded(value: JsonValue) -> None:
    assert len(resolve_expressions(Document("a.yaml", value, {}), CONTEXT)[1]) == 100


EXPRESSION_TEXT = st.text(alphabet="<+>.ae()[]\"'\\-*/ 01,inputvarblesd", max_size=60) | st.lists(
    st.sampled_from(
        ["<+", ">", "variables", ".", "min", "env.name", "1", "+", " ", "(", ")", "input", "artifact.x", "'", "-"]
    ),
    max_size=20,
).map("".join)


@calm
@given(EXPRESSION_TEXT)
def test_any_text_is_resolved_or_refused(text: str) -> None:
    document, problems = resolve_expressions(Document("a.yaml", {"a": text}, {}), CONTEXT)
    assert isinstance(document.value, dict)
    assert problems == () or document.value == {"a": text}
    try:
        resolve_text(text, CONTEXT, where="app-name")
    except InvalidError as error:
        assert error.problems  # noqa: PT017 - both ends are fine, nothing else is
