"""Breaks one promise at a time and counts in how many cases the sweep finds out."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.engine.safety import SafetyRule
from tests.support.action import ROOT

from .mutants import MUTANTS, Mutant

_NEEDED = ("spotaction", "schemas", "examples", "tests")
_FOUND = re.compile(r"(\d+) cases, .* (\d+) cases with violations")
#: The strategies, troubles and journeys that show soonest what a rule is for.
_TELLING: Mapping[SafetyRule, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    SafetyRule.NEVER_DELETE_PRODUCTION: (("swap", "shift"), ("denied-for-good",), ()),
    SafetyRule.TAKEOVER_IS_STEADY: (("basic", "canary"), ("refused-for-good",), ("rollback", "rollback-halfway")),
    SafetyRule.HEALTHY_TARGETS: (("swap", "shift", "mixed"), ("old-deleted",), ("continue",)),
    SafetyRule.ONLY_OURS: (("tidy",), ("adopted",), ()),
}
NONE = "nothing is broken"


@dataclass(frozen=True)
class Outcome:
    """A promise that was broken, in how many of the cases that was found, and the first of these."""

    promise: str
    cases: int
    violations: int
    first: str


def sabotage(cases: int, workers: int) -> Iterator[Outcome]:
    """Every safety rule left out, then every mutant; each is tried until enough cases found it, or all have passed."""
    acts = (
        [partial(_as_it_is, cases)]
        + [partial(_rule, rule, cases) for rule in SafetyRule]
        + [partial(_mutant, mutant, cases) for mutant in MUTANTS]
    )
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda act: act(), acts)


def mutated(mutant: Mutant, text: str) -> str:
    """The source with the promise broken. Raises `ValueError` where it does not read as it did at first."""
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.promise}: {mutant.file} has {text.count(mutant.old)} places to change, not one")
    return text.replace(mutant.old, mutant.new)


def _as_it_is(cases: int) -> Outcome:
    """What tells of a broken promise must be silent where none is broken."""
    return _try(NONE, ROOT, [], (), 4 * cases)


def _rule(rule: SafetyRule, cases: int) -> Outcome:
    strategies, troubles, journeys = _TELLING[rule]
    return _try(f"rule: {rule.value}", ROOT, ["--without", rule.name, *_drawn(troubles, journeys)], strategies, cases)


def _mutant(mutant: Mutant, cases: int) -> Outcome:
    folder = ROOT / "build" / "mutants" / re.sub(r"\W+", "-", mutant.promise)
    shutil.rmtree(folder, ignore_errors=True)
    for name in _NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for each in (mutant, mutant.also):
        if each is not None:
            file = folder / each.file
            file.write_text(mutated(each, file.read_text(encoding="utf-8")), encoding="utf-8")
    return _try(f"promise: {mutant.promise}", folder, _drawn(mutant.troubles, mutant.journeys), mutant.telling, cases)


def _drawn(troubles: Sequence[str], journeys: Sequence[str]) -> list[str]:
    words = [("--draw", name) for name in troubles] + [("--on", name) for name in journeys]
    return [word for pair in words for word in pair]


def _try(promise: str, folder: Path, more: Sequence[str], strategies: Sequence[str], cases: int) -> Outcome:
    command = [
        sys.executable,
        "-m",
        "tests.robustness.simulation",
        "--runs",
        str(cases),
        "--seed",
        "7",
        "--workers",
        "1",
    ]
    only = [word for name in strategies for word in ("--only", name)]
    done = subprocess.run(  # noqa: S603 - this very program
        [*command, "--stop", "5", *only, *more], cwd=folder, capture_output=True, text=True, check=False
    )
    found = _FOUND.search(done.stdout)
    first = next((line for line in done.stdout.splitlines() if line.startswith("python -m")), "")
    if found is None:  # it does not even get through a deployment without trouble
        return Outcome(promise, 1, 1, done.stderr.strip().splitlines()[-1][:100])
    return Outcome(promise, int(found[1]), int(found[2]), first.removeprefix("python -m tests.robustness.simulation "))
