"""The gate that a run passes before it changes more than its own new group: of several on one app, one gets through.

Spot has no conditional create, names are not unique, and lists lag. So the lock rests on one assumption: whatever was
written `LIST_LAG` seconds ago, everybody reads. Each run writes a mark with its own nonce, waits, and reads: who made
the group for `LIST_LAG`, who takes over a mark that others may take over, too, for `TAKE_OVER_WAIT`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.model import marker
from spotaction.model.deployment import Deployment
from spotaction.model.errors import ApiError, ConflictError, FailedError, TakenOverError, TimedOutError
from spotaction.model.events import GroupDeleted, ManualActionNeeded, WarningEvent
from spotaction.model.marker import State
from spotaction.model.ports import LIST_LAG, TAKE_OVER_TIME, TAKE_OVER_WAIT
from spotaction.model.resources import Group, GroupId

_FRESH = 5.0  # seconds for which a look at our own mark counts


@dataclass(frozen=True)
class Gate:
    """The gate of one deployment; `context` has the unguarded ports; `deployment.lock` holds what is known.

    Raises `ConflictError` where an older deployment of the app is open: ours has changed nothing but its own group, and
    removes that. Raises `TakenOverError` where the deployment is not ours any more, or may not be.
    """

    deployment: Deployment
    context: DeployContext

    @property
    def passed(self) -> bool:
        """Whether this run may change more than the new group."""
        return bool(self.deployment.nonce) and self.deployment.gate_passed_by == self.deployment.nonce

    @property
    def took_over(self) -> bool:
        """Whether another run created the new group, so that it is ours only once our nonce stays in its mark."""
        created = self.deployment.gate_passed_by in {"", self.deployment.nonce}
        return self.deployment.lock.replaces is not None or not created

    def enter(self) -> bool:
        """Before the app's groups or routes are changed; the answer is whether time passed, so that reads are old."""
        if self.passed:
            if self._now() - self.deployment.lock.checked_at > _FRESH:
                self._require_ours(self._own_group())
            return False
        waited = self._wait_for_lists()
        for group in duplicate_groups(self.deployment, self._look_for_others()):
            remove_double(group, self.context)
        self.deployment.gate_passed_by = self.deployment.nonce
        self.context.save(self.deployment)
        return waited

    def enter_own(self) -> bool:
        """Before the new group shrinks or goes; the answer is whether time passed.

        One that this run created is its own; one that it took over is, once its nonce has stayed in the mark and nobody
        has come in since: it may be what another run's deployment is to replace.
        """
        if not self.took_over or self.passed or self.deployment.lock.own_confirmed:
            return False
        waited = self._wait_for_lists()
        self._look_for_others()
        self.deployment.lock.own_confirmed = True
        return waited

    def _look_for_others(self) -> Sequence[Group]:
        """The account's groups, if by them nobody else goes on instead of this run; else raises."""
        groups = self.context.groups.all()
        own = self._own_group(groups)
        self._require_ours(own)
        self._yield_to(find_rival(self.deployment, groups, self.context.options.stage_suffix), own)
        return groups

    def _wait_for_lists(self) -> bool:
        """Until our mark is in everybody's list; the answer is whether there was anything to wait for.

        It costs nothing where instances take longer than that to boot.
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
            raise TimedOutError(
                f"The deployment has {max(allowed, 0.0):.0f} s left, and it has to wait for {left:.0f} s to know that "
                f"no other run deploys {self.deployment.app}.",
                next_step="raise timeout (and the job's timeout-minutes), or shorten bakes and delays.",
            )
        why = f"Spot may list the group of another run up to {LIST_LAG:.0f} s late"
        if lock.replaces is not None:
            why = f"where another run takes over as well, the mark may show it only {TAKE_OVER_WAIT:.0f} s later"

        def check() -> Verdict:
            return Ready("any would show by now") if self._now() >= until else Waiting(why)

        wait = Wait(f"{self.deployment.app}: no other run", check, lambda _verdict, _elapsed: until - self._now())
        watch = () if self.context.call_budget.hurried else self.context.alarm_watch()
        clock, notify, pauses = self.context.clock, self.context.notify, self.context.call_budget
        wait_for([wait], timeout=left, clock=clock, notify=notify, watch=watch, pauses=pauses)
        return True

    def _write_own_nonce(self) -> None:
        """Our own nonce into the mark of the group that is taken over, where that could not be written before."""
        asked, own = self._now(), self._own_group()
        if own is None:
            return
        if is_locked_by_another(own, self.deployment):
            raise taken_over_error(own, self.deployment)
        self.context.groups.update(
            own.id, description=marker.write_marker(self.deployment, State.RUNNING, own.description)
        )
        self.note_marked(own, asked)

    def is_taking_over(self, group: Group) -> bool:
        """Whether our nonce is still to be written into the marker of the new group, which another run created."""
        new = self.deployment.new
        ours = _nonce_of(group) == self.deployment.nonce
        return self.deployment.lock.replaces is not None and new is not None and group.id == new.id and not ours

    def note_marked(self, before: Group, asked: float) -> None:
        """Our nonce is in the new group's mark, which was read from `asked` on: from now on others may read it.

        Raises `TakenOverError` where that took so long that whoever else took over may know nothing of it.
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
                f"It took {now - asked:.0f} s to write this run's mark into {before.name} ({before.id}), so another "
                f"run may have taken over the deployment of {self.deployment.app} without knowing of this one.",
                next_step=f"see that no other run is at work, then run this one again (force: true) after "
                f"{TAKE_OVER_WAIT:.0f} s.",
            )

    def _own_group(self, groups: Sequence[Group] = ()) -> Group | None:
        new = self.deployment.new
        if new is None:
            return None
        listed = next((group for group in groups if group.id == new.id), None)
        return listed or self.context.groups.get(new.id)

    def _require_ours(self, own: Group | None) -> None:
        """Whose nonce is in the new group's mark goes on; where none can be read, nobody else is known to have it."""
        self.deployment.lock.checked_at = self._now()
        if own is not None and _nonce_of(own) not in {"", self.deployment.nonce}:
            raise taken_over_error(own, self.deployment)

    def _yield_to(self, other: Group | None, own: Group | None) -> None:
        if other is None:
            return
        if own is None or not self.took_over:
            raise conflict_error(other, self.deployment)
        self._give_back(own)
        raise TakenOverError(
            f"{name_run(other, self.deployment)} deploys {self.deployment.app} since this run began "
            f"({other.name}, {other.id}).",
            next_step="let it finish, then run this one again.",
        )

    def _give_back(self, own: Group) -> None:
        """The mark as it was before this run took over: nobody is at work on that deployment."""
        before = self.deployment.lock.marker_before
        if not before:
            return
        try:
            self.context.groups.update(own.id, description=marker.carry(before, own.description))
        except ApiError as error:
            what = f"the mark of {own.name} ({own.id}) still says that this run is at work"
            self.context.notify(ManualActionNeeded(what, str(error), "run this action again with force: true"))

    def _now(self) -> float:
        return self.context.clock.now()


