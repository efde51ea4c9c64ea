"""Whose turn it is: the app that a record is of, the marks on its groups, and the wait until nobody else deploys."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait, wait_for
from spotaction.engine.waits.poll_intervals import poll_interval_other_run
from spotaction.model import marker
from spotaction.model.deployment import Deployment, GroupRef
from spotaction.model.errors import ConflictError, RefusedError, TimedOutError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Group
from spotaction.operations import record_ownership
from spotaction.operations.request import DeployRequest, epoch_now

_TAKE_OUT = (
    "once no run is deploying, take the part [spotaction … out of the group's description (in the Spot console), and "
    "run again."
)


def for_app(request: DeployRequest, record: Deployment | None, context: DeployContext) -> DeployRequest:
    """The app of the record counts where none was given; a record of another one is a mistake."""
    if record is None:
        return request
    if request.app and request.app != record.app:
        raise RefusedError(
            f"The input deployment is of {record.app}, not of {request.app}.",
            next_step="pass the output `deployment` of the run that is meant.",
        )
    if context.routes is None and (record.snapshot.routes or record.standalone_routes):
        raise RefusedError(
            f"The deployment of {record.app} changed load balancers, which needs AWS credentials.",
            next_step="run aws-actions/configure-aws-credentials before, or set role-to-assume.",
        )
    return replace(request, app=record.app)


def check_ownership(
    request: DeployRequest, record: Deployment | None, groups: Sequence[Group], context: DeployContext
) -> None:
    """A record may have been written by anybody: it must not lead to what is not of this app."""
    if record is not None:
        suffix = context.options.stage_suffix
        record_ownership.require_own_record(record, record_ownership.Owned(groups, suffix, request.previous))


def read_markers(
    request: DeployRequest,
    groups: Sequence[Group],
    context: DeployContext,
    record: Deployment | None = None,
    *,
    force: bool = False,
) -> tuple[MarkedGroup, ...]:
    """The marks of the app's groups; the record stands in for one that is gone or was cut.

    Raises `ConflictError` for any other mark that cannot be read: whoever left it may be at work. Where a record says
    which deployment is meant, `force` leaves such a group alone instead.
    """
    suffix = context.options.stage_suffix
    found = marked_groups.marked_groups(groups, request.app, suffix)
    known = {claim.group.id for claim in found}
    missing = marked_groups.from_record(record, groups) if record else None
    if missing is not None and missing.group.id in known:
        missing = None
    for group in marked_groups.unreadable_markers(groups, request.app, suffix):
        if missing is None or group.id != missing.group.id:
            _refuse_unreadable(group, request, context, force=force and record is not None)
    if missing is None:
        return found
    context.notify(
        Note(f"{missing.group.name} ({missing.group.id}) bears no mark: the record that was passed on counts.")
    )
    return (*found, missing)


def require_readable(old: GroupRef | None, groups: Sequence[Group]) -> None:
    """Raise `ConflictError` where the mark of the group that is to shrink cannot be read: not even `force` is safe."""
    group = next((group for group in groups if old is not None and group.id == old.id), None)
    if group is not None and marker.is_broken(group.description):
        raise ConflictError(_unreadable(group), next_step=_TAKE_OUT)


def _refuse_unreadable(group: Group, request: DeployRequest, context: DeployContext, *, force: bool) -> None:
    if force:
        context.notify(WarningEvent(f"{_unreadable(group)} As force is set, it is left alone."))
        return
    passed_on = (
        "pass the output `deployment` of the run that is meant as the input deployment (and force: true, if it did not "
        "create this group); or "
    )
    raise ConflictError(
        f"{_unreadable(group)} Another run may be deploying {request.app}.",
        next_step=_TAKE_OUT if request.image is not None else f"{passed_on}{_TAKE_OUT}",
    )


def _unreadable(group: Group) -> str:
    return f"The mark of {group.name} ({group.id}) cannot be read: {group.description[:80]!r}."


def take_over(
    request: DeployRequest, found: Sequence[MarkedGroup], context: DeployContext, record: Deployment | None
) -> MarkedGroup | None:
    """The open deployment to go on with or roll back; see `marked_groups.open_deployment`."""
    new = record.new.id if record and record.new else None
    started_by = record.run if record and record.new is None and record.run.id else None
    return marked_groups.open_deployment(
        found,
        app=request.app,
        run=request.run,
        now=epoch_now(context),
        force=request.force,
        new=new,
        started_by=started_by,
        nonce=record.nonce if record else "",
    )


def acquire(request: DeployRequest, context: DeployContext) -> tuple[Group, ...]:
    """The account's groups, once nobody else deploys this app."""
    groups = context.groups.all()
    try:
        _check_free(request, groups, context)
    except ConflictError as conflict:
        if request.conflict_timeout <= 0:
            raise
        context.notify(Note(conflict.message))
        return _wait_free(request, context)
    return groups


def _check_free(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> None:
    found = read_markers(request, groups, context)
    marked_groups.require_unlocked(found, app=request.app, run=request.run, now=epoch_now(context))


def _wait_free(request: DeployRequest, context: DeployContext) -> tuple[Group, ...]:
    latest: list[tuple[Group, ...]] = []

    def check() -> Verdict:
        groups = context.groups.all()
        found = marked_groups.marked_groups(groups, request.app, context.options.stage_suffix)
        others = [c for c in found if c.is_open and c.is_alive(epoch_now(context)) and not c.mark.is_of(request.run)]
        if others:
            return Waiting(f"{run_url(others[0], request)} is deploying {request.app}")
        latest.append(groups)
        return Ready("nobody else deploys")

    wait = Wait(f"{request.app} free", check, poll_interval_other_run)
    try:
        wait_for(
            [wait],
            timeout=request.conflict_timeout,
            clock=context.clock,
            notify=context.notify,
            pauses=context.call_budget,
        )
    except TimedOutError as late:
        raise ConflictError(
            late.message, next_step="look at that run; raise conflict-timeout to wait longer."
        ) from late
    _check_free(request, latest[-1], context)
    return latest[-1]


def run_url(claim: MarkedGroup, request: DeployRequest) -> str:
    """The run that left a mark, as a person finds it."""
    return claim.run_url(request.run) or f"run {claim.mark.run.id or 'unknown'}"
