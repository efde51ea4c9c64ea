"""Several runs on one sandbox at the same time: each in a thread, of which only the one whose turn it is goes on."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spotaction.main import main
from spotaction.sandbox import JumpingClock
from tests.support.action import Result, Stand


class TurnClock(JumpingClock):
    """Time that several threads share: who sleeps gives the turn to whoever wakes first; alone, it jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = threading.Condition()
        self._wakes: dict[int, float] = {}
        self._turn: int | None = None

    def sleep(self, seconds: float) -> None:
        me = threading.get_ident()
        if me not in self._wakes:
            super().sleep(seconds)
            return
        with self._turns:
            self._wakes[me] = self.now() + max(0.0, seconds)
            self._next()
            self._turns.wait_for(lambda: self._turn == me)

    def enter(self, delay: float) -> None:
        """Take part from `delay` seconds on; nobody goes on until `start`."""
        me = threading.get_ident()
        with self._turns:
            self._wakes[me] = self.now() + delay
            self._turns.notify_all()
            self._turns.wait_for(lambda: self._turn == me)

    def leave(self) -> None:
        """Take part no more."""
        with self._turns:
            del self._wakes[threading.get_ident()]
            self._next()

    def start(self, count: int) -> None:
        """Begin once so many take part."""
        with self._turns:
            self._turns.wait_for(lambda: len(self._wakes) == count)
            self._next()

    def _next(self) -> None:
        if not self._wakes:
            self._turn = None
            return
        self._turn = min(self._wakes, key=lambda thread: self._wakes[thread])
        super().sleep(self._wakes[self._turn] - self.now())
        self._turns.notify_all()


@dataclass(frozen=True)
class Start:
    """A run that begins `after` so many seconds; `base` are its inputs where not those of the stand.

    `act` is the entry point: a deployment's, or the post step's.
    """

    after: float
    inputs: Mapping[str, str] = field(default_factory=dict)
    run_id: str = "4711"
    environ: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, str] | None = None
    act: Callable[..., int] = main


def run_together(box: Stand, starts: Sequence[Start], folder: Path) -> list[Result]:
    """Run all of them at once on the sandbox of `box`, whose clock has to be a `TurnClock`."""
    clock = box.clock
    assert isinstance(clock, TurnClock)
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def go(number: int, start: Start) -> None:
        own = folder / f"run-{number}"
        own.mkdir()
        clock.enter(start.after)
        try:
            one = Stand(box.sandbox, clock, own, box.inputs if start.base is None else start.base)
            results[number] = one.run(start.inputs, run_id=start.run_id, environ=start.environ, act=start.act)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the test can see it
            errors.append(error)
        finally:
            clock.leave()

    threads = [threading.Thread(target=go, args=each, daemon=True) for each in enumerate(starts)]
    for thread in threads:
        thread.start()
    clock.start(len(starts))
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(starts))]
