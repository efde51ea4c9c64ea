"""What deploy, plan and continue share: the deployment with its steps, the alarms, and the run itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.older_versions import to_be_emptied
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.steps.base import Step
from spotaction.engine.steps.check import RunCheck
from spotaction.engine.steps.deploy import Deploy
from spotaction.model.capacity import old_capacity
from spotaction.model.choices import Override
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import Group, JsonObject
from spotaction.operations.discovery import CurrentState, discover_state
from spotaction.operations.no_op import deployment_fingerprint
from spotaction.operations.preflight.shared_target_groups import attachments
from spotaction.operations.preflight.unmanaged_rules import rules_on_green
from spotaction.operations.request import DeployRequest, deadline_epoch, run_options
from spotaction.operations.strategies import build_steps


@dataclass(frozen=True)
class PreparedDeployment:
    """A deployment that is ready to run: record, steps, the state that they build on, and the new group's body."""

    deployment: Deployment
    steps: tuple[Step, ...]
    state: CurrentState
    config: JsonObject


def prepare_steps(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> PreparedDeployment:
    """Return the record and the steps for what was found in the clouds.

    Raises `RefusedError` if something there is not as required, before anything is written.
    """
    assert request.image is not None
    config = request.configure(request.image)
    found = discover_state(
        groups,
        app=request.app,
        execution=request.execution,
        config_capacity=request.config_capacity,
        previous=request.previous,
        config=config,
        context=context,
    )
    deployment = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=request.image,
        fingerprint=deployment_fingerprint(config, request.execution.setup.instances),
        deadline=deadline_epoch(request, context),
        capacity=found.capacity,
        snapshot=found.snapshot,
        nonce=request.nonce,
    )
    steps = build_steps(request.execution, found, config)
    beside = to_be_emptied(steps, deployment, groups, attachments(config))
    if request.execution.setup.instances is None:
        require_one_running(beside, deployment, context)
    else:
        warn_of_several(beside, deployment, context)
    return PreparedDeployment(deployment, steps, found, config)


def require_one_running(beside: Sequence[Group], deployment: Deployment, context: DeployContext) -> None:
    """Raise `RefusedError` if same-as-running would replace only some of the instances that the deployment removes.

    Each group is read again, since a list may still show one that was just scaled to 0.
    """
    old, running = deployment.snapshot.old, _still_running(beside, context)
    if running and old is not None:
        raise RefusedError(
            f"instances: same-as-running would replace only {old.name} ({old.id}, {old.capacity}), but this deployment "
            f"also scales to 0: {', '.join(running)}.",
            next_step="set instances to what the new group is to have, for example min=2,max=6,desired=3.",
        )


def warn_of_several(beside: Sequence[Group], deployment: Deployment, context: DeployContext) -> None:
    """Warn that a rollback of the finished deployment would bring back one of several versions that run now."""
    old, running = deployment.snapshot.old, _still_running(beside, context)
    if running and old is not None:
        context.notify(
            WarningEvent(
                f"This deployment also scales to 0: {', '.join(running)}. Once it has finished, a rollback brings back "
                f"{old.name} ({old.id}, {old.capacity}) alone."
            )
        )


def _still_running(beside: Sequence[Group], context: DeployContext) -> list[str]:
    again = [context.groups.get(group.id) for group in beside]
    return [f"{group.name} ({group.id}, {group.capacity})" for group in again if group and group.capacity.target > 0]


def with_own_writes(ready: PreparedDeployment, context: DeployContext) -> DeployContext:
    """Return the context of a deployment that has not written anything, with the rules that already lead to green."""
    snapshot, old = ready.deployment.snapshot, ready.state.old
    entered = frozenset[str]()
    if old is not None and not snapshot.routes:
        entered = attachments(ready.config) - attachments(old.config) - set(old.target_groups)
    green = rules_on_green(snapshot, entered, context)
    return replace(context, written=OwnWrites(complete=True, green_before=green))


def without_firing_alarms(request: DeployRequest, context: DeployContext) -> DeployContext:
    """Return the context without alarms that are already firing, if these are to be ignored.

    Raises `RefusedError` for firing alarms otherwise, and for an alarm of a check that does not exist.
    """
    _require_alarms_of_checks(request, context)
    if context.alarms is None or not context.options.alarms:
        return context
    states = context.alarms.states(context.options.alarms)
    firing = [alarm for alarm in states if alarm.state == "ALARM"]
    if not firing:
        return context
    names = ", ".join(f"{alarm.name} ({alarm.reason})" for alarm in firing)
    if not request.allows(Override.FIRING_ALARMS):
        raise RefusedError(
            f"Alarms in ALARM before the first change: {names}.",
            next_step="resolve the alarm first, or set allow: firing-alarms.",
        )
    context.notify(WarningEvent(f"Alarms in ALARM at the start, and therefore not watched: {names}."))
    pairs = zip(context.options.alarms, states, strict=True)
    quiet = tuple(name for name, alarm in pairs if alarm.state != "ALARM")
    return replace(context, options=replace(context.options, alarms=quiet))


def _require_alarms_of_checks(request: DeployRequest, context: DeployContext) -> None:
    """Raise `RefusedError` for one that does not exist: later on, that would fail a release which has begun."""
    checks = request.execution.checks_of_deployment
    if not checks or context.alarms is None:
        return
    from spotaction.model.check_kinds import AlarmsCheck  # noqa: PLC0415 - only a deployment with checks needs it

    names = [name for check in checks if isinstance(check.kind, AlarmsCheck) for name in check.kind.alarms]
    if names:
        context.alarms.states(names)


def last_change(steps: Sequence[Step]) -> Step:
    """Return the last step that is no check."""
    return next(step for step in reversed(steps) if not isinstance(step, RunCheck))


def run_deployment(
    request: DeployRequest,
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    *,
    announce: bool = False,
) -> None:
    """Run the steps through the guarded ports, within the deployment's timeout.

    With `announce`, the group's marker first gets this run as the active one. Raises a step's error after the rollback.
    """
    bounded = replace(context, deadline=context.clock.now() + request.timeout)
    context.call_budget.until = context.clock.now() + request.timeout
    engine.run_steps(
        steps, deployment, guard_context(bounded, deployment, request.rules), run_options(request), announce=announce
    )
    if context.checks is not None and deployment.status is Status.DEPLOYED:
        context.checks.run_at_end(deployment, bounded)
    last, old = last_change(steps), deployment.snapshot.old
    if isinstance(last, Deploy) and old and deployment.capacity and deployment.status is Status.DEPLOYED:
        left = old_capacity(last.amount, deployment.capacity, old.capacity, last.kept)
        if left.target > 0:
            context.notify(
                Note(f"{old.name} keeps serving beside the new group, as requested; a full deployment would retire it.")
            )
