"""Waits on a jumping clock, and the events that they report."""

from collections.abc import Callable

from spotaction.engine.waits.bake import bake
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.model.events import Event
from tests.support.fakes import FakeClock

Answer = Verdict | Exception


class Told:
    """A clock, the reported events, and the times at which each wait was checked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.events: list[Event] = []
        self.asked: dict[str, list[float]] = {}

    def wait(self, what: str, verdict: Callable[[float], Answer], pace: float = 10.0, first: float = 0.0) -> Wait:
        """Return a wait whose verdict depends on the seconds passed, with a fixed poll interval."""

        def check() -> Verdict:
            self.asked.setdefault(what, []).append(self.clock.passed)
            answer = verdict(self.clock.passed)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return Wait(what, check, lambda _verdict, _elapsed: pace, first)

    def until(self, *waits: Wait, timeout: float = 100.0, watch: tuple[Wait, ...] = ()) -> None:
        wait_for(waits, timeout=timeout, clock=self.clock, notify=self.events.append, watch=watch)

    def bake(
        self,
        *waits: Wait,
        seconds: float,
        timeout: float = 100.0,
        watch: tuple[Wait, ...] = (),
        serves: bool = False,
        why: str = "",
    ) -> None:
        bake(
            waits,
            seconds=seconds,
            timeout=timeout,
            clock=self.clock,
            notify=self.events.append,
            watch=watch,
            serves=serves,
            why=why,
        )


def ready_from(seconds: float, before: str = "not yet") -> Callable[[float], Answer]:
    return lambda passed: Ready("done", 1, 1) if passed >= seconds else Waiting(before, 0, 1)


def never(_passed: float) -> Answer:
    return Waiting("i-1: initial in web-blue", 1, 2)


def firing_from(seconds: float) -> Callable[[float], Answer]:
    return lambda passed: Failed("errors is in ALARM: 5 in 60 s") if passed >= seconds else Ready("no alarm")
