"""The adversary's command line: a sweep with its table, or one script with all that its runs wrote."""

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from functools import partial

from spotaction.main import main as main_action
from spotaction.model.safety_rule import SafetyRule

from .container import Act
from .drawing import STRATEGIES
from .judge import judge
from .playing import play
from .script import Script, parse_script
from .shrinking import shrink
from .sweep import scripts, sweep, try_script
from .table import document_row, table, write_rows

_SHOWN = 25


def main(arguments: Sequence[str]) -> int:
    """The answer is the exit code: 1 where something was violated."""
    given = _parser().parse_args(arguments)
    act = partial(main_action, rules=frozenset(SafetyRule) - {SafetyRule[name] for name in given.without})
    if given.replay:
        return _replay(parse_script(given.replay), act)
    code, rows = 0, []
    for seed in given.seeds or [1]:
        drawn = itertools.islice(scripts(seed, given.only or tuple(STRATEGIES)), given.scripts)
        began, results = time.perf_counter(), []
        for number, result in enumerate(sweep(drawn, given.workers, act), start=1):
            results.append(result)
            if result.violations and sum(bool(each.violations) for each in results) <= _SHOWN:
                _tell(result.script, result.violations, act, shorten=not given.long)
                sys.stdout.flush()
            if number % 500 == 0:
                sys.stderr.write(f"{number} of {given.scripts}\n")
        seconds = time.perf_counter() - began
        sys.stdout.write(table(seed, results, seconds))
        rows.append(document_row(seed, results, seconds))
        code = code or int(any(result.violations for result in results))
    if given.write:
        write_rows(rows)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.adversary", description=__doc__)
    parser.add_argument("seeds", type=int, nargs="*", help="one sweep for each, 1 by default")
    parser.add_argument("--scripts", type=int, default=3200, help="how many to play for each seed")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--only", choices=STRATEGIES, action="append", help="a strategy to draw scripts for")
    parser.add_argument("--long", action="store_true", help="print violations without making their scripts shorter")
    parser.add_argument(
        "--without", choices=[r.name for r in SafetyRule], action="append", default=[], help="leave a safety rule out"
    )
    parser.add_argument("--write", action="store_true", help="write the numbers into docs/sandbox.md")
    parser.add_argument("--replay", help="one script, as it was printed")
    return parser


def _tell(script: Script, violations: Sequence[str], act: Act, *, shorten: bool) -> None:
    if shorten:
        script = shrink(script, violations, act)
        violations = try_script(script, act).violations
    sys.stdout.write(f"{script.command}\n")
    sys.stdout.writelines(f"    {violation}\n" for violation in violations)


def _replay(script: Script, act: Act) -> int:
    seen = play(script, act)
    for run in sorted(seen.runs, key=lambda each: each.began):
        code = "killed" if run.killed else f"exit code {run.code}"
        sys.stdout.write(
            f"===== run {run.number}: {run.operation} from {run.began:.1f} to {run.ended:.1f} s, {code},"
            f" status {run.status or 'none'}\n{run.log}\n"
        )
    for strike in seen.strikes:
        sys.stdout.write(f"{strike.at:8.2f} s  {strike.event}  {' '.join(strike.touched)}\n")
    for write in seen.writes:
        sys.stdout.write(f"{write.at:8.2f} s  write {write.number} by run {write.by}: {write.call} {write.thing}\n")
    violations = judge(seen)
    sys.stdout.writelines(f"VIOLATED {violation}\n" for violation in violations)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
