"""One loop for every wait: it ends on a verdict or at its deadline, and explains itself meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from spotaction.engine.waits.call_budget import INTERVAL, CallBudget
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.poll_intervals import poll_interval_launching
from spotaction.model.errors import ApiError, CancelledError, FailedError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress
from spotaction.model.ports import Clock, Notify

Pace = Callable[[Waiting, float], float]

HEARTBEAT = 60.0
_ERRORS_IN_A_ROW = 3
SHORTEST = 0.05


@dataclass(frozen=True)
class Wait:
    """Something to wait for: `what` a person reads, `check` answers with a verdict and may raise `ApiError`.

    `pace` gives the seconds to the next look from the verdict and the seconds passed; the first is after `first`.
    What is watched while it is well is looked at every `interval(seconds passed)`.
    """

    what: str
    check: Callable[[], Verdict]
    pace: Pace = poll_interval_launching
    first: float = 0.0
    interval: Callable[[float], float] = lambda _elapsed: INTERVAL


@dataclass(eq=False)
class OpenWait:
    """A wait that is in progress; moments are on the clock."""

    wait: Wait
    begun: float
    due: float
    before: int | None = None
    polls: int = 0
    errors: int = 0
    verdict: Verdict = field(default_factory=lambda: Waiting("not asked yet"))
    said: tuple[str, int] = ("", -1)
    said_at: float = 0.0
    lost_since: float | None = None
    losses: int = 0


def wait_for(
    waits: Sequence[Wait],
    *,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    pauses: CallBudget | None = None,
) -> None:
    """Return when all waits are ready, side by side in one loop.

    `watch` holds conditions that must not fail meanwhile (alarms): they are asked at every turn, and while a call
    pauses, and are never waited for.
    Raises `FailedError` when one will not become ready, `TimedOutError` after `timeout` seconds, with one last look at
    the deadline itself.
    """
    begun = clock.now()
    deadline = begun + timeout
    opened = [OpenWait(wait, begun, begun + wait.first) for wait in waits]
    watched = WatchedWaits([OpenWait(wait, begun, begun + wait.first) for wait in watch], clock, notify, deadline)
    with (pauses or CallBudget()).limited_to(deadline, watched.ask_due):
        while True:
            last = clock.now() >= deadline
            watched.ask_due(anyhow=last)
            for item in opened:
                if last or clock.now() >= item.due:
                    poll_once(item, clock, notify, deadline)
                    item.due = clock.now() + _next_pause(item, clock.now() - begun)
            left = [item.due for item in opened if not isinstance(item.verdict, Ready)]
            if not left:
                return
            if last:
                give_up(opened, timeout, clock, notify)
            clock.sleep(max(SHORTEST, min(*left, *watched.due, deadline) - clock.now()))


@dataclass(eq=False)
class WatchedWaits:
    """What must not fail, asked while others are waited for; `look` may come from within one of their calls."""

    items: Sequence[OpenWait]
    clock: Clock
    notify: Notify
    deadline: float
    asking: bool = False

    @property
    def due(self) -> list[float]:
        """When each is to be asked again."""
        return [item.due for item in self.items]

    def ask_due(self, *, anyhow: bool = False) -> None:
        """Ask those that are due, or all of them; not while one of them is being asked already."""
        if self.asking:
            return
        self.asking = True
        try:
            for item in self.items:
                if anyhow or self.clock.now() >= item.due:
                    poll_once(item, self.clock, self.notify, self.deadline, again=True)
                    item.due = self.clock.now() + _next_pause(item, self.clock.now() - item.begun)
        finally:
            self.asking = False


def poll_once(item: OpenWait, clock: Clock, notify: Notify, deadline: float, *, again: bool = False) -> None:
    """Ask once (a wait that is ready is asked again only if `again`), tell what changed, raise what is final."""
    if isinstance(item.verdict, Ready) and not again:
        return
    item.polls += 1
    item.verdict = _ask_check(item)
    now = clock.now()
    match item.verdict:
        case Ready(reason):
            if item.said != (reason, -2) and not again:
                notify(WaitFinished(item.wait.what, reason, now - item.begun, item.polls))
            item.said = (reason, -2)
        case Failed(reason):
            notify(WaitFinished(item.wait.what, reason, now - item.begun, item.polls, failed=True))
            raise FailedError(f"{item.wait.what}: {reason}.")
        case Waiting(reason, ready, of):
            changed = item.said != (reason, ready)
            if changed or now - item.said_at >= HEARTBEAT:
                notify(
                    WaitProgress(item.wait.what, reason, ready, of, now - item.begun, deadline - now, not changed),
                )
                item.said, item.said_at = (reason, ready), now


def _ask_check(item: OpenWait) -> Verdict:
    """The check's verdict; an error of the other side is a reason to wait, unless it stays and is final."""
    try:
        verdict = item.wait.check()
    except CancelledError:
        raise
    except ApiError as error:
        item.errors += 1
        if not error.retryable and item.errors >= _ERRORS_IN_A_ROW:
            return Failed(f"{error} ({item.errors} times in a row)")
        before = item.verdict
        ready, of = (before.ready, before.of)
        return Waiting(f"no answer: {error.message}", ready, of)
    item.errors = 0
    return verdict


def _next_pause(item: OpenWait, elapsed: float) -> float:
    """Each wait keeps its own pace, so that a slow one does not suffer (or cost) the calls of a fast one."""
    if not isinstance(item.verdict, Waiting):
        return item.wait.interval(elapsed)
    if item.before is None:
        item.before = item.verdict.ready
    # Instances that were healthy before say nothing about how far the new ones are.
    verdict, before = item.verdict, min(item.before, item.verdict.ready)
    fresh = replace(verdict, ready=verdict.ready - before, of=verdict.of - before, launched=verdict.launched - before)
    return item.wait.pace(fresh, elapsed)


def give_up(opened: Sequence[OpenWait], timeout: float, clock: Clock, notify: Notify) -> None:
    """Raise `TimedOutError` with the last reason of each wait that is late."""
    late = [item for item in opened if not isinstance(item.verdict, Ready)]
    for item in late:
        notify(WaitFinished(item.wait.what, item.verdict.reason, clock.now() - item.begun, item.polls, failed=True))
    last = (
        "; ".join(_last_verdict(item) for item in late)
        or "What was waited for was ready in the end, but not for long enough"
    )
    raise TimedOutError(
        f"Timed out after {timeout:.0f} s. {last}.",
        next_step="read the reasons above; raise steady-state-timeout only if instances really need longer.",
    )


def _last_verdict(item: OpenWait) -> str:
    count = f"{item.verdict.ready} of {item.verdict.of}, " if item.verdict.of else ""
    return f"{item.wait.what}: {count}{item.verdict.reason}"
