"""Checks docs/model/lock.pml with spin: the protocol holds, and fails without any one of its waits and checks."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

MODEL = Path(__file__).parents[1] / "docs" / "model" / "lock.pml"
#: A change of the protocol, and whether it still holds.
VARIANTS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "the protocol": ((), True),
    "reads lag by 3 ticks, a write takes 2": (("-DLAG=3", "-DDELAY=2"), True),
    "no wait after the create": (("-DCREATE_WAIT=0",), False),
    "no second look": (("-DSECOND_LOOK=0",), False),
    "a take-over waits for L only": (("-DTAKEOVER_WAIT=2",), False),
    "a take-over does not look for rivals": (("-DRIVALS=0",), False),
}


def main() -> int:
    """Print a line per variant, and return 1 if one is not as expected; without spin or gcc print that and return 0."""
    missing = [program for program in ("spin", "gcc") if shutil.which(program) is None]
    if missing:
        sys.stdout.write(f"skipped: {' and '.join(missing)} not installed (Debian: apt-get install spin gcc)\n")
        return 0
    wrong = 0
    for what, (defines, holds) in VARIANTS.items():
        states, errors = explore(defines)
        wrong += (errors == 0) != holds
        verdict = "holds" if errors == 0 else "violated"
        sys.stdout.write(f"{states:9,} states  {verdict:8}  {what}\n")
    return 1 if wrong else 0


def explore(defines: tuple[str, ...]) -> tuple[int, int]:
    """Return how many states spin stored, and how many errors it found before it stopped."""
    with tempfile.TemporaryDirectory() as folder:
        _run(["spin", "-a", *defines, str(MODEL)], folder)
        _run(["gcc", "-O2", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"], folder)
        told = _run(["./pan", "-m1000000", "-n", "-E"], folder)
    states, errors = re.search(r"(\d+) states, stored", told), re.search(r"errors: (\d+)", told)
    assert states is not None
    assert errors is not None
    return int(states[1]), int(errors[1])


def _run(command: list[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
