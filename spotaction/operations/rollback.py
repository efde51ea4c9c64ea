"""The operation rollback: finds the deployment to revert, and rolls it back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from spotaction.engine import engine, marked_groups
from spotaction.engine.context import DeployContext
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.marked_groups import MarkedGroup
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.quiet_rollback import QuietRollback
from spotaction.engine.steps.routes import rules_serving_green
from spotaction.engine.steps.unanswered import await_created
from spotaction.engine.waits.health import Ready, Verdict, Waiting
from spotaction.engine.waits.loop import Wait
from spotaction.model import marker, naming
from spotaction.model.choices import Override
from spotaction.model.deployment import UNKNOWN_RUN, Deployment, GroupRef, Run, Status
from spotaction.model.errors import ApiError, CredentialError, FailedError, RefusedError
from spotaction.model.events import ManualActionNeeded, Note, WarningEvent
from spotaction.model.marker import State
from spotaction.model.ports import HEALTH_LAG, LIST_LAG
from spotaction.model.resources import ZERO, AppName, Group, GroupId, Image, Route
from spotaction.model.safety_rule import SafetyRule
from spotaction.operations import recover
from spotaction.operations.discovery import find_serving_group
from spotaction.operations.lock import check_ownership, read_markers, take_over, with_record_app
from spotaction.operations.record_checks import Owned, require_confirmed_record, require_matching_marker
from spotaction.operations.recover import find_replacement, take_lock_over
from spotaction.operations.request import DeployRequest, epoch_now, require_confirmed

_SPOT_ANSWERS = 10.0  # seconds that a rollback waits for one more read of the old group
_NEAR = 3  # similar names to show
_LOOKS = 10.0  # seconds between two looks for changes that reads may not show yet


def roll_back(request: DeployRequest, context: DeployContext, record: Deployment | None = None) -> Deployment:
    """Roll back an open deployment, or the last finished one, from the record or else the marker; return its record.

    Raises `ConflictError` when another run may be active, and `RefusedError` when there is nothing to roll back to or
    the record does not match the clouds.
    """
    context = context.for_rollback()
    request = with_record_app(request, record, context)
    groups = context.groups.all()
    check_ownership(request, record, groups)
    if record is not None:
        owned = Owned(groups)
        require_confirmed_record(record, owned, request.execution)
    marked = _to_roll_back(request, groups, context, record)
    if marked is None and record is not None and _may_not_be_listed(record) and await_created(record, context):
        groups = context.groups.all()
        marked = _to_roll_back(request, groups, context, record)
    if marked is None:
        if record is not None and _is_new_group_gone(record, groups):
            if _was_rolled_back_to(record, groups):  # already done: only differences are restored
                context = replace(context, written=OwnWrites(complete=True))
            take_lock_over(record, None, groups, request.nonce)
            return roll_back_deployment(
                record, None, context, run=request.run, timeout=request.timeout, rules=request.rules
            )
        return _nothing_to_roll_back(request, record, groups, context)
    require_confirmed(request, marked.group)
    if record is not None and record.new is None:
        require_matching_marker(record, marked.group)
    if record is None:
        recover.warn_of_standalone_shifts(request.execution, context)
    deployment = record or recover.record_from_marker(
        marked, groups, request.execution, request.app, context, search_routes=True
    )
    other = find_replacement(deployment, marked, groups)
    if other is not None:
        context.notify(Note(f"{other.name} ({other.id}) was deployed instead, so only {marked.group.name} is removed."))
        deployment.gate_passed_by = ""
    take_lock_over(deployment, marked, groups, request.nonce)
    _note_emptied(deployment, groups, context)
    if deployment.snapshot.old is None and marked.marker.state is State.COMPLETED:
        raise RefusedError(
            f"{marked.group.name} is the first deployment of {request.app}: there is nothing to roll back to.",
            next_step="run operation: deploy with the version that is to serve instead.",
        )
    _warn_of_less(deployment, marked, context)
    return roll_back_deployment(
        deployment, marked, context, run=request.run, timeout=request.timeout, rules=request.rules
    )


def _warn_of_less(deployment: Deployment, marked: MarkedGroup, context: DeployContext) -> None:
    """Warn if production gets back less than a finished deployment has: it may have replaced several versions."""
    old, new = deployment.snapshot.old, marked.group
    if marked.is_open or old is None or old.capacity.target >= new.capacity.target:
        return
    context.notify(
        WarningEvent(
            f"{old.name} ({old.id}) gets back {old.capacity} (minimum/target/maximum), less than the {new.capacity} "
            f"that {new.name} ({new.id}) has now: scale it up afterwards if production needs more."
        )
    )


def roll_back_deployment(
    deployment: Deployment,
    marked: MarkedGroup | None,
    context: DeployContext,
    *,
    run: Run,
    timeout: float,
    rules: frozenset[SafetyRule] = frozenset(SafetyRule),
) -> Deployment:
    """Roll back a deployment by its record and the live clouds, and return the record.

    `marked` is its group with the marker, if it exists; a record from before the create's response gets its group from
    there. For `timeout` seconds from now the marker names `run` as active. Production is restored first. The record may
    be older than the last change, so every step is rolled back; steps that were not started have nothing to restore.
    """
    if marked is not None and deployment.new is None:
        deployment.new = GroupRef.of(marked.group)
    died = marked is not None and marked.marker.state is State.RUNNING and deployment.status is Status.RUNNING
    deployment.run, deployment.deadline = run, int(epoch_now(context) + timeout)
    deployment.status = Status.RUNNING
    context = replace(context, notify=QuietRollback(context.notify, set(deployment.started_steps)))
    steps = recover.rollback_steps(deployment)
    by_record = bool(deployment.gate_passed_by) and len(deployment.started_steps) > 1
    if died:
        context.written.health_visible_at = context.clock.now() + HEALTH_LAG
    if not by_record and _went_further(deployment, marked, context, died=died):
        context.notify(Note("Production has changed: the deployment got further than its record shows."))
        deployment.gate_passed_by = deployment.gate_passed_by or UNKNOWN_RUN
    elif len(deployment.started_steps) <= 1:
        steps = steps[:1]  # this deployment has not changed production: differences come from elsewhere
    _note_shrink(deployment, context)
    deployment.started_steps = [step.name for step in steps]
    context.save(deployment)
    engine.roll_back(steps, deployment, guard_context(context, deployment, rules), deadline=context.deadline)
    if context.checks is not None:
        context.checks.run_after_rollback(deployment, context)
    return deployment


def _went_further(deployment: Deployment, marked: MarkedGroup | None, context: DeployContext, *, died: bool) -> bool:
    """Whether the deployment changed more than its record shows: a later record may not have been saved.

    If its run `died`, reads may not show yet what it wrote last, so it takes `LIST_LAG` seconds to be certain that it
    did not. A group that is younger than that passed no gate. Raises `FailedError` when the groups cannot be read.
    """
    if marked is not None and marked.marker.state is State.COMPLETED:
        return True  # another run continued it, and finished
    if marked is None or not marked.is_open or deployment.snapshot.old is None:
        return False
    if _changed_more(deployment, marked, context):
        return True
    age = (context.groups.time() - marked.group.created_at).total_seconds()
    return died and age >= LIST_LAG and _will_show_changes(deployment, marked, context)


def _will_show_changes(deployment: Deployment, marked: MarkedGroup, context: DeployContext) -> bool:
    """Read for `LIST_LAG` seconds, unless production differs from the snapshot earlier; return whether it does."""
    clock, changed = context.clock, False
    until = clock.now() + LIST_LAG

    def check() -> Verdict:
        nonlocal changed
        changed = _changed_more(deployment, marked, context)
        if changed:
            return Ready("it did")
        if clock.now() >= until:
            return Ready("it did not")
        return Waiting(f"what its run did last may show up to {LIST_LAG:.0f} s late")

    what = f"{deployment.app}: whether the deployment got further than its record shows"
    wait = Wait(what, check, lambda _verdict, _elapsed: _LOOKS, first=_LOOKS)
    try:
        context.wait_for_all([wait], timeout=2 * LIST_LAG)
    except FailedError as error:
        raise FailedError(
            f"Could not determine whether the deployment got further than its record shows: {error.message}",
            next_step="fix the cause, then run operation: rollback again; so far, nothing was rolled back.",
        ) from error
    return changed


def _changed_more(deployment: Deployment, marked: MarkedGroup, context: DeployContext) -> bool:
    """Whether production differs from the snapshot.

    A difference comes from another deployment if there is one that is open, or finished with the same old group.
    """
    old = deployment.snapshot.old
    assert old is not None
    groups = context.groups.all()
    found = marked_groups.marked_groups(groups, deployment.app)
    if any(other.is_open and other.group.id != marked.group.id for other in found):
        return False
    if recover.find_replacement(replace(deployment, gate_passed_by=""), marked, groups) is not None:
        return False
    now = next((group for group in groups if group.id == old.id), None)
    changed = now is not None and (now.capacity.target < old.capacity.target or now.name != old.name)
    return changed or (context.routes is not None and bool(rules_serving_green(deployment, context)))


def _note_shrink(deployment: Deployment, context: DeployContext) -> None:
    """If the record reached the downsize, the old group may have been scaled to 0, whatever a read shows.

    A record that was rebuilt from the marker has every step as started, so it does not show how far the run got.
    """
    old = deployment.snapshot.old
    reached = any("downsize" in name for name in deployment.started_steps)
    recorded = deployment.gate_passed_by != UNKNOWN_RUN
    if old is not None and reached and recorded and not context.written.complete:
        context.written.capacities.setdefault(old.id, ZERO)


def _note_emptied(deployment: Deployment, groups: Sequence[Group], context: DeployContext) -> None:
    """An old group at 0 was scaled down by an earlier process, perhaps a moment ago.

    Its targets may then still read as healthy. The list may lag behind, and so may a read of the group, but each on its
    own.
    """
    old = deployment.snapshot.old
    if old is None:
        return
    listed = [group for group in groups if group.id == old.id]
    if any(group.capacity == ZERO for group in (*listed, *_read_soon(old.id, context))):
        context.written.capacities.setdefault(old.id, ZERO)


def _read_soon(group: GroupId, context: DeployContext) -> tuple[Group, ...]:
    """Return the group; empty if it is gone, or if Spot does not respond, since restoring production comes first."""
    budget = context.call_budget
    try:
        with budget.limited_to(context.clock.now() + _SPOT_ANSWERS, budget.on_idle):
            found = context.groups.get(group)
    except (ApiError, CredentialError):
        return ()
    return () if found is None else (found,)


def _to_roll_back(
    request: DeployRequest, groups: Sequence[Group], context: DeployContext, record: Deployment | None
) -> MarkedGroup | None:
    """The deployment to roll back: the open one, or else the finished one that serves; None if there is none."""
    if record is not None and record.changed_nothing:
        return None
    found = read_markers(request, groups, context, record, dead=request.allows(Override.TAKE_OVER))
    marked = take_over(request, found, context, record)
    if marked is not None:
        return marked
    done = marked_groups.last_finished(found)
    if record is not None:
        return _finished_of_record(record, done, groups)
    if done is None or done.marker.state is State.ROLLED_BACK_TO or not _is_serving(done, groups, request):
        return None
    return done


def _finished_of_record(record: Deployment, done: MarkedGroup | None, groups: Sequence[Group]) -> MarkedGroup | None:
    """The finished deployment of a record. Raises `RefusedError` if a later one has finished."""
    if record.new is None or done is None:
        return None
    if done.group.id == record.new.id:
        return done
    old = next((group for group in groups if record.snapshot.old and group.id == record.snapshot.old.id), None)
    if old is not None and done.group.created_at <= old.created_at:
        return None
    raise RefusedError(
        f"{done.group.name} ({done.group.id}) was deployed after {record.new.name} ({record.new.id}).",
        next_step="roll that one back first (without the input deployment), or deploy the version that you want.",
    )


def _is_serving(done: MarkedGroup, groups: Sequence[Group], request: DeployRequest) -> bool:
    """Whether a finished deployment's group is still the one that the next deployment would replace, or beside it.

    A shift that ended below 100 % left both groups running, with their names.
    """
    app, old = request.app, done.marker.old
    staged = naming.version_number(app, done.group.name) is None
    several = [group.id for group in naming.groups_named(marked_groups.without_other_apps(groups, app), app)]
    chosen = request.previous if staged and len(several) > 1 and request.previous in several else None
    serving = find_serving_group(groups, app=app, blue_green=staged, previous=chosen)
    if serving is None:
        return False
    beside = done.group.name == naming.stage_name(app) and done.group.capacity.target > 0
    return serving.id == done.group.id or (beside and old is not None and old.id == serving.id)


def _is_new_group_gone(record: Deployment, groups: Sequence[Group]) -> bool:
    """Whether the new group was deleted outside this deployment: routes may still lead to its target group."""
    ended = record.changed_nothing or record.status is Status.ROLLED_BACK
    return not ended and record.new is not None and all(group.id != record.new.id for group in groups)


def _may_not_be_listed(record: Deployment) -> bool:
    """Whether the record's run died right before or after it created its group."""
    return record.new is None and bool(record.started_steps) and record.status in {Status.RUNNING, Status.CANCELLED}


