"""Mutates the modules that decide and write, line by line, and reports how much of that the unit tests notice.

Run by `make mutate`, with the Python of the mutation environment. Which modules, and which tests, is in pyproject.toml
under `tool.mutmut`. Every survivor is printed; one that changes nothing is in tests/equal_mutants.toml with its reason.
The scores are kept in docs/sandbox.md, the last of each module.
"""

import argparse
import contextlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "mutation"
EQUAL = ROOT / "tests" / "equal_mutants.toml"
SCORES = ROOT / "docs" / "sandbox.md"
LEAST = 95.0  # percent of the mutants that a test can kill
BEGIN, END = "<!-- mutation scores: written by make mutate -->", "<!-- end of mutation scores -->"
_HEAD = (
    "| `spotaction/` | mutants | noticed | equal | of the others | measured |\n| --- | --- | --- | --- | --- | --- |\n"
)
_ROW = re.compile(r"^\| `(\S+)` \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ % \| (\S+) \|$", re.MULTILINE)
_RESULT = re.compile(r"^ +(\S+): ([a-z ]+)$", re.MULTILINE)
_ONLY_MUTATE = re.compile(r"^only_mutate = \[.*?^\]", re.MULTILINE | re.DOTALL)
_NOTICED = frozenset({"killed", "timeout"})
_KNOWN = _NOTICED | {"survived", "no tests"}


@dataclass(frozen=True)
class Change:
    """A mutant in words: the lines that it takes out and those that it puts in, without their indentation."""

    module: str
    was: str
    now: str


@dataclass(frozen=True)
class Score:
    """The mutants of one module: how many a test noticed, and the change of each that none did."""

    module: str
    noticed: int
    changes: tuple[Change, ...]
    equal: frozenset[Change]

    @property
    def survivors(self) -> tuple[Change, ...]:
        """The changes that a test should have noticed."""
        return tuple(change for change in self.changes if change not in self.equal)

    @property
    def percent(self) -> float:
        """The share that is noticed of all that change anything."""
        return 100.0 * self.noticed / max(1, self.noticed + len(self.survivors))


@dataclass(frozen=True)
class Row:
    """What the document keeps of a module's score, with the day (UTC) on which it was measured."""

    mutants: int
    noticed: int
    equal: int
    day: str

    @property
    def percent(self) -> float:
        """The share that is noticed of all that change anything."""
        return 100.0 * self.noticed / max(1, self.mutants - self.equal)


