"""The fuzzer's command line: so many seconds on each target, on every core, and what was found."""

import argparse
import math
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .hostile import Draw
from .targets import TARGETS

SLOW = 0.2  # seconds of CPU that no case may take
SHARES = {"expressions": 1.6, "commands": 1.6, "spot-answers": 0.4, "aws-answers": 0.4}  # of the time; others have 1
_SHOWN = 5


@dataclass(frozen=True)
class Found:
    """What a stretch of cases came to: how many, the slowest in seconds, and every one that went wrong, by its seed."""

    target: str
    cases: int
    slowest: float
    wrong: tuple[tuple[str, str], ...]


def try_one(target: str, seed: str) -> str:
    """What went wrong with the case of that seed; empty where nothing did."""
    return _try_timed(target, seed)[0]


def _try_timed(target: str, seed: str) -> tuple[str, float]:
    """What went wrong, and the seconds of CPU that the case took.

    A slow case is tried again, and the shorter time counts: the first one may have paid for what is made only once.
    """
    took = math.inf
    for _ in range(2):
        begun = time.thread_time()
        try:
            TARGETS[target](Draw(seed))
        except Exception as error:  # noqa: BLE001 - that is what we look for
            return f"{type(error).__name__}: {error}"[:300], time.thread_time() - begun
        took = min(took, time.thread_time() - begun)
        if took <= SLOW:
            return "", took
    return f"took {took:.1f} s", took


def stretch(target: str, seed: str, *, seconds: float, most: int) -> Found:
    """Cases until the time is over or there are enough."""
    end, cases, slowest, wrong = time.monotonic() + seconds, 0, 0.0, []
    while time.monotonic() < end and cases < most:
        said, took = _try_timed(target, f"{seed}/{cases}")
        slowest = max(slowest, took)
        if said:
            wrong.append((f"{seed}/{cases}", said))
        cases += 1
    return Found(target, cases, slowest, tuple(wrong))


def main(arguments: Sequence[str]) -> int:
    """The answer is the exit code: 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=80.0, help="for each target and process, on average")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--seed", default="1", help="of all cases, or of the one with --target")
    parser.add_argument("--target", choices=TARGETS, help="replay the one case of this target")
    given = parser.parse_args(arguments)
    if given.target:
        said = try_one(given.target, given.seed)
        sys.stdout.write(f"{said or 'nothing went wrong'}\n")
        return 1 if said else 0
    jobs = [
        (name, f"{given.seed}-{worker}", given.seconds * SHARES.get(name, 1.0))
        for name in TARGETS
        for worker in range(given.workers)
    ]
    with multiprocessing.get_context("fork").Pool(given.workers) as pool:
        return _told(pool.starmap(_job, jobs, chunksize=1))


def _job(target: str, seed: str, seconds: float) -> Found:
    return stretch(target, seed, seconds=seconds, most=10**9)


def _told(found: Sequence[Found]) -> int:
    sys.stdout.write("target          cases  slowest  wrong\n")
    for name in TARGETS:
        mine = [each for each in found if each.target == name]
        wrong = [case for each in mine for case in each.wrong]
        cases, slowest = sum(each.cases for each in mine), max(each.slowest for each in mine)
        sys.stdout.write(f"{name:12} {cases:8} {slowest:6.3f} s {len(wrong):6}\n")
        for seed, said in wrong[:_SHOWN]:
            sys.stdout.write(f"    python -m tests.robustness.fuzz --target {name} --seed {seed}\n        {said}\n")
    sys.stdout.write(f"{sum(each.cases for each in found)} cases\n")
    return 1 if any(each.wrong for each in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
