"""The request of an operation, and what follows from it alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spotaction.engine.context import DeployContext
from spotaction.model.choices import Override
from spotaction.model.deployment import Run
from spotaction.model.errors import ConflictError, InvalidError
from spotaction.model.execution import Execution
from spotaction.model.marker import new_nonce
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import ZERO, AppName, Capacity, Group, GroupId, Image, ImageId, JsonObject
from spotaction.model.safety_rule import SafetyRule
from spotaction.model.step_policy import FailureAction
from spotaction.pipeline.from_inputs import until_problems

if TYPE_CHECKING:
    from spotaction.engine.engine import RunOptions


@dataclass(frozen=True)
class DeployRequest:
    """The request. `configure` returns the body of the new group for an image, with its id and user data.

    `look_up` returns an image in full, with the name and tags that expressions may use. `timeout` and
    `conflict_timeout` are in seconds; with 0, a conflict is refused at once. `nonce` identifies this run in every
    marker that it writes. `confirmed` is the group that a person has agreed to take out of service; None if nobody was
    asked.
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
    roll_back_on_failure: bool = True
    restore_on_cancel: bool = True
    allow: frozenset[Override] = frozenset()
    timeout: float = 18000.0
    conflict_timeout: float = 0.0
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)
    policies: tuple[EnforcedRule, ...] = ()
    environment: str = ""
    nonce: str = field(default_factory=new_nonce)
    confirmed: GroupId | None = None

    def allows(self, override: Override) -> bool:
        """Return whether the user overrides a refusal."""
        return override in self.allow


def require_confirmed(request: DeployRequest, group: Group | None) -> None:
    """Raise `ConflictError` if a person has agreed to take another group out of service than this one."""
    if request.confirmed is None or (group is not None and group.id == request.confirmed):
        return
    now = f"{group.name} ({group.id})" if group is not None else "no group"
    raise ConflictError(
        f"What was shown no longer holds: it was about {request.confirmed}, but now {now} of {request.app} would be "
        "taken out of service.",
        next_step="run this command again, to see what it does now.",
    )


def check_until(request: DeployRequest) -> None:
    """Raise `InvalidError` if `until` names a step that does not exist: it would never be reached."""
    problems = until_problems(request.execution, request.until)
    if problems:
        raise InvalidError(problems)


def run_options(request: DeployRequest) -> "RunOptions":
    """Return the engine's options for the request."""
    from spotaction.engine.engine import RunOptions

    return RunOptions(
        until=request.until,
        default_action=FailureAction.ROLL_BACK if request.roll_back_on_failure else FailureAction.ABORT,
        step_policies=request.execution.step_policies,
        rollback_scope=request.execution.rollback_scopes,
        rollback_timeout=request.execution.rollback_timeout,
        restore_on_cancel=request.restore_on_cancel,
    )


def epoch_now(context: DeployContext) -> float:
    """Return the wall time by Spot's clock in epoch seconds, since runners with other clocks read the markers."""
    return context.groups.time().timestamp()


def deadline_epoch(request: DeployRequest, context: DeployContext) -> int:
    """Return the deployment's deadline in epoch seconds."""
    return int(epoch_now(context) + request.timeout)
