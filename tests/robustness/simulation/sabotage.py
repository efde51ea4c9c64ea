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

from spotaction.model.safety_rule import SafetyRule
from tests.support.action import ROOT

from .mutants import MUTANTS, Mutant
from .proved_mutants import PROVED

_NEEDED = ("spotaction", "schemas", "examples", "tests", "docs", "pyproject.toml", "action.yml", "README.md")
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
    """A promise that was broken, in how many of the cases that was found, and the first of these.

    `error` says why it could not be tried: a copy that does not start has found nothing.
    """

    promise: str
    cases: int
    violations: int
    first: str = ""
    error: str = ""

    @property
    def is_as_expected(self) -> bool:
        """Whether what is broken was found, and nothing was where nothing is broken."""
        return not self.error and (self.violations > 0) != self.promise.startswith(NONE)


def sabotage(cases: int, workers: int) -> Iterator[Outcome]:
    """Nothing at first, then every safety rule and every mutant; each is tried until enough cases found it."""
    acts = (
        [partial(_as_it_is, cases), _tests_as_they_are]
        + [partial(_rule, rule, cases) for rule in SafetyRule]
        + [partial(_mutant, mutant, cases) for mutant in (*MUTANTS, *PROVED)]
    )
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda act: act(), acts)


def mutated(mutant: Mutant, text: str) -> str:
    """The source with the promise broken. Raises `ValueError` where it does not read as it did at first."""
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.promise}: {mutant.file} has {text.count(mutant.old)} places to change, not one")
    return text.replace(mutant.old, mutant.new)


def _as_it_is(cases: int) -> Outcome:
    """What tells of a broken promise must be silent where none is broken, in a copy like that of every mutant."""
    return _simulate(NONE, _copy_project(NONE), [], (), max(1000, 4 * cases))


def _tests_as_they_are() -> Outcome:
    promise = f"{NONE}: the tests that prove"
    return _run_tests(promise, _copy_project(promise), sorted({mutant.proof for mutant in PROVED}))


def _rule(rule: SafetyRule, cases: int) -> Outcome:
    strategies, troubles, journeys = _TELLING[rule]
    more = ["--without", rule.name, *_drawn(troubles, journeys)]
    return _simulate(f"rule: {rule.value}", _copy_project(rule.name), more, strategies, cases)


def _mutant(mutant: Mutant, cases: int) -> Outcome:
    folder = _copy_project(mutant.promise)
    for each in (mutant, mutant.also):
        if each is not None:
            file = folder / each.file
            file.write_text(mutated(each, file.read_text(encoding="utf-8")), encoding="utf-8")
    promise = f"promise: {mutant.promise}"
    if mutant.proof:
        return _run_tests(promise, folder, [mutant.proof])
    return _simulate(promise, folder, _drawn(mutant.troubles, mutant.journeys), mutant.telling, cases)


def _copy_project(name: str) -> Path:
    folder = ROOT / "build" / "mutants" / re.sub(r"\W+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    for needed in _NEEDED:
        source = ROOT / needed
        if source.is_dir():
            shutil.copytree(source, folder / needed, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / needed)
    return folder


def _drawn(troubles: Sequence[str], journeys: Sequence[str]) -> list[str]:
    words = [("--draw", name) for name in troubles] + [("--on", name) for name in journeys]
    return [word for pair in words for word in pair]


def _simulate(promise: str, folder: Path, more: Sequence[str], strategies: Sequence[str], cases: int) -> Outcome:
    only = [word for name in strategies for word in ("--only", name)]
    bounds = ["--runs", str(cases), "--seed", "7", "--workers", "1", "--stop", "5"]
    done = _python(folder, "tests.robustness.simulation", *bounds, *only, *more)
    found = _FOUND.search(done.stdout)
    if found is None:
        return Outcome(promise, 0, 0, error=_last_line(done.stderr))
    first = next((line for line in done.stdout.splitlines() if line.startswith("python -m")), "")
    return Outcome(promise, int(found[1]), int(found[2]), first.removeprefix("python -m tests.robustness.simulation "))


def _run_tests(promise: str, folder: Path, tests: Sequence[str]) -> Outcome:
    """Pytest says 0 where all pass and 1 where one fails; anything else is no verdict."""
    done = _python(folder, "pytest", "-n", "0", "-x", "--no-header", *tests)
    failed = next((line for line in done.stdout.splitlines() if line.startswith("FAILED ")), "")
    if done.returncode == 0:
        return Outcome(promise, len(tests), 0)
    if done.returncode == 1 and failed:
        return Outcome(promise, len(tests), 1, failed.removeprefix("FAILED ")[:200])
    return Outcome(promise, 0, 0, error=_last_line(done.stdout or done.stderr))


def _python(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def _last_line(text: str) -> str:
    return next((line[:200] for line in reversed(text.splitlines()) if line.strip()), "no output")
