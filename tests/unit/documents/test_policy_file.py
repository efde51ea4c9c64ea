"""Policy files: rules with their places, and everything that is wrong with a file."""

from pathlib import Path

import pytest

from spotaction.documents.policy_file import load_rules
from spotaction.model.errors import InvalidError

ROOT = Path(__file__).parents[3]


def refused(text: str, folder: Path) -> list[str]:
    (folder / "p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidError) as caught:
        load_rules("p.yaml", workspace=folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_example_is_read_with_its_places() -> None:
    small, own, named = load_rules("examples/policies/production.yaml", workspace=ROOT)
    assert (small.name, str(small.place), small.denies) == (
        "serving-groups-stay-small",
        "examples/policies/production.yaml:4:5",
        False,
    )
    assert (own.denies, named.whole, named.environments) == (True, True, ("prod",))


def test_a_rule_either_denies_or_requires(tmp_path: Path) -> None:
    assert refused("rules: [{name: a, deny: {}, require: {}}]", tmp_path) == [
        "p.yaml:1:29: rules[0].require: 'deny' and 'require' are mutually exclusive (keep one of them)"
    ]
    assert refused("rules: [{name: a}]", tmp_path) == [
        "p.yaml:1:9: rules[0]: 'deny' or 'require' is missing (set one of them)"
    ]


def test_an_invalid_json_schema_is_reported_at_its_place(tmp_path: Path) -> None:
    (problem,) = refused("rules: [{name: a, deny: {properties: {call: {type: txt}}}}]", tmp_path)
    assert problem.startswith(
        "p.yaml:1:52: rules[0].deny.properties.call.type: invalid JSON Schema: 'txt' is not valid"
    )


def test_a_rule_cannot_refer_to_another_schema(tmp_path: Path) -> None:
    assert refused("rules: [{name: a, deny: {$ref: 'http://127.0.0.1/evil.json'}}]", tmp_path) == [
        "p.yaml:1:26: rules[0].deny.$ref: a rule cannot refer to another schema (write out the referenced schema)"
    ]


def test_a_misspelt_strategy_is_refused(tmp_path: Path) -> None:
    (problem,) = refused("rules: [{name: a, deny: {}, on: {strategies: [bluegreen]}}]", tmp_path)
    assert problem == (
        "p.yaml:1:47: rules[0].on.strategies[0]: 'bluegreen' is not allowed; expected basic, canary or blue-green "
        "(did you mean 'blue-green'?)"
    )
