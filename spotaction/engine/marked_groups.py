"""Which deployment holds an app, by the markers of its groups, before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, Run
from spotaction.model.errors import ConflictError, RefusedError
from spotaction.model.marker import Marker, State
from spotaction.model.resources import AppName, Group, GroupId


@dataclass(frozen=True)
class MarkedGroup:
    """A group of the app and the marker in its description."""

    group: Group
    marker: Marker

    @property
    def is_open(self) -> bool:
        """Whether the marker's deployment is unfinished."""
        return self.marker.is_open

    def is_alive(self, now: float) -> bool:
        """Whether the marker's run may still be active at `now` (epoch seconds): until its deadline has passed."""
        return self.marker.state is State.RUNNING and self.marker.deadline > now

    def name_run(self, run: Run) -> str:
        """Return the URL of the marker's run, on the server of `run`; its id if there is no URL."""
        return replace(self.marker.run, server=run.server).url or f"run {self.marker.run.id or 'unknown'}"


def is_group_of(group: Group, app: AppName) -> bool:
    """Whether a group belongs to the app, by the app in its marker or else by its name.

    `web__1` may be a version of `web` or another app: only its marker tells.
    """
    app_digest = marker.read_fields(group.description).get("a")
    return app_digest == marker.digest(app) if app_digest else naming.is_app_group_name(app, group.name)


def without_other_apps(groups: Iterable[Group], app: AppName) -> tuple[Group, ...]:
    """Return the groups whose marker does not name another app, whatever their names."""
    return tuple(group for group in groups if not is_group_of_other_app(group, app))


def is_group_of_other_app(group: Group, app: AppName) -> bool:
    """Whether the marker of a group names another app."""
    return marker.read_fields(group.description).get("a", "") not in {"", marker.digest(app)}


def marked_groups(groups: Sequence[Group], app: AppName) -> tuple[MarkedGroup, ...]:
    """Return the app's groups that have a readable marker of their own, the youngest group first."""
    mine = [group for group in groups if is_group_of(group, app) and not is_unreadable(group)]
    found = [MarkedGroup(group, mark) for group in mine if (mark := marker.read_marker(group.description))]
    return tuple(sorted(found, key=lambda marked: (marked.group.created_at, marked.group.id), reverse=True))


def unreadable_markers(groups: Sequence[Group], app: AppName) -> tuple[Group, ...]:
    """Return the app's groups whose marker is truncated, in an unknown format, or another group's."""
    return tuple(group for group in groups if is_group_of(group, app) and is_unreadable(group))


def is_unreadable(group: Group) -> bool:
    """Whether a group has a marker that does not tell about its deployment: a broken one, or another group's."""
    return marker.is_broken(group.description) or is_copied(group)


def is_copied(group: Group) -> bool:
    """Whether a group has the marker of the group that replaced it: it names the group itself as the old one."""
    mark = marker.read_marker(group.description)
    return mark is not None and mark.old is not None and mark.old.id == group.id


def from_record(record: Deployment, groups: Sequence[Group]) -> MarkedGroup | None:
    """Return a record's group with the marker it should have, for when that is missing or truncated.

    None if the group does not exist, or if the rest of its marker is another run's.
    """
    group = next((group for group in groups if _is_of(record, group)), None)
    return MarkedGroup(group, marker.marker_from_record(record)) if group is not None else None


def require_unlocked(found: Sequence[MarkedGroup], *, app: AppName, run: Run, now: float) -> None:
    """Raise `ConflictError` if another run is deploying the app, or a deployment of it was left half-way.

    `now` is in epoch seconds.
    """
    for marked in (marked for marked in found if marked.is_open):
        by = marked.name_run(run)
        group = f"{marked.group.name} ({marked.group.id})"
        if marked.is_alive(now) and not marked.marker.is_of(run):
            raise ConflictError(
                f"{app} is being deployed by {by} (group {group}).",
                next_step="wait for that run (on-conflict: wait 30m does this) or cancel it; if it is dead, take over "
                "with allow: take-over and operation: continue or operation: rollback.",
            )
        verb = "stopped" if marked.marker.state is State.STOPPED else "died"
        raise ConflictError(
            f"A deployment of {app} by {by} {verb} half-way (group {group}).",
            next_step="run operation: continue to finish it, or operation: rollback to revert it.",
        )


