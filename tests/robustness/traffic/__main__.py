"""The traffic test's command line: plays every story, counts every request, and exits 1 where an aim is missed."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from spotaction.sandbox.traffic.haproxy import HaproxyMissingError, find_haproxy
from spotaction.sandbox.traffic.traffic import CACHE
from tests.support.action import ROOT

from .play import Outcome, play
from .report import LEAST_RATE, mean_rate, missed_aims, render_line, write_table
from .stories import Story, all_stories


def main(arguments: Sequence[str]) -> int:
    """Play the stories; the answer is the exit code: 1 where an aim is missed, 0 where HAProxy is not to be had."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.traffic", description=__doc__)
    parser.add_argument("words", nargs="*", help="only the stories whose names contain one of these")
    parser.add_argument("--write", action="store_true", help="write the table into docs/traffic.md")
    parser.add_argument("--workers", type=int, default=2, help="stories at the same time (default 2)")
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.number is not None:
        sys.stdout.write(play(all_stories()[given.number]).as_json() + "\n")
        return 0
    try:
        find_haproxy(CACHE)
    except HaproxyMissingError as reason:
        sys.stdout.write(f"skipped: {reason}\n")
        return 0
    return _play_all(given.words, given.workers, write=given.write)


def _play_all(words: Sequence[str], workers: int, *, write: bool) -> int:
    began = time.monotonic()
    chosen = [
        (number, story)
        for number, story in enumerate(all_stories())
        if not words or any(word in f"{story.name} ({story.by})" for word in words)
    ]
    if not chosen:
        sys.stdout.write(f"No story's name contains {' or '.join(map(repr, words))}.\n")
        return 2
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(workers) as pool:
        for outcome in pool.map(_play_in_process, *zip(*chosen, strict=True)):
            sys.stdout.write(render_line(outcome) + "\n")
            sys.stdout.writelines(f"  ! {problem}\n" for problem in missed_aims(outcome))
            sys.stdout.flush()
            outcomes.append(outcome)
    requests, seconds = sum(each.requests for each in outcomes), sum(each.seconds for each in outcomes)
    missed = sum(bool(missed_aims(each)) for each in outcomes)
    rate = mean_rate(outcomes)
    sys.stdout.write(
        f"{len(outcomes)} stories, {requests:,} requests ({rate:.0f} a second in each), {missed} with missed aims; "
        f"{time.monotonic() - began:.0f} s ({seconds:.0f} s one after the other)\n"
    )
    if rate < LEAST_RATE:
        sys.stdout.write(f"MISSED: {LEAST_RATE:.0f} requests a second are wanted in each story.\n")
    if write and not words:
        write_table(outcomes)
    return 1 if missed or rate < LEAST_RATE else 0


def _play_in_process(number: int, story: Story) -> Outcome:
    """Play a story in a process of its own: sandboxes share no interpreter."""
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "tests.robustness.traffic", "--number", str(number)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        why = done.stderr.strip().splitlines()[-1:] or ["no output"]
        return Outcome(story.strategy, story.what, story.by, "", problems=[f"could not be played: {why[0]}"])
    return Outcome(**json.loads(lines[-1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
