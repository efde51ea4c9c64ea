"""Runs steps in order, and rolls back what was begun when one of them fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spotaction.deployment import Deployment, Status
from spotaction.errors import CancelledError, ConflictError, FailedError, SpotactionError, TakenOverError, explained
from spotaction.events import Note, StepBegun, StepEnded, Warned
from spotaction.final_check import check_result
from spotaction.going_on import either_way, left_to_do
from spotaction.handling import Handling, Reaction, Undo
from spotaction.marker import State
from spotaction.older_versions import clean_up
from spotaction.returning import EVERYTHING, kind_of, mark_state, restore_traffic, tidy, undo_begun
from spotaction.steps.base import Step
from spotaction.steps.groups import describe
from spotaction.steps.skipped import Skipped
from spotaction.world import World

_TO_TELL = 60.0  # seconds in which a mark is still written when the time of the deployment is over


@dataclass(frozen=True)
class Course:
    """How to run: up to and with the step `until`, with what is special about single steps by their names.

    `otherwise` is done about a failure that no strategy is for; a rollback undoes what is in `undo`, and none of its
    waits takes longer than `undo_timeout` (seconds).
    With `restore_on_cancel` production's routes go back at once when the run is cancelled.
    """

    until: str = ""
    otherwise: Reaction = Reaction.ROLL_BACK
    handling: Mapping[str, Handling] = field(default_factory=dict)
    undo: frozenset[Undo] = EVERYTHING
    undo_timeout: float | None = None
    restore_on_cancel: bool = True

    def of(self, step: Step) -> Handling:
        """How a step is treated."""
        return self.handling.get(step.name, Handling())


def run(
    steps: Sequence[Step],
    deployment: Deployment,
    world: World,
    course: Course | None = None,
    *,
    announce: bool = False,
) -> None:
    """Run the steps that are not finished yet, up to and with `until`.

    `announce` says first in the new group's mark who is at work on it now.
    `deployment.status` says how it ended. The error of a failed step is raised again, after the rollback; a cancel
    puts production's routes back and leaves the rest to the post step.
    """
    course = course or Course()
    try:
        if announce:
            describe(deployment, world, State.LIVE)
        _run(steps, deployment, world, course)
    except CancelledError as cancel:
        _cancel(steps, deployment, world, cancel, restore=course.restore_on_cancel)
        raise
    except TakenOverError as other:
        _let_go(deployment, world, other)
        raise


def roll_back(steps: Sequence[Step], deployment: Deployment, world: World, *, deadline: float | None = None) -> None:
    """Put back what was begun, newest first; goes on past what cannot be undone and lists it in `deployment.undone`.

    Production's routes go first if the old group can take the requests as it stands. `deadline`, on the clock's `now`,
    is when whoever asked has to be done. A cancel puts production's routes back, too.
    """
    try:
        undo_begun(steps, deployment, world, deadline=deadline, announce=True)
    except CancelledError as cancel:
        _cancel(steps, deployment, world, cancel, restore=True)
        raise
    except TakenOverError as other:
        _let_go(deployment, world, other)
        raise


def _run(steps: Sequence[Step], deployment: Deployment, world: World, course: Course) -> None:
    failure: SpotactionError | None = None
    for step in steps:
        if step.name in deployment.finished:
            world.notify(Note(f"{step.name} was finished before."))
        elif why := _skipped(step, course, failed=failure is not None):
            world.notify(StepEnded(step.name, 0.0, skipped=why))
        else:
            failure = _run_or_react(step, steps, deployment, world, course) or failure
        if step.name == course.until and step is not steps[-1] and failure is None:
            _stop(deployment, world, course, f"stopped after {course.until}, as asked")
            return
    if failure is not None:
        _stop(deployment, world, course, "failed", failure)
        raise failure
    _judge(steps, deployment, world, course)
    _conclude(deployment, world)


def _judge(steps: Sequence[Step], deployment: Deployment, world: World, course: Course) -> None:
    """One more look before anybody is told that it is deployed; what is wrong then is treated as a step's failure.

    What cannot be put back comes after it: older versions go only once nothing can fail any more.
    """
    world.pauses.extend(world.clock.now() + _TO_TELL)
    try:
        check_result(steps, deployment, world)
        clean_up(steps, deployment, world)
    except TakenOverError:
        raise
    except (FailedError, ConflictError) as failure:
        deployment.reason = f"at the end: {failure.message}"
        match Reaction.ROLL_BACK if isinstance(failure, ConflictError) else course.otherwise:
            case Reaction.IGNORE | Reaction.SUCCEED:
                world.notify(Warned(f"At the end, which is ignored as asked: {failure.message}"))
                return
            case Reaction.ROLL_BACK:
                _roll_back_as_asked(steps, deployment, world, course, failure)
            case _:
                _stop(deployment, world, course, "stopped on failure, as asked", failure)
        raise


def _skipped(step: Step, course: Course, *, failed: bool) -> str:
    return step.why if isinstance(step, Skipped) else course.of(step).skipped(failed=failed)


def _run_or_react(
    step: Step, steps: Sequence[Step], deployment: Deployment, world: World, course: Course
) -> SpotactionError | None:
    """Run a step; a failure that does not end the deployment at once is returned, one that does is raised."""
    failure = _run_with_retries(step, deployment, world, course)
    if failure is None:
        deployment.finished.append(step.name)
        world.save(deployment)
        return None
    deployment.reason = f"{step.name}: {failure.message}"
    if isinstance(failure, TakenOverError):
        raise failure
    match _reaction(step, failure, deployment, course):
        case Reaction.IGNORE | Reaction.SUCCEED as reaction:
            _go_on(step, deployment, world, failure, reaction)
            return None
        case Reaction.FAIL:
            return failure
        case Reaction.ABORT:
            _stop(deployment, world, course, "stopped on failure, as asked", failure)
        case Reaction.ROLL_BACK:
            _roll_back_as_asked(steps, deployment, world, course, failure)
    raise failure


def _run_with_retries(step: Step, deployment: Deployment, world: World, course: Course) -> SpotactionError | None:
    """The failure that stays, after as many attempts as its strategy grants."""
    if step.name not in deployment.begun:
        deployment.begun.append(step.name)
    world.save(deployment)
    bounded = _bounded(world, course.of(step).timeout)
    tried = 0
    while True:
        failure = _run_once(step, deployment, bounded)
        retries = () if failure is None else course.of(step).strategy(failure, course.otherwise).retries
        if failure is None or isinstance(failure, ConflictError) or tried >= len(retries):
            return failure
        world.notify(Note(f"{step.name} runs again in {retries[tried]:.0f} s (retry {tried + 1} of {len(retries)})."))
        world.clock.sleep(retries[tried])
        tried += 1


def _bounded(world: World, timeout: float | None) -> World:
    return world if timeout is None else replace(world, options=replace(world.options, steady_timeout=timeout))


def _run_once(step: Step, deployment: Deployment, world: World) -> SpotactionError | None:
    world.notify(StepBegun(step.name))
    begun = world.clock.now()
    failure: SpotactionError | None = None
    try:
        step.run(deployment, world)
    except CancelledError as cancel:
        world.notify(StepEnded(step.name, world.clock.now() - begun, str(cancel)))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, what was begun is put back
        failure = explained(error)
        failure.__cause__ = None if failure is error else error
    world.notify(StepEnded(step.name, world.clock.now() - begun, failure.message if failure else ""))
    return failure


def _reaction(step: Step, failure: SpotactionError, deployment: Deployment, course: Course) -> Reaction:
    """What is done about a failure. A rival's deployment is always yielded to, and no group leaves nothing to go on."""
    if isinstance(failure, ConflictError):
        return Reaction.ROLL_BACK
    wanted = course.of(step).strategy(failure, course.otherwise).reaction
    return wanted if deployment.new is not None or wanted is Reaction.ABORT else Reaction.ROLL_BACK


