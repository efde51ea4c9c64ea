"""The app's lock, by the markers of its groups: who holds it, taking it over, and waiting for it."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.next_steps import rerun_hint
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import poll_interval_other_run
from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ConflictError, RefusedError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Group
from spotaction.operations.discovery import require_routes
from spotaction.operations.record_checks import Owned, require_own_record
from spotaction.operations.request import DeployRequest, epoch_now

_TAKE_OUT = (
    "once no run is deploying, remove the text [spotaction … from the group's description (in the Spot console), and "
    "run again."
)


def with_record_app(request: DeployRequest, record: Deployment | None, context: DeployContext) -> DeployRequest:
    """Return the request with the app of the record, if it has none.

    Raises `RefusedError` for a record of another app, or one that needs AWS credentials if there are none.
    """
    if record is None:
        return request
    if request.app and request.app != record.app:
        raise RefusedError(
            f"The input deployment belongs to {record.app}, not to {request.app}.",
            next_step="pass the output `deployment` of the intended run.",
        )
    if record.snapshot.routes or record.standalone_routes:
        require_routes(context, f"The deployment of {record.app} changed load balancers, which needs AWS credentials.")
    return replace(request, app=record.app)


def check_ownership(request: DeployRequest, record: Deployment | None, groups: Sequence[Group]) -> None:
    """Raise `RefusedError` for a record, which may be forged, that names groups or routes of other apps."""
    if record is not None:
        require_own_record(record, Owned(groups, request.previous))


def read_markers(
    request: DeployRequest,
    groups: Sequence[Group],
    context: DeployContext,
    record: Deployment | None = None,
    *,
    dead: bool = False,
) -> tuple[MarkedGroup, ...]:
    """Return the app's groups that have markers; the record replaces one that is missing or truncated.

    Raises `ConflictError` for any other marker that cannot be read: its run may be active. If a record shows which
    deployment is meant, `dead` leaves such a group unchanged instead.
    """
    found = marked_groups.marked_groups(groups, request.app)
    known = {marked.group.id for marked in found}
    missing = marked_groups.from_record(record, groups) if record else None
    if missing is not None and missing.group.id in known:
        missing = None
    for group in marked_groups.unreadable_markers(groups, request.app):
        if missing is None or group.id != missing.group.id:
            _refuse_unreadable(group, request, context, dead=dead and record is not None)
    if missing is None:
        return found
    context.notify(
        Note(f"{missing.group.name} ({missing.group.id}) has no marker; using the input deployment instead.")
    )
    return (*found, missing)


def require_readable(old: GroupRef | None, groups: Sequence[Group]) -> None:
    """Raise `ConflictError` if the old group's marker cannot be read: no override makes it safe to scale it down."""
    group = next((group for group in groups if old is not None and group.id == old.id), None)
    if group is not None and marked_groups.is_unreadable(group):
        raise ConflictError(_unreadable(group), next_step=_TAKE_OUT)


def _refuse_unreadable(group: Group, request: DeployRequest, context: DeployContext, *, dead: bool) -> None:
    if dead:
        context.notify(WarningEvent(f"{_unreadable(group)} Leaving the group unchanged, since take-over is allowed."))
        return
    with_record = (
        "pass the output `deployment` of the intended run as the input deployment (and allow: take-over if it did not "
        "create this group); or "
    )
    raise ConflictError(
        f"{_unreadable(group)} Another run may be deploying {request.app}.",
        next_step=_TAKE_OUT if request.image is not None else f"{with_record}{_TAKE_OUT}",
    )


def _unreadable(group: Group) -> str:
    if marked_groups.is_copied(group):
        return (
            f"The marker of {group.name} ({group.id}) was copied from another group: it names this one as the group "
            "that was replaced."
        )
    return f"The marker of {group.name} ({group.id}) cannot be read: {group.description[:80]!r}."


def take_over(
    request: DeployRequest, found: Sequence[MarkedGroup], context: DeployContext, record: Deployment | None
) -> MarkedGroup | None:
    """Return the open deployment to continue or roll back, or None, and warn of others that are open, too.

    Raises like `marked_groups.open_deployment`.
    """
    new = record.new.id if record and record.new else None
    started_by = record.run if record and record.new is None and record.run.id else None
    meant = marked_groups.open_deployment(
        found,
        app=request.app,
        run=request.run,
        now=epoch_now(context),
        dead=request.allows(Override.TAKE_OVER),
        new=new,
        started_by=started_by,
        nonce=record.nonce if record else "",
    )
    for other in found if meant is not None else ():
        if other.is_open and other is not meant:
            context.notify(WarningEvent(_describe_other(other, request)))
    return meant


def _describe_other(other: MarkedGroup, request: DeployRequest) -> str:
    where, run = f"{other.group.name} ({other.group.id})", other.name_run(request.run)
    left = f"{where}: according to its marker, the deployment of {run} is unfinished as well, and this run leaves it so"
    return f"{left}. Afterwards, {rerun_hint('continue', 'rollback')}."


def acquire(request: DeployRequest, context: DeployContext) -> tuple[Group, ...]:
    """Return the account's groups once no other run deploys the app, waiting up to `conflict_timeout` seconds.

    Raises `ConflictError`.
    """
    groups = context.groups.all()
    try:
        _require_unlocked(request, groups, context)
    except ConflictError as conflict:
        if request.conflict_timeout <= 0:
            raise
        context.notify(Note(conflict.message))
        return _wait_for_lock(request, context)
    return groups


def _require_unlocked(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> None:
    found = read_markers(request, groups, context)
    marked_groups.require_unlocked(found, app=request.app, run=request.run, now=epoch_now(context))


def _wait_for_lock(request: DeployRequest, context: DeployContext) -> tuple[Group, ...]:
    latest: list[tuple[Group, ...]] = []

    def check() -> Verdict:
        groups = context.groups.all()
        found = marked_groups.marked_groups(groups, request.app)
        others = [
            each
            for each in found
            if each.is_open and each.is_alive(epoch_now(context)) and not each.marker.is_of(request.run)
        ]
        if others:
            return Waiting(f"{others[0].name_run(request.run)} is deploying {request.app}")
        latest.append(groups)
        return Ready("no other run is deploying")

    wait = Wait(f"{request.app}: other runs", check, poll_interval_other_run)
    try:
        wait_for(
            [wait],
            timeout=request.conflict_timeout,
            clock=context.clock,
            notify=context.notify,
            budget=context.call_budget,
        )
    except TimedOutError as late:
        raise ConflictError(late.message, next_step="check that run; wait longer with on-conflict.") from late
    _require_unlocked(request, latest[-1], context)
    return latest[-1]