def open_deployment(
    found: Sequence[MarkedGroup],
    *,
    app: AppName,
    run: Run,
    now: float,
    dead: bool,
    new: GroupId | None = None,
    started_by: Run | None = None,
    nonce: str = "",
) -> MarkedGroup | None:
    """Return the open deployment to continue or roll back, or None if none is open.

    `new` is its group; a record that does not know the group gives `started_by` and `nonce` of its run instead. Raises
    `ConflictError` if a run may still be working on the app, unless it is known to be `dead`, and `RefusedError` if it
    is unclear which deployment is meant.
    """
    opened = [marked for marked in found if marked.is_open]
    for marked in opened:
        if marked.is_alive(now) and not marked.marker.is_of(run) and not dead:
            raise ConflictError(
                f"{app} is being deployed by {marked.name_run(run)} "
                f"(group {marked.group.name}, {marked.group.id}); its deadline has not passed.",
                next_step="wait for that run or cancel it; if it is dead, allow: take-over takes over.",
            )
    meant = [marked for marked in opened if _is_meant(marked, new, started_by, nonce)]
    if len(meant) == 1 or not opened:
        return meant[0] if meant else None
    names = ", ".join(f"{marked.group.name} ({marked.group.id})" for marked in meant or opened)
    if meant:
        last = max(meant, key=lambda marked: (marked.group.created_at, marked.group.id)).group
        raise RefusedError(
            f"More than one deployment of {app} is open: {names}.",
            next_step="pass the output `deployment` of the one you mean (to undo them all, begin with the youngest, "
            f"{last.name} ({last.id})); or remove the text [spotaction … from the descriptions of the others (in the "
            "Spot console), and run again.",
        )
    raise RefusedError(
        f"A deployment of {app} other than the one in the input deployment stopped half-way: {names}.",
        next_step="finish that one first (operation: continue or operation: rollback, without the input deployment).",
    )


def marker_of_run(
    found: Sequence[MarkedGroup], run: Run, new: GroupId | None = None, nonce: str = ""
) -> MarkedGroup | None:
    """Return the group that a run marked: `new` if that is known, else by its nonce, else by its job.

    By its job, only a marker of this very attempt that still says the run is active counts: an earlier attempt may have
    left a deployment half-way, which this one did not touch. Returns None if there is none.
    """
    if new is not None:
        return next((marked for marked in found if marked.group.id == new), None)
    if nonce:
        return next((marked for marked in found if marked.marker.nonce == nonce), None)
    mine = (each for each in found if each.marker.run.attempt == run.attempt and each.marker.is_of_job(run))
    return next((each for each in mine if each.marker.state is State.RUNNING), None)


def last_finished(found: Sequence[MarkedGroup]) -> MarkedGroup | None:
    """Return the group that serves now: of the youngest finished (or restored) deployment; None if there is none."""
    done = [marked for marked in found if not marked.is_open]
    return max(done, key=lambda marked: (marked.group.created_at, marked.group.id), default=None)


def finished_instead(deployment: Deployment, groups: Sequence[Group]) -> Group | None:
    """Return the group of another deployment of the app that finished with the same old group, or None."""
    old, new = deployment.snapshot.old, deployment.new
    own = {ref.id for ref in (old, new) if ref is not None}
    for other in marked_groups(groups, deployment.app):
        replaced = other.marker.old.id if other.marker.old else None
        same = replaced == (old.id if old is not None else None)
        if same and other.marker.state is State.COMPLETED and other.group.id not in own:
            return other.group
    return None


def other_owner(deployment: Deployment, group: Group) -> str:
    """Return the other app or repository that a group's marker names; empty for none, or for the deployment's groups.

    The old group counts as the deployment's own whoever deployed it: a repository or app may have been renamed.
    """
    own = {ref.id for ref in (deployment.new, deployment.snapshot.old) if ref is not None}
    if group.id in own:
        return ""
    fields = marker.read_fields(group.description)
    whose, ours = fields.get("g", ""), deployment.run.repository
    if is_group_of_other_app(group, deployment.app):
        return f"another app (of {whose})" if whose else "another app"
    return whose if ours and whose != ours else ""


def _is_of(record: Deployment, group: Group) -> bool:
    if is_copied(group):
        return False
    nonce = marker.read_fields(group.description).get("n", "")
    if nonce and record.nonce:
        return nonce == record.nonce
    return record.new is not None and group.id == record.new.id


def _is_meant(marked: MarkedGroup, new: GroupId | None, started_by: Run | None, nonce: str) -> bool:
    if new is not None:
        return marked.group.id == new
    if started_by is None:
        return True
    return marked.marker.nonce == nonce if marked.marker.nonce and nonce else marked.marker.is_of_run(started_by)
