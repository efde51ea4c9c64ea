"""The gate that a run passes before it changes anything but its own new group: of several runs on one app, one passes.

Spot has no conditional create, names are not unique, and lists lag. So the lock rests on one assumption: a write shows
in every read after `LIST_LAG` seconds. Each run writes a marker with its own nonce, waits, and reads. A run that made
the group waits for `LIST_LAG`; one that takes over a marker, which others may take over as well, for `TAKE_OVER_WAIT`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from spotaction.documents.wording import format_duration
from spotaction.engine import marked_groups
from spotaction.engine.context import RAISE_TIMEOUT, DeployContext
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.model import marker
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, ConflictError, FailedError, TakenOverError, TimedOutError
from spotaction.model.events import GroupDeleted, ManualActionNeeded, WarningEvent
from spotaction.model.marker import State
from spotaction.model.ports import LIST_LAG, TAKE_OVER_TIME, TAKE_OVER_WAIT
from spotaction.model.resources import Group, GroupId

_FRESH = 5.0  # seconds for which a read of our own marker counts


@dataclass(frozen=True)
class Gate:
    """The gate of one deployment, with `context`'s unguarded ports; `deployment.lock` holds its state.

    Raises `ConflictError` when an older deployment of the app is open: this one has only changed its own group, and
    removes that. Raises `TakenOverError` when this run no longer holds the deployment, or may not.
    """

    deployment: Deployment
    context: DeployContext

    @property
    def passed(self) -> bool:
        """Whether this run may change more than the new group."""
        return bool(self.deployment.nonce) and self.deployment.gate_passed_by == self.deployment.nonce

    @property
    def took_over(self) -> bool:
        """Whether another run created the new group, so that it is ours only once our nonce stays in its marker."""
        created = self.deployment.gate_passed_by in {"", self.deployment.nonce}
        return self.deployment.lock.replaces is not None or not created

    def enter(self) -> bool:
        """Pass the gate before the app's groups or routes are changed.

        Returns whether time passed, so that the caller has to read again. Raises `ConflictError`, `TakenOverError` or
        `TimedOutError`.
        """
        if self.passed:
            if self._now() - self.deployment.lock.checked_at > _FRESH:
                self._require_ours(self._own_group())
            return False
        waited = self._wait_for_lists()
        for group in duplicate_groups(self.deployment, self._require_no_rival()):
            remove_duplicate(group, self.context)
        self.deployment.gate_passed_by = self.deployment.nonce
        self.context.save(self.deployment)
        return waited

    def enter_own(self) -> bool:
        """Pass the gate before the new group is scaled down, renamed or deleted. Returns and raises like `enter`.

        A group that this run created needs no wait. One that it took over is ours once our nonce has stayed in the
        marker and no other run has started since: that run may be about to replace the group.
        """
        if not self.took_over or self.passed or self.deployment.lock.own_confirmed:
            return False
        waited = self._wait_for_lists()
        self._require_no_rival()
        self.deployment.lock.own_confirmed = True
        return waited

    def _require_no_rival(self) -> Sequence[Group]:
        """Return the account's groups; raises when they show that another run goes first."""
        asked = self._now()
        groups = self.context.groups.all()
        self.note_own_groups(groups, asked)
        own = self._own_group(groups)
        self._require_ours(own)
        self._yield_to(find_rival(self.deployment, groups), own)
        return groups

    def _wait_for_lists(self) -> bool:
        """Wait until every list must show our marker; return whether there was anything to wait for.

        If instances take longer than that to boot, this takes no time.
        """
        lock = self.deployment.lock
        if lock.replaces is not None and lock.marked_at is None:
            self._write_own_nonce()
        lock.marked_at = self._now() if lock.marked_at is None else lock.marked_at
        until = lock.marked_at + (LIST_LAG if lock.replaces is None else TAKE_OVER_WAIT)
        left, allowed = until - self._now(), self.context.call_budget.until - self._now()
        if left <= 0:
            return False
        if left > allowed:
            has, needs = format_duration(max(allowed, 0.0)), format_duration(left)
            raise TimedOutError(
                f"The deployment has {has} left, but it must wait {needs} to rule out that another run is deploying "
                f"{self.deployment.app}.",
                next_step=RAISE_TIMEOUT,
            )
        why, done = f"Spot may list another run's group up to {LIST_LAG:.0f} s late", "listed"
        if lock.replaces is not None:
            why, done = f"another run's take-over may show up to {TAKE_OVER_WAIT:.0f} s late", "visible"

        def check() -> Verdict:
            return Ready(f"any other run's group would be {done} by now") if self._now() >= until else Waiting(why)

        wait = Wait(f"{self.deployment.app}: other runs", check, lambda _verdict, _elapsed: left)
        watch = () if self.context.call_budget.hurried else self.context.alarm_watch()
        clock, notify, budget = self.context.clock, self.context.notify, self.context.call_budget
        wait_for([wait], timeout=left, clock=clock, notify=notify, watch=watch, budget=budget)
        return True

    def _write_own_nonce(self) -> None:
        """Write our nonce into the marker of the group that is taken over, if that was not possible before."""
        asked, own = self._now(), self._own_group()
        if own is None:
            return
        if is_locked_by_another(own, self.deployment):
            raise taken_over_error(own, self.deployment)
        self.context.groups.update(
            own.id, description=marker.write_marker(self.deployment, State.RUNNING, own.description)
        )
        self.note_marker_written(own, asked)

    def is_taking_over(self, group: Group) -> bool:
        """Whether our nonce is still to be written into the marker of the new group, which another run created."""
        new = self.deployment.new
        ours = _nonce_of(group) == self.deployment.nonce
        return self.deployment.lock.replaces is not None and new is not None and group.id == new.id and not ours

    def note_marker_written(self, before: Group, asked: float) -> None:
        """Record that our nonce is in the new group's marker, which was read at `asked` (on the clock's `now`).

        Raises `TakenOverError` when that took so long that another run may have taken over without seeing it.
        """
        lock, now = self.deployment.lock, self._now()
        if lock.marked_at is not None and _nonce_of(before) == self.deployment.nonce:
            return
        lock.marked_at = now
        if lock.replaces is None or _nonce_of(before) == self.deployment.nonce:
            return
        lock.marker_before = before.description
        if now - asked > TAKE_OVER_TIME:
            raise TakenOverError(
                f"Writing this run's marker to {before.name} ({before.id}) took {now - asked:.0f} s, so another run "
                f"may have taken over the deployment of {self.deployment.app} as well.",
                next_step=f"make sure that no other run is active, then run this one again (allow: take-over) after "
                f"{TAKE_OVER_WAIT:.0f} s.",
            )

    def note_own_groups(self, groups: Sequence[Group], asked: float) -> None:
        """Remember this deployment's groups from a list that was requested at `asked`, so that none is read again."""
        own = {ref.id for ref in (self.deployment.new, self.deployment.snapshot.old) if ref is not None}
        self.context.health_cache.note_groups((group for group in groups if group.id in own), asked, self._now())

    def _own_group(self, groups: Sequence[Group] = ()) -> Group | None:
        new = self.deployment.new
        if new is None:
            return None
        listed = next((group for group in groups if group.id == new.id), None)
        return listed or self.context.groups.get(new.id)

    def _require_ours(self, own: Group | None) -> None:
        """Raise if the new group's marker has another run's nonce; an unreadable one does not count."""
        self.deployment.lock.checked_at = self._now()
        if own is not None and _nonce_of(own) not in {"", self.deployment.nonce}:
            raise taken_over_error(own, self.deployment)

    def _yield_to(self, other: Group | None, own: Group | None) -> None:
        if other is None:
            return
        if own is None or not self.took_over:
            raise conflict_error(other, self.deployment)
        self._restore_marker(own)
        raise TakenOverError(
            f"{name_run(other, self.deployment)} started deploying {self.deployment.app} after this run started "
            f"({other.name}, {other.id}).",
            next_step="let it finish, then run this one again.",
        )

    def _restore_marker(self, own: Group) -> None:
        """Restore the marker from before this run took over: no run is working on that deployment."""
        before = self.deployment.lock.marker_before
        if not before:
            return
        try:
            self.context.groups.update(own.id, description=marker.carry(before, own.description))
        except ApiError as error:
            what = f"the marker of {own.name} ({own.id}) still names this run as active"
            self.context.notify(ManualActionNeeded(what, str(error), "run this action again with allow: take-over"))

    def _now(self) -> float:
        return self.context.clock.now()


