"""Functions and operators in expressions: their values, what is refused, and that their work is bounded."""

import json

import pytest

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_text
from spotaction.documents.source import Document
from spotaction.documents.tree import WrittenNumber
from spotaction.model.errors import InvalidError

COMPUTED = "a value computed from a secret would not be masked in the log"
CONTEXT = Context(
    roots={
        "service": {"name": "Web Shop", "tag": "web:1.2.3", "port": 8080, "on": True, "image": "a/b/c:7"},
        "env": {"name": "prod", "empty": "  "},
        "stage": {"variables": {"kind": "canary"}},
        "variables": {
            "json": '{"data": {"items": [{"id": 7, "name": "x"}], "on": true, "no": null, "a-b": {"c": 1}}}',
            "long": "x" * 200_000,
            "many": "x" * 2000,
            "key": "name",
            "seven": "7",
            "version": WrittenNumber("1.10"),
        },
        "tricky": {"call": 'x".toLowerCase()', "bracket": "a>b"},
    },
    secrets={"TOKEN": "S3CRET-value", "OFF": "off", "PIN": "48151623"},
    runtime_names=frozenset({"stage.variables.kind"}),
    deferred=frozenset({"artifact"}),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<+service.name.toLowerCase()>", "web shop"),
        ("<+service.name.toUpperCase()>", "WEB SHOP"),
        ("<+<+service.name>.toLowerCase()>", "web shop"),
        ('<+service.name.replace(" ", "-").toLowerCase()>-x', "web-shop-x"),
        ('<+service.tag.split(":")[1]>', "1.2.3"),
        ('<+<+service.tag>.split(":")[0]>', "web"),
        ('<+<+service.tag.split(":")>[1]>', "1.2.3"),
        ('<+service.tag.split(":")[1].split("\\\\.")[0]>', "1"),
        ('<+service.tag.split(":")[1].split("\\.")[2]>', "3"),
        ('<+service.image.split("[/:]")[3]>', "7"),
        ('<+service.tag.split(":").size()>', "2"),
        ('<+service.tag.split(":").get(1)>', "1.2.3"),
        ('<+"a,b,,".split(",").size()>', "2"),
        ('<+"abc".split("")[1]>', "b"),
        ("<+env.name.substring(1)>", "rod"),
        ("<+env.name.substring(0, 2)>", "pr"),
        ("<+service.tag.substring(service.tag.indexOf(':') + 1)>", "1.2.3"),
        ("<+service.tag.lastIndexOf('.')>", "7"),
        ("<+'  a '.trim()>", "a"),
        ("<+env.empty.trim().isEmpty()>", "true"),
        ("<+env.name.length()>", "4"),
        ("<+env.name.concat('-1')>", "prod-1"),
        ("<+env.name.contains('ro')>", "true"),
        ("<+env.name.startsWith('ro')>", "false"),
        ("<+env.name.endsWith('od')>", "true"),
        ("<+env.name.equals('prod')>", "true"),
        ("<+env.name.equalsIgnoreCase('PROD')>", "true"),
        ("<+service.port.length()>", "4"),
        ("<+stage.variables.kind.isInput()>", "true"),
        ("<+<+stage.variables.kind>.isInput()>", "true"),
        ("<+env.name.isInput()>", "false"),
        ("<+env.name + '-' + service.port>", "prod-8080"),
        ("<+env.name + 1>", "prod1"),
        ("<+variables.seven + 1>", "8"),
        ("<+variables.seven + variables.seven>", "77"),
        ("<+1 + 2 + 'x'>", "3x"),
        ("<+env.name == 'prod'>", "true"),
        ("<+env.name != 'prod' || service.port == 8080>", "true"),
        ("<+(service.port > 80) && (service.port <= 8080)>", "true"),
        ("<+service.port gt 80 and service.port lt 81>", "false"),
        ("<+!service.on>", "false"),
        ("<+not service.on>", "false"),
        ("<+env.name == 'prod' ? 'big' : 'small'>", "big"),
        ("<+env.name == 'dev' ? 'small' : service.on ? service.name : 'none'>", "Web Shop"),
        ("<+(service.port > 9000) ? 'high' : 'low'>", "low"),
        ("<+trigger.prNumber == null ? 'no pr' : trigger.prNumber>", "no pr"),
        ("<+<+trigger.branch> == null ? <+env.name> : <+trigger.branch>>", "prod"),
        ("<+trigger.branch ?: 'main'>", "main"),
        ("<+env.name ?: 'main'>", "prod"),
        ("<+trigger.branch == 'null'>", "true"),
        ("<+true>", "true"),
        ("<+service.<+variables.key>.toLowerCase()>", "web shop"),
        ('<+json.select("data.items[0].id", variables.json)>', "7"),
        ('<+json.select("$.data.on", <+variables.json>)>', "true"),
        ("<+json.select(\"data['a-b'].c\", variables.json)>", "1"),
        ('<+json.select("data.items[0]", variables.json)>', '{"id":7,"name":"x"}'),
        ('<+json.select("data.items[0].name", variables.json).toUpperCase()>', "X"),
        ("<+secrets.getValue('TOKEN') + '-x'>", "S3CRET-value-x"),
        ("<+secrets.getValue('TOKEN').contains('S3')>", "true"),
        ("<+tricky.call>", 'x".toLowerCase()'),
        ("<+tricky.bracket.toUpperCase()>", "A>B"),
        ("<+env.name>.toUpperCase()", "prod.toUpperCase()"),
        ("<+env.name>>1", "prod>1"),
        ("<+env.name> <+service.name> ->", "prod Web Shop ->"),
        ("<+env.name > x", "prod x"),
        ("<+variables.version>", "1.10"),
        ("<+variables.version == '1.10'>", "true"),
        ("v<+variables.version>", "v1.10"),
        ('<+json.select("a", \'{"a": 1.10}\')>', "1.10"),
    ],
)
def test_functions_and_operators_have_the_values_of_harness(text: str, value: str) -> None:
    assert resolve_text(text, CONTEXT, where="app-name") == value


