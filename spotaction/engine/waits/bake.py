"""The bake: what was waited for has to stay so for a while, before anything is done that is hard to take back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from spotaction.engine.waits.call_budget import INTERVAL, CallBudget
from spotaction.engine.waits.health import Ready
from spotaction.engine.waits.loop import HEARTBEAT, SHORTEST, OpenWait, Wait, WatchedWaits, give_up, poll_once
from spotaction.engine.waits.poll_intervals import OFTEN
from spotaction.model.errors import FailedError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from spotaction.model.ports import Clock, Notify

_INTERVAL = 4.0
_LOST = 10.0  # seconds: what serves production may not be gone for longer, with a group beside it to go back to


def bake(
    waits: Sequence[Wait],
    *,
    seconds: float,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    pauses: CallBudget | None = None,
    serves: bool = False,
    why: str = "",
) -> None:
    """Return when all waits have stayed ready for `seconds` without a break.

    It is announced with its end and with `why`, goes on with a heartbeat, and ends with the fewest that were ready. A
    break (an interrupted instance) starts the count again; `timeout` more seconds are granted for that in all. None
    are where what `serves` production has nothing ready any more: `FailedError` after `_LOST` seconds, or when that
    happens again and again.
    """
    if seconds <= 0:
        return
    begun = since = due = clock.now()
    deadline = begun + seconds + timeout
    held = False
    told = _BakeLog([_Baked(OpenWait(wait, begun, begun)) for wait in waits], seconds, clock, notify, begun)
    opened = [each.item for each in told.baked]
    watched = WatchedWaits([OpenWait(wait, begun, begun) for wait in watch], clock, notify, deadline)
    told.announce_start(why)
    with (pauses or CallBudget()).limited_to(deadline, watched.ask_due):
        while True:
            asked = clock.now()
            watched.ask_due(anyhow=True)
            last = clock.now() >= deadline
            looking = last or asked >= due
            for item in opened if looking else ():
                poll_once(item, clock, notify, deadline, again=True)
                if serves:
                    _check_lost(item, clock, notify)
            now = clock.now()
            if looking:
                told.count_healthy()
                ready = all(isinstance(item.verdict, Ready) for item in opened)
                # An answer that did not come says nothing about instances that were ready until then.
                held = ready or (held and any(item.errors for item in opened))
                since = since if held else now
                # The last look is to end with the bake, not to begin there: it takes as long as this one did.
                due = now + min(_INTERVAL, since + seconds - now - (now - asked))
                if ready and now - since >= seconds:
                    told.report_end()
                    return
                told.report_progress(since, ready=ready)
            if last:
                give_up(opened, seconds + timeout, clock, notify)
            clock.sleep(max(SHORTEST, min(due, asked + INTERVAL if watched.items else due) - now))


@dataclass(eq=False)
class _Baked:
    """What bakes, and the fewest that were ready at a look."""

    item: OpenWait
    lowest: int | None = None


@dataclass(eq=False)
class _BakeLog:
    """What people are told of a bake; `since` is when the count that goes on began."""

    baked: Sequence[_Baked]
    seconds: float
    clock: Clock
    notify: Notify
    since: float
    said_at: float = 0.0

    def announce_start(self, why: str) -> None:
        """How long, why, and until when."""
        self.said_at = self.clock.now()
        reason = f", {why}" if why else ""
        self.notify(Note(f"{self._describe()} for {self.seconds:.0f} s, until {self._end_time()}{reason}."))

    def count_healthy(self) -> None:
        """Keep the fewest that were ready; no answer says nothing."""
        for each in self.baked:
            if not each.item.errors:
                ready = each.item.verdict.ready
                each.lowest = ready if each.lowest is None else min(each.lowest, ready)

    def report_progress(self, since: float, *, ready: bool) -> None:
        """A count that begins anew, and the heartbeat of one that goes on."""
        now = self.clock.now()
        if not ready:
            self.said_at = now
        elif since > self.since:
            self.since = self.said_at = since
            self.notify(Note(f"{self._describe()} starts again: {self.seconds:.0f} s, until {self._end_time()}."))
        elif now - self.said_at >= HEARTBEAT:
            self.said_at = now
            for each in self.baked:
                verdict, left = each.item.verdict, self.since + self.seconds - now
                passed = now - self.since
                self.notify(
                    WaitProgress(_name(each), "steady", verdict.ready, verdict.of, passed, left, heartbeat=True)
                )

    def report_end(self) -> None:
        """The fewest that were ready in all that time."""
        for each in self.baked:
            item = each.item
            reason = f"never fewer than {each.lowest} of {item.verdict.of} healthy"
            self.notify(WaitFinished(_name(each), reason, self.clock.now() - item.begun, item.polls))

    def _describe(self) -> str:
        names = " and ".join(_name(each) for each in self.baked)
        return names[:1].upper() + names[1:] or "Pause"

    def _end_time(self) -> str:
        left = self.since + self.seconds - self.clock.now()
        return f"{self.clock.time() + timedelta(seconds=left):%H:%M:%S} UTC"


def _name(each: _Baked) -> str:
    return f"bake of {each.item.wait.what.removesuffix(' steady')}"


def _check_lost(item: OpenWait, clock: Clock, notify: Notify) -> None:
    """Raises `FailedError` where none is ready any more, and not only for a moment, or that again and again."""
    if item.errors:
        return
    if item.verdict.ready or isinstance(item.verdict, Ready):
        item.lost_since = None
        return
    now = clock.now()
    if item.lost_since is None:
        item.lost_since, item.losses = now, item.losses + 1
    if now - item.lost_since >= _LOST or item.losses >= OFTEN:
        again = f" ({item.losses} times by now)" if item.losses >= OFTEN else ""
        reason = f"none is healthy any more{again}: {item.verdict.reason}"
        notify(WaitFinished(item.wait.what, reason, now - item.begun, item.polls, failed=True))
        raise FailedError(f"{item.wait.what}: {reason}.")
