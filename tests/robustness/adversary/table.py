"""The table at the end of a sweep: how many runs there were, what befell them, and how they ended."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .events import EVENTS
from .script import LAGS
from .sweep import Result

_ACTORS = ("person", "controller", "policy", "spot", "release", "rival")


def table(seed: int, results: Sequence[Result], seconds: float) -> str:
    """Return the table of one sweep."""
    parts = (_by_strategy(results), _by_actor(results), _by_lag(results), _sum(seed, results, seconds))
    return "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n"


def _by_strategy(results: Sequence[Result]) -> Iterator[str]:
    yield "strategy  scripts   runs  violating  ends"
    for strategy in sorted({result.script.strategy for result in results}):
        mine = [result for result in results if result.script.strategy == strategy]
        ends = ", ".join(f"{end} {count}" for end, count in Counter(result.end for result in mine).most_common())
        yield f"{strategy:8}  {len(mine):7}  {_runs(mine):5}  {_bad(mine):9}  {ends}"


def _by_actor(results: Sequence[Result]) -> Iterator[str]:
    yield "actor       runs  events that struck"
    for actor in dict.fromkeys([*_ACTORS, *(EVENTS[name].actor for result in results for name in result.struck)]):
        mine = [result for result in results if actor in result.actors]
        names = Counter(name for result in mine for name in result.struck if EVENTS[name].actor == actor)
        yield f"{actor:10}  {_runs(mine):4}  {', '.join(f'{name} {count}' for name, count in names.most_common())}"


def _by_lag(results: Sequence[Result]) -> Iterator[str]:
    yield "lag of reads     runs at up to so many seconds"
    for name in LAGS:
        counts = Counter(result.script.lag(name) for result in results for _ in result.runs)
        yield f"{name:15}  {', '.join(f'{seconds:g} s: {counts[seconds]}' for seconds in sorted(counts))}"


def _sum(seed: int, results: Sequence[Result], seconds: float) -> Iterator[str]:
    acted = [result for result in results if result.actors & set(_ACTORS)]
    late = [result for result in results if any(result.script.lag(name) for name in LAGS)]
    runs = _runs(results)
    yield (
        f"seed {seed}: {len(results)} scripts, {runs} runs of the action ({_runs(acted)} with an actor,"
        f" {_runs(late)} with late reads), {sum(result.calls for result in results)} calls,"
        f" {_bad(results)} scripts with violations, {seconds:.0f} s, {runs / seconds:.1f} runs a second"
    )


def _runs(results: Iterable[Result]) -> int:
    return sum(len(result.runs) for result in results)


def _bad(results: Iterable[Result]) -> int:
    return sum(bool(result.violations) for result in results)
