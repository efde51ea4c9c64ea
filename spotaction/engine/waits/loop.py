"""The loop behind every wait: ends on a verdict or at the deadline, and reports progress meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from spotaction.documents.wording import format_duration
from spotaction.engine.waits.call_budget import INTERVAL, CallBudget
from spotaction.engine.waits.health import Failed, Ready, Verdict, Waiting
from spotaction.engine.waits.poll_intervals import poll_interval_launching
from spotaction.model.errors import ApiError, FailedError, TimedOutError
from spotaction.model.events import WaitFinished, WaitProgress
from spotaction.model.ports import Clock, Notify

Pace = Callable[[Waiting, float], float]

HEARTBEAT = 60.0
_ERRORS_IN_A_ROW = 3
SHORTEST = 0.05
_NOT_READY = "fix the reasons above; raise steady-state-timeout only if instances need longer to become healthy."
_UNREAD = (
    "what could not be read says nothing about the release: make sure that the reads succeed, then try again; if "
    "Spot's rate limit is the reason, with fewer deployments at a time, or with job-matrix in a matrix."
)


@dataclass(frozen=True)
class Wait:
    """A condition to wait for: `what` appears in the log, `check` returns a verdict and may raise `ApiError`.

    `pace` returns the seconds until the next poll from the verdict and the seconds elapsed; the first poll is after
    `first` seconds. A watched condition that holds is polled every `interval(seconds elapsed)`.
    """

    what: str
    check: Callable[[], Verdict]
    pace: Pace = poll_interval_launching
    first: float = 0.0
    interval: Callable[[float], float] = lambda _elapsed: INTERVAL


@dataclass(eq=False)
class OpenWait:
    """A wait in progress; times are on the clock's `now`."""

    wait: Wait
    started: float
    due: float = 0.0
    before: int | None = None
    polls: int = 0
    errors: int = 0
    verdict: Verdict = field(default_factory=lambda: Waiting("not checked yet"))
    reported: tuple[str, int] | None = None
    reported_at: float = 0.0
    lost_since: float | None = None
    losses: int = 0


def wait_for(
    waits: Sequence[Wait],
    *,
    timeout: float,
    clock: Clock,
    notify: Notify,
    watch: Sequence[Wait] = (),
    budget: CallBudget | None = None,
) -> None:
    """Return once all waits are ready; one loop polls them all.

    `watch` holds conditions that must not fail meanwhile, such as alarms: they are polled in every turn, and while a
    call pauses, but not waited for. Raises `FailedError` when a condition will not become ready, and `TimedOutError`
    after `timeout` seconds, or when the budget of the whole deployment or rollback ends; the last poll is then.
    """
    started, budget = clock.now(), budget or CallBudget()
    timeout = max(0.0, min(timeout, budget.until - started))
    deadline = started + timeout
    opened = [OpenWait(wait, started, started + wait.first) for wait in waits]
    watched = WatchedWaits([OpenWait(wait, started, started + wait.first) for wait in watch], clock, notify, deadline)
    with budget.limited_to(deadline, watched.poll_due):
        while True:
            last = clock.now() >= deadline
            watched.poll_due(force=last)
            for item in opened:
                if last or clock.now() >= item.due:
                    poll_once(item, clock, notify, deadline)
                    item.due = clock.now() + _next_pause(item, clock.now() - started)
            left = [item.due for item in opened if not isinstance(item.verdict, Ready)]
            if not left:
                return
            if last:
                give_up(opened, timeout, clock, notify)
            clock.sleep(max(SHORTEST, min(*left, *watched.due, deadline) - clock.now()))


@dataclass(eq=False)
class WatchedWaits:
    """Conditions that must not fail during a wait; `poll_due` may also run while one of the wait's calls pauses."""

    items: Sequence[OpenWait]
    clock: Clock
    notify: Notify
    deadline: float
    polling: bool = False

    @property
    def due(self) -> list[float]:
        """When each is to be polled next, on the clock's `now`."""
        return [item.due for item in self.items]

    def poll_due(self, *, force: bool = False) -> None:
        """Poll the conditions that are due, or all of them; does nothing while it is already running.

        Raises `FailedError` when one failed.
        """
        if self.polling:
            return
        self.polling = True
        try:
            for item in self.items:
                if force or self.clock.now() >= item.due:
                    poll_once(item, self.clock, self.notify, self.deadline, again=True)
                    item.due = self.clock.now() + _next_pause(item, self.clock.now() - item.started)
        finally:
            self.polling = False


def poll_once(item: OpenWait, clock: Clock, notify: Notify, deadline: float, *, again: bool = False) -> None:
    """Poll a wait once and report what changed; one that is ready is polled again only with `again`.

    Raises `FailedError` when the verdict is `Failed`.
    """
    if isinstance(item.verdict, Ready) and not again:
        return
    item.polls += 1
    item.verdict = _run_check(item)
    now = clock.now()
    match item.verdict:
        case Ready(reason):
            if not again:
                notify(WaitFinished(item.wait.what, reason, now - item.started, item.polls))
            item.reported = None
        case Failed(reason):
            notify(WaitFinished(item.wait.what, reason, now - item.started, item.polls, failed=True))
            raise FailedError(f"{item.wait.what}: {reason}.")
        case Waiting(reason, ready, of):
            changed = item.reported != (reason, ready)
            if changed or now - item.reported_at >= HEARTBEAT:
                notify(
                    WaitProgress(item.wait.what, reason, ready, of, now - item.started, deadline - now, not changed),
                )
                item.reported, item.reported_at = (reason, ready), now


def _run_check(item: OpenWait) -> Verdict:
    """Return the check's verdict; an API error is a reason to wait, unless it is permanent and repeats."""
    try:
        verdict = item.wait.check()
    except ApiError as error:
        item.errors += 1
        if not error.retryable and item.errors >= _ERRORS_IN_A_ROW:
            return Failed(f"{error} ({item.errors} times in a row)")
        return Waiting(f"could not be read: {error.message}", item.verdict.ready, item.verdict.of)
    item.errors = 0
    return verdict


def _next_pause(item: OpenWait, elapsed: float) -> float:
    """Each wait keeps its own pace: a slow one neither delays a fast one nor makes as many calls."""
    if not isinstance(item.verdict, Waiting):
        return item.wait.interval(elapsed)
    if item.before is None:
        item.before = item.verdict.ready
    # Instances that were already healthy do not count towards the progress of the new ones.
    verdict, before = item.verdict, min(item.before, item.verdict.ready)
    fresh = replace(verdict, ready=verdict.ready - before, of=verdict.of - before, launched=verdict.launched - before)
    return item.wait.pace(fresh, elapsed)


def give_up(opened: Sequence[OpenWait], timeout: float, clock: Clock, notify: Notify) -> None:
    """Raise `TimedOutError` with the last reason of each wait that is not ready."""
    late = [item for item in opened if not isinstance(item.verdict, Ready)]
    for item in late:
        notify(WaitFinished(item.wait.what, item.verdict.reason, clock.now() - item.started, item.polls, failed=True))
    last = "; ".join(_last_verdict(item) for item in late) or "Everything was ready at the end, but not for long enough"
    unread = bool(late) and all(item.errors for item in late)
    raise TimedOutError(
        f"Timed out after {format_duration(timeout)}. {last}.", next_step=_UNREAD if unread else _NOT_READY
    )


def _last_verdict(item: OpenWait) -> str:
    count = f"{item.verdict.ready} of {item.verdict.of}, " if item.verdict.of else ""
    return f"{item.wait.what}: {count}{item.verdict.reason}"
