"""Every promise that the simulation breaks on purpose is still kept where it was, and leaving one out is noticed."""

import ast

import pytest

from spotaction.engine.safety import SafetyRule
from tests.support.action import ROOT

from .mutants import MUTANTS, Mutant
from .sabotage import mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.promise)
def test_a_mutant_changes_one_place_and_still_compiles(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(mutated(mutant, source))) != ast.dump(ast.parse(source))


def test_the_documentation_says_how_many_promises_are_broken() -> None:
    said = " ".join((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").split())
    assert f"it breaks {len(SafetyRule) + len(MUTANTS)} promises one at a time" in said
