"""Puts back what was begun, newest first, and says in the clouds how that ended."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from spotaction import marker
from spotaction.deployment import Deployment, GroupRef, Status
from spotaction.drained_group import GONE
from spotaction.errors import ApiError, CancelledError, SpotactionError, TakenOverError, explained
from spotaction.events import LeftUndone, Note, StepBegun, StepEnded
from spotaction.going_on import again, look
from spotaction.handling import Undo
from spotaction.marker import State
from spotaction.rolls import warn_of_rolls
from spotaction.steps.base import Step
from spotaction.steps.groups import describe, resume_scaling
from spotaction.steps.routes import look_at_production, restore_production, restore_stage, to_new
from spotaction.steps.setup import Setup
from spotaction.steps.stage_setup import StageSetup
from spotaction.steps.standalone_shift import StandaloneShift
from spotaction.world import World

EVERYTHING = frozenset(Undo)
_FOR_CALLS = 600.0  # seconds of a rollback for calls that wait and are tried again
_TO_TELL = 60.0  # seconds in which a mark is still written when the time of the rollback is over


def restore_traffic(steps: Sequence[Step], deployment: Deployment, world: World, *, stage: bool = False) -> None:
    """Production's routes back if that is possible without waiting; if not, the steps' own rollback does it later.

    Before anything but the setup was begun there is nothing to put back: a route that differs is somebody else's.
    With `stage` the stage's routes follow: whoever goes on needs the health of what is staged.
    """
    if not deployment.gate_passed_by or not any(step.name in deployment.begun for step in steps[1:]):
        return
    if _may_be_shrunk(deployment.snapshot.old, world):
        world.notify(Note("Production's routes go back once the old group is up again."))
        return
    try:
        restore_production(deployment, world, bring_up=False)
        if stage:
            restore_stage(deployment, world)
    except CancelledError:
        raise
    except SpotactionError as error:
        world.notify(Note(f"Production's routes cannot go back yet: {error.message}"))


def _may_be_shrunk(old: GroupRef | None, world: World) -> bool:
    """Whether the old group was told to shrink: its targets may read as healthy for a while yet."""
    written = world.written.capacities.get(old.id) if old is not None else None
    return written is not None and old is not None and written.target < old.capacity.target


def undo_begun(
    steps: Sequence[Step],
    deployment: Deployment,
    world: World,
    *,
    undo: frozenset[Undo] = EVERYTHING,
    deadline: float | None = None,
    announce: bool = False,
) -> None:
    """Undo every step that was begun, past what fails, and leave word of how it ended.

    Neither the deployment's own deadline nor an alarm that fires may stop the way back. `announce` says in the new
    group's mark who is at work, once production has what it had.
    """
    until = min(inf if deadline is None else deadline, world.clock.now() + limit(world))
    world = replace(world, deadline=until, alarms=None, whole="rollback")
    world.pauses.hurry(until)
    deployment.undone.clear()
    world.notify(Note("Rolling back."))
    if Undo.GROUPS in undo:
        restore_traffic(steps, deployment, world)
    if announce:
        warn_of_rolls((deployment.new, deployment.snapshot.old), world)
        mark_state(deployment, world, State.LIVE)
    begun = [step for step in steps if step.name in deployment.begun]
    if not deployment.gate_passed_by:
        # Nothing but the new group was changed: what differs elsewhere is another run's.
        begun = [step for step in begun if isinstance(step, Setup | StageSetup)]
    for step in reversed(begun):
        if kind_of(step) in undo:
            _undo(step, deployment, world)
    if Undo.GROUPS in undo and deployment.gate_passed_by:
        _look_back(steps, deployment, world)
    tidy(deployment, world)
    world.pauses.extend(world.clock.now() + _TO_TELL)
    _leave(deployment, world)
    world.save(deployment)


def limit(world: World) -> float:
    """How long a rollback may take in all, in seconds: the old group up, the new one drained, and calls for both."""
    return 2 * world.options.steady_timeout + _FOR_CALLS


def kind_of(step: Step) -> Undo:
    """Which step of a rollback undoes it."""
    return Undo.STANDALONE if isinstance(step, StandaloneShift) else Undo.GROUPS


def tidy(deployment: Deployment, world: World) -> None:
    """Lift the suspensions of auto scaling; what cannot be lifted runs out by itself and is reported."""
    try:
        resume_scaling(deployment, world)
    except CancelledError:
        raise
    except SpotactionError as error:
        what = f"AUTO_SCALE of {', '.join(deployment.suspended)} is still suspended (Spot lifts it by itself)"
        world.notify(LeftUndone(what, str(error)))


def mark_state(deployment: Deployment, world: World, state: State) -> bool:
    """Write the state into the new group's mark; the answer is whether it is written. Where not, that is reported."""
    try:
        describe(deployment, world, state)
    except (CancelledError, TakenOverError):
        raise
    except SpotactionError as error:
        if isinstance(error, ApiError) and error.code == GONE:
            return True  # and with the group its mark
        world.notify(LeftUndone(f"the new group's mark does not say {state.value}", str(error), _unmarked(state)))
        return False
    return True


