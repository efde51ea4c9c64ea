"""The table of traffic: what each story sent, dropped and got, and whether its aims are met."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.support.action import ROOT

from .play import Outcome

DOCS = ROOT / "docs" / "traffic.md"
BEGIN, END = "<!-- traffic: written by make traffic WRITE=1 -->", "<!-- end of traffic -->"
MOST_DEVIATION = 2.0  # percentage points
LEAST_RATE = 500.0  # requests a second
_HEAD = (
    "| strategy | what happens | by | requests | dropped | of the wrong version afterwards | "
    "share of the new version, measured (expected), % |\n| --- | --- | --- | --- | --- | --- | --- |\n"
)
_CHECKS_HEAD = (
    "\n| release and check | ends as | it answered production for | its requests | of these errors |"
    "\n| --- | --- | --- | --- | --- |\n"
)


def missed_aims(outcome: Outcome) -> list[str]:
    """Return what a story should have shown and did not."""
    missed = list(outcome.problems)
    if outcome.drops:
        return missed if outcome.dropped else [*missed, "nothing was dropped, and should have been"]
    if outcome.dropped:
        missed.append(f"{outcome.dropped} requests were dropped: {dict(outcome.reasons)}")
    if outcome.wrong_after:
        missed.append(f"{outcome.wrong_after} requests were answered by the wrong version after the end")
    if outcome.most_new is not None and outcome.new_requests > outcome.most_new:
        missed.append(f"the new version answered {outcome.new_requests} requests, {outcome.most_new} are allowed")
    if outcome.deviation > MOST_DEVIATION:
        missed.append(f"the share of the new version is off by {outcome.deviation:.1f} points: {outcome.shares}")
    return missed


def render_line(outcome: Outcome) -> str:
    """Return a story's line on the terminal."""
    verdict = "MISSED" if missed_aims(outcome) else "drops, as it should" if outcome.drops else "met"
    return (
        f"{outcome.strategy:7}{outcome.what:58}{outcome.by:11}{outcome.requests:7} requests {outcome.rate:5.0f}/s "
        f"{outcome.dropped:5} dropped {outcome.wrong_after:3} wrong {outcome.deviation:4.1f} points "
        f"{outcome.seconds:4.0f} s  {verdict}{_hurt(outcome)}"
    )


def render_table(outcomes: Sequence[Outcome]) -> str:
    """Return the table as Markdown."""
    rows = [
        f"| {o.strategy} | {o.what} | {o.by} | {o.requests:,} | {o.dropped:,} | {o.wrong_after} | {_shares(o)} |\n"
        for o in outcomes
    ]
    ours = [outcome for outcome in outcomes if not outcome.drops]
    sent, lost = sum(o.requests for o in ours), sum(o.dropped for o in ours)
    total = f"\nWithout those that are meant to drop: {len(ours)} stories, {sent:,} requests, {lost} dropped.\n"
    seconds = sum(o.seconds for o in outcomes)
    total += (
        f"In each some {mean_rate(outcomes):.0f} requests a second; {seconds / 60:.0f} minutes one after the other.\n"
    )
    checked = [
        f"| {o.what} | {o.ended} | {describe_time(o.exposed)} | {o.new_requests:,} | {o.hurt:,} |\n"
        for o in outcomes
        if o.checked
    ]
    return _HEAD + "".join(rows) + total + _CHECKS_HEAD + "".join(checked)


def mean_rate(outcomes: Sequence[Outcome]) -> float:
    """Return the requests a second, on average over all requests."""
    requests = sum(each.requests for each in outcomes)
    return sum(each.rate * each.requests for each in outcomes) / requests if requests else 0.0


def describe_time(seconds: float) -> str:
    """Return a time of the sandbox as people read it."""
    return f"{int(seconds // 60)}m {seconds % 60:02.0f}s"


def write_table(outcomes: Sequence[Outcome], docs: Path = DOCS) -> None:
    """Replace the table in the documentation."""
    text = docs.read_text(encoding="utf-8")
    table = f"{BEGIN}\n\n{render_table(outcomes)}\n{END}"
    docs.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: table, text, flags=re.DOTALL), encoding="utf-8")


def _hurt(outcome: Outcome) -> str:
    if not outcome.checked:
        return ""
    time = describe_time(outcome.exposed)
    return f"; the new version answered {outcome.new_requests} requests in {time}, {outcome.hurt} with an error"


def _shares(outcome: Outcome) -> str:
    partly = [share for share in sorted(outcome.shares) if 0 < share[0] < 100]
    return ", ".join(f"{measured:.1f} ({expected:.0f})" for expected, measured, _ in partly) or "-"
