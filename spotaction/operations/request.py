"""What an operation is asked for, and what follows from that alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.safety import SafetyRule
from spotaction.model.deployment import Run
from spotaction.model.errors import InvalidError
from spotaction.model.execution import Execution
from spotaction.model.marker import new_nonce
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import ZERO, AppName, Capacity, GroupId, Image, ImageId, JsonObject
from spotaction.model.step_policy import FailureAction
from spotaction.pipeline.from_inputs import until_problems


@dataclass(frozen=True)
class DeployRequest:
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
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)
    policies: tuple[EnforcedRule, ...] = ()
    environment: str = ""
    nonce: str = field(default_factory=new_nonce)


def check_until(request: DeployRequest) -> None:
    """A step that does not exist would never be reached, and nobody asked."""
    problems = until_problems(request.execution, request.until)
    if problems:
        raise InvalidError(problems)


def run_options(request: DeployRequest) -> engine.RunOptions:
    """How the engine is to run what is asked for."""
    return engine.RunOptions(
        until=request.until,
        default_action=FailureAction.ROLL_BACK if request.roll_back_on_failure else FailureAction.ABORT,
        step_policies=request.execution.step_policies,
        rollback_scope=request.execution.rollback_scopes,
        rollback_timeout=request.execution.rollback_timeout,
        restore_on_cancel=request.restore_on_cancel,
    )


def epoch_now(context: DeployContext) -> float:
    """The wall time by Spot's own clock, in epoch seconds: marks are read by other runners than the one that wrote."""
    return context.groups.time().timestamp()


def deadline_epoch(request: DeployRequest, context: DeployContext) -> int:
    """When the deployment has to be over, in epoch seconds."""
    return int(epoch_now(context) + request.timeout)