def _unmarked(state: State) -> str:
    """What a person runs where the mark still says that a run is at work; while one is, that is true."""
    match state:
        case State.LIVE:
            return ""
        case State.DONE:
            return again("continue", force=True)
        case _:
            return again("continue", "rollback", force=True)


def _undo(step: Step, deployment: Deployment, world: World) -> None:
    world.notify(StepBegun(step.name, rolling_back=True))
    begun = world.clock.now()
    message = ""
    try:
        step.rollback(deployment, world)
    except (CancelledError, TakenOverError):
        raise
    except Exception as error:  # noqa: BLE001 - a rollback goes on past whatever fails in one step
        message, todo = _by_hand(step, deployment, world, explained(error))
        _leave_undone(deployment, world, LeftUndone(f"{step.name} was not undone", message, todo))
    world.notify(StepEnded(step.name, world.clock.now() - begun, message, rolling_back=True))


def _look_back(steps: Sequence[Step], deployment: Deployment, world: World) -> None:
    """Production as it is at the end: what does not forward as before is put back once more, or told.

    Before anything but the setup was begun, what differs is somebody else's.
    """
    if not any(step.name in deployment.begun for step in steps[1:]):
        return
    try:
        left = look_at_production(deployment, world)
    except CancelledError:
        raise
    except SpotactionError as error:
        left = ((f"whether production forwards as before cannot be seen: {error.message}", ""),)
    gone = bool(left) and _is_gone(deployment.snapshot.old, world)
    for why, command in left:
        told = any(command and command in undone for undone in deployment.undone)
        if not told and not (gone and deployment.undone):  # where there is nothing to go back to, that was told
            _leave_undone(deployment, world, LeftUndone("production was not put back", why, command))


def _leave_undone(deployment: Deployment, world: World, left: LeftUndone) -> None:
    deployment.undone.append(f"{left.what}: {left.why}" + (f" By hand: {left.todo}" if left.todo else ""))
    world.notify(left)


def _by_hand(step: Step, deployment: Deployment, world: World, error: SpotactionError) -> tuple[str, str]:
    """Why it was not undone, and what a person does instead.

    Where the old group is gone, there is one thing to do: keep the new one, in place of what would delete it. Where
    both are, the rules are still there.
    """
    if kind_of(step) is Undo.STANDALONE or not _is_gone(deployment.snapshot.old, world):
        return str(error), step.by_hand(deployment)
    if _is_gone(deployment.new, world):
        snapshot = replace(deployment.snapshot, old=None)
        return error.message, step.by_hand(replace(deployment, snapshot=snapshot, new=None))
    return error.message, to_new(deployment) if isinstance(step, Setup | StageSetup) else ""


def _is_gone(group: GroupRef | None, world: World) -> bool:
    """Whether a group that was there is known not to be there any more."""
    try:
        return group is not None and look(group, world) is None
    except CancelledError:
        raise
    except SpotactionError:
        return False


def _leave(deployment: Deployment, world: World) -> None:
    """Say in the clouds how the rollback ended: what is left can be taken up again, what is done is not done twice.

    Where there is nothing to go back to, nothing can be taken up: what is left is for the next deployment to replace.
    """
    if deployment.undone:
        deployment.status = Status.ROLLBACK_INCOMPLETE
        mark_state(deployment, world, State.BACK if _is_gone(deployment.snapshot.old, world) else State.STOPPED)
        return
    deployment.status = Status.ROLLED_BACK
    try:
        _mark_back(deployment, world)
    except CancelledError:
        raise
    except SpotactionError as error:
        world.notify(Note(f"The old group's mark does not say that it was rolled back to: {error.message}"))


def _mark_back(deployment: Deployment, world: World) -> None:
    """The old group's own mark would lead another rollback one group further."""
    old = world.groups.get(deployment.snapshot.old.id) if deployment.snapshot.old else None
    mark = marker.read(old.description) if old else None
    if old is not None and mark is not None and mark.state is State.DONE:
        world.groups.update(old.id, description=marker.restate(old.description, State.BACK))
