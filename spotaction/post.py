"""The container's post step: what a cancelled or dead run left open is put back, or left with word of how to go on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TextIO

from spotaction import claims, operations, resume
from spotaction.adapters.clock import Interrupt, RealClock
from spotaction.choices import OnCancel, Operation
from spotaction.claims import Claim
from spotaction.connection import Clouds, Transport
from spotaction.deployment import Deployment, GroupRef, Run, Status
from spotaction.errors import (
    ApiError,
    CancelledError,
    CredentialError,
    InvalidError,
    RollbackIncompleteError,
    SpotactionError,
)
from spotaction.events import Note
from spotaction.going_on import again, either_way
from spotaction.guarded import guarded
from spotaction.input_texts import parse_record
from spotaction.inputs import Inputs, Runner
from spotaction.main import carry_out, rolled_back
from spotaction.marker import State
from spotaction.opening import Surroundings, open_clouds, read_record, region_of
from spotaction.ports import Clock
from spotaction.preparation import prepare
from spotaction.steps.groups import describe
from spotaction.workflow.commands import Commands
from spotaction.workflow.progress import Progress
from spotaction.world import World

LIMIT = 240.0  # seconds: after a cancel GitHub gives all post steps together less than five minutes
_TO_TELL = 15.0  # of those, for what comes after the last wait
_STATE = "state deployment"
_UNFINISHED = frozenset({Status.RUNNING, Status.CANCELLED, ""})
_WRITING = frozenset({Operation.DEPLOY, Operation.CONTINUE, Operation.ROLLBACK})
_LOOKS = 4  # for a group whose create may still be under way
_BETWEEN_LOOKS = 2.5  # seconds


def main_post(
    environ: Mapping[str, str],
    stdout: TextIO,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    interrupt: Interrupt | None = None,
) -> int:
    """Finish what the main step did not; the answer is the exit code. Nothing is raised.

    Works from the action's state (`STATE_…`), the same inputs, and the live world; the main step's container may even
    still be running. The arguments are those of `main`.
    """
    settled = _settled(environ)
    if settled:
        Commands(environ, stdout).say(settled)
        return 0
    interrupt = interrupt or Interrupt()
    clock = clock or RealClock(interrupt)
    around = Surroundings(environ, clock, interrupt, transport or Transport(), deadline=clock.now() + LIMIT)
    return carry_out(_finish, around, stdout, later_steps=False)


def _settled(environ: Mapping[str, str]) -> str:
    """Why there is nothing to do; empty when there may be."""
    text, ended = environ.get("STATE_deployment", ""), environ.get("STATE_status", "")
    status = _status(text) or ended
    if text and status in _UNFINISHED:
        return ""
    if text:
        return f"The deployment ended as {status}: the post step has nothing to do."
    if ended:
        return f"The action ended as {ended} and changed nothing: the post step has nothing to do."
    operation = environ.get("INPUT_OPERATION", "").strip() or Operation.DEPLOY
    return "" if operation in _WRITING else f"Operation {operation} changes nothing: the post step has nothing to do."


def _status(text: str) -> str:
    """The status in the record; empty when it cannot be read."""
    try:
        return str(json.loads(text)["status"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _finish(inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress) -> None:
    progress.operation = Operation.ROLLBACK.value
    progress.until = ""
    progress.environment = around.environ.get("STATE_environment", "") or inputs.environment
    text = around.environ.get("STATE_deployment", "")
    try:
        if text and _is_readable(text, progress):
            _close_recorded(text, inputs, runner, around, progress)
        else:
            _close_marked(inputs, runner, around, progress)
    except CancelledError as cancel:
        how = again("rollback", force=True, until=bool(inputs.until))
        cancel.next_step = f"{how}; nothing else puts back what is left."
        raise


def _is_readable(text: str, progress: Progress) -> bool:
    try:
        read_record(parse_record(text), name=_STATE, arn_head="")
    except InvalidError:
        progress.commands.say("The state holds no record that can be read: what carries this run's mark is looked for.")
        return False
    return True


def _close_recorded(text: str, inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress) -> None:
    """What the record says is open. Needs no documents: the workspace may be another one by now."""
    progress.deployment = read_record(text, name=_STATE, arn_head="")
    progress.app = progress.deployment.app
    routes = bool(progress.deployment.snapshot.routes or progress.deployment.touched)
    try:
        region = around.environ.get("STATE_region", "") or inputs.aws_region
        clouds, world = _open(inputs, runner, around, progress, region=region, routes=routes)
        deployment = read_record(text, name=_STATE, arn_head=clouds.arn_head)
        _close(deployment, _claim(deployment, world), world, progress, inputs=inputs, run=runner.run)
    except (ApiError, CredentialError) as error:
        raise _left_open(error, progress.app, until=bool(inputs.until)) from error


def _close_marked(inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress) -> None:
    """The main step left no word at all: what carries this run's mark is open."""
    prepared = prepare(replace(inputs, operation=Operation.ROLLBACK), runner)
    progress.app = prepared.app
    region, routes = region_of(inputs, prepared), prepared.execution.uses_routes
    _, world = _open(inputs, runner, around, progress, region=region, routes=routes)
    groups = world.groups.all()
    claim = claims.left_by(claims.claims(groups, prepared.app, inputs.stage_suffix), runner.run)
    if claim is None:
        progress.status = Status.UNCHANGED
        progress.reason = f"Nothing of {prepared.app} carries the mark of this run, so nothing is left to put back."
        progress.commands.say(progress.reason)
        return
    deployment = resume.deployment(claim, groups, prepared.execution, prepared.app, world)
    _close(deployment, claim, world, progress, inputs=inputs, run=runner.run)


