"""Whose turn it is: the app that a record is of, the marks on its groups, and the wait until nobody else deploys."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction import claims, marker, ownership
from spotaction.claims import Claim
from spotaction.deployment import Deployment, GroupRef
from spotaction.errors import ConflictError, RefusedError, TimedOutError
from spotaction.events import Note, Warned
from spotaction.health import Ready, Verdict, Waiting
from spotaction.model import Group
from spotaction.pacing import seldom
from spotaction.request import Request, now
from spotaction.waiting import Wait, wait_for
from spotaction.world import World

_TAKE_OUT = (
    "once no run is deploying, take the part [spotaction … out of the group's description (in the Spot console), and "
    "run again."
)


def for_app(request: Request, record: Deployment | None, world: World) -> Request:
    """The app of the record counts where none was given; a record of another one is a mistake."""
    if record is None:
        return request
    if request.app and request.app != record.app:
        raise RefusedError(
            f"The input deployment is of {record.app}, not of {request.app}.",
            next_step="pass the output `deployment` of the run that is meant.",
        )
    if world.routes is None and (record.snapshot.routes or record.touched):
        raise RefusedError(
            f"The deployment of {record.app} changed load balancers, which needs AWS credentials.",
            next_step="run aws-actions/configure-aws-credentials before, or set role-to-assume.",
        )
    return replace(request, app=record.app)


def check_ownership(request: Request, record: Deployment | None, groups: Sequence[Group], world: World) -> None:
    """A record may have been written by anybody: it must not lead to what is not of this app."""
    if record is not None:
        suffix = world.options.stage_suffix
        ownership.check(record, ownership.Owned(groups, suffix, request.previous))


def marks(
    request: Request, groups: Sequence[Group], world: World, record: Deployment | None = None, *, force: bool = False
) -> tuple[Claim, ...]:
    """The marks of the app's groups; the record stands in for one that is gone or was cut.

    Raises `ConflictError` for any other mark that cannot be read: whoever left it may be at work. Where a record says
    which deployment is meant, `force` leaves such a group alone instead.
    """
    suffix = world.options.stage_suffix
    found = claims.claims(groups, request.app, suffix)
    known = {claim.group.id for claim in found}
    missing = claims.stand_in(record, groups) if record else None
    if missing is not None and missing.group.id in known:
        missing = None
    for group in claims.unreadable(groups, request.app, suffix):
        if missing is None or group.id != missing.group.id:
            _refuse_unreadable(group, request, world, force=force and record is not None)
    if missing is None:
        return found
    world.notify(
        Note(f"{missing.group.name} ({missing.group.id}) bears no mark: the record that was passed on counts.")
    )
    return (*found, missing)


def require_readable(old: GroupRef | None, groups: Sequence[Group]) -> None:
    """Raise `ConflictError` where the mark of the group that is to shrink cannot be read: not even `force` is safe."""
    group = next((group for group in groups if old is not None and group.id == old.id), None)
    if group is not None and marker.is_broken(group.description):
        raise ConflictError(_unreadable(group), next_step=_TAKE_OUT)


def _refuse_unreadable(group: Group, request: Request, world: World, *, force: bool) -> None:
    if force:
        world.notify(Warned(f"{_unreadable(group)} As force is set, it is left alone."))
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


def to_take_over(request: Request, found: Sequence[Claim], world: World, record: Deployment | None) -> Claim | None:
    """The open deployment to go on with or roll back; see `claims.to_take_over`."""
    new = record.new.id if record and record.new else None
    begun_by = record.run if record and record.new is None and record.run.id else None
    return claims.to_take_over(
        found,
        app=request.app,
        run=request.run,
        now=now(world),
        force=request.force,
        new=new,
        begun_by=begun_by,
        nonce=record.nonce if record else "",
    )


def free(request: Request, world: World) -> tuple[Group, ...]:
    """The account's groups, once nobody else deploys this app."""
    groups = world.groups.all()
    try:
        _check_free(request, groups, world)
    except ConflictError as conflict:
        if request.conflict_timeout <= 0:
            raise
        world.notify(Note(conflict.message))
        return _wait_free(request, world)
    return groups


def _check_free(request: Request, groups: Sequence[Group], world: World) -> None:
    found = marks(request, groups, world)
    claims.for_new(found, app=request.app, run=request.run, now=now(world))


def _wait_free(request: Request, world: World) -> tuple[Group, ...]:
    latest: list[tuple[Group, ...]] = []

    def check() -> Verdict:
        groups = world.groups.all()
        found = claims.claims(groups, request.app, world.options.stage_suffix)
        others = [c for c in found if c.open and c.alive(now(world)) and not c.mark.is_of(request.run)]
        if others:
            return Waiting(f"{who(others[0], request)} is deploying {request.app}")
        latest.append(groups)
        return Ready("nobody else deploys")

    wait = Wait(f"{request.app} free", check, seldom)
    try:
        wait_for([wait], timeout=request.conflict_timeout, clock=world.clock, notify=world.notify, pauses=world.pauses)
    except TimedOutError as late:
        raise ConflictError(
            late.message, next_step="look at that run; raise conflict-timeout to wait longer."
        ) from late
    _check_free(request, latest[-1], world)
    return latest[-1]


def who(claim: Claim, request: Request) -> str:
    """The run that left a mark, as a person finds it."""
    return claim.url(request.run) or f"run {claim.mark.run.id or 'unknown'}"
