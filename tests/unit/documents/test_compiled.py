"""The compiled schemas accept what jsonschema accepts: nothing less, and above all nothing more."""

import copy
import filecmp
import os
import random
import re
import runpy
import shutil
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spotaction.documents.expressions.lookups import Unresolved
from spotaction.documents.schemas import accepts, load_schema
from spotaction.documents.source import parse_document
from tests.support.project import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "compile_schemas.py"))
CONFIGS = sorted((ROOT / "tests" / "unit" / "documents" / "configs").glob("[0-9]*"))
DEFINITIONS = ("loadBalancers", "standaloneShift", "instances")
VALID = {
    "service": ["examples/deploy/service.yaml"],
    "infrastructure": ["examples/deploy/infrastructure.yaml"],
    "execution": ["examples/deploy/execution.yaml", "examples/harness/pipeline.yaml"],
    "elastigroup": ["examples/deploy/elastigroup.json", *(str(path.relative_to(ROOT)) for path in CONFIGS)],
    "policy": ["examples/policies/production.yaml"],
}
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    1.5,
    10**20,
    "",
    "x",
    "12",
    "true",
    "<+input>",
    [],
    [1],
    {},
    {"a": 1},
]
TEXTS = ["", "a", "A", "ab", "a-b", "7", "é", "$", "a\nb"]
KEYS = ("a", "b", "c-d", "$ref")
PATTERNS = ("^[a-z$]+$", "a|b", "^(a|[0-9$])*$", "-", "^$")


@cache
def decide(schema: str) -> Callable[[Any], bool]:
    return Draft202012Validator(dict(load_schema(schema))).is_valid


def tries(schema: dict[str, Any], value: object) -> bool:
    """What code that was made of a schema says."""
    made: dict[str, Any] = {}
    exec(TOOL["compile_schema"](schema, "tried"), made)  # noqa: S102 - made a line above
    try:
        made["CHECKS"][""](value)
    except ValueError:
        return False
    return True


def sizes(low: str, high: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={low: st.integers(0, 2), high: st.integers(0, 2)})


VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, -1, 1.0, 1.5]) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
KEYWORDS: st.SearchStrategy[dict[str, Any]] = (
    st.just({})
    | st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, unique=True)}
    )
    | st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"const": VALUES})
    | st.fixed_dictionaries({"pattern": st.sampled_from(PATTERNS)})
    | st.fixed_dictionaries({"required": st.lists(st.sampled_from(KEYS), max_size=2, unique=True)})
    | sizes("minLength", "maxLength")
    | sizes("minItems", "maxItems")
    | sizes("minProperties", "maxProperties")
    | sizes("minimum", "maximum")
    | st.fixed_dictionaries({"exclusiveMinimum": st.integers(-1, 2)})
)


def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    each = inner | st.booleans()
    some = st.lists(each, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(KEYS), each, max_size=3)
    more = st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("allOf", "anyOf", "oneOf"), some),
            **dict.fromkeys(("not", "if", "then", "else", "items", "additionalProperties"), each),
            "properties": named,
            "patternProperties": st.dictionaries(st.sampled_from(PATTERNS), each, max_size=2),
            "$ref": st.just("#/$defs/x"),
        },
    )
    return st.lists(KEYWORDS | more, min_size=1, max_size=3).map(joined)


SCHEMAS = st.recursive(st.lists(KEYWORDS, max_size=3).map(joined), nested, max_leaves=5)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(SCHEMAS, st.lists(KEYWORDS, max_size=2).map(joined), st.lists(VALUES, min_size=4, max_size=8))
@example({"const": 1}, {}, [1, True, 1.0])
@example({"enum": [0, [1]]}, {}, [False, 0, [True], [1]])
@example({"required": ["a"], "additionalProperties": {}}, {}, [{}, {"a": 1}, {"b": 1}])
@example({"required": ["a"], "additionalProperties": False}, {}, [{}, {"a": 1}, {"b": 1}, 1])
def test_it_decides_as_jsonschema_on_schemas_of_our_keywords(
    schema: dict[str, Any], referred: dict[str, Any], values: list[Any]
) -> None:
    whole = {**schema, "$defs": {"x": referred}}
    validator = Draft202012Validator(whole)
    assert [tries(whole, value) for value in values] == [validator.is_valid(value) for value in values]