def main(arguments: Sequence[str]) -> int:
    """Print a row for every module and every survivor; 1 where one is below `LEAST` or `EQUAL` is out of date."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", help="files to mutate, such as spotaction/engine/safety.py (default: all)"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    configured, equal = read_modules(), read_equal()
    unknown = sorted({*given.modules, *(change.module for change in equal)} - set(configured))
    if unknown:
        parser.error(f"not in tool.mutmut.only_mutate of pyproject.toml: {', '.join(unknown)}")
    modules = given.modules or configured
    _copy_project(modules)
    scores = []
    for score in _measure(modules, equal, given.workers):
        scores.append(score)
        _print_score(score)
        SCORES.write_text(keep_score(SCORES.read_text("utf-8"), score, f"{datetime.now(UTC):%Y-%m-%d}"), "utf-8")
    found = {change for score in scores for change in score.changes}
    stale = [change for change in equal if change.module in {s.module for s in scores} and change not in found]
    sys.stdout.writelines(f"{EQUAL.name}: no survivor of {each.module} any more: {each.was}\n" for each in stale)
    low = [score for score in scores if score.percent < LEAST]
    sys.stdout.write(f"{len(low)} of {len(scores)} modules are below {LEAST:.0f} %\n")
    return 1 if low or stale else 0


def read_modules() -> list[str]:
    """The modules that are mutated."""
    configured: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]["only_mutate"]
    return configured


def read_equal() -> frozenset[Change]:
    """The mutants that change nothing."""
    entries = tomllib.loads(EQUAL.read_text("utf-8"))["equal"]
    return frozenset(Change(entry["module"], entry["was"], entry["now"]) for entry in entries)


def parse_change(module: str, diff: str) -> Change:
    """The change in a unified diff."""
    lines = [line for line in diff.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    was, now = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return Change(module, was, now)


def read_rows(document: str) -> dict[str, Row]:
    """The score that the document keeps of each module."""
    found = _ROW.findall(document.partition(BEGIN)[2].partition(END)[0])
    return {
        f"spotaction/{module}": Row(int(mutants), int(noticed), int(equal), day)
        for module, mutants, noticed, equal, day in found
    }


def keep_score(document: str, score: Score, day: str) -> str:
    """Return the document with the row of this module replaced, or added."""
    missed, left = len(score.changes), len(score.survivors)
    rows = read_rows(document) | {score.module: Row(score.noticed + missed, score.noticed, missed - left, day)}
    lines = [
        f"| `{module.removeprefix('spotaction/')}` | {row.mutants} | {row.noticed} | {row.equal} | "
        f"{row.percent:.1f} % | {row.day} |\n"
        for module, row in sorted(rows.items())
    ]
    head, _, rest = document.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{_HEAD}{''.join(lines)}\n{END}{rest.partition(END)[2]}"


def _measure(modules: Sequence[str], equal: frozenset[Change], workers: int) -> Iterator[Score]:
    """Mutate the modules, all at once: mutmut runs every test once first. Ends the program where it gave no verdict."""
    dotted = {module.removesuffix(".py").replace("/", "."): module for module in modules}
    _mutmut("run", "--max-children", str(workers), *(f"{name}.*" for name in dotted))
    results = _RESULT.findall(_mutmut("results", "--all", "true"))
    for name, module in dotted.items():
        verdicts = {mutant: verdict for mutant, verdict in results if mutant.rpartition(".")[0] == name}
        left = [mutant for mutant, verdict in verdicts.items() if verdict not in _KNOWN]
        if left or not verdicts:
            raise SystemExit(f"{module}: mutmut gave no verdict on {len(left)} of {len(verdicts)} mutants")
        missed = [mutant for mutant, verdict in verdicts.items() if verdict not in _NOTICED]
        changes = tuple(parse_change(module, diff) for diff in _read_diffs(module, missed))
        yield Score(module, len(verdicts) - len(missed), changes, equal)


def _read_diffs(module: str, names: Sequence[str]) -> Iterator[str]:
    """The change of each mutant. `mutmut show` would search all modules again for each, for seconds."""
    diff_apply = importlib.import_module("mutmut.mutation.diff_apply")
    with contextlib.chdir(FOLDER):
        yield from [diff_apply.get_diff_for_mutant(name, path=module) for name in names]


def _print_score(score: Score) -> None:
    unnoticed, survivors = len(score.changes), score.survivors
    total, same = score.noticed + unnoticed, unnoticed - len(survivors)
    sys.stdout.write(f"{score.percent:5.1f} %  {score.noticed} of {total} noticed, {same} equal  {score.module}\n")
    sys.stdout.writelines(f"    - {change.was}\n    + {change.now}\n" for change in survivors)
    sys.stdout.flush()


def mutate_only(pyproject: str, modules: Sequence[str]) -> str:
    """Return pyproject.toml with only these modules to mutate: mutmut generates the mutants of all that it lists."""
    return _ONLY_MUTATE.sub(lambda _: f"only_mutate = {json.dumps(list(modules))}", pyproject, count=1)


def _copy_project(modules: Sequence[str]) -> None:
    """The project as it is now. The mutants of before go: mutmut would not always notice what changed since."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in ("spotaction", "tests", "schemas", "examples", "docs"):
        shutil.copytree(ROOT / name, FOLDER / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("action.yml", "README.md"):
        shutil.copy2(ROOT / name, FOLDER / name)
    pyproject = mutate_only((ROOT / "pyproject.toml").read_text("utf-8"), modules)
    (FOLDER / "pyproject.toml").write_text(pyproject, "utf-8")


def _mutmut(*arguments: str) -> str:
    program = Path(sys.executable).with_name("mutmut")
    done = subprocess.run(  # noqa: S603 - the program of this very environment
        [program, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"mutmut {' '.join(arguments)}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