def _open(
    inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress, *, region: str, routes: bool
) -> tuple[Clouds, World]:
    clouds, world = open_clouds(inputs, runner, around, progress, region=region, routes=routes)
    return clouds, replace(world, deadline=around.deadline - _TO_TELL)


def _claim(record: Deployment, world: World) -> Claim | None:
    """The mark of the record's group. A create may still be under way: a group without a name is looked for again."""
    looks = _LOOKS if record.new is None and record.begun else 1
    for look in range(looks):
        world.clock.sleep(_BETWEEN_LOOKS if look else 0.0)
        groups = world.groups.all()
        found = claims.claims(groups, record.app, world.options.stage_suffix)
        claim = claims.left_by(found, record.run, new=record.new.id if record.new else None)
        claim = claim or claims.stand_in(record, groups)
        if claim is not None:
            return claim
    return None


def _close(
    deployment: Deployment, claim: Claim | None, world: World, progress: Progress, *, inputs: Inputs, run: Run
) -> None:
    fate = "was cancelled" if deployment.status is Status.CANCELLED else "did not come to its end"
    if inputs.on_cancel is OnCancel.KEEP:
        _keep(deployment, claim, world, progress, fate)
        progress.next_step = f"{either_way(deployment, until=bool(inputs.until))}."
        world.notify(Note(f"{progress.reason} Next: {progress.next_step}"))
        return
    world.notify(Note(f"The deployment of {deployment.app} {fate}, so it is put back."))
    rolled_back(operations.put_back(deployment, claim, world, run=run, timeout=LIMIT), world, progress)


def _keep(deployment: Deployment, claim: Claim | None, world: World, progress: Progress, fate: str) -> None:
    """Left as it stands; the mark says so, so that another run may go on with it."""
    if claim is not None:
        deployment.new = deployment.new or GroupRef.of(claim.group)
        describe(deployment, guarded(world, deployment), State.STOPPED)
    deployment.status = progress.status = Status.STOPPED
    world.save(deployment)
    progress.reason = f"The deployment of {deployment.app} {fate} and is left as it stands (on-cancel: keep)."


def _left_open(error: SpotactionError, app: str, *, until: bool) -> RollbackIncompleteError:
    how = again("rollback", force=True, until=until)
    return RollbackIncompleteError(
        f"The deployment of {app} is not put back: {error.message}",
        next_step=f"{error.next_step.rstrip('.')}; then {how}.",
    )
