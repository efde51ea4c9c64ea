"""Runs steps in order, and rolls back what was begun when one of them fails."""

from collections.abc import Sequence

from spotaction.deployment import Deployment, Status
from spotaction.errors import CancelledError, ConflictError, SpotactionError
from spotaction.events import LeftUndone, Note, StepBegun, StepEnded
from spotaction.marker import State
from spotaction.steps.base import Step
from spotaction.steps.groups import describe, resume_scaling
from spotaction.steps.routes import restore_production
from spotaction.world import World


def run(
    steps: Sequence[Step], deployment: Deployment, world: World, *, until: str = "", roll_back_on_failure: bool = True
) -> None:
    """Run the steps that are not finished yet, up to and with `until`.

    `deployment.status` says how it ended. The error of a failed step is raised again, after the rollback; a cancel
    puts production's routes back and leaves the rest to the post step.
    """
    for step in steps:
        if step.name in deployment.finished:
            world.notify(Note(f"{step.name} was finished before."))
        else:
            _run_or_undo(step, steps, deployment, world, roll_back_on_failure=roll_back_on_failure)
        if step.name == until and step is not steps[-1]:
            _stop(deployment, world, f"stopped after {until}, as asked")
            return
    _conclude(deployment, world)


def roll_back(steps: Sequence[Step], deployment: Deployment, world: World) -> None:
    """Put back what was begun, newest first; goes on past what cannot be undone and lists it in `deployment.undone`.

    Production's routes go first if the old group can take the requests as it stands.
    """
    deployment.undone.clear()
    world.notify(Note("Rolling back."))
    _attempt_silently(deployment, world)
    begun = [step for step in steps if step.name in deployment.begun]
    for step in reversed(begun):
        _undo(step, deployment, world)
    _tidy(deployment, world)
    deployment.status = Status.ROLLBACK_INCOMPLETE if deployment.undone else Status.ROLLED_BACK
    world.save(deployment)


def explained(error: Exception) -> SpotactionError:
    """Our own errors speak for themselves; anything else is a fault of this action and says so."""
    if isinstance(error, SpotactionError):
        return error
    return SpotactionError(
        f"Internal error: {type(error).__name__}: {error}",
        next_step="please report it with the log of this step.",
    )


def _run_or_undo(
    step: Step, steps: Sequence[Step], deployment: Deployment, world: World, *, roll_back_on_failure: bool
) -> None:
    if step.name not in deployment.begun:
        deployment.begun.append(step.name)
    world.save(deployment)
    world.notify(StepBegun(step.name))
    begun = world.clock.now()
    try:
        step.run(deployment, world)
    except CancelledError as cancel:
        world.notify(StepEnded(step.name, world.clock.now() - begun, str(cancel)))
        _cancel(deployment, world, cancel)
        raise
    except Exception as error:
        failure = explained(error)
        world.notify(StepEnded(step.name, world.clock.now() - begun, failure.message))
        deployment.reason = f"{step.name}: {failure}"
        _fail(steps, deployment, world, failure, roll_back_on_failure=roll_back_on_failure)
        raise failure from error
    deployment.finished.append(step.name)
    world.save(deployment)
    world.notify(StepEnded(step.name, world.clock.now() - begun))


def _fail(
    steps: Sequence[Step], deployment: Deployment, world: World, error: SpotactionError, *, roll_back_on_failure: bool
) -> None:
    if not roll_back_on_failure and not isinstance(error, ConflictError):
        deployment.status = Status.FAILED
        _stop(deployment, world, "stopped on failure, as asked", status=Status.FAILED)
        return
    roll_back(steps, deployment, world)


def _cancel(deployment: Deployment, world: World, cancel: CancelledError) -> None:
    """Production back at once, within the seconds that the runner leaves; the rest is for the post step."""
    deployment.status = Status.CANCELLED
    deployment.reason = str(cancel)
    world.save(deployment)
    with world.shield():
        _attempt_silently(deployment, world)


def _attempt_silently(deployment: Deployment, world: World) -> None:
    """Routes back if that is possible without waiting; if not, the steps' own rollback does it later."""
    try:
        restore_production(deployment, world, bring_up=False)
    except SpotactionError as error:
        world.notify(Note(f"Production's routes cannot go back yet: {error.message}"))


def _undo(step: Step, deployment: Deployment, world: World) -> None:
    world.notify(StepBegun(step.name, rolling_back=True))
    begun = world.clock.now()
    message = ""
    try:
        step.rollback(deployment, world)
    except CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - a rollback goes on past whatever fails in one step
        message = str(explained(error))
        deployment.undone.append(f"{step.name}: {message}")
        world.notify(LeftUndone(f"{step.name} was not undone", message, _todo(deployment)))
    world.notify(StepEnded(step.name, world.clock.now() - begun, message, rolling_back=True))


def _conclude(deployment: Deployment, world: World) -> None:
    _tidy(deployment, world)
    _describe(deployment, world, State.DONE)
    deployment.status = Status.DEPLOYED
    world.save(deployment)


def _stop(deployment: Deployment, world: World, why: str, status: Status = Status.STOPPED) -> None:
    deployment.status = status
    deployment.reason = deployment.reason or why
    _describe(deployment, world, State.STOPPED)
    world.save(deployment)
    world.notify(Note(f"The deployment {why}. {_todo(deployment)}"))


def _tidy(deployment: Deployment, world: World) -> None:
    try:
        resume_scaling(deployment, world)
    except SpotactionError as error:
        what = f"AUTO_SCALE of {', '.join(deployment.suspended)} is still suspended (Spot lifts it by itself)"
        world.notify(LeftUndone(what, str(error)))


def _describe(deployment: Deployment, world: World, state: State) -> None:
    try:
        describe(deployment, world, state)
    except SpotactionError as error:
        world.notify(LeftUndone(f"the new group's mark does not say {state.value}", str(error), _todo(deployment)))


def _todo(deployment: Deployment) -> str:
    return f"Run this action with operation: continue or operation: rollback and app-name: {deployment.app}."
