"""A short stretch of the fuzzer on every target, and what a long one found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.aws.calls import require_complete
from spotaction.documents.source import check_document, parse_document

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


@pytest.mark.parametrize("compute", ["null", "[]", "3", '{"instanceTypes": null}', '{"instanceTypes": 3}'])
def test_alternatives_of_what_is_no_object_are_a_problem_and_no_crash(compute: str) -> None:
    problems = check_document(
        parse_document(f'{{"group": {{"name": "x", "compute": {compute}}}}}', name="x.json"), "elastigroup"
    )

    assert any("compute" in problem.subject for problem in problems)


def test_an_answer_of_aws_that_lacks_what_we_need_counts_as_none() -> None:
    assert require_complete({"Rules": [{"RuleArn": "x"}]}, "Rules", "RuleArn") == {"Rules": [{"RuleArn": "x"}]}
    missing: list[dict[str, object]] = [{}, {"Rules": [{}]}]
    for broken in missing:
        with pytest.raises(KeyError):
            require_complete(broken, "Rules", "RuleArn")
