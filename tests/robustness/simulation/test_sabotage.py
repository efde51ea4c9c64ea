"""Every promise that is broken on purpose is still kept where it was, and a copy that does not start finds nothing."""

import ast
from pathlib import Path

import pytest

from spotaction.model.safety_rule import SafetyRule
from tests.support.action import ROOT

from .mutants import MUTANTS, Mutant
from .proved_mutants import NOT_IN_CODE, PROVED
from .sabotage import NONE, Outcome, _run_tests, _simulate, mutated

EVERY = (*MUTANTS, *PROVED)


@pytest.mark.parametrize("mutant", EVERY, ids=lambda mutant: mutant.promise)
def test_a_mutant_changes_one_place_and_still_compiles(mutant: Mutant) -> None:
    for each in (mutant, mutant.also):
        if each is not None:
            source = (ROOT / each.file).read_text(encoding="utf-8")
            assert ast.dump(ast.parse(mutated(each, source))) != ast.dump(ast.parse(source))


def test_the_documentation_says_how_many_promises_are_broken() -> None:
    said = " ".join((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").split())
    assert f"it breaks {len(SafetyRule) + len(EVERY)} promises one at a time" in said


def test_every_promise_has_a_name_of_its_own() -> None:
    assert len({mutant.promise for mutant in EVERY}) == len(EVERY)


@pytest.mark.parametrize("mutant", PROVED, ids=lambda mutant: mutant.promise)
def test_what_proves_a_promise_is_there(mutant: Mutant) -> None:
    file, _, name = mutant.proof.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8") or not name


def test_every_fault_that_was_found_is_brought_back_or_says_why_not() -> None:
    faults = {str(number) for number in range(1, 36)} | {"12b"}
    brought_back = {mutant.fault for mutant in EVERY if mutant.fault}
    assert brought_back | set(NOT_IN_CODE) == faults
    assert brought_back & set(NOT_IN_CODE) == set()


def test_everything_that_no_cloud_promises_is_believed_once() -> None:
    assert {mutant.row for mutant in EVERY if mutant.row} == set(range(1, 10))


def test_a_copy_that_does_not_start_is_an_error_and_no_find(tmp_path: Path) -> None:
    for outcome in (_simulate("promise: x", tmp_path, [], (), 1), _run_tests("promise: x", tmp_path, ["nothing.py"])):
        assert (outcome.cases, outcome.violations) == (0, 0)
        assert outcome.error
        assert not outcome.is_as_expected


def test_a_test_that_fails_finds_a_promise_broken_and_one_that_passes_does_not(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n\n\ndef test_other():\n    pass\n")
    assert _run_tests("promise: x", tmp_path, ["test_it.py::test_it"]) == Outcome(
        "promise: x", 1, 1, "test_it.py::test_it - assert False"
    )
    assert _run_tests("promise: x", tmp_path, ["test_it.py::test_other"]) == Outcome("promise: x", 1, 0)
    (tmp_path / "test_it.py").write_text("import nothing_at_all\n")
    assert _run_tests("promise: x", tmp_path, ["test_it.py"]).error


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome("promise: x", 40, 1), True),
        (Outcome("promise: x", 40, 0), False),
        (Outcome(NONE, 1000, 0), True),
        (Outcome(NONE, 1000, 1), False),
        (Outcome(f"{NONE}: the tests", 30, 0), True),
        (Outcome("promise: x", 40, 1, error="no"), False),
        (Outcome(NONE, 0, 0, error="no"), False),
    ],
)
def test_a_broken_promise_has_to_be_found_and_nothing_where_none_is(outcome: Outcome, *, expected: bool) -> None:
    assert outcome.is_as_expected is expected
