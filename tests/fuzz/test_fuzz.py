"""A short stretch of the fuzzer on every target, and what a long one found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.adapters.aws_calls import whole
from spotaction.documents import check, parse

from .__main__ import stretch, try_one
from .targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_hostile_comes_through(target: str) -> None:
    found = stretch(target, "test", seconds=60.0, most=150)

    assert found.wrong == ()
    assert found.cases == 150


@given(st.sampled_from(sorted(TARGETS)), st.integers())
def test_any_seed_is_fine(target: str, seed: int) -> None:
    assert try_one(target, str(seed)) == ""


@pytest.mark.parametrize("nothing", ["", "null", "[]", "3", "web"])
@pytest.mark.parametrize("schema", ["service", "infrastructure", "execution", "elastigroup"])
def test_a_key_without_an_object_is_a_problem_and_no_crash(schema: str, nothing: str) -> None:
    text = f"infrastructureDefinition: {nothing}\nservice: {nothing}\nsteps: {nothing}\ngroup: {nothing}\n"
    assert check(parse(text, name="x.yaml"), schema) != ()


def test_an_artifact_source_that_is_empty_is_told_where_it_stands() -> None:
    text = "service:\n  serviceDefinition:\n    type: Elastigroup\n    spec:\n      artifacts:\n        primary:\n"
    assert any("primary" in str(problem) for problem in check(parse(text, name="service.yaml"), "service"))


def test_an_answer_of_aws_that_lacks_what_we_need_counts_as_none() -> None:
    assert whole({"Rules": [{"RuleArn": "x"}]}, "Rules", "RuleArn") == {"Rules": [{"RuleArn": "x"}]}
    missing: list[dict[str, object]] = [{}, {"Rules": [{}]}]
    for broken in missing:
        with pytest.raises(KeyError):
            whole(broken, "Rules", "RuleArn")
