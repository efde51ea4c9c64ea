"""Breaks one promise at a time and counts in how many cases the sweep finds out."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness import ROOT

from spotaction.safety import Rule

from .mutants import MUTANTS, Mutant

_NEEDED = ("spotaction", "schemas", "examples", "tests/simulation", "tests/deployments", "tests/workflow")
_FOUND = re.compile(r"(\d+) cases, .* (\d+) cases with violations")
_TELLING = {
    Rule.NEVER_DELETE_PRODUCTION: ("swap", "shift"),
    Rule.TAKEOVER_IS_STEADY: ("basic", "canary"),
    Rule.HEALTHY_TARGETS: ("shift", "mixed"),
    Rule.ONLY_OURS: ("tidy",),
}


@dataclass(frozen=True)
class Outcome:
    """A promise that was broken, in how many of the cases that was found, and the first of these."""

    promise: str
    cases: int
    violations: int
    first: str


def sabotage(cases: int, workers: int) -> Iterator[Outcome]:
    """Every safety rule left out, then every mutant; each is tried until enough cases found it, or all have passed."""
    acts = [partial(_rule, rule, cases) for rule in Rule] + [partial(_mutant, mutant, cases) for mutant in MUTANTS]
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda act: act(), acts)


def mutated(mutant: Mutant, text: str) -> str:
    """The source with the promise broken. Raises `ValueError` where it does not read as it did when this was written."""
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.promise}: {mutant.file} has {text.count(mutant.old)} places to change, not one")
    return text.replace(mutant.old, mutant.new)


def _rule(rule: Rule, cases: int) -> Outcome:
    return _try(f"rule: {rule.value}", ROOT, ["--without", rule.name], _TELLING[rule], cases)


def _mutant(mutant: Mutant, cases: int) -> Outcome:
    folder = ROOT / "build" / "mutants" / re.sub(r"\W+", "-", mutant.promise)
    shutil.rmtree(folder, ignore_errors=True)
    for name in _NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / mutant.file
    file.write_text(mutated(mutant, file.read_text(encoding="utf-8")), encoding="utf-8")
    return _try(f"promise: {mutant.promise}", folder, [], mutant.telling, cases)


def _try(promise: str, folder: Path, more: Sequence[str], strategies: Sequence[str], cases: int) -> Outcome:
    command = [sys.executable, "-m", "tests.simulation", "--runs", str(cases), "--seed", "7", "--workers", "1"]
    only = [word for name in strategies for word in ("--only", name)]
    done = subprocess.run(
        [*command, "--stop", "5", *only, *more], cwd=folder, capture_output=True, text=True, check=False
    )
    found = _FOUND.search(done.stdout)
    first = next((line for line in done.stdout.splitlines() if line.startswith("python -m")), "")
    if found is None:  # it does not even get through a deployment without trouble
        return Outcome(promise, 1, 1, done.stderr.strip().splitlines()[-1][:100])
    return Outcome(promise, int(found[1]), int(found[2]), first.removeprefix("python -m tests.simulation "))
