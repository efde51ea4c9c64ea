"""One loop for every wait: it ends on a verdict or at its deadline, and explains itself meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from spotaction.errors import ApiError, CancelledError, FailedError, TimedOutError
from spotaction.events import WaitChanged, WaitEnded
from spotaction.health import Failed, Ready, Verdict, Waiting
from spotaction.pacing import launching
from spotaction.pauses import INTERVAL, Pauses
from spotaction.ports import Clock, Notify

Pace = Callable[[Waiting, float], float]

HEARTBEAT = 60.0
_ERRORS_IN_A_ROW = 3
_HOLD_INTERVAL = 4.0
_LOST = 10.0  # seconds: what serves production may not be gone for longer, with a group beside it to go back to
_SHORTEST = 0.05


@dataclass(frozen=True)
class Wait:
    """Something to wait for: `what` a person reads, `check` answers with a verdict and may raise `ApiError`.

    `pace` gives the seconds to the next look from the verdict and the seconds passed; the first is after `first`.
    """

    what: str
    check: Callable[[], Verdict]
    pace: Pace = launching
    first: float = 0.0


@dataclass(eq=False)
class _Open:
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


def wait_for(
    waits: Sequence[Wait],
    *,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    pauses: Pauses | None = None,
) -> None:
    """Return when all waits are ready, side by side in one loop.

    `watch` holds conditions that must not fail meanwhile (alarms): they are asked at every turn, and while a call
    pauses, and are never waited for.
    Raises `FailedError` when one will not become ready, `TimedOutError` after `timeout` seconds, with one last look at
    the deadline itself.
    """
    begun = clock.now()
    deadline = begun + timeout
    opened = [_Open(wait, begun, begun + wait.first) for wait in waits]
    watched = _Watched([_Open(wait, begun, begun) for wait in watch], clock, notify, deadline)
    with (pauses or Pauses()).within(deadline, watched.look):
        while True:
            last = clock.now() >= deadline
            watched.look(anyhow=last)
            for item in opened:
                if last or clock.now() >= item.due:
                    _poll(item, clock, notify, deadline)
                    item.due = clock.now() + _pause(item, clock.now() - begun)
            left = [item.due for item in opened if not isinstance(item.verdict, Ready)]
            if not left:
                return
            if last:
                _give_up(opened, timeout, clock, notify)
            clock.sleep(max(_SHORTEST, min(*left, *watched.due, deadline) - clock.now()))


def hold(
    waits: Sequence[Wait],
    *,
    seconds: float,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    pauses: Pauses | None = None,
    serves: bool = False,
) -> None:
    """Bake: return when all waits have stayed ready for `seconds` without a break.

    A break (an interrupted instance) starts the count again; `timeout` more seconds are granted for that in all. None
    are where what `serves` production has nothing ready any more: `FailedError` after `_LOST` seconds.
    """
    if seconds <= 0:
        return
    begun = since = due = clock.now()
    deadline = begun + seconds + timeout
    held = False
    opened = [_Open(wait, begun, begun) for wait in waits]
    watched = _Watched([_Open(wait, begun, begun) for wait in watch], clock, notify, deadline)
    with (pauses or Pauses()).within(deadline, watched.look):
        while True:
            asked = clock.now()
            watched.look(anyhow=True)
            last = clock.now() >= deadline
            looking = last or asked >= due
            for item in opened if looking else ():
                _poll(item, clock, notify, deadline, again=True)
                if serves:
                    _check_lost(item, clock, notify)
            now = clock.now()
            if looking:
                ready = all(isinstance(item.verdict, Ready) for item in opened)
                # An answer that did not come says nothing about instances that were ready until then.
                held = ready or (held and any(item.errors for item in opened))
                since = since if held else now
                # The last look is to end with the bake, not to begin there: it takes as long as this one did.
                due = now + min(_HOLD_INTERVAL, since + seconds - now - (now - asked))
                if ready and now - since >= seconds:
                    return
            if last:
                _give_up(opened, seconds + timeout, clock, notify)
            clock.sleep(max(_SHORTEST, min(due, asked + INTERVAL if watched.items else due) - now))


def _check_lost(item: _Open, clock: Clock, notify: Notify) -> None:
    """Raises `FailedError` where none is ready any more, and not only for a moment."""
    if item.errors:
        return
    if item.verdict.ready or isinstance(item.verdict, Ready):
        item.lost_since = None
        return
    now = clock.now()
    item.lost_since = now if item.lost_since is None else item.lost_since
    if now - item.lost_since >= _LOST:
        reason = f"none is healthy any more: {item.verdict.reason}"
        notify(WaitEnded(item.wait.what, reason, now - item.begun, item.polls, failed=True))
        raise FailedError(f"{item.wait.what}: {reason}.")


@dataclass(eq=False)
class _Watched:
    """What must not fail, asked while others are waited for; `look` may come from within one of their calls."""

    items: Sequence[_Open]
    clock: Clock
    notify: Notify
    deadline: float
    asking: bool = False

    @property
    def due(self) -> list[float]:
        """When each is to be asked again."""
        return [item.due for item in self.items]

    def look(self, *, anyhow: bool = False) -> None:
        """Ask those that are due, or all of them; not while one of them is being asked already."""
        if self.asking:
            return
        self.asking = True
        try:
            for item in self.items:
                if anyhow or self.clock.now() >= item.due:
                    _poll(item, self.clock, self.notify, self.deadline, again=True)
                    item.due = self.clock.now() + _pause(item, self.clock.now() - item.begun)
        finally:
            self.asking = False


def _poll(item: _Open, clock: Clock, notify: Notify, deadline: float, *, again: bool = False) -> None:
    """Ask once (a wait that is ready is asked again only if `again`), tell what changed, raise what is final."""
    if isinstance(item.verdict, Ready) and not again:
        return
    item.polls += 1
    item.verdict = _ask(item)
    now = clock.now()
    match item.verdict:
        case Ready(reason):
            if item.said != (reason, -2) and not again:
                notify(WaitEnded(item.wait.what, reason, now - item.begun, item.polls))
            item.said = (reason, -2)
        case Failed(reason):
            notify(WaitEnded(item.wait.what, reason, now - item.begun, item.polls, failed=True))
            raise FailedError(f"{item.wait.what}: {reason}.")
        case Waiting(reason, ready, of):
            changed = item.said != (reason, ready)
            if changed or now - item.said_at >= HEARTBEAT:
                notify(
                    WaitChanged(item.wait.what, reason, ready, of, now - item.begun, deadline - now, not changed),
                )
                item.said, item.said_at = (reason, ready), now


def _ask(item: _Open) -> Verdict:
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


def _pause(item: _Open, elapsed: float) -> float:
    """Each wait keeps its own pace, so that a slow one does not suffer (or cost) the calls of a fast one."""
    if not isinstance(item.verdict, Waiting):
        return INTERVAL
    if item.before is None:
        item.before = item.verdict.ready
    # Instances that were healthy before say nothing about how far the new ones are.
    verdict, before = item.verdict, min(item.before, item.verdict.ready)
    fresh = replace(verdict, ready=verdict.ready - before, of=verdict.of - before, launched=verdict.launched - before)
    return item.wait.pace(fresh, elapsed)


def _give_up(opened: Sequence[_Open], timeout: float, clock: Clock, notify: Notify) -> None:
    late = [item for item in opened if not isinstance(item.verdict, Ready)]
    for item in late:
        notify(WaitEnded(item.wait.what, item.verdict.reason, clock.now() - item.begun, item.polls, failed=True))
    last = (
        "; ".join(_last(item) for item in late) or "What was waited for was ready in the end, but not for long enough"
    )
    raise TimedOutError(
        f"Timed out after {timeout:.0f} s. {last}.",
        next_step="read the reasons above; raise steady-state-timeout only if instances really need longer.",
    )


def _last(item: _Open) -> str:
    count = f"{item.verdict.ready} of {item.verdict.of}, " if item.verdict.of else ""
    return f"{item.wait.what}: {count}{item.verdict.reason}"