@pytest.mark.parametrize("text", ['<+artifact.version.split("-")[1]>', '<+artifact.version.split("-")[1].trim() + 1>'])
def test_an_item_of_what_is_not_known_yet_stays_open(text: str) -> None:
    assert resolve_expressions(Document("a.yaml", text, {}), CONTEXT) == (Document("a.yaml", text, {}), ())
    trigger = text.replace("artifact.version", "trigger.branch").removesuffix(">") + " ?: 'main'>"
    assert resolve_text(trigger, CONTEXT, where="app-name") == "main"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<+env.name.toLowercase()>", "'.toLowercase()' is not a function (did you mean 'toLowerCase'?)"),
        ("<+env.name.getClass()>", "'.getClass()' is not a function"),
        ("<+env.name.split()>", "'.split()' takes 1 argument, not 0"),
        ("<+env.name.substring(1, 2, 3)>", "'.substring()' takes 1 or 2 arguments, not 3"),
        ("<+env.name.substring(3, 1)>", "'.substring(3, 1)' is out of range for a text of 4 characters"),
        ("<+env.name.substring('a')>", "'a' is not a whole number, but 'substring' requires one"),
        ("<+env.name.split('o')[7]>", "index 7 is out of range for a list of 2 items"),
        (
            "<+env.name.split('.')[0]>",
            (
                "index 0 is out of range for a list of 0 items "
                "(a separator is a regular expression; write \\\\. for a dot)"
            ),
        ),
        ("<+env.name.split('o')>", "expected a single value, found a list (take one item of it, like [0])"),
        ("<+env.name.split('o').trim()>", "'.trim()' cannot be applied to a list (take one item of it, like [0])"),
        ("<+env.name.split('(?=o)')[0]>", "invalid pattern '(?=o)': invalid perl operator: (?="),
        ("<+'\ud800'.split('[a]')[0]>", "text that is not valid Unicode cannot be split"),
        ("<+'a'.split('[\ud800]')[0]>", "invalid pattern"),
        ("<+env.nme.trim()>", "'env.nme' is not defined (did you mean 'env.name'?)"),
        ("<+trigger.branch.trim()>", "'trigger.branch' has no value here"),
        ("<+trigger.branch == null ? trigger.branch : 1>", "'trigger.branch' has no value here"),
        ("<+true ? 1 : env.nme>", "'env.nme' is not defined (did you mean 'env.name'?)"),
        ("<+true ? 1>", "'?' has no ':'"),
        ("<+env.name ? 1 : 2>", "'prod' is neither true nor false (compare it with a value)"),
        ("<+execution.steps.a.output.b == null>", "'execution.steps.a.output.b' has no value here"),
        ("<+null>", "expected a value, found null"),
        ("<+service.on + 1>", "true is not a whole number, but '+' requires one"),
        ("<+1 == 2 == 3>", "comparisons cannot be chained (join two comparisons with &&)"),
        ("<+env.name 'x'>", "expected an operator or '>', found '''"),
        ("<+env.name service.name>", "expected an operator or '>', found 'service'"),
        ("<+1a>", "expected an operator or '>', found 'a'"),
        ("<+true false>", "expected an operator or '>', found 'false'"),
        ("<+service.port > 80 ? 'a' : 'b'>", "this '>' ends the expression (write gt or ge, or put the comparison in"),
        ("<+service.port >= 80>", "this '>' ends the expression"),
        ("<+-secrets.getValue('PIN')>", f"{COMPUTED} (store the result as a secret of its own)"),
        ("<+secrets.getValue('PIN') + 1>", COMPUTED),
        ("<+2 * secrets.getValue('PIN')>", COMPUTED),
        ("<+json.select('a', '{\"a\": 1e400}')>", "the text of json.select() is not JSON"),
        ("<+json.select('a', env.name)>", "the text of json.select() is not JSON"),
        ("<+json.select('data.nope', variables.json)>", "the JSON has no value at 'data.nope'"),
        ("<+json.select('data.no', variables.json)>", "'data.no' is null in the JSON"),
        ("<+json.select('data.*', variables.json)>", "'data.*' is not a path of json.select()"),
        ("<+json.list('a', variables.json)>", "'json.list()' is not a function"),
        (
            "<+secrets.getValue('TOKEN').substring(1)>",
            COMPUTED,
        ),
        (
            "<+('x' + secrets.getValue('TOKEN')).split('-')[0]>",
            COMPUTED,
        ),
        ("<+variables.long.replace('x', 'yy')>", "the text is too long"),
        ("<+variables.long + variables.long>", "the text is too long"),
        ("<+variables.long.split('')[0]>", "the functions process too much text"),
        ("<+variables.many.split('')[0]>", "'.split()' returns more than 1000 items"),
        (
            f"<+variables.long{'.trim()' * 6}>",
            "the functions process too much text (shorten the text or call fewer functions)",
        ),
        (f"<+{'(' * 21}1{')' * 21}>", "nested more than 20 levels deep"),
        (f"<+{'true ? ' * 21}1>", "nested more than 20 levels deep"),
        (f"<+env.name{'.concat(env.name' * 21}{')' * 21}>", "nested more than 20 levels deep"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InvalidError) as caught:
        resolve_text(text, CONTEXT, where="app-name")
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"app-name: {message}")


def test_deep_json_is_refused() -> None:
    context = Context(roots={"variables": {"deep": "[" * 100_000}})
    with pytest.raises(InvalidError) as caught:
        resolve_text("<+json.select('a', variables.deep)>", context, where="app-name")
    assert [str(each) for each in caught.value.problems] == ["app-name: the text of json.select() is not JSON"]


def test_json_with_values_that_json_does_not_have_is_refused() -> None:
    context = Context(roots={"variables": {"odd": json.dumps({"a": float("nan")})}})
    with pytest.raises(InvalidError):
        resolve_text("<+json.select('a', variables.odd)>", context, where="app-name")


@pytest.mark.parametrize("count", [1, 1000])
def test_the_work_of_a_whole_document_is_bounded(count: int) -> None:
    split = "<+variables.many.split('y')[0].length()>" * (1000 // count)
    _, problems = resolve_expressions(Document("a.yaml", [split] * count, {}), CONTEXT)
    assert {each.message for each in problems} == {"the functions in this document process too much text"}
    assert len(problems) == min(count, 100)