def _go_on(step: Step, deployment: Deployment, world: World, failure: SpotactionError, reaction: Reaction) -> None:
    """As if the step had gone well; what is ignored stays in sight."""
    if reaction is Reaction.IGNORE:
        deployment.reason = f"ignored: {step.name}: {failure}"
        world.notify(Warned(f"{step.name} failed, which its failure strategy ignores: {failure.message}"))
    else:
        deployment.reason = ""
        world.notify(Note(f"{step.name} failed, which its failure strategy marks as success: {failure.message}"))
    deployment.finished.append(step.name)
    deployment.excused.add(step.name)
    world.save(deployment)


def _roll_back_as_asked(
    steps: Sequence[Step], deployment: Deployment, world: World, course: Course, failure: SpotactionError
) -> None:
    """What is not to be undone is said; where the groups are not, the deployment stays open for an operator."""
    begun = [step for step in steps if step.name in deployment.begun]
    for kind in sorted({kind_of(step) for step in begun} - course.undo):
        names = ", ".join(step.name for step in begun if kind_of(step) is kind)
        world.notify(Warned(f"{names}: not rolled back, since rollbackSteps has no {kind.value}."))
    undo_begun(steps, deployment, _bounded(world, course.undo_timeout), undo=course.undo)
    if Undo.GROUPS not in course.undo:
        _stop(deployment, world, course, "stopped on failure, as rollbackSteps asks", failure)
    elif deployment.undone:  # what is half-way comes before what may be done about its cause
        failure.next_step = left_to_do(deployment, world, until=bool(course.until))