def find_rival(deployment: Deployment, groups: Sequence[Group]) -> Group | None:
    """Return the group of the run that continues instead of ours, or None if ours continues.

    Of open deployments the oldest continues, by Spot's `createdAt`, then by id. An unreadable marker counts as open. A
    deployment that finished since `lock.known` was listed goes first, too: it changed what ours builds on. A run that
    takes over yields to every run that started since, even younger ones, which may not know that it is open again.
    """
    own = next((group for group in groups if deployment.new and group.id == deployment.new.id), None)
    others = [g for g in groups if g is not own and marked_groups.is_group_of(g, deployment.app)]
    found = (group for group in sorted(others, key=_age_key) if _goes_first(group, own, deployment))
    return next(found, None)


def duplicate_groups(deployment: Deployment, groups: Sequence[Group]) -> Iterator[Group]:
    """Yield the groups other than the new one that carry our nonce, except the old one: somebody copied it there."""
    own = deployment.new.id if deployment.new else None
    for group in groups:
        copied = group.id == own or marked_groups.is_copied(group)
        if deployment.nonce and not copied and _nonce_of(group) == deployment.nonce:
            yield group


def remove_duplicate(group: Group, context: DeployContext) -> None:
    """Delete a group that our create made twice, with a warning. Raises `FailedError` if it has been scaled up."""
    what = f"{group.name} ({group.id}) duplicates this deployment's group: Spot's response to its creation was lost"
    if group.capacity.target > 0:
        raise FailedError(
            f"{what}, and it has been scaled up.", next_step=f"find out what uses {group.id}, then delete it."
        )
    context.notify(WarningEvent(f"{what}. Deleting it."))
    context.groups.delete(group.id)
    context.notify(GroupDeleted(group.id, group.name))


