"""What `make mutate` reads: the modules that it mutates, and the mutants that change nothing."""

import tomllib
from types import ModuleType

import pytest

from tests.support.project import ROOT, load_script


@pytest.fixture(scope="module")
def mutate() -> ModuleType:
    return load_script("mutate")


def test_every_module_that_is_mutated_is_there(mutate: ModuleType) -> None:
    assert [path for path in mutate.read_modules() if not (ROOT / path).is_file()] == []


def test_every_step_and_every_wait_is_mutated(mutate: ModuleType) -> None:
    rooms = (ROOT / "spotaction/engine/steps", ROOT / "spotaction/engine/waits")
    found = {path.relative_to(ROOT).as_posix() for room in rooms for path in room.glob("[!_]*.py")}
    assert found - set(mutate.read_modules()) == {"spotaction/engine/steps/base.py"}  # a protocol: nothing to mutate


def test_a_mutant_that_changes_nothing_has_its_module_and_its_reason(mutate: ModuleType) -> None:
    entries = tomllib.loads((ROOT / "tests" / "equal_mutants.toml").read_text("utf-8"))["equal"]
    assert {entry["module"] for entry in entries} <= set(mutate.read_modules())
    assert all(set(entry) == {"module", "was", "now", "why"} and entry["why"] for entry in entries)
    assert len(mutate.read_equal()) == len(entries)


def test_a_change_is_the_lines_that_differ(mutate: ModuleType) -> None:
    diff = (
        "# spotaction.x.f__mutmut_1: survived\n--- spotaction/x.py\n+++ spotaction/x.py\n@@ -1,4 +1,3 @@\n"
        " def f() -> int:\n-    return max(\n-        1, 2)\n+    return max(\n+        2)\n"
    )
    assert mutate.parse_change("x.py", diff) == mutate.Change("x.py", "return max( 1, 2)", "return max( 2)")


def test_what_changes_nothing_does_not_lower_the_score(mutate: ModuleType) -> None:
    same, left = mutate.Change("x.py", "a", "b"), mutate.Change("x.py", "c", "d")
    assert mutate.Score("x.py", 19, (same, left), frozenset({same})).percent == 95.0
    assert mutate.Score("x.py", 0, (same,), frozenset({same})).percent == 0.0


def test_the_last_score_of_a_module_is_kept_in_the_document(mutate: ModuleType) -> None:
    same, left = mutate.Change("spotaction/x.py", "a", "b"), mutate.Change("spotaction/x.py", "c", "d")
    before = f"Scores:\n\n{mutate.BEGIN}\n\n{mutate.END}\n\nMore."
    kept = mutate.keep_score(before, mutate.Score("spotaction/x.py", 19, (same, left), frozenset({same})), "2026-11-28")
    assert mutate.read_rows(kept) == {"spotaction/x.py": mutate.Row(21, 19, 1, "2026-11-28")}
    assert "\n| `x.py` | 21 | 19 | 1 | 95.0 % | 2026-11-28 |\n" in kept
    kept = mutate.keep_score(kept, mutate.Score("spotaction/a.py", 7, (), frozenset()), "2026-11-29")
    kept = mutate.keep_score(kept, mutate.Score("spotaction/x.py", 20, (same,), frozenset({same})), "2026-11-29")
    assert mutate.read_rows(kept) == {
        "spotaction/a.py": mutate.Row(7, 7, 0, "2026-11-29"),
        "spotaction/x.py": mutate.Row(21, 20, 1, "2026-11-29"),
    }
    assert (kept.startswith("Scores:\n\n"), kept.endswith("\n\nMore.")) == (True, True)


def test_the_scores_in_the_document_are_those_of_mutated_modules_and_high_enough(mutate: ModuleType) -> None:
    entries = tomllib.loads((ROOT / "tests" / "equal_mutants.toml").read_text("utf-8"))["equal"]
    rows = mutate.read_rows(mutate.SCORES.read_text("utf-8"))
    assert set(rows) <= set(mutate.read_modules())
    for module, row in rows.items():
        listed = sum(entry["module"] == module for entry in entries)  # perhaps more since it was measured
        assert row.equal <= listed, module
        assert row.noticed + row.equal <= row.mutants, module
        assert row.percent >= mutate.LEAST, module


def test_only_the_modules_that_are_asked_for_are_mutated(mutate: ModuleType) -> None:
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    asked = mutate.mutate_only(pyproject, ["spotaction/x.py", "spotaction/y.py"])
    before, after = tomllib.loads(pyproject), tomllib.loads(asked)
    assert after["tool"]["mutmut"].pop("only_mutate") == ["spotaction/x.py", "spotaction/y.py"]
    assert before["tool"]["mutmut"].pop("only_mutate")
    assert after == before
