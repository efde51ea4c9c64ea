"""The simulation's command line: a sweep with its table, or one case with all that it wrote."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from spotaction.model.safety_rule import SafetyRule

from .cases import Case, Journey, Then, Trouble
from .courses import COURSES
from .journeys import carry_out
from .judge import judge
from .sabotage import sabotage
from .sweep import Result, every_case, run, sample
from .troubles import CALLS, CLOUD, PROCESS

_SHOWN = 40


def main(arguments: Sequence[str]) -> int:
    """The answer is the exit code: 1 where something was violated."""
    given = _parser().parse_args(arguments)
    if given.fault:
        return _replay(given)
    if given.mutants:
        return _mutants(given.mutants, given.workers)
    strategies = given.only or tuple(COURSES)
    cases = (
        every_case(strategies)
        if given.all
        else sample(given.runs, seed=given.seed, strategies=strategies, troubles=given.draw, journeys=given.on)
    )
    rules = frozenset(SafetyRule) - {SafetyRule[given.without]} if given.without else frozenset(SafetyRule)
    began = time.perf_counter()
    results = list(_told(run(cases, rules=rules, workers=given.workers), len(cases), given.stop))
    _table(results, time.perf_counter() - began)
    return 1 if any(result.violations for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=3200, help="cases to draw")
    parser.add_argument("--all", action="store_true", help="every single trouble at every call")
    parser.add_argument("--stop", type=int, default=0, help="end after so many cases with violations")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=1, help="of the draw, or of the one case")
    parser.add_argument("--without", choices=[rule.name for rule in SafetyRule], help="leave a safety rule out")
    parser.add_argument("--only", choices=COURSES, action="append", help="a strategy to draw cases from")
    parser.add_argument(
        "--draw", choices=[*CALLS, *CLOUD, *PROCESS], action="append", default=[], help="a fault to draw"
    )
    parser.add_argument("--on", choices=[each.value for each in Journey], action="append", default=[], help="a journey")
    parser.add_argument("--mutants", type=int, help="break one promise at a time, and try so many cases on each")
    parser.add_argument("--strategy", choices=COURSES, help="the one case: its strategy")
    parser.add_argument("--journey", choices=[each.value for each in Journey], default=Journey.DEPLOY.value)
    parser.add_argument("--fault", choices=[*CALLS, *CLOUD, *PROCESS], action="append", default=[])
    parser.add_argument("--at", type=int, action="append", default=[], help="the call, from 0, of each --fault")
    parser.add_argument("--then", choices=[each.value for each in Then], default=Then.NOTHING.value)
    return parser


def _replay(given: argparse.Namespace) -> int:
    troubles = tuple(Trouble(name, at) for name, at in zip(given.fault, given.at, strict=True))
    case = Case(given.strategy, Journey(given.journey), troubles, Then(given.then), given.seed)
    rules = frozenset(SafetyRule) - {SafetyRule[given.without]} if given.without else frozenset(SafetyRule)
    seen = carry_out(case, rules)
    for number, each in enumerate(seen.runs, start=1):
        sys.stdout.write(
            f"===== run {number}: {each.operation}, exit code {each.code}, status {each.status}\n{each.log}\n"
        )
    for violation in judge(seen):
        sys.stdout.write(f"VIOLATED {violation}\n")
    return 1 if judge(seen) else 0


def _told(results: Iterable[Result], count: int, stop: int) -> Iterator[Result]:
    shown = 0
    for number, result in enumerate(results, start=1):
        if result.violations and shown < _SHOWN:
            shown += 1
            sys.stdout.write(f"{result.case.command}\n")
            sys.stdout.writelines(f"    {violation}\n" for violation in result.violations)
        if number % 500 == 0:
            sys.stderr.write(f"{number} of {count}\n")
        yield result
        if stop and shown >= stop:
            return


def _table(results: Sequence[Result], seconds: float) -> None:
    sys.stdout.write("\nstrategy  journey            cases  runs  faults  violating  ends\n")
    keys = sorted({(r.case.strategy, r.case.journey) for r in results})
    for strategy, journey in keys:
        mine = [r for r in results if (r.case.strategy, r.case.journey) == (strategy, journey)]
        ends = ", ".join(f"{end} {count}" for end, count in Counter(r.status for r in mine).most_common())
        sys.stdout.write(
            f"{strategy:8}  {journey:17}  {len(mine):5}  {_runs(mine):4}  {_faults(mine):6}  {_bad(mine):9}  {ends}\n"
        )
    sys.stdout.write(
        f"{len(results)} cases, {_runs(results)} runs of the action, {_faults(results)} faults injected, "
        f"{_bad(results)} cases with violations, {seconds:.0f} s\n"
    )


def _mutants(cases: int, workers: int) -> int:
    sys.stdout.write("cases  found  promise that was broken\n")
    wrong = 0
    for outcome in sabotage(cases, workers):
        wrong += not outcome.is_as_expected
        said = f"ERROR: {outcome.error}" if outcome.error else outcome.first
        sys.stdout.write(f"{outcome.cases:5}  {outcome.violations:5}  {outcome.promise}\n              {said}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{wrong} rows are not as they have to be\n")
    return 1 if wrong else 0


def _runs(results: Sequence[Result]) -> int:
    return sum(result.runs for result in results)


def _faults(results: Sequence[Result]) -> int:
    return sum(len(result.case.troubles) for result in results)


def _bad(results: Sequence[Result]) -> int:
    return sum(bool(result.violations) for result in results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