def _was_rolled_back_to(record: Deployment, groups: Sequence[Group]) -> bool:
    """Whether the old group's marker says that a rollback to it finished."""
    old = record.snapshot.old
    mark = next((marker.read_marker(group.description) for group in groups if old and group.id == old.id), None)
    return mark is not None and mark.state is State.ROLLED_BACK_TO


def _nothing_to_roll_back(
    request: DeployRequest, record: Deployment | None, groups: Sequence[Group], context: DeployContext
) -> Deployment:
    """Finish without an open deployment. Raises `RefusedError` if production leads nowhere, or to a staged group."""
    idle = record is not None and record.changed_nothing
    for route, wrong in () if idle else _misrouted(request, groups, context):
        raise RefusedError(
            f"No marker shows a deployment of {request.app} to roll back, but {route.label} forwards to "
            f"{route.forward}, and {wrong}.",
            next_step="pass the output `deployment` of the run that caused this, or correct the rule and the names by "
            "hand.",
        )
    hint = (
        ""
        if record
        else f" If its run started less than {LIST_LAG:.0f} s ago, Spot may not list its group yet: run this again. "
        "If its group was deleted, pass the output `deployment` of the run that started it."
    )
    context.notify(Note(f"Nothing to roll back for {request.app}: no marker shows a deployment.{hint}"))
    if record is None and not any(marked_groups.is_group_of(group, request.app) for group in groups):
        context.notify(WarningEvent(_describe_unknown_app(request.app, groups)))
    if not idle:
        _report_namesakes(request.app, record, groups, context)
    image = request.image or Image(id=recover.NO_IMAGE, name="")
    strategy = request.execution.strategy.value
    done = record or Deployment(app=request.app, strategy=strategy, run=request.run, image=image)
    done.new = None if done.status is Status.PLANNED else done.new
    done.status = Status.ROLLED_BACK if record and record.status is Status.ROLLED_BACK else Status.UNCHANGED
    context.save(done)
    return done


