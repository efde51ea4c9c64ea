"""Which deployment holds an app: read from the marks that groups carry, and decided before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction import marker, naming
from spotaction.deployment import Run
from spotaction.errors import ConflictError, RefusedError
from spotaction.marker import Marker, State
from spotaction.model import AppName, Group, GroupId


@dataclass(frozen=True)
class Claim:
    """A group of this app and the mark in its description."""

    group: Group
    mark: Marker

    @property
    def open(self) -> bool:
        """Whether the deployment that left the mark has not come to its end."""
        return self.mark.state in {State.LIVE, State.STOPPED}

    def alive(self, now: float) -> bool:
        """Whether its run may still be at work: a live mark older than its own deadline counts as dead."""
        return self.mark.state is State.LIVE and self.mark.deadline > now

    def url(self, run: Run) -> str:
        """Where to look for the run that left the mark; `run` says which server."""
        return replace(self.mark.run, server=run.server).url


def claims(groups: Sequence[Group], app: AppName, suffix: str) -> tuple[Claim, ...]:
    """Every mark on the app's groups, the youngest group first."""
    mine = [group for group in groups if naming.belongs(app, group.name, suffix)]
    found = [Claim(group, mark) for group in mine if (mark := marker.read(group.description))]
    return tuple(sorted(found, key=lambda claim: (claim.group.created_at, claim.group.id), reverse=True))


def for_new(found: Sequence[Claim], *, app: AppName, run: Run, now: float) -> None:
    """Nobody else may be deploying this app, and nothing may be left half-way. Raises `ConflictError`."""
    for claim in (claim for claim in found if claim.open):
        who = claim.url(run) or f"run {claim.mark.run.id or 'unknown'}"
        what = f"{claim.group.name} ({claim.group.id})"
        if claim.alive(now) and not claim.mark.is_of(run):
            raise ConflictError(
                f"{app} is being deployed by {who} (group {what}).",
                next_step="wait for that run (on-conflict: wait does), or cancel it.",
            )
        verb = "stopped" if claim.mark.state is State.STOPPED else "died"
        raise ConflictError(
            f"A deployment of {app} by {who} {verb} half-way (group {what}).",
            next_step="run operation: continue to finish it, or operation: rollback to put things back.",
        )


def to_take_over(
    found: Sequence[Claim], *, app: AppName, run: Run, now: float, force: bool, new: GroupId | None = None
) -> Claim | None:
    """The open deployment to go on with or roll back; `new` names its group. None when nothing is open.

    Raises `ConflictError` when its run may still be at work; `force` takes over all the same.
    """
    opened = [claim for claim in found if claim.open and new in {None, claim.group.id}]
    if not opened:
        return None
    if len(opened) > 1:
        names = ", ".join(f"{claim.group.name} ({claim.group.id})" for claim in opened)
        raise RefusedError(
            f"More than one deployment of {app} is open: {names}.",
            next_step="pass the output `deployment` of the one that is meant, or delete the groups that are not.",
        )
    claim = opened[0]
    if claim.alive(now) and not claim.mark.is_of(run) and not force:
        raise ConflictError(
            f"{app} is being deployed by {claim.url(run) or 'another run'} "
            f"(group {claim.group.name}, {claim.group.id}); its deadline has not passed.",
            next_step="wait for that run or cancel it; force: true takes over a run that is known to be dead.",
        )
    return claim


def left_by(found: Sequence[Claim], run: Run, new: GroupId | None = None) -> Claim | None:
    """The mark that a run left: on the group `new` if that is known, else on one that it has not finished."""
    if new is not None:
        return next((claim for claim in found if claim.group.id == new), None)
    return next((claim for claim in found if claim.open and claim.mark.is_of(run)), None)


def finished(found: Sequence[Claim]) -> Claim | None:
    """The youngest deployment that came to its end (or was rolled back to): what serves now."""
    done = [claim for claim in found if not claim.open]
    return max(done, key=lambda claim: (claim.group.created_at, claim.group.id), default=None)
