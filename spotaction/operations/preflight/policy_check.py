"""Runs the steps dry, and refuses a deployment that would break a policy rule."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from spotaction.documents.wording import count_of
from spotaction.engine import engine, policy
from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import dry_run_context
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.plan_recorder import PlanRecorder
from spotaction.engine.steps.base import Step
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note
from spotaction.model.resources import GroupId, JsonObject
from spotaction.operations.preflight.facts import Preflight
from spotaction.operations.request import DeployRequest, run_options


@dataclass(frozen=True)
class PolicySubject:
    """What policy rules see beside the planned calls: the new group's body, and what was found about it."""

    config: JsonObject
    found: Preflight


def enforce_policies(
    request: DeployRequest,
    steps: Sequence[Step],
    deployment: Deployment,
    subject: PolicySubject,
    context: DeployContext,
) -> None:
    """Run a copy of the deployment dry before the first write. Raises `RefusedError` if it breaks a policy rule."""
    if not request.policies:
        return
    copied = deepcopy(deployment)
    under_way = (deployment.new, deployment.snapshot.old) if deployment.new is not None else ()
    ids = [ref.id for ref in under_way if ref is not None]
    recorder = record_plan(request, steps, copied, replace(context, notify=lambda _: None), ids)
    refuse_broken(broken_policies(request, copied, recorder, subject))
    count = len(request.policies)
    context.notify(Note(f"The plan complies with {count_of(count, 'policy rule')}."))


def record_plan(
    request: DeployRequest,
    steps: Sequence[Step],
    deployment: Deployment,
    context: DeployContext,
    under_way: Sequence[GroupId] = (),
) -> PlanRecorder:
    """Run the steps dry and return the recorder of their calls; groups that are `under_way` are changing right now."""
    planned, recorder = dry_run_context(context, under_way)
    engine.run_steps(steps, deployment, guard_context(planned, deployment, request.rules), run_options(request))
    if planned.checks is not None and deployment.status is Status.DEPLOYED:
        planned.checks.run_at_end(deployment, planned)
    return recorder


def broken_policies(
    request: DeployRequest, deployment: Deployment, recorder: PlanRecorder, subject: PolicySubject
) -> tuple[str, ...]:
    """Describe the policy rules that the plan would break."""
    found = policy.PlanFacts(subject.config, request.environment, subject.found.ami, subject.found.other)
    document = policy.plan_document(deployment, recorder.planned_calls(), found)
    return policy.broken_rules(request.policies, document)


def refuse_broken(broken: Sequence[str]) -> None:
    """Raise `RefusedError` with the descriptions of broken rules, if there are any."""
    if broken:
        raise RefusedError(
            "\n".join(broken), next_step="change the deployment to comply with the rule; nothing was written."
        )