def _cancel(
    steps: Sequence[Step], deployment: Deployment, world: World, cancel: CancelledError, *, restore: bool
) -> None:
    """Production back at once, within the seconds that the runner leaves; the rest is for the post step."""
    deployment.status = Status.CANCELLED
    deployment.reason = f"{deployment.reason} {cancel}".strip()
    if restore and deployment.snapshot.routes:
        # Routes may move back below: whoever goes on has to look at every step again. Each may be run twice.
        deployment.finished.clear()
    world.save(deployment)
    if not restore:
        return
    world.pauses.hurry()
    with world.shield():
        try:
            restore_traffic(steps, deployment, replace(world, deadline=None), stage=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run ends as cancelled
            world.notify(Note(f"Production's routes are not all back yet: {explained(error).message}"))


def _let_go(deployment: Deployment, world: World, other: TakenOverError) -> None:
    """Another run has the deployment: what it finds is what it goes on from, so nothing is put back or written."""
    if world.written.rules or world.written.capacities:
        world.notify(Note("What this run has changed until now stays as it is."))
    deployment.status, deployment.lock.lost = Status.FAILED, True
    deployment.reason = deployment.reason or other.message
    world.save(deployment)


def _conclude(deployment: Deployment, world: World) -> None:
    world.pauses.extend(world.clock.now() + _TO_TELL)
    tidy(deployment, world)
    mark_state(deployment, world, State.DONE)
    deployment.status = Status.DEPLOYED
    world.save(deployment)


def _stop(
    deployment: Deployment, world: World, course: Course, why: str, failure: SpotactionError | None = None
) -> None:
    """Leave it half-way, and say how to go on: in the log and, where it failed, in the failure's next step."""
    world.pauses.extend(world.clock.now() + _TO_TELL)
    deployment.status = Status.FAILED if failure else Status.STOPPED
    deployment.reason = deployment.reason or why
    marked = mark_state(deployment, world, State.STOPPED)
    world.save(deployment)
    how = either_way(deployment, force=not marked, until=bool(course.until))
    world.notify(Note(f"The deployment {why}. Next: {how}."))
    if failure is not None:
        cause = failure.next_step.rstrip(".; ")
        failure.next_step = f"{cause}; then {how}." if cause else f"{how}."
