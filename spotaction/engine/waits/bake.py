"""The bake: what became healthy has to stay healthy for a while before the next step, which is hard to undo."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from spotaction.documents.wording import format_duration
from spotaction.engine.waits.call_budget import INTERVAL, CallBudget
from spotaction.engine.waits.health import Ready
from spotaction.engine.waits.loop import HEARTBEAT, SHORTEST, OpenWait, Wait, WatchedWaits, give_up, poll_once
from spotaction.engine.waits.poll_intervals import OFTEN
from spotaction.model.errors import FailedError, SpotactionError
from spotaction.model.events import Note, WaitFinished, WaitProgress
from spotaction.model.ports import Clock, Notify

_INTERVAL = 4.0
_LOST = 10.0  # seconds that production may be without a healthy instance while the old group could serve instead


def bake(
    waits: Sequence[Wait],
    *,
    seconds: float,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    budget: CallBudget | None = None,
    serves: bool,
    why: str,
    checks: Sequence[Wait] = (),
) -> None:
    """Return once all waits have stayed ready for `seconds` without interruption.

    The log shows when the bake will end and `why`, then heartbeats, then the lowest number of ready instances. An
    interruption (such as a reclaimed Spot instance) restarts the bake; restarts may add `timeout` seconds in total.
    `checks` are measured meanwhile, each at its own pace. Raises `TimedOutError` after that, and `FailedError` when a
    check fails, or when a group that `serves` production has had no ready instance for `_LOST` seconds, or repeatedly.
    """
    if seconds <= 0:
        return
    started = clock.now()
    deadline = started + seconds + timeout
    log = _BakeLog([_Baked(OpenWait(wait, started)) for wait in waits], seconds, clock, notify, started, why)
    looks = _Looks(log, deadline, started, started, serves=serves)
    watched = WatchedWaits([OpenWait(wait, started) for wait in watch], clock, notify, deadline)
    measured = WatchedWaits([OpenWait(wait, started, started) for wait in checks], clock, notify, deadline)

    def look_meanwhile() -> None:
        watched.poll_due()
        looks.look_if_due()

    log.announce_start()
    with log.report_abort(), (budget or CallBudget()).limited_to(deadline, look_meanwhile):
        while True:
            polled_at = clock.now()
            watched.poll_due(force=True)
            measured.poll_due()
            last = clock.now() >= deadline
            if last or polled_at >= looks.due:
                looks.look()
                now = clock.now()
                # The last poll should finish with the bake, not start there: it takes as long as this one did.
                looks.due = now + min(_INTERVAL, looks.since + seconds - now - (now - polled_at))
                if looks.is_ready and now - looks.since >= seconds:
                    log.report_end()
                    return
                log.report_progress(looks.since, ready=looks.is_ready)
            if last:
                give_up(looks.opened, seconds + timeout, clock, notify)
            next_turn = min(looks.due, *measured.due, polled_at + INTERVAL if watched.items else looks.due)
            clock.sleep(max(SHORTEST, next_turn - clock.now()))


@dataclass(eq=False)
class _Looks:
    """The looks at what bakes: the next one is `due` then, and everything has held `since` then, on the clock.

    What `serves` may not lose all of its instances.
    """

    log: "_BakeLog"
    deadline: float
    since: float
    due: float
    serves: bool
    held: bool = False
    looking: bool = False

    @property
    def opened(self) -> Sequence[OpenWait]:
        """The waits that bake."""
        return [each.item for each in self.log.baked]

    @property
    def is_ready(self) -> bool:
        """Whether all were ready at the last look."""
        return all(isinstance(item.verdict, Ready) for item in self.opened)

    def look(self) -> None:
        """Poll all waits. Raises `FailedError` when one failed, or when what serves was lost."""
        self.looking, clock, notify = True, self.log.clock, self.log.notify
        try:
            for item in self.opened:
                poll_once(item, clock, notify, self.deadline, again=True)
                if self.serves:
                    _check_lost(item, clock, notify)
        finally:
            self.looking = False
        self.log.count_healthy()
        # A failed read does not mean that instances that were ready until then are not ready now.
        self.held = self.is_ready or (self.held and any(item.errors for item in self.opened))
        self.since = self.since if self.held else clock.now()

    def look_if_due(self) -> None:
        """Look while a call pauses, or a check takes its time; does nothing during a look."""
        if not self.looking and self.log.clock.now() >= self.due:
            self.look()
            self.due = self.log.clock.now() + _INTERVAL


@dataclass(eq=False)
class _Baked:
    """One wait of the bake, and the lowest number that was ready at any poll."""

    item: OpenWait
    lowest: int | None = None


@dataclass(eq=False)
class _BakeLog:
    """The log lines of a bake; `since` is when the current count started, on the clock."""

    baked: Sequence[_Baked]
    seconds: float
    clock: Clock
    notify: Notify
    since: float
    why: str = ""
    reported_at: float = 0.0

    def announce_start(self) -> None:
        """Log how long the bake takes, until when, and why."""
        self.reported_at = self.clock.now()
        reason = f", {self.why}" if self.why else ""
        self.notify(Note(f"{self._describe()} for {format_duration(self.seconds)}, until {self._end_time()}{reason}."))

    def count_healthy(self) -> None:
        """Update the lowest number that was ready; a poll that failed does not count."""
        for each in self.baked:
            if not each.item.errors:
                ready = each.item.verdict.ready
                each.lowest = ready if each.lowest is None else min(each.lowest, ready)

    def report_progress(self, since: float, *, ready: bool) -> None:
        """Log a restart, or a heartbeat."""
        now = self.clock.now()
        if not ready:
            self.reported_at = now
        elif since > self.since:
            self.since = self.reported_at = since
            self.notify(
                Note(f"{self._describe()} restarts: {format_duration(self.seconds)}, until {self._end_time()}.")
            )
        elif now - self.reported_at >= HEARTBEAT:
            self.reported_at = now
            for each in self.baked:
                verdict, left = each.item.verdict, self.since + self.seconds - now
                reason = f"steady, {self.why}" if self.why else "steady"
                passed = now - self.since
                self.notify(WaitProgress(_name(each), reason, verdict.ready, verdict.of, passed, left, heartbeat=True))

    def report_end(self) -> None:
        """Log the lowest number that was ready during the bake."""
        for each in self.baked:
            item = each.item
            reason = f"never fewer than {each.lowest} of {item.verdict.of} healthy"
            self.notify(WaitFinished(_name(each), reason, self.clock.now() - item.started, item.polls))

    @contextmanager
    def report_abort(self) -> Iterator[None]:
        """Return a context that reports the bake as failed if it ends with an error, such as a cancel."""
        try:
            yield
        except SpotactionError:
            now = self.clock.now()
            for each in self.baked:
                known = each.lowest is not None and each.item.verdict.of
                seen = f"; never fewer than {each.lowest} of {each.item.verdict.of} healthy" if known else ""
                reason = f"cut short of {format_duration(self.seconds)}{seen}"
                self.notify(WaitFinished(_name(each), reason, now - each.item.started, each.item.polls, failed=True))
            raise

    def _describe(self) -> str:
        names = " and ".join(_name(each) for each in self.baked)
        return names[:1].upper() + names[1:] or "Pause"

    def _end_time(self) -> str:
        left = self.since + self.seconds - self.clock.now()
        return f"{self.clock.time() + timedelta(seconds=left):%H:%M:%S} UTC"


def _name(each: _Baked) -> str:
    return f"bake of {each.item.wait.what.removesuffix(' steady')}"


def _check_lost(item: OpenWait, clock: Clock, notify: Notify) -> None:
    """Raises `FailedError` when nothing has been ready for `_LOST` seconds, or for the `OFTEN`th time."""
    if item.errors:
        return
    if item.verdict.ready or isinstance(item.verdict, Ready):
        item.lost_since = None
        return
    now = clock.now()
    if item.lost_since is None:
        item.lost_since, item.losses = now, item.losses + 1
    if now - item.lost_since >= _LOST or item.losses >= OFTEN:
        again = f" ({item.losses} times so far)" if item.losses >= OFTEN else ""
        reason = f"no healthy instance left{again}: {item.verdict.reason}"
        notify(WaitFinished(item.wait.what, reason, now - item.started, item.polls, failed=True))
        raise FailedError(f"{item.wait.what}: {reason}.")
