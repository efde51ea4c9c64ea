"""What an operation is asked for, and what follows from that alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spotaction import engine
from spotaction.deployment import Run
from spotaction.errors import InvalidError, Problem
from spotaction.execution import Execution
from spotaction.handling import Reaction
from spotaction.marker import new_nonce
from spotaction.model import ZERO, AppName, Capacity, GroupId, Image, ImageId, JsonObject
from spotaction.policies import Enforced
from spotaction.safety import Rule
from spotaction.world import World


@dataclass(frozen=True)
class Request:
    """What is asked for. `configure` gives the bare group config for an image: with its id and user data.

    `look_up` gives an image in full, with the name and tags that expressions may ask for.
    `timeout` and `conflict_timeout` are in seconds; the latter is 0 where a conflict is refused at once. `nonce` is
    this run's own, in every mark that it writes.
    """

    app: AppName
    run: Run
    execution: Execution
    configure: Callable[[Image], JsonObject] = field(repr=False)
    config_capacity: Capacity = ZERO
    image: Image | None = None
    look_up: Callable[[ImageId], Image] = field(default=lambda image: Image(image, ""), repr=False)
    previous: GroupId | None = None
    until: str = ""
    force: bool = False
    roll_back_on_failure: bool = True
    restore_on_cancel: bool = True
    ignore_alarms: bool = False
    timeout: float = 18000.0
    conflict_timeout: float = 0.0
    rules: frozenset[Rule] = frozenset(Rule)
    policies: tuple[Enforced, ...] = ()
    environment: str = ""
    nonce: str = field(default_factory=new_nonce)


def check_until(request: Request) -> None:
    """A step that does not exist would never be reached, and nobody asked."""
    problems = until_problems(request.execution, request.until)
    if problems:
        raise InvalidError(problems)


def until_problems(execution: Execution, until: str) -> tuple[Problem, ...]:
    """What is wrong with the input `until`: it names a step, or nothing."""
    if not until or execution.step(until) in execution.names:
        return ()
    message = f"is not a step of this deployment: {until}"
    return (Problem(message, "until", hint=f"write {_or(execution.names)}"),)


def course(request: Request) -> engine.Course:
    """How the engine is to run what is asked for."""
    return engine.Course(
        until=request.until,
        otherwise=Reaction.ROLL_BACK if request.roll_back_on_failure else Reaction.ABORT,
        handling=request.execution.handling,
        undo=request.execution.undo,
        undo_timeout=request.execution.undo_timeout,
        restore_on_cancel=request.restore_on_cancel,
    )


def now(world: World) -> float:
    """The wall time by Spot's own clock, in epoch seconds: marks are read by other runners than the one that wrote."""
    return world.groups.time().timestamp()


def deadline(request: Request, world: World) -> int:
    """When the deployment has to be over, in epoch seconds."""
    return int(now(world) + request.timeout)


def _or(names: Sequence[str]) -> str:
    return " or ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