def is_locked_by_another(group: Group, deployment: Deployment) -> bool:
    """Whether the group's marker is open and another run's: only that run may scale, rename or delete the group.

    An unreadable marker counts as open. The new group is ours unless its marker has another nonce.
    """
    nonce = _nonce_of(group)
    if deployment.new is not None and group.id == deployment.new.id:
        return nonce not in {"", deployment.nonce, deployment.lock.replaces or ""}
    mark = marker.read_marker(group.description)
    opened = mark.is_open if mark is not None else marker.is_broken(group.description)
    return opened and not (nonce and nonce == deployment.nonce)


def conflict_error(other: Group, deployment: Deployment) -> ConflictError:
    """Return the error of a run that yields to the run of the group `other`."""
    mark = marker.read_marker(other.description)
    how = "deployed it meanwhile" if mark is not None and not mark.is_open else "started deploying it earlier"
    rerun = "let that run finish, then run this one again; only this run's own group was changed."
    clear = "check whose group it is; once no run is deploying, remove the text [spotaction … from its description."
    return ConflictError(
        f"This run yields and removes its own group of {deployment.app}: {name_run(other, deployment)} {how} "
        f"({other.name}, {other.id}).",
        next_step=rerun if mark is not None else clear,
    )


def taken_over_error(own: Group, deployment: Deployment) -> TakenOverError:
    """Return the error for another run's nonce in our group's marker."""
    return TakenOverError(
        f"{name_run(own, deployment)} took over the deployment of {deployment.app}: the marker of {own.name} "
        f"({own.id}) now belongs to that run.",
        next_step="follow that run; this one makes no further changes.",
    )


def name_run(group: Group, deployment: Deployment) -> str:
    """Return the URL of the run that wrote a group's marker, or its id if there is no URL."""
    mark = marker.read_marker(group.description)
    if mark is None:
        return "a run with an unreadable marker"
    return marked_groups.MarkedGroup(group, mark).name_run(deployment.run)


def _goes_first(group: Group, own: Group | None, deployment: Deployment) -> bool:
    lock, mark = deployment.lock, marker.read_marker(group.description)
    is_new = group.id not in lock.known
    if is_locked_by_another(group, deployment):
        return is_new if lock.replaces is not None else own is None or _age_key(group) < _age_key(own)
    return bool(lock.known) and is_new and mark is not None and not mark.is_open


def _nonce_of(group: Group) -> str:
    return marker.read_fields(group.description).get("n", "")


def _age_key(group: Group) -> tuple[datetime, GroupId]:
    return group.created_at, group.id
