"""Plays the steps through on a copy of the clouds, and refuses what would break a policy."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from spotaction.engine import engine, policy
from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import dry_run_context
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.plan_recorder import PlanRecorder
from spotaction.engine.steps.base import Step
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.resources import GroupId, JsonObject
from spotaction.operations.request import DeployRequest, run_options


def enforce_policies(
    request: DeployRequest, steps: Sequence[Step], deployment: Deployment, config: JsonObject, context: DeployContext
) -> None:
    """Rehearse a copy and look at what it would do, before the first write. Raises `RefusedError`."""
    if not request.policies:
        return
    copied = deepcopy(deployment)
    under_way = (deployment.new, deployment.snapshot.old) if deployment.new is not None else ()
    ids = [ref.id for ref in under_way if ref is not None]
    script = record_plan(request, steps, copied, replace(context, notify=lambda _: None), ids)
    refuse_broken(broken_policies(request, copied, script, config))
    context.notify(Note(f"The plan keeps {len(request.policies)} rule(s)."))


def record_plan(
    request: DeployRequest,
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    under_way: Sequence[GroupId] = (),
) -> PlanRecorder:
    """The steps on an overlay of the live world; `under_way` are groups that change just now."""
    stage, script = dry_run_context(context, under_way)
    engine.run_steps(steps, deployment, guard_context(stage, deployment, request.rules), run_options(request))
    return script


def broken_policies(
    request: DeployRequest, deployment: Deployment, script: PlanRecorder, config: JsonObject
) -> tuple[str, ...]:
    """The rules that the plan would break, in words."""
    seen = policy.plan_document(deployment, script.planned_calls(), config, request.environment)
    return policy.broken_rules(request.policies, seen)


def refuse_broken(broken: Sequence[str]) -> None:
    """Raise `RefusedError` for the changes that break a rule, if there are any."""
    if broken:
        raise RefusedError(
            "\n".join(broken), next_step="change the deployment so that it keeps the rule; nothing was written."
        )