def _report_namesakes(app: AppName, record: Deployment | None, groups: Sequence[Group], context: DeployContext) -> None:
    """Report several groups with the app's name; the record's group, which a list may still show, does not count."""
    gone = record.new.id if record is not None and record.new is not None else None
    named = naming.groups_named(marked_groups.without_other_apps(groups, app), app)
    found = [group.id for group in named if group.id != gone]
    if len(found) > 1:
        context.notify(
            ManualActionNeeded(
                f"{len(found)} groups are called {app}",
                f"{', '.join(found)}; a run may have stopped half-way",
                "keep the one that receives production's requests, and delete the rest",
            )
        )


def _describe_unknown_app(app: AppName, groups: Sequence[Group]) -> str:
    """Say that no group is the app's, with the names that are like it: the name may be mistyped."""
    apps = {re.sub(r"__(\d+|STAGE__Harness)$", "", group.name): group.name for group in groups}
    near = [apps[name] for name in get_close_matches(app, apps, n=_NEAR)]
    names = f"; similar names: {', '.join(near)}" if near else ""
    return f"The Spot account has no Elastigroup of {app}{names}. Check app-name and the Spot account."


def _misrouted(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> Iterator[tuple[Route, str]]:
    """Yield production rules that no finished deployment leaves behind, each with what is wrong."""
    if context.routes is None or not any(marked_groups.is_group_of(group, request.app) for group in groups):
        return
    for balancer in request.execution.setup.load_balancers:
        route = context.routes.find(balancer.name, balancer.prod_port, balancer.prod_rule)
        serving = [
            g
            for g in groups
            if set(g.target_groups) & set(route.forward.serving_target_groups) and g.capacity.target > 0
        ]
        if not serving:
            yield route, "no running Elastigroup is attached there (the new one may have been deleted)"
        elif all(
            not marked_groups.is_group_of_other_app(g, request.app)
            and g.name == naming.stage_name(request.app)
            and g.id != request.previous
            for g in serving
        ):
            what = f"{serving[0].name} ({serving[0].id})"
            yield route, f"{what} serves there under the stage name (a run may have stopped half-way)"
        elif balancer.shift and len(route.forward.serving_target_groups) > 1:
            names = " and ".join(f"{g.name} ({g.id})" for g in serving)
            verb = "serve" if len(serving) > 1 else "alone serves"
            yield route, f"{names} {verb} there (a run may have stopped half-way)"
