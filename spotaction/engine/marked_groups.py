"""Which deployment holds an app: read from the marks that groups carry, and decided before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, Run
from spotaction.model.errors import ConflictError, RefusedError
from spotaction.model.marker import Marker, State
from spotaction.model.resources import AppName, Group, GroupId


@dataclass(frozen=True)
class MarkedGroup:
    """A group of this app and the mark in its description."""

    group: Group
    mark: Marker

    @property
    def is_open(self) -> bool:
        """Whether the deployment that left the mark has not come to its end."""
        return self.mark.is_open

    def is_alive(self, now: float) -> bool:
        """Whether its run may still be at work: a live mark older than its own deadline counts as dead."""
        return self.mark.state is State.RUNNING and self.mark.deadline > now

    def run_url(self, run: Run) -> str:
        """Where to look for the run that left the mark; `run` says which server."""
        return replace(self.mark.run, server=run.server).url


def is_apps(group: Group, app: AppName, suffix: str) -> bool:
    """Whether a group is of this app: by the app in its mark, else by its name.

    `web__1` may be a version of `web`, or an app of its own: only its mark can tell.
    """
    marked = marker.read_fields(group.description).get("a")
    return marked == marker.digest(app) if marked else naming.is_app_group_name(app, group.name, suffix)


def without_other_apps(groups: Iterable[Group], app: AppName) -> tuple[Group, ...]:
    """The groups that no mark gives to another app, whatever they are called."""
    return tuple(group for group in groups if not is_another_apps(group, app))


def is_another_apps(group: Group, app: AppName) -> bool:
    """Whether the mark of a group gives it to another app."""
    return marker.read_fields(group.description).get("a", "") not in {"", marker.digest(app)}


def marked_groups(groups: Sequence[Group], app: AppName, suffix: str) -> tuple[MarkedGroup, ...]:
    """Every mark on the app's groups, the youngest group first."""
    mine = [group for group in groups if is_apps(group, app, suffix)]
    found = [MarkedGroup(group, mark) for group in mine if (mark := marker.read_marker(group.description))]
    return tuple(sorted(found, key=lambda claim: (claim.group.created_at, claim.group.id), reverse=True))


def unreadable_markers(groups: Sequence[Group], app: AppName, suffix: str) -> tuple[Group, ...]:
    """The app's groups whose mark came back cut, or was written in a way that is not known here."""
    mine = [group for group in groups if is_apps(group, app, suffix)]
    return tuple(group for group in mine if marker.is_broken(group.description))


def from_record(record: Deployment, groups: Sequence[Group]) -> MarkedGroup | None:
    """What the mark of a record's group would say, where it is gone or was cut.

    None when the group is gone, or when what is left of its mark is of another run.
    """
    group = next((group for group in groups if _is_of(record, group)), None)
    return MarkedGroup(group, marker.marker_from_record(record)) if group is not None else None


def require_unlocked(found: Sequence[MarkedGroup], *, app: AppName, run: Run, now: float) -> None:
    """Nobody else may be deploying this app, and nothing may be left half-way. Raises `ConflictError`."""
    for claim in (claim for claim in found if claim.is_open):
        who = claim.run_url(run) or f"run {claim.mark.run.id or 'unknown'}"
        what = f"{claim.group.name} ({claim.group.id})"
        if claim.is_alive(now) and not claim.mark.is_of(run):
            raise ConflictError(
                f"{app} is being deployed by {who} (group {what}).",
                next_step="wait for that run (on-conflict: wait does), or cancel it; if it is known to be dead, "
                "operation: continue or operation: rollback with force: true takes over.",
            )
        verb = "stopped" if claim.mark.state is State.STOPPED else "died"
        raise ConflictError(
            f"A deployment of {app} by {who} {verb} half-way (group {what}).",
            next_step="run operation: continue to finish it, or operation: rollback to put things back.",
        )


def open_deployment(
    found: Sequence[MarkedGroup],
    *,
    app: AppName,
    run: Run,
    now: float,
    force: bool,
    new: GroupId | None = None,
    begun_by: Run | None = None,
    nonce: str = "",
) -> MarkedGroup | None:
    """The open deployment to go on with or roll back, None when nothing is open.

    `new` names its group, or `begun_by` and `nonce` the run that began it where a record does not know its group.
    Raises `ConflictError` when any run may still be at work on the app; `force` takes over all the same.
    """
    opened = [claim for claim in found if claim.is_open]
    for claim in opened:
        if claim.is_alive(now) and not claim.mark.is_of(run) and not force:
            raise ConflictError(
                f"{app} is being deployed by {claim.run_url(run) or 'another run'} "
                f"(group {claim.group.name}, {claim.group.id}); its deadline has not passed.",
                next_step="wait for that run or cancel it; force: true takes over a run that is known to be dead.",
            )
    meant = [claim for claim in opened if _is_meant(claim, new, begun_by, nonce)]
    if len(meant) == 1 or not opened:
        return meant[0] if meant else None
    names = ", ".join(f"{claim.group.name} ({claim.group.id})" for claim in meant or opened)
    if meant:
        raise RefusedError(
            f"More than one deployment of {app} is open: {names}.",
            next_step="pass the output `deployment` of the one that is meant, or delete the groups that are not.",
        )
    raise RefusedError(
        f"Another deployment of {app} than the one passed on stopped half-way: {names}.",
        next_step="finish that one first (operation: continue or operation: rollback, without the input deployment).",
    )


def marker_of_run(
    found: Sequence[MarkedGroup], run: Run, new: GroupId | None = None, nonce: str = ""
) -> MarkedGroup | None:
    """The mark that a run left: on the group `new` if that is known, else by its nonce, else by its job.

    Without any of its own words left, only what it was still at work on is taken for what it left.
    """
    if new is not None:
        return next((claim for claim in found if claim.group.id == new), None)
    if nonce:
        return next((claim for claim in found if claim.mark.nonce == nonce), None)
    return next((c for c in found if c.mark.state is State.RUNNING and c.mark.is_of_job(run)), None)


def last_finished(found: Sequence[MarkedGroup]) -> MarkedGroup | None:
    """The youngest deployment that came to its end (or was rolled back to): what serves now."""
    done = [claim for claim in found if not claim.is_open]
    return max(done, key=lambda claim: (claim.group.created_at, claim.group.id), default=None)


def _is_of(record: Deployment, group: Group) -> bool:
    nonce = marker.read_fields(group.description).get("n", "")
    if nonce and record.nonce:
        return nonce == record.nonce
    return record.new is not None and group.id == record.new.id


def _is_meant(claim: MarkedGroup, new: GroupId | None, begun_by: Run | None, nonce: str) -> bool:
    if new is not None:
        return claim.group.id == new
    if begun_by is None:
        return True
    return claim.mark.nonce == nonce if claim.mark.nonce and nonce else claim.mark.is_of_run(begun_by)


def owner_besides(deployment: Deployment, group: Group) -> str:
    """The other app or repository that a group's mark names; empty where there is none, and for the deployment's own.

    The group that serves is taken over whoever deployed it: a repository or an app may have been renamed.
    """
    own = {ref.id for ref in (deployment.new, deployment.snapshot.old) if ref is not None}
    if group.id in own:
        return ""
    fields = marker.read_fields(group.description)
    whose, ours = fields.get("g", ""), deployment.run.repository
    if is_another_apps(group, deployment.app):
        return f"another app (of {whose})" if whose else "another app"
    return whose if ours and whose != ours else ""