def find_rival(deployment: Deployment, groups: Sequence[Group], suffix: str) -> Group | None:
    """The group of the run that goes on instead of ours; None where ours does.

    Of open deployments the oldest goes on, by Spot's `createdAt`, then by id. A mark that cannot be read counts as
    open. One that came to its end since `lock.known` were listed changed what ours builds on. Who takes over a
    deployment yields to everybody who came in since, younger ones too: they may not have seen that it is open again.
    """
    own = next((group for group in groups if deployment.new and group.id == deployment.new.id), None)
    others = [g for g in groups if g is not own and marked_groups.is_apps(g, deployment.app, suffix)]
    found = (group for group in sorted(others, key=_age_key) if _goes_first(group, own, deployment))
    return next(found, None)


def duplicate_groups(deployment: Deployment, groups: Sequence[Group]) -> Iterator[Group]:
    """Groups beside the new one that bear our own nonce."""
    own = deployment.new.id if deployment.new else None
    for group in groups:
        if deployment.nonce and group.id != own and _nonce_of(group) == deployment.nonce:
            yield group


def remove_double(group: Group, context: DeployContext) -> None:
    """Delete a group that our create made twice, and tell; one that somebody scaled up is left for a person."""
    what = f"{group.name} ({group.id}) was created twice by this deployment, since Spot's answer to the first was lost"
    if group.capacity.target > 0:
        raise FailedError(
            f"{what}, and somebody scaled it up.", next_step=f"find out who uses {group.id}, and delete it."
        )
    context.notify(WarningEvent(f"{what}: the second one is deleted."))
    context.groups.delete(group.id)
    context.notify(GroupDeleted(group.id, group.name))


def is_locked_by_another(group: Group, deployment: Deployment) -> bool:
    """Whether the group's mark is open and not ours: nobody but its run may scale, rename or delete it.

    A mark that cannot be read counts as one. The new group is ours if no other nonce is in its mark.
    """
    nonce = _nonce_of(group)
    if deployment.new is not None and group.id == deployment.new.id:
        return nonce not in {"", deployment.nonce, deployment.lock.replaces or ""}
    mark = marker.read_marker(group.description)
    opened = mark.is_open if mark is not None else marker.is_broken(group.description)
    return opened and not (nonce and nonce == deployment.nonce)


def conflict_error(other: Group, deployment: Deployment) -> ConflictError:
    """Another run came first."""
    mark = marker.read_marker(other.description)
    how = "deployed it meanwhile" if mark is not None and not mark.is_open else "began to deploy it before"
    let_it = "let that run finish, then run this one again; nothing but its own group was changed."
    take_out = "see whose group it is; once no run is deploying, take the part [spotaction … out of its description."
    return ConflictError(
        f"This run yields and takes its own group of {deployment.app} back: {name_run(other, deployment)} {how} "
        f"({other.name}, {other.id}).",
        next_step=let_it if mark is not None else take_out,
    )


def taken_over_error(own: Group, deployment: Deployment) -> TakenOverError:
    """Another run wrote its nonce into our group's mark."""
    return TakenOverError(
        f"{name_run(own, deployment)} took over the deployment of {deployment.app}: the mark of {own.name} ({own.id}) "
        "is that run's.",
        next_step="look at that run; this one leaves everything as it is.",
    )


def name_run(group: Group, deployment: Deployment) -> str:
    """The run that left a group's mark, as a person finds it."""
    mark = marker.read_marker(group.description)
    if mark is None:
        return "a run whose mark cannot be read"
    return marked_groups.MarkedGroup(group, mark).run_url(deployment.run) or f"run {mark.run.id or 'unknown'}"


def _goes_first(group: Group, own: Group | None, deployment: Deployment) -> bool:
    lock, mark = deployment.lock, marker.read_marker(group.description)
    came_in = group.id not in lock.known
    if is_locked_by_another(group, deployment):
        return came_in if lock.replaces is not None else own is None or _age_key(group) < _age_key(own)
    return bool(lock.known) and came_in and mark is not None and not mark.is_open


def _nonce_of(group: Group) -> str:
    return marker.read_fields(group.description).get("n", "")


def _age_key(group: Group) -> tuple[datetime, GroupId]:
    return group.created_at, group.id
