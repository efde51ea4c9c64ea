"""The table at the end of a sweep, and its row in the documentation: the runs, what befell them, how they ended."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.action import ROOT

from .events import EVENTS
from .script import LAGS
from .sweep import Result

_ACTORS = ("person", "controller", "policy", "spot", "release", "rival")


def table(seed: int, results: Sequence[Result], seconds: float) -> str:
    """Return the table of one sweep."""
    parts = (
        _by_strategy(results),
        _by_actor(results),
        _by_runner(results),
        _by_lag(results),
        _sum(seed, results, seconds),
    )
    return "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n"


def document_row(seed: int, results: Sequence[Result], seconds: float) -> str:
    """Return the sweep as a row of the table in the documentation."""
    runs = _runs(results)
    cells = (
        f"{seed}",
        f"{len(results):,}",
        f"{runs:,}",
        f"{_runs(_acted(results)) / runs:.0%}",
        f"{_runs(_late(results)) / runs:.0%}",
        f"{sum(result.calls for result in results):,}",
        f"{_bad(results)}",
        f"{seconds:.0f}",
        f"{runs / seconds:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def write_rows(rows: Sequence[str], document: Path = ROOT / "docs" / "sandbox.md") -> None:
    """Put the rows in place of those of the last run, between the table's head and the mark of its end."""
    head, end = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", "\n<!-- end of sim -->"
    before, found, rest = document.read_text(encoding="utf-8").partition(head)
    assert found, f"{document} has no table for the sweeps"
    document.write_text(f"{before}{head}{chr(10).join(rows)}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def _by_strategy(results: Sequence[Result]) -> Iterator[str]:
    yield "strategy  scripts   runs  violating  ends"
    for strategy in sorted({result.script.strategy for result in results}):
        mine = [result for result in results if result.script.strategy == strategy]
        ends = ", ".join(f"{end} {count}" for end, count in Counter(result.end for result in mine).most_common())
        yield f"{strategy:8}  {len(mine):7}  {_runs(mine):5}  {_bad(mine):9}  {ends}"


def _by_actor(results: Sequence[Result]) -> Iterator[str]:
    yield "actor       runs  events that struck"
    for actor in dict.fromkeys([*_ACTORS, *(EVENTS[e.name].actor for result in results for e in result.struck)]):
        mine = [result for result in results if actor in result.actors]
        names = Counter(e.name for result in mine for e in result.struck if EVENTS[e.name].actor == actor)
        yield f"{actor:10}  {_runs(mine):4}  {', '.join(f'{name} {count}' for name, count in names.most_common())}"


def _by_runner(results: Sequence[Result]) -> Iterator[str]:
    yield "hostile runner                          runs"
    for what, befell in _HOSTILE.items():
        yield f"{what:38}  {_runs(result for result in results if befell(result)):4}"


def _is_killed_in_a_write(result: Result) -> bool:
    return any(event.name == "kill" and event.write and not event.delay for event in result.struck)


def _has_two_signals(result: Result) -> bool:
    return max(Counter(event.write for event in result.struck if event.name == "term").values(), default=0) > 1


def _skew(least: float) -> Callable[[Result], bool]:
    return lambda result: any(
        e.amount >= least for e in (*result.script.named("ahead"), *result.script.named("behind"))
    )


_HOSTILE: Mapping[str, Callable[[Result], bool]] = {
    "clock off by a minute or more": _skew(60.0),
    "clock off by a day": _skew(86_400.0),
    "variables missing": lambda result: bool(result.script.named("without-")),
    "state lost before the post step": lambda result: bool(result.script.named("lost-state")) and "post" in result.runs,
    "disk full": lambda result: any(event.name == "disk-full" for event in result.struck),
    "signal": lambda result: any(event.name == "term" for event in result.struck),
    "two signals for one run": _has_two_signals,
    "killed": lambda result: any(event.name == "kill" for event in result.struck),
    "killed between a write and its record": _is_killed_in_a_write,
}


def _by_lag(results: Sequence[Result]) -> Iterator[str]:
    yield "lag of reads     runs at up to so many seconds"
    for name in LAGS:
        counts = Counter(result.script.lag(name) for result in results for _ in result.runs)
        yield f"{name:15}  {', '.join(f'{seconds:g} s: {counts[seconds]}' for seconds in sorted(counts))}"


def _sum(seed: int, results: Sequence[Result], seconds: float) -> Iterator[str]:
    runs = _runs(results)
    yield (
        f"seed {seed}: {len(results)} scripts, {runs} runs of the action ({_runs(_acted(results))} with an actor,"
        f" {_runs(_late(results))} with late reads), {sum(result.calls for result in results)} calls,"
        f" {_bad(results)} scripts with violations, {seconds:.0f} s, {runs / seconds:.1f} runs a second"
    )


def _acted(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.actors & set(_ACTORS)]


def _late(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if any(result.script.lag(name) for name in LAGS)]


def _runs(results: Iterable[Result]) -> int:
    return sum(len(result.runs) for result in results)


def _bad(results: Iterable[Result]) -> int:
    return sum(bool(result.violations) for result in results)
