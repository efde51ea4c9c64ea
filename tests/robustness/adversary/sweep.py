"""Plays one script after another on every core."""

import gc
import multiprocessing
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from spotaction.main import main

from .container import Act
from .drawing import STRATEGIES, draw_script
from .events import EVENTS
from .judge import judge, last_words
from .playing import goal, play
from .script import Event, Script

_AWAY = 1_000_000  # between the first seeds of two sweeps


@dataclass(frozen=True)
class Result:
    """A script, how it ended, the operations that were run, the events that struck, and what was violated."""

    script: Script
    end: str
    runs: tuple[str, ...]
    struck: tuple[Event, ...]
    calls: int
    violations: tuple[str, ...]
    seconds: float

    @property
    def actors(self) -> frozenset[str]:
        """Who acted in it."""
        return frozenset(EVENTS[event.name].actor for event in self.struck)


def scripts(seed: int, strategies: Sequence[str] = tuple(STRATEGIES)) -> Iterator[Script]:
    """Draw the scripts of a sweep, without an end."""
    number = seed * _AWAY
    while True:
        yield draw_script(number, strategies)
        number += 1


def sweep(drawn: Iterable[Script], workers: int, act: Act = main) -> Iterator[Result]:
    """Play the scripts; the results come in their order."""
    for strategy in STRATEGIES:  # once, before the processes part
        goal(strategy)
        goal(strategy, basic=True)
    _settle_memory()
    if workers == 1:
        yield from map(partial(try_script, act=act), drawn)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap(partial(try_script, act=act), drawn, chunksize=4)


def try_script(script: Script, act: Act = main) -> Result:
    """Play a script and judge it; an exception that comes out of the action is a violation, too."""
    began = time.perf_counter()
    try:
        seen = play(script, act)
    except Exception:  # noqa: BLE001 - nothing may come out of the action
        last = " | ".join(traceback.format_exc().strip().splitlines()[-3:])
        return Result(script, "raised", ("deploy",), (), 0, (f"(4) raised: {last}",), time.perf_counter() - began)
    return Result(
        script=script,
        end=last_words(seen.runs),
        runs=tuple(run.operation for run in seen.runs),
        struck=tuple(strike.event for strike in seen.strikes),
        calls=seen.calls,
        violations=judge(seen),
        seconds=time.perf_counter() - began,
    )


def _settle_memory() -> None:
    """What is loaded by now stays: looking through it for garbage again and again costs a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
