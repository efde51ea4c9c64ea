"""The plan: a rehearsal, what it would change, and which rules that would break."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from spotaction.engine import engine, policy
from spotaction.engine.context import DeployContext
from spotaction.engine.dry_run import dry_run_context
from spotaction.engine.guarded_ports import guard_context
from spotaction.engine.plan_recorder import PlannedCall, PlanRecorder
from spotaction.engine.steps.base import Step
from spotaction.model.deployment import Deployment
from spotaction.model.errors import RefusedError
from spotaction.model.events import Change, Note
from spotaction.model.resources import GroupId, JsonObject
from spotaction.operations.request import DeployRequest, run_options


@dataclass(frozen=True)
class Plan:
    """What a deployment would do, in order, and the record that it would leave.

    `script` holds writes and waits, `changes` the same writes as events for a person to read. `broken` says which of
    them break a rule.
    """

    deployment: Deployment
    script: tuple[PlannedCall, ...] = ()
    changes: tuple[Change, ...] = ()
    old_config: JsonObject = field(default_factory=dict, repr=False)
    new_config: JsonObject = field(default_factory=dict, repr=False)
    broken: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[PlannedCall, ...]:
        """The calls that would change something."""
        return tuple(act for act in self.script if not act.waits)

    def as_json(self) -> JsonObject:
        """The output `plan`: `{strategy, app, image, acts: [{step, call | wait, subject, says}]}`."""
        return {
            "app": self.deployment.app,
            "strategy": self.deployment.strategy,
            "image": self.deployment.image.id,
            "status": self.deployment.status.value,
            "acts": [act.as_json() for act in self.script],
        }


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
