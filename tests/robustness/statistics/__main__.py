"""The command line of `make stats`: plays all releases on every core, prints the table, and 1 if an aim is missed."""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence

from tests.robustness.statistics.figures import FIGURES, Figure, play_stretch
from tests.robustness.statistics.missing import play_missing
from tests.robustness.statistics.playing import Played
from tests.robustness.statistics.table import Row, describe_row, missed_aims, render_table, write_table

STRETCH = 50
GOOD = 10_000


def play_all(figures: Sequence[Figure], seed: str, share: float = 1.0) -> list[Row]:
    """Return a row for each figure, each with a `share` of its releases."""
    tasks = [
        (at, seed, first, min(STRETCH, wanted - first))
        for at, figure in enumerate(figures)
        for wanted in (max(1, round(figure.releases * share)),)
        for first in range(0, wanted, STRETCH)
    ]
    played: dict[int, list[Played]] = {at: [] for at in range(len(figures))}
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for at, found in pool.imap_unordered(play_stretch, tasks):
            played[at] += found
    return [Row.of(figure, played[at]) for at, figure in enumerate(figures)]


def main() -> int:
    """Print what came out, and return 1 if an aim was missed."""
    parser = argparse.ArgumentParser(prog="make stats", description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--share", type=float, default=1.0, help="of the releases, for a quick look")
    parser.add_argument("--write", action="store_true", help="write the table into docs/checks-statistics.md")
    asked = parser.parse_args()
    started = time.monotonic()
    rows = play_all(FIGURES, asked.seed, asked.share)
    sys.stdout.writelines(f"{describe_row(row)}\n" for row in rows)
    missing, passed = play_missing(asked.seed)
    missed = [each for row in rows for each in missed_aims(row)]
    if passed:
        missed.append(f"{passed} of {missing} releases with missing minutes passed")
    good = sum(row.releases for row in rows if row.figure.good)
    if good < GOOD * min(1.0, asked.share):
        missed.append(f"{good} good releases, of {GOOD}")
    sys.stdout.write(
        f"{good} good releases, {sum(row.releases for row in rows)} in all; {missing} with missing minutes, of which"
        f" {passed} passed; {time.monotonic() - started:.0f} s\n"
    )
    sys.stdout.writelines(f"missed: {each}\n" for each in missed)
    if asked.write:
        write_table(render_table(rows, missing, passed, asked.seed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
