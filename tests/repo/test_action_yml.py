import re
from pathlib import Path

import pytest
import yaml

from spotaction.inputs.fields import FIELDS
from spotaction.inputs.retired import RETIRED
from tests.support.documents import read

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text(encoding="utf-8"))


def test_the_action_has_the_inputs_that_the_code_reads_with_the_same_defaults() -> None:
    declared = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
    matrix = '{"matrix": ${{ toJSON(matrix) }}, "strategy": ${{ toJSON(strategy) }}}'
    assert declared == {entry.name: entry.default for entry in FIELDS} | {"job-matrix": matrix}


def test_there_are_no_more_inputs_than_a_person_reads_and_the_changelog_counts_them() -> None:
    count = len(ACTION["inputs"])
    assert count <= 45
    listed = read("CHANGELOG.md").partition(f"\n### Inputs: 57 before, {count} now\n")[2]
    assert RETIRED.keys() <= set(re.findall(r"`([a-z-]+)`", listed))


def test_an_input_of_earlier_versions_is_none_any_more() -> None:
    assert RETIRED.keys().isdisjoint(ACTION["inputs"])


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_everything_is_described_in_a_sentence(kind: str) -> None:
    bare = [name for name, entry in ACTION[kind].items() if not entry["description"].strip().endswith((".", "`"))]
    assert bare == []


def test_no_description_holds_an_expression_that_the_runner_would_evaluate() -> None:
    texts = [entry["description"] for kind in ("inputs", "outputs") for entry in ACTION[kind].values()]
    assert [text for text in texts if "${{" in text] == []


def test_defaults_are_texts_as_the_runner_wants_them() -> None:
    assert {type(entry["default"]) for entry in ACTION["inputs"].values() if "default" in entry} == {str}


def test_inputs_that_the_runner_would_not_take_as_secret_are_named_by_the_table() -> None:
    assert [entry.name for entry in FIELDS if entry.secret] == [
        "secrets",
        "spot-token",
        "role-external-id",
        "github-token",
    ]


def test_the_outputs_are_what_a_workflow_continues_with() -> None:
    assert list(ACTION["outputs"]) == [
        "status",
        "elastigroup-id",
        "elastigroup-name",
        "previous-elastigroup-id",
        "ami-id",
        "ami-name",
        "instances",
        "deployment",
        "summary-markdown",
        "plan",
        "has-changes",
        "history",
        "report",
    ]


def test_the_container_is_started_without_a_shell_and_cleans_up_always() -> None:
    assert ACTION["runs"] == {
        "using": "docker",
        "image": "Dockerfile",
        "entrypoint": "/app/entrypoint.py",
        "args": [],
        "post-entrypoint": "/app/post_entrypoint.py",
        "post-if": "always()",
    }