def read(name: str) -> Any:  # noqa: ANN401 - any document
    return parse_document((ROOT / name).read_text("utf-8"), name=name).value


def places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - same
    """Every container and key in a document."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(entries):
        yield value, key
        yield from places(each)


def mutate(value: Any, dice: random.Random) -> Any:  # noqa: ANN401 - same
    """The document with one thing or two changed, dropped, added, renamed or swapped."""
    changed = copy.deepcopy(value)
    for _ in range(dice.choice((1, 1, 2))):
        found = list(places(changed))
        if not found:
            break
        (holder, key), (other, theirs) = dice.choice(found), dice.choice(found)
        match dice.randrange(5):
            case 0:
                holder[key] = copy.deepcopy(dice.choice(ODD))
            case 1:
                del holder[key]
            case 2 if isinstance(holder, dict):
                holder[dice.choice(("x", "type", "name", f"{key}s"))] = holder.pop(key)
            case 3:
                holder[key] = copy.deepcopy(other[theirs])
            case _:
                holder[key] = [copy.deepcopy(holder[key])] if dice.random() < 0.5 else {"a": copy.deepcopy(holder[key])}
    return changed


@pytest.mark.sampled(1)
@pytest.mark.parametrize("schema", VALID)
def test_it_decides_as_jsonschema_on_changed_documents(schema: str) -> None:
    dice, found = random.Random(1), set()  # noqa: S311 - the same each time
    for name in VALID[schema]:
        original = read(name)
        for _ in range(1000 // len(VALID[schema])):
            value = mutate(original, dice)
            fast, right = accepts(value, schema), decide(schema)(value)
            assert fast == right, value
            found.add(fast)
    assert found == {True, False}


@pytest.mark.parametrize(("schema", "names"), VALID.items())
def test_it_accepts_the_examples(schema: str, names: list[str]) -> None:
    values = [read(name) for name in names]
    assert [accepts(value, schema) for value in values] == [decide(schema)(value) for value in values]
    assert accepts(values[0], schema)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_definitions_that_inputs_are_checked_against_are_compiled(definition: str) -> None:
    content = load_schema("execution")
    validator = Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": content["$defs"]})
    values = [*ODD, [{"loadBalancer": "web", "prodListenerPort": 443, "stageListenerPort": 8443}]]
    assert [accepts(value, "execution", definition) for value in values] == list(map(validator.is_valid, values))


def test_every_schema_that_the_action_checks_is_compiled() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "spotaction").rglob("*.py"))
    checked = set(re.findall(r'check_(?:document|value)\(.*?"(\w+)"', code)) | {
        "service",
        "infrastructure",
        "execution",
    }
    # The one of checks is read in deployments that have some, which take minutes anyway.
    assert checked - {"checks"} <= set(TOOL["SCHEMAS"])


def test_a_value_with_an_open_expression_is_left_to_jsonschema() -> None:
    assert not accepts({"service": Unresolved("<+x>")}, "service")


def test_a_schema_or_definition_that_is_not_compiled_accepts_nothing() -> None:
    assert not accepts({}, "scenario")
    assert not accepts({}, "execution", "nothing")


def test_an_unknown_keyword_is_not_compiled() -> None:
    with pytest.raises(ValueError, match="the keyword uniqueItems is not known to be compiled as jsonschema checks it"):
        TOOL["compile_schema"]({"items": {"uniqueItems": True}}, "tried")


def test_the_tests_ran_with_modules_of_the_schemas_as_they_are_now(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas, ignore=shutil.ignore_patterns("compiled"))
    assert TOOL["is_outdated"](schemas)
    TOOL["main"](schemas)
    assert not TOOL["is_outdated"](schemas)
    names = {f"{name}.py" for name in TOOL["SCHEMAS"]}
    assert {path.name for path in (schemas / "compiled").iterdir()} == names
    assert filecmp.cmpfiles(schemas / "compiled", ROOT / "schemas" / "compiled", names, shallow=False)[1:] == ([], [])


def test_a_module_that_is_older_than_its_schema_is_outdated(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    later = time.time() + 1
    for module in (schemas / "compiled").glob("*.py"):
        os.utime(module, (later, later))
    assert not TOOL["is_outdated"](schemas)
    os.utime(schemas / "service.schema.json", (later + 1, later + 1))
    assert TOOL["is_outdated"](schemas)
